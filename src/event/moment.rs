//! When an event was logged, with the precision and the spelling of the entry (events, trap 7).

use super::value::Text;
use crate::entry::LogTime;

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
