//! Whether a log that is being written is altered: what was found, and what would be found if it ended now. The latter counts once it
//! stood for a moment, in which lines that settle it could have come.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::alarm::{Alarm, AlarmId, AlarmKind, AlarmState, SealProof};
use crate::entry::LogTime;
use crate::incident::report::Reference;
use crate::incident::{EntryName, Kind, Severity};
use crate::line::Place;
use crate::verdict::code::Class;
use crate::verdict::report::Finding;

/// How long something must look altered before it is told, in milliseconds: entries of two instances, or of a service and the tool
/// that ships its log, may come out of order.
const SETTLING_MS: i64 = 300;
/// Entries that are remembered by their places, to name what an alarm stands behind.
const REMEMBERED_MAX: usize = 4_096;
/// Findings whose places an alarm lists, and of which it is known whether they were told.
const PLACES_MAX: usize = 50;
const FINDINGS_MAX: usize = 10_000;
/// An alarm that goes on is told again after this time, in milliseconds, or when something else was found.
const UPDATE_EVERY_MS: i64 = 60_000;

/// What is found, by the name of its code, and where.
type FindingKey = (&'static str, Option<Place>);

/// What no code of verification is about: it sees the log as it is now.
const LOG_CUT: &str = "log-cut";

/// What is found in one log.
#[derive(Debug, Default)]
pub(super) struct IntegrityWatch {
    stream: Arc<str>,
    /// What was found for good, with the lines concerned and what is said of it.
    found: BTreeMap<FindingKey, Found>,
    /// Findings beyond those.
    more: u64,
    /// What would be found if the log ended now, and since when.
    standing: BTreeMap<FindingKey, (i64, Found)>,
    /// SealProof entries by their places, the latest ones.
    verified: VecDeque<VerifiedEntry>,
    open: Option<OpenFailure>,
}

#[derive(Debug)]
struct VerifiedEntry {
    place: Place,
    name: EntryName,
    time: Option<LogTime>,
}

#[derive(Clone, Debug)]
struct Found {
    lines: u64,
    through: Option<Place>,
    message: String,
    hint: Option<String>,
}

#[derive(Debug)]
struct OpenFailure {
    id: AlarmId,
    told: (u64, Vec<&'static str>),
    told_at: i64,
}

impl IntegrityWatch {
    pub(super) fn new(stream: &Arc<str>) -> Self {
        Self { stream: Arc::clone(stream), ..Self::default() }
    }

    /// An entry that verifies.
    pub(super) fn verified(&mut self, file: &Arc<str>, line: u64, name: EntryName, time: Option<LogTime>) {
        if self.verified.len() == REMEMBERED_MAX {
            self.verified.pop_front();
        }
        self.verified.push_back(VerifiedEntry { place: Place { file: Arc::clone(file), line }, name, time });
    }

    /// Something that only an alteration explains.
    pub(super) fn found(&mut self, finding: Finding) {
        if self.found.len() < FINDINGS_MAX {
            let (key, found) = keyed(finding);
            self.found.insert(key, found);
        } else {
            self.more += 1;
        }
    }

    /// A line stands there again that was read before, since others were taken away from behind it.
    pub(super) fn cut(&mut self, place: Place) {
        let message = "lines that were read are gone from the log, and this one is among those that are left";
        let found = Found { lines: 0, through: None, message: message.to_owned(), hint: None };
        self.found.entry((LOG_CUT, Some(place))).or_insert(found);
    }

    /// What would be found if the log ended now.
    pub(super) fn standing(&mut self, findings: Vec<Finding>, now: i64) {
        let mut before = std::mem::take(&mut self.standing);
        let altered = findings.into_iter().filter(|finding| finding.class == Class::Tampered).take(FINDINGS_MAX);
        self.standing = altered
            .map(|finding| {
                let (key, found) = keyed(finding);
                let since = before.remove(&key).map_or(now, |(since, _)| since);
                (key, (since, found))
            })
            .collect();
    }

    /// Whether an alarm is open.
    pub(super) fn is_altered(&self) -> bool {
        self.open.is_some()
    }

    /// It is so late: what became of the alarm.
    pub(super) fn advance(&mut self, now: i64) -> Option<Alarm> {
        let standing = self.standing.iter().filter(|(_, (since, _))| now.saturating_sub(*since) >= SETTLING_MS);
        let standing = standing.filter(|(key, _)| !self.found.contains_key(key)).map(|(key, (_, found))| (key, found));
        let mut all: Vec<(&FindingKey, &Found)> = self.found.iter().chain(standing).collect();
        // By place: the codes come in no order that would say anything.
        all.sort_by(|a, b| (&a.0.1, a.0.0).cmp(&(&b.0.1, b.0.0)));
        let count = all.len() as u64 + self.more;
        if count == 0 {
            let open = self.open.take()?;
            return Some(Alarm {
                summary: "what looked altered was settled by lines that came later".to_owned(),
                ..self.alarm(AlarmState::Closed, open.id, &[])
            });
        }
        let mut codes: Vec<&str> = all.iter().map(|(key, _)| key.0).collect();
        codes.sort_unstable();
        codes.dedup();
        let is_news = |open: &OpenFailure| {
            codes != open.told.1 || count != open.told.0 && now.saturating_sub(open.told_at) >= UPDATE_EVERY_MS
        };
        let (state, id) = match &self.open {
            Some(open) if !is_news(open) => return None,
            Some(open) => (AlarmState::Updated, open.id.clone()),
            None => (AlarmState::Raised, self.id(all.first()?.0)),
        };
        let alarm = self.alarm(state, id.clone(), &all);
        self.open = Some(OpenFailure { id, told: (count, codes), told_at: now });
        Some(alarm)
    }

    fn id(&self, (code, place): &FindingKey) -> AlarmId {
        let kind = Kind::IntegrityFailure;
        AlarmId::new(AlarmKind::Incident(kind), kind.rule(), None, self.name_of(code, place.as_ref()))
    }

    /// The last entry that verifies before a place.
    fn before(&self, place: Option<&Place>) -> Option<&VerifiedEntry> {
        let place = place?;
        let is_before = |entry: &&VerifiedEntry| entry.place.file != place.file || entry.place.line < place.line;
        self.verified.iter().rev().find(is_before)
    }

    /// What names a finding: the last entry before it that verifies, or else itself.
    pub(super) fn name_of(&self, code: &str, place: Option<&Place>) -> EntryName {
        let before = self.before(place).map(|entry| entry.name);
        before.unwrap_or_else(|| {
            let line = place.map_or(0, |place| place.line);
            EntryName::Text(Sha256::digest(format!("{}\0{}\0{line}", self.stream, code)).into())
        })
    }

    fn alarm(&self, state: AlarmState, id: AlarmId, all: &[(&FindingKey, &Found)]) -> Alarm {
        let kind = Kind::IntegrityFailure;
        let mut names: Vec<&str> = all.iter().map(|((code, _), _)| *code).collect();
        names.sort_unstable();
        names.dedup();
        let placed = all.iter().filter_map(|((_, place), found)| Some((place.as_ref()?, *found)));
        let reference = |(place, found): (&Place, &Found)| {
            let through = found.through.as_ref().filter(|through| through.file == place.file);
            let through = through.map_or(place.line, |it| it.line);
            Reference { file: Arc::clone(&place.file), line: place.line, through, entries: found.lines }
        };
        let places: Vec<Reference> = placed.map(reference).collect();
        let first = all.first().map_or_else(String::new, |((code, _), found)| format!("{code}: {}", found.message));
        let time = all.first().and_then(|((_, place), _)| self.before(place.as_ref())?.time);
        let count = all.len() as u64 + self.more;
        let others = if count > 1 { format!("; {count} findings in all") } else { String::new() };
        let score = kind.severity_score([]);
        let hint = all.first().and_then(|(_, found)| found.hint.clone());
        Alarm {
            state,
            kind: AlarmKind::Incident(kind),
            id,
            severity: Severity::of_score(score),
            severity_score: score,
            title: kind.title().to_owned(),
            summary: format!("{first}{others}"),
            rule: kind.rule().to_owned(),
            rule_text: format!("any finding that only an alteration explains, here {}", names.join(", ")),
            stream: self.stream.to_string(),
            // What stands there does not verify: that much is proven.
            verified: SealProof::Yes,
            client_ids: Vec::new(),
            client_ids_omitted: 0,
            session_ids: Vec::new(),
            session_ids_omitted: 0,
            codes: Vec::new(),
            count,
            counted: kind.counted().to_owned(),
            entries: all.iter().map(|(_, found)| found.lines).sum(),
            // That of the last entry before it that verifies: what stands there itself may be forged.
            first: time,
            last: time,
            places_omitted: places.len().saturating_sub(PLACES_MAX) as u64,
            places: places.into_iter().take(PLACES_MAX).collect(),
            examples: Vec::new(),
            advice: hint.unwrap_or_else(|| kind.advice().to_owned()),
            test: false,
        }
    }
}

fn keyed(finding: Finding) -> (FindingKey, Found) {
    let Finding { code, place, through, lines, message, hint, .. } = finding;
    ((code.name(), place), Found { lines, through, message, hint })
}
