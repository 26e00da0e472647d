//! The runs of the services of a stream: from one start-up line to the next (events, traps 5 and 10). What a restart means
//! is left to `detectors`.

use std::sync::Arc;

use super::occurrence::{EntryFacts, ServiceStart, Sign, earlier, later, name, name_bytes};
use super::report::{RunEnd, ServiceRun};
use crate::entry::LogTime;
use crate::line::Place;
use crate::verdict::Capped;

/// How many runs a report lists.
const LISTED_MAX: usize = 100_000;
/// How many services of one stream are told apart.
const SERVICES_MAX: usize = 16;
/// A service that logs for longer than this after a signal to stop did not stop, in milliseconds.
const STOP_MAX_MS: i64 = 10 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Runs {
    stream: Arc<str>,
    /// One for each service of the stream, the latest start last.
    current: Vec<CurrentRun>,
    /// What is listed at the end; None when nobody asked.
    ended: Option<Capped<ServiceRun>>,
    next: u64,
    /// Lines may be missing before the next entry.
    hole: bool,
}

#[derive(Debug)]
struct CurrentRun {
    run: ServiceRun,
    last_place: Place,
    /// When it was told to stop.
    stopping: Option<i64>,
    /// Whether it told itself so, because of a poison record.
    poisoned: bool,
    /// Lines may be missing behind its last entry.
    torn: bool,
}

/// What an entry means for the runs of its stream.
pub(super) struct Observed {
    /// The number of its run.
    pub(super) run: u64,
    /// The run that it puts an end to.
    pub(super) replaced: Option<Replaced>,
    /// Whether a service was running since the entry before.
    pub(super) running: bool,
}

/// A run that ended where the next one of its service begins.
pub(super) struct Replaced {
    /// How it ended; [`RunEnd::LogEnds`] when lines are missing, so that nobody knows.
    pub(super) end: RunEnd,
    pub(super) last: Option<LogTime>,
    pub(super) last_place: Place,
}

impl Runs {
    /// No run yet; they are listed at the end or not.
    pub(super) fn new(listed: bool) -> Self {
        Self { ended: listed.then(Capped::default), ..Self::default() }
    }

    pub(super) fn begin_stream(&mut self, stream: &Arc<str>) {
        self.end_stream();
        self.stream = Arc::clone(stream);
    }

    /// Lines may be missing from here on.
    pub(super) fn tear(&mut self) {
        self.hole = true;
    }

    /// Takes an entry in; the clock is that of the stream.
    pub(super) fn observe(&mut self, entry: &EntryFacts<'_>, file: &Arc<str>, line: u64, clock: i64) -> Observed {
        if std::mem::take(&mut self.hole) {
            self.current.iter_mut().for_each(|current| current.torn = true);
        }
        let place = || Place { file: Arc::clone(file), line };
        let (mut replaced, mut running) = (None, true);
        let at = match &entry.sign {
            Some(Sign::StartUp(start_up)) => {
                replaced = self.take(&start_up.service).map(|current| self.end(current));
                running = replaced.is_none() && self.current.iter().any(|current| current.stopping.is_none());
                self.begin(Some(start_up.service.clone()), place(), Some(start_up))
            }
            _ => self.place_of(entry).unwrap_or_else(|| self.begin(entry.product.as_deref().map(name), place(), None)),
        };
        let current = &mut self.current[at];
        current.run.entries += 1;
        current.run.first = earlier(current.run.first, entry.time);
        current.run.last = later(current.run.last, entry.time);
        current.last_place.line = line;
        if !Arc::ptr_eq(&current.last_place.file, file) {
            current.last_place.file = Arc::clone(file);
        }
        if current.run.service.is_none() {
            current.run.service = entry.product.as_deref().map(name);
        }
        if let Some(sign @ (Sign::Stop | Sign::PoisonShutdown)) = &entry.sign {
            current.stopping = Some(clock);
            current.poisoned = *sign == Sign::PoisonShutdown;
        } else if current.stopping.is_some_and(|since| clock - since > STOP_MAX_MS) {
            current.stopping = None;
        }
        Observed { run: current.run.number, replaced, running }
    }

    /// The run of an entry: the one of the service it names, or else the latest one.
    fn place_of(&self, entry: &EntryFacts<'_>) -> Option<usize> {
        let product = entry.product.as_deref().map(name_bytes);
        let named = |current: &CurrentRun| current.run.service.as_deref().map(str::as_bytes) == product;
        let latest = self.current.len().checked_sub(1)?;
        match self.current.iter().rposition(named) {
            Some(at) => Some(at),
            None if product.is_none() || self.current.len() == SERVICES_MAX => Some(latest),
            None => self.current.iter().rposition(|current| current.run.service.is_none()),
        }
    }

    /// Takes out the run of a service; one that does not name its service may be this one's.
    fn take(&mut self, service: &str) -> Option<CurrentRun> {
        let same = |current: &CurrentRun| current.run.service.as_deref().is_none_or(|name| name == service);
        if let Some(at) = self.current.iter().rposition(same) {
            return Some(self.current.remove(at));
        }
        // One service too many: how the run ends that makes room is not known.
        (self.current.len() == SERVICES_MAX).then(|| CurrentRun { torn: true, ..self.current.remove(0) })
    }

    fn begin(&mut self, service: Option<String>, place: Place, start_up: Option<&ServiceStart>) -> usize {
        self.next += 1;
        let run = ServiceRun {
            number: self.next,
            stream: Arc::clone(&self.stream),
            service,
            version: start_up.and_then(|start_up| start_up.version.clone()),
            pid: start_up.map(|start_up| start_up.pid.clone()),
            start: start_up.map(|_| place.clone()),
            first: None,
            last: None,
            entries: 0,
            end: RunEnd::LogEnds,
        };
        self.current.push(CurrentRun { run, last_place: place, stopping: None, poisoned: false, torn: false });
        self.current.len() - 1
    }

    fn end(&mut self, mut current: CurrentRun) -> Replaced {
        current.run.end = match (current.stop(), current.torn) {
            (Some(stop), _) => stop,
            (None, true) => RunEnd::LogEnds,
            (None, false) => RunEnd::NotStopped,
        };
        let (end, last) = (current.run.end, current.run.last);
        self.list(current.run);
        Replaced { end, last, last_place: current.last_place }
    }

    fn list(&mut self, run: ServiceRun) {
        if let Some(ended) = &mut self.ended {
            ended.push(run, LISTED_MAX);
        }
    }

    /// Whether a service is running that was not told to stop.
    pub(super) fn is_running(&self) -> bool {
        self.current.iter().any(|current| current.stopping.is_none())
    }

    fn end_stream(&mut self) {
        self.hole = false;
        for mut current in std::mem::take(&mut self.current) {
            current.run.end = current.stop().unwrap_or(RunEnd::LogEnds);
            self.list(current.run);
        }
    }

    /// The runs in the order of the log, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<ServiceRun>, u64) {
        self.end_stream();
        let Capped { mut items, omitted } = self.ended.unwrap_or_default();
        items.sort_by_key(|run| run.number);
        (items, omitted)
    }
}

impl CurrentRun {
    /// How it was stopped, when it was.
    fn stop(&self) -> Option<RunEnd> {
        self.stopping.map(|_| if self.poisoned { RunEnd::PoisonShutdown } else { RunEnd::Stopped })
    }
}

#[cfg(test)]
mod tests;
