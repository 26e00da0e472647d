//! What Acra's documentation calls important raises an incident, in every format of the log, and a single harmless entry
//! does not. Poison records that go unnoticed are incidents; the shutdown they lead to is no crash.

use serde_json::Value;

use super::{FORMATS, json, report};
use crate::log_writer::{Event, Format, Service};
use crate::support::fixture;
use crate::support::verify::write;

/// Codes that raised nothing once, what they raise, and how many of them within five minutes.
const CODES: [(u16, &str, i64); 24] = [
    (500, "general-errors", 5),
    (501, "service-errors", 1),
    (502, "probing", 5),
    (509, "connection-drops", 10),
    (520, "service-errors", 1),
    (536, "connection-drops", 10),
    (539, "connection-drops", 10),
    (541, "connection-drops", 10),
    (562, "service-errors", 1),
    (563, "probing", 5),
    (580, "encryption-errors", 3),
    (600, "probing", 5),
    (700, "probing", 5),
    (701, "probing", 5),
    (702, "probing", 5),
    (706, "probing", 5),
    (708, "connection-drops", 10),
    (710, "connection-failures", 5),
    (901, "encryption-errors", 3),
    (902, "encryption-errors", 3),
    (904, "encryption-errors", 3),
    (1100, "connection-drops", 10),
    (1202, "probing", 5),
    (1203, "probing", 5),
];

const FORMATS_OF_LOGS: [Format; 3] = [Format::Plaintext, Format::Json, Format::Cef];

fn service(format: Format) -> Service {
    Service::new(format, fixture::key("audit.key"), 7)
}

fn event(second: i64, level: &str, message: &str) -> Event {
    Event::new(1_741_910_400_000 + second * 1000, level, message)
}

/// The entries of one chain without an end.
fn log(format: Format, events: impl IntoIterator<Item = Event>) -> Vec<u8> {
    let mut service = service(format);
    let mut lines: Vec<Vec<u8>> = events.into_iter().map(|event| service.write(&event)).collect();
    lines.push(Vec::new());
    lines.join(&b'\n')
}

fn kinds(document: &Value) -> Vec<&str> {
    let incidents = document["incidents"].as_array().expect("a list");
    incidents.iter().filter_map(|incident| incident["kind"].as_str()).collect()
}

#[test]
fn every_important_code_raises_its_incident_and_one_less_does_not() {
    for format in FORMATS_OF_LOGS {
        for (code, kind, least) in CODES {
            let row = |count: i64| {
                let of = |second| event(second, "error", "m").with("code", code).with("client_id", "webapp");
                log(format, (0..count).map(of))
            };
            let raised = json(report().stdin(&row(least)));
            assert_eq!(kinds(&raised), [kind], "{code} in {}", format.name());
            let quiet = json(report().stdin(&row(least - 1)));
            assert_eq!(kinds(&quiet), Vec::<&str>::new(), "{code} in {}", format.name());
        }
    }
}

#[test]
fn a_poison_record_that_goes_unnoticed_is_an_incident() {
    let alarm = |second| event(second, "warning", "Recognized poison record").with("code", 587).with("client_id", "a");
    let shutdown = |second| event(second, "warning", "Detected poison record, exit").with("code", 101);
    let switched_on = |second| event(second, "info", "Turned on poison record detection").with("code", 101);
    let skipped = |second| event(second, "warning", "Skip poison record check due to a lack of poison keys");
    let unasked = |second| event(second, "debug", "Skip poison record check due to empty callbacks");
    let cases: [(&str, Vec<Event>, &[&str]); 5] = [
        ("detection is switched on", vec![switched_on(0), unasked(1)], &[]),
        ("an alarm with its shutdown", vec![switched_on(0), alarm(5), shutdown(5)], &["poison-record"]),
        ("a shutdown without its alarm", vec![switched_on(0), shutdown(5)], &["poison-alarm-missing"]),
        ("an alarm of an hour before", vec![alarm(0), shutdown(3_000)], &["poison-record", "poison-alarm-missing"]),
        ("no keys to recognise them", vec![skipped(0)], &["poison-check-failed"]),
    ];
    for format in FORMATS_OF_LOGS {
        for (what, events, wanted) in &cases {
            let document = json(report().stdin(&log(format, events.clone())));
            assert_eq!(kinds(&document), *wanted, "{what} in {}", format.name());
        }
    }
}

#[test]
fn a_chain_that_a_poison_record_left_unfinished_is_explained_as_that_where_the_log_proves_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (format, name) in FORMATS_OF_LOGS.into_iter().zip(FORMATS) {
        let run = |last: &str| {
            let mut service = service(format);
            let mut lines = service.start_up(1);
            lines.push(service.write(&event(1, "info", "m")));
            lines.push(service.write(&event(9, "warning", "Recognized poison record").with("code", 587)));
            lines.push(service.write(&event(9, "warning", last).with("code", 587)));
            service.crash();
            lines.push(service.write(&event(60, "info", "m")));
            lines.push(service.write(&event(61, "info", "End of current audit log chain").with("chain", "end")));
            lines.push(Vec::new());
            let path = write(folder.path(), &format!("{name}.log"), &lines.join(&b'\n'));
            let document = json(report().key("audit.key").path(path));
            let findings = document["verification"]["findings"].as_array().expect("a list").clone();
            let unfinished = findings.into_iter().find(|it| it["code"] == "chain-unfinished").expect("it has no end");
            unfinished["hint"].as_str().expect("a hint").to_owned()
        };
        let hint = run("Detected poison record, exit");
        assert!(hint.contains("a poison record was read") && hint.contains(":4 says so"), "{name}: {hint}");
        assert!(!run("Recognized poison record").contains("poison"), "{name}: a crash is a crash");
    }
}
