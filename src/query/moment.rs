//! Moments as people type them for `--since` and `--until`, the range between two, and time zones. The present moment is given,
//! so that the same words have the same meaning throughout a run.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::friendly::SpanParser;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, Zoned};

use crate::entry::LogTime;
use crate::event::Precision;
use crate::failure::Failure;

/// What every refusal says.
const FORMS: &str = "moments are written 2025-03-14, \"2025-03-14 10:00\", 2025-03-14T10:00:00Z, 10:00, today, \
                     yesterday, now, 2h, \"1 week ago\", or @1741910400 in Unix time";

/// A stretch of time. The beginning belongs to it; so does the end when it is a moment, but not when it is a mere date:
/// until 2025-03-14 is all that was before that day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The first moment of it.
    pub from: Option<LogTime>,
    /// The first moment after it.
    pub before: Option<LogTime>,
}

impl TimeRange {
    /// Reads `--since` and `--until`; with it comes what people should know of the moments they typed. Texts without a
    /// zone are times of the given one.
    ///
    /// # Errors
    /// When a text is no moment, or the end is before the beginning.
    pub fn parse(
        since: Option<&str>,
        until: Option<&str>,
        now: LogTime,
        zone: &Zone,
    ) -> Result<(Self, Vec<String>), Failure> {
        let read = |end, text: Option<&str>| text.map(|text| moment(text, end, now, zone)).transpose();
        let (first, last) = (read(TimeBound::Since, since)?, read(TimeBound::Until, until)?);
        let from = first.as_ref().map(|typed| typed.time);
        let before = last.as_ref().map(|typed| match typed.is_edge {
            true => typed.time,
            false => LogTime { unix_ms: typed.time.unix_ms.saturating_add(1) },
        });
        if let (Some(from), Some(before), Some(since), Some(until)) = (from, before, since, until)
            && from >= before
        {
            return Err(Failure::usage(format!("nothing is both since {since} and until {until}"))
                .with_hint("a mere date after --until ends the period before that day"));
        }
        let notes = [first, last].into_iter().flatten().filter_map(|typed| typed.note).collect();
        Ok((Self { from, before }, notes))
    }

    /// Whether every moment will do, and none as well.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a moment is part of it.
    pub fn contains(&self, time: LogTime) -> bool {
        self.from.is_none_or(|from| from <= time) && self.before.is_none_or(|before| time < before)
    }
}

/// Which end of a period a moment is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeBound {
    Since,
    Until,
}

impl TimeBound {
    fn flag(self) -> &'static str {
        match self {
            Self::Since => "--since",
            Self::Until => "--until",
        }
    }
}

/// A moment as it was typed.
struct WrittenTime {
    time: LogTime,
    /// Whether nothing of it belongs to what ends there: it is the beginning of a day that was named without a time, or
    /// the clock went past it.
    is_edge: bool,
    /// What people should know of it.
    note: Option<String>,
}

impl WrittenTime {
    fn at(time: LogTime) -> Self {
        Self { time, is_edge: false, note: None }
    }
}

fn moment(text: &str, end: TimeBound, now: LogTime, zone: &Zone) -> Result<WrittenTime, Failure> {
    let text = text.trim();
    let refused = || Failure::usage(format!("`{text}` is no moment")).with_hint(FORMS);
    let at = |time: LogTime| Ok(WrittenTime::at(time));
    if text == "now" {
        return at(now);
    }
    if let Some(time) = unix(text) {
        return at(time);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return at(LogTime { unix_ms: time.as_millisecond() });
    }
    let here = Timestamp::from_millisecond(now.unix_ms).map_err(|_| refused())?.to_zoned(zone.0.clone());
    if let Some((local, is_date)) = local(text, &here) {
        return of_clock(local, is_date, end, zone).ok_or_else(refused);
    }
    let span = span(text).ok_or_else(refused)?;
    here.checked_sub(span).map_err(|_| refused()).and_then(|past| at(time_of(&past)))
}

/// The moment at which the clocks of a zone show a time. Twice a year one shows the same time twice, or leaves it out: a
/// search must then pass over nothing that it may be meant to find.
fn of_clock(local: DateTime, is_date: bool, end: TimeBound, zone: &Zone) -> Option<WrittenTime> {
    let shown = zone.0.to_ambiguous_zoned(local);
    let note = |what: &str, takes: &str, time: LogTime| {
        let (flag, time) = (end.flag(), zone.rfc3339(time, Precision::Seconds));
        let local = local.strftime("%Y-%m-%d %H:%M:%S");
        Some(format!("{local} {what} in this time zone; {flag} takes {takes}, {time}"))
    };
    let offset = shown.offset();
    let first = time_of(&shown.compatible().ok()?);
    Some(match offset {
        AmbiguousOffset::Unambiguous { .. } => WrittenTime { time: first, is_edge: is_date, note: None },
        // A day begins when it is midnight for the first time.
        AmbiguousOffset::Fold { .. } if is_date => WrittenTime { time: first, is_edge: true, note: None },
        AmbiguousOffset::Fold { .. } if end == TimeBound::Since => {
            WrittenTime { time: first, is_edge: false, note: note("comes twice", "the first", first) }
        }
        AmbiguousOffset::Fold { after, .. } => {
            let last = LogTime { unix_ms: after.to_timestamp(local).ok()?.as_millisecond() };
            WrittenTime { time: last, is_edge: false, note: note("comes twice", "the last", last) }
        }
        AmbiguousOffset::Gap { after, .. } => {
            let earlier = after.to_timestamp(local).ok()?;
            let change = zone.0.following(earlier).next()?.timestamp();
            let time = LogTime { unix_ms: change.as_millisecond() };
            let note = if is_date { None } else { note("never comes", "the moment when the clocks go forward", time) };
            WrittenTime { time, is_edge: true, note }
        }
    })
}

fn time_of(zoned: &Zoned) -> LogTime {
    LogTime { unix_ms: zoned.timestamp().as_millisecond() }
}

/// Unix time: `@1741910400`, `@1741910400.271`, milliseconds by the number of digits. Without the `@` only numbers of
/// about today's length: 2025 is no moment.
fn unix(text: &str) -> Option<LogTime> {
    let (digits, marked) = text.strip_prefix('@').map_or((text, false), |digits| (digits, true));
    let whole = digits.split('.').next()?.len();
    if digits.len() == whole && whole >= 12 {
        let plain = whole <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
        return plain.then(|| digits.parse().ok().map(|unix_ms| LogTime { unix_ms }))?;
    }
    (marked || (9..=11).contains(&whole)).then(|| crate::entry::from_unix(digits.as_bytes()))?
}

/// A text of the calendar and the clock without a zone, and whether it is a mere date.
fn local(text: &str, here: &Zoned) -> Option<(DateTime, bool)> {
    let (day, time) = text.split_once([' ', 'T']).map_or((text, None), |(day, time)| (day, Some(time.trim_start())));
    let date = match day {
        "today" => here.date(),
        "yesterday" => here.date().yesterday().ok()?,
        _ if time.is_none() && day.contains(':') => return Some((here.date().to_datetime(clock(day)?), false)),
        // jiff reads more than this, and passes over a zone in brackets.
        _ if day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            day.parse::<Date>().ok()?
        }
        _ => return None,
    };
    match time {
        None => Some((date.to_datetime(Time::midnight()), true)),
        Some(time) => Some((date.to_datetime(clock(time)?), false)),
    }
}

/// `10:00`, `10:00:00`, `10:00:00.5`.
fn clock(text: &str) -> Option<Time> {
    let plain = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    plain.then(|| text.parse().ok())?
}

/// How long ago: `2h`, `1d12h`, `2 hours ago`, `-30m`.
fn span(text: &str) -> Option<Span> {
    // Nothing in a log is of the future.
    let past = !text.starts_with('+');
    past.then(|| SpanParser::new().parse_span(text).ok().map(Span::abs))?
}

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
mod tests;
