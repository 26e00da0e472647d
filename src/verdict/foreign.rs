//! Judges sealed entries that fit no chain: altered, behind a break, before the first start, or under another key.

use std::collections::HashSet;
use std::io;

use super::chains::Cause;
use super::code::Code;
use super::docket::Docket;
use super::recorder::{Event, place_of};
use super::report::{ChainReport, ChainVerdict};
use super::sealed::Here;
use super::stream::{Current, StreamJudge};
use super::stretch::{self, Spot, Stretch};
use crate::entry::{self, Marker, Seal};

/// Seals of headless lines that are remembered.
const HEADLESS_SEALS_MAX: usize = 1 << 16;

/// Lost chains that are listed one by one before any chain verified.
const LOST_EARLY_MAX: usize = 1000;

/// Lost keys that are named in a message.
const NAMES_MAX: usize = 3;

/// What began before the stream, or before something that could not be read.
#[derive(Default)]
pub(super) struct Headless {
    pub(super) lines: Option<Stretch>,
    /// The seals of these lines: none of them may verify further down.
    pub(super) seals: HashSet<Seal>,
    /// The last of them is not an end: their chain may go on anywhere.
    pub(super) runs: bool,
    /// There were several chains: lines stand behind the end of one.
    pub(super) several: bool,
}

/// A chain of which nothing verifies.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// Its first line carries the mark of a start.
    marked: bool,
    found: [u8; 2],
    lines: Stretch,
}

impl StreamJudge {
    /// A sealed line that fits no chain.
    pub(super) fn foreign(
        &mut self,
        docket: &mut Docket<'_>,
        here: &Here<'_>,
        expected: Option<[u8; 2]>,
    ) -> io::Result<()> {
        let (spot, bytes) = (here.spot, here.bytes());
        let Seal(seal) = here.seal;
        let found = [seal[0], seal[1]];
        if here.entry.marker == Marker::Start {
            self.beside_lost_key |= !docket.lost_keys.is_empty() && !self.open.is_empty();
            self.settle_lost(docket)?;
            self.settle_unsigned_before(docket)?;
            self.lost = Some(Lost { marked: true, found, lines: Stretch::begin(spot, bytes) });
            self.current = Current::Lost;
            return Ok(());
        }
        if matches!(self.current, Current::None | Current::Headless) {
            let after_headless = self.current == Current::Headless;
            self.current = self.current_of_a_stray(here);
            self.headless.several |= after_headless && self.current == Current::Unclaimed;
        }
        // An end that belongs to no chain here is the end of another headless one.
        self.headless.several |=
            self.headless.lines.is_some() && !self.headless.runs && here.entry.marker == Marker::End;
        match (self.current, &mut self.lost) {
            (Current::Chain(id), _) => {
                if let Some(chain) = self.open.iter_mut().find(|chain| chain.id == id) {
                    chain.doubt_line(Cause::Seal { expected, found }, spot, bytes);
                }
            }
            (Current::Headless, _) => {
                self.add_headless(spot, bytes);
                self.headless.runs = here.entry.marker != Marker::End;
                if self.headless.seals.len() < HEADLESS_SEALS_MAX && !self.headless.seals.insert(here.seal) {
                    let event = Event::of(Code::LineOutOfChain, "the same sealed line stands above: it was repeated");
                    docket.recorder.record(event.at(spot).seals(None, Some(found)), &mut self.files)?;
                }
            }
            (Current::Unclaimed, _) => stretch::extend(&mut self.unclaimed, spot, bytes),
            (_, Some(lost)) => lost.lines.extend(spot, bytes),
            (_, None) => {
                self.lost = Some(Lost { marked: false, found, lines: Stretch::begin(spot, bytes) });
                self.current = Current::Lost;
            }
        }
        Ok(())
    }

    /// To which chain a line is counted that stands where no chain is open.
    fn current_of_a_stray(&self, here: &Here<'_>) -> Current {
        let first = self.current == Current::None && (self.count == 1 || self.gap);
        let goes_on = self.current == Current::Headless && self.headless.runs;
        if entry::shows_damage(here.text) {
            Current::Lost
        } else if self.unsigned_entry {
            // Unsigned lines stand before the start of a chain: one that follows them has lost its start.
            if self.current == Current::Headless { Current::Unclaimed } else { Current::Lost }
        } else if first || goes_on {
            Current::Headless
        } else if self.current == Current::Headless || self.has_strangers() {
            Current::Unclaimed
        } else {
            Current::Lost
        }
    }

    /// Whether a line is the first of the stream and may be the rest of a line whose beginning was cut off.
    pub(super) fn is_beheaded(&self, spot: Spot, text: &[u8]) -> bool {
        spot == Spot { file: 0, line: 1 } && entry::may_be_beheaded(text)
    }

    /// Counts a line to the chain that began before the stream.
    pub(super) fn add_headless(&mut self, spot: Spot, bytes: u64) {
        stretch::extend(&mut self.headless.lines, spot, bytes);
        self.current = Current::Headless;
        self.headless.runs = true;
    }

    /// Whether the lines that were found inside chains may be those of others, now that the whole stream is known.
    pub(super) fn settle_strays(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let strays = std::mem::take(&mut self.strays);
        strays.into_iter().try_for_each(|(lines, found)| self.judge_stray(docket, lines, found))
    }

    /// Lines that do not belong to the chain that goes on after them.
    pub(super) fn judge_stray(
        &mut self,
        docket: &mut Docket<'_>,
        lines: Stretch,
        found: Option<[u8; 2]>,
    ) -> io::Result<()> {
        if self.has_strangers() {
            return self.unclaimed(docket, lines);
        }
        self.book(&lines, |account| &mut account.broken);
        let message = "does not belong here: inserted, repeated or displaced; the chain goes on after it";
        let event = Event::of(Code::LineOutOfChain, message).over(lines.first, lines.last, lines.lines());
        docket.recorder.record(event.seals(None, found), &mut self.files)
    }

    /// Lines that may belong to a chain that is not followed: nothing proves that they were altered.
    pub(super) fn unclaimed(&mut self, docket: &mut Docket<'_>, lines: Stretch) -> io::Result<()> {
        self.book(&lines, |account| &mut account.unverifiable);
        let message = "not verifiable: belongs to no chain that could be followed";
        let event = Event::of(Code::LineUnclaimed, message)
            .over(lines.first, lines.last, lines.lines())
            .hint("its chain may begin in a file before this one; otherwise it was inserted or altered");
        docket.recorder.record(event, &mut self.files)
    }

    /// Nothing more belongs to the unclaimed lines.
    pub(super) fn settle_unclaimed(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let Some(lines) = self.unclaimed.take() else { return Ok(()) };
        self.unclaimed(docket, lines)
    }

    /// A verified entry must not have stood among the headless lines as well: that was a replay (attacks, row 3).
    pub(super) fn look_behind(&mut self, docket: &mut Docket<'_>, here: &Here<'_>) -> io::Result<()> {
        if self.headless.seals.is_empty() || !self.headless.seals.remove(&here.seal) {
            return Ok(());
        }
        let message = "stands among the entries that could not be verified as well: one of the two was put there";
        docket.recorder.record(Event::of(Code::LineOutOfChain, message).at(here.spot), &mut self.files)
    }

    /// Nothing more belongs to the lost chain.
    pub(super) fn settle_lost(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let Some(lost) = self.lost.take() else {
            return Ok(());
        };
        if self.opened > 0 {
            return self.report_lost(docket, lost);
        }
        let full = self.lost_early.len() == LOST_EARLY_MAX;
        match self.lost_early.last_mut() {
            Some(last) if full => last.lines.append(lost.lines),
            _ => self.lost_early.push(lost),
        }
        Ok(())
    }

    fn report_lost(&mut self, docket: &mut Docket<'_>, lost: Lost) -> io::Result<()> {
        if lost.marked && !docket.lost_keys.is_empty() {
            return self.undecidable(docket, &lost.lines);
        }
        let (message, hint) = if lost.marked {
            (
                "the first entry of a chain fits no key: altered, or sealed with another key",
                "if the key was rotated, pass the older one as well: --key-file is repeatable",
            )
        } else {
            ("continues no chain: the start of its chain was altered or removed", "compare with a copy of the log")
        };
        let event =
            Event::of(Code::ChainAltered, message).at(lost.lines.first).seals(None, Some(lost.found)).hint(hint);
        self.break_at(docket, event, lost.lines)
    }

    /// A chain that may be sealed with a key which exists and could not be had.
    fn undecidable(&mut self, docket: &mut Docket<'_>, lines: &Stretch) -> io::Result<()> {
        self.book(lines, |account| &mut account.unverifiable);
        let names = named(&docket.lost_keys);
        let message = format!("a chain begins here that fits no key that could be had, and others could not: {names}");
        let event = Event::of(Code::KeyLost, message).over(lines.first, lines.last, lines.lines()).hint(
            "restore these keys; if they are gone for good, give those that are left with --key-file, without the keystore",
        );
        docket.recorder.record(event, &mut self.files)
    }

    /// Reports a break at the first of `lines`; the others cannot be reached.
    pub(super) fn break_at(&mut self, docket: &mut Docket<'_>, event: Event, lines: Stretch) -> io::Result<()> {
        docket.recorder.record(event, &mut self.files)?;
        let (first, rest) = lines.split_first();
        self.book(&first, |account| &mut account.broken);
        rest.map_or(Ok(()), |rest| self.unreachable(docket, rest))
    }

    /// Lines behind a break.
    pub(super) fn unreachable(&mut self, docket: &mut Docket<'_>, lines: Stretch) -> io::Result<()> {
        self.book(&lines, |account| &mut account.unverifiable);
        let message = "not verifiable: the state of the chain is lost before them";
        let event = Event::of(Code::EntriesUnreachable, message).over(lines.first, lines.last, lines.lines());
        docket.recorder.record(event, &mut self.files)
    }

    /// What the chains are that were lost before any verified: with none that did, the key is wrong (attacks, row 35).
    pub(super) fn settle_early(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let early = std::mem::take(&mut self.lost_early);
        if early.is_empty() {
            return Ok(());
        }
        if self.opened > 0 {
            return early.into_iter().try_for_each(|lost| self.report_lost(docket, lost));
        }
        if !docket.lost_keys.is_empty() {
            return early.into_iter().try_for_each(|lost| self.undecidable(docket, &lost.lines));
        }
        for lost in &early {
            self.book(&lost.lines, |account| &mut account.unverifiable);
        }
        let starts = early.len();
        let message = format!("no key fits: none of the {starts} chains that begin here verifies its first entry");
        let event = Event::of(Code::KeyWrong, message)
            .at(early[0].lines.first)
            .hint("pass the audit log key of this service; older keys too: --key-file is repeatable");
        docket.recorder.record(event, &mut self.files)
    }

    /// Lines whose chain began in something that is not here or was not read.
    pub(super) fn cut_off(&mut self, docket: &mut Docket<'_>, lines: &Stretch) -> io::Result<()> {
        self.book(lines, |account| &mut account.unverifiable);
        let event =
            Event::of(Code::StreamHeadless, "not verifiable: what stands before them in their chain is not here")
                .over(lines.first, lines.last, lines.lines())
                .hint(self.headless_hint());
        docket.recorder.record(event, &mut self.files)
    }

    /// The lines before the first start.
    pub(super) fn settle_headless(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let Some(lines) = self.headless.lines.take() else {
            return Ok(());
        };
        let count = lines.lines();
        self.cut_off(docket, &lines)?;
        docket.recorder.chain(ChainReport {
            stream: self.index,
            verdict: ChainVerdict::Headless,
            first: place_of(&self.files, lines.first),
            last: place_of(&self.files, lines.last),
            entries: 0,
            key: None,
            from: None,
            to: None,
        })?;
        if self.opened > 0 {
            return Ok(());
        }
        let event = Event::of(Code::NothingVerified, "no chain begins here, so nothing could be verified");
        docket.recorder.record(event.over(lines.first, lines.last, count), &mut self.files)
    }
}

/// The first few of many names.
fn named(names: &[String]) -> String {
    let (first, rest) = names.split_at(names.len().min(NAMES_MAX));
    let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
    first.join(", ") + &more
}
