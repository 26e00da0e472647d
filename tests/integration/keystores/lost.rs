//! Keys that exist and cannot be had: what they sealed is undecided, not altered. And keys that others know: what they sealed
//! is proven, and proves less.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::support::keystore::Keystore;
use crate::support::report::Report;
use crate::support::{FORMATS, Run};

pub const COMPROMISED: u8 = 5;
const DESTROYED: u8 = 6;

/// Gives a key of a ring another state, and signs the ring again with its own key.
pub fn set_state(store: &Keystore, seqnum: u8, state: u8) {
    let path = store.keys_dir().join("audit-log.keyring");
    let mut ring = fs::read(&path).expect("a key ring");
    // INTEGER seqnum, INTEGER 1 (pre-active), UTCTime: nothing else in a ring looks like this.
    let entry = [2, 1, seqnum, 2, 1, 1, 0x17];
    let at = ring.windows(entry.len()).position(|window| window == entry).expect("such a key");
    ring[at + 5] = state;
    let long = |at: usize| 4 + usize::from(u16::from_be_bytes([ring[at + 2], ring[at + 3]]));
    assert_eq!([ring[0], ring[1], ring[4], ring[5]], [0x30, 0x82, 0x30, 0x82], "two long sequences");
    let payload = 4..4 + long(4);
    let master: serde_json::Value =
        serde_json::from_slice(&STANDARD.decode(&store.master_key).expect("base64")).expect("JSON");
    let key = STANDARD.decode(master["signature"].as_str().expect("a key")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key");
    mac.update(b"AKSv2 keystore: key ring signature: audit-log: ");
    mac.update(&ring[payload]);
    let signature = ring.len() - 32;
    ring[signature..].copy_from_slice(&mac.finalize().into_bytes());
    fs::write(path, ring).expect("a file of our own");
}

fn damage_history(store: &Keystore) {
    for entry in fs::read_dir(store.keys_dir().join("secure_log_key.old")).expect("a history") {
        fs::write(entry.expect("an entry").path(), "damaged").expect("a file of our own");
    }
}

/// Moves the historical keys out of the keystore, and links to them.
fn link_history(store: &Keystore) -> PathBuf {
    let (history, away) = (store.keys_dir().join("secure_log_key.old"), store.folder().join("away"));
    fs::create_dir(&away).expect("a folder of our own");
    for entry in fs::read_dir(&history).expect("a history").map(|entry| entry.expect("an entry")) {
        let target = away.join(entry.file_name());
        fs::rename(entry.path(), &target).expect("a file of our own");
        std::os::unix::fs::symlink(target, entry.path()).expect("a link");
    }
    away
}

fn log(store: &Keystore, name: &str) -> PathBuf {
    store.logs().into_iter().find(|log| log.ends_with(name)).expect("such a log")
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| &finding.code[..]).collect()
}

#[test]
fn chains_of_a_key_that_cannot_be_had_are_undecided_and_the_key_is_named() {
    let damaged = Keystore::named("v1-rotated");
    damage_history(&damaged);
    let destroyed = Keystore::named("v2-rotated");
    set_state(&destroyed, 1, DESTROYED);
    for (store, lost, missing) in [
        (&damaged, "secure_log_key.old/2026-11-22T10:13:33.726703052", 2),
        (&destroyed, "seqnum 1, state destroyed", 1),
    ] {
        for format in ["plaintext", "json", "cef"] {
            let mixed = store.given_to(Run::report()).path(log(store, &format!("mixed-keys.{format}"))).exit(2);
            let report = mixed.report();
            let found: Vec<_> = report.findings.iter().filter(|finding| finding.code == "key-lost").collect();
            assert!(!codes(&report).contains(&"chain-altered"), "{}", mixed.told());
            assert_eq!(found.len(), missing, "{}", mixed.told());
            assert!(found.iter().all(|finding| finding.message.contains(lost)), "{}", mixed.told());
            store.given_to(Run::verify()).path(log(store, &format!("audit.{format}"))).exit(0);
        }
    }
}

/// The lines of a log that carry a seal, and a place for another log.
fn signed_lines(store: &Keystore, name: &str) -> Vec<String> {
    let text = fs::read_to_string(log(store, name)).expect("UTF-8");
    text.lines().filter(|line| line.contains("\"integrity\"")).map(str::to_owned).collect()
}

fn write(store: &Keystore, lines: &[String]) -> PathBuf {
    let path = store.folder().join("a.log");
    fs::write(&path, lines.join("\n") + "\n").expect("a file of our own");
    path
}

fn altered(line: &str) -> String {
    line.replacen("\"level\":\"", "\"level\":\"x", 1)
}

#[test]
fn a_lost_key_excuses_nothing_that_another_key_proves_to_be_altered() {
    let store = Keystore::named("v1-rotated");
    damage_history(&store);
    let mut lines = signed_lines(&store, "audit.json");
    lines[1] = altered(&lines[1]);
    // With a chain of a lost key before it and without.
    for before in [Vec::new(), signed_lines(&store, "oldest-key.json")] {
        let path = write(&store, &[before, lines.clone()].concat());
        let done = store.given_to(Run::report()).path(&path).exit(1);
        assert!(codes(&done.report()).contains(&"entry-restored"), "{}", done.told());
    }
}

#[test]
fn whatever_else_lies_in_the_history_is_no_lost_key() {
    let store = Keystore::named("v1-rotated");
    let mut lines = signed_lines(&store, "audit.json");
    lines.extend(signed_lines(&store, "oldest-key.json"));
    let last = lines.iter().rposition(|line| line.contains("\"chain\":\"new\"")).expect("a start");
    // So much that its seal cannot show what stood there.
    lines[last] = altered(&lines[last]).replacen("\"msg\":\"", "\"msg\":\"nobody undoes this and ", 1);
    let path = write(&store, &lines);
    for (name, is_key) in [
        (".gitkeep", false),
        ("2026-11-22", false),
        ("2026-11-22T10:13:33.7.7", false),
        ("2026-11-22T10:13:33.7", true),
    ] {
        let stray = store.keys_dir().join("secure_log_key.old").join(name);
        fs::write(&stray, "").expect("a file of our own");
        let done = store.given_to(Run::report()).path(&path).exit(2);
        assert_eq!(done.report().finding("key-lost").message.contains(name), is_key, "{}", done.told());
        assert!(done.report().warnings[0].contains(name), "{}", done.told());
        fs::remove_file(stray).expect("a file of our own");
    }
}

#[test]
fn a_chain_of_a_lost_key_beside_another_one_makes_nobody_a_forger() {
    let store = Keystore::named("v1-rotated");
    let (current, old) = (signed_lines(&store, "audit.json"), signed_lines(&store, "oldest-key.json"));
    let mut lines: Vec<_> = current.iter().zip(&old).flat_map(|(one, other)| [one.clone(), other.clone()]).collect();
    lines.extend(current.iter().skip(old.len()).chain(old.iter().skip(current.len())).cloned());
    let path = write(&store, &lines);
    store.given_to(Run::report()).path(&path).exit(0);
    damage_history(&store);
    let report = store.given_to(Run::report()).path(&path).exit(2).report();
    assert!(codes(&report).contains(&"key-lost") && !codes(&report).contains(&"line-out-of-chain"), "{report:?}");
}

#[test]
fn where_nothing_verifies_the_lost_key_is_named_too() {
    let store = Keystore::named("v2-rotated");
    set_state(&store, 1, DESTROYED);
    let done = store.given_to(Run::report()).path(log(&store, "oldest-key.json")).exit(2);
    let report = done.report();
    assert_eq!(codes(&report).iter().filter(|code| **code == "key-wrong").count(), 0, "{}", done.told());
    let found = report.findings.iter().find(|finding| finding.code == "key-lost").expect("the finding");
    assert!(found.message.contains("seqnum 1, state destroyed"), "{}", done.told());
}

#[test]
fn a_lost_key_is_told_in_every_format_and_by_the_exit_code_when_nothing_else_is() {
    let store = Keystore::named("v1-rotated");
    damage_history(&store);
    for format in FORMATS {
        let done = store.given_to(Run::verify().format(format)).path(log(&store, "mixed-keys.json")).exit(2);
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &done.stderr;
        assert!(said.contains("others could not: "), "{format}: {}", done.told());
    }
    let verifier = Run::bare()
        .args(["acra-log-verifier", "--audit_log_file_format=json", "--keys_dir"])
        .arg(store.keys_dir())
        .arg("--audit_log_file")
        .arg(log(&store, "mixed-keys.json"))
        .env("ACRA_MASTER_KEY", &store.master_key)
        .exit(1);
    assert!(verifier.stderr.contains("a historical key is left out"), "{}", verifier.told());
}

#[test]
fn chains_of_a_compromised_key_are_verified_with_a_warning_that_the_strict_policy_does_not_accept() {
    let store = Keystore::named("v2-rotated");
    set_state(&store, 1, COMPROMISED);
    let sealed_with_it = log(&store, "oldest-key.json");
    let done = store.given_to(Run::report()).path(&sealed_with_it).exit(0);
    let report = done.report();
    let found = report.findings.iter().find(|finding| finding.code == "key-compromised").expect("the finding");
    assert_eq!(found.class, "warning");
    assert!(report.keys.iter().any(|key| key.source.ends_with("seqnum 1, state compromised")), "{}", done.told());
    let strict = || ["--policy", "strict", "--allow", "unsigned-between", "--allow", "chain-open-at-end"];
    store.given_to(Run::verify().args(strict())).path(&sealed_with_it).exit(3);
    store.given_to(Run::verify().args(strict()).args(["--allow", "key-compromised"])).path(&sealed_with_it).exit(0);
    // Nor does it help to give the same key once more.
    let key = store.expected().expect("keys").into_iter().find(|key| key.seqnum == Some(1)).expect("the key");
    let twice = Run::verify().args(strict()).args(["--key-env", "K"]).env("K", key.hex.expect("hex digits"));
    store.given_to(twice).path(&sealed_with_it).exit(3);
    // Where the key has sealed nothing, there is nothing to say.
    let other = store.given_to(Run::report()).path(log(&store, "audit.json")).exit(0);
    assert!(!codes(&other.report()).contains(&"key-compromised"), "{}", other.told());
}

#[test]
fn an_older_key_behind_a_newer_one_is_noticed() {
    for name in ["v1-rotated", "v2-rotated"] {
        let store = Keystore::named(name);
        let (current, old) = (signed_lines(&store, "audit.json"), signed_lines(&store, "oldest-key.json"));
        for (lines, noticed) in [([&current[..], &old].concat(), true), ([&old[..], &current].concat(), false)] {
            let path = write(&store, &lines);
            let report = store.given_to(Run::report()).path(&path).exit(0).report();
            let found = report.findings.iter().find(|finding| finding.code == "key-outdated");
            let place = found.and_then(|finding| finding.place.as_ref()).map(|place| place.line);
            assert_eq!(place, noticed.then_some(current.len() as u64 + 1), "{report:?}");
        }
    }
    // Of keys that were given one by one nobody knows which is older.
    let store = Keystore::named("v1-rotated");
    let path = write(&store, &[signed_lines(&store, "audit.json"), signed_lines(&store, "oldest-key.json")].concat());
    let keys = store.expected().expect("keys");
    let mut run = Run::report().path(&path);
    for (index, key) in keys.iter().enumerate() {
        run = run
            .env(&format!("K{index}"), key.hex.as_ref().expect("hex digits"))
            .args(["--key-env", &format!("K{index}")]);
    }
    assert!(!codes(&run.exit(0).report()).contains(&"key-outdated"));
}

#[test]
fn links_are_followed_and_those_that_lead_nowhere_are_lost_keys() {
    for format in ["plaintext", "json", "cef"] {
        let store = Keystore::named("v1-rotated");
        let mixed = log(&store, &format!("mixed-keys.{format}"));
        let away = link_history(&store);
        store.given_to(Run::report()).path(&mixed).exit(0);
        fs::remove_dir_all(&away).expect("a folder of our own");
        let done = store.given_to(Run::report()).path(&mixed).exit(2);
        assert_eq!(codes(&done.report()).iter().filter(|code| **code == "key-lost").count(), 2, "{}", done.told());
        assert!(done.report().warnings[0].contains("a link that leads nowhere"), "{}", done.told());

        let history = store.keys_dir().join("secure_log_key.old");
        fs::remove_dir_all(&history).expect("a folder of our own");
        store.given_to(Run::report()).path(&mixed).exit_one_of(&[1, 2]);
        std::os::unix::fs::symlink(&away, &history).expect("a link");
        let done = store.given_to(Run::report()).path(&mixed).exit(2);
        assert!(!codes(&done.report()).contains(&"chain-altered"), "{}", done.told());
        assert!(done.report().warnings[0].contains("secure_log_key.old: a link that leads nowhere"), "{}", done.told());
        store.given_to(Run::report()).path(log(&store, &format!("audit.{format}"))).exit(0);
        let listed = store.keys("list").exit(0);
        assert!(listed.text().contains("secure_log_key.old/*"), "{}", listed.told());
    }
}

#[test]
fn old_logs_verify_with_history_alone_and_what_fits_none_of_it_is_undecided() {
    let missing = Keystore::named("v1-rotated");
    fs::remove_file(missing.keys_dir().join("secure_log_key")).expect("a file of our own");
    let damaged = Keystore::named("v1-rotated");
    fs::write(damaged.keys_dir().join("secure_log_key"), "damaged").expect("a file of our own");
    let destroyed = Keystore::named("v2-rotated");
    set_state(&destroyed, 3, DESTROYED);
    for store in [&missing, &damaged, &destroyed] {
        for format in ["plaintext", "json", "cef"] {
            let done = store.given_to(Run::report()).path(log(store, &format!("oldest-key.{format}"))).exit(0);
            let warned = "the current key cannot be used, and only historical ones are tried: ";
            assert!(done.report().warnings.iter().any(|told| told.starts_with(warned)), "{}", done.told());
            for (name, lost) in [("mixed-keys", 1), ("audit", 1)] {
                let done = store.given_to(Run::report()).path(log(store, &format!("{name}.{format}"))).exit(2);
                let found = done.report();
                assert!(codes(&found).iter().filter(|code| **code == "key-lost").count() >= lost, "{}", done.told());
                assert!(!codes(&found).contains(&"chain-altered"), "{}", done.told());
            }
        }
        store.keys("check").exit(2);
    }
}
