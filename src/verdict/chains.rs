//! What is kept of a chain while it is open, and what is said of it when it is not.

use super::code::Code;
use super::proven::Piece;
use super::recorder::{FindingBuilder, place_of};
use super::replay::Trace;
use super::report::{ChainReport, ChainVerdict, ProvenRange};
use super::run_state::Ruling;
use super::sealed::SKEW_MS_MAX;
use super::stream::StreamJudge;
use super::stretch::Spot;
use crate::chain::ChainId;
use crate::entry::{LogTime, Seal};

/// Chains without an end that are kept until the whole stream is known; further ones are settled at once.
const LEFT_MAX: usize = 1024;

/// An open chain.
#[derive(Clone, Debug)]
pub(super) struct OpenChain {
    pub(super) id: ChainId,
    pub(super) key: usize,
    pub(super) first: Spot,
    pub(super) last: Spot,
    pub(super) entries: u64,
    pub(super) times: Option<(LogTime, LogTime)>,
    /// The last verified line of the current batch, as long as its time was not read.
    pub(super) untimed: Option<usize>,
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
    /// It is not followed any more, to make room.
    pub(super) dropped: bool,
    /// By how much the chain before ended later than this one began, by their own times, in milliseconds.
    pub(super) early_ms: i64,
    /// The first and last of its entries that stand far below younger ones of other chains, and how many (attacks, row 51).
    pub(super) out_of_time: Option<(Spot, Spot, u64)>,
    /// Its first entry has no mark of a start: removed, or the line was torn right before it.
    pub(super) unmarked: bool,
}

/// How a chain stops being followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// By its end entry.
    Ended,
    /// The stream goes on, or ends, without an end of this chain.
    Left,
}

impl StreamJudge {
    /// Says what a chain amounts to, once nothing more can belong to it.
    pub(super) fn settle_chain(&mut self, mut chain: OpenChain, stop: Stop) {
        let is_left_whole = stop == Stop::Left && !chain.broken;
        if is_left_whole {
            self.excuse_torn(chain.advanced);
        }
        self.judge_mark(&chain, is_left_whole);
        let verdict = match stop {
            Stop::Ended => ChainVerdict::Closed,
            Stop::Left if chain.broken => ChainVerdict::Broken,
            Stop::Left => self.leave_chain(&chain),
        };
        if let Some(lines) = chain.out_of_time.take() {
            self.tell_out_of_time(lines);
        } else if chain.early_ms > if self.interleaved { SKEW_MS_MAX } else { 0 } {
            // Instances that write into one stream need not have the same time.
            let event = FindingBuilder::of(Code::TimeBackwards, "this chain begins before the one above it ended")
                .at(chain.first)
                .hint("chains may have been put into another place, or the clock was set back");
            self.find(event);
        }
        if let Some((from, to)) = chain.times {
            self.proven.add(Piece {
                range: ProvenRange { from: from.min(to), to: to.max(from) },
                disturbances: chain.disturbances,
                ended: verdict == ChainVerdict::Closed,
            });
        }
        let report = ChainReport {
            stream: self.index,
            verdict,
            first: place_of(&self.files, chain.first),
            last: place_of(&self.files, chain.last),
            entries: chain.entries,
            key: self.context.fingerprints.get(chain.key).cloned(),
            from: chain.times.map(|times| times.0),
            to: chain.times.map(|times| times.1),
        };
        let OpenChain { first, last, trace, .. } = chain;
        self.rulings.push(Ruling::Followed { report, first, last, trace });
    }

    /// Entries that stand where the times around them say they were not written (attacks, row 51).
    pub(super) fn tell_out_of_time(&mut self, (first, last, lines): (Spot, Spot, u64)) {
        let message = "stands behind much younger entries of another chain";
        let event = FindingBuilder::of(Code::EntryOutOfTime, message)
            .over(first, last, lines)
            .hint("moved, or the clocks of the instances differ: --allow entry-out-of-time when they are known to");
        self.find(event)
    }

    /// The chain has no end and does not break.
    fn leave_chain(&mut self, chain: &OpenChain) -> ChainVerdict {
        // Attacks, row 50: what ended after it had begun later, was running later than this one.
        let is_outlived = chain.times.zip(self.ended_began_at).is_some_and(|((_, last), began)| began > last);
        let is_moved = chain.out_of_time.is_some_and(|(_, last, _)| last == chain.last);
        let (verdict, event) = if self.last_opened > chain.advanced || chain.dropped || is_outlived || is_moved {
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
        self.find(event.at(chain.last));
        verdict
    }

    /// A chain without an end is not followed any more. Whether it breaks shows when the whole stream is known.
    pub(super) fn drop_chain(&mut self, dropped: Option<ChainId>) {
        let Some(index) = self.open.iter().position(|chain| Some(chain.id) == dropped) else {
            return;
        };
        let chain = OpenChain { dropped: true, ..self.open.remove(index) };
        self.dropped = true;
        self.left.push(chain);
        if self.left.len() <= LEFT_MAX {
            return;
        }
        let oldest = self.left.remove(0);
        self.settle_chain(oldest, Stop::Left)
    }

    /// The stream has ended: says what every chain without an end amounts to.
    pub(super) fn settle_left(&mut self) {
        let mut left = std::mem::take(&mut self.left);
        left.append(&mut self.open);
        self.settle_unmatched(&mut left);
        left.sort_by_key(|chain| chain.opened);
        left.into_iter().for_each(|chain| self.settle_chain(chain, Stop::Left))
    }
}

impl OpenChain {
    /// A chain that begins with this entry.
    pub(super) fn begin(id: ChainId, key: usize, spot: Spot, count: u64, disturbances: u64) -> Self {
        Self {
            id,
            key,
            first: spot,
            last: spot,
            entries: 1,
            times: None,
            untimed: None,
            opened: count,
            advanced: count,
            disturbances: (disturbances, disturbances),
            trace: Trace::begin(&id.first),
            gap: false,
            broken: false,
            dropped: false,
            early_ms: 0,
            out_of_time: None,
            unmarked: false,
        }
    }

    /// Takes in the next entry.
    pub(super) fn advance(&mut self, spot: Spot, position: u64, seal: &Seal, count: u64, disturbances: u64) {
        self.entries = position;
        self.last = spot;
        self.advanced = count;
        self.disturbances.1 = disturbances;
        self.gap = false;
        self.trace.extend(position, seal);
    }

    /// Takes in the time of its last entry.
    pub(super) fn tell_time(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            self.times = Some((self.times.map_or(time, |times| times.0), time));
        }
    }

    /// An entry of it stands far below a younger one of another chain.
    pub(super) fn add_out_of_time(&mut self, spot: Spot) {
        let (first, _, lines) = self.out_of_time.unwrap_or((spot, spot, 0));
        self.out_of_time = Some((first, spot, lines + 1));
    }
}
