//! The log's own time: which ranges of it are proven, and how far the order of lines may differ from it. Chains that follow
//! one another without anything broken between them make one range; memory stays bounded.

use super::report::ProvenRange;
use crate::entry::LogTime;

/// How far the order of lines and the order of times may differ between instances that write into one stream, in
/// milliseconds (attacks, row 51).
pub(super) const SKEW_MS_MAX: i64 = 5_000;

/// Ranges that a report lists.
const RANGES_MAX: usize = 10_000;

/// How long after the end of a chain the next one may begin to make one range with it, in milliseconds. Rotation begins
/// the next chain at once, a restart takes a second or two; after a longer silence a whole chain may have been there.
const JOIN_MS_MAX: i64 = 5_000;

/// What one chain proves.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainProof {
    pub(super) range: ProvenRange,
    /// How many disturbances the stream had shown when the chain opened, and at its last verified entry.
    pub(super) disturbances: (u64, u64),
    /// Whether what follows may be joined: not when the chain has no end.
    pub(super) ended: bool,
}

/// The pieces of a stream.
#[derive(Clone, Default)]
pub(super) struct Proven {
    pieces: Vec<ChainProof>,
    omitted: u64,
}

/// Whether an entry stands further below a younger one than instances in one stream explain.
pub(super) fn is_out_of_time(time: Option<LogTime>, above: Option<LogTime>) -> bool {
    let late_ms = |(time, above): (LogTime, LogTime)| above.unix_ms.saturating_sub(time.unix_ms);
    time.zip(above).map(late_ms).is_some_and(|late_ms| late_ms > SKEW_MS_MAX)
}

impl Proven {
    pub(super) fn add(&mut self, piece: ChainProof) {
        self.pieces.push(piece);
        if self.pieces.len() >= 2 * RANGES_MAX {
            self.compact();
            self.omitted += self.pieces.len().saturating_sub(RANGES_MAX) as u64;
            self.pieces.truncate(RANGES_MAX);
        }
    }

    /// Joins what overlaps or follows by the log's own time; never backwards, or a chain that was removed would be covered
    /// by two that were swapped (attacks, row 52).
    fn compact(&mut self) {
        self.pieces.sort_by_key(|piece| piece.range.from);
        self.pieces.dedup_by(|later, earlier| {
            let silence_ms = later.range.from.unix_ms.saturating_sub(earlier.range.to.unix_ms);
            let is_undisturbed =
                earlier.disturbances.1 == later.disturbances.0 || earlier.disturbances.0 == later.disturbances.1;
            let joined = earlier.ended && is_undisturbed && silence_ms <= JOIN_MS_MAX;
            if joined {
                let (from, to) = (earlier.disturbances, later.disturbances);
                earlier.disturbances = (from.0.min(to.0), from.1.max(to.1));
                // The one that lasts longer says whether the range may go on.
                if later.range.to >= earlier.range.to {
                    earlier.ended = later.ended;
                }
                earlier.range.to = earlier.range.to.max(later.range.to);
            }
            joined
        });
    }

    /// The pieces so far.
    pub(super) fn pieces(&mut self) -> impl Iterator<Item = &ChainProof> {
        self.compact();
        self.pieces.iter()
    }

    /// The ranges in the order of time, and how many were left out.
    pub(super) fn finish(mut self) -> (Vec<ProvenRange>, u64) {
        self.compact();
        (self.pieces.iter().map(|piece| piece.range).collect(), self.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChainProof, Proven};
    use crate::entry::LogTime;
    use crate::verdict::report::ProvenRange;

    fn range(from: i64, to: i64) -> ProvenRange {
        ProvenRange { from: LogTime { unix_ms: from }, to: LogTime { unix_ms: to } }
    }

    #[test]
    fn pieces_are_joined_only_where_nothing_stands_between_them() {
        let piece = |range, disturbances, ended| ChainProof { range, disturbances, ended };
        let cases = [
            ("two chains in a row", [(0, 0), (0, 0)], true, vec![range(0, 9)]),
            ("a break between them", [(0, 0), (1, 1)], true, vec![range(0, 3), range(5, 9)]),
            ("a break inside the first, which went on", [(0, 1), (1, 1)], true, vec![range(0, 9)]),
            ("the first has no end", [(0, 0), (0, 0)], false, vec![range(0, 3), range(5, 9)]),
        ];
        for (case, [first, second], ended, expected) in cases {
            let mut proven = Proven::default();
            // The second chain may be settled first.
            proven.add(piece(range(5, 9), second, true));
            proven.add(piece(range(0, 3), first, ended));
            assert_eq!(proven.finish(), (expected, 0), "{case}");
        }
    }

    /// What these chains prove, each with its end or without.
    fn proven(chains: &[(ProvenRange, bool)]) -> Vec<ProvenRange> {
        let mut proven = Proven::default();
        chains
            .iter()
            .for_each(|(range, ended)| proven.add(ChainProof { range: *range, disturbances: (0, 0), ended: *ended }));
        proven.finish().0
    }

    #[test]
    fn a_silence_of_more_than_five_seconds_may_hide_a_chain() {
        let apart = |silence_ms: i64| proven(&[(range(0, 3), true), (range(3 + silence_ms, 9_000), true)]);
        assert_eq!(apart(5_000), [range(0, 9_000)]);
        assert_eq!(apart(5_001), [range(0, 3), range(5_004, 9_000)]);
    }

    #[test]
    fn of_chains_side_by_side_the_one_that_lasts_longer_says_whether_the_range_may_go_on() {
        let beside = |inner: (ProvenRange, bool)| proven(&[(range(0, 9), true), inner, (range(10, 12), true)]);
        assert_eq!(beside((range(2, 8), false)), [range(0, 12)], "it stopped before the other ended");
        for (to, whole) in [(9, range(0, 9)), (10, range(0, 10))] {
            assert_eq!(beside((range(2, to), false)), [whole, range(10, 12)], "it has no end");
        }
    }

    #[test]
    fn ten_thousand_ranges_are_listed_and_further_ones_are_counted() {
        let mut proven = Proven::default();
        let piece = |from| ChainProof { range: range(from, from), disturbances: (0, 0), ended: true };
        (0..20_000).for_each(|number| proven.add(piece(number * 5_001)));
        let (ranges, omitted) = proven.finish();
        assert_eq!((ranges.len(), omitted), (10_000, 10_000));
    }
}
