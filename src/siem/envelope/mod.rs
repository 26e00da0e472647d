//! Envelopes around what the writers of formats wrote: syslog, and the bulk interfaces of Splunk and Elastic. What a
//! payload says is left to its writer; where the messages go, to others.

mod elastic_bulk;
mod splunk_hec;
mod syslog;
#[cfg(test)]
mod tests;
mod time;

use std::io::Write as _;

use strum::IntoStaticStr;

use super::{LogRecord, Loss, Losses, Settings};

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
                let event = splunk_hec::HecEvent { record, payload, kind: self.kind };
                event.push(self.settings.host.as_deref(), out, losses);
            }
            Some(Envelope::ElasticBulk) => elastic_bulk::push(record, payload, self.kind, out, losses),
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

fn push_formatted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}
