//! How the keys lie in the two versions of Acra's keystore: a file for each key in v1, key rings in v2. What a ring says is read in
//! `ring`, what opens a key in `master`.

use zeroize::Zeroizing;

use super::master::MasterPair;
use super::ring::{self, Ring, RingError, RingKey};
use super::{
    Circumstances, FoundKey, History, KeyProblem, KeyState, Keystore, MasterKey, NO_KEY_HINT, OTHER_KEYSTORE, Storage,
    StorageError, StoreEntry, StoreVersion, Unlock, cell, no_key_hint, stored,
};
use crate::failure::Failure;

/// What every audit log key is sealed for.
const CONTEXT: &[u8] = b"secure_log_key";

/// Reads the audit log keys of keystore v1.
pub(super) fn read_v1(storage: &dyn Storage, unlock: &Unlock) -> Result<Keystore, Failure> {
    let (opener, master) = match unlock {
        Unlock::Master(master) => (KeyOpener::Cell(master.for_v1()?), Some(master)),
        Unlock::Service(service) => (KeyOpener::Service(service.as_ref()), None),
    };
    let History { names: mut times, unlisted } = storage.history()?;
    // Names are times of one layout, so the order of their bytes is that of time.
    times.sort_unstable_by(|first, second| second.cmp(first));
    let entries = [StoreEntry::CurrentKey].into_iter().chain(times.iter().map(|time| StoreEntry::HistoricalKey(time)));

    let mut found = Vec::new();
    for entry in entries {
        // A historical key that cannot even be read is no reason to give up the others.
        let opened = match of_this_key(storage.read(entry), KeyProblem::Told)? {
            Ok(None) if entry == StoreEntry::CurrentKey => continue,
            Ok(None) => Err(KeyProblem::Gone),
            Ok(Some(sealed)) => opener.open(&sealed)?,
            Err(problem) => Err(problem),
        };
        found.push(FoundKey {
            name: entry.path(),
            place: storage.place(entry),
            is_current: entry == StoreEntry::CurrentKey,
            is_surely_a_key: match entry {
                StoreEntry::HistoricalKey(time) => is_time_of_rotation(time),
                _ => true,
            },
            ring: None,
            opened,
        });
    }
    let is_empty = found.is_empty();
    // Whatever else is there may have sealed a chain, so it counts as a key that could not be had.
    found.extend(unlisted.map(|failure| unlisted_keys(storage, failure)));
    let missing = format!("{}: missing: this keystore has no audit log key", storage.place(StoreEntry::CurrentKey));
    let hint = if is_empty { no_key_hint(storage) } else { NO_KEY_HINT.to_owned() };
    let no_current = Failure::new(missing).with_hint(hint);
    if found.is_empty() {
        return Err(no_current);
    }
    let origin = storage.origin();
    let keys = stored(&origin, found, Circumstances { others_open: false, refused: 0, master, is_v1: true });
    Ok(Keystore { origin, version: StoreVersion::V1, keys, no_current })
}

/// Whether this opens the current key or a historical one.
pub(super) fn is_opened_by(storage: &dyn Storage, candidate: &[u8]) -> bool {
    let history = storage.history().unwrap_or_default().names;
    let entries =
        [StoreEntry::CurrentKey].into_iter().chain(history.iter().map(|time| StoreEntry::HistoricalKey(time)));
    let opens = |entry| match storage.read(entry) {
        Ok(Some(sealed)) => cell::open(&sealed, candidate, CONTEXT).is_ok(),
        _ => false,
    };
    entries.into_iter().any(opens)
}

/// Stands for the historical keys that could not be listed.
fn unlisted_keys(storage: &dyn Storage, failure: Failure) -> FoundKey {
    let all = StoreEntry::HistoricalKey("*");
    FoundKey {
        name: all.path(),
        place: storage.place(all),
        is_current: false,
        is_surely_a_key: true,
        ring: None,
        opened: Err(KeyProblem::Told(failure)),
    }
}

/// Whether a name is one that Acra gives a historical key: `YYYY-MM-DDThh:mm:ss`, with up to nine digits of a fraction.
pub(super) fn is_time_of_rotation(name: &str) -> bool {
    const LAYOUT: &[u8] = b"0000-00-00T00:00:00";
    let (whole, fraction) = name.split_once('.').map_or((name, None), |(whole, fraction)| (whole, Some(fraction)));
    let fits = |(byte, wanted): (u8, u8)| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
    whole.len() == LAYOUT.len()
        && whole.bytes().zip(LAYOUT.iter().copied()).all(fits)
        && fraction
            .is_none_or(|digits| matches!(digits.len(), 1..=9) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What opens the keys.
enum KeyOpener<'a> {
    Cell(&'a [u8]),
    Service(&'a dyn super::KeyService),
}

impl KeyOpener<'_> {
    fn open(&self, sealed: &[u8]) -> Result<Result<Zeroizing<Vec<u8>>, KeyProblem>, Failure> {
        match self {
            Self::Cell(master_key) => Ok(cell::open(sealed, master_key, CONTEXT).map_err(KeyProblem::Cell)),
            Self::Service(_) if sealed.is_empty() => Ok(Err(KeyProblem::Cell(cell::CellError::Empty))),
            Self::Service(service) => of_this_key(service.decrypt(sealed), KeyProblem::NotDecrypted),
        }
    }
}

/// The problem of a single key; trouble with all of them is a failure of the whole.
fn of_this_key<T>(
    had: Result<T, StorageError>,
    problem: fn(Failure) -> KeyProblem,
) -> Result<Result<T, KeyProblem>, Failure> {
    match had {
        Ok(had) => Ok(Ok(had)),
        Err(StorageError::Entry(failure)) => Ok(Err(problem(failure))),
        Err(StorageError::Access(failure)) => Err(failure),
    }
}

/// What to do when all keys are historical ones.
const NO_CURRENT_HINT: &str =
    "its keys are all historical: make a new one with Acra's tools, or restore a copy of the keystore";

/// Reads the audit log keys of keystore v2.
pub(super) fn read_v2(storage: &dyn Storage, unlock: &Unlock) -> Result<Keystore, Failure> {
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
