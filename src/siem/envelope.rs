//! Envelopes around what the writers of formats wrote, and how messages are framed: syslog (RFC 3164 and RFC 5424), and
//! the bulk interfaces of Splunk and Elastic. What a payload says is left to its writer, and where the messages go to
//! others.

use strum::IntoStaticStr;

use super::clock::{self, TIME_FIELD, count_zone, push_rfc3339};
use super::event_view::{PRODUCT_UNKNOWN, pid, product, required};
use super::json::Json;
use super::text_format::{push_formatted, push_hex};
use super::{LogRecord, Loss, Losses, Settings};
use crate::event::Level;
use crate::terminal_safe::is_unsafe_char;

/// The longest message of RFC 3164 (section 4.1); receivers may cut what is longer.
const RFC3164_BYTES_MAX: usize = 1024;
/// What the losses of a payload are counted under.
const PAYLOAD: &str = "message";

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
    pub const ALL: [Self; 4] = [Self::SyslogRfc5424, Self::SyslogRfc3164, Self::SplunkHec, Self::ElasticBulk];

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
    pub const ALL: [Self; 2] = [Self::Lf, Self::OctetCounting];

    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadKind {
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
                push_rfc5424(record, &self.settings, out, losses);
                push_payload(payload, out, losses);
            }
            Some(Envelope::SyslogRfc3164) => {
                push_rfc3164(record, &self.settings, out, losses);
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
            Framing::OctetCounting => push_octet_count(start, out),
        }
    }
}

/// Appends the payload. A line break would end the message early, so none gets through, whoever wrote it.
fn push_payload(payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let at = out.len();
    out.extend_from_slice(payload);
    if memchr::memchr(b'\n', payload).is_some() {
        out[at..].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        losses.add(PAYLOAD, Loss::Characters);
    }
}

/// Puts the length of the message that begins at `start` in front of it: `MSG-LEN SP` (RFC 6587, 3.4.1).
pub fn push_octet_count(start: usize, out: &mut Vec<u8>) {
    let end = out.len();
    push_formatted(out, format_args!("{} ", end - start));
    let count_bytes = out.len() - end;
    out[start..].rotate_right(count_bytes);
}

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

/// The facility of audit logs (RFC 5424, 6.2.1).
const FACILITY_LOG_AUDIT: u8 = 13;
/// The name of a host in either syslog.
const HOSTNAME: HeaderWord = HeaderWord { chars_max: 255, forbidden: b"" };

/// What may stand in a word of a header.
#[derive(Clone, Copy)]
struct HeaderWord {
    chars_max: usize,
    /// What must not be in it although it is printable ASCII.
    forbidden: &'static [u8],
}

fn push_priority(level: Level, out: &mut Vec<u8>) {
    push_formatted(out, format_args!("<{}>", FACILITY_LOG_AUDIT * 8 + level.syslog_severity()));
}

/// Appends a word: printable ASCII, `_` for each other character; `-` when it is empty.
fn push_word(text: &[u8], rule: HeaderWord, field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let fits = |byte: &u8| byte.is_ascii_graphic() && !rule.forbidden.contains(byte);
    if text.is_empty() {
        return out.push(b'-');
    }
    if text.len() <= rule.chars_max && text.iter().all(fits) {
        return out.extend_from_slice(text);
    }
    let mut replaced = false;
    let chunks = text.utf8_chunks();
    let chars = chunks.flat_map(|chunk| chunk.valid().chars().chain(chunk.invalid().iter().map(|_| '\u{fffd}')));
    for (place, c) in chars.enumerate() {
        if place == rule.chars_max {
            losses.add(field, Loss::Length);
            break;
        }
        let byte = u8::try_from(c).ok().filter(fits);
        replaced |= byte.is_none();
        out.push(byte.unwrap_or(b'_'));
    }
    if replaced {
        losses.add(field, Loss::Characters);
    }
}

/// Appends the HOSTNAME of either syslog.
pub fn push_hostname(host: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    push_word(host, HOSTNAME, "host", out, losses);
}

fn app_name<'a>(record: &'a LogRecord<'_>, settings: &'a Settings, losses: &mut Losses) -> &'a [u8] {
    required(product(record.event, settings), PRODUCT_UNKNOWN, "product", losses)
}

/// Letters and digits by the letter of RFC 3164, 4.1.3; receivers know the end of a tag by these.
const TAG: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"[]:" };
/// What stands in the place of a time that is not known.
const NO_TIME: &[u8] = b"Jan  1 00:00:00";

/// Appends everything in front of the payload by RFC 3164: `<PRI>Mar 14 00:00:00 host app[pid]: `. It has no place for the
/// year, and its 1024 bytes are not kept: no payload is cut.
fn push_rfc3164(record: &LogRecord<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    let event = record.event;
    push_priority(event.level, out);
    match event.moment.as_ref().and_then(|moment| clock::push_bsd(moment, out, losses)) {
        Some(()) => losses.add("year", Loss::LeftOut),
        None => {
            out.extend_from_slice(NO_TIME);
            losses.add(TIME_FIELD, Loss::MadeUp);
        }
    }
    out.push(b' ');
    let host = settings.host.as_deref().unwrap_or_default();
    push_hostname(host.as_bytes(), out, losses);
    if host.is_empty() {
        losses.add("host", Loss::MadeUp);
    }
    out.push(b' ');
    push_word(app_name(record, settings, losses), TAG, "product", out, losses);
    if let Some(pid) = pid(event) {
        out.push(b'[');
        out.extend_from_slice(pid);
        out.push(b']');
    }
    out.extend_from_slice(b": ");
}

const APP_NAME: HeaderWord = HeaderWord { chars_max: 48, forbidden: b"" };
const SD_NAME: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"=]\"" };

/// Appends everything in front of the payload by RFC 5424. The message is the payload as it is (MSG-ANY): a byte order mark in
/// front would tell that it is UTF-8, and would break collectors that look for `CEF:` there.
fn push_rfc5424(record: &LogRecord<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    let event = record.event;
    push_priority(event.level, out);
    out.extend_from_slice(b"1 ");
    match event.moment.as_ref().filter(|moment| clock::is_writable(moment, losses)) {
        Some(moment) => push_rfc3339(moment, out),
        None => out.push(b'-'),
    }
    out.push(b' ');
    push_hostname(settings.host.as_deref().unwrap_or_default().as_bytes(), out, losses);
    out.push(b' ');
    push_word(app_name(record, settings, losses), APP_NAME, "product", out, losses);
    out.push(b' ');
    out.extend_from_slice(pid(event).unwrap_or(b"-"));
    out.push(b' ');
    match event.code() {
        Some(code) => push_formatted(out, format_args!("{code}")),
        None => out.push(b'-'),
    }
    out.push(b' ');
    push_structured_data(record, &settings.sd_id, out, losses);
    out.push(b' ');
}

/// `[acra@32473 client="..." ...]`, without what is not known; `-` when nothing is.
fn push_structured_data(record: &LogRecord<'_>, id: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let start = out.len();
    out.push(b'[');
    push_word(id.as_bytes(), SD_NAME, "sd-id", out, losses);
    let params_at = out.len();
    for (name, key) in [("client", "client_id"), ("session", "session_id")] {
        if let Some(value) = record.event.field(key) {
            push_formatted(out, format_args!(" {name}=\""));
            push_param_value(value.as_bytes(), key, out, losses);
            out.push(b'"');
        }
    }
    if let Some(integrity) = &record.integrity {
        if let Some(chain) = integrity.chain_bytes() {
            out.extend_from_slice(b" chain=\"");
            push_hex(&chain, out);
            out.push(b'"');
        }
        if let Some(position) = integrity.position {
            push_formatted(out, format_args!(" position=\"{position}\""));
        }
        push_formatted(out, format_args!(" status=\"{}\"", integrity.status.name()));
    }
    if out.len() == params_at {
        out.truncate(start);
        return out.push(b'-');
    }
    out.push(b']');
}

/// PARAM-VALUE (RFC 5424, 6.3.3): UTF-8 with three escapes. It knows no other ones, so what does more than show itself
/// becomes U+FFFD. Losses are counted under `field`.
pub fn push_param_value(text: &[u8], field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let (mut replaced, mut invalid) = (false, false);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let hostile = is_unsafe_char(c);
            let c = if hostile { '\u{fffd}' } else { c };
            replaced |= hostile;
            if matches!(c, '"' | '\\' | ']') {
                out.push(b'\\');
            }
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
            invalid = true;
        }
    }
    if replaced {
        losses.add(field, Loss::Characters);
    }
    if invalid {
        losses.add(field, Loss::Encoding);
    }
}

#[cfg(test)]
mod tests;
