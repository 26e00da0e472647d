//! Gives texts numbers in the order in which they come. Where they stand is left to others.

use std::collections::HashMap;

/// Pseudonyms of one kind: `client-1`, `client-2`, ...
pub(super) struct Pseudonyms {
    word: &'static str,
    numbers: HashMap<String, usize>,
}

impl Pseudonyms {
    /// None yet.
    pub(super) fn new(word: &'static str) -> Self {
        Self { word, numbers: HashMap::new() }
    }

    /// Gives a text the next number, unless it has one.
    pub(super) fn learn(&mut self, text: &str) {
        if !self.numbers.contains_key(text) {
            self.numbers.insert(text.to_owned(), self.numbers.len() + 1);
        }
    }

    /// The pseudonym of a text; None when it has no number.
    pub(super) fn get(&self, text: &str) -> Option<String> {
        self.numbers.get(text).map(|number| self.spelled(*number))
    }

    /// The pseudonym of a text, which gets a number if it has none.
    pub(super) fn of(&mut self, text: &str) -> String {
        self.learn(text);
        self.get(text).unwrap_or_default()
    }

    /// Every text with its pseudonym, by number.
    pub(super) fn all(&self) -> Vec<(&str, String)> {
        let mut all: Vec<_> = self.numbers.iter().collect();
        all.sort_by_key(|(_, number)| **number);
        all.into_iter().map(|(text, number)| (text.as_str(), self.spelled(*number))).collect()
    }

    fn spelled(&self, number: usize) -> String {
        format!("{}-{number}", self.word)
    }
}
