//! What a log says of time: gaps between its verified entries, and chains that are open for long. Asked for by name, they make
//! the answer incomplete; not asked for, nothing is said.

use acralog::internals::{Limits, Strategy, VerifyOptions};
use acralog::{AuditKey, Demands, Finding, KeySet, Report, Span, Verifier};

use crate::log_writer::{Event, Format, Lines, Service, spelling, text};
use crate::support::{Run, fixture, verify};

const MINUTE_MS: i64 = 60_000;

/// 2025-03-14T10:00:00Z
const TEN_MS: i64 = 1_741_946_400_000;

fn service(format: Format) -> Service {
    Service::new(format, fixture::key("audit.key"), 1)
}

/// An entry of a running chain, so many milliseconds after ten o'clock.
fn entry(service: &mut Service, after_ten_ms: i64) -> Vec<u8> {
    service.write(&Event::new(TEN_MS + after_ten_ms, "info", "Read query from client"))
}

/// The end of a running chain, at such a time.
fn end(service: &mut Service, after_ten_ms: i64) -> Vec<u8> {
    let event = Event::new(TEN_MS + after_ten_ms, "info", "End of current audit log chain").with("chain", "end");
    let line = service.write(&event);
    service.crash();
    line
}

/// A chain with entries of these times; the last one is its end.
fn chain(service: &mut Service, times_ms: &[i64]) -> Lines {
    let (last, others) = times_ms.split_last().expect("a chain has an end");
    let mut lines: Lines = others.iter().map(|at| entry(service, *at)).collect();
    lines.push(end(service, *last));
    lines
}

fn minutes(count: u32) -> Option<Span> {
    Some(Span::of_seconds(count * 60))
}

/// The report on the files of one log, whatever the strategy and the size of batches: they must not matter.
fn report(files: &[Lines], demands: &Demands) -> Report {
    let files: Vec<(String, Vec<u8>)> =
        files.iter().enumerate().map(|(index, lines)| (format!("{index}.log"), text(lines))).collect();
    let told = |strategy, batch_lines| {
        let limits = Limits { batch_lines, ..VerifyOptions::default().limits };
        let options = VerifyOptions { limits, strategy, ..VerifyOptions::default() };
        let keys: KeySet = [AuditKey::new(&fixture::key("audit.key"), "the test")].into_iter().collect();
        let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        Verifier::new(keys).demands(demands.clone()).options(options).verify_bytes(files).expect("an answer")
    };
    let report = told(Strategy::OneByOne, 8192);
    for batch_lines in [1, 3, 8192] {
        let other = told(Strategy::Staged, batch_lines);
        assert_eq!((&other.findings, &other.summary), (&report.findings, &report.summary), "{batch_lines}");
    }
    report
}

/// Where the findings of a code stand, each as `file:line-file:line`.
fn places(report: &Report, code: &str) -> Vec<String> {
    let place = |finding: &Finding| {
        let first = finding.place.as_ref().expect("a place");
        let last = finding.through.as_ref().unwrap_or(first);
        format!("{}:{}-{}:{}", first.file, first.line, last.file, last.line)
    };
    report.findings.iter().filter(|finding| finding.code.name() == code).map(place).collect()
}

fn gaps(files: &[Lines], longest: Option<Span>) -> Vec<String> {
    let report = report(files, &Demands { gap: longest, ..Demands::default() });
    let found = places(&report, "time-gap");
    assert_eq!(report.outcome().code(), if found.is_empty() { 0 } else { 3 }, "{:?}", report.findings);
    found
}

#[test]
fn a_gap_is_longer_than_what_was_asked_and_by_a_moment_already() {
    for format in Format::ALL {
        // Plaintext has no milliseconds.
        let moment = if format == Format::Plaintext { 1000 } else { 1 };
        for (apart_ms, expected) in [(30 * MINUTE_MS, &[][..]), (30 * MINUTE_MS + moment, &["0.log:2-0.log:3"])] {
            let log = chain(&mut service(format), &[0, 1000, 1000 + apart_ms, 2000 + apart_ms]);
            assert_eq!(gaps(&[log], minutes(30)), expected, "{format:?}: {apart_ms} ms");
        }
    }
}

#[test]
fn a_gap_is_found_across_chains_and_files_and_named_with_both_places_and_times() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = chain(&mut service, &[0, 1000]);
        let second = chain(&mut service, &[90 * MINUTE_MS, 91 * MINUTE_MS]);
        assert_eq!(gaps(&[[&first[..], &second].concat()], minutes(30)), ["0.log:2-0.log:3"], "{format:?}");
        let files = [first, second];
        assert_eq!(gaps(&files, minutes(30)), ["0.log:2-1.log:1"], "{format:?}");
        assert!(gaps(&files, minutes(90)).is_empty(), "{format:?}");
        let report = report(&files, &Demands { gap: minutes(30), ..Demands::default() });
        let message = "no verified entry for 1h 29m 59s: from 2025-03-14T10:00:01Z to 2025-03-14T11:30:00Z";
        assert_eq!(report.findings[0].message, message, "{format:?}");
    }
}

#[test]
fn the_time_of_a_stream_is_that_of_all_its_chains() {
    for format in Format::ALL {
        let (mut one, mut other) = (service(format), service(format));
        let minute = |count: i64| count * MINUTE_MS;
        let one_chain = chain(&mut one, &[0, minute(40), minute(80), minute(120)]);
        let other_chain = chain(&mut other, &[1000, minute(20), minute(60), minute(110)]);
        assert_eq!(gaps(std::slice::from_ref(&one_chain), minutes(30)).len(), 3, "{format:?}: alone");
        let order = [(0, 0), (1, 0), (1, 1), (0, 1), (1, 2), (0, 2), (1, 3), (0, 3)];
        let log: Lines = order.iter().map(|(chain, at)| [&one_chain, &other_chain][*chain][*at].clone()).collect();
        assert_eq!(gaps(std::slice::from_ref(&log), minutes(30)), Vec::<String>::new(), "{format:?}: together");
        assert_eq!(gaps(&[log], minutes(29)), ["0.log:6-0.log:7"], "{format:?}: where both are silent");
    }
}

#[test]
fn lines_without_a_seal_fill_no_gap() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = chain(&mut service, &[0, 1000]);
        let unsigned = |minute| {
            let event = Event::new(TEN_MS + minute * MINUTE_MS, "info", "Starting service acra-server [pid=1]");
            spelling::unsigned(format, &event)
        };
        let start: Lines = (1..9).map(|step| unsigned(step * 10)).collect();
        let second = chain(&mut service, &[90 * MINUTE_MS, 91 * MINUTE_MS]);
        let log = [first, start, second].concat();
        let report = report(&[log], &Demands { gap: minutes(30), ..Demands::default() });
        assert_eq!(places(&report, "time-gap"), ["0.log:2-0.log:11"], "{format:?}");
    }
}

#[test]
fn a_clock_that_is_set_back_makes_no_gap_nor_does_the_way_from_there() {
    for format in Format::ALL {
        let times = [0, -120 * MINUTE_MS, -119 * MINUTE_MS, 1000, 2000];
        assert!(gaps(&[chain(&mut service(format), &times)], minutes(30)).is_empty(), "{format:?}: in a chain");
        let mut service = service(format);
        let chains = [chain(&mut service, &[0, 1000]), chain(&mut service, &[-60 * MINUTE_MS, -59 * MINUTE_MS])];
        assert!(gaps(&chains, minutes(30)).is_empty(), "{format:?}: between chains");
    }
}

#[test]
fn chains_in_another_order_leave_a_gap_only_where_no_chain_has_an_entry() {
    let mut service = service(Format::Json);
    let hours = [0, 1, 2].map(|hour| {
        let from = hour * 60 * MINUTE_MS;
        chain(&mut service, &[from, from + 20 * MINUTE_MS, from + 40 * MINUTE_MS, from + 59 * MINUTE_MS])
    });
    let [first, second, third] = &hours;
    let swapped = [first.clone(), third.clone(), second.clone()].concat();
    assert!(gaps(&[swapped], minutes(30)).is_empty(), "the second one fills what the third one left");
    let removed = [first.clone(), third.clone()].concat();
    // Attacks, row 20.
    assert_eq!(gaps(&[removed], minutes(30)), ["0.log:4-0.log:5"]);
}

#[test]
fn a_chain_is_too_old_when_its_verified_entries_span_more_than_what_was_asked() {
    for format in Format::ALL {
        let moment = if format == Format::Plaintext { 1000 } else { 1 };
        let too_old = |times: &[i64]| {
            let report = report(
                &[chain(&mut service(format), times)],
                &Demands { chain_max_age: minutes(60), ..Demands::default() },
            );
            places(&report, "chain-too-old")
        };
        let hour = 60 * MINUTE_MS;
        assert!(too_old(&[0, 1000, hour]).is_empty(), "{format:?}");
        assert_eq!(too_old(&[0, 1000, hour + moment]), ["0.log:1-0.log:3"], "{format:?}");
        assert_eq!(too_old(&[0, 2 * hour, 1000, 2000]), ["0.log:1-0.log:4"], "{format:?}: the clock was set back");
    }
}

#[test]
fn only_what_verifies_says_how_old_a_chain_is() {
    let hour = 60 * MINUTE_MS;
    let mut log = chain(&mut service(Format::Json), &[0, 1000, 2 * hour, 3 * hour]);
    log[2] = crate::attacks::damage::rewrite_text(Format::Json, &log[2]);
    let demands = Demands { chain_max_age: minutes(60), gap: minutes(30), ..Demands::default() };
    let report = report(&[log], &demands);
    assert_eq!(report.outcome().code(), 1);
    assert!(places(&report, "chain-too-old").is_empty() && places(&report, "time-gap").is_empty());
}

#[test]
fn nothing_is_said_where_nothing_was_asked_and_what_is_allowed_is_a_note() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = text(&chain(&mut service(Format::Cef), &[0, 90 * MINUTE_MS, 91 * MINUTE_MS]));
    let path = verify::write(folder.path(), "a.log", &log);
    let run = |flags: &[&str]| Run::report().key("audit.key").args(flags).path(&path);
    assert!(run(&[]).exit(0).report().findings.is_empty());
    for (flags, code) in [(["--gap", "1h"], "time-gap"), (["--chain-max-age", "1h30m"], "chain-too-old")] {
        assert_eq!(run(&flags).exit(3).report().finding(code).class, "incomplete");
        let allowed = run(&[&flags[..], &["--allow", code]].concat()).exit(0).report();
        assert_eq!(allowed.finding(code).class, "note");
    }
    assert!(run(&["--gap", "2d", "--chain-max-age", "1d 12h"]).exit(0).report().findings.is_empty());
    for wrong in ["0s", "-5m", "soon", "30", "1 month"] {
        let done = run(&[&format!("--gap={wrong}")]).refused();
        assert!(done.stderr.contains("lengths are written"), "{}", done.told());
    }
}

#[test]
fn every_verb_that_verifies_takes_both_and_none_does_without_verifying() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = text(&chain(&mut service(Format::Json), &[0, 90 * MINUTE_MS, 91 * MINUTE_MS]));
    let path = verify::write(folder.path(), "a.log", &log);
    let verbs: [&[&str]; 3] = [
        &["grep", "--verify", "-e", "client"],
        &["convert", "--verify", "--to", "ecs"],
        &["stats", "--verify", "--by", "code"],
    ];
    for verb in verbs {
        let run = |flags: &[&str]| Run::bare().args(verb).key("audit.key").args(flags).path(&path);
        run(&[]).exit(0);
        run(&["--gap", "1h"]).exit(3);
        run(&["--chain-max-age", "1h"]).exit(3);
    }
    let done = Run::bare().args(["grep", "client", "--gap", "1h"]).path(&path).refused();
    assert!(done.stderr.contains("--gap says what to demand"), "{}", done.told());
}

#[test]
fn a_configuration_file_may_ask_for_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = text(&chain(&mut service(Format::Json), &[0, 90 * MINUTE_MS, 91 * MINUTE_MS]));
    let path = verify::write(folder.path(), "a.log", &log);
    for (setting, code) in [("gap = \"1h\"", "time-gap"), ("chain-max-age = \"1h\"", "chain-too-old")] {
        let file = folder.path().join("config.toml");
        std::fs::write(&file, format!("[verify]\n{setting}\n")).expect("a file");
        Run::report().env("ACRALOG_CONFIG", &file).key("audit.key").path(&path).exit(3).report().shows(code);
    }
}
