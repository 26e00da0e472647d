//! docker's json-file lines: `{"log":"text\n","stream":"stderr","time":"..."}`; a `log` without its newline is a piece.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json::JsonText;
use super::{PieceEnd, WrappedPiece, Writer};

/// Strict on purpose: a repeated or foreign key would let a line show one text to people and another one to us.
pub(super) fn open(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if !line.starts_with(b"{") {
        return None;
    }
    let at = out.len();
    let mut json = serde_json::Deserializer::from_slice(line);
    let outer = json.deserialize_map(DockerVisitor { out }).and_then(|outer| json.end().map(|()| outer));
    let Ok(DockerFields { log: true, output, time, .. }) = outer else {
        out.truncate(at);
        return None;
    };
    if output.is_none() && !time {
        out.truncate(at);
        return None;
    }
    let part = if out.len() > at && out.ends_with(b"\n") {
        out.pop();
        PieceEnd::Last
    } else {
        PieceEnd::Continued
    };
    Some(WrappedPiece::new(output.unwrap_or_default(), part))
}

/// What was seen of the object.
#[derive(Default)]
struct DockerFields {
    log: bool,
    output: Option<Writer>,
    time: bool,
    attrs: bool,
}

struct DockerVisitor<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for DockerVisitor<'_> {
    type Value = DockerFields;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("an object with log, stream and time")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DockerFields, A::Error> {
        let mut fields = DockerFields::default();
        let mut key = Vec::new();
        loop {
            key.clear();
            if map.next_key_seed(JsonText { out: &mut key })?.is_none() {
                return Ok(fields);
            }
            let repeated = match key.as_slice() {
                b"log" => {
                    map.next_value_seed(JsonText { out: &mut *self.out })?;
                    std::mem::replace(&mut fields.log, true)
                }
                b"stream" => {
                    let mut name = Vec::new();
                    map.next_value_seed(JsonText { out: &mut name })?;
                    fields.output.replace(Writer::output(&name)).is_some()
                }
                b"time" => {
                    map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut fields.time, true)
                }
                b"attrs" => {
                    map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut fields.attrs, true)
                }
                _ => return Err(serde::de::Error::custom("a foreign key")),
            };
            if repeated {
                return Err(serde::de::Error::custom("a repeated key"));
            }
        }
    }
}
