//! A moment as an entry states it (audit log, section 2): whole seconds in plaintext, milliseconds in json and cef.

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z; plaintext knows whole seconds only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogTime {
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
}

/// RFC 3339 in UTC; the fraction is left out when it is zero.
impl fmt::Display for LogTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.unix_ms) {
            Ok(time) => write!(out, "{time}"),
            // Outside the calendar (years -9999 to 9999): the number is all that can be said.
            Err(_) => write!(out, "@{}ms", self.unix_ms),
        }
    }
}

impl serde::Serialize for LogTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
