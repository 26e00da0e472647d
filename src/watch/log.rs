//! What goes on in one log: its lines and what verification says of it come in, changes of alarms come out. Where they go is left to the
//! verb.

use std::sync::Arc;

use super::alarm::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, Verified};
use super::integrity::IntegrityWatch;
use super::occasions::{Occasion, Occasions, Subject, summary};
use crate::entry::LogTime;
use crate::event::{Event, Level, catalogue};
use crate::incident::report::{Example, SealCounts, SessionRecord};
use crate::incident::rules::Rules;
use crate::incident::{ClockJump, EntryName, IncidentChange, LiveEntry, LiveIncident, LiveIncidents, beginning};
use crate::line::Place;
use crate::query::Query;
use crate::record::{Record, Records};
use crate::verdict::code::{Class, Code};
use crate::verdict::report::Finding;
use crate::verdict::{Integrity, IntegrityStatus};

/// An entry whose time is further ahead of the clock of this machine is told, in milliseconds.
const AHEAD_MS: i64 = 60_000;

/// What is watched for.
#[derive(Debug, Default)]
pub struct WatchOptions {
    /// When entries make an incident.
    pub rules: Rules,
    /// Entries that somebody asked to be told of.
    pub events: Vec<EventRule>,
}

/// Entries that are told, each by itself.
#[derive(Debug)]
pub struct EventRule {
    /// Its name.
    pub name: Arc<str>,
    /// Which ones they are.
    pub query: Query,
    /// How severe, 0 to 10; None is as the code of the first one says, or else its level.
    pub severity_score: Option<u8>,
}

/// What time it is.
#[derive(Clone, Copy, Debug)]
pub enum Now {
    /// By a clock that never goes back, in milliseconds, and by that of this machine.
    Live { monotonic_ms: i64, wall: LogTime },
    /// As late as the entries themselves say: a log of the past is replayed.
    Replay,
}

impl Now {
    /// When a line is read, in milliseconds of a clock that never goes back. Where a log is replayed, reading takes no time.
    fn read_at(self) -> i64 {
        match self {
            Self::Live { monotonic_ms, .. } => monotonic_ms,
            Self::Replay => 0,
        }
    }
}

/// One log that is watched.
#[derive(Debug)]
pub struct LogWatch {
    stream: Arc<str>,
    options: Arc<WatchOptions>,
    incidents: LiveIncidents,
    integrity: IntegrityWatch,
    /// Of entries that verify, and of others.
    proven: Occasions,
    unproven: Occasions,
    changed: Vec<Alarm>,
    lines: LineCounts,
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Entries of Acra's.
    pub entries: u64,
    /// Those of them that carry no seal.
    pub unsealed: u64,
    /// Lines, with what was in no entry.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl LogWatch {
    /// Nothing was read yet.
    pub fn new(stream: &Arc<str>, options: Arc<WatchOptions>) -> Self {
        Self {
            stream: Arc::clone(stream),
            incidents: LiveIncidents::new(stream, options.rules),
            options,
            integrity: IntegrityWatch::new(stream),
            proven: Occasions::default(),
            unproven: Occasions::default(),
            changed: Vec::new(),
            lines: LineCounts::default(),
        }
    }

    /// Takes in lines of a file.
    pub fn lines(&mut self, records: &Records<'_>, now: Now) {
        for record in records.iter() {
            self.lines.lines += 1;
            self.lines.bytes += record.line.bytes;
            self.line(record, now);
        }
        self.integrity_changed(now);
    }

    fn line(&mut self, record: Record<'_>, now: Now) {
        let (file, line, text, integrity) = (record.file, record.line.number, record.text, record.integrity);
        let Ok(event) = record.event() else { return };
        self.lines.entries += 1;
        self.lines.unsealed += u64::from(event.seal.is_none());
        let status = integrity.map(|integrity| integrity.status);
        if status == Some(IntegrityStatus::Repeated) {
            return;
        }
        let is_proven = matches!(status, Some(IntegrityStatus::Verified | IntegrityStatus::Reencoded));
        if is_proven {
            self.integrity.verified(file, line, EntryName::of(integrity.as_ref(), text));
        }
        let occasions = self.occasions(event, &record, now);
        let Ok(event) = record.into_event() else { return };
        let entry = LiveEntry { file, line, text, integrity, read_at: now.read_at() };
        self.incidents.observe(event, entry);
        self.incidents_changed();
        for (subject, occasion) in occasions {
            self.add(&subject, occasion, is_proven, now);
        }
        for jump in self.incidents.take_clock_jumps() {
            let is_proven = jump.is_proven;
            self.add(&CLOCK_BACK.subject(), of_jump(jump), is_proven, now);
        }
    }

    /// What an entry is told for by itself.
    fn occasions(&self, event: &Event<'_>, record: &Record<'_>, now: Now) -> Vec<(Subject, Occasion)> {
        let mut occasions = Vec::new();
        for rule in &self.options.events {
            if rule.query.selects(record.text, Ok(event)) {
                let occasion = of_event(event, record);
                occasions.push((rule.subject(&occasion), occasion));
            }
        }
        let time = event.moment.as_ref().map(|moment| moment.time);
        if let (Some(time), Now::Live { wall, .. }) = (time, now)
            && time.unix_ms.saturating_sub(wall.unix_ms) > AHEAD_MS
        {
            occasions.push((CLOCK_AHEAD.subject(), of_event(event, record)));
        }
        occasions
    }

    fn add(&mut self, subject: &Subject, occasion: Occasion, is_proven: bool, now: Now) {
        let elapsed = self.incidents.elapsed(is_proven, now.read_at());
        let occasions = if is_proven { &mut self.proven } else { &mut self.unproven };
        self.changed.extend(occasions.add(&self.stream, subject, occasion, elapsed));
    }

    /// Something that verification found for good.
    pub fn finding(&mut self, finding: Finding, now: Now) {
        match finding.class {
            Class::Tampered => self.integrity.found(finding),
            _ => self.warning(&finding, now),
        }
        self.integrity_changed(now);
    }

    /// What verification would find if the log ended here.
    pub fn outlook(&mut self, findings: Vec<Finding>, now: Now) {
        self.integrity.standing(findings, self.clock(now));
        self.integrity_changed(now);
    }

    fn warning(&mut self, finding: &Finding, now: Now) {
        if !matches!(finding.code, Code::ChainUnfinished | Code::ChainTooOld) {
            return;
        }
        let place = finding.place.clone().unwrap_or_else(|| Place { file: Arc::clone(&self.stream), line: 0 });
        let name = self.integrity.name_of(finding.code, Some(&place));
        let rule = OwnRule { kind: AlarmKind::ChainWarning, name: finding.code.name(), ..CHAIN_WARNING };
        let occasion = Occasion {
            name,
            verified: Verified::Yes,
            place,
            time: None,
            code: None,
            client: None,
            session: None,
            level: Level::Warning,
            message: finding.message.clone(),
            error: None,
        };
        self.add(&rule.subject(), occasion, true, now);
    }

    /// It is so late, and nothing more was read.
    pub fn advance(&mut self, now: Now) {
        self.incidents.advance(now.read_at());
        self.incidents_changed();
        let elapsed = |is_proven| self.incidents.elapsed(is_proven, now.read_at());
        let (proven, unproven) = (elapsed(true), elapsed(false));
        self.changed.extend(self.proven.advance(proven));
        self.changed.extend(self.unproven.advance(unproven));
        self.integrity_changed(now);
    }

    /// The clock by which it is judged what stands for how long, in milliseconds.
    fn clock(&self, now: Now) -> i64 {
        match now {
            Now::Live { monotonic_ms, .. } => monotonic_ms,
            Now::Replay => self.incidents.elapsed(true, 0),
        }
    }

    fn integrity_changed(&mut self, now: Now) {
        self.changed.extend(self.integrity.advance(self.clock(now)));
    }

    fn incidents_changed(&mut self) {
        for change in self.incidents.take_changes() {
            let (state, incident) = match change {
                IncidentChange::Raised(incident) => (AlarmState::Raised, incident),
                IncidentChange::Updated(incident) => (AlarmState::Updated, incident),
                IncidentChange::Closed(incident) => (AlarmState::Closed, incident),
            };
            self.changed.push(of_incident(&self.stream, state, incident));
        }
    }

    /// What became of alarms since the last time, in the order in which it did.
    pub fn take_changed(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.changed)
    }

    /// Which log it is.
    pub fn stream(&self) -> &Arc<str> {
        &self.stream
    }

    /// What was read so far.
    pub fn line_counts(&self) -> LineCounts {
        self.lines
    }

    /// The time of the latest entry that verifies.
    pub fn proven_until(&self) -> Option<LogTime> {
        self.incidents.proven_until()
    }
}

/// A rule that has no numbers.
#[derive(Clone, Copy)]
struct OwnRule {
    kind: AlarmKind,
    name: &'static str,
    text: &'static str,
    title: &'static str,
    severity_score: u8,
    counted: &'static str,
    advice: &'static str,
}

const CLOCK_BACK: OwnRule = OwnRule {
    kind: AlarmKind::ClockJump,
    name: "clock-back",
    text: "an entry more than a minute older than one before it",
    title: "The log's time went back",
    severity_score: 4,
    counted: "entries",
    advice: "Find out who set the clock of the service's host, or whether something else writes to the log.",
};

const CLOCK_AHEAD: OwnRule = OwnRule {
    name: "clock-ahead",
    text: "an entry more than a minute ahead of the clock of this machine",
    title: "The log's time is ahead",
    advice: "Compare the clocks of both machines.",
    ..CLOCK_BACK
};

const CHAIN_WARNING: OwnRule = OwnRule {
    kind: AlarmKind::ChainWarning,
    name: "chain-warning",
    text: "a chain that began anew without an end, or is open for longer than --chain-max-age",
    title: "The chain is not as it should be",
    severity_score: 5,
    counted: "chains",
    advice: "Find out how the service ended: what it logged last may be cut off, and nothing in the log shows it.",
};

impl OwnRule {
    fn subject(self) -> Subject {
        Subject {
            kind: self.kind,
            rule: self.name.into(),
            rule_text: self.text.into(),
            title: self.title.into(),
            severity_score: self.severity_score,
            counted: self.counted,
            advice: self.advice,
        }
    }
}

impl EventRule {
    fn subject(&self, first: &Occasion) -> Subject {
        let entry = first.code.and_then(catalogue::find);
        let severity = self.severity_score.or(entry.and_then(|entry| entry.severity));
        Subject {
            kind: AlarmKind::Event,
            rule: Arc::clone(&self.name),
            rule_text: "any entry that it selects".into(),
            title: entry.map_or("Entry that was asked for", |entry| entry.title).into(),
            severity_score: severity.unwrap_or_else(|| first.level.cef_severity()),
            counted: "entries",
            advice: entry.map_or("Look at the entries named here.", |entry| entry.response),
        }
    }
}

fn verified(integrity: Option<Integrity<'_>>) -> Verified {
    match integrity.map(|integrity| integrity.status) {
        Some(IntegrityStatus::Verified | IntegrityStatus::Reencoded) => Verified::Yes,
        Some(IntegrityStatus::Failed) => Verified::NotYet,
        Some(IntegrityStatus::Unsigned | IntegrityStatus::Repeated) | None => Verified::No,
    }
}

fn of_event(event: &Event<'_>, record: &Record<'_>) -> Occasion {
    Occasion {
        name: EntryName::of(record.integrity.as_ref(), record.text),
        verified: verified(record.integrity),
        place: Place { file: Arc::clone(record.file), line: record.line.number },
        time: event.moment.as_ref().map(|moment| moment.time),
        code: event.code(),
        client: event.client().map(|client| beginning(client.as_bytes()).into()),
        session: event.session().map(|session| beginning(session.as_bytes())),
        level: event.level,
        message: beginning(event.message.as_bytes()),
        error: event.field("error").map(|error| beginning(error.as_bytes())),
    }
}

fn of_jump(jump: ClockJump) -> Occasion {
    let ClockJump { name, place, from, to, is_proven } = jump;
    Occasion {
        name,
        verified: if is_proven { Verified::Yes } else { Verified::No },
        place,
        time: Some(to),
        code: None,
        client: None,
        session: None,
        level: Level::Warning,
        message: format!("{to} after {from}"),
        error: None,
    }
}

fn of_incident(stream: &str, state: AlarmState, live: LiveIncident) -> Alarm {
    let LiveIncident { raised_by, client, is_proven, incident } = live;
    let verified = match incident.seals {
        _ if is_proven => Verified::Yes,
        Some(SealCounts { failed: 1.., unsigned: 0, .. }) => Verified::NotYet,
        _ => Verified::No,
    };
    let kind = AlarmKind::Incident(incident.kind);
    let session = |session: SessionRecord| session.session_id;
    let example = |it: Example| AlarmExample { level: it.level, message: it.message, error: it.error };
    let mut alarm = Alarm {
        state,
        kind,
        id: AlarmId::new(kind, incident.rule.name, client.as_deref(), raised_by),
        severity: incident.severity,
        severity_score: incident.severity_score,
        title: incident.title.to_owned(),
        summary: String::new(),
        rule: incident.rule.name.to_owned(),
        rule_text: incident.rule.text,
        stream: stream.to_owned(),
        verified,
        client_ids: incident.client_ids,
        client_ids_omitted: incident.client_ids_omitted,
        session_ids: incident.sessions.into_iter().map(session).collect(),
        session_ids_omitted: incident.sessions_omitted,
        codes: incident.codes,
        count: incident.count,
        counted: incident.counted.to_owned(),
        entries: incident.entries,
        first: incident.first,
        last: incident.last,
        places: incident.references,
        places_omitted: incident.references_omitted,
        examples: incident.examples.into_iter().map(example).collect(),
        advice: incident.advice,
        test: false,
    };
    alarm.summary = summary(&alarm);
    alarm
}
