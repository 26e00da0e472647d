//! The audit log key, the set of keys that a run tries, and the memory they lie in, which no core dump shows. What is
//! done with a key is left to `chain`; which sources are asked is decided in `plan`.

#[cfg(feature = "cli")]
pub mod ed25519;
pub mod given;
pub mod remote;
mod secret;
pub mod store;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

#[cfg(feature = "cli")]
pub(crate) use secret::{
    FILE_BYTES_MAX, SecretFileError, exposed_file, is_secret_text, is_variable_name, read_file, read_up_to,
};

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

/// Keys in the order in which they are tried, each one once: trying a key twice costs time and says nothing new.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<AuditKey>,
    lost: Vec<String>,
    /// The keys of the logs of an inventory, where they have their own.
    bound: Vec<Option<KeySet>>,
}

impl KeySet {
    /// Adds a key behind the others, unless it is there. Of two the source of the first one stays, and what one of them is
    /// said to be both are.
    pub fn add(&mut self, key: AuditKey) {
        match self.keys.iter_mut().find(|known| known.fingerprint == key.fingerprint) {
            Some(known) => {
                known.is_compromised |= key.is_compromised;
                known.age = known.age.or(key.age);
            }
            None => self.keys.push(key),
        }
    }

    /// Notes a key that exists and could not be had: nobody can tell the chains that it sealed from altered ones.
    pub fn lose(&mut self, name: String) {
        self.lost.push(name);
    }

    /// Adds what is in another set.
    pub fn extend(&mut self, other: Self) {
        other.keys.into_iter().for_each(|key| self.add(key));
        self.lost.extend(other.lost);
    }

    /// Binds keys to the logs of an inventory: each of those may be verified with its own ones only.
    pub fn bind(&mut self, bound: Vec<Option<Self>>) {
        self.bound = bound;
    }

    /// The keys that a log may be verified with: of an inventory, by its index, or any other.
    pub fn of(&self, inventoried: Option<usize>) -> &Self {
        inventoried.and_then(|log| self.bound.get(log)).and_then(Option::as_ref).unwrap_or(self)
    }

    /// Every set: the keys for all logs, then those of single ones.
    pub fn sets(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.bound.iter().flatten())
    }

    /// The keys to try.
    pub fn keys(&self) -> &[AuditKey] {
        &self.keys
    }

    /// The keys to try, and nothing else.
    pub fn into_keys(self) -> Vec<AuditKey> {
        self.keys
    }

    /// The names of the keys that could not be had, for people: `--keys-dir .acrakeys: secure_log_key.old/<time>`.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }
}

impl FromIterator<AuditKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = AuditKey>>(keys: I) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.add(key));
        set
    }
}

/// Turns off core dumps, and what comes with them: without root nobody reads the memory of this process from here on. What a
/// system does not know is passed over.
pub fn keep_out_of_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // A limit that may only be lowered is lowered; a system that refuses even that leaves nothing to be done.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
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

/// Base64 of 32 bytes in the standard alphabet, padded.
fn from_base64(text: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    // 44 letters make at most 33 bytes: the library wants room for those before it looks at the padding.
    let mut decoded = Zeroizing::new([0; KEY_BYTES + 1]);
    let length = STANDARD.decode_slice(text, decoded.as_mut_slice()).ok()?;
    if length != KEY_BYTES {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    bytes.copy_from_slice(&decoded[..KEY_BYTES]);
    decoded.zeroize();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{KEY_BYTES, *};

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
        let spellings = [
            String::from_utf8_lossy(key).into_owned(),
            hex::encode(key),
            hex::encode_upper(key),
            STANDARD.encode(key),
            format!("{key:?}"),
        ];
        for spelling in spellings {
            assert!(!text.contains(&spelling), "the key stands in {text:?}");
        }
    }

    #[test]
    fn a_key_given_twice_counts_once_and_the_first_source_stays() {
        let set = |given: &[(u8, &str)]| -> KeySet {
            given.iter().map(|(fill, source)| AuditKey::new(&[*fill; KEY_BYTES], *source)).collect()
        };
        let mut keys = set(&[(1, "a"), (2, "b"), (1, "c")]);
        keys.lose("x".to_owned());
        let mut others = set(&[(2, "d"), (3, "e")]);
        others.lose("y".to_owned());
        keys.extend(others);
        let sources: Vec<_> = keys.keys().iter().map(AuditKey::source).collect();
        assert_eq!(sources, ["a", "b", "e"]);
        assert_eq!(keys.lost(), ["x", "y"]);
        let marked = |keys: &KeySet| keys.keys().iter().map(AuditKey::is_compromised).collect::<Vec<_>>();
        assert_eq!(marked(&keys), [false; 3]);
        keys.add(AuditKey::new(&[2; KEY_BYTES], "f").compromised().replaced_by(4));
        assert_eq!(marked(&keys), [false, true, false]);
        assert_eq!(keys.keys()[1].age(), Some(4));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_the_process_is_dumped() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        super::keep_out_of_core_dumps();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
