//! What can be said about a file in two words, derived from its account and its worst finding. The findings themselves
//! are left to `wording`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::verdict::code::Class;
use crate::verdict::report::FileReport;

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
        match file.worst {
            Class::Tampered => Self::Broken,
            _ if missing.contains(&file.path) => Self::Missing,
            Class::Undecided if account.unreadable.bytes > 0 || file.bytes == 0 => Self::Unreadable,
            Class::Undecided => Self::Undecided,
            _ if file.bytes == 0 => Self::Empty,
            _ if signed_lines(file) == 0 => Self::NothingSigned,
            Class::Incomplete if file.open_at_end => Self::IncompleteOpen,
            Class::Incomplete => Self::Incomplete,
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

    use super::FileState;
    use crate::output::sample;
    use crate::verdict::code::Class;
    use crate::verdict::report::{Account, FileReport, Tally};

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
