//! Watches logs as planned: follows each one, or reads it to its end, verifies what comes, and tells of alarms as they change. When one
//! is raised is left to `watch`, how a log is followed to `follow`.

use std::io::{self, Stdout};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::follow::{self, FoundLog, LogFollower};
use super::inputs;
use super::pipeline::{Completed, PipelineOptions, cannot_write};
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::follow::Changes;
use crate::outcome::{Exit, Outcome};
use crate::output::{AlarmPrinter, Diagnostics};
use crate::plan::WatchPlan;
use crate::reading::{FileEvent, ReadHooks};
use crate::record::{Flow, RecordSink, Records};
use crate::source::{Discovery, Stream};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use crate::watch::{Alarm, LogWatch, Now};

/// While lines come without a pause, it is looked so often what would be found if the log ended.
const OUTLOOK_EVERY: Duration = Duration::from_millis(250);

/// Watches what the plan names.
///
/// # Errors
/// When a list cannot be read, when a log cannot be followed, or alarms cannot be written.
pub fn run(plan: &WatchPlan) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        product: None,
        progress: false,
        threads: plan.threads,
    };
    let changes = Arc::new(Changes::new());
    let watch = Watch {
        plan,
        pipeline: &pipeline,
        changes: &changes,
        begun: Instant::now(),
        logs: Mutex::default(),
        out: Mutex::new(AlarmPrinter::new(io::stdout(), plan.format, plan.palette)),
    };
    if plan.replay {
        return watch.replay(&discovery);
    }
    stop_on_signals(&changes)?;
    let completed = follow::run_with(&pipeline, &discovery, &changes, &watch)?;
    watch.tell_proven();
    Ok(match (watch.is_interrupted(), completed.complete) {
        (true, true) => Exit::Done,
        (true, false) => Outcome::Undecided.into(),
        (false, complete) => answer(&completed, complete),
    })
}

/// The answer about logs that were read to their end.
fn answer(completed: &Completed, is_complete: bool) -> Exit {
    let read = if is_complete { Exit::Done } else { Outcome::Undecided.into() };
    read.under(completed.verdict)
}

/// SIGINT and SIGTERM end the watch: what is there is read to its end first.
fn stop_on_signals(changes: &Arc<Changes>) -> Result<(), Failure> {
    let cannot = |error| Failure::new(format!("cannot wait for signals: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(cannot)?;
    let changes = Arc::clone(changes);
    let wait = move || {
        for _ in signals.forever() {
            changes.stop();
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(cannot)?;
    Ok(())
}

/// What the logs share.
struct Watch<'a> {
    plan: &'a WatchPlan,
    pipeline: &'a PipelineOptions<'a>,
    changes: &'a Changes,
    begun: Instant,
    logs: Mutex<Vec<WatchedLog>>,
    out: Mutex<AlarmPrinter<Stdout>>,
}

impl Watch<'_> {
    fn now(&self) -> Now {
        if self.plan.replay {
            return Now::Replay;
        }
        let monotonic_ms = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Now::Live { monotonic_ms, wall: LogTime::now() }
    }

    fn is_interrupted(&self) -> bool {
        self.changes.is_stopped()
    }

    fn begin(&self, stream: &Arc<str>, found: Option<&FoundLog<'_>>) -> SharedLog {
        let log = Arc::new(Mutex::new(LogWatch::new(stream, Arc::clone(&self.plan.options))));
        let losses = found.map(|found| Arc::clone(&found.losses)).unwrap_or_default();
        lock(&self.logs).push(WatchedLog { log: Arc::clone(&log), losses });
        log
    }

    /// Tells of what became of the alarms of a log.
    fn tell(&self, log: &mut LogWatch) -> io::Result<()> {
        let changed = log.take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        let mut out = lock(&self.out);
        let is_told = |alarm: &&Alarm| self.plan.min_severity.is_none_or(|least| alarm.severity >= least);
        changed.iter().filter(is_told).try_for_each(|alarm| out.print(alarm))
    }

    /// Says how far each log is proven.
    fn tell_proven(&self) {
        if self.plan.quiet {
            return;
        }
        for log in &*lock(&self.logs) {
            let log = lock(&log.log);
            let entries = log.line_counts().entries;
            let proven = match (log.proven_until(), &self.plan.verification) {
                (Some(time), _) => format!("proven until {time}"),
                (None, Some(_)) => "nothing of it is proven".to_owned(),
                (None, None) => "no key was given, so nothing of it is proven".to_owned(),
            };
            Diagnostics::stderr().note(&format!("{}: {entries} entries, {proven}", log.stream()));
        }
    }

    /// Says why the line that was asked about raised an alarm or none.
    fn tell_reasons(&self) {
        let Some((file, line)) = &self.plan.options.asked else { return };
        let logs = lock(&self.logs).clone();
        let reasons: Vec<String> = logs.iter().flat_map(|log| lock(&log.log).reasons().to_vec()).collect();
        let mut messages = Diagnostics::stderr();
        if reasons.is_empty() {
            messages.warning(&format!("{file}:{line}: was not read: name the file as the alarms do"));
        }
        reasons.iter().for_each(|reason| messages.note(&format!("{file}:{line}: {reason}")));
    }

    /// Reads the logs to their end, one after the other, as if they were being written.
    fn replay(&self, discovery: &Discovery) -> Result<Exit, Failure> {
        let completed = self.pipeline.with_progress(discovery, |hooks| self.read(discovery, None, hooks))?;
        self.tell_proven();
        self.tell_reasons();
        Ok(answer(&completed, completed.complete))
    }

    fn read(&self, discovery: &Discovery, found: Option<&FoundLog<'_>>, hooks: ReadHooks<'_>) -> io::Result<Completed> {
        let current = Mutex::new(None);
        let mut lines = LineWatch { watch: self, current: &current, found };
        let mut findings = FindingWatch { watch: self, current: &current, looked: Instant::now(), is_paused: false };
        self.pipeline.run_telling(discovery, hooks, &mut lines, &mut findings)
    }
}

impl LogFollower for Watch<'_> {
    fn follow(&self, found: &FoundLog<'_>, hooks: ReadHooks<'_>) -> io::Result<Completed> {
        self.read(found.discovery, Some(found), hooks)
    }

    fn takes_pipes(&self) -> bool {
        true
    }

    fn tick(&self) -> Result<(), Failure> {
        let logs = lock(&self.logs).clone();
        for WatchedLog { log, losses } in logs {
            let mut log = lock(&log);
            log.note_losses(losses.load(Ordering::Relaxed), self.now());
            log.advance(self.now());
            self.tell(&mut log).map_err(|error| cannot_write(&error))?;
        }
        Ok(())
    }
}

/// A log that the threads share: its own, and the one that waits.
type SharedLog = Arc<Mutex<LogWatch>>;

#[derive(Clone)]
struct WatchedLog {
    log: SharedLog,
    /// How often what was read of it was in no file any more.
    losses: Arc<AtomicU64>,
}

/// Takes in the lines of one log after the other.
struct LineWatch<'w, 'a> {
    watch: &'w Watch<'a>,
    /// The log that is being read.
    current: &'w Mutex<Option<SharedLog>>,
    /// How it was found, when it is followed.
    found: Option<&'w FoundLog<'w>>,
}

impl RecordSink for LineWatch<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        *lock(self.current) = Some(self.watch.begin(&stream.name, self.found));
        Ok(())
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let Some(log) = lock(self.current).clone() else { return Ok(Flow::Continue) };
        let is_behind_gap = self.found.is_some_and(|found| found.is_behind_gap(event));
        if is_behind_gap {
            let what = format!("{file}: what was read before it is in no file any more: lines between may be missing");
            Diagnostics::stderr().warning(&what);
        }
        let mut log = lock(&log);
        if is_behind_gap {
            log.pass_gap();
        }
        log.lines(records, self.watch.now());
        self.watch.tell(&mut log)?;
        Ok(Flow::Continue)
    }
}

/// Takes in what verification finds in one log after the other.
struct FindingWatch<'w, 'a> {
    watch: &'w Watch<'a>,
    /// The log that is being read.
    current: &'w Mutex<Option<SharedLog>>,
    /// When it was looked last what would be found if the log ended.
    looked: Instant,
    /// Nothing more is there at once.
    is_paused: bool,
}

impl FindingWatch<'_, '_> {
    fn tell(&self, take: impl FnOnce(&mut LogWatch, Now)) -> io::Result<()> {
        let Some(log) = lock(self.current).clone() else { return Ok(()) };
        let mut log = lock(&log);
        take(&mut log, self.watch.now());
        self.watch.tell(&mut log)
    }
}

impl Sink for FindingWatch<'_, '_> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        // What is found since nobody waits any more is found of a log that goes on: the rest of it may be what explains it.
        if self.watch.is_interrupted() {
            return Ok(());
        }
        self.tell(|log, now| log.finding(finding, now))
    }

    fn pause(&mut self) -> io::Result<()> {
        self.is_paused = true;
        Ok(())
    }

    fn wants_outlook(&mut self) -> bool {
        let is_wanted = self.watch.plan.replay || self.is_paused || self.looked.elapsed() >= OUTLOOK_EVERY;
        if is_wanted {
            (self.looked, self.is_paused) = (Instant::now(), false);
        }
        is_wanted
    }

    fn outlook(&mut self, findings: Vec<Finding>) -> io::Result<()> {
        self.tell(|log, now| log.outlook(findings, now))
    }

    fn chain(&mut self, _: ChainReport) -> io::Result<()> {
        Ok(())
    }

    fn files(&mut self, _: Vec<FileReport>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Nothing in here can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
