//! A few words for people, piece by piece: which are ours, which may be a log's. How a piece is made harmless, and how
//! numbers look, is left to the formats.

use std::borrow::Cow;

use crate::entry::LogTime;
use crate::incident::Severity;
use crate::outcome::Outcome;
use crate::verdict::code::Class;

/// A piece of a phrase.
#[derive(Clone, Debug)]
pub(super) enum PhrasePiece<'a> {
    /// Words of this program, without anything a format could take for markup.
    Ours(&'static str),
    /// A sentence of this program, which may name settings, fields, or something of a log.
    Sentence(Cow<'a, str>),
    /// A text of a log, of a file name or of a user.
    Theirs(Cow<'a, str>),
    Number(u64),
    Time(LogTime),
    /// A time of a day that is clear.
    Clock(LogTime),
    /// From a time to another.
    Span(LogTime, LogTime),
    /// A word of this program with a colour, where there are colours.
    Mark(&'static str, Emphasis),
    /// Words of this program that lead to an incident, by its number, where something can lead anywhere.
    Link(u64, &'static str),
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emphasis {
    Good,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Severity> for Emphasis {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
        }
    }
}

impl From<Outcome> for Emphasis {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Intact => Self::Good,
            Outcome::Incomplete | Outcome::Undecided => Self::Medium,
            Outcome::Tampered => Self::Critical,
        }
    }
}

impl From<Class> for Emphasis {
    fn from(class: Class) -> Self {
        match class {
            Class::Note => Self::Low,
            Class::Warning => Self::Medium,
            Class::Incomplete | Class::Undecided | Class::Tampered => class.outcome().into(),
        }
    }
}

/// Pieces in their order, to be written without anything between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrase<'a>(Vec<PhrasePiece<'a>>);

/// Begins a phrase with words of this program.
pub(super) fn ours<'a>(words: &'static str) -> Phrase<'a> {
    Phrase::default().ours(words)
}

/// Begins a phrase with a text of a log.
pub(super) fn theirs<'a>(text: impl Into<Cow<'a, str>>) -> Phrase<'a> {
    Phrase::default().theirs(text)
}

/// Begins a phrase with a number.
pub(super) fn number<'a>(number: u64) -> Phrase<'a> {
    Phrase::default().number(number)
}

/// A phrase of a sentence.
pub(super) fn sentence<'a>(text: impl Into<Cow<'a, str>>) -> Phrase<'a> {
    Phrase::default().sentence(text)
}

impl<'a> Phrase<'a> {
    pub(super) fn pieces(&self) -> &[PhrasePiece<'a>] {
        &self.0
    }

    pub(super) fn ours(self, words: &'static str) -> Self {
        self.and(PhrasePiece::Ours(words))
    }

    pub(super) fn theirs(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.and(PhrasePiece::Theirs(text.into()))
    }

    pub(super) fn sentence(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.and(PhrasePiece::Sentence(text.into()))
    }

    pub(super) fn number(self, number: u64) -> Self {
        self.and(PhrasePiece::Number(number))
    }

    pub(super) fn time(self, time: LogTime) -> Self {
        self.and(PhrasePiece::Time(time))
    }

    pub(super) fn mark(self, word: &'static str, tone: Emphasis) -> Self {
        self.and(PhrasePiece::Mark(word, tone))
    }

    pub(super) fn severity(self, severity: Severity) -> Self {
        self.mark(severity.name(), severity.into())
    }

    pub(super) fn link(self, incident: u64, words: &'static str) -> Self {
        self.and(PhrasePiece::Link(incident, words))
    }

    /// The time alone where the day is clear, or else with its day.
    pub(super) fn moment(self, time: LogTime, day_is_clear: bool) -> Self {
        self.and(if day_is_clear { PhrasePiece::Clock(time) } else { PhrasePiece::Time(time) })
    }

    /// A number with its noun.
    pub(super) fn counted(self, number: u64, one: &'static str, many: &'static str) -> Self {
        self.number(number).ours(" ").ours(if number == 1 { one } else { many })
    }

    /// The times of a first and of a last entry, as far as they are known.
    pub(super) fn when(self, first: Option<LogTime>, last: Option<LogTime>) -> Self {
        match (first, last) {
            (Some(first), Some(last)) if first == last => self.time(first),
            (Some(first), Some(last)) => self.and(PhrasePiece::Span(first, last)),
            (Some(first), None) => self.ours("from ").time(first),
            (None, Some(last)) => self.ours("up to ").time(last),
            (None, None) => self.ours("at times that are not stated"),
        }
    }

    /// Another phrase behind this one, when there is one.
    pub(super) fn then(mut self, other: impl IntoIterator<Item = Self>) -> Self {
        self.0.extend(other.into_iter().flat_map(|phrase| phrase.0));
        self
    }

    fn and(mut self, piece: PhrasePiece<'a>) -> Self {
        self.0.push(piece);
        self
    }
}

/// Phrases behind one another.
pub(super) fn joined<'a>(phrases: impl IntoIterator<Item = Phrase<'a>>, separator: &'static str) -> Phrase<'a> {
    let mut all = Phrase::default();
    for (index, phrase) in phrases.into_iter().enumerate() {
        all = if index > 0 { all.ours(separator) } else { all }.then([phrase]);
    }
    all
}
