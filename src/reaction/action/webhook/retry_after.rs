//! When a receiver wants to be asked again: the header Retry-After (RFC 9110, section 10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// No receiver keeps us from asking for longer: by a mistake of its clock an alarm would never be told.
const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// How long to wait; None is no time that can be read. One that is over is now.
pub(super) fn read(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are a long time.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        Duration::try_from(date(value)?.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(WAIT_MAX))
}

/// A date in one of the three forms that every recipient reads (RFC 9110, section 5.6.7).
fn date(value: &str) -> Option<Timestamp> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
    let civil = |format| strtime::parse(format, value).ok()?.to_datetime().ok().and_then(utc);
    let rfc5322 = || rfc2822::DateTimeParser::new().parse_timestamp(value).ok();
    rfc5322().or_else(|| civil("%A, %d-%b-%y %H:%M:%S GMT")).or_else(|| civil("%a %b %e %H:%M:%S %Y"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_a_number_of_seconds_or_a_date_of_three_forms() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Mon, 07 Nov 2033 08:49:37 GMT", Some(3600)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(read(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic_or_wait_for_ever(value in "[A-Za-z0-9 ,:+-]{0,40}") {
            prop_assert!(read(&value, Timestamp::UNIX_EPOCH).is_none_or(|wait| wait <= WAIT_MAX));
        }
    }
}
