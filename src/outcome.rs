//! The answer of a run and its exit code, in one place for every verb and every output format.

use std::process::ExitCode;

use schemars::JsonSchema;
use strum::IntoStaticStr;

/// What a run found out: exit 0, 3, 2, 1 in this order, which is the order of severity. The worst one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every signed entry verified, nothing the policy forbids. Exit 0.
    Intact,
    /// Nothing proves tampering, but the log does not show what the policy demands. Exit 3.
    Incomplete,
    /// Unreadable input, no key or a wrong key, internal error. Exit 2.
    Undecided,
    /// Something only an alteration explains. Exit 1.
    Tampered,
}

impl Outcome {
    /// The worse of two outcomes: 1, then 2, then 3, then 0.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// The exit code of this outcome.
    pub fn code(self) -> u8 {
        match self {
            Self::Intact => 0,
            Self::Tampered => 1,
            Self::Undecided => 2,
            Self::Incomplete => 3,
        }
    }

    /// The word the reports print.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How a run ends: with a verdict, or with the answer to a question that is none about integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for was done, or found. Exit 0.
    Done,
    /// Nothing was found, or a check has complaints. Exit 1, as grep has it.
    Nothing,
    /// Something was found that was to be told by the exit code. Exit 1.
    Raised,
    /// What was typed cannot be done: nothing was looked at. Exit 64, as `sysexits.h` has it.
    Usage,
    /// The exit code of a verdict.
    Verdict(Outcome),
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Nothing | Self::Raised => 1,
            Self::Usage => 64,
            Self::Verdict(outcome) => outcome.code(),
        }
    }

    /// The answer of a verb that verified along the way: a log that is not intact comes before anything that was found.
    #[must_use]
    pub fn under(self, verdict: Outcome) -> Self {
        match (self, verdict) {
            (_, Outcome::Intact) => self,
            // As severe as tampering: what is only not decided, or not whole, does not come before it.
            (Self::Raised, Outcome::Incomplete | Outcome::Undecided) => self,
            (Self::Verdict(first), _) => Self::Verdict(first.merge(verdict)),
            _ => Self::Verdict(verdict),
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        Self::Verdict(outcome)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use super::Outcome::{self, Incomplete, Intact, Tampered, Undecided};

    #[test]
    fn the_worst_outcome_wins_in_the_order_one_two_three_zero() {
        let by_severity = [Intact, Incomplete, Undecided, Tampered];
        for (i, &a) in by_severity.iter().enumerate() {
            for (j, &b) in by_severity.iter().enumerate() {
                assert_eq!(a.merge(b), by_severity[i.max(j)]);
            }
        }
    }

    #[test]
    fn a_verdict_comes_before_what_was_found() {
        for exit in [Exit::Done, Exit::Nothing] {
            assert_eq!(exit.under(Intact), exit);
            for outcome in [Incomplete, Tampered, Undecided] {
                assert_eq!(exit.under(outcome).code(), outcome.code());
            }
        }
        assert_eq!([Exit::Done, Exit::Nothing, Exit::Raised, Exit::Usage].map(Exit::code), [0, 1, 1, 64]);
    }

    #[test]
    fn only_tampering_comes_before_what_was_to_be_told() {
        for outcome in [Intact, Incomplete, Undecided] {
            assert_eq!(Exit::Raised.under(outcome), Exit::Raised);
        }
        assert_eq!(Exit::Raised.under(Tampered), Exit::Verdict(Tampered));
    }

    #[test]
    fn each_outcome_has_its_own_exit_code() {
        let codes = [Intact, Tampered, Undecided, Incomplete].map(Outcome::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }
}
