//! Reads a plaintext entry: `time="..." level=... msg="..." key=value`.

use std::borrow::Cow;

use super::value::{Field, Moment, Precision, Text, Value};
use super::{Event, FIELDS_USUAL, Level};
use crate::entry::plaintext::{fields, unquote};
use crate::entry::{Format, Marker, ending, from_rfc3339};

/// Reads a line without trailing blanks.
pub(super) fn read(line: &[u8]) -> Option<Event<'_>> {
    let sealed = ending::split(line);
    let body = sealed.as_ref().map_or(line, |end| &line[..end.signed_bytes]);
    let mut pairs = fields(body);
    let (time_key, time) = pairs.next()?;
    let (level_key, level) = pairs.next()?;
    (time_key == b"time" && level_key == b"level").then_some(())?;
    let time = text(time)?;
    let mut fields = Vec::with_capacity(FIELDS_USUAL);
    let moment = match from_rfc3339(time.as_bytes()) {
        Some(read) => Some(Moment { time: read, precision: Precision::Seconds, rfc3339: Some(time) }),
        None if time.is_empty() => None,
        None => {
            // A text that is no time must not get lost.
            fields.push(Field { key: Text::from("time"), value: Value::Text(time) });
            None
        }
    };
    let mut event = Event {
        format: Format::Plaintext,
        moment,
        level: Level::named(level)?,
        message: Text::default(),
        product: None,
        version: None,
        fields,
        seal: sealed.as_ref().map(|end| end.seal),
        marker: if sealed.is_some_and(|end| end.start) { Marker::Start } else { Marker::Middle },
    };
    for (place, (key, value)) in pairs.by_ref().enumerate() {
        let value = text(value)?;
        match key {
            b"msg" if place == 0 => event.message = value,
            b"version" if event.version.is_none() => event.version = Some(value),
            _ => event.fields.push(Field { key: Text::borrowed(key), value: Value::Text(value) }),
        }
    }
    pairs.rest().is_empty().then_some(event)
}

/// A value without its quotes.
fn text(value: &[u8]) -> Option<Text<'_>> {
    let bytes = if value.starts_with(b"\"") { unquote(value)? } else { Cow::Borrowed(value) };
    Some(Text(bytes))
}
