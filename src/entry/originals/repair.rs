//! Where the seal and its surroundings were altered, or the punctuation of json: finds a body and a seal in a line that holds both
//! no more in the form of Acra. What may have happened to the body itself is left to `originals`.

use std::ops::{ControlFlow, Range};

use memchr::memmem;

use super::super::ending::{FIELD, SEAL_DIGITS, START, seal_from, split};
use super::super::json::{string_end, value_end};
use super::super::{Entry, Format, SealField, without_trailing_blanks};
use super::Draft;

/// Places of a line that may hold its seal.
const SEALS_MAX: usize = 4;

/// What stands between the texts of json, and what its scalars are spelled with.
const PUNCTUATION: &[u8] = b"\"{}[]:,\\0123456789-.truefalsn";

/// Whether a line that carries no whole seal may have had one: its seal is malformed, or most of one stands there.
pub fn is_suspect(entry: Option<&Entry>, line: &[u8]) -> bool {
    match entry.map(|entry| &entry.seal) {
        Some(SealField::Present(_)) => false,
        Some(SealField::Malformed) => true,
        Some(SealField::Absent) | None => has_digits(line),
    }
}

/// Whether the digits of a seal stand anywhere, one of them perhaps lost. Few bytes of a line are looked at.
fn has_digits(line: &[u8]) -> bool {
    const WANTED: usize = SEAL_DIGITS - 1;
    let mut at = WANTED - 1;
    while let Some(byte) = line.get(at) {
        if is_digit(*byte) {
            let begin = line[..at].iter().rposition(|byte| !is_digit(*byte)).map_or(0, |before| before + 1);
            let end = line[at..].iter().position(|byte| !is_digit(*byte)).map_or(line.len(), |after| at + after);
            if end - begin >= WANTED {
                return true;
            }
            at = end;
        }
        at += WANTED;
    }
    false
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// The ways to take a line apart as it stands, the likeliest first. Of a line that nobody altered there is one.
pub fn drafts(line: &[u8]) -> Vec<Draft> {
    let line = without_trailing_blanks(line);
    match format_of(line) {
        Format::Json => drafts_of_json(without_tail(line)).unwrap_or_default(),
        format => drafts_of_text(line, format),
    }
}

/// The object that a line of json begins with.
fn without_tail(line: &[u8]) -> &[u8] {
    match value_end(line, 0) {
        Some(end) if end < line.len() && !begins_entry(&line[end..]) => &line[..end],
        _ => line,
    }
}

/// The format of a line whose first bytes may be wrong.
fn format_of(line: &[u8]) -> Format {
    match Format::sniff(line) {
        Some(format) => format,
        None if line.ends_with(b"}") || line.starts_with(b"\"") => Format::Json,
        None if memmem::find(line, b"|cossacklabs|").is_some() => Format::Cef,
        None => Format::Plaintext,
    }
}

fn drafts_of_text(line: &[u8], format: Format) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut push = |body: &[u8], seal: &[u8]| drafts.extend(Draft::new(format, body.to_vec(), seal));
    if let Some(ending) = split(line) {
        let (body, rest) = line.split_at(ending.signed_bytes);
        push(body, &rest[FIELD.len()..FIELD.len() + SEAL_DIGITS]);
    }
    for at in memmem::rfind_iter(line, FIELD).take(SEALS_MAX) {
        let rest = &line[at + FIELD.len()..];
        if let Some(digits) = rest.get(..SEAL_DIGITS).filter(|digits| seal_from(digits).is_some()) {
            if split(line).is_none_or(|ending| ending.signed_bytes != at) && !begins_entry(&rest[SEAL_DIGITS..]) {
                push(&line[..at], digits);
            }
            if !rest.get(SEAL_DIGITS).is_some_and(|byte| is_digit(*byte)) {
                continue;
            }
        }
        // A digit may be wrong, lost, or one too many.
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        push(&line[..at], &rest[..end.min(SEAL_DIGITS + 1)]);
    }
    // The name of the field itself: lost or put there a letter, or another one.
    let unmarked = line.strip_suffix(START).unwrap_or(line);
    if let Some((signed, digits)) = unmarked.split_last_chunk::<SEAL_DIGITS>()
        && !signed.ends_with(FIELD)
    {
        for bytes in FIELD.len() - 1..=FIELD.len() + 1 {
            if let Some((body, field)) = signed.len().checked_sub(bytes).map(|at| signed.split_at(at))
                && is_one_edit_apart(field, FIELD)
            {
                push(body, digits);
            }
        }
    }
    drafts
}

/// Whether a text begins as an entry does, or is the torn beginning of one: a crash may have put it behind another line
/// (attacks, row 47).
fn begins_entry(text: &[u8]) -> bool {
    let text = text.strip_prefix(START).unwrap_or(text);
    [&b"time="[..], b"CEF:", b"{"]
        .iter()
        .any(|head| text.starts_with(head) || (head.starts_with(text) && !text.is_empty()))
}

/// Whether one text is the other after a byte was lost, put there or changed.
pub fn is_one_edit_apart(a: &[u8], b: &[u8]) -> bool {
    let same_begin = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let longer = a.len().max(b.len());
    a != b && a.len().abs_diff(b.len()) <= 1 && same_begin + same_end + 1 >= longer
}

/// None when it is no object.
fn drafts_of_json(line: &[u8]) -> Option<Vec<Draft>> {
    let members = members_in_order(line).ok()?;
    let text = |range: &Range<usize>| &line[range.clone()];
    let is_named = |key: &[u8]| key == b"integrity" || is_one_edit_apart(key, b"integrity");
    let seals = members.iter().filter(|member| is_named(text(&member.key))).take(SEALS_MAX);
    let draft = |seal: &MemberPlace| {
        let kept = members.iter().map(|member| (text(&member.key), text(&member.value))).filter(|(key, value)| {
            *key != b"integrity" && *key != text(&seal.key) && (*key != b"chain" || *value != b"\"new\"")
        });
        let digits = text(&seal.value).strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        (digits.len().abs_diff(SEAL_DIGITS) <= 1).then(|| Draft::of_members(kept, digits)).flatten()
    };
    Some(seals.filter_map(draft).collect())
}

/// Where the key of a member stands, without its quotes, and its value.
struct MemberPlace {
    key: Range<usize>,
    value: Range<usize>,
}

/// The members of a compact object in the order in which they stand, or where it stops to be one.
fn members_in_order(line: &[u8]) -> Result<Vec<MemberPlace>, usize> {
    let mut members = Vec::new();
    let mut at = 0;
    if !line.starts_with(b"{") {
        return Err(0);
    }
    loop {
        let key = at + 2;
        if line.get(at + 1) != Some(&b'"') {
            return Err(at + 1);
        }
        let behind = string_end(line, key).ok_or(line.len())?;
        if line.get(behind) != Some(&b':') {
            return Err(behind);
        }
        let value = behind + 1;
        let is_open = matches!(line.get(value), Some(b'"' | b'{' | b'['));
        let end = value_end(line, value).ok_or(if is_open { line.len() } else { value })?;
        members.push(MemberPlace { key: key..behind - 1, value: value..end });
        match line.get(end) {
            Some(b',') => at = end,
            Some(b'}') if end + 1 == line.len() => return Ok(members),
            _ => return Err(end),
        }
    }
}

/// A line of json whose punctuation was altered, after each single edit that makes it an object again. `work` is asked before
/// each and given the bytes that will be read.
pub fn repairs(
    line: &[u8],
    alphabet: &[u8],
    work: &mut dyn FnMut(usize) -> ControlFlow<()>,
    visit: &mut dyn FnMut(Draft) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let line = without_trailing_blanks(line);
    let Err(stop) = members_in_order(line) else { return ControlFlow::Continue(()) };
    if format_of(line) != Format::Json || !has_digits(line) {
        return ControlFlow::Continue(());
    }
    let mut edited = Vec::with_capacity(line.len() + 1);
    let mut attempt = |at: Range<usize>, byte: Option<u8>| {
        work(line.len())?;
        edited.clear();
        edited.extend_from_slice(&line[..at.start]);
        edited.extend(byte);
        edited.extend_from_slice(&line[at.end..]);
        for draft in drafts_of_json(&edited).unwrap_or_default() {
            visit(draft)?;
        }
        ControlFlow::Continue(())
    };
    // No edit behind the place where it stops can help, nor one elsewhere where its end is wrong.
    let first = if line.ends_with(b"}") { 0 } else { line.len().saturating_sub(1) };
    for at in (first..=stop.min(line.len())).rev() {
        let is_there = at < line.len();
        if is_there {
            attempt(at..at + 1, None)?;
        }
        for byte in PUNCTUATION {
            attempt(at..at, Some(*byte))?;
        }
        let is_punctuation = is_there && PUNCTUATION[..8].contains(&line[at]);
        for byte in if is_punctuation { alphabet } else { PUNCTUATION } {
            if is_there {
                attempt(at..at + 1, Some(*byte))?;
            }
        }
    }
    ControlFlow::Continue(())
}
