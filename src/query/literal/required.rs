//! What a line must hold for a part of a query to hold. None wherever that cannot be said with certainty.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use super::needle::{Needle, is_plain};
use crate::query::codes::CodeSet;
use crate::query::condition::{Condition, Key};
use crate::query::names::Names;
use crate::query::pattern::{Matcher, Pattern};

/// Shorter texts are found in almost every line.
const TEXT_BYTES_MIN: usize = 3;

/// The codes of an event stand there as digits.
pub(super) fn of_codes(codes: &CodeSet) -> Option<Vec<Needle>> {
    if codes.len() > super::NEEDLES_MAX {
        return None;
    }
    numbers(codes.iter().map(|code| code.to_string().into_bytes()), b"code")
}

/// A session is a number or, in text formats, looks like one.
pub(super) fn of_sessions(sessions: &Names) -> Option<Vec<Needle>> {
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    if sessions.is_empty() || sessions.iter().any(|name| name.is_open() || !digits(name.beginning())) {
        return of_names(sessions);
    }
    numbers(sessions.iter().map(|name| name.beginning().to_vec()), b"session_id")
}

/// Values that are one of these numbers, under this key in json.
fn numbers(numbers: impl Iterator<Item = Vec<u8>>, key: &[u8]) -> Option<Vec<Needle>> {
    let mut needles: Vec<Needle> = numbers.map(Needle::Digits).collect();
    if needles.iter().any(|needle| needle.bytes().len() < TEXT_BYTES_MIN) {
        return None;
    }
    needles.push(Needle::NumberKey([b"\"", key, b"\""].concat()));
    Some(needles)
}

/// A value that is, or begins with, one of these names.
pub(super) fn of_names(names: &Names) -> Option<Vec<Needle>> {
    names.iter().map(|name| Some(Needle::Text(in_value(name.beginning())?.to_owned()))).collect()
}

/// A field that is one text.
pub(super) fn of_condition(condition: &Condition) -> Option<Vec<Needle>> {
    let text = match condition.text()? {
        (Key::Message, text) => longest_plain(text)?,
        (Key::Field(_), text) => in_value(text)?,
        // These are numbers or words of their own in some formats, or stand in the start-up line alone.
        (Key::Level | Key::Code | Key::Product | Key::Version, _) => return None,
    };
    Some(vec![Needle::Text(text.to_owned())])
}

/// A text that some match of the pattern begins or ends with.
pub(super) fn of_pattern(pattern: &Pattern) -> Option<Vec<Needle>> {
    let texts = match pattern.matcher() {
        Matcher::Text(finder) => vec![finder.needle().to_owned()],
        Matcher::Regex(regex) => return of_regex(regex.as_str(), pattern),
    };
    needles(&texts, pattern)
}

fn of_regex(regex: &str, pattern: &Pattern) -> Option<Vec<Needle>> {
    let parsed = ParserBuilder::new()
        .utf8(false)
        .case_insensitive(pattern.ignores_case())
        .dot_matches_new_line(true)
        .build()
        .parse(regex)
        .ok()?;
    let of_kind = |kind| {
        let found = Extractor::new().kind(kind).extract(&parsed);
        let texts: Vec<Vec<u8>> = found.literals()?.iter().map(|text| text.as_bytes().to_owned()).collect();
        needles(&texts, pattern)
    };
    let shortest = |needles: &Vec<Needle>| needles.iter().map(|needle| needle.bytes().len()).min();
    of_kind(ExtractKind::Prefix).into_iter().chain(of_kind(ExtractKind::Suffix)).max_by_key(shortest)
}

/// A message is always a text; a raw line has no escapes to speak of, but no line breaks either.
fn needles(texts: &[Vec<u8>], pattern: &Pattern) -> Option<Vec<Needle>> {
    let needle = |text: &Vec<u8>| match pattern.is_raw() {
        true => Some(Needle::Raw(text.clone())).filter(|_| text.len() >= TEXT_BYTES_MIN && !text.contains(&b'\n')),
        false => Some(Needle::Text(longest_plain(text)?.to_owned())),
    };
    texts.iter().map(needle).collect()
}

/// The part of a value to look for. In json a value may be a number, a list or an object, which Go writes anew (audit
/// log, section 3): no text that may be the beginning of one is looked for.
fn in_value(text: &[u8]) -> Option<&[u8]> {
    let in_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let other = text.iter().all(in_number) || matches!(text.first(), Some(b'[' | b'{'));
    (!other).then(|| longest_plain(text))?
}

/// The longest stretch without a byte that may be escaped.
fn longest_plain(text: &[u8]) -> Option<&[u8]> {
    text.split(|byte| !is_plain(*byte)).max_by_key(|stretch| stretch.len()).filter(|best| best.len() >= TEXT_BYTES_MIN)
}
