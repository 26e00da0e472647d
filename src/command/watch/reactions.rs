//! What a watch does about alarms: hands them to the reactions of the configuration, those of before it began only as far as they are
//! still open. When a reaction is due is left to `reaction`.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::monitoring::{Metrics, ReactionResult};
use crate::output::Diagnostics;
use crate::plan::ReactionsPlan;
use crate::reaction::action::{Action, made_up_alarm};
use crate::reaction::{ReactionCounts, ReactionPlan, Reactor, UnixTime, test_reaction};
use crate::watch::{Alarm, AlarmId, AlarmState};

/// How long the end waits for targets that take their time.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// The reactions that are running, if there are any.
#[derive(Default)]
pub(super) struct Reactions {
    running: Mutex<Option<RunningReactions>>,
}

struct RunningReactions {
    reactor: Reactor<Action>,
    /// Of a first run, before everything that was there was read: the alarms that are open so far, each with its number.
    before: Option<BTreeMap<AlarmId, (u64, Alarm)>>,
    next: u64,
    /// Until then, the alarms that were there.
    seen: Option<HashSet<AlarmId>>,
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
        let Some(running) = &mut *lock(&self.running) else { return true };
        let is_news = running.reactor.knows(&alarm.id) != Some(AlarmState::Closed);
        running.observe(alarm);
        is_news
    }

    /// What was there at the beginning has been read: what is still open of it is told.
    pub(super) fn pass_beginning(&self) {
        if let Some(running) = &mut *lock(&self.running) {
            running.pass_beginning();
        }
    }

    /// Tells the metrics what became of notifications.
    pub(super) fn count(&self, metrics: &Metrics) {
        if let Some(running) = &mut *lock(&self.running) {
            running.count(metrics);
        }
    }

    /// Goes on with other reactions. The directory of what is remembered stays what it is.
    ///
    /// # Errors
    /// When no thread can be had, or the journal cannot be used.
    pub(super) fn reload(&self, plan: Option<ReactionsPlan>, metrics: &Metrics) -> Result<(), Failure> {
        let mut running = lock(&self.running);
        match (&mut *running, plan) {
            (Some(running), plan) => {
                let plan = plan.map_or_else(nothing, |plan| ready(plan, metrics));
                running.reactor.reload(plan)
            }
            (None, Some(plan)) => {
                let mut new = RunningReactions::open(plan, metrics)?;
                // What is there is known to nobody but the one who watches.
                (new.before, new.seen) = (None, None);
                new.reactor.catch_up();
                *running = Some(new);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// Tells what is still to be told, as far as the targets take it, and ends.
    pub(super) fn drain(&self, metrics: &Metrics) {
        self.count(metrics);
        let Some(running) = lock(&self.running).take() else { return };
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
        let before = (!reactor.is_caught_up()).then(BTreeMap::new);
        Ok(Self { reactor, before, next: 0, seen: Some(HashSet::new()), counted: BTreeMap::new() })
    }

    fn observe(&mut self, alarm: &Alarm) {
        if let Some(seen) = &mut self.seen {
            seen.insert(alarm.id.clone());
        }
        let Some(before) = &mut self.before else { return self.reactor.observe(alarm) };
        if alarm.state == AlarmState::Closed {
            before.remove(&alarm.id);
            if self.reactor.knows(&alarm.id).is_some() {
                return self.reactor.observe(alarm);
            }
            if self.reactor.knows(&alarm.id).is_some() {
                return self.reactor.observe(alarm);
            }
            // Nobody need be told of it, now or after a restart.
            self.reactor.remember(alarm);
        } else {
            self.next += 1;
            let number = before.get(&alarm.id).map_or(self.next, |(number, _)| *number);
            before.insert(alarm.id.clone(), (number, alarm.clone()));
        }
    }

    fn pass_beginning(&mut self) {
        let Some(seen) = self.seen.take() else { return };
        let mut open: Vec<(u64, Alarm)> = self.before.take().unwrap_or_default().into_values().collect();
        open.sort_by_key(|(number, _)| *number);
        open.iter().for_each(|(_, alarm)| self.reactor.observe(alarm));
        // What an earlier run saw begin, and no log tells of any more, nobody will ever see end.
        for alarm in self.reactor.open_alarms().into_iter().filter(|alarm| !seen.contains(&alarm.id)) {
            let summary = format!("{}; its log is not there any more", alarm.summary);
            self.reactor.observe(&Alarm { state: AlarmState::Closed, summary, ..alarm });
        }
        self.reactor.catch_up();
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
