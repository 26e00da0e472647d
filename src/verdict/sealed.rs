//! Judges sealed entries: the first of a chain, the next of a chain, one behind its end, or one that repeats an earlier one.
//! Those that match no chain are left to `unmatched`.

use std::io;

use super::chains::{OpenChain, Stop};
use super::code::Code;
use super::docket::Docket;
use super::recorder::Event;
use super::stream::StreamJudge;
use super::stretch::{self, Spot, Stretch};
use crate::chain::{ChainId, ChainPosition, OPEN_CHAINS_MAX, Spelling, Step};
use crate::entry::{self, Entry, Fidelity, Format, LogTime, Marker, Seal, time_of};
use crate::line::{Batch, LineSpan};

/// How far the order of lines and the order of times may differ between instances that write into one stream, in
/// milliseconds (attacks, row 51).
pub(super) const SKEW_MS_MAX: i64 = 5_000;

/// The same where lines without a seal stand before the start of a chain inside another one: whoever moves that start up
/// makes room for lines of his own.
const SKEW_BESIDE_UNSIGNED_MS_MAX: i64 = 1_000;

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
    pub(super) fn line(&self) -> &LineSpan {
        &self.batch.lines[self.index]
    }
}

impl StreamJudge {
    pub(super) fn sealed(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, step: &Step) -> io::Result<()> {
        self.count += 1;
        self.seals += 1;
        self.check_format(docket, here)?;
        if let Step::Repeats { at } = step {
            self.repeats(docket, here, *at)?;
            return self.ambiguous(docket, here);
        }
        if std::mem::take(&mut self.after_repetition) {
            self.add_unsigned_repeated();
        }
        self.settle_repeated(docket)?;
        let at = match step {
            Step::Opens { at, dropped } => {
                self.tell_times(here.batch);
                self.drop_chain(docket, *dropped)?;
                if at.position == 1 {
                    self.open(docket, here, at)?
                } else {
                    self.fork(docket, here, at)?
                }
                at
            }
            Step::Continues(at) => {
                self.go_on(docket, here, at)?;
                at
            }
            Step::AfterEnd(at) => {
                self.after_end(docket, here)?;
                return self.verified(docket, here, at);
            }
            Step::NoMatch { expected } => {
                self.disturbances += 1;
                if self.hold_prefixed(here.spot, here.line(), here.text, here.entry) {
                    return Ok(());
                }
                if entry::ends_inside_quotes(here.text) {
                    // What looked like its seal is none.
                    self.count -= 1;
                    return self.maybe_torn(docket, here.spot, here.line(), (true, Marker::Middle));
                }
                if !self.is_cut_off(here.spot, here.text) {
                    self.ambiguous(docket, here)?;
                }
                return self.no_match(docket, here, expected);
            }
            Step::Repeats { .. } => return Ok(()),
        };
        self.verified(docket, here, at)?;
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
    fn open(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, at: &ChainPosition) -> io::Result<()> {
        self.gap = false;
        self.opened += 1;
        if self.opened == 1 {
            self.settle_prefixed(docket)?;
        }
        let time = time_of(here.text);
        let behind_unsigned = !self.unsigned.is_empty();
        self.settle_unsigned_before(docket, time)?;
        let above = self.time_above();
        let mut chain = OpenChain::begin(at.chain, docket.key(at.key), here.spot, self.count, self.disturbances);
        chain.tell_time(time);
        chain.unmarked = here.entry.marker != Marker::Start;
        self.tell_torn_of_start();
        chain.early_ms = time.zip(above).map_or(0, |(time, above)| above.unix_ms.saturating_sub(time.unix_ms));
        self.begun_inside = self.front.map(|outer| BegunInside { outer, inner: at.chain, time, behind_unsigned });
        self.last_opened = self.count;
        self.front = Some(at.chain);
        self.files[here.spot.file].chains += 1;
        let key = docket.key(at.key);
        if let Some(key) = docket.keys.get_mut(key) {
            key.chains += 1;
        }
        self.look_at_key(docket, here, key)?;
        self.open.push(chain);
        Ok(())
    }

    /// An entry with which a chain goes its own way that so far repeated an earlier one: what looked repeated was its own.
    fn fork(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, at: &ChainPosition) -> io::Result<()> {
        self.settle_unsigned_inside(docket, None)?;
        self.opened += 1;
        let mut chain = OpenChain::begin(at.chain, docket.key(at.key), here.spot, self.count, self.disturbances);
        if let Some(index) = self.repeated_chains.iter().position(|known| known.id == at.chain) {
            let RepeatedChain { lines, begun, above, .. } = self.repeated_chains.remove(index);
            self.book(&lines, |account| &mut account.verified);
            chain.first = lines.first;
            chain.tell_time(begun);
            chain.early_ms = begun.zip(above).map_or(0, |(begun, above)| above.unix_ms.saturating_sub(begun.unix_ms));
            self.files[lines.first.file].chains += 1;
        }
        chain.advance(here.spot, at.position, &here.seal, self.count, self.disturbances);
        chain.tell_time(time_of(here.text));
        self.last_opened = self.count;
        self.front = Some(at.chain);
        let key = docket.key(at.key);
        if let Some(key) = docket.keys.get_mut(key) {
            key.chains += 1;
        }
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
    fn go_on(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, at: &ChainPosition) -> io::Result<()> {
        if self.open.last().is_none_or(|chain| chain.id != at.chain || chain.advanced + 1 != self.count) {
            self.come_back(here, at.chain)?;
        }
        if !self.unsigned.is_empty() || self.starting.is_some() {
            self.settle_unsigned_inside(docket, time_of(here.text))?;
        }
        let (count, disturbances) = (self.count, self.disturbances);
        let Some(chain) = self.open.last_mut() else {
            return Ok(());
        };
        self.interleaved |= self.last_opened > chain.advanced;
        chain.advance(here.spot, at.position, &here.seal, count, disturbances);
        self.front = Some(at.chain);
        self.check_no_start(docket, here)
    }

    /// An entry behind the end of its chain: part of it all the same (attacks, row 53).
    fn after_end(&mut self, docket: &mut Docket<'_>, here: &Here<'_>) -> io::Result<()> {
        let time = time_of(here.text);
        self.settle_unsigned_inside(docket, time)?;
        self.tell_times(here.batch);
        let is_late = |(time, above): (LogTime, LogTime)| above.unix_ms.saturating_sub(time.unix_ms) > SKEW_MS_MAX;
        if time.zip(self.time_above()).is_some_and(is_late) {
            self.tell_out_of_time(docket, (here.spot, here.spot, 1))?;
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
        let above = self.time_above();
        // The chain advanced last stands at the end, as in the follower.
        let index = self.open.iter().position(|chain| chain.id == id);
        let mut chain = self.open.remove(index.ok_or_else(|| io::Error::other("internal error: unknown chain"))?);
        let time = time_of(here.text);
        let lateness_ms = |above: LogTime| time.map_or(0, |time| above.unix_ms.saturating_sub(time.unix_ms));
        let mut skew_ms_max = SKEW_MS_MAX;
        if let Some(begun) = self.begun_inside.take_if(|begun| begun.outer == id) {
            if begun.behind_unsigned && begun.time.map_or(0, lateness_ms) > SKEW_BESIDE_UNSIGNED_MS_MAX {
                skew_ms_max = SKEW_BESIDE_UNSIGNED_MS_MAX;
            }
            if let Some(inner) = self.open.iter_mut().find(|chain| chain.id == begun.inner)
                && inner.early_ms > SKEW_MS_MAX
            {
                // It was put into this chain: its own first entry is the one out of place.
                inner.add_out_of_time(inner.first);
            }
        }
        if above.map_or(0, lateness_ms) > skew_ms_max {
            chain.add_out_of_time(here.spot);
        }
        self.open.push(chain);
        Ok(())
    }

    /// The time of the entry above, as far as it matters: of the chain advanced last, or of the latest end.
    pub(super) fn time_above(&self) -> Option<LogTime> {
        self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at)
    }

    /// A line that has verified above, byte for byte (attacks, rows 4b and 12).
    fn repeats(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, at: Option<ChainPosition>) -> io::Result<()> {
        let (spot, line) = (here.spot, here.line());
        self.after_repetition = true;
        let Some(at) = at else {
            self.add_unsigned_repeated();
            stretch::extend(&mut self.repeated, spot, line);
            return Ok(());
        };
        let index = self.repeated_chains.iter().position(|known| known.id == at.chain);
        let chain = match index {
            Some(index) => {
                self.add_unsigned_repeated();
                let mut chain = self.repeated_chains.remove(index);
                chain.lines.extend(spot, line);
                chain
            }
            None => {
                let begun = time_of(here.text);
                self.settle_unsigned_before(docket, begun)?;
                self.tell_times(here.batch);
                RepeatedChain { id: at.chain, lines: Stretch::begin(spot, line), begun, above: self.time_above() }
            }
        };
        self.settle_repeated(docket)?;
        if here.entry.marker == Marker::End {
            return self.tell_repeated_chain(docket, &chain.lines);
        }
        self.repeated_chains.push(chain);
        if self.repeated_chains.len() <= OPEN_CHAINS_MAX {
            return Ok(());
        }
        // The follower has given it up as well.
        let oldest = self.repeated_chains.remove(0);
        self.tell_repeated_chain(docket, &oldest.lines)
    }

    /// No more repeated lines in this row.
    pub(super) fn settle_repeated(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        if let Some(lines) = self.repeated_unsigned.take() {
            self.book(&lines, |account| &mut account.repeated);
            let event =
                Event::of(Code::ChainRepeated, "repeated: without a seal, and above as well, among the same lines");
            docket.recorder.record(event.over(lines.first, lines.last, lines.lines()), &mut self.files)?;
        }
        let Some(lines) = self.repeated.take() else { return Ok(()) };
        self.book(&lines, |account| &mut account.repeated);
        let event = Event::of(Code::LineRepeated, "repeated: the same line verified above")
            .over(lines.first, lines.last, lines.lines())
            .hint("delivered twice, or put there; --allow line-repeated when a shipper delivers at least once");
        docket.recorder.record(event, &mut self.files)
    }

    /// The stream has ended: chains that repeat an earlier one, as far as they went.
    pub(super) fn settle_repeated_chains(&mut self, docket: &mut Docket<'_>) -> io::Result<()> {
        self.settle_repeated(docket)?;
        let chains = std::mem::take(&mut self.repeated_chains);
        chains.iter().try_for_each(|chain| self.tell_repeated_chain(docket, &chain.lines))
    }

    fn tell_repeated_chain(&mut self, docket: &mut Docket<'_>, lines: &Stretch) -> io::Result<()> {
        self.book(lines, |account| &mut account.repeated);
        let event = Event::of(Code::ChainRepeated, "repeated: the same chain verified above")
            .over(lines.first, lines.last, lines.lines())
            .hint("delivered twice, or put there; --allow chain-repeated when a shipper delivers at least once");
        docket.recorder.record(event, &mut self.files)
    }

    /// Books an entry whose seal is right. With another marker than Acra wrote, or in a form that can be read in two ways,
    /// it does not verify as it stands (attacks, row 54).
    fn verified(&mut self, docket: &mut Docket<'_>, here: &Here<'_>, at: &ChainPosition) -> io::Result<()> {
        let (spot, line) = (here.spot, here.line());
        if here.entry.fidelity == Fidelity::Ambiguous {
            self.count_line(spot, line, |account| &mut account.broken);
            return self.ambiguous(docket, here);
        }
        let is_marked = here.entry.marker == Marker::Start;
        let is_as_written = is_marked == (at.position == 1);
        self.count_line(spot, line, if is_as_written { |it| &mut it.verified } else { |it| &mut it.broken });
        self.check_not_unmatched(docket, here)?;
        if at.spelling == Spelling::Remarshalled || here.entry.fidelity == Fidelity::Reencoded {
            stretch::extend(&mut self.reencoded, spot, line);
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
        self.ended_began_at = self.ended_began_at.max(chain.times.map(|times| times.0));
        // Only a chain that advanced beside this one can be running still.
        self.front = self.open.last().filter(|other| other.advanced > chain.opened).map(|other| other.id);
        self.settle_chain(docket, chain, Stop::Ended)
    }
}

/// A chain that began while another one was open.
#[derive(Clone, Copy, Debug)]
pub(super) struct BegunInside {
    outer: ChainId,
    inner: ChainId,
    time: Option<LogTime>,
    /// Lines without a seal stand right before it.
    behind_unsigned: bool,
}

/// A chain that so far repeats another one.
#[derive(Debug)]
pub(super) struct RepeatedChain {
    id: ChainId,
    lines: Stretch,
    /// The time of its first entry, and of the entry above.
    begun: Option<LogTime>,
    above: Option<LogTime>,
}
