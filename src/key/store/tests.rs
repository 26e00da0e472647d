//! Keystores in memory, sound and damaged; those that Acra wrote are read from fixtures/keystores.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::cell::tests::seal;
use super::*;

/// The content of an entry that cannot be read.
const UNFIT: &[u8] = b"unfit";

/// The content of one during which the storage goes away.
const AWAY: &[u8] = b"away";

/// A keystore in memory, with entries by their path.
#[derive(Clone, Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), content.into());
        self
    }
}

impl Storage for Memory {
    fn origin(&self) -> String {
        "--memory M".to_owned()
    }

    fn place(&self, entry: Entry<'_>) -> String {
        format!("M/{}", entry.path())
    }

    fn read(&self, entry: Entry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        match self.0.get(&entry.path()) {
            Some(content) if content == UNFIT => Err(Trouble::Entry(Failure::new(self.place(entry) + ": unfit"))),
            Some(content) if content == AWAY => Err(Trouble::Access(Failure::new("the storage has gone away"))),
            content => Ok(content.cloned().map(Zeroizing::new)),
        }
    }

    fn history(&self) -> Result<Vec<String>, Failure> {
        Ok(self.0.keys().filter_map(|path| path.strip_prefix("secure_log_key.old/")).map(str::to_owned).collect())
    }
}

const MASTER: [u8; 32] = [7; 32];

fn master() -> Unlock {
    Unlock::Master(MasterKey::from_bytes(Zeroizing::new(MASTER.to_vec()), "the test"))
}

/// A key of keystore v1 whose bytes are all `fill`.
fn sealed(fill: u8) -> Vec<u8> {
    seal(&[fill; 32], &MASTER, b"secure_log_key", [fill; 12])
}

fn rotated() -> Memory {
    Memory::default()
        .with("secure_log_key", sealed(3))
        .with("secure_log_key.old/2026-01-01T00:00:00.5", sealed(1))
        .with("secure_log_key.old/2026-01-01T00:00:00.75", sealed(2))
}

#[test]
fn the_current_key_comes_first_then_the_others_newest_first() {
    let store = open(&rotated(), &master()).unwrap();
    assert_eq!((store.version.name(), store.warnings().len()), ("v1", 0));
    let keys = store.into_keys().unwrap();
    let seen: Vec<_> = keys.keys().iter().map(|key| (key.bytes()[0], key.source())).collect();
    assert_eq!(
        seen,
        [
            (3, "--memory M: secure_log_key"),
            (2, "--memory M: secure_log_key.old/2026-01-01T00:00:00.75"),
            (1, "--memory M: secure_log_key.old/2026-01-01T00:00:00.5"),
        ]
    );
}

#[test]
fn a_historical_key_that_does_not_open_is_left_out_with_a_warning() {
    let store = rotated().with("secure_log_key.old/2026-01-01T00:00:00.75", sealed(2)[..50].to_vec());
    let store = open(&store, &master()).unwrap();
    let warnings = store.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("a historical key is left out: M/secure_log_key.old/2026-01-01T00:00:00.75: not a key")
    );
    let keys = store.into_keys().unwrap();
    assert_eq!(keys.keys().len(), 2);
    assert_eq!(keys.lost(), ["--memory M: secure_log_key.old/2026-01-01T00:00:00.75"]);
}

#[test]
fn a_key_that_cannot_be_read_is_left_out_but_a_storage_that_went_away_ends_the_run() {
    let old = "secure_log_key.old/2026-01-01T00:00:00.75";
    let unfit = open(&rotated().with(old, UNFIT), &master()).unwrap();
    assert_eq!(unfit.warnings(), [format!("a historical key is left out: M/{old}: unfit")]);
    assert_eq!(unfit.into_keys().unwrap().keys().len(), 2);
    for entry in ["secure_log_key", old, "version"] {
        assert_eq!(open(&rotated().with(entry, AWAY), &master()).unwrap_err().message, "the storage has gone away");
    }
}

#[test]
fn one_key_that_opens_proves_the_master_key() {
    let other = seal(&[9; 32], &[8; 32], b"secure_log_key", [9; 12]);
    let told = |store: &Memory| open(store, &master()).unwrap().into_keys().unwrap_err();
    let failure = told(&rotated().with("secure_log_key", other.clone()));
    assert!(failure.message.starts_with("M/secure_log_key: the key is damaged, or"), "{failure:?}");
    let failure = told(&Memory::default().with("secure_log_key", other));
    assert!(failure.message.starts_with("M/secure_log_key: the test does not open the key: the wrong"), "{failure:?}");
}

#[test]
fn history_alone_is_listed_but_is_no_keystore_to_verify_with() {
    let store = Memory::default().with("secure_log_key.old/2026-01-01T00:00:00", sealed(1));
    let store = open(&store, &master()).unwrap();
    assert_eq!((store.keys.len(), store.keys[0].is_current), (1, false));
    assert!(store.into_keys().unwrap_err().message.contains("M/secure_log_key: missing"));
    assert!(open(&Memory::default(), &master()).unwrap_err().message.contains("M/secure_log_key: missing"));
}

#[test]
fn a_key_of_another_length_is_not_used() {
    let store = Memory::default().with("secure_log_key", seal(&[1; 33], &MASTER, b"secure_log_key", [1; 12]));
    let failure = open(&store, &master()).unwrap().into_keys().unwrap_err();
    assert_eq!(failure.message, "M/secure_log_key: the key has 33 bytes instead of 32");
}

/// Adds one to every byte.
struct Adding;

impl KeyService for Adding {
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        match sealed[0] {
            0xff => Err(Trouble::Access(Failure::new("the service is down"))),
            0xfe => Err(Trouble::Entry(Failure::new("not encrypted by this service"))),
            _ => Ok(Zeroizing::new(sealed.iter().map(|byte| byte + 1).collect())),
        }
    }
}

#[test]
fn a_service_decrypts_each_key_of_v1_and_none_of_v2() {
    let unlock = Unlock::Service(Box::new(Adding));
    let store = Memory::default().with("secure_log_key", [5; 32]);
    assert_eq!(open(&store, &unlock).unwrap().into_keys().unwrap().keys()[0].bytes(), &[6; 32]);
    let old = "secure_log_key.old/2026-01-01T00:00:00";
    for entry in ["secure_log_key", old] {
        let down = store.clone().with(entry, [0xff; 32]);
        assert_eq!(open(&down, &unlock).unwrap_err().message, "the service is down");
    }
    let damaged = open(&store.with(old, [0xfe; 32]), &unlock).unwrap();
    assert_eq!(damaged.warnings(), [format!("a historical key is left out: M/{old}: not encrypted by this service")]);
    assert_eq!(damaged.into_keys().unwrap().keys().len(), 1);
    let failure = open(&Memory::default().with("version", V2), &unlock).unwrap_err();
    assert!(failure.message.contains("has no keys per client"), "{failure:?}");
}

#[test]
fn the_version_is_told_as_acra_server_tells_it() {
    let v1 = rotated();
    for content in ["Acra Keystore v2\n", "Acra Keystore v3", ""] {
        assert_eq!(open(&v1.clone().with("version", content), &master()).unwrap().version, StoreVersion::V1);
        let ring_only = Memory::default().with("version", content).with("audit-log.keyring", "");
        let failure = open(&ring_only, &master()).unwrap_err();
        assert!(failure.message.starts_with("M/version: not the version"), "{failure:?}");
    }
    let failure = open(&Memory::default().with("audit-log.keyring", ""), &master()).unwrap_err();
    assert!(failure.message.starts_with("M/version: missing, though a key ring"), "{failure:?}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keystores").join(name)
}

/// A keystore v2 that Acra wrote, its master key, and its keys by the name they have in it.
fn written_by_acra(name: &str) -> (Memory, Unlock, BTreeMap<String, [u8; 32]>) {
    let folder = fixture(name);
    let ring = fs::read(folder.join("keys/audit-log.keyring")).unwrap();
    let text = fs::read_to_string(folder.join("master_key.txt")).unwrap();
    let unlock = Unlock::Master(MasterKey::from_base64(text.as_bytes(), "the fixture").unwrap());
    let store = Memory::default().with("version", V2).with("audit-log.keyring", ring);
    let keys = open(&store, &unlock).unwrap().keys;
    let by_name = keys.into_iter().filter_map(|stored| Some((stored.name, *stored.key.ok()?.bytes()))).collect();
    (store, unlock, by_name)
}

/// The sealed keys stay what they are: whatever opens is one of them.
#[track_caller]
fn assert_no_wrong_key(store: &Memory, unlock: &Unlock, keys: &BTreeMap<String, [u8; 32]>, what: &str) -> bool {
    let Ok(store) = open(store, unlock) else { return false };
    for stored in &store.keys {
        if let Ok(key) = &stored.key {
            assert!(keys.values().any(|genuine| genuine == key.bytes()), "{what}: a key that nobody made");
        }
    }
    true
}

#[test]
fn no_damage_of_a_ring_yields_a_wrong_key_or_a_panic() {
    // Beside what is signed and its signature, elements may stand that nobody reads: there a bit may change.
    for (name, has_more) in [
        ("v2-single", false),
        ("v2-rotated", false),
        ("v2-tz", false),
        ("v2-current-destroyed", false),
        ("v2-extra-unknown-signature", true),
        ("v2-quirk-extra-element-in-container", true),
    ] {
        let (store, unlock, keys) = written_by_acra(name);
        assert!(!keys.is_empty(), "{name}");
        let ring = store.0["audit-log.keyring"].clone();
        for length in 0..ring.len() {
            let cut = store.clone().with("audit-log.keyring", &ring[..length]);
            assert!(!assert_no_wrong_key(&cut, &unlock, &keys, name), "{name} cut at {length} opens");
        }
        let (payload, _) = ring::parts(&ring);
        for bit in 0..ring.len() * 8 {
            let mut flipped = ring.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = store.clone().with("audit-log.keyring", flipped);
            let opens = assert_no_wrong_key(&flipped, &unlock, &keys, &format!("{name} bit {bit}"));
            assert!(!opens || (has_more && !payload.contains(&(bit / 8))), "{name} opens without bit {bit}");
        }
    }
}

#[test]
fn no_ring_signed_by_a_careless_writer_yields_a_wrong_key_or_a_panic() {
    let (store, unlock, keys) = written_by_acra("v2-rotated");
    let ring = store.0["audit-log.keyring"].clone();
    let Unlock::Master(master) = &unlock else { panic!("a master key") };
    let signature_key = master.for_v2().unwrap().signature;
    let (payload, signature) = ring::parts(&ring);
    assert_eq!(ring[signature.clone()], ring::sign(&signature_key, &ring[payload.clone()]));
    let mut opened = 0;
    for bit in payload.start * 8..payload.end * 8 {
        let mut flipped = ring.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let signed = ring::sign(&signature_key, &flipped[payload.clone()]);
        flipped[signature.clone()].copy_from_slice(&signed);
        let flipped = store.clone().with("audit-log.keyring", flipped);
        opened += usize::from(assert_no_wrong_key(&flipped, &unlock, &keys, &format!("bit {bit}, signed again")));
    }
    assert!(opened > 100, "the sealed keys themselves are bits of the payload: {opened} rings were read");
}
