//! Looks at every line of the inputs, in their order, hands each entry to those who count and detect, and makes the report of
//! it all. Memory does not grow with the log; what is kept is bounded by the lists of the report.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::context::{EntryContext, StreamContext};
use super::detectors::Detectors;
use super::entry_counter::EntryCounter;
use super::gaps::{Gaps, Pauses, UnsignedRuns};
use super::incidents::{Altered, IncidentBuilder};
use super::kind::Kind;
use super::occurrence::{EntryFacts, LineFacts, Occurrence, Sign};
use super::report::{Applied, IncidentReport, InputFile, RunEnd, Scope, Verification};
use super::rules::Rules;
use super::sigma::SigmaMatches;
use crate::entry::{Format, LogTime};
use crate::line::Place;
use crate::query::{Names, SigmaRules, TimeRange};
use crate::reading::FileEvent;
use crate::record::{Flow, RecordSink, Records};
use crate::source::Stream;
use crate::verdict::IntegrityStatus;
use crate::verdict::code::Code;
use crate::verdict::report::{Finding, Gathered, Limit};

/// What a report is asked for.
#[derive(Clone, Debug, Default)]
pub struct InvestigationOptions {
    /// The period it is confined to.
    pub period: TimeRange,
    /// The clients it is confined to; any, when there is none.
    pub clients: Names,
    /// When entries make an incident.
    pub rules: Rules,
    /// Rules of Sigma that raise incidents beside these.
    pub sigma: Option<Arc<SigmaRules>>,
    /// Whether sessions are listed.
    pub sessions: bool,
    /// The format that entries must have; None is to detect it.
    pub format: Option<Format>,
}

impl InvestigationOptions {
    /// What the report is confined to, for the report.
    pub fn scope(&self) -> Scope {
        Scope { since: self.period.from, before: self.period.before, client_ids: self.clients.to_words() }
    }
}

/// What a report says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportMeta {
    /// What it is called.
    pub title: String,
    /// The number of the case it belongs to.
    pub case_id: Option<String>,
    /// When it was made; only when asked for.
    pub generated_at: Option<LogTime>,
    /// What was typed, as a shell would take it.
    pub command: String,
}

/// What verification found in the same pass.
pub struct Verified {
    /// The answer, and what led to it, as far as a report lists it.
    pub gathered: Gathered,
    /// What only an alteration explains, all of it, by file.
    pub altered: Vec<(Option<Arc<str>>, Altered)>,
}

/// What came of an investigation.
#[derive(Debug)]
pub struct Conclusion {
    /// The report, except for the hashes of its inputs. There is one input for every file, in reading order.
    pub report: IncidentReport,
    /// The clients of the whole log, in scope or not, by first appearance; None when there are more than can be known.
    pub client_ids: Option<Vec<String>>,
}

/// Lines that are read while those before them are investigated.
const LINES_AT_ONCE: usize = 512;
/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 128;

/// How many ends of a service are remembered that a poison record led to.
const POISON_SHUTDOWNS_MAX: usize = 10_000;

/// A longer pause counts as this much of the time that was watched, in milliseconds: one wrong time must not make it long.
const WATCHED_STEP_MAX_MS: i64 = 86_400_000;

/// A service that shuts itself down may log so many lines more before it is gone.
const SHUTDOWN_LINES_MAX: u64 = 20;

/// An investigation on its way.
#[derive(Debug)]
pub struct Investigation {
    options: InvestigationOptions,
    context: StreamContext,
    counter: EntryCounter,
    unsigned_runs: UnsignedRuns,
    pauses: Pauses,
    gaps: Gaps,
    detectors: Detectors,
    sigma: Option<SigmaMatches>,
    inputs: Inputs,
    /// By stream: the entries whose seal is wrong.
    failures: Vec<(Arc<str>, IncidentBuilder)>,
    /// Where verified entries say that a service ended itself because of a poison record; the first ones.
    poison_shutdowns: Vec<Place>,
    stream: Position,
}

/// Where in a stream it is.
#[derive(Debug, Default)]
struct Position {
    name: Arc<str>,
    begun: bool,
    /// The file whose lines come now.
    file: Arc<str>,
    /// The entry that set the clock.
    previous: Option<(LogTime, Place)>,
    /// How much of the period in question passed, in milliseconds.
    watched_ms: i64,
    failed: IncidentBuilder,
}

impl Investigation {
    /// Nothing was read yet.
    pub fn new(options: InvestigationOptions) -> Self {
        let (rules, sessions) = (options.rules, options.sessions);
        Self {
            sigma: options.sigma.clone().map(SigmaMatches::new),
            options,
            context: StreamContext::of_report(sessions),
            counter: EntryCounter::default(),
            unsigned_runs: UnsignedRuns::default(),
            pauses: Pauses::new(rules.silence),
            gaps: Gaps::default(),
            detectors: Detectors::new(rules),
            inputs: Inputs::default(),
            failures: Vec::new(),
            poison_shutdowns: Vec::new(),
            stream: Position::default(),
        }
    }

    /// Ends it and makes the report. `verified` is what verification found in the same pass.
    pub fn conclude(mut self, meta: ReportMeta, verified: Option<Verified>) -> Conclusion {
        self.end();
        let not_shown = self.not_shown(verified.as_ref().map(|verified| &verified.gathered));
        let verification = verified.map(|verified| {
            self.raise_integrity_failures(verified.altered);
            let mut verification = Verification::of(verified.gathered);
            verification.findings.iter_mut().for_each(|finding| self.explain(finding));
            verification
        });
        let silences = self.pauses.finish();
        self.detectors.silences(&silences);
        let (gaps, gaps_omitted) = self.gaps.finish(&silences);
        let raised = self.detectors.finish();
        let StreamContext { clients, sessions, runs, .. } = self.context;
        let (runs, runs_omitted) = runs.finish();
        let (sessions, sessions_omitted) = sessions.finish();
        let (unsigned, unsigned_omitted) = self.unsigned_runs.finish();
        let report = IncidentReport {
            title: meta.title,
            case_id: meta.case_id,
            generated_at: meta.generated_at,
            command: meta.command,
            redacted: Vec::new(),
            scope: self.options.scope(),
            verification,
            inputs: self.inputs.finish(),
            period: self.counter.period(),
            incidents: raised.incidents,
            incidents_omitted: raised.omitted,
            incidents_by_severity: raised.counts,
            totals: self.counter.finish(&clients),
            runs,
            runs_omitted,
            sessions,
            sessions_omitted,
            unsigned,
            unsigned_omitted,
            gaps,
            gaps_omitted,
            rules: self.options.rules,
            not_shown,
        };
        Conclusion { report, client_ids: clients.names() }
    }
}

impl RecordSink for Investigation {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.end();
        self.stream.name = Arc::clone(&stream.name);
        self.stream.begun = true;
        self.context.begin_stream(&stream.name);
        Ok(())
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
            FileEvent::Added { .. } => {}
            FileEvent::Opened { .. } => self.begin_file(file),
            FileEvent::Lines { .. } => self.lines(records),
            FileEvent::Closed { wrapper, compression, .. } => {
                self.inputs.close(*wrapper, *compression);
            }
            FileEvent::Failed { missing, why, .. } => {
                if !Arc::ptr_eq(&self.stream.file, file) {
                    self.begin_file(file);
                }
                self.unread(if *missing { "the file is missing" } else { why });
            }
        }
        Ok(Flow::Continue)
    }
}

impl Investigation {
    fn begin_file(&mut self, file: &Arc<str>) {
        self.unsigned_runs.end();
        self.stream.file = Arc::clone(file);
        self.inputs.begin(Arc::clone(file), Arc::clone(&self.stream.name));
    }

    fn unread(&mut self, why: &str) {
        let lines = self.inputs.unread(why);
        let from = self.stream.previous.as_ref().map(|(time, _)| *time);
        self.gaps.unread(&self.stream.file, lines, from);
        self.context.runs.tear();
    }

    /// Reads the lines on all threads, and investigates on one of them those that were read before.
    fn lines<'r>(&mut self, records: &'r Records<'_>) {
        let sigma = self.options.sigma.clone();
        let read = |from: usize, facts: &mut Vec<LineFacts<'r>>| {
            let lines = from.min(records.len())..records.len().min(from + LINES_AT_ONCE);
            let facts_of = |line| LineFacts::of(records.get(line), sigma.as_deref());
            lines.into_par_iter().with_min_len(LINES_PER_TASK).map(facts_of).collect_into_vec(facts);
        };
        let (mut now, mut ahead) = (Vec::new(), Vec::new());
        read(0, &mut now);
        for from in (0..records.len()).step_by(LINES_AT_ONCE) {
            rayon::join(|| self.investigate(records, from, &now), || read(from + LINES_AT_ONCE, &mut ahead));
            std::mem::swap(&mut now, &mut ahead);
        }
    }

    /// Takes in what was read of the lines from this one on, in their order.
    fn investigate(&mut self, records: &Records<'_>, from: usize, facts: &[LineFacts<'_>]) {
        for (index, seen) in (from..).zip(facts) {
            let (line, integrity) = (records.line(index), records.integrity(index));
            self.counter.lines += 1;
            self.inputs.line(if let LineFacts::Entry(entry) = seen { Some(entry.format) } else { None });
            match seen {
                LineFacts::Blank => self.counter.blank_lines += 1,
                LineFacts::Other => {
                    self.counter.other_lines += 1;
                    self.unsigned_runs.add(&self.stream.file, line.number, None);
                }
                LineFacts::Entry(entry) => {
                    let status = integrity.map(|integrity| integrity.status);
                    if status == Some(IntegrityStatus::Repeated) {
                        continue;
                    }
                    self.entry(entry, line.number, status);
                }
            }
        }
    }

    fn entry(&mut self, entry: &EntryFacts<'_>, line: u64, status: Option<IntegrityStatus>) {
        let file = Arc::clone(&self.stream.file);
        let context = self.context.place(entry, &file, line, status);
        if entry.sealed {
            self.unsigned_runs.end();
        } else {
            self.unsigned_runs.add(&file, line, entry.time);
        }
        if status == Some(IntegrityStatus::Failed) {
            let failed = context.occurrence(None);
            self.stream.failed.add(&Occurrence { client: None, ..failed });
        }
        self.note_poison_shutdown(&context);
        let in_scope = self.is_in_scope(&context);
        self.watch_pauses(&context);
        if !in_scope {
            self.counter.out_of_scope += 1;
            return;
        }
        self.counter.add(entry.level, entry.code, entry.time, entry.sealed);
        self.context.clients.count(context.client_number, entry.time);
        let session = self.context.session_of(entry);
        context.tell(&mut self.detectors, session);
        if let (Some(sigma), Some(hits)) = (&mut self.sigma, &entry.sigma) {
            let over = sigma.observe(hits, context.tick.now, || context.occurrence(session));
            over.into_iter().for_each(|incident| self.detectors.raise(incident));
        }
    }

    /// Whether the report is about it.
    fn is_in_scope(&self, context: &EntryContext<'_>) -> bool {
        let InvestigationOptions { period, clients, .. } = &self.options;
        (period.is_open() || context.entry.time.is_some_and(|time| period.contains(time)))
            && (clients.is_empty() || context.client.as_deref().is_some_and(|it| clients.contain(it.as_bytes())))
    }

    /// Takes note that a service ends itself; an entry that does not verify explains nothing.
    fn note_poison_shutdown(&mut self, context: &EntryContext<'_>) {
        let verified = context.status.is_some_and(IntegrityStatus::is_proven);
        let told = context.entry.sign == Some(Sign::PoisonShutdown) && verified;
        if told && self.poison_shutdowns.len() < POISON_SHUTDOWNS_MAX {
            self.poison_shutdowns.push(Place { file: Arc::clone(context.file), line: context.line });
        }
    }

    /// Takes note of the time between this entry and the one before it.
    fn watch_pauses(&mut self, context: &EntryContext<'_>) {
        let (observed, tick) = (&context.observed, context.tick);
        let Some(time) = context.entry.time else { return };
        let place = || Place { file: Arc::clone(context.file), line: context.line };
        let torn = self.gaps.close(time, place);
        if let Some(replaced) = &observed.replaced
            && replaced.end != RunEnd::LogEnds
        {
            self.gaps.service_was_down(replaced, time, place());
        }
        let InvestigationOptions { period, clients, .. } = &self.options;
        if let Some((before, before_place)) = &self.stream.previous {
            // Where only some clients are looked at, nothing says that nothing was logged. A pause that begins or ends
            // outside of the period is one all the same.
            let touched = period.from.is_none_or(|from| from <= time) && period.before.is_none_or(|it| *before < it);
            if touched && clients.is_empty() && observed.running && !torn {
                self.pauses.add(*before, time, || (before_place.clone(), place()));
            }
            if period.contains(*before) && period.contains(time) {
                self.stream.watched_ms = self.stream.watched_ms.saturating_add(tick.step.min(WATCHED_STEP_MAX_MS));
            }
        }
        match &mut self.stream.previous {
            _ if !tick.sets => {}
            Some((before, Place { file, line })) if Arc::ptr_eq(file, context.file) => {
                (*before, *line) = (time, context.line);
            }
            previous => *previous = Some((time, place())),
        }
    }

    fn end_stream(&mut self) {
        self.detectors.end_stream(self.stream.watched_ms);
        let over = self.sigma.as_mut().map(SigmaMatches::end_stream).unwrap_or_default();
        over.into_iter().for_each(|incident| self.detectors.raise(incident));
        self.unsigned_runs.end();
        self.gaps.end_stream();
        let ended = std::mem::take(&mut self.stream);
        self.failures.push((ended.name, ended.failed));
    }

    /// Nothing more is read.
    fn end(&mut self) {
        if self.stream.begun {
            self.end_stream();
        }
    }

    fn not_shown(&self, verified: Option<&Gathered>) -> Vec<Limit> {
        let of_run = |what: &str| Limit { stream: None, what: what.to_owned() };
        let mut limits = match verified {
            Some(gathered) => gathered.summary.not_shown.clone(),
            None => vec![of_run("whether the log was altered: no key was given, so no seal was checked")],
        };
        if !self.options.clients.is_empty() {
            limits.push(of_run("silence, restarts and whatever names no client: only some clients are looked at"));
        }
        limits.extend(self.sigma.iter().flat_map(SigmaMatches::not_shown).map(|what| of_run(&what)));
        if !self.options.period.is_open() {
            limits.push(of_run("entries that do not state their time: only a period is looked at"));
        }
        limits
    }

    /// One incident for each stream in which something is found that only an alteration explains.
    fn raise_integrity_failures(&mut self, altered: Vec<(Option<Arc<str>>, Altered)>) {
        let streams = self.inputs.streams();
        let mut by_stream: BTreeMap<Option<Arc<str>>, Altered> = BTreeMap::new();
        for (file, altered) in altered {
            let stream = file.and_then(|file| streams.get(&file).map(Arc::clone));
            by_stream.entry(stream).or_default().merge(altered);
        }
        let mut failures: HashMap<Arc<str>, IncidentBuilder> = std::mem::take(&mut self.failures).into_iter().collect();
        for (stream, altered) in by_stream {
            let builder = stream.and_then(|stream| failures.remove(&stream)).unwrap_or_default();
            let rule = applied(&altered);
            self.detectors.raise(builder.with_findings(&altered).raise(Kind::IntegrityFailure, rule));
        }
    }

    /// Acra ends itself without closing its chain when a poison record is read and it is told to shut down on one: where the
    /// log says so in a line that verified, right at the end of the chain, nobody need look for a crash.
    fn explain(&self, finding: &mut Finding) {
        let Some(end) = finding.place.as_ref().filter(|_| finding.code == Code::ChainUnfinished) else { return };
        let is_near =
            |it: &&Place| it.file == end.file && it.line <= end.line && end.line - it.line <= SHUTDOWN_LINES_MAX;
        if let Some(shutdown) = self.poison_shutdowns.iter().find(is_near) {
            finding.hint = Some(format!(
                "the service shut itself down here because a poison record was read ({}:{} says so), and Acra does not \
                 close its chain then; look at the poison record",
                shutdown.file, shutdown.line
            ));
        }
    }
}

/// The rule of an altered log: the names of what was found, and how often.
fn applied(altered: &Altered) -> Applied {
    let numbers: BTreeMap<&'static str, u64> =
        altered.by_code.iter().map(|(code, count)| (code.name(), *count)).collect();
    let names: Vec<&str> = numbers.keys().copied().collect();
    let text = format!("any finding of verification that only an alteration explains, here {}", names.join(", "));
    Applied { name: Kind::IntegrityFailure.rule().into(), text, numbers }
}

/// All files so far, in reading order; the last one is being read.
#[derive(Debug, Default)]
struct Inputs {
    files: Vec<InputFile>,
}

impl Inputs {
    fn begin(&mut self, path: Arc<str>, stream: Arc<str>) {
        self.files.push(InputFile::of_stream(path, stream));
    }

    /// Counts a line; `entry` is its format when it is one.
    fn line(&mut self, entry: Option<Format>) {
        let Some(file) = self.files.last_mut() else { return };
        file.lines += 1;
        if let Some(format) = entry {
            file.entries += 1;
            if !file.formats.contains(&format) {
                file.formats.push(format);
            }
        }
    }

    /// What the lines were wrapped in shows at the end.
    fn close(&mut self, wrapper: Option<&'static str>, compression: Option<&'static str>) {
        if let Some(file) = self.files.last_mut() {
            (file.wrapper, file.compression) = (wrapper, compression);
        }
    }

    /// The file cannot be read, or not to its end; the lines that were had.
    fn unread(&mut self, why: &str) -> u64 {
        let Some(file) = self.files.last_mut() else { return 0 };
        file.unread = Some(why.to_owned());
        file.lines
    }

    /// The stream that a file belongs to.
    fn streams(&self) -> HashMap<Arc<str>, Arc<str>> {
        self.files.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.stream))).collect()
    }

    /// The files, in reading order.
    fn finish(self) -> Vec<InputFile> {
        self.files
    }
}

#[cfg(test)]
mod tests;
