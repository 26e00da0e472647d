//! The pre-filter: finds in a large buffer of whole lines where a wanted one may be, without reading any. It never
//! misses a line that the query selects; whether a line it finds is wanted is left to [`Query::selects`].
//!
//! A text of an event stands in its line as it is, or escaped: as `\u00XX` in json, as `\xXX`, `\u00XX`, `\UXXXXXXXX`
//! in plaintext. cef and the other escapes of both concern bytes that no needle has (`is_plain`).
//! So a line may be wanted when it holds a needle, or an escape that stands for one of the needles' bytes. json numbers
//! are a third case: Go reads `5.6e2` as 560 (audit log, section 3), so a number behind the asked key that has a point
//! or an exponent counts as well.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, MatchKind, Span};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use super::Query;
use super::codes::CodeSet;
use super::condition::{Condition, FieldKey, Matcher, Pattern};
use super::names::Names;
use crate::event::START_UP_WORDS;

/// More needles than this are found too often to be worth the search.
const NEEDLES_MAX: usize = 16;

/// Finds where a wanted line may be.
#[derive(Clone, Debug)]
pub struct Prefilter {
    needles: Vec<Literal>,
    hidden: Hidden,
    search: Searching,
}

/// Many needles in one pass. The first one is for a few short needles and at memory speed; the processor may be too
/// old.
#[derive(Clone, Debug)]
enum Searching {
    Packed(Searcher),
    Automaton(AhoCorasick),
}

/// The searcher of a query, by the part of it that selects the least, as far as one can know.
pub(super) fn prefilter(query: &Query, with_start_up: bool) -> Option<Prefilter> {
    let pattern = || query.pattern.as_ref().and_then(of_pattern);
    let codes = || query.codes.as_ref().and_then(of_codes);
    let sessions = || of_sessions(&query.sessions);
    let conditions = || query.conditions.iter().find_map(of_condition);
    let clients = || of_names(&query.clients);
    let sigma = || query.sigma.as_ref()?.codes().as_ref().and_then(of_codes);
    let parts: [&dyn Fn() -> Option<Vec<Literal>>; 6] = [&pattern, &codes, &sessions, &conditions, &clients, &sigma];
    let start_up = with_start_up.then(|| Literal::Raw(START_UP_WORDS.to_vec()));
    parts.into_iter().find_map(|part| {
        let mut needles = part().filter(|needles| !needles.is_empty())?;
        needles.extend(start_up.clone());
        Prefilter::new(needles)
    })
}

impl Prefilter {
    /// None when there are too many needles, or none at all: then nothing can be skipped.
    fn new(mut needles: Vec<Literal>) -> Option<Self> {
        if needles.is_empty() || needles.len() > NEEDLES_MAX {
            return None;
        }
        let hidden = Hidden::of(&needles);
        if !hidden.is_empty() {
            needles.extend(Literal::ESCAPES);
        }
        let texts = || needles.iter().map(Literal::bytes);
        // The limits are for a searcher that must be good at anything; here even many short needles pay.
        let search = match Config::new().heuristic_pattern_limits(false).builder().extend(texts()).build() {
            Some(packed) => Searching::Packed(packed),
            None => Searching::Automaton(automaton(texts())?),
        };
        Some(Self { needles, hidden, search })
    }

    /// Where the next line may be wanted: the offset of something inside of it, at or behind `from`. None when no line
    /// from there on is. The haystack is whole lines, as they are given to [`Event::read`](crate::event::Event::read).
    pub fn find(&self, haystack: &[u8], mut from: usize) -> Option<usize> {
        while from < haystack.len() {
            let (needle, at) = self.next(haystack, from)?;
            let counts = |needle: &Literal| needle.counts(haystack, at, &self.hidden);
            // Numbers alone may begin alike: 560 and 5600.
            let stands = |other: &&Literal| haystack[at..].starts_with(other.bytes());
            if counts(needle) || matches!(needle, Literal::Digits(_)) && self.needles.iter().filter(stands).any(counts)
            {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    /// The next needle, whatever is around it, and where it stands.
    fn next(&self, haystack: &[u8], from: usize) -> Option<(&Literal, usize)> {
        let rest = Span { start: from, end: haystack.len() };
        let found = match &self.search {
            Searching::Packed(searcher) => searcher.find_in(haystack, rest)?,
            Searching::Automaton(automaton) => automaton.find(aho_corasick::Input::new(haystack).span(rest))?,
        };
        Some((&self.needles[found.pattern().as_usize()], found.start()))
    }
}

fn automaton<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts).ok()
}

/// Whole numbers of so many digits are all different as float64.
const DIGITS_EXACT: usize = 15;

/// A text to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Literal {
    /// A text that counts wherever it stands.
    Text(Vec<u8>),
    /// The same, of a raw pattern: the line itself is searched, so nothing can be hidden by an escape.
    Raw(Vec<u8>),
    /// The digits of a number that is all of a value, zeros in front of it allowed.
    Digits(Vec<u8>),
    /// A json key in its quotes; counts before a number that Go may read as another one.
    NumberKey(Vec<u8>),
    /// The beginning of an escape, and where its last two hex digits are; counts when it stands for a byte of another
    /// needle.
    Escape { begin: &'static [u8], digits_at: usize },
}

impl Literal {
    /// The escapes that stand for a byte of ASCII by its number, in json and in Go's quotes.
    const ESCAPES: [Self; 3] = [
        Self::Escape { begin: br"\u00", digits_at: 4 },
        Self::Escape { begin: br"\x", digits_at: 2 },
        Self::Escape { begin: br"\U", digits_at: 8 },
    ];

    /// The bytes to look for.
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) | Self::Raw(text) | Self::Digits(text) | Self::NumberKey(text) => text,
            Self::Escape { begin, .. } => begin,
        }
    }

    /// Whether it counts where it stands.
    fn counts(&self, haystack: &[u8], at: usize, hidden: &Hidden) -> bool {
        let after = &haystack[at + self.bytes().len()..];
        match self {
            Self::Text(_) | Self::Raw(_) => true,
            Self::Digits(_) => begins_value(&haystack[..at]) && !after.first().is_some_and(u8::is_ascii_digit),
            Self::NumberKey(_) => is_number_of_many_spellings(after),
            Self::Escape { digits_at, .. } => {
                let last = haystack.get(at + digits_at..at + digits_at + 2);
                let byte = last.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
                byte.is_some_and(|byte| hidden.has(byte))
            }
        }
    }
}

/// Whether a byte has no escape in any format but those by its number. `/` has one in json, a quote and a backslash in
/// all, `|` and `=` in cef; `<`, `>` and `&` never stand in Acra's json as they are.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'@' | b',' | b'-')
}

/// Whether a value may begin here: behind `:` in json, `=` in text formats, `|` in the header of cef, or a quote;
/// blanks and zeros of the number itself in between.
fn begins_value(before: &[u8]) -> bool {
    let last = before.iter().rev().find(|byte| **byte != b'0');
    last.is_some_and(|byte| matches!(byte, b':' | b'=' | b'|' | b'"') || byte.is_ascii_whitespace())
}

/// Whether a colon follows, and a number that Go may print in other digits: with a point, an exponent, or so many
/// digits that they do not fit into a float64.
fn is_number_of_many_spellings(after: &[u8]) -> bool {
    let Some(value) = after.trim_ascii_start().strip_prefix(b":") else { return false };
    let value = value.trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > DIGITS_EXACT || matches!(value.get(digits), Some(b'.' | b'e' | b'E'))
}

/// The bytes of ASCII that an escape may hide.
#[derive(Clone, Debug)]
struct Hidden(u128);

impl Hidden {
    /// Those of the needles.
    fn of(needles: &[Literal]) -> Self {
        let mut hidden = Self(0);
        for needle in needles {
            match needle {
                Literal::Text(text) | Literal::NumberKey(text) => hidden.add(text),
                Literal::Digits(text) => {
                    hidden.add(text);
                    hidden.add(b"0");
                }
                Literal::Raw(_) | Literal::Escape { .. } => {}
            }
        }
        hidden
    }

    fn add(&mut self, text: &[u8]) {
        text.iter().filter(|byte| is_plain(**byte)).for_each(|byte| self.0 |= 1 << byte);
    }

    fn has(&self, byte: u8) -> bool {
        byte.is_ascii() && self.0 >> byte & 1 == 1
    }

    fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

/// Shorter texts are found in almost every line.
const TEXT_BYTES_MIN: usize = 3;

/// The codes of an event stand there as digits.
fn of_codes(codes: &CodeSet) -> Option<Vec<Literal>> {
    if codes.len() > NEEDLES_MAX {
        return None;
    }
    numbers(codes.iter().map(|code| code.to_string().into_bytes()), b"code")
}

/// A session is a number or, in text formats, looks like one.
fn of_sessions(sessions: &Names) -> Option<Vec<Literal>> {
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    if sessions.is_empty() || sessions.iter().any(|name| name.is_open() || !digits(name.beginning())) {
        return of_names(sessions);
    }
    numbers(sessions.iter().map(|name| name.beginning().to_vec()), b"session_id")
}

/// Values that are one of these numbers, under this key in json.
fn numbers(numbers: impl Iterator<Item = Vec<u8>>, key: &[u8]) -> Option<Vec<Literal>> {
    let mut needles: Vec<Literal> = numbers.map(Literal::Digits).collect();
    if needles.iter().any(|needle| needle.bytes().len() < TEXT_BYTES_MIN) {
        return None;
    }
    needles.push(Literal::NumberKey([b"\"", key, b"\""].concat()));
    Some(needles)
}

/// A value that is, or begins with, one of these names.
fn of_names(names: &Names) -> Option<Vec<Literal>> {
    names.iter().map(|name| Some(Literal::Text(in_value(name.beginning())?.to_owned()))).collect()
}

/// A field that is one text.
fn of_condition(condition: &Condition) -> Option<Vec<Literal>> {
    let text = match condition.text()? {
        (FieldKey::Message, text) => longest_plain(text)?,
        (FieldKey::Field(_), text) => in_value(text)?,
        // These are numbers or words of their own in some formats, or stand in the start-up line alone.
        (FieldKey::Level | FieldKey::Code | FieldKey::Product | FieldKey::Version, _) => return None,
    };
    Some(vec![Literal::Text(text.to_owned())])
}

/// A text that some match of the pattern begins or ends with.
fn of_pattern(pattern: &Pattern) -> Option<Vec<Literal>> {
    let texts = match pattern.matcher() {
        Matcher::Text(finder) => vec![finder.needle().to_owned()],
        Matcher::Regex(regex) => return of_regex(regex.as_str(), pattern),
    };
    needles(&texts, pattern)
}

fn of_regex(regex: &str, pattern: &Pattern) -> Option<Vec<Literal>> {
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
    let shortest = |needles: &Vec<Literal>| needles.iter().map(|needle| needle.bytes().len()).min();
    of_kind(ExtractKind::Prefix).into_iter().chain(of_kind(ExtractKind::Suffix)).max_by_key(shortest)
}

/// A message is always a text; a raw line has no escapes to speak of, but no line breaks either.
fn needles(texts: &[Vec<u8>], pattern: &Pattern) -> Option<Vec<Literal>> {
    let needle = |text: &Vec<u8>| match pattern.is_raw() {
        true => Some(Literal::Raw(text.clone())).filter(|_| text.len() >= TEXT_BYTES_MIN && !text.contains(&b'\n')),
        false => Some(Literal::Text(longest_plain(text)?.to_owned())),
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

#[cfg(test)]
mod tests;
