//! Judges lines without a seal by where they stand, and lines that are blank, torn or unreadable.

use std::io;

use super::code::Code;
use super::docket::Docket;
use super::recorder::Event;
use super::stream::StreamJudge;
use super::stretch::{self, Spot, Stretch};
use crate::entry::{self, Entry, Marker, SealField};
use crate::line::{LineSpan, LineState, Textless};

/// The start of a service writes about six lines before its keystore is open (audit log, section 1).
const START_UP_LINES_MAX: u64 = 16;

/// Lines that a wrapper may leave unfinished at the end of a file, one for each of its streams.
const PIECES_MAX: u64 = 3;

impl StreamJudge {
    pub(super) fn unsealed(
        &mut self,
        docket: &mut Docket<'_>,
        spot: Spot,
        line: &LineSpan,
        text: &[u8],
        entry: Option<&Entry>,
    ) -> io::Result<()> {
        let last_file = spot.file + 1 == self.files.len();
        let account = &mut self.files[spot.file].account;
        if text.trim_ascii().is_empty() {
            account.blank.add(line.bytes);
            return Ok(());
        }
        let malformed = entry.is_some_and(|entry| entry.seal == SealField::Malformed);
        if !malformed && self.is_of_others(spot, line, text, entry) {
            return Ok(());
        }
        let account = &mut self.files[spot.file].account;
        if line.state == LineState::Unterminated && last_file && entry::may_be_torn(text) {
            // Attacks, row 19: at the very end a cut line is what a crash leaves as well.
            let at_end = spot.line + PIECES_MAX > self.line_seen;
            account.broken.add(line.bytes);
            self.disturbances += 1;
            let event = if at_end {
                Event::of(Code::LineTorn, "the last line is cut off")
            } else {
                Event::of(Code::LineUnsignedInsideChain, "this line is cut off, and others follow")
            };
            return docket.recorder.record(event.at(spot), &mut self.files);
        }
        if let Some(entry) = entry.filter(|_| malformed) {
            self.seals += 1;
            self.disturbances += 1;
            if self.is_beheaded(spot, text) {
                self.add_headless(spot, line.bytes);
                return Ok(());
            }
            if self.hold_prefixed(spot, line.bytes, text, entry) {
                return Ok(());
            }
            self.files[spot.file].account.broken.add(line.bytes);
            let event = Event::of(Code::SealMalformed, "the integrity field is not one that Acra writes").at(spot);
            return docket.recorder.record(event, &mut self.files);
        }
        self.files[spot.file].account.unsigned.add(line.bytes);
        stretch::extend(&mut self.unsigned, spot, line.bytes);
        self.unsigned_entry |= entry.is_some();
        self.unsigned_as_entry |= entry::looks_written(text);
        if entry.is_none_or(|entry| entry.marker == Marker::Middle) {
            return Ok(());
        }
        let event = Event::of(Code::MarkerUnsigned, "a chain marker without a seal").at(spot);
        docket.recorder.record(event, &mut self.files)
    }

    pub(super) fn too_long(&mut self, docket: &mut Docket<'_>, spot: Spot, bytes: u64) -> io::Result<()> {
        self.files[spot.file].account.unreadable.add(bytes);
        self.unread();
        let limit = crate::line::LINE_BYTES_MAX >> 20;
        let event = Event::of(Code::LineUnreadable, format!("the line has {bytes} bytes; the limit is {limit} MiB"));
        docket.recorder.record(event.at(spot), &mut self.files)
    }

    /// A record of which nobody knows what it says (attacks, row 45).
    pub(super) fn textless(
        &mut self,
        docket: &mut Docket<'_>,
        spot: Spot,
        line: &LineSpan,
        why: Textless,
    ) -> io::Result<()> {
        if self.is_of_others_without_text(spot, line, why) {
            return Ok(());
        }
        self.without_text(docket, &Stretch::begin(spot, line.bytes), why)
    }

    pub(super) fn without_text(&mut self, docket: &mut Docket<'_>, records: &Stretch, why: Textless) -> io::Result<()> {
        self.book(records, |account| &mut account.unreadable);
        self.unread();
        let message = format!("the text of this record is not there: {}", why.meaning());
        let event = Event::of(Code::RecordWithoutText, message)
            .over(records.first, records.last, records.lines())
            .hint(match why {
                Textless::Null | Textless::Blob => {
                    "export the journal again with `journalctl -o json --all`, which leaves no text out"
                }
                Textless::Absent | Textless::Several | Textless::NoBytes => {
                    "look at the record with `journalctl -o verbose --all`; with several texts, none of them is the entry"
                }
            });
        docket.recorder.record(event, &mut self.files)
    }

    /// Unsigned lines, then the first entry of a chain: so a service starts.
    pub(super) fn settle_unsigned_before(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        if self.unsigned.as_ref().is_none_or(|lines| lines.lines() <= START_UP_LINES_MAX) {
            return self.settle_unsigned(docket, || {
                let message = "unsigned lines before a chain, as the start of a service writes them";
                Event::of(Code::LinesUnsignedBetweenChains, message)
            });
        }
        // Nothing is proven across them.
        self.disturbances += 1;
        self.settle_unsigned(docket, || {
            Event::of(Code::LinesUnsignedMany, "unsigned, and more than the start of a service writes").hint(
                "if audit logging was switched on later, --allow lines-unsigned-many; otherwise seals were stripped",
            )
        })
    }

    /// Unsigned lines, then the next entry of a chain (attacks, rows 5 and 56).
    pub(super) fn settle_unsigned_inside(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        if !self.unsigned_as_entry {
            return self.settle_unsigned(docket, || {
                Event::of(
                    Code::LineForeignInsideChain,
                    "no entry of any format, between two signed entries of one chain",
                )
                .hint(
                    "Go's net/http writes such lines to the output of Acra; otherwise it was inserted: \
                         --allow line-foreign-inside-chain",
                )
            });
        }
        self.settle_unsigned(docket, || {
            Event::of(Code::LineUnsignedInsideChain, "unsigned, between two signed entries of one chain").hint(
                "inserted, or its seal was stripped; if several instances write into this log, a start of another one \
                 looks the same: --allow line-unsigned-inside-chain",
            )
        })
    }

    /// Unsigned lines, then nothing (attacks, row 8).
    pub(super) fn settle_unsigned_at_end(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        if self.seals == 0 {
            // That nothing at all is signed says more.
            return Ok(());
        }
        self.settle_unsigned(docket, || {
            Event::of(Code::LinesUnsignedAtEnd, "unsigned, after the last signed entry")
                .hint("a service that is starting writes such lines; otherwise their seals were stripped")
        })
    }

    /// Every verified entry passes here, so the event is made only when there is something to say.
    fn settle_unsigned(&mut self, docket: &mut Docket<'_>, event: impl FnOnce() -> Event) -> io::Result<()> {
        let Some(lines) = self.unsigned.take() else { return Ok(()) };
        self.unsigned_entry = false;
        self.unsigned_as_entry = false;
        docket.recorder.record(event().over(lines.first, lines.last, lines.lines()), &mut self.files)
    }
}
