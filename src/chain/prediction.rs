//! What is done of a batch before the batch ahead of it is finished: its lines are parsed, the entries that should follow one
//! another in a chain are predicted, and these runs are absorbed and linked. A wrong prediction costs time, never an
//! answer, because every link is held against the seal in the log.

use std::borrow::Borrow;
use std::ops::Range;

use rayon::prelude::*;

use super::follow::{Fingerprint, Fingerprinter};
use super::follow::{Follower, Sealed};
use super::key_schedule::{HMAC_STATES_MAX, KeySchedule, StepKey};
use super::seal_verifier::{Absorbed, ChainVerifier, Link, absorb};
use crate::entry::{self, Entry, Marker, Seal, SealField};
use crate::key::AuditKey;
use crate::line::Batch;

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
pub(super) enum RunProgress {
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
pub(super) struct PredictedRun {
    /// Which of the batch's sealed lines.
    pub(super) lines: Range<usize>,
    pub(super) progress: RunProgress,
}

/// Looks up a sealed line.
pub(super) type Lookup<'a> = dyn Fn(usize) -> Option<Sealed<'a>> + Sync + 'a;

/// Does what can be done of a run before the batch ahead of it is finished.
pub(super) fn begin<'a>(
    prediction: Prediction,
    key_schedule: &KeySchedule,
    lines: Range<usize>,
    sealed: &Lookup<'a>,
) -> RunProgress {
    let first = lines.start;
    let absorb_line =
        |index| prediction.absorb(key_schedule, prediction.position + (index - first) as u64, sealed(index)?.body);
    if prediction.position == 1 {
        let entries = lines.map_while(|index| Some((absorb_line(index)?, sealed(index)?.seal)));
        let linked = link(&prediction, None, entries);
        return RunProgress::Linked { prediction, linked };
    }
    let entries: Option<Vec<Absorbed>> =
        lines.into_par_iter().with_min_len(ENTRIES_PER_TASK).map(absorb_line).collect();
    entries.map_or(RunProgress::Unpredicted, |entries| RunProgress::Absorbed { prediction, entries })
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
    pub(super) runs: Vec<PredictedRun>,
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

/// Guesses how the chains go on, and keeps key schedules of its own so that it can run ahead of the verification.
pub(super) struct Planner {
    key_schedules: Vec<KeySchedule>,
    /// The key a new chain is guessed to have.
    key: usize,
    /// Where the open chain is guessed to go on.
    next: Option<Prediction>,
}

impl Planner {
    pub(super) fn new(keys: &[AuditKey]) -> Self {
        Self { key_schedules: keys.iter().map(KeySchedule::new).collect(), key: 0, next: None }
    }

    /// A new stream begins.
    pub(super) fn restart(&mut self) {
        self.next = None;
    }

    /// Gives up all predictions and starts again from where the chains really stand.
    pub(super) fn resync(&mut self, follower: &Follower) {
        self.key = follower.key();
        self.next = follower.front().map(|(key, chain)| Prediction {
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
                self.next = Some(Prediction { key: self.key, position: 1, beyond: Vec::new() });
            }
            if marker == Marker::End {
                self.push_run(&mut runs, first..index + 1);
                first = index + 1;
                self.next = None;
            }
        }
        self.push_run(&mut runs, first..prepared.sealed.len());
        let begin_run = |(lines, prediction): (Range<usize>, Option<Prediction>)| {
            let progress = match prediction {
                None => RunProgress::Unpredicted,
                Some(prediction) => {
                    let key_schedule = &self.key_schedules[prediction.key];
                    begin(prediction, key_schedule, lines.clone(), &|index| prepared.sealed_entry(index))
                }
            };
            PredictedRun { lines, progress }
        };
        prepared.runs = runs.into_par_iter().map(begin_run).collect();
    }

    /// Ends the current run and moves the prediction behind it.
    fn push_run(&mut self, runs: &mut Vec<(Range<usize>, Option<Prediction>)>, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        let prediction = self.next.take().map(|mut prediction| {
            let after = prediction.position + lines.len() as u64;
            self.climb(&mut prediction, after);
            let beyond = prediction.beyond(after).cloned().into_iter().collect();
            self.next = Some(Prediction { key: prediction.key, position: after, beyond });
            prediction
        });
        runs.push((lines, prediction));
    }

    /// Provides the keys of all positions up to `after`.
    fn climb(&mut self, prediction: &mut Prediction, after: u64) {
        let key_schedule = &mut self.key_schedules[prediction.key];
        let keys = key_schedule.missing_up_to(after);
        key_schedule.extend(keys.par_iter().with_min_len(64).map(StepKey::hmac_state).collect());
        if after <= HMAC_STATES_MAX {
            return;
        }
        if prediction.beyond.is_empty() {
            // The run crosses the limit, so its first key beyond it is the one on top of the key schedule.
            prediction.beyond.extend(key_schedule.beyond().cloned());
        }
        let wanted = after - prediction.position.max(HMAC_STATES_MAX + 1) + 1;
        prediction.beyond.reserve_exact(usize::try_from(wanted).unwrap_or(0));
        while let Some(last) = prediction.beyond.last()
            && (prediction.beyond.len() as u64) < wanted
        {
            let next = last.next();
            prediction.beyond.push(next);
        }
    }
}
