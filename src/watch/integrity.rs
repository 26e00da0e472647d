//! Whether a log that is being written is altered: what was found, and what would be found if it ended now. The latter counts once it
//! stood for a moment, in which lines that settle it could have come. What is found close together is one alarm; what comes later is
//! another one, so that nobody who altered a log once does so unnoticed from then on.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::alarm::{Alarm, AlarmId, AlarmKind, AlarmState, SealProof};
use crate::entry::LogTime;
use crate::incident::report::Reference;
use crate::incident::{EntryName, Kind, Severity, UpdateThrottle};
use crate::line::Place;
use crate::verdict::code::{Class, Code};
use crate::verdict::report::Finding;

/// How long something must look altered before it is told, in milliseconds: entries of two instances, or of a service and the tool
/// that ships its log, may come out of order.
const SETTLING_MS: i64 = 300;
/// Lines without a seal may be the start of another instance, whose first sealed entry is not here yet: so long they may stand before
/// it, as they may in a log that is read at once.
const START_MS: i64 = 310_000;
/// What is no alteration must stand for longer: a service that starts, or is rotated, looks incomplete for a while.
const WARNING_MS: i64 = 30_000;
/// Of what looked altered it must be certain for so long that it does not.
const CALM_MS: i64 = 5_000;
/// What is found later than this is another alarm, in milliseconds.
const APART_MS: i64 = 5 * 60_000;
/// After this time without anything new an alarm is closed: those it is for know by then.
const OPEN_MS: i64 = 24 * 3_600_000;
/// How many alarms are open at a time; the oldest one makes room.
const ALARMS_MAX: usize = 64;
/// Entries, and files, that are remembered by their places, to name what an alarm stands behind.
const REMEMBERED_MAX: usize = 4_096;
const FILES_MAX: usize = 64;
/// Findings whose places an alarm lists, and of which it is known what they say.
const PLACES_MAX: usize = 50;
const FINDINGS_MAX: usize = 1_000;

/// What no code of verification is about: it sees the log as it is now.
const LOG_CUT: &str = "log-cut";

/// What is found in one log.
#[derive(Debug, Default)]
pub(super) struct IntegrityWatch {
    stream: Arc<str>,
    /// What would be found if the log ended now, by its place, which another word for it does not change.
    standing: BTreeMap<StandingKey, StandingFinding>,
    /// The files so far, the latest ones, and entries in them that verify.
    files: VecDeque<WatchedFile>,
    verified: VecDeque<VerifiedEntry>,
    opened: u64,
    alarms: VecDeque<IntegrityAlarm>,
    /// The names of alarms: none has two.
    names: HashSet<AlarmId>,
}

/// A file, or what stands under its name since it was rotated.
#[derive(Debug)]
struct WatchedFile {
    number: u64,
    path: Arc<str>,
    /// Lines that were read of it.
    lines: u64,
}

#[derive(Debug)]
struct VerifiedEntry {
    /// The number of its file.
    file: u64,
    line: u64,
    name: EntryName,
    time: Option<LogTime>,
}

/// Where something would be found, and whether only an alteration explains it.
type StandingKey = (Option<Place>, bool);

/// What would be found.
#[derive(Debug)]
struct StandingFinding {
    since: i64,
    finding: Finding,
    is_told: bool,
}

/// One finding of an alarm.
#[derive(Clone, Debug)]
struct Alteration {
    code: &'static str,
    place: Option<Place>,
    through: Option<Place>,
    lines: u64,
    message: String,
    hint: Option<String>,
    /// Lines that come yet may settle it.
    is_standing: bool,
}

/// An alarm that is open.
#[derive(Debug)]
struct IntegrityAlarm {
    id: AlarmId,
    time: Option<LogTime>,
    found: Vec<Alteration>,
    /// Findings beyond those.
    more: u64,
    latest_at: i64,
    /// None until it was told.
    throttle: Option<UpdateThrottle>,
    /// How many codes were told.
    told_codes: usize,
    /// Something came or went since it was looked at.
    is_changed: bool,
    /// Since when nothing of it stands any more.
    calm_since: Option<i64>,
}

impl IntegrityWatch {
    pub(super) fn new(stream: &Arc<str>) -> Self {
        Self { stream: Arc::clone(stream), ..Self::default() }
    }

    /// Lines of a file follow.
    pub(super) fn begin_file(&mut self, path: &Arc<str>) {
        if self.files.len() == FILES_MAX {
            self.files.pop_front();
        }
        self.opened += 1;
        self.files.push_back(WatchedFile { number: self.opened, path: Arc::clone(path), lines: 0 });
    }

    /// A line was read.
    pub(super) fn read(&mut self, line: u64) {
        if let Some(file) = self.files.back_mut() {
            file.lines = line;
        }
    }

    /// An entry that verifies.
    pub(super) fn verified(&mut self, line: u64, name: EntryName, time: Option<LogTime>) {
        if self.verified.len() == REMEMBERED_MAX {
            self.verified.pop_front();
        }
        self.verified.push_back(VerifiedEntry { file: self.opened, line, name, time });
    }

    /// What stood there is found for good; whether it was told.
    pub(super) fn settle(&mut self, finding: &Finding) -> bool {
        self.standing.remove(&key_of(finding)).is_some_and(|standing| standing.is_told)
    }

    /// Something that only an alteration explains, for good.
    pub(super) fn found(&mut self, finding: Finding, now: i64) {
        let was_told = self.settle(&finding);
        let place = finding.place.clone();
        let alteration = alteration(finding, false);
        let is_same = |it: &&mut Alteration| it.is_standing && it.place == place;
        let known = self.alarms.iter_mut().flat_map(|alarm| &mut alarm.found);
        match known.filter(|_| was_told).find(is_same) {
            Some(known) => *known = alteration,
            None => self.add(alteration, now),
        }
    }

    /// A line stands there again that was read before, since others were taken away from behind it.
    pub(super) fn cut(&mut self, place: Place, now: i64) {
        let message =
            "lines that were read are gone from the log, and this one is among those that are left".to_owned();
        let (place, through, hint) = (Some(place), None, None);
        self.add(Alteration { code: LOG_CUT, place, through, lines: 0, message, hint, is_standing: false }, now);
    }

    /// What would be found if the log ended now.
    pub(super) fn standing(&mut self, findings: Vec<Finding>, now: i64) {
        let mut before = std::mem::take(&mut self.standing);
        let (altered, others): (Vec<_>, Vec<_>) =
            findings.into_iter().filter(|it| it.class >= Class::Incomplete).partition(is_altered);
        for finding in altered.into_iter().take(FINDINGS_MAX).chain(others.into_iter().take(FINDINGS_MAX)) {
            let key = key_of(&finding);
            let (since, is_told) = before.remove(&key).map_or((now, false), |known| (known.since, known.is_told));
            self.standing.insert(key, StandingFinding { since, finding, is_told });
        }
        let gone = |it: &Alteration| {
            it.is_standing && before.get(&(it.place.clone(), true)).is_some_and(|before| before.is_told)
        };
        self.alarms.iter_mut().for_each(|alarm| alarm.found.retain(|it| !gone(it)));
    }

    /// What has stood for so long that it is told, though it need not be an alteration; each once.
    pub(super) fn warnings(&mut self, now: i64) -> Vec<Finding> {
        let is_due = |it: &&mut StandingFinding| !it.is_told && now.saturating_sub(it.since) >= WARNING_MS;
        // The start of a service, whose first sealed entry is not here yet.
        let is_usual = |it: &Finding| matches!(it.code, Code::LinesUnsignedAtEnd | Code::NothingSigned);
        let due = self.standing.values_mut().filter(|it| !is_altered(&it.finding) && !is_usual(&it.finding));
        let tell = |standing: &mut StandingFinding| {
            standing.is_told = true;
            standing.finding.clone()
        };
        due.filter(is_due).map(tell).collect()
    }

    /// It is so late: what became of alarms.
    pub(super) fn advance(&mut self, now: i64) -> Vec<Alarm> {
        let settling = |code| if code == Code::LineUnsignedInsideChain { START_MS } else { SETTLING_MS };
        let is_due = |it: &&mut StandingFinding| {
            !it.is_told && is_altered(&it.finding) && now.saturating_sub(it.since) >= settling(it.finding.code)
        };
        let due: Vec<Alteration> = self
            .standing
            .values_mut()
            .filter(is_due)
            .map(|standing| {
                standing.is_told = true;
                alteration(standing.finding.clone(), true)
            })
            .collect();
        due.into_iter().for_each(|alteration| self.add(alteration, now));
        let stream = Arc::clone(&self.stream);
        let mut changed = Vec::new();
        self.alarms.retain_mut(|alarm| {
            changed.extend(alarm.advance(&stream, now));
            !alarm.is_over(now)
        });
        changed
    }

    /// Whether an alarm is open.
    pub(super) fn is_altered(&self) -> bool {
        !self.alarms.is_empty()
    }

    fn add(&mut self, alteration: Alteration, now: i64) {
        let is_close = |alarm: &&mut IntegrityAlarm| now.saturating_sub(alarm.latest_at) <= APART_MS;
        if let Some(alarm) = self.alarms.back_mut().filter(is_close) {
            return alarm.add(alteration, now);
        }
        let before = self.before(alteration.code, alteration.place.as_ref());
        let time = before.and_then(|before| before.time);
        let name = before.map_or_else(|| self.name_by_place(&alteration), |before| before.name);
        let kind = Kind::IntegrityFailure;
        let id = |times: usize| {
            let rule = if times == 0 { kind.rule().to_owned() } else { format!("{} {times}", kind.rule()) };
            AlarmId::new(AlarmKind::Incident(kind), &rule, None, name)
        };
        // Several alarms may stand behind one entry, one after the other.
        let Some(id) = (0..=self.names.len()).map(id).find(|id| !self.names.contains(id)) else { return };
        self.names.insert(id.clone());
        let mut alarm = IntegrityAlarm {
            id,
            time,
            found: Vec::new(),
            more: 0,
            latest_at: now,
            throttle: None,
            told_codes: 0,
            is_changed: true,
            calm_since: None,
        };
        alarm.add(alteration, now);
        if self.alarms.len() == ALARMS_MAX {
            self.alarms.pop_front();
        }
        self.alarms.push_back(alarm);
    }

    /// The last entry that verifies before what was found; of a log that was cut, the last one that was read. Whichever file has the
    /// name by now: lines are numbered anew behind a rotation.
    fn before(&self, code: &str, place: Option<&Place>) -> Option<&VerifiedEntry> {
        let place = place.filter(|_| code != LOG_CUT);
        let Some(Place { file, line }) = place.filter(|place| place.line > 0) else { return self.verified.back() };
        let holds = |it: &&WatchedFile| it.path == *file && it.lines + 1 >= *line;
        let number = self.files.iter().rev().find(holds)?.number;
        self.verified.iter().rev().find(|it| (it.file, it.line) < (number, *line))
    }

    /// What names a finding: the last entry before it that verifies, or else itself.
    pub(super) fn name_of(&self, code: &str, place: Option<&Place>) -> EntryName {
        let before = self.before(code, place).map(|before| before.name);
        before.unwrap_or_else(|| self.hashed(code, place.map_or(0, |place| place.line)))
    }

    /// What names a loss of the log: what was read last, and how often it was lost.
    pub(super) fn name_of_loss(&self, losses: u64) -> EntryName {
        let latest = self.verified.back().map(|latest| latest.name);
        EntryName::Text(Sha256::digest(format!("{}\0{latest:?}\0{losses}", self.stream)).into())
    }

    fn name_by_place(&self, alteration: &Alteration) -> EntryName {
        self.hashed(alteration.code, alteration.place.as_ref().map_or(0, |place| place.line))
    }

    fn hashed(&self, code: &str, line: u64) -> EntryName {
        EntryName::Text(Sha256::digest(format!("{}\0{code}\0{line}", self.stream)).into())
    }
}

impl IntegrityAlarm {
    fn add(&mut self, alteration: Alteration, now: i64) {
        (self.latest_at, self.is_changed) = (now, true);
        if self.found.len() < FINDINGS_MAX {
            self.found.push(alteration);
        } else {
            self.more += 1;
        }
    }

    fn count(&self) -> u64 {
        self.found.len() as u64 + self.more
    }

    /// Whether nothing more belongs to it: what looked altered was settled, or everybody knows.
    fn is_over(&self, now: i64) -> bool {
        let is_settled = self.calm_since.is_some_and(|since| now.saturating_sub(since) >= CALM_MS);
        is_settled || now.saturating_sub(self.latest_at) >= OPEN_MS
    }

    fn advance(&mut self, stream: &Arc<str>, now: i64) -> Option<Alarm> {
        if self.count() == 0 {
            self.calm_since.get_or_insert(now);
        } else {
            self.calm_since = None;
        }
        let (count, is_over) = (self.count(), self.is_over(now));
        let is_changed = std::mem::take(&mut self.is_changed);
        let has_grown = self.throttle.as_mut().is_none_or(|throttle| throttle.admits(count, now));
        if !is_over && (count == 0 || !is_changed && !has_grown) {
            return None;
        }
        let codes: BTreeSet<&str> = self.found.iter().map(|found| found.code).collect();
        let state = match self.throttle {
            _ if is_over => AlarmState::Closed,
            None => AlarmState::Raised,
            // Something else was found, or more of the same.
            Some(_) if has_grown || codes.len() > self.told_codes => AlarmState::Updated,
            Some(_) => return None,
        };
        (self.throttle, self.told_codes) = (Some(UpdateThrottle::told(count, now)), codes.len());
        Some(self.alarm(stream, state, &codes))
    }

    fn alarm(&self, stream: &Arc<str>, state: AlarmState, codes: &BTreeSet<&str>) -> Alarm {
        let (kind, count) = (Kind::IntegrityFailure, self.count());
        let reference = |found: &Alteration| {
            let place = found.place.as_ref()?;
            let through = found.through.as_ref().filter(|through| through.file == place.file);
            let through = through.map_or(place.line, |it| it.line);
            Some(Reference { file: Arc::clone(&place.file), line: place.line, through, entries: found.lines })
        };
        let places: Vec<Reference> = self.found.iter().filter_map(reference).take(PLACES_MAX).collect();
        let others = if count > 1 { format!("; {count} findings in all") } else { String::new() };
        let summary = match self.found.first() {
            Some(first) => format!("{}: {}{others}", first.code, first.message),
            None => "what looked altered was settled by lines that came later".to_owned(),
        };
        let score = kind.severity_score([]);
        let hint = self.found.first().and_then(|first| first.hint.clone());
        Alarm {
            state,
            kind: AlarmKind::Incident(kind),
            id: self.id.clone(),
            severity: Severity::of_score(score),
            severity_score: score,
            title: kind.title().to_owned(),
            summary,
            rule: kind.rule().to_owned(),
            rule_text: format!(
                "any finding that only an alteration explains, here {}",
                codes.iter().copied().collect::<Vec<_>>().join(", ")
            ),
            stream: stream.to_string(),
            // What stands there does not verify: that much is proven.
            verified: SealProof::Yes,
            group: None,
            client_ids: Vec::new(),
            client_ids_omitted: 0,
            session_ids: Vec::new(),
            session_ids_omitted: 0,
            codes: Vec::new(),
            count,
            counted: kind.counted().to_owned(),
            entries: self.found.iter().map(|found| found.lines).sum(),
            // That of the last entry before it that verifies: what stands there itself may be forged.
            first: self.time,
            last: self.time,
            places_omitted: count.saturating_sub(places.len() as u64),
            places,
            examples: Vec::new(),
            advice: hint.unwrap_or_else(|| kind.advice().to_owned()),
            test: false,
        }
    }
}

fn is_altered(finding: &Finding) -> bool {
    finding.class == Class::Tampered
}

fn key_of(finding: &Finding) -> StandingKey {
    (finding.place.clone(), is_altered(finding))
}

fn alteration(finding: Finding, is_standing: bool) -> Alteration {
    let Finding { code, place, through, lines, message, hint, .. } = finding;
    Alteration { code: code.name(), place, through, lines, message, hint, is_standing }
}

#[cfg(test)]
mod tests;
