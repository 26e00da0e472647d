//! CEF as its specification has it (siem, section 1): the header, and which part of an event goes where. How pairs are
//! written is left to `extension`, Acra's own dialect to those who write it.

mod extension;
#[cfg(test)]
mod tests;

use extension::Extension;

use super::clock::count_zone;
use super::custom::UniqueNames;
use super::escape::{Damage, Stops, Treatment, copy, push_number, push_visible};
use super::event_view::{Facts, FieldRole, NAME_BYTES_MAX, PRODUCT_UNKNOWN, UNKNOWN, beginning, pid, required};
use super::{CefName, LogRecord, Loss, Losses, Settings, Writer};
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
pub struct CefWriter {
    settings: Settings,
}

impl CefWriter {
    /// A writer for the whole run.
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
    let damage = copy(text, &HEADER_STOPS, out, |c, out| match c {
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
