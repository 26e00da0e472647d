//! Elastic Common Schema 9.4 (siem, section 3): one compact document per event. What the schema has no field for stands
//! under `acra`, where fields of the log have an object of their own and can take nobody's place.

use sha2::{Digest, Sha256};

use super::clock::{Utc, other_text};
use super::event_view::{Facts, FieldRole, VENDOR};
use super::json::{Json, write_fields, write_integrity};
use super::{LogRecord, Loss, Losses, Settings, Writer};

const VERSION: &str = "9.4.0";
/// Roles whose fields stand elsewhere than under `acra.fields`.
const CARRIED: [FieldRole; 6] =
    [FieldRole::Code, FieldRole::Client, FieldRole::Session, FieldRole::Error, FieldRole::Trace, FieldRole::Span];

#[derive(Clone, Debug)]
pub(super) struct EcsWriter {
    settings: Settings,
}

impl EcsWriter {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn write_sources(&self, json: &mut Json<'_>, facts: &Facts<'_>) {
        json.object("observer");
        json.word("vendor", VENDOR);
        json.word("type", "database-firewall");
        write_product(json, facts, "product");
        json.close();
        json.object("service");
        json.word("type", "acra");
        write_product(json, facts, "name");
        json.close();
        if let Some(host) = &self.settings.host {
            json.object("host");
            json.given("name", host);
            json.close();
        }
    }
}

impl Writer for EcsWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::typed(record, &self.settings);
        let json = &mut Json::new(out, losses);
        json.open();
        let utc = write_time(json, record);
        json.object("ecs");
        json.word("version", VERSION);
        json.close();
        json.text("message", "msg", record.event.message.as_bytes());
        write_log(json, record);
        write_event(json, record, &facts);
        write_people(json, &facts);
        write_tracing(json, &facts);
        self.write_sources(json, &facts);
        write_own(json, record, &facts, utc);
        json.close();
    }
}

fn write_time(json: &mut Json<'_>, record: &LogRecord<'_>) -> Option<Utc> {
    let utc = record.event.moment.as_ref().and_then(|moment| Utc::of(moment.time));
    if utc.is_none() {
        json.lose(b"time", Loss::MadeUp);
    }
    json.word("@timestamp", utc.unwrap_or(Utc::MADE_UP).as_str());
    utc
}

fn write_log(json: &mut Json<'_>, record: &LogRecord<'_>) {
    json.object("log");
    json.word("level", record.event.level.name());
    json.object("file");
    json.given("path", record.file);
    json.close();
    json.close();
}

fn write_event(json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>) {
    let ecs = &facts.row.ecs;
    json.object("event");
    json.word("kind", ecs.kind);
    json.list("category");
    ecs.categories.split(',').for_each(|category| json.item(category));
    json.close_list();
    json.list("type");
    json.item(ecs.kind_type);
    json.close_list();
    json.word("outcome", if facts.failed { "failure" } else { "success" });
    json.word("action", facts.row.slug);
    if let Some(code) = facts.text(FieldRole::Code) {
        json.text("code", "code", code);
    }
    json.whole("severity", facts.severity.into());
    if let Some(product) = facts.product {
        json.text("provider", "product", product);
    }
    if let Some(position) = record.integrity.and_then(|integrity| integrity.position) {
        json.whole("sequence", position);
    }
    if let Some(raw) = record.raw {
        if std::str::from_utf8(raw).is_ok() {
            json.text("original", "raw", raw);
        }
        json.hex("hash", &Sha256::digest(raw));
    }
    json.close();
}

fn write_people(json: &mut Json<'_>, facts: &Facts<'_>) {
    if let Some(error) = facts.text(FieldRole::Error) {
        json.object("error");
        json.text("message", "error", error);
        json.close();
    }
    let client = facts.client(json.losses);
    // An identifier, though the json of Acra has it as a number: ECS keeps labels as keywords.
    let session = facts.text(FieldRole::Session);
    if let Some(client) = client {
        json.object("user");
        json.text("id", "client_id", client);
        json.close();
        json.object("related");
        json.list("user");
        json.text_item("client_id", client);
        json.close_list();
        json.close();
    }
    if client.or(session).is_some() {
        json.object("labels");
        if let Some(client) = client {
            json.text("acra_client_id", "client_id", client);
        }
        if let Some(session) = session {
            json.text("acra_session_id", "session_id", session);
        }
        json.close();
    }
}

/// The identifiers by which an entry is found from a trace, and the trace from an entry.
fn write_tracing(json: &mut Json<'_>, facts: &Facts<'_>) {
    for (set, field, role) in [("trace", "trace_id", FieldRole::Trace), ("span", "span_id", FieldRole::Span)] {
        if let Some(id) = facts.text(role) {
            json.object(set);
            json.text("id", field, id);
            json.close();
        }
    }
}

fn write_product(json: &mut Json<'_>, facts: &Facts<'_>, key: &str) {
    if let Some(product) = facts.product {
        json.text(key, "product", product);
    }
    if let Some(version) = facts.version {
        json.text("version", "version", version);
    }
}

/// The namespace of our own.
fn write_own(json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>, utc: Option<Utc>) {
    json.object("acra");
    json.word("format", record.event.format.name());
    // ECS has no field for the line of a log file.
    json.whole("line", record.line);
    if let Some(text) = record.event.moment.as_ref().and_then(|moment| other_text(moment, utc)) {
        json.text("time", "time", &text);
    }
    write_integrity(json, "integrity", record);
    write_fields(json, "fields", facts.rest(&CARRIED));
    if let Some(raw) = record.raw
        && std::str::from_utf8(raw).is_err()
    {
        json.base64("original_base64", raw);
    }
    json.close();
}

#[cfg(test)]
mod tests;
