//! What a watch does about alarms: hands them to the reactions of the configuration, those of before it began only as far as they are
//! still open. When a reaction is due is left to `reaction`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::entry::LogTime;
use crate::failure::Failure;
use crate::incident::Kind;
use crate::monitoring::{Metrics, ReactionResult};
use crate::output::Diagnostics;
use crate::plan::ReactionsPlan;
use crate::reaction::action::{Action, made_up_alarm};
use crate::reaction::{ReactionCounts, ReactionPlan, Reactor, UnixTime, test_reaction};
use crate::watch::{Alarm, AlarmId, AlarmKind, AlarmState};

/// What looks altered, and what is incomplete, is told within this time after a start, if it still is.
const MET_AFTER_MAX: Duration = Duration::from_secs(10 * 60);
/// How long the end waits for targets that take their time.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// The logs that are watched, by their names, and whether each was read from its beginning.
pub(super) type ReadLogs = HashMap<Arc<str>, bool>;

/// The reactions that are running, if there are any.
#[derive(Default)]
pub(super) struct Reactions {
    running: Mutex<Option<RunningReactions>>,
}

struct RunningReactions {
    reactor: Reactor<Action>,
    /// Of a first run, until everything that was there was read: the alarms that are open so far, in the order in which they were
    /// raised.
    before: Option<Vec<Alarm>>,
    /// Which alarms of earlier runs were met again.
    earlier: Earlier,
    /// What the metrics were told.
    counted: BTreeMap<Arc<str>, ReactionCounts>,
}

impl Reactions {
    /// Goes on where an earlier run ended.
    ///
    /// # Errors
    /// When the journal cannot be used, or no thread can be had.
    pub(super) fn open(plan: Option<ReactionsPlan>, metrics: &Metrics, is_replayed: bool) -> Result<Self, Failure> {
        let mut running = plan.map(|plan| RunningReactions::open(plan, metrics)).transpose()?;
        if let Some(running) = running.as_mut().filter(|_| is_replayed) {
            // All of it is told that would have been.
            running.before = None;
        }
        Ok(Self { running: Mutex::new(running) })
    }

    /// Takes in what became of an alarm; whether that is news, and not what an earlier run saw end. Waits for nobody.
    pub(super) fn observe(&self, alarm: &Alarm) -> bool {
        let Some(running) = &mut *self.running.lock() else { return true };
        let is_news = running.reactor.knows(&alarm.id) != Some(AlarmState::Closed);
        running.observe(alarm);
        is_news
    }

    /// What was there at the beginning has been read: what is still open of it is told.
    pub(super) fn pass_beginning(&self, logs: &ReadLogs) {
        if let Some(running) = &mut *self.running.lock() {
            running.pass_beginning(logs);
        }
    }

    /// Time passes: tells the metrics what became of notifications.
    pub(super) fn tick(&self, metrics: &Metrics) {
        if let Some(running) = &mut *self.running.lock() {
            running.count(metrics);
            let late = running.earlier.late(Instant::now());
            running.close(late);
        }
    }

    /// Goes on with other reactions. The directory of what is remembered stays what it is.
    ///
    /// # Errors
    /// When no thread can be had, or the journal cannot be used.
    pub(super) fn reload(&self, plan: Option<ReactionsPlan>, metrics: &Metrics) -> Result<(), Failure> {
        if let Some(running) = &mut *self.running.lock() {
            return running.reactor.reload(plan.map_or_else(nothing, |plan| ready(plan, metrics)));
        }
        let Some(plan) = plan else { return Ok(()) };
        // It may be waited for the journal, and for that nobody else.
        let mut new = RunningReactions::open(plan, metrics)?;
        // What is there is known to nobody but the one who watches.
        (new.before, new.earlier) = (None, Earlier::default());
        new.reactor.catch_up();
        *self.running.lock() = Some(new);
        Ok(())
    }

    /// Tells what is still to be told, as far as the targets take it, and ends.
    pub(super) fn drain(&self, metrics: &Metrics) {
        self.tick(metrics);
        let Some(running) = self.running.lock().take() else { return };
        let drained = running.reactor.drain(DRAIN_MAX);
        let when = if drained.is_durable { "they are told after the next start" } else { "they are lost" };
        for (name, alarms) in drained.left {
            Diagnostics::stderr().warning(&format!("reaction {name}: {alarms} alarms were not told: {when}"));
        }
    }
}

fn nothing() -> ReactionPlan<Action> {
    ReactionPlan { reactions: Vec::new(), forget_after: Duration::MAX }
}

impl RunningReactions {
    fn open(plan: ReactionsPlan, metrics: &Metrics) -> Result<Self, Failure> {
        let state = plan.state.clone();
        let announce = Arc::new(|text: &str| Diagnostics::stderr().warning(text));
        let reactor = Reactor::open(ready(plan, metrics), state.as_deref(), announce)?;
        let before = (!reactor.is_caught_up()).then(Vec::new);
        let earlier = Earlier::of(reactor.open_alarms());
        Ok(Self { reactor, before, earlier, counted: BTreeMap::new() })
    }

    fn observe(&mut self, alarm: &Alarm) {
        self.earlier.meet(&alarm.id);
        let Some(before) = &mut self.before else { return self.reactor.observe(alarm) };
        let known = before.iter().position(|known| known.id == alarm.id);
        if alarm.state == AlarmState::Closed {
            known.map(|known| before.remove(known));
            if self.reactor.knows(&alarm.id).is_some() {
                return self.reactor.observe(alarm);
            }
            // Nobody need be told of it, now or after a restart.
            self.reactor.remember(alarm);
        } else if let Some(known) = known {
            before[known] = alarm.clone();
        } else {
            before.push(alarm.clone());
        }
    }

    fn pass_beginning(&mut self, logs: &ReadLogs) {
        self.before.take().into_iter().flatten().for_each(|alarm| self.reactor.observe(&alarm));
        self.reactor.catch_up();
        let gone = self.earlier.gone(logs, Instant::now());
        self.close(gone);
    }

    /// Ends alarms of earlier runs that nobody will ever see end.
    fn close(&self, gone: Vec<Alarm>) {
        for alarm in gone {
            let summary = format!("{}; nothing is there that tells of it any more", alarm.summary);
            self.reactor.observe(&Alarm { state: AlarmState::Closed, summary, ..alarm });
        }
    }

    fn count(&mut self, metrics: &Metrics) {
        if let Some(is_durable) = self.reactor.is_durable() {
            metrics.set_journal_durable(is_durable);
        }
        for (name, now) in self.reactor.counts() {
            let before = self.counted.insert(Arc::clone(&name), now.clone()).unwrap_or_default();
            let results = [
                (ReactionResult::Delivered, now.delivered, before.delivered),
                (ReactionResult::Failed, now.failed, before.failed),
                (ReactionResult::Abandoned, now.refused + now.given_up, before.refused + before.given_up),
                (ReactionResult::Withheld, now.withheld, before.withheld),
                (ReactionResult::DryRun, now.dry_run, before.dry_run),
            ];
            for (result, now, before) in results {
                metrics.add_reactions(&name, result, now.saturating_sub(before));
            }
            metrics.set_reactions_pending(&name, now.waiting);
        }
    }
}

/// Alarms that earlier runs left open, and that were not met again so far. What makes them is read again when a watch begins, as long as
/// it is there.
#[derive(Default)]
struct Earlier {
    open: BTreeMap<AlarmId, Alarm>,
    /// When everything that was there had been read.
    since: Option<Instant>,
}

impl Earlier {
    fn of(open: Vec<Alarm>) -> Self {
        Self { open: open.into_iter().map(|alarm| (alarm.id.clone(), alarm)).collect(), since: None }
    }

    fn meet(&mut self, id: &AlarmId) {
        self.open.remove(id);
    }

    /// Everything that was there has been read, of these logs: the alarms that it does not tell of any more. Some are told of by time
    /// alone, and what raised them may stand in what is not read again: those may be met yet.
    fn gone(&mut self, logs: &ReadLogs, now: Instant) -> Vec<Alarm> {
        self.since = Some(now);
        let may_come = |alarm: &Alarm| logs.get(&*alarm.stream).is_some_and(|whole| !whole || takes_time(alarm.kind));
        self.open.extract_if(.., |_, alarm| !may_come(alarm)).map(|(_, alarm)| alarm).collect()
    }

    /// Those that would have been met by now. A silence is ended by the next entry, whenever that comes.
    fn late(&mut self, now: Instant) -> Vec<Alarm> {
        if self.since.is_none_or(|since| now.duration_since(since) < MET_AFTER_MAX) {
            return Vec::new();
        }
        let is_late = |alarm: &Alarm| alarm.kind != AlarmKind::Incident(Kind::Silence);
        self.open.extract_if(.., |_, alarm| is_late(alarm)).map(|(_, alarm)| alarm).collect()
    }
}

/// Whether an alarm is raised by how long something lasts, and not by an entry that can be read again.
fn takes_time(kind: AlarmKind) -> bool {
    kind.is_of_integrity() || kind == AlarmKind::Incident(Kind::Silence)
}

fn ready(plan: ReactionsPlan, metrics: &Metrics) -> ReactionPlan<Action> {
    let ReactionsPlan { reactions, forget_after, .. } = plan;
    reactions.iter().for_each(|reaction| metrics.know_reaction(&reaction.settings.name));
    ReactionPlan { reactions, forget_after }
}

/// Has one reaction do what it does with an alarm that was made up.
///
/// # Errors
/// When there is none of this name, or it fails.
pub(super) fn test(plan: &ReactionsPlan, name: &str) -> Result<(), Failure> {
    let now = LogTime::now();
    let alarm = made_up_alarm("acralog tries this reaction: nothing happened", now);
    test_reaction(&plan.reactions, name, &alarm, UnixTime::of_milliseconds(u64::try_from(now.unix_ms).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alarms_that_a_restart_leaves_open_those_end_that_nothing_tells_of_any_more() {
        let kinds = [Kind::PoisonRecord, Kind::IntegrityFailure, Kind::Silence];
        let alarm = |kind: Kind, stream: &str| Alarm {
            kind: AlarmKind::Incident(kind),
            stream: stream.to_owned(),
            ..made_up_alarm(&format!("{} {stream}", kind.name()), LogTime { unix_ms: 0 })
        };
        let open = kinds.iter().flat_map(|kind| ["here", "gone", "met", "behind"].map(|stream| alarm(*kind, stream)));
        let mut earlier = Earlier::of(open.collect());
        kinds.iter().for_each(|kind| earlier.meet(&alarm(*kind, "met").id));
        let names = |alarms: Vec<Alarm>| {
            let mut names: Vec<_> = alarms.into_iter().map(|it| (it.kind.name(), it.stream)).collect();
            names.sort();
            names.into_iter().map(|(kind, stream)| format!("{kind} {stream}")).collect::<Vec<_>>()
        };
        let now = Instant::now();
        assert!(earlier.late(now + MET_AFTER_MAX).is_empty(), "what was there is still being read");
        let logs = [("here", true), ("met", true), ("behind", false)];
        let logs = logs.map(|(log, is_whole)| (Arc::from(log), is_whole)).into();
        let gone = ["integrity-failure gone", "poison-record gone", "poison-record here", "silence gone"];
        assert_eq!(names(earlier.gone(&logs, now)), gone);
        assert!(earlier.late(now).is_empty(), "what lasts may still be told");
        let late = ["integrity-failure behind", "integrity-failure here", "poison-record behind"];
        assert_eq!(names(earlier.late(now + MET_AFTER_MAX)), late);
        assert!(earlier.late(now + 2 * MET_AFTER_MAX).is_empty(), "a silence ends with the next entry");
    }
}
