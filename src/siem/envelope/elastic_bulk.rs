//! A pair of lines for the `_bulk` interface of Elasticsearch: the action `create`, the only one that data streams take,
//! and the document. Index and connection are left to whoever sends it.

use super::{PAYLOAD, PayloadKind, push_payload, time};
use crate::siem::json::Json;
use crate::siem::{LogRecord, Losses};

/// Appends both lines, the second one without its end. A payload after ECS is the document; any other one becomes the
/// `message` of a document, with the original where ECS has it.
pub(super) fn push(record: &LogRecord<'_>, payload: &[u8], kind: PayloadKind, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"{\"create\":{}}\n");
    match kind {
        PayloadKind::Ecs => push_payload(payload, out, losses),
        PayloadKind::Json | PayloadKind::Text => push_document(record, payload, out, losses),
    }
}

fn push_document(record: &LogRecord<'_>, payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let json = &mut Json::new(out, losses);
    json.open();
    if let Some(moment) = record.event.moment.as_ref().filter(|moment| time::is_writable(moment, json.losses)) {
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
