//! Remembers the chains of a run by their seals, to recognise one that stands there twice (attacks, row 12). Chains are
//! not linked to one another, so repeated seals are the only trace of a replay.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::entry::Seal;
use crate::line::Place;

/// Chains that are remembered; older ones are forgotten first. Some 250 bytes each, so 65 MB at most.
const CHAINS_MAX: usize = 1 << 18;

/// Up to this position every seal is remembered: two instances that start in one second may write some lines alike.
const DENSE_TO: u64 = 8;

/// The leading half of a seal: enough to tell seals apart, half the memory.
type Print = u64;

fn print_of(seal: &Seal) -> Print {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&seal.0[..8]);
    Print::from_le_bytes(bytes)
}

/// What is remembered of a chain: its first seals, those at 16, 32, 64, ..., and the last one. Enough to tell whether one
/// chain is another one, or its beginning; a seal depends on all entries before it.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    prints: Vec<Print>,
    entries: u64,
    last: Print,
}

impl Trace {
    /// A chain that begins with this seal.
    pub(super) fn begin(seal: &Seal) -> Self {
        Self { prints: vec![print_of(seal)], entries: 1, last: print_of(seal) }
    }

    /// The chain goes on with this seal at this position.
    pub(super) fn extend(&mut self, position: u64, seal: &Seal) {
        self.entries = position;
        self.last = print_of(seal);
        if position <= DENSE_TO || position.is_power_of_two() {
            self.prints.push(self.last);
        }
    }

    /// Whether both are one chain, or one the beginning of the other, as far as both remember.
    fn echoes(&self, other: &Self) -> bool {
        let differ = self.prints.iter().zip(&other.prints).any(|(a, b)| a != b);
        !differ && (self.entries != other.entries || self.last == other.last)
    }
}

#[derive(Clone, Debug)]
pub(super) struct SeenChain {
    pub(super) stream: usize,
    pub(super) place: Place,
    trace: Trace,
}

#[derive(Default)]
pub(super) struct Replay {
    /// By the first seal; chains that only begin alike stand beside one another, oldest first.
    seen: HashMap<Print, Vec<SeenChain>>,
    /// The first seals, oldest chain first.
    order: VecDeque<Print>,
    pub(super) forgotten: u64,
}

impl Replay {
    /// The earlier chain that a finished one repeats, if there is one; and remembers it if it is new or longer.
    pub(super) fn observe(&mut self, stream: usize, place: Place, trace: Trace) -> Option<SeenChain> {
        let first = trace.prints[0];
        let same_start = self.seen.entry(first).or_default();
        let echoed = same_start.iter().filter(|earlier| trace.echoes(&earlier.trace));
        let earlier = echoed.max_by_key(|earlier| earlier.trace.entries).cloned();
        if earlier.as_ref().is_none_or(|earlier| earlier.trace.entries < trace.entries) {
            same_start.push(SeenChain { stream, place, trace });
            self.order.push_back(first);
            self.forget_oldest();
        }
        earlier
    }

    /// Makes room when there are too many.
    fn forget_oldest(&mut self) {
        if self.order.len() <= CHAINS_MAX {
            return;
        }
        if let Some(oldest) = self.order.pop_front()
            && let Entry::Occupied(mut same_start) = self.seen.entry(oldest)
        {
            same_start.get_mut().remove(0);
            if same_start.get().is_empty() {
                same_start.remove();
            }
        }
        self.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Replay, Trace};
    use crate::entry::Seal;
    use crate::line::Place;

    /// A chain with these seals, one number each.
    fn trace(seals: &[u8]) -> Trace {
        let mut trace = Trace::begin(&Seal([seals[0]; 32]));
        for (index, seal) in seals.iter().enumerate().skip(1) {
            trace.extend(index as u64 + 1, &Seal([*seal; 32]));
        }
        trace
    }

    fn echo(first: &[u8], second: &[u8]) -> bool {
        let mut replay = Replay::default();
        let place = || Place { file: "log".into(), line: 1 };
        assert!(replay.observe(0, place(), trace(first)).is_none());
        replay.observe(0, place(), trace(second)).is_some()
    }

    #[test]
    fn of_chains_that_begin_alike_each_is_remembered() {
        let mut replay = Replay::default();
        let mut observe = |line, seals: &[u8]| {
            let earlier = replay.observe(0, Place { file: "log".into(), line }, trace(seals));
            earlier.map(|earlier| earlier.place.line)
        };
        assert_eq!(observe(1, &[1, 2, 3]), None);
        assert_eq!(observe(2, &[1, 4, 5]), None);
        assert_eq!(observe(3, &[1, 4, 5, 6]), Some(2), "longer than the one it repeats");
        assert_eq!(observe(4, &[1, 4, 5, 6]), Some(3));
        assert_eq!(observe(5, &[1, 2, 3]), Some(1));
    }

    #[test]
    fn a_chain_is_recognised_whole_or_by_its_beginning_and_no_other_is() {
        type Case<'a> = (&'a str, &'a [u8], &'a [u8], bool);
        let cases: [Case<'_>; 9] = [
            ("the same chain", &[1, 2, 3], &[1, 2, 3], true),
            ("its beginning", &[1, 2, 3, 4, 5], &[1, 2, 3], true),
            ("a longer one", &[1, 2], &[1, 2, 3, 4, 5], true),
            ("another chain", &[1, 2, 3], &[4, 5, 6], false),
            ("the same start, another second entry", &[1, 2, 3], &[1, 9, 8], false),
            ("the same start, another last entry", &[1, 2, 3], &[1, 2, 9], false),
            ("the same start, then both go on", &[1, 2, 3, 4, 5, 6, 7], &[1, 2, 3, 4, 9, 8], false),
            ("the same nine, another tenth", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 11], false),
            ("the first entry of a chain that took a while", &[1, 2, 3], &[1], true),
        ];
        for (case, first, second, expected) in cases {
            assert_eq!(echo(first, second), expected, "{case}");
        }
    }
}
