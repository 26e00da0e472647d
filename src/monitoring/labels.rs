//! The values of a label: harmless text, of bounded length, and not more of them than a limit. A label for each of them keeps a series
//! of its own in Prometheus forever, and some of these names come from the names of files.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::terminal_safe::{Visible, is_unsafe_char};

/// What stands for the names beyond the limit.
pub(super) const OTHER: &str = "other";

/// The longest value, in characters.
const LABEL_CHARS_MAX: usize = 200;

/// The values that a label has had so far.
#[derive(Debug)]
pub(super) struct LabelValues {
    known: BTreeSet<Arc<str>>,
    count_max: usize,
}

impl LabelValues {
    pub(super) fn at_most(count_max: usize) -> Self {
        Self { known: BTreeSet::new(), count_max }
    }

    /// The value for a name: its own, or that of all names beyond the limit.
    pub(super) fn of(&mut self, name: &str) -> Arc<str> {
        let value = shortened(harmless(name));
        if let Some(known) = self.known.get(value.as_str()) {
            return Arc::clone(known);
        }
        let room = self.known.len() < self.count_max;
        let value: Arc<str> = if room { value.into() } else { OTHER.into() };
        if room {
            self.known.insert(Arc::clone(&value));
        }
        value
    }
}

/// Of a long value the end is left, which tells paths apart.
fn shortened(value: String) -> String {
    match value.char_indices().rev().nth(LABEL_CHARS_MAX - 1) {
        Some((start, _)) if start > 0 => format!("…{}", &value[start..]),
        _ => value,
    }
}

/// A text in one line, with escapes in place of characters that do more than show themselves.
pub(super) fn harmless(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unsafe_char(letter) {
            line.push_str(&Visible(letter).to_string());
        } else {
            line.push(letter);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_share_a_value_and_those_before_keep_theirs() {
        let mut values = LabelValues::at_most(2);
        let given = ["a", "b", "c", "a", "d", "other", "b"].map(|name| values.of(name).to_string());
        assert_eq!(given, ["a", "b", "other", "a", "other", "other", "b"]);
    }

    #[test]
    fn a_value_shows_itself_and_is_short() {
        let cases = [
            ("/var/log/acra/größe.log", "/var/log/acra/größe.log"),
            ("a\nb\x1b[2J", "a\\nb\\x1b[2J"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("", ""),
        ];
        for (name, value) in cases {
            assert_eq!(&*LabelValues::at_most(1).of(name), value);
        }
        let exact = "x".repeat(LABEL_CHARS_MAX);
        assert_eq!(shortened(exact.clone()), exact);
        assert_eq!(shortened(format!("/ü/{exact}")), format!("…{exact}"));
    }
}
