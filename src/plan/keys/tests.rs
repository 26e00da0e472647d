//! Which keys the flags come to, with a keystore that Acra wrote.

mod remote;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keystores").join(name)
}

/// A keystore of the fixtures with the mode that Acra demands.
fn keystore(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(fixture(name).join("keys")).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// A world in which `NAME` holds the master key of a fixture, and K an audit log key.
fn plan(flags: &str, name: &str, of: &str) -> Result<KeysPlan, Failure> {
    let Verb::Keys(typed) = Cli::parse_from(format!("acralog keys {flags}").split_whitespace()).verb else {
        panic!("not keys");
    };
    let master = fs::read_to_string(fixture(of).join("master_key.txt")).unwrap();
    let variable = |asked: &str| match asked {
        "K" => Some(OsString::from(HEX)),
        _ => (asked == name).then(|| OsString::from(&master)),
    };
    keys(*typed, &Environment::of_a_test(&variable, false))
}

#[test]
fn a_keystore_opens_with_the_variable_of_acra_another_one_or_a_file() {
    let folder = keystore("v2-rotated");
    let dir = folder.path().display();
    let file = fixture("v2-rotated").join("master_key.txt");
    let cases = [
        (format!("check --keys-dir {dir}"), "ACRA_MASTER_KEY"),
        (format!("check --keys-dir {dir} --master-key-env OTHER"), "OTHER"),
        (format!("check --keys-dir {dir} --master-key-file {}", file.display()), "NONE"),
    ];
    for (flags, name) in cases {
        let given = plan(&flags, name, "v2-rotated").unwrap().given;
        assert_eq!((given.keys.len(), given.keystore.unwrap().keys.len()), (0, 3), "{flags}");
    }
}

#[test]
fn keys_of_files_and_variables_come_before_those_of_the_keystore() {
    let folder = keystore("v1-single");
    let flags = format!("fingerprint --key-env K --keys-dir {}", folder.path().display());
    let plan = plan(&flags, "ACRA_MASTER_KEY", "v1-single").unwrap();
    assert_eq!(plan.action, KeysTask::Fingerprint);
    assert_eq!(plan.given.keys[0].source(), "--key-env K");
    assert!(plan.given.keys[1].source().ends_with(": secure_log_key"));
    assert_eq!(plan.given.warnings, [""; 0]);
}

#[test]
fn what_cannot_be_opened_is_refused_with_advice() {
    let folder = keystore("v1-single");
    let dir = folder.path().display();
    let cases = [
        (format!("check --keys-dir {dir} --master-key-env NO"), "the variable NO is not set", "--master-key-file"),
        (
            format!("check --keys-dir {dir} --kms-credentials c --keystore-encryption kms-encrypted-master-key"),
            "the variable ACRA_MASTER_KEY is not set",
            "as the service encrypted it",
        ),
        ("check --keys-dir no/such/dir".to_owned(), "no/such/dir: cannot open the keystore", "--keys_dir"),
        ("check".to_owned(), "no audit log key was given", "--keys-dir"),
        ("check --master-key-env A".to_owned(), "a master key was given, but no keystore", "--keys-dir"),
        ("list --key-env K --master-key-file a".to_owned(), "a master key was given, but no keystore", "--keys-dir"),
        (format!("check --keys-dir {dir} --master-key-file no/key"), "no/key: cannot read the master key file", ""),
    ];
    for (flags, message, hint) in cases {
        let set = if message.contains("ACRA_MASTER_KEY") { "ANOTHER" } else { "ACRA_MASTER_KEY" };
        let failure = plan(&flags, set, "v1-single").unwrap_err();
        assert!(failure.message.starts_with(message), "{flags}: {failure:?}");
        assert!(failure.hint.unwrap_or_default().contains(hint), "{flags}");
    }
}

#[test]
fn a_current_key_that_cannot_be_used_is_listed_and_never_passed_over_in_silence() {
    let folder = keystore("v2-current-destroyed");
    let dir = folder.path().display();
    let refused = plan(&format!("check --keys-dir {dir}"), "ACRA_MASTER_KEY", "v2-current-destroyed");
    assert!(refused.unwrap_err().message.ends_with("seqnum 2: the key has been destroyed"));
    // What is tried is the history.
    let given =
        plan(&format!("fingerprint --keys-dir {dir}"), "ACRA_MASTER_KEY", "v2-current-destroyed").unwrap().given;
    assert_eq!(given.keys.len(), 1);
    assert!(given.warnings[0].contains("only historical ones are tried"), "{:?}", given.warnings);
    let given = plan(&format!("list --keys-dir {dir}"), "ACRA_MASTER_KEY", "v2-current-destroyed").unwrap().given;
    assert_eq!(given.keystore.unwrap().keys.len(), 2);
    assert!(given.warnings[0].starts_with("the current key cannot be used: "), "{:?}", given.warnings);
}

#[test]
fn nothing_of_a_plan_shows_a_key() {
    let folder = keystore("v2-rotated");
    let flags = format!("list --key-env K --keys-dir {}", folder.path().display());
    let shown = format!("{:?}", plan(&flags, "ACRA_MASTER_KEY", "v2-rotated").unwrap());
    let expected = fs::read_to_string(fixture("v2-rotated").join("expected_keys.json")).unwrap();
    let hex = expected.split("\"hex\": \"").skip(1).map(|rest| &rest[..64]);
    for key in hex.chain([HEX]) {
        assert!(!shown.contains(key), "{shown}");
        assert!(!shown.contains(&format!("{:?}", hex::decode(&key[..8]).unwrap()).replace(['[', ']'], "")), "{shown}");
    }
}

#[test]
fn a_master_key_given_as_an_audit_log_key_is_named_by_the_keystore_it_opens_or_by_its_variable() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let master = fs::read_to_string(fixture("v1-single").join("master_key.txt")).unwrap();
    let raw = base64::engine::general_purpose::STANDARD.decode(master.trim()).unwrap();
    let file = folder.path().join("master.key");
    for content in [raw.clone(), hex::encode(&raw).into_bytes(), master.into_bytes()] {
        fs::write(&file, content).unwrap();
        let of_variable = plan(&format!("check --key-file {}", file.display()), "ACRA_MASTER_KEY", "v1-single");
        let failure = of_variable.unwrap_err();
        assert!(
            failure.message.ends_with("this is the master key in ACRA_MASTER_KEY, not an audit log key"),
            "{failure:?}"
        );
        for place in [".acrakeys", "keys", "."] {
            let keystore = folder.path().join(place);
            fs::create_dir_all(&keystore).unwrap();
            fs::copy(fixture("v1-single").join("keys/secure_log_key"), keystore.join("secure_log_key")).unwrap();
            let failure = plan(&format!("check --key-file {}", file.display()), "NONE", "v1-single").unwrap_err();
            assert!(failure.message.contains("this is the master key of the keystore"), "{failure:?}");
            let hint = failure.hint.unwrap();
            assert!(hint.contains(&format!("--master-key-file {}", file.display())), "{hint}");
            fs::remove_file(keystore.join("secure_log_key")).unwrap();
        }
    }
    // Of a variable as well, and where the keystore is given beside it.
    let dir = fixture("v1-single").join("keys");
    let flags = format!("check --key-env M --keys-dir {}", dir.display());
    assert!(plan(&flags, "M", "v1-single").unwrap_err().message.contains("--key-env M: this is the master key of"));
}
