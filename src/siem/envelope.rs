//! Envelopes around what the writers of formats wrote, and how messages are framed: syslog, and the bulk interfaces of Splunk
//! and Elastic. What a payload says is left to its writer, the headers of syslog to `syslog`, and where the messages go to
//! others.

use strum::IntoStaticStr;

use super::clock::{self, count_zone};
use super::escape_loop::push_formatted;
use super::json::Json;
use super::{LogRecord, Loss, Losses, Settings, syslog};

/// What a payload is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Envelope {
    /// Syslog as of RFC 5424.
    SyslogRfc5424,
    /// Syslog as of RFC 3164, which collectors of CEF and LEEF often want.
    SyslogRfc3164,
    /// An event for Splunk's HTTP event collector.
    SplunkHec,
    /// A pair of lines for the `_bulk` interface of Elasticsearch.
    ElasticBulk,
}

impl Envelope {
    /// Every envelope.
    pub const ALL: [Self; 4] = [Self::SyslogRfc5424, Self::SyslogRfc3164, Self::SplunkHec, Self::ElasticBulk];

    /// The word of `--envelope`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is syslog: only there messages may be framed in more than one way.
    pub fn is_syslog(self) -> bool {
        matches!(self, Self::SyslogRfc5424 | Self::SyslogRfc3164)
    }

    /// Whether it has a place of its own for the original line.
    pub fn carries_raw(self) -> bool {
        matches!(self, Self::SplunkHec | Self::ElasticBulk)
    }

    /// Whether it has a place of its own for the verdict of this run.
    pub fn carries_verdict(self) -> bool {
        matches!(self, Self::SyslogRfc5424 | Self::SplunkHec)
    }
}

/// How a receiver finds the end of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Framing {
    /// A line feed behind each message (RFC 6587, 3.4.2).
    #[default]
    Lf,
    /// The length in front of each message (RFC 6587, 3.4.1; RFC 5425 demands it over TLS). Of syslog only.
    OctetCounting,
}

impl Framing {
    /// Every framing.
    pub const ALL: [Self; 2] = [Self::Lf, Self::OctetCounting];

    /// The word of `--framing`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The longest message of RFC 3164 (section 4.1); receivers may cut what is longer.
const RFC3164_BYTES_MAX: usize = 1024;

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadKind {
    /// A JSON object.
    Json,
    /// A JSON object after the Elastic Common Schema, which holds its own time and original: a document as it is.
    Ecs,
    /// Text that is no JSON.
    Text,
}

/// Puts payloads into envelopes and frames them.
#[derive(Clone, Debug)]
pub struct Wrapping {
    envelope: Option<Envelope>,
    framing: Framing,
    kind: PayloadKind,
    settings: Settings,
}

impl Wrapping {
    /// Without an envelope the payload is the message. What is no syslog ends with a line feed, whatever the framing.
    pub fn new(envelope: Option<Envelope>, framing: Framing, kind: PayloadKind, settings: Settings) -> Self {
        let counted = envelope.is_some_and(Envelope::is_syslog);
        let framing = if counted { framing } else { Framing::Lf };
        Self { envelope, framing, kind, settings }
    }

    /// Appends the message with its frame. The payload is one line without a line break.
    pub fn wrap(&self, record: &LogRecord<'_>, payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
        let start = out.len();
        match self.envelope {
            None => push_payload(payload, out, losses),
            Some(Envelope::SyslogRfc5424) => {
                syslog::push_rfc5424(record, &self.settings, out, losses);
                push_payload(payload, out, losses);
            }
            Some(Envelope::SyslogRfc3164) => {
                syslog::push_rfc3164(record, &self.settings, out, losses);
                push_payload(payload, out, losses);
                if out.len() - start > RFC3164_BYTES_MAX {
                    losses.add(PAYLOAD, Loss::Long);
                }
            }
            Some(Envelope::SplunkHec) => {
                let event = HecEvent { record, payload, kind: self.kind };
                event.push(self.settings.host.as_deref(), out, losses);
            }
            Some(Envelope::ElasticBulk) => push_elastic_bulk(record, payload, self.kind, out, losses),
        }
        match self.framing {
            Framing::Lf => out.push(b'\n'),
            Framing::OctetCounting => push_count(start, out),
        }
    }
}

/// What the losses of a payload are counted under.
const PAYLOAD: &str = "message";

/// Appends the payload. A line break would end the message early, so none gets through, whoever wrote it.
fn push_payload(payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let at = out.len();
    out.extend_from_slice(payload);
    if memchr::memchr(b'\n', payload).is_some() {
        out[at..].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        losses.add(PAYLOAD, Loss::Characters);
    }
}

/// Puts the length of the message that begins at `start` in front of it: `MSG-LEN SP`.
fn push_count(start: usize, out: &mut Vec<u8>) {
    let end = out.len();
    push_formatted(out, format_args!("{} ", end - start));
    let count_bytes = out.len() - end;
    out[start..].rotate_right(count_bytes);
}

/// One event, to be written.
struct HecEvent<'a> {
    record: &'a LogRecord<'a>,
    payload: &'a [u8],
    kind: PayloadKind,
}

impl HecEvent<'_> {
    /// Appends the object. An event without a time has none: Splunk takes the time of arrival then.
    fn push(&self, host: Option<&str>, out: &mut Vec<u8>, losses: &mut Losses) {
        let json = &mut Json::new(out, losses);
        json.open();
        json.word("sourcetype", "cossacklabs:acra");
        json.given("source", self.record.file);
        if let Some(moment) = &self.record.event.moment {
            json.seconds("time", moment.time);
            count_zone(moment, json.losses);
        }
        if let Some(host) = host {
            json.given("host", host);
        }
        match self.kind {
            PayloadKind::Json | PayloadKind::Ecs => {
                json.key("event");
                push_payload(self.payload, json.out, json.losses);
            }
            PayloadKind::Text => json.text("event", PAYLOAD, self.payload),
        }
        self.push_fields(json);
        json.close();
    }

    /// Index-time fields: flat, and strings all of them. What this run found out has names that Splunk does not make of a
    /// field or a text of the log while it searches.
    fn push_fields(&self, json: &mut Json<'_>) {
        let LogRecord { event, line, integrity, raw, .. } = self.record;
        json.object("fields");
        json.word("level", event.level.name());
        json.printed("line", format_args!("\"{line}\""));
        for name in ["code", "client_id", "session_id"] {
            if let Some(value) = event.field(name) {
                json.text(name, name, value.as_bytes());
            }
        }
        if let Some(integrity) = integrity {
            json.word("acralog_integrity_status", integrity.status.name());
            if let Some(chain) = integrity.chain_bytes() {
                json.hex("acralog_chain_id", &chain);
            }
            if let Some(position) = integrity.position {
                json.printed("acralog_chain_position", format_args!("\"{position}\""));
            }
            if let Some(key) = integrity.key {
                json.given("acralog_key_fingerprint", key);
            }
        }
        match raw.map(|raw| std::str::from_utf8(raw).map_err(|_| raw)) {
            None => {}
            Some(Ok(raw)) => json.given("acra_raw", raw),
            Some(Err(raw)) => json.base64("acra_raw_base64", raw),
        }
        json.close();
    }
}

/// Appends both lines, the second one without its end. A payload after ECS is the document; any other one becomes the
/// `message` of a document, with the original where ECS has it.
fn push_elastic_bulk(
    record: &LogRecord<'_>,
    payload: &[u8],
    kind: PayloadKind,
    out: &mut Vec<u8>,
    losses: &mut Losses,
) {
    out.extend_from_slice(b"{\"create\":{}}\n");
    match kind {
        PayloadKind::Ecs => push_payload(payload, out, losses),
        PayloadKind::Json | PayloadKind::Text => push_document(record, payload, out, losses),
    }
}

fn push_document(record: &LogRecord<'_>, payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let json = &mut Json::new(out, losses);
    json.open();
    if let Some(moment) = record.event.moment.as_ref().filter(|moment| clock::is_writable(moment, json.losses)) {
        json.time("@timestamp", moment);
    }
    json.text("message", PAYLOAD, payload);
    match record.raw.map(|raw| std::str::from_utf8(raw).map_err(|_| raw)) {
        None => {}
        Some(Ok(raw)) => {
            json.object("event");
            json.given("original", raw);
            json.close();
        }
        Some(Err(raw)) => {
            json.object("acra");
            json.base64("original_base64", raw);
            json.close();
        }
    }
    json.close();
}

#[cfg(test)]
mod tests;
