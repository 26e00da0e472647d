//! A pair of lines for the `_bulk` interface of Elasticsearch: the action `create`, the only one that data streams take,
//! and the document. Index and connection are left to whoever sends it.

use super::{PAYLOAD, PayloadKind, json, push_payload, time};
use crate::siem::{Losses, Record};

/// Appends both lines, the second one without its end. A payload after ECS is the document; any other one becomes the
/// `message` of a document, with the original where ECS has it.
pub(super) fn push(record: &Record<'_>, payload: &[u8], kind: PayloadKind, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"{\"create\":{}}\n");
    match kind {
        PayloadKind::Ecs => push_payload(payload, out, losses),
        PayloadKind::Json | PayloadKind::Text => push_document(record, payload, out, losses),
    }
}

fn push_document(record: &Record<'_>, payload: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    out.push(b'{');
    if let Some(moment) = &record.event.moment {
        let at = out.len();
        out.extend_from_slice(b"\"@timestamp\":\"");
        match time::push_rfc3339(moment, out, losses) {
            Some(()) => out.extend_from_slice(b"\","),
            None => out.truncate(at),
        }
    }
    out.extend_from_slice(b"\"message\":");
    json::push_text(payload, PAYLOAD, out, losses);
    match record.raw.map(|raw| std::str::from_utf8(raw).map_err(|_| raw)) {
        None => {}
        Some(Ok(raw)) => {
            out.extend_from_slice(b",\"event\":{\"original\":");
            json::push_string(raw, out);
            out.push(b'}');
        }
        Some(Err(raw)) => {
            out.extend_from_slice(b",\"acra\":{\"original_base64\":");
            json::push_base64(raw, out);
            out.push(b'}');
        }
    }
    out.push(b'}');
}
