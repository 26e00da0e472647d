//! The verdict of this run on one entry, as it is carried along with the entry.

use crate::entry::Seal;

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
    /// The first seal of its chain, which names the chain; known of verified entries.
    pub chain: Option<Seal>,
    /// Its 1-based place in the chain; known of verified entries.
    pub position: Option<u64>,
    /// The fingerprint of the key that verified it.
    pub key: Option<&'a str>,
}

impl Integrity<'_> {
    /// The name of the chain: the first 16 hex digits of its first seal.
    pub fn chain_id(&self) -> Option<String> {
        self.chain.map(|seal| hex::encode(&seal.0[..8]))
    }
}
