//! Times in RFC 3339 at the speed of logs: entries of the same second share their calendar arithmetic.

use std::cell::Cell;
use std::io::Write as _;

use crate::entry::LogTime;
use crate::event::{Moment, Precision};

/// Length of `2023-11-14T22:13:20`.
const SECONDS_BYTES: usize = 19;

thread_local! {
    /// The last second that was printed, and how.
    static LAST: Cell<(i64, [u8; SECONDS_BYTES])> = const { Cell::new((0, *b"1970-01-01T00:00:00")) };
}

/// Appends a moment in UTC, as precisely as the entry states it. Outside of the calendar the number stands alone.
pub(super) fn push_rfc3339(moment: &Moment<'_>, out: &mut Vec<u8>) {
    let (second, millis) = (moment.time.unix_ms.div_euclid(1000), moment.time.unix_ms.rem_euclid(1000));
    match seconds(second) {
        Some(text) => out.extend_from_slice(&text),
        None => return push_unusual(moment.time, out),
    }
    if moment.precision == Precision::Milliseconds || millis != 0 {
        out.push(b'.');
        // Each digit fits in a byte.
        out.extend([100, 10, 1].map(|unit| b'0' + (millis / unit % 10) as u8));
    }
    out.push(b'Z');
}

fn seconds(second: i64) -> Option<[u8; SECONDS_BYTES]> {
    let (last, text) = LAST.get();
    if last == second {
        return Some(text);
    }
    let printed = jiff::Timestamp::from_second(second).ok()?.to_string();
    let text = printed.strip_suffix('Z')?.as_bytes().try_into().ok()?;
    LAST.set((second, text));
    Some(text)
}

/// Years that do not have four digits, and times without a year.
fn push_unusual(time: LogTime, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{time}");
}

/// Whether an entry states a zone that is lost when its time is written in UTC.
pub(super) fn has_zone(moment: &Moment<'_>) -> bool {
    let utc = |text: &[u8]| text.ends_with(b"Z") || text.ends_with(b"z") || text.ends_with(b"+00:00");
    moment.rfc3339.as_ref().is_some_and(|text| !utc(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Text;

    #[test]
    fn a_time_is_printed_as_precisely_as_it_was_stated() {
        let cases = [
            (1_700_000_000_389, Precision::Milliseconds, "2023-11-14T22:13:20.389Z"),
            (1_700_000_000_000, Precision::Milliseconds, "2023-11-14T22:13:20.000Z"),
            (1_700_000_000_000, Precision::Seconds, "2023-11-14T22:13:20Z"),
            (1_700_000_000_007, Precision::Seconds, "2023-11-14T22:13:20.007Z"),
            (-1, Precision::Milliseconds, "1969-12-31T23:59:59.999Z"),
            (0, Precision::Seconds, "1970-01-01T00:00:00Z"),
            (-62_200_000_000_000, Precision::Seconds, "-000002-12-17T14:13:20Z"),
            (i64::MAX, Precision::Milliseconds, "@9223372036854775807ms"),
        ];
        for (unix_ms, precision, expected) in cases {
            let mut out = Vec::new();
            push_rfc3339(&Moment { time: LogTime { unix_ms }, precision, rfc3339: None }, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn utc_is_no_zone_that_could_be_lost() {
        for (text, expected) in
            [("2023-11-14T22:13:20Z", false), ("x+00:00", false), ("2020-05-12T21:19:35+03:00", true)]
        {
            let rfc3339 = Some(Text::from(text));
            let moment = Moment { time: LogTime { unix_ms: 0 }, precision: Precision::Seconds, rfc3339 };
            assert_eq!(has_zone(&moment), expected, "{text}");
        }
    }
}
