//! The time of an event in the forms that envelopes want, always in UTC. The calendar is jiff's.

use jiff::civil::DateTime;

use super::push_formatted;
use crate::entry::LogTime;
use crate::event::{Moment, Precision};
use crate::siem::{Loss, Losses};

/// What the losses of the time are counted under.
pub(super) const TIME: &str = "time";

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The time of day in UTC; None outside of the years that four digits can write.
fn civil(time: LogTime) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_millisecond(time.unix_ms).ok()?;
    let civil = jiff::tz::Offset::UTC.to_datetime(stamp);
    (civil.year() >= 0).then_some(civil)
}

/// Appends RFC 3339, as precise as the entry states it; None, and nothing appended, when it cannot be written.
pub(super) fn push_rfc3339(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) -> Option<()> {
    let Some(civil) = civil(moment.time) else {
        losses.add(TIME, Loss::LeftOut);
        return None;
    };
    let year = civil.year().unsigned_abs();
    push_pair(year / 100, out);
    push_pair(year % 100, out);
    for (separator, number) in [(b'-', civil.month()), (b'-', civil.day()), (b'T', civil.hour())] {
        out.push(separator);
        push_pair(number.unsigned_abs().into(), out);
    }
    push_minutes(civil, out);
    if moment.precision == Precision::Milliseconds {
        let millisecond = civil.millisecond().unsigned_abs();
        out.extend([b'.', b'0' + (millisecond / 100) as u8]);
        push_pair(millisecond % 100, out);
    }
    out.push(b'Z');
    note_zone(moment, losses);
    Some(())
}

/// Appends the form of RFC 3164, 4.1.2: no year, no zone, no fraction. None, and nothing appended, when it cannot be
/// written.
pub(super) fn push_bsd(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) -> Option<()> {
    let civil = civil(moment.time)?;
    out.extend_from_slice(MONTHS[usize::from(civil.month().unsigned_abs()) - 1]);
    let day = civil.day().unsigned_abs();
    out.extend([b' ', if day < 10 { b' ' } else { b'0' + day / 10 }, b'0' + day % 10, b' ']);
    push_pair(civil.hour().unsigned_abs().into(), out);
    push_minutes(civil, out);
    losses.add(TIME, Loss::Zone);
    if civil.millisecond() != 0 {
        losses.add(TIME, Loss::Milliseconds);
    }
    Some(())
}

/// Appends seconds since 1970 with three decimals: a JSON number.
pub(super) fn push_seconds(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    let unix_ms = moment.time.unix_ms;
    let sign = if unix_ms < 0 { "-" } else { "" };
    let size = unix_ms.unsigned_abs();
    push_formatted(out, format_args!("{sign}{}.{:03}", size / 1000, size % 1000));
    note_zone(moment, losses);
}

/// Counts a zone of the entry that UTC took the place of.
fn note_zone(moment: &Moment<'_>, losses: &mut Losses) {
    let is_utc = |text: &[u8]| text.ends_with(b"Z") || text.ends_with(b"z") || text.ends_with(b"+00:00");
    if moment.rfc3339.as_ref().is_some_and(|text| !is_utc(text.as_bytes())) {
        losses.add(TIME, Loss::Zone);
    }
}

fn push_minutes(civil: DateTime, out: &mut Vec<u8>) {
    for number in [civil.minute(), civil.second()] {
        out.push(b':');
        push_pair(number.unsigned_abs().into(), out);
    }
}

/// Appends two digits.
fn push_pair(number: u16, out: &mut Vec<u8>) {
    let number = number % 100;
    out.extend([b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
}
