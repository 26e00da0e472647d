//! Open Cybersecurity Schema Framework 1.8.0 (siem, section 4): one event per line, in the class the catalogue names. The
//! objects a class demands are in `class`; what the schema has no attribute for stands under `unmapped`.

mod class;

use sha2::{Digest, Sha256};

use super::clock::{Utc, other_text};
use super::event_view::{Facts, FieldRole, PRODUCT_UNKNOWN, VENDOR, required};
use super::json::{Json, write_fields, write_integrity};
use super::{LogRecord, Loss, Losses, Settings, Writer};
use crate::event::Level;
use class::EventClass;

/// The version of the schema.
const VERSION: &str = "1.8.0";
/// `algorithm_id` of SHA-256.
const SHA_256: u64 = 3;

/// Writes OCSF events.
#[derive(Clone, Debug)]
pub struct OcsfWriter {
    settings: Settings,
}

impl OcsfWriter {
    /// With the settings of the run.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

impl Writer for OcsfWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::typed(record, &self.settings);
        let class = EventClass::of(record, &facts);
        let json = &mut Json::new(out, losses);
        let product = required(facts.product, PRODUCT_UNKNOWN, "product", json.losses);
        json.open();
        class.write_names(json, &facts);
        json.whole("severity_id", severity_id(record, &facts, &self.settings));
        write_time(json, record);
        json.text("message", "msg", record.event.message.as_bytes());
        write_status(json, &facts);
        write_metadata(json, record, &facts, product, &class.profiles(&self.settings));
        class.write_objects(json, record, &facts, product);
        if let Some(host) = &self.settings.host {
            json.object("device");
            json.given("hostname", host);
            // Whether it is a server or a container is not known.
            json.whole("type_id", 0);
            json.close();
        }
        write_raw(json, record);
        write_unmapped(json, record, &facts, &class);
        json.close();
    }
}

/// Informational 1, Low 2, Medium 3, High 4, Critical 5, Fatal 6, along the steps of CEF.
fn severity_id(record: &LogRecord<'_>, facts: &Facts<'_>, settings: &Settings) -> u64 {
    let by_level = settings.severity == super::SeverityScale::Acra || facts.row.severity.is_none();
    match facts.severity {
        // The service has ended: too late for anything but a restart.
        _ if by_level && record.event.level >= Level::Fatal => 6,
        0..=1 => 1,
        2..=3 => 2,
        4..=6 => 3,
        7..=8 => 4,
        _ => 5,
    }
}

fn write_time(json: &mut Json<'_>, record: &LogRecord<'_>) {
    if record.event.moment.is_none() {
        json.lose(b"time", Loss::MadeUp);
    }
    let unix_ms = record.event.moment.as_ref().map_or(0, |moment| moment.time.unix_ms);
    match u64::try_from(unix_ms) {
        Ok(unix_ms) => json.whole("time", unix_ms),
        Err(_) => json.printed("time", format_args!("{unix_ms}")),
    }
}

fn write_status(json: &mut Json<'_>, facts: &Facts<'_>) {
    json.whole("status_id", if facts.failed { 2 } else { 1 });
    if let Some(code) = facts.text(FieldRole::Code) {
        json.text("status_code", "code", code);
    }
    if let Some(error) = facts.text(FieldRole::Error) {
        json.text("status_detail", "error", error);
    }
}

fn write_metadata(json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>, product: &[u8], profiles: &[&str]) {
    let event = record.event;
    json.object("metadata");
    json.word("version", VERSION);
    write_product(json, "product", facts, product);
    if !profiles.is_empty() {
        json.list("profiles");
        profiles.iter().for_each(|profile| json.item(profile));
        json.close_list();
    }
    if let Some(code) = facts.text(FieldRole::Code) {
        json.text("event_code", "code", code);
    }
    json.given("log_name", record.file);
    json.word("log_format", event.format.name());
    json.word("log_level", event.level.name());
    if let Some(moment) = &event.moment {
        match &moment.rfc3339 {
            Some(text) => json.text("original_time", "time", text.as_bytes()),
            None => {
                let text = other_text(moment, Utc::of(moment.time));
                let utc = Utc::of(moment.time).unwrap_or(Utc::MADE_UP);
                json.word("original_time", text.as_ref().map_or(utc.as_str(), |text| ascii(text)));
            }
        }
    }
    if let Some(integrity) = &record.integrity
        && let Some(position) = integrity.position
    {
        json.whole("sequence", position);
        if let Some(chain) = integrity.chain_id() {
            json.printed("uid", format_args!("\"{chain}-{position}\""));
        }
    }
    json.close();
}

/// A text of ours that is ASCII.
fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

/// A product object: of `metadata`, and of the application of a lifecycle event.
fn write_product(json: &mut Json<'_>, key: &str, facts: &Facts<'_>, product: &[u8]) {
    json.object(key);
    json.word("vendor_name", VENDOR);
    json.text("name", "product", product);
    if let Some(version) = facts.version {
        json.text("version", "version", version);
    }
    json.close();
}

fn write_raw(json: &mut Json<'_>, record: &LogRecord<'_>) {
    if let Some(raw) = record.raw
        && std::str::from_utf8(raw).is_ok()
    {
        json.text("raw_data", "raw", raw);
        json.object("raw_data_hash");
        json.whole("algorithm_id", SHA_256);
        json.hex("value", &Sha256::digest(raw));
        json.close();
    }
}

/// What no attribute can carry. The log's own fields have an object of their own, so that none can pass for a verdict.
fn write_unmapped(json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>, class: &EventClass) {
    json.object("unmapped");
    json.whole("acra_line", record.line);
    write_integrity(json, "acra_integrity", record);
    write_fields(json, "acra_fields", facts.rest(class.carried()));
    if let Some(raw) = record.raw
        && std::str::from_utf8(raw).is_err()
    {
        json.base64("acra_raw_base64", raw);
    }
    json.close();
}

#[cfg(test)]
mod tests;
