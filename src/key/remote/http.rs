//! Requests to one server over HTTP or HTTPS: bounded in time and length, and never redirected, so that a token goes nowhere
//! but where it was meant to go.

use std::time::Duration;

use ureq::http::{HeaderValue, Request, Uri, header};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy};
use zeroize::Zeroizing;

use super::TlsSettings;
use super::host::{is_loopback, server_name};
use super::tls::{self, Trust, provider};
use crate::failure::Failure;
use crate::key::secret_file::read_up_to;

/// For connecting, for the head of an answer, and for its body.
const STEP_SECONDS_MAX: Duration = Duration::from_secs(10);

/// The most bytes of an answer; the list of the mounts of a large Vault is one.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is spoken to, in messages.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// What its address looks like.
    pub(super) example: &'static str,
}

/// A server.
pub(super) struct Client {
    agent: Agent,
    /// The address without a slash at its end, for people.
    shown: String,
    /// The address as it is asked: with the name that the server must prove.
    base: String,
    host: String,
    is_readable_on_the_way: bool,
}

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Client {
    /// The server at a URL.
    pub(super) fn new(url: &str, tls: &TlsSettings, service: &Service) -> Result<Self, Failure> {
        let Service { name: service, example } = service;
        let unfit = |why: &str| {
            Failure::new(format!("the address of {service} {why}")).with_hint(format!("it looks like {example}"))
        };
        let uri: Uri = url.parse().map_err(|_| unfit("is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(unfit("is not a URL"));
        };
        if authority.as_str().contains('@') {
            return Err(unfit("may not hold a user or a password"));
        }
        if uri.query().is_some() || url.contains('#') || !matches!(scheme, "http" | "https") {
            return Err(unfit("is not the URL of a server"));
        }
        let is_tls = scheme == "https";
        let path = uri.path().trim_end_matches('/');
        let asked = match &tls.server_name {
            Some(name) if is_tls => {
                let name = server_name(name, service)?;
                authority.as_str().replacen(authority.host(), &in_url(&name.to_str()), 1)
            }
            _ => authority.to_string(),
        };
        // A name that the server is called by for TLS only cannot be asked for through a proxy.
        let proxy = if is_tls && tls.server_name.is_none() { Proxy::try_from_env() } else { None };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .user_agent("acralog")
            .timeout_connect(Some(STEP_SECONDS_MAX))
            .timeout_recv_response(Some(STEP_SECONDS_MAX))
            .timeout_recv_body(Some(STEP_SECONDS_MAX))
            .timeout_global(Some(3 * STEP_SECONDS_MAX));
        let config = if is_tls { config.tls_config(tls_config(tls)?) } else { config }.build();
        let default_port = if is_tls { 443 } else { 80 };
        let host = match authority.port_u16() {
            Some(port) if port != default_port => authority.to_string(),
            _ => authority.host().to_owned(),
        };
        let resolver = Elsewhere { place: tls.server_name.is_some().then(|| uri.clone()) };
        Ok(Self {
            agent: Agent::with_parts(config, DefaultConnector::new(), resolver),
            shown: format!("{scheme}://{authority}{path}"),
            base: format!("{scheme}://{asked}{path}"),
            is_readable_on_the_way: !is_tls && !is_loopback(authority.host()),
            host,
        })
    }

    /// The server in messages.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The host as the server is asked for it, with its port unless that is the usual one.
    #[cfg(feature = "kms")]
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Said when whoever is on the way to the server can read what `travels`.
    pub(super) fn warning(&self, travels: &str) -> Option<String> {
        let shown = &self.shown;
        self.is_readable_on_the_way.then(|| format!("{shown}: not https: {travels} can be read by everyone on the way"))
    }

    /// Asks for a path, which begins with a slash. Headers are secret.
    #[cfg(feature = "vault")]
    pub(super) fn get(&self, path: &str, headers: &[(&'static str, &[u8])]) -> Result<Answer, Failure> {
        let request = self.request("GET", path, headers)?.body(()).map_err(|_| self.unfit(path))?;
        self.answered(path, self.agent.run(request))
    }

    /// Sends a body to a path.
    #[cfg(feature = "kms")]
    pub(super) fn post(&self, path: &str, headers: &[(&'static str, &[u8])], body: &[u8]) -> Result<Answer, Failure> {
        let request = self.request("POST", path, headers)?.body(body).map_err(|_| self.unfit(path))?;
        self.answered(path, self.agent.run(request))
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, &[u8])],
    ) -> Result<ureq::http::request::Builder, Failure> {
        let mut request =
            Request::builder().method(method).uri(format!("{}{path}", self.base)).header(header::HOST, &self.host);
        for (name, value) in headers {
            let mut value = HeaderValue::from_bytes(value).map_err(|_| {
                Failure::new(format!("{}: what goes into {name} has letters that cannot be there", self.shown))
                    .with_hint("a line end inside, or another control character, came in with it")
            })?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        Ok(request)
    }

    fn unfit(&self, path: &str) -> Failure {
        Failure::new(format!("{}{path}: not an address that can be asked for", self.shown))
    }

    fn answered(
        &self,
        path: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, Failure> {
        let place = format!("{}{path}", self.shown);
        let mut response = response.map_err(|error| failed(&place, &error))?;
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
        Ok(Answer { status, body })
    }
}

/// A name or an address as a host in a URL.
fn in_url(name: &str) -> String {
    if name.contains(':') { format!("[{name}]") } else { name.to_owned() }
}

/// What is said of a request without an answer. Nothing of what the server sent is repeated.
fn failed(place: &str, error: &ureq::Error) -> Failure {
    let what = match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::HostNotFound => "the name of the host is not known".to_owned(),
        ureq::Error::Timeout(_) => format!("no answer within {} seconds", STEP_SECONDS_MAX.as_secs()),
        ureq::Error::ConnectionFailed => "connection failed".to_owned(),
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
            "the proxy that the environment names does not help".to_owned()
        }
        ureq::Error::Tls(why) => (*why).to_owned(),
        _ => "the answer is not one of an HTTP server".to_owned(),
    };
    Failure::new(format!("{place}: cannot be asked: {what}")).with_hint(
        "is the server there, does the address begin with http or https as it should, does the CA vouch for it?",
    )
}

fn tls_config(settings: &TlsSettings) -> Result<TlsConfig, Failure> {
    let trust = Trust::load(settings)?;
    let certificate = |der: &[u8]| Certificate::from_der(der).to_owned();
    let client = match trust.client {
        Some(tls::Identity { chain, key }) => {
            let chain: Vec<_> = chain.iter().map(|der| certificate(der)).collect();
            Some(ClientCert::new_with_certs(&chain, PrivateKey::from_pem(&key).map_err(|_| tls::unfit_key())?))
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

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: Service = Service { name: "Vault", example: "https://vault.example:8200" };

    fn client(url: &str) -> Result<Client, Failure> {
        Client::new(url, &TlsSettings::default(), &VAULT)
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
            let failure = client(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(failure.message.starts_with("the address of Vault "), "{failure:?}");
            assert_eq!(failure.hint.as_deref(), Some("it looks like https://vault.example:8200"));
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn the_name_to_be_proven_takes_the_place_of_the_host_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, rcgen::generate_simple_self_signed([]).unwrap().cert.pem()).unwrap();
        let asked = |url: &str, name: &str| {
            let (ca, server_name) = (Some(ca.clone()), Some(name.to_owned()));
            let tls = TlsSettings { ca, server_name, ..TlsSettings::default() };
            Client::new(url, &tls, &VAULT).map(|client| client.base)
        };
        for (url, name, base) in [
            ("https://10.0.0.1:8200/x/", "vault.example", "https://vault.example:8200/x"),
            ("https://vault", "10.0.0.1", "https://10.0.0.1"),
            ("https://[::2]:8200", "::1", "https://[::1]:8200"),
            ("http://vault:8200", "no name", "http://vault:8200"),
        ] {
            assert_eq!(asked(url, name).unwrap(), base);
        }
        for name in ["x@127.0.0.1", "localhost?x", "a/b", "vault:8200", ""] {
            let failure = asked("https://vault", name).unwrap_err();
            assert!(failure.message.starts_with("what Vault is to prove for TLS"), "{failure:?}");
        }
    }

    #[cfg(feature = "kms")]
    #[test]
    fn the_host_has_its_port_unless_it_is_the_usual_one() {
        for (url, host, shown) in [
            ("http://vault:8200/", "vault:8200", "http://vault:8200"),
            ("http://vault:80", "vault", "http://vault:80"),
            ("http://[::1]:9000/x/", "[::1]:9000", "http://[::1]:9000/x"),
        ] {
            let client = client(url).unwrap();
            assert_eq!((client.host(), client.shown()), (host, shown));
        }
    }

    #[test]
    fn a_way_that_others_can_read_gets_a_warning() {
        for (url, warned) in [
            ("http://vault:8200", true),
            ("http://127.0.0.1:1", false),
            ("http://localhost", false),
            ("http://[::1]", false),
        ] {
            assert_eq!(client(url).unwrap().warning("the token").is_some(), warned, "{url}");
        }
    }
}
