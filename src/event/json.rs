//! Reads a json entry: raw tokens of the line as long as it is spelled as Acra spells it, and Go's reading of it otherwise.

use std::borrow::Cow;

use super::field::Field;
use super::moment::{Moment, Precision};
use super::value::{Text, Value};
use super::{Event, FIELDS_USUAL, Level};
use crate::entry::go_json::{self, Style, decode_string, is_number};
use crate::entry::{Format, LogTime, Marker, Seal, ending, from_rfc3339, from_unix, token};

/// Reads a line without trailing blanks.
pub(super) fn read(line: &[u8]) -> Option<Event<'_>> {
    read_tokens(line).or_else(|| read_remarshalled(line))
}

/// The fast way. None when a token is not as Acra writes it, or holds objects: then Go's reading decides.
fn read_tokens(line: &[u8]) -> Option<Event<'_>> {
    let mut members = token::members(line).ok()?;
    let mut reading = Reading::default();
    while let Some((key, value)) = members.next().ok()? {
        if matches!(value.first(), Some(b'{' | b'[')) {
            return None;
        }
        reading.take(Text::borrowed(key), value)?;
    }
    reading.finish()
}

fn read_remarshalled(line: &[u8]) -> Option<Event<'_>> {
    let object = go_json::marshal(line, Style::Go122)?;
    let mut reading = Reading::default();
    for (key, value) in object.members() {
        reading.take(Text::borrowed(key), value)?;
    }
    reading.finish().map(Event::into_owned)
}

/// What was seen of the object.
#[derive(Default)]
struct Reading<'a> {
    level: Option<Level>,
    message: Option<Text<'a>>,
    product: Option<Text<'a>>,
    version: Option<Text<'a>>,
    timestamp: Option<Text<'a>>,
    unix_time: Option<LogTime>,
    seal: Option<Seal>,
    started: bool,
    fields: Vec<Field<'a>>,
}

impl<'a> Reading<'a> {
    /// Takes a member in; None when its value is no JSON, or one that no entry has.
    fn take(&mut self, key: Text<'a>, token: &'a [u8]) -> Option<()> {
        let value = value(token)?;
        match (key.as_bytes(), value) {
            (b"level", Value::Text(name)) => self.level = Some(Level::named(name.as_bytes())?),
            (b"level" | b"msg", _) if !token.starts_with(b"\"") => return None,
            (b"msg", Value::Text(text)) => self.message = Some(text),
            (b"product", Value::Text(text)) => self.product = Some(text),
            (b"version", Value::Text(text)) => self.version = Some(text),
            (b"timestamp", Value::Text(text)) => self.timestamp = Some(text),
            (b"unixTime", Value::Text(text)) if let Some(time) = unix_time(&text) => self.unix_time = Some(time),
            (b"integrity", Value::Text(text)) if let Some(seal) = ending::seal_from(text.as_bytes()) => {
                self.seal = Some(seal);
            }
            (b"chain", Value::Text(text)) if text.as_bytes() == b"new" => self.started = true,
            (_, value) => {
                if self.fields.capacity() == 0 {
                    self.fields.reserve(FIELDS_USUAL);
                }
                self.fields.push(Field { key, value });
            }
        }
        Some(())
    }

    /// A text that is not what its name says, back among the fields; these are in the order of their keys.
    fn put_back(&mut self, key: &'static str, text: Text<'a>) {
        let field = Field { key: Text::from(key), value: Value::Text(text) };
        let at = self.fields.partition_point(|other| other.key < field.key);
        self.fields.insert(at, field);
    }

    fn finish(mut self) -> Option<Event<'a>> {
        let mut rfc3339 = self.timestamp.take();
        let stated = rfc3339.as_ref().and_then(|text| from_rfc3339(text.as_bytes()));
        if stated.is_none()
            && let Some(text) = rfc3339.take()
        {
            // A text that is no time must not get lost.
            self.put_back("timestamp", text);
        }
        let (time, precision) = match self.unix_time {
            Some(time) => (Some(time), Precision::Milliseconds),
            None => (stated, Precision::Seconds),
        };
        let moment = time.map(|time| Moment { time, precision, rfc3339 });
        Some(Event {
            format: Format::Json,
            moment,
            level: self.level?,
            message: self.message?,
            product: self.product,
            version: self.version,
            fields: self.fields,
            seal: self.seal,
            marker: if self.started { Marker::Start } else { Marker::Middle },
        })
    }
}

/// Acra writes milliseconds; another spelling of the same time is a field like any other.
fn unix_time(text: &Text<'_>) -> Option<LogTime> {
    let bytes = text.as_bytes();
    let (_, fraction) = std::str::from_utf8(bytes).ok()?.split_once('.')?;
    if fraction.len() == 3 { from_unix(bytes) } else { None }
}

fn value(token: &[u8]) -> Option<Value<'_>> {
    Some(match token.first()? {
        b'"' => Value::Text(Text(string(token)?)),
        b'-' | b'0'..=b'9' => {
            let text = is_number(token).then(|| std::str::from_utf8(token).ok())?;
            Value::Number(Cow::Borrowed(text?))
        }
        _ => Value::Json(Cow::Borrowed(std::str::from_utf8(token).ok()?)),
    })
}

/// The text of a string token; borrowed when it stands there as it is.
fn string(token: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inside = token.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let plain = |byte: &u8| *byte >= b' ' && *byte != b'\\';
    if inside.iter().all(plain) && std::str::from_utf8(inside).is_ok() {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = Vec::with_capacity(inside.len());
    decode_string(token, &mut text)?;
    Some(Cow::Owned(text))
}
