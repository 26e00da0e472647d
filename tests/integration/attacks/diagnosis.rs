//! Rows 3 to 6 of the list of attacks: the finding says what was done, at which line, and where a moved line belongs; every
//! other entry is verified, and all chains are followed to their ends.

use super::damage::{made_up, unsigned};
use super::{CHAIN_LINES, START_UP_LINES, three_chains};
use crate::log_writer::{Format, Lines, text};
use crate::support::fixture;
use crate::support::verify::{verify_one_by_one, verify_undoing};

/// Sealed lines of the log.
const ENTRIES: u64 = 42;

/// The index of an entry of the second chain, counted from 1: it stands in the line behind.
const fn entry(number: usize) -> usize {
    CHAIN_LINES + START_UP_LINES + number - 1
}

/// Puts lines elsewhere; `to` is where the first of them stands then.
fn put(log: &mut Lines, from: std::ops::Range<usize>, to: usize) {
    let block: Lines = log.drain(from).collect();
    log.splice(to..to, block);
}

/// What is done; the code, the line and the number of lines of its finding, and how its message ends; entries that are not
/// verified.
type Row = (&'static str, fn(Format, &mut Lines), &'static str, usize, u64, &'static str, u64);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Row 3.
    ("made up", |format, log| log.insert(entry(5), made_up(format, &log[entry(6)])), "line-inserted", entry(5), 1, "goes on after it", 0),
    ("three made up", |format, log| (5..8).for_each(|at| log.insert(entry(at), made_up(format, &log[entry(9)]))), "line-inserted", entry(5), 3, "", 0),
    // Row 4.
    ("swapped", |_, log| log.swap(entry(5), entry(6)), "line-displaced", entry(5), 1, "belongs behind log:32", 1),
    ("moved up", |_, log| put(log, entry(9)..entry(10), entry(5)), "line-displaced", entry(5), 1, "belongs behind log:35", 1),
    ("moved down", |_, log| put(log, entry(5)..entry(6), entry(9)), "line-displaced", entry(9), 1, "belongs behind log:30", 1),
    ("a block moved up", |_, log| put(log, entry(9)..entry(11), entry(5)), "line-displaced", entry(5), 2, "belong behind log:36", 2),
    ("a block moved down", |_, log| put(log, entry(5)..entry(7), entry(9)), "line-displaced", entry(9), 2, "belong behind log:30", 2),
    ("the first moved down", |_, log| put(log, entry(1)..entry(2), entry(4)), "line-displaced", entry(4), 1, "belongs before log:27", 1),
    ("the end moved up", |_, log| put(log, entry(14)..entry(15), entry(10)), "line-displaced", entry(10), 1, "belongs behind log:40", 1),
    ("out of the next chain", |_, log| put(log, entry(25)..entry(26), entry(5)), "line-displaced", entry(5), 1, "belongs behind log:51", 1),
    ("into the next chain", |_, log| put(log, entry(5)..entry(6), entry(24)), "line-displaced", entry(24), 1, "belongs behind log:30", 1),
    // Row 6, and what else stands behind a seal.
    ("a second seal", |format, log| log[entry(5)] = with_second_seal(format, &log[entry(5)]), "entry-restored", entry(5), 1, "its own seal proves it", 1),
    ("a word behind the seal", |_, log| log[entry(5)].extend(b" xyz"), "entry-restored", entry(5), 1, "its own seal proves it", 1),
    ("the end spoilt", |format, log| log[entry(14)] = with_second_seal(format, &log[entry(14)]), "entry-restored", entry(14), 1, "its own seal proves it", 1),
    ("spoilt and moved", |_, log| { log[entry(9)].extend(b" xyz"); put(log, entry(9)..entry(10), entry(5)) }, "seal-malformed", entry(5), 1, "", 1),
    ("torn in two", |_, log| { let rest = log[entry(5)].split_off(70); log.insert(entry(6), rest) }, "line-split", entry(6), 1, "it verifies", 1),
];

fn with_second_seal(format: Format, line: &[u8]) -> Vec<u8> {
    match format {
        Format::Json => [&line[..line.len() - 1], b",\"integrity\":\"00\"}"].concat(),
        Format::Plaintext | Format::Cef => [line, b" integrity=00"].concat(),
    }
}

#[test]
fn what_was_done_is_told_with_its_places_and_the_rest_is_verified() {
    let mut wrong = Vec::new();
    for format in Format::ALL {
        for (name, operate, code, index, lines, end, unverified) in ROWS {
            let mut log = three_chains(format);
            operate(format, &mut log);
            let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
            let finding = report.findings.iter().find(|finding| finding.code == *code);
            let line = finding.and_then(|finding| finding.place.as_ref()).map(|place| place.line);
            let is_told = finding.is_some_and(|it| it.lines == *lines && it.message.ends_with(end));
            let verified = report.account.verified.lines;
            let is_right = report.exit_code == 1 && line == Some(*index as u64 + 1) && is_told;
            if !is_right || verified != ENTRIES - unverified || report.chain_counts.closed != 3 {
                let codes = &report.findings_by_code;
                wrong.push(format!("{format:?} {name}: {finding:?}, {verified} verified, {codes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn row_6_what_was_put_into_a_line_is_told_the_same_whether_originals_are_searched_or_not() {
    let rows = ROWS.iter().filter(|(_, _, code, ..)| matches!(*code, "entry-restored" | "line-split"));
    for (name, operate, ..) in rows {
        for format in Format::ALL {
            let mut log = three_chains(format);
            operate(format, &mut log);
            let key = fixture::key("audit.key");
            assert_eq!(
                verify_undoing(&text(&log), &[key]),
                verify_one_by_one(&text(&log), &[key]),
                "{format:?} {name}"
            );
        }
    }
}

#[test]
fn row_6_the_genuine_line_below_a_copy_that_was_spoilt_is_verified() {
    for format in Format::ALL {
        for at in [entry(1), entry(5), entry(14)] {
            let mut spoilt = three_chains(format);
            spoilt.insert(at, [&spoilt[at][..], b" xyz"].concat());
            let mut split = three_chains(format);
            let (first, second) = split[at].split_at(70);
            let halves = [first.to_vec(), second.to_vec()];
            split.splice(at..at, halves);
            for (log, code) in [(spoilt, "entry-restored"), (split, "line-split")] {
                let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
                report.shows(code);
                assert_eq!((report.exit_code, report.account.verified.lines), (1, ENTRIES), "{format:?} {at}");
            }
        }
    }
}

#[test]
fn row_5_a_line_without_a_seal_beside_a_moved_one_is_told_as_well() {
    for format in Format::ALL {
        let mut log = three_chains(format);
        put(&mut log, entry(9)..entry(10), entry(5));
        log.insert(entry(7), unsigned(format));
        let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
        report.shows("line-displaced").shows("line-unsigned-inside-chain");
        assert_eq!((report.exit_code, report.account.verified.lines), (1, ENTRIES - 1), "{format:?}");
    }
}

#[test]
fn row_4_a_line_is_found_again_as_long_as_256_that_fit_nothing_wait() {
    for (strangers, found) in [(255, true), (256, false)] {
        let mut log = three_chains(Format::Plaintext);
        put(&mut log, entry(9)..entry(10), entry(5));
        let stranger = |number: usize| {
            let line = String::from_utf8(made_up(Format::Plaintext, &log[entry(3)])).expect("text");
            line.replacen("integrity=0123", &format!("integrity={number:04x}"), 1).into_bytes()
        };
        let strangers: Lines = (0..strangers).map(stranger).collect();
        log.splice(entry(7)..entry(7), strangers);
        let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
        let is_found = report.findings_by_code.contains_key("line-displaced");
        assert_eq!((report.exit_code, is_found), (1, found), "{:?}", report.findings_by_code);
    }
}

#[test]
fn row_4b_what_is_repeated_of_a_spoilt_line_verifies_no_second_time() {
    for format in Format::ALL {
        let mut log = three_chains(format);
        let copy = log[entry(1)..entry(8)].to_vec();
        log[entry(5)].extend(b" xyz");
        log.splice(entry(9)..entry(9), copy);
        let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
        report.shows("entry-restored").shows("chain-repeated");
        assert_eq!((report.exit_code, report.account.verified.lines), (1, ENTRIES - 1), "{format:?}");
    }
}

#[test]
fn a_line_that_shows_that_it_was_altered_is_no_entry_of_another_chain_behind_one_that_is_found_again() {
    for format in Format::ALL {
        let chains = three_chains(format);
        // Of another chain only two entries are here, which might explain what fits nowhere.
        let mut log = chains[CHAIN_LINES - 3..CHAIN_LINES - 1].to_vec();
        log.extend_from_slice(&chains[entry(1)..entry(5)]);
        log.extend([chains[entry(9)].clone(), visibly_altered(format, &chains[entry(3)])]);
        log.extend_from_slice(&chains[entry(5)..entry(9)]);
        log.extend_from_slice(&chains[entry(10)..entry(15)]);
        let report = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
        report.shows("line-displaced").shows("line-out-of-chain").shows("stream-headless");
        let account = &report.account;
        assert_eq!((report.exit_code, account.broken.lines, account.unverifiable.lines), (1, 2, 2), "{format:?}");
    }
}

fn visibly_altered(format: Format, line: &[u8]) -> Vec<u8> {
    let line = String::from_utf8(made_up(format, line)).expect("text");
    match format {
        Format::Json => line.replacen('{', "{\"chain\":\"nev\",", 1),
        Format::Plaintext | Format::Cef => line.replacen(" integrity=", " integrity=ab integrity=", 1),
    }
    .into_bytes()
}
