//! Runs the stages of many batches at once: while one batch is linked, the next one is read, parsed and absorbed. The
//! answer is that of [`Follower::feed`] on every entry in turn, whatever the number of threads and the size of batches.

use rayon::prelude::*;

use super::absorb::Absorbed;
use super::follow::{Follower, Spelling, Step};
use super::link::Link;
use super::prepare::{ENTRIES_PER_TASK, Guess, Planner, Prepared, Run};
use super::verifier::ChainVerifier;
use crate::entry::Marker;
use crate::key::AuditKey;
use crate::line::Batch;

/// How entries are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Stages side by side on the threads of the current pool.
    #[default]
    Staged,
    /// Every entry by [`Follower::feed`]: the obvious way, kept as the other's twin.
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
pub struct Schedule {
    pace: Pace,
    planner: Planner,
    follower: Follower,
}

impl Schedule {
    /// Verifies under these keys.
    pub fn new(keys: &[AuditKey], pace: Pace) -> Self {
        Self { pace, planner: Planner::new(keys), follower: Follower::new(keys) }
    }

    /// Verifies one stream. `next` fills a batch and tags it, None at the end of the stream; `take` gets every batch, in
    /// order. Both run beside one another, each one batch ahead of or behind the other.
    ///
    /// # Errors
    /// The first error of `next` or `take`; batches read before an error of `next` are still taken.
    pub fn run<T: Send, E: Send>(
        &mut self,
        next: &mut (impl FnMut(&mut Batch) -> Result<Option<T>, E> + Send),
        take: &mut (impl FnMut(T, Followed<'_>) -> Result<(), E> + Send),
    ) -> Result<(), E> {
        self.planner.restart();
        self.follower.restart();
        let (mut now, mut ahead) = (Prepared::default(), Prepared::default());
        let mut tag = prepare(self.pace, &mut self.planner, &mut now, next)?;
        while let Some(current) = tag {
            let Self { pace, planner, follower } = self;
            let (taken, following) = rayon::join(
                || {
                    let (steps, guessed) = link(follower, &now);
                    take(current, Followed { prepared: &now, steps: &steps }).map(|()| guessed)
                },
                || prepare(*pace, planner, &mut ahead, next),
            );
            let guessed = taken?;
            tag = following?;
            if !guessed && *pace == Pace::Staged {
                planner.resync(follower);
                planner.plan(&mut ahead);
            }
            std::mem::swap(&mut now, &mut ahead);
        }
        Ok(())
    }
}

/// Reads, parses and absorbs one batch.
fn prepare<T, E>(
    pace: Pace,
    planner: &mut Planner,
    prepared: &mut Prepared,
    next: &mut impl FnMut(&mut Batch) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    prepared.clear();
    let tag = next(&mut prepared.batch)?;
    if tag.is_some() {
        prepared.parse();
        if pace == Pace::Staged {
            planner.plan(prepared);
        }
    }
    Ok(tag)
}

/// What linking a run found out.
struct Linked {
    /// How many of its entries fit, from the first.
    matched: usize,
    /// The chain behind them.
    chain: Option<ChainVerifier>,
}

/// Places every sealed entry of a batch; tells whether all guesses were right.
fn link(follower: &mut Follower, prepared: &Prepared) -> (Vec<Step>, bool) {
    let mut steps = Vec::with_capacity(prepared.sealed.len());
    // Only the first run can go on in a chain of the batch before: the others begin one, or are not guessed.
    let front = follower.front();
    let linked: Vec<Linked> = prepared
        .runs
        .par_iter()
        .map(|run| {
            let Some(guess) = &run.guess else {
                return Linked { matched: 0, chain: None };
            };
            let previous = front.filter(|(key, chain)| *key == guess.key && chain.position() + 1 == guess.position);
            match (guess.position, previous) {
                (1, _) => link_run(prepared, run, guess, None),
                (_, Some((_, chain))) => link_run(prepared, run, guess, Some(chain.link())),
                (_, None) => Linked { matched: 0, chain: None },
            }
        })
        .collect();
    let mut guessed = true;
    for (run, linked) in prepared.runs.iter().zip(linked) {
        let matched = commit(follower, prepared, run, linked, &mut steps);
        let rest = run.lines.start + matched..run.lines.end;
        guessed &= rest.is_empty();
        feed(follower, prepared, rest, &mut steps);
    }
    let planned = prepared.runs.last().map_or(0, |run| run.lines.end);
    feed(follower, prepared, planned..prepared.sealed.len(), &mut steps);
    (steps, guessed)
}

/// The slow way for entries that no guess covers.
fn feed(follower: &mut Follower, prepared: &Prepared, lines: std::ops::Range<usize>, steps: &mut Vec<Step>) {
    let sealed = lines.filter_map(|index| prepared.sealed_entry(index));
    steps.extend(sealed.map(|sealed| follower.feed(&sealed)));
}

/// Links a run whose place was guessed: serially the links, then side by side the seals.
fn link_run(prepared: &Prepared, run: &Run, guess: &Guess, previous: Option<&Link>) -> Linked {
    let absorbed = &prepared.absorbed[run.lines.clone()];
    let mut links: Vec<Link> = Vec::with_capacity(absorbed.len());
    for entry in absorbed.iter().map_while(Option::as_ref) {
        let link = Absorbed::link(entry, links.last().or(previous));
        links.push(link);
    }
    let differs = |(offset, link): (usize, &Link)| {
        !prepared.seal(run.lines.start + offset).is_some_and(|seal| link.carries(&seal))
    };
    let matched =
        links.par_iter().with_min_len(ENTRIES_PER_TASK).enumerate().position_first(differs).unwrap_or(links.len());
    let chain = matched.checked_sub(1).map(|last| {
        let position = guess.position + last as u64;
        ChainVerifier::at(position, links[last].clone(), guess.beyond(position + 1).cloned())
    });
    Linked { matched, chain }
}

/// Takes the entries of a run that fit into the chains; returns how many.
fn commit(follower: &mut Follower, prepared: &Prepared, run: &Run, linked: Linked, steps: &mut Vec<Step>) -> usize {
    let (Some(guess), Some(verifier)) = (&run.guess, linked.chain) else {
        return 0;
    };
    let spelling = Spelling::AsWritten;
    let chain = if guess.position == 1 {
        let (chain, dropped) = follower.adopt(guess.key, verifier);
        steps.push(Step::Opens { chain, key: guess.key, dropped, spelling });
        chain
    } else {
        let Some(chain) = follower.advance_front(verifier) else {
            return 0;
        };
        steps.push(Step::Continues { chain, position: guess.position, spelling });
        chain
    };
    let positions = guess.position + 1..guess.position + linked.matched as u64;
    steps.extend(positions.map(|position| Step::Continues { chain, position, spelling }));
    let last = run.lines.start + linked.matched - 1;
    if prepared.sealed_entry(last).is_some_and(|sealed| sealed.entry.marker == Marker::End) {
        follower.close_front();
    }
    linked.matched
}
