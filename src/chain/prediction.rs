//! A run: sealed lines that stand one after the other in one chain, if a prediction is right. Absorbs and links them; a wrong one
//! costs time, never an answer, because every link is held against the seal in the log.

use std::borrow::Borrow;
use std::ops::Range;

use rayon::prelude::*;

use super::absorb::{Absorbed, absorb};
use super::follow::Sealed;
use super::key_schedule::{HMAC_STATES_MAX, KeySchedule, StepKey};
use super::link::Link;
use super::verifier::ChainVerifier;
use crate::entry::Seal;

/// Entries that are worth a task of their own.
const ENTRIES_PER_TASK: usize = 256;

/// A place in a chain.
#[derive(Clone)]
pub(super) struct Prediction {
    /// Index of the chain's key.
    pub(super) key: usize,
    /// Position of the run's first entry.
    pub(super) position: u64,
    /// The keys of the positions the key schedule does not reach, and one more for the entry after the run.
    pub(super) beyond: Vec<StepKey>,
}

impl Prediction {
    /// The key of a position above the key schedule's limit, if the run reaches it.
    pub(super) fn beyond(&self, position: u64) -> Option<&StepKey> {
        let first = self.position.max(HMAC_STATES_MAX + 1);
        self.beyond.get(usize::try_from(position.checked_sub(first)?).ok()?)
    }

    fn absorb(&self, key_schedule: &KeySchedule, position: u64, body: &[u8]) -> Option<Absorbed> {
        match key_schedule.hmac_state(position) {
            Some(hmac_state) => Some(absorb(hmac_state, body)),
            None => Some(absorb(&self.beyond(position)?.hmac_state(), body)),
        }
    }

    /// The chain after the run's first `entries`.
    fn chain_after(&self, entries: usize, link: Link) -> ChainVerifier {
        let position = self.position + entries as u64 - 1;
        ChainVerifier::at(position, link, self.beyond(position + 1).cloned())
    }
}

/// What is done of a run before the batch ahead of it is finished.
pub(super) enum Progress {
    /// There is nothing to predict from.
    Unpredicted,
    /// The run goes on in a chain of the batch before: it waits for that chain's link.
    Absorbed { prediction: Prediction, entries: Vec<Absorbed> },
    /// The run begins a chain, so it is linked.
    Linked { prediction: Prediction, linked: Linked },
}

/// How far a run fits.
pub(super) struct Linked {
    /// How many of its entries fit, from the first.
    pub(super) matched: usize,
    /// The chain behind them; None when none fits.
    pub(super) chain: Option<ChainVerifier>,
}

/// See the file's head.
pub(super) struct Run {
    /// Which of the batch's sealed lines.
    pub(super) lines: Range<usize>,
    pub(super) progress: Progress,
}

/// Looks up a sealed line.
pub(super) type Lookup<'a> = dyn Fn(usize) -> Option<Sealed<'a>> + Sync + 'a;

/// Does what can be done of a run before the batch ahead of it is finished.
pub(super) fn begin<'a>(
    prediction: Prediction,
    key_schedule: &KeySchedule,
    lines: Range<usize>,
    sealed: &Lookup<'a>,
) -> Progress {
    let first = lines.start;
    let absorb_line =
        |index| prediction.absorb(key_schedule, prediction.position + (index - first) as u64, sealed(index)?.body);
    if prediction.position == 1 {
        let entries = lines.map_while(|index| Some((absorb_line(index)?, sealed(index)?.seal)));
        let linked = link(&prediction, None, entries);
        return Progress::Linked { prediction, linked };
    }
    let entries: Option<Vec<Absorbed>> =
        lines.into_par_iter().with_min_len(ENTRIES_PER_TASK).map(absorb_line).collect();
    entries.map_or(Progress::Unpredicted, |entries| Progress::Absorbed { prediction, entries })
}

/// Links an absorbed run behind the chain it is guessed to continue.
pub(super) fn link_after<'a>(
    chain: &ChainVerifier,
    prediction: &Prediction,
    entries: &[Absorbed],
    first: usize,
    sealed: &Lookup<'a>,
) -> Linked {
    let seals = (first..).map_while(|index| Some(sealed(index)?.seal));
    link(prediction, Some(chain.link()), entries.iter().zip(seals))
}

/// Links entries one after the other, up to the first whose seal is not its link's. Each seal is compared at once: its
/// hash does not depend on the next link, so that the processor works on both.
fn link<A: Borrow<Absorbed>>(
    prediction: &Prediction,
    before: Option<&Link>,
    entries: impl Iterator<Item = (A, Seal)>,
) -> Linked {
    let mut last: Option<Link> = None;
    let mut matched = 0;
    for (absorbed, seal) in entries {
        let link = absorbed.borrow().link(last.as_ref().or(before));
        if !link.carries(&seal) {
            break;
        }
        last = Some(link);
        matched += 1;
    }
    Linked { matched, chain: last.map(|link| prediction.chain_after(matched, link)) }
}
