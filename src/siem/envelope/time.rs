//! The time of an event in the form of RFC 3164, and whether that of RFC 3339 can be written. The calendar is jiff's.

use jiff::civil::DateTime;

use crate::entry::LogTime;
use crate::event::Moment;
use crate::siem::clock::{Utc, count_zone};
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

/// Whether RFC 3339 can write a time. What becomes of it there is counted: it is left out, or only its zone is.
pub(super) fn is_writable(moment: &Moment<'_>, losses: &mut Losses) -> bool {
    let writable = Utc::of(moment.time).is_some();
    match writable {
        true => count_zone(moment, losses),
        false => losses.add(TIME, Loss::LeftOut),
    }
    writable
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
