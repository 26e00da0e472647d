//! What a field of a rule is in an entry: the one table of names, and the values behind them. How values are compared is left
//! to `field_test`.

use std::borrow::Cow;

use crate::entry::Format;
use crate::event::{CODE_GENERAL, Event, Value, canonical_key};

/// What the fields of an entry are called in rules; any other field is called as in the entry, the members of an object with
/// a point between: `context.name`.
///
/// | in a rule | is |
/// |---|---|
/// | `code` | the event code, a number in every format. The filler 100 of cef is none (events, trap 1) |
/// | `level` | `trace`, `debug`, `info`, `warning`, `error`, `fatal`, `panic`, in cef by its severity |
/// | `message`, `msg` | the message |
/// | `product`, `version` | the service and its version; where the entry does not name them, as its start-up line does |
/// | `timestamp`, `time` | when it was logged, RFC 3339 in UTC |
/// | `client_id` | the client under any of its spellings (events, trap 4) |
/// | `session_id`, `error`, ... | as in the entry |
const NAMES: [(&str, SigmaField); 8] = [
    ("code", SigmaField::Code),
    ("level", SigmaField::Level),
    ("message", SigmaField::Message),
    ("msg", SigmaField::Message),
    ("product", SigmaField::Product),
    ("version", SigmaField::Version),
    ("timestamp", SigmaField::Timestamp),
    ("time", SigmaField::Timestamp),
];

/// A field of an entry, as a rule means it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SigmaField {
    Code,
    Level,
    Message,
    Product,
    Version,
    Timestamp,
    /// Any other, by its canonical key.
    Other(String),
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SigmaValue<'a> {
    /// A text or a number, as it is written.
    Text(Cow<'a, [u8]>),
    /// `null` of json.
    Null,
}

impl SigmaField {
    /// The field of this name.
    pub(super) fn named(name: &str) -> Self {
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| field.clone());
        known.unwrap_or_else(|| {
            let canonical = std::str::from_utf8(canonical_key(name.as_bytes())).unwrap_or(name);
            Self::Other(canonical.to_owned())
        })
    }

    /// Whether it is what the start-up line of a service says for all its entries.
    pub(super) fn is_of_service(&self) -> bool {
        matches!(self, Self::Product | Self::Version)
    }

    /// The values that the field has in an entry: none, one, or several where an entry has the field more than once or an
    /// array in it.
    pub(super) fn values<'e>(&self, event: &'e Event<'_>) -> Vec<SigmaValue<'e>> {
        let texts = |text: Option<&'e [u8]>| text.map(|it| SigmaValue::Text(Cow::Borrowed(it))).into_iter().collect();
        let or_field = |text: Option<&'e [u8]>, key: &str| match text {
            Some(_) => texts(text),
            None => fields(event, key),
        };
        match self {
            Self::Code => {
                let filler = event.format == Format::Cef && event.code() == Some(CODE_GENERAL);
                let code = event.code().filter(|_| !filler).map(|code| code.to_string().into_bytes());
                code.map(|code| SigmaValue::Text(Cow::Owned(code))).into_iter().collect()
            }
            Self::Level => texts(Some(event.level.name().as_bytes())),
            Self::Message => texts(Some(event.message.as_bytes()).filter(|message| !message.is_empty())),
            Self::Product => or_field(event.product.as_ref().map(|text| text.as_bytes()), "product"),
            Self::Version => or_field(event.version.as_ref().map(|text| text.as_bytes()), "version"),
            Self::Timestamp => {
                let time = event.moment.as_ref().map(|moment| moment.time.to_string().into_bytes());
                time.map(|time| SigmaValue::Text(Cow::Owned(time))).into_iter().collect()
            }
            Self::Other(key) => {
                let found = fields(event, key);
                if found.is_empty() { members(event, key) } else { found }
            }
        }
    }
}

/// Every text of an entry in which a keyword may stand.
pub(super) fn all_texts<'e>(event: &'e Event<'_>) -> impl Iterator<Item = &'e [u8]> {
    let head = [Some(&event.message), event.product.as_ref(), event.version.as_ref()];
    let head = head.into_iter().flatten().map(|text| text.as_bytes());
    head.chain(std::iter::once(event.level.name().as_bytes())).chain(event.fields.iter().map(|it| it.value.as_bytes()))
}

fn fields<'e>(event: &'e Event<'_>, key: &str) -> Vec<SigmaValue<'e>> {
    event.values(key.as_bytes()).flat_map(values_of).collect()
}

fn values_of<'e>(value: &'e Value<'_>) -> Vec<SigmaValue<'e>> {
    match value {
        Value::Text(text) => vec![SigmaValue::Text(Cow::Borrowed(text.as_bytes()))],
        Value::Number(number) => vec![SigmaValue::Text(Cow::Borrowed(number.as_bytes()))],
        Value::Json(json) if &**json == "null" => vec![SigmaValue::Null],
        Value::Json(json) if json.starts_with('[') => match serde_json::from_str(json) {
            Ok(array) => of_json(array),
            Err(_) => vec![SigmaValue::Text(Cow::Borrowed(json.as_bytes()))],
        },
        Value::Json(json) => vec![SigmaValue::Text(Cow::Borrowed(json.as_bytes()))],
    }
}

/// The values of a member of an object: of `a.b.c` the member `b.c`, or `c` of `b`, of the field `a`.
fn members<'e>(event: &'e Event<'_>, path: &str) -> Vec<SigmaValue<'e>> {
    let Some((first, rest)) = path.split_once('.') else { return Vec::new() };
    let objects = event.values(first.as_bytes()).filter_map(|value| match value {
        Value::Json(json) if json.starts_with('{') => serde_json::from_str(json).ok(),
        _ => None,
    });
    objects.filter_map(|object| member(object, rest)).flat_map(of_json).collect()
}

fn member(mut object: serde_json::Value, path: &str) -> Option<serde_json::Value> {
    if let Some(found) = object.get_mut(path) {
        return Some(found.take());
    }
    let (first, rest) = path.split_once('.')?;
    member(object.get_mut(first)?.take(), rest)
}

fn of_json<'e>(value: serde_json::Value) -> Vec<SigmaValue<'e>> {
    match value {
        serde_json::Value::Null => vec![SigmaValue::Null],
        serde_json::Value::String(text) => vec![SigmaValue::Text(Cow::Owned(text.into_bytes()))],
        serde_json::Value::Array(elements) => elements.into_iter().flat_map(of_json).collect(),
        other => vec![SigmaValue::Text(Cow::Owned(other.to_string().into_bytes()))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str, name: &str) -> Vec<String> {
        let event = Event::read(line.as_bytes()).expect("an entry");
        let text = |value: &SigmaValue<'_>| match value {
            SigmaValue::Text(text) => String::from_utf8_lossy(text).into_owned(),
            SigmaValue::Null => "null".to_owned(),
        };
        SigmaField::named(name).values(&event).iter().map(text).collect()
    }

    #[test]
    fn a_field_is_the_same_whatever_the_format() {
        let lines = [
            r#"{"clientID":"webapp","code":560,"level":"error","msg":"m","session_id":7,"timestamp":"2025-03-14T00:00:00Z","unixTime":"1741910400.000"}"#,
            r#"time="2025-03-14T00:00:00Z" level=error msg=m clientID=webapp code=560 session_id=7"#,
            "CEF:0|cossacklabs|acra-server|0.96.0|560|m|6|clientID=webapp session_id=7 unixTime=1741910400.000 ",
        ];
        let wanted = [
            ("code", "560"),
            ("level", "error"),
            ("message", "m"),
            ("msg", "m"),
            ("client_id", "webapp"),
            ("KeyID", "webapp"),
            ("session_id", "7"),
            ("timestamp", "2025-03-14T00:00:00Z"),
        ];
        for line in lines {
            for (name, value) in wanted {
                let found = texts(line, name);
                assert!(
                    found.iter().any(|it| it.starts_with(value.trim_end_matches('Z'))),
                    "{name} of {line}: {found:?}"
                );
            }
            assert_eq!(texts(line, "error"), [""; 0]);
        }
    }

    #[test]
    fn the_filler_of_cef_is_no_code() {
        let cef = "CEF:0|cossacklabs|acra-server|0.96.0|100|m|1|unixTime=1741910400.000 ";
        assert_eq!([texts(cef, "code"), texts(cef, "product")], [vec![], vec!["acra-server".to_owned()]]);
    }
}
