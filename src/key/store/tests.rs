//! Keystores of both versions in memory. What key rings say is left to `rings`, those of the fixtures to `damage`.

mod damage;
mod rings;

use super::cell::tests::seal;
use super::sample::{AWAY, MASTER, Memory, UNFIT, master, sealed};
use super::*;

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
