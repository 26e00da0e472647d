//! Why a key in a keystore cannot be used, in words for people. The words depend on the other keys: one that opens proves
//! the master key.

use super::cell::CellError;
use super::master::MasterKey;
use crate::failure::Failure;
use crate::key::KEY_BYTES;

/// Why a key cannot be used.
#[derive(Debug)]
pub(super) enum Problem {
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
pub(super) struct Circumstances<'a> {
    /// Whether another key of the same keystore was opened.
    pub(super) others_open: bool,
    /// How many keys of the keystore the master key does not fit.
    pub(super) refused: usize,
    /// The master key, when it is one that opens cells.
    pub(super) master: Option<&'a MasterKey>,
    /// Whether the keystore is v1, for which a master key of v2 is an easy mistake.
    pub(super) is_v1: bool,
}

impl Problem {
    /// What people are told about the key that is kept at `place`.
    pub(super) fn told(self, place: &str, around: Circumstances<'_>) -> Failure {
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
pub(super) const OTHER_KEYSTORE: &str =
    "give the master key that acra-server uses with this keystore; this one may belong to another keystore";
