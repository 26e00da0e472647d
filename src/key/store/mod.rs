//! Acra's keystore, in which the audit log key lies encrypted: its version, its current key, its historical keys, and why
//! one of them cannot be used. Where it is kept is left to a [`Storage`], what opens it to an [`Unlock`]. Nothing is
//! written.

mod cell;
mod der;
mod folder;
mod master;
mod ring;
mod versions;

use schemars::JsonSchema;
use strum::IntoStaticStr;
use zeroize::Zeroizing;

use super::{AuditKey, KEY_BYTES, KeySet};
use crate::failure::Failure;
use cell::CellError;

pub use folder::KeystoreFolder;
pub use master::{MasterKey, from_file, from_variable, wrapped_in_variable};
pub use ring::{KeyState, RingEntry};

pub(super) use master::looks_encrypted_by_kms;

#[cfg(test)]
pub(crate) use cell::tests::seal;
#[cfg(test)]
pub(crate) use ring::sign;

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

/// An entry that matters for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreEntry<'a> {
    /// What tells keystore v2 from v1.
    Version,
    /// The current key of keystore v1.
    CurrentKey,
    /// A historical key of keystore v1, by the time of its rotation as [`Storage::history`] gives it.
    HistoricalKey(&'a str),
    /// All keys of keystore v2.
    KeyRing,
}

impl StoreEntry<'_> {
    /// The path of the entry inside a keystore directory.
    pub fn path(self) -> String {
        match self {
            Self::Version => "version".to_owned(),
            Self::CurrentKey => "secure_log_key".to_owned(),
            Self::HistoricalKey(time) => format!("{HISTORY}/{time}"),
            Self::KeyRing => "audit-log.keyring".to_owned(),
        }
    }

    /// The most bytes an entry may have.
    pub fn bytes_max(self) -> usize {
        match self {
            // A cell has 76 bytes; what a key management service makes of a key has a few hundred.
            Self::Version | Self::CurrentKey | Self::HistoricalKey(_) => 8 * 1024,
            // About 150 bytes for each key that ever was.
            Self::KeyRing => 16 * 1024 * 1024,
        }
    }
}

/// The folder of historical keys inside a keystore v1.
pub const HISTORY: &str = "secure_log_key.old";

/// The historical keys of keystore v1 that were found.
#[derive(Debug, Default)]
pub struct History {
    /// What stands behind `secure_log_key.old/`, in any order.
    pub names: Vec<String>,
    /// Why there may be others: not all of them could be listed.
    pub unlisted: Option<Failure>,
}

/// Why an entry was not read, or not opened.
#[derive(Debug)]
pub enum StorageError {
    /// This one is unfit, which says nothing of the others.
    Entry(Failure),
    /// Whoever keeps or opens the entries does not answer, or refuses: nothing is known of any of them, and none of them may
    /// be called damaged.
    Access(Failure),
}

impl From<StorageError> for Failure {
    fn from(trouble: StorageError) -> Self {
        match trouble {
            StorageError::Entry(failure) | StorageError::Access(failure) => failure,
        }
    }
}

/// A place in which a keystore is kept: entries with names and contents. What the contents mean is left to the readers of the
/// two versions.
pub trait Storage {
    /// Names the keystore as it was given, for people: `--keys-dir .acrakeys`.
    fn origin(&self) -> String;

    /// Names an entry in messages: `.acrakeys/secure_log_key`.
    fn place(&self, entry: StoreEntry<'_>) -> String;

    /// The content of an entry as Acra wrote it: bytes of Themis or DER, without any encoding of the storage around them.
    /// None is an entry that is not there.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than [`StoreEntry::bytes_max`].
    fn read(&self, entry: StoreEntry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError>;

    /// The historical keys of keystore v1, as far as they can be listed.
    ///
    /// # Errors
    /// When whoever keeps the entries does not answer.
    fn history(&self) -> Result<History, Failure>;

    /// Where there is a keystore instead, for people, when this one has no audit log key; None when none is seen.
    fn elsewhere(&self) -> Option<String>;
}

/// Reads a keystore.
///
/// # Errors
/// When it cannot be read, when it holds nothing of an audit log key, when the master key cannot be one for it. What is
/// wrong with single keys is left to [`Keystore::current`] and [`StoredKey::key`].
pub fn open(storage: &dyn Storage, unlock: &Unlock) -> Result<Keystore, Failure> {
    match version(storage)? {
        StoreVersion::V1 => versions::read_v1(storage, unlock),
        StoreVersion::V2 => versions::read_v2(storage, unlock),
    }
}

/// Whether these bytes are the master key of a keystore v1, which its keys prove.
pub fn is_master_key_of(storage: &dyn Storage, bytes: &[u8]) -> bool {
    versions::is_opened_by(storage, bytes)
}

/// Whether this is a key as a keystore holds it: sealed with a master key, in whatever version.
pub(super) fn is_sealed_key(bytes: &[u8]) -> bool {
    cell::is_cell(bytes)
}

/// What to do when there is no audit log key, with the place where there may be one.
fn no_key_hint(storage: &dyn Storage) -> String {
    storage.elsewhere().map_or_else(|| NO_KEY_HINT.to_owned(), |place| format!("{place}; {NO_KEY_HINT}"))
}

/// Tells the versions apart as acra-server does: whatever does not say v2 is v1. Unless that would end in a complaint about
/// a file of v1 that nobody misses.
fn version(storage: &dyn Storage) -> Result<StoreVersion, Failure> {
    let found = storage.read(StoreEntry::Version)?;
    if found.as_ref().is_some_and(|content| content.as_slice() == V2) {
        return Ok(StoreVersion::V2);
    }
    let has_current = match storage.read(StoreEntry::CurrentKey) {
        Ok(current) => current.is_some(),
        // What cannot be read is there.
        Err(StorageError::Entry(_)) => true,
        Err(StorageError::Access(failure)) => return Err(failure),
    };
    let is_v2 = !has_current && storage.read(StoreEntry::KeyRing)?.is_some();
    if !is_v2 {
        return Ok(StoreVersion::V1);
    }
    let what = if found.is_some() { "not the version of a keystore that is known" } else { "missing" };
    Err(Failure::new(format!(
        "{}: {what}, though a key ring of keystore v2 is here",
        storage.place(StoreEntry::Version)
    ))
    .with_hint("restore the file: it holds the 16 bytes `Acra Keystore v2`, without a line end"))
}

/// A key that was found, and what came of opening it.
struct FoundKey {
    /// Names it inside the keystore.
    name: String,
    /// Names it in messages.
    place: String,
    is_current: bool,
    /// Whether Acra put it there, as far as its name shows: anything may lie in a folder.
    is_surely_a_key: bool,
    ring: Option<RingEntry>,
    opened: Result<Zeroizing<Vec<u8>>, KeyProblem>,
}

/// The keys of the keystore `origin`, in the order in which they were found.
fn stored(origin: &str, found: Vec<FoundKey>, around: Circumstances<'_>) -> Vec<StoredKey> {
    let others_open = found.iter().any(|found| found.opened.is_ok());
    let is_refused = |found: &&FoundKey| matches!(found.opened, Err(KeyProblem::Cell(CellError::Refused)));
    let refused = found.iter().filter(is_refused).count();
    let around = Circumstances { others_open, refused, ..around };
    let store = |found: FoundKey| {
        let FoundKey { name, place, is_current, is_surely_a_key, ring, opened } = found;
        let is_compromised = ring.as_ref().is_some_and(|entry| entry.state == KeyState::Compromised);
        let key = opened.and_then(|bytes| audit_key(&bytes, format!("{origin}: {name}")));
        let key = key.map(|key| if is_compromised { key.compromised() } else { key });
        StoredKey { name, is_current, is_surely_a_key, ring, key: key.map_err(|problem| problem.told(&place, around)) }
    };
    found.into_iter().map(store).collect()
}

fn audit_key(bytes: &[u8], source: String) -> Result<AuditKey, KeyProblem> {
    let bytes: &[u8; KEY_BYTES] = bytes.try_into().map_err(|_| KeyProblem::Length(bytes.len()))?;
    Ok(AuditKey::new(bytes, source))
}

/// Why a key cannot be used. The words for it depend on the other keys: one that opens proves the master key.
#[derive(Debug)]
enum KeyProblem {
    /// Its cell does not open.
    Cell(CellError),
    /// What was in it has so many bytes.
    Length(usize),
    /// Whoever was to read it says why it did not, and where.
    Told(Failure),
    /// Whoever was to decrypt it says why it did not.
    NotDecrypted(Failure),
    /// It was listed, and then it was not there.
    Gone,
    /// Only its entry is left.
    Destroyed,
    /// Its entry holds no symmetric key.
    NoSymmetricKey,
}

/// What is known beside the key itself.
#[derive(Clone, Copy)]
struct Circumstances<'a> {
    /// Whether another key of the same keystore was opened.
    others_open: bool,
    /// How many keys of the keystore the master key does not fit.
    refused: usize,
    /// The master key, when it is one that opens cells.
    master: Option<&'a MasterKey>,
    /// Whether the keystore is v1, for which a master key of v2 is an easy mistake.
    is_v1: bool,
}

impl KeyProblem {
    /// What people are told about the key that is kept at `place`.
    fn told(self, place: &str, around: Circumstances<'_>) -> Failure {
        let raw = "a file with the key itself, 32 bytes or 64 hex digits, is no part of a keystore: `acralog verify` takes it \
                   with --key-file";
        let copy = "restore it from a copy of the keystore";
        let (what, hint) = match self {
            Self::Told(failure) => return failure,
            Self::NotDecrypted(failure) => {
                return Failure { message: format!("{place}: {}", failure.message), ..failure };
            }
            Self::Cell(CellError::Empty) => ("the key is empty".to_owned(), copy.to_owned()),
            Self::Cell(CellError::NotACell) => {
                let what = "not a key as Acra encrypts it: it has another structure, or parts are missing";
                (what.to_owned(), format!("{copy}; {raw}"))
            }
            Self::Cell(CellError::Algorithm) => {
                ("the key is damaged, or encrypted in a way that Acra does not use".to_owned(), copy.to_owned())
            }
            Self::Cell(CellError::Refused) => refused(around),
            Self::Length(length) => {
                let what = format!("the key has {length} bytes instead of {KEY_BYTES}");
                (what, "it is no audit log key of Acra".to_owned())
            }
            Self::Gone => ("listed among the historical keys, and not there".to_owned(), copy.to_owned()),
            Self::Destroyed => (
                "the key has been destroyed".to_owned(),
                "generate a new audit log key with Acra's tools; what this one sealed needs a copy of it".to_owned(),
            ),
            Self::NoSymmetricKey => ("no symmetric key is kept here".to_owned(), copy.to_owned()),
        };
        Failure::new(format!("{place}: {what}")).with_hint(hint)
    }
}

/// A cell that does not open is damaged, or the master key is wrong: what else is known decides which.
fn refused(around: Circumstances<'_>) -> (String, String) {
    let source = around.master.map_or("the master key", MasterKey::source);
    if around.others_open {
        let what = "the key is damaged, or encrypted with another master key than its neighbours";
        return (what.to_owned(), "restore it from a copy of the keystore".to_owned());
    }
    let what = match around.refused {
        // Damage would not meet all of them.
        2.. => {
            format!("{source} opens none of the {} keys here: it is the master key of another keystore", around.refused)
        }
        _ => format!("{source} does not open the key: the wrong master key, or the key is damaged"),
    };
    let hint = if around.is_v1 && around.master.is_some_and(MasterKey::is_json) {
        "this keystore is v1, and the master key is one of keystore v2"
    } else {
        around.master.and_then(MasterKey::slip).unwrap_or(OTHER_KEYSTORE)
    };
    (what, hint.to_owned())
}

/// What to do about a master key that does not fit.
const OTHER_KEYSTORE: &str =
    "give the master key that acra-server uses with this keystore; this one may belong to another keystore";

#[cfg(test)]
mod tests;
