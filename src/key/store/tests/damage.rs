//! Every keystore of the fixtures, damaged: each bit flipped, and cut at each byte. What is damaged does not open, and
//! whatever opens is a key that Acra sealed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::super::der::{DerReader, tag};
use super::super::{MasterKey, Unlock, open, sign};
use crate::testing::key::Memory;

const RING: &str = "audit-log.keyring";

/// Where the parts of a key ring file stand.
struct Parts {
    payload: Range<usize>,
    signature: Range<usize>,
}

/// The payload of a file and the signature that fits; None when the file is no container, or no signature fits.
fn parts(file: &[u8], signature_key: &[u8]) -> Option<Parts> {
    let payload = DerReader::new(file).enter(tag::SEQUENCE).ok()?.expect(tag::SEQUENCE).ok()?.whole;
    let start = payload.as_ptr() as usize - file.as_ptr() as usize;
    let signature = sign(signature_key, payload);
    let at = file.windows(signature.len()).position(|bytes| bytes == signature)?;
    Some(Parts { payload: start..start + payload.len(), signature: at..at + signature.len() })
}

/// Rings with elements that nobody reads, beside what is signed and its signature: there a bit may change.
const WITH_MORE: [&str; 2] = ["v2-extra-unknown-signature", "v2-quirk-extra-element-in-container"];

/// What does not open as it lies there, and in how many ways one bit or one byte undoes its damage.
const MENDED: [(&str, usize); 8] = [
    ("v1-neg-alg-pbkdf2", 1),
    ("v1-neg-flipped-alg", 1),
    ("v1-neg-flipped-ciphertext", 1),
    ("v1-neg-flipped-tag", 1),
    ("v2-neg-flipped-encrypted-key", 1),
    ("v2-neg-flipped-signature", 1),
    ("v2-neg-trailing-byte", 1),
    ("v2-neg-version-other", 1),
];

/// Keys by the name they have in their keystore.
type Keys = Vec<(String, [u8; 32])>;

struct Fixture {
    name: String,
    store: Memory,
    unlock: Unlock,
    /// What opens as it lies there.
    keys: Keys,
}

impl Fixture {
    /// All of them, but for those whose master key cannot be one, with keys that lie in others too, or that hold none.
    fn all() -> Vec<Self> {
        let fixtures: Vec<_> = folders().iter().filter_map(|folder| Self::read(folder)).collect();
        assert!(fixtures.len() > 40, "{} keystores", fixtures.len());
        fixtures
    }

    fn read(folder: &Path) -> Option<Self> {
        let store = Memory(entries(folder));
        let holds_a_key = store.0.keys().any(|path| path != "version");
        let master = master_key(folder)?;
        let fits = if store.0.contains_key(RING) { master.for_v2().is_ok() } else { master.for_v1().is_ok() };
        let unlock = Unlock::Master(master);
        let keys = opened(&store, &unlock).unwrap_or_default();
        let name = folder.file_name()?.to_str()?.to_owned();
        (fits && holds_a_key).then_some(Self { name, store, unlock, keys })
    }

    /// Whether a byte of an entry is signed, or a signature, or stands in a file that is read as a whole.
    fn reads(&self, path: &str, byte: usize) -> bool {
        path != RING
            || self.parts().iter().all(|parts| parts.payload.contains(&byte) || parts.signature.contains(&byte))
    }

    /// The parts of its ring, if it has one whose signature fits.
    fn parts(&self) -> Option<Parts> {
        parts(self.store.0.get(RING)?, &self.signature_key()?)
    }

    /// What its ring is signed with, where that is known.
    fn signature_key(&self) -> Option<Zeroizing<Vec<u8>>> {
        let Unlock::Master(master) = &self.unlock else { return None };
        Some(master.for_v2().ok()?.signature)
    }
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keystores");
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap());
    let mut folders: Vec<_> = entries
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with('v'))
        .map(|entry| entry.path())
        .collect();
    folders.sort_unstable();
    folders
}

/// The entries that matter for the audit log, from a folder or from a dump of Redis.
fn entries(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    if let Ok(dump) = fs::read(folder.join("redis_dump.json")) {
        let dump: Vec<BTreeMap<String, String>> = serde_json::from_slice(&dump).unwrap();
        let entry = |entry: &BTreeMap<String, String>| {
            let (path, value) = (entry["key"].strip_prefix(".acrakeys/").unwrap().to_owned(), &entry["value"]);
            let content = if path == "version" { value.clone().into_bytes() } else { STANDARD.decode(value).unwrap() };
            (path, content)
        };
        return dump.iter().map(entry).collect();
    }
    let keys = folder.join("keys");
    let files = walkdir::WalkDir::new(&keys).into_iter().filter_map(Result::ok).filter(|it| it.file_type().is_file());
    files
        .map(|file| (file.path().strip_prefix(&keys).unwrap().to_str().unwrap().to_owned(), file.into_path()))
        .filter(|(path, _)| ["version", RING].contains(&&path[..]) || path.starts_with("secure_log_key"))
        .map(|(path, file)| (path, fs::read(file).unwrap()))
        .collect()
}

/// The master key, where Acra's environment or its key management service gave one.
fn master_key(folder: &Path) -> Option<MasterKey> {
    if let Ok(calls) = fs::read(folder.join("kms_calls.json")) {
        let calls: Value = serde_json::from_slice(&calls).unwrap();
        let decrypted = calls.as_array().unwrap().iter().rfind(|call| call["op"] == "Decrypt").unwrap();
        let bytes = STANDARD.decode(decrypted["out_base64"].as_str().unwrap()).unwrap();
        return Some(MasterKey::from_bytes(Zeroizing::new(bytes), "the fixture"));
    }
    let text = fs::read_to_string(folder.join("master_key.txt")).unwrap();
    MasterKey::from_base64(text.as_bytes(), "the fixture").ok()
}

/// Every key that Acra read out of one of the fixtures.
fn sealed_by_acra() -> BTreeSet<[u8; 32]> {
    let key = |hex: &str| <[u8; 32]>::try_from(hex::decode(hex.trim()).unwrap()).unwrap();
    let mut keys = BTreeSet::new();
    for folder in folders() {
        keys.extend(fs::read_to_string(folder.join("expected_key.hex")).iter().map(|hex| key(hex)));
        let Ok(list) = fs::read(folder.join("expected_keys.json")) else { continue };
        let list: Value = serde_json::from_slice(&list).unwrap();
        keys.extend(list.as_array().unwrap().iter().filter_map(|entry| entry["hex"].as_str()).map(key));
    }
    keys
}

/// The keys that open; None when the keystore itself does not.
fn opened(store: &Memory, unlock: &Unlock) -> Option<Keys> {
    let keys = open(store, unlock).ok()?.keys.into_iter();
    Some(keys.filter_map(|stored| Some((stored.name, *stored.key.ok()?.bytes()))).collect())
}

/// A content with one bit flipped, and the byte it is in.
fn flips(content: &[u8], bytes: Range<usize>) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (bytes.start * 8..bytes.end * 8).map(|bit| {
        let mut flipped = content.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit / 8, flipped)
    })
}

/// A content cut short in every way, then with each bit flipped and the byte it is in.
fn damaged(content: &[u8]) -> impl Iterator<Item = (Option<usize>, Vec<u8>)> {
    let cuts = (0..content.len()).map(|length| (None, content[..length].to_vec()));
    cuts.chain(flips(content, 0..content.len()).map(|(byte, flipped)| (Some(byte), flipped)))
}

#[test]
fn what_is_damaged_does_not_open_unless_that_undoes_other_damage() {
    let genuine = sealed_by_acra();
    let (mut mended, mut unread) = (BTreeMap::new(), BTreeSet::new());
    let fixtures = Fixture::all();
    for fixture in &fixtures {
        let name = &fixture.name[..];
        for (path, content) in &fixture.store.0 {
            // A damaged cell leaves its neighbours as they are; in a ring, everything stands together.
            let mut others = fixture.keys.clone();
            others.retain(|(name, _)| path.starts_with("secure_log_key") && name != path);
            for (byte, damaged) in damaged(content) {
                let what = || format!("{name}: {path}, {} bytes, a bit of {byte:?} flipped", damaged.len());
                let found = opened(&fixture.store.clone().with(path, &damaged[..]), &fixture.unlock);
                let found = found.unwrap_or_default();
                assert!(found.iter().all(|(_, key)| genuine.contains(key)), "{}: a key that nobody made", what());
                if found == others {
                    continue;
                }
                if fixture.keys.is_empty() {
                    *mended.entry(name).or_insert(0) += 1;
                } else {
                    let is_read = byte.is_none_or(|byte| fixture.reads(path, byte));
                    let names: Vec<_> = found.iter().map(|(name, _)| name).collect();
                    assert!(!is_read && WITH_MORE.contains(&name), "{}: these open: {names:?}", what());
                    unread.insert(name);
                }
            }
        }
    }
    assert_eq!(mended, BTreeMap::from(MENDED));
    assert_eq!(unread, BTreeSet::from(WITH_MORE));
}

#[test]
fn no_ring_signed_by_a_careless_writer_yields_a_key_that_nobody_made() {
    let genuine = sealed_by_acra();
    let (mut rings, mut opening) = (0, 0);
    for fixture in &Fixture::all() {
        // Where nothing opens, or a key was damaged before it was signed, a bit may bring out a key that Acra never told.
        if fixture.keys.is_empty() || fixture.name.starts_with("v2-resigned-") {
            continue;
        }
        let Some((signature_key, Parts { payload, signature })) = fixture.signature_key().zip(fixture.parts()) else {
            continue;
        };
        rings += 1;
        for (byte, mut flipped) in flips(&fixture.store.0[RING], payload.clone()) {
            let signed = sign(&signature_key, &flipped[payload.clone()]);
            flipped[signature.clone()].copy_from_slice(&signed);
            let found = opened(&fixture.store.clone().with(RING, flipped), &fixture.unlock).unwrap_or_default();
            let all_genuine = found.iter().all(|(_, key)| genuine.contains(key));
            assert!(all_genuine, "{}: a bit of {byte} flipped and signed again: a key that nobody made", fixture.name);
            opening += usize::from(!found.is_empty());
        }
    }
    assert!(rings > 10 && opening > 1000, "{opening} rings of {rings} fixtures open");
}
