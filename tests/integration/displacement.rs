//! One operator on a random genuine log: lines inserted, swapped, moved, repeated. The diagnosis names what was done, where it
//! stands and where it belongs, accuses no other line, and verifies the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::{env, thread};

use crate::log_writer::{Chance, Format, Lines, Service, interleave, text};
use crate::support::report::{Finding, Report};
use crate::support::verify::{verify_one_by_one, verify_with};

const KEY: [u8; 32] = [0x71; 32];

/// Cases in every run of the tests; a change to the diagnosis is worth some thousands.
const CASES: u64 = 200;

/// Another number of cases: `ACRALOG_DISPLACEMENTS=5000 cargo test the_operator_and_both_places`.
const LONGER: &str = "ACRALOG_DISPLACEMENTS";

/// How many lines a line or a block is moved at most.
const MOVED_MAX: usize = 60;

/// A line, and where it belongs: its chain, and its place there from 1 on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    bytes: Vec<u8>,
    entry: Option<(usize, u64)>,
}

#[derive(Debug)]
struct Log {
    format: Format,
    lines: Vec<Line>,
}

impl Log {
    fn text(&self) -> Vec<u8> {
        text(&self.lines.iter().map(|line| line.bytes.clone()).collect::<Lines>())
    }

    /// The line number at which an entry stands.
    fn stands_at(&self, entry: (usize, u64)) -> Option<u64> {
        self.lines.iter().position(|line| line.entry == Some(entry)).map(|index| index as u64 + 1)
    }

    fn entries(&self) -> u64 {
        self.lines.iter().filter(|line| line.entry.is_some()).count() as u64
    }
}

/// One to three chains, one after the other behind lines of a start, or interleaved.
fn genuine(chance: &mut Chance) -> Option<Log> {
    let format = chance.pick(&Format::ALL);
    let is_interleaved = chance.below(3) == 0;
    let seed = chance.below(1_000_000) as u64;
    let chains = 1 + chance.below(3);
    let mut one = Service::new(format, KEY, seed);
    let mut parts: Vec<Lines> = Vec::new();
    let mut places: BTreeMap<Vec<u8>, (usize, u64)> = BTreeMap::new();
    let mut entries = 0;
    for chain in 0..chains {
        let mut other = Service::new(format, KEY, seed + 1 + chain as u64);
        let service = if is_interleaved { &mut other } else { &mut one };
        let start = if is_interleaved { Lines::new() } else { service.start_up(chance.below(4)) };
        let lines = service.chain(3 + chance.below(80));
        entries += lines.len();
        places.extend(lines.iter().cloned().zip((1..).map(|position| (chain, position))));
        parts.push([start, lines].concat());
    }
    let lines = if is_interleaved { interleave(seed, &parts) } else { parts.concat() };
    // Two entries of one spelling would be one.
    let lines = lines.into_iter().map(|bytes| Line { entry: places.get(&bytes).copied(), bytes }).collect();
    (places.len() == entries).then_some(Log { format, lines })
}

/// What was done, and what the report must say.
struct Expected {
    operator: &'static str,
    exit: u8,
    code: &'static str,
    /// The lines that may be accused: one of these sets.
    accused: Vec<BTreeSet<u64>>,
    /// All of these are verified.
    verified: Vec<u64>,
}

type Operator = fn(&mut Log, &mut Chance) -> Option<Expected>;

const OPERATORS: &[Operator] =
    &[insert_made_up, insert_foreign, swap, move_line, move_line, move_block, repeat_below, repeat_above];

/// A place inside a chain: an entry stands somewhere before it, and a later one of the chain behind.
fn place_inside(log: &Log, chance: &mut Chance) -> Option<usize> {
    let at = 1 + chance.below(log.lines.len() - 1);
    let chains =
        |lines: &[Line]| -> BTreeSet<usize> { lines.iter().filter_map(|it| it.entry).map(|it| it.0).collect() };
    let (before, behind) = (chains(&log.lines[..at]), chains(&log.lines[at..]));
    (!before.is_disjoint(&behind)).then_some(at)
}

fn insert(log: &mut Log, chance: &mut Chance, operator: &'static str, stranger: &mut Service) -> Option<Expected> {
    let at = place_inside(log, chance)?;
    let count = 1 + chance.below(3);
    let skipped = 1 + chance.below(5);
    let verified = vec![log.entries()];
    let strangers = stranger.entries(skipped + count).split_off(skipped);
    log.lines.splice(at..at, strangers.into_iter().map(|bytes| Line { bytes, entry: None }));
    let accused = vec![(at + 1..=at + count).map(|line| line as u64).collect()];
    Some(Expected { operator, exit: 1, code: "line-inserted", accused, verified })
}

fn insert_made_up(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let mut stranger = Service::new(log.format, [9; 32], chance.below(1000) as u64);
    insert(log, chance, "made-up lines inserted", &mut stranger)
}

fn insert_foreign(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let mut stranger = Service::new(log.format, KEY, 5_000_000 + chance.below(1000) as u64);
    insert(log, chance, "lines of a chain of another log inserted", &mut stranger)
}

/// What must be said of a log in which some entries of a chain stand elsewhere: of these, or of those that they were moved
/// across, as few as can be.
fn displaced(operator: &'static str, log: &Log, chain: usize, moved: &[u64], crossed: &[u64]) -> Option<Expected> {
    if crossed.is_empty() {
        return None;
    }
    let stands =
        |positions: &[u64]| positions.iter().filter_map(|at| log.stands_at((chain, *at))).collect::<BTreeSet<_>>();
    let (moved, crossed) = (stands(moved), stands(crossed));
    let accused = match moved.len().cmp(&crossed.len()) {
        std::cmp::Ordering::Less => vec![moved],
        std::cmp::Ordering::Equal => vec![moved, crossed],
        std::cmp::Ordering::Greater => vec![crossed],
    };
    let verified = accused.iter().map(|accused| log.entries() - accused.len() as u64).collect();
    Some(Expected { operator, exit: 1, code: "line-displaced", accused, verified })
}

fn swap(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let at = chance.below(log.lines.len() - 1);
    let ((chain, a), (other, b)) = (log.lines[at].entry?, log.lines[at + 1].entry?);
    if chain != other {
        return None;
    }
    log.lines.swap(at, at + 1);
    displaced("neighbours swapped", log, chain, &[a], &[b])
}

/// Moves some lines of one chain, up or down. A start that is moved up stands outside of its chain, where nothing misses it.
fn move_lines(log: &mut Log, chance: &mut Chance, operator: &'static str, count: usize) -> Option<Expected> {
    let first = chance.below(log.lines.len());
    let block = log.lines.get(first..first + count)?.to_vec();
    let chain = block[0].entry?.0;
    let positions: Vec<u64> =
        block.iter().filter_map(|line| line.entry.filter(|it| it.0 == chain)).map(|it| it.1).collect();
    let by = 1 + chance.below(MOVED_MAX);
    let is_up = chance.below(2) == 0;
    let to = if is_up { first.checked_sub(by)? } else { first + by };
    if positions.len() < count || to + count > log.lines.len() || (is_up && positions[0] == 1) {
        return None;
    }
    log.lines.drain(first..first + count);
    let between = if is_up { to..first } else { first..to };
    let crossed: Vec<u64> =
        log.lines[between].iter().filter_map(|line| line.entry).filter(|it| it.0 == chain).map(|it| it.1).collect();
    log.lines.splice(to..to, block);
    displaced(operator, log, chain, &positions, &crossed)
}

fn move_line(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    move_lines(log, chance, "a line moved", 1)
}

fn move_block(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let count = 2 + chance.below(6);
    move_lines(log, chance, "a block moved", count)
}

fn repeat_below(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let from = chance.below(log.lines.len());
    let copy = log.lines[from].clone();
    // A start alone begins its chain a second time (row 12).
    copy.entry.filter(|(_, position)| *position > 1)?;
    let to = from + 1 + chance.below(log.lines.len() - from);
    let verified = vec![log.entries()];
    log.lines.insert(to, Line { entry: None, ..copy });
    let accused = vec![BTreeSet::from([to as u64 + 1])];
    Some(Expected { operator: "a line repeated below", exit: 3, code: "line-repeated", accused, verified })
}

fn repeat_above(log: &mut Log, chance: &mut Chance) -> Option<Expected> {
    let to = place_inside(log, chance)?;
    let from = to + 1 + chance.below(log.lines.len() - to);
    let copy = log.lines.get(from)?.clone();
    let is_next = |line: &Line| line.entry.zip(copy.entry).is_some_and(|(a, b)| (a.0, a.1 + 1) == b);
    // Right behind the entry before it, it is the one below that repeats; an end may be that of another instance.
    let before = log.lines[..to].iter().rev().find(|line| line.entry.zip(copy.entry).is_some_and(|(a, b)| a.0 == b.0));
    if copy.entry?.1 == 1 || before.is_some_and(is_next) || log.stands_at((copy.entry?.0, copy.entry?.1 + 1)).is_none()
    {
        return None;
    }
    let verified = vec![log.entries()];
    log.lines.insert(to, Line { entry: None, ..copy });
    let accused = vec![BTreeSet::from([to as u64 + 1])];
    Some(Expected { operator: "a line copied to a place above", exit: 1, code: "line-inserted", accused, verified })
}

/// The lines that a finding is about: where several stand together, those of others between them are not.
fn lines_of(finding: &Finding, may_be: &BTreeSet<u64>) -> BTreeSet<u64> {
    let first = finding.place.as_ref().map_or(0, |place| place.line);
    let last = finding.through.as_ref().map_or(first, |place| place.line);
    if last + 1 - first == finding.lines {
        (first..=last).collect()
    } else {
        may_be.range(first..=last).copied().collect()
    }
}

/// Where a moved line belongs, as the report says it, and as it is.
fn is_told_where(log: &Log, finding: &Finding) -> bool {
    let first = finding.place.as_ref().map_or(0, |place| place.line as usize);
    let Some((chain, position)) = log.lines.get(first.wrapping_sub(1)).and_then(|line| line.entry) else {
        return false;
    };
    let told = |word: &str, entry| log.stands_at(entry).map(|line| format!("{word} log:{line}"));
    let expected = match position {
        1 => told("before", (chain, 1 + finding.lines)),
        _ => told("behind", (chain, position - 1)),
    };
    expected.is_some_and(|expected| finding.message.ends_with(&expected))
}

/// What is wrong with a report.
fn complaint(log: &Log, expected: &Expected, report: &Report) -> Option<&'static str> {
    if report.exit_code != expected.exit {
        return Some("the exit code");
    }
    let tampered = |finding: &&Finding| finding.class == "tampered" || finding.code == expected.code;
    let findings: Vec<&Finding> = report.findings.iter().filter(tampered).collect();
    // A copy above is what the line below it repeats.
    let of_code: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.code == expected.code).collect();
    if of_code.len() != findings.len() {
        return Some("another code");
    }
    let found: BTreeSet<u64> = of_code
        .iter()
        .flat_map(|finding| lines_of(finding, &expected.accused.iter().flatten().copied().collect()))
        .collect();
    let Some(which) = expected.accused.iter().position(|accused| *accused == found) else {
        return Some("other lines are accused");
    };
    if expected.code == "line-displaced" && !of_code.iter().all(|finding| is_told_where(log, finding)) {
        return Some("the place where it belongs");
    }
    (report.account.verified.lines != expected.verified[which]).then_some("the account")
}

/// One case; None where nothing could be done to the log. What is wrong, if anything is.
fn play(seed: u64) -> Option<Result<(), String>> {
    let mut chance = Chance::new(seed);
    let mut log = genuine(&mut chance)?;
    let expected = chance.pick(OPERATORS)(&mut log, &mut chance)?;
    let bytes = log.text();
    let report = verify_one_by_one(&bytes, &[KEY]);
    let mut wrong = complaint(&log, &expected, &report);
    let (threads, batch_lines) = (1 + chance.below(4), chance.pick(&[1, 2, 5, 64, 4096]));
    if seed.is_multiple_of(4) && verify_with(&bytes, &[KEY], threads, batch_lines) != report {
        wrong = Some("threads or batches change the answer");
    }
    let told = |what: &str| {
        let findings: Vec<String> = report
            .findings
            .iter()
            .map(|it| {
                format!(
                    "{} {:?}..{:?} {}",
                    it.code,
                    it.place.as_ref().map(|it| it.line),
                    it.through.as_ref().map(|it| it.line),
                    it.message
                )
            })
            .collect();
        let Expected { operator, accused, .. } = &expected;
        format!("seed {seed}, {:?}, {operator}: {what}: {accused:?}\n  {}\n", log.format, findings.join("\n  "))
    };
    Some(wrong.map_or(Ok(()), |what| Err(told(what))))
}

#[test]
fn the_operator_and_both_places_are_named_and_nobody_else_is_accused() {
    #[expect(clippy::disallowed_methods, reason = "it asks for more of the same test")]
    let cases = env::var(LONGER).map_or(CASES, |cases| cases.parse().expect("a number of cases"));
    let players = thread::available_parallelism().map_or(1, |players| players.get() as u64);
    // Of a few seeds nothing comes.
    let play_every = |first: u64| -> Vec<Result<(), String>> {
        let seeds = (first..).step_by(players as usize);
        let share = (cases / players) as usize;
        seeds.filter_map(play).take(share).collect()
    };
    let answers: Vec<_> = thread::scope(|scope| {
        let players: Vec<_> = (0..players).map(|first| scope.spawn(move || play_every(first))).collect();
        players.into_iter().flat_map(|player| player.join().expect("a player")).collect()
    });
    let wrong: Vec<String> = answers.iter().filter_map(|answer| answer.as_ref().err().cloned()).collect();
    let count = answers.len();
    assert!(wrong.len() * 100 <= count, "{} of {count} cases:\n{}", wrong.len(), wrong.concat());
    // Shown by `--nocapture`.
    let told = format!("{} of {count} cases are told otherwise\n{}", wrong.len(), wrong.concat());
    io::stderr().write_all(told.as_bytes()).expect("standard error");
}
