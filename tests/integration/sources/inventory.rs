//! Many logs: the answer about each of them, and an inventory that binds keys to logs.

use std::fs;
use std::path::Path;

use crate::log_writer::{Format, Service, text};
use crate::support::verify::{write, write_key};
use crate::support::{Run, fixture};

const OTHER_KEY: [u8; 32] = [7; 32];

/// Logs of three servers, of which `eu` has the key `a` and the others have the key `b`, and an inventory of them.
fn servers(format: Format) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = [("eu", [1; 32]), ("us", OTHER_KEY), ("far east", OTHER_KEY)];
    let mut lines = "# name, where it is, its keys\n\n".to_owned();
    for (seed, (name, key)) in keys.into_iter().enumerate() {
        fs::create_dir_all(folder.path().join(name)).expect("new folders");
        let mut service = Service::new(format, key, seed as u64 + 1);
        for file in ["acra.log.1", "acra.log"] {
            write(&folder.path().join(name), file, &text(&service.chain(5)));
        }
        let key = if name == "eu" { "a.key" } else { "b.key" };
        lines.push_str(&format!("'{name}'  '{name}/acra.log*'  {key}  # a server\n"));
    }
    write_key(&folder.path().join("a.key"), &[1; 32]);
    write_key(&folder.path().join("b.key"), &OTHER_KEY);
    write(folder.path(), "inventory", lines.as_bytes());
    folder
}

fn inventory(folder: &Path) -> Run {
    Run::report().arg("--inventory").path(folder.join("inventory"))
}

fn append(folder: &Path, line: &str) {
    let path = folder.join("inventory");
    let lines = fs::read_to_string(&path).expect("just written") + line;
    fs::write(path, lines).expect("our own file");
}

#[test]
fn each_log_of_an_inventory_is_verified_with_its_own_keys_only() {
    for format in Format::ALL {
        let folder = servers(format);
        let report = inventory(folder.path()).exit(0).report();
        let streams: Vec<_> = report.streams.iter().map(|it| (&*it.name, &*it.outcome, it.files.len())).collect();
        assert_eq!(streams, [("eu", "intact", 2), ("us", "intact", 2), ("far east", "intact", 2)]);
        assert_eq!(report.keys.iter().map(|key| key.chains).collect::<Vec<_>>(), [2, 4], "{:?}", report.keys);
        // The log of another server in its place has a key that is given, but not for it.
        for file in ["acra.log.1", "acra.log"] {
            fs::copy(folder.path().join("us").join(file), folder.path().join("eu").join(file)).expect("a copy");
        }
        let report = inventory(folder.path()).exit(2).report();
        report.shows("key-wrong");
        assert_eq!(report.streams[0].outcome, "undecided");
        assert!(report.chains.iter().all(|chain| chain.stream != 0 || chain.key.is_none()), "{:?}", report.chains);
    }
}

#[test]
fn a_log_of_the_inventory_that_is_absent_is_undecided_and_named() {
    for (what, line) in [
        ("a pattern", "moon moon/acra.log* a.key\n"),
        ("a path", "moon moon.log a.key\n"),
        ("a folder", "moon moon a.key\n"),
    ] {
        let folder = servers(Format::Json);
        fs::create_dir(folder.path().join("moon")).expect("a new folder");
        append(folder.path(), line);
        let report = inventory(folder.path()).exit(2).report();
        let moon = report.streams.last().expect("it has its place");
        assert_eq!((&*moon.name, &*moon.outcome), ("moon", "undecided"), "{what}");
        report.shows("file-missing");
        let quiet = Run::verify().args(["-q", "--inventory"]).path(folder.path().join("inventory")).exit(2);
        assert_eq!(quiet.text().lines().count(), 2, "{what}: {}", quiet.told());
        assert!(quiet.text().contains("moon is not here"), "{what}: {}", quiet.told());
        inventory(folder.path()).arg("--missing-ok").exit(0).report().shows("file-missing");
    }
}

#[test]
fn a_log_without_keys_of_its_own_takes_those_of_the_command_line() {
    let folder = servers(Format::Cef);
    write(folder.path(), "own.log", &fixture::bytes("chain_closed_three.cef.log"));
    append(folder.path(), "own own.log\n");
    let done = inventory(folder.path()).done();
    assert!(done.code != 0 && done.stderr.contains("no audit log key"), "{}", done.told());
    let report = inventory(folder.path()).key("audit.key").exit(0).report();
    assert_eq!(report.streams.len(), 4);
    assert_eq!(report.keys.iter().map(|key| key.chains).collect::<Vec<_>>(), [3, 2, 4], "{:?}", report.keys);
}

#[test]
fn a_key_that_fits_nothing_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = write(folder.path(), "a.log", &fixture::bytes("chain_closed_three.json.log"));
    let report = Run::report().key("audit.key").key("foreign.key.hex").path(&log).exit(0).report();
    let finding = report.finding("key-unused");
    assert!(finding.class == "warning" && finding.message.contains("foreign.key.hex"), "{finding:?}");
    // Where no key fits, that is said already.
    let report = Run::report().key("foreign.key.hex").path(&log).exit(2).report();
    assert!(!report.codes().contains("key-unused"), "{:?}", report.findings_by_code);
    let folder = servers(Format::Json);
    let report = inventory(folder.path()).key("audit.key").exit(0).report();
    assert!(report.finding("key-unused").message.contains("audit.key"), "{:?}", report.findings);
}

#[test]
fn quiet_says_a_line_of_each_log_that_is_not_intact() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, log) in [
        ("a.log", "chain_closed_three.json.log"),
        ("b.log", "chain_altered_middle.json.log"),
        ("c.log", "service_day.cef.log"),
        ("d.log", "chain_unfinished_crash.cef.log"),
    ] {
        write(folder.path(), name, &fixture::bytes(log));
    }
    write(folder.path(), "e.log", b"nothing is signed here\n");
    let done = Run::verify().key("audit.key").arg("-q").path(folder.path()).exit(1);
    let lines: Vec<&str> = done.text().lines().collect();
    assert_eq!(lines.len(), 4, "{}", done.told());
    for (line, (name, code)) in
        lines.iter().zip([("b.log", "entry-restored"), ("d.log", "chain-unfinished"), ("e.log", "nothing-signed")])
    {
        assert!(line.contains(name) && line.contains(code), "{line}");
    }
    assert_eq!(lines[3], "TAMPERED   exit 1");
}

#[test]
fn the_report_ends_with_the_answer_about_each_log() {
    let folder = servers(Format::Json);
    let altered = fs::read_to_string(folder.path().join("us/acra.log")).expect("just written").replacen(
        "acra-server",
        "acra-serveR",
        2,
    );
    fs::write(folder.path().join("us/acra.log"), altered).expect("our own file");
    let done = Run::verify().arg("--inventory").path(folder.path().join("inventory")).done();
    let text = done.text();
    let table = &text[text.find("\nlogs ").expect("there is a table")..];
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["logs", "eu", "intact"], "{text}");
    assert!(rows[1][0] == "us" && rows[1][1] != "intact", "{text}");
    assert_eq!(rows[2], ["far", "east", "intact"], "{text}");
}

#[test]
fn an_inventory_goes_with_no_path_and_is_read_by_every_verb() {
    let folder = servers(Format::Plaintext);
    inventory(folder.path()).path(folder.path()).refused();
    let grep =
        Run::bare().args(["grep", "-c", "-e", "."]).arg("--inventory").path(folder.path().join("inventory")).exit(0);
    assert_eq!(grep.text().lines().count(), 6, "{}", grep.told());
    let verified = ["grep", "--verified", "-c", "-e", "."];
    Run::bare().args(verified).arg("--inventory").path(folder.path().join("inventory")).exit(0);
    let report = ["report", "--format", "json", "--verify", "--inventory"];
    let report = Run::bare().args(report).path(folder.path().join("inventory")).exit(0);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).expect("a document");
    assert_eq!(report["verification"]["streams"][1]["outcome"], "intact");
}
