//! Keystores of both versions in memory. What key rings say is left to `rings`, those of the fixtures to `damage`.

mod damage;
mod rings;

use super::cell::tests::seal;
use super::*;
use crate::testing::key::{AWAY, MASTER, Memory, UNFIT, UNLISTED, master, master_pair, ring_file, sealed};

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
    let failure = told(&Memory::default().with("secure_log_key", other.clone()));
    assert!(failure.message.starts_with("M/secure_log_key: the test does not open the key: the wrong"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("another keystore")));
    // Damage would not meet all of them.
    let old = "secure_log_key.old/2026-01-01T00:00:00";
    let failure = told(&Memory::default().with("secure_log_key", other.clone()).with(old, other.clone()));
    assert!(failure.message.ends_with("opens none of the 2 keys here: it is the master key of another keystore"));

    let store = open(&rotated().with("secure_log_key", other), &master()).unwrap();
    let failure = store.current().unwrap_err();
    assert!(failure.message.starts_with("M/secure_log_key: the key is damaged, or"), "{failure:?}");
}

#[test]
fn a_master_key_in_hex_is_named_as_that() {
    let text = hex::encode(MASTER);
    let given = |text: &str| MasterKey::from_base64(text.as_bytes(), "the test").map(Unlock::Master).unwrap();
    let v1 = Memory::default().with("secure_log_key", sealed(1));
    let v2 = Memory::with_ring(ring_file(&[(1, 1, 1)], 1));
    for store in [v1, v2] {
        let failure = open(&store, &given(&text)).and_then(Keystore::into_keys).unwrap_err();
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("in hex")), "{failure:?}");
        assert!(!format!("{failure:?}").contains(&text[..8]), "{failure:?}");
    }
}

#[test]
fn history_alone_verifies_old_logs_and_the_current_key_is_a_lost_one() {
    let old = "secure_log_key.old/2026-01-01T00:00:00";
    let store = Memory::default().with(old, sealed(1));
    for (store, told, lost) in [
        (store.clone(), "M/secure_log_key: missing", "--memory M: its current key"),
        (store.clone().with("secure_log_key", "damaged"), "M/secure_log_key: not a key", "--memory M: secure_log_key"),
        (store.clone().with("secure_log_key", UNFIT), "M/secure_log_key: unfit", "--memory M: secure_log_key"),
    ] {
        let store = open(&store, &master()).unwrap();
        assert!(store.current().unwrap_err().message.contains(told));
        let warning = store.warning_without_current().unwrap();
        assert!(warning.contains(told) && warning.contains("only historical ones are tried"), "{warning}");
        let keys = store.into_keys().unwrap();
        assert_eq!((keys.keys().len(), keys.keys()[0].age()), (1, Some(1)));
        assert_eq!(keys.lost(), [lost]);
    }
    assert_eq!(open(&rotated(), &master()).unwrap().warning_without_current(), None);
    let hopeless = open(&store.with(old, "damaged"), &master()).unwrap();
    assert_eq!(hopeless.warning_without_current(), None);
    assert!(hopeless.into_keys().unwrap_err().message.contains("M/secure_log_key: missing"));
}

#[test]
fn history_that_cannot_be_listed_counts_as_lost_and_the_rest_goes_on() {
    let store = open(&rotated().with(&format!("secure_log_key.old/{UNLISTED}"), ""), &master()).unwrap();
    assert_eq!(store.warnings(), ["a historical key is left out: M/secure_log_key.old: cannot be listed"]);
    assert_eq!((store.keys.len(), store.keys[3].name.as_str()), (4, "secure_log_key.old/*"));
    let keys = store.into_keys().unwrap();
    assert_eq!((keys.keys().len(), keys.lost()), (3, &["--memory M: secure_log_key.old/*".to_owned()][..]));
}

#[test]
fn where_there_is_no_key_the_place_of_another_keystore_is_named() {
    let failure = open(&Memory::default().with("beside", ""), &master()).unwrap_err();
    assert!(failure.message.contains("M/secure_log_key: missing"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.starts_with("there is a keystore beside; name the keystore that")));
    let failure = open(&Memory::default().with("version", V2).with("beside", ""), &master_pair()).unwrap_err();
    assert!(failure.hint.is_some_and(|hint| hint.starts_with("there is a keystore beside; ")));
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
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        match sealed[0] {
            0xff => Err(StorageError::Access(Failure::new("the service is down"))),
            0xfe => Err(StorageError::Entry(Failure::new("not encrypted by this service"))),
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
