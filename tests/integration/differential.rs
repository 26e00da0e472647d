//! Random genuine logs and random damage: the verifier says what the obvious one says, and says the very same whatever the
//! number of threads and the size of a batch. The obvious verifier stands in `log_writer::sealing`.

use std::env;
use std::fs;
use std::process::Command;

use acralog::internals::Limits;

use crate::log_writer::sealing::{Answer, verify_obviously, verify_obviously_in_any_order};
use crate::log_writer::{Chance, Event, Format, Lines, Service, interleave, lines, text};
use crate::support::report::Report;
use crate::support::verify::{self, verify_one_by_one, verify_with, verify_within};
use crate::support::{Run, fixture};

const KEY: [u8; 32] = [0xc3; 32];
const SEEDS: u64 = 10;
/// Around every boundary a batch can have: one line, less than a chain, the entries that are absorbed at once, the lines of
/// a task, more than the log. Their number shares no factor with that of the threads, so that counting on meets every pair.
const BATCH_LINES: [usize; 13] = [1, 2, 3, 7, 31, 32, 33, 64, 255, 256, 257, 1000, 4096];
/// The same in bytes: shorter than any line, about one, a few, and many.
const BATCH_BYTES: [usize; 9] = [1, 63, 64, 65, 255, 256, 257, 4096, 1 << 16];
const THREADS_MAX: usize = 8;
/// Past four blocks of the hash function.
const MAC_INPUT_BYTES_MAX: usize = 260;

/// A log of up to three instances with chains of every length, crashes and start-up lines.
fn random_log(format: Format, seed: u64) -> Lines {
    let mut chance = Chance::new(seed);
    let instances = 1 + chance.below(3);
    let logs: Vec<Lines> = (0..instances)
        .map(|instance| {
            let mut service = Service::new(format, KEY, seed * 10 + instance as u64);
            let mut log = Lines::new();
            for _ in 0..1 + chance.below(4) {
                // Unsigned lines of one instance between the entries of another would be a finding of their own.
                if instances == 1 {
                    log.extend(service.start_up(chance.below(3)));
                }
                let entries = 2 + chance.below(12);
                log.extend(service.chain(entries));
            }
            log
        })
        .collect();
    interleave(seed, &logs)
}

type Damage = fn(&mut Lines, &mut Chance);

/// What can happen to a log.
const DAMAGE: &[(&str, Damage)] = &[
    ("nothing", |_, _| ()),
    ("a changed byte", |log, chance| {
        let line = chance.below(log.len());
        let byte = chance.below(log[line].len());
        let changed = log[line][byte] ^ 0x41;
        // Never a newline: that would be another log, not a damaged line.
        log[line][byte] = if changed == b'\n' { b'?' } else { changed };
    }),
    ("a removed line", |log, chance| drop(log.remove(chance.below(log.len())))),
    ("two neighbours swapped", |log, chance| {
        let line = chance.below(log.len() - 1);
        log.swap(line, line + 1);
    }),
    ("a line moved", |log, chance| {
        let line = log.remove(chance.below(log.len()));
        log.insert(chance.below(log.len()), line);
    }),
    ("a block moved", |log, chance| {
        let first = chance.below(log.len() - 1);
        let block: Lines = log.drain(first..(first + 1 + chance.below(5)).min(log.len() - 1)).collect();
        let to = chance.below(log.len());
        log.splice(to..to, block);
    }),
    ("a line moved behind a stranger", |log, chance| {
        log.insert(chance.below(log.len()), b"time=x integrity=".iter().copied().chain([b'0'; 64]).collect());
        let line = log.remove(chance.below(log.len()));
        log.insert(chance.below(log.len()), line);
    }),
    ("a repeated line", |log, chance| {
        let line = log[chance.below(log.len())].clone();
        log.insert(chance.below(log.len()), line);
    }),
    ("a word behind a seal", |log, chance| {
        let line = chance.below(log.len());
        log[line].extend(b" xyz");
    }),
    ("a line feed in a line", |log, chance| {
        let line = chance.below(log.len());
        let at = chance.below(log[line].len());
        let rest = log[line].split_off(at);
        log.insert(line + 1, rest);
    }),
    ("a stranger", |log, chance| log.insert(chance.below(log.len()), b"hello {\"integrity\":".to_vec())),
    ("a cut tail", |log, chance| log.truncate(1 + chance.below(log.len()))),
    ("a removed head", |log, chance| drop(log.drain(..chance.below(log.len())))),
];

fn count(answers: &[Answer], wanted: Answer) -> u64 {
    answers.iter().filter(|&&answer| answer == wanted).count() as u64
}

/// Every log with every damage in every format.
fn each_case(mut judge: impl FnMut(&str, &[u8])) {
    for format in Format::ALL {
        for seed in 0..SEEDS {
            let genuine = random_log(format, seed);
            for (number, (name, damage)) in DAMAGE.iter().enumerate() {
                let mut log = genuine.clone();
                damage(&mut log, &mut Chance::new(seed * 100 + number as u64));
                judge(&format!("{format:?} seed {seed} {name}"), &text(&log));
            }
        }
    }
}

fn assert_agreement(case: &str, log: &[u8], report: &Report) {
    let truth = verify_obviously(&lines(log), &KEY);
    // Where lines were moved, others wait for them.
    let is_moved = report.findings_by_code.contains_key("line-displaced");
    let verified = match is_moved {
        true => count(&verify_obviously_in_any_order(&lines(log), &KEY), Answer::Verified),
        false => count(&truth, Answer::Verified),
    };
    let unproven = count(&truth, Answer::Unproven);
    let told = || format!("{case}: truth {truth:?}, report {:?} {:?}", report.account, report.findings_by_code);
    // Behind what was put into a line the chain goes on, and the obvious verifier does not see through that.
    let is_mended = ["line-split", "seal-malformed", "entry-restored"]
        .iter()
        .any(|code| report.findings_by_code.contains_key(*code));
    let verified_max = if is_mended { truth.len() as u64 - 1 } else { verified };
    assert!(report.account.verified.lines <= verified_max, "verified what does not verify: {}", told());
    assert_eq!(report.account.sum().bytes, log.len() as u64, "bytes got lost: {}", told());
    if unproven > 0 {
        assert!(
            report.exit_code != 0 || report.findings_by_code.contains_key("stream-headless"),
            "a line that continues no chain went unnoticed: {}",
            told()
        );
    }
    if case.ends_with("nothing") {
        assert_eq!((report.exit_code, report.account.verified.lines), (0, verified), "{}", told());
        assert_eq!(unproven, 0, "{}", told());
    }
    if report.exit_code == 0 && !report.findings_by_code.contains_key("stream-headless") {
        assert_eq!(report.account.verified.lines, verified, "{}", told());
    }
}

#[test]
fn the_verifier_says_what_the_obvious_one_says_whatever_the_threads_and_batches() {
    let mut turn = 0;
    each_case(|case, log| {
        let sequential = verify_one_by_one(log, &[KEY]);
        assert_agreement(case, log, &sequential);
        assert_in_batches(&mut turn, case, log, &sequential);
    });
    assert!(turn >= THREADS_MAX * BATCH_LINES.len(), "{turn} cases do not cover every pair");
}

/// Asks twice more, with the next number of threads and size of batches by lines, and by bytes.
fn assert_in_batches(turn: &mut usize, case: &str, log: &[u8], expected: &Report) {
    let threads = 1 + *turn % THREADS_MAX;
    let by_lines = Limits { batch_lines: BATCH_LINES[*turn % BATCH_LINES.len()], ..Limits::default() };
    let by_bytes = Limits { batch_bytes: BATCH_BYTES[*turn % BATCH_BYTES.len()], ..Limits::default() };
    *turn += 1;
    for limits in [by_lines, by_bytes] {
        let report = verify_within(log, &[KEY], threads, limits);
        assert_eq!(&report, expected, "{case}: {threads} threads, {limits:?}");
    }
}

/// Logs that have MAC inputs of every length their format allows, each with what it is.
fn logs_of_every_length(format: Format) -> [(&'static str, Lines); 3] {
    let service = |seed| Service::new(format, KEY, seed);
    let mut one = service(1);
    let mut up: Lines = (0..=MAC_INPUT_BYTES_MAX).filter_map(|bytes| one.write_of_length(bytes)).collect();
    let mut other = service(2);
    let mut down: Lines = (0..=MAC_INPUT_BYTES_MAX).rev().filter_map(|bytes| other.write_of_length(bytes)).collect();
    up.push(one.end());
    down.push(other.end());
    let mut short = Lines::new();
    let mut many = service(3);
    for bytes in 0..=MAC_INPUT_BYTES_MAX {
        // Behind nothing, behind an entry as long, and beside a neighbour that is a byte longer.
        let Some(first) = many.write_of_length(bytes) else { continue };
        short.push(first);
        short.extend(many.write_of_length(bytes));
        short.push(many.end());
    }
    let interleaved = interleave(4, &[up.clone(), down]);
    [("one chain", up), ("many chains", short), ("two interleaved chains", interleaved)]
}

#[test]
fn mac_inputs_of_every_length_verify_and_break_as_by_the_obvious_verifiers() {
    let mut turn = 0;
    for format in Format::ALL {
        for (name, genuine) in logs_of_every_length(format) {
            let last = genuine.len() - 1;
            for altered in [None, Some(1), Some(last / 2)] {
                let mut log = genuine.clone();
                if let Some(line) = altered {
                    // A digit of the seal: some of these lines have hardly anything else.
                    let digit = log[line].iter().rposition(|byte| (b'1'..=b'9').contains(byte)).expect("a digit");
                    log[line][digit] ^= 1;
                }
                let case = format!("{format:?}, {name}, line {altered:?} altered");
                // Of one chain at a time the product's own obvious verifier tells the truth, and much faster.
                let truth = match name {
                    "two interleaved chains" => verify_obviously(&log, &KEY),
                    _ => verify::verify_obviously(&text(&log), &KEY),
                };
                let log = text(&log);
                let report = verify_one_by_one(&log, &[KEY]);
                assert_in_batches(&mut turn, &case, &log, &report);
                assert_eq!(report.account.verified.lines, count(&truth, Answer::Verified), "{case}");
                assert_eq!(report.exit_code == 0, altered.is_none(), "{case}: {:?}", report.findings_by_code);
            }
        }
    }
}

#[test]
fn a_chain_longer_than_the_key_schedule_is_followed_to_its_end() {
    // The key schedule keeps 16 384 states; beyond it a chain carries its own key.
    let log = Service::new(Format::Plaintext, KEY, 3).chain(17_000);
    let whole = verify_with(&text(&log), &[KEY], 2, 4096);
    assert_eq!((whole.exit_code, whole.account.verified.lines), (0, 17_000));
    for line in [16_383, 16_384, 16_385, 16_990] {
        let mut altered = log.clone();
        altered[line][30] ^= 1;
        let report = verify_with(&text(&altered), &[KEY], 2, 4096);
        assert_eq!((report.exit_code, report.account.verified.lines), (1, line as u64), "line {}", line + 1);
        assert_eq!(report, verify_one_by_one(&text(&altered), &[KEY]), "line {}", line + 1);
    }
}

#[test]
fn two_chains_that_are_linked_side_by_side_break_where_they_would_by_themselves() {
    // Around the 32 entries that are absorbed at once, and with the longer one first and second.
    for lengths in [[2, 65], [31, 33], [32, 32], [33, 64], [100, 2], [64, 31]] {
        for format in Format::ALL {
            let mut service = Service::new(format, KEY, 5);
            let log = [service.chain(lengths[0]), service.chain(lengths[1])].concat();
            let ends = [0, 1, lengths[0] - 1, lengths[0], lengths[0] + lengths[1] - 1];
            for altered in [None].into_iter().chain(ends.map(Some)) {
                let mut log = log.clone();
                if let Some(line) = altered {
                    let byte = log[line].len() / 3;
                    log[line][byte] ^= 1;
                }
                let case = format!("{format:?}, chains of {lengths:?}, line {altered:?} altered");
                let report = verify_with(&text(&log), &[KEY], 2, 4096);
                assert_eq!(report, verify_one_by_one(&text(&log), &[KEY]), "{case}");
                assert_eq!(report.exit_code == 0, altered.is_none(), "{case}");
            }
        }
    }
}

#[test]
fn every_backend_of_the_hash_function_gives_the_same_report() {
    for log in fs::read_dir(fixture::logs()).expect("the fixtures").map(|entry| entry.expect("a fixture").path()) {
        let run = || Run::verify().key("audit.key").args(["--output-format", "json"]).path(&log);
        let answer = |run: Run| {
            let done = run.done();
            (done.code, done.stdout)
        };
        let portable = answer(run());
        assert!(!portable.1.is_empty(), "{}", log.display());
        assert_eq!(portable, answer(run().env("ACRALOG_TEST_NATIVE_SHA256", "1")), "{}", log.display());
    }
}

#[test]
fn mac_inputs_of_every_length_verify_and_break_with_the_processors_own_instructions() {
    // A process chooses its backend once, so the test is asked again in one of its own.
    let this = env::current_exe().expect("the path of the tests");
    let test = "differential::mac_inputs_of_every_length_verify_and_break_as_by_the_obvious_verifiers";
    let done = Command::new(this).args(["--exact", test]).env("ACRALOG_TEST_NATIVE_SHA256", "1").output();
    let done = done.expect("the tests start");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_log_larger_than_any_batch_gets_the_same_report_from_one_to_eight_threads() {
    let mut turn = 0;
    for format in Format::ALL {
        let mut service = Service::new(format, KEY, 77);
        let mut log = [service.start_up(3), service.chain(3700)].concat();
        for _ in 0..60 {
            log.extend(service.chain(7));
        }
        let damaged = log.len() - 40;
        log[damaged][60] ^= 1;
        let log = text(&log);
        let report = verify_one_by_one(&log, &[KEY]);
        assert_agreement(&format!("{format:?} large"), &log, &report);
        assert_eq!(report.exit_code, 1);
        for _ in 0..THREADS_MAX {
            assert_in_batches(&mut turn, &format!("{format:?} large"), &log, &report);
        }
    }
}

#[test]
fn the_obvious_verifiers_of_the_product_and_of_the_tests_agree() {
    // They were written apart. After damage the product's one stops at the break, and the tests' one goes on where it can.
    for format in Format::ALL {
        for seed in 0..40 {
            let mut service = Service::new(format, KEY, seed);
            let log = [service.start_up(2), service.chain(9), service.entries(4)].concat();
            let ours = verify_obviously(&log, &KEY);
            let theirs = verify::verify_obviously(&text(&log), &KEY);
            assert_eq!(ours, theirs, "{format:?} seed {seed}");
            let mut damaged = log.clone();
            let (_, changed_byte) = DAMAGE[1];
            changed_byte(&mut damaged, &mut Chance::new(seed));
            let ours = verify_obviously(&damaged, &KEY);
            let theirs = verify::verify_obviously(&text(&damaged), &KEY);
            let believed = count(&theirs, Answer::Verified);
            assert!(believed <= count(&ours, Answer::Verified), "{format:?} seed {seed}: {ours:?} {theirs:?}");
            assert!(believed < 13 || damaged[..2] != log[..2], "{format:?} seed {seed}: {theirs:?}");
        }
    }
}

#[test]
fn very_long_lines_are_verified_as_others_are_though_one_at_a_time() {
    for format in Format::ALL {
        let mut service = Service::new(format, KEY, 7);
        let mut log = service.entries(3);
        for _ in 0..3 {
            // More than a batch may hold while others are read and prepared beside it.
            let time = service.tick();
            log.push(service.write(&Event::new(time, "info", "long").with("sql", "x".repeat(9 << 20))));
            log.extend(service.entries(2));
        }
        log.push(service.end());
        let genuine = text(&log);
        let report = verify_with(&genuine, &[KEY], 2, 4096);
        assert_eq!((report.exit_code, report.account.verified.lines), (0, log.len() as u64), "{format:?}");
        // The third of the long ones.
        let long = log.iter().rposition(|line| line.len() > 9 << 20).expect("a long line");
        log[long][8 << 20] ^= 1;
        let altered = verify_with(&text(&log), &[KEY], 2, 4096);
        assert_eq!(altered.exit_code, 1, "{format:?}");
    }
}
