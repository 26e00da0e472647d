//! Events such as no log has, and a hostile one may have.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{BLANK, HOSTILE};
use crate::entry::{Format, LogTime, Marker, Seal};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value, catalogue};

/// Keys that have a part of their own somewhere, and some that look alike once they are names.
const KEYS: &[&str] = &[
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
    "acra_line",
    "status",
    "interrupt_side",
    "a b",
    "a_b",
    "aB",
    "field_id",
    "_id",
    "",
];

/// Any bytes, most of them of the kind that formats trip over.
pub(in crate::siem) fn text() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<_> = HOSTILE.iter().chain(BLANK).map(|text| text.as_bytes().to_vec()).collect();
    prop_oneof![
        4 => "[a-z =|\\\\\"',;@+\\-\n\r\t\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}é漢😀]{0,12}".prop_map(String::into_bytes),
        2 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..12),
        2 => select(known),
    ]
}

fn owned() -> impl Strategy<Value = Text<'static>> {
    text().prop_map(Text::owned)
}

fn key() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        4 => select(KEYS).prop_map(Text::from),
        2 => "[a-z_]{0,3}".prop_map(|key| Text::owned(key.into_bytes())),
        1 => owned(),
    ]
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let json = |text: String| serde_json::json!([{ text.clone(): [text, null] }]).to_string();
    prop_oneof![
        4 => owned().prop_map(Value::Text),
        1 => any::<i64>().prop_map(|number| Value::Number(number.to_string().into())),
        1 => (-1e30..1e30).prop_map(|number: f64| Value::Number(serde_json::json!(number).to_string().into())),
        1 => text().prop_map(move |text| Value::Json(json(String::from_utf8_lossy(&text).into_owned()).into())),
        1 => Just(Value::Json("null".into())),
    ]
}

fn field() -> impl Strategy<Value = Field<'static>> {
    let codes: Vec<String> = catalogue::all().iter().map(|row| row.code.to_string()).collect();
    let code = select(codes).prop_map(|code| Field { key: "code".into(), value: Value::Number(code.into()) });
    prop_oneof![1 => code, 4 => (key(), value()).prop_map(|(key, value)| Field { key, value })]
}

fn moment() -> impl Strategy<Value = Moment<'static>> {
    let unix_ms = prop_oneof![any::<i64>(), -4_000_000_000_000..4_000_000_000_000_i64];
    (unix_ms, option::of(owned())).prop_map(|(unix_ms, rfc3339)| Moment {
        time: LogTime { unix_ms },
        precision: Precision::Milliseconds,
        rfc3339,
    })
}

/// Any event at all.
pub(in crate::siem) fn event() -> impl Strategy<Value = Event<'static>> {
    let names = (owned(), option::of(owned()), option::of(owned()));
    let format = select(&[Format::Plaintext, Format::Json, Format::Cef][..]);
    let marker = select(&[Marker::Start, Marker::Middle][..]);
    let seal = option::of(any::<[u8; 32]>().prop_map(Seal));
    let head = (format, option::of(moment()), select(&Level::ALL[..]));
    (head, names, vec(field(), 0..24), seal, marker).prop_map(
        |((format, moment, level), (message, product, version), fields, seal, marker)| Event {
            format,
            moment,
            level,
            message,
            product,
            version,
            fields,
            seal,
            marker,
        },
    )
}
