//! Moments as people type them for `--since` and `--until`, and the period between two. The present moment is given, so
//! that the same words have the same meaning throughout a run.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::friendly::SpanParser;
use jiff::tz::AmbiguousOffset;
use jiff::{Span, Timestamp, Zoned};

use super::zone::Zone;
use crate::entry::LogTime;
use crate::event::Precision;
use crate::failure::Failure;

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
        let (first, last) = (read(End::Since, since)?, read(End::Until, until)?);
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
enum End {
    Since,
    Until,
}

impl End {
    fn flag(self) -> &'static str {
        match self {
            Self::Since => "--since",
            Self::Until => "--until",
        }
    }
}

/// A moment as it was typed.
struct Typed {
    time: LogTime,
    /// Whether nothing of it belongs to what ends there: it is the beginning of a day that was named without a time, or
    /// the clock went past it.
    is_edge: bool,
    /// What people should know of it.
    note: Option<String>,
}

impl Typed {
    fn at(time: LogTime) -> Self {
        Self { time, is_edge: false, note: None }
    }
}

fn moment(text: &str, end: End, now: LogTime, zone: &Zone) -> Result<Typed, Failure> {
    let text = text.trim();
    let refused = || Failure::usage(format!("`{text}` is no moment")).with_hint(FORMS);
    let at = |time: LogTime| Ok(Typed::at(time));
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
        return of_clock(local, is_date, end, zone).ok_or_else(refused);
    }
    let span = span(text).ok_or_else(refused)?;
    here.checked_sub(span).map_err(|_| refused()).and_then(|past| at(time_of(&past)))
}

/// The moment at which the clocks of a zone show a time. Twice a year one shows the same time twice, or leaves it out: a
/// search must then pass over nothing that it may be meant to find.
fn of_clock(local: DateTime, is_date: bool, end: End, zone: &Zone) -> Option<Typed> {
    let shown = zone.rules().to_ambiguous_zoned(local);
    let note = |what: &str, takes: &str, time: LogTime| {
        let (flag, time) = (end.flag(), zone.rfc3339(time, Precision::Seconds));
        let local = local.strftime("%Y-%m-%d %H:%M:%S");
        Some(format!("{local} {what} in this time zone; {flag} takes {takes}, {time}"))
    };
    let offset = shown.offset();
    let first = time_of(&shown.compatible().ok()?);
    Some(match offset {
        AmbiguousOffset::Unambiguous { .. } => Typed { time: first, is_edge: is_date, note: None },
        // A day begins when it is midnight for the first time.
        AmbiguousOffset::Fold { .. } if is_date => Typed { time: first, is_edge: true, note: None },
        AmbiguousOffset::Fold { .. } if end == End::Since => {
            Typed { time: first, is_edge: false, note: note("comes twice", "the first", first) }
        }
        AmbiguousOffset::Fold { after, .. } => {
            let last = LogTime { unix_ms: after.to_timestamp(local).ok()?.as_millisecond() };
            Typed { time: last, is_edge: false, note: note("comes twice", "the last", last) }
        }
        AmbiguousOffset::Gap { after, .. } => {
            let earlier = after.to_timestamp(local).ok()?;
            let change = zone.rules().following(earlier).next()?.timestamp();
            let time = LogTime { unix_ms: change.as_millisecond() };
            let note = if is_date { None } else { note("never comes", "the moment when the clocks go forward", time) };
            Typed { time, is_edge: true, note }
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

#[cfg(test)]
mod tests;
