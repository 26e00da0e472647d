//! The parts of line prefixes that several wrappers share: words, forms of time, host and tag. Nothing is interpreted,
//! only recognised.

use super::looks_like_entry;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

/// The longest word of a prefix, in bytes; host names and tags are shorter.
const WORD_BYTES_MAX: usize = 512;

/// Splits at the first blank.
pub(super) fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &text[..text.len().min(WORD_BYTES_MAX)];
    let blank = memchr::memchr(b' ', head)?;
    Some((&text[..blank], &text[blank + 1..]))
}

/// How many digits a text begins with.
pub(super) fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Matches a text's beginning against a form in which `0` stands for a digit; returns the form's length.
fn form(text: &[u8], form: &[u8]) -> Option<usize> {
    let fits = |(have, want): (&u8, &u8)| {
        if *want == b'0' { have.is_ascii_digit() } else { have == want }
    };
    (text.len() >= form.len() && text.iter().zip(form).all(fits)).then_some(form.len())
}

/// Length of `.` and digits, or 0.
fn fraction(text: &[u8]) -> usize {
    match text.first() {
        Some(b'.' | b',') => match digits(&text[1..]) {
            0 => 0,
            count => count + 1,
        },
        _ => 0,
    }
}

/// Length of the RFC 3339 time a text begins with; the zone may be written without a colon, as journald does.
pub(super) fn iso_time(text: &[u8]) -> Option<usize> {
    let mut length = form(text, b"0000-00-00T00:00:00")?;
    length += fraction(&text[length..]);
    let zone = &text[length..];
    let zone_length = match zone.first()? {
        b'Z' => 1,
        b'+' | b'-' => 1 + form(&zone[1..], b"00:00").or_else(|| form(&zone[1..], b"0000"))?,
        _ => return None,
    };
    Some(length + zone_length)
}

/// Length of the time a short prefix begins with: `Mar 14 00:00:00[.fraction]`, RFC 3339, `Fri 2025-03-14 00:00:00 UTC`,
/// or seconds since 1970 with a fraction.
pub(super) fn short_time(text: &[u8]) -> Option<usize> {
    iso_time(text).or_else(|| month_time(text)).or_else(|| full_time(text)).or_else(|| epoch_time(text))
}

fn month_time(text: &[u8]) -> Option<usize> {
    if !MONTHS.contains(&text.get(..3)?) {
        return None;
    }
    let rest = &text[3..];
    let length = form(rest, b" 00 00:00:00").or_else(|| form(rest, b"  0 00:00:00"))?;
    Some(3 + length + fraction(&rest[length..]))
}

fn full_time(text: &[u8]) -> Option<usize> {
    if !WEEKDAYS.contains(&text.get(..3)?) {
        return None;
    }
    let mut length = 3 + form(&text[3..], b" 0000-00-00 00:00:00")?;
    length += fraction(&text[length..]);
    let (zone, _) = split_word(text[length..].strip_prefix(b" ")?)?;
    (!zone.is_empty()).then_some(length + 1 + zone.len())
}

fn epoch_time(text: &[u8]) -> Option<usize> {
    let seconds = digits(text);
    let fraction = fraction(&text[seconds..]);
    (seconds >= 9 && fraction > 0).then_some(seconds + fraction)
}

/// The text behind `host tag: ` or `tag: `. Some senders leave the tag out and put the entry right behind the host.
pub(super) fn tagged_text(rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest;
    for _ in ["host", "tag"] {
        if looks_like_entry(rest) {
            return Some(rest);
        }
        // A tag may end the line: its text is empty then.
        let (word, after) = split_word(rest).unwrap_or((rest, b""));
        if word.len() > 1 && word.ends_with(b":") {
            return Some(after);
        }
        if word.is_empty() || after.is_empty() {
            return None;
        }
        rest = after;
    }
    looks_like_entry(rest).then_some(rest)
}
