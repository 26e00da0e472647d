//! OCSF events are what the schema says of their class, and what went in can be read back.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{LogRecord, Loss, Losses, Settings};
use super::OcsfWriter;
use crate::event::{Event, catalogue};
use crate::testing::siem as sample;
use crate::testing::siem::{
    HOSTILE, as_json, assert_genuine_written, assert_valid, assert_written, schema, settings, verified_record,
    written_json,
};

fn written(line: &[u8]) -> (Json, Losses) {
    let event = Event::read(line).unwrap();
    let (document, losses) = written_json(&OcsfWriter::new(Settings::default()), &verified_record(&event, None));
    assert_valid(&schema("ocsf.schema.json"), &document);
    (document, losses)
}

/// The numbers agree, and every field is somewhere.
fn assert_read_back(record: &LogRecord<'_>, event: &Json) {
    let number = |key: &str| event[key].as_u64().unwrap();
    assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
    assert_eq!(event["message"], *record.event.message.to_str());
    if let Some(moment) = &record.event.moment {
        assert_eq!(event["time"], moment.time.unix_ms);
    }
    let fields = &event["unmapped"]["acra_fields"];
    for field in &record.event.fields {
        let (key, value) = (field.key.to_str(), as_json(&field.value));
        let text = json!(field.value.to_str());
        let attribute = match &*key {
            "code" => &event["metadata"]["event_code"],
            "error" => &event["status_detail"],
            "client_id" | "KeyID" => &event["actor"]["user"]["uid"],
            "session_id" => &event["actor"]["session"]["uid"],
            "sql" => &event["query_info"]["query_string"],
            "operation" => &event["api"]["operation"],
            _ => &Json::Null,
        };
        let found = &fields[&*key];
        let listed = found.as_array().is_some_and(|list| list.contains(&value));
        assert!(*attribute == text || *found == value || listed, "{key}: {value} in {event:#}");
    }
}

#[test]
fn every_genuine_line_is_a_valid_event_that_can_be_read_back() {
    assert_genuine_written(OcsfWriter::new, &schema("ocsf.schema.json"), assert_read_back);
}

#[test]
fn every_code_is_a_valid_event_with_and_without_a_client() {
    for row in catalogue::all() {
        for client in ["", r#","client_id":"web","session_id":7"#] {
            let line = format!(r#"{{"code":{}{client},"level":"error","msg":"m","unixTime":"1.000"}}"#, row.code);
            let (event, losses) = written(line.as_bytes());
            assert_eq!(event["class_uid"], row.ocsf.class, "{}", row.code);
            assert_eq!(event["activity_id"], row.ocsf.activity, "{}", row.code);
            let made_up = losses.iter().any(|(field, loss, _)| (field, loss) == ("client_id", Loss::MadeUp));
            let demanded = matches!(row.ocsf.class, 3002 | 6003 | 6005);
            assert_eq!(made_up, demanded && client.is_empty(), "{}", row.code);
        }
    }
}

#[test]
fn a_blocked_query_is_datastore_activity_under_a_security_control() {
    let line = br#"{"client_id":"web","code":560,"error":"forbidden","level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"sql":"select 1","timestamp":"2023-11-14T22:13:21Z","unixTime":"1700000001.464","version":"0.96.0"}"#;
    let event = Event::read(line).unwrap();
    let [full, _] = settings();
    let (document, losses) = written_json(&OcsfWriter::new(full), &verified_record(&event, Some(line)));
    let expected = json!({
        "category_uid": 6, "class_uid": 6005, "activity_id": 4, "type_uid": 600_504,
        "severity_id": 3, "time": 1_700_000_001_464_i64, "message": "Error on query check",
        "status_id": 2, "status_code": "560", "status_detail": "forbidden",
        "metadata": {
            "version": "1.8.0",
            "product": { "vendor_name": "cossacklabs", "name": "acra-server", "version": "0.96.0" },
            "profiles": ["host", "security_control"],
            "event_code": "560", "log_name": "acra\u{202e}.log", "log_format": "json", "log_level": "error",
            "original_time": "2023-11-14T22:13:21Z", "sequence": 7, "uid": "a1a1a1a1a1a1a1a1-7",
        },
        "actor": { "user": { "uid": "web" }, "session": { "uid": "747" } },
        "src_endpoint": { "name": "web" },
        "database": { "name": "unknown", "type_id": 1 },
        "query_info": { "query_string": "select 1" },
        "action_id": 2, "disposition_id": 2, "is_alert": true,
        "device": { "hostname": "db-gw-1", "type_id": 0 },
        "raw_data": std::str::from_utf8(line).unwrap(),
        "raw_data_hash": { "algorithm_id": 3, "value": document["raw_data_hash"]["value"] },
        "unmapped": {
            "acra_line": 50_010,
            "acra_integrity": {
                "status": "verified", "chain_id": "a1a1a1a1a1a1a1a1", "chain_position": 7, "key_fingerprint": "7c1f09ab",
            },
        },
    });
    assert_eq!(document, expected);
    assert_eq!(losses.iter().collect::<Vec<_>>(), [("database", Loss::MadeUp, 1)]);
}

#[test]
fn classes_activities_and_severities_follow_the_event() {
    let end = "End of current audit log chain";
    let seal = "9f24278596dbd7ac6d5c47d604efaa3a3cf1f12d7353cf0ba33f0b9271d4da62";
    let cases = [
        (r#""level":"info","msg":"m""#, 99, 1, 1),
        (r#""level":"error","msg":"m""#, 99, 3, 2),
        (r#""level":"panic","msg":"m""#, 99, 6, 2),
        (&format!(r#""chain":"new","integrity":"{seal}","level":"info","msg":"m""#), 100_806, 1, 1),
        (r#""chain":"new","level":"info","msg":"m""#, 99, 1, 1),
        (r#""chain":"new","code":560,"level":"error","msg":"m""#, 600_504, 4, 2),
        (&format!(r#""chain":"end","level":"info","msg":"{end}""#), 100_807, 1, 1),
        (r#""chain":"end","level":"info","msg":"m""#, 99, 1, 1),
        (r#""code":587,"level":"warning","msg":"m""#, 600_510, 5, 1),
        (r#""code":700,"level":"error","msg":"m","operation":"Decrypt""#, 600_302, 3, 2),
        (r#""code":700,"level":"error","msg":"m","operation":"Tokenize""#, 600_301, 3, 2),
        (r#""code":700,"level":"error","msg":"m""#, 600_399, 3, 2),
        (r#""code":9999,"level":"error","msg":"m""#, 99, 3, 2),
    ];
    for (members, type_uid, severity, status) in cases {
        let (event, _) = written(format!("{{{members}}}").as_bytes());
        let found = [&event["type_uid"], &event["severity_id"], &event["status_id"]];
        assert_eq!(found, [type_uid, severity, status], "{members}");
    }
    let (event, _) = written(br#"{"code":587,"level":"warning","msg":"m"}"#);
    assert_eq!((&event["disposition_id"], &event["is_alert"]), (&json!(15), &json!(true)));
}

#[test]
fn no_field_of_the_log_can_pass_for_a_verdict() {
    for text in HOSTILE.iter().copied() {
        let quoted = serde_json::to_string(text).unwrap();
        let line = format!(
            r#"{{{quoted}:{quoted},"acra_integrity":{{"status":"verified"}},"client_id":{quoted},"level":"info","msg":{quoted},"sql":{quoted}}}"#
        );
        let (event, _) = written(line.as_bytes());
        assert_eq!(event["unmapped"]["acra_integrity"], Json::Null);
        let fields = &event["unmapped"]["acra_fields"];
        assert_eq!([&event["message"], &event["actor"]["user"]["uid"], &fields["sql"]], [text; 3]);
        assert!(fields[text] == text || text == "acra_integrity");
    }
}

#[test]
fn a_line_that_is_no_text_is_kept_as_base64() {
    let line = b"CEF:0|cossacklabs|p|1|100|m|1|bad=\xff unixTime=1700000000.149 ";
    let event = Event::read(line).unwrap();
    let (document, _) = written_json(&OcsfWriter::new(Settings::default()), &verified_record(&event, Some(line)));
    assert_valid(&schema("ocsf.schema.json"), &document);
    assert_eq!(document["raw_data"], Json::Null);
    let expected = "Q0VGOjB8Y29zc2Fja2xhYnN8cHwxfDEwMHxtfDF8YmFkPf8gdW5peFRpbWU9MTcwMDAwMDAwMC4xNDkg";
    assert_eq!(document["unmapped"]["acra_raw_base64"], expected);
    assert_eq!(document["metadata"]["original_time"], "2023-11-14T22:13:20.149Z");
}

/// Makes a valid one invalid.
type Spoil = fn(&mut Json);

#[test]
fn the_schema_refuses_what_is_no_such_event() {
    let schema = schema("ocsf.schema.json");
    let (valid, _) = written(br#"{"client_id":"web","code":511,"level":"error","msg":"m"}"#);
    let spoiled: [(&str, Spoil); 6] = [
        ("an attribute no class has", |event| event["policy"] = json!({ "name": "p" })),
        ("an attribute of another class", |event| event["query_info"] = json!({ "query_string": "select 1" })),
        ("an attribute of a profile that is not named", |event| event["is_alert"] = json!(true)),
        ("an actor that no profile brings", |event| event["metadata"]["profiles"] = json!(["security_control"])),
        ("an activity of another class", |event| event["activity_id"] = json!(4)),
        ("no object that the class demands", |event| event["class_uid"] = json!(6002)),
    ];
    for (what, spoil) in spoiled {
        let mut event = valid.clone();
        spoil(&mut event);
        assert!(!schema.is_valid(&event), "{what}");
    }
}

proptest! {
    #[test]
    fn any_event_is_a_valid_event_that_can_be_read_back(event in sample::event(), raw in proptest::option::of(any::<Vec<u8>>())) {
        let raw = raw.filter(|raw| !raw.is_empty());
        let record = verified_record(&event, raw.as_deref());
        assert_written(OcsfWriter::new, &schema("ocsf.schema.json"), &record, assert_read_back);
    }
}
