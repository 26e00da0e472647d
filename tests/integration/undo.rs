//! Forensic undo: whatever single thing was done to an entry of a genuine log, its own seal proves what stood there, and the rest
//! of the chain is verified. What must not be searched, and what a search may cost, is shown as well.

use std::env;
use std::io::{self, Write as _};

use acralog::internals::Limits;
use serde_json::Value;

use crate::attacks::damage::{change_text, made_up, replaced, rewrite_text, without};
use crate::log_writer::{Chance, Event, Format, Lines, Service, spelling, text};
use crate::support::verify::{verify_one_by_one, verify_undoing, verify_undoing_one_by_one, verify_undoing_within};
use crate::support::{Run, fixture};

const KEY: [u8; 32] = [0x5a; 32];

/// Asks for more of the same.
const LONGER: &str = "ACRALOG_UNDO_EDITS";

/// Edits of each kind and format.
const EDITS: u64 = 12;

/// Entries of a log.
const ENTRIES: usize = 30;

/// Of so many edits all but one in twenty are undone.
const RESTORED_OF_HUNDRED: u64 = 95;

/// A genuine chain, with what it says.
struct Genuine {
    format: Format,
    events: Vec<Event>,
    lines: Lines,
}

impl Genuine {
    fn new(format: Format, seed: u64) -> Self {
        let mut service = Service::new(format, KEY, seed);
        let events: Vec<Event> = (0..ENTRIES).map(|_| service.random_event()).collect();
        let mut lines: Lines = events.iter().map(|event| service.write(event)).collect();
        lines.push(service.end());
        Self { format, events, lines }
    }
}

/// Changes one line of a log; None when that leaves it as it is.
type Alteration = fn(&Genuine, usize, &mut Chance) -> Option<Vec<u8>>;

const ALTERATIONS: [(&str, Alteration); 4] = [
    ("changed", |log, at, chance| with_character(&log.lines[at], chance, |letters, place, new| letters[place] = new)),
    ("removed", |log, at, chance| {
        with_character(&log.lines[at], chance, |letters, place, _| _ = letters.remove(place))
    }),
    ("added", |log, at, chance| {
        with_character(&log.lines[at], chance, |letters, place, new| letters.insert(place, new))
    }),
    ("another value", with_value_of_another),
];

fn with_character(line: &[u8], chance: &mut Chance, edit: fn(&mut Vec<char>, usize, char)) -> Option<Vec<u8>> {
    let mut letters: Vec<char> = str::from_utf8(line).ok()?.chars().collect();
    let place = chance.below(letters.len());
    let new = char::from(b' ' + chance.below(95) as u8);
    edit(&mut letters, place, new);
    let altered = letters.into_iter().collect::<String>().into_bytes();
    (altered.trim_ascii_end() != line).then_some(altered)
}

/// One value of the entry becomes that of the same field in another one.
fn with_value_of_another(log: &Genuine, at: usize, chance: &mut Chance) -> Option<Vec<u8>> {
    let (event, other) = (log.events.get(at)?, &log.events[chance.below(ENTRIES)]);
    let mut altered = event.clone();
    match chance.below(3 + event.fields.len()) {
        0 => altered.level.clone_from(&other.level),
        1 => altered.message.clone_from(&other.message),
        // Two fields of a json entry tell the time.
        2 if log.format == Format::Json => return None,
        2 => altered.unix_ms = other.unix_ms,
        field => {
            let key = event.fields.keys().nth(field - 3)?;
            altered.fields.insert(key.clone(), other.fields.get(key)?.clone());
        }
    }
    let line = &log.lines[at];
    let respelled = match log.format {
        Format::Json => {
            let Value::Object(old) = serde_json::from_slice(line).ok()? else { return None };
            let mut object = spelling::json_object(&altered);
            for key in ["integrity", "chain"] {
                object.extend(old.get(key).map(|value| (key.to_owned(), value.clone())));
            }
            spelling::json(&Value::Object(object), spelling::Go::Current).into_bytes()
        }
        format => {
            let seal = &line[spelling::body(format, event).len()..];
            [spelling::body(format, &altered).as_bytes(), seal].concat()
        }
    };
    (respelled != *line).then_some(respelled)
}

/// What an alteration came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undone {
    Restored,
    /// The alteration is found, but not what stood there.
    Found,
    /// A crash explains the same, or it concerns what no seal covers.
    Excused,
    Wrongly,
}

fn undone(log: &Genuine, at: usize, altered: Vec<u8>) -> Undone {
    let mut lines = log.lines.clone();
    lines[at] = altered;
    let report = verify_undoing(&text(&lines), &[KEY]);
    let restored = report.findings.iter().find(|finding| finding.code == "entry-restored");
    let Some(finding) = restored else {
        return if report.exit_code == 1 { Undone::Found } else { Undone::Excused };
    };
    let place = finding.place.as_ref().map(|place| place.line);
    let stood = finding.message.split('`').nth(1).unwrap_or_default().to_owned();
    let genuine = String::from_utf8_lossy(&log.lines[at]).into_owned();
    let stood_there = stood.split("...").all(|part| genuine.contains(part));
    let is_right = place == Some(at as u64 + 1) && stood_there && report.account.verified.lines == ENTRIES as u64;
    if is_right && report.exit_code == 1 { Undone::Restored } else { Undone::Wrongly }
}

#[test]
fn of_random_single_edits_nearly_all_are_undone_and_none_wrongly() {
    #[expect(clippy::disallowed_methods, reason = "it asks for more of the same test")]
    let edits = env::var(LONGER).map_or(EDITS, |edits| edits.parse().expect("a number of edits"));
    for format in Format::ALL {
        let mut missed = Vec::new();
        for (name, alteration) in ALTERATIONS {
            let (mut done, mut seed) = (0, 0);
            while done < edits {
                seed += 1;
                let mut chance = Chance::new(seed);
                let log = Genuine::new(format, seed);
                let at = chance.below(log.lines.len());
                let Some(altered) = alteration(&log, at, &mut chance) else { continue };
                done += 1;
                let undone = undone(&log, at, altered.clone());
                let told = || {
                    let [was, is] = [&log.lines[at], &altered].map(|line| String::from_utf8_lossy(line).into_owned());
                    format!("{format:?}, {name}, seed {seed}, line {}: {undone:?}\n  {was}\n  {is}\n", at + 1)
                };
                assert_ne!(undone, Undone::Wrongly, "{}", told());
                if undone != Undone::Restored {
                    missed.push(told());
                }
            }
        }
        let all = edits * ALTERATIONS.len() as u64;
        let share = 100 - missed.len() as u64 * 100 / all;
        // Shown by `--nocapture`.
        let told = format!("{format:?}: {} of {all} restored\n{}", all - missed.len() as u64, missed.concat());
        io::stderr().write_all(told.as_bytes()).expect("standard error");
        assert!(share >= RESTORED_OF_HUNDRED, "{format:?}: {share} of a hundred\n{}", missed.concat());
    }
}

/// The log the attacks start from, and a middle entry of its second chain.
const MIDDLE: usize = 32;

fn three_chains(format: Format) -> Lines {
    fixture::lines(&format!("chain_closed_three.{}.log", format.name()))
}

fn report_on(lines: &[Vec<u8>]) -> crate::support::report::Report {
    verify_undoing(&text(lines), &[fixture::key("audit.key")])
}

/// Replaces or adds what stands at the end of a line, inside the object where it is one.
fn extended(format: Format, line: &[u8], text: &[u8], json: &[u8]) -> Vec<u8> {
    match format {
        Format::Json => [&line[..line.len() - 1], json, b"}"].concat(),
        Format::Plaintext | Format::Cef => [line, text].concat(),
    }
}

/// The part of a line between two texts, the first one included.
fn between<'l>(line: &'l [u8], from: &[u8], to: &[u8]) -> &'l [u8] {
    let at = crate::attacks::damage::find(line, from);
    &line[at..at + crate::attacks::damage::find(&line[at..], to)]
}

#[test]
fn every_kind_of_alteration_is_undone_in_every_format() {
    for format in Format::ALL {
        let log = three_chains(format);
        let line = &log[MIDDLE];
        let session = match format {
            Format::Json => [between(line, b"\"session_id\"", b",\"timestamp\""), b","].concat(),
            Format::Plaintext | Format::Cef => between(line, b"session_id=", b" ").to_vec(),
        };
        let cases = [
            ("case", change_text(format, line)),
            ("a second seal", extended(format, line, b" integrity=00", b",\"integrity\":\"00\"")),
            ("a letter that was lost at a joint", [&line[..60], &line[61..]].concat()),
            ("neighbours that changed places", replaced(line, b"client", b"cleint")),
            ("a digit of the seal", crate::attacks::damage::change_seal(format, line)),
            ("the name of the seal", replaced(line, b"integrity", b"integritx")),
            ("a client", replaced(line, between(line, b"client-0", b"9"), b"client-77")),
            ("a field that was put there", put_in(format, line)),
            ("a field that was taken out", without(line, &session)),
        ];
        for (name, altered) in cases {
            assert_ne!(altered, *line, "{format:?}: {name}");
            let mut log = log.clone();
            log[MIDDLE] = altered;
            let report = report_on(&log);
            let told = format!("{format:?}: {name}: {:?} {:?}", report.findings_by_code, report.findings);
            // What a taken field said is known only from the lines above.
            if name == "a field that was taken out" && !report.findings_by_code.contains_key("entry-restored") {
                assert_eq!(report.finding("chain-altered").place.as_ref().map(|place| place.line), Some(33), "{told}");
                continue;
            }
            let finding = report.finding("entry-restored");
            assert_eq!(finding.place.as_ref().map(|place| place.line), Some(MIDDLE as u64 + 1), "{told}");
            assert_eq!(report.exit_code, 1, "{told}");
            assert_eq!((report.account.verified.lines, report.account.broken.lines), (41, 1), "{told}");
            assert_eq!((report.chain_counts.closed, report.chain_counts.broken), (3, 0), "{told}");
        }
    }
}

fn put_in(format: Format, line: &[u8]) -> Vec<u8> {
    match format {
        Format::Json => replaced(line, b"\"level\"", b"\"key\":\"made up\",\"level\""),
        Format::Plaintext | Format::Cef => replaced(line, b" session_id=", b" key=made-up session_id="),
    }
}

#[test]
fn removed_and_rewritten_entries_are_not_brought_back() {
    for format in Format::ALL {
        let log = three_chains(format);
        let mut removed = log.clone();
        removed.remove(MIDDLE);
        let mut rewritten = log.clone();
        rewritten[MIDDLE] = rewrite_text(format, &log[MIDDLE]);
        let mut inserted = log.clone();
        inserted.insert(MIDDLE, made_up(format, &log[MIDDLE]));
        for log in [removed, rewritten, inserted] {
            let [undoing, not] = [report_on(&log), verify_one_by_one(&text(&log), &[fixture::key("audit.key")])];
            assert_eq!(undoing, not, "{format:?}");
            assert_eq!(undoing.exit_code, 1, "{format:?}");
        }
    }
}

#[test]
fn what_a_crash_or_a_cut_leaves_is_judged_the_same() {
    for format in Format::ALL {
        let log = three_chains(format);
        let (last, start) = (log.len() - 1, MIDDLE - 6);
        for cut in [1, 2, 40, 100] {
            let bytes = log[last].len();
            let mut torn = log.clone();
            torn[last].truncate(bytes - cut);
            // A crash tore the end of a chain, and a restart wrote behind it.
            let mut glued = log.clone();
            let next = glued.remove(20);
            glued[19].truncate(log[19].len() - cut);
            glued[19].extend(next);
            let mut headless = log[start..].to_vec();
            headless[0].drain(..cut);
            for (name, log) in [("torn", torn), ("glued", glued), ("beheaded", headless)] {
                let not = verify_one_by_one(&text(&log), &[fixture::key("audit.key")]);
                assert_eq!(report_on(&log), not, "{format:?}: {name}, {cut} bytes");
            }
        }
    }
}

#[test]
fn an_entry_below_its_altered_copy_is_verified_in_its_place() {
    for format in Format::ALL {
        for at in [6, MIDDLE, 39] {
            let mut log = three_chains(format);
            log.insert(at, change_text(format, &log[at]));
            let report = report_on(&log);
            let told = format!("{format:?} {at}: {:?}", report.findings);
            assert_eq!((report.exit_code, report.account.verified.lines), (1, 42), "{told}");
            assert_eq!(report.account.broken.lines, 1, "{told}");
        }
    }
}

#[test]
fn lines_of_another_instance_may_stand_between_an_altered_copy_and_the_entry() {
    for format in Format::ALL {
        let chain = |seed: u64, entries: i64| -> Lines {
            let mut service = Service::new(format, fixture::key("audit.key"), seed);
            let entry = |at: i64| Event::new(1_741_946_400_000 + 100 * at, "info", "Read query from client");
            let mut lines: Lines = (0..entries).map(|at| service.write(&entry(at).with("session_id", seed))).collect();
            lines.push(service.end());
            lines
        };
        let (first, second) = (chain(5, 7), chain(6, 3));
        let mut log = first[..3].to_vec();
        log.push(change_text(format, &first[3]));
        log.extend_from_slice(&second[..2]);
        log.extend_from_slice(&first[3..6]);
        log.extend_from_slice(&second[2..]);
        log.extend_from_slice(&first[6..]);
        let report = report_on(&log);
        let told = format!("{format:?}: {:?}", report.findings);
        assert_eq!((report.exit_code, report.account.verified.lines), (1, 12), "{told}");
        assert_eq!((report.account.broken.lines, report.account.repeated.lines), (1, 0), "{told}");
    }
}

#[test]
fn what_is_restored_is_never_printed_as_verified() {
    for format in Format::ALL {
        let mut log = three_chains(format);
        for (at, altered) in
            [(7, change_text(format, &log[7])), (MIDDLE, replaced(&log[MIDDLE], b"integrity", b"integritx"))]
        {
            log[at] = altered;
        }
        let run = |args: &[&str]| Run::bare().args(args).key("audit.key").stdin(&text(&log)).done();
        let grep = run(&["grep", "--verified", ""]);
        let printed: Vec<&[u8]> = grep.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        assert_eq!((printed.len(), grep.code), (40, 1), "{format:?}: {}", grep.told());
        assert!(!printed.contains(&log[7].as_slice()) && !printed.contains(&log[MIDDLE].as_slice()), "{format:?}");
        let convert = run(&["convert", "-q", "--to", "ecs", "--verify"]);
        let verified = convert.text().matches("\"integrity\":{\"status\":\"verified\"").count();
        assert_eq!((verified, convert.code), (40, 1), "{format:?}");
    }
}

#[test]
fn threads_and_batches_change_nothing_in_what_is_undone() {
    let mut turn = 0;
    for format in Format::ALL {
        for seed in 0..6 {
            let mut chance = Chance::new(seed);
            let mut service = Service::new(format, KEY, seed);
            let mut log = [service.start_up(2), service.chain(9), service.start_up(1), service.chain(14)].concat();
            for _ in 0..1 + chance.below(3) {
                let at = chance.below(log.len());
                let altered = with_character(&log[at], &mut chance, |letters, place, new| letters[place] = new);
                log[at] = altered.unwrap_or_else(|| rewritten_seal(&log[at]));
            }
            let log = text(&log);
            let expected = verify_undoing_one_by_one(&log, &[KEY]);
            for batch_lines in [1, 2, 3, 7, 16, 1000] {
                turn += 1;
                let limits = Limits { batch_lines, ..Limits::default() };
                let report = verify_undoing_within(&log, &[KEY], 1 + turn % 4, limits);
                assert_eq!(report, expected, "{format:?} {seed}: batches of {batch_lines}");
            }
        }
    }
}

fn rewritten_seal(line: &[u8]) -> Vec<u8> {
    replaced(line, b"integrity", b"integritx")
}

#[test]
fn a_redacted_report_withholds_what_stood_there() {
    let log = fixture::log("chain_altered_middle.json.log");
    let run = || Run::bare().args(["report", "--output-format", "json"]).key("audit.key").path(&log);
    assert!(run().done().text().contains("stands here now"));
    let redacted = run().args(["--redact", "client_id"]).done();
    assert!(redacted.text().contains("entry-restored"), "{}", redacted.told());
    for withheld in ["stands here now", "lient-009"] {
        assert!(!redacted.text().contains(withheld), "{}", redacted.told());
    }
}
