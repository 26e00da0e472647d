//! What reactions do when: a machine without threads, files or a clock of its own. It is told of alarms, asked what is to be attempted
//! at a moment, and told how that went. All it decides are facts for the journal; running it is left to `reactor`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::action::ActionFailure;
use super::clock::UnixTime;
use super::condition::is_trusted;
use super::config::{ReactionSettings, Retry};
use super::deliveries::{Deliveries, OpenNotification, ReactionState};
use super::queue::{QueuePlace, ReactionQueue};
use super::record::{Begin, JournalEntry, NotificationResult, Purpose, ToldAlarm};
use crate::entry::length_in_words;
use crate::watch::{Alarm, AlarmId, AlarmState};

/// So many alarms are told one by one when a rate limit held them back; of the others it is said how many there are.
const DIGEST_ALARMS_MAX: usize = 10;

/// What all reactions do when.
#[derive(Debug)]
pub struct ReactionSchedule {
    deliveries: Deliveries,
    reactions: BTreeMap<Arc<str>, Scheduled>,
    /// Whether everything is told as soon as it can be.
    is_draining: bool,
    /// Spreads attempts.
    random: fastrand::Rng,
    /// Facts that the journal does not have yet.
    entries: Vec<JournalEntry>,
    /// What people should know of what happened; each one a line without the prefix.
    notices: Vec<String>,
}

/// A reaction.
#[derive(Debug)]
struct Scheduled {
    settings: ReactionSettings,
    queue: ReactionQueue,
    attempts: HashMap<Purpose, Attempts>,
    /// Whether what waits is told without regard to the interval: it did not fit into one notification.
    is_flushing: bool,
    /// Whether it was said that the rate limit holds something back.
    is_holding: bool,
    counts: ReactionCounts,
}

/// What was tried of a notification.
#[derive(Clone, Copy, Debug)]
struct Attempts {
    failed: u32,
    next: UnixTime,
}

/// What became of the notifications of a reaction since the start, by result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReactionCounts {
    /// Notifications that their target has.
    pub delivered: u64,
    /// Attempts that failed and are made again.
    pub failed: u64,
    /// Notifications that their target refused for good.
    pub refused: u64,
    /// Notifications that were attempted for too long.
    pub given_up: u64,
    /// Notifications that were only said.
    pub dry_run: u64,
    /// Changes of alarms that are told as a number only.
    pub withheld: u64,
    /// Things that were undone.
    pub undone: u64,
    /// Alarms of which something is still to be told.
    pub waiting: u64,
}

/// What is to be attempted.
#[derive(Clone, Debug)]
pub struct NotificationAttempt {
    pub purpose: Purpose,
    pub alarms: Arc<[Alarm]>,
    /// The same for every attempt.
    pub key: String,
    pub withheld: u64,
    pub timeout: Duration,
    pub is_dry_run: bool,
}

impl ReactionSchedule {
    /// Goes on with what is known, under the settings of now. `seed` spreads the attempts.
    pub fn new(deliveries: Deliveries, settings: Vec<ReactionSettings>, seed: u64) -> Self {
        let mut schedule = Self {
            deliveries,
            reactions: BTreeMap::new(),
            is_draining: false,
            random: fastrand::Rng::with_seed(seed),
            entries: Vec::new(),
            notices: Vec::new(),
        };
        schedule.configure(settings);
        schedule
    }

    /// Goes on under other settings. What is known of a reaction stays with its name; what one that is gone had to tell is said.
    pub fn configure(&mut self, settings: Vec<ReactionSettings>) {
        let names: BTreeSet<_> = settings.iter().map(|settings| Arc::clone(&settings.name)).collect();
        let known = self.deliveries.reactions().map(|(name, _)| Arc::clone(name));
        let gone: Vec<_> = known.filter(|name| !names.contains(name)).collect();
        for reaction in gone {
            let waiting = self.deliveries.reaction(&reaction).map_or(0, untold);
            if waiting > 0 {
                self.notices.push(format!(
                    "reaction {reaction} is gone from the configuration: {waiting} alarms that it had to tell are left out"
                ));
            }
            self.record(JournalEntry::Retired { reaction });
        }
        let mut before = std::mem::take(&mut self.reactions);
        for settings in settings {
            let name = Arc::clone(&settings.name);
            let (attempts, counts) = before.remove(&name).map_or_else(Default::default, |it| (it.attempts, it.counts));
            let queue = ReactionQueue::default();
            let scheduled = Scheduled { settings, queue, attempts, is_flushing: false, is_holding: false, counts };
            self.reactions.insert(Arc::clone(&name), scheduled);
            let known = self.deliveries.reaction(&name);
            let ids: Vec<AlarmId> = known.map_or_else(Vec::new, |state| state.deliveries.keys().cloned().collect());
            ids.iter().for_each(|id| self.place(&name, id));
        }
    }

    /// From now on everything is told as soon as it can be.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// What is known.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// Forgets alarms that were over before a moment.
    pub fn expire(&mut self, before: UnixTime) {
        self.deliveries.expire(before);
    }

    /// Facts that the journal does not have yet.
    pub fn take_entries(&mut self) -> Vec<JournalEntry> {
        std::mem::take(&mut self.entries)
    }

    /// What people should know; each one a line without the prefix.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// What became of notifications, by reaction.
    pub fn counts(&self) -> BTreeMap<Arc<str>, ReactionCounts> {
        let counts = |scheduled: &Scheduled, name: &str| {
            let open = self
                .deliveries
                .reaction(name)
                .map_or(0, |state| state.open.get(&Purpose::Tell).map_or(0, |open| open.alarms.len()));
            ReactionCounts { waiting: (scheduled.queue.waiting() + open) as u64, ..scheduled.counts.clone() }
        };
        self.reactions.iter().map(|(name, scheduled)| (Arc::clone(name), counts(scheduled, name))).collect()
    }

    /// Whether nothing is left to tell but what is told again.
    pub fn is_settled(&self) -> bool {
        self.reactions.iter().all(|(name, scheduled)| {
            let is_open = self.deliveries.reaction(name).is_some_and(|state| !state.open.is_empty());
            // An alarm that is over is undone at once.
            let is_undoing = scheduled.queue.first_undo().is_some_and(|(at, _)| at == UnixTime::default());
            !is_open && !is_undoing && scheduled.queue.waiting() == 0
        })
    }

    /// Takes a change of an alarm in. Numbers never go backwards, and what is over is over: a log that is read again says nothing new.
    /// Whose turn it may be by that, by name.
    pub fn observe(&mut self, alarm: &Alarm, now: UnixTime) -> Vec<Arc<str>> {
        let (alarm, is_news) = match (self.deliveries.alarm(&alarm.id), self.deliveries.state(&alarm.id)) {
            (_, Some(AlarmState::Closed)) | (None, Some(_)) => return Vec::new(),
            (None, None) => (Arc::new(alarm.clone()), true),
            (Some((known, _)), _) => {
                let merged = merged(known, alarm);
                let is_news = merged.is_some();
                (merged.map_or_else(|| Arc::clone(known), Arc::new), is_news)
            }
        };
        let joins: Vec<_> =
            self.reactions.iter().filter(|it| self.joins(it.0, it.1, &alarm)).map(|it| Arc::clone(it.0)).collect();
        if !is_news && joins.is_empty() {
            return Vec::new();
        }
        // What anybody may have written, and nobody is told of, takes no room from what is proven.
        if joins.is_empty() && !is_trusted(&alarm) && self.deliveries.state(&alarm.id).is_none() {
            return Vec::new();
        }
        let id = alarm.id.clone();
        self.record(JournalEntry::Alarm { at: now, alarm, joins });
        if let Some(surplus) = self.deliveries.surplus().cloned() {
            self.forget(surplus, now);
        }
        let names: Vec<_> = self.reactions.keys().cloned().collect();
        for name in &names {
            self.place(name, &id);
            self.hold_surplus(name);
        }
        names.into_iter().filter(|name| self.reactions.get(name).is_some_and(|it| it.queue.has(&id))).collect()
    }

    /// Tells an alarm as a number only, when a reaction is too far behind.
    fn hold_surplus(&mut self, name: &Arc<str>) {
        let Some(scheduled) = self.reactions.get_mut(name) else { return };
        let Some(id) = scheduled.queue.surplus().cloned() else { return };
        self.notices.extend(scheduled.lose("the reaction is far behind"));
        self.record(JournalEntry::Held { reaction: Arc::clone(name), id: id.clone() });
        self.place(name, &id);
    }

    /// Takes an alarm in that nobody is to be told of: it was over before anybody watched.
    pub fn remember(&mut self, alarm: &Alarm, now: UnixTime) {
        if self.deliveries.state(&alarm.id).is_none() {
            self.record(JournalEntry::Alarm { at: now, alarm: Arc::new(alarm.clone()), joins: Vec::new() });
            if let Some(surplus) = self.deliveries.surplus().cloned() {
                self.forget(surplus, now);
            }
        }
    }

    /// What was in the logs before anybody watched them has been read.
    pub fn catch_up(&mut self) {
        if !self.deliveries.is_caught_up() {
            self.record(JournalEntry::CaughtUp);
        }
    }

    /// Whether a reaction is for an alarm from now on.
    fn joins(&self, name: &str, scheduled: &Scheduled, alarm: &Alarm) -> bool {
        let is_known = self.deliveries.reaction(name).is_some_and(|state| state.deliveries.contains_key(&alarm.id));
        let settings = &scheduled.settings;
        !is_known && (settings.unverified || is_trusted(alarm)) && settings.when.matches(alarm)
    }

    /// Lets go of an alarm for which there is no room.
    fn forget(&mut self, id: AlarmId, now: UnixTime) {
        let untold = |name: &&Arc<str>| {
            let delivery = self.deliveries.reaction(name).and_then(|state| state.deliveries.get(&id));
            delivery.is_some_and(|delivery| delivery.told == 0 && !delivery.held)
        };
        let losers: Vec<_> = self.reactions.keys().filter(untold).cloned().collect();
        for scheduled in self.reactions.values_mut() {
            scheduled.queue.remove(&id);
        }
        for name in &losers {
            if let Some(scheduled) = self.reactions.get_mut(name) {
                self.notices.extend(scheduled.lose("more alarms are open than can be held"));
            }
        }
        self.record(JournalEntry::Forgotten { at: now, id });
    }

    /// When a reaction has something to attempt next.
    pub fn next_due(&self, name: &str) -> Option<UnixTime> {
        let scheduled = self.reactions.get(name)?;
        let state = self.deliveries.reaction(name)?;
        let attempt = |purpose| scheduled.attempts.get(&purpose).map_or(UnixTime::default(), |it| it.next);
        let undo = match state.open.contains_key(&Purpose::Undo) {
            true => Some(attempt(Purpose::Undo)),
            false => scheduled.queue.first_undo().map(|(at, _)| at),
        };
        let tell = match state.open.contains_key(&Purpose::Tell) {
            true => Some(attempt(Purpose::Tell)),
            false => self.tell_due(scheduled, state).map(|due| due.limited),
        };
        undo.into_iter().chain(tell).min()
    }

    /// When something is to be told that no notification holds yet.
    fn tell_due(&self, scheduled: &Scheduled, state: &ReactionState) -> Option<TellDue> {
        let ReactionSettings { wait, interval, rate_limit, .. } = &scheduled.settings;
        let last = state.told_at.back().copied().unwrap_or_default();
        // The first notification of all follows no other.
        let spaced = if state.told_at.is_empty() { last } else { last.plus(*interval) };
        let raise = scheduled.queue.first_raise().map(|since| since.plus(*wait).max(spaced));
        let other = scheduled.queue.has_others().then_some(spaced);
        let at_once = (self.is_draining || scheduled.is_flushing) && scheduled.queue.waiting() > 0;
        let news = if at_once { Some(last) } else { raise.into_iter().chain(other).min() };
        let repeat = scheduled.queue.first_repeat().map(|at| at.max(spaced));
        let unlimited = news.into_iter().chain(repeat).min()?;
        let limited = rate_limit.and_then(|limit| {
            let first = state.told_at.len().checked_sub(limit.at_most)?;
            Some(state.told_at.get(first)?.plus(limit.within))
        });
        Some(TellDue { unlimited, limited: limited.unwrap_or_default().max(unlimited) })
    }

    /// What a reaction is to attempt now.
    pub fn step(&mut self, name: &str, now: UnixTime) -> Option<NotificationAttempt> {
        if self.next_due(name).is_none_or(|due| due > now) {
            self.say_holding(name, now);
            return None;
        }
        for purpose in [Purpose::Undo, Purpose::Tell] {
            if !self.deliveries.reaction(name)?.open.contains_key(&purpose) {
                self.begin(name, purpose, now);
            }
            let scheduled = self.reactions.get(name)?;
            let Some(open) = self.deliveries.reaction(name)?.open.get(&purpose) else { continue };
            if scheduled.attempts.get(&purpose).is_none_or(|attempts| attempts.next <= now) {
                return Some(attempt(&scheduled.settings, open));
            }
        }
        None
    }

    /// Says, once, that the rate limit holds something back.
    fn say_holding(&mut self, name: &str, now: UnixTime) {
        let due = self.reactions.get(name).zip(self.deliveries.reaction(name)).and_then(|(scheduled, state)| {
            let is_open = state.open.contains_key(&Purpose::Tell);
            (!is_open).then(|| self.tell_due(scheduled, state)).flatten()
        });
        let holding = due.filter(|due| due.unlimited <= now && due.limited > now);
        let Some(scheduled) = self.reactions.get_mut(name) else { return };
        if let Some(due) = holding.filter(|_| !scheduled.is_holding) {
            scheduled.is_holding = true;
            let length = due.limited.since(now);
            let length = length_in_words(i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
            self.notices.push(format!("reaction {name}: its rate limit holds alarms back for {length}"));
        }
    }

    /// Begins a notification when one is due.
    fn begin(&mut self, name: &str, purpose: Purpose, now: UnixTime) {
        let Some((scheduled, state)) = self.reactions.get(name).zip(self.deliveries.reaction(name)) else { return };
        let (ids, held) = match purpose {
            Purpose::Undo => match scheduled.queue.first_undo().filter(|(at, _)| *at <= now) {
                Some((_, id)) => (vec![(id.clone(), self.deliveries.state(id))], Vec::new()),
                None => return,
            },
            Purpose::Tell => match self.tell_due(scheduled, state).filter(|due| due.limited <= now) {
                Some(due) => self.chosen(scheduled, due.limited > due.unlimited, now),
                None => return,
            },
        };
        let tells: Vec<_> = ids.into_iter().filter_map(|(id, state)| Some(ToldAlarm { id, state: state? })).collect();
        let withheld = if purpose == Purpose::Tell { state.withheld + held.len() as u64 } else { 0 };
        let key = idempotency_key(name, purpose, &tells, state);
        let reaction = Arc::clone(&scheduled.settings.name);
        let touched: Vec<AlarmId> = tells.iter().map(|told| &told.id).chain(&held).cloned().collect();
        let held_now = held.len() as u64;
        self.record(JournalEntry::Begin(Begin { at: now, reaction, purpose, key, tells, withheld, held }));
        touched.iter().for_each(|id| self.place(name, id));
        if let Some(scheduled) = self.reactions.get_mut(name).filter(|_| purpose == Purpose::Tell) {
            // What comes meanwhile is told at once as well, until nothing is left: a crowd is not told in instalments.
            scheduled.is_flushing = scheduled.queue.waiting() > 0;
            scheduled.is_holding = false;
            scheduled.counts.withheld += held_now;
            if held_now > 0 {
                self.notices
                    .push(format!("reaction {name}: of {held_now} alarms only the number is told (rate limit)"));
            }
        }
    }

    /// What the next notification tells, the oldest change first, and what it holds back.
    fn chosen(
        &self,
        scheduled: &Scheduled,
        is_digest: bool,
        now: UnixTime,
    ) -> (Vec<(AlarmId, Option<AlarmState>)>, Vec<AlarmId>) {
        let most = scheduled.settings.alarms_max;
        let raises_max = if is_digest { most.min(DIGEST_ALARMS_MAX) } else { most };
        let queue = &scheduled.queue;
        let raises = queue.raises().take(raises_max).map(|id| (id.clone(), Some(AlarmState::Raised)));
        let others = queue.others().map(|id| (id.clone(), self.deliveries.state(id)));
        let repeats = queue.repeats(now).map(|id| (id.clone(), Some(AlarmState::Updated)));
        let mut chosen: Vec<_> = raises.chain(others).chain(repeats).take(most).collect();
        chosen.sort_by_key(|(id, _)| self.deliveries.alarm(id).map(|(_, change)| change));
        let held = if is_digest { queue.raises().skip(raises_max).cloned().collect() } else { Vec::new() };
        (chosen, held)
    }

    /// Takes in how an attempt went.
    pub fn finish(&mut self, name: &str, purpose: Purpose, now: UnixTime, result: Result<(), ActionFailure>) {
        let Some((scheduled, state)) = self.reactions.get_mut(name).zip(self.deliveries.reaction(name)) else { return };
        let Some(open) = state.open.get(&purpose) else { return };
        let failed = scheduled.attempts.get(&purpose).map_or(0, |attempts| attempts.failed);
        let what = if purpose == Purpose::Tell { "" } else { ", undo" };
        let result = match result {
            Ok(()) if scheduled.settings.dry_run => {
                let names = open.alarms.iter().map(|alarm| alarm.id.as_str()).collect::<Vec<_>>().join(", ");
                self.notices.push(format!("reaction {name}{what}: a dry run, nothing is done about {names}"));
                NotificationResult::DryRun
            }
            Ok(()) => {
                if failed > 0 {
                    self.notices.push(format!("reaction {name}{what}: works again after {failed} failed attempts"));
                }
                NotificationResult::Delivered
            }
            Err(failure) if failure.is_permanent => {
                self.notices.push(format!("reaction {name}{what}: refused, not tried again: {}", failure.message));
                NotificationResult::Refused
            }
            Err(failure) => {
                let retry = scheduled.settings.retry;
                let pause = pause(retry, failed, &mut self.random).max(failure.retry_after.unwrap_or_default());
                let next = now.plus(pause);
                if next.since(open.begin.at) <= retry.give_up_after {
                    scheduled.counts.failed += 1;
                    scheduled.attempts.insert(purpose, Attempts { failed: failed.saturating_add(1), next });
                    if failed == 0 {
                        self.notices.push(format!("reaction {name}{what}: failed, tried again: {}", failure.message));
                    }
                    return;
                }
                self.notices.push(format!("reaction {name}{what}: given up: {}", failure.message));
                NotificationResult::GivenUp
            }
        };
        scheduled.counts.add(purpose, result);
        self.end(name, purpose, now, result);
    }

    fn end(&mut self, name: &str, purpose: Purpose, now: UnixTime, result: NotificationResult) {
        let Some(scheduled) = self.reactions.get_mut(name) else { return };
        scheduled.attempts.remove(&purpose);
        let reaction = Arc::clone(&scheduled.settings.name);
        let open = self.deliveries.reaction(name).and_then(|state| state.open.get(&purpose));
        let ids: Vec<_> =
            open.map_or_else(Vec::new, |open| open.begin.tells.iter().map(|told| told.id.clone()).collect());
        self.record(JournalEntry::End { at: now, reaction, purpose, result });
        ids.iter().for_each(|id| self.place(name, id));
    }

    /// Puts an alarm in its place in the queue of a reaction, or out of it. One that is over and that the reaction has nothing to do
    /// with any more is let go.
    fn place(&mut self, name: &str, id: &AlarmId) {
        let Some(scheduled) = self.reactions.get_mut(name) else { return };
        scheduled.queue.remove(id);
        let Some(state) = self.deliveries.reaction(name) else { return };
        let Some((delivery, (alarm, change))) = state.deliveries.get(id).zip(self.deliveries.alarm(id)) else { return };
        if state.open.values().any(|open| open.begin.tells.iter().any(|told| told.id == *id)) {
            return;
        }
        let place = QueuePlace::of(&scheduled.settings, delivery, alarm, change);
        if place.is_none() && alarm.state == AlarmState::Closed {
            let reaction = Arc::clone(&scheduled.settings.name);
            self.record(JournalEntry::Left { reaction, id: id.clone() });
        } else {
            scheduled.queue.put(id, place);
        }
    }

    fn record(&mut self, entry: JournalEntry) {
        self.deliveries.apply(&entry);
        self.entries.push(entry);
    }
}

impl Scheduled {
    /// Counts an alarm that is told as a number only; what is said of it now and then, as they come by the thousands.
    fn lose(&mut self, why: &str) -> Option<String> {
        self.counts.withheld += 1;
        let withheld = self.counts.withheld;
        let notice =
            || format!("reaction {}: {why}: of {withheld} alarms so far only the number is told", self.settings.name);
        withheld.is_power_of_two().then(notice)
    }
}

/// When something is to be told, by the rate limit and without it.
struct TellDue {
    unlimited: UnixTime,
    limited: UnixTime,
}

impl ReactionCounts {
    fn add(&mut self, purpose: Purpose, result: NotificationResult) {
        let count = match (purpose, result) {
            (Purpose::Undo, NotificationResult::Delivered) => &mut self.undone,
            (Purpose::Tell, NotificationResult::Delivered) => &mut self.delivered,
            (_, NotificationResult::Refused) => &mut self.refused,
            (_, NotificationResult::GivenUp) => &mut self.given_up,
            (_, NotificationResult::DryRun) => &mut self.dry_run,
        };
        *count += 1;
    }
}

/// How many alarms a reaction has told nothing of.
fn untold(state: &ReactionState) -> usize {
    state.deliveries.values().filter(|delivery| delivery.told == 0 && !delivery.held).count()
}

fn attempt(settings: &ReactionSettings, open: &OpenNotification) -> NotificationAttempt {
    let timeout = match (open.begin.purpose, settings.undo) {
        (Purpose::Undo, Some(undo)) => undo.timeout,
        _ => settings.timeout,
    };
    NotificationAttempt {
        purpose: open.begin.purpose,
        alarms: Arc::clone(&open.alarms),
        key: open.begin.key.clone(),
        withheld: open.begin.withheld,
        timeout,
        is_dry_run: settings.dry_run,
    }
}

/// The alarm as it is after a change; None when that says nothing new.
fn merged(known: &Alarm, change: &Alarm) -> Option<Alarm> {
    let is_behind = change.count < known.count || change.entries < known.entries;
    let state = known.state.max(change.state);
    let merged = Alarm { state, ..if is_behind { known.clone() } else { change.clone() } };
    (merged != *known).then_some(merged)
}

/// Half of it is left to chance, so that many that failed together do not come back together.
fn pause(retry: Retry, failed: u32, random: &mut fastrand::Rng) -> Duration {
    let whole = retry.first.saturating_mul(2_u32.saturating_pow(failed)).min(retry.longest);
    let half = whole / 2;
    half + half.mul_f64(random.f64())
}

/// The same for the same alarms in the same states, told as often as before.
fn idempotency_key(reaction: &str, purpose: Purpose, tells: &[ToldAlarm], state: &ReactionState) -> String {
    let purpose = if purpose == Purpose::Tell { "tell" } else { "undo" };
    // Names have no line feeds, and ids and states have neither.
    let mut text = format!("acralog notification 1\n{purpose}\n{reaction}\n");
    for ToldAlarm { id, state: told } in tells {
        let times = state.deliveries.get(id).map_or(0, |delivery| delivery.told);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{id} {} {times}", told.name());
    }
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

#[cfg(test)]
mod tests;
