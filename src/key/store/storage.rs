//! Where a keystore is kept: entries with names and contents. What the contents mean is left to the readers of the two
//! versions.

use zeroize::Zeroizing;

use crate::failure::Failure;

/// An entry that matters for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// What tells keystore v2 from v1.
    Version,
    /// The current key of keystore v1.
    CurrentKey,
    /// A historical key of keystore v1, by the time of its rotation as [`Storage::history`] gives it.
    HistoricalKey(&'a str),
    /// All keys of keystore v2.
    KeyRing,
}

impl Entry<'_> {
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

/// A place in which a keystore is kept.
pub trait Storage {
    /// Names the keystore as it was given, for people: `--keys-dir .acrakeys`.
    fn origin(&self) -> String;

    /// Names an entry in messages: `.acrakeys/secure_log_key`.
    fn place(&self, entry: Entry<'_>) -> String;

    /// The content of an entry as Acra wrote it: bytes of Themis or DER, without any encoding of the storage around them.
    /// None is an entry that is not there.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than [`Entry::bytes_max`].
    fn read(&self, entry: Entry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError>;

    /// The historical keys of keystore v1, as far as they can be listed.
    ///
    /// # Errors
    /// When whoever keeps the entries does not answer.
    fn history(&self) -> Result<History, Failure>;

    /// Where there is a keystore instead, for people, when this one has no audit log key; None when none is seen.
    fn elsewhere(&self) -> Option<String>;
}
