//! What the formats of the incident report say alike: phrases, piece by piece, which are ours and which may be a log's, and
//! the words for lengths of time, outcomes, places. How a piece is made harmless, and how numbers look, is left to the formats.

use std::borrow::Cow;

use jiff::SignedDuration;

use crate::entry::LogTime;
use crate::incident::report::{Incident, IncidentReport, Verification};
use crate::incident::{Kind, Severity};
use crate::outcome::Outcome;
use crate::output::wording::counted;
use crate::verdict::code::Class;
use crate::verdict::report::{Account, Tally};

#[derive(Clone, Debug)]
pub(super) enum PhrasePiece<'a> {
    /// Words of this program, without anything a format could take for markup.
    Trusted(&'static str),
    /// A sentence of this program, which may name settings, fields, or something of a log.
    Sentence(Cow<'a, str>),
    /// A text of a log, of a file name or of a user.
    Untrusted(Cow<'a, str>),
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
pub(super) fn trusted<'a>(words: &'static str) -> Phrase<'a> {
    Phrase::default().trusted(words)
}

/// Begins a phrase with a text of a log.
pub(super) fn untrusted<'a>(text: impl Into<Cow<'a, str>>) -> Phrase<'a> {
    Phrase::default().untrusted(text)
}

/// Begins a phrase with a number.
pub(super) fn number<'a>(number: u64) -> Phrase<'a> {
    Phrase::default().number(number)
}

pub(super) fn sentence<'a>(text: impl Into<Cow<'a, str>>) -> Phrase<'a> {
    Phrase::default().sentence(text)
}

impl<'a> Phrase<'a> {
    pub(super) fn pieces(&self) -> &[PhrasePiece<'a>] {
        &self.0
    }

    pub(super) fn trusted(self, words: &'static str) -> Self {
        self.and(PhrasePiece::Trusted(words))
    }

    pub(super) fn untrusted(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.and(PhrasePiece::Untrusted(text.into()))
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
        self.number(number).trusted(" ").trusted(if number == 1 { one } else { many })
    }

    /// The times of a first and of a last entry, as far as they are known.
    pub(super) fn when(self, first: Option<LogTime>, last: Option<LogTime>) -> Self {
        match (first, last) {
            (Some(first), Some(last)) if first == last => self.time(first),
            (Some(first), Some(last)) => self.and(PhrasePiece::Span(first, last)),
            (Some(first), None) => self.trusted("from ").time(first),
            (None, Some(last)) => self.trusted("up to ").time(last),
            (None, None) => self.trusted("at times that are not stated"),
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
        all = if index > 0 { all.trusted(separator) } else { all }.then([phrase]);
    }
    all
}

/// What a report without incidents says.
const NO_INCIDENT: &str = "No incident: nothing in the log met one of the rules below.";

/// What a report of no entry says.
const NOTHING_TO_SEE: &str = "No incident: there is no entry to look at.";

/// The most clients that a line names of an incident.
const CLIENTS_SHORT: usize = 2;

/// Whether the log can be trusted, in a word, and what that word means. None is a log that was read without a key.
pub(super) fn verdict(verification: Option<&Verification>) -> (&'static str, String) {
    let Some(Verification { outcome, account, .. }) = verification else {
        let meaning = "No key was given, so nothing shows whether the log is complete and as it was written: whoever could write \
             to it could have changed it. Verify it in the same run with the audit key: --key-file FILE.";
        return ("not verified", meaning.to_owned());
    };
    let unproven = not_proven(account);
    let meaning = match outcome {
        Outcome::Intact if account.verified.lines == 0 => "No entry was verified, and the policy does not demand it.",
        Outcome::Intact if unproven.is_some() => "There is nothing that the policy forbids.",
        Outcome::Intact => "Every signed entry verified, and there is nothing that the policy forbids.",
        Outcome::Incomplete => "Nothing proves an alteration, but the log does not show what the policy demands.",
        Outcome::Undecided => "The log could not be checked to its end: the findings say why.",
        Outcome::Tampered => "Only an alteration explains what was found: the findings say where.",
    };
    (outcome.name(), [Some(meaning.to_owned()), unproven].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// What of the signed lines is not proven, by the account of every byte; None when all of it is.
fn not_proven(account: &Account) -> Option<String> {
    let classes = [
        (account.broken, " with a seal that is wrong or out of place"),
        (account.unverifiable, " with a seal that could not be checked"),
        (account.unreadable, " that could not be read"),
    ];
    let said = |(tally, words): (Tally, &str)| {
        let lines = counted(tally.lines, "line", "lines");
        (tally.lines + tally.bytes > 0).then(|| format!("{lines}{words}"))
    };
    let said: Vec<String> = classes.into_iter().filter_map(said).collect();
    (!said.is_empty()).then(|| format!("Not proven: {}.", said.join(", ")))
}

/// The date and the time of a moment; a moment of no calendar is all date.
pub(super) fn date_and_time(time: LogTime) -> (String, String) {
    let text = time.to_string();
    match text.split_once('T') {
        Some((date, time)) => (date.to_owned(), time.to_owned()),
        None => (text, String::new()),
    }
}

/// Whether two moments lie within the same day.
pub(super) fn is_one_day(first: LogTime, last: LogTime) -> bool {
    date_and_time(first).0 == date_and_time(last).0
}

/// A length of time: `2h 30m`.
pub(super) fn duration(seconds: u64) -> String {
    format!("{:#}", SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

/// How long an incident lasted, in milliseconds included: `30s 728ms`; None when a time is not known or it was one moment.
pub(super) fn lasted(first: Option<LogTime>, last: Option<LogTime>) -> Option<String> {
    let ms = last?.unix_ms.checked_sub(first?.unix_ms).filter(|ms| *ms > 0)?;
    Some(format!("{:#}", SignedDuration::from_millis(ms)))
}

/// `and 12 more chains`; None when everything is listed.
pub(super) fn and_more<'a>(omitted: u64, one: &'static str, many: &'static str) -> Option<Phrase<'a>> {
    (omitted > 0)
        .then(|| trusted("and ").number(omitted).trusted(" more ").trusted(if omitted == 1 { one } else { many }))
}

/// What the count of an incident counts, in the singular.
fn counted_one(kind: Kind) -> &'static str {
    match kind {
        Kind::IntegrityFailure => "finding",
        Kind::PoisonRecord => "poison record",
        Kind::PoisonAlarmMissing => "reaction without an alarm",
        Kind::PoisonCheckFailed => "skipped or failed check",
        Kind::Probing => "odd request",
        Kind::ConnectionDrops => "broken connection",
        Kind::SqlFirewallBurst | Kind::SqlFirewallBlock => "blocked query",
        Kind::DecryptionErrors
        | Kind::EncryptionErrors
        | Kind::KeyErrors
        | Kind::ServiceErrors
        | Kind::GeneralErrors => "error",
        Kind::DatabaseUnavailable | Kind::ConnectionFailures => "failed connection",
        Kind::ServiceCrash | Kind::ServiceRestart => "start-up",
        Kind::Silence => "gap",
        Kind::Sigma => "match",
    }
}

/// How often something happened: `37 blocked queries in 111 entries`.
pub(super) fn count<'a>(incident: &Incident) -> Phrase<'a> {
    let count = Phrase::default().counted(incident.count, counted_one(incident.kind), incident.counted);
    let entries = incident.entries;
    count.then((entries > 0).then(|| trusted(" in ").counted(entries, "entry", "entries")))
}

/// The first clients of an incident, and how many more there are.
pub(super) fn clients(incident: &Incident) -> Phrase<'_> {
    let named = incident.client_ids.iter().take(CLIENTS_SHORT);
    let others = incident.client_ids.len().saturating_sub(CLIENTS_SHORT) as u64 + incident.client_ids_omitted;
    let others = (others > 0).then(|| number(others).trusted(" more"));
    joined(named.map(untrusted).chain(others), ", ")
}

/// What happened, how often, to whom and when.
pub(super) fn in_a_sentence(incident: &Incident) -> Phrase<'_> {
    let who = (!incident.client_ids.is_empty()).then(|| trusted(", client ").then([clients(incident)]));
    let what = sentence(&*incident.title)
        .trusted(" (")
        .trusted(incident.severity.name())
        .trusted("): ")
        .then([count(incident)]);
    what.then(who).trusted(", ").when(incident.first, incident.last)
}

/// Incidents by severity in a line, those that are not listed included.
pub(super) fn incident_summary<'a>(report: &IncidentReport) -> Phrase<'a> {
    let unread = |before: &'static str| not_read(report).map(|text| trusted(before).then([sentence(text)]));
    if let Some(nothing) = nothing_happened(report) {
        return trusted(nothing).then(unread(" "));
    }
    let by_severity = report.incidents_by_severity.all();
    let all = by_severity.iter().map(|(_, count)| count).sum();
    let mut phrase = Phrase::default().counted(all, "incident", "incidents");
    let mut separator = ": ";
    for (severity, count) in by_severity.into_iter().filter(|(_, count)| *count > 0) {
        phrase = phrase.trusted(separator).number(count).trusted(" ").trusted(severity.name());
        separator = ", ";
    }
    if report.incidents_omitted > 0 {
        phrase = phrase.trusted("; the ").number(report.incidents_omitted).trusted(" least severe are counted only");
    }
    phrase.then(unread(". "))
}

/// What a report without incidents says; None when there are some.
fn nothing_happened(report: &IncidentReport) -> Option<&'static str> {
    let nothing = report.incidents_by_severity.all().iter().all(|(_, count)| *count == 0);
    nothing.then_some(if report.totals.entries == 0 { NOTHING_TO_SEE } else { NO_INCIDENT })
}

/// What keeps the list of incidents from being all of them; None when everything was read.
fn not_read(report: &IncidentReport) -> Option<String> {
    let count = report.inputs.iter().filter(|input| input.unread.is_some()).count();
    let inputs = if count == 1 { "input was" } else { "inputs were" };
    (count > 0).then(|| format!("{count} {inputs} not read, or not to the end: there may be more."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::report::ChainVerdict;

    #[test]
    fn lengths_of_time_are_few_words() {
        let cases = [(0, "0s"), (9, "9s"), (300, "5m"), (9_000, "2h 30m"), (90_061, "25h 1m 1s")];
        for (seconds, wanted) in cases {
            assert_eq!(duration(seconds), wanted);
        }
        assert!(!duration(u64::MAX).is_empty());
        let at = |unix_ms| Some(LogTime { unix_ms });
        assert_eq!(lasted(at(0), at(30_728)).as_deref(), Some("30s 728ms"));
        assert_eq!((lasted(at(5), at(5)), lasted(None, at(5)), lasted(at(5), None)), (None, None, None));
        assert_eq!(lasted(at(i64::MIN), at(i64::MAX)), None);
    }

    #[test]
    fn no_sentence_says_more_than_the_account_of_every_byte() {
        use Outcome::{Incomplete, Intact, Tampered, Undecided};
        let verification = crate::testing::incident::report().verification.expect("a verification");
        let tally = |there: bool| Tally { bytes: u64::from(there) * 90, lines: u64::from(there) };
        for bits in 0..16_u8 {
            let [verified, broken, unverifiable, unreadable] = [1, 2, 4, 8].map(|bit| tally(bits & bit > 0));
            let account = Account { verified, broken, unverifiable, unreadable, ..Account::default() };
            for outcome in [Intact, Incomplete, Undecided, Tampered] {
                let (word, meaning) = verdict(Some(&Verification { outcome, account, ..verification.clone() }));
                assert_eq!(word, outcome.name());
                let every = outcome == Intact && bits == 1;
                assert_eq!(meaning.contains("Every signed entry verified"), every, "{account:?}: {meaning}");
                assert_eq!(meaning.contains("Not proven: "), bits > 1, "{account:?}: {meaning}");
                assert_eq!(meaning.contains("wrong"), broken.lines > 0, "{account:?}: {meaning}");
                assert_eq!(meaning.contains("could not be read"), unreadable.lines > 0, "{account:?}: {meaning}");
            }
        }
        assert_eq!(verdict(None).0, "not verified");
    }

    #[test]
    fn words_of_chains_are_those_of_the_json() {
        for verdict in [
            ChainVerdict::Closed,
            ChainVerdict::OpenAtEnd,
            ChainVerdict::Unfinished,
            ChainVerdict::Headless,
            ChainVerdict::Broken,
        ] {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
    }
}
