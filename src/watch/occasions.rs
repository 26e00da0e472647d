//! Alarms that no rule about numbers raises: a single occasion does, and further ones of its kind belong to the same alarm while they
//! are close. What an occasion is, is left to `log`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alarm::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, SealProof};
use crate::entry::LogTime;
use crate::event::Level;
use crate::incident::{EntryName, Severity, UpdateThrottle, refer};
use crate::line::Place;

/// Occasions further apart than this are alarms of their own, in milliseconds.
const APART_MS: i64 = 5 * 60_000;
/// How many alarms are kept apart at a time; beyond that clients are not told apart any more.
const OPEN_MAX: usize = 1_024;
/// How many clients and sessions an alarm lists, how many places, and how many examples.
const LISTED_MAX: usize = 100;
const PLACES_MAX: usize = 50;
const EXAMPLES_MAX: usize = 5;

/// What an alarm is about, whatever happens how often.
#[derive(Clone, Debug)]
pub(super) struct AlarmSubject {
    pub(super) kind: AlarmKind,
    /// The name of the rule, and what it demands.
    pub(super) rule: Arc<str>,
    pub(super) rule_text: Arc<str>,
    pub(super) title: Arc<str>,
    /// 0 to 10.
    pub(super) severity_score: u8,
    /// What is counted, in the plural.
    pub(super) counted: &'static str,
    pub(super) advice: &'static str,
}

/// One occasion.
#[derive(Clone, Debug)]
pub(super) struct Occasion {
    pub(super) name: EntryName,
    pub(super) verified: SealProof,
    pub(super) place: Place,
    pub(super) time: Option<LogTime>,
    pub(super) code: Option<u16>,
    pub(super) client: Option<Arc<str>>,
    pub(super) session: Option<String>,
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) error: Option<String>,
}

/// Whose alarm it is: of a rule, a client, and what is proven or what is not.
type OccasionKey = (AlarmKind, Arc<str>, Option<Arc<str>>, SealProof);

#[derive(Debug)]
struct OpenAlarm {
    alarm: Alarm,
    throttle: UpdateThrottle,
    latest_at: i64,
}

/// The alarms that are open.
#[derive(Debug, Default)]
pub(super) struct Occasions {
    open: BTreeMap<OccasionKey, OpenAlarm>,
}

impl Occasions {
    /// Takes an occasion in, at this time in milliseconds; what became of its alarm, when that is worth telling.
    pub(super) fn add(&mut self, stream: &str, subject: &AlarmSubject, occasion: Occasion, now: i64) -> Vec<Alarm> {
        let mut changed = self.advance(now);
        let mut key = (subject.kind, Arc::clone(&subject.rule), occasion.client.clone(), occasion.verified);
        if self.open.len() >= OPEN_MAX && !self.open.contains_key(&key) {
            key.2 = None;
        }
        let mut is_new = false;
        let open = self.open.entry(key).or_insert_with_key(|key| {
            is_new = true;
            let id = AlarmId::new(subject.kind, &subject.rule, key.2.as_deref(), occasion.name);
            let alarm = Alarm { group: key.2.clone(), ..begun(stream, subject, id, occasion.verified) };
            OpenAlarm { alarm, throttle: UpdateThrottle::told(1, now), latest_at: now }
        });
        open.latest_at = now;
        open.alarm.add(occasion);
        open.alarm.summary = summary(&open.alarm);
        if is_new {
            changed.push(open.alarm.clone());
        } else {
            changed.extend(open.update(now));
        }
        changed
    }

    /// It is so late: what is over, and what is worth telling again.
    pub(super) fn advance(&mut self, now: i64) -> Vec<Alarm> {
        let mut changed = Vec::new();
        self.open.retain(|_, open| {
            let is_over = now.saturating_sub(open.latest_at) > APART_MS;
            match is_over {
                true => changed.push(Alarm { state: AlarmState::Closed, ..open.alarm.clone() }),
                false => changed.extend(open.update(now)),
            }
            !is_over
        });
        changed
    }

    /// What is open and has grown, with its numbers of now, due or not.
    pub(super) fn tell_open(&mut self) -> Vec<Alarm> {
        self.open.values_mut().filter_map(|open| open.update(i64::MAX)).collect()
    }
}

impl OpenAlarm {
    /// Tells it again, when it is worth it.
    fn update(&mut self, now: i64) -> Option<Alarm> {
        let is_worth_it = self.throttle.admits(self.alarm.count, now);
        is_worth_it.then(|| Alarm { state: AlarmState::Updated, ..self.alarm.clone() })
    }
}

fn begun(stream: &str, subject: &AlarmSubject, id: AlarmId, verified: SealProof) -> Alarm {
    Alarm {
        state: AlarmState::Raised,
        kind: subject.kind,
        id,
        severity: Severity::of_score(subject.severity_score),
        severity_score: subject.severity_score,
        title: subject.title.to_string(),
        summary: String::new(),
        rule: subject.rule.to_string(),
        rule_text: subject.rule_text.to_string(),
        stream: stream.to_owned(),
        verified,
        group: None,
        client_ids: Vec::new(),
        client_ids_omitted: 0,
        session_ids: Vec::new(),
        session_ids_omitted: 0,
        codes: Vec::new(),
        count: 0,
        counted: subject.counted.to_owned(),
        entries: 0,
        first: None,
        last: None,
        places: Vec::new(),
        places_omitted: 0,
        examples: Vec::new(),
        advice: subject.advice.to_owned(),
        test: false,
    }
}

/// What happened so far, in a line.
pub(super) fn summary(alarm: &Alarm) -> String {
    let clients = match (&*alarm.client_ids, alarm.client_ids_omitted) {
        ([], _) => String::new(),
        ([client], 0) => format!(" of {client}"),
        (clients, omitted) => format!(" of {} clients", clients.len() as u64 + omitted),
    };
    let entries = match alarm.entries {
        entries if entries == alarm.count => String::new(),
        entries => format!(" in {entries} entries"),
    };
    format!("{}{clients}: {}{entries}", alarm.counted, alarm.count)
}

impl Alarm {
    fn add(&mut self, occasion: Occasion) {
        let Occasion { place, time, code, client, session, level, message, error, .. } = occasion;
        self.count += 1;
        self.entries += 1;
        self.first = self.first.into_iter().chain(time).min();
        self.last = self.last.into_iter().chain(time).max();
        if let Some(Err(at)) = code.map(|code| self.codes.binary_search(&code))
            && self.codes.len() < LISTED_MAX
        {
            self.codes.extend(code);
            let last = self.codes.len() - 1;
            self.codes[at..=last].rotate_right(1);
        }
        list(&mut self.client_ids, &mut self.client_ids_omitted, client.as_deref());
        list(&mut self.session_ids, &mut self.session_ids_omitted, session.as_deref());
        if !refer(&mut self.places, PLACES_MAX, &place.file, place.line) {
            self.places_omitted += 1;
        }
        let example = AlarmExample { level, message, error };
        if self.examples.len() < EXAMPLES_MAX && !self.examples.contains(&example) {
            self.examples.push(example);
        }
    }
}

/// Lists a name once. Of those beyond the list nobody knows whether they were counted before.
fn list(names: &mut Vec<String>, omitted: &mut u64, name: Option<&str>) {
    let Some(name) = name.filter(|name| !names.iter().any(|known| known == name)) else { return };
    match names.len() < LISTED_MAX {
        true => names.push(name.to_owned()),
        false => *omitted = (*omitted).max(1),
    }
}
