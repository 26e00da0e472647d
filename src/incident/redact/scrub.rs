//! Replaces known texts inside others, where they stand as whole words. Which texts these are is left to others.

use std::fmt;

use aho_corasick::AhoCorasick;

use super::pseudonyms::Pseudonyms;

/// Knows what to look for.
pub(super) struct Scrubber {
    words: AhoCorasick,
    /// What stands in the place of each word, by its number.
    pseudonyms: Vec<String>,
}

/// There are too many names to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotRedact;

impl fmt::Display for CannotRedact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("there are too many names to redact")
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
        let mut words = Vec::new();
        let mut pseudonyms = Vec::new();
        for (text, pseudonym) in known.into_iter().flat_map(Pseudonyms::all).filter(|(text, _)| !text.is_empty()) {
            if text.contains('\'') {
                // As it stands in a command line.
                words.push(text.replace('\'', r"'\''"));
                pseudonyms.push(pseudonym.clone());
            }
            words.push(text.to_owned());
            pseudonyms.push(pseudonym);
        }
        let words = AhoCorasick::new(words).map_err(|_| CannotRedact)?;
        Ok(Self { words, pseudonyms })
    }

    /// The text without the words; None when it has none. Of words that overlap the first one counts, then the longest.
    pub(super) fn scrub(&self, text: &str) -> Option<String> {
        let hits = self.words.find_overlapping_iter(text);
        let hits = hits.map(|hit| Hit { start: hit.start(), end: hit.end(), word: hit.pattern().as_usize() });
        let mut hits: Vec<Hit> = hits.filter(|hit| is_whole(text.as_bytes(), hit.start, hit.end)).collect();
        hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end), hit.word));
        let (mut scrubbed, mut done) = (String::new(), 0);
        for Hit { start, end, word } in hits {
            if start >= done {
                scrubbed += &text[done..start];
                scrubbed += &self.pseudonyms[word];
                done = end;
            }
        }
        (done > 0).then(|| scrubbed + &text[done..])
    }
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
        let cases: [(&[&str], &str, &str); 16] = [
            (&["etl"], "open .acrakeys/etl_storage: denied", "open .acrakeys/client-1_storage: denied"),
            (&["etl"], "etl, etl2 and 2etl; betls (etl)", "client-1, etl2 and 2etl; betls (client-1)"),
            (&["etl", "etl-7"], "etl-7 etl", "client-2 client-1"),
            (&["web", "web app"], "web app, web apple", "client-2, client-1 apple"),
            (&["a b", "b c"], "a b c", "client-1 c"),
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
            (&["Etl"], "etl ETL", "etl ETL"),
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
