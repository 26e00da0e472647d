//! The verdict of this run on one entry, as it is carried along with the entry, at the moment it is read. What becomes
//! of its chain, and what a failure means, shows only later: that is left to the report.

use std::collections::BTreeMap;
use std::slice::Iter;

use crate::chain::{ChainId, Followed, Spelling, Step};
use crate::entry::{Entry, Fidelity, Marker, Seal, SealField};
use crate::key::AuditKey;

/// What verification says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntegrityStatus {
    /// Its seal is the one the chain demands, and these bytes are the ones that were sealed.
    Verified,
    /// Its meaning was sealed, in another spelling of json.
    Reencoded,
    /// It carries no seal.
    Unsigned,
    /// It carries a seal that fits no chain here: altered, out of place, or beyond a break. `verify` tells which.
    Failed,
}

impl IntegrityStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Verified, Self::Reencoded, Self::Unsigned, Self::Failed];

    /// The word in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Reencoded => "reencoded",
            Self::Unsigned => "unsigned",
            Self::Failed => "failed",
        }
    }
}

/// The verdict of this run on one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integrity<'a> {
    /// What it is.
    pub status: IntegrityStatus,
    /// Whether its seal is the one a chain demands. So may be that of an entry that can be read in two ways, which has
    /// failed all the same.
    pub fits: bool,
    /// The first seal of its chain, which names the chain; known of verified entries.
    pub chain: Option<Seal>,
    /// Its 1-based place in the chain; known of verified entries.
    pub position: Option<u64>,
    /// The fingerprint of the key that verified it.
    pub key: Option<&'a str>,
}

impl Integrity<'_> {
    /// Of a line without a seal.
    const UNSIGNED: Self =
        Self { status: IntegrityStatus::Unsigned, fits: false, chain: None, position: None, key: None };
    /// Of a sealed line that does not verify.
    const FAILED: Self = Self { status: IntegrityStatus::Failed, ..Self::UNSIGNED };

    /// What names the chain: the first bytes of its first seal.
    pub fn chain_bytes(&self) -> Option<[u8; 8]> {
        self.chain.and_then(|seal| seal.0.first_chunk().copied())
    }

    /// The name of the chain: the same as 16 hex digits.
    pub fn chain_id(&self) -> Option<String> {
        self.chain_bytes().map(hex::encode)
    }
}

/// Tells of each line what verification says of it, batch by batch through one stream.
pub struct Verdicts<'k> {
    keys: &'k [AuditKey],
    /// The chains that may go on: the first seal, and the index of the key.
    chains: BTreeMap<ChainId, (Seal, usize)>,
}

impl<'k> Verdicts<'k> {
    /// A stream begins, verified with these keys.
    pub fn new(keys: &'k [AuditKey]) -> Self {
        Self { keys, chains: BTreeMap::new() }
    }

    /// One verdict for each line of the batch, blank ones included.
    pub fn of(&mut self, followed: &Followed<'_>) -> Vec<Integrity<'k>> {
        let mut steps = followed.steps.iter();
        let entries = followed.prepared.entries.iter();
        entries
            .map(|entry| entry.as_ref().map_or(Integrity::UNSIGNED, |entry| self.of_entry(entry, &mut steps)))
            .collect()
    }

    fn of_entry(&mut self, entry: &Entry, steps: &mut Iter<'_, Step>) -> Integrity<'k> {
        let seal = match entry.seal {
            SealField::Absent => return Integrity::UNSIGNED,
            SealField::Malformed => return Integrity::FAILED,
            SealField::Present(seal) => seal,
        };
        let Some(step) = steps.next() else { return Integrity::FAILED };
        let (chain, position, spelling) = match *step {
            Step::Opens { chain, key, dropped, spelling } => {
                if let Some(dropped) = dropped {
                    self.chains.remove(&dropped);
                }
                self.chains.insert(chain, (seal, key));
                (Some(chain), 1, spelling)
            }
            Step::Continues { chain, position, spelling } => (Some(chain), position, spelling),
            Step::AfterEnd { spelling } => (None, 0, spelling),
            Step::Foreign { .. } => return Integrity::FAILED,
        };
        let known = chain.and_then(|chain| self.chains.get(&chain).copied());
        if let (Some(chain), Marker::End) = (chain, entry.marker) {
            self.chains.remove(&chain);
        }
        let status = match (entry.fidelity, spelling) {
            (Fidelity::Ambiguous, _) => return Integrity { fits: true, ..Integrity::FAILED },
            (Fidelity::Exact, Spelling::AsWritten) => IntegrityStatus::Verified,
            (Fidelity::Reencoded, _) | (_, Spelling::Remarshalled) => IntegrityStatus::Reencoded,
        };
        Integrity {
            status,
            fits: true,
            chain: known.map(|(first, _)| first),
            position: known.map(|_| position),
            key: known.and_then(|(_, key)| self.keys.get(key)).map(AuditKey::fingerprint),
        }
    }
}
