//! A moment as an entry states it (audit log, section 2): whole seconds in plaintext, milliseconds in json and cef.

use std::fmt;

use super::{Format, cef, json, plaintext};

/// Milliseconds since 1970-01-01T00:00:00Z; plaintext knows whole seconds only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogTime {
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
}

impl LogTime {
    /// What the clock of this machine says.
    pub fn now() -> Self {
        Self { unix_ms: jiff::Timestamp::now().as_millisecond() }
    }

    /// The same second without its milliseconds.
    pub fn whole_seconds(self) -> Self {
        // The earliest of all moments stays what it is.
        Self { unix_ms: self.unix_ms.saturating_sub(self.unix_ms.rem_euclid(1000)) }
    }

    /// Its milliseconds as three decimal digits.
    pub fn millisecond_digits(self) -> [u8; 3] {
        // Each digit fits in a byte.
        [100, 10, 1].map(|unit| b'0' + (self.unix_ms.rem_euclid(1000) / unit % 10) as u8)
    }
}

/// RFC 3339 in UTC, to the second or to the millisecond.
impl fmt::Display for LogTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.unix_ms) {
            Ok(time) if self.unix_ms % 1000 == 0 => write!(out, "{time}"),
            Ok(time) => write!(out, "{time:.3}"),
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

impl<'de> serde::Deserialize<'de> for LogTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let outside = || text.strip_prefix('@')?.strip_suffix("ms")?.parse().ok();
        let unix_ms = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).ok().or_else(outside);
        unix_ms.map(|unix_ms| Self { unix_ms }).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no time")))
    }
}

impl schemars::JsonSchema for LogTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LogTime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The log's own time: RFC 3339 in UTC, at most milliseconds; or, outside the years -9999 to \
                            9999, @<milliseconds since 1970>ms.",
            "type": "string",
            "pattern": r"^(-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z|@-?[0-9]+ms)$",
        })
    }
}

/// The moment an entry states, in whichever format it is. Cold: it looks at every field of the line. `None` when the line
/// states none, or one outside of 64 bits of milliseconds.
pub fn time_of(line: &[u8]) -> Option<LogTime> {
    let unquoted = |value: &[u8]| Some(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?.to_vec());
    match Format::sniff(line)? {
        Format::Plaintext => {
            let (_, value) = plaintext::fields(line).find(|(key, _)| key == b"time")?;
            from_rfc3339(&unquoted(value)?)
        }
        Format::Cef => {
            let (_, value) = cef::fields(line).find(|(key, _)| key == b"unixTime")?;
            from_unix(value.trim_ascii_end())
        }
        Format::Json => {
            let line = super::without_trailing_blanks(line);
            let text_of = |key: &[u8]| unquoted(&json::value_of(line, key)?);
            let precise = text_of(b"unixTime").and_then(|text| from_unix(&text));
            precise.or_else(|| from_rfc3339(&text_of(b"timestamp")?))
        }
    }
}

/// Reads an RFC 3339 text.
pub(crate) fn from_rfc3339(text: &[u8]) -> Option<LogTime> {
    let time: jiff::Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(LogTime { unix_ms: time.as_millisecond() })
}

/// `<seconds>.<milliseconds>`, or whole seconds; further digits are cut off.
pub(crate) fn from_unix(text: &[u8]) -> Option<LogTime> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (seconds, fraction) = match point {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &[][..]),
    };
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    (!seconds.is_empty() && all_digits(seconds) && all_digits(fraction)).then_some(())?;
    let add = |sum: i64, digit: &u8| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'));
    let millis = fraction.iter().chain(b"000").take(3).try_fold(0, add)?;
    let unix_ms = seconds.iter().try_fold(0, add)?.checked_mul(1000)?.checked_add(millis)?;
    Some(LogTime { unix_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_whole_and_no_moment_is_too_early_for_them() {
        for (unix_ms, wanted) in [(1_999, 1_000), (2_000, 2_000), (-1, -1_000), (i64::MIN, i64::MIN)] {
            assert_eq!(LogTime { unix_ms }.whole_seconds().unix_ms, wanted);
        }
    }

    #[test]
    fn the_time_of_an_entry_is_read_in_every_format() {
        let cases = [
            (r#"time="2023-11-14T22:13:20Z" level=info msg="a""#, Some(1_700_000_000_000)),
            (r#"time="2020-05-12T21:19:35+03:00" level=info"#, Some(1_589_307_575_000)),
            (r#"time="yesterday" level=info"#, None),
            (r#"time=2023 level=info"#, None),
            (r#"{"timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.389"}"#, Some(1_700_000_000_389)),
            (r#"{"timestamp":"2023-11-14T22:13:20Z","unixTime":"soon"}"#, Some(1_700_000_000_000)),
            (r#"{"timestamp":"2023-11-14T22:13:20Z"}"#, Some(1_700_000_000_000)),
            (r#" { "unixTime" : "1700000000.38" } "#, Some(1_700_000_000_380)),
            (r#"{"a":{"unixTime":"1.000"}}"#, None),
            (r#"{"unixTime":"99999999999999999999.000"}"#, None),
            (r#"{"unixTime":"9223372036854775807.000"}"#, None),
            (r#"{"unixTime":"-1.000"}"#, None),
            (r#"{"unixTime":".5"}"#, None),
            (r#"{"unixTime":"#, None),
            ("CEF:0|v|p|1|100|m|1|a=b unixTime=1700000038.013 ", Some(1_700_000_038_013)),
            (r"CEF:0|v|p|1|100|m|1|sql=\ unixTime\=1.000 unixTime=2.000", Some(2_000)),
            ("CEF:0|v|p|1|100|m|1|a=b", None),
            ("foreign text", None),
        ];
        for (line, expected) in cases {
            assert_eq!(time_of(line.as_bytes()).map(|time| time.unix_ms), expected, "{line}");
        }
    }

    #[test]
    fn a_time_outside_of_the_calendar_is_still_printed() {
        assert_eq!(LogTime { unix_ms: i64::MAX }.to_string(), "@9223372036854775807ms");
        assert_eq!(LogTime { unix_ms: 1_700_000_000_389 }.to_string(), "2023-11-14T22:13:20.389Z");
    }
}
