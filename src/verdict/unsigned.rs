//! Lines without a seal: what they are follows from what they say, and from the sealed line behind them. Torn lines, and
//! those that others wrote, are left to `torn` and `writers`.

use super::code::Code;
use super::rulings::{self, FindingBuilder, LinePosition, LineRange, Rulings};
use super::times::SKEW_MS_MAX;
use crate::chain::{Fingerprint, SeenLines};
use crate::entry::{self, LogTime, StartUp, time_of};
use crate::line::LineSpan;

/// The start of a service writes about six lines before its keystore is open (audit log, section 1).
const START_UP_LINES_MAX: u64 = 16;

/// How long a service may take from its first line to the first entry of its chain, in milliseconds.
const START_UP_MS_MAX: i64 = 300_000;

/// Names of unsigned lines in a row that are remembered.
const FINGERPRINTS_MAX: usize = 64;

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct Unsigned {
    /// Those since the last sealed line.
    lines: UnsignedLines,
    /// Those inside a chain, beside which another service may be starting.
    starting: Option<UnsignedLines>,
    /// The same, behind which a chain began in time.
    started: Option<UnsignedLines>,
    /// Entries that were told.
    seen: SeenLines,
    /// Those among repeated lines that stand above as well.
    repeated: Option<LineRange>,
}

impl Unsigned {
    /// Whether a sealed line follows upon a sealed one.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.range.is_none()
    }

    /// Whether nothing waits for the sealed line that says what it is.
    pub(super) fn is_settled(&self) -> bool {
        self.is_empty() && self.starting.is_none()
    }

    /// Whether entries stand behind the last sealed line.
    pub(super) fn has_fresh_entries(&self) -> bool {
        self.lines.has_fresh_entries
    }

    /// A sealed line follows, and does not settle what they are.
    pub(super) fn pass_sealed(&mut self) {
        self.lines.has_fresh_entries = false;
    }

    pub(super) fn add(&mut self, position: LinePosition, line: &LineSpan, text: &[u8], entry: Option<Fingerprint>) {
        self.lines.add(position, line, text, entry);
    }

    /// Takes in lines that waited for their writer to be known.
    pub(super) fn append(&mut self, lines: UnsignedLines) {
        self.lines.append(lines);
    }

    /// Those that stand above as well, among repeated lines.
    pub(super) fn take_repeated(&mut self) -> Option<LineRange> {
        self.repeated.take()
    }

    /// Unsigned lines, then the first entry of a chain, written at `time`: so a service starts. Those that stand a little
    /// higher, inside another chain, may have been written by the same start. True when nothing is proven across them.
    pub(super) fn settle_before(&mut self, out: &mut Rulings, time: Option<LogTime>, is_first: bool) -> bool {
        if let Some(starting) = self.starting.take() {
            if starting.may_precede(time) {
                match &mut self.started {
                    Some(started) => started.append(starting),
                    None => self.started = Some(starting),
                }
            } else {
                self.tell_inside(out, &starting);
            }
        }
        let lines = std::mem::take(&mut self.lines);
        let Some(range) = &lines.range else { return false };
        let is_of_this_start = lines.begins_service || lines.time.is_none() || lines.may_precede(time);
        // At the top of a log, the beginning of a start may be in the file before.
        let is_behind_other = lines.stands_before_start && !is_first;
        if range.lines() <= START_UP_LINES_MAX && lines.is_start_up && is_of_this_start && !is_behind_other {
            self.tell_start_up(out, &lines);
            return false;
        }
        let (code, message, hint) = if range.lines() > START_UP_LINES_MAX {
            (
                Code::LinesUnsignedMany,
                "unsigned, and more than the start of a service writes",
                "if audit logging was switched on later, --allow lines-unsigned-many; otherwise seals were stripped",
            )
        } else {
            (
                Code::LinesUnsignedNotStartUp,
                "unsigned, and not what the start of a service writes",
                "if audit logging was switched on later, --allow lines-unsigned-not-start-up; otherwise seals were \
                 stripped, or lines were made up",
            )
        };
        self.tell(out, &lines, FindingBuilder::of(code, message).hint(hint));
        true
    }

    /// Unsigned lines, then an entry that continues a chain, written at `time` (attacks, row 5). Another instance may be
    /// starting beside it: what a start writes waits a little for its chain (row 36).
    pub(super) fn settle_inside(&mut self, out: &mut Rulings, time: Option<LogTime>) {
        if let Some(starting) = self.starting.take_if(|starting| !starting.may_precede(time)) {
            self.tell_inside(out, &starting);
        }
        let lines = std::mem::take(&mut self.lines);
        let Some(range) = &lines.range else { return };
        let known = self.starting.as_ref().and_then(|starting| starting.range.as_ref()).map_or(0, LineRange::lines);
        let waits = lines.is_start_up && lines.has_entries && known + range.lines() <= START_UP_LINES_MAX;
        if waits && lines.may_precede(time) {
            match &mut self.starting {
                Some(starting) => starting.append(lines),
                None => self.starting = Some(lines),
            }
            return;
        }
        self.tell_inside(out, &lines)
    }

    /// The stream has ended: whether what looked like a start inside a chain was one. Where chains overlap, it may have
    /// been that of another instance; whose it was is not shown.
    pub(super) fn settle_starting(&mut self, out: &mut Rulings, interleaved: bool) {
        let Some(mut lines) = self.started.take().or_else(|| self.starting.take()) else { return };
        if let Some(starting) = self.starting.take() {
            lines.append(starting);
        }
        if !interleaved {
            return self.tell_inside(out, &lines);
        }
        if lines.is_known {
            let message = "the start of a service, among the entries of another instance";
            let event = FindingBuilder::of(Code::StartUpBesideChain, message)
                .hint("what starts here shows only by its text: give each instance a log of its own");
            return self.tell(out, &lines, event);
        }
        let message = "unsigned, as a start may write them, among the entries of another instance";
        let event = FindingBuilder::of(Code::LinesUnsignedBesideChain, message).hint(
            "another instance started, or they were put there: give each instance a log of its own, or --allow \
             lines-unsigned-beside-chain",
        );
        self.tell(out, &lines, event)
    }

    /// Unsigned lines, then one that repeats another: when they stand above as well, the whole block does (row 4b).
    pub(super) fn add_repeated(&mut self) {
        let is_above = |line: &Fingerprint| self.seen.contains(*line);
        if !self.lines.has_entries || !self.lines.fingerprints.iter().all(is_above) {
            return;
        }
        if let Some(range) = std::mem::take(&mut self.lines).range {
            match &mut self.repeated {
                Some(repeated) => repeated.append(range),
                None => self.repeated = Some(range),
            }
        }
    }

    /// Unsigned lines, then nothing (attacks, row 8).
    pub(super) fn settle_at_end(&mut self, out: &mut Rulings, seals: u64) {
        let lines = std::mem::take(&mut self.lines);
        if seals == 0 {
            // That nothing at all is signed says more.
            if let Some(range) = &lines.range {
                out.count_lines(range, |account| &mut account.unsigned);
            }
            return;
        }
        let event = FindingBuilder::of(Code::LinesUnsignedAtEnd, "unsigned, after the last signed entry")
            .hint("a service that is starting writes such lines; otherwise their seals were stripped");
        self.tell(out, &lines, event)
    }

    fn tell_start_up(&mut self, out: &mut Rulings, lines: &UnsignedLines) {
        let message = "unsigned lines before a chain, as the start of a service writes them";
        self.tell(out, lines, FindingBuilder::of(Code::LinesUnsignedBetweenChains, message))
    }

    fn tell_inside(&mut self, out: &mut Rulings, lines: &UnsignedLines) {
        if !lines.looks_written {
            let message = "no entry of any format, between two signed entries of one chain";
            let event = FindingBuilder::of(Code::LineForeignInsideChain, message).hint(
                "Go's net/http writes such lines to the output of Acra; otherwise it was inserted: \
                 --allow line-foreign-inside-chain",
            );
            return self.tell(out, lines, event);
        }
        let message = "unsigned, between two signed entries of one chain";
        let event = FindingBuilder::of(Code::LineUnsignedInsideChain, message).hint(
            "inserted, or its seal was stripped; if several instances write into this log, a start of another one \
             looks the same: --allow line-unsigned-inside-chain",
        );
        self.tell(out, lines, event)
    }

    fn tell(&mut self, out: &mut Rulings, lines: &UnsignedLines, event: FindingBuilder) {
        let Some(range) = &lines.range else { return };
        out.count_lines(range, |account| &mut account.unsigned);
        lines.fingerprints.iter().for_each(|line| self.seen.insert(*line));
        out.find(event.over(range.first, range.last, range.lines()))
    }
}

/// Lines without a seal in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct UnsignedLines {
    range: Option<LineRange>,
    /// One of them is an entry, so that a service may be starting.
    has_entries: bool,
    /// One of them begins as an entry does, whole or not.
    looks_written: bool,
    /// One of them stands behind the last sealed line.
    has_fresh_entries: bool,
    /// Nothing in them is of running operation, and nothing is of another time.
    is_start_up: bool,
    /// Every message is one that Acra writes at a start.
    is_known: bool,
    /// One of them is the first message of a service.
    begins_service: bool,
    /// An entry stands before that message.
    stands_before_start: bool,
    /// The time of the first that states one, or of the last first message of a service.
    time: Option<LogTime>,
    /// Names of the first few entries.
    fingerprints: Vec<Fingerprint>,
}

impl UnsignedLines {
    pub(super) fn range(&self) -> Option<&LineRange> {
        self.range.as_ref()
    }

    pub(super) fn into_range(self) -> Option<LineRange> {
        self.range
    }

    pub(super) fn add(&mut self, position: LinePosition, line: &LineSpan, text: &[u8], entry: Option<Fingerprint>) {
        let lines = self.range.as_ref().map_or(0, LineRange::lines);
        self.is_start_up |= lines == 0;
        self.is_known |= lines == 0;
        if lines < START_UP_LINES_MAX {
            // More than these are not a start anyway, so the rest need not be looked at.
            let is_first = StartUp::begins_service(text);
            let start_up = StartUp::of(text);
            self.is_start_up &= start_up != StartUp::No;
            self.is_known &= start_up == StartUp::Known;
            self.stands_before_start |= is_first && self.looks_written && !self.begins_service;
            self.begins_service |= is_first;
            let time = time_of(text);
            self.is_start_up &= self.may_precede(time) || self.time.is_none() || time.is_none() || is_first;
            self.time = if is_first { time } else { self.time.or(time) };
        }
        self.looks_written |= entry::looks_written(text);
        self.has_entries |= entry.is_some();
        self.has_fresh_entries |= entry.is_some();
        if self.fingerprints.len() < FINGERPRINTS_MAX {
            self.fingerprints.extend(entry);
        }
        rulings::extend(&mut self.range, position, line);
    }

    /// Takes in lines that stand before, between or behind these.
    pub(super) fn append(&mut self, later: Self) {
        if self.range.is_none() {
            *self = later;
            return;
        }
        self.is_start_up &= later.is_start_up || later.range.is_none();
        self.is_known &= later.is_known || later.range.is_none();
        self.looks_written |= later.looks_written;
        self.has_entries |= later.has_entries;
        self.has_fresh_entries |= later.has_fresh_entries;
        self.stands_before_start |= later.stands_before_start;
        self.begins_service |= later.begins_service;
        self.time = self.time.or(later.time);
        self.fingerprints.extend(later.fingerprints);
        match (&mut self.range, later.range) {
            (Some(range), Some(later)) => range.take_in(later),
            (range @ None, later) => *range = later,
            _ => {}
        }
    }

    /// Whether what was written at `time` may be the chain of the start that wrote these lines.
    fn may_precede(&self, time: Option<LogTime>) -> bool {
        let is_soon = |(lines, time): (LogTime, LogTime)| {
            (-SKEW_MS_MAX..=START_UP_MS_MAX).contains(&time.unix_ms.saturating_sub(lines.unix_ms))
        };
        self.time.zip(time).is_some_and(is_soon)
    }
}
