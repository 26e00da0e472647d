//! Keys as the readers of both versions find them, and what is made of them: an audit log key, or words about why not.

use zeroize::Zeroizing;

use super::cell::CellError;
use super::problem::{Circumstances, Problem};
use super::{KeyState, RingEntry, StoredKey};
use crate::key::{AuditKey, KEY_BYTES};

/// A key that was found, and what came of opening it.
pub(super) struct Found {
    /// Names it inside the keystore.
    pub(super) name: String,
    /// Names it in messages.
    pub(super) place: String,
    pub(super) is_current: bool,
    /// Whether Acra put it there, as far as its name shows: anything may lie in a folder.
    pub(super) is_surely_a_key: bool,
    pub(super) ring: Option<RingEntry>,
    pub(super) opened: Result<Zeroizing<Vec<u8>>, Problem>,
}

/// The keys of the keystore `origin`, in the order in which they were found.
pub(super) fn stored(origin: &str, found: Vec<Found>, around: Circumstances<'_>) -> Vec<StoredKey> {
    let others_open = found.iter().any(|found| found.opened.is_ok());
    let is_refused = |found: &&Found| matches!(found.opened, Err(Problem::Cell(CellError::Refused)));
    let refused = found.iter().filter(is_refused).count();
    let around = Circumstances { others_open, refused, ..around };
    let store = |found: Found| {
        let Found { name, place, is_current, is_surely_a_key, ring, opened } = found;
        let is_compromised = ring.as_ref().is_some_and(|entry| entry.state == KeyState::Compromised);
        let key = opened.and_then(|bytes| audit_key(&bytes, format!("{origin}: {name}")));
        let key = key.map(|key| if is_compromised { key.compromised() } else { key });
        StoredKey { name, is_current, is_surely_a_key, ring, key: key.map_err(|problem| problem.told(&place, around)) }
    };
    found.into_iter().map(store).collect()
}

fn audit_key(bytes: &[u8], source: String) -> Result<AuditKey, Problem> {
    let bytes: &[u8; KEY_BYTES] = bytes.try_into().map_err(|_| Problem::Length(bytes.len()))?;
    Ok(AuditKey::new(bytes, source))
}
