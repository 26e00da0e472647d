//! What is done of a batch before the batch ahead of it is finished: the entries that should follow one another in a chain are
//! predicted, and these runs are absorbed, and linked where they begin a chain. A wrong prediction costs time, never an
//! answer, because every link is held against the seal in the log.

use std::ops::Range;

use zeroize::Zeroizing;

use super::arch::{Hasher, State};
use super::follow::{Follower, Sealed};
use super::key_schedule::{HMAC_STATES_MAX, HmacKeyStates, KeySchedule, StepKey};
use super::parsed::Parsed;
use super::seal_verifier::{Absorbed, ChainVerifier, Link, Linker, OuterState, blocks_to_leave, whole_blocks};
use super::sha256::INITIAL;
use crate::entry::Marker;
use crate::key::AuditKey;

/// Entries of a new chain that are absorbed before they are linked: when its key is not the predicted one, the first seal
/// shows it.
const ENTRIES_AT_ONCE: usize = 32;

/// A place in a chain where a run begins.
#[derive(Clone)]
pub(super) struct Prediction {
    /// Index of the chain's key.
    pub(super) key: usize,
    /// Position of the run's first entry.
    pub(super) position: u64,
    /// Those of its positions up to the limit.
    states: HmacKeyStates,
    /// The first of [`Plan::keys`] that belongs to it.
    keys_at: usize,
}

impl Prediction {
    /// Where the key of a position above the key schedule's limit stands among all keys of the plan.
    fn key_at(&self, position: u64) -> Option<usize> {
        let first = self.position.max(HMAC_STATES_MAX + 1);
        Some(self.keys_at + usize::try_from(position.checked_sub(first)?).ok()?)
    }
}

/// Sealed lines that stand one after the other in one chain, if the prediction is right.
pub(super) struct PredictedRun {
    /// Which of the batch's sealed lines.
    pub(super) lines: Range<usize>,
    /// None when there is nothing to predict from.
    pub(super) prediction: Option<Prediction>,
    /// How far it fits, when it begins a chain and was begun.
    linked: Option<Linked>,
}

/// How far a run fits.
pub(super) struct Linked {
    /// How many of its entries fit, from the first.
    pub(super) matched: usize,
    /// The chain behind them; None when none fits.
    pub(super) chain: Option<ChainVerifier>,
}

/// The runs of a batch with the secrets of their positions. The memory is used again for the next batch, and wiped when it
/// is given back.
#[derive(Default)]
pub(super) struct Plan {
    runs: Vec<PredictedRun>,
    /// The keys of positions that a key schedule does not reach, run by run, with the one behind each run.
    keys: Vec<StepKey>,
    /// For each sealed line the inner HMAC state of its position, into which its whole blocks are taken.
    inners: Zeroizing<Vec<State>>,
    /// How many of a line's whole blocks are not taken in yet.
    blocks_left: Vec<usize>,
}

impl Plan {
    /// Nothing is predicted.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
        self.keys.clear();
    }

    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn run(&self, index: usize) -> &PredictedRun {
        &self.runs[index]
    }

    /// Takes what was linked of a run that begins a chain.
    pub(super) fn take_linked(&mut self, run: usize) -> Option<Linked> {
        self.runs[run].linked.take()
    }

    /// Does what can be done of every run before the batch ahead is finished.
    pub(super) fn begin(&mut self, parsed: &Parsed) {
        let mut run = 0;
        while run < self.runs.len() {
            let begins =
                |run: usize| self.runs.get(run).and_then(|run| run.prediction.as_ref()).map(|it| it.position == 1);
            match (begins(run), begins(run + 1)) {
                (None, _) => {}
                (Some(false), _) => {
                    let lines = self.runs[run].lines.clone();
                    self.absorb(run, lines, parsed, true);
                }
                (Some(true), Some(true)) => {
                    self.link_two([run, run + 1], parsed);
                    run += 1;
                }
                (Some(true), _) => {
                    let mut linker = Linker::new();
                    self.link_from(run, 0, parsed, &mut linker);
                    self.finish_beginning(run, linker);
                }
            }
            run += 1;
        }
    }

    /// Absorbs some of a run's lines, of which none waits for another. When they are linked one after the other, some blocks
    /// are left for that.
    fn absorb(&mut self, run: usize, lines: Range<usize>, parsed: &Parsed, leaves_blocks: bool) {
        let PredictedRun { lines: run_lines, prediction, .. } = &self.runs[run];
        let Some(Prediction { position, states: scheduled, .. }) = prediction else { return };
        let positions = position + (lines.start - run_lines.start) as u64..;
        let states = self.inners[lines.clone()].iter_mut().zip(&mut self.blocks_left[lines.clone()]);
        let mut before: Option<&[u8]> = None;
        let messages = states.zip(lines).zip(positions).map(|(((inner, left), line), position)| {
            let body = parsed.sealed(line).map_or(&[][..], |sealed| sealed.body);
            let state = scheduled.get(position);
            if let Some(state) = state {
                *inner = state.inner;
            }
            let blocks = whole_blocks(body);
            *left = match before {
                Some(before) if leaves_blocks => blocks_to_leave(before, blocks.len(), state.is_some()),
                _ => 0,
            };
            before = Some(body);
            (inner, &blocks[..blocks.len() - *left])
        });
        Hasher::detect().compress_each(messages);
    }

    /// Absorbs and links the lines of a run that begins a chain, from one of them on.
    fn link_from(&mut self, run: usize, first: usize, parsed: &Parsed, linker: &mut Linker) {
        let lines = self.runs[run].lines.clone();
        let mut at = lines.start + first;
        while at < lines.end {
            let part = at..(at + ENTRIES_AT_ONCE).min(lines.end);
            self.absorb(run, part.clone(), parsed, true);
            if !self.link(run, part.clone(), None, parsed, linker) {
                return;
            }
            at = part.end;
        }
    }

    /// Links absorbed lines of a run, the first one of all behind `before`; false when one does not fit.
    fn link(
        &self,
        run: usize,
        lines: Range<usize>,
        before: Option<&Link>,
        parsed: &Parsed,
        linker: &mut Linker,
    ) -> bool {
        let mut entries = lines.map(|line| self.absorbed(run, line, parsed));
        let mut next = entries.next().flatten();
        while let Some(entry) = next {
            next = entries.next().flatten();
            if !linker.push(before, entry, next) {
                return false;
            }
        }
        true
    }

    /// The same for two runs that begin chains, side by side as far as both go.
    fn link_two(&mut self, runs: [usize; 2], parsed: &Parsed) {
        let lines = runs.map(|run| self.runs[run].lines.clone());
        let both = lines[0].len().min(lines[1].len());
        let mut linkers = [Linker::new(), Linker::new()];
        let mut done = 0;
        let mut fits = [true, true];
        while done < both && fits == [true, true] {
            let part = done..(done + ENTRIES_AT_ONCE).min(both);
            for (run, lines) in runs.iter().zip(&lines) {
                self.absorb(*run, lines.start + part.start..lines.start + part.end, parsed, false);
            }
            for entry in part {
                let [a, b] = [0, 1].map(|side| self.absorbed(runs[side], lines[side].start + entry, parsed));
                let (Some(a), Some(b)) = (a, b) else {
                    fits = [false, false];
                    break;
                };
                let [a_linker, b_linker] = &mut linkers;
                fits = Linker::push_two([a_linker, b_linker], [a, b]);
                done += 1;
                if fits != [true, true] {
                    break;
                }
            }
        }
        for ((run, mut linker), fits) in runs.into_iter().zip(linkers).zip(fits) {
            if fits {
                self.link_from(run, done, parsed, &mut linker);
            }
            self.finish_beginning(run, linker);
        }
    }

    fn finish_beginning(&mut self, run: usize, linker: Linker) {
        self.runs[run].linked = Some(self.linked(run, linker));
    }

    /// Links an absorbed run behind the chain it is guessed to continue.
    pub(super) fn link_after(&self, run: usize, chain: &ChainVerifier, parsed: &Parsed) -> Linked {
        let mut linker = Linker::new();
        self.link(run, self.runs[run].lines.clone(), Some(chain.link()), parsed, &mut linker);
        self.linked(run, linker)
    }

    fn linked(&self, run: usize, linker: Linker) -> Linked {
        let (matched, link) = linker.finish();
        let chain = link.zip(self.runs[run].prediction.as_ref()).map(|(link, prediction)| {
            let position = prediction.position + matched as u64 - 1;
            let beyond = prediction.key_at(position + 1).and_then(|key| self.keys.get(key)).cloned();
            ChainVerifier::at(position, link, beyond)
        });
        Linked { matched, chain }
    }

    fn absorbed<'a>(&'a self, run: usize, line: usize, parsed: &'a Parsed) -> Option<Absorbed<'a>> {
        let (inner, outer) = (self.inners.get(line)?, self.outer(run, line)?);
        let Sealed { body, seal, .. } = parsed.sealed(line)?;
        let blocks = whole_blocks(body);
        Some(Absorbed { inner, outer, left: &blocks[blocks.len() - self.blocks_left[line]..], body, seal })
    }

    /// The outer state of a line's position.
    fn outer(&self, run: usize, line: usize) -> Option<OuterState<'_>> {
        let run = &self.runs[run];
        let prediction = run.prediction.as_ref()?;
        let position = prediction.position + (line - run.lines.start) as u64;
        match prediction.states.get(position) {
            Some(state) => Some(OuterState::Made(&state.outer)),
            None => self.keys.get(prediction.key_at(position)?).map(OuterState::Of),
        }
    }

    /// Makes room for the states of so many lines. A vector that grows by itself would leave its old memory unwiped.
    fn make_room(&mut self, lines: usize, keys: usize) {
        if self.inners.capacity() < lines {
            self.inners = Zeroizing::new(Vec::with_capacity(lines.next_power_of_two()));
        }
        self.inners.resize(lines, INITIAL);
        self.blocks_left.resize(lines, 0);
        if self.keys.capacity() < keys {
            self.keys = Vec::with_capacity(keys.next_power_of_two());
        }
    }
}

/// Guesses how the chains go on, and keeps key schedules of its own so that it can run ahead of the verification.
pub(super) struct Planner {
    key_schedules: Vec<KeySchedule>,
    /// The key a new chain is guessed to have.
    key: usize,
    /// Where the open chain is guessed to go on.
    next: Option<ChainHead>,
}

/// The next place of a chain.
struct ChainHead {
    key: usize,
    position: u64,
    /// Its key, when the key schedule does not reach that far.
    beyond: Option<StepKey>,
}

impl Planner {
    pub(super) fn new(keys: &[AuditKey]) -> Self {
        Self { key_schedules: keys.iter().map(KeySchedule::new).collect(), key: 0, next: None }
    }

    /// Gives up all predictions and starts again from where the chains really stand.
    pub(super) fn resync(&mut self, follower: &Follower) {
        self.key = follower.key();
        self.next = follower.front().map(|(key, chain)| ChainHead {
            key,
            position: chain.position() + 1,
            beyond: chain.beyond().cloned(),
        });
    }

    /// Cuts the sealed lines into runs and provides the keys of their positions.
    pub(super) fn plan(&mut self, parsed: &Parsed, plan: &mut Plan) {
        plan.clear();
        let lines = parsed.sealed_lines();
        // Behind each of a chain's entries, and behind each run, a key.
        plan.make_room(lines, 2 * lines + 1);
        let mut first = 0;
        for line in 0..lines {
            if line > first && parsed.has_suspect_above(line) {
                // What stands there is looked at by itself.
                self.push_run(plan, first..line);
                first = line;
            }
            let marker = parsed.marker(line);
            if marker == Marker::Start {
                self.push_run(plan, first..line);
                first = line;
                self.next = Some(ChainHead { key: self.key, position: 1, beyond: None });
            }
            if marker == Marker::End {
                self.push_run(plan, first..line + 1);
                first = line + 1;
                self.next = None;
            }
        }
        self.push_run(plan, first..lines);
    }

    /// Ends the current run and moves the prediction behind it.
    fn push_run(&mut self, plan: &mut Plan, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        let prediction = self.next.take().map(|ChainHead { key, position, mut beyond }| {
            let after = position + lines.len() as u64;
            let key_schedule = &mut self.key_schedules[key];
            key_schedule.climb_to(after);
            let keys_at = plan.keys.len();
            let first = position.max(HMAC_STATES_MAX + 1);
            if after >= first {
                // A run that crosses the limit has its first key beyond it on top of the key schedule.
                beyond = beyond.or_else(|| key_schedule.beyond().cloned());
                if let Some(key) = &mut beyond {
                    for line in lines.end - (after - first) as usize..lines.end {
                        let (step_key, inner) = key.advance();
                        plan.keys.push(step_key);
                        plan.inners[line] = inner;
                    }
                    plan.keys.push(key.clone());
                }
            }
            self.next = Some(ChainHead { key, position: after, beyond });
            Prediction { key, position, states: self.key_schedules[key].states().clone(), keys_at }
        });
        plan.runs.push(PredictedRun { lines, prediction, linked: None });
    }
}
