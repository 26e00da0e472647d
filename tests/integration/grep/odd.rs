//! What nobody expects in a log: lines that are too long, fields that are there twice, searches for nothing.

use serde_json::{Value, json};

use super::grep;
use crate::support::verify;

const ENTRY: &str = r#"time="2025-03-14T00:00:00Z" level=info msg=m"#;

#[test]
fn a_line_that_is_too_long_to_be_searched_is_told_and_the_search_is_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let long = [ENTRY, " a=", &"x".repeat(65 << 20), "\n", ENTRY, "\n"].concat();
    let path = verify::write(folder.path(), "long.log", long.as_bytes());
    for flags in [&["-c"][..], &["-c", "--code", "560"], &["--merge"]] {
        let done = grep().args(flags).args(["-e", "^m$"]).path(&path).exit(2);
        let told = "long.log:1: 1 line is longer than 64 MiB and cannot be searched";
        assert!(done.stderr.contains(told), "{flags:?}: {}", done.stderr);
    }
    let enough = grep().args(["-q", "-v", "-e", "x"]).path(&path).exit(2);
    assert!(enough.stdout.is_empty());
}

#[test]
fn no_match_at_all_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = verify::write(folder.path(), "a.log", format!("{ENTRY}\n").as_bytes());
    for flags in [&["-m", "0"][..], &["-m", "0", "--merge"], &["-m", "0", "-c"], &["-m", "0", "-A", "1"]] {
        let done = grep().args(flags).args(["-e", "m"]).path(&path).exit(1);
        assert!(done.stdout.is_empty(), "{flags:?}: {}", done.told());
    }
}

#[test]
fn an_empty_pattern_matches_every_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = verify::write(folder.path(), "a.log", format!("{ENTRY}\n{ENTRY}\n").as_bytes());
    for flags in [&["-c", ""][..], &["-c", "-F", ""], &["-c", "-e", ""]] {
        assert_eq!(grep().args(flags).path(&path).exit(0).text(), "2\n", "{flags:?}");
    }
}

#[test]
fn rows_show_fields_that_are_there_twice_and_codes_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{ENTRY} code=none client_id=a KeyID=b x=1 x=2 x=3\n");
    let path = verify::write(folder.path(), "a.log", line.as_bytes());
    let row = |flags: &[&str]| -> Value {
        let done = grep().args(["--output-format", "jsonl"]).args(flags).path(&path).exit(0);
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let found = row(&["--client", "b"]);
    assert_eq!(found["fields"], json!({"KeyID": "b", "code": "none", "x": ["1", "2", "3"]}));
    assert_eq!((&found["client_id"], &found["code"]), (&json!("a"), &Value::Null));
    assert_eq!(row(&["--where", "code=none", "--fields", "x"]), json!({"x": "1"}));
    let twice = grep().args(["--output-format", "jsonl", "--fields", "x,level,x"]).path(&path).refused();
    assert!(twice.stderr.contains("--fields names x twice"), "{}", twice.told());
}
