//! Every keystore that Acra wrote gives the keys that Acra reads out of it, and they verify its logs; every damaged one ends
//! in exit 2 with words that say what to fix. Redis and key management services are left to other modules.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::LazyLock;

use acralog::AuditKey;
use serde::Deserialize;

use crate::support::Run;
use crate::support::keystore::{Expected, Keystore};

pub mod lost;
pub mod refusals;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    version: u32,
    tool: serde_json::Value,
    keystore: Option<Place>,
    keys: Vec<Key>,
    warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    origin: String,
    version: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    source: String,
    fingerprint: Option<String>,
    current: Option<bool>,
    seqnum: Option<i64>,
    state: Option<String>,
    valid_since: Option<String>,
    valid_until: Option<String>,
    problem: Option<String>,
}

/// Acra reads it, and we do not: a cell with bytes between its parts, which Themis never writes.
pub const STRICTER: &str = "v1-quirk-gap-after-header";

/// Two keys of the same number. Whoever asks Acra for that number gets the last one, so the list has it twice; the other one
/// is sealed for another number and does not open.
const TWICE: &str = "v2-resigned-duplicate-seqnum";

/// The keystores whose current key Acra can read, and we too.
fn sound() -> Vec<Keystore> {
    let sound: Vec<_> = Keystore::all().into_iter().filter(|store| store.current_key().is_some()).collect();
    assert!(sound.len() > 15, "most of them are sound");
    sound.into_iter().filter(|store| store.name != STRICTER).collect()
}

fn fingerprint(key: &[u8]) -> String {
    AuditKey::new(key.try_into().expect("32 bytes"), "the test").fingerprint().to_owned()
}

/// What is published of the list.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = Run::bare().args(["schema", "keys"]).exit(0);
    jsonschema::validator_for(&serde_json::from_slice(&schema.stdout).expect("a schema")).expect("a schema")
});

/// The list that a run prints, which is what the schema says.
#[track_caller]
fn printed(run: Run) -> Document {
    let done = run.args(["--output-format", "json"]).exit(0);
    let document = serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()));
    let errors: Vec<_> = SCHEMA.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}: {}", done.told());
    serde_json::from_value(document).unwrap_or_else(|error| panic!("{error}: {}", done.told()))
}

#[track_caller]
fn list(store: &Keystore) -> Document {
    printed(store.keys("list"))
}

/// The source of a key as acralog words it.
fn source(store: &Keystore, expected: &Expected) -> String {
    let name = match (&expected.seqnum, &expected.state) {
        (Some(seqnum), Some(state)) => format!("seqnum {seqnum}, state {state}"),
        _ => expected.source.clone(),
    };
    format!("--keys-dir {}: {name}", store.keys_dir().display())
}

#[test]
fn every_keystore_gives_the_keys_that_acra_reads_out_of_it() {
    let mut with_list = 0;
    for store in Keystore::all() {
        let Some(expected) = store.expected() else { continue };
        with_list += 1;
        let document = list(&store);
        assert_eq!((&document.schema[..], document.version), ("acralog-keys", 1));
        assert_eq!(document.tool["name"], "acralog");
        let place = document.keystore.expect("a keystore");
        assert_eq!(place.origin, format!("--keys-dir {}", store.keys_dir().display()));
        assert_eq!(place.version, store.name[..2]);
        assert_eq!(document.keys.len(), expected.len(), "{}", store.name);
        for (index, (key, expected)) in document.keys.iter().zip(&expected).enumerate() {
            assert_eq!(key.source, source(&store, expected), "{}", store.name);
            if store.name == TWICE && index == 1 {
                assert_eq!((key.current, key.problem.is_some()), (Some(false), true));
                continue;
            }
            let hex = expected.hex.as_ref().map(|hex| fingerprint(&hex::decode(hex).expect("hex digits")));
            assert_eq!(key.fingerprint, hex, "{}", store.name);
            assert_eq!(key.problem.is_some(), expected.error.is_some(), "{}: {:?}", store.name, key.problem);
            assert_eq!(key.current, Some(expected.current), "{}", store.name);
            assert_eq!((key.seqnum, &key.state), (expected.seqnum, &expected.state), "{}", store.name);
            assert_eq!(key.valid_since.is_some() && key.valid_until.is_some(), key.seqnum.is_some());
        }
        let is_sound = store.current_key().is_some() && store.name != TWICE;
        assert_eq!(document.warnings.is_empty(), is_sound, "{}: {:?}", store.name, document.warnings);
    }
    assert!(with_list > 15, "{with_list} lists");
}

#[test]
fn the_current_key_is_the_one_that_acra_seals_with_whatever_the_quirk() {
    for store in sound() {
        let key = fingerprint(&store.current_key().expect("a sound keystore"));
        let checked = store.keys("check").exit(0);
        let wanted = format!("the current key can be used: {key} (");
        assert!(checked.text().contains(&wanted), "{}", checked.told());
        assert_eq!(checked.stderr.is_empty(), store.name != TWICE, "{}", checked.told());
        let printed = store.keys("fingerprint").exit(0);
        assert!(printed.text().starts_with(&format!("{key}  --keys-dir ")), "{}", printed.told());
    }
}

#[test]
fn the_logs_of_every_keystore_verify_with_the_key_that_sealed_them() {
    let mut logs = 0;
    for store in sound() {
        for log in store.logs() {
            logs += 1;
            let report = store.given_to(Run::report()).path(&log).exit(0).report();
            let chains: Vec<u64> = report.keys.iter().map(|key| key.chains).collect();
            let name = log.file_stem().expect("a name").to_str().expect("UTF-8");
            let told = format!("{} {name}: {chains:?}", store.name);
            match name {
                "audit" => assert!(chains[0] > 0 && chains[1..].iter().all(|count| *count == 0), "{told}"),
                "oldest-key" => {
                    let (oldest, others) = chains.split_last().expect("some keys");
                    assert!(*oldest > 0 && others.iter().all(|count| *count == 0), "{told}");
                }
                "mixed-keys" => {
                    assert!(chains.len() > 1 && chains.iter().all(|count| *count == 1), "{told}");
                    // One chain for each key, the oldest first.
                    let named = report.chains.iter().map(|chain| chain.key.as_deref().expect("a key"));
                    let newest_last = report.keys.iter().rev().map(|key| &key.fingerprint[..]);
                    assert!(named.eq(newest_last), "{told}");
                }
                other => panic!("{other}: what does it show?"),
            }
        }
    }
    assert!(logs > 40, "{logs} logs");
}

#[test]
fn a_report_names_the_source_of_the_key_that_fits() {
    for (name, oldest) in [
        ("v1-rotated", "secure_log_key.old/2026-11-22T10:13:33.726703052"),
        ("v2-rotated", "seqnum 1, state pre-active"),
    ] {
        let store = Keystore::named(name);
        let log = store.logs().into_iter().find(|log| log.ends_with("oldest-key.json")).expect("such a log");
        let report = store.given_to(Run::report()).path(log).exit(0).report();
        let fits: BTreeSet<_> = report.keys.iter().filter(|key| key.chains > 0).map(|key| &key.source[..]).collect();
        let wanted = format!("--keys-dir {}: {oldest}", store.keys_dir().display());
        assert_eq!(fits, BTreeSet::from([&wanted[..]]));
    }
}

#[test]
fn every_verb_that_verifies_takes_its_keys_from_a_keystore() {
    let store = Keystore::named("v2-rotated");
    let log = store.logs().into_iter().find(|log| log.ends_with("mixed-keys.json")).expect("such a log");
    let verbs: [&[&str]; 4] = [
        &["verify", "-q"],
        &["grep", "--verified", "-q", ""],
        &["convert", "--verify", "--to", "ecs", "-q"],
        &["report", "--verify"],
    ];
    for verb in verbs {
        store.given_to(Run::bare().args(verb)).path(&log).exit(0);
        let without = Run::bare().args(verb).arg("--keys-dir").arg(store.keys_dir()).path(&log).exit(2);
        assert!(without.stderr.contains("ACRA_MASTER_KEY is not set"), "{}", without.told());
    }
    for verb in [&["grep", "x"][..], &["convert", "--to", "json"]] {
        let unasked = store.given_to(Run::bare().args(verb)).path(&log).refused();
        assert!(unasked.stderr.contains("nothing is verified without being asked"), "{}", unasked.told());
    }
}

#[test]
fn acras_own_folder_is_used_when_no_other_key_is_given() {
    let store = Keystore::named("v1-single");
    let log = &store.logs()[1];
    fs::rename(store.keys_dir(), store.folder().join(".acrakeys")).expect("a folder of our own");
    let run = |verb: &[&str]| Run::bare().args(verb).current_dir(store.folder()).path(log);
    let with_master = |verb: &[&str]| run(verb).env("ACRA_MASTER_KEY", &store.master_key);

    let report = with_master(&["verify", "--output-format", "json"]).exit(0).report();
    assert_eq!(report.keys[0].source, "--keys-dir .acrakeys: secure_log_key");
    with_master(&["report", "--verify"]).exit(0);
    let without = run(&["verify"]).exit(2);
    assert!(without.stderr.contains("the keystore .acrakeys is opened when no other key"), "{}", without.told());

    // Where nobody asked for a verification, a keystore that lies there is no reason to fail.
    run(&["report"]).exit(0);
    run(&["grep", "-q", ""]).exit(0);
    let other = hex::encode([9; 32]);
    let named = run(&["verify", "--key-env", "K", "--output-format", "json"]).env("K", other).done().report();
    assert_eq!(named.keys.len(), 1, "a key that was named stands alone");
    let unclear = with_master(&["verify"]).args(["--key-env", "K", "--master-key-env", "ACRA_MASTER_KEY"]);
    let unclear = unclear.env("K", hex::encode([9; 32])).refused();
    assert!(unclear.stderr.contains("a master key was given, but no keystore that it opens"), "{}", unclear.told());
}

#[test]
fn a_master_key_may_be_in_a_file_as_text_or_raw_or_come_through_a_pipe() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    for name in ["v1-single", "v1-long-master", "v2-single"] {
        let store = Keystore::named(name);
        let raw = STANDARD.decode(&store.master_key).expect("plain base64");
        for content in [store.master_key.clone().into_bytes(), format!("{}\n", store.master_key).into_bytes(), raw] {
            let file = store.folder().join("master.key");
            fs::write(&file, &content).expect("a file of our own");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a file of our own");
            let check = || Run::bare().args(["keys", "check", "--keys-dir"]).arg(store.keys_dir());
            let done = check().arg("--master-key-file").arg(&file).exit(0);
            assert_eq!(done.stderr, "", "{}", done.told());
            check().args(["--master-key-env", "OTHER"]).env("OTHER", &store.master_key).exit(0);
        }
    }
}

#[test]
fn a_keystore_of_another_mode_is_used_with_a_warning() {
    let store = Keystore::named("v1-single");
    fs::set_permissions(store.keys_dir(), fs::Permissions::from_mode(0o755)).expect("a folder of our own");
    let done = store.keys("check").exit(0);
    assert!(done.stderr.contains("warning: ") && done.stderr.contains("has mode 0755"), "{}", done.told());
}

#[test]
fn a_damaged_historical_key_is_a_warning_and_the_others_go_on() {
    let store = Keystore::named("v1-rotated");
    let history = store.keys_dir().join("secure_log_key.old");
    let newest = "2026-11-22T10:13:33.750466529";
    fs::write(history.join(newest), "damaged").expect("a file of our own");
    fs::create_dir(history.join("2026-12-01T00:00:00")).expect("a folder is no key");
    fs::write(history.join("2026-01-01T00:00:00"), [0; 10_000]).expect("a file of our own");
    let log = store.logs().into_iter().find(|log| log.ends_with("oldest-key.cef")).expect("such a log");
    let report = store.given_to(Run::report()).path(log).exit(0).report();
    assert_eq!(report.keys.len(), 2);
    assert!(report.warnings[0].contains(newest), "{:?}", report.warnings);
    assert!(
        report.warnings[1].contains("2026-01-01T00:00:00: longer than 8192 bytes; hint: "),
        "{:?}",
        report.warnings
    );
    let document = list(&store);
    assert_eq!(document.keys.len(), 4);
    assert!(document.keys[1].problem.as_ref().expect("a problem").contains("not a key as Acra encrypts it"));
    let told = store.keys("check").exit(0);
    assert!(told.text().contains("1 of 3 historical keys can be used"), "{}", told.told());
}

#[test]
fn the_table_for_people_has_a_row_for_each_key() {
    let store = Keystore::named("v2-current-destroyed");
    let done = store.keys("list").exit(0);
    let lines: Vec<_> = done.text().lines().collect();
    assert_eq!(lines.len(), 4, "{}", done.told());
    assert!(lines[0].ends_with(": keystore v2") && lines[1].starts_with("FINGERPRINT "), "{}", done.told());
    assert!(lines[2].contains("destroyed") && lines[2].ends_with("the key has been destroyed"), "{}", done.told());
    assert!(done.stderr.contains("warning: the current key cannot be used"), "{}", done.told());
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/audit.key");
    let files = Run::bare().args(["keys", "list", "--key-file"]).arg(key).exit(0);
    assert!(files.text().contains("b8cf81be2eeb07d3"), "{}", files.told());
}

#[test]
fn a_list_of_keys_that_lie_in_no_keystore_says_nothing_of_one() {
    let document = printed(Run::bare().args(["keys", "list"]).key("audit.key"));
    let [key] = &document.keys[..] else { panic!("one key: {document:?}") };
    assert_eq!(key.fingerprint.as_deref(), Some("b8cf81be2eeb07d3"));
    assert!(document.keystore.is_none() && key.current.is_none() && key.state.is_none(), "{document:?}");
}

#[test]
fn the_name_of_a_keystore_cannot_act_on_the_terminal() {
    let store = Keystore::named("v1-rotated");
    let odd = store.folder().join("k\u{1b}[31m\u{202e}\nwarning: none");
    fs::rename(store.keys_dir(), &odd).expect("a folder of our own");
    for (verb, code) in [("list", 0), ("check", 0), ("fingerprint", 0), ("check --master-key-env NO", 2)] {
        let words = verb.split(' ').chain(["--keys-dir"]);
        let run = Run::bare().arg("keys").args(words).arg(&odd).env("ACRA_MASTER_KEY", &store.master_key);
        let done = run.exit(code);
        let said = format!("{}{}", done.text(), done.stderr);
        assert!(!said.contains(['\u{1b}', '\u{202e}']) && !said.contains("\nwarning: none"), "{}", done.told());
    }
}
