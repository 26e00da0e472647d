//! What a reaction still has to tell, in the order in which it is told, and when. It follows from how far the reaction is with each
//! alarm and is worked out anew for one whenever that changes; attempts are left to `schedule`.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::clock::UnixTime;
use super::config::ReactionSettings;
use super::record::Delivery;
use crate::watch::{Alarm, AlarmId, AlarmState};

/// How severe an alarm is, the most severe first, and which change of alarms it was.
type Urgency = (Reverse<u8>, u64);

/// A reaction that is further behind tells of the least severe alarms as a number only, so that one whose target is down for long takes
/// no room from the others.
const RAISES_MAX: usize = 4096;

/// What is to be told and undone.
#[derive(Debug, Default)]
pub struct ReactionQueue {
    places: HashMap<AlarmId, QueuePlace>,
    /// Alarms of which nothing was told.
    raises: BTreeSet<(Urgency, AlarmId)>,
    /// Since when.
    raised_at: BTreeSet<(UnixTime, AlarmId)>,
    /// Alarms of which something else is to be told, by change.
    others: BTreeSet<(u64, AlarmId)>,
    /// Alarms that go on, by when they are told again.
    repeats: BTreeSet<(UnixTime, AlarmId)>,
    /// Alarms about which something was done, by when that ends.
    undos: BTreeSet<(UnixTime, AlarmId)>,
}

/// What is to be done about one alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuePlace {
    tell: Option<Tell>,
    undo: Option<UnixTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tell {
    Raise { urgency: Urgency, since: UnixTime },
    Other { change: u64 },
    Repeat { at: UnixTime },
}

impl QueuePlace {
    /// What is to be done about an alarm with which a reaction is so far.
    pub fn of(settings: &ReactionSettings, delivery: &Delivery, alarm: &Alarm, change: u64) -> Self {
        Self {
            tell: Tell::of(settings, delivery, alarm, change),
            undo: settings.undo.filter(|_| delivery.told > 0 && !delivery.undone).and_then(|undo| match alarm.state {
                AlarmState::Closed => Some(UnixTime::default()),
                _ => undo.after.map(|after| delivery.at.plus(after)),
            }),
        }
    }

    /// Whether there is nothing to be done, now or later.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Tell {
    fn of(settings: &ReactionSettings, delivery: &Delivery, alarm: &Alarm, change: u64) -> Option<Self> {
        let tells = |state| match state {
            AlarmState::Closed => settings.resolve && settings.when.tells(alarm, state),
            _ => settings.when.tells(alarm, state),
        };
        if delivery.held || delivery.undone {
            return None;
        }
        if delivery.told == 0 && tells(AlarmState::Raised) {
            let urgency = (Reverse(alarm.severity_score), change);
            return Some(Self::Raise { urgency, since: delivery.at });
        }
        let has_grown = alarm.count > delivery.count || alarm.entries > delivery.entries;
        match alarm.state {
            AlarmState::Closed if delivery.state != Some(AlarmState::Closed) && tells(AlarmState::Closed) => {
                Some(Self::Other { change })
            }
            AlarmState::Closed => None,
            AlarmState::Updated if has_grown && tells(AlarmState::Updated) => Some(Self::Other { change }),
            _ => settings
                .repeat
                .filter(|_| delivery.told > 0)
                .map(|repeat| Self::Repeat { at: delivery.at.plus(repeat) }),
        }
    }
}

impl ReactionQueue {
    /// Puts an alarm that is not in it in its place.
    pub fn put(&mut self, id: &AlarmId, place: QueuePlace) {
        if place.is_none() {
            return;
        }
        match place.tell {
            Some(Tell::Raise { urgency, since }) => {
                self.raises.insert((urgency, id.clone()));
                self.raised_at.insert((since, id.clone()));
            }
            Some(Tell::Other { change }) => {
                self.others.insert((change, id.clone()));
            }
            Some(Tell::Repeat { at }) => {
                self.repeats.insert((at, id.clone()));
            }
            None => {}
        }
        if let Some(at) = place.undo {
            self.undos.insert((at, id.clone()));
        }
        self.places.insert(id.clone(), place);
    }

    /// Takes an alarm out.
    pub fn remove(&mut self, id: &AlarmId) {
        let Some(place) = self.places.remove(id) else { return };
        match place.tell {
            Some(Tell::Raise { urgency, since }) => {
                self.raises.remove(&(urgency, id.clone()));
                self.raised_at.remove(&(since, id.clone()));
            }
            Some(Tell::Other { change }) => {
                self.others.remove(&(change, id.clone()));
            }
            Some(Tell::Repeat { at }) => {
                self.repeats.remove(&(at, id.clone()));
            }
            None => {}
        }
        if let Some(at) = place.undo {
            self.undos.remove(&(at, id.clone()));
        }
    }

    /// Whether anything is to be done about an alarm, now or later.
    pub fn has(&self, id: &AlarmId) -> bool {
        self.places.contains_key(id)
    }

    /// The alarm of which only the number is told, when there is one too many.
    pub fn surplus(&self) -> Option<&AlarmId> {
        (self.raises.len() > RAISES_MAX).then(|| self.raises.last()).flatten().map(|(_, id)| id)
    }

    /// How many alarms have something that is not told, repetitions aside.
    pub fn waiting(&self) -> usize {
        self.raises.len() + self.others.len()
    }

    /// Since when the first alarm waits of which nothing was told.
    pub fn first_raise(&self) -> Option<UnixTime> {
        self.raised_at.first().map(|(since, _)| *since)
    }

    /// Whether anything else is to be told at once.
    pub fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// When the next alarm is told again.
    pub fn first_repeat(&self) -> Option<UnixTime> {
        self.repeats.first().map(|(at, _)| *at)
    }

    /// When the next thing is undone.
    pub fn first_undo(&self) -> Option<(UnixTime, &AlarmId)> {
        self.undos.first().map(|(at, id)| (*at, id))
    }

    /// The alarms of which nothing was told, the most severe ones first.
    pub fn raises(&self) -> impl Iterator<Item = &AlarmId> {
        self.raises.iter().map(|(_, id)| id)
    }

    /// The alarms of which something else is to be told, the oldest change first.
    pub fn others(&self) -> impl Iterator<Item = &AlarmId> {
        self.others.iter().map(|(_, id)| id)
    }

    /// The alarms that are to be told again by a moment.
    pub fn repeats(&self, now: UnixTime) -> impl Iterator<Item = &AlarmId> {
        self.repeats.iter().take_while(move |(at, _)| *at <= now).map(|(_, id)| id)
    }
}
