//! Runs the stages of several batches at once, on all threads of the pool: whoever is free takes the most advanced stage that
//! can be done. The answer is that of [`Follower::feed`] on every entry in turn, whatever the number of threads and the size
//! of batches.

use std::collections::VecDeque;
use std::ops::Range;

use parking_lot::Mutex;
use rayon::Scope;

use super::checkpoint::Checkpoint;
use super::follow::{ChainPosition, Examination, Fingerprinter, Follower, Recovered, Spelling, Step};
use super::parsed::Parsed;
use super::prediction::{Linked, Plan, Planner, PredictedRun, Prediction};
use super::undo::UndoBudget;
use crate::entry::Marker;
use crate::key::AuditKey;
use crate::line::Batch;

/// Batches that are under way at a time, beside one for each thread.
const BATCHES_AHEAD: usize = 3;

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
    pub parsed: &'a Parsed,
    /// For each sealed line, in their order, what it is to the chains.
    pub steps: &'a [Step],
    /// Where the open chains stand behind a batch without lines: between two files, and at the end of a stream.
    pub checkpoints: &'a [Checkpoint],
    /// Of the lines that somebody asks about, what they may be.
    pub examinations: &'a [Examination],
    /// The lines without a whole seal whose originals were proven, by their index in the batch.
    pub restored: &'a [(usize, Step)],
    /// Earlier lines that these showed the places of, in the order in which they did.
    pub recovered: &'a [Recovered],
}

/// Verifies streams, one after the other, under the same keys.
pub struct Pipeline {
    strategy: Strategy,
    fingerprinter: Fingerprinter,
    planner: Planner,
    follower: Follower,
}

impl Pipeline {
    /// Verifies under these keys, and does so much to undo alterations.
    pub fn new(keys: &[AuditKey], strategy: Strategy, undo: UndoBudget) -> Self {
        let fingerprinter = Fingerprinter::default();
        let follower = Follower::new(keys, undo, fingerprinter.clone());
        Self { strategy, fingerprinter, planner: Planner::new(keys), follower }
    }

    /// What may still be done to undo alterations.
    pub fn undo_budget(&self) -> UndoBudget {
        self.follower.undo_budget()
    }

    /// Verifies one stream, which goes on from `open` chains, and in which others may go on from `checkpoints`. `next` fills a
    /// batch and tags it, None at the end of the stream; `take` gets every batch, in
    /// order, while later ones are read and prepared. Nothing is read behind a batch that is [paused](Batch::paused) before
    /// that one is taken. Returns the lines of which only the end of the stream showed the places.
    ///
    /// # Errors
    /// The first error of `take`.
    pub fn run<T: Send, E: Send>(
        &mut self,
        (open, checkpoints): (&[Checkpoint], &[Checkpoint]),
        next: &mut (impl FnMut(&mut Batch) -> Option<T> + Send),
        take: &mut (impl FnMut(T, Followed<'_>) -> Result<(), E> + Send),
    ) -> Result<Vec<Recovered>, E> {
        let Self { strategy, fingerprinter, planner, follower } = self;
        follower.restart(open, checkpoints);
        planner.resync(follower);
        let threads = rayon::current_num_threads();
        let schedule = Schedule {
            strategy: *strategy,
            fingerprinter,
            reader: Mutex::new(next),
            planner: Mutex::new(planner),
            follower: Mutex::new(follower),
            taker: Mutex::new(take),
            board: Mutex::new(Board::new(threads)),
        };
        rayon::in_place_scope(|scope| schedule.work(scope));
        let failure = schedule.board.lock().failure.take();
        if let Some(failure) = failure {
            return Err(failure);
        }
        let follower = schedule.follower.into_inner();
        follower.finish();
        Ok(follower.recovered().collect())
    }
}

/// The stages of a batch, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Read,
    Parse,
    /// In the order of the batches, as each key is made of the one before.
    Plan,
    Absorb,
    /// In the order of the batches.
    Link,
    /// In the order of the batches.
    Take,
}

/// A batch with what its stages found out.
#[derive(Default)]
struct Work {
    parsed: Parsed,
    plan: Plan,
    steps: Vec<Step>,
    checkpoints: Vec<Checkpoint>,
    examinations: Vec<Examination>,
    restored: Vec<(usize, Step)>,
    recovered: Vec<Recovered>,
}

/// A stage of one batch, for whoever does it.
struct Job<T> {
    /// Batches are counted from 0.
    batch: u64,
    stage: Stage,
    work: Work,
    /// To be taken with the batch.
    tag: Option<T>,
    /// Whether the planner is to begin anew from where the chains stand.
    resyncs: bool,
}

/// What a stage brought, beside what stands in the work.
enum JobResult<T, E> {
    Done,
    /// None is the end of the stream.
    Read(Option<T>),
    Linked {
        /// Whether all predictions were right.
        guessed: bool,
    },
    Taken(Result<(), E>),
}

/// A batch on its way.
struct Flight<T> {
    /// What is to be done next, or is being done.
    stage: Stage,
    tag: Option<T>,
    /// None while somebody has it.
    work: Option<Work>,
    /// Whether nothing is read before it was taken.
    holds_reader: bool,
}

/// Where all batches are: what the workers look at to find something to do.
struct Board<T, E> {
    /// The oldest one first.
    flights: VecDeque<Flight<T>>,
    /// Number of the oldest one.
    first: u64,
    spare: Vec<Work>,
    threads: usize,
    /// Threads that look for something to do, or do it.
    workers: usize,
    ended: bool,
    /// A prediction was wrong: the next batch is planned when all before it are linked.
    mispredicted: bool,
    failure: Option<E>,
}

impl<T, E> Board<T, E> {
    fn new(threads: usize) -> Self {
        Self {
            flights: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            threads,
            workers: 1,
            ended: false,
            mispredicted: false,
            failure: None,
        }
    }

    /// The most advanced batch that can be worked on, by its index among those on their way, or the next one to be read.
    fn ready(&self) -> Option<usize> {
        let mut behind = Stage::Take;
        for (index, flight) in self.flights.iter().enumerate() {
            let is_ready = match flight.stage {
                Stage::Read | Stage::Parse | Stage::Absorb => true,
                Stage::Plan if self.mispredicted => behind > Stage::Link,
                Stage::Plan => behind > Stage::Plan,
                Stage::Link => behind > Stage::Link,
                Stage::Take => index == 0,
            };
            if is_ready && flight.work.is_some() {
                return Some(index);
            }
            behind = behind.min(flight.stage);
        }
        let holds_reader = |flight: &Flight<T>| flight.holds_reader || flight.stage == Stage::Read;
        let may_read = !self.ended && self.flights.len() < self.threads + BATCHES_AHEAD;
        (may_read && !self.flights.iter().any(holds_reader)).then_some(self.flights.len())
    }

    /// Gives something to do away, if there is anything.
    fn next_job(&mut self) -> Option<Job<T>> {
        let index = self.ready()?;
        if index == self.flights.len() {
            let work = Some(self.spare.pop().unwrap_or_default());
            self.flights.push_back(Flight { stage: Stage::Read, tag: None, work, holds_reader: false });
        }
        let (batch, flight) = (self.first + index as u64, self.flights.get_mut(index)?);
        let stage = flight.stage;
        let resyncs = stage == Stage::Plan && std::mem::take(&mut self.mispredicted);
        let tag = if stage == Stage::Take { flight.tag.take() } else { None };
        flight.work.take().map(|work| Job { batch, stage, work, tag, resyncs })
    }

    /// Takes back what was given away.
    fn complete(&mut self, batch: u64, work: Work, result: JobResult<T, E>, strategy: Strategy) {
        let index = batch.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        // After a failure nobody wants it.
        let Some(flight) = index.and_then(|index| self.flights.get_mut(index)) else { return };
        flight.stage = match (flight.stage, strategy) {
            (Stage::Read, _) => Stage::Parse,
            (Stage::Parse, Strategy::Staged) => Stage::Plan,
            (Stage::Plan, _) => Stage::Absorb,
            (Stage::Absorb, _) | (Stage::Parse, Strategy::OneByOne) => Stage::Link,
            (Stage::Link | Stage::Take, _) => Stage::Take,
        };
        // Several batches with a very long line would take too much memory.
        flight.holds_reader = work.parsed.batch.paused || work.parsed.is_heavy();
        flight.work = Some(work);
        match result {
            JobResult::Done => {}
            JobResult::Read(None) => {
                self.ended = true;
                self.flights.pop_back();
            }
            JobResult::Read(tag) => flight.tag = tag,
            JobResult::Linked { guessed } => self.mispredicted |= !guessed,
            JobResult::Taken(Ok(())) => {
                let taken = self.flights.pop_front();
                self.first += 1;
                self.spare.extend(taken.and_then(|flight| flight.work));
            }
            JobResult::Taken(Err(failure)) => {
                self.failure = Some(failure);
                self.ended = true;
                self.flights.clear();
            }
        }
    }
}

/// The stages of one stream. What can be in one pair of hands only stands behind a lock of its own; the board gives no
/// two jobs away that need the same.
struct Schedule<'p, N, K, T, E> {
    strategy: Strategy,
    fingerprinter: &'p Fingerprinter,
    reader: Mutex<&'p mut N>,
    planner: Mutex<&'p mut Planner>,
    follower: Mutex<&'p mut Follower>,
    taker: Mutex<&'p mut K>,
    board: Mutex<Board<T, E>>,
}

impl<N, K, T, E> Schedule<'_, N, K, T, E>
where
    N: FnMut(&mut Batch) -> Option<T> + Send,
    K: FnMut(T, Followed<'_>) -> Result<(), E> + Send,
    T: Send,
    E: Send,
{
    /// Does what can be done until nothing is left. Never waits: whoever finishes a stage looks for what that made possible,
    /// and calls another thread when it is more than one thing.
    fn work<'s>(&'s self, scope: &Scope<'s>) {
        let mut board = self.board.lock();
        while let Some(job) = board.next_job() {
            if board.workers < board.threads && board.ready().is_some() {
                board.workers += 1;
                scope.spawn(|scope| self.work(scope));
            }
            drop(board);
            let Job { batch, stage, mut work, tag, resyncs } = job;
            let result = self.run_stage(stage, &mut work, tag, resyncs);
            board = self.board.lock();
            board.complete(batch, work, result, self.strategy);
        }
        board.workers -= 1;
    }

    fn run_stage(&self, stage: Stage, work: &mut Work, tag: Option<T>, resyncs: bool) -> JobResult<T, E> {
        let Work { parsed, plan, steps, restored, recovered, checkpoints, examinations } = work;
        match stage {
            Stage::Read => {
                parsed.clear();
                plan.clear();
                return JobResult::Read((self.reader.lock())(&mut parsed.batch));
            }
            Stage::Parse => parsed.parse(self.fingerprinter),
            Stage::Plan => {
                let mut planner = self.planner.lock();
                if resyncs {
                    planner.resync(&self.follower.lock());
                }
                planner.plan(parsed, plan);
            }
            Stage::Absorb => plan.begin(parsed),
            Stage::Link => {
                steps.clear();
                restored.clear();
                examinations.clear();
                recovered.clear();
                let mut follower = self.follower.lock();
                let follower_of = &mut *follower;
                let mut linking = Linking { follower: follower_of, parsed, steps, restored, examinations, suspects: 0 };
                let guessed = if parsed.batch.examined.is_empty() { linking.link(plan) } else { linking.examine() };
                follower.end_batch(parsed.batch.lines.len(), parsed.last());
                recovered.extend(follower.recovered());
                *checkpoints = if parsed.batch.lines.is_empty() { follower.checkpoints() } else { Vec::new() };
                return JobResult::Linked { guessed };
            }
            Stage::Take => {
                let Some(tag) = tag else { return JobResult::Taken(Ok(())) };
                let followed = Followed { parsed, steps, restored, recovered, checkpoints, examinations };
                return JobResult::Taken((self.taker.lock())(tag, followed));
            }
        }
        JobResult::Done
    }
}

/// Takes the entries of a batch into the chains.
struct Linking<'a> {
    follower: &'a mut Follower,
    parsed: &'a Parsed,
    steps: &'a mut Vec<Step>,
    restored: &'a mut Vec<(usize, Step)>,
    examinations: &'a mut Vec<Examination>,
    /// How many suspects were looked at.
    suspects: usize,
}

impl Linking<'_> {
    /// Places every sealed entry of a batch; tells whether all predictions were right.
    fn link(&mut self, plan: &mut Plan) -> bool {
        let (parsed, mut guessed, mut planned) = (self.parsed, true, 0);
        for run in 0..plan.runs() {
            let begun = plan.take_linked(run);
            let PredictedRun { lines, prediction, .. } = plan.run(run);
            planned = lines.end;
            self.feed_suspects(lines.start);
            let linked = begun.or_else(|| {
                let prediction = prediction.as_ref()?;
                let (key, chain) = self.follower.front()?;
                let stands = key == prediction.key && chain.position() + 1 == prediction.position;
                stands.then(|| plan.link_after(run, chain, parsed))
            });
            let matched = match (prediction, linked) {
                (Some(prediction), Some(linked)) => self.commit(lines.start, prediction, linked),
                _ => 0,
            };
            let last = (lines.start + matched).checked_sub(1).filter(|_| matched > 0);
            if last.and_then(|last| parsed.sealed(last)).is_some_and(|it| it.entry.marker == Marker::End) {
                self.follower.close_front();
            }
            let rest = lines.start + matched..lines.end;
            guessed &= rest.is_empty();
            self.feed(rest);
        }
        self.feed(planned..parsed.sealed_lines());
        self.feed_suspects(parsed.sealed_lines());
        guessed && self.restored.is_empty()
    }

    /// The slow way for entries that no prediction covers.
    fn feed(&mut self, lines: Range<usize>) {
        for index in lines {
            self.feed_suspects(index);
            let Some(sealed) = self.parsed.sealed(index) else { continue };
            let line = self.parsed.line_of(index);
            self.follower.go_to(line);
            if !self.parsed.batch.examined.contains(&line) {
                self.steps.push(self.follower.feed(&sealed));
                continue;
            }
            let examination = self.follower.examine(&sealed, line);
            self.follower.observe();
            self.steps.push(self.follower.feed(&sealed));
            self.examinations.push(Examination { search: self.follower.take_observed(), ..examination });
        }
    }

    /// The slow way for a batch in which somebody asks about lines: each of them is examined before it takes its place. Nothing
    /// was guessed.
    fn examine(&mut self) -> bool {
        self.feed(0..self.parsed.sealed_lines());
        self.feed_suspects(self.parsed.sealed_lines());
        false
    }

    /// Looks at the suspects that stand above this one of the sealed lines. A run never has any among its own.
    fn feed_suspects(&mut self, sealed: usize) {
        while let Some((line, suspect)) = self.parsed.suspect(self.suspects, sealed) {
            self.suspects += 1;
            self.follower.go_to(line);
            let is_examined = self.parsed.batch.examined.contains(&line);
            if is_examined {
                self.follower.observe();
            }
            self.restored.extend(self.follower.feed_suspect(&suspect).map(|step| (line, step)));
            if is_examined {
                let search = self.follower.take_observed();
                self.examinations.push(Examination { line, search, ..Examination::default() });
            }
        }
    }

    /// Takes the entries of a run that fit, from the sealed line `first` on, into the chains; returns how many.
    fn commit(&mut self, first: usize, prediction: &Prediction, linked: Linked) -> usize {
        let Some(verifier) = linked.chain else { return 0 };
        let Some(sealed) = self.parsed.sealed(first) else { return 0 };
        let taken = first..first + linked.matched;
        let lines = self.parsed.fingerprints(taken.clone());
        self.follower.go_to(self.parsed.line_of(first));
        let at =
            |chain, position| ChainPosition { chain, key: prediction.key, position, spelling: Spelling::AsWritten };
        let chain = if prediction.position == 1 {
            if self.follower.is_repeated_start(sealed.fingerprint) {
                // Line by line: what stands here may only repeat what was verified.
                return 0;
            }
            let (chain, dropped) = self.follower.adopt(prediction.key, *sealed.seal, verifier, lines);
            self.steps.push(Step::Opens { at: at(chain, 1), dropped });
            chain
        } else {
            let Some(chain) = self.follower.advance_front(verifier, lines) else { return 0 };
            self.steps.push(Step::Continues(at(chain, prediction.position)));
            chain
        };
        let positions = prediction.position + 1..prediction.position + linked.matched as u64;
        self.steps.extend(positions.map(|position| Step::Continues(at(chain, position))));
        self.follower.remember(taken.map(|index| self.parsed.sealed_text(index)));
        linked.matched
    }
}
