//! `verify --explain FILE:LINE` of a line that fits nothing: each family of likely originals that was tried, with the number of
//! candidates and what came of them, and what the seal proved. The numbers are those of the search itself.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{document, folder, run};
use crate::attacks::damage::{change_seal, change_text, find, made_up, replaced, rewrite_text, without};
use crate::log_writer::wrapping::{self, Wrapper};
use crate::log_writer::{Event, Format, Lines, Service};
use crate::support::verify::write;
use crate::support::{Run, fixture};

/// What the document says of a search.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    mended: Vec<Family>,
    skipped: Option<String>,
    places: Vec<Place>,
    proven: Option<Proven>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    hypothesis: String,
    at: Value,
    skipped: Option<String>,
    families: Vec<Family>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    family: String,
    candidates: u64,
    outcome: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proven {
    stood: String,
    stands: String,
}

impl Search {
    /// What was searched in each place: its name, its chain and position there, and each family with what came of it.
    fn told(&self) -> Vec<String> {
        let families = |families: &[Family]| {
            let told: Vec<_> = families.iter().map(|it| format!("{} {}", it.family, it.outcome)).collect();
            told.join(", ")
        };
        let mended = (!self.mended.is_empty()).then(|| families(&self.mended));
        let place = |place: &Place| {
            let name = format!("{} {}:{}", place.hypothesis, place.at["first"]["line"], place.at["position"]);
            format!("{name} {}", place.skipped.clone().unwrap_or_else(|| families(&place.families)))
        };
        mended.into_iter().chain(self.places.iter().map(place)).collect()
    }

    fn family(&self, place: usize, name: &str) -> &Family {
        let families = &self.places[place].families;
        families.iter().find(|family| family.family == name).unwrap_or_else(|| panic!("{name} in {:?}", self.told()))
    }
}

#[track_caller]
fn search_with(lines: &[Vec<u8>], line: usize, flags: &[&str]) -> Option<Search> {
    search_in(folder(lines).path(), line, flags)
}

#[track_caller]
fn search_in(folder: &Path, line: usize, flags: &[&str]) -> Option<Search> {
    let document = document(run(folder, &format!("a.log:{line}")).args(flags).path("a.log"));
    serde_json::from_value(document["entries"][0]["search"].clone()).expect("what a search says")
}

#[track_caller]
fn search(lines: &[Vec<u8>], line: usize) -> Search {
    search_with(lines, line, &[]).expect("it fits nothing")
}

/// Three chains, which begin in the lines 7, 27 and 47.
fn three_chains(format: Format) -> Lines {
    fixture::lines(&format!("chain_closed_three.{}.log", format.name()))
}

/// Line 33 is a middle entry of the second chain.
const MIDDLE: usize = 32;

/// Puts a text behind a line, or a member into its object.
fn extended(format: Format, line: &[u8], text: &str, member: &str) -> Vec<u8> {
    match format {
        Format::Json => [&line[..line.len() - 1], member.as_bytes(), b"}"].concat(),
        Format::Plaintext | Format::Cef => [line, text.as_bytes()].concat(),
    }
}

fn with_a_field(format: Format, line: &[u8]) -> Vec<u8> {
    match format {
        Format::Json => replaced(line, b"\"level\"", b"\"key\":\"made up\",\"level\""),
        Format::Plaintext | Format::Cef => replaced(line, b" session_id=", b" key=made-up session_id="),
    }
}

fn with_another_message(_: Format, line: &[u8]) -> Vec<u8> {
    replaced(line, b"Read query from client", b"Nothing of interest")
}

fn with_another_session(format: Format, line: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if format == Format::Json { b"session_id\":" } else { b"session_id=" };
    let at = find(line, sign) + sign.len();
    [&line[..at], b"4", &line[at + 1..at + 2], b"9", &line[at + 3..]].concat()
}

/// Near the beginning: pairs are many.
fn with_two_letters_changed(format: Format, line: &[u8]) -> Vec<u8> {
    match format {
        Format::Plaintext => replaced(line, b"level=", b"lxvyl="),
        Format::Json | Format::Cef => replaced(line, b"client_id", b"clxeny_id"),
    }
}

/// What is done to a line, and which family undoes it: behind those that are told before it, which are the same for all.
type Case = (&'static str, fn(Format, &[u8]) -> Vec<u8>, &'static str);

const CASES: &[Case] = &[
    ("case", change_text, "single-edit"),
    ("a lost character", |_, line| without(line, b"q"), "single-edit"),
    ("neighbours", |_, line| replaced(line, b"client", b"cleint"), "single-edit"),
    ("a digit of the seal", change_seal, "seal"),
    ("the name of the seal", |_, line| replaced(line, b"integrity", b"integritx"), "seal"),
    (
        "a second seal",
        |format, line| extended(format, line, " integrity=00", ",\"integrity\":\"00\""),
        "text-behind-seal",
    ),
    ("a field that was put there", with_a_field, "added-field"),
    ("a value of another line", with_another_message, "value-above"),
    ("a number", with_another_session, "value-near"),
    ("two characters", with_two_letters_changed, "double-edit"),
];

/// In their order.
const FAMILIES: [&str; 7] =
    ["seal", "added-field", "single-edit", "value-above", "removed-field", "value-near", "double-edit"];

#[test]
fn each_family_is_told_in_order_up_to_the_one_that_the_seal_proves() {
    for format in Format::ALL {
        for &(case, change, family) in CASES {
            let mut lines = three_chains(format);
            lines[MIDDLE] = change(format, &lines[MIDDLE]);
            let effort = if family == "double-edit" { "deep" } else { "fast" };
            let found = search_with(&lines, MIDDLE + 1, &["--undo", effort]).expect("it fits nothing");
            let expected = match FAMILIES.iter().position(|known| *known == family) {
                None => format!("{family} fits"),
                Some(last) => {
                    let told =
                        |known: &&str| format!("{known} {}", if *known == family { "fits" } else { "none-fits" });
                    format!("next 27:7 {}", FAMILIES[..=last].iter().map(told).collect::<Vec<_>>().join(", "))
                }
            };
            assert_eq!(found.told(), [expected], "{format:?}, {case}");
            assert_eq!(found.skipped, None, "{format:?}, {case}");
            let Proven { stood, stands } = found.proven.expect("its seal proves it");
            let genuine = three_chains(format).remove(MIDDLE);
            assert!(String::from_utf8_lossy(&genuine).contains(&stood), "{format:?}, {case}: {stood}");
            assert!(String::from_utf8_lossy(&lines[MIDDLE]).contains(&stands), "{format:?}, {case}: {stands}");
            assert_ne!(stood, stands, "{format:?}, {case}");
        }
    }
}

#[test]
fn a_field_that_was_taken_out_is_told_when_the_lines_above_have_its_value() {
    for format in Format::ALL {
        let mut service = Service::new(format, fixture::key("audit.key"), 1);
        let event = |at: i64| Event::new(1_741_946_400_000 + 1000 * at, "info", "Read query").with("client_id", "c");
        let mut lines: Lines = (0..4).map(|at| service.write(&event(at))).collect();
        let field: &[u8] = match format {
            Format::Plaintext => b" client_id=c",
            Format::Json => b"\"client_id\":\"c\",",
            Format::Cef => b"client_id=c ",
        };
        let altered = without(&lines[2], field);
        assert_ne!(std::mem::replace(&mut lines[2], altered.clone()), altered, "{format:?}");
        let tried: String = FAMILIES[..4].iter().map(|family| format!("{family} none-fits, ")).collect();
        assert_eq!(search(&lines, 3).told(), [format!("next 1:3 {tried}removed-field fits")], "{format:?}");
    }
}

#[test]
fn a_line_that_fits_as_it_stands_was_not_searched() {
    for format in Format::ALL {
        let mut lines = three_chains(format);
        lines[MIDDLE] = change_text(format, &lines[MIDDLE]);
        for line in [1, 7, MIDDLE, MIDDLE + 2] {
            assert!(search_with(&lines, line, &[]).is_none(), "{format:?}, {line}");
        }
    }
}

#[test]
fn what_is_not_proven_is_told_with_all_that_was_tried() {
    for format in Format::ALL {
        let mut lines = three_chains(format);
        lines[MIDDLE] = rewrite_text(format, &lines[MIDDLE]);
        let found = search(&lines, MIDDLE + 1);
        let tried = FAMILIES[..6].iter().map(|family| format!("{family} none-fits")).collect::<Vec<_>>().join(", ");
        let untried = FAMILIES[2..].iter().map(|family| format!("{family} unmarked")).collect::<Vec<_>>().join(", ");
        let expected = [
            format!("next 27:7 {tried}, double-edit deep-only"),
            format!("first null:1 seal none-fits, added-field none-fits, {untried}"),
        ];
        assert_eq!(found.told(), expected, "{format:?}");
        assert!(found.proven.is_none(), "{format:?}");
        let first = found.places.iter().flat_map(|place| &place.families);
        for Family { family, candidates, outcome } in first {
            assert_eq!(*candidates > 0, outcome == "none-fits", "{format:?}, {family}");
        }
    }
}

#[test]
fn candidates_are_counted_as_they_are_tried() {
    for format in [Format::Plaintext, Format::Cef] {
        let mut lines = three_chains(format);
        lines[MIDDLE] = rewrite_text(format, &lines[MIDDLE]);
        let body = &lines[MIDDLE][..find(&lines[MIDDLE], b" integrity=")];
        // Whatever can be typed, and what the sealed lines above have beside that.
        let sealed = lines[..MIDDLE].iter().filter(|line| line.windows(11).any(|window| window == b" integrity="));
        let mut alphabet: Vec<u8> = sealed.flatten().copied().chain(b' '..=b'~').collect();
        alphabet.sort_unstable();
        alphabet.dedup();
        let swaps = body.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let expected = body.len() + swaps + (2 * body.len() + 1) * alphabet.len();
        let found = search(&lines, MIDDLE + 1);
        assert_eq!(found.family(0, "single-edit").candidates, expected as u64, "{format:?}");
        assert_eq!(found.family(0, "seal").candidates, 1, "{format:?}");
        let fields = body.iter().filter(|byte| **byte == b'=').count();
        assert_eq!(found.family(0, "added-field").candidates, fields as u64, "{format:?}");
    }
}

#[test]
fn an_entry_that_a_line_feed_broke_is_told_with_both_halves() {
    for format in Format::ALL {
        let mut lines = three_chains(format);
        let half = lines[MIDDLE].split_off(60);
        lines.insert(MIDDLE + 1, half);
        let found = search(&lines, MIDDLE + 2);
        assert_eq!(found.told(), ["line-feed fits"], "{format:?}");
        let Proven { stood, stands } = found.proven.expect("its seal proves it");
        assert!(stood.len() > 60 && !stands.is_empty(), "{format:?}: {stood} {stands}");
    }
}

#[test]
fn punctuation_of_json_is_told_where_it_was_altered() {
    let mut lines = three_chains(Format::Json);
    lines[MIDDLE] = replaced(&lines[MIDDLE], b"\",\"level\"", b"\";\"level\"");
    let found = search(&lines, MIDDLE + 1);
    assert_eq!(found.told(), ["next 27:7 seal none-fits, punctuation fits"]);
    assert_eq!(found.family(0, "seal").candidates, 0, "it is no object");
}

/// Why there was no search, in a log that is made for it: what stands in it, the line, the flags, what is told.
type SkipCase = (&'static str, fn(Format) -> Lines, usize, &'static [&'static str], Option<&'static str>, &'static str);

const SKIP_CASES: &[SkipCase] = &[
    ("off", |format| with_inserted(format, 1), MIDDLE + 1, &["--undo", "off"], Some("off"), ""),
    ("a line above was searched", |format| with_inserted(format, 2), MIDDLE + 2, &[], None, "next 27:7 searched-above"),
    (
        "nine lines in a row that nothing restores",
        |format| with_inserted(format, 9),
        MIDDLE + 9,
        &[],
        Some("fruitless"),
        "",
    ),
    ("the mark of a start", with_an_altered_start, 26, &[], None, "next 7:14 marked-as-start"),
    ("other chains", with_three_open_chains, 7, &[], None, "next 1:3 advanced-earlier"),
];

/// A log with so many lines that fit nothing in the second chain.
fn with_inserted(format: Format, count: usize) -> Lines {
    let mut lines = three_chains(format);
    let inserted = made_up(format, &lines[MIDDLE]);
    lines.splice(MIDDLE..MIDDLE, (0..count).map(|_| inserted.clone()));
    lines
}

/// The end of the first chain is gone, and the first entry of the second one was altered in two places.
fn with_an_altered_start(format: Format) -> Lines {
    let mut lines = three_chains(format);
    lines.remove(19);
    lines[25] = rewrite_text(format, &lines[25]);
    lines
}

fn with_three_open_chains(format: Format) -> Lines {
    let mut lines: Lines = (0..3)
        .flat_map(|seed| Service::new(format, fixture::key("audit.key"), 100 + seed).chain(3).into_iter().take(2))
        .collect();
    lines.push(made_up(format, &lines[1]));
    lines
}

#[test]
fn why_a_line_or_a_place_was_not_searched_is_told() {
    for format in Format::ALL {
        for &(case, log, line, flags, skipped, place) in SKIP_CASES {
            let found = search_with(&log(format), line, flags).expect("it fits nothing");
            assert_eq!(found.skipped.as_deref(), skipped, "{format:?}, {case}");
            let told = found.told();
            assert_eq!(told.is_empty(), skipped.is_some(), "{format:?}, {case}: {told:?}");
            let is_told = |told: &String| told == place;
            assert!(told.iter().any(is_told) || skipped.is_some(), "{format:?}, {case}: {told:?}");
        }
    }
}

#[test]
fn text_that_may_have_been_replaced_is_not_searched() {
    // Acra's json spells such a character itself.
    for format in [Format::Plaintext, Format::Cef] {
        let mut lines = three_chains(format);
        lines[MIDDLE] = replaced(&lines[MIDDLE], b"query", "qu\u{fffd}ry".as_bytes());
        let folder = folder(&[]);
        write(folder.path(), "a.log", &wrapping::wrap(&lines, Wrapper::Docker));
        let found = search_in(folder.path(), MIDDLE + 1, &[]).expect("it fits nothing");
        assert_eq!((found.skipped.as_deref(), found.told()), (Some("lossy"), Vec::new()), "{format:?}");
    }
}

#[test]
fn an_original_that_changes_nothing_is_told_as_what_it_is() {
    for format in Format::ALL {
        let genuine = three_chains(format);
        let mut copied = genuine.clone();
        copied.insert(27, change_text(format, &genuine[26]));
        let found = search(&copied, 28);
        let last = found.places.iter().rev().flat_map(|place| &place.families).find(|it| it.outcome == "began-above");
        assert!(last.is_some() && found.proven.is_none(), "{format:?}: {:?}", found.told());
        if format == Format::Json {
            // A torn object has no seal that could be read.
            continue;
        }
        let mut torn = genuine.clone();
        torn.truncate(MIDDLE + 1);
        let bytes = torn[MIDDLE].len();
        torn[MIDDLE].truncate(bytes - 1);
        let found = search(&torn, MIDDLE + 1);
        assert_eq!(found.family(0, "seal").outcome, "cut", "{format:?}: {:?}", found.told());
        assert!(found.proven.is_none(), "{format:?}");
    }
}

/// Breaks that use up what a run may search, and one more.
const BREAKS: usize = 11;

#[test]
fn a_break_behind_the_budget_of_the_run_is_told_as_not_searched() {
    let format = Format::Plaintext;
    let long = "abc def ".repeat(600);
    let mut lines = Lines::new();
    for seed in 0..BREAKS as u64 {
        let mut service = Service::new(format, fixture::key("audit.key"), seed);
        let event = |at: i64| Event::new(1_741_946_400_000 + 1000 * at, "info", "Read query").with("session_id", seed);
        let mut chain: Lines = (0..3).map(|at| service.write(&event(at))).collect();
        let at = find(&chain[1], b"msg=\"") + 5;
        chain[1].splice(at..at, long.bytes());
        lines.extend(chain);
        lines.push(service.end());
    }
    let place = |count: usize| 4 * (count - 1) + 2;
    let of_the_break = search(&lines[..4], place(1));
    assert_eq!(of_the_break.family(0, "single-edit").outcome, "unfinished");
    for family in &FAMILIES[3..6] {
        assert_eq!(of_the_break.family(0, family).outcome, "not-reached");
    }
    assert_eq!(of_the_break.told()[1], "first null:1 not-reached");
    let folder = folder(&lines);
    let at_the_last =
        |flags: &[&str]| run(folder.path(), &format!("a.log:{}", place(BREAKS))).args(flags).path("a.log");
    let last = document(at_the_last(&[]));
    assert_eq!(last["entries"][0]["search"]["skipped"], json!("budget-used-up"));
    let hint = last["findings"][0]["hint"].as_str().expect("a hint").to_owned();
    assert!(hint.contains("the budget of the run is used up: --undo deep searches on"), "{hint}");
    let whole = Run::verify().key("audit.key").path(folder.path().join("a.log")).exit(1);
    assert_eq!(whole.text().matches("--undo deep").count(), 1, "only of the last break: {}", whole.told());
}

#[test]
fn people_read_the_same() {
    for format in Format::ALL {
        let mut lines = three_chains(format);
        lines[MIDDLE] = change_text(format, &lines[MIDDLE]);
        let of_altered = told_to_people(&lines, MIDDLE + 1, &[]);
        for told in [
            "before it was altered, as entry 7 of the chain that begins at line 27",
            "no with another seal, or other text around it: 1 candidate",
            "yes one character changed, lost, added or swapped: the last of",
            "stands here now mac input",
        ] {
            assert!(of_altered.contains(told), "{format:?}: {told} in {of_altered}");
        }
        lines[MIDDLE] = rewrite_text(format, &three_chains(format)[MIDDLE]);
        let of_rewritten = told_to_people(&lines, MIDDLE + 1, &[]);
        for told in [
            "- two characters close to one another changed: only with --undo deep",
            "- whatever else may have been altered: not tried, as the line has no mark of a start",
        ] {
            assert!(of_rewritten.contains(told), "{format:?}: {told} in {of_rewritten}");
        }
        assert!(!of_rewritten.contains("proven"), "{format:?}: {of_rewritten}");
        let off = told_to_people(&lines, MIDDLE + 1, &["--undo", "off"]);
        assert!(off.contains("- before it was altered: not searched, as --undo off says"), "{format:?}: {off}");
    }
}

/// What is printed of a line, every row of which fits into a terminal, as one row.
fn told_to_people(lines: &[Vec<u8>], line: usize, flags: &[&str]) -> String {
    let folder = folder(lines);
    let done = run(folder.path(), &format!("a.log:{line}")).args(flags).path("a.log").exit(1);
    let text = done.text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{}", done.told());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
