//! What is kept of a chain while it is open. What is said of it when it is not, is left to `stream`.

use super::replay::Trace;
use super::rulings::LinePosition;
use crate::chain::ChainId;
use crate::entry::{LogTime, Seal};

/// How far the order of lines and the order of times may differ between instances that write into one stream, in
/// milliseconds (attacks, row 51).
pub(super) const SKEW_MS_MAX: i64 = 5_000;

/// Whether an entry stands further below a younger one than instances in one stream explain.
pub(super) fn is_out_of_time(time: Option<LogTime>, above: Option<LogTime>) -> bool {
    let late_ms = |(time, above): (LogTime, LogTime)| above.unix_ms.saturating_sub(time.unix_ms);
    time.zip(above).map(late_ms).is_some_and(|late_ms| late_ms > SKEW_MS_MAX)
}

/// An open chain.
#[derive(Clone, Debug)]
pub(super) struct OpenChain {
    pub(super) id: ChainId,
    pub(super) key: usize,
    pub(super) first: LinePosition,
    pub(super) last: LinePosition,
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
    pub(super) out_of_time: Option<(LinePosition, LinePosition, u64)>,
    /// Its first entry has no mark of a start: removed, or the line was torn right before it.
    pub(super) unmarked: bool,
}

impl OpenChain {
    /// A chain that begins with this entry.
    pub(super) fn begin(id: ChainId, key: usize, position: LinePosition, count: u64, disturbances: u64) -> Self {
        Self {
            id,
            key,
            first: position,
            last: position,
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
    pub(super) fn advance(&mut self, at: LinePosition, entries: u64, seal: &Seal, count: u64, disturbances: u64) {
        self.entries = entries;
        self.last = at;
        self.advanced = count;
        self.disturbances.1 = disturbances;
        self.gap = false;
        self.trace.extend(entries, seal);
    }

    /// Takes in the time of its last entry.
    pub(super) fn tell_time(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            self.times = Some((self.times.map_or(time, |times| times.0), time));
        }
    }

    /// An entry of it stands far below a younger one of another chain.
    pub(super) fn add_out_of_time(&mut self, position: LinePosition) {
        let (first, _, lines) = self.out_of_time.unwrap_or((position, position, 0));
        self.out_of_time = Some((first, position, lines + 1));
    }
}
