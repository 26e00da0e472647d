//! The header of RFC 3164: `<PRI>Mar 14 00:00:00 host app[pid]: `. It has no place for the year, and its 1024 bytes are
//! not kept: no payload is cut.

use super::{HeaderWord, app_name, push_priority, push_word};
use crate::siem::envelope::time::{self, TIME};
use crate::siem::event_view::pid;
use crate::siem::{LogRecord, Loss, Losses, Settings};

const HOSTNAME: HeaderWord = HeaderWord { chars_max: 255, forbidden: b"" };
/// Letters and digits by the letter of RFC 3164, 4.1.3; receivers know the end of a tag by these.
const TAG: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"[]:" };
/// What stands in the place of a time that is not known.
const NO_TIME: &[u8] = b"Jan  1 00:00:00";

/// Appends everything in front of the payload.
pub(in crate::siem::envelope) fn push(
    record: &LogRecord<'_>,
    settings: &Settings,
    out: &mut Vec<u8>,
    losses: &mut Losses,
) {
    let event = record.event;
    push_priority(event.level, out);
    match event.moment.as_ref().and_then(|moment| time::push_bsd(moment, out, losses)) {
        Some(()) => losses.add("year", Loss::LeftOut),
        None => {
            out.extend_from_slice(NO_TIME);
            losses.add(TIME, Loss::MadeUp);
        }
    }
    out.push(b' ');
    let host = settings.host.as_deref().unwrap_or_default();
    push_word(host.as_bytes(), HOSTNAME, "host", out, losses);
    if host.is_empty() {
        losses.add("host", Loss::MadeUp);
    }
    out.push(b' ');
    push_word(app_name(record, settings, losses), TAG, "product", out, losses);
    if let Some(pid) = pid(event) {
        out.push(b'[');
        out.extend_from_slice(pid);
        out.push(b']');
    }
    out.extend_from_slice(b": ");
}
