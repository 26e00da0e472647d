//! How single values look on the page: phrases, ids, severities, and the numbers of drawings.

use std::fmt;

use super::element::{HtmlElement, Node};
use crate::entry::LogTime;
use crate::output::incident_report::axis::date_and_time;
use crate::output::incident_report::phrase::{Emphasis, Phrase, PhrasePiece};

/// An id, a path, a hash: in the letters of a typewriter.
pub(super) fn id(text: impl Into<String>) -> HtmlElement {
    HtmlElement::new("code").with(text.into())
}

/// The class of a colour.
pub(super) fn tone_class(tone: Emphasis) -> &'static str {
    match tone {
        Emphasis::Good => "is-good",
        Emphasis::Low => "is-low",
        Emphasis::Medium => "is-medium",
        Emphasis::High => "is-high",
        Emphasis::Critical => "is-critical",
    }
}

/// A phrase in one piece.
pub(super) fn phrase(phrase: &Phrase<'_>) -> HtmlElement {
    HtmlElement::new("span").with_all(phrases(phrase))
}

/// The pieces of a phrase.
pub(super) fn phrases(phrase: &Phrase<'_>) -> impl Iterator<Item = Node> {
    phrase.pieces().iter().map(|piece| match piece {
        PhrasePiece::Ours(words) => (*words).into(),
        PhrasePiece::Sentence(words) => words.as_ref().into(),
        PhrasePiece::Theirs(words) => id(words.as_ref()).into(),
        PhrasePiece::Number(number) => (*number).into(),
        PhrasePiece::Time(time) | PhrasePiece::Clock(time) => (*time).into(),
        PhrasePiece::Span(first, last) => {
            HtmlElement::new("span").with(*first).with(" to ").with(later(*first, *last)).into()
        }
        PhrasePiece::Mark(word, tone) => {
            HtmlElement::new("span").class(format_args!("severity {}", tone_class(*tone))).with(*word).into()
        }
        PhrasePiece::Link(incident, words) => {
            HtmlElement::new("a").attribute("href", format_args!("#{}", incident_anchor(*incident))).with(*words).into()
        }
    })
}

/// A time after another one: without its date where that is the same.
fn later(first: LogTime, last: LogTime) -> HtmlElement {
    let (date, clock) = date_and_time(last);
    if date_and_time(first).0 == date && !clock.is_empty() {
        HtmlElement::new("time").attribute("datetime", last).with(clock)
    } else {
        HtmlElement::new("time").with(last.to_string())
    }
}

/// A remark below or above what it belongs to.
pub(super) fn note(text: impl Into<Node>) -> HtmlElement {
    HtmlElement::new("p").class("note").with(text)
}

/// One in the singular, others in the plural: `1 entry`, `3 entries`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The anchor of an incident, without its `#`.
pub(super) fn incident_anchor(number: u64) -> String {
    format!("incident-{number}")
}

/// A number in a drawing: two decimals at most, and always a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounded(pub(super) f64);

impl fmt::Display for Rounded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = if self.0.is_finite() { (self.0 * 100.0).round() } else { 0.0 };
        // Adding 0 takes the sign off a zero.
        write!(out, "{}", hundredths / 100.0 + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_drawings_have_two_decimals_at_most_and_are_numbers() {
        let cases = [(1.0, "1"), (-0.001, "0"), (33.333_33, "33.33"), (0.1 + 0.2, "0.3"), (f64::NAN, "0")];
        for (number, wanted) in cases.into_iter().chain([(f64::INFINITY, "0"), (99.999, "100")]) {
            assert_eq!(Rounded(number).to_string(), wanted);
        }
    }
}
