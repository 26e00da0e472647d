//! The times of a key ring: UTCTime in the zone of whoever wrote it, or GeneralizedTime. They are shown, and decide nothing;
//! but Acra refuses a ring in which one is malformed, and so does this.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::der::{Element, Malformed, tag};

/// A time as RFC 3339 has it, in UTC.
pub(super) fn read(element: Element<'_>) -> Result<String, Malformed> {
    let text = std::str::from_utf8(element.content).map_err(|_| Malformed)?;
    let (year, rest) = match element.tag {
        tag::UTC_TIME => {
            let (year, rest) = digits(text, 2)?;
            // Two digits are a year from 1950 to 2049.
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        tag::GENERALIZED_TIME => digits(text, 4)?,
        _ => return Err(Malformed),
    };
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let without_seconds = element.tag == tag::UTC_TIME && !rest.starts_with(|letter: char| letter.is_ascii_digit());
    let (second, zone) = if without_seconds { (0, rest) } else { digits(rest, 2)? };

    let small = |number: i16| i8::try_from(number).map_err(|_| Malformed);
    let local = DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0)
        .map_err(|_| Malformed)?;
    let seconds = zone_seconds(zone)?;
    if seconds == 0 {
        // The last day that can be written means that there is none (RFC 5280, section 4.1.2.5), and is no timestamp.
        return Ok(format!("{local}Z"));
    }
    let zone = TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| Malformed)?);
    zone.to_timestamp(local).map(|time| time.to_string()).map_err(|_| Malformed)
}

/// A number of so many digits, and what stands behind it.
fn digits(text: &str, count: usize) -> Result<(i16, &str), Malformed> {
    let (digits, rest) = text.split_at_checked(count).ok_or(Malformed)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    Ok((digits.parse().map_err(|_| Malformed)?, rest))
}

/// `Z`, or a sign with hours and minutes. UTC is always written as `Z`.
fn zone_seconds(text: &str) -> Result<i32, Malformed> {
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("Z", "")) => return Ok(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(Malformed),
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest, 2)?;
    if hours > 23 || minutes > 59 || !rest.is_empty() || (hours, minutes) == (0, 0) {
        return Err(Malformed);
    }
    Ok(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(tag: u8, text: &str) -> Option<String> {
        read(Element { tag, content: text.as_bytes(), whole: &[] }).ok()
    }

    #[test]
    fn times_of_every_zone_are_shown_in_utc() {
        let cases = [
            (tag::UTC_TIME, "261122154334+0530", "2026-11-22T10:13:34Z"),
            (tag::UTC_TIME, "261122101334Z", "2026-11-22T10:13:34Z"),
            (tag::UTC_TIME, "2611221013Z", "2026-11-22T10:13:00Z"),
            (tag::UTC_TIME, "2611221013-0030", "2026-11-22T10:43:00Z"),
            (tag::UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
            (tag::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (tag::UTC_TIME, "240229000000Z", "2024-02-29T00:00:00Z"),
            (tag::GENERALIZED_TIME, "20511122154334-1200", "2051-11-23T03:43:34Z"),
            (tag::GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"),
            (tag::GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z"),
        ];
        for (tag, text, expected) in cases {
            assert_eq!(time(tag, text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_the_calendar_or_der_does_not_know_is_refused() {
        for text in [
            "",
            "Z",
            "261122101334",
            "261122101334+0000",
            "261122101334-0000",
            "261122101334+05",
            "261122101334+05300",
            "261122101334+2400",
            "261122101334+0560",
            "261122101334Zx",
            "261322101334Z",
            "260022101334Z",
            "260230101334Z",
            "250229101334Z",
            "261122241334Z",
            "261122106034Z",
            "261122101360Z",
            "26112210133Z",
            "+61122101334Z",
            "261122101334.5Z",
            "261122101334z",
            "26112210Z",
            "２６１１２２１０１３３４Z",
        ] {
            assert_eq!(time(tag::UTC_TIME, text), None, "{text}");
        }
        assert_eq!(time(tag::GENERALIZED_TIME, "205111221543Z"), None, "seconds may be missing in UTCTime only");
        assert_eq!(time(tag::GENERALIZED_TIME, "20511322154334Z"), None);
        assert_eq!(time(tag::INTEGER, "261122101334Z"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9Z+\\-. ]{0,20}") {
            for tag in [tag::UTC_TIME, tag::GENERALIZED_TIME] {
                let _ = time(tag, &text);
            }
        }
    }
}
