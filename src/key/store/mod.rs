//! Acra's keystore, in which the audit log key lies encrypted: its version, its current key, its historical keys. Where it is
//! kept is left to a [`Storage`], what opens it to an [`Unlock`]. Nothing is written.

mod cell;
mod folder;
mod found;
mod master;
mod problem;
mod ring;
mod storage;
mod v1;
mod v2;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::{AuditKey, KeySet};

pub use folder::Folder;
pub use master::{MasterKey, from_file, from_variable, wrapped_in_variable};
pub use ring::{KeyState, RingEntry};
pub use storage::{Entry, HISTORY, Storage, Trouble};

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
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Trouble>;
}

/// The version of a keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreVersion {
    /// A file for each key.
    V1,
    /// Key rings.
    V2,
}

impl StoreVersion {
    /// `v1` or `v2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
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
    /// What its key ring says of it; keystore v1 says nothing.
    pub ring: Option<RingEntry>,
    /// The key, or why it cannot be used.
    pub key: Result<AuditKey, Failure>,
}

impl StoredKey {
    /// Whether Acra put it there, as far as its name shows: anything may lie in a folder.
    fn is_surely_a_key(&self) -> bool {
        self.ring.is_some() || self.name.rsplit_once('/').is_some_and(|(_, name)| v1::is_time_of_rotation(name))
    }

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

    /// The keys in the order in which they are to be tried: the current one, then the others, newest first. A historical key
    /// that cannot be used is lost.
    ///
    /// # Errors
    /// When the current key cannot be used. Historical ones would still verify what they sealed, but a log of today would
    /// then look as if its key were wrong.
    pub fn into_keys(self) -> Result<KeySet, Failure> {
        self.current().map_err(Clone::clone)?;
        let (current, others): (Vec<_>, Vec<_>) = self.keys.into_iter().partition(|key| key.is_current);
        let mut set = KeySet::default();
        for (newer, stored) in current.into_iter().chain(others).enumerate() {
            match stored.key {
                Ok(key) => set.add(key.replaced_by(newer)),
                Err(_) if stored.is_surely_a_key() => set.lose(format!("{}: {}", self.origin, stored.name)),
                Err(_) => {}
            }
        }
        Ok(set)
    }
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

/// Tells the versions apart as acra-server does: whatever does not say v2 is v1. Unless that would end in a complaint about
/// a file of v1 that nobody misses.
fn version(storage: &dyn Storage) -> Result<StoreVersion, Failure> {
    let found = storage.read(Entry::Version)?;
    if found.as_ref().is_some_and(|content| content.as_slice() == V2) {
        return Ok(StoreVersion::V2);
    }
    let is_v2 = storage.read(Entry::CurrentKey)?.is_none() && storage.read(Entry::KeyRing)?.is_some();
    if !is_v2 {
        return Ok(StoreVersion::V1);
    }
    let what = if found.is_some() { "not the version of a keystore that is known" } else { "missing" };
    Err(Failure::new(format!("{}: {what}, though a key ring of keystore v2 is here", storage.place(Entry::Version)))
        .with_hint("restore the file: it holds the 16 bytes `Acra Keystore v2`, without a line end"))
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
