//! Fields, values, texts and moments of events. A text of Acra's is bytes, since cef passes on what is no UTF-8; a value keeps
//! its json type where the format has types. What keys mean is decided where they are used.

use std::borrow::Cow;
use std::fmt;

use crate::entry::LogTime;

/// A text of an entry, unquoted and unescaped: any bytes. Hostile: escape it on output.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<'a>(pub Cow<'a, [u8]>);

impl<'a> Text<'a> {
    /// A text that is part of the line.
    pub fn borrowed(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// A text of its own.
    pub fn owned(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As Unicode; bytes that are none become U+FFFD.
    pub fn to_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0.escape_ascii())
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::borrowed(text.as_bytes())
    }
}

/// The value of a field. plaintext and cef know texts only.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(Text<'a>),
    /// A number of json, as Go prints it: valid JSON.
    Number(Cow<'a, str>),
    /// `true`, `false`, `null`, an array or an object of json, as Go prints it: valid JSON, keys sorted.
    Json(Cow<'a, str>),
}

impl Value<'_> {
    /// The same value on its own.
    pub fn into_owned<'b>(self) -> Value<'b> {
        match self {
            Self::Text(text) => Value::Text(Text::owned(text.0.into_owned())),
            Self::Number(json) => Value::Number(Cow::Owned(json.into_owned())),
            Self::Json(json) => Value::Json(Cow::Owned(json.into_owned())),
        }
    }

    /// The value as people read it: a text as it is, anything else as JSON.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Number(json) | Self::Json(json) => json.as_bytes(),
        }
    }

    /// As Unicode; bytes that are none become U+FFFD.
    pub fn to_str(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.to_str(),
            Self::Number(json) | Self::Json(json) => Cow::Borrowed(json),
        }
    }

    /// The event code this is: digits without a sign, a point or an exponent.
    pub(super) fn as_code(&self) -> Option<u16> {
        let digits = self.as_bytes();
        let plain = !digits.is_empty() && digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit);
        plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
    }
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    /// The key as it was meant: without quotes and escapes.
    pub key: Text<'a>,
    /// The value.
    pub value: Value<'a>,
}

/// The one name of a field that Acra spells in several ways (events, trap 4); any other key is its own name.
pub fn canonical_key(key: &[u8]) -> &[u8] {
    match key {
        b"clientID" | b"ClientID" | b"KeyID" | b"Key ID" => b"client_id",
        _ => key,
    }
}

/// How precisely an entry states its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// plaintext: whole seconds.
    Seconds,
    /// json and cef.
    Milliseconds,
}

/// A point in time as an entry states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment<'a> {
    /// The time itself.
    pub time: LogTime,
    /// How precise it is.
    pub precision: Precision,
    /// The RFC 3339 text of the entry, with its zone; cef has none.
    pub rfc3339: Option<Text<'a>>,
}
