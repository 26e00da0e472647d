//! A game between a writer, an attacker without the key, and the verifier. Every line knows whether it is genuine and where
//! it belongs, so the truth about a log does not depend on any verifier. The attacker wins when a log that is not what it
//! claims to be passes; the verifier loses as well when it accuses a log to which only happened what happens by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::{env, fs, thread};

use acralog::internals::time_of;
use acralog::{Demands, Policy};

use crate::attacks::damage;
use crate::log_writer::wrapping::{Wrapper, wrap};
use crate::log_writer::{Chance, Event, Format, Lines, Service, spelling, text};
use crate::support::report::Report;
use crate::support::run::Run;
use crate::support::verify::{verify_one_by_one, verify_set, verify_under, verify_undoing, verify_with, write_key};

const KEYS: [[u8; 32]; 3] = [[0x5a; 32], [0xa5; 32], [0x3c; 32]];

/// Games in every run of the tests; a change to the judging is worth ten times as many.
const GAMES: u64 = 20_000;

/// One game of so many asks for the answers under other policies as well.
const POLICIES_EVERY: u64 = 5;

/// One of so many asks whether threads and batches change the answer.
const THREADS_EVERY: u64 = 20;

/// One of so many asks what is made of it when alterations are undone.
const UNDOING_EVERY: u64 = 160;

/// One of so many in which every reader is asked as well.
const READERS_UNDO_EVERY: u64 = 5;

/// In one game of so many, at most, nothing that happened is told from an attack, for the reason that the README gives.
const JUDGEMENTS_IN: u64 = 5_000;

/// Another number of games: `ACRALOG_GAMES=200000 cargo test no_forger_passes`.
const LONGER: &str = "ACRALOG_GAMES";

/// Where a genuine entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Belongs {
    instance: usize,
    chain: usize,
    position: usize,
    ends: bool,
    /// The number of its key in `KEYS`.
    key: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Entry(Belongs),
    /// What a service writes before its keystore is open.
    StartUp,
    /// Written, altered or stripped by the attacker.
    Forged,
}

#[derive(Clone, Debug)]
struct Line {
    bytes: Vec<u8>,
    kind: Kind,
    unix_ms: i64,
}

impl Line {
    fn new(bytes: Vec<u8>, kind: Kind) -> Self {
        let unix_ms = time_of(&bytes).map_or(0, |time| time.unix_ms);
        Self { bytes, kind, unix_ms }
    }

    fn belongs(&self) -> Option<Belongs> {
        match self.kind {
            Kind::Entry(belongs) => Some(belongs),
            Kind::StartUp | Kind::Forged => None,
        }
    }
}

struct Log {
    format: Format,
    /// Those that the verifier is given.
    keys: Vec<[u8; 32]>,
    lines: Vec<Line>,
    done: Vec<&'static str>,
    /// Something was done that does not happen by itself.
    is_attacked: bool,
}

impl Log {
    fn raw(&self) -> Lines {
        self.lines.iter().map(|line| line.bytes.clone()).collect()
    }

    fn text(&self) -> Vec<u8> {
        text(&self.raw())
    }
}

/// What up to three instances of a service write into one stream. In one log of four they have several keys, which change
/// while they run, and in half of these one key is not given.
fn genuine(chance: &mut Chance) -> Log {
    let format = chance.pick(&Format::ALL);
    let (has_several_keys, lost) = (chance.below(4) == 0, chance.below(2 * KEYS.len()));
    let instances: Vec<Vec<Line>> = (0..1 + chance.below(3))
        .map(|instance| {
            let mut service = Service::new(format, KEYS[0], chance.below(100_000) as u64);
            let mut lines = Vec::new();
            for chain in 0..1 + chance.below(3) {
                let key = if has_several_keys { chance.below(KEYS.len()) } else { 0 };
                service.rotate_key(KEYS[key]);
                lines.extend(service.start_up(chance.below(4)).into_iter().map(|line| Line::new(line, Kind::StartUp)));
                let entries = service.chain(2 + chance.below(7));
                let last = entries.len();
                lines.extend(entries.into_iter().zip(1..).map(|(line, position)| {
                    let belongs = Belongs { instance, chain, position, ends: position == last, key };
                    Line::new(line, Kind::Entry(belongs))
                }));
            }
            lines
        })
        .collect();
    let lines = merged(instances, chance);
    let given = |key: usize| !has_several_keys || key != lost;
    let keys = KEYS.into_iter().enumerate().filter(|(key, _)| given(*key)).map(|(_, key)| key).collect();
    Log { format, keys, lines, done: Vec::new(), is_attacked: false }
}

/// Several instances write in the order of time, give or take what a pipe holds back.
fn merged(instances: Vec<Vec<Line>>, chance: &mut Chance) -> Vec<Line> {
    let mut left: Vec<_> = instances.into_iter().map(|lines| lines.into_iter().peekable()).collect();
    let mut lines = Vec::new();
    loop {
        let times: Vec<i64> = left.iter_mut().map(|log| log.peek().map_or(i64::MAX, |line| line.unix_ms)).collect();
        let Some(oldest) = times.iter().copied().filter(|time| *time < i64::MAX).min() else { return lines };
        let ready: Vec<usize> = (0..left.len()).filter(|&log| times[log] <= oldest.saturating_add(300)).collect();
        lines.extend(left[chance.pick(&ready)].next());
    }
}

type Operator = (&'static str, bool, fn(&mut Log, &mut Chance));

/// What can be done to a log, and whether it is an attack or happens by itself.
const OPERATORS: &[Operator] = &[
    ("the head is gone", false, |log, chance| drop(log.lines.drain(..chance.below(log.lines.len())))),
    ("the tail is gone", false, |log, chance| log.lines.truncate(1 + chance.below(log.lines.len()))),
    ("a chain is gone", false, |log, chance| {
        let Some(of) = any_entry(log, chance) else { return };
        log.lines.retain(|line| line.belongs().is_none_or(|it| (it.instance, it.chain) != (of.instance, of.chain)));
    }),
    ("an instance crashed", false, |log, chance| {
        let Some(of) = any_entry(log, chance) else { return };
        let is_lost = |it: Belongs| (it.instance, it.chain) == (of.instance, of.chain) && it.position > of.position;
        log.lines.retain(|line| !line.belongs().is_some_and(is_lost));
    }),
    ("a block was delivered twice", false, |log, chance| {
        let first = chance.below(log.lines.len());
        let last = (first + 1 + chance.below(6)).min(log.lines.len());
        let block = log.lines[first..last].to_vec();
        log.lines.splice(last..last, block);
    }),
    ("a text is altered", true, |log, chance| with_sealed(log, chance, |_, line| forged_text(line))),
    ("a seal is altered", true, |log, chance| with_sealed(log, chance, damage::change_seal)),
    ("a seal is stripped", true, |log, chance| with_sealed(log, chance, damage::strip_seal_and_markers)),
    ("an entry is gone", true, |log, chance| {
        let at = chance.below(log.lines.len());
        log.lines.remove(at);
    }),
    ("an entry is made up", true, |log, chance| {
        let at = chance.below(log.lines.len());
        let mut copy = log.lines[at].clone();
        if copy.belongs().is_some() {
            copy.bytes = made_up(log.format, &copy.bytes);
            copy.kind = Kind::Forged;
            log.lines.insert(at, copy);
        }
    }),
    ("a line without a seal is made up", true, |log, chance| {
        let at = chance.below(log.lines.len());
        let event = Event::new(log.lines[at].unix_ms, "info", "Access granted").with("client_id", "mallory");
        log.lines.insert(at, Line::new(spelling::unsigned(log.format, &event), Kind::Forged));
    }),
    ("neighbours are swapped", true, |log, chance| {
        let at = chance.below(log.lines.len());
        let next = (at + 1) % log.lines.len();
        log.lines.swap(at, next);
    }),
    ("an entry is moved", true, |log, chance| {
        let at = chance.below(log.lines.len());
        let line = log.lines.remove(at);
        let to = chance.below(log.lines.len() + 1);
        log.lines.insert(to, line);
    }),
    ("a block is moved", true, |log, chance| {
        let first = chance.below(log.lines.len());
        let last = (first + 1 + chance.below(5)).min(log.lines.len());
        let block: Vec<Line> = log.lines.drain(first..last).collect();
        let to = chance.below(log.lines.len() + 1);
        log.lines.splice(to..to, block);
    }),
];

fn any_entry(log: &Log, chance: &mut Chance) -> Option<Belongs> {
    let entries: Vec<Belongs> = log.lines.iter().filter_map(Line::belongs).collect();
    if entries.is_empty() { None } else { Some(chance.pick(&entries)) }
}

fn with_sealed(log: &mut Log, chance: &mut Chance, change: fn(Format, &[u8]) -> Vec<u8>) {
    let sealed: Vec<usize> = (0..log.lines.len()).filter(|&at| log.lines[at].belongs().is_some()).collect();
    if sealed.is_empty() {
        return;
    }
    let line = &mut log.lines[chance.pick(&sealed)];
    let bytes = change(log.format, &line.bytes);
    *line = Line { bytes, kind: Kind::Forged, unix_ms: line.unix_ms };
}

/// Another text in the same entry.
fn forged_text(line: &[u8]) -> Vec<u8> {
    let of_client = damage::replaced_if_there(line, b"client-", b"Client-");
    of_client
        .or_else(|| damage::replaced_if_there(line, b"current audit", b"Current audit"))
        .expect("a client or an end")
}

/// An entry of the same form that nobody sealed.
fn made_up(format: Format, line: &[u8]) -> Vec<u8> {
    let marks: [&[u8]; 2] = [b" chain=new", b"\"chain\":\"new\","];
    let mut forged = marks.iter().fold(forged_text(line), |line, mark| damage::without(&line, mark));
    // A message may hold what looks like a seal; the seal itself stands behind it.
    let name: &[u8] = if format == Format::Json { b"\"integrity\":\"" } else { b" integrity=" };
    let at = forged.windows(name.len()).rposition(|window| window == name).expect("a seal") + name.len();
    forged[at..at + 64].copy_from_slice(&[b"0123456789abcdef".as_slice(); 4].concat());
    forged
}

/// What is true of a log, by where its lines come from.
struct Truth {
    /// Every sealed entry that is left follows the one before it in its chain, once, from the first one on; its key is
    /// given; nothing is forged; and whatever has no end may still be running.
    is_what_it_claims: bool,
    /// The same, and no line is without a seal.
    is_whole: bool,
    /// Every chain has its end.
    has_all_ends: bool,
    /// All keys are given.
    has_all_keys: bool,
    /// Entries of chains that are whole and whose key is given.
    in_whole_chains: u64,
    /// Genuine entries whose key is given, each counted once.
    genuine: u64,
    /// A chain has lost its head, and what is left of it is one entry, which nothing tells from a line that was made up (row
    /// 3); or stands behind other chains and beside none, as a chain does whose start somebody removed.
    is_a_matter_of_judgement: bool,
    /// A chain has lost its head, and the log begins as a whole one does or holds another chain that has lost its head. It
    /// looks whole but for the lines of that chain, as if they had been altered or put there.
    looks_whole: bool,
}

fn truth(log: &Log) -> Truth {
    let mut chains: BTreeMap<(usize, usize), Vec<(Belongs, i64)>> = BTreeMap::new();
    for line in &log.lines {
        if let Some(belongs) = line.belongs() {
            chains.entry((belongs.instance, belongs.chain)).or_default().push((belongs, line.unix_ms));
        }
    }
    let follows =
        |chain: &Vec<(Belongs, i64)>| chain.iter().zip(1..).all(|((it, _), position)| it.position == position);
    let has_end = |chain: &Vec<(Belongs, i64)>| chain.last().is_some_and(|(it, _)| it.ends);
    let has_key = |it: &Belongs| log.keys.contains(&KEYS[it.key]);
    let whole = || chains.values().filter(|chain| follows(chain) && has_end(chain) && has_key(&chain[0].0));
    let may_run = |chain: &Vec<(Belongs, i64)>| {
        let last = chain.last().map_or(0, |(_, time)| *time);
        has_end(chain) || !whole().any(|ended| ended.first().is_some_and(|(_, began)| *began > last))
    };
    let is_forged = log.lines.iter().any(|line| line.kind == Kind::Forged);
    let distinct: BTreeSet<Belongs> = log.lines.iter().filter_map(Line::belongs).filter(has_key).collect();
    let has_all_keys = chains.values().flatten().all(|(it, _)| has_key(it));
    let is_what_it_claims = !is_forged && has_all_keys && chains.values().all(|it| follows(it) && may_run(it));
    let has_all_ends = chains.values().all(has_end);
    let headless = || chains.values().filter(|chain| chain[0].0.position > 1);
    let is_headless = headless().next().is_some();
    let begins_with_a_start = log.lines.first().is_some_and(|line| line.belongs().is_none_or(|it| it.position == 1));
    Truth {
        is_what_it_claims,
        is_whole: is_what_it_claims && has_all_ends && log.lines.iter().all(|line| line.belongs().is_some()),
        has_all_ends,
        has_all_keys,
        looks_whole: is_headless && (begins_with_a_start || headless().count() > 1),
        in_whole_chains: whole().map(|chain| chain.len() as u64).sum(),
        genuine: distinct.len() as u64,
        is_a_matter_of_judgement: chains
            .iter()
            .any(|(of, chain)| chain[0].0.position > 1 && (chain.len() == 1 || stands_alone_behind_others(log, *of))),
    }
}

/// Whether a chain stands behind another one, and no line of another one inside it, nor it inside another one.
fn stands_alone_behind_others(log: &Log, (instance, chain): (usize, usize)) -> bool {
    let of = |line: &Line| line.belongs().map(|it| (it.instance, it.chain));
    let is_of_it = |line: &Line| of(line) == Some((instance, chain));
    let first = log.lines.iter().position(is_of_it).unwrap_or(0);
    let last = log.lines.iter().rposition(is_of_it).unwrap_or(0);
    let others =
        |lines: &[Line]| -> BTreeSet<_> { lines.iter().filter(|line| !is_of_it(line)).filter_map(of).collect() };
    let (before, behind) = (others(&log.lines[..first]), others(&log.lines[last..]));
    !before.is_empty() && others(&log.lines[first..last]).is_empty() && before.is_disjoint(&behind)
}

/// A log to which up to four things were done; none, if nothing is left of it.
fn dealt(chance: &mut Chance) -> Option<Log> {
    let mut log = genuine(chance);
    for _ in 0..chance.below(5) {
        let (name, is_attack, operator) = chance.pick(OPERATORS);
        operator(&mut log, chance);
        log.done.push(name);
        log.is_attacked |= is_attack;
        if log.lines.is_empty() {
            return None;
        }
    }
    Some(log)
}

/// What is wrong with an answer.
enum Complaint {
    Wrong(String),
    /// What cannot be right for every log: an answer is the better one more often.
    Judgement(String),
}

/// Plays one game; what went wrong, if anything did.
fn play(seed: u64) -> Result<(), Complaint> {
    let mut chance = Chance::new(seed);
    let Some(log) = dealt(&mut chance) else { return Ok(()) };
    let bytes = log.text();
    let report = verify_one_by_one(&bytes, &log.keys);
    let complain = |what: &str| Err(Complaint::Wrong(complaint(what, seed, &log, &report)));
    let truth = truth(&log);
    if report.exit_code == 0 && !truth.is_what_it_claims {
        return complain("false accept");
    }
    // Where chains do not overlap, nothing shows that the start of another instance stands inside one.
    let is_start_alone = report.findings_by_code.contains_key("line-unsigned-inside-chain")
        && !report.findings_by_code.contains_key("chains-interleaved");
    if report.exit_code == 1 && !log.is_attacked && !truth.is_a_matter_of_judgement && !is_start_alone {
        let told = complaint("false accusation", seed, &log, &report);
        return Err(if truth.looks_whole { Complaint::Judgement(told) } else { Complaint::Wrong(told) });
    }
    let passes = if truth.has_all_keys { 0 } else { 2 };
    if log.done.is_empty() && report.exit_code != passes && !is_start_alone {
        return complain("a genuine log does not pass");
    }
    if report.account.verified.lines > truth.genuine {
        return complain("more is verified than is genuine");
    }
    if report.account.verified.lines < truth.in_whole_chains {
        return complain("a whole chain is not verified");
    }
    if report.account.sum().bytes != bytes.len() as u64 {
        return complain("bytes got lost");
    }
    let also = [
        (POLICIES_EVERY, wrong_under_policies as fn(&Log, &Report, &Truth) -> Option<&'static str>),
        (THREADS_EVERY, wrong_with_threads),
        (UNDOING_EVERY, wrong_with_undoing),
    ];
    let asked = also.iter().filter(|(every, _)| seed.is_multiple_of(*every));
    match asked.filter_map(|(_, wrong)| wrong(&log, &report, &truth)).next() {
        Some(what) => complain(what),
        None => Ok(()),
    }
}

/// What is wrong with the answers under other demands.
fn wrong_under_policies(log: &Log, report: &Report, truth: &Truth) -> Option<&'static str> {
    let under = |demands: Demands| verify_under(&log.text(), &log.keys, demands);
    let of_policy = |policy: Policy| under(Demands { policy, ..Demands::default() });
    let strict = of_policy(Policy::Strict);
    if strict.exit_code == 0 && !truth.is_whole {
        return Some("a false accept under strict");
    }
    if (&strict.account, &strict.findings_by_code) != (&report.account, &report.findings_by_code) {
        return Some("strict sees something else");
    }
    let acra = of_policy(Policy::Acra);
    let is_told = acra.default_policy_outcome.as_ref() == Some(&report.outcome);
    if acra.exit_code == 0 && report.exit_code != 0 && !is_told {
        return Some("acra does not say what the default policy says");
    }
    let ended = under(Demands { require_end: true, ..Demands::default() });
    let is_right = ended.exit_code != 0 || (truth.is_what_it_claims && truth.has_all_ends);
    (!is_right).then_some("a false accept where an end is required")
}

/// Whether the answer depends on how the work is shared out, of which every log is its own example.
fn wrong_with_threads(log: &Log, report: &Report, _: &Truth) -> Option<&'static str> {
    let text = log.text();
    let mut chance = Chance::new(text.len() as u64);
    let (threads, batch_lines) = (1 + chance.below(4), chance.pick(&[1, 2, 5, 64]));
    (verify_with(&text, &log.keys, threads, batch_lines) != *report).then_some("threads or batches change the answer")
}

/// What is wrong with the answer after alterations were undone.
fn wrong_with_undoing(log: &Log, report: &Report, truth: &Truth) -> Option<&'static str> {
    let undoing = verify_undoing(&log.text(), &log.keys);
    let verified = undoing.account.verified.lines;
    if undoing.exit_code == 0 && report.exit_code != 0 {
        return Some("undoing makes a false accept");
    }
    if verified < report.account.verified.lines || verified > truth.genuine {
        return Some("undoing loses entries, or verifies more than is genuine");
    }
    (undoing.exit_code == 1 && report.exit_code != 1 && !log.is_attacked).then_some("undoing makes a false accusation")
}

fn complaint(what: &str, seed: u64, log: &Log, report: &Report) -> String {
    let line = |line: &Line| match line.kind {
        Kind::Entry(it) => {
            let (of, end) = (["a", "b", "c"][it.instance], if it.ends { "$" } else { "" });
            let lost = if log.keys.contains(&KEYS[it.key]) { "" } else { "?" };
            format!("{of}{}.{}{end}{lost}", it.chain, it.position)
        }
        Kind::StartUp => "start".to_owned(),
        Kind::Forged => "FORGED".to_owned(),
    };
    let lines: Vec<String> = log.lines.iter().map(line).collect();
    format!(
        "seed {seed}: {what}: exit {}, {:?}, {:?}, {:?}\n  {}\n",
        report.exit_code,
        log.format,
        log.done,
        report.findings_by_code,
        lines.join(" ")
    )
}

#[test]
fn no_forger_passes_and_nobody_is_accused_of_what_happens_by_itself() {
    #[expect(clippy::disallowed_methods, reason = "it asks for more of the same test")]
    let games = env::var(LONGER).map_or(GAMES, |games| games.parse().expect("a number of games"));
    let players = thread::available_parallelism().map_or(1, |players| players.get() as u64);
    let play_every = |first: u64| -> Vec<Complaint> {
        (first..games).step_by(players as usize).filter_map(|seed| play(seed).err()).collect()
    };
    let complaints: Vec<Complaint> = thread::scope(|scope| {
        let players: Vec<_> = (0..players).map(|first| scope.spawn(move || play_every(first))).collect();
        players.into_iter().flat_map(|player| player.join().expect("a player")).collect()
    });
    let (mut wrong, mut judgement) = (Vec::new(), Vec::new());
    for complaint in complaints {
        match complaint {
            Complaint::Wrong(told) => wrong.push(told),
            Complaint::Judgement(told) => judgement.push(told),
        }
    }
    assert!(wrong.is_empty(), "{} of {games} games:\n{}", wrong.len(), wrong.concat());
    let (count, told) = (judgement.len() as u64, judgement.concat());
    assert!(count <= games / JUDGEMENTS_IN, "{count} of {games} games are called a matter of judgement:\n{told}");
    // Shown by `--nocapture`.
    io::stderr().write_all(told.as_bytes()).expect("standard error");
}

/// What is there in up to three parts, as rotation leaves it.
fn rotated<T>(whole: Vec<T>, chance: &mut Chance) -> Vec<Vec<T>> {
    let mut files = vec![whole];
    for _ in 0..chance.below(3) {
        let last = files.last_mut().expect("the first one");
        let rest = last.split_off(1 + chance.below(last.len()));
        if !rest.is_empty() {
            files.push(rest);
        }
    }
    files
}

#[test]
fn a_rotation_between_two_lines_changes_no_answer() {
    for seed in 0..GAMES / 4 {
        let mut chance = Chance::new(seed);
        let Some(log) = dealt(&mut chance) else { continue };
        let files: Vec<Vec<u8>> = rotated(log.raw(), &mut chance).iter().map(|lines| text(lines)).collect();
        let (one, set) = (verify_one_by_one(&log.text(), &log.keys), verify_set(&files, &log.keys, 1 << 20));
        let answer = |report: &Report| (report.exit_code, report.account.clone(), report.findings_by_code.clone());
        assert_eq!(answer(&set), answer(&one), "{}", complaint("rotated", seed, &log, &set));
    }
}

/// `split -b`, and a rotation that copies and truncates, cut a line in two.
#[test]
fn a_rotation_inside_a_line_lets_nothing_pass_and_accuses_nobody() {
    for seed in 0..GAMES / 4 {
        let mut chance = Chance::new(seed);
        let Some(log) = dealt(&mut chance) else { continue };
        let (one, files) = (verify_one_by_one(&log.text(), &log.keys), rotated(log.text(), &mut chance));
        let set = verify_set(&files, &log.keys, 1 << 20);
        let told = || format!("{:?}: {}", one.findings_by_code, complaint("cut", seed, &log, &set));
        assert_eq!(set.account.verified.lines, one.account.verified.lines, "{}", told());
        assert_eq!(set.exit_code, one.exit_code, "{}", told());
    }
}

#[test]
fn a_wrapper_changes_no_answer() {
    for seed in 0..GAMES / 4 {
        let mut chance = Chance::new(seed);
        let Some(log) = dealt(&mut chance) else { continue };
        let wrapper = chance.pick(&Wrapper::ALL);
        let files: Vec<Vec<u8>> = rotated(log.raw(), &mut chance).iter().map(|lines| wrap(lines, wrapper)).collect();
        let (bare, wrapped) = (verify_one_by_one(&log.text(), &log.keys), verify_set(&files, &log.keys, 1 << 20));
        let answer =
            |report: &Report| (report.exit_code, report.account.verified.lines, report.findings_by_code.clone());
        assert_eq!(answer(&wrapped), answer(&bare), "{wrapper:?}: {}", complaint("wrapped", seed, &log, &wrapped));
    }
}

/// The whole report on a log.
type Verify = fn(&[u8], &[[u8; 32]]) -> Report;

#[test]
fn every_reader_goes_by_what_verify_proves() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("acra.log");
    let key_files: Vec<_> =
        KEYS.iter().zip(["a", "b", "c"]).map(|(key, name)| write_key(&folder.path().join(name), key)).collect();
    for seed in 0..GAMES / 40 {
        let Some(log) = dealt(&mut Chance::new(seed)) else { continue };
        fs::write(&path, log.text()).expect("a log");
        // The search for what stood there takes most of the time.
        let undoes = seed.is_multiple_of(READERS_UNDO_EVERY);
        let (verify, effort) =
            if undoes { (verify_undoing as Verify, "fast") } else { (verify_one_by_one as Verify, "off") };
        let report = verify(&log.text(), &log.keys);
        let given = || KEYS.iter().zip(&key_files).filter(|(key, _)| log.keys.contains(key)).map(|(_, file)| file);
        let run = |args: &[&str]| {
            given().fold(Run::bare().args(args).args(["--undo", effort]), Run::key_file).path(&path).done()
        };
        let told = || complaint("a reader says otherwise", seed, &log, &report);

        // Between verdict and search, grep ends with the worse; without a line it has found nothing.
        let genuine: Vec<&[u8]> =
            log.lines.iter().filter(|line| line.belongs().is_some()).map(|line| line.bytes.as_slice()).collect();
        let grep = run(&["grep", "--verified", ""]);
        let printed: Vec<&[u8]> = grep.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        // It prints as it reads: an entry that had to wait for one that was moved is not among them, and the one that was
        // moved may be.
        let is_moved = report.findings_by_code.contains_key("line-displaced");
        let is_as_counted = |lines: u64| lines == report.account.verified.lines || is_moved;
        assert!(is_as_counted(printed.len() as u64), "{}", told());
        assert!(printed.iter().all(|line| genuine.contains(line)), "{}", told());
        assert_eq!(printed.iter().collect::<BTreeSet<_>>().len(), printed.len(), "{}", told());
        assert!(printed.is_empty() || grep.code == report.exit_code, "exit {}: {}", grep.code, told());

        let convert = run(&["convert", "-q", "--to", "ecs", "--verify"]);
        let verified = convert.text().matches("\"integrity\":{\"status\":\"verified\"").count();
        assert!(is_as_counted(verified as u64), "{}", told());
        assert_eq!(convert.code, report.exit_code, "{}", told());

        assert_eq!(run(&["report", "--verify"]).code, report.exit_code, "{}", told());
        let strict = run(&["verify", "-q", "--policy", "strict"]).code;
        assert!(strict >= report.exit_code.min(1), "strict passes what is refused: {}", told());
    }
}
