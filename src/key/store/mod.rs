//! Acra's keystore, in which the audit log key lies encrypted: its version, its current key, its historical keys. Where it is
//! kept is left to a [`Storage`], what opens it to an [`Unlock`]. Nothing is written.

mod cell;
mod der;
mod folder;
mod found;
mod master;
mod problem;
mod ring;
mod storage;
mod v1;
mod v2;

use schemars::JsonSchema;
use strum::IntoStaticStr;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::{AuditKey, KeySet};

#[cfg(test)]
pub(crate) use cell::tests::seal;
pub use folder::Folder;
pub(super) use master::looks_encrypted_by_kms;
pub use master::{MasterKey, from_file, from_variable, wrapped_in_variable};
#[cfg(test)]
pub(crate) use ring::sign;
pub use ring::{KeyState, RingEntry};
pub use storage::{Entry, HISTORY, History, Storage, StorageError};

/// What the entry `version` of keystore v2 holds.
const V2: &[u8] = b"Acra Keystore v2";

/// What to do when there is no audit log key where one was looked for.
const NO_KEY_HINT: &str = "name the keystore that acra-server uses; the audit log key may not have been generated yet";

/// What turns keys as they are kept into keys.
pub enum Unlock {
    /// A master key.
    Master(MasterKey),
    /// A service that decrypts each key itself, which Acra has for keystore v1 only.
    Service(Box<dyn KeyService>),
}

/// Decrypts keys one by one.
pub trait KeyService {
    /// The key in `sealed`, the content of the entry.
    ///
    /// # Errors
    /// When the service cannot be asked, or refuses.
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError>;
}

/// The version of a keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[schemars(rename_all = "lowercase")]
pub enum StoreVersion {
    /// A file for each key.
    V1,
    /// Key rings.
    V2,
}

impl StoreVersion {
    /// `v1` or `v2`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A keystore that was read.
#[derive(Debug)]
pub struct Keystore {
    /// As it was given, for people: `--keys-dir .acrakeys`.
    pub origin: String,
    /// Its version.
    pub version: StoreVersion,
    /// Its audit log keys, newest first, those that cannot be used included.
    pub keys: Vec<StoredKey>,
    /// What is said when none of them is the current one.
    no_current: Failure,
}

/// An audit log key of a keystore.
#[derive(Debug)]
pub struct StoredKey {
    /// Names it inside its keystore: `secure_log_key.old/2026-11-22T10:13:33.75`, `seqnum 2, state compromised`.
    pub name: String,
    /// Whether it is the one that Acra seals with now.
    pub is_current: bool,
    /// Whether Acra put it there, as far as its name shows.
    is_surely_a_key: bool,
    /// What its key ring says of it; keystore v1 says nothing.
    pub ring: Option<RingEntry>,
    /// The key, or why it cannot be used.
    pub key: Result<AuditKey, Failure>,
}

impl StoredKey {
    fn is(&self, state: KeyState) -> bool {
        self.ring.as_ref().is_some_and(|entry| entry.state == state)
    }
}

impl Keystore {
    /// The key that Acra seals with now.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn current(&self) -> Result<&AuditKey, &Failure> {
        self.keys.iter().find(|key| key.is_current).map_or(Err(&self.no_current), |stored| stored.key.as_ref())
    }

    /// What people should know before they rely on the keys; each one a line.
    pub fn warnings(&self) -> Vec<String> {
        // That the current one cannot be used is no warning, and that one was destroyed nothing to worry about.
        let worth_telling = |key: &&StoredKey| !key.is_current && !key.is(KeyState::Destroyed);
        let failures = self.keys.iter().filter(worth_telling).filter_map(|key| key.key.as_ref().err());
        failures.map(|failure| format!("a historical key is left out: {}", failure.in_one_line())).collect()
    }

    /// What people should know when the current key cannot be used and others can; a line.
    pub fn warning_without_current(&self) -> Option<String> {
        let failure = self.current().err().filter(|_| self.has_usable_key())?;
        let told = failure.in_one_line();
        Some(format!("the current key cannot be used, and only historical ones are tried: {told}"))
    }

    fn has_usable_key(&self) -> bool {
        self.keys.iter().any(|stored| stored.key.is_ok())
    }

    /// The keys in the order in which they are to be tried: the current one, then the others, newest first. One that cannot
    /// be used is lost, the current one as well: old logs verify without it, and of a log of today nobody can tell.
    ///
    /// # Errors
    /// When none of them can be used: what is wrong with the current one.
    pub fn into_keys(self) -> Result<KeySet, Failure> {
        if !self.has_usable_key() {
            self.current().map_err(Clone::clone)?;
        }
        let (current, others): (Vec<_>, Vec<_>) = self.keys.into_iter().partition(|key| key.is_current);
        let mut set = KeySet::default();
        if current.is_empty() {
            set.lose(format!("{}: its current key", self.origin));
        }
        let missing = usize::from(current.is_empty());
        for (newer, stored) in current.into_iter().chain(others).enumerate() {
            match stored.key {
                Ok(key) => set.add(key.replaced_by(newer + missing)),
                Err(_) if stored.is_surely_a_key => set.lose(format!("{}: {}", self.origin, stored.name)),
                Err(_) => {}
            }
        }
        Ok(set)
    }
}

/// What to do when there is no audit log key, with the place where there may be one.
fn no_key_hint(storage: &dyn Storage) -> String {
    storage.elsewhere().map_or_else(|| NO_KEY_HINT.to_owned(), |place| format!("{place}; {NO_KEY_HINT}"))
}

/// Reads a keystore.
///
/// # Errors
/// When it cannot be read, when it holds nothing of an audit log key, when the master key cannot be one for it. What is
/// wrong with single keys is left to [`Keystore::current`] and [`StoredKey::key`].
pub fn open(storage: &dyn Storage, unlock: &Unlock) -> Result<Keystore, Failure> {
    match version(storage)? {
        StoreVersion::V1 => v1::read(storage, unlock),
        StoreVersion::V2 => v2::read(storage, unlock),
    }
}

/// Whether these bytes are the master key of a keystore v1, which its keys prove.
pub fn is_master_key_of(storage: &dyn Storage, bytes: &[u8]) -> bool {
    v1::is_opened_by(storage, bytes)
}

/// Whether this is a key as a keystore holds it: sealed with a master key, in whatever version.
pub(super) fn is_sealed_key(bytes: &[u8]) -> bool {
    cell::is_cell(bytes)
}

/// Tells the versions apart as acra-server does: whatever does not say v2 is v1. Unless that would end in a complaint about
/// a file of v1 that nobody misses.
fn version(storage: &dyn Storage) -> Result<StoreVersion, Failure> {
    let found = storage.read(Entry::Version)?;
    if found.as_ref().is_some_and(|content| content.as_slice() == V2) {
        return Ok(StoreVersion::V2);
    }
    let has_current = match storage.read(Entry::CurrentKey) {
        Ok(current) => current.is_some(),
        // What cannot be read is there.
        Err(StorageError::Entry(_)) => true,
        Err(StorageError::Access(failure)) => return Err(failure),
    };
    let is_v2 = !has_current && storage.read(Entry::KeyRing)?.is_some();
    if !is_v2 {
        return Ok(StoreVersion::V1);
    }
    let what = if found.is_some() { "not the version of a keystore that is known" } else { "missing" };
    Err(Failure::new(format!("{}: {what}, though a key ring of keystore v2 is here", storage.place(Entry::Version)))
        .with_hint("restore the file: it holds the 16 bytes `Acra Keystore v2`, without a line end"))
}

#[cfg(test)]
mod tests;
