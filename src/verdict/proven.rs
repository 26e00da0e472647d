//! The stretches of the log's own time that are proven. Chains that follow one another without anything broken between
//! them make one stretch; memory stays bounded.

use super::report::ProvenRange;

/// Ranges that a report lists.
const RANGES_MAX: usize = 10_000;

/// How long after the end of a chain the next one may begin to make one range with it, in milliseconds. Rotation begins
/// the next chain at once, a restart takes a second or two; after a longer silence a whole chain may have been there.
const JOIN_MS_MAX: i64 = 5000;

/// What one chain proves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) range: ProvenRange,
    /// How many disturbances the stream had shown when the chain opened, and at its last verified entry.
    pub(super) disturbances: (u64, u64),
    /// Whether what follows may be joined: not when the chain has no end.
    pub(super) ended: bool,
}

/// The pieces of a stream.
#[derive(Default)]
pub(super) struct Proven {
    pieces: Vec<Piece>,
    omitted: u64,
}

impl Proven {
    pub(super) fn add(&mut self, piece: Piece) {
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

    /// The ranges in the order of time, and how many were left out.
    pub(super) fn finish(mut self) -> (Vec<ProvenRange>, u64) {
        self.compact();
        (self.pieces.iter().map(|piece| piece.range).collect(), self.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::{JOIN_MS_MAX, Piece, Proven};
    use crate::entry::LogTime;
    use crate::verdict::report::ProvenRange;

    fn range(from: i64, to: i64) -> ProvenRange {
        ProvenRange { from: LogTime { unix_ms: from }, to: LogTime { unix_ms: to } }
    }

    #[test]
    fn pieces_are_joined_only_where_nothing_stands_between_them() {
        let piece = |range, disturbances, ended| Piece { range, disturbances, ended };
        let cases = [
            ("two chains in a row", [(0, 0), (0, 0)], true, vec![range(0, 9)]),
            ("a break between them", [(0, 0), (1, 1)], true, vec![range(0, 3), range(5, 9)]),
            ("a break inside the first, which went on", [(0, 1), (1, 1)], true, vec![range(0, 9)]),
            ("the first has no end", [(0, 0), (0, 0)], false, vec![range(0, 3), range(5, 9)]),
        ];
        let late = JOIN_MS_MAX + 4;
        let mut proven = Proven::default();
        proven.add(piece(range(0, 3), (0, 0), true));
        proven.add(piece(range(late, late), (0, 0), true));
        assert_eq!(proven.finish().0.len(), 2, "a silence that may hide a chain");
        for (case, [first, second], ended, expected) in cases {
            let mut proven = Proven::default();
            // The second chain may be settled first.
            proven.add(piece(range(5, 9), second, true));
            proven.add(piece(range(0, 3), first, ended));
            assert_eq!(proven.finish(), (expected, 0), "{case}");
        }
    }
}
