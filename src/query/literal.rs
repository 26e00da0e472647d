//! The pre-filter: finds in a large buffer of whole lines where a wanted one may be, without reading any. It never
//! misses a line that the query selects; whether a line it finds is wanted is left to [`Query::selects`].
//!
//! A text of an event stands in its line as it is, or escaped: as `\u00XX` in json, as `\xXX`, `\u00XX`, `\UXXXXXXXX`
//! in plaintext. cef and the other escapes of both concern bytes that no needle has ([`is_plain`](needle::is_plain)).
//! So a line may be wanted when it holds a needle, or an escape that stands for one of the needles' bytes. json numbers
//! are a third case: Go reads `5.6e2` as 560 (audit log, section 3), so a number behind the asked key that has a point
//! or an exponent counts as well.

mod needle;
mod required;

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, MatchKind, Span};

use super::Query;
use crate::event::START_UP_WORDS;
use needle::{Hidden, Needle};

/// More needles than this are found too often to be worth the search.
const NEEDLES_MAX: usize = 16;

/// Finds where a wanted line may be.
#[derive(Clone, Debug)]
pub struct Prefilter {
    needles: Vec<Needle>,
    hidden: Hidden,
    search: Search,
}

/// Many needles in one pass. The first one is for a few short needles and at memory speed; the processor may be too
/// old.
#[derive(Clone, Debug)]
enum Search {
    Packed(Searcher),
    Automaton(AhoCorasick),
}

/// The searcher of a query, by the part of it that selects the least, as far as one can know.
pub(super) fn prefilter(query: &Query, with_start_up: bool) -> Option<Prefilter> {
    let pattern = || query.pattern.as_ref().and_then(required::of_pattern);
    let codes = || query.codes.as_ref().and_then(required::of_codes);
    let sessions = || required::of_sessions(&query.sessions);
    let conditions = || query.conditions.iter().find_map(required::of_condition);
    let clients = || required::of_names(&query.clients);
    let parts: [&dyn Fn() -> Option<Vec<Needle>>; 5] = [&pattern, &codes, &sessions, &conditions, &clients];
    let start_up = with_start_up.then(|| Needle::Raw(START_UP_WORDS.to_vec()));
    parts.into_iter().find_map(|part| {
        let mut needles = part().filter(|needles| !needles.is_empty())?;
        needles.extend(start_up.clone());
        Prefilter::new(needles)
    })
}

impl Prefilter {
    /// None when there are too many needles, or none at all: then nothing can be skipped.
    fn new(mut needles: Vec<Needle>) -> Option<Self> {
        if needles.is_empty() || needles.len() > NEEDLES_MAX {
            return None;
        }
        let hidden = Hidden::of(&needles);
        if !hidden.is_empty() {
            needles.extend(Needle::ESCAPES);
        }
        let texts = || needles.iter().map(Needle::bytes);
        // The limits are for a searcher that must be good at anything; here even many short needles pay.
        let search = match Config::new().heuristic_pattern_limits(false).builder().extend(texts()).build() {
            Some(packed) => Search::Packed(packed),
            None => Search::Automaton(automaton(texts())?),
        };
        Some(Self { needles, hidden, search })
    }

    /// Where the next line may be wanted: the offset of something inside of it, at or behind `from`. None when no line
    /// from there on is. The haystack is whole lines, as they are given to [`Event::read`](crate::event::Event::read).
    pub fn find(&self, haystack: &[u8], mut from: usize) -> Option<usize> {
        while from < haystack.len() {
            let (needle, at) = self.next(haystack, from)?;
            let counts = |needle: &Needle| needle.counts(haystack, at, &self.hidden);
            // Numbers alone may begin alike: 560 and 5600.
            let stands = |other: &&Needle| haystack[at..].starts_with(other.bytes());
            if counts(needle) || matches!(needle, Needle::Digits(_)) && self.needles.iter().filter(stands).any(counts) {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    /// The next needle, whatever is around it, and where it stands.
    fn next(&self, haystack: &[u8], from: usize) -> Option<(&Needle, usize)> {
        let rest = Span { start: from, end: haystack.len() };
        let found = match &self.search {
            Search::Packed(searcher) => searcher.find_in(haystack, rest)?,
            Search::Automaton(automaton) => automaton.find(aho_corasick::Input::new(haystack).span(rest))?,
        };
        Some((&self.needles[found.pattern().as_usize()], found.start()))
    }
}

fn automaton<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts).ok()
}

#[cfg(test)]
mod tests;
