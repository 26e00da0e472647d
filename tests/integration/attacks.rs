//! Every row of the list of attacks, in every format and at every place where it differs: what is done to a valid log, and
//! the answer it must get. How lines are damaged is left to `damage`; the rows stand in `altering`, `chains`, `json` and
//! `genuine`.

mod altering; // rows 1 to 9, 11, 19: lines and seals
mod chains; // rows 10, 12 to 15, 20, 21: whole chains and files
mod combined; // several rows at once, and what only looks like an attack
pub mod damage;
mod diagnosis; // rows 3 to 6: what was done, where it stands, where it belongs
mod genuine; // rows 30 to 40: what must pass
mod json; // rows 16 to 18: two ways to read one entry
mod placement; // rows 4b, 33, 35, 48, 50 to 58: what seals alone cannot show

use crate::log_writer::{Format, Lines, text};
use crate::support::{Run, fixture};

/// One log and what must be said about it.
struct Case {
    name: String,
    log: Vec<u8>,
    args: Vec<&'static str>,
    exits: &'static [u8],
    codes: &'static [&'static str],
}

impl Case {
    fn new(name: impl Into<String>, lines: &[Vec<u8>], exits: &'static [u8], codes: &'static [&'static str]) -> Self {
        Self::of_bytes(name, text(lines), exits, codes)
    }

    fn of_bytes(name: impl Into<String>, log: Vec<u8>, exits: &'static [u8], codes: &'static [&'static str]) -> Self {
        Self { name: name.into(), log, args: Vec::new(), exits, codes }
    }

    fn with(mut self, args: &[&'static str]) -> Self {
        self.args.extend(args);
        self
    }
}

/// Runs the cases with the fixtures' key and tells all failures at once.
#[track_caller]
fn assert_all(cases: impl IntoIterator<Item = Case>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        let done = Run::report().key("audit.key").args(&case.args).stdin(&case.log).done();
        let report = serde_json::from_slice::<crate::support::report::Report>(&done.stdout);
        let missing: Vec<_> = match &report {
            Ok(report) => case.codes.iter().filter(|code| !report.codes().contains(*code)).collect(),
            // Refused before anything was read: the exit code is all there is.
            Err(_) => case.codes.iter().collect(),
        };
        if !case.exits.contains(&done.code) || !missing.is_empty() {
            let found = report.map(|report| report.findings_by_code);
            failures.push(format!(
                "{}: exit {} instead of {:?}, missing {missing:?}, found {found:?} {}",
                case.name, done.code, case.exits, done.stderr
            ));
        }
    }
    assert!(count > 0, "no cases");
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

const TAMPERED: &[u8] = &[1];
const UNDECIDED: &[u8] = &[2];
const INCOMPLETE: &[u8] = &[3];
const INTACT: &[u8] = &[0];
/// The contract leaves room, but never for "intact".
const TAMPERED_OR_INCOMPLETE: &[u8] = &[1, 3];

/// The genuine log most attacks start from: three chains, each of six unsigned lines and fourteen entries.
fn three_chains(format: Format) -> Lines {
    fixture::lines(&format!("chain_closed_three.{}.log", format.name()))
}

/// Lines of one chain with its unsigned start.
const CHAIN_LINES: usize = 20;
/// Unsigned lines before each chain.
const START_UP_LINES: usize = 6;

/// A place in `three_chains`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spot {
    chain: usize,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    First,
    Middle,
    Last,
}

impl Spot {
    /// First, middle and last entry of the first, middle and last chain.
    fn all() -> impl Iterator<Item = Self> {
        (0..3).flat_map(|chain| [At::First, At::Middle, At::Last].map(|at| Self { chain, at }))
    }

    /// Index of the line.
    fn index(self) -> usize {
        let entry = match self.at {
            At::First => 0,
            At::Middle => 6,
            At::Last => CHAIN_LINES - START_UP_LINES - 1,
        };
        self.chain * CHAIN_LINES + START_UP_LINES + entry
    }
}

/// The case of one attack in every format and at the given spots.
fn everywhere(spots: &[Spot], attack: impl Fn(Format, Spot, Lines) -> Vec<Case>) -> Vec<Case> {
    let mut cases = Vec::new();
    for format in Format::ALL {
        for &spot in spots {
            for mut case in attack(format, spot, three_chains(format)) {
                case.name = format!("{} {spot:?}: {}", format.name(), case.name);
                cases.push(case);
            }
        }
    }
    cases
}

fn spots(wanted: impl Fn(Spot) -> bool) -> Vec<Spot> {
    Spot::all().filter(|&spot| wanted(spot)).collect()
}

#[test]
fn the_log_the_attacks_start_from_is_intact() {
    assert_all(Format::ALL.map(|format| Case::new(format.name(), &three_chains(format), INTACT, &[])));
}
