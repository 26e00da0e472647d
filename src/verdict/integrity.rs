//! The verdict of this run on one entry, as it is carried along with the entry, at the moment it is read. What becomes
//! of its chain, and what a failure means, shows only later: that is left to the report.

use schemars::JsonSchema;
use strum::IntoStaticStr;

use crate::chain::{Followed, Spelling, Step};
use crate::entry::{Entry, Fidelity, Marker, Seal, SealField};
use crate::key::AuditKey;

/// What verification says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[schemars(rename_all = "lowercase")]
pub enum IntegrityStatus {
    /// Its seal is the one the chain demands, and these bytes are the ones that were sealed.
    Verified,
    /// Its meaning was sealed, in another spelling of json.
    Reencoded,
    /// It carries no seal.
    Unsigned,
    /// The same line, byte for byte, has verified before in its stream.
    Repeated,
    /// It carries a seal that fits no chain here: altered, out of place, or beyond a break. `verify` tells which.
    Failed,
}

impl IntegrityStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Verified, Self::Reencoded, Self::Unsigned, Self::Repeated, Self::Failed];

    /// The word in every format.
    pub fn name(self) -> &'static str {
        self.into()
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
    /// Its 1-based place in the chain; known where the seal fits and says what was sealed.
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

impl<'k> Integrity<'k> {
    /// One verdict for each line of a batch, blank ones included.
    pub fn of_batch(followed: &Followed<'_>, keys: &'k [AuditKey]) -> Vec<Self> {
        let mut steps = followed.steps.iter();
        let entries = followed.prepared.entries.iter();
        let verdict = |entry: &Option<Entry>| match entry {
            None | Some(Entry { seal: SealField::Absent, .. }) => Self::UNSIGNED,
            Some(Entry { seal: SealField::Malformed, .. }) => Self::FAILED,
            Some(entry) => steps.next().map_or(Self::FAILED, |step| Self::of_entry(entry, step, keys)),
        };
        entries.map(verdict).collect()
    }

    fn of_entry(entry: &Entry, step: &Step, keys: &'k [AuditKey]) -> Self {
        let repeated = Self { status: IntegrityStatus::Repeated, ..Self::FAILED };
        let at = match step {
            Step::Opens { at, .. } | Step::Continues(at) | Step::AfterEnd(at) | Step::Repeats { at: Some(at) } => at,
            Step::Repeats { at: None } => return repeated,
            Step::NoMatch { .. } => return Self::FAILED,
        };
        let is_marked_rightly = (entry.marker == Marker::Start) == (at.position == 1);
        let status = match (entry.fidelity, at.spelling) {
            _ if matches!(step, Step::Repeats { .. }) => IntegrityStatus::Repeated,
            // Its marker is not the one that Acra wrote, or it can be read in two ways (attacks, row 54).
            _ if !is_marked_rightly => IntegrityStatus::Failed,
            (Fidelity::Ambiguous, _) => IntegrityStatus::Failed,
            (Fidelity::Exact, Spelling::AsWritten) => IntegrityStatus::Verified,
            (Fidelity::Reencoded, _) | (_, Spelling::Remarshalled) => IntegrityStatus::Reencoded,
        };
        let position = (entry.fidelity != Fidelity::Ambiguous).then_some(at.position);
        let fits = Self { status, fits: true, position, ..Self::FAILED };
        if status == IntegrityStatus::Failed {
            return fits;
        }
        Self { chain: Some(at.chain.first), key: keys.get(at.key).map(AuditKey::fingerprint), ..fits }
    }
}
