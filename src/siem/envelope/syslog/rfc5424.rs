//! The header and the structured data of RFC 5424 (siem, section 2). The message is the payload as it is (MSG-ANY): a byte
//! order mark in front would tell that it is UTF-8, and would break collectors that look for `CEF:` there.

use super::{HeaderWord, app_name, push_priority, push_word};
use crate::siem::clock::push_rfc3339;
use crate::siem::envelope::{push_formatted, time};
use crate::siem::escape_loop::push_hex;
use crate::siem::event_view::pid;
use crate::siem::{LogRecord, Loss, Losses, Settings};
use crate::terminal_safe::is_unsafe_char;

const HOSTNAME: HeaderWord = HeaderWord { chars_max: 255, forbidden: b"" };
const APP_NAME: HeaderWord = HeaderWord { chars_max: 48, forbidden: b"" };
const SD_NAME: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"=]\"" };

/// Appends everything in front of the payload.
pub(in crate::siem::envelope) fn push(
    record: &LogRecord<'_>,
    settings: &Settings,
    out: &mut Vec<u8>,
    losses: &mut Losses,
) {
    let event = record.event;
    push_priority(event.level, out);
    out.extend_from_slice(b"1 ");
    match event.moment.as_ref().filter(|moment| time::is_writable(moment, losses)) {
        Some(moment) => push_rfc3339(moment, out),
        None => out.push(b'-'),
    }
    out.push(b' ');
    push_word(settings.host.as_deref().unwrap_or_default().as_bytes(), HOSTNAME, "host", out, losses);
    out.push(b' ');
    push_word(app_name(record, settings, losses), APP_NAME, "product", out, losses);
    out.push(b' ');
    out.extend_from_slice(pid(event).unwrap_or(b"-"));
    out.push(b' ');
    match event.code() {
        Some(code) => push_formatted(out, format_args!("{code}")),
        None => out.push(b'-'),
    }
    out.push(b' ');
    push_structured_data(record, &settings.sd_id, out, losses);
    out.push(b' ');
}

/// `[acra@32473 client="..." ...]`, without what is not known; `-` when nothing is.
fn push_structured_data(record: &LogRecord<'_>, id: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let start = out.len();
    out.push(b'[');
    push_word(id.as_bytes(), SD_NAME, "sd-id", out, losses);
    let params_at = out.len();
    for (name, key) in [("client", "client_id"), ("session", "session_id")] {
        if let Some(value) = record.event.field(key) {
            push_formatted(out, format_args!(" {name}=\""));
            push_value(value.as_bytes(), key, out, losses);
            out.push(b'"');
        }
    }
    if let Some(integrity) = &record.integrity {
        if let Some(chain) = integrity.chain_bytes() {
            out.extend_from_slice(b" chain=\"");
            push_hex(&chain, out);
            out.push(b'"');
        }
        if let Some(position) = integrity.position {
            push_formatted(out, format_args!(" position=\"{position}\""));
        }
        push_formatted(out, format_args!(" status=\"{}\"", integrity.status.name()));
    }
    if out.len() == params_at {
        out.truncate(start);
        return out.push(b'-');
    }
    out.push(b']');
}

/// PARAM-VALUE (RFC 5424, 6.3.3): UTF-8 with three escapes. It knows no other ones, so what does more than show itself
/// becomes U+FFFD.
fn push_value(text: &[u8], field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let (mut replaced, mut invalid) = (false, false);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let hostile = is_unsafe_char(c);
            let c = if hostile { '\u{fffd}' } else { c };
            replaced |= hostile;
            if matches!(c, '"' | '\\' | ']') {
                out.push(b'\\');
            }
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
            invalid = true;
        }
    }
    if replaced {
        losses.add(field, Loss::Characters);
    }
    if invalid {
        losses.add(field, Loss::Encoding);
    }
}
