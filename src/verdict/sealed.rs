//! Judges sealed entries: the first of a chain, the next of a chain, one behind its end, or one that repeats an earlier one.
//! Those that match no chain are left to `unmatched`.

use super::chains::{OpenChain, Stop};
use super::code::Code;
use super::recorder::FindingBuilder;
use super::run_state::Ruling;
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
    pub(super) fn sealed(&mut self, here: &Here<'_>, step: &Step) {
        self.count += 1;
        self.seals += 1;
        self.check_format(here);
        if let Step::Repeats { at } = step {
            self.repeats(here, *at);
            return self.ambiguous(here);
        }
        if std::mem::take(&mut self.after_repetition) {
            self.add_unsigned_repeated();
        }
        self.settle_repeated();
        let at = match step {
            Step::Opens { at, dropped } => {
                self.tell_times(here.batch);
                self.drop_chain(*dropped);
                if at.position == 1 {
                    self.open(here, at);
                } else {
                    self.fork(here, at);
                }
                at
            }
            Step::Continues(at) => {
                self.go_on(here, at);
                at
            }
            Step::AfterEnd(at) => {
                self.after_end(here);
                return self.verified(here, at);
            }
            Step::NoMatch { expected } => {
                self.disturbances += 1;
                if self.hold_prefixed(here.spot, here.line(), here.text, here.entry) {
                    return;
                }
                if entry::ends_inside_quotes(here.text) {
                    // What looked like its seal is none.
                    self.count -= 1;
                    return self.maybe_torn(here.spot, here.line(), (true, Marker::Middle));
                }
                if !self.is_cut_off(here.spot, here.text) {
                    self.ambiguous(here);
                }
                return self.no_match(here, expected);
            }
            Step::Repeats { .. } => return,
        };
        self.verified(here, at);
        if let Some(chain) = self.open.last_mut() {
            chain.untimed = Some(here.index);
        }
        if here.entry.marker == Marker::End {
            self.close(here.batch);
        }
    }

    /// Signed lines in another format than the one demanded are not what the user believes to verify (attacks, row 9).
    fn check_format(&mut self, here: &Here<'_>) {
        let format = here.entry.format;
        if self.contradicted || self.context.forced.is_none_or(|forced| forced == format) {
            return;
        }
        self.contradicted = true;
        let demanded = self.context.forced.map_or("", Format::name);
        let message = format!("this signed line is {}, not {demanded} as --input-format says", format.name());
        let event = FindingBuilder::of(Code::FormatContradiction, message)
            .at(here.spot)
            .hint("leave out --input-format: the format is detected");
        self.find(event)
    }

    /// The first entry of a chain.
    fn open(&mut self, here: &Here<'_>, at: &ChainPosition) {
        self.gap = false;
        self.opened += 1;
        if self.opened == 1 {
            self.settle_prefixed();
        }
        let time = time_of(here.text);
        let behind_unsigned = !self.unsigned.is_empty();
        self.settle_unsigned_before(time);
        let above = self.time_above();
        let mut chain = OpenChain::begin(at.chain, self.context.key(at.key), here.spot, self.count, self.disturbances);
        chain.tell_time(time);
        chain.unmarked = here.entry.marker != Marker::Start;
        self.tell_torn_of_start();
        chain.early_ms = time.zip(above).map_or(0, |(time, above)| above.unix_ms.saturating_sub(time.unix_ms));
        self.begun_inside = self.front.map(|outer| BegunInside { outer, inner: at.chain, time, behind_unsigned });
        self.last_opened = self.count;
        self.front = Some(at.chain);
        self.files[here.spot.file].chains += 1;
        let key = self.context.key(at.key);
        self.rulings.push(Ruling::Opened { key });
        self.look_at_key(here, key);
        self.open.push(chain);
    }

    /// An entry with which a chain goes its own way that so far repeated an earlier one: what looked repeated was its own.
    fn fork(&mut self, here: &Here<'_>, at: &ChainPosition) {
        self.settle_unsigned_inside(None);
        self.opened += 1;
        let mut chain = OpenChain::begin(at.chain, self.context.key(at.key), here.spot, self.count, self.disturbances);
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
        let key = self.context.key(at.key);
        self.rulings.push(Ruling::Opened { key });
        self.open.push(chain);
    }

    /// A seal proves less when others know its key, and when the service should have had a newer one.
    fn look_at_key(&mut self, here: &Here<'_>, key: usize) {
        if self.context.compromised.get(key) == Some(&true) {
            let message =
                "sealed with a key that its keystore marks as compromised: whoever has it can forge this chain";
            self.find(FindingBuilder::of(Code::KeyCompromised, message).at(here.spot));
        }
        let Some(age) = self.context.ages.get(key).copied().flatten() else { return };
        if self.youngest_key.is_some_and(|youngest| youngest < age) {
            let event = FindingBuilder::of(Code::KeyOutdated, "sealed with an older key than a chain above it")
                .at(here.spot)
                .hint("normal where a service kept its key over a rotation; else somebody has the old key");
            self.find(event);
        }
        self.youngest_key = Some(self.youngest_key.map_or(age, |youngest| youngest.min(age)));
    }

    /// The next entry of an open chain.
    fn go_on(&mut self, here: &Here<'_>, at: &ChainPosition) {
        if self.open.last().is_none_or(|chain| chain.id != at.chain || chain.advanced + 1 != self.count) {
            self.come_back(here, at.chain);
        }
        if !self.unsigned.is_empty() || self.starting.is_some() {
            self.settle_unsigned_inside(time_of(here.text));
        }
        let (count, disturbances) = (self.count, self.disturbances);
        let Some(chain) = self.open.last_mut() else {
            return;
        };
        self.interleaved |= self.last_opened > chain.advanced;
        chain.advance(here.spot, at.position, &here.seal, count, disturbances);
        self.front = Some(at.chain);
        self.check_no_start(here)
    }

    /// An entry behind the end of its chain: part of it all the same (attacks, row 53).
    fn after_end(&mut self, here: &Here<'_>) {
        let time = time_of(here.text);
        self.settle_unsigned_inside(time);
        self.tell_times(here.batch);
        let is_late = |(time, above): (LogTime, LogTime)| above.unix_ms.saturating_sub(time.unix_ms) > SKEW_MS_MAX;
        if time.zip(self.time_above()).is_some_and(is_late) {
            self.tell_out_of_time((here.spot, here.spot, 1));
        }
        self.check_no_start(here)
    }

    /// The mark of a start is not signed, but an entry that continues a chain cannot have had it.
    fn check_no_start(&mut self, here: &Here<'_>) {
        if here.entry.marker != Marker::Start {
            return;
        }
        let event =
            FindingBuilder::of(Code::ChainStartMisplaced, "the mark chain=new was added to an entry inside a chain");
        self.find(event.at(here.spot))
    }

    /// Goes on with a chain after sealed lines of others.
    fn come_back(&mut self, here: &Here<'_>, id: ChainId) {
        self.tell_times(here.batch);
        let above = self.time_above();
        // The chain advanced last stands at the end, as in the follower.
        let index = self.open.iter().position(|chain| chain.id == id);
        let Some(index) = index else { return self.rulings.push(Ruling::Fault("unknown chain")) };
        let mut chain = self.open.remove(index);
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
    }

    /// The time of the entry above, as far as it matters: of the chain advanced last, or of the latest end.
    pub(super) fn time_above(&self) -> Option<LogTime> {
        self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at)
    }

    /// A line that has verified above, byte for byte (attacks, rows 4b and 12).
    fn repeats(&mut self, here: &Here<'_>, at: Option<ChainPosition>) {
        let (spot, line) = (here.spot, here.line());
        self.after_repetition = true;
        let Some(at) = at else {
            self.add_unsigned_repeated();
            stretch::extend(&mut self.repeated, spot, line);
            return;
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
                self.settle_unsigned_before(begun);
                self.tell_times(here.batch);
                RepeatedChain { id: at.chain, lines: Stretch::begin(spot, line), begun, above: self.time_above() }
            }
        };
        self.settle_repeated();
        if here.entry.marker == Marker::End {
            return self.tell_repeated_chain(&chain.lines);
        }
        self.repeated_chains.push(chain);
        if self.repeated_chains.len() <= OPEN_CHAINS_MAX {
            return;
        }
        // The follower has given it up as well.
        let oldest = self.repeated_chains.remove(0);
        self.tell_repeated_chain(&oldest.lines)
    }

    /// No more repeated lines in this row.
    pub(super) fn settle_repeated(&mut self) {
        if let Some(lines) = self.repeated_unsigned.take() {
            self.book(&lines, |account| &mut account.repeated);
            let event = FindingBuilder::of(
                Code::ChainRepeated,
                "repeated: without a seal, and above as well, among the same lines",
            );
            self.find(event.over(lines.first, lines.last, lines.lines()));
        }
        let Some(lines) = self.repeated.take() else { return };
        self.book(&lines, |account| &mut account.repeated);
        let event = FindingBuilder::of(Code::LineRepeated, "repeated: the same line verified above")
            .over(lines.first, lines.last, lines.lines())
            .hint("delivered twice, or put there; --allow line-repeated when a shipper delivers at least once");
        self.find(event)
    }

    /// The stream has ended: chains that repeat an earlier one, as far as they went.
    pub(super) fn settle_repeated_chains(&mut self) {
        self.settle_repeated();
        let chains = std::mem::take(&mut self.repeated_chains);
        chains.iter().for_each(|chain| self.tell_repeated_chain(&chain.lines))
    }

    fn tell_repeated_chain(&mut self, lines: &Stretch) {
        self.book(lines, |account| &mut account.repeated);
        let event = FindingBuilder::of(Code::ChainRepeated, "repeated: the same chain verified above")
            .over(lines.first, lines.last, lines.lines())
            .hint("delivered twice, or put there; --allow chain-repeated when a shipper delivers at least once");
        self.find(event)
    }

    /// Books an entry whose seal is right. With another marker than Acra wrote, or in a form that can be read in two ways,
    /// it does not verify as it stands (attacks, row 54).
    fn verified(&mut self, here: &Here<'_>, at: &ChainPosition) {
        let (spot, line) = (here.spot, here.line());
        if here.entry.fidelity == Fidelity::Ambiguous {
            self.count_line(spot, line, |account| &mut account.broken);
            return self.ambiguous(here);
        }
        let is_marked = here.entry.marker == Marker::Start;
        let is_as_written = is_marked == (at.position == 1);
        self.count_line(spot, line, if is_as_written { |it| &mut it.verified } else { |it| &mut it.broken });
        self.check_not_unmatched(here);
        if at.spelling == Spelling::Remarshalled || here.entry.fidelity == Fidelity::Reencoded {
            stretch::extend(&mut self.reencoded, spot, line);
            return;
        }
        self.flush_reencoded()
    }

    fn ambiguous(&mut self, here: &Here<'_>) {
        if here.entry.fidelity != Fidelity::Ambiguous {
            return;
        }
        let event = FindingBuilder::of(
            Code::EntryAmbiguous,
            "can be read in two ways: a key is repeated or hides other fields",
        );
        self.find(event.at(here.spot))
    }

    pub(super) fn flush_reencoded(&mut self) {
        let Some(lines) = self.reencoded.take() else {
            return;
        };
        let event = FindingBuilder::of(Code::EntryReencoded, "re-encoded: the meaning is signed, these bytes are not")
            .over(lines.first, lines.last, lines.lines())
            .hint("verify the file as Acra wrote it, before anything parsed and printed it again");
        self.find(event)
    }

    /// The chain advanced last shows its end.
    fn close(&mut self, batch: &Batch) {
        self.tell_times(batch);
        let Some(chain) = self.open.pop() else {
            return;
        };
        self.ended_at = self.ended_at.max(chain.times.map(|times| times.1));
        self.ended_began_at = self.ended_began_at.max(chain.times.map(|times| times.0));
        // Only a chain that advanced beside this one can be running still.
        self.front = self.open.last().filter(|other| other.advanced > chain.opened).map(|other| other.id);
        self.settle_chain(chain, Stop::Ended)
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
