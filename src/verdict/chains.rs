//! What is kept of a chain while it is open, and what is said of it when it is not.

use std::io;

use super::code::Code;
use super::docket::Docket;
use super::proven::Piece;
use super::recorder::{Event, place_of};
use super::replay::Trace;
use super::report::{ChainReport, ChainVerdict, ProvenRange};
use super::sealed::SKEW_MS_MAX;
use super::stream::StreamJudge;
use super::stretch::{Spot, Stretch};
use crate::chain::ChainId;
use crate::entry::{LogTime, Seal};
use crate::line::LineSpan;

/// Why nothing is known yet about the lines after a chain's last verified entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A line carries another seal than the chain demands.
    Seal { expected: Option<[u8; 2]>, found: [u8; 2] },
    /// A line does not verify, and what stored it may have changed its text.
    Lossy,
    /// A line or a file could not be read.
    Unread,
}

/// Lines after a chain's last verified entry that do not continue it. Whether the first of them was altered or does not
/// belong there shows only when the chain goes on, or does not.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    pub(super) cause: Cause,
    /// The sealed lines, the one that caused it first.
    pub(super) lines: Option<Stretch>,
}

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
    pub(super) doubt: Option<Doubt>,
    /// By how much the chain before ended later than this one began, by their own times, in milliseconds.
    pub(super) early_ms: i64,
    /// An entry of it stands behind one of another chain that is more than a minute younger.
    pub(super) out_of_time: bool,
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
    pub(super) fn settle_chain(&mut self, docket: &mut Docket<'_>, mut chain: OpenChain, stop: Stop) -> io::Result<()> {
        let is_left_whole = stop == Stop::Left && chain.doubt.is_none();
        if is_left_whole {
            self.excuse_torn(chain.advanced);
        }
        self.judge_mark(docket, &chain, is_left_whole)?;
        let verdict = match (stop, chain.doubt.take()) {
            (Stop::Ended, _) => ChainVerdict::Closed,
            (Stop::Left, Some(Doubt { cause, lines: Some(lines) })) => self.break_chain(docket, cause, lines)?,
            (Stop::Left, _) => self.leave_chain(docket, &chain)?,
        };
        // Instances that write into one stream need not have the same time.
        let tolerated_ms = if self.interleaved { SKEW_MS_MAX } else { 0 };
        if chain.out_of_time || chain.early_ms > tolerated_ms {
            let (message, spot) = if chain.out_of_time {
                ("this entry is much older than the one above it, which is of another chain", chain.last)
            } else {
                ("this chain begins before the one above it ended", chain.first)
            };
            let event = Event::of(Code::TimeBackwards, message)
                .at(spot)
                .hint("entries or chains may have been put into another place, or the clock was set back");
            docket.recorder.record(event, &mut self.files)?;
        }
        self.look_for_replay(docket, &chain)?;
        if let Some((from, to)) = chain.times {
            self.proven.add(Piece {
                opened: chain.opened,
                range: ProvenRange { from: from.min(to), to: to.max(from) },
                disturbances: chain.disturbances,
                ended: verdict == ChainVerdict::Closed,
            });
        }
        docket.recorder.chain(ChainReport {
            stream: self.index,
            verdict,
            first: place_of(&self.files, chain.first),
            last: place_of(&self.files, chain.last),
            entries: chain.entries,
            key: docket.keys.get(chain.key).map(|key| key.fingerprint.clone()),
            from: chain.times.map(|times| times.0),
            to: chain.times.map(|times| times.1),
        })
    }

    /// The chain did not go on after a doubtful line.
    fn break_chain(&mut self, docket: &mut Docket<'_>, cause: Cause, lines: Stretch) -> io::Result<ChainVerdict> {
        match cause {
            Cause::Seal { expected, found } => {
                if self.has_strangers() {
                    self.unclaimed(docket, lines)?;
                    return Ok(ChainVerdict::Broken);
                }
                let event = Event::of(Code::ChainAltered, "altered, or entries before it removed")
                    .at(lines.first)
                    .seals(expected, Some(found))
                    .hint("compare this line and its neighbours with a copy of the log");
                self.break_at(docket, event, lines)?;
            }
            Cause::Lossy => self.damaged(docket, lines)?,
            Cause::Unread => self.cut_off(docket, &lines)?,
        }
        Ok(ChainVerdict::Broken)
    }

    /// The chain has no end and no doubtful line.
    fn leave_chain(&mut self, docket: &mut Docket<'_>, chain: &OpenChain) -> io::Result<ChainVerdict> {
        let (verdict, event) = if self.last_opened > chain.advanced || chain.out_of_time {
            let message = "the chain stops here without an end, and another one begins";
            let event = Event::of(Code::ChainUnfinished, message)
                .hint("normal after a crash or kill -9; otherwise its end was cut off");
            (ChainVerdict::Unfinished, event)
        } else {
            let event = Event::of(Code::ChainOpenAtEnd, "the last chain has no end yet")
                .hint("normal for a running service; pass --require-end when the service has stopped");
            self.open_at_end = true;
            (ChainVerdict::OpenAtEnd, event)
        };
        docket.recorder.record(event.at(chain.last), &mut self.files)?;
        Ok(verdict)
    }

    fn look_for_replay(&mut self, docket: &mut Docket<'_>, chain: &OpenChain) -> io::Result<()> {
        let place = place_of(&self.files, chain.first);
        let Some(earlier) = docket.replay.observe(self.index, place, chain.trace.clone(), chain.times) else {
            return Ok(());
        };
        // Elsewhere it may be a copy of the log; within one second plaintext cannot tell two quick chains apart.
        let proven = earlier.stream == self.index && !earlier.within_a_second;
        let code = if proven { Code::ChainRepeated } else { Code::ChainElsewhere };
        let message = format!("the same chain stands at {}:{}", earlier.place.file, earlier.place.line);
        let event = Event::of(code, message).over(chain.first, chain.last, chain.entries);
        docket.recorder.record(event, &mut self.files)
    }
}

impl OpenChain {
    /// A chain that begins with this entry.
    pub(super) fn begin(id: ChainId, key: usize, spot: Spot, seal: &Seal, count: u64, disturbances: u64) -> Self {
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
            trace: Trace::begin(seal),
            doubt: None,
            early_ms: 0,
            out_of_time: false,
            unmarked: false,
        }
    }

    /// Takes in the time of its last entry.
    pub(super) fn tell_time(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            self.times = Some((self.times.map_or(time, |times| times.0), time));
        }
    }

    /// Doubts another sealed line, because of `cause` unless there is an earlier one.
    pub(super) fn doubt_line(&mut self, cause: Cause, spot: Spot, line: &LineSpan) {
        let doubt = self.doubt.get_or_insert(Doubt { cause, lines: None });
        super::stretch::extend(&mut doubt.lines, spot, line);
    }
}
