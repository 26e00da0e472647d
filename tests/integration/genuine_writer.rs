//! The writer held against genuine logs: what it seals and spells must come out byte for byte as Acra wrote it.

use serde_json::{Map, Value};

use crate::log_writer::sealing::{Answer, Sealer, take_apart, verify_obviously};
use crate::log_writer::spelling::{self, Go};
use crate::log_writer::{Event, Format, Lines, Service, lines, seal, text};
use crate::support::fixture;

#[test]
fn sealing_the_bodies_of_a_genuine_log_gives_its_seals() {
    for stem in ["chain_closed_three", "service_day", "content_hard", "content_marker_texts", "line_long_70kb"] {
        for format in Format::ALL {
            let name = format!("{stem}.{}.log", format.name());
            assert_seals_come_out_the_same(&name, Go::Current);
        }
    }
    assert_seals_come_out_the_same("content_hard_go1_21.json.log", Go::UpTo1_21);
    assert_seals_come_out_the_same("acra_unit_test.plaintext.log", Go::Current);
}

#[track_caller]
fn assert_seals_come_out_the_same(name: &str, go: Go) {
    let key = fixture::key("audit.key");
    let mut sealer = Sealer::new(&key);
    let mut sealed_lines = 0;
    for (index, line) in fixture::lines(name).iter().enumerate() {
        let Some(sealed) = take_apart(line, go) else {
            continue;
        };
        if sealed.starts_chain {
            sealer = Sealer::new(&key);
        }
        assert_eq!(sealer.seal(&sealed.mac_input), sealed.seal, "{name}:{}", index + 1);
        sealed_lines += 1;
    }
    assert!(sealed_lines > 2, "{name} holds no sealed lines");
}

#[test]
fn writing_the_events_of_a_genuine_log_gives_its_bytes_in_every_format() {
    for stem in ["chain_closed_three", "chain_open_at_end", "content_marker_texts"] {
        let genuine = fixture::lines(&format!("{stem}.json.log"));
        for format in Format::ALL {
            let name = format!("{stem}.{}.log", format.name());
            let written = write_again(&genuine, format);
            for (number, (ours, theirs)) in written.iter().zip(&fixture::lines(&name)).enumerate() {
                assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs), "{name}:{}", number + 1);
            }
            assert_eq!(text(&written), fixture::bytes(&name));
        }
    }
}

fn write_again(json_lines: &[Vec<u8>], format: Format) -> Lines {
    let key = fixture::key("audit.key");
    let mut sealer = Sealer::new(&key);
    let mut written = Lines::new();
    for line in json_lines {
        let mut object: Map<String, Value> = serde_json::from_slice(line).expect("a genuine json entry");
        let is_sealed = object.remove("integrity").is_some();
        let starts = object.get("chain").is_some_and(|marker| marker == "new");
        if starts {
            object.remove("chain");
            sealer = Sealer::new(&key);
        }
        let event = event_of(object);
        written.push(if is_sealed {
            seal(format, &event, &mut sealer, starts.then_some("new"))
        } else {
            spelling::unsigned(format, &event)
        });
    }
    written
}

fn event_of(mut object: Map<String, Value>) -> Event {
    let mut take = |key: &str| match object.remove(key) {
        Some(Value::String(text)) => text,
        other => panic!("{key} is {other:?}"),
    };
    let unix_ms = take("unixTime").replace('.', "").parse().expect("seconds and three digits");
    let mut event = Event::new(unix_ms, &take("level"), &take("msg"));
    for key in ["product", "timestamp", "version"] {
        take(key);
    }
    event.fields = object.into_iter().collect();
    event
}

#[test]
fn the_same_seed_gives_the_same_log_and_another_seed_another_one() {
    let log = |seed| Service::new(Format::Cef, [7; 32], seed).chain(5);
    assert_eq!(log(1), log(1));
    assert_ne!(log(1), log(2));
}

#[test]
fn the_obvious_verifier_believes_the_writer_and_no_other_key() {
    for format in Format::ALL {
        let mut service = Service::new(format, [7; 32], 3);
        let log = [service.start_up(2), service.chain(40)].concat();
        let believed = |key| verify_obviously(&log, key).iter().filter(|&&answer| answer == Answer::Verified).count();
        assert_eq!((believed(&[7; 32]), believed(&[8; 32])), (40, 0), "{format:?}");
    }
}

#[test]
fn lines_and_text_are_inverse() {
    let log = b"a\n\nb\n";
    assert_eq!(text(&lines(log)), log);
}
