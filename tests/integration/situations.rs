//! Logs that were once accused though genuine, or passed though altered, each with the answer it must get. They come from
//! attacks on this program by somebody else; what each shows stands in `fixtures/README.md`.

use std::collections::BTreeSet;

use crate::support::{Run, fixture};

/// A log, its exit code, the codes it must show among others.
type Row = (&'static str, u8, &'static [&'static str]);

const ROWS: &[Row] = &[
    // Attacks, row 53.
    ("accept_after_end_entry_moved/attack.log", 3, &["entry-out-of-time"]),
    ("accept_after_end_entry_moved/stripped.log", 3, &["lines-unsigned-not-start-up"]),
    ("accept_unsigned_before_after_end/genuine.log", 0, &["lines-unsigned-between-chains"]),
    ("accept_unsigned_before_after_end/attack.log", 1, &["line-unsigned-inside-chain"]),
    ("accept_unsigned_before_after_end/at_end.log", 1, &["line-unsigned-inside-chain"]),
    // Row 50.
    ("accept_move_hides_cut/cut.log", 3, &["chain-unfinished"]),
    ("accept_move_hides_cut/attack.log", 3, &["chain-unfinished", "time-backwards"]),
    ("accept_weave_hides_cut/genuine.log", 0, &[]),
    ("accept_weave_hides_cut/cut.log", 3, &["chain-unfinished"]),
    ("accept_weave_hides_cut/attack.log", 3, &["chain-unfinished", "entry-out-of-time"]),
    // Row 51.
    ("accept_unsigned_inside_before_moved_start/genuine.log", 0, &[]),
    (
        "accept_unsigned_inside_before_moved_start/attack.log",
        3,
        &["entry-out-of-time", "lines-unsigned-not-start-up", "chains-interleaved"],
    ),
    // Row 36.
    ("accuse_two_instances_stop/log", 0, &["chains-interleaved"]),
    // Rows 33 and 36; one line alone could as well be made up.
    ("accuse_interleaved_head_removed/log", 3, &["stream-headless", "line-unclaimed"]),
    ("accuse_interleaved_head_removed/minimal.log", 1, &["line-out-of-chain"]),
    // Row 54.
    ("grep_verified_altered_marker/added.log", 1, &["chain-start-misplaced"]),
    ("grep_verified_altered_marker/removed.log", 1, &["chain-start-unmarked"]),
    ("grep_verified_altered_marker/twice.log", 3, &["chain-repeated"]),
];

fn run(row: &str, run: Run) -> Run {
    let path = fixture::root().join("situations").join(row);
    run.key_file(path.with_file_name("audit.key")).path(path)
}

#[test]
fn every_situation_gets_its_answer() {
    let mut wrong = Vec::new();
    for (name, exit, codes) in ROWS {
        let done = run(name, Run::report()).done();
        let report = done.report();
        let missing: BTreeSet<_> = codes.iter().filter(|code| !report.codes().contains(**code)).collect();
        if done.code != *exit || !missing.is_empty() {
            wrong.push(format!("{name}: exit {} instead of {exit}, found {:?}", done.code, report.findings_by_code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_break_in_an_interleaved_log_is_told_of_the_chain_that_breaks() {
    for (name, line) in [("altered.log", 7), ("removed.log", 8)] {
        let undoing_nothing = Run::report().args(["--undo", "off"]);
        let done = run(&format!("class_interleaved_break_misattributed/{name}"), undoing_nothing).exit(1);
        let report = done.report();
        assert_eq!(report.findings_by_code["chain-altered"], 1, "{}", done.told());
        let place = report.finding("chain-altered").place.clone().expect("a place");
        assert_eq!(place.line, line, "{}", done.told());
        assert!(report.codes().contains("entries-unreachable") && !report.codes().contains("line-out-of-chain"));
        assert_eq!((report.chain_counts.broken, report.chain_counts.closed), (1, 1), "{}", done.told());
        assert_eq!(report.account.broken.lines, 1, "{}", done.told());
    }
}

#[test]
fn what_is_proven_never_covers_a_chain_that_was_removed() {
    for name in ["removed.log", "removed_and_swapped.log"] {
        let done = run(&format!("accept_proven_covers_removed/{name}"), Run::report()).exit(0);
        let proven = &done.report().streams[0].proven;
        let ranges: Vec<_> = proven.iter().map(|range| (range.from.as_str(), range.to.as_str())).collect();
        let expected = [
            ("2023-11-14T22:13:21Z", "2023-11-14T22:13:23.001Z"),
            ("2023-11-15T00:13:27.003Z", "2023-11-15T00:13:29.005Z"),
        ];
        assert_eq!(ranges, expected, "{name}");
    }
}

#[test]
fn a_line_whose_mark_was_altered_is_not_printed_as_verified_and_a_repeated_one_once() {
    let grep = |name: &str, pattern: &str| {
        let name = format!("grep_verified_altered_marker/{name}");
        run(&name, Run::bare().args(["grep", "--verified", "-c", "-e", pattern])).done().stdout
    };
    assert_eq!(grep("added.log", "entry [12]"), b"1\n");
    assert_eq!(grep("removed.log", "entry [12]"), b"1\n");
    assert_eq!(grep("twice.log", "entry 2"), b"1\n");
}
