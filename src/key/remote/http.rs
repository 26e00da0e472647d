//! Requests to one server over HTTP or HTTPS: bounded in time and length, and never redirected, so that a token goes nowhere
//! but where it was meant to go.

use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderValue, Request, Uri, header};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use zeroize::Zeroizing;

use super::address::{Address, Service};
use super::host::server_name;
use super::tls::{self, Trust, provider};
use super::{ProxySettings, TlsSettings, proxy};
use crate::failure::Failure;
use crate::key::secret::read_up_to;

/// For connecting, for the head of an answer, and for its body.
const STEP_SECONDS_MAX: Duration = Duration::from_secs(10);

/// The most bytes of an answer; the list of the mounts of a large Vault is one.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A server.
pub(super) struct Client {
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
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Client {
    /// The server at a URL.
    pub(super) fn new(url: &str, tls: &TlsSettings, proxy: &ProxySettings, service: &Service) -> Result<Self, Failure> {
        let address = Address::parse(url, service)?;
        let name = tls.server_name.as_deref().filter(|_| address.is_tls());
        let name = name.map(|name| server_name(name, service.name)).transpose()?;
        let proxy = proxy::between(address.uri(), proxy)?;
        let shown_proxy = proxy.as_ref().map(proxy::shown);
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
        let resolver = Elsewhere { place: name.is_some().then(|| address.uri().clone()) };
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
    pub(super) fn get(&self, path: &str, headers: &[Header<'_>]) -> Result<Answer, Failure> {
        let request = self.request("GET", path, headers)?.body(()).map_err(|_| self.unfit(path))?;
        self.answered(path, self.agent.run(request))
    }

    /// Sends a body to a path.
    #[cfg(feature = "kms")]
    pub(super) fn post(&self, path: &str, headers: &[Header<'_>], body: &[u8]) -> Result<Answer, Failure> {
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
    ) -> Result<Answer, Failure> {
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
        Ok(Answer { status, body })
    }

    /// What is said of a request without an answer. Nothing of what the server sent is repeated.
    fn failed(&self, place: &str, error: &ureq::Error) -> Failure {
        let what = match error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::Rustls(error) => error.to_string(),
            ureq::Error::HostNotFound => "the name of the host is not known".to_owned(),
            ureq::Error::Timeout(_) => format!("no answer within {} seconds", STEP_SECONDS_MAX.as_secs()),
            ureq::Error::ConnectionFailed => "connection failed".to_owned(),
            // Its reason is a sentence of ureq, with the status at its end.
            ureq::Error::ConnectProxyFailed(reason) => reason.split('/').next().unwrap_or_default().to_owned(),
            ureq::Error::Tls(why) => (*why).to_owned(),
            _ => "the answer is not one of an HTTP server".to_owned(),
        };
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

fn tls_config(trust: Trust) -> Result<TlsConfig, Failure> {
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
    use super::super::address::tests::VAULT;
    use super::*;

    #[test]
    fn a_way_that_others_can_read_gets_a_warning() {
        for (url, warned) in [("http://vault:8200", true), ("http://127.0.0.1:1", false)] {
            let client = Client::new(url, &TlsSettings::default(), &ProxySettings::default(), &VAULT).unwrap();
            let warnings = client.warnings("the token");
            assert_eq!(warnings.len(), usize::from(warned), "{warnings:?}");
            assert!(warnings.iter().all(|told| told.contains("not https: the token can be read")), "{warnings:?}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_prove_is_refused() {
        for name in ["x@127.0.0.1", "localhost?x", "a/b", "vault:8200", ""] {
            let tls = TlsSettings { server_name: Some(name.to_owned()), ..TlsSettings::default() };
            let failure = Client::new("https://vault", &tls, &ProxySettings::default(), &VAULT).err().unwrap();
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
            Client::new(url, &TlsSettings { ca, server_name, ..TlsSettings::default() }, &proxy, &VAULT)
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
}
