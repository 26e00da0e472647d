//! What is said about keystores and master keys that cannot be used.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::Run;
use crate::support::keystore::Keystore;

use super::STRICTER;

/// A keystore, what happened, and what to do about it.
type Row = (&'static str, &'static str, &'static str);

const MASTER_KEY: &str = "give the master key that acra-server uses";
const A_COPY: &str = "restore it from a copy of the keystore";
const WRONG: &str = "does not open the key: the wrong master key, or the key is damaged";
const UNSIGNED: &str = "the signature does not fit the variable ACRA_MASTER_KEY: the wrong master key, or";
const OTHER: &str = "another version of Acra";

const ROWS: &[Row] = &[
    ("v1-neg-alg-aes128", "the key is damaged, or encrypted in a way that Acra does not use", A_COPY),
    ("v1-neg-alg-pbkdf2", "the key is damaged, or encrypted in a way that Acra does not use", A_COPY),
    ("v1-neg-bad-base64-master", "the variable ACRA_MASTER_KEY: the master key is not base64", "padding"),
    ("v1-neg-empty-file", "keys/secure_log_key: the key is empty", A_COPY),
    ("v1-neg-empty-master", "the variable ACRA_MASTER_KEY is not set, or empty", "--master-key-file"),
    ("v1-neg-flipped-alg", "the key is damaged, or encrypted in a way that Acra does not use", A_COPY),
    ("v1-neg-flipped-ciphertext", WRONG, MASTER_KEY),
    ("v1-neg-flipped-tag", WRONG, MASTER_KEY),
    ("v1-neg-missing-file", "keys/secure_log_key: missing", "name the keystore that acra-server uses"),
    ("v1-neg-plaintext-key", "not a key as Acra encrypts it", "takes it with --key-file"),
    ("v1-neg-short-master", "the master key has 31 bytes, and 32 are the least", MASTER_KEY),
    ("v1-neg-truncated-1", "not a key as Acra encrypts it", A_COPY),
    ("v1-neg-unpadded-master", "the master key is not base64", "padding"),
    ("v1-neg-v2-master", WRONG, "this keystore is v1, and the master key is one of keystore v2"),
    ("v1-neg-wrong-master", WRONG, MASTER_KEY),
    (STRICTER, "not a key as Acra encrypts it", A_COPY),
    ("v2-bad-content-type", "holds content of type", OTHER),
    ("v2-bad-version", "a key ring of version", OTHER),
    ("v2-current-destroyed", "seqnum 2: the key has been destroyed", "generate a new audit log key"),
    ("v2-empty-ring", "the key ring has no current key", "may not have been generated"),
    ("v2-neg-empty-keyring", "the key ring is damaged", A_COPY),
    ("v2-neg-equal-master", "are missing, or the same", "two keys of 32 bytes or more"),
    ("v2-neg-flipped-encrypted-key", UNSIGNED, MASTER_KEY),
    ("v2-neg-flipped-signature", UNSIGNED, MASTER_KEY),
    ("v2-neg-json-not-base64-master", "the master key is not base64", "this is the JSON text itself"),
    ("v2-neg-master-json-trailing", "not a master key of keystore v2", "it is JSON"),
    ("v2-neg-missing-signature-field", "the signature key has 0 bytes", "it is JSON"),
    ("v2-neg-non-minimal-length", "the key ring is damaged", A_COPY),
    ("v2-neg-null-fields", "are missing, or the same", "it is JSON"),
    ("v2-neg-ring-missing", "keys/audit-log.keyring: missing", "may not have been generated"),
    ("v2-neg-short-encryption", "the encryption key has", "it is JSON"),
    ("v2-neg-short-signature", "the signature key has", "it is JSON"),
    ("v2-neg-trailing-byte", "the key ring is damaged", A_COPY),
    ("v2-neg-truncated-keyring", "the key ring is damaged", A_COPY),
    ("v2-neg-v1-master", "not a master key of keystore v2", "this keystore is v2"),
    ("v2-neg-version-missing", "keys/version: missing, though a key ring", "the 16 bytes `Acra Keystore v2`"),
    ("v2-neg-version-other", "keys/version: not the version", "the 16 bytes `Acra Keystore v2`"),
    ("v2-neg-wrong-encryption-key", WRONG, MASTER_KEY),
    ("v2-neg-wrong-master", UNSIGNED, MASTER_KEY),
    ("v2-neg-wrong-signature-key", UNSIGNED, MASTER_KEY),
    ("v2-no-current", "the key ring has no current key", "its keys are all historical"),
    ("v2-no-ring", "keys/audit-log.keyring: missing", "may not have been generated"),
    ("v2-resigned-enumerated", "signed, but not a key ring", OTHER),
    ("v2-resigned-flipped-key", "seqnum 2: the key is damaged", A_COPY),
    ("v2-resigned-format-1", "seqnum 1: no symmetric key is kept here", A_COPY),
    ("v2-resigned-garbage-ring", "signed, but not a key ring", OTHER),
];

/// Those whose current key cannot be used, and a historical one can.
pub const HISTORY_ALONE: &[&str] = &["v2-current-destroyed", "v2-no-current", "v2-resigned-flipped-key"];

#[test]
fn what_cannot_be_used_is_exit_2_with_words_that_say_what_to_fix() {
    for &(name, message, hint) in ROWS {
        let store = Keystore::named(name);
        let log = Keystore::named("v1-single").logs().remove(0);
        let mut runs = vec![store.keys("check")];
        if HISTORY_ALONE.contains(&name) {
            let tried = store.keys("fingerprint").exit(0);
            assert!(tried.stderr.contains("only historical ones are tried: "), "{name}: {}", tried.told());
            assert!(tried.stderr.contains(message) && tried.stderr.contains(hint), "{name}: {}", tried.told());
            // What fits none of them may be sealed with the current key.
            let verified = store.given_to(Run::report()).path(log).exit(2).report();
            assert!(verified.findings.iter().any(|finding| finding.code == "key-lost"), "{name}");
        } else {
            runs.extend([store.keys("fingerprint"), store.given_to(Run::verify()).path(log)]);
        }
        for run in runs {
            let done = run.exit(2);
            let mut lines = done.stderr.lines();
            let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
            let last = |word: &str| done.stderr.lines().rfind(|line| line.starts_with(word)).unwrap_or_default();
            assert!(done.stdout.is_empty() && !first.is_empty() && !second.is_empty(), "{name}: {}", done.told());
            assert!(last("acralog: ").contains(message), "{name}: {}", done.told());
            assert!(last("hint: ").contains(hint), "{name}: {}", done.told());
        }
    }
}

#[test]
fn every_keystore_that_acra_cannot_read_has_a_row() {
    let unreadable = Keystore::all().into_iter().filter(|store| store.current_key().is_none()).map(|store| store.name);
    let mut wanted: Vec<_> = unreadable.chain([STRICTER.to_owned()]).collect();
    wanted.sort_unstable();
    let mut rows: Vec<_> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    rows.sort_unstable();
    assert_eq!(rows, wanted);
}

#[test]
fn a_slip_at_night_is_answered_with_the_flag_that_was_meant() {
    let (v1, v2) = (Keystore::named("v1-single"), Keystore::named("v2-single"));
    let log = v1.logs().remove(0);
    fs::rename(v2.keys_dir(), v2.folder().join(".acrakeys")).expect("a folder of our own");
    let beside = v2.folder().join("other");
    fs::create_dir(&beside).expect("a folder of our own");
    let named = format!("there is a keystore in {0}/.acrakeys: --keys-dir {0}/.acrakeys", v2.folder().display());
    for dir in [v2.folder(), &beside, &v2.folder().join("missing")] {
        let done = Run::verify().arg("--keys-dir").arg(dir).path(&log).env("ACRA_MASTER_KEY", &v2.master_key).exit(2);
        assert!(done.stderr.contains(&named), "{}", done.told());
    }

    let master = v1.folder().join("master.txt");
    fs::write(&master, &v1.master_key).expect("a file of our own");
    let key = v1.folder().join("audit.b64");
    fs::write(&key, STANDARD.encode(v1.current_key().expect("a key")) + "\n").expect("a file of our own");
    Run::verify().key_file(&key).path(&log).exit(0);
    for (file, told, hint) in [
        (v1.keys_dir().join("secure_log_key"), "a key as Acra keeps it, sealed with the master key", "--keys-dir DIR"),
        (v2.folder().join(".acrakeys/audit-log.keyring"), "this is a key ring of keystore v2", "--keys-dir DIR"),
        (v1.keys_dir(), "the key file is a directory", "--keys-dir DIR"),
        (master, "this is the master key of the keystore", "--master-key-file "),
    ] {
        let done = Run::verify().key_file(&file).path(&log).exit(2);
        assert!(done.stderr.contains(told) && done.stderr.contains(hint), "{}", done.told());
    }
    let digits = hex::encode(STANDARD.decode(&v1.master_key).expect("base64"));
    let done = v1.given_to(Run::verify()).path(&log).env("ACRA_MASTER_KEY", &digits).exit(2);
    assert!(done.stderr.contains("it was given in hex, and is wanted in base64"), "{}", done.told());
    assert!(!done.stderr.contains(&digits[..16]), "{}", done.told());
    let other = v1.given_to(Run::verify()).path(&log).env("ACRA_MASTER_KEY", STANDARD.encode([9; 32])).exit(2);
    assert!(other.stderr.contains("this one may belong to another keystore"), "{}", other.told());
}
