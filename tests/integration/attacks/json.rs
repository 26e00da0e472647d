//! Rows 16 to 18 of the list of attacks: json of the same meaning in other bytes, and json that two readers read
//! differently. Only json entries can be spelled in more than one way.

use serde_json::{Map, Value};

use super::damage::{find, replaced};
use super::{At, Case, INTACT, Spot, TAMPERED, assert_all, spots, three_chains};
use crate::log_writer::spelling::{self, Go};
use crate::log_writer::{Event, Format, Lines, Service, text};
use crate::support::fixture;

/// Spells a line in another way.
type Respell = fn(&[u8]) -> Vec<u8>;

const MIDDLE: Spot = Spot { chain: 1, at: At::Middle };

fn with_line(spot: Spot, respell: impl Fn(&[u8]) -> Vec<u8>) -> Lines {
    let mut log = three_chains(Format::Json);
    let line = respell(&log[spot.index()]);
    assert_ne!(line, log[spot.index()], "the line was not respelled");
    log[spot.index()] = line;
    log
}

#[test]
fn row_16_a_duplicate_key_is_ambiguous() {
    let spellings: [Respell; 4] = [
        |line| [b"{\"msg\":\"evil\",", &line[1..]].concat(),
        |line| [b"{\"\\u006dsg\":\"evil\",", &line[1..]].concat(),
        |line| replaced(line, b"\"level\":", b"\"level\":\"evil\",\"level\":"),
        |line| [b"{\"unixTime\":\"1.0\",", &line[1..]].concat(),
    ];
    assert_all(spots(|_| true).into_iter().flat_map(|spot| {
        spellings.iter().enumerate().map(move |(number, respell)| {
            let log = with_line(spot, respell);
            Case::new(format!("spelling {number} {spot:?}"), &log, TAMPERED, &["entry-ambiguous"])
        })
    }));
}

#[test]
fn row_17_fields_folded_into_a_key_are_ambiguous() {
    assert_all(spots(|spot| spot.at != At::First).into_iter().flat_map(|spot| {
        [("two fields", 2), ("the whole entry", usize::MAX)].map(|(name, count)| {
            let log = with_line(spot, |line| fold(line, count));
            Case::new(format!("{name} {spot:?}"), &log, TAMPERED, &["entry-ambiguous"])
        })
    }));
}

/// Folds neighbouring fields into one key, so that the flattened bytes stay the same.
fn fold(line: &[u8], count: usize) -> Vec<u8> {
    let mut object: Map<String, Value> = serde_json::from_slice(line).expect("a genuine entry");
    let seal = object.remove("integrity").expect("a sealed entry");
    let fields: Vec<(String, Value)> = object.into_iter().collect();
    let folded_count = count.min(fields.len());
    let (folded, kept) = fields.split_at(folded_count);
    let (last, before) = folded.split_last().expect("at least one field");
    let mut key = String::new();
    for (name, value) in before {
        let value = spelling::json(value, Go::Current);
        key += &format!("{name}delimiter{value}delimiterdelimiter");
    }
    key += &last.0;
    let mut object: Map<String, Value> = kept.iter().cloned().collect();
    object.insert(key, last.1.clone());
    object.insert("integrity".into(), seal);
    spelling::json(&Value::Object(object), Go::Current).into_bytes()
}

#[test]
fn row_17_folding_leaves_the_signed_bytes_as_they_were() {
    use crate::log_writer::sealing::json_mac_input;
    let line = &three_chains(Format::Json)[MIDDLE.index()];
    let input = |line: &[u8]| json_mac_input(&serde_json::from_slice(line).expect("json"), Go::Current);
    for count in [2, 3, usize::MAX] {
        assert_eq!(input(&fold(line, count)), input(line), "the attack itself is void");
    }
}

#[test]
fn row_18_json_spelled_differently_is_verified_with_a_warning() {
    let respell: [(&str, Respell); 6] = [
        ("keys in another order", reversed),
        ("blanks between tokens", |line| replaced(line, b"\"level\":", b"\"level\" : ")),
        ("a letter as an escape", |line| replaced(line, b"\"msg\":\"R", b"\"msg\":\"\\u0052")),
        ("a whole number with a fraction", |line| replaced(line, b"\"session_id\":1972", b"\"session_id\":1972.0")),
        ("an exponent", |line| replaced(line, b"\"session_id\":1972", b"\"session_id\":1.972e3")),
        ("an escape in a key", |line| replaced(line, b"\"level\"", b"\"le\\u0076el\"")),
    ];
    let cases = respell.map(|(name, respell)| {
        // Line 33: "Read query from client", session 1972.
        let log = with_line(MIDDLE, respell);
        Case::new(name, &log, INTACT, &["entry-reencoded"])
    });
    assert_all(cases);
}

#[test]
fn row_18_an_integer_that_json_cannot_tell_apart_is_reencoded() {
    let mut service = Service::new(Format::Json, fixture::key("audit.key"), 18);
    let event = Event::new(service.tick(), "info", "big").with("big", 9_007_199_254_740_992_u64);
    let mut log = vec![service.write(&event)];
    log.extend(service.chain(3));
    let other = text(&log);
    let other = replaced(&other, b"9007199254740992", b"9007199254740993");
    assert_all([
        Case::new("as written", &log, INTACT, &[]),
        Case::of_bytes("one more", other, INTACT, &["entry-reencoded"]),
    ]);
}

#[test]
fn row_18_under_the_strict_policy_another_spelling_does_not_pass() {
    let log = with_line(MIDDLE, reversed);
    let flags = ["--policy", "strict", "--allow", "lines-unsigned-between-chains"];
    assert_all([
        Case::new("genuine", &three_chains(Format::Json), INTACT, &[]).with(&flags),
        Case::new("respelled", &log, super::INCOMPLETE, &["entry-reencoded"]).with(&flags),
    ]);
}

fn reversed(line: &[u8]) -> Vec<u8> {
    let object: Map<String, Value> = serde_json::from_slice(line).expect("a genuine entry");
    let pairs: Vec<String> =
        object.iter().rev().map(|(key, value)| format!("\"{key}\":{}", spelling::json(value, Go::Current))).collect();
    format!("{{{}}}", pairs.join(",")).into_bytes()
}

#[test]
fn a_key_that_is_a_whole_delimiter_word_is_genuine() {
    // Acra's package wrote such fields; refusing them would refuse genuine logs.
    assert!(
        fixture::bytes("content_hard.json.log").len()
            > find(&fixture::bytes("content_hard.json.log"), b"\"delimiter\":")
    );
    let mut service = Service::new(Format::Json, fixture::key("audit.key"), 17);
    let event = Event::new(service.tick(), "info", "odd").with("delimiter", "delimiter");
    let mut log = vec![service.write(&event)];
    log.extend(service.chain(3));
    assert_all([Case::new("genuine", &log, INTACT, &[])]);
}
