//! Remembers what has verified in a stream, bounded, so that a line that stands there twice is known as the same line
//! (attacks, rows 4b and 12). Lines are known by a keyed hash of all their bytes: a forger who cannot see the key of a run
//! cannot make another line pass as one of these.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

/// Lines of one generation; two of them are kept, so at least the last 262 144 lines are known.
const GENERATION_LINES: usize = 1 << 18;

/// First entries of chains that are remembered beyond that.
const STARTS_MAX: usize = 1 << 18;

/// Names a line by all its bytes, for as long as a run lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

/// Makes fingerprints; every run has a key of its own.
#[derive(Clone, Debug, Default)]
pub struct Fingerprinter(RandomState);

impl Fingerprinter {
    /// Of a line without its terminator.
    pub fn of(&self, line: &[u8]) -> Fingerprint {
        Fingerprint(self.0.hash_one(line))
    }
}

/// The last lines of a stream.
#[derive(Debug)]
pub struct SeenLines {
    capacity: usize,
    older: Vec<Fingerprint>,
    newer: Vec<Fingerprint>,
    /// The same as sets, from the first question on: most logs never ask.
    index: Option<[HashSet<Fingerprint, foldhash::fast::RandomState>; 2]>,
    forgot: bool,
}

impl Default for SeenLines {
    fn default() -> Self {
        Self::with_capacity(GENERATION_LINES)
    }
}

impl SeenLines {
    /// Knows at least the last `capacity` lines, at most twice as many.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, older: Vec::new(), newer: Vec::new(), index: None, forgot: false }
    }

    /// Forgets everything, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.older.clear();
        self.newer.clear();
        self.index = None;
        self.forgot = false;
    }

    /// Takes a line in.
    pub fn insert(&mut self, line: Fingerprint) {
        if self.newer.len() == self.capacity {
            self.forgot |= !self.older.is_empty();
            std::mem::swap(&mut self.older, &mut self.newer);
            self.newer.clear();
            if let Some([older, newer]) = &mut self.index {
                std::mem::swap(older, newer);
                newer.clear();
            }
        }
        self.newer.push(line);
        if let Some([_, newer]) = &mut self.index {
            newer.insert(line);
        }
    }

    /// Whether the line is known.
    pub fn contains(&mut self, line: Fingerprint) -> bool {
        let (older, newer) = (&self.older, &self.newer);
        let index = self
            .index
            .get_or_insert_with(|| [older, newer].map(|lines| lines.iter().copied().collect::<HashSet<_, _>>()));
        index.iter().any(|lines| lines.contains(&line))
    }

    /// Whether lines were forgotten, to make room.
    pub(super) fn forgot(&self) -> bool {
        self.forgot
    }
}

/// The first entries of chains, with how far each chain went.
#[derive(Debug, Default)]
pub(super) struct SeenStarts {
    entries: HashMap<Fingerprint, u64, foldhash::fast::RandomState>,
    order: VecDeque<Fingerprint>,
}

impl SeenStarts {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }

    /// A chain that begins with this line has verified so many entries.
    pub(super) fn reached(&mut self, start: Fingerprint, entries: u64) {
        match self.entries.entry(start) {
            Entry::Occupied(mut known) => {
                let most = entries.max(*known.get());
                known.insert(most);
            }
            Entry::Vacant(unknown) => {
                unknown.insert(entries);
                self.order.push_back(start);
            }
        }
        if self.order.len() > STARTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// How many entries a chain had that begins with this line; None when there was none.
    pub(super) fn get(&self, start: Fingerprint) -> Option<u64> {
        self.entries.get(&start).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_known_whether_asked_early_or_late() {
        let name = Fingerprinter::default();
        for asked_first in [false, true] {
            let mut seen = SeenLines::with_capacity(4);
            if asked_first {
                assert!(!seen.contains(name.of(b"0")));
            }
            for number in 0..100_u32 {
                let line = name.of(number.to_string().as_bytes());
                assert!(!seen.contains(line) || !asked_first);
                seen.insert(line);
                assert_eq!(seen.forgot(), number >= 8, "{number}");
                for back in 0..=number.min(4) {
                    let known = name.of((number - back).to_string().as_bytes());
                    assert!(seen.contains(known), "{number} - {back}");
                }
                if number >= 9 {
                    assert!(!seen.contains(name.of((number - 9).to_string().as_bytes())), "{number}");
                }
            }
        }
    }

    #[test]
    fn a_chain_is_known_by_its_start_with_the_most_it_ever_had() {
        let name = Fingerprinter::default();
        let mut starts = SeenStarts::default();
        starts.reached(name.of(b"a"), 3);
        starts.reached(name.of(b"a"), 2);
        assert_eq!((starts.get(name.of(b"a")), starts.get(name.of(b"b"))), (Some(3), None));
    }
}
