//! The master key that opens a keystore (keystore, section 2). The text or the service it comes from is read here or
//! elsewhere; what its bytes mean depends on the version of the keystore, and is said when that is known.

mod pair;
mod text;

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

pub(super) use pair::MasterPair;
pub use text::{from_file, from_variable, wrapped_in_variable};

use crate::failure::Failure;
use crate::key::secret::decode_go_base64;

/// The least length of a key, in bytes. Longer ones are used in full.
const KEY_BYTES_MIN: usize = 32;

/// How a value is made of a key, for people.
const BASE64_HINT: &str = "base64 with padding and without blanks, as `base64 -w0 master.key` prints it";

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

#[cfg(test)]
mod tests;
