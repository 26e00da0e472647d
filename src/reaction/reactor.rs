//! Runs the schedule of reactions: a thread for each, so that a slow target delays nobody else, and one that keeps the journal. What is
//! done when is left to `schedule`.

use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::action::{Action, ActionFailure, Notification};
use super::clock::{SteadyClock, UnixTime, WallClock};
use super::condition::unknown;
use super::config::Reaction;
use super::deliveries::Deliveries;
use super::journal::{Journal, OpenedJournal};
use super::record::Purpose;
use super::schedule::{NotificationAttempt, ReactionCounts, ReactionSchedule};
use crate::failure::Failure;
use crate::watch::{Alarm, AlarmId, AlarmState};

/// How often the journal is flushed, made shorter when it is long, and tried again when it could not be written.
const KEEPING: Duration = Duration::from_secs(1);

/// Nobody sleeps for longer; what wakes a thread may have been missed by a clock that was stopped.
const SLEEP_MAX: Duration = Duration::from_secs(60);
const SLEEP_MIN: Duration = Duration::from_millis(1);

/// What a reaction does.
pub trait Perform: Send + Sync {
    /// Does it, once, within so long.
    ///
    /// # Errors
    /// When it did not come about, and whether the same again might.
    fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure>;

    /// What it would do, in a line without secrets.
    fn describe(&self) -> String;
}

impl Perform for Action {
    fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure> {
        Self::perform(self, notification, timeout)
    }

    fn describe(&self) -> String {
        Self::describe(self)
    }
}

/// Is told what people should know, a line without the prefix at a time.
pub type Announce = Arc<dyn Fn(&str) + Send + Sync>;

/// What reactions are to do.
#[derive(Debug)]
pub struct ReactionPlan<A> {
    /// Ready to be done.
    pub reactions: Vec<Reaction<A>>,
    /// How long alarms that are over are remembered.
    pub forget_after: Duration,
}

/// What was left when nothing more was to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Alarms of which something was still to be told, by reaction.
    pub left: BTreeMap<Arc<str>, u64>,
    /// Whether they are told after the next start.
    pub is_durable: bool,
}

/// Reactions that are running.
pub struct Reactor<A: Perform + 'static> {
    engine: Arc<Engine<A>>,
}

struct Engine<A> {
    clock: Arc<dyn WallClock>,
    announce: Announce,
    state: Mutex<ReactorState<A>>,
    /// Wakes whoever keeps the journal, or waits for the end.
    changed: Condvar,
    /// Whoever waits for it finds on disk what was written before.
    flushing: Mutex<()>,
}

struct ReactorState<A> {
    schedule: ReactionSchedule,
    /// None without a directory for it.
    journal: Option<Journal>,
    reactions: BTreeMap<Arc<str>, Arc<Reaction<A>>>,
    /// Wakes the thread of each.
    wakers: BTreeMap<Arc<str>, Arc<Condvar>>,
    forget_after: Duration,
    /// Attempts under way.
    busy: usize,
    is_stopped: bool,
}

impl<A: Perform + 'static> Reactor<A> {
    /// Goes on where the journal in `state` ended; without one, nothing of what was told outlives this process.
    ///
    /// # Errors
    /// When the journal cannot be used, or no thread can be had.
    pub fn open(plan: ReactionPlan<A>, state: Option<&Path>, announce: Announce) -> Result<Self, Failure> {
        Self::open_with_clock(plan, state, announce, Arc::new(SteadyClock::start()))
    }

    fn open_with_clock(
        plan: ReactionPlan<A>,
        state: Option<&Path>,
        announce: Announce,
        clock: Arc<dyn WallClock>,
    ) -> Result<Self, Failure> {
        let opened = state.map(Journal::open).transpose()?;
        let (journal, deliveries) = match opened {
            Some(OpenedJournal { journal, deliveries, warnings }) => {
                warnings.iter().for_each(|warning| announce(warning));
                (Some(journal), deliveries)
            }
            None => (None, Deliveries::default()),
        };
        let settings = plan.reactions.iter().map(|reaction| reaction.settings.clone()).collect();
        let schedule = ReactionSchedule::new(deliveries, settings, fastrand::u64(..));
        let state = ReactorState {
            schedule,
            journal,
            reactions: BTreeMap::new(),
            wakers: BTreeMap::new(),
            forget_after: plan.forget_after,
            busy: 0,
            is_stopped: false,
        };
        let engine = Arc::new(Engine {
            clock,
            announce,
            state: Mutex::new(state),
            changed: Condvar::new(),
            flushing: Mutex::default(),
        });
        let keeper = Arc::clone(&engine);
        spawn("journal", move || keeper.keep_journal())?;
        let reactor = Self { engine };
        reactor.reload(plan)?;
        Ok(reactor)
    }

    /// Takes a change of an alarm in: writes it down, and lets everybody know whom it concerns. Waits for no target.
    pub fn observe(&self, alarm: &Alarm) {
        let mut running = self.engine.state.lock();
        let concerned = running.schedule.observe(alarm, self.engine.clock.now());
        let notices = running.write_down();
        for name in concerned {
            running.wake(&name);
        }
        drop(running);
        self.engine.say(&notices);
    }

    /// Takes in an alarm that nobody is to be told of.
    pub fn remember(&self, alarm: &Alarm) {
        let mut running = self.engine.state.lock();
        running.schedule.remember(alarm, self.engine.clock.now());
        let notices = running.write_down();
        drop(running);
        self.engine.say(&notices);
    }

    /// Whether what was in the logs before anybody watched them has been read, now or by an earlier run.
    pub fn is_caught_up(&self) -> bool {
        self.engine.state.lock().schedule.deliveries().is_caught_up()
    }

    /// It has been read: whatever comes from now on is told, also what comes while nothing runs.
    pub fn catch_up(&self) {
        let mut running = self.engine.state.lock();
        running.schedule.catch_up();
        let notices = running.write_down();
        drop(running);
        self.engine.say(&notices);
    }

    /// The alarms that are not over.
    pub fn open_alarms(&self) -> Vec<Alarm> {
        self.engine.state.lock().schedule.deliveries().open_alarms().map(|alarm| Alarm::clone(alarm)).collect()
    }

    /// Where an alarm stands, when it is known.
    pub fn knows(&self, id: &AlarmId) -> Option<AlarmState> {
        self.engine.state.lock().schedule.deliveries().state(id)
    }

    /// What became of notifications since the start, by reaction.
    pub fn counts(&self) -> BTreeMap<Arc<str>, ReactionCounts> {
        self.engine.state.lock().schedule.counts()
    }

    /// Whether what is written down survives the end of this process; None without a directory for it.
    pub fn is_durable(&self) -> Option<bool> {
        self.engine.state.lock().journal.as_ref().map(Journal::is_durable)
    }

    /// Goes on with other reactions. What was told stays with their names.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn reload(&self, plan: ReactionPlan<A>) -> Result<(), Failure> {
        let mut running = self.engine.state.lock();
        running.forget_after = plan.forget_after;
        running.reactions =
            plan.reactions.into_iter().map(|it| (Arc::clone(&it.settings.name), Arc::new(it))).collect();
        let settings = running.reactions.values().map(|reaction| reaction.settings.clone()).collect();
        running.schedule.configure(settings);
        let notices = running.write_down();
        let names: Vec<_> = running.reactions.keys().cloned().collect();
        let new: Vec<_> = names.into_iter().filter(|name| !running.wakers.contains_key(name)).collect();
        for name in &new {
            running.wakers.insert(Arc::clone(name), Arc::default());
        }
        // The threads of those that are gone see it and end.
        running.wake_all();
        drop(running);
        self.engine.say(&notices);
        new.into_iter().try_for_each(|name| {
            let (engine, waker) = (Arc::clone(&self.engine), Arc::clone(&name));
            let spawned = spawn("reaction", move || engine.react(&name));
            spawned.inspect_err(|_| drop(self.engine.state.lock().wakers.remove(&waker)))
        })
    }

    /// Tells everything as soon as it can be told, for as long as `patience`, and ends.
    pub fn drain(self, patience: Duration) -> Drained {
        let mut running = self.engine.state.lock();
        running.schedule.drain();
        running.wake_all();
        let is_at_work = |running: &mut ReactorState<A>| running.busy > 0 || !running.schedule.is_settled();
        self.engine.changed.wait_while_for(&mut running, is_at_work, patience);
        let notices = running.write_down();
        let left = running.schedule.counts().into_iter().map(|(name, counts)| (name, counts.waiting));
        let left = left.filter(|(_, waiting)| *waiting > 0).collect();
        // Whoever comes next may have it: an attempt that is still under way is made again, with the same key.
        let journal = running.journal.take();
        running.is_stopped = true;
        drop(running);
        self.engine.say(&notices);
        let is_durable = journal.is_some_and(|mut journal| {
            let unflushed = journal.unflushed();
            journal.is_durable() && unflushed.is_none_or(|file| file.sync_data().is_ok())
        });
        Drained { left, is_durable }
    }
}

impl<A: Perform + 'static> Drop for Reactor<A> {
    fn drop(&mut self) {
        let mut running = self.engine.state.lock();
        running.is_stopped = true;
        running.journal = None;
        running.wake_all();
        self.engine.changed.notify_all();
    }
}

/// Does what a reaction would do about an alarm that was made up, once.
///
/// # Errors
/// When no reaction has this name, it only says what it would do, or what it does fails.
pub fn test_reaction<A: Perform>(
    reactions: &[Reaction<A>],
    name: &str,
    alarm: &Alarm,
    now: UnixTime,
) -> Result<(), Failure> {
    let Some(reaction) = reactions.iter().find(|reaction| &*reaction.settings.name == name) else {
        return Err(unknown("reaction", name, reactions.iter().map(|reaction| &*reaction.settings.name)));
    };
    if reaction.settings.dry_run {
        return Err(Failure::usage(format!("reaction {name}: a dry run, nothing is done"))
            .with_hint("leave dry-run out of the configuration to try it"));
    }
    let alarms = [Alarm { test: true, ..alarm.clone() }];
    // Nobody takes two tests for one.
    let key = format!("test-{}", now.since(UnixTime::default()).as_millis());
    let notification = Notification { reaction: name, alarms: &alarms, idempotency_key: &key, withheld: 0 };
    let done = reaction.action.perform(&notification, reaction.settings.timeout);
    done.map_err(|failure| Failure::new(format!("reaction {name}: {}", failure.message)))
}

impl<A> ReactorState<A> {
    /// Something may be due for a reaction.
    fn wake(&self, name: &str) {
        if let Some(waker) = self.wakers.get(name) {
            waker.notify_all();
        }
    }

    fn wake_all(&self) {
        for waker in self.wakers.values() {
            waker.notify_all();
        }
    }

    /// Writes what was decided into the journal, ahead of anything that is done about it; what is to be said.
    fn write_down(&mut self) -> Vec<String> {
        let entries = self.schedule.take_entries();
        let mut notices = self.schedule.take_notices();
        if let Some(journal) = self.journal.as_mut().filter(|_| !entries.is_empty())
            && let Err(error) = journal.append(&entries)
        {
            notices.push(not_durable(journal, &error));
        }
        notices
    }
}

fn not_durable(journal: &Journal, error: &io::Error) -> String {
    format!(
        "{}: cannot write the journal: {error}; alarms go on to be told, but what was told does not outlive this process until it can \
         be written again",
        journal.folder().display()
    )
}

impl<A> Engine<A> {
    fn say(&self, notices: &[String]) {
        notices.iter().for_each(|notice| (self.announce)(notice));
    }

    /// Puts on disk what was written.
    fn flush(&self) {
        let _flushing = self.flushing.lock();
        let Some(file) = self.state.lock().journal.as_mut().and_then(Journal::unflushed) else { return };
        if let Err(error) = file.sync_data() {
            let mut running = self.state.lock();
            let notice = running.journal.as_mut().map(|journal| {
                journal.distrust();
                not_durable(journal, &error)
            });
            drop(running);
            self.say(notice.as_slice());
        }
    }

    /// Keeps the journal on disk, and short.
    fn keep_journal(&self) {
        loop {
            let mut running = self.state.lock();
            self.changed.wait_while_for(&mut running, |running| !running.is_stopped, KEEPING);
            if running.is_stopped {
                return;
            }
            drop(running);
            self.flush();
            self.forget();
            self.shorten_journal();
        }
    }

    /// Forgets alarms that have been over for long.
    fn forget(&self) {
        let mut running = self.state.lock();
        let before = self.clock.now().minus(running.forget_after);
        running.schedule.expire(before);
    }

    /// Makes the journal anew when it is long, or could not be written. Flushing takes long; alarms are taken in meanwhile.
    fn shorten_journal(&self) {
        let mut running = self.state.lock();
        if !running.journal.as_ref().is_some_and(Journal::wants_anew) {
            return;
        }
        let ReactorState { schedule, journal: Some(journal), .. } = &mut *running else { return };
        let was_durable = journal.is_durable();
        let Ok(file) = journal.begin_anew(schedule.deliveries()) else { return };
        drop(running);
        let flushed = file.sync_all();
        let mut running = self.state.lock();
        let Some(journal) = &mut running.journal else { return };
        let finished = flushed.and_then(|()| journal.finish_anew());
        let is_back = !was_durable && matches!(finished, Ok(true));
        let notice = is_back.then(|| format!("{}: the journal can be written again", journal.folder().display()));
        drop(running);
        self.say(notice.as_slice());
    }
}

impl<A: Perform> Engine<A> {
    /// Does what a reaction is to do, for as long as there is such a reaction.
    fn react(&self, name: &Arc<str>) {
        let mut running = self.state.lock();
        while !running.is_stopped {
            let Some(reaction) = running.reactions.get(name).cloned() else { break };
            let now = self.clock.now();
            let attempt = running.schedule.step(name, now);
            let notices = running.write_down();
            let Some(attempt) = attempt else {
                running = self.sleep(running, name, now, &notices);
                continue;
            };
            running.busy += 1;
            drop(running);
            self.say(&notices);
            // Neither the alarm nor that it is told is lost with the power.
            self.flush();
            if let Some(action) = action_for(&reaction, &attempt).filter(|_| attempt.is_dry_run) {
                self.say(&[format!("reaction {name}: this would be done: {}", action.describe())]);
            }
            let result = perform(&reaction, &attempt);
            running = self.state.lock();
            running.busy -= 1;
            running.schedule.finish(name, attempt.purpose, self.clock.now(), result);
            let notices = running.write_down();
            self.changed.notify_all();
            drop(running);
            self.say(&notices);
            running = self.state.lock();
        }
        running.wakers.remove(name);
        self.changed.notify_all();
    }

    /// Waits until something may be due.
    fn sleep<'a>(
        &'a self,
        mut running: MutexGuard<'a, ReactorState<A>>,
        name: &Arc<str>,
        now: UnixTime,
        notices: &[String],
    ) -> MutexGuard<'a, ReactorState<A>> {
        if !notices.is_empty() {
            drop(running);
            self.say(notices);
            // Something may have come meanwhile.
            return self.state.lock();
        }
        let length = running.schedule.next_due(name).map_or(SLEEP_MAX, |due| due.since(now));
        let Some(waker) = running.wakers.get(name).cloned() else { return running };
        waker.wait_for(&mut running, length.clamp(SLEEP_MIN, SLEEP_MAX));
        running
    }
}

fn action_for<'r, A>(reaction: &'r Reaction<A>, attempt: &NotificationAttempt) -> Option<&'r A> {
    match attempt.purpose {
        Purpose::Tell => Some(&reaction.action),
        Purpose::Undo => reaction.undo.as_ref(),
    }
}

/// Does what is to be done; a panic in it ends nothing else.
fn perform<A: Perform>(reaction: &Reaction<A>, attempt: &NotificationAttempt) -> Result<(), ActionFailure> {
    let internal = |message: &str| ActionFailure { message: message.to_owned(), is_permanent: true, retry_after: None };
    let Some(action) = action_for(reaction, attempt) else {
        return Err(internal("the configuration has no undo any more"));
    };
    if attempt.is_dry_run {
        return Ok(());
    }
    let notification = Notification {
        reaction: &reaction.settings.name,
        alarms: &attempt.alarms,
        idempotency_key: &attempt.key,
        withheld: attempt.withheld,
    };
    // What a panic says may hold text of the log.
    panic::catch_unwind(AssertUnwindSafe(|| action.perform(&notification, attempt.timeout)))
        .unwrap_or_else(|_| Err(internal("internal error")))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(|_| ()).map_err(|error| Failure::new(format!("cannot start a thread: {error}")))
}

#[cfg(test)]
mod tests;
