//! Replaces known texts inside others, where they stand as whole words. Which texts these are is left to others.

use std::cmp::Reverse;
use std::fmt;

use aho_corasick::AhoCorasick;

use super::super::occurrence::{CUT_OFF, before_cut};
use super::pseudonyms::Pseudonyms;

/// Knows what to look for.
pub(super) struct Scrubber {
    finder: AhoCorasick,
    /// Every spelling of every text, by its number.
    words: Vec<String>,
    /// What stands in the place of each, by the same number.
    pseudonyms: Vec<String>,
    /// The spellings in small letters of ASCII, sorted: texts that are cut off may end in the beginning of one.
    sorted: Vec<String>,
}

/// There are too many names to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotRedact;

impl fmt::Display for CannotRedact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("there are too many clients to replace their names")
    }
}

impl std::error::Error for CannotRedact {}

/// A word that was found, by its number.
struct Hit {
    start: usize,
    end: usize,
    word: usize,
}

impl Scrubber {
    /// Looks for all that has a pseudonym.
    pub(super) fn new<'a>(known: impl IntoIterator<Item = &'a Pseudonyms>) -> Result<Self, CannotRedact> {
        let known = known.into_iter().flat_map(Pseudonyms::all).filter(|(text, _)| !text.is_empty());
        let (words, pseudonyms): (Vec<_>, Vec<_>) =
            known.flat_map(|(text, pseudonym)| spellings(text).map(move |word| (word, pseudonym.clone()))).unzip();
        let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).map_err(|_| CannotRedact)?;
        let mut sorted: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        sorted.sort_unstable();
        Ok(Self { finder, words, pseudonyms, sorted })
    }

    /// The text without the words; None when it has none. Of words that overlap all are replaced, of those that begin at the
    /// same letter the longest one.
    pub(super) fn scrub(&self, text: &str) -> Option<String> {
        let cut = self.begins_cut_off(text);
        let (mut scrubbed, mut done) = (String::new(), 0);
        for Hit { start, end, word } in self.hits(text).into_iter().filter(|hit| cut.is_none_or(|at| hit.end <= at)) {
            if start >= done {
                scrubbed += &text[done..start];
            } else if end > done {
                scrubbed.push('+');
            } else {
                continue;
            }
            scrubbed += &self.pseudonyms[word];
            done = end;
        }
        match cut {
            Some(cut) => Some(scrubbed + &text[done..cut] + CUT_OFF),
            None => (done > 0).then(|| scrubbed + &text[done..]),
        }
    }

    /// The place, or the beginning of the word that it would cut in two.
    pub(super) fn before_word(&self, text: &str, at: usize) -> usize {
        let parted = self.hits(text).into_iter().filter(|hit| hit.start < at && at < hit.end);
        parted.map(|hit| hit.start).min().unwrap_or(at)
    }

    /// What is to be replaced, in the order of the text.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let hits = self.finder.find_overlapping_iter(text);
        let hits = hits.map(|hit| Hit { start: hit.start(), end: hit.end(), word: hit.pattern().as_usize() });
        let mut hits: Vec<Hit> = hits.filter(|hit| is_whole(text.as_bytes(), hit.start, hit.end)).collect();
        // A name in its own case comes before another one that differs only in case.
        let is_other_case = |hit: &Hit| text[hit.start..hit.end] != self.words[hit.word];
        hits.sort_by_key(|hit| (hit.start, Reverse(hit.end), is_other_case(hit), hit.word));
        hits
    }

    /// Where a text that was cut off may end in the beginning of a word.
    fn begins_cut_off(&self, text: &str) -> Option<usize> {
        let body = before_cut(text)?;
        let small = body.to_ascii_lowercase();
        let begins_word = |start: &usize| {
            let rest = &small[*start..];
            let next = self.sorted.partition_point(|word| word.as_str() < rest);
            is_whole(body.as_bytes(), *start, body.len())
                && self.sorted.get(next).is_some_and(|word| word.starts_with(rest))
        };
        body.char_indices().map(|(start, _)| start).find(begins_word)
    }
}

/// A text as it may stand in others: as it is, in a command line, in a quotation. Of one that was cut off, what there is.
fn spellings(text: &str) -> impl Iterator<Item = String> {
    let text = before_cut(text).unwrap_or(text);
    let quoted = text.contains('\'').then(|| text.replace('\'', r"'\''"));
    let escaped = text.contains(['"', '\\']).then(|| text.replace('\\', r"\\").replace('"', r#"\""#));
    [text.to_owned()].into_iter().chain(quoted).chain(escaped)
}

/// Whether no letter or digit of ASCII goes on beyond an end. `_` does not make a word longer: Acra appends `_storage` to
/// names of clients.
fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let joined = |at: usize| {
        let is_inside = |index: usize| text.get(index).is_some_and(u8::is_ascii_alphanumeric);
        at > 0 && is_inside(at - 1) && is_inside(at)
    };
    !joined(start) && !joined(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scrub(names: &[&str], text: &str) -> String {
        let mut clients = Pseudonyms::new("client");
        names.iter().for_each(|name| clients.learn(name));
        Scrubber::new([&clients]).unwrap().scrub(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn whole_words_are_replaced_and_the_longest_comes_first() {
        let cases: [(&[&str], &str, &str); 21] = [
            (&["etl"], "open .acrakeys/etl_storage: denied", "open .acrakeys/client-1_storage: denied"),
            (&["etl"], "etl, etl2 and 2etl; betls (etl)", "client-1, etl2 and 2etl; betls (client-1)"),
            (&["etl", "etl-7"], "etl-7 etl", "client-2 client-1"),
            (&["web", "web app"], "web app, web apple", "client-2, client-1 apple"),
            (&["a b", "b c"], "a b c", "client-1+client-2"),
            (&["a b c", "b"], "a b c", "client-1"),
            (&["b c", "x"], "a b c x", "a client-1 client-2"),
            (&["-x-"], "a-x-b", "aclient-1b"),
            (&["ж"], "жж a", "client-1client-1 a"),
            (&["o'neil"], r"--client 'o'\''neil' o'neil", "--client 'client-1' client-1"),
            (&["client-1"], "client-1 client-2", "client-1 client-2"),
            (&["x", "client-1"], "client-1 x", "client-2 client-1"),
            (&["", "x"], "x y", "client-2 y"),
            (&[""], "x y", "x y"),
            (&[], "x y", "x y"),
            (&["x"], "", ""),
            (&["Etl"], "etl ETL", "client-1 client-1"),
            (&["Etl", "etl"], "etl ETL Etl", "client-2 client-1 client-1"),
            (&[r#"a"b\c"#], r#"name "a\"b\\c""#, r#"name "client-1""#),
            (&["<b>", "a.b", "[x]*"], "<b> a.b acb [x]* x", "client-1 client-2 acb client-3 x"),
            (&["301"], "a.log:301 3012", "a.log:client-1 3012"),
        ];
        for (names, text, expected) in cases {
            assert_eq!(scrub(names, text), expected, "{names:?} in {text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_name_is_left_as_a_whole_word(names in proptest::collection::vec("[ab_é]{1,3}", 1..4), text in "[ab_é ]{0,12}") {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let scrubbed = scrub(&names, &text);
            // Pseudonyms are cut out: what is left between them was left by the scrubber.
            for part in regex::Regex::new("client-[0-9]").unwrap().split(&scrubbed) {
                for name in &names {
                    let whole = part.match_indices(name).find(|(at, _)| is_whole(part.as_bytes(), *at, at + name.len()));
                    let at_edge = |at: usize| at == 0 || at + name.len() == part.len();
                    prop_assert!(whole.is_none_or(|(at, _)| at_edge(at)), "{name:?} in {scrubbed:?}");
                }
            }
        }
    }
}
