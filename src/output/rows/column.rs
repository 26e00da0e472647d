//! What the columns of rows say of an event: with its type for machines, and as text for people.

use std::borrow::Cow;

use serde_json::map::Entry as Slot;
use serde_json::{Map, Value as Json};

use crate::event::{Event, Value, catalogue};
use crate::siem::{Column, LogRecord};

/// What stands in a cell: JSON for machines, and the same as text for people.
pub(super) enum Cell<'a> {
    Absent,
    Number(u64),
    Text(Cow<'a, str>),
    Json(Json),
}

/// What a column says of an event. Times are left out: they are printed in a zone.
pub(super) fn cell<'a>(column: &Column, record: &LogRecord<'a>) -> Cell<'a> {
    let event = record.event;
    let known = event.code().and_then(catalogue::find);
    match column {
        Column::Time => Cell::Absent,
        Column::Level => Cell::Text(event.level.name().into()),
        Column::Severity => {
            let severity = known.and_then(|entry| entry.severity).unwrap_or(event.level.cef_severity());
            Cell::Number(severity.into())
        }
        Column::Code => event.code().map_or(Cell::Absent, |code| Cell::Number(code.into())),
        Column::Name => known.map_or(Cell::Absent, |entry| Cell::Text(entry.title.into())),
        Column::Message => Cell::Text(event.message.to_str()),
        Column::Product => event.product.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
        Column::Version => event.version.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
        Column::Fields => Cell::Json(Json::Object(fields(event))),
        Column::File => Cell::Text(record.file.into()),
        Column::Line => Cell::Number(record.line),
        Column::Seal => event.seal.map_or(Cell::Absent, |seal| Cell::Text(hex::encode(seal.0).into())),
        Column::IntegrityStatus => record.integrity.map_or(Cell::Absent, |it| Cell::Text(it.status.name().into())),
        Column::ChainId => {
            record.integrity.and_then(|it| it.chain_id()).map_or(Cell::Absent, |id| Cell::Text(id.into()))
        }
        Column::ChainPosition => record.integrity.and_then(|it| it.position).map_or(Cell::Absent, Cell::Number),
        Column::KeyFingerprint => {
            record.integrity.and_then(|it| it.key).map_or(Cell::Absent, |key| Cell::Text(key.into()))
        }
        Column::Raw => record.raw.map_or(Cell::Absent, |raw| Cell::Text(String::from_utf8_lossy(raw))),
        Column::Field(key) => match event.field(key) {
            None => Cell::Absent,
            // A number whatever the format: text formats have no types.
            Some(value) if key == "session_id" && is_count(value) => Cell::Json(json_number(value)),
            Some(Value::Text(text)) => Cell::Text(text.to_str()),
            Some(value) => Cell::Json(json(value)),
        },
    }
}

/// All fields without a column of their own. Text formats may have one more than once: then its values are an array, which
/// no value of theirs is by itself.
fn fields(event: &Event<'_>) -> Map<String, Json> {
    let mut fields = Map::new();
    for field in event.other_fields() {
        match fields.entry(field.key.to_str()) {
            Slot::Vacant(slot) => _ = slot.insert(json(&field.value)),
            Slot::Occupied(slot) => match slot.into_mut() {
                Json::Array(values) => values.push(json(&field.value)),
                first => *first = Json::Array(vec![first.take(), json(&field.value)]),
            },
        }
    }
    fields
}

/// Whether a value is a whole number that JSON can hold as it stands.
fn is_count(value: &Value<'_>) -> bool {
    let digits = value.as_bytes();
    (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && (digits == b"0" || digits[0] != b'0')
}

fn json_number(value: &Value<'_>) -> Json {
    value.to_str().parse::<u64>().map_or(Json::Null, Json::from)
}

/// A value with its json type; a text stays a text.
fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        // Nested too deep for a tree: said as it stands.
        Value::Number(token) | Value::Json(token) => {
            serde_json::from_str(token).unwrap_or_else(|_| Json::String(token.as_ref().to_owned()))
        }
    }
}

impl Cell<'_> {
    /// For machines.
    pub(super) fn into_json(self) -> Json {
        match self {
            Self::Absent => Json::Null,
            Self::Number(number) => number.into(),
            Self::Text(text) => Json::String(text.into_owned()),
            Self::Json(json) => json,
        }
    }

    /// For people; hostile.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.into_owned(),
            Self::Json(json) => json.to_string(),
        }
    }
}
