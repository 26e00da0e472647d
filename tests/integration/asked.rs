//! What people ask for and how: names that nothing in the log has, and local times that come twice or never.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Run, fixture, verify};

const FORMATS: [&str; 3] = ["plaintext", "json", "cef"];

fn grep() -> Run {
    Run::bare().arg("grep")
}

fn day(format: &str) -> PathBuf {
    fixture::log(&format!("service_day.{format}.log"))
}

fn situation(name: &str) -> PathBuf {
    fixture::root().join("situations").join(name)
}

/// The lines on standard error that speak of a name.
fn said(stderr: &str) -> Vec<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("warning: no entry has ")).collect()
}

#[test]
fn a_name_that_nothing_has_is_said_and_the_exit_code_is_what_it_was() {
    let cases: [(&[&str], u8, &[&str]); 12] = [
        (&["--client", "wepapp"], 1, &["a client `wepapp`; nearest: webapp"]),
        (&["--client", "webapp,*-bach"], 0, &["a client `*-bach`"]),
        (&["--session", "999999999"], 1, &["a session `999999999`"]),
        (&["--product", "acra"], 1, &["a product `acra`; in the input: acra-server"]),
        (&["--where", "opperation>1"], 1, &["a field `opperation`"]),
        (&["--where", "!clientid?", "--code", "560"], 0, &["a field `clientid`; nearest: client_id"]),
        (&["--code", "9999"], 1, &["a code 9999, and Acra has none of that number"]),
        (&["--code", "560", "--client", "wepapp"], 1, &["a client `wepapp`; nearest: webapp"]),
        (
            &["--code", "560", "--output-format", "jsonl", "--fields", "time,clientid"],
            0,
            &["a field `clientid`; nearest: client_id"],
        ),
        (&["-e", "poison", "--client", "nobody", "-c"], 1, &["a client `nobody`"]),
        // The log has it, though not where the rest of the query looks.
        (&["--code", "101", "--client", "webapp"], 1, &[]),
        // Acra has it, and the log does not: that is an answer.
        (&["--code", "904"], 1, &[]),
    ];
    for format in FORMATS {
        for (flags, code, wanted) in cases {
            let done = grep().args(flags).path(day(format)).exit(code);
            let said = said(&done.stderr);
            let fits = said.len() == wanted.len() && said.iter().zip(wanted).all(|(said, it)| said.starts_with(it));
            assert!(fits, "{format} {flags:?}: {said:?}");
        }
    }
}

#[test]
fn a_name_is_looked_for_in_all_of_the_input_and_only_there() {
    let log = std::fs::read(day("json")).unwrap();
    // From a pipe there is no second reading.
    let done = grep().args(["--code", "560", "--client", "wepapp"]).stdin(&log).exit(1);
    assert_eq!(said(&done.stderr).len(), 1, "{}", done.told());
    for flags in [&["--merge"][..], &["-v", "-c"], &["-l"], &["-q"]] {
        let code = u8::from(flags[0] != "-v");
        let done = grep().args(flags).args(["--client", "wepapp"]).path(day("cef")).exit(code);
        assert_eq!(said(&done.stderr).len(), 1, "{}", done.told());
    }
    // Who stops before the end cannot know.
    let done = grep().args(["-q", "--client", "webapp,wepapp"]).path(day("json")).exit(0);
    assert_eq!(said(&done.stderr), [""; 0]);
    let verified =
        grep().args(["--verified", "--client", "wepapp"]).args(["--key-file".into(), fixture::key_file("audit.key")]);
    assert_eq!(said(&verified.path(day("json")).exit(1).stderr).len(), 1);
}

#[test]
fn a_star_stands_for_anything_anywhere_and_blanks_around_an_operator_for_nothing() {
    for format in FORMATS {
        let count = |flags: &[&str]| grep().args(flags).arg("-c").path(day(format)).exit(0).text().trim().to_owned();
        assert_eq!(count(&["--client", "*bapp"]), count(&["--client", "webapp"]), "{format}");
        assert_eq!(count(&["--client", "*e*pp"]), count(&["--where", "client_id~e.*pp$"]), "{format}");
        assert_eq!(count(&["--where", "client_id = webapp"]), count(&["--client", "webapp"]), "{format}");
        assert_eq!(count(&["--where", "session_id >= 300"]), count(&["--where", "session_id>=300"]), "{format}");
        assert_eq!(count(&["--where", " ! code ?"]), count(&["--where", "!code?"]), "{format}");
    }
}

#[test]
fn columns_of_csv_that_nothing_has_are_said() {
    let done =
        Run::bare().args(["convert", "-q", "--to", "csv", "--fields", "time,clientid"]).path(day("json")).exit(0);
    assert_eq!(said(&done.stderr), ["a field `clientid`; nearest: client_id"]);
    let report = Run::bare().args(["report", "--client", "*-bach"]).path(day("json")).exit(0);
    assert!(report.stderr.contains("--client *-bach: the log names no such client"), "{}", report.told());
}

#[test]
fn a_file_of_captured_queries_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let queries = b"{\"raw_query\":\"commit\",\"_blacklisted_by_web_config\":false}\n";
    let path = verify::write(folder.path(), "censor.log", queries);
    let runs = [
        grep().arg("commit").path(&path),
        Run::bare().arg("report").path(&path),
        Run::verify().key("audit.key").path(&path),
        Run::bare().args(["convert", "--to", "ecs"]).path(&path),
    ];
    for run in runs {
        let done = run.done();
        assert!(done.code != 0 || done.text().contains("0 entries"), "{}", done.told());
        assert!(done.stderr.contains("queries that AcraCensor captured"), "{}", done.told());
    }
    assert!(!grep().arg("x").path(day("json")).done().stderr.contains("AcraCensor"));
}

#[test]
fn a_search_until_a_time_that_comes_twice_passes_over_nothing_that_was_before_it() {
    let log = situation("until_in_the_hour_that_comes_twice").join("in.log");
    let count = |flag: &str, time: &str| {
        let zone = ["--timezone", "Europe/Berlin", "--code", "560", "-c"];
        grep().args(zone).args([flag, time]).path(&log).exit(0)
    };
    let until = count("--until", "2025-10-26 02:30");
    assert_eq!(until.text().trim(), "10");
    let note = "warning: 2025-10-26 02:30:00 comes twice in this time zone; --until takes the last, \
                2025-10-26T02:30:00+01:00";
    assert_eq!(until.stderr.lines().collect::<Vec<_>>(), [note]);
    let since = count("--since", "2025-10-26 02:30");
    assert!(since.stderr.contains("--since takes the first, 2025-10-26T02:30:00+02:00"), "{}", since.told());
    assert!(count("--until", "2025-10-26 03:30").stderr.is_empty());
    let report = Run::bare()
        .args(["report", "--format", "json", "--timezone", "Europe/Berlin", "--until", "2025-10-26 02:30"])
        .path(&log)
        .exit(0);
    let json: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(json["totals"]["entries"], 10, "{}", report.told());
    assert!(report.stderr.contains(note), "{}", report.told());
}
