//! The headers of syslog, RFC 5424 and RFC 3164: what both have in common. How messages are framed is left to the parent
//! module.

mod rfc3164;
mod rfc5424;

pub(super) use rfc3164::push as push_rfc3164;
pub(super) use rfc5424::push as push_rfc5424;

use super::push_formatted;
use crate::event::Level;
use crate::siem::event_view::{PRODUCT_UNKNOWN, product, required};
use crate::siem::{LogRecord, Loss, Losses, Settings};

/// The facility of audit logs (RFC 5424, 6.2.1).
const FACILITY_LOG_AUDIT: u8 = 13;
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
