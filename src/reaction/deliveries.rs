//! What is known of alarms, and how far each reaction is with them: the sum of the facts of a journal. Facts are the only way to change
//! it, so that it is the same before and after a restart. What follows from it is left to `schedule`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::clock::UnixTime;
use super::record::{Begin, Delivery, JournalEntry, NotificationResult, Purpose, ToldAlarm};
use crate::watch::{Alarm, AlarmId, AlarmState};

/// So many alarms are held with all that is known of them. The least severe ones make room.
pub const ALARMS_MAX: usize = 16_384;
/// Of so many that are over it is known that they were there; the oldest ones make room.
pub const OVER_MAX: usize = 100_000;
/// So many times of notifications are remembered for rate limits.
pub const TOLD_AT_MAX: usize = 1000;

/// How much less severe than others, and how much later: what makes room first is the greatest.
pub type Dispensability = (Reverse<u8>, u64);

/// What is known, and how far everybody is.
#[derive(Debug, Default)]
pub struct Deliveries {
    alarms: HashMap<AlarmId, KnownAlarm>,
    reactions: BTreeMap<Arc<str>, ReactionState>,
    /// Alarms with all that is known of them.
    whole: BTreeSet<(Dispensability, AlarmId)>,
    /// Alarms that are over.
    over: BTreeSet<(UnixTime, AlarmId)>,
    /// Changes of alarms so far.
    changes: u64,
    /// What was in the logs before anybody watched them has been read.
    is_caught_up: bool,
}

#[derive(Debug)]
enum KnownAlarm {
    /// All of it, and which change was its last.
    Whole { alarm: Arc<Alarm>, at: UnixTime, change: u64 },
    /// It is over, and everybody was told.
    Over { at: UnixTime },
}

/// How far a reaction is.
#[derive(Debug, Default)]
pub struct ReactionState {
    pub deliveries: HashMap<AlarmId, Delivery>,
    /// Notifications that began and did not end.
    pub open: BTreeMap<Purpose, OpenNotification>,
    /// Changes that were told to nobody, and that the next notification counts.
    pub withheld: u64,
    /// When the last notifications began.
    pub told_at: VecDeque<UnixTime>,
}

/// A notification that began.
#[derive(Clone, Debug)]
pub struct OpenNotification {
    pub begin: Begin,
    /// As they were then.
    pub alarms: Arc<[Alarm]>,
}

impl Deliveries {
    /// Whether what was in the logs before anybody watched them has been read.
    pub fn is_caught_up(&self) -> bool {
        self.is_caught_up
    }

    /// The alarms that are not over.
    pub fn open_alarms(&self) -> impl Iterator<Item = &Arc<Alarm>> {
        let alarms = self.alarms.values().filter_map(KnownAlarm::whole).map(|(alarm, ..)| alarm);
        alarms.filter(|alarm| alarm.state != AlarmState::Closed)
    }

    /// An alarm with all that is known of it, and which change was its last.
    pub fn alarm(&self, id: &AlarmId) -> Option<(&Arc<Alarm>, u64)> {
        match self.alarms.get(id)? {
            KnownAlarm::Whole { alarm, change, .. } => Some((alarm, *change)),
            KnownAlarm::Over { .. } => None,
        }
    }

    /// Where an alarm stands.
    pub fn state(&self, id: &AlarmId) -> Option<AlarmState> {
        Some(match self.alarms.get(id)? {
            KnownAlarm::Whole { alarm, .. } => alarm.state,
            KnownAlarm::Over { .. } => AlarmState::Closed,
        })
    }

    /// How far a reaction is.
    pub fn reaction(&self, name: &str) -> Option<&ReactionState> {
        self.reactions.get(name)
    }

    /// The reactions that something is known of.
    pub fn reactions(&self) -> impl Iterator<Item = (&Arc<str>, &ReactionState)> {
        self.reactions.iter()
    }

    /// The alarm that makes room when there is one too many.
    pub fn surplus(&self) -> Option<&AlarmId> {
        (self.whole.len() > ALARMS_MAX).then(|| self.whole.last()).flatten().map(|(_, id)| id)
    }

    /// Takes a fact in.
    pub fn apply(&mut self, entry: &JournalEntry) {
        match entry {
            JournalEntry::Version(_) => {}
            JournalEntry::CaughtUp => self.is_caught_up = true,
            JournalEntry::Alarm { at, alarm, joins } => self.change(*at, alarm, joins),
            JournalEntry::Begin(begin) => self.begin(begin),
            JournalEntry::End { at, reaction, purpose, result } => self.end(*at, reaction, *purpose, *result),
            JournalEntry::Left { reaction, id } => {
                self.of(reaction).deliveries.remove(id);
                self.settle(id);
            }
            JournalEntry::Held { reaction, id } => {
                let state = self.of(reaction);
                if let Some(delivery) = state.deliveries.get_mut(id).filter(|delivery| !delivery.held) {
                    delivery.held = true;
                    state.withheld += 1;
                }
            }
            JournalEntry::Forgotten { at, id } => self.forget(*at, id),
            JournalEntry::Retired { reaction } => {
                let gone = self.reactions.remove(reaction).unwrap_or_default();
                gone.deliveries.keys().for_each(|id| self.settle(id));
            }
            JournalEntry::Known { at, id } => self.pass(*at, id),
            JournalEntry::Delivery { reaction, id, delivery } => {
                self.of(reaction).deliveries.insert(id.clone(), delivery.clone());
            }
            JournalEntry::Standing { reaction, withheld, told_at } => {
                let state = self.of(reaction);
                (state.withheld, state.told_at) = (*withheld, told_at.iter().copied().collect());
            }
        }
    }

    fn of(&mut self, reaction: &Arc<str>) -> &mut ReactionState {
        self.reactions.entry(Arc::clone(reaction)).or_default()
    }

    fn change(&mut self, at: UnixTime, alarm: &Arc<Alarm>, joins: &[Arc<str>]) {
        let id = &alarm.id;
        match self.alarms.get(id) {
            Some(KnownAlarm::Over { .. }) => return,
            Some(KnownAlarm::Whole { alarm, change, .. }) => {
                self.whole.remove(&((Reverse(alarm.severity_score), *change), id.clone()));
            }
            None => {}
        }
        self.changes += 1;
        let change = self.changes;
        self.whole.insert(((Reverse(alarm.severity_score), change), id.clone()));
        self.alarms.insert(id.clone(), KnownAlarm::Whole { alarm: Arc::clone(alarm), at, change });
        for reaction in joins {
            self.of(reaction).deliveries.entry(id.clone()).or_insert_with(|| Delivery::starting(at));
        }
        self.settle(id);
    }

    fn begin(&mut self, begin: &Begin) {
        let as_told = |told: &ToldAlarm| {
            let alarm = Arc::unwrap_or_clone(Arc::clone(self.alarm(&told.id)?.0));
            Some(Alarm { state: told.state, ..alarm })
        };
        let alarms: Arc<[Alarm]> = begin.tells.iter().filter_map(as_told).collect();
        let state = self.of(&begin.reaction);
        for id in &begin.held {
            if let Some(delivery) = state.deliveries.get_mut(id) {
                delivery.held = true;
            }
        }
        if begin.purpose == Purpose::Tell {
            state.withheld = 0;
            state.told_at.push_back(begin.at);
            if state.told_at.len() > TOLD_AT_MAX {
                state.told_at.pop_front();
            }
        }
        if !alarms.is_empty() {
            state.open.insert(begin.purpose, OpenNotification { begin: begin.clone(), alarms });
        }
    }

    fn end(&mut self, at: UnixTime, reaction: &Arc<str>, purpose: Purpose, result: NotificationResult) {
        let state = self.of(reaction);
        let Some(OpenNotification { begin, alarms }) = state.open.remove(&purpose) else { return };
        for alarm in &*alarms {
            let Some(delivery) = state.deliveries.get_mut(&alarm.id) else { continue };
            if purpose == Purpose::Undo {
                delivery.undone = true;
                continue;
            }
            delivery.told = delivery.told.saturating_add(1);
            (delivery.at, delivery.state) = (at, Some(alarm.state));
            (delivery.count, delivery.entries) = (alarm.count, alarm.entries);
        }
        // Nobody has it: the next notification says how much that was.
        if purpose == Purpose::Tell && matches!(result, NotificationResult::Refused | NotificationResult::GivenUp) {
            state.withheld += begin.withheld + alarms.len() as u64;
        }
        begin.tells.iter().for_each(|told| self.settle(&told.id));
    }

    fn forget(&mut self, at: UnixTime, id: &AlarmId) {
        for state in self.reactions.values_mut() {
            let is_being_told = state.open.values().any(|open| open.begin.tells.iter().any(|told| told.id == *id));
            if let Some(delivery) = state.deliveries.remove(id) {
                state.withheld += u64::from(delivery.told == 0 && !delivery.held && !is_being_told);
            }
        }
        self.pass(at, id);
    }

    /// Keeps no more than the name of an alarm that is over and that no reaction is for any more.
    fn settle(&mut self, id: &AlarmId) {
        let Some(KnownAlarm::Whole { alarm, at, .. }) = self.alarms.get(id) else { return };
        if alarm.state == AlarmState::Closed && !self.reactions.values().any(|state| state.deliveries.contains_key(id))
        {
            self.pass(*at, id);
        }
    }

    fn pass(&mut self, at: UnixTime, id: &AlarmId) {
        match self.alarms.insert(id.clone(), KnownAlarm::Over { at }) {
            Some(KnownAlarm::Whole { alarm, change, .. }) => {
                self.whole.remove(&((Reverse(alarm.severity_score), change), id.clone()));
            }
            Some(KnownAlarm::Over { at }) => {
                self.over.remove(&(at, id.clone()));
            }
            None => {}
        }
        self.over.insert((at, id.clone()));
        if self.over.len() > OVER_MAX {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, id)) = self.over.pop_first() {
            self.alarms.remove(&id);
        }
    }

    /// Forgets alarms that were over before a moment.
    pub fn expire(&mut self, before: UnixTime) {
        while self.over.first().is_some_and(|(at, _)| *at < before) {
            self.drop_oldest();
        }
    }

    /// The facts that lead to what is known, as few as there can be.
    pub fn facts(&self) -> impl Iterator<Item = JournalEntry> {
        let over = self.over.iter().map(|(at, id)| JournalEntry::Known { at: *at, id: id.clone() });
        // With deliveries first, no alarm that is over passes before it was told.
        let deliveries = self.reactions.iter().flat_map(|(reaction, state)| {
            let mut deliveries: Vec<_> = state.deliveries.iter().collect();
            deliveries.sort_by_key(|(id, _)| *id);
            deliveries.into_iter().map(|(id, delivery)| {
                let (reaction, delivery) = (Arc::clone(reaction), delivery.clone());
                JournalEntry::Delivery { reaction, id: id.clone(), delivery }
            })
        });
        // What began is written as it was then; what the alarms are now comes behind it.
        let open = self.reactions.values().flat_map(|state| state.open.values()).flat_map(|open| {
            let at = open.begin.at;
            let alarm =
                move |alarm: &Alarm| JournalEntry::Alarm { at, alarm: Arc::new(alarm.clone()), joins: Vec::new() };
            let begin = JournalEntry::Begin(Begin { held: Vec::new(), ..open.begin.clone() });
            open.alarms.iter().map(alarm).chain([begin])
        });
        let mut whole: Vec<_> = self.alarms.values().filter_map(KnownAlarm::whole).collect();
        whole.sort_by_key(|(.., change)| *change);
        let whole = whole.into_iter().map(|(alarm, at, _)| {
            let alarm = Arc::clone(alarm);
            JournalEntry::Alarm { at, alarm, joins: Vec::new() }
        });
        let standings = self.reactions.iter().map(|(reaction, state)| {
            let told_at = state.told_at.iter().copied().collect();
            JournalEntry::Standing { reaction: Arc::clone(reaction), withheld: state.withheld, told_at }
        });
        let version = [JournalEntry::Version(super::record::VERSION)];
        let caught_up = self.is_caught_up.then_some(JournalEntry::CaughtUp);
        version.into_iter().chain(caught_up).chain(deliveries).chain(open).chain(whole).chain(over).chain(standings)
    }
}

impl KnownAlarm {
    fn whole(&self) -> Option<(&Arc<Alarm>, UnixTime, u64)> {
        match self {
            Self::Whole { alarm, at, change } => Some((alarm, *at, *change)),
            Self::Over { .. } => None,
        }
    }
}
