//! The verdict of this run and the seal of the entry as one JSON object, the same in every format that nests. Nothing but
//! the seal and the mark comes from the log, and no field of the log can stand beside them.

use super::super::LogRecord;
use super::Json;
use crate::entry::Marker;

/// Writes the object `key`; nothing when there is neither verdict nor seal.
pub(in crate::siem) fn write_integrity(json: &mut Json<'_>, key: &str, record: &LogRecord<'_>) {
    let started = record.event.marker == Marker::Start;
    if record.integrity.is_none() && record.event.seal.is_none() && !started {
        return;
    }
    json.object(key);
    if let Some(integrity) = &record.integrity {
        json.word("status", integrity.status.name());
        if let Some(chain) = integrity.chain_bytes() {
            json.hex("chain_id", &chain);
        }
        if let Some(position) = integrity.position {
            json.whole("chain_position", position);
        }
        if let Some(key) = integrity.key {
            json.given("key_fingerprint", key);
        }
    }
    if let Some(seal) = record.event.seal {
        json.hex("value", &seal.0);
    }
    if started {
        // The mark of a chain's first entry; that of the last one is a signed field like any other.
        json.word("chain_mark", "new");
    }
    json.close();
}
