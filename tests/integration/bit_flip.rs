//! Every single bit of a small log is flipped, in every format: each flip changes the verdict, or stands in a short list
//! with its reason. The verifier itself is reached through `support::verify`.

use std::thread;

use crate::log_writer::{Format, Lines, Service, text};
use crate::support::verify::{Answer, verify_bytes};

const KEY: [u8; 32] = [0x5a; 32];
const START_UP_LINES: usize = 2;

/// One flipped bit.
#[derive(Clone, Copy, Debug)]
struct Flip {
    byte: usize,
    bit: u8,
    /// Index of the line; a terminator belongs to the line it ends.
    line: usize,
    ends_line: bool,
}

/// Why a flip may leave the verdict as it was.
struct Excuse {
    reason: &'static str,
    /// Where it is needed.
    formats: &'static [Format],
    covers: fn(Flip) -> bool,
}

const EXCUSES: &[Excuse] = &[
    Excuse {
        reason: "the text of a line without a seal: nothing authenticates it",
        formats: &Format::ALL,
        covers: |flip| flip.line < START_UP_LINES && !flip.ends_line,
    },
    Excuse {
        reason: "the newline between two lines without a seal: they become one line without a seal",
        formats: &[Format::Json],
        covers: |flip| flip.line + 1 < START_UP_LINES && flip.ends_line,
    },
];

/// The entries of a chain: its first one, one in the middle, its end. Each more costs minutes in all formats.
const ENTRIES: usize = 3;

/// Lines without a seal, then two chains.
fn small_log(format: Format, start_up_lines: usize) -> Lines {
    let mut service = Service::new(format, KEY, 8);
    [service.start_up(start_up_lines), service.chain(ENTRIES), service.chain(ENTRIES)].concat()
}

fn flips(lines: &[Vec<u8>]) -> Vec<Flip> {
    let mut flips = Vec::new();
    let mut start = 0;
    for (line, content) in lines.iter().enumerate() {
        for at in 0..=content.len() {
            let ends_line = at == content.len();
            flips.extend((0..8).map(|bit| Flip { byte: start + at, bit, line, ends_line }));
        }
        start += content.len() + 1;
    }
    flips
}

fn flipped(log: &[u8], flip: Flip) -> Vec<u8> {
    let mut log = log.to_vec();
    log[flip.byte] ^= 1 << flip.bit;
    log
}

/// The flips that leave the verdict as it was.
fn unnoticed(log: &[u8], flips: &[Flip], genuine: &Answer) -> Vec<Flip> {
    let is_unnoticed = |flip: &Flip| verify_bytes(&flipped(log, *flip), &[KEY]) == *genuine;
    let half = flips.len() / 2;
    thread::scope(|scope| {
        let halves = [&flips[..half], &flips[half..]]
            .map(|part| scope.spawn(move || part.iter().copied().filter(is_unnoticed).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().expect("the verifier does not panic")).collect()
    })
}

fn assert_every_flip_is_noticed(format: Format) {
    let lines = small_log(format, START_UP_LINES);
    let log = text(&lines);
    let genuine = verify_bytes(&log, &[KEY]);
    assert_eq!(genuine.0, 0, "the log to be flipped is intact: {genuine:?}");
    let flips = flips(&lines);
    assert_eq!(flips.len(), log.len() * 8);
    let unnoticed = unnoticed(&log, &flips, &genuine);
    let unexcused: Vec<String> = unnoticed
        .iter()
        .filter(|flip| !EXCUSES.iter().any(|excuse| excuse.formats.contains(&format) && (excuse.covers)(**flip)))
        .map(|flip| {
            let line = lines[flip.line].clone();
            format!("{flip:?} of {:?}", String::from_utf8_lossy(&line))
        })
        .collect();
    assert!(unexcused.is_empty(), "{} flips change nothing:\n{}", unexcused.len(), unexcused.join("\n"));
    for excuse in EXCUSES.iter().filter(|excuse| excuse.formats.contains(&format)) {
        let is_needed = unnoticed.iter().any(|flip| (excuse.covers)(*flip));
        assert!(is_needed, "no flip needs this excuse any more: {}", excuse.reason);
    }
}

#[test]
fn every_flipped_bit_of_a_plaintext_log_changes_the_verdict() {
    assert_every_flip_is_noticed(Format::Plaintext);
}

#[test]
fn every_flipped_bit_of_a_json_log_changes_the_verdict() {
    assert_every_flip_is_noticed(Format::Json);
}

#[test]
fn every_flipped_bit_of_a_cef_log_changes_the_verdict() {
    assert_every_flip_is_noticed(Format::Cef);
}

#[test]
fn every_flipped_bit_of_a_log_that_begins_with_its_first_chain_is_refused() {
    // Nothing stands before the first entry that would tell a start whose mark is damaged from a head that is missing.
    for format in Format::ALL {
        let lines = small_log(format, 0);
        let log = text(&lines);
        assert_eq!(verify_bytes(&log, &[KEY]).0, 0);
        for flip in flips(&lines[..ENTRIES]) {
            let (exit, codes) = verify_bytes(&flipped(&log, flip), &[KEY]);
            let line = String::from_utf8_lossy(&lines[flip.line]);
            // 9007199254740993 is the number that was signed, in another spelling (attacks, row 18).
            let reencoded = codes.keys().eq(["entry-reencoded"]);
            assert!(exit != 0 || reencoded, "{format:?} {flip:?} of {line}: {codes:?}");
        }
    }
}
