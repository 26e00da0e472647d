//! Reads entries of the two text formats: plaintext, and Acra's dialect of CEF. Specification CEF, as `siem` writes it, is
//! something else.

use std::borrow::Cow;

use super::value::{Field, Moment, Precision, Text, Value};
use super::{CODE_GENERAL, Event, FIELDS_USUAL, Level};
use crate::entry::plaintext::{fields, unquote};
use crate::entry::{Format, Marker, cef, ending, from_rfc3339, from_unix};

/// Reads a line without trailing blanks.
pub(super) fn read_plaintext(line: &[u8]) -> Option<Event<'_>> {
    let sealed = ending::split(line);
    let body = sealed.as_ref().map_or(line, |end| &line[..end.signed_bytes]);
    let mut pairs = fields(body);
    let (time_key, time) = pairs.next()?;
    let (level_key, level) = pairs.next()?;
    (time_key == b"time" && level_key == b"level").then_some(())?;
    let time = without_quotes(time)?;
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
        let value = without_quotes(value)?;
        match key {
            b"msg" if place == 0 => event.message = value,
            b"version" if event.version.is_none() => event.version = Some(value),
            _ => event.fields.push(Field { key: Text::borrowed(key), value: Value::Text(value) }),
        }
    }
    pairs.rest().is_empty().then_some(event)
}

/// A value without its quotes.
fn without_quotes(value: &[u8]) -> Option<Text<'_>> {
    let bytes = if value.starts_with(b"\"") { unquote(value)? } else { Cow::Borrowed(value) };
    Some(Text(bytes))
}

/// Reads a line without trailing blanks.
pub(super) fn read_cef(line: &[u8]) -> Option<Event<'_>> {
    let sealed = ending::split(line);
    let body = sealed.as_ref().map_or(line, |end| &line[..end.signed_bytes]);
    let ([version, _vendor, product, product_version, code, message, severity], mut pairs) = cef::split(body)?;
    (version == b"CEF:0").then_some(())?;
    let mut event = Event {
        format: Format::Cef,
        moment: None,
        level: Level::of_cef_severity(severity)?,
        message: without_escapes(message),
        product: Some(without_escapes(product)),
        version: Some(without_escapes(product_version)),
        fields: Vec::with_capacity(FIELDS_USUAL),
        seal: sealed.as_ref().map(|end| end.seal),
        marker: if sealed.is_some_and(|end| end.start) { Marker::Start } else { Marker::Middle },
    };
    let code = without_escapes(code);
    for (key, value) in pairs.by_ref() {
        let key = if key.starts_with(b"\"") { unescaped(unquote(key)?) } else { Text::borrowed(key) };
        if key.as_bytes() == b"unixTime"
            && event.moment.is_none()
            && let Some(time) = from_unix(value.trim_ascii())
        {
            event.moment = Some(Moment { time, precision: Precision::Milliseconds, rfc3339: None });
            continue;
        }
        event.fields.push(Field { key, value: Value::Text(without_escapes(value)) });
    }
    if code.as_bytes() != CODE_GENERAL.to_string().as_bytes() {
        let at = event.fields.partition_point(|field| field.key.as_bytes() < b"code".as_slice());
        event.fields.insert(at, Field { key: Text::from("code"), value: Value::Text(code) });
    }
    pairs.rest().is_empty().then_some(event)
}

/// A value without its escapes. Acra trims every value and writes the empty one as a blank.
fn without_escapes(value: &[u8]) -> Text<'_> {
    unescaped(Cow::Borrowed(value.trim_ascii()))
}

/// A text without its escapes: those of a value, and inside of its quotes those of a key.
fn unescaped(value: Cow<'_, [u8]>) -> Text<'_> {
    if memchr::memchr(b'\\', &value).is_none() {
        return Text(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = byte == b'\\' && matches!(bytes.peek(), Some(b'\\' | b'|' | b'='));
        plain.push(if escaped { bytes.next().unwrap_or(byte) } else { byte });
    }
    Text(Cow::Owned(plain))
}
