//! Acra's own verifier, written down once more as it is described (audit log, section 4): one state, one line after the
//! other, up to the first error. Whatever is done to a log, acra-log-verifier of acralog refuses the line that this refuses,
//! and warns of the lines that this warns of. What it refuses beyond that is listed, and `acralog verify` refuses it too.

use serde_json::{Map, Value};

use super::{Message, Place, SOUND, failed, messages, said};
use crate::log_writer::sealing::{Sealer, json_mac_input};
use crate::log_writer::spelling::Go;
use crate::log_writer::{Chance, Event, Format, Lines, Service};

/// Why Acra stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NotRead,
    EndMissing,
    Mismatch,
}

/// What Acra says of a log: the lines without a seal, then the line it stops at.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    unsigned: Vec<u64>,
    refused: Option<(u64, Why)>,
}

/// A line as Acra takes it apart.
struct Parsed {
    input: Vec<u8>,
    seal: Vec<u8>,
    starts: bool,
    ends: bool,
}

/// None is a line without a seal.
fn parse(line: &[u8], format: Format) -> Result<Option<Parsed>, Why> {
    if format == Format::Json {
        let mut object: Map<String, Value> = serde_json::from_slice(line).map_err(|_| Why::NotRead)?;
        let Some(Value::String(digits)) = object.remove("integrity") else { return Ok(None) };
        let seal = hex::decode(digits).map_err(|_| Why::NotRead)?;
        let ends = object.get("chain").is_some_and(|mark| mark == "end")
            && object.get("msg").is_some_and(|text| text == "End of current audit log chain");
        let starts = object.get("chain").is_some_and(|mark| mark == "new");
        return Ok(Some(Parsed { input: json_mac_input(&object, Go::Current), seal, starts, ends }));
    }
    let text = String::from_utf8(line.to_vec()).expect("UTF-8");
    let parts: Vec<_> = text.split(" integrity=").collect();
    let [input, tail] = parts[..] else { return Ok(None) };
    let tail = if format == Format::Cef { tail.trim() } else { tail };
    let unmarked = tail.strip_suffix(" chain=new");
    let seal = hex::decode(unmarked.unwrap_or(tail)).map_err(|_| Why::NotRead)?;
    let ends = input.contains("chain=end") && input.contains("End of current audit log chain");
    Ok(Some(Parsed { input: input.as_bytes().to_vec(), seal, starts: unmarked.is_some(), ends }))
}

fn acra(lines: &[Vec<u8>], format: Format, key: &[u8; 32]) -> Answer {
    let mut chain = Sealer::new(key);
    let mut last_ends = None;
    let mut unsigned = Vec::new();
    for (line, number) in lines.iter().zip(1..) {
        let refuse = |why, unsigned| Answer { unsigned, refused: Some((number, why)) };
        if line.is_empty() {
            continue;
        }
        let parsed = match parse(line, format) {
            Err(why) => return refuse(why, unsigned),
            Ok(None) => {
                unsigned.push(number);
                continue;
            }
            Ok(Some(parsed)) => parsed,
        };
        if parsed.starts {
            if last_ends == Some(false) {
                return refuse(Why::EndMissing, unsigned);
            }
            chain = Sealer::new(key);
        }
        if hex::decode(chain.seal(&parsed.input)).expect("hex digits") != parsed.seal {
            return refuse(Why::Mismatch, unsigned);
        }
        last_ends = Some(parsed.ends);
    }
    Answer { unsigned, refused: None }
}

/// A log of a few chains. No text in it looks like a seal: Acra's verifier stumbles over that, and ours does not.
fn log(format: Format, key: [u8; 32], chance: &mut Chance) -> Lines {
    let mut service = Service::new(format, key, chance.below(1000) as u64);
    let mut lines = Lines::new();
    for _ in 0..1 + chance.below(3) {
        lines.extend(service.start_up(chance.below(4)));
        for _ in 0..1 + chance.below(4) {
            let message = chance.pick(&["Process query", "Can't decrypt binary", "\"quoted\" = \\ <é>"]);
            let event = Event::new(service.tick(), "info", message).with("session_id", chance.below(5000));
            lines.push(service.write(&event));
        }
        match chance.below(5) {
            0 => service.crash(),
            _ => lines.push(service.end()),
        }
    }
    lines
}

/// What is refused though Acra passes it, and json in a log that is read as text.
const STRICTER: [&str; 2] = [
    // In lines that Acra does not check, for want of exactly one seal.
    "the integrity field is not one that Acra writes",
    // Acra does not need the first mark of all.
    "a chain begins here, but its mark chain=new is gone",
];

/// Does something to a log, and names it.
fn alter(lines: &mut Lines, key: [u8; 32], chance: &mut Chance) -> &'static str {
    let (at, other) = (chance.below(lines.len()), chance.below(lines.len()));
    match chance.below(19) {
        0 => (drop(lines.remove(at)), "a line is gone").1,
        1 => (lines.insert(other, lines[at].clone()), "a line stands twice").1,
        2 => (lines.swap(at, other), "two lines are swapped").1,
        3 => (lines.last_mut().expect("a line").truncate(chance.below(40)), "the last line is torn").1,
        4 => (lines.truncate(1 + at), "the rest is gone").1,
        5 => (drop(lines.drain(..at)), "the beginning is gone").1,
        6 => (lines.extend_from_within(..=at), "the beginning is repeated").1,
        7 => (lines.insert(at, b"panic: goroutine 1 [running]:".to_vec()), "a line of Go's").1,
        8 => (lines.insert(at, Vec::new()), "a blank line").1,
        9 => (lines.insert(at, b" \t".to_vec()), "a line of blanks").1,
        10 => {
            let mut service = Service::new(chance.pick(&Format::ALL), key, chance.below(1000) as u64);
            let event = Event::new(service.tick(), "info", "another format");
            lines.extend([service.write(&event), service.end()]);
            "a chain of some format follows"
        }
        _ => {
            let text = String::from_utf8(lines[at].clone()).expect("UTF-8");
            let (respelled, what) = respell(&text, chance);
            lines[at] = respelled.into_bytes();
            what
        }
    }
}

/// Does something to a line, and names it.
fn respell(text: &str, chance: &mut Chance) -> (String, &'static str) {
    let places: Vec<_> = text.char_indices().filter(|(_, letter)| letter.is_ascii_alphanumeric()).collect();
    if places.is_empty() {
        return ("word".to_owned(), "a blank line is filled");
    }
    let is_json = text.starts_with('{');
    let replaced = |from: &str, to: &str| text.replacen(from, to, 1);
    let seal = text.split(['"', ' ', '=']).find(|word| word.len() == 64).unwrap_or("x");
    match chance.below(8) {
        0 => {
            let (place, letter) = chance.pick(&places);
            let other = if letter == '7' { "8" } else { "7" };
            (format!("{}{other}{}", &text[..place], &text[place + 1..]), "a letter is another one")
        }
        1 => (text.chars().take(chance.below(text.chars().count())).collect(), "a line is cut"),
        2 => (format!("{text} foo"), "a line has a tail"),
        3 if is_json => (replaced("\"chain\":\"new\",", ""), "a mark is gone"),
        3 => (replaced(" chain=new", ""), "a mark is gone"),
        4 => (replaced(seal, &format!("zz{}", &seal[seal.len().min(2)..])), "a seal has letters that are no digits"),
        5 => (replaced(seal, &seal[..seal.len().min(chance.pick(&[0, 32, 33]))]), "a seal is cut"),
        6 if is_json => (replaced("\"integrity\":", "\"integrity \":"), "a seal has another name"),
        6 => (replaced(" integrity=", " integritee="), "a seal has another name"),
        _ => (replaced("\"level\":\"info\"", "\"level\":\"info\",\"level\":\"info\""), "a key stands twice"),
    }
}

/// What acra-log-verifier is to say of the only log `a.log`.
fn assert_as_acra(place: &Place, lines: &Lines, format: Format, what: &str) {
    place.write("a.log", lines);
    let expected = acra(lines, format, &place.key);
    let demanded = if format == Format::Cef { "CEF" } else { format.name() };
    let run = place.run(&["-audit_log_file=a.log", "-audit_log_file_format", demanded]);
    let done = run.exit_one_of(&[0, 1]);
    let told = messages(&done, "plaintext");
    let shown = || format!("{what}, {}: {expected:?}\n{}\n{}", format.name(), done.told(), show(lines));
    let unsigned: Vec<Message> = expected.unsigned.iter().map(|line| said("warning", no_check(*line))).collect();
    let found: Vec<Message> =
        told.iter().filter(|message| message.1.starts_with("No integrity check")).cloned().collect();
    assert_eq!(found, unsigned, "{}", shown());
    let refusal = told.iter().find(|message| message.0 == "error");
    match (expected.refused, refusal) {
        (Some((line, why)), Some((_, text, Some(error)))) => {
            assert_eq!(text, &format!("Specified logs are corrupted. File: a.log , Line:  {line}"), "{}", shown());
            let words = match why {
                Why::NotRead => "can't parse integrity: ",
                Why::EndMissing => "end of audit log chain is missing",
                Why::Mismatch => "integrity doesn't match",
            };
            assert!(error.contains(words), "{}", shown());
        }
        (None, None) => assert_eq!(told.last(), Some(&said(SOUND.0, SOUND.1)), "{}", shown()),
        (None, Some((_, _, error))) => {
            let error = error.as_deref().unwrap_or_default();
            let is_mixed = format != Format::Json && lines.iter().any(|line| line.starts_with(b"{"));
            assert!(is_mixed || STRICTER.contains(&error), "Acra passes it: {}", shown());
            let default = place.run_verb("verify").arg("a.log").done();
            assert!(is_mixed || default.code == 1, "Acra passes it: {}", shown());
        }
        _ => panic!("{}", shown()),
    }
    assert_eq!(done.code == 1, refusal.is_some(), "{}", shown());
}

fn no_check(line: u64) -> String {
    format!("No integrity check for line:  {line}")
}

fn show(lines: &Lines) -> String {
    lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn whatever_is_done_to_a_log_the_line_that_acra_refuses_is_refused() {
    let place = Place::new();
    let mut chance = Chance::new(16);
    let mut refused = 0;
    for round in 0..240 {
        let format = Format::ALL[round % 3];
        let mut lines = log(format, place.key, &mut chance);
        let mut what = "nothing is done".to_owned();
        for _ in 0..round.min(1 + chance.below(2)) {
            what = format!("{what}; {}", alter(&mut lines, place.key, &mut chance));
            if lines.is_empty() {
                break;
            }
        }
        refused += usize::from(acra(&lines, format, &place.key).refused.is_some());
        assert_as_acra(&place, &lines, format, &format!("round {round}: {what}"));
    }
    assert!((60..220).contains(&refused), "{refused} of them are refused");
}

#[test]
fn the_first_log_of_the_list_that_is_altered_is_named() {
    let place = Place::new();
    let sound = place.log(Format::Plaintext, 1);
    let altered = |line: usize, seed: u64| {
        let mut lines = place.log(Format::Plaintext, seed);
        let text = String::from_utf8(lines[line - 1].clone()).expect("UTF-8");
        lines[line - 1] = text.replacen("level=", "level=x", 1).into_bytes();
        lines
    };
    place.write("sound", &sound);
    place.write("late", &altered(11, 2));
    place.write("early", &altered(7, 3));
    for (list, file, line) in
        [("sound\nlate\nearly\n", "late", 11), ("early\nlate\n", "early", 7), ("late\nsound\nearly\n", "late", 11)]
    {
        std::fs::write(place.folder().join("list"), list).expect("a file of our own");
        let done = place.run(&["-audit_log_file_list=list"]).exit(1);
        let text = format!("Specified logs are corrupted. File: {file} , Line:  {line}");
        let told = messages(&done, "plaintext");
        assert_eq!(told.last(), Some(&failed(text, "integrity doesn't match")), "{}", done.told());
    }
}
