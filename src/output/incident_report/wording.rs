//! What the formats of the incident report say alike: lengths of time, outcomes, places.

use jiff::SignedDuration;

use super::phrase::{Phrase, ours};
use crate::entry::LogTime;
use crate::incident::report::{Incident, Report};
use crate::incident::{Kind, Severity};
use crate::outcome::Outcome;

/// The word for a log that was read without a key.
pub(super) const NOT_VERIFIED: &str = "not verified";

/// What that means, and what to do about it.
pub(super) const NOT_VERIFIED_MEANING: &str = "No key was given, so nothing shows whether the log is complete and as it was written: \
     whoever could write to it could have changed it. Verify it in the same run with the audit key: --key-file FILE.";

/// What a report without incidents says.
const NO_INCIDENT: &str = "No incident: nothing in the log met one of the rules below.";

/// What a report of no entry says.
const NOTHING_TO_SEE: &str = "No incident: there is no entry to look at.";

/// What an outcome means.
pub(super) fn outcome_meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Intact => "Every signed entry verified, and there is nothing that the policy forbids.",
        Outcome::Incomplete => "Nothing proves an alteration, but the log does not show what the policy demands.",
        Outcome::Undecided => "The log could not be checked to its end: the findings say why.",
        Outcome::Tampered => "Only an alteration explains what was found: the findings say where.",
    }
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

/// Lines of a file: `a.log`, `a.log:7`, `a.log:7-9`.
pub(super) fn place(file: &str, line: u64, through: u64) -> String {
    match (line, through) {
        (0, _) => file.to_owned(),
        _ if through <= line => format!("{file}:{line}"),
        _ => format!("{file}:{line}-{through}"),
    }
}

/// `and 12 more chains`; None when everything is listed.
pub(super) fn and_more<'a>(omitted: u64, one: &'static str, many: &'static str) -> Option<Phrase<'a>> {
    (omitted > 0).then(|| ours("and ").number(omitted).ours(" more ").ours(if omitted == 1 { one } else { many }))
}

/// What the count of an incident counts, in the singular.
fn counted_one(kind: Kind) -> &'static str {
    match kind {
        Kind::IntegrityFailure => "finding",
        Kind::PoisonRecord => "poison record",
        Kind::SqlFirewallBurst | Kind::SqlFirewallBlock => "blocked query",
        Kind::DecryptionErrors | Kind::KeyErrors | Kind::ServiceErrors => "error",
        Kind::DatabaseUnavailable | Kind::ConnectionFailures => "failed connection",
        Kind::ServiceCrash | Kind::ServiceRestart => "start-up",
        Kind::Silence => "gap",
    }
}

/// How often something happened: `37 blocked queries in 111 entries`.
pub(super) fn count<'a>(incident: &Incident) -> Phrase<'a> {
    let count = Phrase::default().counted(incident.count, counted_one(incident.kind), incident.counted);
    let entries = incident.entries;
    count.then((entries > 0).then(|| ours(" in ").counted(entries, "entry", "entries")))
}

/// Incidents by severity in a line, those that are not listed included.
pub(super) fn incident_summary<'a>(report: &Report) -> Phrase<'a> {
    let all = report.incidents.len() as u64 + report.incidents_omitted;
    if all == 0 {
        let why = if report.totals.entries == 0 { NOTHING_TO_SEE } else { NO_INCIDENT };
        return ours(why).then(not_read(report).map(|phrase| ours(" ").then([phrase])));
    }
    let mut phrase = Phrase::default().counted(all, "incident", "incidents");
    let mut separator = ": ";
    for severity in Severity::ALL.into_iter().rev() {
        let of_severity = |incident: &&Incident| incident.severity == severity;
        let count = report.incidents.iter().filter(of_severity).count() as u64;
        if count > 0 {
            phrase = phrase.ours(separator).number(count).ours(" ").ours(severity.name());
            separator = ", ";
        }
    }
    if report.incidents_omitted > 0 {
        phrase = phrase.ours("; the ").number(report.incidents_omitted).ours(" least severe are not listed");
    }
    phrase.then(not_read(report).map(|phrase| ours(". ").then([phrase])))
}

/// What keeps the list of incidents from being all of them; None when everything was read.
fn not_read<'a>(report: &Report) -> Option<Phrase<'a>> {
    let count = report.inputs.iter().filter(|input| input.unread.is_some()).count() as u64;
    let verb = if count == 1 { " was" } else { " were" };
    let phrase = Phrase::default().counted(count, "input", "inputs").ours(verb);
    (count > 0).then(|| phrase.ours(" not read, or not to the end: there may be more."))
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
    fn places_name_a_file_a_line_or_several() {
        assert_eq!([place("a", 0, 0), place("a", 7, 7), place("a", 7, 9)], ["a", "a:7", "a:7-9"]);
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
