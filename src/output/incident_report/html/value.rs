//! How single values look on the page: ids, places, severities, lengths of time, and what was left out.

use std::fmt;

use super::element::{Element, Node};
use crate::entry::LogTime;
use crate::incident::Severity;
use crate::line::Place;
use crate::outcome::Outcome;
use crate::output::incident_report::axis::date_and_time;
use crate::output::incident_report::phrase::{Phrase, Piece};
use crate::output::incident_report::wording;

/// An id, a path, a hash: in the letters of a typewriter.
pub(super) fn id(text: impl Into<String>) -> Element {
    Element::new("code").with(text.into())
}

/// A file, and a line in it when one is meant.
pub(super) fn place(place: &Place) -> Element {
    id(wording::place(&place.file, place.line, place.line))
}

/// A place that may be unknown.
pub(super) fn place_or_none(known: Option<&Place>) -> Node {
    known.map(place).into()
}

/// Ids side by side.
pub(super) fn ids<T: AsRef<str>>(texts: &[T]) -> Node {
    // Lines are broken at the blanks.
    let list = texts.iter().flat_map(|text| [id(text.as_ref()).into(), Node::from(" ")]);
    let list = Element::new("span").class("ids").with_all(list);
    Some(list).filter(|_| !texts.is_empty()).into()
}

/// A word with the colour that belongs to it.
pub(super) fn severity(severity: Severity) -> Element {
    Element::new("span").class(format_args!("severity is-{}", severity.name())).with(severity.name())
}

/// The class of an outcome's colour.
pub(super) fn outcome_class(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "is-low",
        Some(Outcome::Intact) => "is-good",
        Some(Outcome::Incomplete | Outcome::Undecided) => "is-medium",
        Some(Outcome::Tampered) => "is-critical",
    }
}

/// What was left out of a list, when anything was.
pub(super) fn more(omitted: u64, what: &str) -> Node {
    match omitted {
        0 => Node::Nothing,
        omitted => Element::new("p").class("more").with("and ").with(omitted).with(format!(" more {what}")).into(),
    }
}

/// A number that names something, as a line does: plain digits.
pub(super) fn plain(number: u64) -> Node {
    number.to_string().into()
}

/// A phrase as a sentence of the page.
pub(super) fn phrase(phrase: &Phrase<'_>) -> Element {
    let piece = |piece: &Piece<'_>| -> Node {
        match piece {
            Piece::Ours(words) => (*words).into(),
            Piece::Sentence(words) => words.as_ref().into(),
            Piece::Theirs(words) => id(words.as_ref()).into(),
            Piece::Number(number) => (*number).into(),
            Piece::Time(time) | Piece::Clock(time) => (*time).into(),
            Piece::Span(first, last) => {
                Element::new("span").with(*first).with(" to ").with(later(Some(*first), *last)).into()
            }
        }
    };
    Element::new("span").with_all(phrase.pieces().iter().map(piece))
}

/// A time after another one: without its date where that is the same.
pub(super) fn later(first: Option<LogTime>, last: LogTime) -> Element {
    let (date, clock) = date_and_time(last);
    let known = first.is_some_and(|first| date_and_time(first).0 == date) && !clock.is_empty();
    if known {
        Element::new("time").attribute("datetime", last).with(clock)
    } else {
        Element::new("time").with(last.to_string())
    }
}

/// A remark below or above what it belongs to.
pub(super) fn note(text: impl Into<Node>) -> Element {
    Element::new("p").class("note").with(text)
}

/// One in the singular, others in the plural: `1 entry`, `3 entries`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The anchor of an incident, without its `#`.
pub(super) fn anchor(number: u64) -> String {
    format!("incident-{number}")
}

/// The times of a first and of a last entry, one below the other.
pub(super) fn times(first: Option<LogTime>, last: Option<LogTime>) -> Node {
    match (first, last) {
        (None, None) => None::<LogTime>.into(),
        _ => Element::new("div").class("times").with(first).with(last.map(|last| later(first, last))).into(),
    }
}

/// A value with something less important below it.
pub(super) fn over(value: impl Into<Node>, below: impl Into<Node>) -> Node {
    let below = Element::new("span").class("below").with(below);
    Element::new("div").with(value).with(below).into()
}

/// A list of terms and what they stand for.
pub(super) fn facts<const N: usize>(facts: [(&'static str, Node); N]) -> Element {
    // Five in a row look better than four and one.
    let class = if N == 5 { "facts five" } else { "facts" };
    Element::new("dl").class(class).with_all(facts.map(|(term, value)| {
        Element::new("div").with(Element::new("dt").with(term)).with(Element::new("dd").with(value))
    }))
}

/// A length of time in the two units that matter: `31 s`, `2 h 30 min`.
pub(super) fn duration(milliseconds: i128) -> String {
    let seconds = milliseconds / 1000;
    let (large, small) = match seconds {
        0 => return format!("{milliseconds} ms"),
        1..60 => return format!("{seconds} s"),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        _ => format!("{} {} {} {}", large.0, large.1, small.0, small.1),
    }
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
    fn lengths_of_time_are_said_in_two_units_at_most() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ms"),
            (30_728, "30 s"),
            (60_000, "1 min"),
            (9_000_000, "2 h 30 min"),
            (86_400_000, "1 d"),
            (31_536_000_000, "365 d"),
            (90_061_000, "1 d 1 h"),
        ];
        for (milliseconds, wanted) in cases {
            assert_eq!(duration(milliseconds), wanted);
        }
        assert!(duration(i128::from(i64::MAX) * 2).ends_with('h'));
    }

    #[test]
    fn numbers_of_drawings_have_two_decimals_at_most_and_are_numbers() {
        let cases = [(1.0, "1"), (-0.001, "0"), (33.333_33, "33.33"), (0.1 + 0.2, "0.3"), (f64::NAN, "0")];
        for (number, wanted) in cases.into_iter().chain([(f64::INFINITY, "0"), (99.999, "100")]) {
            assert_eq!(Rounded(number).to_string(), wanted);
        }
    }
}
