//! Lengths of time: as people type them, in whole seconds, and as they are told to people. Moments are left to `time`.

use std::fmt;

use jiff::{SignedDuration, SpanRelativeTo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A length of time in whole seconds, at least one: `90s`, `5m`, `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", try_from = "String")]
#[schemars(extend("pattern" = "^[0-9]+[hms]( [0-9]+[ms]){0,2}$"))]
pub struct Span {
    seconds: u32,
}

impl Span {
    /// Of so many seconds.
    pub const fn of_seconds(seconds: u32) -> Self {
        Self { seconds }
    }

    /// In seconds.
    pub fn seconds(self) -> u64 {
        self.seconds.into()
    }

    /// In milliseconds.
    pub fn milliseconds(self) -> i64 {
        i64::from(self.seconds) * 1000
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#}", SignedDuration::from_secs(self.seconds.into()))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // A day has 24 hours here; a month has no length.
        let length: Option<jiff::Span> = text.parse().ok();
        let length = length.and_then(|length| length.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        let whole = length.filter(|length| length.subsec_nanos() == 0 && length.as_secs() > 0);
        let seconds = whole.and_then(|length| u32::try_from(length.as_secs()).ok());
        seconds.map(|seconds| Self { seconds }).ok_or_else(|| {
            format!(
                "`{text}` is no length of time: lengths are written 90s, 5m, 1h30m, 2d or \"1h 30m\", and are not 0"
            )
        })
    }
}

/// A length of at least 0 for people: `2d 1h 30m`, `5s 389ms`.
pub fn length_in_words(milliseconds: i64) -> String {
    let length = SignedDuration::from_millis(milliseconds.max(0));
    let days = length.as_secs() / DAY_SECONDS;
    let rest = length - SignedDuration::from_secs(days * DAY_SECONDS);
    match days {
        0 => format!("{rest:#}"),
        _ if rest.is_zero() => format!("{days}d"),
        _ => format!("{days}d {rest:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_back_as_they_are_written() {
        let cases = [
            ("90s", 90),
            ("5m", 300),
            ("1h", 3600),
            ("1h 30m", 5400),
            ("1h30m", 5400),
            ("2 hours", 7200),
            ("2d", 172_800),
            ("1w", 604_800),
        ];
        for (text, seconds) in cases {
            let span = Span::try_from(text.to_owned()).unwrap();
            assert_eq!(span.seconds(), seconds, "{text}");
            assert_eq!(Span::try_from(span.to_string()), Ok(span), "{span}");
        }
        for text in ["", "5", "0s", "-5m", "500ms", "1 month", "9999999h", "soon"] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn people_are_told_days_hours_minutes_and_seconds() {
        let cases = [
            (0, "0s"),
            (1_800_001, "30m 1ms"),
            (5_400_000, "1h 30m"),
            (86_399_000, "23h 59m 59s"),
            (86_400_000, "1d"),
            (180_061_000, "2d 2h 1m 1s"),
            (-5, "0s"),
        ];
        for (milliseconds, words) in cases {
            assert_eq!(length_in_words(milliseconds), words);
        }
    }
}
