//! The master key that opens a keystore (keystore, section 2), from an environment variable, a file or a service; for
//! keystore v2 it is JSON, read as Go reads it. What its bytes mean depends on the version of the keystore, and is said
//! when that is known. Messages name the source, never what it holds.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::secret::{
    FILE_BYTES_MAX, SecretFileError, decode_go_base64, is_secret_text, is_variable_name, read_file,
};

/// The least length of a key, in bytes. Longer ones are used in full.
const KEY_BYTES_MIN: usize = 32;

/// How a value is made of a key, for people.
const BASE64_HINT: &str = "base64 with padding and without blanks, as `base64 -w0 master.key` prints it";

/// What a file may hold, for people.
const FILE_HINT: &str = "a master key file holds what ACRA_MASTER_KEY holds (base64), or the raw key: 32 bytes or more for \
                         keystore v1, JSON for v2";

/// The bytes of a master key, wiped when dropped, never shown; and the words that name their source.
pub struct MasterKey {
    bytes: Zeroizing<Vec<u8>>,
    source: String,
    /// Whether the text it was made of consists of hex digits, which are letters of base64 as well.
    is_hex: bool,
}

impl MasterKey {
    /// A master key that a service or a file gave as it is: the key itself for keystore v1, JSON text for v2.
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>, source: impl Into<String>) -> Self {
        Self { bytes, source: source.into(), is_hex: false }
    }

    /// A master key in base64, as Acra takes it from its environment and from HashiCorp Vault.
    ///
    /// # Errors
    /// When there is no text, or it is not base64.
    pub fn from_base64(text: &[u8], source: impl Into<String>) -> Result<Self, Failure> {
        let source = source.into();
        let bytes = decode(text, &source)?;
        Ok(Self { bytes, source, is_hex: is_hex(text) })
    }

    /// Whether it consists of these bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        bool::from(self.bytes.as_slice().ct_eq(bytes))
    }

    /// What opens the keys of keystore v1.
    pub(super) fn for_v1(&self) -> Result<&[u8], Failure> {
        let length = self.bytes.len();
        if length < KEY_BYTES_MIN {
            let message =
                format!("{}: the master key has {length} bytes, and {KEY_BYTES_MIN} are the least", self.source);
            return Err(Failure::new(message).with_hint("give the master key that acra-server uses, whole"));
        }
        Ok(&self.bytes)
    }

    /// What opens and signs the key rings of keystore v2.
    pub(super) fn for_v2(&self) -> Result<MasterPair, Failure> {
        MasterPair::parse(&self.bytes).map_err(|error| {
            let hint = if self.is_json() {
                "it is JSON: {\"encryption\":\"BASE64\",\"signature\":\"BASE64\"}, two keys of 32 bytes or more"
            } else {
                self.slip().unwrap_or(
                    "this keystore is v2, whose master key is JSON with two keys; what was given may be one of keystore v1",
                )
            };
            Failure::new(format!("{}: {error}", self.source)).with_hint(hint)
        })
    }

    /// Whether this looks like a master key of keystore v2.
    pub(super) fn is_json(&self) -> bool {
        self.bytes.trim_ascii_start().starts_with(b"{")
    }

    /// What was given in place of the master key, as far as that shows; what to do about it.
    pub(super) fn slip(&self) -> Option<&'static str> {
        if self.is_hex {
            return Some("it was given in hex, and is wanted in base64: `xxd -r -p master.hex | base64 -w0`");
        }
        let is_wrapped = looks_encrypted_by_kms(&self.bytes);
        is_wrapped
            .then_some("it looks like what AWS KMS made of a master key: is it kms_encrypted_master_key that is used?")
    }

    /// The words that name its source.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

/// Shows the source, never the bytes.
impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MasterKey").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Whether the bytes begin as those do that AWS KMS encrypted with a key of its own.
pub(in crate::key) fn looks_encrypted_by_kms(bytes: &[u8]) -> bool {
    matches!(bytes, [1, 1..=2, 1..=3, 0, b'x', ..])
}

/// The master key in the variable `name`; None is a variable that is not set.
///
/// # Errors
/// When the variable is not set or empty, when it is not base64, or when `name` is no name.
pub fn from_variable(name: &str, value: Option<OsString>) -> Result<MasterKey, Failure> {
    let hint = "it holds the master key of the keystore; --master-key-env or --master-key-file name another place";
    let value = variable_text(name, value, hint)?;
    MasterKey::from_base64(&value, format!("the variable {name}"))
}

/// What a service is to make a master key of, in base64 in the variable `name`.
///
/// # Errors
/// See [`from_variable`].
pub fn wrapped_in_variable(name: &str, value: Option<OsString>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let hint =
        "it holds the master key as the service encrypted it, in base64; --master-key-env names another variable";
    let value = variable_text(name, value, hint)?;
    decode(&value, &format!("the variable {name}"))
}

/// The master key in a file, and what people should know about the file. A pipe will do.
///
/// Text is what the variable would hold, or JSON; anything else is the key itself. Text that is neither is refused, so that
/// a misspelled value is not taken for a key: 32 random bytes are not text.
///
/// # Errors
/// When the file cannot be read, or holds text that is neither base64 nor JSON.
pub fn from_file(path: &Path) -> Result<(MasterKey, Option<String>), Failure> {
    let source = format!("--master-key-file {}", path.display());
    let file = read_file(path).map_err(|why| match why {
        SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
            Failure::usage("--master-key-file was given something that is not the name of a file").with_hint(FILE_HINT)
        }
        SecretFileError::Refused(error) => {
            Failure::new(format!("{}: cannot read the master key file: {error}", path.display()))
        }
        SecretFileError::Unfit(kind) => {
            Failure::new(format!("{}: the master key file is {kind}", path.display())).with_hint(FILE_HINT)
        }
    })?;
    if file.content.is_empty() || file.is_too_long() {
        let what = if file.content.is_empty() {
            "is empty".to_owned()
        } else {
            format!("has more than {FILE_BYTES_MAX} bytes")
        };
        return Err(Failure::new(format!("{}: the master key file {what}", path.display())).with_hint(FILE_HINT));
    }
    let warning = file.warning(path, "master key file");
    let is_text = file.content.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let is_json = file.content.trim_ascii_start().starts_with(b"{");
    let is_base64 = is_text && decode_go_base64(&file.content).is_some_and(|bytes| !bytes.is_empty());
    if is_text && !is_base64 && !is_json {
        let hint = format!("{BASE64_HINT}; or the raw bytes of the key");
        return Err(Failure::new(format!("{source}: text that is no master key")).with_hint(hint));
    }
    let master = match is_base64 {
        true => MasterKey::from_base64(&file.content, source)?,
        false => MasterKey::from_bytes(file.content, source),
    };
    Ok((master, warning))
}

fn variable_text(name: &str, value: Option<OsString>, hint: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let value = Zeroizing::new(value.unwrap_or_default().into_encoded_bytes());
    // The value in place of the name is an easy slip, and may not be repeated in a message.
    if name.is_empty() || name.contains('=') || (value.is_empty() && !is_variable_name(name)) {
        return Err(Failure::usage("--master-key-env was given something that is not the name of a variable")
            .with_hint("export the master key as a variable and give its name: --master-key-env ACRA_MASTER_KEY"));
    }
    if value.is_empty() {
        return Err(Failure::new(format!("the variable {name} is not set, or empty")).with_hint(hint));
    }
    Ok(value)
}

/// Whether a text is hex digits of at least the shortest key.
fn is_hex(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.len() >= 2 * KEY_BYTES_MIN && text.len().is_multiple_of(2) && text.iter().all(u8::is_ascii_hexdigit)
}

fn decode(text: &[u8], source: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Some(bytes) = decode_go_base64(text) else {
        let hint = if text.trim_ascii_start().starts_with(b"{") {
            "this is the JSON text itself; what is wanted is its base64: `base64 -w0 master.key`"
        } else {
            BASE64_HINT
        };
        return Err(Failure::new(format!("{source}: the master key is not base64")).with_hint(hint));
    };
    if bytes.is_empty() {
        return Err(Failure::new(format!("{source}: the master key is empty")).with_hint(BASE64_HINT));
    }
    Ok(bytes)
}

/// The two keys of keystore v2: one encrypts keys, one signs key rings. In their JSON, names may be in any case, unknown ones
/// are ignored, the last of several wins, and numbers may stand in place of base64. Texts with escapes are refused: Acra
/// writes none, and the reader would leave copies of them behind.
pub(super) struct MasterPair {
    pub(super) encryption: Zeroizing<Vec<u8>>,
    pub(super) signature: Zeroizing<Vec<u8>>,
}

/// Why a text is no pair of keys. Says nothing of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PairError {
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
    fn parse(text: &[u8]) -> Result<Self, PairError> {
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
        while let Some(MemberName(name)) = map.next_key()? {
            match name {
                Some(name) if name.eq_ignore_ascii_case("encryption") => {
                    pair.encryption = map.next_value::<KeyBytes>()?.0
                }
                Some(name) if name.eq_ignore_ascii_case("signature") => {
                    pair.signature = map.next_value::<KeyBytes>()?.0
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(pair)
    }
}

/// The name of a value; None is one with escapes.
struct MemberName<'de>(Option<&'de str>);

impl<'de> Deserialize<'de> for MemberName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(MemberNameVisitor)
    }
}

struct MemberNameVisitor;

impl<'de> Visitor<'de> for MemberNameVisitor {
    type Value = MemberName<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<MemberName<'de>, E> {
        Ok(MemberName(Some(name)))
    }

    fn visit_str<E>(self, _: &str) -> Result<MemberName<'de>, E> {
        Ok(MemberName(None))
    }
}

/// The bytes of a key.
struct KeyBytes(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for KeyBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyBytesVisitor)
    }
}

struct KeyBytesVisitor;

impl<'de> Visitor<'de> for KeyBytesVisitor {
    type Value = KeyBytes;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<KeyBytes, E> {
        decode_go_base64(text.as_bytes()).map(KeyBytes).ok_or_else(|| E::custom("not base64"))
    }

    fn visit_unit<E>(self) -> Result<KeyBytes, E> {
        Ok(KeyBytes(Zeroizing::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<KeyBytes, A::Error> {
        // With room for all that a file or a variable holds: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(NUMBERS_MAX));
        while let Some(number) = numbers.next_element::<u8>()? {
            if bytes.len() == NUMBERS_MAX {
                return Err(A::Error::custom("too many numbers"));
            }
            bytes.push(number);
        }
        Ok(KeyBytes(bytes))
    }
}

/// The most numbers a key may be written as.
const NUMBERS_MAX: usize = 4096;

#[cfg(test)]
mod tests;
