//! Times of a log as RFC 3339 in UTC: with milliseconds where a format wants all times alike, or as an entry states them.
//! The calendar is that of `query`, which is asked once for neighbouring entries of the same second.

use std::cell::RefCell;

use jiff::civil::DateTime;

use super::{Loss, Losses};
use crate::entry::LogTime;
use crate::event::{Moment, Precision};
use crate::query::{Clock, Zone};

/// What the losses of the time are counted under.
pub(super) const TIME_FIELD: &str = "time";
/// `2023-11-14T22:13:20`
const SECOND_BYTES: usize = 19;
/// `2023-11-14T22:13:20.389Z`
const TIME_BYTES: usize = SECOND_BYTES + 5;

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::new(Clock::new(Zone::default()));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utc([u8; TIME_BYTES]);

impl Utc {
    /// What stands where a time is required and the log has none.
    pub(super) const MADE_UP: Self = Self(*b"1970-01-01T00:00:00.000Z");

    /// None outside of the years that RFC 3339 can write, 0000 to 9999.
    pub(super) fn of(time: LogTime) -> Option<Self> {
        let mut text = Self::MADE_UP.0;
        CLOCK.with_borrow_mut(|clock| {
            let (second, _) = clock.second(time.unix_ms.div_euclid(1000))?;
            // Years of more digits make it longer.
            *text.first_chunk_mut::<SECOND_BYTES>()? = second.as_bytes().try_into().ok()?;
            Some(())
        })?;
        text[SECOND_BYTES + 1..TIME_BYTES - 1].copy_from_slice(&time.millisecond_digits());
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

/// Appends a moment in UTC, as precisely as the entry states it. Outside of the calendar the number stands alone.
pub(super) fn push_rfc3339(moment: &Moment<'_>, out: &mut Vec<u8>) {
    let whole = moment.time.unix_ms.rem_euclid(1000) == 0;
    let precision = if whole { moment.precision } else { Precision::Milliseconds };
    CLOCK.with_borrow_mut(|clock| clock.write(moment.time, precision, out));
}

/// Counts the zone of an entry that is lost when its time is written in UTC.
pub(super) fn count_zone(moment: &Moment<'_>, losses: &mut Losses) {
    if has_zone(moment) {
        losses.add(TIME_FIELD, Loss::Zone);
    }
}

fn has_zone(moment: &Moment<'_>) -> bool {
    let utc = |text: &[u8]| text.ends_with(b"Z") || text.ends_with(b"z") || text.ends_with(b"+00:00");
    moment.rfc3339.as_ref().is_some_and(|text| !utc(text.as_bytes()))
}

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The time of day in UTC; None outside of the years that four digits can write.
fn utc_civil(time: LogTime) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_millisecond(time.unix_ms).ok()?;
    let civil = jiff::tz::Offset::UTC.to_datetime(stamp);
    (civil.year() >= 0).then_some(civil)
}

/// Whether RFC 3339 can write a time. What becomes of it there is counted: it is left out, or only its zone is.
pub(super) fn is_writable(moment: &Moment<'_>, losses: &mut Losses) -> bool {
    let writable = Utc::of(moment.time).is_some();
    match writable {
        true => count_zone(moment, losses),
        false => losses.add(TIME_FIELD, Loss::LeftOut),
    }
    writable
}

/// Appends the form of RFC 3164, 4.1.2: no year, no zone, no fraction. None, and nothing appended, when it cannot be
/// written.
pub(super) fn push_bsd(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) -> Option<()> {
    let civil = utc_civil(moment.time)?;
    out.extend_from_slice(MONTHS[usize::from(civil.month().unsigned_abs()) - 1]);
    let day = civil.day().unsigned_abs();
    out.extend([b' ', if day < 10 { b' ' } else { b'0' + day / 10 }, b'0' + day % 10, b' ']);
    push_pair(civil.hour().unsigned_abs().into(), out);
    push_minutes(civil, out);
    losses.add(TIME_FIELD, Loss::Zone);
    if civil.millisecond() != 0 {
        losses.add(TIME_FIELD, Loss::Milliseconds);
    }
    Some(())
}

fn push_minutes(civil: DateTime, out: &mut Vec<u8>) {
    for number in [civil.minute(), civil.second()] {
        out.push(b':');
        push_pair(number.unsigned_abs().into(), out);
    }
}

fn push_pair(number: u16, out: &mut Vec<u8>) {
    let number = number % 100;
    out.extend([b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
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
