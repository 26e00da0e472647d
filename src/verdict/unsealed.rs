//! Judges lines without a seal by where they stand, and lines that are blank, torn or unreadable.

use std::io;

use super::code::Code;
use super::docket::Docket;
use super::recorder::Event;
use super::stream::StreamJudge;
use super::stretch::{self, Spot};
use crate::entry::{self, Entry, Marker, SealField};
use crate::line::{LineSpan, LineState};

/// The start of a service writes about six lines before its keystore is open (audit log, section 1).
const START_UP_LINES_MAX: u64 = 16;

pub(super) const SEAL_MALFORMED: &str = "the integrity field is not one that Acra writes";
pub(super) const MARKER_UNSIGNED: &str = "a chain marker without a seal";

impl StreamJudge {
    pub(super) fn unsealed(
        &mut self,
        docket: &mut Docket<'_>,
        spot: Spot,
        line: &LineSpan,
        text: &[u8],
        entry: Option<&Entry>,
    ) -> io::Result<()> {
        if text.trim_ascii().is_empty() {
            self.count_line(spot, line, |account| &mut account.blank);
            return Ok(());
        }
        let is_malformed = entry.is_some_and(|entry| entry.seal == SealField::Malformed);
        if is_malformed && self.is_beheaded(spot, text) || entry.is_none() && self.is_rest(spot, text) {
            self.seals += 1;
            self.disturbances += 1;
            self.headless.begins_with_rest = true;
            self.add_headless(spot, line);
            return Ok(());
        }
        let marker = entry.map_or(Marker::Middle, |entry| entry.marker);
        let is_cut = line.state == LineState::Unterminated;
        if (is_cut || is_malformed || marker == Marker::End) && entry::may_be_torn(text) {
            self.seals += u64::from(is_malformed);
            return self.maybe_torn(docket, spot, line, (is_malformed, marker));
        }
        if is_malformed {
            self.seals += 1;
            self.disturbances += 1;
            if line.lossy {
                self.count_line(spot, line, |account| &mut account.unverifiable);
                return self.line_damaged(docket, spot);
            }
            self.count_line(spot, line, |account| &mut account.broken);
            let event = Event::of(Code::SealMalformed, SEAL_MALFORMED).at(spot);
            return docket.recorder.record(event, &mut self.files);
        }
        self.count_line(spot, line, |account| &mut account.unsigned);
        stretch::extend(&mut self.unsigned, spot, line);
        self.unsigned_entry |= entry.is_some();
        if marker == Marker::Middle {
            return Ok(());
        }
        let event = Event::of(Code::MarkerUnsigned, MARKER_UNSIGNED).at(spot);
        docket.recorder.record(event, &mut self.files)
    }

    pub(super) fn too_long(&mut self, docket: &mut Docket<'_>, spot: Spot, line: &LineSpan) -> io::Result<()> {
        self.count_line(spot, line, |account| &mut account.unreadable);
        self.unread();
        let bytes = line.bytes + line.earlier.iter().map(|part| part.bytes).sum::<u64>();
        let limit = crate::line::LINE_BYTES_MAX >> 20;
        let event = Event::of(Code::LineUnreadable, format!("the line has {bytes} bytes; the limit is {limit} MiB"));
        docket.recorder.record(event.at(spot), &mut self.files)
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

    /// Unsigned lines, then the next entry of a chain (attacks, row 5).
    pub(super) fn settle_unsigned_inside(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
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
        docket.recorder.record(event().over(lines.first, lines.last, lines.lines()), &mut self.files)
    }
}
