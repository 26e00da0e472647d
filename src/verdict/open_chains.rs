//! The chains of a stream that have begun and not ended: what is kept of each while it is open, where its entries stand among
//! those of others, and what it amounts to once nothing more can belong to it. Whether an entry belongs to a chain is
//! left to `chain`, what stands beside the chains to `stream`.

use std::collections::BTreeMap;

use super::code::Code;
use super::displacement::{LateLine, RecentLines, StandingLine};
use super::expectations::{ChainEnds, Remembered};
use super::repetition::RepeatedChain;
use super::replay::Trace;
use super::report::{ChainReport, ChainVerdict, ProvenRange};
use super::rulings::{Context, FindingBuilder, LinePosition, PlacedLine, Ruling, Rulings, place_of};
use super::time_gaps::length_beyond;
use super::times::{ChainProof, Proven, SKEW_MS_MAX, is_out_of_time};
use super::torn;
use crate::chain::{ChainId, ChainPosition};
use crate::entry::{Format, LogTime, Seal, time_of};
use crate::ledger::memory::Memory;
use crate::ledger::record::{BegunInsideRecord, OpenChainRecord, ProvenRecord, StreamRecord};
use crate::line::Batch;

/// Chains without an end that are kept until the whole stream is known; further ones are settled at once.
const LEFT_MAX: usize = 1024;

/// [`SKEW_MS_MAX`] where lines without a seal stand before the start of a chain inside another one: whoever moves that start up
/// makes room for lines of his own.
const SKEW_BESIDE_UNSIGNED_MS_MAX: i64 = 1_000;

/// What a stream held up to here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SoFar {
    pub(super) sealed: u64,
    /// Sealed lines that did not verify, and places that could not be read.
    pub(super) disturbances: u64,
}

#[derive(Clone, Debug)]
pub(super) struct OpenChain {
    pub(super) id: ChainId,
    pub(super) key: usize,
    pub(super) first: LinePosition,
    pub(super) last: LinePosition,
    /// The place of the entry before the last one; of a first entry its own.
    before_last: LinePosition,
    pub(super) entries: u64,
    /// How many of them do not stand there as they verified.
    restored: u64,
    pub(super) times: Option<(LogTime, LogTime)>,
    /// The oldest and the youngest of its verified entries, where the time of each is asked for.
    bounds: Option<(LogTime, LogTime)>,
    /// The last verified line of the current batch, as long as its time was not read.
    untimed: Option<usize>,
    /// The stream's count of sealed lines at the first and at the last verified entry.
    pub(super) opened: u64,
    pub(super) advanced: u64,
    /// The stream's count of disturbances, likewise.
    pub(super) disturbances: (u64, u64),
    pub(super) trace: Trace,
    /// Something was not read since its last verified entry.
    pub(super) gap: bool,
    /// It does not go on where it should.
    pub(super) broken: bool,
    /// By how much the chain before ended later than this one began, by their own times, in milliseconds.
    pub(super) early_ms: i64,
    /// The first and last of its entries that stand far below younger ones of other chains, and how many (attacks, row 51).
    out_of_time: Option<(LinePosition, LinePosition, u64)>,
    /// Its first entry has no mark of a start: removed, or the line was torn right before it.
    pub(super) unmarked: bool,
    /// Kept while there are lines that may turn out to be moved.
    recent: RecentLines,
    last_seal: Seal,
    /// Entries before the first one that stands here.
    skipped: u64,
    remembered: Remembered,
}

impl OpenChain {
    /// A chain that begins with this entry.
    pub(super) fn begin(context: &Context, at: &ChainPosition, position: LinePosition, so_far: SoFar) -> Self {
        let key = context.key(at.key);
        let mut remembered = Remembered::of(context.expectations.as_deref(), &at.chain.first);
        remembered.advance(1, &at.chain.first);
        Self {
            id: at.chain,
            key,
            first: position,
            last: position,
            before_last: position,
            entries: 1,
            restored: 0,
            times: None,
            bounds: None,
            untimed: None,
            opened: so_far.sealed,
            advanced: so_far.sealed,
            disturbances: (so_far.disturbances, so_far.disturbances),
            trace: Trace::begin(&at.chain.first),
            gap: false,
            broken: false,
            early_ms: 0,
            out_of_time: None,
            unmarked: false,
            recent: RecentLines::default(),
            last_seal: at.chain.first,
            skipped: 0,
            remembered,
        }
    }

    /// A chain that goes on with this entry, behind those that an earlier run verified.
    pub(super) fn resume(
        context: &Context,
        at: &ChainPosition,
        position: LinePosition,
        seal: &Seal,
        so_far: SoFar,
    ) -> Self {
        let mut chain = Self::begin(context, at, position, so_far);
        chain.skipped = at.position - 1;
        chain.remembered = Remembered::of(context.expectations.as_deref(), &at.chain.first);
        chain.remembered.resume(chain.skipped);
        chain.advance(position, at, seal, so_far);
        chain
    }

    /// An open chain of an earlier run.
    fn restore(
        context: &Context,
        number: u64,
        open: &OpenChainRecord,
        record: &StreamRecord,
        memory: &Memory,
    ) -> Option<Self> {
        let (first, last) = (Seal::from(open.first), Seal::from(open.last));
        let index = memory.find(&first, &last)?;
        let known = &memory.chains()[index].chain;
        let key = context.fingerprints.iter().position(|key| **key == *known.key)?;
        let place = |(file, line): (usize, u64)| LinePosition { file, line };
        let resumed = record.resumed.iter().find(|chain| chain.first == open.first);
        let began = resumed.map_or(known.began, |chain| chain.began.map(|unix_ms| LogTime { unix_ms }));
        let mut trace = Trace::begin(&first);
        trace.extend(open.position, &last);
        Some(Self {
            id: ChainId { number, first },
            key,
            first: place(open.from),
            last: place(open.through),
            before_last: place(open.through),
            entries: open.position,
            times: began.zip(known.ended),
            bounds: None,
            untimed: None,
            opened: open.opened,
            advanced: open.advanced,
            disturbances: open.disturbances,
            trace,
            gap: false,
            broken: false,
            early_ms: open.early,
            out_of_time: None,
            unmarked: false,
            recent: RecentLines::default(),
            last_seal: last,
            skipped: resumed.map_or(0, |chain| chain.skipped),
            restored: 0,
            remembered: Remembered::met(index),
        })
    }

    /// Its entries above this one, which looked like those of an earlier chain until here.
    pub(super) fn take_over(&mut self, repeated: &RepeatedChain) {
        self.first = repeated.lines.first;
        self.tell_time(repeated.begun);
        self.widen(repeated.begun);
        self.begin_below(repeated.above);
    }

    /// Where the entry above the first one of this chain is younger: by how much.
    fn begin_below(&mut self, above: Option<LogTime>) {
        let early_ms = |((begun, _), above): ((LogTime, LogTime), LogTime)| above.unix_ms.saturating_sub(begun.unix_ms);
        self.early_ms = self.times.zip(above).map_or(0, early_ms);
    }

    /// Takes in the next entry.
    pub(super) fn advance(&mut self, position: LinePosition, at: &ChainPosition, seal: &Seal, so_far: SoFar) {
        // The entry itself may stand below its altered copy.
        self.restored = self.restored.saturating_sub(u64::from(at.position == self.entries));
        self.entries = at.position;
        self.before_last = std::mem::replace(&mut self.last, position);
        self.advanced = so_far.sealed;
        self.disturbances.1 = so_far.disturbances;
        self.gap = false;
        self.trace.extend(at.position, seal);
        self.last_seal = *seal;
        self.remembered.advance(at.position, seal);
    }

    /// Takes in the time of its last entry.
    pub(super) fn tell_time(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            self.times = Some((self.times.map_or(time, |times| times.0), time));
        }
    }

    /// Takes in the time of an entry, whichever it is.
    fn widen(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            let (oldest, youngest) = self.bounds.unwrap_or((time, time));
            self.bounds = Some((oldest.min(time), youngest.max(time)));
        }
    }

    /// An entry of it stands far below a younger one of another chain.
    fn add_out_of_time(&mut self, position: LinePosition) {
        let (first, _, lines) = self.out_of_time.unwrap_or((position, position, 0));
        self.out_of_time = Some((first, position, lines + 1));
    }
}

/// A chain that began while another one was open.
#[derive(Clone, Copy, Debug)]
struct BegunInside {
    outer: ChainId,
    inner: ChainId,
    time: Option<LogTime>,
    /// Lines without a seal stand right before it.
    behind_unsigned: bool,
}

/// How a chain stops being followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChainStop {
    /// By its end entry.
    Ended,
    /// The stream goes on, or ends, without an end of this chain.
    Left,
}

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct OpenChains {
    /// By recency: the chain advanced last stands at the end, as in the follower.
    open: Vec<OpenChain>,
    /// Chains without an end that are not followed any more.
    left: Vec<OpenChain>,
    /// The open chain to which a line is held first: the one advanced last, unless it may rest.
    front: Option<ChainId>,
    /// Chains that verified at least their first entry.
    opened: u64,
    /// Sealed lines up to the start of the last of them.
    last_opened: u64,
    /// Of the chains that have ended: the latest end, and the latest beginning.
    ended_at: Option<LogTime>,
    ended_began_at: Option<LogTime>,
    /// The last chain that began while another one was open.
    begun_inside: Option<BegunInside>,
    interleaved: bool,
    open_at_end: bool,
    /// A chain without an end is not followed any more, to make room for others.
    dropped: bool,
    /// How many keys have replaced the newest one that a chain was sealed with, of those in a keystore.
    youngest_key: Option<usize>,
    proven: Proven,
    /// Chains that have ended.
    closed: u64,
    /// Chains that each key opened.
    keys: BTreeMap<usize, u64>,
}

impl OpenChains {
    /// Goes on where an earlier run left the chains of a stream; nothing of it was seen here yet.
    pub(super) fn restore(&mut self, out: &mut Rulings, record: &StreamRecord, memory: &Memory) {
        for (number, open) in record.open.iter().enumerate() {
            let Some(chain) = OpenChain::restore(&out.context, number as u64, open, record, memory) else {
                out.push(Ruling::Fault("an open chain is not in the ledger"));
                return;
            };
            self.open.push(chain);
        }
        self.front = self.open.last().map(|chain| chain.id);
        self.begun_inside = record.begun_inside.as_ref().and_then(|begun| {
            let outer = self.open.get(begun.outer)?.id;
            // One that has ended is not among the open ones; nothing else is asked of it.
            let inner = begun.inner.and_then(|inner| self.open.get(inner)).map_or(outer, |inner| inner.id);
            let time = begun.time.map(|unix_ms| LogTime { unix_ms });
            Some(BegunInside { outer, inner, time, behind_unsigned: begun.behind_unsigned })
        });
        self.opened = record.closed + record.open.len() as u64;
        self.last_opened = record.last_opened;
        self.interleaved = record.interleaved;
        self.closed = record.closed;
        let time = |unix_ms: Option<i64>| unix_ms.map(|unix_ms| LogTime { unix_ms });
        (self.ended_at, self.ended_began_at) = (time(record.ended_at), time(record.ended_began_at));
        for &ProvenRecord { from, to, ended, disturbances } in &record.proven {
            let range = ProvenRange { from: LogTime { unix_ms: from }, to: LogTime { unix_ms: to } };
            self.proven.add(ChainProof { range, disturbances, ended });
        }
        for (fingerprint, chains) in &record.keys {
            let key = out.context.fingerprints.iter().position(|known| known == fingerprint);
            if let Some(key) = key {
                out.push(Ruling::Remembered { key, chains: *chains });
                self.keys.insert(key, *chains);
                if let Some(age) = out.context.ages.get(key).copied().flatten() {
                    self.youngest_key = Some(self.youngest_key.map_or(age, |youngest| youngest.min(age)));
                }
            }
        }
        out.push(Ruling::RememberedClosed(record.closed));
    }

    /// What is to be remembered of the chains without an end, the one advanced last at the end; None when one of them is
    /// not followed any more.
    pub(super) fn open_records(&self) -> Option<Vec<OpenChainRecord>> {
        let record = |chain: &OpenChain| OpenChainRecord {
            first: chain.id.first.into(),
            last: chain.last_seal.into(),
            position: chain.entries,
            from: (chain.first.file, chain.first.line),
            through: (chain.last.file, chain.last.line),
            opened: chain.opened,
            advanced: chain.advanced,
            disturbances: chain.disturbances,
            early: chain.early_ms,
        };
        self.left.is_empty().then(|| self.open.iter().map(record).collect())
    }

    /// Enters into a record what there is to say of the chains, those without an end aside; what else is to be said of the
    /// stream is not known here.
    pub(super) fn enter_into(&mut self, record: &mut StreamRecord) {
        let unix_ms = |time: Option<LogTime>| time.map(|time| time.unix_ms);
        record.closed = self.closed;
        record.last_opened = self.last_opened;
        record.interleaved = self.interleaved;
        let index = |id: ChainId| self.open.iter().position(|chain| chain.id == id);
        record.begun_inside = self.begun_inside.and_then(|begun| {
            let (outer, inner) = (index(begun.outer)?, index(begun.inner));
            let time = begun.time.map(|time| time.unix_ms);
            Some(BegunInsideRecord { outer, inner, time, behind_unsigned: begun.behind_unsigned })
        });
        (record.ended_at, record.ended_began_at) = (unix_ms(self.ended_at), unix_ms(self.ended_began_at));
        let proven = |&ChainProof { range, disturbances, ended }: &ChainProof| ProvenRecord {
            from: range.from.unix_ms,
            to: range.to.unix_ms,
            ended,
            disturbances,
        };
        record.proven = self.proven.pieces().map(proven).collect();
    }

    /// Chains that each key opened.
    pub(super) fn keys(&self) -> impl Iterator<Item = (usize, u64)> {
        self.keys.iter().map(|(key, chains)| (*key, *chains))
    }

    /// Chains that verified at least their first entry, ended or not.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// Whether chains advanced by turns.
    pub(super) fn are_interleaved(&self) -> bool {
        self.interleaved
    }

    /// Whether the last chain had no end when the stream was over.
    pub(super) fn are_open_at_end(&self) -> bool {
        self.open_at_end
    }

    /// Whether one was left to make room for others.
    pub(super) fn were_dropped(&self) -> bool {
        self.dropped
    }

    /// The chain to which a line is held first, and how many sealed lines there were at its start.
    pub(super) fn front(&self) -> Option<(ChainId, u64)> {
        let front = self.front?;
        self.open.iter().find(|chain| chain.id == front).map(|chain| (front, chain.opened))
    }

    /// The time of the last entry of an open chain.
    pub(super) fn time_of(&self, first: &Seal) -> Option<LogTime> {
        self.open.iter().find(|chain| chain.id.first == *first)?.times.map(|times| times.1)
    }

    /// The time of the entry above, as far as it matters: of the chain advanced last, or of the latest end.
    pub(super) fn time_above(&self) -> Option<LogTime> {
        self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at)
    }

    /// Reads the times of the chains' last entries while their lines are at hand.
    pub(super) fn tell_times(&mut self, batch: &Batch) {
        for chain in &mut self.open {
            if let Some(line) = chain.untimed.take() {
                chain.tell_time(time_of(batch.text_of(&batch.lines[line])));
            }
        }
    }

    /// Takes in the time of an entry that was verified, if its chain is open.
    pub(super) fn widen(&mut self, id: ChainId, time: Option<LogTime>) {
        if let Some(chain) = self.open.iter_mut().rfind(|chain| chain.id == id) {
            chain.widen(time);
        }
    }

    /// The line in its batch of the entry that was verified last.
    pub(super) fn set_last_line(&mut self, index: usize) {
        if let Some(chain) = self.open.last_mut() {
            chain.untimed = Some(index);
        }
    }

    /// The entry that was verified last is not what stands there; it was written at this time.
    pub(super) fn tell_restored(&mut self, time: Option<LogTime>) {
        if let Some(chain) = self.open.last_mut() {
            chain.restored += 1;
            chain.tell_time(time);
        }
    }

    /// Something was not read here.
    pub(super) fn pass_gap(&mut self) {
        self.open.iter_mut().for_each(|chain| chain.gap = true);
    }

    /// A chain begins, with lines without a seal right before it or not.
    pub(super) fn begin(&mut self, out: &mut Rulings, mut chain: OpenChain, behind_unsigned: bool) {
        chain.begin_below(self.time_above());
        let time = chain.times.map(|times| times.0);
        self.begun_inside = self.front.map(|outer| BegunInside { outer, inner: chain.id, time, behind_unsigned });
        out.files[chain.first.file].chains += 1;
        let (key, position) = (chain.key, chain.first);
        self.follow(out, chain);
        self.look_at_key(out, key, position);
    }

    /// From here on this chain is followed.
    pub(super) fn follow(&mut self, out: &mut Rulings, chain: OpenChain) {
        self.opened += 1;
        self.last_opened = chain.advanced;
        self.front = Some(chain.id);
        out.push(Ruling::Opened { key: chain.key });
        *self.keys.entry(chain.key).or_default() += 1;
        self.open.push(chain);
    }

    /// A seal proves less when others know its key, and when the service should have had a newer one.
    fn look_at_key(&mut self, out: &mut Rulings, key: usize, position: LinePosition) {
        if out.context.compromised.get(key) == Some(&true) {
            let message =
                "sealed with a key that its keystore marks as compromised: whoever has it can forge this chain";
            out.find(FindingBuilder::of(Code::KeyCompromised, message).at(position));
        }
        let Some(age) = out.context.ages.get(key).copied().flatten() else { return };
        if self.youngest_key.is_some_and(|youngest| youngest < age) {
            let event = FindingBuilder::of(Code::KeyOutdated, "sealed with an older key than a chain above it")
                .at(position)
                .hint("normal where a service kept its key over a rotation; else somebody has the old key");
            out.find(event);
        }
        self.youngest_key = Some(self.youngest_key.map_or(age, |youngest| youngest.min(age)));
    }

    /// Whether the chain advanced with the sealed line before.
    pub(super) fn advanced_last(&self, id: ChainId, so_far: SoFar) -> bool {
        self.open.last().is_some_and(|chain| chain.id == id && chain.advanced + 1 == so_far.sealed)
    }

    /// A chain goes on after sealed lines of others, with an entry written at `time`.
    pub(super) fn resume(&mut self, out: &mut Rulings, id: ChainId, position: LinePosition, time: Option<LogTime>) {
        let above = self.time_above();
        let index = self.open.iter().position(|chain| chain.id == id);
        let Some(index) = index else { return out.push(Ruling::Fault("unknown chain")) };
        let mut chain = self.open.remove(index);
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
            chain.add_out_of_time(position);
        }
        self.open.push(chain);
    }

    /// The next entry of the chain advanced last.
    pub(super) fn advance(&mut self, position: LinePosition, at: &ChainPosition, seal: &Seal, so_far: SoFar) {
        let Some(chain) = self.open.last_mut() else {
            return;
        };
        self.interleaved |= self.last_opened > chain.advanced;
        chain.advance(position, at, seal, so_far);
        self.front = Some(at.chain);
    }

    /// An entry of the chain that was advanced last stands where the chain demands it, as far as is known.
    pub(super) fn remember(&mut self, number: u64, line: PlacedLine, is_as_written: bool) {
        let Some(chain) = self.open.last_mut() else { return };
        let (position, behind) = (chain.entries, (chain.entries > 1).then_some(chain.before_last));
        chain.recent.push(StandingLine { number, position, line, behind, is_as_written, is_counted: true });
    }

    /// A chain goes on with a line that stands elsewhere, for now counted nowhere.
    pub(super) fn recover(
        &mut self,
        out: &mut Rulings,
        at: &ChainPosition,
        late: &LateLine,
        disturbances: u64,
    ) -> Option<StandingLine> {
        let Some(chain) = self.open.iter_mut().rfind(|chain| chain.id == at.chain) else {
            out.push(Ruling::Fault("unknown chain"));
            return None;
        };
        let so_far = SoFar { sealed: chain.advanced, disturbances };
        chain.advance(late.line.position, at, &late.seal, so_far);
        chain.tell_time(late.time);
        let line = late.line.clone();
        let (number, position, behind) = (late.number, at.position, Some(chain.before_last));
        Some(StandingLine { number, position, line, behind, is_as_written: true, is_counted: false })
    }

    /// Where the last entry of an open chain stands.
    pub(super) fn last_of(&self, id: ChainId) -> Option<LinePosition> {
        self.open.iter().rfind(|chain| chain.id == id).map(|chain| chain.last)
    }

    /// Which lines of a chain were moved, when these fitted late.
    pub(super) fn displaced(&self, id: ChainId, late: &[StandingLine]) -> Vec<StandingLine> {
        let chain = self.open.iter().rfind(|chain| chain.id == id);
        chain.map_or_else(Vec::new, |chain| chain.recent.displaced(late))
    }

    /// An open chain shows its end, though it may not be the one advanced last.
    pub(super) fn close_chain(&mut self, out: &mut Rulings, id: ChainId) {
        if let Some(index) = self.open.iter().rposition(|chain| chain.id == id) {
            let chain = self.open.remove(index);
            self.open.push(chain);
            self.close(out);
        }
    }

    /// An entry behind the end of its chain, written at `time`.
    pub(super) fn pass_late(&self, out: &mut Rulings, position: LinePosition, time: Option<LogTime>) {
        if is_out_of_time(time, self.time_above()) {
            tell_out_of_time(out, (position, position, 1));
        }
    }

    /// The chain advanced last shows its end.
    pub(super) fn close(&mut self, out: &mut Rulings) {
        let Some(chain) = self.open.pop() else {
            return;
        };
        self.ended_at = self.ended_at.max(chain.times.map(|times| times.1));
        self.ended_began_at = self.ended_began_at.max(chain.times.map(|times| times.0));
        // Only a chain that advanced beside this one can be running still.
        self.front = self.open.last().filter(|other| other.advanced > chain.opened).map(|other| other.id);
        self.settle(out, chain, ChainStop::Ended)
    }

    /// A chain without an end is not followed any more. Whether it breaks shows when the whole stream is known. Returns
    /// one that cannot be kept until then.
    pub(super) fn drop_chain(&mut self, dropped: ChainId) -> Option<OpenChain> {
        let index = self.open.iter().position(|chain| chain.id == dropped)?;
        self.dropped = true;
        let mut chain = self.open.remove(index);
        chain.recent.clear();
        self.left.push(chain);
        (self.left.len() > LEFT_MAX).then(|| self.left.remove(0))
    }

    /// Every chain without an end: the stream is over.
    pub(super) fn take_left(&mut self) -> Vec<OpenChain> {
        let mut left = std::mem::take(&mut self.left);
        left.append(&mut self.open);
        left
    }

    /// Says what a chain amounts to that has no end.
    pub(super) fn settle_left(&mut self, out: &mut Rulings, chain: OpenChain) {
        self.settle(out, chain, ChainStop::Left)
    }

    /// The ranges of time that are proven, and how many more there were.
    pub(super) fn finish(self) -> (Vec<ProvenRange>, u64) {
        self.proven.finish()
    }

    fn settle(&mut self, out: &mut Rulings, mut chain: OpenChain, stop: ChainStop) {
        judge_mark(out, &chain, stop == ChainStop::Left && !chain.broken);
        self.closed += u64::from(stop == ChainStop::Ended);
        let verdict = match stop {
            ChainStop::Ended => ChainVerdict::Closed,
            ChainStop::Left if chain.broken => ChainVerdict::Broken,
            ChainStop::Left => self.leave(out, &chain),
        };
        if let Some(lines) = chain.out_of_time.take() {
            tell_out_of_time(out, lines);
        } else if chain.early_ms > if self.interleaved { SKEW_MS_MAX } else { 0 } {
            // Instances that write into one stream need not have the same time.
            let event = FindingBuilder::of(Code::TimeBackwards, "this chain begins before the one above it ended")
                .at(chain.first)
                .hint("chains may have been put into another place, or the clock was set back");
            out.find(event);
        }
        judge_age(out, &chain);
        if let Some((from, to)) = chain.times {
            self.proven.add(ChainProof {
                range: ProvenRange { from: from.min(to), to: to.max(from) },
                disturbances: chain.disturbances,
                ended: verdict == ChainVerdict::Closed,
            });
        }
        let report = ChainReport {
            stream: out.files[chain.first.file].stream,
            verdict,
            first: place_of(&out.files, chain.first),
            last: place_of(&out.files, chain.last),
            entries: chain.entries - chain.skipped - chain.restored,
            key: out.context.fingerprints.get(chain.key).cloned(),
            from: chain.times.map(|times| times.0),
            to: chain.times.map(|times| times.1),
        };
        let OpenChain { id, first, last, entries, trace, last_seal, remembered, skipped, .. } = chain;
        let ends = ChainEnds { id, last: last_seal, entries, remembered, skipped };
        out.push(Ruling::Followed { report, first, last, trace, ends });
    }

    /// The chain has no end and does not break.
    fn leave(&mut self, out: &mut Rulings, chain: &OpenChain) -> ChainVerdict {
        // Attacks, row 50: what ended after it had begun later, was running later than this one.
        let is_outlived = chain.times.zip(self.ended_began_at).is_some_and(|((_, last), began)| began > last);
        let is_moved = chain.out_of_time.is_some_and(|(_, last, _)| last == chain.last);
        let (verdict, event) = if self.last_opened > chain.advanced || is_outlived || is_moved {
            let message = "the chain stops here without an end, and another one begins";
            let event = FindingBuilder::of(Code::ChainUnfinished, message)
                .hint("normal after a crash or kill -9; otherwise its end was cut off");
            (ChainVerdict::Unfinished, event)
        } else {
            let event = FindingBuilder::of(Code::ChainOpenAtEnd, "the last chain has no end yet")
                .hint("normal for a running service; pass --require-end when the service has stopped");
            self.open_at_end = true;
            (ChainVerdict::OpenAtEnd, event)
        };
        out.find(event.at(chain.last));
        verdict
    }
}

/// Entries that stand where the times around them say they were not written (attacks, row 51).
fn tell_out_of_time(out: &mut Rulings, (first, last, lines): (LinePosition, LinePosition, u64)) {
    let message = "stands behind much younger entries of another chain";
    let event = FindingBuilder::of(Code::EntryOutOfTime, message)
        .over(first, last, lines)
        .hint("moved, or the clocks of the instances differ: --allow entry-out-of-time when they are known to");
    out.find(event)
}

/// A chain that was open for longer than is accepted, where that was asked.
fn judge_age(out: &mut Rulings, chain: &OpenChain) {
    let (Some(longest), Some((from, to))) = (out.context.chain_age_max, chain.bounds) else { return };
    let milliseconds = to.unix_ms.saturating_sub(from.unix_ms);
    if milliseconds <= longest.milliseconds() {
        return;
    }
    let length = length_beyond(milliseconds, longest);
    let message = format!("the verified entries of this chain span {length}: from {from} to {to}");
    let event = FindingBuilder::of(Code::ChainTooOld, message)
        .over(chain.first, chain.last, chain.entries)
        .hint("a tail that is cut off shows only when a chain has its end: rotate the log more often");
    out.find(event)
}

/// A chain without its mark: text formats write it behind the seal, so a crash may have cut it off the only entry.
fn judge_mark(out: &mut Rulings, chain: &OpenChain, is_left: bool) {
    if !chain.unmarked {
        return;
    }
    let is_json = out.files[chain.first.file].formats.contains(&Format::Json);
    if is_left && chain.entries == 1 && !is_json {
        return torn::tell(out, chain.first);
    }
    let event = FindingBuilder::of(Code::ChainStartUnmarked, "a chain begins here, but its mark chain=new is gone");
    out.find(event.at(chain.first))
}
