//! Exports of SIEMs that kept the original line: documents after ECS, events of Splunk's collector, and what Elastic's bulk
//! interface takes. Nothing but the original is looked at; whether it is genuine is left to its seal.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{WrappedPiece, append, looks_like_entry};

/// The longest line of a bulk request that is taken for an action, in bytes. Names of indices have at most 255 bytes, ids
/// 512; a longer line might hide something.
const ACTION_BYTES_MAX: usize = 4096;

/// What may stand in an action of a bulk request; anything else might be an entry that is to be overlooked.
const ACTION_KEYS: [&str; 15] = [
    "_id",
    "_index",
    "_routing",
    "_type",
    "if_primary_term",
    "if_seq_no",
    "list_executed_pipelines",
    "op_type",
    "pipeline",
    "require_alias",
    "require_data_stream",
    "retry_on_conflict",
    "routing",
    "version",
    "version_type",
];

/// A document after ECS, or one as Elasticsearch hands it out: inside `_source`.
pub(super) fn open_ecs(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let mut originals = Originals::default();
    object::<EcsDocument>(line)?.tell(&mut originals)?;
    append(&originals.only()?, out)
}

/// A line of a bulk request. An action stands for no entry: its text is empty, as that of a blank line.
pub(super) fn open_elastic_bulk(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if is_action(line) { append(b"", out) } else { open_ecs(line, out) }
}

/// An event of Splunk's collector: the line itself among the fields, or in the event, or as the event.
pub(super) fn open_splunk_hec(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let collected = object::<Collected>(line)?;
    let mut originals = Originals::default();
    if let JsonMember::Object(fields) = collected.fields {
        originals.take_text(fields.raw);
        originals.take_base64(fields.raw_base64)?;
    }
    match collected.event {
        JsonMember::Object(document) => document.tell(&mut originals)?,
        // A payload in another format stands beside the line; without the line it may be the line.
        JsonMember::Text(text) if originals.0.is_empty() && looks_like_entry(text.as_bytes()) => {
            originals.0.push(text.into_bytes());
        }
        JsonMember::Text(_) | JsonMember::Other => {}
    }
    append(&originals.only()?, out)
}

/// Reads one object. A key that is repeated at a place that is looked at is an error.
fn object<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Option<T> {
    match serde_json::from_slice(line).ok()? {
        JsonMember::Object(object) => Some(object),
        JsonMember::Text(_) | JsonMember::Other => None,
    }
}

/// Whether a line is `{"create":{...}}` or `{"index":{...}}` with nothing but what belongs there.
fn is_action(line: &[u8]) -> bool {
    if line.len() > ACTION_BYTES_MAX {
        return false;
    }
    let Ok(action) = serde_json::from_slice::<BTreeMap<String, BTreeMap<String, Scalar>>>(line) else { return false };
    action.len() == 1
        && action.iter().all(|(verb, about)| {
            matches!(verb.as_str(), "create" | "index") && about.keys().all(|key| ACTION_KEYS.contains(&key.as_str()))
        })
}

/// A value that holds no further ones; which one does not matter.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only the type is looked at")]
enum Scalar {
    Text(String),
    Number(f64),
    Word(bool),
}

/// The places of a document where the line may stand.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EcsDocument {
    event: JsonMember<EventFields>,
    #[serde(rename = "event.original")]
    event_original: JsonMember<IgnoredAny>,
    acra: JsonMember<AcraFields>,
    #[serde(rename = "acra.original_base64")]
    acra_original: JsonMember<IgnoredAny>,
    #[serde(rename = "_source")]
    source: JsonMember<Box<EcsDocument>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EventFields {
    original: JsonMember<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AcraFields {
    original_base64: JsonMember<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Collected {
    event: JsonMember<EcsDocument>,
    fields: JsonMember<SplunkFields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SplunkFields {
    #[serde(rename = "acra_raw")]
    raw: JsonMember<IgnoredAny>,
    #[serde(rename = "acra_raw_base64")]
    raw_base64: JsonMember<IgnoredAny>,
}

impl EcsDocument {
    /// Tells every original of the document, and of the one inside it. None when one cannot be decoded.
    fn tell(self, originals: &mut Originals) -> Option<()> {
        let mut next = Some(self);
        while let Some(document) = next {
            if let JsonMember::Object(fields) = document.event {
                originals.take_text(fields.original);
            }
            originals.take_text(document.event_original);
            if let JsonMember::Object(fields) = document.acra {
                originals.take_base64(fields.original_base64)?;
            }
            originals.take_base64(document.acra_original)?;
            next = match document.source {
                JsonMember::Object(inner) => Some(*inner),
                JsonMember::Text(_) | JsonMember::Other => None,
            };
        }
        Some(())
    }
}

/// The originals that one line of the export holds.
#[derive(Default)]
struct Originals(Vec<Vec<u8>>);

impl Originals {
    fn take_text(&mut self, member: JsonMember<IgnoredAny>) {
        if let JsonMember::Text(text) = member {
            self.0.push(text.into_bytes());
        }
    }

    fn take_base64(&mut self, member: JsonMember<IgnoredAny>) -> Option<()> {
        if let JsonMember::Text(text) = member {
            self.0.push(STANDARD.decode(text).ok()?);
        }
        Some(())
    }

    /// The original, when there is one: another text beside it would be shown to people, and this one to us. It is a line,
    /// so it is neither empty nor does it hold a line break.
    fn only(mut self) -> Option<Vec<u8>> {
        let original = self.0.pop()?;
        let same = self.0.iter().all(|other| *other == original);
        (same && !original.is_empty() && memchr::memchr(b'\n', &original).is_none()).then_some(original)
    }
}

/// A value. Lists are never taken for objects, as a derived reader would.
#[derive(Debug, Default, PartialEq)]
pub(super) enum JsonMember<T> {
    Object(T),
    Text(String),
    /// Something else, or nothing.
    #[default]
    Other,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for JsonMember<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonMemberVisitor(PhantomData))
    }
}

struct JsonMemberVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for JsonMemberVisitor<T> {
    type Value = JsonMember<T>;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("a json value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(JsonMember::Object)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonMember::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JsonMember::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(JsonMember::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(JsonMember::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(JsonMember::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(JsonMember::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(JsonMember::Other)
    }
}

#[cfg(test)]
mod tests;
