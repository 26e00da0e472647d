//! Incidents: in the making, from occurrences that belong together; listed, within bounded memory; and in groups, for people.
//! Whether one is raised, and by which rule, is left to the detectors.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::gaps::Pause;
use super::kind::{Kind, Severity};
use super::occurrence::{EntryName, EntryRef, Occurrence, SessionMoment, count_seal, earlier, later, refer};
use super::report::{Applied, Example, Incident, Reference, SealCounts, SessionRecord, SeverityCounts};
use crate::entry::LogTime;
use crate::event::catalogue;
use crate::line::Place;
use crate::verdict::code::{Class, Code};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// How many clients, and how many sessions, an incident lists.
const LISTED_MAX: usize = 100;
/// How many more are told apart; beyond that the number that was left out is a lower bound.
const DISTINCT_MAX: usize = 10_000;
/// How many references an incident lists.
const REFERENCES_MAX: usize = 50;
/// How many examples an incident shows.
const EXAMPLES_MAX: usize = 5;

/// An incident in the making: what is known of it so far.
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
    /// The entry that was added last.
    pub(super) latest: Option<EntryName>,
}

/// The first items of a kind, and how many more there were.
#[derive(Clone, Debug)]
struct Distinct<T> {
    items: Vec<T>,
    /// Where the items are, by the hashes of their keys.
    places: HashMap<u64, usize, RandomState>,
    /// The hashes of the keys that are told apart, those of the items among them.
    seen: HashSet<u64, RandomState>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: HashMap::default(), seen: HashSet::default() }
    }
}

impl<T> Distinct<T> {
    /// The item of a key, made where the key was not seen before and there is room; None when it is not listed. Looked up,
    /// not looked for: of a busy service nearly every entry has a key that is not among the first ones.
    fn listed(&mut self, key: impl Hash, make: impl FnOnce() -> T) -> Option<&mut T> {
        // The hasher has fixed keys: the same log gives the same answer.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(place) = self.places.get(&hash) {
            return self.items.get_mut(*place);
        }
        let is_new = self.seen.len() < DISTINCT_MAX && self.seen.insert(hash);
        if !is_new || self.items.len() == LISTED_MAX {
            return None;
        }
        self.places.insert(hash, self.items.len());
        self.items.push(make());
        self.items.last_mut()
    }

    fn omitted(&self) -> u64 {
        (self.seen.len() - self.items.len()) as u64
    }
}

impl IncidentBuilder {
    pub(super) fn add(&mut self, occurrence: &Occurrence) {
        self.count += 1;
        let (from, to) = self.clocks.unwrap_or((occurrence.clock, occurrence.clock));
        self.clocks = Some((from.min(occurrence.clock), to.max(occurrence.clock)));
        occurrence.entries.iter().for_each(|entry| self.add_entry(entry));
        if let Some(client) = &occurrence.client {
            self.add_client(client);
        }
        if let Some(session) = &occurrence.session {
            self.add_session(session, occurrence);
        }
    }

    fn add_entry(&mut self, entry: &EntryRef) {
        let example = &entry.example;
        self.entries += 1;
        self.codes.extend(entry.code);
        self.latest = entry.name.or(self.latest);
        self.first = earlier(self.first, example.time);
        self.last = later(self.last, example.time);
        if let Some(status) = entry.status {
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
        self.clients.listed(client, || client.to_string());
    }

    fn add_session(&mut self, moment: &SessionMoment, occurrence: &Occurrence) {
        let key = (moment.session.run, &*moment.session.id);
        let known = self.sessions.listed(key, || moment.session.record(moment.first, None, 0));
        // Another session may have the same hash; then this one is not listed.
        if let Some(known) = known.filter(|known| (known.run, &*known.session_id) == key) {
            known.entries += occurrence.entries.len() as u64;
            known.last = occurrence.entries.iter().fold(known.last, |last, it| later(last, it.example.time));
        }
    }

    /// A pause between two entries: nothing happened in it.
    pub(super) fn of_pause(pause: Pause) -> Self {
        let mut builder = Self { first: Some(pause.from), last: Some(pause.to), count: 1, ..Self::default() };
        for Place { file, line } in [pause.after, pause.before] {
            refer(&mut builder.references, REFERENCES_MAX, &file, line);
        }
        builder
    }

    /// Takes its references and its count from what verification found, which is more precise than the entries.
    /// What entries say of themselves that do not verify has no say in how severe that is.
    pub(super) fn with_findings(mut self, altered: &Altered) -> Self {
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
        self.raise_as(kind, kind.title().into(), score, rule, advice)
    }

    /// The same, raised by a rule of Sigma, which says what it is called and how severe it is. So many entries belong to it,
    /// those included that were not kept.
    pub(super) fn raise_by_sigma(mut self, title: String, score: u8, count: u64, rule: Applied) -> Incident {
        let not_kept = count.saturating_sub(self.count);
        self.count += not_kept;
        self.entries += not_kept;
        self.references_omitted += not_kept;
        let worst = self.codes.iter().filter_map(|code| catalogue::find(*code)).max_by_key(|entry| entry.severity);
        let advice = worst.map_or(Kind::Sigma.advice(), |entry| entry.response);
        self.raise_as(Kind::Sigma, title.into(), score, rule, advice)
    }

    fn raise_as(
        self,
        kind: Kind,
        title: Cow<'static, str>,
        score: u8,
        rule: Applied,
        advice: &'static str,
    ) -> Incident {
        Incident {
            number: 0,
            kind,
            title,
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

/// How many bytes incidents may take: a hundred thousand with one entry each, and as many again.
const BYTES_MAX: usize = 512 << 20;
/// What a map of a few numbers takes, in bytes.
const NUMBERS_BYTES: usize = 320;

/// All incidents so far: all of them, as long as they take no more memory than is set aside; beyond that the most severe ones,
/// and that the log was altered whatever comes. They are counted before anything is left out.
#[derive(Debug)]
pub(super) struct IncidentList {
    incidents: Vec<Incident>,
    counts: SeverityCounts,
    omitted: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Default for IncidentList {
    fn default() -> Self {
        Self::with_room_for(BYTES_MAX)
    }
}

impl IncidentList {
    fn with_room_for(bytes_max: usize) -> Self {
        Self { incidents: Vec::new(), counts: SeverityCounts::default(), omitted: 0, bytes: 0, bytes_max }
    }

    pub(super) fn add(&mut self, incident: Incident) {
        self.counts.add(incident.severity, 1);
        self.bytes += bytes_of(&incident);
        self.incidents.push(incident);
        if self.bytes > self.bytes_max {
            self.shorten();
        }
    }

    /// Makes room for a quarter as much again, so that it is not done for each one.
    fn shorten(&mut self) {
        // Stable: of equally severe ones those that were raised first stay.
        self.incidents.sort_by_key(|incident| (!is_kept(incident), Reverse(incident.severity_score)));
        let (mut kept, mut bytes) = (0, 0);
        for incident in &self.incidents {
            let with_it = bytes + bytes_of(incident);
            if with_it > self.bytes_max / 4 * 3 && !is_kept(incident) {
                break;
            }
            (kept, bytes) = (kept + 1, with_it);
        }
        self.omitted += (self.incidents.len() - kept) as u64;
        self.incidents.truncate(kept);
        self.bytes = bytes;
    }

    /// Incidents that are not even taken in.
    pub(super) fn omit(&mut self, severity: Severity, count: u64) {
        self.counts.add(severity, count);
        self.omitted += count;
    }

    /// The incidents, numbered: that the log was altered comes first, whatever its time, then the others by time, those
    /// without one last.
    pub(super) fn finish(mut self) -> Raised {
        self.incidents.sort_by_key(|it| (it.kind != Kind::IntegrityFailure, it.first.is_none(), it.first, it.kind));
        for (number, incident) in (1..).zip(&mut self.incidents) {
            incident.number = number;
        }
        Raised { incidents: self.incidents, counts: self.counts, omitted: self.omitted }
    }
}

#[derive(Debug)]
pub(super) struct Raised {
    pub(super) incidents: Vec<Incident>,
    /// By severity, those that were left out as well.
    pub(super) counts: SeverityCounts,
    pub(super) omitted: u64,
}

/// Whether nothing pushes it out. There are no more of these than streams.
fn is_kept(incident: &Incident) -> bool {
    incident.kind == Kind::IntegrityFailure
}

/// What an incident takes in memory, about.
fn bytes_of(incident: &Incident) -> usize {
    let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
    let session = |it: &SessionRecord| {
        let client = it.client_id.as_ref().map_or(0, String::len);
        size_of::<SessionRecord>() + it.session_id.len() + client + texts(&it.addresses)
    };
    let examples = incident
        .examples
        .iter()
        .map(|it| size_of_val(it) + it.message.len() + it.error.as_ref().map_or(0, String::len));
    size_of::<Incident>()
        + size_of_val(&*incident.codes)
        + size_of_val(&*incident.references)
        + texts(&incident.client_ids)
        + incident.sessions.iter().map(session).sum::<usize>()
        + examples.sum::<usize>()
        + incident.rule.text.len()
        + incident.rule.name.len()
        + incident.title.len()
        + NUMBERS_BYTES
        + incident.advice.len()
}

/// Incidents of one kind and of one client, or of one kind and of several clients, or of none; those of Sigma by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentGroup {
    pub kind: Kind,
    /// The rule of Sigma, by its title.
    pub sigma_rule: Option<String>,
    /// How severe the worst of them is, in a word.
    pub severity: Severity,
    /// The same, 0 to 10.
    pub severity_score: u8,
    /// The number of the first one in the report.
    pub number: u64,
    /// The place of the first one in the list of incidents.
    pub first_at: usize,
    pub incidents: u64,
    /// How often it happened in all of them.
    pub count: u64,
    /// The time of the first entry of the first one.
    pub first: Option<LogTime>,
    /// The time of the last entry of them all.
    pub last: Option<LogTime>,
}

/// The groups of a list of incidents, the worst first: that the log was altered, then by severity, then by time; and of each
/// incident the place of its group and how many of its group came before it.
pub fn groups(incidents: &[Incident]) -> (Vec<IncidentGroup>, Vec<(usize, usize)>) {
    let mut groups: Vec<IncidentGroup> = Vec::new();
    let mut places: HashMap<(Kind, Option<&str>, GroupClient<'_>), usize> = HashMap::new();
    let mut members = Vec::with_capacity(incidents.len());
    for (at, incident) in incidents.iter().enumerate() {
        let place =
            *places.entry((incident.kind, sigma_rule(incident), GroupClient::of(incident))).or_insert_with(|| {
                groups.push(IncidentGroup::beginning_with(incident, at));
                groups.len() - 1
            });
        let group = &mut groups[place];
        members.push((place, usize::try_from(group.incidents).unwrap_or(usize::MAX)));
        group.add(incident);
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|at| {
        let group = &groups[*at];
        (group.kind != Kind::IntegrityFailure, Reverse(group.severity_score), group.number)
    });
    let mut new_place = vec![0; groups.len()];
    order.iter().enumerate().for_each(|(new, old)| new_place[*old] = new);
    members.iter_mut().for_each(|(place, _)| *place = new_place[*place]);
    (order.into_iter().map(|at| groups[at].clone()).collect(), members)
}

/// The rule of Sigma that raised it, by its title.
fn sigma_rule(incident: &Incident) -> Option<&str> {
    (incident.kind == Kind::Sigma).then_some(&*incident.title)
}

/// Whose incident it is.
#[derive(PartialEq, Eq, Hash)]
enum GroupClient<'a> {
    None,
    One(&'a str),
    Several,
}

impl<'a> GroupClient<'a> {
    fn of(incident: &'a Incident) -> Self {
        match (&*incident.client_ids, incident.client_ids_omitted) {
            ([], 0) => Self::None,
            ([client], 0) => Self::One(client),
            _ => Self::Several,
        }
    }
}

impl IncidentGroup {
    fn beginning_with(incident: &Incident, first_at: usize) -> Self {
        Self {
            kind: incident.kind,
            sigma_rule: sigma_rule(incident).map(str::to_owned),
            severity: incident.severity,
            severity_score: incident.severity_score,
            number: incident.number,
            first_at,
            incidents: 0,
            count: 0,
            first: incident.first,
            last: incident.last,
        }
    }

    fn add(&mut self, incident: &Incident) {
        self.incidents += 1;
        self.count += incident.count;
        self.severity = self.severity.max(incident.severity);
        self.severity_score = self.severity_score.max(incident.severity_score);
        self.first = self.first.into_iter().chain(incident.first).min();
        self.last = self.last.into_iter().chain(incident.last).max();
    }
}

/// How many findings of a file an incident refers to; the others are counted.
const FINDINGS_MAX: usize = 50;

/// Takes note of alterations on their way to another sink. Memory is bounded by the number of files.
pub struct Alterations<'a> {
    inner: &'a mut (dyn Sink + Send),
    by_file: HashMap<Option<Arc<str>>, Altered>,
}

/// The alterations of a file, or of whatever is not a place in one.
#[derive(Clone, Debug, Default)]
pub struct Altered {
    /// How often each code was found.
    pub(super) by_code: BTreeMap<Code, u64>,
    /// The first findings, in the order in which they were decided.
    pub(super) findings: Vec<Finding>,
    /// Lines of the findings that are not among the first.
    pub(super) other_lines: u64,
}

impl<'a> Alterations<'a> {
    pub fn new(inner: &'a mut (dyn Sink + Send)) -> Self {
        Self { inner, by_file: HashMap::new() }
    }

    /// What was found, by file; what has no place comes first.
    pub fn by_file(self) -> Vec<(Option<Arc<str>>, Altered)> {
        let mut all: Vec<_> = self.by_file.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

impl Altered {
    fn add(&mut self, finding: &Finding) {
        *self.by_code.entry(finding.code).or_default() += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.clone());
        } else {
            self.other_lines += finding.lines;
        }
    }

    /// Adds those of another file of the same stream.
    pub(super) fn merge(&mut self, other: Self) {
        other.by_code.into_iter().for_each(|(code, count)| *self.by_code.entry(code).or_default() += count);
        self.findings.extend(other.findings);
        self.other_lines += other.other_lines;
    }

    pub(super) fn count(&self) -> u64 {
        self.by_code.values().sum()
    }
}

impl Sink for Alterations<'_> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.inner.begin_stream()
    }

    fn pause(&mut self) -> io::Result<()> {
        self.inner.pause()
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        if finding.class == Class::Tampered {
            let file = finding.place.as_ref().map(|place| Arc::clone(&place.file));
            self.by_file.entry(file).or_default().add(&finding);
        }
        self.inner.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.inner.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.inner.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.inner.finish(summary)
    }
}

#[cfg(test)]
pub(crate) mod tests;
