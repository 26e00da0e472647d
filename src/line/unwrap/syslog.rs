//! Syslog lines with their priority: `<14>1 time host app pid id [data] text` (RFC 5424) and `<14>Mar 14 00:00:00 host
//! tag: text` (RFC 3164), each perhaps behind an octet count (RFC 6587).

use super::header::{Tagged, digits, iso_time, short_time, split_word, tagged_text, unpadded, writer_of};
use super::{WrappedPiece, append};

/// Digits an octet count may have; lines are shorter than that many bytes.
const OCTET_COUNT_DIGITS_MAX: usize = 10;

pub(super) fn open(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let Tagged { text, writer } = tagged(line)?;
    append(text, out)?;
    WrappedPiece::whole(writer)
}

fn tagged(line: &[u8]) -> Option<Tagged<'_>> {
    let line = match digits(line) {
        0 => line,
        count if count <= OCTET_COUNT_DIGITS_MAX => line[count..].strip_prefix(b" ")?,
        _ => return None,
    };
    let rest = line.strip_prefix(b"<")?;
    let priority = digits(rest);
    if !(1..=3).contains(&priority) {
        return None;
    }
    let rest = rest[priority..].strip_prefix(b">")?;
    rfc5424(rest).or_else(|| rfc3164(rest))
}

fn rfc5424(rest: &[u8]) -> Option<Tagged<'_>> {
    let rest = rest.strip_prefix(b"1 ")?;
    let (time, mut rest) = split_word(rest)?;
    if time != b"-" && iso_time(time) != Some(time.len()) {
        return None;
    }
    let mut app = &b""[..];
    for part in ["host", "app", "pid", "message id"] {
        let (word, after) = split_word(rest)?;
        if word.is_empty() {
            return None;
        }
        if part == "app" {
            app = word;
        }
        rest = after;
    }
    let writer = writer_of(app);
    let rest = after_structured_data(rest)?;
    if rest.is_empty() {
        return Some(Tagged { text: rest, writer });
    }
    let text = rest.strip_prefix(b" ")?;
    let text = unpadded(text);
    Some(Tagged { text: unpadded(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)), writer })
}

/// `-`, or elements `[id name="value" ...]` in which a backslash protects the byte after it.
fn after_structured_data(rest: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = rest.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = rest.strip_prefix(b"[")?;
    loop {
        let mut quoted = false;
        let mut at = 0;
        loop {
            match *rest.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
            at += 1;
        }
        rest = &rest[at + 1..];
        match rest.strip_prefix(b"[") {
            Some(next) => rest = next,
            None => return Some(rest),
        }
    }
}

fn rfc3164(rest: &[u8]) -> Option<Tagged<'_>> {
    match short_time(rest) {
        Some(time) => tagged_text(rest[time..].strip_prefix(b" ")?),
        // Local sockets take lines without a time: `<14>tag: text`.
        None => tagged_text(rest),
    }
}
