//! What goes on in one log: its lines and what verification says of it come in, changes of alarms come out. Where they go is left to the
//! verb.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::alarm::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, SealProof};
use super::integrity::IntegrityWatch;
use super::occasions::{AlarmSubject, Occasion, Occasions, summary};
use crate::entry::{LogTime, Marker, Seal};
use crate::event::{Event, Level, catalogue};
use crate::incident::report::{Example, SealCounts, SessionRecord};
use crate::incident::rules::Rules;
use crate::incident::{ClockJump, EntryName, IncidentChange, LiveEntry, LiveIncident, LiveIncidents, beginning};
use crate::line::Place;
use crate::query::{Query, SigmaRules};
use crate::record::{Record, Records};
use crate::verdict::code::Class;
use crate::verdict::report::Finding;
use crate::verdict::{Integrity, IntegrityStatus};

/// An entry whose time is further ahead of the clock of this machine is told, in milliseconds.
const AHEAD_MS: i64 = 60_000;

/// Lines without a seal that may be read again, in a row.
const REREAD_LINES_MAX: u32 = 1_000;

/// What is watched for.
#[derive(Debug, Default)]
pub struct WatchOptions {
    /// When entries make an incident.
    pub rules: Rules,
    /// Rules of Sigma, correlations among them.
    pub sigma: Option<Arc<SigmaRules>>,
    /// Entries that somebody asked to be told of.
    pub events: Vec<EventRule>,
    /// The line, in a file, that somebody asks about: why it raised an alarm or none.
    pub asked: Option<(String, u64)>,
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
    fn wall(self) -> Option<LogTime> {
        match self {
            Self::Live { wall, .. } => Some(wall),
            Self::Replay => None,
        }
    }

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
    /// Nothing more was there at once.
    has_paused: bool,
    /// The chains of what is not read, by their first seals, and how many of their entries stand there.
    remembered: HashMap<Seal, u64>,
    /// When the chain began that was open last, and whether it still is.
    chain: Option<LogTime>,
    /// By the fingerprint of a key, the time of the first entry that it sealed.
    keys: BTreeMap<String, LogTime>,
    /// What was read is in no file any more, and no line was seen since that was not read before: so many lines without a seal may still
    /// be such.
    rereads: u32,
    losses: u64,
    /// Why the line that was asked about raised an alarm or none, a line of text for each reason.
    reasons: Vec<String>,
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
            incidents: LiveIncidents::new(stream, options.rules, options.sigma.as_ref()),
            options,
            integrity: IntegrityWatch::new(stream),
            proven: Occasions::default(),
            unproven: Occasions::default(),
            changed: Vec::new(),
            has_paused: false,
            remembered: HashMap::new(),
            chain: None,
            keys: BTreeMap::new(),
            rereads: 0,
            losses: 0,
            reasons: Vec::new(),
            lines: LineCounts::default(),
        }
    }

    /// These chains stand in what is not read, up to these positions.
    #[must_use]
    pub fn behind(self, remembered: HashMap<Seal, u64>) -> Self {
        Self { remembered, ..self }
    }

    /// Lines of a file follow.
    pub fn begin_file(&mut self, path: &Arc<str>) {
        self.integrity.begin_file(path);
    }

    /// Nothing more is there at once.
    pub fn pause(&mut self) {
        self.has_paused = true;
    }

    /// What was read so far is in no file any more.
    pub fn pass_gap(&mut self) {
        self.rereads = REREAD_LINES_MAX;
    }

    /// Takes in lines of a file.
    pub fn lines(&mut self, records: &Records<'_>, now: Now) {
        self.has_paused |= records.is_paused();
        for record in records.iter() {
            self.integrity.read(record.line.number);
            self.lines.lines += 1;
            self.lines.bytes += record.line.bytes;
            self.line(record, now);
        }
        self.integrity_changed(now);
    }

    fn line(&mut self, record: Record<'_>, now: Now) {
        let (file, line, text, integrity) = (record.file, record.line.number, record.text, record.integrity);
        let asked = self.options.asked.as_ref();
        let is_asked = asked.is_some_and(|(asked, number)| *number == line && **asked == **file);
        let Ok(event) = record.event() else {
            self.give_reason(is_asked, || "it is no entry of Acra's".to_owned());
            return;
        };
        self.lines.entries += 1;
        self.lines.unsealed += u64::from(event.seal.is_none());
        let status = integrity.map(|integrity| self.status(&integrity));
        match status {
            Some(IntegrityStatus::Repeated) => {
                if std::mem::take(&mut self.rereads) > 0 {
                    let now = self.clock(now);
                    self.integrity.cut(Place { file: Arc::clone(file), line }, now);
                }
                self.give_reason(is_asked, || "the same line stands further above: it happened once".to_owned());
                return;
            }
            // Nobody knows whether it was read before.
            Some(IntegrityStatus::Unsigned) if self.rereads > 0 => {
                self.rereads -= 1;
                return;
            }
            _ => self.rereads = 0,
        }
        let is_proven = status.is_some_and(IntegrityStatus::is_proven);
        if is_proven {
            let time = event.moment.as_ref().map(|moment| moment.time);
            self.integrity.verified(line, EntryName::of(integrity.as_ref(), text), time);
            if let (Some(key), Some(time)) = (integrity.and_then(|it| it.key), time)
                && !self.keys.contains_key(key)
            {
                self.keys.insert(key.to_owned(), time);
            }
            match event.marker {
                Marker::Start => self.chain = time,
                Marker::End => self.chain = None,
                Marker::Middle => {}
            }
        }
        let occasions = self.occasions(event, &record, now);
        let code = event.code();
        let Ok(event) = record.into_event() else { return };
        let entry = LiveEntry { file, line, text, integrity, read_at: now.read_at(), wall: now.wall() };
        self.incidents.observe(event, entry);
        let told = self.changed.len();
        self.incidents_changed();
        for (subject, occasion) in occasions {
            self.add(&subject, occasion, is_proven, now);
        }
        for jump in self.incidents.take_clock_jumps() {
            let is_proven = jump.is_proven;
            self.add(&CLOCK_BACK.subject(), of_jump(jump), is_proven, now);
        }
        if is_asked {
            self.explain(code, status, is_proven, told);
        }
    }

    /// What is made of an entry. One that stands in what is not read as well happened once, as one that was read twice did.
    fn status(&self, integrity: &Integrity<'_>) -> IntegrityStatus {
        let known = integrity.chain.and_then(|first| self.remembered.get(&first));
        let is_repeated = known.zip(integrity.position).is_some_and(|(known, position)| position <= *known);
        if is_repeated && integrity.status.is_proven() { IntegrityStatus::Repeated } else { integrity.status }
    }

    fn give_reason(&mut self, is_asked: bool, reason: impl FnOnce() -> String) {
        if is_asked {
            self.reasons.push(reason());
        }
    }

    /// Says what became of the entry that was read last.
    fn explain(&mut self, code: Option<u16>, status: Option<IntegrityStatus>, is_proven: bool, told: usize) {
        let verified = status.map_or("not verified: no key was given", |status| status.name());
        self.reasons.push(match code {
            Some(code) => format!("an entry with the code {code}, {verified}"),
            None => format!("an entry without a code, {verified}"),
        });
        let standing = self.incidents.standing(is_proven);
        self.reasons.push(match &standing {
            None => "no rule of incidents is about it".to_owned(),
            Some(it) => {
                let client = it.client.as_ref().map_or_else(String::new, |client| format!(" of {client}"));
                let kind = it.kind.name();
                match (it.is_open, it.enough) {
                    (true, _) => format!("it belongs to the alarm {kind}{client}, which is open"),
                    (false, Some(_)) => format!("{kind}{client}: not more than usual ({})", it.rule),
                    (false, None) => format!("{kind}{client}: {} so far, and the rule says {}", it.waiting, it.rule),
                }
            }
        });
        for alarm in &self.changed[told..] {
            let (state, kind, rule) = (alarm.state.name(), alarm.kind.name(), &alarm.rule);
            self.reasons.push(format!("with it the alarm {kind} ({rule}) was {state}: {}", alarm.id));
        }
        if self.changed.len() == told {
            let events = self.options.events.len();
            self.reasons.push(format!("no alarm changed with it; {events} filters were asked as well"));
        }
    }

    /// What an entry is told for by itself.
    fn occasions(&self, event: &Event<'_>, record: &Record<'_>, now: Now) -> Vec<(AlarmSubject, Occasion)> {
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

    fn add(&mut self, subject: &AlarmSubject, occasion: Occasion, is_proven: bool, now: Now) {
        let elapsed = self.incidents.elapsed(is_proven, now.read_at());
        let occasions = if is_proven { &mut self.proven } else { &mut self.unproven };
        self.changed.extend(occasions.add(&self.stream, subject, occasion, elapsed));
    }

    /// Something that verification found for good.
    pub fn finding(&mut self, finding: Finding, now: Now) {
        match finding.class {
            Class::Tampered => self.integrity.found(finding, self.clock(now)),
            _ if self.integrity.settle(&finding) => {}
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
        if finding.class < Class::Incomplete {
            return;
        }
        let place = finding.place.clone().unwrap_or_else(|| Place { file: Arc::clone(&self.stream), line: 0 });
        let rule = OwnRule { name: finding.code.name(), text: finding.code.meaning(), ..INTEGRITY_WARNING };
        let name = self.integrity.name_of(rule.name, Some(&place));
        self.warn(rule, place, name, finding.message.clone(), now);
    }

    /// What was read of the log is in no file any more, so often by now.
    pub fn note_losses(&mut self, losses: u64, now: Now) {
        if losses > self.losses {
            self.losses = losses;
            let place = Place { file: Arc::clone(&self.stream), line: 0 };
            let name = self.integrity.name_of_loss(losses);
            self.warn(LOG_LOST, place, name, LOG_LOST.text.to_owned(), now);
        }
    }

    fn warn(&mut self, rule: OwnRule, place: Place, name: EntryName, message: String, now: Now) {
        let occasion = Occasion {
            name,
            verified: SealProof::Yes,
            place,
            time: None,
            code: None,
            client: None,
            session: None,
            level: Level::Warning,
            message,
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

    /// Nothing more comes of the log: what is open is told with its numbers of now, due or not.
    pub fn tell_open(&mut self) {
        self.incidents.tell_open();
        self.incidents_changed();
        self.changed.extend(self.proven.tell_open());
        self.changed.extend(self.unproven.tell_open());
    }

    /// The clock by which it is judged what stands for how long, in milliseconds.
    fn clock(&self, now: Now) -> i64 {
        match now {
            Now::Live { monotonic_ms, .. } => monotonic_ms,
            Now::Replay => self.incidents.elapsed(true, 0),
        }
    }

    fn integrity_changed(&mut self, now: Now) {
        let clock = self.clock(now);
        self.changed.extend(self.integrity.advance(clock));
        for finding in self.integrity.warnings(clock) {
            self.warning(&finding, now);
        }
    }

    fn incidents_changed(&mut self) {
        for change in self.incidents.take_changes() {
            let IncidentChange { state, incident } = change;
            self.changed.push(of_incident(&self.stream, state.into(), incident));
        }
    }

    /// What became of alarms since the last time, in the order in which it did.
    pub fn take_changed(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.changed)
    }

    /// Why the line that was asked about raised an alarm or none; nothing when it was not read.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// Which log it is.
    pub fn stream(&self) -> &Arc<str> {
        &self.stream
    }

    /// What was read so far.
    pub fn line_counts(&self) -> LineCounts {
        self.lines
    }

    /// Whether all that was there at some time has been read.
    pub fn has_paused(&self) -> bool {
        self.has_paused
    }

    /// When the chain began that is open.
    pub fn open_chain(&self) -> Option<LogTime> {
        self.chain
    }

    /// By the fingerprint of each key that verified something, the time of the first entry that it sealed.
    pub fn keys(&self) -> &BTreeMap<String, LogTime> {
        &self.keys
    }

    /// Whether it looks altered.
    pub fn is_altered(&self) -> bool {
        self.integrity.is_altered()
    }

    /// Other rules hold from here on.
    pub fn set_options(&mut self, options: Arc<WatchOptions>) {
        self.incidents.set_rules(options.rules, options.sigma.as_ref());
        self.options = options;
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

const INTEGRITY_WARNING: OwnRule = OwnRule {
    kind: AlarmKind::IntegrityWarning,
    name: "integrity-warning",
    text: "any finding because of which the log is incomplete or undecided",
    title: "The log is not as it should be",
    severity_score: 5,
    counted: "findings",
    advice: "Run `acralog verify` on the log: it says what was found, and what usually lies behind it.",
};

const LOG_LOST: OwnRule = OwnRule {
    name: "log-lost",
    text: "what was read of the log is in no file any more: it was emptied or deleted, and no copy is beside it",
    title: "The log is gone",
    severity_score: 7,
    advice: "Find out who emptied or deleted it. A rotation that puts copies into another folder does so every time: let it put them \
             beside the log.",
    ..INTEGRITY_WARNING
};

impl OwnRule {
    fn subject(self) -> AlarmSubject {
        AlarmSubject {
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
    fn subject(&self, first: &Occasion) -> AlarmSubject {
        let entry = first.code.and_then(catalogue::find);
        let severity = self.severity_score.or(entry.and_then(|entry| entry.severity));
        AlarmSubject {
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

fn verified(integrity: Option<Integrity<'_>>) -> SealProof {
    match integrity.map(|integrity| integrity.status) {
        Some(status) if status.is_proven() => SealProof::Yes,
        Some(IntegrityStatus::Failed) => SealProof::NotYet,
        _ => SealProof::No,
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
        verified: if is_proven { SealProof::Yes } else { SealProof::No },
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
    let LiveIncident { raised_by, group, is_proven, incident } = live;
    let verified = match incident.seals {
        _ if is_proven => SealProof::Yes,
        Some(SealCounts { failed: 1.., unsigned: 0, .. }) => SealProof::NotYet,
        _ => SealProof::No,
    };
    let kind = AlarmKind::Incident(incident.kind);
    let session = |session: SessionRecord| session.session_id;
    let example = |it: Example| AlarmExample { level: it.level, message: it.message, error: it.error };
    let mut alarm = Alarm {
        state,
        kind,
        id: AlarmId::new(kind, &incident.rule.name, group.as_deref(), raised_by),
        severity: incident.severity,
        severity_score: incident.severity_score,
        title: incident.title.into_owned(),
        summary: String::new(),
        rule: incident.rule.name.into_owned(),
        rule_text: incident.rule.text,
        stream: stream.to_owned(),
        verified,
        group,
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
