//! An event for Splunk's HTTP event collector: one JSON object, the payload in `event`, what people search for in `fields`
//! as well. The token and the connection are left to whoever sends it.

use super::{PAYLOAD, PayloadKind, push_payload};
use crate::siem::clock::count_zone;
use crate::siem::json::Json;
use crate::siem::{LogRecord, Losses};

/// One event, to be written.
pub(super) struct HecEvent<'a> {
    pub(super) record: &'a LogRecord<'a>,
    pub(super) payload: &'a [u8],
    pub(super) kind: PayloadKind,
}

impl HecEvent<'_> {
    /// Appends the object. An event without a time has none: Splunk takes the time of arrival then.
    pub(super) fn push(&self, host: Option<&str>, out: &mut Vec<u8>, losses: &mut Losses) {
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
