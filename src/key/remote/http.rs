//! Requests to one server over HTTP or HTTPS, at its address or through a proxy: bounded in time and length, and never
//! redirected, so that a token goes nowhere but where it was meant to go. Secret texts in an answer in JSON are spelled
//! out here as well.

use std::time::Duration;

use rustls::pki_types::ServerName;
use serde_json::value::RawValue;
use ureq::http::uri::{Authority, Scheme};
use ureq::http::{HeaderValue, Request, Uri, header};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy, ProxyProtocol};
use zeroize::Zeroizing;

use super::tls::{ClientIdentity, Trust, is_loopback, provider, server_name, unfit_key};
use super::{ProxySettings, TlsSettings};
use crate::failure::Failure;
use crate::key::secret::read_up_to;

/// For connecting, for the head of an answer, and for its body.
const STEP_SECONDS_MAX: Duration = Duration::from_secs(10);

/// The most bytes of an answer; the list of the mounts of a large Vault is one.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is spoken to, in messages.
pub(super) struct HttpService {
    pub(super) name: &'static str,
    /// What its address looks like.
    pub(super) example: &'static str,
    /// Whether its address stands on the command line.
    pub(super) is_typed: bool,
}

/// A server.
pub(super) struct HttpClient {
    agent: Agent,
    address: Address,
    /// The URL at which it is asked: with the name that it must prove.
    base: String,
    /// The proxy in between, in messages.
    proxy: Option<String>,
    /// What people should know about the files that TLS took.
    warnings: Vec<String>,
}

/// A name in small letters, and a value.
pub(super) type Header<'a> = (&'static str, &'a [u8]);

/// What a server answered.
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl HttpClient {
    /// The server at a URL.
    pub(super) fn new(
        url: &str,
        tls: &TlsSettings,
        proxy: &ProxySettings,
        service: &HttpService,
    ) -> Result<Self, Failure> {
        let address = Address::parse(url, service)?;
        let name = tls.server_name.as_deref().filter(|_| address.is_tls());
        let name = name.map(|name| server_name(name, service.name)).transpose()?;
        let proxy = proxy_between(&address.uri, proxy)?;
        let shown_proxy = proxy.as_ref().map(without_password);
        // The proxy would look for the server under the name that it has for TLS only.
        if let Some(proxy) = shown_proxy.as_ref().filter(|_| name.is_some()) {
            let service = service.name;
            return Err(Failure::new(format!("{service} cannot be asked by another name through the proxy {proxy}"))
                .with_hint(format!("add the host of {service} to NO_PROXY, or leave out the name for TLS")));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .user_agent("acralog")
            .timeout_connect(Some(STEP_SECONDS_MAX))
            .timeout_recv_response(Some(STEP_SECONDS_MAX))
            .timeout_recv_body(Some(STEP_SECONDS_MAX))
            .timeout_global(Some(3 * STEP_SECONDS_MAX));
        let mut warnings = Vec::new();
        if address.is_tls() {
            let mut trust = Trust::load(tls)?;
            warnings.append(&mut trust.warnings);
            config = config.tls_config(tls_config(trust)?);
        }
        let resolver = Elsewhere { place: name.is_some().then(|| address.uri.clone()) };
        Ok(Self {
            agent: Agent::with_parts(config.build(), DefaultConnector::new(), resolver),
            base: name.map_or_else(|| address.shown(), |name| address.named(&name)),
            address,
            proxy: shown_proxy,
            warnings,
        })
    }

    /// The server in messages.
    pub(super) fn shown(&self) -> String {
        self.address.shown()
    }

    /// The host as the server is asked for it.
    #[cfg(feature = "kms")]
    pub(super) fn host(&self) -> String {
        self.address.host()
    }

    /// What people should know about the way to the server, on which `travels`.
    pub(super) fn warnings(&self, travels: &str) -> Vec<String> {
        let told = format!("{}: not https: {travels} can be read by everyone on the way", self.shown());
        let readable = self.address.is_readable_on_the_way().then_some(told);
        self.warnings.iter().cloned().chain(readable).collect()
    }

    /// Asks for a path, which begins with a slash. Headers are secret.
    #[cfg(feature = "vault")]
    pub(super) fn get(&self, path: &str, headers: &[Header<'_>]) -> Result<HttpResponse, Failure> {
        let request = self.request("GET", path, headers)?.body(()).map_err(|_| self.unfit(path))?;
        self.answered(path, self.agent.run(request))
    }

    /// Sends a body to a path.
    #[cfg(feature = "kms")]
    pub(super) fn post(&self, path: &str, headers: &[Header<'_>], body: &[u8]) -> Result<HttpResponse, Failure> {
        let request = self.request("POST", path, headers)?.body(body).map_err(|_| self.unfit(path))?;
        self.answered(path, self.agent.run(request))
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[Header<'_>],
    ) -> Result<ureq::http::request::Builder, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::HOST, self.address.host());
        for (name, value) in headers {
            let mut value = HeaderValue::from_bytes(value).map_err(|_| {
                Failure::new(format!("{}: what goes into {name} has letters that cannot be there", self.shown()))
                    .with_hint("a line end inside, or another control character, came in with it")
            })?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        Ok(request)
    }

    fn unfit(&self, path: &str) -> Failure {
        Failure::new(format!("{}{path}: not an address that can be asked for", self.shown()))
    }

    fn answered(
        &self,
        path: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<HttpResponse, Failure> {
        let place = format!("{}{path}", self.shown());
        let mut response = response.map_err(|error| self.failed(&place, &error))?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(Failure::new(format!("{place}: the server redirects ({status}), and secrets are not sent on"))
                .with_hint("give the address of the server that answers itself"));
        }
        let mut body = Zeroizing::new(vec![0; BODY_BYTES_MAX + 1]);
        let length = read_up_to(response.body_mut().as_reader(), &mut body)
            .map_err(|error| Failure::new(format!("{place}: the answer broke off: {error}")).with_hint("try again"))?;
        if length > BODY_BYTES_MAX {
            return Err(Failure::new(format!("{place}: the answer is longer than {BODY_BYTES_MAX} bytes"))
                .with_hint("is the address the one of the service?"));
        }
        body.truncate(length);
        Ok(HttpResponse { status, body })
    }

    /// What is said of a request without an answer. Nothing of what the server sent is repeated.
    fn failed(&self, place: &str, error: &ureq::Error) -> Failure {
        let what = what_failed(error, STEP_SECONDS_MAX);
        let (through, hint) = match &self.proxy {
            None => (
                String::new(),
                "is the server there, does the address begin with http or https as it should, does the CA vouch for it?",
            ),
            Some(proxy) => (
                format!(" through the proxy {proxy}"),
                "HTTPS_PROXY names this proxy: is it there, does it let this through, does the CA vouch for the server? \
                 hosts in NO_PROXY are asked directly",
            ),
        };
        Failure::new(format!("{place}: cannot be asked{through}: {what}")).with_hint(hint)
    }
}

/// Why there is no answer. Neither what was asked for nor anything that the server sent is repeated.
pub(crate) fn what_failed(error: &ureq::Error, limit: Duration) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::HostNotFound => "the name of the host is not known".to_owned(),
        ureq::Error::Timeout(_) => format!("no answer within {} seconds", limit.as_secs()),
        ureq::Error::ConnectionFailed => "connection failed".to_owned(),
        // Its reason is a sentence of ureq, with the status at its end.
        ureq::Error::ConnectProxyFailed(reason) => reason.split('/').next().unwrap_or_default().to_owned(),
        ureq::Error::Tls(why) => (*why).to_owned(),
        _ => "the answer is not one of an HTTP server".to_owned(),
    }
}

/// Whom to trust, for `ureq`.
pub(crate) fn tls_config(trust: Trust) -> Result<TlsConfig, Failure> {
    let certificate = |der: &[u8]| Certificate::from_der(der).to_owned();
    let client = match trust.client {
        Some(ClientIdentity { chain, key }) => {
            let chain: Vec<_> = chain.iter().map(|der| certificate(der)).collect();
            Some(ClientCert::new_with_certs(&chain, PrivateKey::from_pem(&key).map_err(|_| unfit_key())?))
        }
        None => None,
    };
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider())
        .root_certs(RootCerts::from(trust.authorities.iter().map(|der| certificate(der))))
        .client_cert(client)
        .build())
}

/// Finds a server that is asked for by another name than that of its address.
#[derive(Debug)]
struct Elsewhere {
    place: Option<Uri>,
}

impl Resolver for Elsewhere {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        DefaultResolver::default().resolve(self.place.as_ref().unwrap_or(uri), config, timeout)
    }
}

/// Where a service is.
struct Address {
    uri: Uri,
    scheme: Scheme,
    authority: Authority,
}

impl Address {
    /// Reads a URL.
    fn parse(url: &str, service: &HttpService) -> Result<Self, Failure> {
        let unfit = |why: &str| {
            let HttpService { name, example, .. } = service;
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

    fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether everyone between here and there can read what is sent.
    fn is_readable_on_the_way(&self) -> bool {
        !self.is_tls() && !is_loopback(self.authority.host())
    }

    /// For people, without a slash at its end.
    fn shown(&self) -> String {
        self.under(self.authority.as_str())
    }

    /// The URL at which the server is asked for by the name that it must prove.
    fn named(&self, name: &ServerName<'_>) -> String {
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
    fn host(&self) -> String {
        let usual = if self.is_tls() { 443 } else { 80 };
        match self.authority.port_u16() {
            Some(port) if port != usual => self.authority.to_string(),
            _ => self.authority.host().to_owned(),
        }
    }
}

/// The proxy through which a server is asked; None is to ask it directly. That is not left to `ureq`, which would take the
/// proxies for other schemes as well, pass over one that it cannot read, and go without one of another kind than it knows.
pub(crate) fn proxy_between(server: &Uri, settings: &ProxySettings) -> Result<Option<Proxy>, Failure> {
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
pub(crate) fn without_password(proxy: &Proxy) -> String {
    let scheme = if proxy.protocol() == ProxyProtocol::Https { "https" } else { "http" };
    format!("{scheme}://{}:{}", proxy.host(), proxy.port())
}

fn is_exempt(server: &Uri, exempt: &str) -> bool {
    let hosts = exempt.split(',').map(str::trim).filter(|host| !host.is_empty());
    // Only for its reading of the list: nobody connects to this one.
    let list = hosts.fold(Proxy::builder(ProxyProtocol::Http), |list, host| list.no_proxy(host)).build();
    list.is_ok_and(|list| list.is_no_proxy(server))
}

/// The bytes of a JSON string. The usual readers copy a text with escapes into memory that nobody wipes, so it is taken as
/// it stands and spelled out here. None is another value, or a string with letters beyond ASCII in an escape, which neither a
/// key in base64 nor a name of a service has.
pub(super) fn json_text(value: &RawValue) -> Option<Zeroizing<Vec<u8>>> {
    let inside = value.get().strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(inside.len()));
    let mut rest = inside.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escaped, behind) = rest.split_first()?;
        rest = behind;
        bytes.push(match escaped {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let (digits, behind) = rest.split_at_checked(4)?;
                rest = behind;
                let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                u8::try_from(number).ok().filter(u8::is_ascii)?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_way_that_others_can_read_gets_a_warning() {
        for (url, warned) in [("http://vault:8200", true), ("http://127.0.0.1:1", false)] {
            let client = HttpClient::new(url, &TlsSettings::default(), &ProxySettings::default(), &VAULT).unwrap();
            let warnings = client.warnings("the token");
            assert_eq!(warnings.len(), usize::from(warned), "{warnings:?}");
            assert!(warnings.iter().all(|told| told.contains("not https: the token can be read")), "{warnings:?}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_prove_is_refused() {
        for name in ["x@127.0.0.1", "localhost?x", "a/b", "vault:8200", ""] {
            let tls = TlsSettings { server_name: Some(name.to_owned()), ..TlsSettings::default() };
            let failure = HttpClient::new("https://vault", &tls, &ProxySettings::default(), &VAULT).err().unwrap();
            assert!(failure.message.starts_with("what Vault is to prove for TLS"), "{failure:?}");
        }
    }

    #[test]
    fn a_name_for_tls_and_a_proxy_do_not_go_together() {
        let url = Some(Zeroizing::new(b"http://user:hunter2@proxy.example:3128".to_vec()));
        let proxy = ProxySettings { url, exempt: "exempt.example".to_owned() };
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, rcgen::generate_simple_self_signed([]).unwrap().cert.pem()).unwrap();
        let new = |url: &str, name: Option<&str>| {
            let (ca, server_name) = (Some(ca.clone()), name.map(str::to_owned));
            HttpClient::new(url, &TlsSettings { ca, server_name, ..TlsSettings::default() }, &proxy, &VAULT)
        };
        let failure = new("https://vault.example", Some("name.example")).err().unwrap();
        let told = "Vault cannot be asked by another name through the proxy http://proxy.example:3128";
        assert_eq!(failure.message, told);
        assert!(failure.hint.is_some_and(|hint| hint.contains("NO_PROXY")));
        for (url, name, proxy) in [
            ("https://vault.example", None, Some("http://proxy.example:3128")),
            ("https://exempt.example", Some("name.example"), None),
            ("https://127.0.0.1", Some("name.example"), None),
        ] {
            assert_eq!(new(url, name).unwrap().proxy.as_deref(), proxy, "{url}");
        }
    }

    const VAULT: HttpService = HttpService { name: "Vault", example: "https://vault.example:8200", is_typed: true };

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

    fn settings(url: &str, exempt: &str) -> ProxySettings {
        ProxySettings { url: Some(Zeroizing::new(url.as_bytes().to_vec())), exempt: exempt.to_owned() }
    }

    fn through(server: &str, settings: &ProxySettings) -> Result<Option<String>, Failure> {
        Ok(proxy_between(&server.parse().unwrap(), settings)?.as_ref().map(without_password))
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

    fn read(json: &str) -> Option<Vec<u8>> {
        json_text(serde_json::from_str::<&RawValue>(json).unwrap()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn texts_are_spelled_out_and_nothing_else_is_a_text() {
        let plain = read(r#""a+b/c==""#);
        assert_eq!(plain.unwrap(), b"a+b/c==");
        assert_eq!(read(r#""a\u002bb\/c\u003D=\n\r\t\b\f\"\\""#).unwrap(), b"a+b/c==\n\r\t\x08\x0c\"\\");
        assert_eq!(read(r#""""#).unwrap(), b"");
        assert_eq!(read("\"\u{e9}\"").unwrap(), "\u{e9}".as_bytes());
        for other in ["1", "null", "{\"a\":\"b\"}", "[\"a\"]", r#""\u00e9""#, r#""\ud83d\ude00""#] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
