//! Remembers the chains of a run by their seals, to recognise one that stands there twice (attacks, row 12). Chains are
//! not linked to one another, so repeated seals are the only trace of a replay.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::entry::{LogTime, Seal};
use crate::line::Place;

/// Chains that are remembered; older ones are forgotten first. About 150 bytes each, so 40 MB at most.
pub(super) const CHAINS_MAX: usize = 1 << 18;

/// The leading half of a seal: enough to tell seals apart, half the memory.
type Print = u64;

fn print_of(seal: &Seal) -> Print {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&seal.0[..8]);
    Print::from_le_bytes(bytes)
}

/// What is remembered of a chain: its seals at positions 1, 2, 4, 8, ... so that any common beginning shows.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    prints: Vec<Print>,
    entries: u64,
}

impl Trace {
    /// A chain that begins with this seal.
    pub(super) fn begin(seal: &Seal) -> Self {
        Self { prints: vec![print_of(seal)], entries: 1 }
    }

    /// The chain goes on with this seal at this position.
    pub(super) fn extend(&mut self, position: u64, seal: &Seal) {
        self.entries = position;
        if position.is_power_of_two() {
            self.prints.push(print_of(seal));
        }
    }

    /// Positions that both chains have, judged by the last seal that both remember.
    fn common(&self, other: &Self) -> u64 {
        let same = self.prints.iter().zip(&other.prints).take_while(|(a, b)| a == b).count();
        if same < self.prints.len().min(other.prints.len()) { 0 } else { self.entries.min(other.entries) }
    }
}

/// A chain that was seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) stream: usize,
    pub(super) place: Place,
    /// All its entries state the same whole second: two quick starts or ends write the same chain twice in plaintext.
    pub(super) within_a_second: bool,
    trace: Trace,
}

/// How a chain relates to an earlier one.
pub(super) enum Echo {
    /// Both are the same chain, or one the beginning of the other.
    Same(Seen),
    /// The same, which may have come about without a replay.
    Unclear(Seen),
}

/// The chains seen so far.
#[derive(Default)]
pub(super) struct Replay {
    seen: HashMap<Print, Seen>,
    order: VecDeque<Print>,
    pub(super) forgotten: u64,
}

impl Replay {
    /// Compares a finished chain with those seen before, and remembers it.
    pub(super) fn observe(
        &mut self,
        stream: usize,
        place: Place,
        trace: Trace,
        times: Option<(LogTime, LogTime)>,
    ) -> Option<Echo> {
        let first = trace.prints[0];
        if let Some(earlier) = self.seen.get(&first) {
            return match trace.common(&earlier.trace) {
                0 => None,
                _ if earlier.within_a_second => Some(Echo::Unclear(earlier.clone())),
                _ => Some(Echo::Same(earlier.clone())),
            };
        }
        if self.order.len() == CHAINS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
            self.forgotten += 1;
        }
        let within_a_second = times.is_none_or(|(from, to)| from == to && from.unix_ms % 1000 == 0);
        let place = Place { file: Arc::clone(&place.file), ..place };
        self.seen.insert(first, Seen { stream, place, within_a_second, trace });
        self.order.push_back(first);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Echo, Replay, Trace};
    use crate::entry::{LogTime, Seal};
    use crate::line::Place;

    /// A chain with these seals, one number each.
    fn trace(seals: &[u8]) -> Trace {
        let mut trace = Trace::begin(&Seal([seals[0]; 32]));
        for (index, seal) in seals.iter().enumerate().skip(1) {
            trace.extend(index as u64 + 1, &Seal([*seal; 32]));
        }
        trace
    }

    fn echo(first: &[u8], second: &[u8], lasted_ms: i64) -> Option<bool> {
        let mut replay = Replay::default();
        let place = || Place { file: "log".into(), line: 1 };
        let times = Some((LogTime { unix_ms: 0 }, LogTime { unix_ms: lasted_ms }));
        assert!(replay.observe(0, place(), trace(first), times).is_none());
        replay.observe(0, place(), trace(second), times).map(|echo| matches!(echo, Echo::Same(_)))
    }

    #[test]
    fn a_chain_is_recognised_whole_or_by_its_beginning_and_no_other_is() {
        type Case<'a> = (&'a str, &'a [u8], &'a [u8], i64, Option<bool>);
        let cases: [Case<'_>; 8] = [
            ("the same chain", &[1, 2, 3], &[1, 2, 3], 5, Some(true)),
            ("its beginning", &[1, 2, 3, 4, 5], &[1, 2, 3], 5, Some(true)),
            ("a longer one", &[1, 2], &[1, 2, 3, 4, 5], 5, Some(true)),
            ("another chain", &[1, 2, 3], &[4, 5, 6], 5, None),
            ("the same start, another second entry", &[1, 2, 3], &[1, 9, 8], 5, None),
            ("the same start, another fourth entry", &[1, 2, 3, 4, 5], &[1, 2, 3, 9, 8], 5, None),
            ("the first entry of a chain that took a while", &[1, 2, 3], &[1], 5, Some(true)),
            ("the same chain within one whole second", &[1, 2, 3], &[1, 2, 3], 0, Some(false)),
        ];
        for (case, first, second, lasted_ms, expected) in cases {
            assert_eq!(echo(first, second, lasted_ms), expected, "{case}");
        }
    }
}
