//! Hosts of servers: which of them is this machine, and what a server can prove to be.

use std::net::IpAddr;

use rustls::pki_types::ServerName;

use crate::failure::Failure;

/// Whether what is sent to a host stays on this machine. An address of IPv6 may stand in brackets.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// What a service must prove to be. What was given is not repeated: with a colon or an at sign it is no name.
pub(super) fn server_name(name: &str, service: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        let message = format!("what {service} is to prove for TLS is neither the name of a host nor an IP address");
        Failure::usage(message).with_hint("give the name in its certificate, without a port: server.example")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_addresses() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["vault.example", "localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_server_proves_a_name_or_an_address_and_nothing_else() {
        for name in ["vault.example", "vault", "a_b.example", "127.0.0.1", "::1"] {
            assert_eq!(server_name(name, "Vault").unwrap().to_str(), name);
        }
        for name in
            ["x@127.0.0.1", "localhost?x", "a/b", "a:1", "[::1]", "a#b", "a b", "a\r\nb", "", "-a", "\u{e9}.example"]
        {
            let failure = server_name(name, "Vault").unwrap_err();
            assert!(failure.message.starts_with("what Vault is to prove for TLS is neither"), "{name}: {failure:?}");
            assert!(name.len() < 3 || !format!("{failure:?}").contains(name), "{failure:?}");
        }
    }
}
