//! What nobody expects in a log: lines that are too long, fields that are there twice, searches for nothing.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::grep;
use crate::support::{Run, fixture, verify};

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
    let twice = grep().args(["--output-format", "jsonl", "--fields", "x,level,x", ""]).path(&path).refused();
    assert!(twice.stderr.contains("--fields names x twice"), "{}", twice.told());
}

#[test]
fn a_file_of_which_no_line_is_an_entry_is_not_a_file_in_which_nothing_matches() {
    for format in ["plaintext", "json", "cef"] {
        let foreign = fixture::situation("no_line_an_entry").join(format!("prefixed.{format}.log"));
        let lines = std::fs::read_to_string(&foreign).unwrap().lines().count();
        let told = format!("prefixed.{format}.log: 0 of {lines} lines are entries; every line begins with `>>> `");
        let searches: [&[&str]; 7] = [
            &["--code", "560"],
            &["-c", "."],
            &["-q", "."],
            &["-l", "."],
            &["--merge", "."],
            &["-v", "x"],
            &["--raw", "no such"],
        ];
        for flags in searches {
            let done = grep().args(flags).path(&foreign).exit(2);
            assert!(done.stderr.contains(&told), "{flags:?}: {}", done.told());
        }
        // The lines themselves were searched.
        let raw = grep().args(["--raw", "integrity"]).path(&foreign).exit(0);
        assert!(raw.stderr.contains(&told) && !raw.stdout.is_empty(), "{}", raw.told());
        let report = Run::bare().arg("report").path(&foreign).exit(2);
        assert!(report.stderr.contains(&told), "{}", report.told());
        // Among others it is named, and they are searched.
        let good = fixture::log(&format!("chain_closed_three.{format}.log"));
        let done = grep().args(["-c", "--level", "error"]).path(&good).path(&foreign).exit(2);
        assert!(done.stderr.contains(&told) && !done.stderr.contains("chain_closed"), "{}", done.told());
        assert_eq!(done.text().lines().count(), 2, "{}", done.told());
    }
}

#[test]
fn an_entry_behind_many_other_lines_is_found_and_a_long_foreign_file_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let other = "level=info code=560 of another program\n".repeat(100_000);
    let path = verify::write(folder.path(), "late.log", [&other, ENTRY, " code=560\n"].concat().as_bytes());
    assert_eq!(grep().args(["-c", "--code", "560"]).path(&path).exit(0).text(), "1\n");
    let path = verify::write(folder.path(), "foreign.log", other.as_bytes());
    let done = grep().args(["-c", "--code", "587"]).path(&path).exit(2);
    assert!(done.stderr.contains("0 of 100 000 lines are entries"), "{}", done.told());
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["", "\n \n"] {
        let path = verify::write(folder.path(), "empty.log", text.as_bytes());
        let done = grep().args(["--code", "560"]).path(&path).exit(1);
        assert!(done.stderr.contains("the input is empty"), "{}", done.told());
    }
    let path = verify::write(folder.path(), "a.log", format!("{ENTRY}\n").as_bytes());
    let done = grep().args(["--code", "560"]).path(folder.path().join("empty.log")).path(&path).exit(1);
    assert!(done.stderr.is_empty(), "{}", done.told());
}

#[test]
fn the_flags_of_grep_do_what_they_do_there() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |message: &str| format!("time=\"2025-03-14T00:00:00Z\" level=info msg={message:?}\n");
    let messages = ["down", "own goal", "own", "OWN", "other"];
    let log: String = messages.iter().map(|message| entry(message)).collect();
    let path = verify::write(folder.path(), "a.log", log.as_bytes());
    let none = verify::write(folder.path(), "b.log", entry("other").as_bytes());
    let patterns = verify::write(folder.path(), "patterns.txt", b"down\n^other$\n");
    let found = |flags: &[&str], code: u8| -> Vec<usize> {
        let done = grep().args(flags).path(&path).exit(code);
        let lines: Vec<&str> = done.text().lines().collect();
        (0..messages.len()).filter(|at| lines.contains(&entry(messages[*at]).trim_end())).collect()
    };
    let listed = patterns.display().to_string();
    let cases: [(&[&str], &[usize]); 11] = [
        (&["own"], &[0, 1, 2]),
        (&["-w", "own"], &[1, 2]),
        (&["-x", "own"], &[2]),
        (&["-xi", "own"], &[2, 3]),
        (&["-wF", "own"], &[1, 2]),
        (&["-E", "own|OWN"], &[0, 1, 2, 3]),
        (&["-r", "own"], &[0, 1, 2]),
        (&["-f", &listed], &[0, 4]),
        (&["-e", "goal", "-e", "OWN"], &[1, 3]),
        (&["-x", "-1", "OWN"], &[2, 3, 4]),
        (&["-x", "-B1", "OWN"], &[2, 3]),
    ];
    for (flags, wanted) in cases {
        assert_eq!(found(flags, 0), wanted, "{flags:?}");
    }
    assert_eq!(grep().args(["-o", "[a-z]*own"]).path(&path).exit(0).text(), "down\nown\nown\n");
    assert_eq!(grep().args(["-on", "-m2", "ow."]).path(&path).exit(0).text(), "1:own\n2:own\n");
    assert_eq!(grep().args(["-o", "--raw", "msg=..o"]).path(&path).exit(0).text(), "msg=\"do\n");
    let names = |flag: &str| {
        let done = grep().args([flag, "own"]).path(&path).path(&none).exit(0);
        done.text().to_owned()
    };
    assert_eq!(names("-L"), format!("{}\n", none.display()));
    assert_eq!(names("-l"), format!("{}\n", path.display()));
    assert_eq!(grep().args(["-zx", "own"]).path(&path).exit(0).text(), entry("own").replace('\n', "\0"));
    assert_eq!(names("-zL"), format!("{}\0", none.display()));
}

#[test]
fn a_match_that_holds_a_line_break_stays_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = b"{\"level\":\"info\",\"msg\":\"a\\nfake b\",\"timestamp\":\"2025-03-14T00:00:00Z\"}\n";
    let path = verify::write(folder.path(), "a.log", line);
    assert_eq!(grep().args(["-o", "a.*b"]).path(&path).exit(0).text(), "a\\nfake b\n");
}

#[test]
fn what_is_piped_in_is_read_when_no_path_is_given() {
    let log = fixture::bytes("chain_closed_three.json.log");
    let folder = tempfile::tempdir().unwrap();
    let file = verify::write(folder.path(), "a.log", &log);
    let runs: [&[&str]; 5] = [
        &["grep", "."],
        &["grep", "--level", "error"],
        &["convert", "--to", "csv"],
        &["report"],
        &["verify", "--key-file", "fixtures/keys/audit.key"],
    ];
    for words in runs {
        // A file, or a pipe, in the place of standard input.
        let mut redirected = Run::bare().args(words).into_command();
        redirected.stdin(std::fs::File::open(&file).unwrap());
        let output = redirected.output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{words:?}: {output:?}");
        let mut child = Run::bare().args(words).into_command();
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&log).unwrap();
        assert!(child.wait().unwrap().success(), "{words:?}");
        // `/dev/null` is what a service manager gives.
        let refused = Run::bare().args(words).refused();
        assert!(refused.stderr.contains("no PATH was given"), "{words:?}: {}", refused.told());
    }
}
