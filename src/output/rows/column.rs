//! The columns of rows: what each is called, and what it says of an event.

use std::borrow::Cow;

use serde_json::map::Entry as Slot;
use serde_json::{Map, Value as Json};

use crate::event::{Event, Value, canonical_key, catalogue};
use crate::siem::Record;

/// What a column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Time,
    Level,
    Severity,
    Code,
    Name,
    Message,
    Product,
    Version,
    Fields,
    File,
    Line,
    Seal,
    IntegrityStatus,
    ChainId,
    ChainPosition,
    Raw,
    /// A field of the entry, by its canonical key.
    Field(String),
}

/// What stands in a cell: JSON for machines, and the same as text for people.
pub(super) enum Cell<'a> {
    Absent,
    Number(u64),
    Text(Cow<'a, str>),
    Json(Json),
}

impl Column {
    /// The column with a name; any name is that of a field.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "time" => Self::Time,
            "level" => Self::Level,
            "severity" => Self::Severity,
            "code" => Self::Code,
            "name" => Self::Name,
            "message" | "msg" => Self::Message,
            "product" => Self::Product,
            "version" => Self::Version,
            "fields" => Self::Fields,
            "file" => Self::File,
            "line" => Self::Line,
            "seal" | "integrity" => Self::Seal,
            "integrity_status" => Self::IntegrityStatus,
            "chain_id" => Self::ChainId,
            "chain_position" => Self::ChainPosition,
            "raw" => Self::Raw,
            key => Self::Field(String::from_utf8_lossy(canonical_key(key.as_bytes())).into_owned()),
        }
    }

    /// What it says of an event. Times are left out: they are printed in a zone.
    pub(super) fn of<'a>(&self, record: &Record<'a>) -> Cell<'a> {
        let event = record.event;
        let known = event.code().and_then(catalogue::find);
        match self {
            Self::Time => Cell::Absent,
            Self::Level => Cell::Text(event.level.name().into()),
            Self::Severity => {
                let severity = known.and_then(|entry| entry.severity).unwrap_or(event.level.cef_severity());
                Cell::Number(severity.into())
            }
            Self::Code => event.code().map_or(Cell::Absent, |code| Cell::Number(code.into())),
            Self::Name => known.map_or(Cell::Absent, |entry| Cell::Text(entry.title.into())),
            Self::Message => Cell::Text(event.message.to_str()),
            Self::Product => event.product.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
            Self::Version => event.version.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
            Self::Fields => Cell::Json(Json::Object(fields(event))),
            Self::File => Cell::Text(record.file.into()),
            Self::Line => Cell::Number(record.line),
            Self::Seal => event.seal.map_or(Cell::Absent, |seal| Cell::Text(hex::encode(seal.0).into())),
            Self::IntegrityStatus => record.integrity.map_or(Cell::Absent, |it| Cell::Text(it.status.name().into())),
            Self::ChainId => {
                record.integrity.and_then(|it| it.chain_id()).map_or(Cell::Absent, |id| Cell::Text(id.into()))
            }
            Self::ChainPosition => record.integrity.and_then(|it| it.position).map_or(Cell::Absent, Cell::Number),
            Self::Raw => record.raw.map_or(Cell::Absent, |raw| Cell::Text(String::from_utf8_lossy(raw))),
            Self::Field(key) => match event.field(key) {
                None => Cell::Absent,
                // A number whatever the format: text formats have no types.
                Some(value) if key == "session_id" && is_count(value) => Cell::Json(json_number(value)),
                Some(Value::Text(text)) => Cell::Text(text.to_str()),
                Some(value) => Cell::Json(json(value)),
            },
        }
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
