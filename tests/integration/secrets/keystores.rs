//! No key of a keystore and no master key appears in any output about any keystore, sound or damaged.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{assert_silent, spellings};
use crate::keystores::STRICTER;
use crate::keystores::refusals::HISTORY_ALONE;
use crate::support::keystore::Keystore;
use crate::support::{FORMATS, Run};

/// Shorter texts may stand in a sentence by chance.
const SECRET_BYTES_MIN: usize = 16;

/// Those whose only key cannot be opened, which is listed with what is wrong with it.
const LISTED_ALL_THE_SAME: [&str; 12] = [
    STRICTER,
    "v1-neg-alg-aes128",
    "v1-neg-alg-pbkdf2",
    "v1-neg-empty-file",
    "v1-neg-flipped-alg",
    "v1-neg-flipped-ciphertext",
    "v1-neg-flipped-tag",
    "v1-neg-plaintext-key",
    "v1-neg-truncated-1",
    "v1-neg-v2-master",
    "v1-neg-wrong-master",
    "v2-neg-wrong-encryption-key",
];

/// The keys of a keystore, its master key as it is given, decoded, and taken apart.
fn secrets(store: &Keystore) -> BTreeSet<Vec<u8>> {
    let mut raw: Vec<Vec<u8>> = store.current_key().into_iter().collect();
    let listed = store.expected().unwrap_or_default();
    raw.extend(listed.iter().filter_map(|key| key.hex.as_ref()).map(|hex| hex::decode(hex).expect("hex digits")));
    let given = store.master_key.clone().into_bytes();
    let text: Vec<u8> = given.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    let decoded = STANDARD.decode(&text).unwrap_or_default();
    for json in [&given, &decoded] {
        let strings = json.split(|byte| *byte == b'"');
        raw.extend(strings.filter_map(|text| STANDARD.decode(text).ok()));
    }
    // As a whole, and the beginning that a parser might quote.
    let mut secrets: BTreeSet<Vec<u8>> = [&given, &text, &decoded].into_iter().cloned().collect();
    secrets.extend([&given, &text, &decoded].iter().filter_map(|text| text.get(..SECRET_BYTES_MIN + 8)).map(Vec::from));
    raw.push(decoded);
    raw.retain(|secret| secret.len() >= SECRET_BYTES_MIN + 8);
    secrets.extend(raw.iter().flat_map(|secret| spellings(secret)));
    secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN || secret.starts_with(b"["));
    // What every master key of keystore v2 begins with is no secret.
    secrets.retain(|secret| !secret.starts_with(b"{\"encryption\"") || secret.len() > 60);
    let begin = STANDARD.encode("{\"encryption\":\"");
    secrets.retain(|secret| !secret.starts_with(begin.as_bytes()) || secret.len() > 60);
    secrets
}

#[test]
fn nothing_that_is_said_about_a_keystore_holds_a_secret() {
    let mut searched = 0;
    for store in Keystore::all() {
        let secrets: Vec<_> = secrets(&store).into_iter().collect();
        searched += secrets.len();
        let is_sound = store.current_key().is_some() && store.name != STRICTER;
        let if_possible = |is_possible: bool| if is_possible { 0 } else { 2 };
        let is_listed = is_sound || store.expected().is_some() || LISTED_ALL_THE_SAME.contains(&&store.name[..]);
        let has_keys = is_sound || HISTORY_ALONE.contains(&&store.name[..]);
        for (verb, is_possible) in [("list", is_listed), ("check", is_sound), ("fingerprint", has_keys)] {
            assert_silent(&secrets, if_possible(is_possible), store.keys(verb));
        }
        assert_silent(&secrets, if_possible(is_listed), store.keys("list").args(["--output-format", "json"]));
        // Those without logs are shown one of another keystore, which may have the same key.
        let single = Keystore::named(&format!("{}-single", &store.name[..2]));
        let sealer = if store.logs().is_empty() { &single } else { &store };
        let verifies = is_sound && sealer.current_key() == store.current_key();
        let log = sealer.logs().remove(0);
        assert_silent(&secrets, if_possible(verifies), store.given_to(Run::verify().arg("-v")).path(&log));
        let verifier = Run::bare().args(["acra-log-verifier", "-d", "--audit_log_file_format=cef", "--keys_dir"]);
        let verifier = verifier.arg(store.keys_dir()).env("ACRA_MASTER_KEY", &store.master_key);
        let verifier = verifier.arg("--audit_log_file").path(&log);
        assert_silent(&secrets, u8::from(!verifies), verifier);
    }
    assert!(searched > 1000, "{searched} secrets");
}

#[test]
fn no_report_of_any_format_holds_a_key_of_a_keystore() {
    for name in ["v1-rotated", "v2-full"] {
        let store = Keystore::named(name);
        let secrets: Vec<_> = secrets(&store).into_iter().collect();
        for log in store.logs() {
            for format in FORMATS {
                assert_silent(&secrets, 0, store.given_to(Run::verify().format(format).arg("-v")).path(&log));
            }
            assert_silent(&secrets, 0, store.given_to(Run::bare().args(["report", "--format", "html"])).path(&log));
        }
    }
}

#[test]
fn no_slip_of_the_hand_shows_a_master_key() {
    for name in ["v1-single", "v2-single"] {
        let store = Keystore::named(name);
        let secrets: Vec<_> = secrets(&store).into_iter().collect();
        let check = || Run::bare().args(["keys", "check"]);
        for flag in ["--keys-dir", "--key-file", "--key-env"] {
            assert_silent(&secrets, 64, check().args([flag, &store.master_key]));
        }
        for flag in ["--master-key-env", "--master-key-file"] {
            assert_silent(&secrets, 64, store.given_to(check()).args([flag, &store.master_key]));
        }
        assert_silent(&secrets, 64, check().arg(format!("--master-key={}", store.master_key)));
    }
}
