//! One field of an event: a key and a value. What keys mean is decided where they are used, except for the one name that
//! Acra spells in four ways.

use super::value::{Text, Value};

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
