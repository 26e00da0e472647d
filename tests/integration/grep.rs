//! `acralog grep` as people use it: filters, output, exit codes, the same answers in every format of the log.

mod odd;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::support::{Run, fixture, verify};

const FORMATS: [&str; 3] = ["plaintext", "json", "cef"];

fn grep() -> Run {
    Run::bare().arg("grep")
}

fn day(format: &str) -> PathBuf {
    fixture::log(&format!("service_day.{format}.log"))
}

/// How many lines of the day a search finds, in this format of the log.
#[track_caller]
fn count(format: &str, flags: &[&str]) -> u64 {
    let done = grep().args(flags).arg("-c").path(day(format)).exit_one_of(&[0, 1]);
    let count = done.text().trim().parse().expect("a number");
    assert_eq!(done.code == 0, count > 0, "{}", done.told());
    count
}

#[test]
fn the_codes_of_the_day_are_counted_the_same_in_every_format() {
    // The ground truth of the log: see fixtures/README.md.
    let cases = [("560", 111), ("587", 3), ("581", 180), ("540", 64), ("584", 45), ("511", 4), ("586", 1), ("101", 1)];
    for format in FORMATS {
        for (code, entries) in cases {
            assert_eq!(count(format, &["--code", code]), entries, "{code} in {format}");
        }
        let groups = [("censor", 111), ("keys", 4), ("decryptor", 229), ("database", 64)];
        for (group, entries) in groups {
            assert_eq!(count(format, &["--group", group]), entries, "{group} in {format}");
        }
        assert_eq!(count(format, &["--code", "5xx"]), 408, "{format}");
        assert_eq!(count(format, &["--code", "5xx", "--exclude-code", "560,581"]), 117, "{format}");
        assert_eq!(count(format, &["--code", "EventCodeErrorCensorQueryIsNotAllowed"]), 111, "{format}");
        assert_eq!(count(format, &["--code", "510-514,587"]), 7, "{format}");
    }
}

#[test]
fn every_filter_gives_the_same_answer_in_every_format_and_on_any_number_of_threads() {
    let searches: &[&[&str]] = &[
        &["--level", "error+"],
        &["--level", "warning"],
        &["--client", "webapp"],
        &["--client", "legacy-*", "--code", "581"],
        &["--where", "client_id=webapp", "--where", "code>=560"],
        &["--where", "error?", "--level", "error"],
        &["--since", "2025-03-14T03:12:00Z", "--until", "2025-03-14T03:13:00Z"],
        &["--since", "2025-03-14 12:00", "--timezone", "Europe/Berlin", "--until", "2025-03-14 13:00"],
        &["-e", "SSL"],
        &["-e", "can't process ssl", "-i"],
        &["-e", "[pid=", "-F"],
        &["-v", "--level", "info"],
    ];
    for search in searches {
        let counts = FORMATS.map(|format| count(format, search));
        assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{search:?}: {counts:?}");
        let one = grep().args(*search).args(["--threads", "1"]).path(day("json")).exit(0);
        let many = grep().args(*search).args(["--threads", "7"]).path(day("json")).exit(0);
        assert!(one.stdout == many.stdout, "{search:?} depends on the threads");
        assert_eq!(one.text().lines().count() as u64, counts[0], "{search:?}");
    }
}

#[test]
fn lines_come_out_as_they_stand_in_the_log() {
    for format in FORMATS {
        let log = fixture::bytes(&format!("content_hard.{format}.log"));
        let all = grep().args(["-e", ".*", "--raw"]).path(fixture::log(&format!("content_hard.{format}.log"))).exit(0);
        assert!(all.stdout == log, "{format} was changed on the way");
    }
}

#[test]
fn what_stood_in_a_wrapper_is_the_line_acra_wrote() {
    let bare = grep().args(["--level", "error"]).path(fixture::log("chain_closed_three.json.log")).exit(0);
    for wrapper in ["docker", "cri"] {
        let wrapped =
            grep().args(["--level", "error"]).path(fixture::log(&format!("wrapper_{wrapper}.json.log"))).exit(0);
        assert!(wrapped.stdout == bare.stdout, "{wrapper}");
    }
}

#[test]
fn output_is_that_of_grep() {
    let log = fixture::log("chain_closed_three.plaintext.log");
    let name = log.display().to_string();
    let numbered = grep().args(["-n", "-H", "-m", "2", "--code", "5xx"]).path(&log).exit(0);
    assert!(numbered.text().lines().all(|line| line.starts_with(&format!("{name}:"))), "{}", numbered.told());
    assert_eq!(numbered.text().lines().count(), 2);
    let counted = grep().args(["-c", "-H", "--code", "5xx", "-m", "3"]).path(&log).exit(0);
    assert_eq!(counted.text(), format!("{name}:3\n"));
    let named = grep().args(["-l", "--code", "5xx"]).path(&log).path(fixture::log("long_none.log")).exit(2);
    assert_eq!(named.text(), format!("{name}\n"));
    let context = grep().args(["-n", "-B", "1", "-A", "1", "-m", "1", "--level", "warning"]).path(&log).exit(0);
    let marks: Vec<_> =
        context.text().lines().map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(marks.iter().map(|line| &line[..1]).collect::<Vec<_>>(), ["-", ":", "-"], "{}", context.told());
    assert!(grep().args(["-q", "--code", "5xx"]).path(&log).exit(0).stdout.is_empty());
    grep().args(["-q", "--code", "1302", "--client", "nobody"]).path(&log).exit(1);
}

#[test]
fn the_first_word_is_the_pattern_and_with_a_filter_every_word_is_a_path() {
    let log = fixture::log("service_day.json.log");
    let by_word = grep().args(["-c", "SSL request"]).path(&log).exit(0);
    let by_flag = grep().args(["-c", "-e", "SSL request"]).path(&log).exit(0);
    assert_eq!(by_word.text(), by_flag.text());
    let misspelled = grep().args(["-c", "--code", "560", "no/such.log"]).path(&log).exit(2);
    assert!(misspelled.stderr.contains("no/such.log: the file is missing"), "{}", misspelled.told());
    let meant_as_pattern = grep().args(["--level", "error", "SSL request"]).path(&log).refused();
    assert!(meant_as_pattern.stderr.contains("hint: with --level every word is a PATH"), "{}", meant_as_pattern.told());
    assert!(meant_as_pattern.stderr.contains("-e 'SSL request'"), "{}", meant_as_pattern.told());
    let alone = grep().args(["SSL"]).refused();
    assert!(alone.stderr.contains("no PATH was given"), "{}", alone.told());
}

#[test]
fn a_folder_with_the_name_of_the_pattern_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("poison")).unwrap();
    let entry = |message: &str| format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"{message}\"\n");
    verify::write(&folder.path().join("poison"), "acra.log", entry("elsewhere").as_bytes());
    let path = verify::write(folder.path(), "a.log", [entry("poison"), entry("other")].concat().as_bytes());
    let search = |pattern: &str| grep().current_dir(folder.path()).arg(pattern).path(&path).exit(0);
    assert_eq!(search("poison").text(), entry("poison"));
    assert_eq!(search(".").text(), [entry("poison"), entry("other")].concat());
}

#[test]
fn what_cannot_be_understood_is_refused_with_a_hint() {
    for flags in [
        &["--code", "sensor"][..],
        &["--group", "sensor"],
        &["--level", "loud"],
        &["--since", "soon"],
        &["--timezone", "Mars/Olympus"],
        &["--where", "nothing"],
        &["-e", "("],
        &["--key-file", "fixtures/keys/audit.key"],
        &["--merge", "-c"],
        &["--fields", "time"],
        &["--output-format", "csv", "--fields", "time,time"],
    ] {
        let done = grep().args(flags).path(day("json")).refused();
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{}", done.told());
    }
    let without_key = grep().args(["--verified", ""]).path(day("json")).exit(2);
    assert!(without_key.stderr.contains("hint"), "{}", without_key.told());
}

/// A row as the documentation has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    time: String,
    level: String,
    code: Option<u16>,
    name: Option<String>,
    client_id: Option<String>,
    session_id: Option<Value>,
    message: String,
    product: Option<String>,
    version: Option<String>,
    fields: serde_json::Map<String, Value>,
    file: String,
    line: u64,
}

#[test]
fn json_and_jsonl_are_the_same_rows_and_read_back_without_unknown_fields() {
    for format in FORMATS {
        let search = |output| grep().args(["--code", "587", "--output-format", output]).path(day(format)).exit(0);
        let array: Vec<Row> = serde_json::from_slice(&search("json").stdout).unwrap();
        let jsonl = search("jsonl");
        let lines: Vec<Row> = jsonl.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(array.len(), 3, "{format}");
        assert_eq!(format!("{array:?}"), format!("{lines:?}"), "{format}");
        for row in &array {
            assert_eq!(
                (row.code, row.level.as_str(), row.client_id.as_deref()),
                (Some(587), "warning", Some("reporting"))
            );
            assert_eq!(row.name.as_deref(), Some("Poison record detected"));
            assert!(row.time.starts_with("2025-03-14T11:40:") && row.time.ends_with('Z'), "{}", row.time);
            assert!(row.session_id.is_some() && !row.message.is_empty() && row.line > 0);
            assert!(row.file.ends_with(&format!("service_day.{format}.log")));
            // plaintext names them in the start-up line of the service only.
            assert_eq!((row.product.as_deref(), row.version.as_deref()), (Some("acra-server"), Some("0.96.0")));
            assert!(!row.fields.contains_key("code"));
        }
    }
    let none = grep().args(["--code", "1302", "--output-format", "json"]).path(day("json")).exit(1);
    assert_eq!(serde_json::from_slice::<Vec<Row>>(&none.stdout).unwrap().len(), 0);
}

#[test]
fn csv_and_table_show_the_columns_that_were_chosen() {
    let fields = ["--fields", "time,code,client_id,error"];
    let csv = grep().args(["--code", "511", "--output-format", "csv"]).args(fields).path(day("json")).exit(0);
    let lines: Vec<_> = csv.text().lines().map(|line| line.trim_end_matches('\r')).collect();
    assert_eq!(lines[0], "time,code,client_id,error");
    assert_eq!(lines.len(), 5);
    assert!(lines[1..].iter().all(|line| line.starts_with("2025-03-14T22:30:") && line.contains(",511,etl,")));
    let table = grep().args(["--code", "511", "--output-format", "table"]).args(fields).path(day("json")).exit(0);
    assert_eq!(table.text().lines().filter(|line| line.contains("511") && line.contains("etl")).count(), 4);
    let berlin = ["--timezone", "Europe/Berlin", "--code", "511", "--output-format", "table"];
    let berlin = grep().args(berlin).args(fields).path(day("json")).exit(0);
    assert!(berlin.text().contains("23:30:") && berlin.text().contains("+01:00"), "{}", berlin.told());
}

#[test]
fn verified_prints_only_what_verifies_and_ends_as_verify_does() {
    let verified = || grep().args(["--verified", "--level", "info+"]).key("audit.key");
    for format in FORMATS {
        let good = verified().path(fixture::log(&format!("chain_closed_three.{format}.log"))).exit(0);
        assert_eq!(good.text().lines().filter(|line| !line.contains("integrity")).count(), 0, "{format}");
        assert!(good.stderr.contains("do not verify and are not shown"), "{}", good.told());
        let bad = verified().path(fixture::log(&format!("chain_altered_middle.{format}.log"))).exit(1);
        let printed = bad.text();
        assert!(!printed.contains("Client-009") && !printed.is_empty(), "{}", bad.told());
        assert!(bad.stderr.contains("TAMPERED"), "{}", bad.told());
    }
    let none = verified().path(fixture::log("service_day.json.log")).args(["--code", "1302"]).exit(1);
    assert!(none.stdout.is_empty());
    grep().args(["--verified", "--code", "560"]).key("old.key.hex").path(day("json")).exit(2);
    let rows =
        verified().args(["--output-format", "jsonl", "--code", "560", "--client", "webapp"]).path(day("cef")).exit(0);
    for line in rows.text().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["integrity_status"], "verified");
        assert_eq!(row["chain_id"].as_str().map(str::len), Some(16));
        assert!(row["chain_position"].as_u64() > Some(1));
    }
}

#[test]
fn lines_around_a_match_that_do_not_verify_are_withheld_and_counted() {
    let log = |name: &str| fixture::situation("grep_verified_context").join(name);
    let search = |flags: &[&str], name: &str| {
        let run = grep().args(["--verified", "-n", "--key-file"]).path(log("audit.key"));
        run.args(flags).args(["-e", "entry 1"]).path(log(name)).exit_one_of(&[1, 3])
    };
    let verified = |name: &str| -> Vec<String> {
        let run =
            grep().args(["--verified", "-n", "--key-file"]).path(log("audit.key")).args(["-e", ""]).path(log(name));
        run.exit_one_of(&[1, 3]).text().lines().map(str::to_owned).collect()
    };
    for name in ["fabricated.log", "altered.log"] {
        let genuine = verified(name);
        for flags in [&["-B", "3"][..], &["-A", "1"], &["-C", "9"]] {
            let done = search(flags, name);
            for line in done.text().lines().filter(|line| *line != "--") {
                let (number, text) = line.split_once([':', '-']).unwrap();
                assert!(genuine.contains(&format!("{number}:{text}")), "{flags:?} {name}: {}", done.told());
            }
        }
        let done = search(&["-C", "9"], name);
        assert!(
            done.stderr.contains("verify was withheld") || done.stderr.contains("verify were withheld"),
            "{}",
            done.told()
        );
    }
}

#[test]
fn merged_matches_of_several_files_are_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let log = fixture::bytes("service_day.json.log");
    let lines: Vec<_> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let part = |remainder: usize| -> Vec<u8> {
        lines
            .iter()
            .enumerate()
            .filter(|(index, _)| index % 3 == remainder)
            .flat_map(|(_, line)| line.to_vec())
            .collect()
    };
    let paths: Vec<_> =
        (0..3).map(|part_of| verify::write(folder.path(), &format!("node{part_of}.log"), &part(part_of))).collect();
    let merged = |flags: &[&str]| {
        let run = paths.iter().fold(grep().arg("--merge").args(flags), |run, path| run.path(path));
        run.exit(0)
    };
    let times = |done: &str| -> Vec<String> {
        let time = |line: &str| serde_json::from_str::<Value>(line).unwrap()["unixTime"].as_str().unwrap().to_owned();
        done.lines().map(time).collect()
    };
    let all = merged(&["--level", "trace+", "--no-filename"]);
    let found = times(all.text());
    assert_eq!(found.len(), lines.len());
    assert!(found.is_sorted());
    assert_eq!(merged(&["-m", "5", "--no-filename", "--level", "trace+"]).text().lines().count(), 5);
    assert!(merged(&["--code", "587"]).text().lines().all(|line| line.contains("node")), "names stand in front");
}

#[test]
fn a_product_is_found_in_plaintext_by_the_line_its_service_started_with() {
    let cases: [&[&str]; 6] = [
        &["--product", "acra-server"],
        &["--where", "product=acra-server"],
        &["--where", "version=0.96.0"],
        // With a code, lines that cannot match are passed over; the start-up line is not among them.
        &["--code", "587", "--product", "acra-server"],
        &["--code", "587", "--where", "product~^acra"],
        &["--code", "587", "--product", "acra-server", "--input-format", "plaintext"],
    ];
    for flags in cases {
        let of_json: Vec<&str> = flags.iter().map(|flag| if *flag == "plaintext" { "json" } else { *flag }).collect();
        assert!(count("json", &of_json) > 0, "{flags:?}");
        assert_eq!(count("plaintext", flags), count("json", &of_json), "{flags:?}");
    }
    assert_eq!(count("plaintext", &["--product", "acra-translator"]), 0);
    let rows = |flags: &[&str]| {
        let search = grep().args(["--code", "587", "--output-format", "jsonl", "--input-format", "plaintext"]);
        search.args(flags).path(day("plaintext")).exit(0).text().to_owned()
    };
    assert_eq!(rows(&["--merge"]), rows(&[]));
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_rest_is_searched() {
    let done = grep().args(["-c", "--code", "587", "-H"]).path(day("json")).path("no-such-file").exit(2);
    assert!(done.stderr.contains("no-such-file: the file is missing"), "{}", done.told());
    assert!(done.text().contains("service_day.json.log:3\n"), "{}", done.told());
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_search_without_words_and_without_exit_0() {
    let tool = env!("CARGO_BIN_EXE_acralog");
    let script =
        format!("set -o pipefail; {tool} grep --level trace+ {0} {0} | head -n 1 >/dev/null", day("json").display());
    let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn hostile_lines_are_visible_to_people_and_untouched_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let line = b"CEF:0|cossacklabs|acra-server|0.96.0|100|a\x1b[2J\x1b]0;x\x07b|1|unixTime=1700000000.149 \n";
    let path: PathBuf = verify::write(folder.path(), "hostile.log", line);
    let raw = grep().args(["-e", "."]).path(&path).exit(0);
    assert_eq!(raw.stdout, line);
    let search = |flags: &[&str], path: &Path| grep().args(["-e", "."]).args(flags).path(path).exit(0);
    for flags in [
        &["--color", "always"][..],
        &["--output-format", "json"],
        &["--output-format", "jsonl"],
        &["--output-format", "csv"],
        &["--output-format", "table"],
    ] {
        let done = search(flags, &path);
        let ours = done.text().replace("\x1b[", "").matches('\x1b').count();
        assert!(
            !done.text().contains("\x1b[2J") && ours == 0 && !done.text().contains('\x07'),
            "{flags:?}: {}",
            done.told()
        );
    }
}
