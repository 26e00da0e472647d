//! What an earlier run leaves a later one to expect, and what is known of a chain from earlier runs while it advances. What
//! becomes of it all is left to `comparison`.

use std::sync::Arc;

use crate::chain::ChainId;
use crate::entry::{LogTime, Seal};
use crate::ledger::memory::{Memory, ProvenChain};
use crate::ledger::resumption::Resumption;
use crate::line::Place;

/// What an earlier run leaves a later one to expect.
#[derive(Default)]
pub struct Expectations {
    pub memory: Arc<Memory>,
    /// Entries that are so much older than the newest one, in milliseconds, may be gone.
    pub retention_ms: Option<i64>,
    /// What is asked for. Whoever asks for something else than the last time cannot expect to find the same.
    pub arguments: Vec<String>,
    /// For each stream, in their order, where it is gone on with; none is read from its beginning.
    pub resumptions: Vec<Option<Resumption>>,
    /// Not all is read that the ledger knows of, and nobody goes on behind this run: what is missing says nothing.
    pub is_partial: bool,
}

impl Expectations {
    /// Whether all is asked for that was asked for the last time.
    pub(super) fn asks_for_the_same(&self) -> bool {
        self.memory.arguments().iter().all(|argument| self.arguments.contains(argument))
    }

    /// The same, in the same order, and nothing else.
    pub(super) fn asks_in_the_same_order(&self) -> bool {
        self.memory.arguments() == self.arguments
    }
}

/// Where a remembered chain ended.
#[derive(Clone, Copy, Debug)]
struct RememberedEnd {
    entries: u64,
    last: Seal,
    /// Its index in memory.
    chain: usize,
}

/// What is known of a chain from earlier runs, while it advances.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered {
    /// Where those chains ended that began as this one does, the nearest last.
    targets: Vec<RememberedEnd>,
    /// The longest of them that this one is, or goes on with.
    pub(super) met: Option<usize>,
    /// Whether some chain of an earlier run began as this one does.
    pub(super) is_known: bool,
    /// Whether it goes on where an earlier run left it.
    pub(super) is_restored: bool,
}

impl Remembered {
    /// Of a chain that begins with this seal.
    pub(super) fn of(expectations: Option<&Expectations>, first: &Seal) -> Self {
        let Some(memory) = expectations.map(|it| &it.memory) else { return Self::default() };
        let target = |&chain: &usize| {
            let ProvenChain { entries, last, .. } = memory.chains()[chain].chain;
            RememberedEnd { entries, last, chain }
        };
        let mut targets: Vec<RememberedEnd> = memory.beginning_with(first).iter().map(target).collect();
        targets.sort_by_key(|target| std::cmp::Reverse(target.entries));
        Self { is_known: !targets.is_empty(), targets, ..Self::default() }
    }

    /// Of a chain that goes on where an earlier run left it.
    pub(super) fn met(chain: usize) -> Self {
        Self { met: Some(chain), is_restored: true, ..Self::default() }
    }

    /// The chain has come to this entry.
    #[inline]
    pub(super) fn advance(&mut self, position: u64, seal: &Seal) {
        while let Some(target) = self.targets.pop_if(|target| target.entries <= position) {
            if target.entries == position && target.last == *seal {
                self.met = Some(target.chain);
            }
        }
    }

    /// The chain goes on behind this entry, which an earlier run verified.
    pub(super) fn resume(&mut self, position: u64) {
        while let Some(target) = self.targets.pop_if(|target| target.entries <= position) {
            if target.entries == position {
                self.met = Some(target.chain);
            }
        }
    }
}

/// A chain as it is known at its end.
#[derive(Clone, Debug)]
pub(super) struct ChainEnds {
    pub(super) id: ChainId,
    pub(super) last: Seal,
    /// n of its last entry.
    pub(super) entries: u64,
    pub(super) remembered: Remembered,
    /// Entries before the first one that stands here.
    pub(super) skipped: u64,
}

/// A chain whose beginning does not stand in its stream.
#[derive(Clone, Debug)]
pub(super) struct ResumedChain {
    /// The seal of its first entry.
    pub(super) first: Seal,
    pub(super) place: Place,
    /// Entries that are not here.
    pub(super) skipped: u64,
    /// The time of the last of them.
    pub(super) time: Option<LogTime>,
    /// Something that stood before them is here all the same.
    pub(super) is_contradicted: bool,
}
