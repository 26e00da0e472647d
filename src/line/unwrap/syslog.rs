//! Syslog lines with their priority, `<14>1 time host app pid id [data] text` (RFC 5424) and `<14>Mar 14 00:00:00 host
//! tag: text` (RFC 3164), each perhaps behind an octet count (RFC 6587); and the parts of prefixes that other wrappers
//! share: words, forms of time, host and tag. Nothing is interpreted, only recognised.

use super::{WrappedPiece, WriterName, append, looks_like_entry};

/// Digits an octet count may have; lines are shorter than that many bytes.
const OCTET_COUNT_DIGITS_MAX: usize = 10;

/// The longest word of a prefix, in bytes; host names and tags are shorter.
const WORD_BYTES_MAX: usize = 512;

/// The longest name of a month or a day in any language, in bytes.
const NAME_BYTES_MAX: usize = 40;

/// What may stand in the brackets of a time since the start, in bytes.
const CLOCK_BYTES_MAX: usize = 64;

/// A text behind a prefix, and who wrote it.
pub(super) struct Tagged<'a> {
    pub(super) text: &'a [u8],
    pub(super) writer: WriterName,
}

/// Takes off a priority and what follows it.
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

/// A text without its first blanks.
pub(super) fn behind_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

/// An entry without the blanks that daemons put in front of it (attacks, row 43). Any other text stays as it is.
pub(super) fn unpadded(text: &[u8]) -> &[u8] {
    let rest = behind_blanks(text);
    if looks_like_entry(rest) { rest } else { text }
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

/// The text behind an RFC 3339 time and a blank. Without a text the blank may be missing.
pub(super) fn behind_timestamp(line: &[u8]) -> Option<&[u8]> {
    match &line[iso_time(line)?..] {
        b"" => Some(b""),
        rest => rest.strip_prefix(b" ").map(unpadded),
    }
}

/// Length of the time a short prefix begins with: `Mar 14 00:00:00[.fraction]` with the month in any language, RFC 3339,
/// `Fri 2025-03-14 00:00:00 UTC`, seconds since 1970 with a fraction, or `[12345.678901]` since the start.
pub(super) fn short_time(text: &[u8]) -> Option<usize> {
    iso_time(text)
        .or_else(|| epoch_time(text))
        .or_else(|| clock_time(text))
        .or_else(|| full_time(text))
        .or_else(|| month_time(text))
}

/// Where the name of a month or a day ends that is followed by one of these forms. Names may have a dot, a digit (`11月`) or
/// a blank in them; what no name has, such as a quote, ends the search.
fn behind_name(text: &[u8], forms: [&[u8]; 2]) -> Option<usize> {
    let mut letters = false;
    for (at, byte) in text.iter().enumerate().take(NAME_BYTES_MAX) {
        if letters && *byte == b' ' && forms.iter().any(|wanted| form(&text[at..], wanted).is_some()) {
            return Some(at);
        }
        letters |= byte.is_ascii_alphabetic() || !byte.is_ascii();
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b'-' | b'\'') || !byte.is_ascii()) {
            return None;
        }
    }
    None
}

fn month_time(text: &[u8]) -> Option<usize> {
    let forms: [&[u8]; 2] = [b" 00 00:00:00", b"  0 00:00:00"];
    let name = behind_name(text, forms)?;
    let length = name + forms[0].len();
    Some(length + fraction(&text[length..]))
}

fn full_time(text: &[u8]) -> Option<usize> {
    let wanted = b" 0000-00-00 00:00:00";
    let mut length = behind_name(text, [wanted; 2])? + wanted.len();
    length += fraction(&text[length..]);
    let (zone, _) = split_word(text[length..].strip_prefix(b" ")?)?;
    (!zone.is_empty()).then_some(length + 1 + zone.len())
}

fn epoch_time(text: &[u8]) -> Option<usize> {
    let seconds = digits(text);
    let fraction = fraction(&text[seconds..]);
    (seconds >= 9 && fraction > 0).then_some(seconds + fraction)
}

/// `[12345.678901]` and `[   12.345678 <    0.000123 >]`.
fn clock_time(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', &inner[..inner.len().min(CLOCK_BYTES_MAX)])?;
    let clock = behind_blanks(&inner[..end]);
    let seconds = digits(clock);
    let known = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b'<' | b'>' | b'+' | b'*');
    (seconds > 0 && fraction(&clock[seconds..]) > 0 && clock.iter().all(known)).then_some(end + 2)
}

/// The text behind `host tag: ` or `tag: `. Some senders leave the tag out and put the entry right behind the host.
pub(super) fn tagged_text(rest: &[u8]) -> Option<Tagged<'_>> {
    let mut rest = rest;
    for _ in ["host", "tag"] {
        rest = behind_blanks(rest);
        if looks_like_entry(rest) {
            return Some(Tagged { text: rest, writer: WriterName::Unnamed });
        }
        // A tag may end the line: its text is empty then.
        let (word, after) = split_word(rest).unwrap_or((rest, b""));
        if word.len() > 1 && word.ends_with(b":") {
            return Some(Tagged { text: unpadded(after), writer: writer_of(&word[..word.len() - 1]) });
        }
        if word.is_empty() || after.is_empty() {
            return None;
        }
        rest = after;
    }
    let text = behind_blanks(rest);
    looks_like_entry(text).then_some(Tagged { text, writer: WriterName::Unnamed })
}

/// Who writes under a tag: `unit[pid]`, without the number, which every run of a service has a new one of.
pub(super) fn writer_of(tag: &[u8]) -> WriterName {
    let name = match memchr::memrchr(b'[', tag) {
        Some(open) if tag.ends_with(b"]") => &tag[..open],
        _ => tag,
    };
    // docker logs under the number of a container, and a new container of the same service has a new one.
    let is_container =
        matches!(name.len(), 12 | 64) && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if name == b"-" || is_container { WriterName::Unnamed } else { WriterName::named(name) }
}
