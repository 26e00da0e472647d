//! The proxy between here and a server, if there is one. That is not left to `ureq`, which would take the proxies for other
//! schemes as well, pass over one that it cannot read, and go without one of another kind than it knows.

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::ProxySettings;
use super::host::is_loopback;
use crate::failure::Failure;

/// The proxy through which a server is asked; None is to ask it directly.
pub(super) fn between(server: &Uri, settings: &ProxySettings) -> Result<Option<Proxy>, Failure> {
    let host = server.host().unwrap_or_default();
    let Some(url) = settings.url.as_ref().filter(|_| server.scheme_str() == Some("https") && !is_loopback(host)) else {
        return Ok(None);
    };
    if is_exempt(server, &settings.exempt) {
        return Ok(None);
    }
    // What was given may hold a password, and is not repeated.
    let proxy = std::str::from_utf8(url).ok().and_then(|url| Proxy::new(url).ok());
    let usable = proxy.filter(|proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https));
    usable.map(Some).ok_or_else(|| {
        Failure::new("the variable HTTPS_PROXY does not hold the URL of an HTTP proxy").with_hint(
            "HTTPS_PROXY=http://proxy.example:3128; or leave the server to NO_PROXY, and it is asked directly",
        )
    })
}

/// The proxy in messages: without its user and password.
pub(super) fn shown(proxy: &Proxy) -> String {
    let scheme = if proxy.protocol() == ProxyProtocol::Https { "https" } else { "http" };
    format!("{scheme}://{}:{}", proxy.host(), proxy.port())
}

fn is_exempt(server: &Uri, exempt: &str) -> bool {
    let hosts = exempt.split(',').map(str::trim).filter(|host| !host.is_empty());
    // Only for its reading of the list: nobody connects to this one.
    let list = hosts.fold(Proxy::builder(ProxyProtocol::Http), |list, host| list.no_proxy(host)).build();
    list.is_ok_and(|list| list.is_no_proxy(server))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn settings(url: &str, exempt: &str) -> ProxySettings {
        ProxySettings { url: Some(Zeroizing::new(url.as_bytes().to_vec())), exempt: exempt.to_owned() }
    }

    fn through(server: &str, settings: &ProxySettings) -> Result<Option<String>, Failure> {
        Ok(between(&server.parse().unwrap(), settings)?.as_ref().map(shown))
    }

    #[test]
    fn only_other_machines_with_https_that_are_not_exempt_are_asked_through_it() {
        let proxy = Some("http://proxy.example:3128".to_owned());
        for (server, exempt, expected) in [
            ("https://vault.example:8200", "", &proxy),
            ("http://vault.example:8200", "", &None),
            ("https://localhost:8200", "", &None),
            ("https://127.0.0.1", "", &None),
            ("https://[::1]:8200", "", &None),
            ("https://vault.example", "other.example, vault.example", &None),
            ("https://vault.example", ".example", &None),
            ("https://vault.example", "*.example", &None),
            ("https://vault.example", "*", &None),
            ("https://vault.example", "example,other.example, ,", &proxy),
        ] {
            let settings = settings("http://user:hunter2@proxy.example:3128", exempt);
            assert_eq!(&through(server, &settings).unwrap(), expected, "{server} {exempt}");
            assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
        }
        assert_eq!(through("https://vault.example", &ProxySettings::default()).unwrap(), None);
    }

    #[test]
    fn a_proxy_is_shown_without_its_password_and_may_lack_scheme_and_port() {
        for (url, expected) in [
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("user:hunter2@proxy.example", "http://proxy.example:80"),
            ("HTTPS://proxy.example", "https://proxy.example:443"),
            ("http://[::2]:1", "http://[::2]:1"),
        ] {
            assert_eq!(through("https://vault.example", &settings(url, "")).unwrap().as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_proxy_that_can_be_used_is_refused_and_not_passed_over() {
        for url in [
            "socks5://u:hunter2@proxy.example:1080",
            "socks://hunter2",
            "http://",
            "hunter2 x",
            "ftp://hunter2",
            "\u{e9}",
        ] {
            let failure = through("https://vault.example", &settings(url, "")).unwrap_err();
            assert!(failure.message.starts_with("the variable HTTPS_PROXY"), "{url}: {failure:?}");
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
            assert_eq!(through("https://localhost", &settings(url, "")).unwrap(), None);
        }
        let not_text = ProxySettings { url: Some(Zeroizing::new(vec![0xff])), ..ProxySettings::default() };
        assert!(through("https://vault.example", &not_text).is_err());
    }
}
