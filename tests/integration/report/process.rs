//! What `report` reads, hashes, tells and ends with, whatever it finds. What it finds is left to its own tests.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::run::Done;
use crate::support::{Run, fixture};

const SOUND: &str = "chain_closed_three.json.log";
const ALTERED: &str = "chain_altered_middle.json.log";
const UNFINISHED: &str = "chain_unfinished_crash.json.log";

fn report() -> Run {
    Run::bare().args(["report", "--format", "json"])
}

#[track_caller]
fn json(done: &Done) -> Value {
    serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The inputs of a report: file name, bytes, hash, why it was not read.
#[track_caller]
fn inputs(done: &Done) -> Vec<(String, u64, Option<String>, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |input: &Value| {
        let path = text(&input["path"]).unwrap();
        let name = Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
        (name, input["bytes"].as_u64().unwrap(), text(&input["sha256"]), text(&input["unread"]))
    };
    json(done)["inputs"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn every_input_has_the_hash_of_its_file_whatever_stands_between() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fixture::bytes(SOUND);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &whole).unwrap();
    let cut = gzip.finish().unwrap()[..2_000].to_vec();
    // The rotated set has no log.2, and log.1 is cut off.
    // A file that held the same as another one would be a hole.
    let older = [whole.as_slice(), b"\n"].concat();
    let files = [("a.log.3", &older), ("a.log.1", &cut), ("a.log", &whole), ("b.log", &b"".to_vec())];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    for key in [&[][..], &["--key-file", fixture::key_file("audit.key").to_str().unwrap()]] {
        let done = report().args(key).path(folder.path()).path(folder.path().join("none")).exit(2);
        let inputs = inputs(&done);
        let names: Vec<_> = inputs.iter().map(|input| input.0.as_str()).collect();
        assert_eq!(names, ["a.log.3", "a.log.2", "a.log.1", "a.log", "b.log", "none"], "{}", done.told());
        for (name, bytes, hash, unread) in &inputs {
            let file = files.iter().find(|(file, _)| file == name);
            assert_eq!(*bytes, file.map_or(0, |(_, file)| file.len() as u64), "{name}");
            assert_eq!(*hash, file.map(|(_, file)| sha256(file)), "{name}");
            assert_eq!(unread.is_some(), ["a.log.2", "a.log.1", "none"].contains(&name.as_str()), "{name}");
            // What is missing is said on standard error as well.
            assert_eq!(done.stderr.contains(&format!("{name}: ")), unread.is_some(), "{name}: {}", done.told());
        }
    }
}

#[test]
fn standard_input_is_hashed_too() {
    let bytes = fixture::bytes(SOUND);
    let inputs = inputs(&report().stdin(&bytes).exit(0));
    assert_eq!(inputs, [("-".to_owned(), bytes.len() as u64, Some(sha256(&bytes)), None)]);
}

#[test]
fn a_key_is_enough_to_verify_and_verify_makes_the_verdict_the_exit_code() {
    let cases = [
        (SOUND, "intact", 0, "lines-unsigned-between-chains"),
        (ALTERED, "tampered", 1, "entry-restored"),
        (UNFINISHED, "incomplete", 3, "chain-unfinished"),
    ];
    for (log, outcome, code, finding) in cases {
        let run = || report().key("audit.key").path(fixture::log(log));
        let warned = run().exit(0);
        let warning = format!("warning: verification ends with `{outcome}`");
        assert_eq!(warned.stderr.contains(&warning), code != 0, "{}", warned.told());
        assert_eq!(warned.stderr.contains("--verify makes it"), code != 0, "{}", warned.told());
        assert_eq!(json(&warned)["verification"]["outcome"], outcome);
        let ended = run().arg("--verify").exit(code);
        assert_eq!(ended.stderr.contains(&warning), code != 0, "{}", ended.told());
        assert!(!ended.stderr.contains("--verify makes it"), "{}", ended.told());
        // The findings stand in the document, not on standard error.
        let findings = json(&ended)["verification"]["findings"].as_array().unwrap().clone();
        assert!(findings.iter().any(|found| found["code"] == finding), "{finding}: {}", ended.told());
        assert!(!ended.stderr.contains(finding), "{}", ended.told());
    }
    assert_eq!(json(&report().path(fixture::log(ALTERED)).exit(0))["verification"], Value::Null);
}

#[test]
fn what_may_be_missing_is_no_error_where_the_log_is_verified() {
    let run = |flags: &[&str]| report().args(flags).path(fixture::log(SOUND)).path("no-such.log").path("no-such-*.log");
    run(&[]).exit(2);
    let done = run(&["--missing-ok", "--key-file", fixture::key_file("audit.key").to_str().unwrap()]).exit(0);
    assert!(done.stderr.contains("warning: no-such.log: the file is missing"), "{}", done.told());
    assert_eq!(inputs(&done).iter().filter(|input| input.3.is_some()).count(), 2);
}

#[test]
fn what_is_printed_as_rules_is_taken_as_rules() {
    let folder = tempfile::tempdir().unwrap();
    let printed = Run::bare().args(["report", "--print-rules"]).exit(0);
    let path = folder.path().join("rules.toml");
    fs::write(&path, printed.text().replace("at-least = 10\n", "at-least = 11\n")).unwrap();
    let rules = |flags: &[&str]| {
        let done = report().path(fixture::log(SOUND)).args(flags).exit(0);
        json(&done)["rules"].clone()
    };
    let config = ["--config", path.to_str().unwrap()];
    assert_eq!(rules(&[])["sql-firewall"]["at-least"], 10);
    assert_eq!(rules(&config)["sql-firewall"]["at-least"], 11);
    assert_eq!(rules(&[&config[..], &["--set", "sql-firewall.at-least=12"]].concat())["sql-firewall"]["at-least"], 12);
    fs::write(&path, "[silence]\natleast = '1h'\n").unwrap();
    let refused = report().path(fixture::log(SOUND)).args(config).refused();
    assert!(refused.stderr.contains("rules.toml:2: no setting of silence is called `atleast`"), "{}", refused.told());
    assert!(refused.stderr.contains("hint: did you mean at-least?"), "{}", refused.told());
}

#[test]
fn the_report_goes_to_a_file_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incident.json");
    let run = || report().arg("-o").arg(&path).path(fixture::log(SOUND));
    assert!(run().exit(0).stdout.is_empty());
    let first = fs::read(&path).unwrap();
    let refused = run().arg("--title=other").refused();
    assert!(refused.stderr.contains("exists already") && fs::read(&path).unwrap() == first, "{}", refused.told());
    run().args(["--force", "--title=other"]).exit(0);
    let second: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(second["title"], "other");
    // What could not be read stands in the report, so it is written all the same.
    run().args(["--force", "no-such.log"]).exit(2);
    assert!(fs::read_to_string(&path).unwrap().contains("no-such.log"));
}

#[test]
fn a_redacted_report_does_not_name_clients_that_were_typed() {
    let done = report().args(["--client", "o'neil,webapp*", "--redact", "client_id"]).path(fixture::log(SOUND)).exit(0);
    assert!(!done.text().contains("neil") && !done.text().contains("webapp"), "{}", done.told());
    assert_eq!(json(&done)["redacted"], serde_json::json!(["client_id"]));
}

#[test]
fn no_log_is_replaced_by_its_own_report() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.log");
    let bytes = fixture::bytes(SOUND);
    fs::write(&log, &bytes).unwrap();
    for path in [&log, &folder.path().to_owned()] {
        let done = report().arg("--force").arg("-o").arg(&log).path(path).refused();
        assert!(done.stderr.contains("is one of the files to read"), "{}", done.told());
        assert_eq!(fs::read(&log).unwrap(), bytes);
    }
}

#[test]
fn a_report_that_is_being_written_is_not_in_itself() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), fixture::bytes(SOUND)).unwrap();
    let target = folder.path().join("report.json");
    report().arg("-o").arg(&target).path(folder.path()).exit(0);
    let text = fs::read_to_string(&target).unwrap();
    assert!(!text.contains(".acralog-"), "{text}");
}

#[test]
fn what_an_exit_code_does_not_tell_is_said() {
    let raised = report().args(["--fail-on", "high"]).path(fixture::log("service_day.json.log")).exit(1);
    assert!(raised.stderr.contains("4 incidents are as severe as --fail-on high"), "{}", raised.told());
    let undecided = report().arg("--verify").key("foreign.key.hex").path(fixture::log(SOUND)).exit(2);
    assert!(undecided.stderr.contains("verification ends with `undecided`"), "{}", undecided.told());
    let typo = report().args(["--client", "webap"]).path(fixture::log("service_day.json.log"));
    let typo = typo.exit(0);
    assert!(typo.stderr.contains("did you mean webapp?") && typo.stderr.contains("no entry is in the scope"));
    let secret = report().args(["--redact", "client_id", "--client", "webap"]);
    let secret = secret.path(fixture::log("service_day.json.log")).exit(0);
    assert!(secret.stderr.contains("no such client") && !secret.stderr.contains("webapp"), "{}", secret.told());
}
