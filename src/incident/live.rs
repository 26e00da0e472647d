//! Incidents of a log that is being written: raised by the entry that makes one of them, updated while they go on, closed when they are
//! over. The rules are those of a report. Entries that verify and all others are kept apart: whoever writes to the log without the
//! key neither raises nor hides what is proven. What is told of a change is left to whoever asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::context::{EntryContext, StreamContext, Tick};
use super::detectors::{Detectors, LiveEpisodes, TrackKey, track_key};
use super::gaps::{Pause, Pauses};
use super::incidents::IncidentBuilder;
use super::kind::Kind;
use super::occurrence::{EntryFacts, EntryName, Occurrence, Sign};
use super::report::{Applied, Incident};
use super::rules::Rules;
use super::sigma::SigmaMatches;
use super::throttle::UpdateThrottle;
use crate::entry::LogTime;
use crate::event::Event;
use crate::line::Place;
use crate::query::{MatchState, SigmaHits, SigmaMatch, SigmaRules};
use crate::verdict::{Integrity, IntegrityStatus};

/// A time that is further behind the latest one is no jitter, in milliseconds.
const JUMP_MS: i64 = 60_000;
/// Whoever ships a log later than this does not ship it live, in milliseconds.
const LAG_MAX_MS: i64 = 15 * 60_000;
/// With each entry, this part of the lag of earlier ones is forgotten.
const LAG_STEPS: i64 = 256;
/// What a time in whole seconds leaves open, in milliseconds.
const SECOND_MS: i64 = 1_000;

/// Where an entry stands, and what is known of it besides what it says.
#[derive(Clone, Copy, Debug)]
pub struct LiveEntry<'a> {
    /// The file.
    pub file: &'a Arc<str>,
    /// The line.
    pub line: u64,
    /// Its text.
    pub text: &'a [u8],
    /// What verification says of it; None when there is none.
    pub integrity: Option<Integrity<'a>>,
    /// When it was read, in milliseconds of a clock that never goes back.
    pub read_at: i64,
    /// The time of this machine by then; None where a log of the past is replayed.
    pub wall: Option<LogTime>,
}

/// An incident as it stands.
#[derive(Debug)]
pub struct LiveIncident {
    /// The entry that made it one.
    pub raised_by: EntryName,
    /// What tells it apart from others of its kind: the client, or the rule of Sigma and what that groups by.
    pub group: Option<Arc<str>>,
    /// Whether all of its entries verify.
    pub is_proven: bool,
    /// All that is known of it. It has no number.
    pub incident: Incident,
}

/// What became of an incident.
#[derive(Debug)]
pub struct IncidentChange {
    /// Whether it is one from now on, goes on, or is over.
    pub state: MatchState,
    /// The incident.
    pub incident: LiveIncident,
}

/// How an incident stands, or what may become one.
#[derive(Debug)]
pub struct Standing {
    /// What kind it would be.
    pub kind: Kind,
    /// The client, where incidents of this kind are of one.
    pub client: Option<Arc<str>>,
    /// What the rule demands, for people.
    pub rule: String,
    /// How many occurrences are not enough so far.
    pub waiting: usize,
    /// How many are.
    pub enough: Option<u64>,
    /// Whether it was raised.
    pub is_open: bool,
}

/// An entry whose time is behind that of an earlier one.
#[derive(Debug)]
pub struct ClockJump {
    /// The entry.
    pub name: EntryName,
    /// Where it stands.
    pub place: Place,
    /// The latest time before it.
    pub from: LogTime,
    /// What it says.
    pub to: LogTime,
    /// Whether it verifies.
    pub is_proven: bool,
}

/// The incidents of one log.
#[derive(Debug)]
pub struct LiveIncidents {
    proven: LiveLane,
    unproven: LiveLane,
    sigma: Option<Arc<SigmaRules>>,
    changes: Vec<IncidentChange>,
    jumps: Vec<ClockJump>,
}

impl LiveIncidents {
    /// Of a log of which nothing was read yet.
    pub fn new(stream: &Arc<str>, rules: Rules, sigma: Option<&Arc<SigmaRules>>) -> Self {
        Self {
            proven: LiveLane::new(stream, rules, sigma, true),
            unproven: LiveLane::new(stream, rules, sigma, false),
            sigma: sigma.cloned(),
            changes: Vec::new(),
            jumps: Vec::new(),
        }
    }

    /// Takes in the next entry of the log. One that stands there twice happened once.
    pub fn observe(&mut self, event: Event<'_>, entry: LiveEntry<'_>) {
        let status = entry.integrity.map(|integrity| integrity.status);
        let (own, other) = match status {
            Some(IntegrityStatus::Repeated) => return,
            Some(status) if status.is_proven() => (&mut self.proven, &mut self.unproven),
            _ => (&mut self.unproven, &mut self.proven),
        };
        let hits = self.sigma.as_ref().map(|rules| rules.hits(&event)).filter(|hits| !hits.is_empty());
        let facts = EntryFacts { sigma: hits.map(Box::new), ..EntryFacts::of(event) };
        // Which run it is, everybody knows: a start-up line may rightly have no seal (events, trap 5). That one was stopped, and by
        // that need not log any more, only entries say that verify, where any does.
        let is_start = matches!(facts.sign, Some(Sign::StartUp(_)));
        if is_start || own.is_proven || other.previous.is_none() {
            other.context.runs.observe(&facts, entry.file, entry.line, other.context.clock.now);
            other.is_started |= is_start;
        }
        let latest = own.context.clock.latest;
        // Where entries verify, a line that does not is no sign of life.
        let is_watched = own.is_proven || other.previous.is_none();
        own.observe(&facts, &entry, is_watched, &mut self.changes);
        if let (Some(from), Some(to)) = (latest, facts.time)
            && from.unix_ms.saturating_sub(to.unix_ms) > JUMP_MS
        {
            let place = Place { file: Arc::clone(entry.file), line: entry.line };
            let name = EntryName::of(entry.integrity.as_ref(), entry.text);
            self.jumps.push(ClockJump { name, place, from, to, is_proven: own.is_proven });
        }
    }

    /// Other rules hold from here on. What was raised by the ones before stays open as long as it goes on, but for rules of Sigma: where
    /// those are others, their matches end.
    pub fn set_rules(&mut self, rules: Rules, sigma: Option<&Arc<SigmaRules>>) {
        let is_same = match (&self.sigma, sigma) {
            (Some(known), Some(sigma)) => known.is_same_as(sigma),
            (None, None) => true,
            _ => false,
        };
        for lane in [&mut self.proven, &mut self.unproven] {
            lane.detectors.set_rules(rules);
            lane.pauses.set_rule(rules.silence);
            if !is_same {
                lane.end_matches(&mut self.changes);
                lane.sigma = sigma.map(|rules| SigmaMatches::new(Arc::clone(rules)));
            }
        }
        if !is_same {
            self.sigma = sigma.cloned();
        }
    }

    /// It is so late by the clock by which entries are read, and nothing more was read so far.
    pub fn advance(&mut self, now: i64) {
        let is_verified = self.proven.previous.is_some();
        for (lane, is_watched) in [(&mut self.proven, true), (&mut self.unproven, !is_verified)] {
            lane.advance_idle(now, is_watched, &mut self.changes);
        }
    }

    /// Nothing more comes: what is open is told with its numbers of now, due or not.
    pub fn tell_open(&mut self) {
        for lane in [&mut self.proven, &mut self.unproven] {
            let open: Vec<TrackKey> = lane.open.keys().cloned().collect();
            open.iter().for_each(|key| lane.update(key, i64::MAX, &mut self.changes));
        }
    }

    /// What became of incidents since the last time, in the order in which it did.
    pub fn take_changes(&mut self) -> Vec<IncidentChange> {
        std::mem::take(&mut self.changes)
    }

    /// Times that went back since the last time.
    pub fn take_clock_jumps(&mut self) -> Vec<ClockJump> {
        std::mem::take(&mut self.jumps)
    }

    /// How much time has passed, in milliseconds, since the first entry that verifies, or since the first other one; so late it is
    /// by the clock by which entries are read.
    pub fn elapsed(&self, is_proven: bool, now: i64) -> i64 {
        let lane = if is_proven { &self.proven } else { &self.unproven };
        lane.context.clock.now.saturating_add(now.saturating_sub(lane.read_at))
    }

    /// How the incident stands that the latest entry may be part of; None when no rule is about it.
    pub fn standing(&self, is_proven: bool) -> Option<Standing> {
        let lane = if is_proven { &self.proven } else { &self.unproven };
        let key = lane.latest.as_ref()?;
        let (rule, waiting, enough) = lane.detectors.standing(key);
        Some(Standing {
            kind: key.0,
            client: key.1.clone(),
            rule,
            waiting,
            enough,
            is_open: lane.open.contains_key(key),
        })
    }

    /// The time of the latest entry that verifies.
    pub fn proven_until(&self) -> Option<LogTime> {
        self.proven.context.clock.latest
    }
}

/// Entries of one kind: those that verify, or the others.
#[derive(Debug)]
struct LiveLane {
    is_proven: bool,
    sigma: Option<SigmaMatches>,
    /// The matches of rules of Sigma that were told, by their numbers.
    matches: HashMap<u64, OpenMatch>,
    context: StreamContext,
    detectors: Detectors,
    open: BTreeMap<TrackKey, OpenIncident>,
    pauses: Pauses,
    /// The latest entry that states its time.
    previous: Option<LatestEntry>,
    /// What was usual and what was allowed when the silence began that nothing has ended yet, in milliseconds.
    silence: Option<(i64, i64)>,
    /// A service started since the latest entry: that it was down is no silence.
    is_started: bool,
    /// What the latest entry belongs to, when it is about anything.
    latest: Option<TrackKey>,
    /// When it was read.
    read_at: i64,
    /// How far entries were behind the clock when they were read, in milliseconds: nothing is missing that may still be on its way.
    lag: i64,
    /// When incidents that go on were last looked through.
    looked_at: i64,
}

#[derive(Debug)]
struct OpenIncident {
    raised_by: EntryName,
    throttle: UpdateThrottle,
    /// The rule that was met when it was told last.
    rule: Applied,
}

#[derive(Debug)]
struct OpenMatch {
    raised_by: EntryName,
    throttle: UpdateThrottle,
}

#[derive(Clone, Debug)]
struct LatestEntry {
    time: LogTime,
    place: Place,
    name: EntryName,
}

impl LiveLane {
    fn new(stream: &Arc<str>, rules: Rules, sigma: Option<&Arc<SigmaRules>>, is_proven: bool) -> Self {
        let mut context = StreamContext::live();
        context.begin_stream(stream);
        Self {
            is_proven,
            sigma: sigma.map(|rules| SigmaMatches::new(Arc::clone(rules))),
            matches: HashMap::new(),
            context,
            detectors: Detectors::live(rules),
            open: BTreeMap::new(),
            pauses: Pauses::new(rules.silence),
            previous: None,
            silence: None,
            is_started: false,
            latest: None,
            read_at: 0,
            lag: 0,
            looked_at: 0,
        }
    }

    fn observe(
        &mut self,
        facts: &EntryFacts<'_>,
        entry: &LiveEntry<'_>,
        is_watched: bool,
        changes: &mut Vec<IncidentChange>,
    ) {
        let status = entry.integrity.map(|integrity| integrity.status);
        let name = EntryName::of(entry.integrity.as_ref(), entry.text);
        let mut placed = self.context.place(facts, entry.file, entry.line, status);
        placed.name = Some(name);
        self.read_at = entry.read_at;
        self.note_lag(facts.time, entry.wall);
        if is_watched {
            self.pass_pause(&placed, name, changes);
        }
        let whole_seconds = facts.time.is_some_and(|time| time.unix_ms % SECOND_MS == 0);
        let Tick { now, .. } = placed.tick;
        self.advance(if whole_seconds { now - SECOND_MS } else { now }, changes);
        self.latest = placed.kind().map(|kind| {
            let kind = if kind == Kind::SqlFirewallBlock { Kind::SqlFirewallBurst } else { kind };
            track_key(kind, placed.client.as_ref())
        });
        let session = self.context.session_of(facts);
        placed.tell(&mut self.detectors, session);
        let occurrence = facts.sigma.as_ref().map(|_| placed.occurrence(session));
        self.settle(now, changes);
        if let (Some(hits), Some(occurrence)) = (&facts.sigma, occurrence) {
            self.match_sigma(hits, now, occurrence, changes);
        }
    }

    /// Other rules take the place of those that matched.
    fn end_matches(&mut self, changes: &mut Vec<IncidentChange>) {
        let mut matches = self.sigma.as_mut().map(SigmaMatches::finish_live).unwrap_or_default();
        matches.retain(|change| change.state == MatchState::Closed && self.matches.contains_key(&change.id));
        self.tell_matches(&matches, self.context.clock.now, changes);
        self.matches.clear();
    }

    fn match_sigma(&mut self, hits: &SigmaHits, clock: i64, occurrence: Occurrence, changes: &mut Vec<IncidentChange>) {
        let Some(sigma) = &mut self.sigma else { return };
        let matches = sigma.observe_live(hits, clock, || occurrence);
        self.tell_matches(&matches, clock, changes);
    }

    /// Tells what became of matches of rules of Sigma, of those that grow when it is worth it.
    fn tell_matches(&mut self, matches: &[SigmaMatch<Arc<Occurrence>>], clock: i64, changes: &mut Vec<IncidentChange>) {
        let Some(sigma) = &mut self.sigma else { return };
        for change in matches {
            let open = self.matches.get_mut(&change.id);
            let raised_by = open.as_deref().map(|open| open.raised_by);
            let is_worth_it = open.is_some_and(|open| open.throttle.admits(change.count, clock));
            if change.state == MatchState::Updated && !is_worth_it {
                continue;
            }
            let Some((incident, latest)) = sigma.standing(change) else { continue };
            let Some(raised_by) = raised_by.or(latest) else { continue };
            match change.state {
                MatchState::Raised => {
                    let throttle = UpdateThrottle::told(change.count, clock);
                    self.matches.insert(change.id, OpenMatch { raised_by, throttle });
                }
                MatchState::Updated => {}
                MatchState::Closed => drop(self.matches.remove(&change.id)),
            }
            let group = Some(sigma.group(change).into());
            let incident = LiveIncident { raised_by, group, is_proven: self.is_proven, incident };
            changes.push(IncidentChange { state: change.state, incident });
        }
    }

    /// Entries may come late, all of them together. Those that are very late are of a log of the past.
    fn note_lag(&mut self, time: Option<LogTime>, wall: Option<LogTime>) {
        let Some((time, wall)) = time.zip(wall) else { return };
        let lag = wall.unix_ms.saturating_sub(time.unix_ms);
        if (0..=LAG_MAX_MS).contains(&lag) {
            // It is forgotten slowly: one entry in time says little about the next batch.
            self.lag = lag.max(self.lag - self.lag / LAG_STEPS);
        }
    }

    /// Nothing was read for a while.
    fn advance_idle(&mut self, now: i64, is_watched: bool, changes: &mut Vec<IncidentChange>) {
        let idle = now.saturating_sub(self.read_at).saturating_sub(self.lag).max(0);
        self.advance(self.context.clock.now.saturating_add(idle), changes);
        if is_watched {
            self.note_silence(idle, changes);
        }
    }

    fn advance(&mut self, clock: i64, changes: &mut Vec<IncidentChange>) {
        self.detectors.advance(clock);
        self.settle(clock, changes);
        let matches = self.sigma.as_mut().map(|sigma| sigma.advance(clock)).unwrap_or_default();
        self.tell_matches(&matches, clock, changes);
        if clock.saturating_sub(self.looked_at) < SECOND_MS {
            return;
        }
        self.looked_at = clock;
        let due: Vec<TrackKey> =
            self.open.iter().filter(|it| it.1.throttle.is_due(clock)).map(|it| it.0.clone()).collect();
        due.into_iter().for_each(|key| self.update(&key, clock, changes));
    }

    /// Tells what became of episodes.
    fn settle(&mut self, clock: i64, changes: &mut Vec<IncidentChange>) {
        let LiveEpisodes { touched, ended } = self.detectors.take_episodes();
        for (key, builder) in ended {
            self.close(key, builder, changes);
        }
        for key in touched {
            match self.open.contains_key(&key) {
                true => self.update(&key, clock, changes),
                false => self.raise(key, clock, changes),
            }
        }
    }

    fn raise(&mut self, key: TrackKey, clock: i64, changes: &mut Vec<IncidentChange>) {
        let Some((builder, rule)) = self.detectors.episode(&key, self.context.clock.now) else { return };
        let Some(raised_by) = builder.latest else { return };
        changes.push(self.change(MatchState::Raised, &key, raised_by, builder.clone(), rule.clone()));
        let throttle = UpdateThrottle::told(builder.count, clock);
        self.open.insert(key, OpenIncident { raised_by, throttle, rule });
    }

    /// Tells of an incident again that has grown, when it is worth it.
    fn update(&mut self, key: &TrackKey, clock: i64, changes: &mut Vec<IncidentChange>) {
        let Some(open) = self.open.get_mut(key) else { return };
        let Some((builder, rule)) = self.detectors.episode(key, self.context.clock.now) else { return };
        if open.throttle.admits(builder.count, clock) {
            open.rule = rule.clone();
            let (raised_by, builder) = (open.raised_by, builder.clone());
            changes.push(self.change(MatchState::Updated, key, raised_by, builder, rule));
        }
    }

    /// An episode is over. One that began and ended at once was not told of yet.
    fn close(&mut self, key: TrackKey, builder: IncidentBuilder, changes: &mut Vec<IncidentChange>) {
        let rule = self.detectors.met(&key, &builder, self.context.clock.now);
        let Some(open) = self.open.remove(&key) else {
            let (Some(rule), Some(raised_by)) = (rule, builder.latest) else { return };
            changes.push(self.change(MatchState::Raised, &key, raised_by, builder.clone(), rule.clone()));
            changes.push(self.change(MatchState::Closed, &key, raised_by, builder, rule));
            return;
        };
        // It was unusual once, whatever became usual since.
        let rule = rule.unwrap_or(open.rule);
        changes.push(self.change(MatchState::Closed, &key, open.raised_by, builder, rule));
    }

    fn change(
        &self,
        state: MatchState,
        (kind, client): &TrackKey,
        raised_by: EntryName,
        builder: IncidentBuilder,
        rule: Applied,
    ) -> IncidentChange {
        let (group, is_proven, incident) = (client.clone(), self.is_proven, builder.raise(*kind, rule));
        IncidentChange { state, incident: LiveIncident { raised_by, group, is_proven, incident } }
    }

    fn silence(&self, state: MatchState, since: &LatestEntry, pause: &Pause, limits: (i64, i64)) -> IncidentChange {
        let rule = self.detectors.silence_met(limits, pause);
        let incident = IncidentBuilder::of_pause(pause.clone()).raise(Kind::Silence, rule);
        let (raised_by, is_proven) = (since.name, self.is_proven);
        IncidentChange { state, incident: LiveIncident { raised_by, group: None, is_proven, incident } }
    }

    /// Takes in the time between an entry and the one before it, which may have been a silence.
    fn pass_pause(&mut self, placed: &EntryContext<'_>, name: EntryName, changes: &mut Vec<IncidentChange>) {
        let Some(time) = placed.entry.time else { return };
        let was_down = std::mem::take(&mut self.is_started);
        let place = Place { file: Arc::clone(placed.file), line: placed.line };
        let this = LatestEntry { time, place, name };
        if let Some(before) = &self.previous
            && placed.observed.running
        {
            let pause = pause_between(before, &this);
            let open = self.silence.take();
            if open.is_some() || self.detectors.is_silence(pause.milliseconds) {
                let limits = open.unwrap_or_else(|| self.pauses.limit_ms());
                let is_too_long = pause.milliseconds >= limits.1 && !was_down;
                if open.is_none() && is_too_long {
                    changes.push(self.silence(MatchState::Raised, before, &pause, limits));
                }
                if open.is_some() || is_too_long {
                    changes.push(self.silence(MatchState::Closed, before, &pause, limits));
                }
            }
            self.pauses.add(before.time, time, || (before.place.clone(), this.place.clone()));
        }
        if placed.tick.sets {
            self.previous = Some(this);
        }
    }

    /// Nothing was read for so long, which may be a silence by now.
    fn note_silence(&mut self, idle: i64, changes: &mut Vec<IncidentChange>) {
        let Some(since) = &self.previous else { return };
        if self.silence.is_some() || !self.detectors.is_silence(idle) || !self.context.runs.is_running() {
            return;
        }
        let limits = self.pauses.limit_ms();
        if idle < limits.1 {
            return;
        }
        let until = LogTime { unix_ms: since.time.unix_ms.saturating_add(idle) };
        let pause = pause_between(since, &LatestEntry { time: until, ..since.clone() });
        changes.push(self.silence(MatchState::Raised, since, &pause, limits));
        self.silence = Some(limits);
    }
}

fn pause_between(from: &LatestEntry, to: &LatestEntry) -> Pause {
    let milliseconds = to.time.unix_ms.saturating_sub(from.time.unix_ms);
    Pause { milliseconds, from: from.time, to: to.time, after: from.place.clone(), before: to.place.clone() }
}

#[cfg(test)]
mod tests;
