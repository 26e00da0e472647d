//! The columns that rows of events can have, by the names people ask for. What each says of an event is left to the formats
//! of rows.

use crate::event::canonical_key;

/// What a column says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// When it was logged.
    Time,
    /// Its level.
    Level,
    /// Its severity on the scale of CEF.
    Severity,
    /// Its code.
    Code,
    /// What an event of its kind is called.
    Name,
    /// Its message.
    Message,
    /// The name of the service.
    Product,
    /// The version of the service.
    Version,
    /// The fields that have no place of their own, as one JSON object.
    Fields,
    /// The file it stands in.
    File,
    /// Its line there.
    Line,
    /// Its seal.
    Seal,
    /// What verification says of it.
    IntegrityStatus,
    /// The name of its chain.
    ChainId,
    /// Its place in the chain.
    ChainPosition,
    /// The key that it verifies with.
    KeyFingerprint,
    /// The line itself.
    Raw,
    /// A field of the entry, by its canonical key.
    Field(String),
}

impl Column {
    /// The column with a name; any other name is that of a field.
    pub fn named(name: &str) -> Self {
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
            "key_fingerprint" => Self::KeyFingerprint,
            "raw" => Self::Raw,
            key => Self::Field(String::from_utf8_lossy(canonical_key(key.as_bytes())).into_owned()),
        }
    }

    /// The key of the field it takes out of [`Column::Fields`] where each field stands once.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Code => Some("code"),
            Self::Field(key) => Some(key),
            _ => None,
        }
    }
}
