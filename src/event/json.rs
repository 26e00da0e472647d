//! Reads a json entry: raw tokens of the line as long as it is spelled as Acra spells it, and Go's reading of it otherwise.

use std::borrow::Cow;

use super::value::{Field, Moment, Precision, Text, Value};
use super::{Event, FIELDS_USUAL, Level};
use crate::entry::go_json::{self, Style, as_go_prints, decode_string, is_number};
use crate::entry::{Format, LogTime, Marker, Seal, ending, from_rfc3339, from_unix, json};

/// Reads a line without trailing blanks.
pub(super) fn read(line: &[u8]) -> Option<Event<'_>> {
    read_tokens(line).or_else(|| read_remarshalled(line))
}

/// The fast way. None when a token is not as Acra writes it: then Go's reading decides.
fn read_tokens(line: &[u8]) -> Option<Event<'_>> {
    let mut members = json::members(line).ok()?;
    let mut builder = EventBuilder { plain: is_plain(line), ..EventBuilder::default() };
    while let Some((key, value)) = members.next().ok()? {
        match value.first() {
            // A token may hold anything between its brackets.
            Some(b'{' | b'[') => builder.fields.push(Field { key: Text::borrowed(key), value: nested(value)? }),
            _ => builder.take(Text::borrowed(key), value)?,
        }
    }
    builder.finish()
}

/// An array or object in Go's spelling.
fn nested<'b>(token: &[u8]) -> Option<Value<'b>> {
    let object = go_json::marshal(&[b"{\"\":", token, b"}"].concat(), Style::Go122)?;
    let (_, value) = object.members().next()?;
    Some(Value::Json(Cow::Owned(String::from_utf8(value.to_vec()).ok()?)))
}

fn read_remarshalled(line: &[u8]) -> Option<Event<'_>> {
    let object = go_json::marshal(line, Style::Go122)?;
    let mut builder = EventBuilder::default();
    for (key, value) in object.members() {
        builder.take(Text::borrowed(key), value)?;
    }
    builder.finish().map(Event::into_owned)
}

/// Whether every string of a line stands there as it is: no escapes, no control characters, and UTF-8 throughout. Asked
/// once, because a pass over the line costs less than one over each of its strings.
fn is_plain(line: &[u8]) -> bool {
    // No early exit: the loop is one for vector registers.
    let special = line.iter().fold(false, |special, byte| special | (*byte < b' ') | (*byte == b'\\'));
    !special && std::str::from_utf8(line).is_ok()
}

/// What was seen of the object.
#[derive(Default)]
struct EventBuilder<'a> {
    /// Whether strings need not be looked into.
    plain: bool,
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

impl<'a> EventBuilder<'a> {
    /// Takes a member in; None when its value is no JSON, or one that no entry has.
    fn take(&mut self, key: Text<'a>, token: &'a [u8]) -> Option<()> {
        let value = self.value(token)?;
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

    fn value(&self, token: &'a [u8]) -> Option<Value<'a>> {
        Some(match token.first()? {
            b'"' => Value::Text(Text(string(token, self.plain)?)),
            b'-' | b'0'..=b'9' => {
                let text = is_number(token).then(|| std::str::from_utf8(token).ok())??;
                // Go refuses what no float64 holds (audit log, section 3).
                Value::Number(as_go_prints(text)?)
            }
            _ => Value::Json(Cow::Borrowed(std::str::from_utf8(token).ok()?)),
        })
    }

    /// A text that is not what its name says, back among the fields; these are in the order of their keys.
    fn put_back(&mut self, key: &'static str, text: Text<'a>) {
        let field = Field { key: Text::from(key), value: Value::Text(text) };
        let at = self.fields.partition_point(|other| other.key < field.key);
        self.fields.insert(at, field);
    }

    fn finish(mut self) -> Option<Event<'a>> {
        let mut rfc3339 = self.timestamp.take();
        let known = self.unix_time.is_some() && rfc3339.as_ref().is_some_and(|text| has_usual_form(text.as_bytes()));
        let stated = match known {
            true => None,
            false => rfc3339.as_ref().and_then(|text| from_rfc3339(text.as_bytes())),
        };
        if !known
            && stated.is_none()
            && let Some(text) = rfc3339.take()
        {
            // A text that is no time must not get lost.
            self.put_back("timestamp", text);
        }
        if self.started && self.seal.is_none() {
            // The mark of a chain's start belongs to a seal; without one it is a field like any other.
            self.started = false;
            self.put_back("chain", Text::from("new"));
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

/// Whether a text has the form of nearly all times: `2025-03-14T00:00:02Z`. Where the time is known from elsewhere, that is
/// enough to keep the text, and a calendar need not be asked.
fn has_usual_form(text: &[u8]) -> bool {
    const FORM: &[u8; 20] = b"0000-00-00T00:00:00Z";
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == FORM.len() && text.iter().zip(FORM).all(fits)
}

/// Acra writes milliseconds; another spelling of the same time is a field like any other.
fn unix_time(text: &Text<'_>) -> Option<LogTime> {
    let bytes = text.as_bytes();
    let point = bytes.len().checked_sub(4)?;
    if bytes[point] == b'.' { from_unix(bytes) } else { None }
}

/// The text of a string token; borrowed when it stands there as it is.
fn string(token: &[u8], plain: bool) -> Option<Cow<'_, [u8]>> {
    let inside = token.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if plain || is_plain(inside) {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = Vec::with_capacity(inside.len());
    decode_string(token, &mut text)?;
    Some(Cow::Owned(text))
}
