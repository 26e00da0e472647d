//! Runs the stages of many batches at once: while one batch is linked, the next one is parsed and absorbed and the one
//! after that is read. The answer is that of [`Follower::feed`] on every entry in turn, whatever the number of threads and the size of batches.

use super::follow::Fingerprinter;
use super::follow::{ChainPosition, Follower, Spelling, Step};
use super::prediction::{self, Linked, Planner, PredictedRun, Prediction, Prepared, RunProgress};
use super::seal_verifier::ChainVerifier;
use crate::entry::Marker;
use crate::key::AuditKey;
use crate::line::Batch;

/// How entries are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Stages side by side on the threads of the current pool.
    #[default]
    Staged,
    /// Every entry by `Follower::feed`: the obvious way, kept as the other's twin.
    OneByOne,
}

/// A batch with everything that is known about its lines.
pub struct Followed<'a> {
    /// The lines and their entries.
    pub prepared: &'a Prepared,
    /// For each sealed line, in their order, what it is to the chains.
    pub steps: &'a [Step],
}

/// Verifies streams, one after the other, under the same keys.
pub struct Pipeline {
    strategy: Strategy,
    fingerprinter: Fingerprinter,
    planner: Planner,
    follower: Follower,
}

impl Pipeline {
    /// Verifies under these keys.
    pub fn new(keys: &[AuditKey], strategy: Strategy) -> Self {
        Self {
            strategy,
            fingerprinter: Fingerprinter::default(),
            planner: Planner::new(keys),
            follower: Follower::new(keys),
        }
    }

    /// Verifies one stream. `next` fills a batch and tags it, None at the end of the stream; `take` gets every batch, in
    /// order. Both run beside one another: a batch is taken while the next one is prepared and the one after that is read.
    /// Nothing is read behind a batch that is [paused](Batch::paused) before that one is taken.
    ///
    /// # Errors
    /// The first error of `take`.
    pub fn run<T: Send, E: Send>(
        &mut self,
        next: &mut (impl FnMut(&mut Batch) -> Option<T> + Send),
        take: &mut (impl FnMut(T, Followed<'_>) -> Result<(), E> + Send),
    ) -> Result<(), E> {
        let Self { strategy, fingerprinter, planner, follower } = self;
        planner.restart();
        follower.restart();
        let (mut now, mut ahead, mut later) = (Prepared::default(), Prepared::default(), Prepared::default());
        let mut tag = read(&mut now, next);
        prepare(*strategy, fingerprinter, planner, &mut now);
        let mut coming = read_behind(&now, &mut ahead, next);
        while let Some(current) = tag {
            let reads_on = matches!(coming, Coming::Read(Some(_))) && !ahead.batch.paused;
            let heavy = now.is_heavy() || ahead.is_heavy();
            let link_and_take = || {
                let (steps, guessed) = link(follower, &mut now);
                take(current, Followed { prepared: &now, steps: &steps }).map(|()| guessed)
            };
            let mut read_later = || if reads_on { Coming::Read(read(&mut later, next)) } else { Coming::NotYet };
            let (taken, later_tag) = if heavy {
                // One stage after the other: side by side they would hold the longest lines several times.
                let taken = link_and_take();
                now.clear();
                prepare(*strategy, fingerprinter, planner, &mut ahead);
                (taken, read_later())
            } else {
                let prepare_ahead = || prepare(*strategy, fingerprinter, planner, &mut ahead);
                let (taken, ((), later_tag)) = rayon::join(link_and_take, || rayon::join(prepare_ahead, read_later));
                (taken, later_tag)
            };
            if !taken? && *strategy == Strategy::Staged {
                planner.resync(follower);
                planner.plan(&mut ahead);
            }
            std::mem::swap(&mut now, &mut ahead);
            std::mem::swap(&mut ahead, &mut later);
            match coming {
                Coming::Read(read_before) => (tag, coming) = (read_before, later_tag),
                Coming::NotYet => {
                    tag = read(&mut now, next);
                    prepare(*strategy, fingerprinter, planner, &mut now);
                    coming = read_behind(&now, &mut ahead, next);
                }
            }
        }
        Ok(())
    }
}

/// The batch behind the one at hand.
enum Coming<T> {
    /// It was read; None is the end of the stream.
    Read(Option<T>),
    /// It would be waited for.
    NotYet,
}

/// Reads the batch behind one, unless that one is to be taken before.
fn read_behind<T>(
    before: &Prepared,
    prepared: &mut Prepared,
    next: &mut impl FnMut(&mut Batch) -> Option<T>,
) -> Coming<T> {
    prepared.clear();
    if before.batch.paused { Coming::NotYet } else { Coming::Read(read(prepared, next)) }
}

/// Reads one batch.
fn read<T>(prepared: &mut Prepared, next: &mut impl FnMut(&mut Batch) -> Option<T>) -> Option<T> {
    prepared.clear();
    next(&mut prepared.batch)
}

/// Parses and absorbs one batch.
fn prepare(strategy: Strategy, fingerprinter: &Fingerprinter, planner: &mut Planner, prepared: &mut Prepared) {
    prepared.parse(fingerprinter);
    if strategy == Strategy::Staged {
        planner.plan(prepared);
    }
}

/// Places every sealed entry of a batch; tells whether all predictions were right.
fn link(follower: &mut Follower, prepared: &mut Prepared) -> (Vec<Step>, bool) {
    let mut steps = Vec::with_capacity(prepared.sealed.len());
    let runs = std::mem::take(&mut prepared.runs);
    let mut guessed = true;
    let mut planned = 0;
    for PredictedRun { lines, progress } in runs {
        planned = lines.end;
        let matched = match progress {
            RunProgress::Unpredicted => 0,
            RunProgress::Linked { prediction, linked } => {
                commit(follower, prepared, lines.start, &prediction, linked, &mut steps)
            }
            RunProgress::Absorbed { prediction, entries } => {
                let stands = |(key, chain): &(usize, &ChainVerifier)| {
                    *key == prediction.key && chain.position() + 1 == prediction.position
                };
                match follower.front().filter(stands) {
                    None => 0,
                    Some((_, chain)) => {
                        let sealed = |index| prepared.sealed_entry(index);
                        let linked = prediction::link_after(chain, &prediction, &entries, lines.start, &sealed);
                        commit(follower, prepared, lines.start, &prediction, linked, &mut steps)
                    }
                }
            }
        };
        let last = (lines.start + matched).checked_sub(1).filter(|_| matched > 0);
        if last.and_then(|last| prepared.sealed_entry(last)).is_some_and(|it| it.entry.marker == Marker::End) {
            follower.close_front();
        }
        let rest = lines.start + matched..lines.end;
        guessed &= rest.is_empty();
        feed(follower, prepared, rest, &mut steps);
    }
    feed(follower, prepared, planned..prepared.sealed.len(), &mut steps);
    (steps, guessed)
}

/// The slow way for entries that no prediction covers.
fn feed(follower: &mut Follower, prepared: &Prepared, lines: std::ops::Range<usize>, steps: &mut Vec<Step>) {
    let sealed = lines.filter_map(|index| prepared.sealed_entry(index));
    steps.extend(sealed.map(|sealed| follower.feed(&sealed)));
}

/// Takes the entries of a run that fit, from the sealed line `first` on, into the chains; returns how many.
fn commit(
    follower: &mut Follower,
    prepared: &Prepared,
    first: usize,
    prediction: &Prediction,
    linked: Linked,
    steps: &mut Vec<Step>,
) -> usize {
    let Some(verifier) = linked.chain else { return 0 };
    let Some(sealed) = prepared.sealed_entry(first) else { return 0 };
    let lines = prepared.fingerprints(first..first + linked.matched);
    let at = |chain, position| ChainPosition { chain, key: prediction.key, position, spelling: Spelling::AsWritten };
    let chain = if prediction.position == 1 {
        if follower.is_repeated_start(sealed.fingerprint) {
            // Line by line: what stands here may only repeat what was verified.
            return 0;
        }
        let (chain, dropped) = follower.adopt(prediction.key, sealed.seal, verifier, lines);
        steps.push(Step::Opens { at: at(chain, 1), dropped });
        chain
    } else {
        let Some(chain) = follower.advance_front(verifier, lines) else { return 0 };
        steps.push(Step::Continues(at(chain, prediction.position)));
        chain
    };
    let positions = prediction.position + 1..prediction.position + linked.matched as u64;
    steps.extend(positions.map(|position| Step::Continues(at(chain, position))));
    linked.matched
}
