//! Open Cybersecurity Schema Framework 1.8.0 (siem, section 4): one event per line, in the class the catalogue names, with the
//! objects that class demands. Where the log says nothing about one a placeholder stands there, and is counted; what the
//! schema has no attribute for stands under `unmapped`.

use sha2::{Digest, Sha256};

use super::clock::{Utc, other_text};
use super::event_view::{Facts, FieldRole, PRODUCT_UNKNOWN, UNKNOWN, VENDOR, required};
use super::json::{Json, write_fields, write_integrity};
use super::{LogRecord, Loss, Losses, Settings, SeverityScale, Writer};
use crate::entry::Marker;
use crate::event::{CODE_GENERAL, Level, Value};

const VERSION: &str = "1.8.0";
/// `algorithm_id` of SHA-256.
const SHA_256: u64 = 3;

#[derive(Clone, Debug)]
pub(super) struct OcsfWriter {
    settings: Settings,
}

impl OcsfWriter {
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
    let by_level = settings.severity == SeverityScale::Acra || facts.row.severity.is_none();
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

const EVENT_LOG: u32 = 1008;
const AUTHENTICATION: u32 = 3002;
const NETWORK: u32 = 4001;
const LIFECYCLE: u32 = 6002;
const API: u32 = 6003;
const DATASTORE: u32 = 6005;

/// The activity that has no number in its class.
const OTHER: u32 = 99;

/// The message of a chain's last entry (audit log, section 3).
const END_MESSAGE: &[u8] = b"End of current audit log chain";

/// Roles that have an attribute in every class.
const COMMON: [FieldRole; 4] = [FieldRole::Code, FieldRole::Error, FieldRole::Client, FieldRole::Session];
const WITH_QUERY: [FieldRole; 5] =
    [FieldRole::Code, FieldRole::Error, FieldRole::Client, FieldRole::Session, FieldRole::Sql];
const WITH_OPERATION: [FieldRole; 5] =
    [FieldRole::Code, FieldRole::Error, FieldRole::Client, FieldRole::Session, FieldRole::Operation];

/// What a security control did, for the codes where one did something.
#[derive(Clone, Copy, Debug)]
struct Control {
    action: u64,
    disposition: u64,
}

/// Class, activity and profiles of one event.
#[derive(Clone, Copy, Debug)]
struct EventClass {
    uid: u32,
    activity: u32,
    control: Option<Control>,
    /// Whether the actor comes with the profile `host` and not with the class.
    actor_of_host: bool,
}

impl EventClass {
    fn of(record: &LogRecord<'_>, facts: &Facts<'_>) -> Self {
        let (uid, activity) = match chain_activity(record, facts) {
            Some(activity) => (EVENT_LOG, activity),
            None => (facts.row.ocsf.class, activity(facts)),
        };
        let control = match facts.row.code {
            // Denied and blocked.
            560 => Some(Control { action: 2, disposition: 2 }),
            // Detected; what was done about it depends on the configuration of the service.
            587 => Some(Control { action: 0, disposition: 15 }),
            _ => None,
        };
        let has_actor = facts.value(FieldRole::Client).or(facts.value(FieldRole::Session)).is_some();
        let own_actor = matches!(uid, EVENT_LOG | AUTHENTICATION | API | DATASTORE);
        Self { uid, activity, control, actor_of_host: has_actor && !own_actor }
    }

    /// The roles whose fields have an attribute in this class.
    fn carried(&self) -> &'static [FieldRole] {
        match self.uid {
            DATASTORE => &WITH_QUERY,
            API => &WITH_OPERATION,
            _ => &COMMON,
        }
    }

    fn profiles(&self, settings: &Settings) -> Vec<&'static str> {
        let host = (self.actor_of_host || settings.host.is_some()).then_some("host");
        host.into_iter().chain(self.control.map(|_| "security_control")).collect()
    }

    fn write_names(&self, json: &mut Json<'_>, facts: &Facts<'_>) {
        json.whole("category_uid", (self.uid / 1000).into());
        json.whole("class_uid", self.uid.into());
        json.whole("activity_id", self.activity.into());
        json.whole("type_uid", u64::from(self.uid) * 100 + u64::from(self.activity));
        if self.activity == OTHER {
            json.word("activity_name", facts.row.title);
        }
    }

    fn write_objects(&self, json: &mut Json<'_>, record: &LogRecord<'_>, facts: &Facts<'_>, product: &[u8]) {
        let demanded = matches!(self.uid, API | DATASTORE);
        // Asked once, so that a change of its type is counted once.
        let client = facts.client(json.losses);
        if demanded && client.is_none() {
            json.lose(b"client_id", Loss::MadeUp);
        }
        write_actor(json, facts, client, demanded);
        match self.uid {
            EVENT_LOG => {
                json.given("log_name", record.file);
                // A log of an application.
                json.whole("log_type_id", 2);
            }
            AUTHENTICATION => write_authentication(json, client, product),
            NETWORK => write_endpoints(json, facts, client, product),
            LIFECYCLE => write_product(json, "app", facts, product),
            API => {
                write_operation(json, facts);
                write_client_endpoint(json, client);
            }
            DATASTORE => {
                write_client_endpoint(json, client);
                write_datastore(json, facts);
            }
            _ => {}
        }
        if let Some(control) = self.control {
            json.whole("action_id", control.action);
            json.whole("disposition_id", control.disposition);
            json.printed("is_alert", format_args!("true"));
        }
    }
}

/// Start 6 or Stop 7 of the log, for an entry that says nothing else.
fn chain_activity(record: &LogRecord<'_>, facts: &Facts<'_>) -> Option<u32> {
    let event = record.event;
    // A blocked query stays one, though a chain begins with it.
    (facts.row.code == CODE_GENERAL && facts.value(FieldRole::Code).is_none()).then_some(())?;
    if event.marker == Marker::Start {
        return Some(6);
    }
    let ends = event.field("chain").is_some_and(|value| value.as_bytes() == b"end");
    (ends && event.message.as_bytes() == END_MESSAGE).then_some(7)
}

/// The activity of the catalogue; that of the operation where an operation was asked for.
fn activity(facts: &Facts<'_>) -> u32 {
    match (facts.row.ocsf.class, facts.text(FieldRole::Operation)) {
        (API, Some(b"Encrypt" | b"Tokenize")) => 1,
        (API, Some(b"Decrypt" | b"Detokenize")) => 2,
        _ => facts.row.ocsf.activity,
    }
}

fn write_actor(json: &mut Json<'_>, facts: &Facts<'_>, client: Option<&[u8]>, demanded: bool) {
    let session = facts.text(FieldRole::Session);
    if client.or(session).is_none() && !demanded {
        return;
    }
    json.object("actor");
    match client {
        Some(client) => {
            json.object("user");
            json.text("uid", "client_id", client);
            json.close();
        }
        None if session.is_none() => json.word("app_name", UNKNOWN),
        None => {}
    }
    if let Some(session) = session {
        // An identifier, though the json of Acra has it as a number.
        json.object("session");
        json.text("uid", "session_id", session);
        json.close();
    }
    json.close();
}

fn write_authentication(json: &mut Json<'_>, client: Option<&[u8]>, product: &[u8]) {
    json.object("user");
    match client {
        Some(client) => json.text("uid", "client_id", client),
        None => {
            json.lose(b"client_id", Loss::MadeUp);
            json.word("name", UNKNOWN);
        }
    }
    json.close();
    json.object("service");
    json.text("name", "product", product);
    json.close();
}

/// The peer of a connection: the service itself is the other end, as the initiator towards the database.
fn write_endpoints(json: &mut Json<'_>, facts: &Facts<'_>, client: Option<&[u8]>, product: &[u8]) {
    let outward = facts.row.group == "database";
    json.object(if outward { "src_endpoint" } else { "dst_endpoint" });
    json.text("svc_name", "product", product);
    json.close();
    if client.is_some() && !outward {
        write_client_endpoint(json, client);
    }
}

/// The address stands in messages of other entries only (events, trap 6): the client is named by its id.
fn write_client_endpoint(json: &mut Json<'_>, client: Option<&[u8]>) {
    json.object("src_endpoint");
    json.text("name", "client_id", client.unwrap_or(UNKNOWN.as_bytes()));
    json.close();
}

fn write_operation(json: &mut Json<'_>, facts: &Facts<'_>) {
    json.object("api");
    match facts.value(FieldRole::Operation) {
        Some(Value::Text(operation)) => json.text("operation", "operation", operation.as_bytes()),
        _ => {
            json.lose(b"operation", Loss::MadeUp);
            json.word("operation", UNKNOWN);
        }
    }
    json.close();
}

fn write_datastore(json: &mut Json<'_>, facts: &Facts<'_>) {
    json.lose(b"database", Loss::MadeUp);
    json.object("database");
    json.word("name", UNKNOWN);
    // Relational: Acra stands before PostgreSQL and MySQL only.
    json.whole("type_id", 1);
    json.close();
    if let Some(query) = facts.text(FieldRole::Sql) {
        json.object("query_info");
        json.text("query_string", "sql", query);
        json.close();
    }
}

#[cfg(test)]
mod tests;
