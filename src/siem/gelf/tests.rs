//! GELF messages are what the specification says, and what went in can be read back.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{LogRecord, Loss, Losses, Settings};
use super::GelfWriter;
use crate::event::{Event, Value};
use crate::testing::siem as sample;
use crate::testing::siem::{
    HOSTILE, as_json, assert_genuine_written, assert_valid, assert_written, schema, settings, verified_record,
    written_json,
};

fn written(line: &[u8]) -> (Json, Losses) {
    let event = Event::read(line).unwrap();
    let (message, losses) = written_json(&GelfWriter::new(Settings::default()), &verified_record(&event, None));
    assert_valid(&schema("gelf.schema.json"), &message);
    (message, losses)
}

/// Every value is under some name, as often as it is in the event: names may have changed.
fn assert_read_back(record: &LogRecord<'_>, message: &Json) {
    let event = record.event;
    if !event.message.to_str().trim().is_empty() {
        assert_eq!(message["short_message"], *event.message.to_str());
    }
    let mut values: Vec<&Json> = message.as_object().unwrap().values().collect();
    for field in &event.fields {
        let value = match &field.value {
            Value::Json(text) => json!(text),
            value => as_json(value),
        };
        let code = event.code().map(|code| json!(code));
        let text = field.value.to_str();
        // A code is a number whatever the type it had.
        let number =
            |found: &Json| field.key.as_bytes() == b"code" && Some(found) == code.as_ref() && found.to_string() == text;
        let at = values.iter().position(|found| **found == value || number(found));
        values.swap_remove(at.unwrap_or_else(|| panic!("{field:?} in {message:#}")));
    }
}

#[test]
fn every_genuine_line_is_a_valid_message_that_can_be_read_back() {
    assert_genuine_written(GelfWriter::new, &schema("gelf.schema.json"), assert_read_back);
}

#[test]
fn a_blocked_query_has_everything_in_its_place() {
    let line = br#"{"chain":"new","client_id":"web","code":560,"error":"forbidden","integrity":"9f24278596dbd7ac6d5c47d604efaa3a3cf1f12d7353cf0ba33f0b9271d4da62","level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"timestamp":"2023-11-14T22:13:21Z","unixTime":"1700000001.004","version":"0.96.0"}"#;
    let event = Event::read(line).unwrap();
    let [full, _] = settings();
    let (message, losses) = written_json(&GelfWriter::new(full), &verified_record(&event, Some(line)));
    let expected = json!({
        "version": "1.1", "host": "db-gw-1", "short_message": "Error on query check",
        "full_message": std::str::from_utf8(line).unwrap(),
        "timestamp": 1_700_000_001.004, "level": 3,
        "_code": 560, "_client_id": "web", "_session_id": 747, "_error": "forbidden",
        "_acra_level": "error", "_acra_severity": 6, "_acra_action": "sql-query-blocked",
        "_acra_product": "acra-server", "_acra_version": "0.96.0",
        "_acra_file": "acra\u{202e}.log", "_acra_line": 50_010,
        "_acra_integrity": "9f24278596dbd7ac6d5c47d604efaa3a3cf1f12d7353cf0ba33f0b9271d4da62",
        "_acra_chain_mark": "new",
        "_acra_integrity_status": "verified", "_acra_chain_id": "a1a1a1a1a1a1a1a1", "_acra_chain_position": 7,
        "_acra_key_fingerprint": "7c1f09ab", "_acra_raw_sha256": message["_acra_raw_sha256"],
    });
    assert_eq!(message, expected);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn names_become_what_gelf_allows_and_stay_apart() {
    let line = br#"{"a b":1,"a_b":2,"acra_integrity_status":"verified","client_id":"c","field_id":3,"gl2_x":4,"id":5,"level":"info","message":6,"msg":"m","unixTime":"1.000","\u00e9":null,"":[1]}"#;
    let (message, losses) = written(line);
    let found = |name: &str| message[name].clone();
    assert_eq!(
        ["_a_b", "_a_b_2", "_field_acra_integrity_status", "_field_id", "_field_id_2", "_field_gl2_x"].map(found),
        [json!(1), json!(2), json!("verified"), json!(3), json!(5), json!(4)]
    );
    assert_eq!(["_field_message", "_field__", "_field_"].map(found), [json!(6), json!("null"), json!("[1]")]);
    assert_eq!(message["_acra_integrity_status"], Json::Null);
    let named = losses.iter().filter(|(_, loss, _)| *loss == Loss::Name).map(|(field, ..)| field);
    let expected = ["", "a b", "a_b", "acra_integrity_status", "gl2_x", "id", "message", "é"];
    assert_eq!(named.collect::<Vec<_>>(), expected);
    let typed = losses.iter().filter(|(_, loss, _)| *loss == Loss::Type).map(|(field, ..)| field);
    assert_eq!(typed.collect::<Vec<_>>(), ["", "é"]);
}

#[test]
fn no_name_becomes_ours_or_nobodys_in_graylog() {
    let line = br#"{"_id":1,"_index":2,"a.b":3,"a_b":4,"acra.chain_id":"abcd","host":5,"level":"info","msg":"m","short_message":6,"unixTime":"1.000"}"#;
    let (message, _) = written(line);
    // What Graylog makes of a name: one underscore is taken off, points become underscores.
    let indexed: Vec<(String, Json)> = message
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix('_')?.replace('.', "_"), value.clone())))
        .filter(|(name, _)| !name.starts_with("acra_"))
        .collect();
    let expected = [
        ("field__id", json!(1)),
        ("field__index", json!(2)),
        ("a_b", json!(3)),
        ("a_b_2", json!(4)),
        ("field_acra_chain_id", json!("abcd")),
        ("field_host", json!(5)),
        ("field_short_message", json!(6)),
    ];
    for (name, value) in &expected {
        assert!(indexed.contains(&((*name).to_owned(), value.clone())), "{name}: {message:#}");
    }
    assert_eq!(indexed.len(), expected.len(), "{message:#}");
}

#[test]
fn what_is_required_and_missing_is_made_up() {
    let (message, losses) = written(br#"{"level":"trace","msg":" "}"#);
    assert_eq!((&message["host"], &message["short_message"]), (&json!("unknown"), &json!("General event")));
    assert_eq!((&message["timestamp"], &message["level"]), (&json!(0.0), &json!(7)));
    let expected = [("host", Loss::MadeUp, 1), ("msg", Loss::MadeUp, 1), ("time", Loss::MadeUp, 1)];
    assert_eq!(losses.iter().collect::<Vec<_>>(), expected);
    let (message, _) = written("{\"level\":\"info\",\"msg\":\"\u{2028}\"}".as_bytes());
    assert_eq!(message["short_message"], "General event");
    let (message, _) =
        written(br#"{"level":"info","msg":"m","product":"acra-server","timestamp":"1969-12-31T23:59:58.500Z"}"#);
    assert_eq!((&message["host"], &message["timestamp"]), (&json!("acra-server"), &json!(-1.5)));
}

#[test]
fn hostile_text_stays_text() {
    for text in HOSTILE.iter().copied() {
        let quoted = serde_json::to_string(text).unwrap();
        let line =
            format!(r#"{{{quoted}:{quoted},"client_id":{quoted},"level":"info","msg":{quoted},"product":{quoted}}}"#);
        let (message, _) = written(line.as_bytes());
        let found = [&message["short_message"], &message["_client_id"], &message["host"], &message["_acra_product"]];
        assert_eq!(found, [text; 4]);
        assert_eq!(message["_acra_integrity_status"], Json::Null);
    }
}

#[test]
fn a_line_of_many_fields_is_written_in_no_time() {
    let line = format!("time=\"2023-11-14T22:13:20Z\" level=info{}", " a=b".repeat(50_000));
    let (message, _) = written(line.as_bytes());
    assert_eq!((&message["_a"], &message["_a_50000"]), (&json!("b"), &json!("b")));
}

proptest! {
    #[test]
    fn any_event_is_a_valid_message_that_can_be_read_back(event in sample::event(), raw in proptest::option::of(any::<Vec<u8>>())) {
        let raw = raw.filter(|raw| !raw.is_empty());
        let record = verified_record(&event, raw.as_deref());
        assert_written(GelfWriter::new, &schema("gelf.schema.json"), &record, assert_read_back);
    }
}
