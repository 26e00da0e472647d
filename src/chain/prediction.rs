//! What is done of a batch before the batch ahead of it is finished: its lines are parsed, the entries that should follow one
//! another in a chain are predicted, and these runs are absorbed and linked. A wrong prediction costs time, never an
//! answer, because every link is held against the seal in the log.

use std::ops::Range;

use rayon::prelude::*;

use super::follow::{Fingerprint, Fingerprinter, Follower, Sealed};
use super::key_schedule::{HMAC_STATES_MAX, HmacKeyState, KeySchedule, PartialKeyState, StepKey};
use super::seal_verifier::{Absorbed, ChainVerifier, Link, absorb_all};
use crate::entry::{self, Entry, Marker, Seal, SealField};
use crate::key::AuditKey;
use crate::line::Batch;

/// Lines that one task parses.
const LINES_PER_TASK: usize = 256;

/// A batch of more text than this is one very long line, and a buffer that was made for it is given back.
const BYTES_USUAL_MAX: usize = 8 << 20;

/// Entries that are worth a task of their own.
const ENTRIES_PER_TASK: usize = 256;

/// States of the key schedule that are worth a task of their own.
const STATES_PER_TASK: usize = 64;

/// Entries of a new chain that are absorbed before they are linked: when its key is not the predicted one, the first seal
/// shows it.
const ENTRIES_AT_ONCE: usize = 32;

/// A place in a chain.
#[derive(Clone)]
pub(super) struct Prediction {
    /// Index of the chain's key.
    pub(super) key: usize,
    /// Position of the run's first entry.
    pub(super) position: u64,
    /// The keys of the run's positions that the key schedule does not reach.
    beyond: Vec<PartialKeyState>,
    /// The key of the position behind the run, when the key schedule does not reach that.
    next_key: Option<StepKey>,
}

impl Prediction {
    /// Where a chain goes on, or begins; no run is predicted yet.
    fn at(key: usize, position: u64, next_key: Option<StepKey>) -> Self {
        Self { key, position, beyond: Vec::new(), next_key }
    }

    /// The run's index of a position above the key schedule's limit.
    fn index_beyond(&self, position: u64) -> Option<usize> {
        let first = self.position.max(HMAC_STATES_MAX + 1);
        usize::try_from(position.checked_sub(first)?).ok()
    }

    /// The key of a position above the key schedule's limit, in the run or right behind it.
    fn key_beyond(&self, position: u64) -> Option<&StepKey> {
        let index = self.index_beyond(position)?;
        if index == self.beyond.len() { self.next_key.as_ref() } else { self.beyond.get(index).map(|it| &it.key) }
    }

    /// The states of those positions that lie above the key schedule's limit.
    fn states_beyond(&self, positions: Range<u64>) -> Option<Vec<HmacKeyState>> {
        let first = positions.start.max(HMAC_STATES_MAX + 1);
        if first >= positions.end {
            return Some(Vec::new());
        }
        let beyond = self.index_beyond(first)?..self.index_beyond(positions.end)?;
        self.beyond.get(beyond).map(PartialKeyState::complete)
    }

    /// The chain after the run's first `entries`.
    fn chain_after(&self, entries: usize, link: Link) -> ChainVerifier {
        let position = self.position + entries as u64 - 1;
        ChainVerifier::at(position, link, self.key_beyond(position + 1).cloned())
    }
}

/// What is done of a run before the batch ahead of it is finished.
pub(super) enum RunProgress {
    /// There is nothing to predict from.
    Unpredicted,
    /// The run goes on in a chain of the batch before: it waits for that chain's link.
    Absorbed { prediction: Prediction, entries: Vec<Vec<Absorbed>> },
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

/// Sealed lines that stand one after the other in one chain, if the prediction is right.
pub(super) struct PredictedRun {
    /// Which of the batch's sealed lines.
    pub(super) lines: Range<usize>,
    pub(super) progress: RunProgress,
}

/// Looks up a sealed line.
pub(super) type Lookup<'a> = dyn Fn(usize) -> Option<Sealed<'a>> + Sync + 'a;

/// A run with all that its entries are made of.
struct Beginning<'r, 'a> {
    prediction: Prediction,
    lines: Range<usize>,
    key_schedule: &'r KeySchedule,
    sealed: &'r Lookup<'a>,
}

impl<'a> Beginning<'_, 'a> {
    fn sealed(&self, entry: usize) -> Option<Sealed<'a>> {
        (self.sealed)(self.lines.start + entry)
    }

    /// Absorbs some of its entries, counted from its first.
    fn absorb(&self, entries: Range<usize>) -> Option<Vec<Absorbed>> {
        let position = |entry: usize| self.prediction.position + entry as u64;
        let positions = position(entries.start)..position(entries.end);
        let beyond = self.prediction.states_beyond(positions)?;
        let mut beyond = beyond.iter();
        absorb_all(entries.map(|entry| {
            let hmac_state = self.key_schedule.hmac_state(position(entry)).or_else(|| beyond.next())?;
            Some((hmac_state, self.sealed(entry)?.body))
        }))
    }

    /// Absorbs all of its entries on all cores, a part on each.
    fn absorb_in_parts(&self) -> Option<Vec<Vec<Absorbed>>> {
        let entries = self.lines.len();
        let part = |first: usize| first..(first + ENTRIES_PER_TASK).min(entries);
        let parts: Vec<Range<usize>> = (0..entries).step_by(ENTRIES_PER_TASK).map(part).collect();
        parts.into_par_iter().map(|part| self.absorb(part)).collect()
    }
}

/// Does what can be done of a run before the batch ahead of it is finished.
fn begin(run: Beginning<'_, '_>) -> RunProgress {
    if run.prediction.position == 1 {
        let mut linker = Linker::default();
        link_from(&run, 0, &mut linker);
        let linked = linker.finish(&run.prediction);
        return RunProgress::Linked { prediction: run.prediction, linked };
    }
    match run.absorb_in_parts() {
        Some(entries) => RunProgress::Absorbed { prediction: run.prediction, entries },
        None => RunProgress::Unpredicted,
    }
}

/// The same for two runs that begin chains, whose entries are linked side by side.
fn begin_two([a, b]: [Beginning<'_, '_>; 2]) -> [RunProgress; 2] {
    let mut linkers = [Linker::default(), Linker::default()];
    let both = a.lines.len().min(b.lines.len());
    let done = link_side_by_side([&a, &b], both, &mut linkers);
    let [mut a_linker, mut b_linker] = linkers;
    if let Some(entries) = done[0] {
        link_from(&a, entries, &mut a_linker);
    }
    if let Some(entries) = done[1] {
        link_from(&b, entries, &mut b_linker);
    }
    [(a, a_linker), (b, b_linker)].map(|(run, linker)| {
        let linked = linker.finish(&run.prediction);
        RunProgress::Linked { prediction: run.prediction, linked }
    })
}

/// Links the first `both` entries of two runs by twos. Returns where each is to go on by itself; None for one that ends
/// because a seal did not fit.
fn link_side_by_side(runs: [&Beginning<'_, '_>; 2], both: usize, linkers: &mut [Linker; 2]) -> [Option<usize>; 2] {
    let mut entry = 0;
    while entry < both {
        let part = entry..(entry + ENTRIES_AT_ONCE).min(both);
        let (Some(a), Some(b)) = (runs[0].absorb(part.clone()), runs[1].absorb(part.clone())) else {
            return [None, None];
        };
        for (a, b) in a.iter().zip(&b) {
            let (Some(a_line), Some(b_line)) = (runs[0].sealed(entry), runs[1].sealed(entry)) else {
                return [None, None];
            };
            let links = Absorbed::link_two([a, b], [linkers[0].verified.as_ref(), linkers[1].verified.as_ref()]);
            let fits = Link::both_carry([&links[0], &links[1]], [&a_line.seal, &b_line.seal]);
            entry += 1;
            for ((linker, link), fits) in linkers.iter_mut().zip(links).zip(fits) {
                if fits {
                    linker.accept(link);
                }
            }
            if fits != [true, true] {
                return fits.map(|fits| fits.then_some(entry));
            }
        }
    }
    [Some(both), Some(both)]
}

/// Links the entries of a run that begins a chain, from one of them on.
fn link_from(run: &Beginning<'_, '_>, first: usize, linker: &mut Linker) {
    let mut entry = first;
    while entry < run.lines.len() {
        let part = entry..(entry + ENTRIES_AT_ONCE).min(run.lines.len());
        let Some(absorbed) = run.absorb(part) else { return };
        for absorbed in &absorbed {
            let Some(line) = run.sealed(entry) else { return };
            if !linker.push(None, absorbed, line.seal) {
                return;
            }
            entry += 1;
        }
    }
}

/// Links an absorbed run behind the chain it is guessed to continue.
pub(super) fn link_after<'a>(
    chain: &ChainVerifier,
    prediction: &Prediction,
    entries: &[Vec<Absorbed>],
    first: usize,
    sealed: &Lookup<'a>,
) -> Linked {
    let mut linker = Linker::default();
    for (absorbed, index) in entries.iter().flatten().zip(first..) {
        let Some(line) = sealed(index) else { break };
        if !linker.push(Some(chain.link()), absorbed, line.seal) {
            break;
        }
    }
    linker.finish(prediction)
}

/// Links entries one after the other, up to the first whose seal is not its link's. A seal is compared beside the link of
/// the next entry, which does not depend on it.
#[derive(Default)]
struct Linker {
    /// The link of the last entry that fits.
    verified: Option<Link>,
    /// The next one, and the seal that it should carry.
    pending: Option<(Link, Seal)>,
    matched: usize,
}

impl Linker {
    /// Takes the next entry, the first one behind `before`; false when the one before it did not fit.
    fn push(&mut self, before: Option<&Link>, absorbed: &Absorbed, seal: Seal) -> bool {
        let link = match self.pending.take() {
            None => absorbed.link(self.verified.as_ref().or(before)),
            Some((last, last_seal)) => {
                let (link, fits) = absorbed.link_and_check(&last, &last_seal);
                if !fits {
                    return false;
                }
                self.accept(last);
                link
            }
        };
        self.pending = Some((link, seal));
        true
    }

    fn accept(&mut self, link: Link) {
        self.verified = Some(link);
        self.matched += 1;
    }

    fn finish(mut self, prediction: &Prediction) -> Linked {
        if let Some((link, seal)) = self.pending.take()
            && link.carries(&seal)
        {
            self.accept(link);
        }
        let Self { verified, matched, .. } = self;
        Linked { matched, chain: verified.map(|link| prediction.chain_after(matched, link)) }
    }
}

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

/// Runs that are begun by one task, in their order.
enum Task {
    /// A run from which nothing is predicted.
    Nothing,
    One((Range<usize>, Prediction)),
    /// Both begin a chain.
    Two([(Range<usize>, Prediction); 2]),
}

/// Two neighbours that begin chains make one task.
fn by_twos(runs: Vec<(Range<usize>, Option<Prediction>)>) -> Vec<Task> {
    let begins = |prediction: &Prediction| prediction.position == 1;
    let mut tasks = Vec::with_capacity(runs.len());
    let mut runs = runs.into_iter().peekable();
    while let Some((lines, prediction)) = runs.next() {
        let Some(prediction) = prediction else {
            tasks.push(Task::Nothing);
            continue;
        };
        let neighbour = |(_, next): &(Range<usize>, Option<Prediction>)| next.as_ref().is_some_and(begins);
        let run = (lines, prediction);
        tasks.push(match runs.next_if(|next| begins(&run.1) && neighbour(next)) {
            Some((next_lines, Some(next))) => Task::Two([run, (next_lines, next)]),
            _ => Task::One(run),
        });
    }
    tasks
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
        let next =
            |(key, chain): (usize, &ChainVerifier)| Prediction::at(key, chain.position() + 1, chain.beyond().cloned());
        self.next = follower.front().map(next);
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
                self.next = Some(Prediction::at(self.key, 1, None));
            }
            if marker == Marker::End {
                self.push_run(&mut runs, first..index + 1);
                first = index + 1;
                self.next = None;
            }
        }
        self.push_run(&mut runs, first..prepared.sealed.len());
        let lines: Vec<Range<usize>> = runs.iter().map(|(lines, _)| lines.clone()).collect();
        let sealed = |index| prepared.sealed_entry(index);
        let progress: Vec<RunProgress> =
            by_twos(runs).into_par_iter().flat_map_iter(|task| self.begin(task, &sealed)).collect();
        prepared.runs =
            lines.into_iter().zip(progress).map(|(lines, progress)| PredictedRun { lines, progress }).collect();
    }

    /// Begins the runs of one task.
    fn begin<'a>(&self, task: Task, sealed: &Lookup<'a>) -> impl Iterator<Item = RunProgress> + use<'a> {
        let beginning = |(lines, prediction): (Range<usize>, Prediction)| {
            let key_schedule = &self.key_schedules[prediction.key];
            Beginning { prediction, lines, key_schedule, sealed }
        };
        let (first, second) = match task {
            Task::Nothing => (RunProgress::Unpredicted, None),
            Task::One(run) => (begin(beginning(run)), None),
            Task::Two(runs) => {
                let [first, second] = begin_two(runs.map(beginning));
                (first, Some(second))
            }
        };
        [Some(first), second].into_iter().flatten()
    }

    /// Ends the current run and moves the prediction behind it.
    fn push_run(&mut self, runs: &mut Vec<(Range<usize>, Option<Prediction>)>, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        let prediction = self.next.take().map(|mut prediction| {
            let after = prediction.position + lines.len() as u64;
            self.climb(&mut prediction, after);
            self.next = Some(Prediction::at(prediction.key, after, prediction.next_key.clone()));
            prediction
        });
        runs.push((lines, prediction));
    }

    /// Provides the keys of all positions up to `after`.
    fn climb(&mut self, prediction: &mut Prediction, after: u64) {
        let key_schedule = &mut self.key_schedules[prediction.key];
        let missing = key_schedule.missing_up_to(after);
        let parts: Vec<Vec<HmacKeyState>> =
            missing.par_chunks(STATES_PER_TASK).map(PartialKeyState::complete).collect();
        parts.into_iter().for_each(|part| key_schedule.extend(part));
        let first = prediction.position.max(HMAC_STATES_MAX + 1);
        if after < first {
            return;
        }
        // A run that crosses the limit has its first key beyond it on top of the key schedule.
        let Some(mut key) = prediction.next_key.take().or_else(|| key_schedule.beyond().cloned()) else { return };
        prediction.beyond.reserve_exact(usize::try_from(after - first).unwrap_or(0));
        prediction.beyond.extend((first..after).map(|_| PartialKeyState::advance(&mut key)));
        prediction.next_key = Some(key);
    }
}
