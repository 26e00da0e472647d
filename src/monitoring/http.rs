//! The little of HTTP/1.1 (RFC 9110, RFC 9112) that answers a request without a body: what is asked for, and how an answer is written
//! that ends its connection. Where bytes come from is left to the server.

use httparse::{EMPTY_HEADER, Error, Header, Request};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::metrics::Exposition;

/// The longest head of a request.
pub(super) const HEAD_BYTES_MAX: usize = 8 * 1024;

/// The most fields of a head.
const FIELDS_MAX: usize = 64;

/// What an answer says of itself (RFC 9110, section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    HeadTooLarge,
    Unavailable,
    VersionNotSupported,
}

impl Status {
    /// Its code and its words.
    fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::HeadTooLarge => "431 Request Header Fields Too Large",
            Self::Unavailable => "503 Service Unavailable",
            Self::VersionNotSupported => "505 HTTP Version Not Supported",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) path: String,
    /// The format in which metrics are wanted.
    pub(super) exposition: Exposition,
    /// Only the head of the answer is wanted.
    pub(super) head_only: bool,
}

impl Question {
    /// Reads the head of a request; None when more of it must come.
    pub(super) fn read(head: &[u8]) -> Result<Option<Self>, Status> {
        let mut fields = [EMPTY_HEADER; FIELDS_MAX];
        let mut request = Request::new(&mut fields);
        let is_whole = request.parse(head).map_err(|error| match error {
            Error::TooManyHeaders => Status::HeadTooLarge,
            Error::Version => Status::VersionNotSupported,
            _ => Status::BadRequest,
        })?;
        if is_whole.is_partial() {
            return if head.len() < HEAD_BYTES_MAX { Ok(None) } else { Err(Status::HeadTooLarge) };
        }
        // RFC 9112, section 3.2: exactly one field Host, since HTTP/1.1.
        let hosts = values(request.headers, "host").count();
        if hosts > 1 || hosts == 0 && request.version == Some(1) {
            return Err(Status::BadRequest);
        }
        let head_only = match request.method {
            Some("GET") => false,
            Some("HEAD") => true,
            _ => return Err(Status::MethodNotAllowed),
        };
        let accept = values(request.headers, "accept").collect::<Vec<_>>().join(",");
        let path = path(request.path.unwrap_or_default()).to_owned();
        Ok(Some(Self { path, exposition: wanted(&accept), head_only }))
    }
}

/// The values of a field; those that are no text are passed over.
fn values<'h>(fields: &'h [Header<'h>], name: &'h str) -> impl Iterator<Item = &'h str> {
    let fields = fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    fields.map(|field| std::str::from_utf8(field.value).unwrap_or_default())
}

/// The path of a target without its query; a target may be a whole URL (RFC 9112, section 3.2.2).
fn path(target: &str) -> &str {
    let from_path = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |at| &rest[at..]),
        _ => target,
    };
    from_path.split('?').next().unwrap_or_default()
}

/// The format that a field Accept prefers (RFC 9110, section 12.5.1): OpenMetrics only for those that name it.
fn wanted(accept: &str) -> Exposition {
    let quality = |names: &[&str]| {
        let mut best = 0.0;
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            best = f32::max(best, weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0)));
        }
        best
    };
    let open_metrics = quality(&["application/openmetrics-text"]);
    if open_metrics > 0.0 && open_metrics >= quality(&["text/plain", "text/*"]) {
        Exposition::OpenMetrics
    } else {
        Exposition::Prometheus
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Answer {
    /// A few words.
    pub(super) fn text(status: Status, words: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: format!("{words}\n") }
    }

    /// What goes over the wire.
    pub(super) fn into_bytes(self, head_only: bool) -> Vec<u8> {
        let status = self.status.line();
        // RFC 9110, section 6.6.1: whoever has a clock says the time.
        let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now());
        let date = date.map_or(String::new(), |date| format!("Date: {date}\r\n"));
        let (kind, length) = (self.content_type, self.body.len());
        let allow = if self.status == Status::MethodNotAllowed { "Allow: GET, HEAD\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\n{date}Content-Type: {kind}\r\nContent-Length: {length}\r\n{allow}\
             X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        );
        if !head_only {
            bytes.push_str(&self.body);
        }
        bytes.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_says_what_it_wants_or_is_refused() {
        let long = format!("GET /{} HTTP/1.1\r\nHost: a", "x".repeat(HEAD_BYTES_MAX));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "Host: a\r\n".repeat(FIELDS_MAX + 1));
        let refused = [
            ("POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", Status::MethodNotAllowed),
            ("GET /metrics HTTP/1.1\r\n\r\n", Status::BadRequest),
            ("GET /metrics HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", Status::BadRequest),
            ("GET /metrics HTTP/1.1\r\nHost a\r\n\r\n", Status::BadRequest),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Status::VersionNotSupported),
            ("\x16\x03\x01\x02\0", Status::BadRequest),
            (&long, Status::HeadTooLarge),
            (&many, Status::HeadTooLarge),
        ];
        for (head, status) in refused {
            assert_eq!(Question::read(head.as_bytes()), Err(status), "{head:.60}");
        }
        for head in ["", "G", "GET /metrics HTTP/1.1\r\nHost: a\r\n"] {
            assert_eq!(Question::read(head.as_bytes()), Ok(None), "{head}");
        }
        let asked = [
            ("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "/metrics", false),
            ("HEAD /healthz?verbose HTTP/1.1\r\nhOST: a\r\n\r\nmore", "/healthz", true),
            ("GET http://a:9187/readyz HTTP/1.1\r\nHost: a\r\n\r\n", "/readyz", false),
            ("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "/", false),
            ("GET /a://b/metrics HTTP/1.0\r\n\r\n", "/a://b/metrics", false),
        ];
        for (head, path, head_only) in asked {
            let question = Question { path: path.to_owned(), exposition: Exposition::Prometheus, head_only };
            assert_eq!(Question::read(head.as_bytes()), Ok(Some(question)), "{head}");
        }
    }

    #[test]
    fn open_metrics_is_for_those_who_prefer_it() {
        let cases = [
            ("", Exposition::Prometheus),
            ("*/*", Exposition::Prometheus),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Exposition::Prometheus),
            // As Prometheus 2.42 and 3 ask.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Exposition::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 text/plain;version=0.0.4;q=0.4,*/*;q=0.2",
                Exposition::OpenMetrics,
            ),
            ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;q=0.5", Exposition::Prometheus),
            ("application/openmetrics-text;q=0", Exposition::Prometheus),
            ("application/openmetrics-text;q=nonsense", Exposition::Prometheus),
        ];
        for (accept, exposition) in cases {
            assert_eq!(wanted(accept), exposition, "{accept}");
        }
    }

    #[test]
    fn an_answer_says_how_long_it_is_and_a_head_alone_does_as_well() {
        let answer = Answer::text(Status::MethodNotAllowed, "größe");
        let whole = String::from_utf8(answer.clone().into_bytes(false)).expect("text");
        let head = String::from_utf8(answer.into_bytes(true)).expect("text");
        assert!(whole.starts_with("HTTP/1.1 405 Method Not Allowed\r\nDate: "), "{whole}");
        assert!(whole.contains("\r\nContent-Length: 8\r\nAllow: GET, HEAD\r\n"), "{whole}");
        assert!(head.ends_with("\r\nConnection: close\r\n\r\n"), "{head}");
        assert_eq!(whole, format!("{head}größe\n"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_a_whole_head_is_answered(
            head in proptest::collection::vec(any::<u8>(), 0..200),
            accept in "\\PC{0,60}",
        ) {
            let _ = Question::read(&head);
            let _ = wanted(&accept);
            let request = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n");
            prop_assert!(Question::read(request.as_bytes()) != Ok(None));
        }
    }
}
