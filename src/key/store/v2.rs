//! Keystore v2: one signed key ring for all keys of the audit log (keystore, section 5).

use zeroize::Zeroizing;

use super::master::MasterPair;
use super::ring::{self, Ring, RingError, RingKey};
use super::{
    Circumstances, FoundKey, KeyProblem, KeyState, Keystore, MasterKey, NO_KEY_HINT, OTHER_KEYSTORE, Storage,
    StoreEntry, StoreVersion, Unlock, cell, no_key_hint, stored,
};
use crate::failure::Failure;

/// What to do when all keys are historical ones.
const NO_CURRENT_HINT: &str =
    "its keys are all historical: make a new one with Acra's tools, or restore a copy of the keystore";

/// Reads the audit log keys of keystore v2.
pub(super) fn read(storage: &dyn Storage, unlock: &Unlock) -> Result<Keystore, Failure> {
    let Unlock::Master(master) = unlock else {
        return Err(Failure::new(format!(
            "{}: this keystore is v2, for which Acra has no keys per client",
            storage.origin()
        ))
        .with_hint("use the master key that acra-server uses"));
    };
    let pair = master.for_v2()?;
    let place = storage.place(StoreEntry::KeyRing);
    let Some(file) = storage.read(StoreEntry::KeyRing)? else {
        let missing = Failure::new(format!("{place}: missing: this keystore has no audit log key"));
        return Err(missing.with_hint(no_key_hint(storage)));
    };
    let ring = ring::read(&file, &pair.signature).map_err(|error| told(error, &place, master))?;

    let current = current_index(&ring);
    let found = ring.keys.iter().enumerate().rev().map(|(index, key)| FoundKey {
        name: format!("seqnum {}, state {}", key.entry.seqnum, key.entry.state),
        place: format!("{place}: seqnum {}", key.entry.seqnum),
        is_current: current == Some(index),
        is_surely_a_key: true,
        ring: Some(key.entry.clone()),
        opened: open(key, &pair),
    });
    let origin = storage.origin();
    let around = Circumstances { others_open: false, refused: 0, master: Some(master), is_v1: false };
    let keys = stored(&origin, found.collect(), around);
    let hint = if ring.keys.is_empty() { NO_KEY_HINT } else { NO_CURRENT_HINT };
    let no_current = Failure::new(format!("{place}: the key ring has no current key")).with_hint(hint);
    Ok(Keystore { origin, version: StoreVersion::V2, keys, no_current })
}

/// The key that the ring calls its current one: the last of that number.
fn current_index(ring: &Ring<'_>) -> Option<usize> {
    ring.keys.iter().rposition(|key| Some(key.entry.seqnum) == ring.current)
}

fn open(key: &RingKey<'_>, pair: &MasterPair) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    if key.entry.state == KeyState::Destroyed {
        return Err(KeyProblem::Destroyed);
    }
    let sealed = key.sealed.ok_or(KeyProblem::NoSymmetricKey)?;
    let context = format!("AKSv2 keystore: key ring audit-log: symmetric key {}", key.entry.seqnum);
    cell::open(sealed, &pair.encryption, context.as_bytes()).map_err(KeyProblem::Cell)
}

/// What people are told about a ring that cannot be used.
fn told(error: RingError, place: &str, master: &MasterKey) -> Failure {
    let source = master.source();
    let copy = "restore it from a copy of the keystore";
    let other = "it may come from another version of Acra";
    let (what, hint) = match error {
        RingError::Malformed => ("the key ring is damaged".to_owned(), copy),
        RingError::Unsigned => ("the key ring has no signature that can be checked".to_owned(), copy),
        RingError::WrongSignature => (
            format!("the signature does not fit {source}: the wrong master key, or the key ring is damaged"),
            master.slip().unwrap_or(OTHER_KEYSTORE),
        ),
        RingError::ContentType(number) => (format!("holds content of type {number}, not a key ring"), other),
        RingError::Version(number) => (format!("a key ring of version {number}, and only 2 is known"), other),
        RingError::NotARing => ("signed, but not a key ring as Acra writes it".to_owned(), other),
    };
    Failure::new(format!("{place}: {what}")).with_hint(hint)
}
