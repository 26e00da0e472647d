//! What Splunk and Elastic receive, read by serde_json.

use serde_json::{Value, json};

use super::*;

fn parsed(envelope: Envelope, kind: PayloadKind, record: &LogRecord<'_>, payload: &str) -> Value {
    let wrapped = line(envelope, kind, record, payload);
    let document = match envelope {
        Envelope::ElasticBulk => wrapped.strip_prefix("{\"create\":{}}\n").expect("the action comes first"),
        _ => &wrapped,
    };
    assert!(!document.contains('\n'));
    serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"))
}

#[test]
fn splunk_gets_the_payload_as_an_object_or_as_a_text() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let fields = json!({"level": "error", "line": "7", "code": "560", "client_id": "client-026", "session_id": "747"});
    let cases = [
        (PayloadKind::Json, r#"{"a":1}"#, json!({"a": 1})),
        (PayloadKind::Ecs, r#"{"a":{}}"#, json!({"a": {}})),
        (PayloadKind::Text, "CEF:0|a\\|\"b\"", json!("CEF:0|a\\|\"b\"")),
    ];
    for (kind, payload, wanted) in cases {
        let wrapped = parsed(Envelope::SplunkHec, kind, &record(&event, None), payload);
        let expected = json!({
            "time": 1_700_000_001.464, "host": "db-gw-1", "source": FILE, "sourcetype": "cossacklabs:acra",
            "event": wanted, "fields": fields,
        });
        assert_eq!(wrapped, expected, "{kind:?}");
    }
}

#[test]
fn splunk_finds_the_verdict_and_the_line_itself_among_the_fields() {
    let event = Event::read(START.as_bytes()).unwrap();
    let told = LogRecord { integrity: Some(verified()), ..record(&event, Some(START.as_bytes())) };
    let fields = json!({
        "level": "info", "line": "7", "acralog_integrity_status": "verified", "acralog_chain_id": "5f5f5f5f5f5f5f5f",
        "acralog_chain_position": "3", "acralog_key_fingerprint": "key-7c1f09ab", "acra_raw": START,
    });
    assert_eq!(parsed(Envelope::SplunkHec, PayloadKind::Text, &told, "x")["fields"], fields);

    let bytes = record(&event, Some(b"CEF:0|\xff"));
    let fields = json!({"level": "info", "line": "7", "acra_raw_base64": "Q0VGOjB8/w=="});
    assert_eq!(parsed(Envelope::SplunkHec, PayloadKind::Text, &bytes, "x")["fields"], fields);
}

#[test]
fn what_is_not_known_is_left_out_and_a_time_before_1970_keeps_its_sign() {
    let event = Event::read(START.as_bytes()).unwrap();
    let mut early = event.clone();
    early.moment.as_mut().unwrap().time.unix_ms = -1_500;
    let early = parsed(Envelope::SplunkHec, PayloadKind::Text, &record(&early, None), "x");
    assert_eq!(early["time"], json!(-1.5));

    let timeless = Event { moment: None, ..event };
    let wrapping = Wrapping::new(Some(Envelope::SplunkHec), Framing::Lf, PayloadKind::Text, Settings::default());
    let (out, losses) = wrap(&wrapping, &record(&timeless, None), b"x");
    let wrapped: Value = serde_json::from_slice(&out).unwrap();
    assert!(wrapped.get("time").is_none() && wrapped.get("host").is_none() && losses.is_empty());
    assert_eq!(
        parsed(Envelope::ElasticBulk, PayloadKind::Text, &record(&timeless, None), "x"),
        json!({"message": "x"})
    );
}

#[test]
fn elastic_gets_a_document_of_ecs_as_it_is_and_any_other_payload_as_a_message() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let raw = Some(JSON.as_bytes());
    let document = r#"{"@timestamp":"2023-11-14T22:13:21.464Z","event":{"original":"x"}}"#;
    let same: Value = serde_json::from_str(document).unwrap();
    assert_eq!(parsed(Envelope::ElasticBulk, PayloadKind::Ecs, &record(&event, raw), document), same);

    let bytes = Some(&b"CEF:0|\xff"[..]);
    let time = "2023-11-14T22:13:21.464Z";
    let cases = [
        (PayloadKind::Text, None, "CEF:0|x", json!({"@timestamp": time, "message": "CEF:0|x"})),
        (
            PayloadKind::Json,
            raw,
            r#"{"a":1}"#,
            json!({"@timestamp": time, "message": r#"{"a":1}"#, "event": {"original": JSON}}),
        ),
        (
            PayloadKind::Text,
            bytes,
            "x",
            json!({"@timestamp": time, "message": "x", "acra": {"original_base64": "Q0VGOjB8/w=="}}),
        ),
    ];
    for (kind, raw, payload, wanted) in cases {
        assert_eq!(parsed(Envelope::ElasticBulk, kind, &record(&event, raw), payload), wanted);
    }
}

#[test]
fn bytes_that_are_no_unicode_are_replaced_and_counted() {
    let event = Event::read(b"CEF:0|cossacklabs|acra-server|0.96.0|100|m|1|client_id=a\xffb unixTime=1.000 ").unwrap();
    let wrapping = Wrapping::new(Some(Envelope::SplunkHec), Framing::Lf, PayloadKind::Text, Settings::default());
    let (out, losses) = wrap(&wrapping, &record(&event, None), b"CEF:\xff");
    let wrapped: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&wrapped["event"], &wrapped["fields"]["client_id"]), (&json!("CEF:\u{fffd}"), &json!("a\u{fffd}b")));
    assert_eq!(lost(&losses), [("client_id", Loss::Encoding), ("message", Loss::Encoding)]);
}
