//! The evidence of one run in one file: what is in it, what is not, and that it is the same twice.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::support::verify::{write, write_key};
use crate::support::{Run, fixture};

/// The key of RFC 8032, section 7.1, test 1.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";

/// What is always there.
const USUAL: [&str; 8] = [
    "SHA256SUMS",
    "attestation.intoto.json",
    "command.txt",
    "incidents.json",
    "incidents.md",
    "report.json",
    "report.txt",
    "run.json",
];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_key(&folder.path().join("signing.pem"), PRIVATE.as_bytes());
    write(folder.path(), "public.pem", PUBLIC.as_bytes());
    for format in ["plaintext", "json", "cef"] {
        write(folder.path(), &format!("{format}.log"), &fixture::bytes(&format!("chain_closed_three.{format}.log")));
        write(
            folder.path(),
            &format!("{format}-bad.log"),
            &fixture::bytes(&format!("chain_altered_middle.{format}.log")),
        );
    }
    folder
}

fn bundle(folder: &Path) -> Run {
    Run::bare()
        .args(["bundle", "-o", "out.tar.zst"])
        .key("audit.key")
        .env("SOURCE_DATE_EPOCH", "1741910400")
        .current_dir(folder)
}

fn signed(folder: &Path) -> Run {
    bundle(folder).args(["--attest-key", "signing.pem"])
}

/// The members by their names, in their order.
#[track_caller]
fn unpack(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = fs::File::open(folder.join("out.tar.zst")).expect("a bundle");
    let mut archive = tar::Archive::new(zstd::stream::read::Decoder::new(file).expect("zstd"));
    let mut members = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a path").to_str().expect("UTF-8").to_owned();
        let name = name.strip_prefix("acralog-bundle/").expect("everything is in one folder").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        members.push((name, content));
    }
    assert!(members.is_sorted_by(|a, b| a.0 < b.0), "sorted, and each once");
    members.into_iter().collect()
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn a_bundle_holds_the_reports_the_attestation_and_the_command_and_the_list_fits_them() {
    let folder = folder();
    for (log, code, outcome) in ["plaintext", "json", "cef"]
        .iter()
        .flat_map(|it| [(format!("{it}.log"), 0, "intact"), (format!("{it}-bad.log"), 1, "tampered")])
    {
        signed(folder.path()).args(["--force", &log]).exit(code);
        let members = unpack(folder.path());
        assert_eq!(members.keys().collect::<Vec<_>>(), USUAL, "{log}");
        let sums = std::str::from_utf8(&members["SHA256SUMS"]).expect("text");
        for (name, content) in members.iter().filter(|(name, _)| *name != "SHA256SUMS") {
            assert!(sums.contains(&format!("{}  {name}\n", hex::encode(Sha256::digest(content)))), "{name}");
        }
        assert_eq!(sums.lines().count(), USUAL.len() - 1);
        let verify = |format| {
            Run::verify().key("audit.key").format(format).arg("-v").path(&log).current_dir(folder.path()).exit(code)
        };
        assert_eq!(json_of(&members["report.json"]), json_of(&verify("json").stdout), "{log}");
        assert!(members["report.txt"] == verify("human").stdout, "{log}");
        let incidents = json_of(&members["incidents.json"]);
        assert_eq!(
            (&incidents["schema"], &incidents["generated_at"]),
            (&json!("acralog-report"), &json!("2025-03-14T00:00:00Z"))
        );
        assert!(members["incidents.md"].starts_with(b"# Acra incident report"), "{log}");
        let run = json_of(&members["run.json"]);
        assert_eq!(
            (&run["outcome"], &run["exit_code"], &run["inputs"][0]["member"]),
            (&json!(outcome), &json!(code), &Value::Null)
        );
        let command = String::from_utf8(members["command.txt"].clone()).expect("text");
        assert!(
            command.starts_with("acralog bundle -o out.tar.zst --key-file ")
                && command.ends_with(&format!(" --attest-key signing.pem --force {log}\n")),
            "{command}"
        );
        write(folder.path(), "a.json", &members["attestation.intoto.json"]);
        let check = Run::bare().args(["attest", "check", "a.json", "--key", "public.pem", "--require", "intact", &log]);
        check.current_dir(folder.path()).exit(code);
    }
}

#[test]
fn the_same_run_is_the_same_bytes_and_another_time_is_not() {
    let folder = folder();
    let once = |time: &str| {
        signed(folder.path())
            .env("SOURCE_DATE_EPOCH", time)
            .args(["--force", "--with-logs", "json-bad.log", "cef.log"])
            .exit(1);
        fs::read(folder.path().join("out.tar.zst")).expect("a bundle")
    };
    let first = once("1741910400");
    assert!(first == once("1741910400"));
    assert!(first != once("1741910401"));
}

#[test]
fn logs_are_packed_when_they_are_asked_for_as_they_lie_on_disk() {
    let folder = folder();
    fs::create_dir(folder.path().join("set")).expect("a new folder");
    write(&folder.path().join("set"), "cef.log", &fixture::bytes("chain_closed_three.cef.log"));
    signed(folder.path()).args(["--with-logs", "json.log", "gone.log", "set/cef.log"]).exit(2);
    let members = unpack(folder.path());
    let names: Vec<_> = members.keys().filter(|name| name.starts_with("logs/")).collect();
    assert_eq!(names, ["logs/0001-json.log", "logs/0002-cef.log"]);
    assert!(members["logs/0002-cef.log"] == fixture::bytes("chain_closed_three.cef.log"));
    let run = json_of(&members["run.json"]);
    assert_eq!(run["inputs"][1]["member"], "logs/0002-cef.log");
    assert_eq!(run["inputs"][1]["name"], "set/cef.log");
    assert_eq!(run["inputs_not_read"], json!([{"name": "gone.log"}]));
    let refused = bundle(folder.path()).args(["--force", "--with-logs"]).stdin(b"").refused();
    assert!(refused.stderr.contains("-: cannot be packed"), "{}", refused.told());
    bundle(folder.path()).arg("--force").stdin(&fixture::bytes("chain_closed_three.cef.log")).exit(0);
    assert_eq!(unpack(folder.path()).keys().collect::<Vec<_>>(), USUAL);
}

#[test]
fn without_a_key_the_statement_is_bare_and_without_an_input_there_is_none() {
    let folder = folder();
    let done = bundle(folder.path()).arg("json.log").exit(0);
    assert!(done.stderr.contains("the attestation is not signed"), "{}", done.told());
    assert_eq!(json_of(&unpack(folder.path())["attestation.intoto.json"])["_type"], "https://in-toto.io/Statement/v1");
    bundle(folder.path()).args(["--force", "gone.log"]).exit(2);
    assert!(!unpack(folder.path()).contains_key("attestation.intoto.json"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_bundle_is_there_whole_or_not_at_all_and_does_not_cost_the_answer() {
    let folder = folder();
    for (log, code) in [("json.log", 2), ("json-bad.log", 1)] {
        let run = Run::bare().args(["bundle", "-o", "/dev/full", log]).key("audit.key").current_dir(folder.path());
        let done = run.exit(code);
        assert!(done.stderr.contains("/dev/full: cannot write the bundle: "), "{}", done.told());
    }
    let nowhere = Run::bare().args(["bundle", "json.log"]).key("audit.key").current_dir(folder.path()).refused();
    assert!(nowhere.stderr.contains("-o FILE.tar.zst"), "{}", nowhere.told());
    bundle(folder.path()).arg("json.log").exit(0);
    bundle(folder.path()).arg("json.log").refused();
    let left = fs::read_dir(folder.path()).expect("our folder").map(|it| it.expect("an entry").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn no_member_holds_a_key() {
    let folder = folder();
    signed(folder.path()).args(["json-bad.log", "--with-logs"]).exit(1);
    let audit = fixture::key("audit.key");
    for (name, content) in unpack(folder.path()) {
        for secret in
            ["9d61b19deffd5a60", "nWGxne/9WmC6hEr0", &hex::encode(&audit[..8]), &STANDARD.encode(&audit[..12])]
        {
            assert!(memchr::memmem::find(&content, secret.as_bytes()).is_none(), "{name}");
        }
    }
}
