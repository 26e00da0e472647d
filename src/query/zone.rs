//! Time zones: reading local times is left to `moment`, here times are written with their offset.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::entry::LogTime;
use crate::event::Precision;
use crate::failure::Failure;

/// A time zone by the rules built into the program, so that the same command gives the same answer on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// A zone by its IANA name (`Europe/Berlin`), or `UTC`.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn named(name: &str) -> Result<Self, Failure> {
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self::default());
        }
        TimeZoneDatabase::bundled().get(name).map(Self).map_err(|_| {
            Failure::usage(format!("no time zone `{name}`"))
                .with_hint("zones have IANA names: UTC, Europe/Berlin, America/New_York")
        })
    }

    /// RFC 3339 with the offset of the zone, as precise as asked for.
    pub fn rfc3339(&self, time: LogTime, precision: Precision) -> String {
        let mut text = Vec::with_capacity(32);
        Clock::new(self.clone()).write(time, precision, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    pub(super) fn rules(&self) -> &TimeZone {
        &self.0
    }

    /// A whole second, with what stands before a fraction and what behind it. None outside of the calendar.
    fn second(&self, second: i64) -> Option<(String, String)> {
        let time = Timestamp::from_second(second).ok()?;
        let offset = self.0.to_offset(time);
        let (mut text, tail) = match self.0 == TimeZone::UTC {
            true => (time.to_string(), 1),
            false => (time.display_with_offset(offset).to_string(), "+00:00".len()),
        };
        let tail = text.split_off(text.len().checked_sub(tail)?);
        Some((text, tail))
    }
}

/// Writes many times of one zone. Entries of the same second share its text, which is most of the work.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: Zone,
    /// The second last written, before its fraction and behind it.
    last: Option<(i64, String, String)>,
}

impl Clock {
    /// A clock of a zone.
    pub fn new(zone: Zone) -> Self {
        Self { zone, last: None }
    }

    /// Appends RFC 3339 with the offset of the zone, as precise as asked for.
    pub fn write(&mut self, time: LogTime, precision: Precision, out: &mut Vec<u8>) {
        let Some((head, tail)) = self.second(time.unix_ms.div_euclid(1000)) else {
            return out.extend_from_slice(time.to_string().as_bytes());
        };
        out.extend_from_slice(head.as_bytes());
        if precision == Precision::Milliseconds {
            out.push(b'.');
            out.extend(time.millisecond_digits());
        }
        out.extend_from_slice(tail.as_bytes());
    }

    /// A whole second since 1970 as RFC 3339: what stands before a fraction, and what behind it. None outside of the
    /// calendar.
    pub fn second(&mut self, second: i64) -> Option<(&str, &str)> {
        if self.last.as_ref().is_none_or(|last| last.0 != second) {
            self.last = self.zone.second(second).map(|(head, tail)| (second, head, tail));
        }
        self.last.as_ref().map(|(_, head, tail)| (head.as_str(), tail.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Precision::{Milliseconds, Seconds};

    #[test]
    fn times_are_written_with_the_offset_of_their_zone() {
        let cases = [
            ("UTC", 1_741_910_400_271, Milliseconds, "2025-03-14T00:00:00.271Z"),
            ("utc", 1_741_910_400_271, Seconds, "2025-03-14T00:00:00Z"),
            ("Europe/Berlin", 1_741_910_400_009, Milliseconds, "2025-03-14T01:00:00.009+01:00"),
            ("europe/berlin", 1_751_910_400_000, Seconds, "2025-07-07T19:46:40+02:00"),
            ("America/St_Johns", 1_741_910_400_000, Seconds, "2025-03-13T21:30:00-02:30"),
            ("Europe/London", 1_736_910_400_000, Seconds, "2025-01-15T03:06:40+00:00"),
            ("UTC", -1, Milliseconds, "1969-12-31T23:59:59.999Z"),
            ("Europe/Berlin", i64::MAX, Seconds, "@9223372036854775807ms"),
        ];
        for (zone, unix_ms, precision, wanted) in cases {
            assert_eq!(Zone::named(zone).unwrap().rfc3339(LogTime { unix_ms }, precision), wanted);
        }
    }

    #[test]
    fn a_clock_that_has_written_before_writes_the_same() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let mut clock = Clock::new(zone.clone());
        // Over the end of summer time, back and forth.
        for unix_ms in [1_761_440_399_999, 1_761_440_400_000, 1_761_440_400_500, i64::MAX, 1_761_440_399_000, -1_500] {
            for precision in [Seconds, Milliseconds] {
                let mut text = Vec::new();
                clock.write(LogTime { unix_ms }, precision, &mut text);
                assert_eq!(String::from_utf8_lossy(&text), zone.rfc3339(LogTime { unix_ms }, precision));
            }
        }
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused_with_a_hint() {
        for name in ["Europe/Bonn", "", "CEST+7", "/etc/passwd", "../UTC"] {
            assert!(Zone::named(name).expect_err(name).hint.is_some());
        }
    }
}
