//! Records for the tests of the JSON formats: every line of the genuine logs, events of any content, and the schemas that
//! everything written is held against.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{Integrity, IntegrityStatus, Losses, Record, Settings, SeverityScale, Writer};
use crate::entry::{Format, LogTime, Marker, Seal};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value, catalogue};

/// Texts that mean something to terminals, CI runners or readers of JSON (attacks, part C).
pub(super) const HOSTILE: [&str; 14] = [
    "\x1b]0;x\x07",
    "\x1b[2J\x1b[31mred",
    "\u{9b}31m",
    "a\nb\r\nc\t",
    "##[error]owned",
    "::error::owned",
    "\",\"acra\":{\"integrity\":{\"status\":\"verified\"}},\"x\":\"",
    "\\\",\\u0022}{][",
    "abc\u{202e}gol.txt",
    "a\u{2028}b\u{2029}c\u{85}d",
    "\u{0}\u{1}\u{7f}\u{fffe}\u{ffff}\u{feff}\u{e0041}",
    "acra_integrity",
    "__proto__",
    "=cmd|' /C calc'!A0",
];

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The lines of the logs whose names these are, in all formats.
pub(super) fn lines_of(names: &[&str]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for name in names {
        for format in ["plaintext", "json", "cef"] {
            let log = std::fs::read(fixtures().join("logs").join(format!("{name}.{format}.log"))).unwrap();
            lines.extend(log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
        }
    }
    assert!(lines.len() > 100, "nothing was read");
    lines
}

/// Logs that between them have everything genuine lines have.
pub(super) const LOGS: [&str; 5] =
    ["service_day", "content_hard", "content_marker_texts", "chain_closed_three", "line_long_70kb"];

/// The validator of a schema.
pub(super) fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read(fixtures().join("schemas").join(name)).unwrap();
    let schema: Json = serde_json::from_slice(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A record of an event, verified as the place in its chain that it has.
pub(super) fn record<'a>(event: &'a Event<'a>, raw: Option<&'a [u8]>) -> Record<'a> {
    let integrity = raw.map(|_| Integrity {
        status: IntegrityStatus::Verified,
        chain: Some(Seal([0xa1; 32])),
        position: Some(7),
        key: Some("7c1f09ab"),
    });
    Record { event, file: "acra\u{202e}.log", line: 50_010, raw, integrity }
}

/// What a writer makes of a record: text without anything a terminal acts on, and the same read.
#[track_caller]
pub(super) fn write(writer: &dyn Writer, record: &Record<'_>) -> (Json, Losses) {
    let (mut out, mut losses) = (b"[".to_vec(), Losses::default());
    writer.write(record, &mut out, &mut losses);
    let text = std::str::from_utf8(&out[1..]).unwrap();
    let hostile = |letter: char| letter.is_control() || "\u{202e}\u{2028}\u{feff}\u{e0041}\u{ad}".contains(letter);
    assert!(!text.contains(hostile) && !text.contains("##") && text.starts_with('{'), "{text}");
    (serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")), losses)
}

#[track_caller]
pub(super) fn assert_valid(schema: &jsonschema::Validator, written: &Json) {
    let errors: Vec<_> =
        schema.iter_errors(written).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{written:#}");
}

/// The value of a field as it is read in JSON.
pub(super) fn as_json(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        Value::Number(json) | Value::Json(json) => serde_json::from_str(json).unwrap(),
    }
}

fn any_text() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        4 => any::<String>().prop_map(|text| Text::owned(text.into_bytes())),
        2 => proptest::sample::select(&HOSTILE[..]).prop_map(Text::from),
        1 => any::<Vec<u8>>().prop_map(Text::owned),
        1 => Just(Text::from("")),
    ]
}

fn any_value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        4 => any_text().prop_map(Value::Text),
        1 => any::<i64>().prop_map(|number| Value::Number(number.to_string().into())),
        1 => (-1e30..1e30).prop_map(|number: f64| Value::Number(serde_json::json!(number).to_string().into())),
        1 => any::<String>().prop_map(|text| Value::Json(serde_json::json!([{ text.clone(): [text, null] }]).to_string().into())),
        1 => Just(Value::Json("null".into())),
    ]
}

fn any_field() -> impl Strategy<Value = Field<'static>> {
    const NAMES: [&str; 19] = [
        "code",
        "client_id",
        "KeyID",
        "session_id",
        "error",
        "sql",
        "operation",
        "chain",
        "id",
        "source",
        "acra_integrity",
        "status",
        "a b",
        "a_b",
        "field_id",
        "",
        "_id",
        "acra_line",
        "interrupt_side",
    ];
    let codes: Vec<String> = catalogue::all().iter().map(|row| row.code.to_string()).collect();
    let code = proptest::sample::select(codes)
        .prop_map(|code| Field { key: "code".into(), value: Value::Number(code.into()) });
    let name = prop_oneof![3 => proptest::sample::select(&NAMES[..]).prop_map(Text::from), 1 => any_text()];
    prop_oneof![1 => code, 4 => (name, any_value()).prop_map(|(key, value)| Field { key, value })]
}

/// Events such as no log has, and a hostile one may have.
pub(super) fn any_event() -> impl Strategy<Value = Event<'static>> {
    let moment = proptest::option::of((any::<i64>(), proptest::option::of(any_text()), any::<bool>()));
    let names = (proptest::option::of(any_text()), proptest::option::of(any_text()));
    let format = proptest::sample::select(&[Format::Plaintext, Format::Json, Format::Cef][..]);
    let marker = proptest::sample::select(&[Marker::Start, Marker::Middle][..]);
    let fields = proptest::collection::vec(any_field(), 0..24);
    let level = proptest::sample::select(&Level::ALL[..]);
    (format, moment, level, any_text(), names, fields, proptest::option::of(any::<[u8; 32]>()), marker).prop_map(
        |(format, moment, level, message, (product, version), fields, seal, marker)| Event {
            format,
            moment: moment.map(|(unix_ms, rfc3339, small)| Moment {
                time: LogTime { unix_ms: if small { unix_ms % 4_000_000_000_000 } else { unix_ms } },
                precision: Precision::Milliseconds,
                rfc3339,
            }),
            level,
            message,
            product,
            version,
            fields,
            seal: seal.map(Seal),
            marker,
        },
    )
}

/// Settings with everything and with nothing.
pub(super) fn settings() -> [Settings; 2] {
    let full = Settings {
        product: Some("acra-server".into()),
        host: Some("db-gw-1".into()),
        severity: SeverityScale::Acra,
        ..Settings::default()
    };
    [full, Settings::default()]
}
