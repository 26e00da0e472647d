//! Judges lines without a seal by where they stand, and lines that are blank, torn or unreadable.

use super::code::Code;
use super::recorder::FindingBuilder;
use super::sealed::SKEW_MS_MAX;
use super::stream::StreamJudge;
use super::stretch::{self, Spot, Stretch};
use crate::chain::Fingerprint;
use crate::entry::{self, Entry, LogTime, Marker, SealField, StartUp, time_of};
use crate::line::{LineSpan, LineState, Textless};

/// The start of a service writes about six lines before its keystore is open (audit log, section 1).
const START_UP_LINES_MAX: u64 = 16;

/// How long a service may take from its first line to the first entry of its chain, in milliseconds.
const START_UP_MS_MAX: i64 = 300_000;

/// Names of unsigned lines in a row that are remembered.
const FINGERPRINTS_MAX: usize = 64;

pub(super) const SEAL_MALFORMED: &str = "the integrity field is not one that Acra writes";
pub(super) const MARKER_UNSIGNED: &str = "a chain marker without a seal";

impl StreamJudge {
    pub(super) fn unsealed(
        &mut self,
        spot: Spot,
        line: &LineSpan,
        text: &[u8],
        (entry, fingerprint): (Option<&Entry>, Fingerprint),
    ) {
        if text.trim_ascii().is_empty() {
            self.count_line(spot, line, |account| &mut account.blank);
            return;
        }
        let is_malformed = entry.is_some_and(|entry| entry.seal == SealField::Malformed);
        if is_malformed && self.is_cut_off(spot, text) || entry.is_none() && self.is_rest(spot, text) {
            self.seals += 1;
            self.disturbances += 1;
            self.cut_off_line(spot, line);
            return;
        }
        if !is_malformed && self.is_of_others(spot, line, text, (entry, fingerprint)) {
            return;
        }
        if let Some(entry) = entry.filter(|_| is_malformed)
            && self.hold_prefixed(spot, line, text, entry)
        {
            self.seals += 1;
            self.disturbances += 1;
            return;
        }
        let marker = entry.map_or(Marker::Middle, |entry| entry.marker);
        // A restart may have put a line feed behind what a crash left (attacks, row 47).
        let is_open = || entry.is_none() && entry::looks_written(text) || entry::ends_inside_quotes(text);
        let is_cut = line.state == LineState::Unterminated || is_open();
        if (is_cut || is_malformed || marker == Marker::End) && entry::may_be_torn(text) {
            self.seals += u64::from(is_malformed);
            return self.maybe_torn(spot, line, (is_malformed, marker));
        }
        if is_malformed {
            self.seals += 1;
            self.disturbances += 1;
            if line.lossy {
                self.count_line(spot, line, |account| &mut account.unverifiable);
                return self.line_damaged(spot);
            }
            self.count_line(spot, line, |account| &mut account.broken);
            let event = FindingBuilder::of(Code::SealMalformed, SEAL_MALFORMED).at(spot);
            return self.find(event);
        }
        self.unsigned.add(spot, line, text, entry.map(|_| fingerprint));
        if entry.is_none_or(|entry| entry.marker == Marker::Middle) {
            return;
        }
        let event = FindingBuilder::of(Code::MarkerUnsigned, MARKER_UNSIGNED).at(spot);
        self.find(event)
    }

    /// A record of which nobody knows what it says (attacks, row 45).
    pub(super) fn textless(&mut self, spot: Spot, line: &LineSpan, why: Textless) {
        if self.is_of_others_without_text(spot, line, why) {
            return;
        }
        self.without_text(&Stretch::begin(spot, line), why)
    }

    pub(super) fn without_text(&mut self, records: &Stretch, why: Textless) {
        self.book(records, |account| &mut account.unreadable);
        self.unread();
        let message = format!("the text of this record is not there: {}", why.meaning());
        let event = FindingBuilder::of(Code::RecordWithoutText, message)
            .over(records.first, records.last, records.lines())
            .hint(match why {
                Textless::Null | Textless::Blob => {
                    "export the journal again with `journalctl -o json --all`, which leaves no text out"
                }
                Textless::Absent | Textless::Several | Textless::NoBytes => {
                    "look at the record with `journalctl -o verbose --all`; with several texts, none of them is the entry"
                }
            });
        self.find(event)
    }

    pub(super) fn too_long(&mut self, spot: Spot, line: &LineSpan) {
        self.count_line(spot, line, |account| &mut account.unreadable);
        self.unread();
        let limit = crate::line::LINE_BYTES_MAX >> 20;
        let bytes = line.bytes + line.earlier.iter().map(|part| part.bytes).sum::<u64>();
        let event =
            FindingBuilder::of(Code::LineUnreadable, format!("the line has {bytes} bytes; the limit is {limit} MiB"));
        self.find(event.at(spot))
    }

    /// Unsigned lines, then the first entry of a chain, written at `time`: so a service starts. Those that stand a little
    /// higher, inside another chain, may have been written by the same start.
    pub(super) fn settle_unsigned_before(&mut self, time: Option<LogTime>) {
        if let Some(starting) = self.starting.take() {
            if starting.may_precede(time) {
                match &mut self.started {
                    Some(started) => started.append(starting),
                    None => self.started = Some(starting),
                }
            } else {
                self.tell_unsigned_inside(&starting);
            }
        }
        let lines = std::mem::take(&mut self.unsigned);
        let Some(range) = &lines.range else { return };
        let is_of_this_start = lines.begins_service || lines.time.is_none() || lines.may_precede(time);
        // At the top of a log, the beginning of a start may be in the file before.
        let is_behind_other = lines.stands_before_start && self.opened > 0;
        if range.lines() <= START_UP_LINES_MAX && lines.is_start_up && is_of_this_start && !is_behind_other {
            return self.tell_start_up(&lines);
        }
        // Nothing is proven across them.
        self.disturbances += 1;
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
        self.tell_unsigned(&lines, FindingBuilder::of(code, message).hint(hint))
    }

    /// Unsigned lines, then an entry that continues a chain, written at `time` (attacks, row 5). Another instance may be
    /// starting beside it: what a start writes waits a little for its chain (row 36).
    pub(super) fn settle_unsigned_inside(&mut self, time: Option<LogTime>) {
        if let Some(starting) = self.starting.take_if(|starting| !starting.may_precede(time)) {
            self.tell_unsigned_inside(&starting);
        }
        let lines = std::mem::take(&mut self.unsigned);
        let Some(range) = &lines.range else { return };
        let known = self.starting.as_ref().and_then(|starting| starting.range.as_ref()).map_or(0, Stretch::lines);
        let waits = lines.is_start_up && lines.has_entries && known + range.lines() <= START_UP_LINES_MAX;
        if waits && lines.may_precede(time) {
            match &mut self.starting {
                Some(starting) => starting.append(lines),
                None => self.starting = Some(lines),
            }
            return;
        }
        self.tell_unsigned_inside(&lines)
    }

    /// The stream has ended: whether what looked like a start inside a chain was one. Where chains overlap, it may have
    /// been that of another instance; whose it was is not shown.
    pub(super) fn settle_starting(&mut self) {
        let Some(mut lines) = self.started.take().or_else(|| self.starting.take()) else { return };
        if let Some(starting) = self.starting.take() {
            lines.append(starting);
        }
        if !self.interleaved {
            return self.tell_unsigned_inside(&lines);
        }
        if lines.is_known {
            let message = "the start of a service, among the entries of another instance";
            let event = FindingBuilder::of(Code::StartUpBesideChain, message)
                .hint("what starts here shows only by its text: give each instance a log of its own");
            return self.tell_unsigned(&lines, event);
        }
        let message = "unsigned, as a start may write them, among the entries of another instance";
        let event = FindingBuilder::of(Code::LinesUnsignedBesideChain, message).hint(
            "another instance started, or they were put there: give each instance a log of its own, or --allow \
             lines-unsigned-beside-chain",
        );
        self.tell_unsigned(&lines, event)
    }

    /// Unsigned lines, then one that repeats another: when they stand above as well, the whole block does (row 4b).
    pub(super) fn add_unsigned_repeated(&mut self) {
        let is_above = |line: &Fingerprint| self.unsigned_seen.contains(*line);
        if !self.unsigned.has_entries || !self.unsigned.fingerprints.iter().all(is_above) {
            return;
        }
        if let Some(range) = std::mem::take(&mut self.unsigned).range {
            match &mut self.repeated_unsigned {
                Some(repeated) => repeated.append(range),
                None => self.repeated_unsigned = Some(range),
            }
        }
    }

    /// Unsigned lines, then nothing (attacks, row 8).
    pub(super) fn settle_unsigned_at_end(&mut self) {
        let lines = std::mem::take(&mut self.unsigned);
        if self.seals == 0 {
            // That nothing at all is signed says more.
            if let Some(range) = &lines.range {
                self.book(range, |account| &mut account.unsigned);
            }
            return;
        }
        let event = FindingBuilder::of(Code::LinesUnsignedAtEnd, "unsigned, after the last signed entry")
            .hint("a service that is starting writes such lines; otherwise their seals were stripped");
        self.tell_unsigned(&lines, event)
    }

    fn tell_start_up(&mut self, lines: &UnsignedLines) {
        let message = "unsigned lines before a chain, as the start of a service writes them";
        self.tell_unsigned(lines, FindingBuilder::of(Code::LinesUnsignedBetweenChains, message))
    }

    fn tell_unsigned_inside(&mut self, lines: &UnsignedLines) {
        if !lines.looks_written {
            let message = "no entry of any format, between two signed entries of one chain";
            let event = FindingBuilder::of(Code::LineForeignInsideChain, message).hint(
                "Go's net/http writes such lines to the output of Acra; otherwise it was inserted: \
                 --allow line-foreign-inside-chain",
            );
            return self.tell_unsigned(lines, event);
        }
        let message = "unsigned, between two signed entries of one chain";
        let event = FindingBuilder::of(Code::LineUnsignedInsideChain, message).hint(
            "inserted, or its seal was stripped; if several instances write into this log, a start of another one \
             looks the same: --allow line-unsigned-inside-chain",
        );
        self.tell_unsigned(lines, event)
    }

    fn tell_unsigned(&mut self, lines: &UnsignedLines, event: FindingBuilder) {
        let Some(range) = &lines.range else { return };
        self.book(range, |account| &mut account.unsigned);
        lines.fingerprints.iter().for_each(|line| self.unsigned_seen.insert(*line));
        self.find(event.over(range.first, range.last, range.lines()))
    }
}

/// Lines without a seal in a row.
#[derive(Debug, Default)]
pub(super) struct UnsignedLines {
    range: Option<Stretch>,
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
    pub(super) fn is_empty(&self) -> bool {
        self.range.is_none()
    }

    pub(super) fn range(&self) -> Option<&Stretch> {
        self.range.as_ref()
    }

    pub(super) fn into_range(self) -> Option<Stretch> {
        self.range
    }

    /// Whether entries stand behind the last sealed line.
    pub(super) fn has_fresh_entries(&self) -> bool {
        self.has_fresh_entries
    }

    /// A sealed line follows, and does not settle what they are.
    pub(super) fn pass_sealed(&mut self) {
        self.has_fresh_entries = false;
    }

    pub(super) fn add(&mut self, spot: Spot, line: &LineSpan, text: &[u8], entry: Option<Fingerprint>) {
        let lines = self.range.as_ref().map_or(0, Stretch::lines);
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
        stretch::extend(&mut self.range, spot, line);
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
