//! Tells alarms over HTTP: the request, the secrets in it, and what an answer means. What receivers want to be sent is left to
//! `preset`, bodies of one's own to `template`.

mod preset;
mod retry_after;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Deserialize;
use strum::IntoStaticStr;
use ureq::Agent;
use ureq::http::uri::Scheme;
use ureq::http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use zeroize::Zeroizing;

use self::preset::{Preset, RequestBody, Telling};
use self::template::BodyTemplate;
use super::secret::{SecretSource, SecretText, Surroundings};
use super::text::{beginning_of, shown};
use super::{ActionFailure, Notification};
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::key::remote::http::{proxy_between, tls_config, what_failed, without_password};
use crate::key::remote::tls::{Trust, is_loopback};
use crate::key::remote::{ProxySettings, TlsSettings};
use crate::key::{is_secret_text, read_up_to};

/// Of an answer, in bytes: as much as may be told of it.
const ANSWER_BYTES_MAX: usize = 4096;

/// The least length of a part of a URL that is taken for a secret, in bytes.
const SECRET_PART_BYTES_MIN: usize = 8;

/// The most characters of a name that is shown.
const NAME_CHARS_MAX: usize = 80;

/// Headers that are set here, and those that belong to a connection.
const OWN_HEADERS: [&str; 8] =
    ["connection", "content-length", "expect", "host", "idempotency-key", "te", "transfer-encoding", "upgrade"];

/// Headers whose values are secret, whoever writes them where.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/// The variables in which the world names a proxy for https, and the hosts that need none.
const PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The TOML of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WebhookSpec {
    #[serde(default)]
    preset: Preset,
    url: Option<String>,
    url_file: Option<PathBuf>,
    url_env: Option<String>,
    token_file: Option<PathBuf>,
    token_env: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    header_files: BTreeMap<String, PathBuf>,
    body_template: Option<PathBuf>,
    #[serde(default)]
    method: Method,
    /// Where people find more about alarms: a page of their own.
    link: Option<String>,
    ca_file: Option<PathBuf>,
    client_cert_file: Option<PathBuf>,
    client_key_file: Option<PathBuf>,
}

/// The methods that send something.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoStaticStr)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
enum Method {
    #[default]
    Post,
    Put,
    Patch,
}

/// A receiver that can be asked.
pub struct Webhook {
    preset: Preset,
    agent: Agent,
    endpoint: Endpoint,
    method: Method,
    token: Option<SecretText>,
    headers: Vec<(HeaderName, HeaderValue)>,
    template: Option<BodyTemplate>,
    link: Option<String>,
    /// The proxy in between, in messages.
    proxy: Option<String>,
    /// What is taken out of what the receiver says.
    secrets: Vec<Zeroizing<String>>,
    warnings: Vec<String>,
}

/// Only what everybody may know of it.
impl fmt::Debug for Webhook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Webhook").field(&self.describe()).finish()
    }
}

impl Webhook {
    pub(super) fn prepare(spec: WebhookSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        let mut warnings = Vec::new();
        let url = given_url(&spec, around, &mut warnings)?;
        let endpoint = Endpoint::parse(url, spec.preset)?;
        let token = SecretSource { file: spec.token_file.clone(), env: spec.token_env.clone() };
        let token = token.read("token", around, &mut warnings)?;
        if spec.preset == Preset::Pagerduty && token.is_none() && spec.body_template.is_none() {
            return Err(Failure::usage("webhook: PagerDuty wants the integration key of a service")
                .with_hint("token-file or token-env says where it is"));
        }
        let mut secrets = endpoint.secrets();
        secrets.extend(token.iter().map(|token| Zeroizing::new(token.expose().to_owned())));
        let headers = Headers::read(&spec, token.as_ref(), around, &mut warnings)?;
        secrets.extend(headers.secrets);
        let is_json = !spec.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let template = spec.body_template.as_ref().map(|path| BodyTemplate::read(&around.path(path), is_json));
        let template = template.transpose()?;
        if endpoint.is_readable_on_the_way() && !secrets.is_empty() {
            warnings.push(format!("{}: not https: its secrets can be read by everyone on the way", endpoint.shown));
        }
        let proxy = proxy_between(&endpoint.uri()?, &proxy_settings(around))?;
        let shown_proxy = proxy.as_ref().map(without_password);
        let mut config =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(proxy).user_agent("acralog");
        let tls = tls_settings(&spec, around);
        if endpoint.is_tls {
            let mut trust = Trust::load(&tls)?;
            warnings.append(&mut trust.warnings);
            config = config.tls_config(tls_config(trust)?);
        } else if tls.ca.is_some() || tls.certificate.is_some() || tls.key.is_some() {
            return Err(Failure::usage("webhook: files for TLS were given, and the URL is not one of https"));
        }
        check_link(spec.link.as_deref())?;
        Ok(Self {
            preset: spec.preset,
            agent: Agent::new_with_config(config.build()),
            endpoint,
            method: spec.method,
            token,
            headers: headers.set,
            template,
            link: spec.link,
            proxy: shown_proxy,
            secrets,
            warnings,
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("webhook {} to {}", self.preset.name(), self.endpoint.shown)
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(super) fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure> {
        let deadline = Instant::now() + timeout;
        let bodies = self.bodies(notification)?;
        let count = bodies.len();
        for (index, body) in bodies.iter().enumerate() {
            let key = notification.idempotency_key;
            // Another body under the same key would be refused, or taken for one that was sent already.
            let key = if count == 1 { key.to_owned() } else { format!("{key}-{}", index + 1) };
            self.send(body, &key, deadline, timeout)?;
        }
        Ok(())
    }

    fn bodies(&self, notification: &Notification<'_>) -> Result<Vec<RequestBody>, ActionFailure> {
        let permanent = |why: String| ActionFailure::permanent(format!("{}: {why}", self.describe()));
        if let Some(template) = &self.template {
            let body = template.fill(notification).map_err(|why| permanent(format!("the template {why}")))?;
            return Ok(vec![Zeroizing::new(body)]);
        }
        let telling = Telling {
            notification,
            token: self.token.as_ref().map_or("", SecretText::expose),
            topic: &self.endpoint.topic,
            link: self.link.as_deref(),
            now: LogTime::now(),
        };
        self.preset.bodies(&telling).map_err(|error| permanent(error.to_string()))
    }

    fn send(&self, body: &str, key: &str, deadline: Instant, timeout: Duration) -> Result<(), ActionFailure> {
        let permanent = |why: &str| ActionFailure::permanent(format!("{}: {why}", self.describe()));
        let mut request = Request::builder()
            .method(<&str>::from(self.method))
            .uri(self.endpoint.url.expose())
            .header("idempotency-key", key);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        // What is wrong may be the URL, which is not repeated.
        let request = request.body(body.as_bytes()).map_err(|_| permanent("the request cannot be made"))?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ActionFailure::passing(format!("{}: {}", self.describe(), too_late(timeout))));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        match self.agent.run(request) {
            Ok(response) => self.judge(response),
            Err(error) => {
                let through =
                    self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
                let what = match error {
                    ureq::Error::Timeout(_) => too_late(timeout),
                    error => what_failed(&error, timeout),
                };
                Err(ActionFailure::passing(format!("{}: cannot be told{through}: {what}", self.describe())))
            }
        }
    }

    /// What an answer means.
    fn judge(&self, mut response: Response<ureq::Body>) -> Result<(), ActionFailure> {
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let about = format!("{}: the answer is {}", self.describe(), status.as_u16());
        if status.is_redirection() {
            let told = "which leads elsewhere: secrets are not sent on, give the URL that answers itself";
            return Err(ActionFailure::permanent(format!("{about}, {told}")));
        }
        let wait = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = wait.and_then(|wait| retry_after::read(wait, jiff::Timestamp::now()));
        let mut answer = [0; ANSWER_BYTES_MAX];
        // The status says enough when the rest does not come.
        let length = read_up_to(response.body_mut().as_reader(), &mut answer).unwrap_or_default();
        let secrets: Vec<&str> = self.secrets.iter().map(|secret| secret.as_str()).collect();
        let said = beginning_of(&answer[..length], &secrets);
        let message = if said.is_empty() { about } else { format!("{about}: {said}") };
        let is_permanent = !may_pass(status);
        Err(ActionFailure { message, is_permanent, retry_after: retry_after.filter(|_| !is_permanent) })
    }
}

fn too_late(timeout: Duration) -> String {
    format!("not done within {} seconds", timeout.as_secs())
}

/// Whether the same request may be answered otherwise later: the server has trouble, or asks to wait.
fn may_pass(status: StatusCode) -> bool {
    let is_to_wait = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_server_error() || is_to_wait.contains(&status)
}

/// The URL, from where the table says.
fn given_url(spec: &WebhookSpec, around: &Surroundings<'_>, warnings: &mut Vec<String>) -> Result<SecretText, Failure> {
    let source = SecretSource { file: spec.url_file.clone(), env: spec.url_env.clone() };
    let secret = source.read("URL of the webhook", around, warnings)?;
    let name = spec.preset.name();
    match (secret, spec.url.as_deref().or(spec.preset.usual_url())) {
        (Some(_), _) if spec.url.is_some() => {
            Err(Failure::usage("webhook: the URL is given twice").with_hint("give one of url, url-file and url-env"))
        }
        (Some(secret), _) => Ok(secret),
        (None, Some(url)) => {
            // It is not repeated: the next one to read the message may be the wrong one.
            if spec.preset.is_url_secret() || url.contains(['?', '@']) || is_secret_text(url.as_bytes()) {
                return Err(Failure::usage(format!("webhook: this URL of {name} is, or may hold, a secret"))
                    .with_hint("put it into a file that only acralog may read, and name that: url-file = \"...\""));
            }
            Ok(SecretText::new(url))
        }
        (None, None) => Err(Failure::usage("webhook: there is no URL")
            .with_hint("url-file or url-env says where it is; url takes one that is no secret")),
    }
}

fn check_link(link: Option<&str>) -> Result<(), Failure> {
    let is_link = |link: &str| {
        let uri = link.parse::<Uri>().ok();
        uri.is_some_and(|uri| [Some("http"), Some("https")].contains(&uri.scheme_str()))
            && !link.contains(['<', '>', '|'])
    };
    match link {
        Some(link) if !is_link(link) => Err(Failure::usage("webhook: link is not the URL of a page")),
        _ => Ok(()),
    }
}

fn tls_settings(spec: &WebhookSpec, around: &Surroundings<'_>) -> TlsSettings {
    let path = |file: &Option<PathBuf>| file.as_ref().map(|file| around.path(file));
    TlsSettings {
        ca: path(&spec.ca_file),
        certificate: path(&spec.client_cert_file),
        key: path(&spec.client_key_file),
        ..TlsSettings::default()
    }
}

/// The proxy that the environment names.
fn proxy_settings(around: &Surroundings<'_>) -> ProxySettings {
    let first = |names: [&str; 2]| {
        let mut set =
            names.into_iter().filter_map(|name| (around.variable)(name)).map(|value| value.into_encoded_bytes());
        set.find(|value| !value.is_empty())
    };
    let exempt = first(NO_PROXY).unwrap_or_default();
    ProxySettings { url: first(PROXY).map(Zeroizing::new), exempt: String::from_utf8_lossy(&exempt).into_owned() }
}

/// Where requests go.
struct Endpoint {
    url: SecretText,
    /// The server alone, for people.
    shown: String,
    host: String,
    is_tls: bool,
    /// The last part of the path, where it is not that of a request.
    topic: Zeroizing<String>,
}

impl Endpoint {
    /// Reads a URL, which is not repeated when it is none.
    fn parse(url: SecretText, preset: Preset) -> Result<Self, Failure> {
        let unfit = |why: &str| {
            Failure::new(format!("the URL of the webhook {why}")).with_hint("it looks like https://alerts.example/path")
        };
        let uri: Uri = url.expose().parse().map_err(|_| unfit("is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unfit("is not a URL"));
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) {
            return Err(unfit("is neither one of https nor of http"));
        }
        if authority.as_str().contains('@') {
            return Err(unfit("may not hold a user or a password").with_hint("give them as a header: header-files"));
        }
        if url.expose().contains('#') {
            return Err(unfit("may not hold a fragment"));
        }
        let server = format!("{scheme}://{authority}");
        let mut topic = Zeroizing::new(String::new());
        let sent_to = if preset == Preset::Ntfy {
            // What is published as JSON goes to the server, and names its topic itself.
            *topic = uri.path().trim_matches('/').to_owned();
            if topic.is_empty() || topic.contains('/') {
                return Err(
                    unfit("does not end with a topic of ntfy").with_hint("it looks like https://ntfy.example/topic")
                );
            }
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            SecretText::new(&format!("{server}/{query}"))
        } else {
            match preset.usual_path().filter(|_| uri.path() == "/" && uri.query().is_none()) {
                Some(path) => SecretText::new(&format!("{server}{path}")),
                None => url,
            }
        };
        let (host, is_tls) = (authority.host().to_owned(), *scheme == Scheme::HTTPS);
        Ok(Self { url: sent_to, shown: server, host, is_tls, topic })
    }

    fn uri(&self) -> Result<Uri, Failure> {
        self.shown.parse().map_err(|_| Failure::new("the URL of the webhook is not a URL"))
    }

    fn is_readable_on_the_way(&self) -> bool {
        !self.is_tls && !is_loopback(&self.host)
    }

    /// The parts of the URL that only its owner may know.
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        let behind = self.url.expose().strip_prefix(&self.shown).unwrap_or_default();
        let is_usual = |part: &str| Preset::usual_paths().any(|path| path.split('/').any(|usual| usual == part));
        let parts = behind.split(['/', '?', '&', '=']).chain([self.topic.as_str()]);
        let parts = parts.filter(|part| part.len() >= SECRET_PART_BYTES_MIN && !is_usual(part));
        parts.map(|part| Zeroizing::new(part.to_owned())).collect()
    }
}

/// The headers of every request.
struct Headers {
    set: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<Zeroizing<String>>,
}

impl Headers {
    fn read(
        spec: &WebhookSpec,
        token: Option<&SecretText>,
        around: &Surroundings<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let mut headers = Self { set: Vec::new(), secrets: Vec::new() };
        for (name, value) in &spec.headers {
            let is_secret = SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str());
            if is_secret || is_secret_text(value.as_bytes()) {
                let message = format!("webhook: the header {} is a secret", shown(name, NAME_CHARS_MAX));
                return Err(Failure::usage(message)
                    .with_hint("put its value into a file that only acralog may read, and name that in header-files"));
            }
            headers.add(name, value, false)?;
        }
        for (name, path) in &spec.header_files {
            let source = SecretSource { file: Some(path.clone()), env: None };
            if let Some(value) = source.read(&format!("header {}", shown(name, NAME_CHARS_MAX)), around, warnings)? {
                headers.add(name, value.expose(), true)?;
            }
        }
        if let Some((token, scheme)) = token.zip(spec.preset.token_scheme()) {
            let value = Zeroizing::new(format!("{scheme} {}", token.expose()));
            headers.add("authorization", &value, true)?;
        }
        if !headers.has(&header::CONTENT_TYPE) {
            headers.set.push((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        Ok(headers)
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.set.iter().any(|(known, _)| known == name)
    }

    fn add(&mut self, name: &str, value: &str, is_secret: bool) -> Result<(), Failure> {
        let told = shown(name, NAME_CHARS_MAX);
        let unfit = |why: &str| Failure::usage(format!("webhook: the header {told} {why}"));
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit("has no name of a header"))?;
        if OWN_HEADERS.contains(&header.as_str()) {
            return Err(unfit("is one that acralog sets itself"));
        }
        if self.has(&header) {
            return Err(unfit("is given twice"));
        }
        let mut value_of = HeaderValue::from_str(value).map_err(|_| unfit("has letters that cannot be there"))?;
        value_of.set_sensitive(is_secret);
        self.set.push((header, value_of));
        if is_secret {
            self.secrets.push(Zeroizing::new(value.to_owned()));
        }
        Ok(())
    }
}
