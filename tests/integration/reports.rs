//! The forms of the report, read back the way programs read them: json and jsonl with types that refuse unknown fields,
//! sarif, junit and github by their structure, the human form by what it promises. The published schemas are held
//! against the reports by the tests of `output`.

mod hostile_text; // what a log says is never interpreted
mod machine; // sarif, junit, github

use std::collections::BTreeMap;

use crate::support::report::{Account, Record, Report};
use crate::support::run::Done;
use crate::support::{FORMATS, Run, fixture};

/// Logs that show every kind of report, with their keys.
const CASES: [(&str, &[&str]); 8] = [
    ("chain_closed_three.json.log", &["audit.key"]),
    ("chain_altered_middle.plaintext.log", &["audit.key"]),
    ("chain_unfinished_crash.cef.log", &["audit.key"]),
    ("chain_headless_start.json.log", &["audit.key"]),
    ("key_rotated_between_chains.json.log", &["audit.key", "old.key.hex"]),
    ("chain_closed_three.cef.log", &["foreign.key.hex"]),
    ("stream_interleaved_two.plaintext.log", &["audit.key"]),
    ("rotation_four_files", &["audit.key"]),
];

#[track_caller]
fn run(format: &str, log: &str, keys: &[&str]) -> Done {
    keys.iter().fold(Run::verify().format(format).path(fixture::log(log)), |run, key| run.key(key)).done()
}

fn reports() -> impl Iterator<Item = Report> {
    CASES.into_iter().map(|(log, keys)| run("json", log, keys).report())
}

#[test]
fn the_json_report_states_what_it_is() {
    for report in reports() {
        assert_eq!((report.version, report.tool.name.as_str()), (1, "acralog"));
        assert_eq!(report.tool.version, env!("CARGO_PKG_VERSION"));
        assert!(!report.schema.is_empty());
        assert_eq!(report.policy, "default");
        assert!(!report.not_shown.is_empty(), "no answer covers everything");
    }
}

#[test]
fn outcome_and_exit_code_are_two_words_for_one_answer() {
    let names = BTreeMap::from([(0, "intact"), (1, "tampered"), (2, "undecided"), (3, "incomplete")]);
    let mut seen: Vec<u8> = reports()
        .map(|report| {
            assert_eq!(report.outcome, names[&report.exit_code]);
            report.exit_code
        })
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3], "the cases cover every answer");
}

#[test]
fn every_byte_and_every_line_is_accounted_for() {
    for report in reports() {
        let sum_of_files =
            |number: fn(&Account) -> u64| report.files.iter().map(|file| number(&file.account)).sum::<u64>();
        let total = report.account.sum();
        assert_eq!(report.account.total, Some(total));
        assert_eq!(sum_of_files(|account| account.sum().bytes), total.bytes);
        assert_eq!(sum_of_files(|account| account.sum().lines), total.lines);
        for file in &report.files {
            assert_eq!(file.account.sum().bytes, file.bytes, "{}", file.path);
        }
    }
}

#[test]
fn the_bytes_of_an_uncompressed_file_are_its_length() {
    for (log, keys) in CASES.into_iter().filter(|(log, _)| !log.starts_with("rotation")) {
        let bytes = fixture::bytes(log);
        let report = run("json", log, keys).report();
        assert_eq!(report.account.sum().bytes, bytes.len() as u64, "{log}");
        assert_eq!(report.account.sum().lines, bytes.iter().filter(|&&byte| byte == b'\n').count() as u64, "{log}");
    }
}

#[test]
fn findings_chains_and_files_point_at_each_other() {
    for report in reports() {
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for finding in &report.findings {
            *counted.entry(finding.code.clone()).or_default() += 1;
            let is_word = |class: &str| ["note", "warning", "incomplete", "undecided", "tampered"].contains(&class);
            assert!(is_word(&finding.class), "{finding:?}");
            assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
            for place in finding.place.iter().chain(&finding.through) {
                assert!(place.line > 0 && report.files.iter().any(|file| file.path == place.file), "{finding:?}");
            }
            for seal in finding.expected.iter().chain(&finding.found) {
                assert_eq!(seal.len(), 4, "two bytes of a seal, never more: {finding:?}");
            }
        }
        assert_eq!((counted, report.findings_omitted), (report.findings_by_code.clone(), 0));
        let counts = &report.chain_counts;
        let by_verdict = counts.closed + counts.open_at_end + counts.unfinished + counts.headless + counts.broken;
        assert_eq!(report.chains.len() as u64 + report.chains_omitted, by_verdict, "{counts:?}");
        assert!(report.chains.iter().all(|chain| chain.stream < report.streams.len()));
        assert!(report.files.iter().all(|file| file.stream < report.streams.len()));
        let entries: u64 = report.chains.iter().map(|chain| chain.entries).sum();
        assert_eq!(entries, report.account.verified.lines);
    }
}

#[test]
fn what_is_proven_is_told_in_the_logs_own_time() {
    let log = fixture::log("chain_altered_middle.json.log");
    let report = Run::report().key("audit.key").args(["--undo", "off"]).path(log).exit(1).report();
    let proven = &report.streams[0].proven;
    assert_eq!(proven.len(), 2, "before and after the break: {proven:?}");
    for range in proven {
        let (from, to): (jiff::Timestamp, jiff::Timestamp) =
            (range.from.parse().expect("RFC 3339"), range.to.parse().expect("RFC 3339"));
        assert!(from <= to, "{range:?}");
    }
}

#[test]
fn jsonl_says_the_same_as_json_one_record_at_a_time() {
    for (log, keys) in CASES {
        let report = run("json", log, keys).report();
        let done = run("jsonl", log, keys);
        let records: Vec<Record> = done
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        let (mut findings, mut chains, mut files, mut summaries) = (0, 0, 0, 0);
        for record in &records {
            match record {
                Record::Finding(finding) => {
                    findings += 1;
                    assert!(report.findings.contains(finding), "{finding:?}");
                }
                Record::Chain(chain) => {
                    chains += 1;
                    assert!(report.chains.contains(chain), "{chain:?}");
                }
                Record::File(file) => {
                    files += 1;
                    assert!(report.files.contains(file), "{file:?}");
                }
                Record::Summary(_) => summaries += 1,
            }
        }
        assert_eq!(
            (findings, chains, files),
            (report.findings.len(), report.chains.len(), report.files.len()),
            "{log}"
        );
        let Some(Record::Summary(last)) = records.last() else { panic!("the summary stands last: {}", done.told()) };
        assert_eq!((summaries, last.version, last.schema.is_empty()), (1, 1, false));
        assert_eq!((&last.tool, &last.policy, &last.warnings), (&report.tool, &report.policy, &report.warnings));
        assert_eq!((&last.outcome, last.exit_code, last.files), (&report.outcome, done.code, files as u64));
        assert_eq!((&last.account, &last.chain_counts), (&report.account, &report.chain_counts));
        assert_eq!((&last.findings_by_code, &last.not_shown), (&report.findings_by_code, &report.not_shown));
        assert_eq!((&last.streams, &last.keys), (&report.streams, &report.keys));
        assert_eq!(last.default_policy_outcome, report.default_policy_outcome);
    }
}

#[test]
fn the_human_form_never_says_valid_and_always_says_what_is_not_shown() {
    for (log, keys) in CASES {
        let done = run("human", log, keys);
        let text = done.text();
        assert!(!text.to_lowercase().contains("valid"), "{}", done.told());
        assert!(text.contains("not shown"), "{}", done.told());
        assert!(text.contains(&format!("exit {}", done.code)), "{}", done.told());
        assert!(!text.contains('\u{1b}'), "no colour into a pipe: {}", done.told());
    }
}

#[test]
fn colour_is_a_matter_of_the_flag_and_of_no_color() {
    let log = fixture::log("chain_altered_middle.json.log");
    let run = |when: &str| Run::verify().key("audit.key").args(["--color", when]).path(&log);
    assert!(run("always").exit(1).text().contains('\u{1b}'));
    assert!(!run("never").exit(1).text().contains('\u{1b}'));
    assert!(!run("auto").env("NO_COLOR", "1").exit(1).text().contains('\u{1b}'));
}

#[test]
fn the_tests_know_every_format() {
    assert_eq!(acralog::internals::ReportFormat::ALL.map(acralog::internals::ReportFormat::name), FORMATS);
}

#[test]
fn the_same_run_gives_the_same_report_twice() {
    for format in FORMATS {
        let once = || run(format, "chain_altered_middle.json.log", &["audit.key"]).stdout;
        assert_eq!(String::from_utf8_lossy(&once()), String::from_utf8_lossy(&once()), "{format}");
    }
}
