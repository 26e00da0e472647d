//! GELF 1.1 for Graylog (siem, section 2): one flat object per event; how messages are framed is left to others. Fields of
//! ours begin with `_acra_`, and no field of the log can take such a name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::clock::{Utc, other_text};
use super::event_view::{Facts, FieldRole, UNKNOWN};
use super::json::{Json, names_differ};
use super::{LogRecord, Loss, Losses, Settings, Writer};
use crate::entry::{LogTime, Marker};
use crate::event::{Field, Value};

/// Roles that have one name whatever the log calls them.
const CARRIED: [FieldRole; 3] = [FieldRole::Code, FieldRole::Client, FieldRole::Session];
const CARRIED_NAMES: [&str; 3] = ["code", "client_id", "session_id"];
/// Names that Graylog does not take from a message, or gives a meaning of its own once the underscore is gone.
const RESERVED: [&str; 13] = [
    "facility",
    "file",
    "full_message",
    "host",
    "id",
    "level",
    "line",
    "message",
    "short_message",
    "source",
    "streams",
    "timestamp",
    "version",
];
/// The beginning of names that are ours, and of those that are Graylog's; it takes one underscore off each name.
const RESERVED_PREFIXES: [&str; 3] = ["acra_", "gl2_", "_"];
/// What a field of the log with a reserved name begins with.
const FREED_PREFIX: &str = "field_";

#[derive(Clone, Debug)]
pub(super) struct GelfWriter {
    settings: Settings,
}

impl GelfWriter {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The host, or else the application that logged: the specification has the member for either.
    fn write_host(&self, json: &mut Json<'_>, facts: &Facts<'_>) {
        match (&self.settings.host, facts.product) {
            (Some(host), _) => json.given("host", host),
            (None, Some(product)) => json.text("host", "product", product),
            (None, None) => {
                json.lose(b"host", Loss::MadeUp);
                json.word("host", UNKNOWN);
            }
        }
    }
}

impl Writer for GelfWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::typed(record, &self.settings);
        let event = record.event;
        let json = &mut Json::new(out, losses);
        json.open();
        json.word("version", "1.1");
        self.write_host(json, &facts);
        if is_blank(event.message.as_bytes()) {
            // Graylog refuses messages without one.
            json.lose(b"msg", Loss::MadeUp);
            json.word("short_message", facts.row.title);
        } else {
            json.text("short_message", "msg", event.message.as_bytes());
        }
        write_time(json, record);
        json.whole("level", event.level.syslog_severity().into());
        write_carried(json, &facts);
        write_own(json, record, &facts);
        write_raw(json, record);
        write_rest(json, &facts);
        json.close();
    }
}

/// Whether nothing is there but white space of Unicode.
fn is_blank(text: &[u8]) -> bool {
    match text.first() {
        Some(first) if first.is_ascii_graphic() => false,
        _ => String::from_utf8_lossy(text).trim().is_empty(),
    }
}

fn write_time(json: &mut Json<'_>, record: &LogRecord<'_>) {
    let moment = record.event.moment.as_ref();
    if moment.is_none() {
        json.lose(b"time", Loss::MadeUp);
    }
    json.seconds("timestamp", moment.map_or(LogTime { unix_ms: 0 }, |moment| moment.time));
    if let Some(text) = moment.and_then(|moment| other_text(moment, Utc::of(moment.time))) {
        json.text("_acra_time", "time", &text);
    }
}

fn write_carried(json: &mut Json<'_>, facts: &Facts<'_>) {
    if let Some(code) = facts.code {
        json.whole("_code", code.into());
    }
    for (key, field, role) in
        [("_client_id", "client_id", FieldRole::Client), ("_session_id", "session_id", FieldRole::Session)]
    {
        if let Some(value) = facts.value(role) {
            json.key(key);
            write_value(json, field.as_bytes(), value);
        }
    }
}

fn write_own(json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>) {
    let event = record.event;
    json.word("_acra_level", event.level.name());
    json.whole("_acra_severity", facts.severity.into());
    json.word("_acra_action", facts.row.slug);
    if let Some(product) = facts.product {
        json.text("_acra_product", "product", product);
    }
    if let Some(version) = facts.version {
        json.text("_acra_version", "version", version);
    }
    json.given("_acra_file", record.file);
    json.whole("_acra_line", record.line);
    if let Some(seal) = event.seal {
        json.hex("_acra_integrity", &seal.0);
    }
    if event.marker == Marker::Start {
        json.word("_acra_chain_mark", "new");
    }
    if let Some(integrity) = &record.integrity {
        json.word("_acra_integrity_status", integrity.status.name());
        if let Some(chain) = integrity.chain_bytes() {
            json.hex("_acra_chain_id", &chain);
        }
        if let Some(position) = integrity.position {
            json.whole("_acra_chain_position", position);
        }
        if let Some(key) = integrity.key {
            json.given("_acra_key_fingerprint", key);
        }
    }
}

fn write_raw(json: &mut Json<'_>, record: &LogRecord<'_>) {
    let Some(raw) = record.raw else { return };
    match std::str::from_utf8(raw) {
        Ok(_) => json.text("full_message", "raw", raw),
        Err(_) => json.base64("_acra_raw_base64", raw),
    }
    json.hex("_acra_raw_sha256", &Sha256::digest(raw));
}

/// The other fields under their own names, as far as those are names in GELF.
fn write_rest(json: &mut Json<'_>, facts: &Facts<'_>) {
    let rest = facts.rest(&CARRIED);
    let is_plain = |key: &[u8]| is_free(key) && memchr::memchr(b'.', key).is_none();
    let as_they_are = names_differ(rest.clone()) && rest.clone().all(|field| is_plain(field.key.as_bytes()));
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    for field in rest {
        let key = field.key.as_bytes();
        if as_they_are {
            json.key_with_underscore(key);
        } else {
            let name = free_name(field, &mut taken);
            if name.as_bytes() != key {
                json.lose(key, Loss::Name);
            }
            json.key_with_underscore(name.as_bytes());
        }
        write_value(json, key, &field.value);
    }
}

/// Letters, digits, underscores, points and hyphens of ASCII, and a name that is nobody else's.
fn is_free(key: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(key) else { return false };
    let name = &*as_graylog_has_it(name);
    !name.is_empty()
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        && !RESERVED.contains(&name)
        && !CARRIED_NAMES.contains(&name)
        && !RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A name that GELF allows and no field of this event has yet; with each name goes the last number it was given.
fn free_name(field: &Field<'_>, taken: &mut BTreeMap<String, u64>) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    let mut name: String =
        field.key.to_str().chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect();
    if !is_free(name.as_bytes()) {
        name.insert_str(0, FREED_PREFIX);
    }
    // The number goes on from where it was, so that a name that is there often does not cost more each time.
    let mut number = taken.get(&*as_graylog_has_it(&name)).map_or(1, |last| last + 1);
    let mut free = if number == 1 { name.clone() } else { format!("{name}_{number}") };
    while taken.contains_key(&*as_graylog_has_it(&free)) {
        number += 1;
        free = format!("{name}_{number}");
    }
    taken.insert(as_graylog_has_it(&name).into_owned(), number);
    taken.entry(as_graylog_has_it(&free).into_owned()).or_insert(1);
    free
}

/// A name in Graylog's index, where points are underscores.
fn as_graylog_has_it(name: &str) -> Cow<'_, str> {
    if name.contains('.') { name.replace('.', "_").into() } else { name.into() }
}

/// Texts and numbers; anything else as the text of its JSON.
fn write_value(json: &mut Json<'_>, field: &[u8], value: &Value<'_>) {
    match value {
        Value::Json(text) => {
            json.lose(field, Loss::Type);
            json.string(text.as_bytes(), field);
        }
        _ => json.value(field, value),
    }
}

#[cfg(test)]
mod tests;
