//! The headers of syslog, of RFC 5424 with its structured data (siem, section 2) and of RFC 3164. How messages are framed is
//! left to `envelope`.

use super::clock::{self, TIME_FIELD, push_rfc3339};
use super::escape_loop::{push_formatted, push_hex};
use super::event_view::{PRODUCT_UNKNOWN, pid, product, required};
use super::{LogRecord, Loss, Losses, Settings};
use crate::event::Level;
use crate::terminal_safe::is_unsafe_char;

/// The facility of audit logs (RFC 5424, 6.2.1).
const FACILITY_LOG_AUDIT: u8 = 13;
/// The name of a host in both.
const HOSTNAME: HeaderWord = HeaderWord { chars_max: 255, forbidden: b"" };

/// What may stand in a word of a header.
#[derive(Clone, Copy)]
struct HeaderWord {
    /// The longest word.
    chars_max: usize,
    /// What must not be in it although it is printable ASCII.
    forbidden: &'static [u8],
}

fn push_priority(level: Level, out: &mut Vec<u8>) {
    push_formatted(out, format_args!("<{}>", FACILITY_LOG_AUDIT * 8 + level.syslog_severity()));
}

/// Appends a word: printable ASCII, `_` for each other character; `-` when it is empty.
fn push_word(text: &[u8], rule: HeaderWord, field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    let fits = |byte: &u8| byte.is_ascii_graphic() && !rule.forbidden.contains(byte);
    if text.is_empty() {
        return out.push(b'-');
    }
    if text.len() <= rule.chars_max && text.iter().all(fits) {
        return out.extend_from_slice(text);
    }
    let mut replaced = false;
    let chunks = text.utf8_chunks();
    let chars = chunks.flat_map(|chunk| chunk.valid().chars().chain(chunk.invalid().iter().map(|_| '\u{fffd}')));
    for (place, c) in chars.enumerate() {
        if place == rule.chars_max {
            losses.add(field, Loss::Length);
            break;
        }
        let byte = u8::try_from(c).ok().filter(fits);
        replaced |= byte.is_none();
        out.push(byte.unwrap_or(b'_'));
    }
    if replaced {
        losses.add(field, Loss::Characters);
    }
}

/// The name of the service.
fn app_name<'a>(record: &'a LogRecord<'_>, settings: &'a Settings, losses: &mut Losses) -> &'a [u8] {
    required(product(record.event, settings), PRODUCT_UNKNOWN, "product", losses)
}

/// Letters and digits by the letter of RFC 3164, 4.1.3; receivers know the end of a tag by these.
const TAG: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"[]:" };
/// What stands in the place of a time that is not known.
const NO_TIME: &[u8] = b"Jan  1 00:00:00";

/// Appends everything in front of the payload by RFC 3164: `<PRI>Mar 14 00:00:00 host app[pid]: `. It has no place for the
/// year, and its 1024 bytes are not kept: no payload is cut.
pub(super) fn push_rfc3164(record: &LogRecord<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    let event = record.event;
    push_priority(event.level, out);
    match event.moment.as_ref().and_then(|moment| clock::push_bsd(moment, out, losses)) {
        Some(()) => losses.add("year", Loss::LeftOut),
        None => {
            out.extend_from_slice(NO_TIME);
            losses.add(TIME_FIELD, Loss::MadeUp);
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

const APP_NAME: HeaderWord = HeaderWord { chars_max: 48, forbidden: b"" };
const SD_NAME: HeaderWord = HeaderWord { chars_max: 32, forbidden: b"=]\"" };

/// Appends everything in front of the payload by RFC 5424. The message is the payload as it is (MSG-ANY): a byte order mark in
/// front would tell that it is UTF-8, and would break collectors that look for `CEF:` there.
pub(super) fn push_rfc5424(record: &LogRecord<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    let event = record.event;
    push_priority(event.level, out);
    out.extend_from_slice(b"1 ");
    match event.moment.as_ref().filter(|moment| clock::is_writable(moment, losses)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_printable_ascii_of_a_bounded_length() {
        let rule = HeaderWord { chars_max: 6, forbidden: b"[" };
        let cases: [(&[u8], &str, &[Loss]); 8] = [
            (b"", "-", &[]),
            (b"acra", "acra", &[]),
            (b"acra-s", "acra-s", &[]),
            (b"acra-se", "acra-s", &[Loss::Length]),
            (b"a b[c", "a_b_c", &[Loss::Characters]),
            ("ä漢x".as_bytes(), "__x", &[Loss::Characters]),
            (b"\x1b\xff\xfe\n\0", "_____", &[Loss::Characters]),
            ("漢漢漢漢漢漢漢".as_bytes(), "______", &[Loss::Characters, Loss::Length]),
        ];
        for (text, wanted, lost) in cases {
            let (mut out, mut losses) = (Vec::new(), Losses::default());
            push_word(text, rule, "x", &mut out, &mut losses);
            assert_eq!(String::from_utf8_lossy(&out), wanted);
            assert_eq!(losses.iter().map(|loss| loss.1).collect::<Vec<_>>(), lost, "{wanted}");
        }
    }
}
