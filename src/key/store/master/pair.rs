//! The JSON that a master key of keystore v2 is, read as Go reads it: names in any case, unknown ones ignored, the last of
//! several wins, numbers in place of base64. Texts with escapes are refused: Acra writes none, and the reader would leave
//! copies of them behind.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::KEY_BYTES_MIN;
use crate::key::secret::decode_go_base64;

/// The two keys of keystore v2: one encrypts keys, one signs key rings.
pub(in crate::key::store) struct MasterPair {
    pub(in crate::key::store) encryption: Zeroizing<Vec<u8>>,
    pub(in crate::key::store) signature: Zeroizing<Vec<u8>>,
}

/// Why a text is no pair of keys. Says nothing of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairError {
    NotJson,
    Equal,
    TooShort(&'static str, usize),
}

impl fmt::Display for PairError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => out.write_str("not a master key of keystore v2"),
            Self::Equal => out.write_str("the encryption key and the signature key are missing, or the same"),
            Self::TooShort(which, length) => {
                write!(out, "the {which} key has {length} bytes, and {KEY_BYTES_MIN} are the least")
            }
        }
    }
}

impl MasterPair {
    /// Reads the text of a pair.
    pub(super) fn parse(text: &[u8]) -> Result<Self, PairError> {
        // The error would name what it stumbled over.
        let pair: Self = serde_json::from_slice(text).map_err(|_| PairError::NotJson)?;
        // In this order, as Acra does: an empty object is two equal keys.
        if pair.encryption == pair.signature {
            return Err(PairError::Equal);
        }
        for (which, key) in [("encryption", &pair.encryption), ("signature", &pair.signature)] {
            if key.len() < KEY_BYTES_MIN {
                return Err(PairError::TooShort(which, key.len()));
            }
        }
        Ok(pair)
    }
}

impl<'de> Deserialize<'de> for MasterPair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairVisitor)
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = MasterPair;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("two keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MasterPair, A::Error> {
        let mut pair = MasterPair { encryption: Zeroizing::default(), signature: Zeroizing::default() };
        while let Some(Name(name)) = map.next_key()? {
            match name {
                Some(name) if name.eq_ignore_ascii_case("encryption") => pair.encryption = map.next_value::<Key>()?.0,
                Some(name) if name.eq_ignore_ascii_case("signature") => pair.signature = map.next_value::<Key>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(pair)
    }
}

/// The name of a value; None is one with escapes.
struct Name<'de>(Option<&'de str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Some(name)))
    }

    fn visit_str<E>(self, _: &str) -> Result<Name<'de>, E> {
        Ok(Name(None))
    }
}

/// The bytes of a key.
struct Key(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Key, E> {
        decode_go_base64(text.as_bytes()).map(Key).ok_or_else(|| E::custom("not base64"))
    }

    fn visit_unit<E>(self) -> Result<Key, E> {
        Ok(Key(Zeroizing::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Key, A::Error> {
        // With room for all that a file or a variable holds: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(NUMBERS_MAX));
        while let Some(number) = numbers.next_element::<u8>()? {
            if bytes.len() == NUMBERS_MAX {
                return Err(A::Error::custom("too many numbers"));
            }
            bytes.push(number);
        }
        Ok(Key(bytes))
    }
}

/// The most numbers a key may be written as.
const NUMBERS_MAX: usize = 4096;
