//! Whoever may write the logs, and changes them between two runs, must not get exit 0 from a run that remembers them; and what
//! happens to logs by itself must not be taken for that (attacks, row 20).

use super::{DAY_MS, Files, HOUR_MS, MIDDLE, NEW, OLD, Site, Week, service};
use crate::attacks::damage::strip_seal_and_markers;
use crate::log_writer::{Format, Service, lines, text};
use crate::sources::gzip;
use crate::support::{Run, fixture};

/// What is done to the logs of a week between two runs, the flags of the second one, its exit code, and a code with a text
/// that its message or its place has: `CODE TEXT`. A row is a line, however long.
type Row = (&'static str, Change, &'static [&'static str], u8, &'static str);

type Change = fn(&mut Week);

const SHORT: &[&str] = &["--retention", "84h"];
const LONG: &[&str] = &["--retention", "132h"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Chains.
    ("a chain is removed", |it| it.cut(OLD, 5..10), &[], 1, "chain-missing logs/acra.log.2:6"),
    ("the first chain is removed", |it| it.cut(OLD, 0..5), &[], 1, "chain-missing logs/acra.log.2:1"),
    ("the last chain is removed", |it| it.cut(NEW, 9..13), &[], 1, "chain-missing logs/acra.log:10"),
    ("the last two chains are removed", |it| it.cut(NEW, 3..13), &[], 1, "chain-missing logs/acra.log:4"),
    ("a chain in two files is removed", |it| { it.cut(OLD, 10..14); it.cut(MIDDLE, 0..4) }, &[], 1, "chain-missing logs/acra.log.2:11"),
    ("the tail of the last chain is cut off", |it| it.cut(NEW, 11..13), &[], 1, "chain-shortened stops here after 2"),
    ("all but the first entry of the last chain is cut off", |it| it.cut(NEW, 10..13), &[], 1, "chain-shortened stops here after 1"),
    ("the tail of a chain in the middle is cut off", |it| it.cut(NEW, 7..9), &[], 1, "chain-shortened stops here after 4"),
    ("the end of a chain in the middle is cut off", |it| it.cut(NEW, 8..9), &[], 1, "chain-shortened stops here after 5"),
    ("the tail of a chain is cut off, which is in two files", |it| it.cut(MIDDLE, 0..4), &[], 1, "chain-shortened stops here after 4"),
    ("a chain is replaced by one of another log of the same key", |it| it.replace(OLD, 5..10, &foreign_chain(it)), &[], 1, "chain-missing logs/acra.log.2:6"),
    ("a chain is replaced by another one of the log", |it| it.replace(OLD, 5..10, &it.lines(OLD, 0..5)), &[], 1, "chain-missing logs/acra.log.2:6"),
    ("two chains are swapped", |it| it.files.edit(OLD, |lines| lines[..10].rotate_left(5)), &[], 1, "chain-changed logs/acra.log.2"),
    ("a chain is moved behind a later one", |it| { let chain = it.lines(MIDDLE, 4..9); it.cut(MIDDLE, 4..9); it.files.edit(NEW, |lines| lines.extend(chain)) }, &[], 1, "chain-changed logs/acra.log:14"),
    ("the seals of a chain are taken off", |it| it.files.edit(OLD, |lines| lines[5..10].iter_mut().for_each(strip)), &[], 1, "chain-missing logs/acra.log.2:6"),
    // Files.
    ("the oldest file is removed", |it| drop(it.files.remove(OLD)), &[], 1, "chain-missing logs/acra.log.2:1"),
    ("the oldest file is removed before its time", |it| drop(it.files.remove(OLD)), LONG, 1, "chain-missing logs/acra.log.2:6"),
    ("the oldest file is removed in its time", |it| drop(it.files.remove(OLD)), SHORT, 0, "chain-expired 2 chains"),
    ("the oldest file is removed in its time, and a younger chain", |it| { it.files.remove(OLD); it.cut(NEW, 3..9) }, SHORT, 1, "chain-missing logs/acra.log:4"),
    ("a chain is removed which is older than the retention", |it| it.cut(OLD, 0..5), SHORT, 0, "chain-expired 1 chain"),
    ("the newest file is removed", |it| drop(it.files.remove(NEW)), &[], 1, "chain-missing logs/acra.log:4"),
    ("the newest file is removed, whatever the retention", |it| drop(it.files.remove(NEW)), SHORT, 1, "chain-missing logs/acra.log:4"),
    ("a file in the middle is removed", |it| drop(it.files.remove(MIDDLE)), &[], 2, "chain-not-found logs/acra.log.1:5"),
    ("a file in the middle is removed, and the older one takes its name", |it| { it.files.remove(MIDDLE); it.files.rename(OLD, MIDDLE) }, &[], 1, "chain-missing logs/acra.log.1:5"),
    ("the oldest file is emptied", |it| it.files.put(OLD, b""), &[], 1, "chain-missing logs/acra.log.2:1"),
    ("the newest file is emptied", |it| it.files.put(NEW, b""), &[], 1, "chain-missing logs/acra.log:4"),
    ("the newest file is filled with blank lines", |it| it.files.put(NEW, b"\n\n\n"), &[], 1, "chain-missing logs/acra.log:4"),
    ("every file is emptied", |it| [OLD, MIDDLE, NEW].iter().for_each(|name| it.files.put(name, b"")), &[], 1, "chain-missing logs/acra.log:4"),
    ("a file of other lines takes the place of the newest", |it| it.files.put(NEW, b"nothing of interest\n"), &[], 1, "chain-missing logs/acra.log:4"),
    // Beginnings of chains.
    ("the beginning of a chain is removed, and what stood before is here", |it| it.cut(OLD, 10..14), &[], 1, "chain-shortened logs/acra.log.1:1"),
    ("the same, older than the retention", |it| it.cut(OLD, 10..14), SHORT, 1, "chain-shortened logs/acra.log.1:1"),
    ("the beginning of a chain is removed at the last boundary", |it| it.cut(MIDDLE, 9..12), &[], 1, "chain-shortened logs/acra.log:1"),
    // What could not be seen.
    ("a file cannot be read", |it| { it.files.remove(OLD); it.files.put("acra.log.2.gz", b"\x1f\x8b broken") }, &[], 2, "chain-not-found logs/acra.log.2:1"),
    ("the newest file cannot be read", |it| it.files.put(NEW, b"\x1f\x8b broken"), &[], 2, "chain-not-found logs/acra.log:4"),
    ("a file cannot be read, and a chain of another one is removed", |it| { it.files.put(OLD, b"\x1f\x8b broken"); it.cut(NEW, 3..9) }, &[], 2, "chain-not-found logs/acra.log:4"),
    // What happens by itself.
    ("nothing", |_| (), &[], 0, ""),
    ("the log grows", |it| it.grow(3, false), &[], 0, ""),
    ("the open chain comes to its end", |it| it.grow(3, true), &[], 0, ""),
    ("another chain begins behind the end of the open one", |it| { it.grow(3, true); it.grow(4, false) }, &[], 0, ""),
    ("the service crashes and starts again", |it| { it.service.crash(); it.grow(4, false) }, &[], 3, "chain-unfinished stops here"),
    ("the files get other names", |it| [(OLD, "other.log.2"), (MIDDLE, "other.log.1"), (NEW, "other.log")].iter().for_each(|(from, to)| it.files.rename(from, to)), &[], 0, ""),
    ("an old file is packed", |it| { let bytes = it.files.remove(OLD); it.files.put("acra.log.2.gz", &gzip(&bytes)) }, &[], 0, ""),
    ("the log is rotated", |it| { it.rotate(); it.grow(3, false) }, &[], 0, ""),
    ("the log is rotated, and nothing was written since", |it| { it.rotate(); it.files.put(NEW, b"") }, &[], 0, ""),
    ("the log is rotated, and the oldest file removed in its time", |it| { it.rotate(); it.grow(3, true); it.files.remove("acra.log.3"); }, SHORT, 0, "chain-expired 2 chains"),
];

impl Week {
    fn cut(&mut self, file: &str, range: std::ops::Range<usize>) {
        self.files.edit(file, |lines| drop(lines.drain(range)));
    }

    fn replace(&mut self, file: &str, range: std::ops::Range<usize>, by: &[Vec<u8>]) {
        self.files.edit(file, |lines| drop(lines.splice(range, by.to_vec())));
    }

    /// Lines of a file.
    fn lines(&self, file: &str, range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
        lines(&self.files.0[file])[range].to_vec()
    }

    /// The service goes on with the open chain, or begins one.
    fn grow(&mut self, entries: usize, ends: bool) {
        let mut more = self.service.entries(entries);
        if ends {
            more.push(self.service.end());
        }
        let mut bytes = self.files.0.remove(NEW).unwrap_or_default();
        bytes.extend(text(&more));
        self.files.put(NEW, &bytes);
    }

    /// As `logrotate` does it.
    fn rotate(&mut self) {
        for (from, to) in [(OLD, "acra.log.3"), (MIDDLE, OLD), (NEW, MIDDLE)] {
            self.files.rename(from, to);
        }
    }
}

/// A chain of the second day that another host sealed with the same key.
fn foreign_chain(week: &Week) -> Vec<Vec<u8>> {
    let mut other = Service::new(format_of(&week.files), fixture::key("audit.key"), 77);
    other.pause(DAY_MS);
    other.chain(5)
}

fn format_of(files: &Files) -> Format {
    match files.0[OLD][0] {
        b'{' => Format::Json,
        b'C' => Format::Cef,
        _ => Format::Plaintext,
    }
}

fn strip(line: &mut Vec<u8>) {
    if line.starts_with(b"{") {
        *line = strip_seal_and_markers(Format::Json, line);
    } else {
        let seal = memchr::memmem::rfind(line, b" integrity=").expect("a seal at the end");
        line.truncate(seal);
    }
}

/// What is wrong about the second run and those after it, if anything.
fn complaint(row: &Row, format: Format) -> Option<String> {
    let (_, change, flags, exit, told) = row;
    let mut week = Week::of(format);
    let site = Site::verified(&week.files);
    let before = site.ledger();
    change(&mut week);
    site.put(&week.files);
    let report = site.verify(flags).done().report();
    let shown: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let place = finding.place.as_ref().map(|place| format!("{}:{}", place.file, place.line));
            format!("{} {} {}", finding.code, place.unwrap_or_default(), finding.message)
        })
        .collect();
    let wrong = |what: &str| Some(format!("{what}: exit {}, found {shown:#?}", report.exit_code));
    if report.exit_code != *exit {
        return wrong(&format!("exit {exit} expected"));
    }
    let (code, text) = told.split_once(' ').unwrap_or((told, ""));
    let is_told = |line: &String| line.split(' ').next() == Some(code) && line.contains(text);
    if !told.is_empty() && !shown.iter().any(is_told) {
        return wrong(&format!("{told} expected"));
    }
    let accusations = ["chain-missing", "chain-shortened", "chain-changed", "chain-not-found"];
    if [0, 3].contains(exit) && shown.iter().any(|line| accusations.iter().any(|code| line.starts_with(code))) {
        return wrong("nothing is gone");
    }
    if *exit == 1 && site.ledger() != before {
        return wrong("a tampered log was remembered");
    }
    let again = site.verify(flags).done().report();
    if [1, 2].contains(exit) && again.findings_by_code != report.findings_by_code || again.exit_code != *exit {
        return Some(format!("the next run says {}: {:?}", again.exit_code, again.findings_by_code));
    }
    None
}

#[test]
fn what_is_done_to_a_log_between_two_runs_gets_its_answer_in_every_format() {
    let cases: Vec<(&Row, Format)> = ROWS.iter().flat_map(|row| Format::ALL.map(|format| (row, format))).collect();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(row, format)| complaint(row, *format).map(|what| format!("{} ({format:?}): {what}", row.0)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn without_a_ledger_a_removed_chain_and_a_cut_tail_leave_no_trace() {
    for format in Format::ALL {
        let mut week = Week::of(format);
        week.cut(OLD, 5..10);
        week.cut(NEW, 11..13);
        let site = Site::new(&week.files);
        Run::report().key("audit.key").path(site.path("logs")).exit(0);
    }
}

/// A chain over two files, the second half two days younger.
fn long_chain(format: Format) -> (Files, Service) {
    let mut service = service(format);
    let old = service.entries(4);
    service.pause(2 * DAY_MS);
    let new = service.entries(4);
    (Files::of([(MIDDLE, &old), (NEW, &new)]), service)
}

#[test]
fn a_chain_whose_head_is_gone_goes_on_from_where_an_earlier_run_left_it() {
    for format in Format::ALL {
        for (flags, exit, code) in [
            (&[][..], 0, "chain-resumed"),
            (&["--retention", "1d"], 0, "chain-expired"),
            (&["--retention", "9d"], 1, "chain-shortened"),
            (&["--policy", "strict"], 3, "chain-resumed"),
        ] {
            let (mut files, mut service) = long_chain(format);
            let site = Site::verified(&files);
            files.remove(MIDDLE);
            files.edit(NEW, |lines| lines.extend(service.entries(2)));
            site.put(&files);
            let report = site.verify(flags).exit(exit).report();
            assert_eq!(report.finding(code).place.as_ref().map(|place| place.line), Some(1), "{format:?} {flags:?}");
            assert_eq!(report.account.verified.lines, 6, "{format:?} {flags:?}");
            if exit == 0 {
                // A ledger that was extended by a headless run knows the chain still.
                files.edit(NEW, |lines| lines.truncate(5));
                site.put(&files);
                site.verify(flags).exit(1).report().shows("chain-shortened");
            }
        }
        let (files, _) = long_chain(format);
        let site = Site::new(&Files::of([(NEW, &lines(&files.0[NEW]))]));
        Run::report().key("audit.key").path(site.path("logs")).exit(3).report().shows("stream-headless");
    }
}

#[test]
fn a_chain_that_was_resumed_and_altered_is_altered() {
    for format in Format::ALL {
        let (mut files, mut service) = long_chain(format);
        let site = Site::verified(&files);
        files.remove(MIDDLE);
        files.edit(NEW, |lines| {
            lines.extend(service.entries(2));
            lines.remove(2);
        });
        site.put(&files);
        site.verify(&[]).exit(1).report().shows("chain-altered");
        // Nor may a head that was cut off in the middle of a file pass.
        let (mut files, _) = long_chain(format);
        files.remove(MIDDLE);
        files.edit(NEW, |lines| drop(lines.drain(..1)));
        site.put(&files);
        site.verify(&[]).exit_one_of(&[1, 2]);
    }
}

#[test]
fn chains_that_different_runs_told_of_are_held_to_their_order_as_well() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = service.chain(5);
        service.pause(DAY_MS);
        let second = service.chain(5);
        let site = Site::verified(&Files::of([(NEW, &first)]));
        site.put(&Files::of([(NEW, &[&first[..], &second].concat())]));
        site.verify(&[]).exit(0);
        site.put(&Files::of([(NEW, &[&second[..], &first].concat())]));
        site.verify(&[]).exit(1).report().shows("chain-changed");
    }
}

#[test]
fn an_older_file_that_is_found_later_is_no_other_order() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = service.chain(5);
        service.pause(DAY_MS);
        let second = service.chain(5);
        let site = Site::verified(&Files::of([(NEW, &second)]));
        site.put(&Files::of([(MIDDLE, &first), (NEW, &second)]));
        site.verify(&[]).exit(0);
        site.verify(&[]).exit(0);
    }
}

#[test]
fn a_clock_that_was_set_back_is_no_other_order() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = service.chain(5);
        service.pause(-HOUR_MS);
        let second = service.chain(5);
        let site = Site::verified(&Files::of([(NEW, &first)]));
        for _ in 0..2 {
            site.put(&Files::of([(NEW, &[&first[..], &second].concat())]));
            site.verify(&[]).exit(0).report().shows("time-backwards");
        }
    }
}

#[test]
fn files_given_in_another_order_are_no_other_order_of_the_log() {
    for format in Format::ALL {
        let mut service = service(format);
        let first = service.chain(5);
        service.pause(DAY_MS);
        let second = service.chain(5);
        let site = Site::new(&Files::of([("a.log", &first), ("b.log", &second)]));
        let run = |paths: [&str; 2]| {
            let run = site.verb(&["verify", "--output-format", "json", "--as-one-stream"], &[]);
            run.args(paths.map(|name| format!("logs/{name}")))
        };
        run(["a.log", "b.log"]).exit(0);
        run(["b.log", "a.log"]).exit(0);
    }
}

#[test]
fn a_log_that_is_moved_is_the_same_log_and_one_that_was_not_asked_for_is_not_missing() {
    for format in Format::ALL {
        let week = Week::of(format);
        let site = Site::verified(&week.files);
        std::fs::rename(site.path("logs"), site.path("moved")).expect("our own folder");
        let verify = |path: &str| site.verb(&["verify", "--output-format", "json"], &[]).path(path);
        verify("moved").exit(0);
        verify("moved/acra.log.[12]").exit(2).report().shows("chain-not-found");
        verify("moved/acra.log").exit(2).report().shows("chain-not-found");
        verify("moved").exit(0);
    }
}

#[test]
fn a_file_that_was_put_into_another_folder_is_not_gone() {
    for format in Format::ALL {
        for flags in [&[][..], &["--retention", "9d"], &["--retention", "1d"]] {
            let (files, _) = long_chain(format);
            let site = Site::verified(&files);
            std::fs::create_dir(site.path("logs/old")).expect("a new folder");
            std::fs::rename(site.path("logs/acra.log.1"), site.path("logs/old/acra.log.1")).expect("our own file");
            for _ in 0..2 {
                site.verify(flags).exit_one_of(&[0, 3]);
            }
        }
    }
}

#[test]
fn a_log_that_was_moved_is_held_to_its_chains_where_it_is_now() {
    for format in Format::ALL {
        let mut week = Week::of(format);
        let site = Site::verified(&week.files);
        [(OLD, "other.log.2"), (MIDDLE, "other.log.1"), (NEW, "other.log")]
            .iter()
            .for_each(|(from, to)| week.files.rename(from, to));
        for _ in 0..3 {
            let more = week.service.entries(2);
            week.files.edit("other.log", |lines| lines.extend(more));
            site.put(&week.files);
            site.verify(&["--ledger-required"]).exit(0);
        }
        week.cut("other.log.2", 0..5);
        site.put(&week.files);
        site.verify(&["--ledger-required"]).exit(1).report().shows("chain-missing");
    }
}

#[test]
fn a_chain_that_was_moved_to_another_log_is_missed_where_it_was_moved_to() {
    for format in Format::ALL {
        let mut service = service(format);
        let (first, second) = (service.chain(5), service.chain(5));
        let both = [&first[..], &second].concat();
        let site = Site::verified(&Files::of([("a.log", &both)]));
        let apart = Files::of([("a.log", &second), ("b.log", &first)]);
        for _ in 0..2 {
            site.put(&apart);
            site.verify(&["--ledger-required"]).exit(0);
        }
        site.put(&Files::of([("a.log", &second)]));
        site.verify(&["--ledger-required"]).exit(1).report().shows("chain-missing");
        // A copy that goes away takes nothing along.
        let site = Site::verified(&Files::of([("a.log", &both)]));
        for files in [Files::of([("a.log", &both), ("old.log", &both)]), Files::of([("a.log", &both)])] {
            site.put(&files);
            site.verify(&["--ledger-required"]).exit(0);
            site.verify(&["--ledger-required"]).exit(0);
        }
    }
}

#[test]
fn what_was_not_asked_for_is_not_gone_before_its_time() {
    for format in Format::ALL {
        let week = Week::of(format);
        let site = Site::verified(&week.files);
        let run = site.verb(&["verify", "--output-format", "json"], &["--retention", "30d"]).path("logs/acra.log");
        let report = run.exit(2).report();
        report.shows("chain-not-found");
        assert!(!report.codes().contains("chain-shortened"), "{:?}", report.findings);
    }
}

#[test]
fn every_verb_that_verifies_has_the_same_answer() {
    let verbs: [&[&str]; 5] = [
        &["verify", "-q"],
        &["grep", "--verified", "-c", "-e", "client"],
        &["convert", "--verify", "--to", "ecs"],
        &["stats", "--verify", "--by", "code"],
        &["report", "--verify"],
    ];
    let changes: [(Change, u8, &str); 4] = [
        (|_| (), 0, ""),
        (|it| it.cut(OLD, 5..10), 1, "chain-missing"),
        (|it| it.cut(NEW, 11..13), 1, "chain-shortened"),
        (|it| it.files.put(OLD, b"\x1f\x8b broken"), 2, ""),
    ];
    for format in Format::ALL {
        for verb in verbs {
            for (change, exit, code) in changes {
                let mut week = Week::of(format);
                let site = Site::new(&week.files);
                // Each of them begins a ledger as well.
                site.verb(verb, &[]).path("logs").exit(0);
                assert!(site.ledger_path().exists(), "{verb:?}");
                change(&mut week);
                site.put(&week.files);
                let done = site.verb(verb, &["--ledger-required"]).path("logs").exit(exit);
                let told = String::from_utf8_lossy(&done.stdout).into_owned() + &done.stderr;
                assert!(told.contains(code), "{verb:?}: {}", done.told());
            }
        }
    }
}
