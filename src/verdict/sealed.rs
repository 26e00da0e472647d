//! Judges sealed entries: the first of a chain, the next of a chain, or one that fits none.

use std::io;

use super::chains::{Cause, Doubt, OpenChain, Stop};
use super::code::Code;
use super::docket::Docket;
use super::recorder::Event;
use super::stream::{Current, StreamJudge};
use super::stretch::{self, Spot};
use crate::chain::{ChainId, Spelling, Step};
use crate::entry::{Entry, Fidelity, Format, LogTime, Marker, Seal, time_of};
use crate::line::Batch;

/// How far the clocks of instances that write into one stream may differ, in milliseconds.
pub(super) const SKEW_MS_MAX: i64 = 60_000;

/// Lines inside chains that are kept until the whole stream is known.
const STRAYS_MAX: usize = 10_000;

/// A sealed line with all that is known about it.
pub(super) struct Here<'a> {
    pub(super) batch: &'a Batch,
    /// Index of the line in its batch.
    pub(super) index: usize,
    pub(super) spot: Spot,
    pub(super) text: &'a [u8],
    pub(super) entry: &'a Entry,
    pub(super) seal: Seal,
}

impl Here<'_> {
    pub(super) fn bytes(&self) -> u64 {
        self.batch.lines[self.index].bytes
    }
}

impl StreamJudge {
    pub(super) fn sealed(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, step: Step) -> io::Result<()> {
        self.count += 1;
        self.seals += 1;
        self.check_format(docket, here)?;
        let spelling = match step {
            Step::Opens { chain, key, dropped, spelling } => {
                self.drop_chain(docket, here.batch, dropped)?;
                self.open(docket, here, chain, key)?;
                spelling
            }
            Step::Continues { chain, position, spelling } => {
                self.go_on(docket, here, chain, position)?;
                spelling
            }
            Step::AfterEnd { spelling } => {
                self.check_no_start(docket, here)?;
                return self.verified(docket, here, spelling);
            }
            Step::Foreign { expected } => {
                self.disturbances += 1;
                if self.is_beheaded(here.spot, here.text) {
                    self.add_headless(here.spot, here.bytes());
                    return Ok(());
                }
                if self.hold_prefixed(here.spot, here.bytes(), here.text, here.entry) {
                    return Ok(());
                }
                self.ambiguous(docket, here)?;
                return self.foreign(docket, here, expected);
            }
        };
        self.verified(docket, here, spelling)?;
        if let Some(chain) = self.open.last_mut() {
            chain.untimed = Some(here.index);
        }
        if here.entry.marker == Marker::End {
            self.close(docket, here.batch)?;
        }
        Ok(())
    }

    /// Signed lines in another format than the one demanded are not what the user believes to verify (attacks, row 9).
    fn check_format(&mut self, docket: &mut Docket<'_>, here: &Here<'_>) -> io::Result<()> {
        let format = here.entry.format;
        if self.contradicted || docket.forced.is_none_or(|forced| forced == format) {
            return Ok(());
        }
        self.contradicted = true;
        let demanded = docket.forced.map_or("", Format::name);
        let message = format!("this signed line is {}, not {demanded} as --input-format says", format.name());
        let event = Event::of(Code::FormatContradiction, message)
            .at(here.spot)
            .hint("leave out --input-format: the format is detected");
        docket.recorder.record(event, &mut self.files)
    }

    /// The first entry of a chain.
    fn open(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, id: ChainId, key: usize) -> io::Result<()> {
        self.settle_lost(docket)?;
        self.settle_unclaimed(docket)?;
        self.gap = false;
        self.opened += 1;
        if self.opened == 1 {
            self.settle_prefixed(docket)?;
            self.settle_early(docket)?;
        }
        self.settle_unsigned_before(docket)?;
        if here.entry.marker != Marker::Start {
            let event = Event::of(Code::ChainStartUnmarked, "a chain begins here, but its mark chain=new is gone");
            docket.recorder.record(event.at(here.spot), &mut self.files)?;
        }
        self.tell_times(here.batch);
        let before = self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at);
        let mut chain = OpenChain::begin(id, key, here.spot, &here.seal, self.count, self.disturbances);
        chain.tell_time(time_of(here.text));
        chain.early_ms =
            chain.times.zip(before).map_or(0, |(times, before)| before.unix_ms.saturating_sub(times.0.unix_ms));
        self.last_opened = self.count;
        self.current = Current::Chain(id);
        self.files[here.spot.file].chains += 1;
        if let Some(key) = docket.keys.get_mut(key) {
            key.chains += 1;
        }
        self.look_at_key(docket, here, key)?;
        self.open.push(chain);
        Ok(())
    }

    /// A seal proves less when others know its key, and when the service should have had a newer one.
    fn look_at_key(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, key: usize) -> io::Result<()> {
        if docket.compromised.get(key) == Some(&true) {
            let message =
                "sealed with a key that its keystore marks as compromised: whoever has it can forge this chain";
            docket.recorder.record(Event::of(Code::KeyCompromised, message).at(here.spot), &mut self.files)?;
        }
        let Some(age) = docket.ages.get(key).copied().flatten() else { return Ok(()) };
        if self.youngest_key.is_some_and(|youngest| youngest < age) {
            let event = Event::of(Code::KeyOutdated, "sealed with an older key than a chain above it")
                .at(here.spot)
                .hint("normal where a service kept its key over a rotation; else somebody has the old key");
            docket.recorder.record(event, &mut self.files)?;
        }
        self.youngest_key = Some(self.youngest_key.map_or(age, |youngest| youngest.min(age)));
        Ok(())
    }

    /// The next entry of an open chain.
    fn go_on(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, id: ChainId, position: u64) -> io::Result<()> {
        self.settle_lost(docket)?;
        if self.open.last().is_none_or(|chain| chain.id != id || chain.advanced + 1 != self.count) {
            self.come_back(here, id)?;
        }
        self.settle_unsigned_inside(docket)?;
        let (count, disturbances) = (self.count, self.disturbances);
        let Some(chain) = self.open.last_mut() else {
            return Ok(());
        };
        self.interleaved |= self.last_opened > chain.advanced;
        chain.entries += 1;
        chain.last = here.spot;
        chain.advanced = count;
        chain.disturbances.1 = disturbances;
        chain.trace.extend(position, &here.seal);
        self.current = Current::Chain(id);
        if let Some(doubt) = chain.doubt.take() {
            self.out_of_chain(docket, doubt)?;
        }
        self.check_no_start(docket, here)
    }

    /// The mark of a start is not signed, but an entry that continues a chain cannot have had it.
    fn check_no_start(&mut self, docket: &mut Docket<'_>, here: &Here<'_>) -> io::Result<()> {
        if here.entry.marker != Marker::Start {
            return Ok(());
        }
        let event = Event::of(Code::ChainStartMisplaced, "the mark chain=new was added to an entry inside a chain");
        docket.recorder.record(event.at(here.spot), &mut self.files)
    }

    /// Goes on with a chain after sealed lines of others.
    fn come_back(&mut self, here: &Here<'_>, id: ChainId) -> io::Result<()> {
        self.tell_times(here.batch);
        let before = self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at);
        // The chain advanced last stands at the end, as in the follower.
        let index = self.open.iter().position(|chain| chain.id == id);
        let mut chain = self.open.remove(index.ok_or_else(|| io::Error::other("internal error: unknown chain"))?);
        let late = |(time, before): (LogTime, LogTime)| before.unix_ms.saturating_sub(time.unix_ms) > SKEW_MS_MAX;
        chain.out_of_time |= time_of(here.text).zip(before).is_some_and(late);
        self.open.push(chain);
        Ok(())
    }

    /// Doubtful lines turn out not to belong to the chain: it goes on after them.
    fn out_of_chain(&mut self, docket: &mut Docket<'_>, doubt: Doubt) -> io::Result<()> {
        let Some(lines) = doubt.lines else { return Ok(()) };
        let found = match doubt.cause {
            Cause::Seal { found, .. } => Some(found),
            Cause::Unread => None,
        };
        if self.headless.lines.is_some() && self.strays.len() < STRAYS_MAX {
            // Whose lines these are shows only further down.
            self.strays.push((lines, found));
            return Ok(());
        }
        self.judge_stray(docket, lines, found)
    }

    /// Books an entry whose seal is right.
    fn verified(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, spelling: Spelling) -> io::Result<()> {
        let (spot, bytes) = (here.spot, here.bytes());
        let account = &mut self.files[spot.file].account;
        if here.entry.fidelity == Fidelity::Ambiguous {
            account.broken.add(bytes);
            return self.ambiguous(docket, here);
        }
        account.verified.add(bytes);
        self.look_behind(docket, here)?;
        if spelling == Spelling::Remarshalled || here.entry.fidelity == Fidelity::Reencoded {
            stretch::extend(&mut self.reencoded, spot, bytes);
            return Ok(());
        }
        self.flush_reencoded(docket)
    }

    fn ambiguous(&mut self, docket: &mut Docket<'_>, here: &Here<'_>) -> io::Result<()> {
        if here.entry.fidelity != Fidelity::Ambiguous {
            return Ok(());
        }
        let event = Event::of(Code::EntryAmbiguous, "can be read in two ways: a key is repeated or hides other fields");
        docket.recorder.record(event.at(here.spot), &mut self.files)
    }

    pub(super) fn flush_reencoded(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        let Some(lines) = self.reencoded.take() else {
            return Ok(());
        };
        let event = Event::of(Code::EntryReencoded, "re-encoded: the meaning is signed, these bytes are not")
            .over(lines.first, lines.last, lines.lines())
            .hint("verify the file as Acra wrote it, before anything parsed and printed it again");
        docket.recorder.record(event, &mut self.files)
    }

    /// The chain advanced last shows its end.
    fn close(&mut self, docket: &mut Docket<'_>, batch: &Batch) -> io::Result<()> {
        self.tell_times(batch);
        let Some(chain) = self.open.pop() else {
            return Ok(());
        };
        self.ended_at = self.ended_at.max(chain.times.map(|times| times.1));
        // Only a chain that advanced beside this one can be running still.
        let beside = self.open.last().filter(|other| other.advanced > chain.opened);
        self.current = beside.map_or(Current::None, |other| Current::Chain(other.id));
        self.settle_chain(docket, chain, Stop::Ended)
    }

    fn drop_chain(&mut self, docket: &mut Docket<'_>, batch: &Batch, dropped: Option<ChainId>) -> io::Result<()> {
        let Some(index) = self.open.iter().position(|chain| Some(chain.id) == dropped) else {
            return Ok(());
        };
        self.tell_times(batch);
        let chain = self.open.remove(index);
        self.dropped = true;
        // The chain that takes its place opens after it.
        self.last_opened = self.count;
        self.settle_chain(docket, chain, Stop::Left)
    }
}
