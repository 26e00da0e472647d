//! An event for Splunk's HTTP event collector: one JSON object, the payload in `event`, what people search for in `fields`
//! as well. The token and the connection are left to whoever sends it.

use super::{PAYLOAD, PayloadKind, json, push_formatted, push_payload, time};
use crate::siem::{Losses, Record};

/// One event, to be written.
pub(super) struct Event<'a> {
    pub(super) record: &'a Record<'a>,
    pub(super) payload: &'a [u8],
    pub(super) kind: PayloadKind,
}

impl Event<'_> {
    /// Appends the object. An event without a time has none: Splunk takes the time of arrival then.
    pub(super) fn push(&self, host: Option<&str>, out: &mut Vec<u8>, losses: &mut Losses) {
        out.extend_from_slice(b"{\"sourcetype\":\"cossacklabs:acra\",\"source\":");
        json::push_string(self.record.file, out);
        if let Some(moment) = &self.record.event.moment {
            out.extend_from_slice(b",\"time\":");
            time::push_seconds(moment, out, losses);
        }
        if let Some(host) = host {
            out.extend_from_slice(b",\"host\":");
            json::push_string(host, out);
        }
        out.extend_from_slice(b",\"event\":");
        match self.kind {
            PayloadKind::Json | PayloadKind::Ecs => push_payload(self.payload, out, losses),
            PayloadKind::Text => json::push_text(self.payload, PAYLOAD, out, losses),
        }
        self.push_fields(out, losses);
        out.push(b'}');
    }

    /// Index-time fields: flat, and strings all of them.
    fn push_fields(&self, out: &mut Vec<u8>, losses: &mut Losses) {
        let Record { event, line, integrity, raw, .. } = self.record;
        let level = event.level.name();
        push_formatted(out, format_args!(",\"fields\":{{\"level\":\"{level}\",\"line\":\"{line}\""));
        for name in ["code", "client_id", "session_id"] {
            if let Some(value) = event.field(name) {
                push_formatted(out, format_args!(",\"{name}\":"));
                json::push_text(value.as_bytes(), name, out, losses);
            }
        }
        if let Some(integrity) = integrity {
            push_formatted(out, format_args!(",\"integrity_status\":\"{}\"", integrity.status.name()));
            if let Some(seal) = integrity.chain {
                out.extend_from_slice(b",\"chain_id\":\"");
                super::push_chain_id(seal, out);
                out.push(b'"');
            }
            if let Some(position) = integrity.position {
                push_formatted(out, format_args!(",\"chain_position\":\"{position}\""));
            }
            if let Some(key) = integrity.key {
                out.extend_from_slice(b",\"key_fingerprint\":");
                json::push_string(key, out);
            }
        }
        match raw.map(|raw| std::str::from_utf8(raw).map_err(|_| raw)) {
            None => {}
            Some(Ok(raw)) => {
                out.extend_from_slice(b",\"acra_raw\":");
                json::push_string(raw, out);
            }
            Some(Err(raw)) => {
                out.extend_from_slice(b",\"acra_raw_base64\":");
                json::push_base64(raw, out);
            }
        }
        out.push(b'}');
    }
}
