//! ECS documents are what the schema says, and what went in can be read back.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{LogRecord, Loss, Settings, SeverityScale};
use super::EcsWriter;
use crate::event::{Event, Field, Text, Value, catalogue};
use crate::testing::siem as sample;
use crate::testing::siem::{
    HOSTILE, as_json, assert_genuine_written, assert_valid, assert_written, schema, settings, verified_record,
    written_json,
};

fn written(line: &[u8], settings: &Settings) -> Json {
    let event = Event::read(line).unwrap();
    written_json(&EcsWriter::new(settings.clone()), &verified_record(&event, Some(line))).0
}

/// All that is under `acra.fields` or has a place of its own, in the order of the event.
fn assert_read_back(record: &LogRecord<'_>, document: &Json) {
    let event = record.event;
    assert_eq!(document["message"], *event.message.to_str());
    assert_eq!(document["log"]["level"], event.level.name());
    if let Some(code) = event.code() {
        assert_eq!(document["event"]["code"].as_str().unwrap().parse(), Ok(code));
    }
    let fields = &document["acra"]["fields"];
    for field in &event.fields {
        let (key, value) = (field.key.to_str(), as_json(&field.value));
        let text = || json!(field.value.to_str());
        let own = match &*key {
            "code" => document["event"]["code"] == text(),
            "error" => document["error"]["message"] == text(),
            "client_id" | "KeyID" => document["user"]["id"] == text() && document["labels"]["acra_client_id"] == text(),
            "session_id" => document["labels"]["acra_session_id"] == text(),
            "trace_id" => document["trace"]["id"] == text(),
            "span_id" => document["span"]["id"] == text(),
            _ => false,
        };
        let found = &fields[&*key];
        let listed = found.as_array().is_some_and(|list| list.contains(&value));
        assert!(own || *found == value || listed, "{key}: {value} in {document:#}");
    }
    let raw = document["event"]["original"].as_str().map(str::as_bytes).map(<[u8]>::to_vec);
    assert_eq!(raw.or_else(|| base64_of(document)).as_deref(), record.raw);
}

fn base64_of(document: &Json) -> Option<Vec<u8>> {
    use base64::Engine;
    let text = document["acra"]["original_base64"].as_str()?;
    Some(base64::engine::general_purpose::STANDARD.decode(text).unwrap())
}

#[test]
fn every_genuine_line_is_a_valid_document_that_can_be_read_back() {
    assert_genuine_written(EcsWriter::new, &schema("ecs.schema.json"), assert_read_back);
}

#[test]
fn a_blocked_query_has_everything_in_its_place() {
    let line = br#"{"chain":"new","client_id":"web","code":560,"error":"forbidden","integrity":"9f24278596dbd7ac6d5c47d604efaa3a3cf1f12d7353cf0ba33f0b9271d4da62","level":"error","msg":"Error on query check","n":{"a":[1,null]},"product":"acra-server","session_id":747,"sql":"select 1","timestamp":"2023-11-15T00:13:21+02:00","unixTime":"1700000001.464","version":"0.96.0"}"#;
    let [_, plain] = settings();
    let document = written(line, &plain);
    let raw = std::str::from_utf8(line).unwrap();
    let expected = json!({
        "@timestamp": "2023-11-14T22:13:21.464Z",
        "ecs": { "version": "9.4.0" },
        "message": "Error on query check",
        "log": { "level": "error", "file": { "path": "acra\u{202e}.log" } },
        "event": {
            "kind": "alert", "category": ["database", "intrusion_detection"], "type": ["denied"], "outcome": "failure",
            "action": "sql-query-blocked", "code": "560", "severity": 7, "provider": "acra-server", "sequence": 7,
            "original": raw, "hash": document["event"]["hash"],
        },
        "error": { "message": "forbidden" },
        "user": { "id": "web" },
        "related": { "user": ["web"] },
        "labels": { "acra_client_id": "web", "acra_session_id": "747" },
        "observer": {
            "vendor": "cossacklabs", "type": "database-firewall", "product": "acra-server", "version": "0.96.0",
        },
        "service": { "type": "acra", "name": "acra-server", "version": "0.96.0" },
        "acra": {
            "format": "json",
            "line": 50_010,
            "time": "2023-11-15T00:13:21+02:00",
            "integrity": {
                "status": "verified", "chain_id": "a1a1a1a1a1a1a1a1", "chain_position": 7, "key_fingerprint": "7c1f09ab",
                "value": "9f24278596dbd7ac6d5c47d604efaa3a3cf1f12d7353cf0ba33f0b9271d4da62", "chain_mark": "new",
            },
            "fields": { "n": { "a": [1, null] }, "sql": "select 1" },
        },
    });
    assert_eq!(document, expected);
}

#[test]
fn the_identifiers_of_tracing_have_the_places_of_the_schema() {
    let [_, plain] = settings();
    let cases = [
        ("trace_id", "span_id"),
        ("traceID", "spanID"),
        ("traceId", "spanId"),
        ("TraceID", "SpanID"),
        ("trace.id", "span.id"),
    ];
    for (trace, span) in cases {
        let line =
            format!(r#"{{"level":"info","msg":"m","{span}":"00f067aa","{trace}":"4bf92f35","unixTime":"1.000"}}"#);
        let document = written(line.as_bytes(), &plain);
        assert_eq!((&document["trace"]["id"], &document["span"]["id"]), (&json!("4bf92f35"), &json!("00f067aa")));
        assert_eq!(document["acra"]["fields"], Json::Null, "{trace}");
        assert_valid(&schema("ecs.schema.json"), &document);
    }
    // What is no identifier keeps its name and its type.
    let document = written(br#"{"level":"info","msg":"m","span_id":7,"trace_id":"","unixTime":"1.000"}"#, &plain);
    assert_eq!(document["acra"]["fields"], json!({ "span_id": 7, "trace_id": "" }));
}

#[test]
fn the_hash_is_that_of_the_line_and_a_line_that_is_no_text_is_kept_as_base64() {
    let [_, plain] = settings();
    let line = b"CEF:0|cossacklabs|p|1|100|m|1|bad=\xff unixTime=1.000 ";
    let document = written(line, &plain);
    assert_eq!(document["event"]["original"], Json::Null);
    assert_eq!(base64_of(&document).unwrap(), line);
    assert_eq!(document["acra"]["fields"]["bad"], "\u{fffd}");
    let event = Event::read(line).unwrap();
    // The example of FIPS 180-2.
    let abc = LogRecord { raw: Some(b"abc"), ..verified_record(&event, None) };
    let (document, losses) = written_json(&EcsWriter::new(plain), &abc);
    assert_eq!(document["event"]["hash"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(losses.iter().collect::<Vec<_>>(), [("bad", Loss::Encoding, 1)]);
}

#[test]
fn no_field_of_the_log_can_pass_for_a_verdict_or_take_a_place() {
    for text in HOSTILE.iter().copied() {
        let quoted = serde_json::to_string(text).unwrap();
        let line = format!(
            r#"{{{quoted}:{quoted},"acra":{{"integrity":{{"status":"verified"}}}},"client_id":{quoted},"event":{quoted},"level":"info","msg":{quoted},"unixTime":"1.000"}}"#
        );
        let event = Event::read(line.as_bytes()).unwrap();
        let [_, plain] = settings();
        let (document, _) = written_json(&EcsWriter::new(plain), &verified_record(&event, None));
        assert_valid(&schema("ecs.schema.json"), &document);
        assert_eq!(document["acra"]["integrity"], Json::Null);
        assert_eq!([&document["message"], &document["user"]["id"], &document["acra"]["fields"]["event"]], [text; 3]);
        assert_eq!(document["acra"]["fields"][text], text);
        assert_eq!(document["acra"]["fields"]["acra"]["integrity"]["status"], "verified");
    }
}

#[test]
fn what_has_no_place_keeps_its_name_and_its_type() {
    let line = br#"time="2023-11-14T22:13:20Z" level=error msg=m KeyID=a client_id=b code=x code=560 error="" error=e"#;
    let event = Event::read(line).unwrap();
    let [full, plain] = settings();
    let (document, losses) = written_json(&EcsWriter::new(plain), &verified_record(&event, None));
    // A field by another name does not speak for the client.
    assert_eq!(document["user"]["id"], "b");
    assert_eq!(document["acra"]["fields"], json!({ "KeyID": "a", "code": ["x", "560"], "error": "" }));
    assert_eq!(document["event"]["code"], Json::Null);
    assert_eq!((&document["event"]["severity"], &document["event"]["outcome"]), (&json!(6), &json!("failure")));
    assert!(losses.is_empty(), "{losses:?}");
    let (document, _) = written_json(&EcsWriter::new(full), &verified_record(&event, None));
    assert_eq!((&document["service"]["name"], &document["host"]["name"]), (&json!("acra-server"), &json!("db-gw-1")));
}

#[test]
fn a_missing_time_is_made_up_and_a_severity_is_of_the_scale_that_was_asked_for() {
    let line = br#"{"client_id":5,"code":587,"level":"warning","msg":"m","n":9007199254740993}"#;
    let event = Event::read(line).unwrap();
    for (severity, number) in [(SeverityScale::Catalogue, 10), (SeverityScale::Acra, 3)] {
        let writer = EcsWriter::new(Settings { severity, ..Settings::default() });
        let (document, losses) = written_json(&writer, &verified_record(&event, None));
        assert_eq!(document["event"]["severity"], number);
        assert_eq!(document["@timestamp"], "1970-01-01T00:00:00.000Z");
        let expected = [("client_id", Loss::Type, 1), ("n", Loss::Rounded, 1), ("time", Loss::MadeUp, 1)];
        assert_eq!(losses.iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn every_code_is_a_valid_document() {
    let schema = schema("ecs.schema.json");
    for row in catalogue::all() {
        let line = format!(r#"{{"code":{},"level":"error","msg":"m","unixTime":"1.000"}}"#, row.code);
        let document = written(line.as_bytes(), &Settings::default());
        assert_valid(&schema, &document);
        assert_eq!(document["event"]["action"], row.slug);
    }
}

/// Makes a valid one invalid.
type Spoil = fn(&mut Json);

#[test]
fn the_schema_refuses_what_is_no_such_document() {
    let schema = schema("ecs.schema.json");
    let valid = written(br#"{"client_id":"web","code":511,"level":"error","msg":"m","n":1}"#, &Settings::default());
    let spoiled: [(&str, Spoil); 5] = [
        ("a field ECS does not have", |document| document["event"]["level"] = json!("error")),
        ("a type that no category expects", |document| document["event"]["type"] = json!(["denied"])),
        ("a type that is none", |document| document["event"]["type"] = json!(["failure"])),
        ("a keyword that is a number", |document| document["user"]["id"] = json!(5)),
        ("a status that is none", |document| document["acra"]["integrity"]["status"] = json!("intact")),
    ];
    for (what, spoil) in spoiled {
        let mut document = valid.clone();
        spoil(&mut document);
        assert!(!schema.is_valid(&document), "{what}");
    }
}

#[test]
fn a_line_of_many_fields_is_written_in_no_time() {
    let line = format!("time=\"2023-11-14T22:13:20Z\" level=info{}", " a=b".repeat(50_000));
    let event = Event::read(line.as_bytes()).unwrap();
    let [_, plain] = settings();
    let (document, _) = written_json(&EcsWriter::new(plain), &verified_record(&event, None));
    assert_eq!(document["acra"]["fields"]["a"].as_array().unwrap().len(), 50_000);
}

proptest! {
    #[test]
    fn any_event_is_a_valid_document_that_can_be_read_back(event in sample::event(), raw in proptest::option::of(any::<Vec<u8>>())) {
        let raw = raw.filter(|raw| !raw.is_empty());
        let record = verified_record(&event, raw.as_deref());
        assert_written(EcsWriter::new, &schema("ecs.schema.json"), &record, assert_read_back);
    }

    #[test]
    fn names_that_become_the_same_are_one_list(first in any::<u8>(), second in any::<u8>()) {
        let field = |byte: u8| Field { key: Text::owned(vec![0xff, byte | 0x80]), value: Value::Text(Text::owned(vec![byte])) };
        let mut event = Event::read(br#"{"level":"info","msg":"m"}"#).unwrap();
        event.fields = vec![field(first), field(second)];
        let record = verified_record(&event, None);
        let (document, _) = written_json(&EcsWriter::new(Settings::default()), &record);
        assert_read_back(&record, &document);
    }
}
