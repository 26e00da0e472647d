//! The answer of a run and its exit code, in one place for every verb and every output format.

use std::process::ExitCode;

/// What a run found out. The order of the variants is the order of severity: the worst one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every signed entry verified, nothing the policy forbids. Exit 0.
    Intact,
    /// Nothing proves tampering, but the log does not show what the policy demands. Exit 3.
    Incomplete,
    /// Usage error, unreadable input, no key or a wrong key, internal error. Exit 2.
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
        match self {
            Self::Intact => "intact",
            Self::Tampered => "tampered",
            Self::Undecided => "undecided",
            Self::Incomplete => "incomplete",
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
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
    fn each_outcome_has_its_own_exit_code() {
        let codes = [Intact, Tampered, Undecided, Incomplete].map(Outcome::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }
}
