//! The stages of a batch that do not wait for the batch before it: parse the lines, guess which entries follow one
//! another in a chain, and begin these runs. What is done with a run is left to `run`.

use std::ops::Range;

use rayon::prelude::*;

use super::follow::{Follower, Sealed};
use super::ladder::{KeyLadder, RUNGS_MAX, StepKey};
use super::run::{self, Guess, Progress, Run};
use super::seen::{Fingerprint, Fingerprinter};
use crate::entry::{self, Entry, Marker, SealField};
use crate::key::AuditKey;
use crate::line::Batch;

/// Lines that one task parses.
const LINES_PER_TASK: usize = 256;
/// A batch of more text than this is one very long line, and a buffer that was made for it is given back.
const BYTES_USUAL_MAX: usize = 8 << 20;

/// A batch with its entries, ready to be linked.
#[derive(Default)]
pub struct Prepared {
    /// The lines.
    pub batch: Batch,
    /// What each line is; None for a line that is no entry.
    pub entries: Vec<Option<Entry>>,
    /// The names of the entries' lines.
    fingerprints: Vec<Fingerprint>,
    /// The MAC inputs of json entries, one buffer for each [`LINES_PER_TASK`] lines.
    scratches: Vec<Vec<u8>>,
    /// The sealed lines, by index.
    pub(super) sealed: Vec<usize>,
    /// The sealed lines cut into runs of one chain each.
    pub(super) runs: Vec<Run>,
}

impl Prepared {
    /// Reuses the memory for a new batch.
    pub(super) fn clear(&mut self) {
        self.batch.clear();
        self.entries.clear();
        self.fingerprints.clear();
        self.sealed.clear();
        self.runs.clear();
        for scratch in &mut self.scratches {
            scratch.clear();
            scratch.shrink_to(BYTES_USUAL_MAX);
        }
        self.batch.text.shrink_to(BYTES_USUAL_MAX);
    }

    /// Whether it holds a line so long that several such batches at a time would take too much memory.
    pub(super) fn is_heavy(&self) -> bool {
        self.batch.text.len() > BYTES_USUAL_MAX
    }

    /// Names a line; all that are no entries have one name.
    pub fn fingerprint(&self, line: usize) -> Fingerprint {
        self.fingerprints.get(line).copied().unwrap_or_default()
    }

    /// The names of sealed lines, by their places among the sealed lines.
    pub(super) fn fingerprints(&self, sealed: Range<usize>) -> impl Iterator<Item = Fingerprint> {
        sealed.filter_map(|index| self.sealed.get(index)).map(|&line| self.fingerprint(line))
    }

    /// Parses every line.
    pub(super) fn parse(&mut self, fingerprinter: &Fingerprinter) {
        let Self { batch, entries, fingerprints, scratches, .. } = self;
        let tasks = batch.lines.len().div_ceil(LINES_PER_TASK);
        scratches.resize_with(tasks.max(scratches.len()), Vec::new);
        entries.resize(batch.lines.len(), None);
        fingerprints.resize(batch.lines.len(), Fingerprint::default());
        batch
            .lines
            .par_chunks(LINES_PER_TASK)
            .zip(entries.par_chunks_mut(LINES_PER_TASK))
            .zip(fingerprints.par_chunks_mut(LINES_PER_TASK))
            .zip(scratches.par_iter_mut())
            .for_each(|(((lines, entries), fingerprints), scratch)| {
                for ((line, entry), fingerprint) in lines.iter().zip(entries).zip(fingerprints) {
                    let text = batch.text_of(line);
                    *entry = entry::parse(text, scratch);
                    if entry.is_some() {
                        *fingerprint = fingerprinter.of(entry::without_trailing_blanks(text));
                    }
                }
            });
        let sealed = |entry: &Option<Entry>| matches!(entry, Some(Entry { seal: SealField::Present(_), .. }));
        self.sealed.extend((0..self.entries.len()).filter(|&line| sealed(&self.entries[line])));
    }

    /// A sealed entry, by its place among the sealed lines.
    pub(super) fn sealed_entry(&self, index: usize) -> Option<Sealed<'_>> {
        let line = *self.sealed.get(index)?;
        let entry = self.entries[line].as_ref()?;
        let SealField::Present(seal) = entry.seal else {
            return None;
        };
        let text = self.batch.text_of(&self.batch.lines[line]);
        let scratch = self.scratches.get(line / LINES_PER_TASK).map_or(&[][..], Vec::as_slice);
        let fingerprint = self.fingerprint(line);
        Some(Sealed { line: text, fingerprint, entry, body: entry.mac_bytes(text, scratch), seal })
    }

    fn marker(&self, index: usize) -> Marker {
        self.entries[self.sealed[index]].as_ref().map_or(Marker::Middle, |entry| entry.marker)
    }
}

/// Guesses how the chains go on, and keeps ladders of its own so that it can run ahead of the verification.
pub(super) struct Planner {
    ladders: Vec<KeyLadder>,
    /// The key a new chain is guessed to have.
    key: usize,
    /// Where the open chain is guessed to go on.
    next: Option<Guess>,
}

impl Planner {
    pub(super) fn new(keys: &[AuditKey]) -> Self {
        Self { ladders: keys.iter().map(KeyLadder::new).collect(), key: 0, next: None }
    }

    /// A new stream begins.
    pub(super) fn restart(&mut self) {
        self.next = None;
    }

    /// Gives up all guesses and starts again from where the chains really stand.
    pub(super) fn resync(&mut self, follower: &Follower) {
        self.key = follower.key();
        self.next = follower.front().map(|(key, chain)| Guess {
            key,
            position: chain.position() + 1,
            beyond: chain.beyond().cloned().into_iter().collect(),
        });
    }

    /// Cuts the sealed lines into runs and begins each.
    pub(super) fn plan(&mut self, prepared: &mut Prepared) {
        let mut runs = Vec::new();
        let mut first = 0;
        for index in 0..prepared.sealed.len() {
            let marker = prepared.marker(index);
            if marker == Marker::Start {
                self.push_run(&mut runs, first..index);
                first = index;
                self.next = Some(Guess { key: self.key, position: 1, beyond: Vec::new() });
            }
            if marker == Marker::End {
                self.push_run(&mut runs, first..index + 1);
                first = index + 1;
                self.next = None;
            }
        }
        self.push_run(&mut runs, first..prepared.sealed.len());
        let begin_run = |(lines, guess): (Range<usize>, Option<Guess>)| {
            let progress = match guess {
                None => Progress::Unguessed,
                Some(guess) => {
                    let ladder = &self.ladders[guess.key];
                    run::begin(guess, ladder, lines.clone(), &|index| prepared.sealed_entry(index))
                }
            };
            Run { lines, progress }
        };
        prepared.runs = runs.into_par_iter().map(begin_run).collect();
    }

    /// Ends the current run and moves the guess behind it.
    fn push_run(&mut self, runs: &mut Vec<(Range<usize>, Option<Guess>)>, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        let guess = self.next.take().map(|mut guess| {
            let after = guess.position + lines.len() as u64;
            self.climb(&mut guess, after);
            let beyond = guess.beyond(after).cloned().into_iter().collect();
            self.next = Some(Guess { key: guess.key, position: after, beyond });
            guess
        });
        runs.push((lines, guess));
    }

    /// Provides the keys of all positions up to `after`.
    fn climb(&mut self, guess: &mut Guess, after: u64) {
        let ladder = &mut self.ladders[guess.key];
        let keys = ladder.missing_up_to(after);
        ladder.extend(keys.par_iter().with_min_len(64).map(StepKey::rung).collect());
        if after <= RUNGS_MAX {
            return;
        }
        if guess.beyond.is_empty() {
            // The run crosses the limit, so its first key beyond it is the one on top of the ladder.
            guess.beyond.extend(ladder.beyond().cloned());
        }
        let wanted = after - guess.position.max(RUNGS_MAX + 1) + 1;
        guess.beyond.reserve_exact(usize::try_from(wanted).unwrap_or(0));
        while let Some(last) = guess.beyond.last()
            && (guess.beyond.len() as u64) < wanted
        {
            let next = last.next();
            guess.beyond.push(next);
        }
    }
}
