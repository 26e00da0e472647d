//! `verify --explain FILE:LINE`: one line in full, out of a run that gives the verdict it would give without. What it shows never
//! helps whoever wants to forge a line.

mod search; // what was tried to find the original

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::attacks::damage::{change_text, made_up, replaced, rewrite_text, seal_at, strip_seal};
use crate::log_writer::sealing::Sealer;
use crate::log_writer::wrapping::{self, Wrapper};
use crate::log_writer::{Event, Format, Lines, Service, seal, text};
use crate::sources::gzip;
use crate::support::verify::write;
use crate::support::{Run, fixture};

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = Run::bare().args(["schema", "verify-explain"]).exit(0);
    jsonschema::validator_for(&serde_json::from_slice(&schema.stdout).expect("a schema")).expect("a schema")
});

/// Two chains of six entries: they begin in the lines 1 and 7.
fn genuine(format: Format) -> Lines {
    let mut service = Service::new(format, fixture::key("audit.key"), 7);
    (0..2).flat_map(|_| service.chain(6)).collect()
}

/// A folder with one log.
fn folder(lines: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.log", &text(lines));
    folder
}

fn run(folder: &Path, place: &str) -> Run {
    Run::verify().key("audit.key").args(["--explain", place]).current_dir(folder)
}

/// The document about a line, which is what the schema says.
#[track_caller]
fn document(run: Run) -> Value {
    let done = run.args(["--format", "json"]).done();
    let document: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", done.told()));
    assert!(SCHEMA.is_valid(&document), "{:?}: {document:#}", SCHEMA.iter_errors(&document).next());
    assert_eq!(document["exit_code"], json!(done.code));
    document
}

#[track_caller]
fn explained(lines: &[Vec<u8>], line: usize) -> Value {
    let folder = folder(lines);
    document(run(folder.path(), &format!("a.log:{line}")).path("a.log"))
}

/// What was tried and fits, as `spelling hypothesis line:position`.
fn fitting(document: &Value) -> Vec<String> {
    let tried = document["entries"][0]["tried"].as_array().expect("a list");
    let of_spelling = |spelling: &Value| {
        let trials = spelling["trials"].as_array().expect("a list").clone();
        let name = spelling["spelling"].as_str().expect("a word").to_owned();
        let fits = trials.into_iter().filter(|trial| trial["fits"] == true);
        let told = move |trial: Value| {
            let (at, hypothesis) = (&trial["at"], trial["hypothesis"].as_str().expect("a word"));
            format!("{name} {hypothesis} {}:{}", at["first"]["line"], at["position"])
        };
        fits.map(told).collect::<Vec<_>>()
    };
    tried.iter().flat_map(of_spelling).collect()
}

fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().expect("a list");
    findings.iter().map(|finding| finding["code"].as_str().expect("a name")).collect()
}

/// What is done to a log, and what is told of a line of it: the decision, what fits, the findings.
type Case =
    (&'static str, fn(Format, &mut Lines), usize, &'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    ("the first of a chain", |_, _| (), 7, "verified", &["as-written first null:1"], &[]),
    ("one in a chain", |_, _| (), 9, "verified", &["as-written next 7:3"], &[]),
    ("the end", |_, _| (), 12, "verified", &["as-written next 7:6"], &[]),
    ("altered", |format, log| log[2] = change_text(format, &log[2]), 3, "failed", &[], &["entry-restored"]),
    ("behind it", |format, log| log[2] = change_text(format, &log[2]), 4, "verified", &["as-written next 1:4"], &[]),
    ("rewritten", |format, log| log[2] = rewrite_text(format, &log[2]), 3, "failed", &[], &["chain-altered"]),
    (
        "behind what was rewritten",
        |format, log| log[2] = rewrite_text(format, &log[2]),
        4,
        "failed",
        &[],
        &["entries-unreachable"],
    ),
    (
        "the chain after it",
        |format, log| log[2] = rewrite_text(format, &log[2]),
        8,
        "verified",
        &["as-written next 7:2"],
        &[],
    ),
    ("inserted", |format, log| log.insert(3, made_up(format, &log[2])), 4, "failed", &[], &["line-inserted"]),
    ("removed above", |_, log| drop(log.remove(2)), 3, "failed", &[], &["chain-altered"]),
    ("repeated", |_, log| log.insert(3, log[2].clone()), 4, "repeated", &[], &["line-repeated"]),
    (
        "of a repeated chain",
        |_, log| log.extend_from_within(..6),
        14,
        "repeated",
        &["as-written next-repeated 13:2"],
        &["chain-repeated"],
    ),
    (
        "without its seal",
        |format, log| log.insert(3, strip_seal(format, &log[2])),
        4,
        "unsigned",
        &[],
        &["line-unsigned-inside-chain"],
    ),
];

#[test]
fn each_line_is_told_for_what_it_is_in_every_format() {
    for format in Format::ALL {
        for &(case, change, line, decision, fits, findings) in CASES {
            let mut lines = genuine(format);
            change(format, &mut lines);
            let document = explained(&lines, line);
            let entry = &document["entries"][0];
            assert_eq!(entry["decision"], decision, "{format:?}, {case}");
            assert_eq!(entry["format"], format.name(), "{format:?}, {case}");
            assert_eq!(fitting(&document), fits, "{format:?}, {case}");
            assert_eq!(codes(&document), findings, "{format:?}, {case}: {:#}", document["findings"]);
            assert_eq!(document["place"], json!({"file": "a.log", "line": line}), "{format:?}, {case}");
            assert_eq!(entry["is_repeated"], json!(decision == "repeated"), "{format:?}, {case}");
            assert_eq!(entry["tried"] == json!([]), decision == "unsigned", "{format:?}, {case}");
        }
    }
}

#[test]
fn what_does_not_fit_is_named_with_the_chains_and_the_keys_it_was_held_against() {
    for format in Format::ALL {
        let mut lines = genuine(format);
        lines[9] = change_text(format, &lines[9]);
        let folder = folder(&lines);
        let document = document(run(folder.path(), "a.log:10").key("old.key.hex").path("a.log"));
        let trials = document["entries"][0]["tried"][0]["trials"].as_array().expect("a list").clone();
        let told: Vec<_> = trials
            .iter()
            .map(|trial| {
                (
                    trial["hypothesis"].as_str().unwrap(),
                    trial["at"]["first"]["line"].clone(),
                    trial["at"]["position"].clone(),
                )
            })
            .collect();
        let expected = [
            ("first", Value::Null, json!(1)),
            ("first", Value::Null, json!(1)),
            ("next", json!(7), json!(4)),
            ("after-end", json!(1), json!(7)),
        ];
        assert_eq!(told, expected, "{format:?}");
        let keys: Vec<_> = trials.iter().map(|trial| trial["at"]["key"].clone()).collect();
        assert!(keys[0] != keys[1] && keys[2] == keys[0] && keys[3] == keys[0], "{format:?}: {keys:?}");
        assert!(trials.iter().all(|trial| trial["fits"] == false), "{format:?}");
    }
}

#[test]
fn an_entry_behind_the_end_of_its_chain_is_told_as_one() {
    for format in Format::ALL {
        let mut sealer = Sealer::new(&fixture::key("audit.key"));
        let event = |second: i64, message: &str| Event::new(1_741_910_400_000 + second * 1000, "info", message);
        let end = event(1, "End of current audit log chain").with("chain", "end");
        let lines = [
            seal(format, &event(0, "Process query"), &mut sealer, Some("new")),
            seal(format, &end, &mut sealer, None),
            seal(format, &event(2, "Process query"), &mut sealer, None),
        ];
        let document = explained(&lines, 3);
        assert_eq!(fitting(&document), ["as-written after-end 1:3"], "{format:?}");
        assert_eq!(document["entries"][0]["decision"], "verified", "{format:?}");
    }
}

#[test]
fn json_that_was_spelled_anew_fits_as_go_writes_it() {
    let mut lines = genuine(Format::Json);
    let genuine = explained(&lines, 3);
    lines[2] = replaced(&lines[2], b"\"level\":", b"\"level\": \"\",\"level\":");
    let ambiguous = explained(&lines, 3);
    assert_eq!(ambiguous["entries"][0]["is_ambiguous"], true);
    let mut lines = self::genuine(Format::Json);
    lines[2] = replaced(&lines[2], b"\"client-", b"\"\\u0063lient-");
    let document = explained(&lines, 3);
    assert_eq!(document["entries"][0]["decision"], "reencoded");
    assert_eq!(fitting(&document), ["remarshalled next 1:3"]);
    let mac_input = |document: &Value, index: usize| document["entries"][0]["tried"][index]["mac_input"].clone();
    assert_eq!(mac_input(&document, 1), mac_input(&genuine, 0), "what was signed");
}

#[test]
fn of_the_seal_that_is_demanded_only_two_bytes_are_shown() {
    for format in Format::ALL {
        let mut lines = genuine(format);
        let at = seal_at(format, &lines[2]);
        let demanded = String::from_utf8(lines[2][at..at + 64].to_vec()).expect("hex digits");
        // Were it like the one that is demanded, that would be told as what stood here.
        let other = seal_at(format, &lines[8]);
        let other = lines[8][other..other + 64].to_vec();
        lines[2].splice(at..at + 64, other);
        let folder = folder(&lines);
        for flags in [&["-v"][..], &[], &["-v", "--format", "json"]] {
            let done = run(folder.path(), "a.log:3").args(flags).path("a.log").exit(1);
            assert!(done.text().contains(&demanded[..4]), "{format:?}: {}", done.told());
            let found = String::from_utf8(lines[2][at..at + 64].to_vec()).expect("hex digits");
            let others = done.text().replace(&found, "");
            assert!(!others.contains(&demanded[..6]), "{format:?}: {}", done.told());
        }
    }
}

#[test]
fn a_line_is_found_in_any_file_of_a_set_packed_or_wrapped_under_the_number_of_the_messages() {
    for format in Format::ALL {
        let lines = genuine(format);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "a.log.2.gz", &gzip(&text(&lines[..4])));
        write(folder.path(), "a.log.1", &wrapping::wrap(&lines[4..8], Wrapper::Docker));
        write(folder.path(), "a.log", &text(&lines[8..]));
        let explained = |place: &str| document(run(folder.path(), place).path("."));
        for (place, first, position, file) in [
            ("./a.log.2.gz:2", 1, 2, "./a.log.2.gz"),
            ("a.log.2.gz:2", 1, 2, "./a.log.2.gz"),
            ("a.log.1:1", 1, 5, "./a.log.2.gz"),
            ("./a.log:4", 3, 6, "./a.log.1"),
        ] {
            let document = explained(place);
            let chain = &document["entries"][0]["chain"];
            assert_eq!(chain["first"], json!({"file": file, "line": first}), "{format:?}, {place}");
            assert_eq!(chain["position"], position, "{format:?}, {place}");
        }
        assert_eq!(explained("a.log.2.gz:1")["compression"], "gzip");
        assert_eq!(explained("a.log.1:1")["wrapper"], "docker");
    }
}

#[test]
fn standard_input_has_lines_as_well() {
    let document =
        document(Run::verify().key("audit.key").args(["--explain", "-:2"]).stdin(&text(&genuine(Format::Cef))));
    assert_eq!(document["entries"][0]["decision"], "verified");
}

#[test]
fn a_line_of_two_entries_is_told_with_both() {
    let mut lines = genuine(Format::Plaintext);
    let torn = lines[2][..lines[2].len() - 40].to_vec();
    lines.splice(2..7, [[torn, lines[6].clone()].concat()]);
    let document = explained(&lines, 3);
    let decisions: Vec<_> =
        document["entries"].as_array().expect("a list").iter().map(|entry| &entry["decision"]).collect();
    assert_eq!(decisions, ["seal-malformed", "verified"]);
    let folder = folder(&lines);
    let done = run(folder.path(), "a.log:3").path("a.log").exit(3);
    assert!(done.text().contains("entry 1 of 2 in this line"), "{}", done.told());
}

#[test]
fn the_verdict_is_that_of_the_run_however_many_threads_there_are() {
    for format in Format::ALL {
        for name in ["chain_altered_middle", "chain_closed_three", "chain_unfinished_crash", "service_day"] {
            let log = fixture::log(&format!("{name}.{}.log", format.name()));
            let code = Run::verify().key("audit.key").path(&log).done().code;
            let place = |line: usize| format!("{}:{line}", log.display());
            for line in [1, 20, 35] {
                let run = |threads: &str| {
                    let run = Run::verify().key("audit.key").args(["--threads", threads, "--explain"]);
                    run.arg(place(line)).path(&log).exit(code).stdout
                };
                assert!(run("1") == run("3"), "{}", place(line));
            }
        }
    }
}

#[test]
fn what_people_see_fits_into_80_columns_and_acts_on_no_terminal() {
    for format in Format::ALL {
        let mut service = Service::new(format, fixture::key("audit.key"), 1);
        let hostile = "\u{1b}[2J\u{202e} ##[error] ::error:: é ".repeat(60);
        let events = [0, 1].map(|second| Event::new(1_741_910_400_000 + second * 1000, "info", &hostile));
        let mut lines: Lines = events.iter().map(|event| service.write(event)).collect();
        lines.push(format!("::error::{hostile}").into_bytes());
        let folder = folder(&lines);
        for line in 1..=3 {
            for flags in [&[][..], &["-v"]] {
                let done = run(folder.path(), &format!("a.log:{line}")).args(flags).path("a.log").done();
                for shown in done.text().lines() {
                    assert!(shown.chars().count() <= 80, "{format:?}: {shown}");
                    assert!(!shown.contains(['\u{1b}', '\u{202e}']) && !shown.contains("##["), "{format:?}: {shown}");
                    assert!(!shown.trim_start().starts_with("::"), "{format:?}: {shown}");
                }
                assert_eq!(done.text().contains("left out here"), flags.is_empty(), "{format:?}: {}", done.told());
            }
            let json = run(folder.path(), &format!("a.log:{line}")).args(["--format", "json"]).path("a.log").done();
            assert!(!json.text().contains(['\u{1b}', '\u{202e}']), "{}", json.told());
        }
    }
}

#[test]
fn what_is_not_there_cannot_be_explained() {
    let folder = folder(&genuine(Format::Json));
    write(folder.path(), "empty.log", b"");
    let docker = b"{\"log\":\"a\",\"stream\":\"stderr\",\"time\":\"2025-03-14T00:00:00.1Z\"}\n\
        {\"log\":\"b\\n\",\"stream\":\"stderr\",\"time\":\"2025-03-14T00:00:00.1Z\"}\n\
        {\"log\":\"c\\n\",\"stream\":\"stderr\",\"time\":\"2025-03-14T00:00:00.1Z\"}\n";
    write(folder.path(), "pieces.log", docker);
    for (place, path, why) in [
        ("b.log:1", "a.log", "b.log: is not among the files that are read"),
        ("a.log:13", "a.log", "a.log: has no line 13: its last one is 12"),
        ("empty.log:1", "empty.log", "empty.log: has no line 1: it is empty"),
        ("pieces.log:2", "pieces.log", "pieces.log: no line begins at 2"),
        ("gone.log:1", "gone.log", "gone.log: line 1 was not read: the file is missing"),
    ] {
        let done = run(folder.path(), place).path(path).exit(2);
        assert!(done.stderr.contains(why) && done.stdout.is_empty(), "{}", done.told());
    }
    for wrong in ["a.log", "a.log:0", "a.log:x", ":3", "a.log:-1"] {
        run(folder.path(), wrong).path("a.log").refused();
    }
    run(folder.path(), "a.log:1").args(["--format", "sarif"]).path("a.log").refused();
    run(folder.path(), "a.log:1").arg("-q").path("a.log").refused();
}

#[test]
fn it_goes_into_a_file_whole_or_not_at_all() {
    let folder = folder(&genuine(Format::Json));
    let done = run(folder.path(), "a.log:3").args(["-o", "out.txt"]).path("a.log").exit(0);
    assert!(done.stdout.is_empty());
    let text = std::fs::read_to_string(folder.path().join("out.txt")).expect("a file");
    assert!(text.starts_with("a.log:3\n") && text.ends_with("INTACT   exit 0\n"), "{text}");
    run(folder.path(), "a.log:33").args(["-o", "other.txt"]).path("a.log").exit(2);
    assert!(!folder.path().join("other.txt").exists());
}
