//! An incident in the making: occurrences that belong together, summed up in bounded memory. Whether it is raised, and by
//! which rule, is left to the detectors.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::alterations::Altered;
use super::gaps::Pause;
use super::kind::{Kind, Severity};
use super::occurrence::{EntryRef, Occurrence, count_seal, earlier, later, refer};
use super::report::{Applied, Example, Incident, Reference, SealCounts, SessionRecord};
use crate::entry::LogTime;
use crate::event::catalogue;
use crate::line::Place;

/// How many clients, and how many sessions, an incident lists.
const LISTED_MAX: usize = 100;
/// How many more are told apart; beyond that the number that was left out is a lower bound.
const DISTINCT_MAX: usize = 10_000;
/// How many references an incident lists.
const REFERENCES_MAX: usize = 50;
/// How many examples an incident shows.
const EXAMPLES_MAX: usize = 5;

/// What is known so far.
#[derive(Clone, Debug, Default)]
pub(super) struct IncidentBuilder {
    pub(super) first: Option<LogTime>,
    pub(super) last: Option<LogTime>,
    /// From the first to the last occurrence, in milliseconds.
    pub(super) clocks: Option<(i64, i64)>,
    pub(super) count: u64,
    entries: u64,
    codes: BTreeSet<u16>,
    clients: Distinct<String>,
    sessions: Distinct<SessionRecord>,
    seals: Option<SealCounts>,
    references: Vec<Reference>,
    references_omitted: u64,
    examples: Vec<Example>,
}

/// The first items of a kind, and how many more there were.
#[derive(Clone, Debug)]
struct Distinct<T> {
    items: Vec<T>,
    seen: HashSet<u64>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { items: Vec::new(), seen: HashSet::new() }
    }
}

impl<T> Distinct<T> {
    /// The number of a key that was not seen before, when it is still told apart.
    fn is_new(&mut self, key: impl Hash) -> bool {
        // The hasher has fixed keys: the same log gives the same answer.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.seen.len() < DISTINCT_MAX && self.seen.insert(hasher.finish())
    }

    fn has_room(&self) -> bool {
        self.items.len() < LISTED_MAX
    }

    fn omitted(&self) -> u64 {
        (self.seen.len() - self.items.len()) as u64
    }
}

impl IncidentBuilder {
    /// Takes an occurrence in.
    pub(super) fn add(&mut self, occurrence: &Occurrence) {
        self.count += 1;
        let (from, to) = self.clocks.unwrap_or((occurrence.clock, occurrence.clock));
        self.clocks = Some((from.min(occurrence.clock), to.max(occurrence.clock)));
        occurrence.sightings.iter().for_each(|sighting| self.add_sighting(sighting));
        if let Some(client) = &occurrence.client {
            self.add_client(client);
        }
        if let Some(session) = &occurrence.session {
            self.add_session(session, occurrence);
        }
    }

    fn add_sighting(&mut self, sighting: &EntryRef) {
        let example = &sighting.example;
        self.entries += 1;
        self.codes.extend(sighting.code);
        self.first = earlier(self.first, example.time);
        self.last = later(self.last, example.time);
        if let Some(status) = sighting.status {
            count_seal(self.seals.get_or_insert_default(), status);
        }
        if !refer(&mut self.references, REFERENCES_MAX, &example.file, example.line) {
            self.references_omitted += 1;
        }
        let same = |it: &Example| it.message == example.message && it.error == example.error;
        if self.examples.len() < EXAMPLES_MAX && !self.examples.iter().any(same) {
            self.examples.push(example.clone());
        }
    }

    fn add_client(&mut self, client: &Arc<str>) {
        if self.clients.is_new(client) && self.clients.has_room() {
            self.clients.items.push(client.to_string());
        }
    }

    fn add_session(&mut self, session: &SessionRecord, occurrence: &Occurrence) {
        let entries = occurrence.sightings.len() as u64;
        let last = occurrence.sightings.iter().fold(None, |last, it| later(last, it.example.time));
        let is_new = self.sessions.is_new((session.run, &session.session_id));
        if is_new && self.sessions.has_room() {
            self.sessions.items.push(SessionRecord { entries, last, ..session.clone() });
        } else if let Some(known) =
            self.sessions.items.iter_mut().find(|it| (it.run, &it.session_id) == (session.run, &session.session_id))
        {
            known.entries += entries;
            known.last = later(known.last, last);
        }
    }

    /// A pause between two entries: nothing happened in it.
    pub(super) fn of_pause(pause: Pause) -> Self {
        let mut draft = Self { first: Some(pause.from), last: Some(pause.to), count: 1, ..Self::default() };
        for Place { file, line } in [pause.after, pause.before] {
            refer(&mut draft.references, REFERENCES_MAX, &file, line);
        }
        draft
    }

    /// The same with other references and another count: what verification found, which is more precise than the entries.
    /// What entries say of themselves that do not verify has no say in how severe that is.
    pub(super) fn found(mut self, altered: &Altered) -> Self {
        (self.count, self.references_omitted) = (altered.count(), altered.other_lines);
        self.references.clear();
        self.codes.clear();
        for finding in &altered.findings {
            let Some(Place { file, line }) = finding.place.clone() else { continue };
            if self.references.len() == REFERENCES_MAX {
                self.references_omitted += finding.lines;
                continue;
            }
            let through = finding.through.as_ref().filter(|through| through.file == file).map_or(line, |it| it.line);
            self.references.push(Reference { file, line, through, entries: finding.lines });
        }
        self
    }

    /// The incident, raised by a rule. Its number is left open.
    pub(super) fn raise(self, kind: Kind, rule: Applied) -> Incident {
        let score = kind.severity_score(self.codes.iter().copied());
        let advice = advice(kind, &self.codes);
        Incident {
            number: 0,
            kind,
            title: kind.title(),
            severity: Severity::of_score(score),
            severity_score: score,
            codes: self.codes.into_iter().collect(),
            client_ids_omitted: self.clients.omitted(),
            client_ids: self.clients.items,
            sessions_omitted: self.sessions.omitted(),
            sessions: self.sessions.items,
            first: self.first,
            last: self.last,
            entries: self.entries,
            count: self.count,
            counted: kind.counted(),
            rule,
            seals: self.seals,
            references: self.references,
            references_omitted: self.references_omitted,
            examples: self.examples,
            advice: advice.to_owned(),
        }
    }
}

/// What to do first: what the catalogue says of the worst code, or what the kind asks for.
fn advice(kind: Kind, codes: &BTreeSet<u16>) -> &'static str {
    let told = codes.iter().filter(|code| kind.is_told_by(**code));
    let worst = told.filter_map(|code| catalogue::find(*code)).max_by_key(|entry| entry.severity);
    worst.map_or(kind.advice(), |entry| entry.response)
}

#[cfg(test)]
pub(super) mod tests;
