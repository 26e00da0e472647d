//! Times of a log as RFC 3339 in UTC with milliseconds. Neighbouring entries mostly share their second, so that the
//! calendar is asked once for each.

use std::cell::Cell;
use std::io::Write;

use crate::entry::LogTime;
use crate::event::Moment;

/// `2023-11-14T22:13:20`
const SECOND_BYTES: usize = 19;
/// `2023-11-14T22:13:20.389Z`
const TIME_BYTES: usize = SECOND_BYTES + 5;

thread_local! {
    /// The second that was spelled last.
    static LAST: Cell<(i64, [u8; SECOND_BYTES])> = const { Cell::new((i64::MIN, [0; SECOND_BYTES])) };
}

/// A time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utc([u8; TIME_BYTES]);

impl Utc {
    /// What stands where a time is required and the log has none.
    pub(super) const MADE_UP: Self = Self(*b"1970-01-01T00:00:00.000Z");

    /// None outside of the years that RFC 3339 can write, 0000 to 9999.
    pub(super) fn of(time: LogTime) -> Option<Self> {
        let second = second(time.unix_ms.div_euclid(1000))?;
        let millis = time.unix_ms.rem_euclid(1000);
        let digit = |value: i64| b'0' + u8::try_from(value % 10).unwrap_or(0);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        text[..SECOND_BYTES].copy_from_slice(&second);
        text[SECOND_BYTES + 1..TIME_BYTES - 1].copy_from_slice(&[
            digit(millis / 100),
            digit(millis / 10),
            digit(millis),
        ]);
        Some(Self(text))
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether an RFC 3339 text says the same second in UTC and nothing more, so that it need not be kept.
    pub(super) fn covers(&self, text: &[u8]) -> bool {
        text.strip_suffix(b"Z") == Some(&self.0[..SECOND_BYTES])
    }
}

/// What the entry says of its time beyond the time itself: a zone, another second, or a time no calendar has.
pub(super) fn other_text<'a>(moment: &'a Moment<'_>, utc: Option<Utc>) -> Option<std::borrow::Cow<'a, [u8]>> {
    match (&moment.rfc3339, utc) {
        (Some(text), Some(utc)) if utc.covers(text.as_bytes()) => None,
        (Some(text), _) => Some(text.as_bytes().into()),
        (None, None) => Some(moment.time.to_string().into_bytes().into()),
        (None, Some(_)) => None,
    }
}

fn second(unix: i64) -> Option<[u8; SECOND_BYTES]> {
    let (last, text) = LAST.get();
    if last == unix {
        return Some(text);
    }
    let time = jiff::Timestamp::from_second(unix).ok()?;
    let mut spelled = [0; SECOND_BYTES + 1];
    // Years of more digits do not fit, and those before 0000 have them.
    write!(&mut spelled[..], "{time}").ok()?;
    let text = *spelled.first_chunk()?;
    LAST.set((unix, text));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Precision, Text};

    #[test]
    fn times_are_spelled_in_utc_whatever_was_spelled_before() {
        let cases = [
            (0, Some("1970-01-01T00:00:00.000Z")),
            (1_700_000_000_389, Some("2023-11-14T22:13:20.389Z")),
            (1_700_000_000_005, Some("2023-11-14T22:13:20.005Z")),
            (-1, Some("1969-12-31T23:59:59.999Z")),
            // The calendar ends with the hours that the widest zone needs.
            (253_402_300_799_999, None),
            (-62_167_219_200_000, Some("0000-01-01T00:00:00.000Z")),
            (-62_167_219_200_001, None),
            (i64::MAX, None),
            (1_700_000_000_389, Some("2023-11-14T22:13:20.389Z")),
        ];
        for (unix_ms, text) in cases {
            let utc = Utc::of(LogTime { unix_ms });
            assert_eq!(utc.as_ref().map(Utc::as_str), text, "{unix_ms}");
        }
    }

    #[test]
    fn only_a_text_that_says_more_than_the_time_is_kept() {
        let time = LogTime { unix_ms: 1_700_000_000_389 };
        let kept = |rfc3339: Option<&str>, time: LogTime| {
            let moment = Moment { time, precision: Precision::Seconds, rfc3339: rfc3339.map(Text::from) };
            other_text(&moment, Utc::of(time)).map(|text| String::from_utf8(text.into_owned()).unwrap())
        };
        assert_eq!(kept(Some("2023-11-14T22:13:20Z"), time), None);
        assert_eq!(kept(None, time), None);
        for text in ["2023-11-15T00:13:20+02:00", "2023-11-14T22:13:21Z", "yesterday"] {
            assert_eq!(kept(Some(text), time).as_deref(), Some(text));
        }
        assert_eq!(kept(None, LogTime { unix_ms: i64::MAX }).as_deref(), Some("@9223372036854775807ms"));
    }
}
