//! LEEF 2.0 with a tab between its attributes (siem, section 2). The format has no escapes at all: whatever would end a part
//! or a value is spelled out, and counted.

use super::clock::count_zone;
use super::event_view::{Facts, FieldRole, PRODUCT_UNKNOWN, UNKNOWN, pid, required};
use super::text_format::{Damage, Stops, Treatment, UniqueNames, copy_escaped, push_hex, push_number, push_visible};
use super::{LogRecord, Loss, Losses, Settings, Writer, count_text};
use crate::entry::Marker;
use crate::event::{Text, Value};

/// What every line begins with.
const OPENING: &[u8] = b"LEEF:2.0|cossacklabs|";
/// What ends the header: the delimiter, a tab, in hex.
const DELIMITER_PART: &[u8] = b"|x09|";
const DELIMITER: u8 = b'\t';
/// A part of the header ends at a bar.
const HEADER_STOPS: Stops = Stops::at(b"|");
/// The delimiter and line breaks are control characters.
const VALUE_STOPS: Stops = Stops::at(b"");
/// The parts that are no custom attributes here.
const PARTS: [FieldRole; 5] =
    [FieldRole::Code, FieldRole::Client, FieldRole::Session, FieldRole::Error, FieldRole::Sql];
/// What custom keys begin with: they are the vendor's to choose, and collectors keep them unmapped.
const PREFIX: &[u8] = b"acra";
/// Names behind the prefix that are ours, never those of a field of the log.
const OURS: &[&[u8]] = &[
    b"Action",
    b"ChainId",
    b"ChainPosition",
    b"File",
    b"Host",
    b"Integrity",
    b"IntegrityStatus",
    b"KeyFingerprint",
    b"Level",
    b"Line",
    b"Outcome",
    b"Pid",
    b"Raw",
    b"SessionId",
    b"Sql",
];

#[derive(Clone, Debug)]
pub(super) struct LeefWriter {
    settings: Settings,
}

impl LeefWriter {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn write_header(&self, facts: &Facts<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        out.extend_from_slice(OPENING);
        let product = required(facts.product, PRODUCT_UNKNOWN, "product", losses);
        push_spelled(product, &HEADER_STOPS, out).count("product", losses);
        out.push(b'|');
        let version = required(facts.version, UNKNOWN, "version", losses);
        push_spelled(version, &HEADER_STOPS, out).count("version", losses);
        out.push(b'|');
        push_number(facts.code_or_general().into(), out);
        out.extend_from_slice(DELIMITER_PART);
    }

    fn write_event(&self, facts: &Facts<'_>, attributes: &mut Attributes<'_>) {
        if let Some(moment) = &facts.event.moment {
            // Milliseconds since 1970 need no `devTimeFormat`.
            count_zone(moment, attributes.losses);
            attributes.push_key("devTime");
            if moment.time.unix_ms < 0 {
                attributes.out.push(b'-');
            }
            push_number(moment.time.unix_ms.unsigned_abs(), attributes.out);
        }
        // The scale begins at 1.
        attributes.number("sev", facts.severity.max(1).into());
        if let Some(group) = facts.group() {
            attributes.text("cat", "code", group.as_bytes());
        }
        attributes.value("usrName", "client_id", facts.value(FieldRole::Client));
        attributes.text("msg", "message", facts.event.message.as_bytes());
        attributes.value("reason", "error", facts.value(FieldRole::Error));
        if let Some(entry) = facts.special_row() {
            if let Some(act) = entry.act {
                attributes.text("acraAction", "code", act.as_bytes());
            }
            attributes.text("acraOutcome", "code", entry.ecs.outcome.as_bytes());
        }
        if let Some(session) = facts.value(FieldRole::Session) {
            // An identifier: that the number becomes text is no loss.
            attributes.text("acraSessionId", "session_id", session.as_bytes());
        }
        attributes.value("acraSql", "sql", facts.value(FieldRole::Sql));
        attributes.text("acraLevel", "level", facts.event.level.name().as_bytes());
        if let Some(host) = &self.settings.host {
            attributes.text("acraHost", "host", host.as_bytes());
        }
        if let Some(pid) = pid(facts.event) {
            attributes.text("acraPid", "message", pid);
        }
    }
}

impl Writer for LeefWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::of(record, &self.settings);
        self.write_header(&facts, out, losses);
        let start = out.len();
        let mut attributes = Attributes { out, losses, start };
        self.write_event(&facts, &mut attributes);
        write_integrity(record, &mut attributes);
        attributes.text("acraFile", "file", record.file.as_bytes());
        attributes.number("acraLine", record.line);
        if let Some(raw) = record.raw {
            attributes.text("acraRaw", "raw", raw);
        }
        let mut names = UniqueNames::without(OURS);
        if record.event.marker == Marker::Start {
            attributes.custom(b"chain", &Value::Text(Text::from("new")), &mut names);
        }
        for field in facts.rest(&PARTS) {
            attributes.custom(field.key.as_bytes(), &field.value, &mut names);
        }
    }
}

/// The seal as the log has it, and what this run says of it.
fn write_integrity(record: &LogRecord<'_>, attributes: &mut Attributes<'_>) {
    if let Some(seal) = record.event.seal {
        attributes.hex("acraIntegrity", &seal.0);
    }
    let Some(integrity) = record.integrity else {
        return;
    };
    attributes.text("acraIntegrityStatus", "integrity_status", integrity.status.name().as_bytes());
    if let Some(chain) = integrity.chain_bytes() {
        attributes.hex("acraChainId", &chain);
    }
    if let Some(position) = integrity.position {
        attributes.number("acraChainPosition", position);
    }
    if let Some(key) = integrity.key {
        attributes.text("acraKeyFingerprint", "key_fingerprint", key.as_bytes());
    }
}

/// The attributes of one line, as they are written.
struct Attributes<'o> {
    out: &'o mut Vec<u8>,
    losses: &'o mut Losses,
    start: usize,
}

impl Attributes<'_> {
    /// A text of the field it is counted by; an empty one is left out with its key.
    fn text(&mut self, key: &str, field: &str, text: &[u8]) {
        if text.is_empty() {
            return self.losses.add(field, Loss::Empty);
        }
        self.push_key(key);
        push_spelled(text, &VALUE_STOPS, self.out).count(field, self.losses);
    }

    fn value(&mut self, key: &str, field: &str, value: Option<&Value<'_>>) {
        if let Some(value) = value {
            count_text(field, value, self.losses);
            self.text(key, field, value.as_bytes());
        }
    }

    fn number(&mut self, key: &str, number: u64) {
        self.push_key(key);
        push_number(number, self.out);
    }

    fn hex(&mut self, key: &str, bytes: &[u8]) {
        self.push_key(key);
        push_hex(bytes, self.out);
    }

    fn custom(&mut self, name: &[u8], value: &Value<'_>, names: &mut UniqueNames) {
        let field = String::from_utf8_lossy(name);
        count_text(&field, value, self.losses);
        let text = value.as_bytes();
        if text.is_empty() {
            return self.losses.add(&field, Loss::Empty);
        }
        self.push_delimiter();
        self.out.extend_from_slice(PREFIX);
        if !names.push(name, self.out) {
            self.losses.add(&field, Loss::Name);
        }
        self.out.push(b'=');
        push_spelled(text, &VALUE_STOPS, self.out).count(&field, self.losses);
    }

    fn push_delimiter(&mut self) {
        if self.out.len() > self.start {
            self.out.push(DELIMITER);
        }
    }

    fn push_key(&mut self, key: &str) {
        self.push_delimiter();
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
    }
}

/// Appends a text with every stop in it spelled out.
fn push_spelled(text: &[u8], stops: &Stops, out: &mut Vec<u8>) -> Damage {
    copy_escaped(text, stops, out, |c, out| {
        push_visible(c, out);
        Treatment::Replaced
    })
}

#[cfg(test)]
mod tests;
