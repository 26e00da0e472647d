//! What a check of an attestation found, as data. How it is told is left to `output`.

use super::statement::ReadStatement;
use super::subject::FileMatch;
use crate::outcome::Outcome;

/// An attestation and the files that it is to be about.
#[derive(Debug)]
pub struct AttestationCheck {
    /// Where the attestation was read, as it was given.
    pub attestation: String,
    /// The key that it was checked with.
    pub key_id: String,
    /// What it says; None when the key did not sign it: nothing of it is known then.
    pub statement: Option<ReadStatement>,
    /// The files, in the order given; none is looked at when nothing is known.
    pub files: Vec<CheckedFile>,
}

/// A file and what it is to the attestation.
#[derive(Debug)]
pub struct CheckedFile {
    /// As it was given.
    pub path: String,
    /// What it is, and how long; or why it cannot be read.
    pub found: Result<(FileMatch, u64), String>,
}

impl AttestationCheck {
    /// The answer about the attestation and the files. What it says of the log counts where it is demanded.
    pub fn outcome(&self, requires_intact: bool) -> Outcome {
        let Some(statement) = &self.statement else { return Outcome::Tampered };
        let attested = if requires_intact { statement.outcome } else { Outcome::Intact };
        self.files.iter().map(CheckedFile::outcome).fold(attested, Outcome::merge)
    }
}

impl CheckedFile {
    fn outcome(&self) -> Outcome {
        match self.found {
            Ok((FileMatch::Whole { .. }, _)) => Outcome::Intact,
            Ok((FileMatch::Beginning { .. }, _)) => Outcome::Incomplete,
            Ok((FileMatch::Differs, _)) => Outcome::Tampered,
            Err(_) => Outcome::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn check(attested: Option<Outcome>, found: &[Result<FileMatch, ()>]) -> AttestationCheck {
        let statement = attested.map(|outcome| ReadStatement {
            subjects: Vec::new(),
            outcome,
            policy: String::new(),
            time_verified: String::new(),
            verifier_version: String::new(),
            findings_by_code: BTreeMap::new(),
            inputs_not_read: Vec::new(),
            not_shown: Vec::new(),
        });
        let file = |found: &Result<FileMatch, ()>| CheckedFile {
            path: String::new(),
            found: found.map(|found| (found, 0)).map_err(|()| String::new()),
        };
        let files = found.iter().map(file).collect();
        AttestationCheck { attestation: String::new(), key_id: String::new(), statement, files }
    }

    #[test]
    fn the_worst_counts_and_what_is_attested_only_where_it_is_demanded() {
        use Outcome::{Incomplete, Intact, Tampered, Undecided};
        let (whole, beginning) = (Ok(FileMatch::Whole { subject: 0 }), Ok(FileMatch::Beginning { subject: 0 }));
        let differs = Ok(FileMatch::Differs);
        for (attested, found, free, strict) in [
            (None, &[][..], Tampered, Tampered),
            (Some(Intact), &[], Intact, Intact),
            (Some(Tampered), &[whole], Intact, Tampered),
            (Some(Incomplete), &[], Intact, Incomplete),
            (Some(Undecided), &[beginning], Incomplete, Undecided),
            (Some(Intact), &[whole, beginning], Incomplete, Incomplete),
            (Some(Intact), &[whole, Err(()), beginning], Undecided, Undecided),
            (Some(Intact), &[differs, Err(())], Tampered, Tampered),
        ] {
            let check = check(attested, found);
            assert_eq!((check.outcome(false), check.outcome(true)), (free, strict), "{attested:?} {found:?}");
        }
    }
}
