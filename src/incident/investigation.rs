//! Looks at every line of the inputs, in their order, and hands each entry to those who count and detect. Memory does not
//! grow with the log; what is kept is bounded by the lists of the report.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::clock::{StreamClock, Tick};
use super::detectors::Detectors;
use super::entry_context::EntryContext;
use super::entry_counter::Clients;
use super::entry_counter::EntryCounter;
use super::gaps::Gaps;
use super::gaps::Pauses;
use super::gaps::UnsignedRuns;
use super::incidents::IncidentBuilder;
use super::inputs::Inputs;
use super::investigation_options::InvestigationOptions;
use super::occurrence::Occurrence;
use super::occurrence::{EntryFacts, LineFacts, Sign};
use super::report::RunEnd;
use super::runs::{Observed, Runs};
use super::sessions::Sessions;
use crate::entry::LogTime;
use crate::line::Place;
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::source::Stream;
use crate::verdict::IntegrityStatus;

/// How many ends of a service are remembered that a poison record led to.
const POISON_SHUTDOWNS_MAX: usize = 10_000;

/// A longer pause counts as this much of the time that was watched, in milliseconds: one wrong time must not make it long.
const WATCHED_STEP_MAX_MS: i64 = 86_400_000;

/// An investigation on its way.
#[derive(Debug)]
pub struct Investigation {
    pub(super) question: InvestigationOptions,
    pub(super) clients: Clients,
    pub(super) counting: EntryCounter,
    pub(super) sessions: Sessions,
    pub(super) runs: Runs,
    pub(super) stretches: UnsignedRuns,
    pub(super) pauses: Pauses,
    pub(super) gaps: Gaps,
    pub(super) detectors: Detectors,
    pub(super) inputs: Inputs,
    /// By stream: the entries whose seal is wrong.
    pub(super) failures: Vec<(Arc<str>, IncidentBuilder)>,
    /// Where verified entries say that a service ended itself because of a poison record; the first ones.
    pub(super) poison_shutdowns: Vec<Place>,
    stream: Position,
}

/// Where in a stream it is.
#[derive(Debug, Default)]
struct Position {
    name: Arc<str>,
    begun: bool,
    /// The file whose lines come now.
    file: Arc<str>,
    clock: StreamClock,
    /// The entry that set the clock.
    previous: Option<(LogTime, Place)>,
    /// How much of the period in question passed, in milliseconds.
    watched_ms: i64,
    failed: IncidentBuilder,
}

impl Investigation {
    /// Nothing was read yet.
    pub fn new(question: InvestigationOptions) -> Self {
        let (rules, sessions) = (question.rules, question.sessions);
        Self {
            question,
            clients: Clients::default(),
            counting: EntryCounter::default(),
            sessions: Sessions::new(sessions),
            runs: Runs::default(),
            stretches: UnsignedRuns::default(),
            pauses: Pauses::new(rules.silence),
            gaps: Gaps::default(),
            detectors: Detectors::new(rules),
            inputs: Inputs::default(),
            failures: Vec::new(),
            poison_shutdowns: Vec::new(),
            stream: Position::default(),
        }
    }

    fn lines(&mut self, records: &Records<'_>) {
        let look = |lines: Range<usize>| -> Vec<LineFacts<'_>> {
            lines.map(|line| LineFacts::of(records.get(line))).collect()
        };
        let seen: Vec<Vec<LineFacts<'_>>> = records.par_groups().map(look).collect();
        for (Record { line, integrity, .. }, seen) in records.iter().zip(seen.iter().flatten()) {
            self.counting.lines += 1;
            self.inputs.line(if let LineFacts::Entry(entry) = seen { Some(entry.format) } else { None });
            match seen {
                LineFacts::Blank => self.counting.blank_lines += 1,
                LineFacts::Other => {
                    self.counting.other_lines += 1;
                    self.stretches.add(&self.stream.file, line.number, None);
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
        let tick = self.stream.clock.tick(entry.time);
        if entry.sealed {
            self.stretches.end();
        } else {
            self.stretches.add(&self.stream.file, line, entry.time);
        }
        let named = entry.client.as_deref().map(|client| self.clients.named(client));
        let observed = self.runs.observe(entry, &self.stream.file, line, tick.now);
        let session = self.sessions.observe(entry, observed.run, named.as_ref().map(|(name, _)| name), tick.now);
        // The session knows whose it is where the entry does not say so.
        let client = match &named {
            Some((name, _)) => Some(Arc::clone(name)),
            None => session.and_then(|session| session.client.clone()),
        };
        let file = Arc::clone(&self.stream.file);
        let case = EntryContext { entry, file: &file, line, clock: tick.now, status, client };
        if status == Some(IntegrityStatus::Failed) {
            let failed = case.occurrence(None);
            self.stream.failed.add(&Occurrence { client: None, ..failed });
        }
        self.note_poison_shutdown(&case);
        let in_scope = case.is_in(&self.question);
        self.watch_pauses(&case, &observed, tick);
        if !in_scope {
            self.counting.out_of_scope += 1;
            return;
        }
        self.counting.add(entry.level, entry.code, entry.time, entry.sealed);
        self.clients.count(named.map(|(_, number)| number), entry.time);
        let session = if entry.session.is_some() { self.sessions.select() } else { None };
        case.tell(&mut self.detectors, &observed, session);
    }

    /// Takes note that a service ends itself; an entry that does not verify explains nothing.
    fn note_poison_shutdown(&mut self, case: &EntryContext<'_>) {
        let verified = matches!(case.status, Some(IntegrityStatus::Verified | IntegrityStatus::Reencoded));
        let told = case.entry.sign == Some(Sign::PoisonShutdown) && verified;
        if told && self.poison_shutdowns.len() < POISON_SHUTDOWNS_MAX {
            self.poison_shutdowns.push(Place { file: Arc::clone(case.file), line: case.line });
        }
    }

    /// Takes note of the time between this entry and the one before it.
    fn watch_pauses(&mut self, case: &EntryContext<'_>, observed: &Observed, tick: Tick) {
        let Some(time) = case.entry.time else { return };
        let place = || Place { file: Arc::clone(case.file), line: case.line };
        let torn = self.gaps.close(time, place);
        if let Some(replaced) = &observed.replaced
            && replaced.end != RunEnd::LogEnds
        {
            self.gaps.service_was_down(replaced, time, place());
        }
        let InvestigationOptions { period, clients, .. } = &self.question;
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
        if tick.sets {
            self.stream.previous = Some((time, place()));
        }
    }

    fn end_stream(&mut self) {
        self.detectors.end_stream(self.stream.watched_ms);
        self.stretches.end();
        self.gaps.end_stream();
        let ended = std::mem::take(&mut self.stream);
        self.failures.push((ended.name, ended.failed));
    }

    /// Nothing more is read.
    pub(super) fn end(&mut self) {
        if self.stream.begun {
            self.end_stream();
        }
    }
}

impl RecordSink for Investigation {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.end();
        self.stream.name = Arc::clone(&stream.name);
        self.stream.begun = true;
        self.runs.begin_stream(&stream.name);
        self.sessions.begin_stream();
        Ok(())
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
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
        self.stretches.end();
        self.stream.file = Arc::clone(file);
        self.inputs.begin(Arc::clone(file), Arc::clone(&self.stream.name));
    }

    fn unread(&mut self, why: &str) {
        let lines = self.inputs.unread(why);
        let from = self.stream.previous.as_ref().map(|(time, _)| *time);
        self.gaps.unread(&self.stream.file, lines, from);
        self.runs.tear();
    }
}
