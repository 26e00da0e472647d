//! `acralog stats` as people use it: the same counts in every format of the log and of the output.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Run, fixture, verify};

const FORMATS: [&str; 3] = ["plaintext", "json", "cef"];

fn stats() -> Run {
    Run::bare().arg("stats")
}

fn day(format: &str) -> PathBuf {
    fixture::log(&format!("service_day.{format}.log"))
}

#[track_caller]
fn document(run: Run) -> Value {
    serde_json::from_slice(&run.args(["--output-format", "json"]).exit(0).stdout).expect("a JSON document")
}

#[test]
fn the_codes_of_the_day_are_counted_and_three_entries_are_one_blocked_query() {
    for format in FORMATS {
        let counted = document(stats().path(day(format)));
        let row = |code: u64| {
            let rows = counted["rows"].as_array().unwrap();
            rows.iter().find(|row| row["by"]["code"] == code).cloned().unwrap_or_default()
        };
        // The ground truth of the log: see fixtures/README.md.
        assert_eq!((&row(560)["entries"], &row(560)["queries"]), (&json!(111), &json!(37)), "{format}");
        assert_eq!((&row(581)["entries"], &row(581)["queries"]), (&json!(180), &json!(0)), "{format}");
        let sum: u64 = counted["rows"].as_array().unwrap().iter().map(|row| row["entries"].as_u64().unwrap()).sum();
        assert_eq!(counted["entries"], sum, "{format}");
        assert_eq!((&counted["queries"], &counted["partial"]), (&json!(37), &json!(false)));
    }
}

#[test]
fn every_dimension_gives_the_same_counts_in_every_format_and_on_any_number_of_threads() {
    for by in ["code", "group", "level", "client", "session", "hour", "message", "error", "client,code", "hour,level"] {
        let counts = FORMATS.map(|format| document(stats().args(["--by", by]).path(day(format))));
        assert_eq!(counts[0], counts[1], "{by}");
        assert_eq!(counts[0], counts[2], "{by}");
        let many = document(stats().args(["--by", by, "--threads", "7"]).path(day("json")));
        assert_eq!(many, document(stats().args(["--by", by, "--threads", "1"]).path(day("json"))), "{by}");
    }
}

#[test]
fn filters_are_those_of_grep() {
    let filters: [&[&str]; 5] = [
        &["--code", "560"],
        &["--level", "error+", "--client", "legacy-*"],
        &["--since", "2025-03-14T03:12:00Z", "--until", "2025-03-14T03:13:00Z"],
        &["-e", "ssl", "-i"],
        &["--product", "acra-server"],
    ];
    for filter in filters {
        let found = Run::bare().args(["grep", "-c"]).args(filter).path(day("plaintext"));
        let counted = document(stats().args(filter).path(day("plaintext")));
        // Without a filter, grep takes its first word for the PATTERN: none of these is.
        assert_eq!(counted["entries"].to_string(), found.exit(0).text().trim(), "{filter:?}");
    }
    let none = stats().args(["--code", "1302"]).path(day("json")).exit(1);
    assert!(none.stdout.is_empty(), "{}", none.told());
}

#[test]
fn a_table_lists_the_highest_counts_and_sums_up_the_rest() {
    let table = stats().args(["--by", "client", "--code", "560", "--top", "1"]).path(day("json")).exit(0);
    let lines: Vec<&str> = table.text().lines().collect();
    assert!(lines[0].starts_with("CLIENT") && lines[0].ends_with("ENTRIES  QUERIES"), "{}", table.told());
    assert!(lines.last().is_some_and(|line| line.starts_with("total") && line.contains("111")), "{}", table.told());
    let csv = stats().args(["--by", "hour,code", "--output-format", "csv", "--timezone", "Europe/Berlin"]);
    let csv = csv.path(day("json")).exit(0);
    let mut lines = csv.text().lines();
    assert_eq!(lines.next(), Some("hour,code,title,entries,queries"));
    let hours: Vec<&str> = lines.map(|line| &line[..25]).collect();
    assert!(hours.is_sorted() && hours.iter().all(|hour| hour.ends_with(":00:00+01:00")), "{}", csv.told());
    let codes = stats().path(day("json")).exit(0);
    assert!(codes.text().contains("SQL query blocked by the request firewall"), "{}", codes.told());
}

#[test]
fn what_cannot_be_counted_is_told() {
    let foreign = fixture::situation("no_line_an_entry").join("prefixed.json.log");
    let done = stats().path(&foreign).exit(2);
    assert!(done.stderr.contains("0 of 60 lines are entries; every line begins with `>>> `"), "{}", done.told());
    stats().path(day("json")).path("no-such.log").exit(2);
    let folder = tempfile::tempdir().unwrap();
    let names: String =
        (0..50_010).map(|name| format!("time=\"2025-03-14T00:00:00Z\" level=info msg=m client_id=c{name}\n")).collect();
    let path = verify::write(folder.path(), "names.log", names.as_bytes());
    let many = stats().args(["--by", "client", "--top", "3"]).path(&path).exit(0);
    assert!(many.stderr.contains("the counts are partial: 10 entries"), "{}", many.told());
    assert!(many.text().contains("partial: 10 entries"), "{}", many.told());
    let counted = document(stats().args(["--by", "client", "--top", "3"]).path(&path));
    assert_eq!((&counted["entries"], &counted["partial"]), (&json!(50_010), &json!(true)));
    assert_eq!(counted["not_listed"], json!({"rows": 49_997, "entries": 50_007, "queries": 0}));
    for refused in [&["--by", "code,code"][..], &["--by", ""], &["poison"]] {
        let done = stats().args(refused).path(day("json")).refused();
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{}", done.told());
    }
}

#[test]
fn only_verified_entries_are_counted_when_that_is_asked_for() {
    let verified = |name: &str, code: u8| {
        let run = stats().args(["--verified", "--by", "level", "--output-format", "json"]).key("audit.key");
        run.path(fixture::log(name)).exit(code)
    };
    let good = verified("chain_closed_three.json.log", 0);
    let counted: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(counted["entries"], 42);
    assert!(good.stderr.contains("18 matching lines do not verify and are not counted"), "{}", good.told());
    verified("chain_altered_middle.json.log", 1);
}

#[test]
fn a_name_that_nothing_has_is_said() {
    let cases: [(&[&str], u8, &str); 3] = [
        (&["--by", "nosuch"], 0, "nosuch"),
        (&["--client", "nobody", "--by", "level"], 1, "nobody"),
        (&["--by", "code,client"], 0, ""),
    ];
    for (flags, code, name) in cases {
        let done = stats().args(flags).path(day("json")).exit(code);
        assert_eq!(done.stderr.contains("warning: "), !name.is_empty(), "{}", done.told());
        assert!(done.stderr.contains(name), "{}", done.told());
        assert_eq!(stats().arg("-q").args(flags).path(day("json")).exit(code).text(), "");
    }
}
