//! Moments as people type them for `--since` and `--until`, and the period between two. The present moment is given, so
//! that the same words have the same meaning throughout a run.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::friendly::SpanParser;
use jiff::{Span, Timestamp, Zoned};

use super::error::QueryError;
use super::zone::Zone;
use crate::entry::LogTime;

/// What every refusal says.
const FORMS: &str = "moments are written 2025-03-14, \"2025-03-14 10:00\", 2025-03-14T10:00:00Z, 10:00, today, \
                     yesterday, now, 2h, \"1 week ago\", or @1741910400 in Unix time";

/// A stretch of time. The beginning belongs to it; so does the end when it is a moment, but not when it is a mere date:
/// until 2025-03-14 is all that was before that day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment of it.
    pub from: Option<LogTime>,
    /// The first moment after it.
    pub before: Option<LogTime>,
}

impl Period {
    /// Reads `--since` and `--until`. Texts without a zone are times of the given one.
    ///
    /// # Errors
    /// When a text is no moment, or the end is before the beginning.
    pub fn parse(since: Option<&str>, until: Option<&str>, now: LogTime, zone: &Zone) -> Result<Self, QueryError> {
        let read = |text: Option<&str>| text.map(|text| moment(text, now, zone)).transpose();
        let from = read(since)?.map(|typed| typed.time);
        let before = read(until)?.map(|typed| match typed.is_date {
            true => typed.time,
            false => LogTime { unix_ms: typed.time.unix_ms.saturating_add(1) },
        });
        if let (Some(from), Some(before), Some(since), Some(until)) = (from, before, since, until)
            && from >= before
        {
            return Err(QueryError::new(format!("nothing is both since {since} and until {until}"))
                .with_hint("a mere date after --until ends the period before that day"));
        }
        Ok(Self { from, before })
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

/// A moment as it was typed.
struct Typed {
    time: LogTime,
    /// Whether it is the beginning of a day that was named without a time.
    is_date: bool,
}

fn moment(text: &str, now: LogTime, zone: &Zone) -> Result<Typed, QueryError> {
    let text = text.trim();
    let refused = || QueryError::new(format!("`{text}` is no moment")).with_hint(FORMS);
    let at = |time: LogTime| Ok(Typed { time, is_date: false });
    if text == "now" {
        return at(now);
    }
    if let Some(time) = unix(text) {
        return at(time);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return at(LogTime { unix_ms: time.as_millisecond() });
    }
    let here = Timestamp::from_millisecond(now.unix_ms).map_err(|_| refused())?.to_zoned(zone.rules().clone());
    if let Some((local, is_date)) = local(text, &here) {
        let zoned = local.to_zoned(zone.rules().clone()).map_err(|_| refused())?;
        return Ok(Typed { time: time_of(&zoned), is_date });
    }
    let span = span(text).ok_or_else(refused)?;
    here.checked_sub(span).map_err(|_| refused()).and_then(|past| at(time_of(&past)))
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

#[cfg(test)]
mod tests;
