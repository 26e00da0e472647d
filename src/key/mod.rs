//! The audit log key and where it comes from. What is done with it is left to `chain`; which sources are asked is decided
//! in `plan`.

pub mod env;
pub mod file;
mod memory;
mod mistaken;
pub mod remote;
mod secret;
mod set;
pub mod store;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use memory::keep_out_of_core_dumps;
#[cfg(feature = "cli")]
pub(crate) use secret::{exposed_file, is_secret_text};
pub use set::KeySet;

/// Length of an audit log key, in bytes.
pub const KEY_BYTES: usize = 32;

/// What is authenticated to name a key.
const FINGERPRINT_TEXT: &[u8] = b"acralog audit key fingerprint v1";

/// The audit log key K (audit log, section 3): secret, wiped when dropped, never shown.
pub struct AuditKey {
    /// Boxed, so that moving the key leaves no copies behind on the stack.
    bytes: Box<Zeroizing<[u8; KEY_BYTES]>>,
    fingerprint: String,
    source: String,
    is_compromised: bool,
    age: Option<usize>,
}

impl AuditKey {
    /// A key with the words that name its source to people, such as `--key-file audit.key`. Wiping `bytes` is left to the
    /// caller.
    pub fn new(bytes: &[u8; KEY_BYTES], source: impl Into<String>) -> Self {
        let mut kept = Box::new(Zeroizing::new([0; KEY_BYTES]));
        kept.copy_from_slice(bytes);
        Self { fingerprint: fingerprint(bytes), bytes: kept, source: source.into(), is_compromised: false, age: None }
    }

    /// The same key, known to others: whoever has it can forge what it seals.
    pub fn compromised(self) -> Self {
        Self { is_compromised: true, ..self }
    }

    /// Whether others are said to know the key.
    pub fn is_compromised(&self) -> bool {
        self.is_compromised
    }

    /// The same key, which so many others of its keystore have replaced.
    pub fn replaced_by(self, newer: usize) -> Self {
        Self { age: Some(newer), ..self }
    }

    /// How many keys of its keystore have replaced it; None of a key that comes from none.
    pub fn age(&self) -> Option<usize> {
        self.age
    }

    /// Names the key in reports: 16 hex digits that say nothing about its bytes.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Where the key came from, for people: `--key-file audit.key`, `--key-env AUDIT_KEY`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The secret itself. Only the key schedule of `chain` has a use for it: whoever holds these bytes can forge a log.
    pub fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }
}

/// Shows the fingerprint and the source, never the bytes.
impl fmt::Debug for AuditKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AuditKey")
            .field("fingerprint", &self.fingerprint)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The first 8 bytes of HMAC-SHA-256(K, text), in hex. A plain SHA-256(K) would not do: that is k(1), the secret the first
/// entry of every chain is sealed with, and half of it does not belong in a report.
fn fingerprint(key: &[u8; KEY_BYTES]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(FINGERPRINT_TEXT);
    hex::encode(&mac.finalize().into_bytes()[..8])
}

/// 64 hex digits of either case.
fn from_hex(text: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_truncated_hmac_and_not_a_piece_of_the_first_chain_secret() {
        // printf 'acralog audit key fingerprint v1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707..07
        let key = AuditKey::new(&[7; KEY_BYTES], "a test");
        assert_eq!(key.fingerprint(), "5dd0591193bd42f0");
        let first_secret = <Sha256 as sha2::Digest>::digest([7; KEY_BYTES]);
        assert!(!hex::encode(first_secret).contains(key.fingerprint()));
    }

    #[test]
    fn debug_shows_the_name_of_a_key_and_no_spelling_of_its_bytes() {
        let bytes: [u8; KEY_BYTES] = std::array::from_fn(|i| b'A' + i as u8);
        let shown = format!("{0:?} {0:#?}", AuditKey::new(&bytes, "--key-file k"));
        assert!(shown.contains("--key-file k"));
        assert_no_key_in(&shown, &bytes);
    }

    /// Fails when the text holds the key raw, in hex of either case, in base64, or as a list of numbers.
    #[track_caller]
    pub(super) fn assert_no_key_in(text: &str, key: &[u8]) {
        use base64::Engine as _;
        let spellings = [
            String::from_utf8_lossy(key).into_owned(),
            hex::encode(key),
            hex::encode_upper(key),
            base64::engine::general_purpose::STANDARD.encode(key),
            format!("{key:?}"),
        ];
        for spelling in spellings {
            assert!(!text.contains(&spelling), "the key stands in {text:?}");
        }
    }
}
