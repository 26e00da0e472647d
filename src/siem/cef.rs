//! CEF as its specification has it (siem, section 1): the header, the extension, how both are escaped, and which part of an
//! event goes where. Acra's own dialect is left to `acra`.

use super::clock::count_zone;
use super::event_view::{Facts, FieldRole, NAME_BYTES_MAX, PRODUCT_UNKNOWN, UNKNOWN, beginning, pid, required};
use super::text_format::{Damage, Stops, Treatment, UniqueNames, copy_escaped, push_hex, push_number, push_visible};
use super::{CefName, LogRecord, Loss, Losses, Settings, Writer, count_text};
use crate::entry::Marker;
use crate::event::{Text, Value};

/// What every line begins with: the version of the format, and the vendor as Acra writes it.
const OPENING: &[u8] = b"CEF:0|cossacklabs|";
/// What the header escapes; everything else in it stands as it is.
const HEADER_STOPS: Stops = Stops::at(b"\\|");
/// The longest product of the header.
const PRODUCT_BYTES_MAX: usize = 63;
/// The longest version of the header.
const VERSION_BYTES_MAX: usize = 31;
/// The name of an event that has neither a code nor a message.
const NAME_NONE: &[u8] = b"General event";
/// The parts that are no custom fields here.
const PARTS: [FieldRole; 6] =
    [FieldRole::Code, FieldRole::Client, FieldRole::Session, FieldRole::Error, FieldRole::Sql, FieldRole::Operation];
/// Names of custom fields that would say what this run found out, or what is sealed: no field of the log takes them.
const OURS: &[&[u8]] = &[b"ChainId", b"ChainPosition", b"Integrity", b"IntegrityStatus", b"KeyFingerprint"];

/// Writes CEF that collectors accept.
#[derive(Clone, Debug)]
pub(super) struct CefWriter {
    settings: Settings,
}

impl CefWriter {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn write_header(&self, facts: &Facts<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        out.extend_from_slice(OPENING);
        let product = required(facts.product, PRODUCT_UNKNOWN, "product", losses);
        let version = required(facts.version, UNKNOWN, "version", losses);
        for (text, field, limit) in [(product, "product", PRODUCT_BYTES_MAX), (version, "version", VERSION_BYTES_MAX)] {
            if text.len() > limit {
                losses.add(field, Loss::Long);
            }
            push_part(text, out).count(field, losses);
        }
        push_number(facts.code_or_general().into(), out);
        out.push(b'|');
        let name = match self.settings.cef_name {
            CefName::Catalogue => facts.name(),
            CefName::Message => facts.event.message.as_bytes(),
        };
        let name = if name.trim_ascii().is_empty() { NAME_NONE } else { name };
        // What a name cannot hold is no loss: the whole message stands in `msg`.
        push_name(name, out);
        push_number(facts.severity.into(), out);
        out.push(b'|');
    }

    /// When, what, who and where, in the keys of the dictionary.
    fn write_event(&self, record: &LogRecord<'_>, facts: &Facts<'_>, extension: &mut Extension<'_>) {
        if let Some(moment) = &facts.event.moment {
            count_zone(moment, extension.losses);
            extension.time("rt", moment.time.unix_ms);
        }
        write_judgement(facts, extension);
        extension.value("suser", "client_id", facts.value(FieldRole::Client));
        extension.value("reason", "error", facts.value(FieldRole::Error));
        extension.text("msg", "message", facts.event.message.as_bytes());
        if let Some(host) = &self.settings.host {
            extension.text("dvchost", "host", host.as_bytes());
        }
        if let Some(product) = facts.product {
            // Never blank, and the header has it as it is.
            extension.again("deviceProcessName", product);
        }
        if let Some(pid) = pid(facts.event) {
            extension.again("dvcpid", pid);
        }
        let session = facts.value(FieldRole::Session).map(Value::as_bytes);
        extension.address("externalId", session.unwrap_or_default(), record.line);
        if let Some(session) = session {
            // A session is a number and an identifier: that it becomes text is no loss.
            extension.labelled("cs1", "sessionId", "session_id", session);
        }
    }
}

impl Writer for CefWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::of(record, &self.settings);
        self.write_header(&facts, out, losses);
        let mut extension = Extension::of(out, losses);
        self.write_event(record, &facts, &mut extension);
        write_integrity(record, &mut extension);
        extension.labelled("cs5", "acraLevel", "level", facts.event.level.name().as_bytes());
        extension.labelled_value("cs6", "query", "sql", facts.value(FieldRole::Sql));
        write_place(record, &mut extension);
        write_customs(record, &facts, &mut extension);
    }
}

/// What the catalogue says of the code. An event without one has a group, and nobody knows how it came out.
fn write_judgement(facts: &Facts<'_>, extension: &mut Extension<'_>) {
    if let Some(group) = facts.group() {
        extension.text("cat", "code", group.as_bytes());
    }
    let entry = facts.special_row();
    let operation = extension.value("act", "operation", facts.value(FieldRole::Operation));
    if !operation && let Some(act) = entry.and_then(|entry| entry.act) {
        extension.text("act", "code", act.as_bytes());
    }
    if let Some(entry) = entry {
        extension.text("outcome", "code", entry.ecs.outcome.as_bytes());
    }
}

/// The seal as the log has it, and what this run says of it.
fn write_integrity(record: &LogRecord<'_>, extension: &mut Extension<'_>) {
    if let Some(seal) = record.event.seal {
        extension.labelled_hex("cs2", "integrity", &seal.0);
    }
    let Some(integrity) = record.integrity else {
        return;
    };
    if let Some(chain) = integrity.chain_bytes() {
        extension.labelled_hex("cs3", "chainId", &chain);
    }
    extension.labelled("cs4", "integrityStatus", "integrity_status", integrity.status.name().as_bytes());
}

/// The way back to the signed bytes.
fn write_place(record: &LogRecord<'_>, extension: &mut Extension<'_>) {
    if let Some(position) = record.integrity.and_then(|integrity| integrity.position) {
        extension.labelled_number("cn1", "chainPosition", position);
    }
    extension.text("filePath", "file", record.file.as_bytes());
    extension.labelled_number("cn2", "line", record.line);
    if let Some(raw) = record.raw {
        extension.text("rawEvent", "raw", raw);
    }
}

/// Everything the dictionary has no key for.
fn write_customs(record: &LogRecord<'_>, facts: &Facts<'_>, extension: &mut Extension<'_>) {
    if let Some(key) = record.integrity.and_then(|integrity| integrity.key) {
        extension.text("CossacklabsAcraKeyFingerprint", "key_fingerprint", key.as_bytes());
    }
    let mut names = UniqueNames::without(OURS);
    if facts.event.marker == Marker::Start {
        extension.custom(b"chain", &Value::Text(Text::from("new")), &mut names);
    }
    for field in facts.rest(&PARTS) {
        extension.custom(field.key.as_bytes(), &field.value, &mut names);
    }
}

/// Appends the name, cut so that it is no longer than the format allows when everything in it is spelled out.
fn push_name(name: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut name = beginning(name, NAME_BYTES_MAX);
    loop {
        push_part(name, out);
        let written = out.len() - start - 1;
        if written <= NAME_BYTES_MAX {
            return;
        }
        // What is spelled out is longer than it was, so this is shorter than before.
        out.truncate(start);
        name = beginning(name, name.len() * NAME_BYTES_MAX / written);
    }
}

/// Appends a part of the header and the bar behind it.
fn push_part(text: &[u8], out: &mut Vec<u8>) -> Damage {
    let damage = copy_escaped(text, &HEADER_STOPS, out, |c, out| match c {
        '\\' | '|' => {
            out.extend([b'\\', c as u8]);
            Treatment::Kept
        }
        _ => {
            // The backslash of the escape is one of the text's.
            out.push(b'\\');
            push_visible(c, out);
            Treatment::Replaced
        }
    });
    out.push(b'|');
    damage
}

/// What values escape.
const EXTENSION_STOPS: Stops = Stops::at(b"\\=");
/// What custom keys begin with: vendor and product, as the specification asks.
const CUSTOM_KEY_PREFIX: &[u8] = b"CossacklabsAcra";

/// The pairs of one line, as they are written.
struct Extension<'o> {
    out: &'o mut Vec<u8>,
    losses: &'o mut Losses,
    start: usize,
}

/// The longest value of a key by the dictionary of the specification; custom keys have no limit.
fn bytes_max(key: &str) -> usize {
    match key {
        "act" => 63,
        // With room for a hyphen and the number of a line.
        "externalId" => 40 - 11,
        "dvchost" => 100,
        "cat" | "suser" | "reason" | "msg" | "filePath" => 1023,
        "cs1" | "cs2" | "cs3" | "cs4" | "cs5" | "cs6" | "rawEvent" => 4000,
        _ => usize::MAX,
    }
}

impl<'o> Extension<'o> {
    /// No pairs yet, behind the header.
    fn of(out: &'o mut Vec<u8>, losses: &'o mut Losses) -> Self {
        let start = out.len();
        Self { out, losses, start }
    }

    /// A text of the field it is counted by. Whether anything was written: an empty value is left out with its key.
    fn text(&mut self, key: &str, field: &str, text: &[u8]) -> bool {
        let Some(text) = self.trimmed(field, text) else {
            return false;
        };
        self.push_key(key);
        self.count_length(key, field, text);
        self.push_value(field, text);
        true
    }

    fn value(&mut self, key: &str, field: &str, value: Option<&Value<'_>>) -> bool {
        let Some(value) = value else {
            return false;
        };
        count_text(field, value, self.losses);
        self.text(key, field, value.as_bytes())
    }

    /// Milliseconds since 1970.
    fn time(&mut self, key: &str, unix_ms: i64) {
        self.push_key(key);
        if unix_ms < 0 {
            self.out.push(b'-');
        }
        push_number(unix_ms.unsigned_abs(), self.out);
    }

    /// A text that stands elsewhere in the line already, where what it loses is counted.
    fn again(&mut self, key: &str, text: &[u8]) {
        self.push_key(key);
        push_escaped(text.trim_ascii(), self.out);
    }

    /// `session-line`, or the line alone.
    fn address(&mut self, key: &str, session: &[u8], line: u64) {
        self.push_key(key);
        let session = session.trim_ascii();
        if !session.is_empty() {
            // What else it loses is counted where the session itself is written.
            self.count_length(key, "session_id", session);
            push_escaped(session, self.out);
            self.out.push(b'-');
        }
        push_number(line, self.out);
    }

    /// A text in one of the numbered keys, which need a label.
    fn labelled(&mut self, key: &str, label: &str, field: &str, text: &[u8]) {
        if let Some(text) = self.trimmed(field, text) {
            self.push_labelled_key(key, label);
            self.count_length(key, field, text);
            self.push_value(field, text);
        }
    }

    /// Counts a value that is longer than the dictionary allows. It is written whole: collectors cut it, and evidence
    /// that we cut would be none.
    fn count_length(&mut self, key: &str, field: &str, text: &[u8]) {
        if text.len() > bytes_max(key) {
            self.losses.add(field, Loss::Long);
        }
    }

    /// A value in one of the numbered keys, if there is one.
    fn labelled_value(&mut self, key: &str, label: &str, field: &str, value: Option<&Value<'_>>) {
        if let Some(value) = value {
            count_text(field, value, self.losses);
            self.labelled(key, label, field, value.as_bytes());
        }
    }

    /// Bytes in hex in one of the numbered keys.
    fn labelled_hex(&mut self, key: &str, label: &str, bytes: &[u8]) {
        self.push_labelled_key(key, label);
        push_hex(bytes, self.out);
    }

    /// A number in one of the numbered keys.
    fn labelled_number(&mut self, key: &str, label: &str, number: u64) {
        self.push_labelled_key(key, label);
        push_number(number, self.out);
    }

    /// A field the dictionary has no key for.
    fn custom(&mut self, name: &[u8], value: &Value<'_>, names: &mut UniqueNames) {
        let field = String::from_utf8_lossy(name);
        count_text(&field, value, self.losses);
        let Some(text) = self.trimmed(&field, value.as_bytes()) else {
            return;
        };
        self.push_separator();
        self.out.extend_from_slice(CUSTOM_KEY_PREFIX);
        if !names.push(name, self.out) {
            self.losses.add(&field, Loss::Name);
        }
        self.out.push(b'=');
        self.push_value(&field, text);
    }

    /// A value without the blanks at its ends, where readers disagree; None when nothing is left.
    fn trimmed<'t>(&mut self, field: &str, text: &'t [u8]) -> Option<&'t [u8]> {
        let first = text.iter().position(|byte| *byte != b' ');
        let last = text.iter().rposition(|byte| *byte != b' ');
        let (Some(first), Some(last)) = (first, last) else {
            self.losses.add(field, Loss::Empty);
            return None;
        };
        let inner = &text[first..=last];
        if inner.len() < text.len() {
            self.losses.add(field, Loss::Blanks);
        }
        Some(inner)
    }

    fn push_separator(&mut self) {
        if self.out.len() > self.start {
            self.out.push(b' ');
        }
    }

    fn push_key(&mut self, key: &str) {
        self.push_separator();
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
    }

    fn push_labelled_key(&mut self, key: &str, label: &str) {
        self.push_separator();
        for part in [key, "Label=", label, " ", key, "="] {
            self.out.extend_from_slice(part.as_bytes());
        }
    }

    fn push_value(&mut self, field: &str, text: &[u8]) {
        push_escaped(text, self.out).count(field, self.losses);
    }
}

/// Appends a value as extensions escape it. Line breaks have an escape of their own; other control characters do not.
fn push_escaped(text: &[u8], out: &mut Vec<u8>) -> Damage {
    copy_escaped(text, &EXTENSION_STOPS, out, |c, out| {
        let escape: &[u8] = match c {
            '\\' => b"\\\\",
            '=' => b"\\=",
            '\n' => b"\\n",
            '\r' => b"\\r",
            _ => {
                // The backslash of the escape is one of the text's.
                out.push(b'\\');
                push_visible(c, out);
                return Treatment::Replaced;
            }
        };
        out.extend_from_slice(escape);
        Treatment::Kept
    })
}

#[cfg(test)]
mod tests;
