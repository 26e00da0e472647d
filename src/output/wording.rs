//! The words that every report for people shares: where a finding stands, how heavy it is, what can be said about a file in
//! two words, how a number is written. Text of the log is passed on as it is; making it harmless is left to the formats.

use std::collections::HashSet;
use std::sync::Arc;

use crate::entry::LogTime;
use crate::verdict::code::{Class, Code, Policy};
use crate::verdict::report::{FileReport, Finding, Summary};

/// The three levels most formats know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnnotationLevel {
    /// Makes the exit code differ from 0.
    Error,
    /// Worth a look.
    Warning,
    /// Worth knowing.
    Note,
}

impl AnnotationLevel {
    pub(super) fn of(class: Class) -> Self {
        match class {
            Class::Note => Self::Note,
            Class::Warning => Self::Warning,
            Class::Incomplete | Class::Undecided | Class::Tampered => Self::Error,
        }
    }
}

/// The formats of a file, joined; `-` when nothing was recognised.
pub(super) fn formats(file: &FileReport) -> String {
    let words: Vec<&str> = file.formats.iter().map(|format| format.name()).collect();
    if words.is_empty() { "-".to_owned() } else { words.join("+") }
}

/// The meaning of a code as a sentence of its own; elsewhere it is part of a message.
pub(super) fn meaning(code: Code) -> String {
    let mut letters = code.meaning().chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// The place of a finding as compilers write it: `file:line`, `file`, or `whole run`.
pub(super) fn place_of(finding: &Finding) -> String {
    match &finding.place {
        None => "whole run".to_owned(),
        Some(place) if place.line == 0 => place.file.to_string(),
        Some(place) => format!("{}:{}", place.file, place.line),
    }
}

/// The message, how far it reaches, the seals, the hint.
pub(super) fn message_parts(finding: &Finding) -> Vec<String> {
    let mut parts = vec![finding.message.clone()];
    match (&finding.place, &finding.through) {
        (Some(first), Some(last)) if first.file == last.file => {
            parts.push(format!("up to line {}", last.line));
        }
        (_, Some(last)) => parts.push(format!("up to {}:{}", last.file, last.line)),
        (_, None) => {}
    }
    for (word, seal) in [("expected", &finding.expected), ("found", &finding.found)] {
        parts.extend(seal.iter().map(|seal| format!("{word} {seal}..")));
    }
    parts.extend(finding.hint.iter().map(|hint| format!("hint: {hint}")));
    parts
}

/// The same as one line.
pub(super) fn full_message(finding: &Finding) -> String {
    message_parts(finding).join("; ")
}

/// The answer in one line: `tampered (exit 1)`, and what stands behind it.
pub(super) fn answer(summary: &Summary) -> String {
    let mut text = format!("{} (exit {})", summary.outcome.name(), summary.exit_code);
    if let Some(policy) = policy_remark(summary) {
        text.push_str(", ");
        text.push_str(&policy);
    }
    text
}

/// What to say about the demands, when they are not the default ones.
pub(super) fn policy_remark(summary: &Summary) -> Option<String> {
    let by_default = summary.default_policy_outcome.map(|other| format!("{} (exit {})", other.name(), other.code()));
    match (summary.policy, by_default) {
        (Policy::Default, None) => None,
        (Policy::Default, Some(other)) => Some(format!("without --allow and --missing-ok: {other}")),
        (policy, None) => Some(format!("policy {}", policy.name())),
        (policy, Some(other)) => Some(format!("policy {}; by default: {other}", policy.name())),
    }
}

/// Every byte by what can be said about it: `2 118 verified`, `612 unsigned`; empty classes are left out.
pub(super) fn byte_classes(summary: &Summary) -> Vec<String> {
    let classes = summary.account.classes();
    classes.iter().filter(|(_, t)| t.bytes > 0).map(|(word, t)| format!("{} {word}", grouped(t.bytes))).collect()
}

/// A stretch of time: `2025-03-14T00:00:02Z .. 03:12:44Z`.
pub(super) fn span(from: LogTime, to: LogTime) -> String {
    let mut date = String::new();
    let from = without_known_date(from.to_string(), &mut date);
    format!("{from} .. {}", without_known_date(to.to_string(), &mut date))
}

/// The time alone when the date is the one just written.
pub(super) fn without_known_date(moment: String, known: &mut String) -> String {
    match moment.split_once('T') {
        Some((date, time)) if date == known => time.to_owned(),
        Some((date, _)) => {
            date.clone_into(known);
            moment
        }
        None => moment,
    }
}

/// A number in groups of three: `1 204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: `1 chain`, `3 chains`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// The state of a file. Never a bare "valid".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    Broken,
    Missing,
    Unreadable,
    Undecided,
    NothingSigned,
    IncompleteOpen,
    Incomplete,
    Empty,
    VerifiedEarlierOpen,
    VerifiedEarlier,
    NotVerifiable,
    VerifiedInPart,
    VerifiedOpen,
    Verified,
}

impl FileState {
    /// `missing` are the files that were not there.
    pub(super) fn of(file: &FileReport, missing: &HashSet<Arc<str>>) -> Self {
        let account = &file.account;
        let unproven = account.broken.lines + account.unverifiable.lines + account.unreadable.lines;
        let is_remembered = account.verified.lines == 0 && account.remembered.bytes > 0;
        match file.worst {
            Class::Tampered => Self::Broken,
            _ if missing.contains(&file.path) => Self::Missing,
            Class::Undecided if account.unreadable.bytes > 0 || file.bytes == 0 => Self::Unreadable,
            Class::Undecided => Self::Undecided,
            _ if file.bytes == 0 => Self::Empty,
            _ if signed_lines(file) == 0 && !is_remembered => Self::NothingSigned,
            Class::Incomplete if file.open_at_end => Self::IncompleteOpen,
            Class::Incomplete => Self::Incomplete,
            _ if is_remembered && file.open_at_end => Self::VerifiedEarlierOpen,
            _ if is_remembered => Self::VerifiedEarlier,
            _ if account.verified.lines == 0 => Self::NotVerifiable,
            _ if unproven > 0 || account.unreadable.bytes > 0 => Self::VerifiedInPart,
            _ if file.open_at_end => Self::VerifiedOpen,
            _ => Self::Verified,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Broken => "BROKEN",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Undecided => "undecided",
            Self::NothingSigned => "nothing signed",
            Self::IncompleteOpen => "incomplete, still open",
            Self::Incomplete => "incomplete",
            Self::Empty => "empty",
            Self::VerifiedEarlierOpen => "verified earlier, still open",
            Self::VerifiedEarlier => "verified earlier",
            Self::NotVerifiable => "not verifiable",
            Self::VerifiedInPart => "verified in part",
            Self::VerifiedOpen => "verified, still open",
            Self::Verified => "verified",
        }
    }
}

/// Lines that carry a seal, right or wrong.
pub(super) fn signed_lines(file: &FileReport) -> u64 {
    file.account.verified.lines + file.account.broken.lines + file.account.unverifiable.lines
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{FileState, counted, grouped};
    use crate::testing::output as sample;
    use crate::verdict::code::Class;
    use crate::verdict::report::{Account, FileReport, Tally};

    #[test]
    fn numbers_stand_in_groups_of_three() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_204, "1 204"),
            (2_217_066, "2 217 066"),
            (u64::MAX, "18 446 744 073 709 551 615"),
        ];
        for (number, wanted) in cases {
            assert_eq!(grouped(number), wanted);
        }
        assert_eq!(
            (counted(1, "chain", "chains"), counted(0, "chain", "chains")),
            ("1 chain".into(), "0 chains".into())
        );
    }

    #[test]
    fn a_file_is_called_verified_only_when_every_signed_line_is() {
        let some = Tally { bytes: 10, lines: 1 };
        let verified = Account { verified: some, ..Account::default() };
        let unsigned = Account { unsigned: some, ..Account::default() };
        let part = Account { unverifiable: some, ..verified };
        let none = Account { unverifiable: some, ..Account::default() };
        let damaged = Account { unreadable: Tally { bytes: 3, lines: 0 }, ..verified };
        let cases = [
            (verified, Class::Note, false, FileState::Verified),
            (verified, Class::Warning, true, FileState::VerifiedOpen),
            (verified, Class::Incomplete, true, FileState::IncompleteOpen),
            (verified, Class::Incomplete, false, FileState::Incomplete),
            (verified, Class::Tampered, true, FileState::Broken),
            (verified, Class::Undecided, false, FileState::Undecided),
            (damaged, Class::Undecided, false, FileState::Unreadable),
            (damaged, Class::Note, false, FileState::VerifiedInPart),
            (part, Class::Warning, false, FileState::VerifiedInPart),
            (none, Class::Note, false, FileState::NotVerifiable),
            (unsigned, Class::Incomplete, false, FileState::NothingSigned),
            (Account::default(), Class::Note, false, FileState::Empty),
            (Account::default(), Class::Undecided, false, FileState::Unreadable),
        ];
        for (account, worst, open_at_end, wanted) in cases {
            let bytes = account.total().bytes;
            let file = FileReport { account, worst, open_at_end, bytes, ..sample::file("a") };
            assert_eq!(FileState::of(&file, &HashSet::new()), wanted, "{file:?}");
        }
    }

    #[test]
    fn a_file_that_was_not_there_is_neither_empty_nor_unreadable() {
        let missing = HashSet::from(["a".into()]);
        for worst in [Class::Warning, Class::Undecided] {
            let file = FileReport { worst, bytes: 0, account: Account::default(), ..sample::file("a") };
            assert_eq!(FileState::of(&file, &missing), FileState::Missing);
        }
    }
}
