//! The address of a service that speaks HTTP: the URL of a server, with nothing secret in it. Asking it is left to `http`.

use rustls::pki_types::ServerName;
use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};

use super::host::is_loopback;
use crate::failure::Failure;

/// What is spoken to, in messages.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// What its address looks like.
    pub(super) example: &'static str,
    /// Whether its address stands on the command line.
    pub(super) is_typed: bool,
}

/// Where a service is.
pub(super) struct Address {
    uri: Uri,
    scheme: Scheme,
    authority: Authority,
}

impl Address {
    /// Reads a URL.
    pub(super) fn parse(url: &str, service: &Service) -> Result<Self, Failure> {
        let unfit = |why: &str| {
            let Service { name, example, .. } = service;
            let failure =
                Failure::new(format!("the address of {name} {why}")).with_hint(format!("it looks like {example}"));
            if service.is_typed { failure.of_usage() } else { failure }
        };
        let uri: Uri = url.parse().map_err(|_| unfit("is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unfit("is not a URL"));
        };
        if authority.as_str().contains('@') {
            return Err(unfit("may not hold a user or a password"));
        }
        if uri.query().is_some() || url.contains('#') || ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) {
            return Err(unfit("is not the URL of a server"));
        }
        Ok(Self { scheme: scheme.clone(), authority: authority.clone(), uri })
    }

    /// As it was read.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether everyone between here and there can read what is sent.
    pub(super) fn is_readable_on_the_way(&self) -> bool {
        !self.is_tls() && !is_loopback(self.authority.host())
    }

    /// For people, without a slash at its end.
    pub(super) fn shown(&self) -> String {
        self.under(self.authority.as_str())
    }

    /// The URL at which the server is asked for by the name that it must prove.
    pub(super) fn named(&self, name: &ServerName<'_>) -> String {
        let name = match name.to_str() {
            address if address.contains(':') => format!("[{address}]"),
            name => name.into_owned(),
        };
        self.under(&self.authority.as_str().replacen(self.authority.host(), &name, 1))
    }

    fn under(&self, authority: &str) -> String {
        format!("{}://{authority}{}", self.scheme, self.uri.path().trim_end_matches('/'))
    }

    /// The host with its port unless that is the usual one, as a server is told which of its names was meant.
    pub(super) fn host(&self) -> String {
        let usual = if self.is_tls() { 443 } else { 80 };
        match self.authority.port_u16() {
            Some(port) if port != usual => self.authority.to_string(),
            _ => self.authority.host().to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::key::remote) const VAULT: Service =
        Service { name: "Vault", example: "https://vault.example:8200", is_typed: true };

    fn address(url: &str) -> Result<Address, Failure> {
        Address::parse(url, &VAULT)
    }

    #[test]
    fn an_address_is_a_url_of_a_server_without_a_password() {
        for url in [
            "vault:8200",
            "vault",
            "",
            "ftp://vault",
            "http://",
            "http://vault/?q",
            "http://vault/#f",
            "http://u:hunter2@vault",
        ] {
            let failure = address(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(failure.message.starts_with("the address of Vault "), "{failure:?}");
            assert_eq!(failure.hint.as_deref(), Some("it looks like https://vault.example:8200"));
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn the_host_has_its_port_unless_it_is_the_usual_one() {
        for (url, host, shown) in [
            ("http://vault:8200/", "vault:8200", "http://vault:8200"),
            ("http://vault:80", "vault", "http://vault:80"),
            ("https://vault:80", "vault:80", "https://vault:80"),
            ("http://[::1]:9000/x/", "[::1]:9000", "http://[::1]:9000/x"),
        ] {
            let address = address(url).unwrap();
            assert_eq!((&address.host()[..], &address.shown()[..]), (host, shown));
        }
    }

    #[test]
    fn the_name_to_be_proven_takes_the_place_of_the_host_and_of_nothing_else() {
        for (url, name, named) in [
            ("https://10.0.0.1:8200/x/", "vault.example", "https://vault.example:8200/x"),
            ("https://vault", "10.0.0.1", "https://10.0.0.1"),
            ("https://[::2]:8200", "::1", "https://[::1]:8200"),
        ] {
            assert_eq!(address(url).unwrap().named(&ServerName::try_from(name).unwrap()), named);
        }
    }

    #[test]
    fn others_read_what_is_sent_without_tls_to_other_machines() {
        for (url, is_readable) in [
            ("http://vault:8200", true),
            ("https://vault:8200", false),
            ("http://127.0.0.1:1", false),
            ("http://localhost", false),
            ("http://[::1]", false),
        ] {
            assert_eq!(address(url).unwrap().is_readable_on_the_way(), is_readable, "{url}");
        }
    }
}
