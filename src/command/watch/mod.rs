//! Watches logs as planned: follows each one, or reads it to its end, verifies what comes, and tells of alarms as they change. When one
//! is raised is left to `watch`, how a log is followed to `follow`.

mod compare;
mod log;
mod printer;
mod reactions;
mod start;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use parking_lot::Mutex;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use self::log::{CurrentLog, FindingWatch, LineWatch, WatchedLog};
use self::printer::PrintQueue;
use self::reactions::{Reactions, ReadLogs};
use self::start::{LogStart, StartPoint};
use super::follow::{self, FoundLog, LogFollower};
use super::inputs;
use super::pipeline::{Completed, PipelineOptions, cannot_write};
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::follow::Changes;
use crate::monitoring::{Health, Metrics, MonitoringServer, ServiceManager};
use crate::outcome::{Exit, Outcome};
use crate::output::{AlarmPrinter, Diagnostics};
use crate::plan::{WatchPlan, WatchRules};
use crate::reading::ReadHooks;
use crate::source::Discovery;
use crate::verdict::code::Demands;
use crate::watch::{LogWatch, Now, WatchOptions};

/// Reads again what is watched for.
pub type Reload<'a> = &'a (dyn Fn() -> Result<WatchRules, Failure> + Sync);

/// Watches what the plan names. SIGHUP makes it read its rules again.
///
/// # Errors
/// When a list cannot be read, when a log cannot be followed, or alarms cannot be written.
pub fn run(mut plan: WatchPlan, reload: Reload<'_>) -> Result<Exit, Failure> {
    plan.rules.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    if let (Some(name), Some(reactions)) = (&plan.test_reaction, &plan.rules.reactions) {
        reactions::test(reactions, name)?;
        Diagnostics::stderr().note(&format!("reaction {name}: done"));
        return Ok(Exit::Done);
    }
    let reactions = plan.rules.reactions.take();
    let plan = &plan;
    let discovery = inputs::discover(&plan.input)?;
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        product: None,
        progress: false,
        threads: plan.threads,
    };
    if let Some(compared) = &plan.compared {
        return compare::run(plan, compared, &pipeline, &discovery);
    }
    let changes = Arc::new(Changes::new());
    let health = Health::new();
    let demands = plan.verification.as_ref().map_or_else(Demands::default, |it| it.demands.clone());
    let metrics = Arc::new(Metrics::new(&demands));
    let watch = Watch {
        plan,
        start: StartPoint::open(plan)?,
        reload,
        pipeline: &pipeline,
        changes: &changes,
        begun: Instant::now(),
        options: Mutex::new(Arc::clone(&plan.rules.options)),
        logs: Mutex::default(),
        printer: PrintQueue::start(AlarmPrinter::new(io::stdout(), plan.format, plan.palette), plan.replay)?,
        reactions: Reactions::open(reactions, &metrics, plan.replay)?,
        service: ServiceManager::connect(&plan.service, &health)?,
        health,
        metrics,
        interrupted: Arc::default(),
        hung_up: Arc::default(),
    };
    if plan.replay { watch.replay(&discovery) } else { watch.follow(&discovery) }
}

/// The answer about logs that were read to their end.
fn answer(completed: &Completed) -> Exit {
    let read = if completed.complete { Exit::Done } else { Outcome::Undecided.into() };
    read.under(completed.verdict)
}

/// How far a log is proven, in words.
fn proof_of(log: &LogWatch, plan: &WatchPlan) -> String {
    let proven = match (log.proven_until(), &plan.verification) {
        (Some(time), _) => format!("proven until {time}"),
        (None, Some(_)) => "nothing of it is proven".to_owned(),
        (None, None) => "no key was given, so nothing of it is proven".to_owned(),
    };
    format!("{}: {} entries, {proven}", log.stream(), log.line_counts().entries)
}

/// What the logs share.
struct Watch<'a> {
    plan: &'a WatchPlan,
    start: StartPoint<'a>,
    reload: Reload<'a>,
    pipeline: &'a PipelineOptions<'a>,
    changes: &'a Arc<Changes>,
    begun: Instant,
    /// What is watched for by now.
    options: Mutex<Arc<WatchOptions>>,
    logs: Mutex<Vec<Arc<WatchedLog>>>,
    printer: PrintQueue,
    reactions: Reactions,
    service: ServiceManager,
    health: Health,
    metrics: Arc<Metrics>,
    /// Somebody wants it to end.
    interrupted: Arc<AtomicBool>,
    /// Somebody wants the rules to be read again.
    hung_up: Arc<AtomicBool>,
}

impl Watch<'_> {
    /// Follows the logs until it is told to end.
    fn follow(&self, discovery: &Discovery) -> Result<Exit, Failure> {
        let server = self.plan.metrics_listen.as_ref();
        let server =
            server.map(|address| MonitoringServer::start(address, Arc::clone(&self.metrics), self.health.clone()));
        let _server = server.transpose()?;
        self.metrics.config_read(true);
        self.wait_for_signals()?;
        let completed = follow::run_with(self.pipeline, discovery, self.changes, self);
        let was_ready = self.health.is_ready();
        self.health.stopping();
        self.told(self.service.stopping("what was read is being told"));
        self.logs.lock().iter().for_each(|log| log.tell_metrics(&self.metrics));
        // Of what was not read to its end nobody knows what is over.
        if was_ready || !self.is_interrupted() {
            self.reactions.pass_beginning(&self.read_logs());
        }
        self.reactions.drain(&self.metrics);
        let printed = self.printer.end();
        let completed = completed?;
        printed.map_err(|error| cannot_write(&error))?;
        self.tell_proven();
        Ok(match (self.is_interrupted(), completed.complete) {
            (true, true) => Exit::Done,
            (true, false) => Outcome::Undecided.into(),
            (false, _) => answer(&completed),
        })
    }

    /// SIGINT and SIGTERM end the watch: what is there is read to its end first. SIGHUP has the rules read again.
    fn wait_for_signals(&self) -> Result<(), Failure> {
        let cannot = |error| Failure::new(format!("cannot wait for signals: {error}"));
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(cannot)?;
        let (changes, hung_up) = (Arc::clone(self.changes), Arc::clone(&self.hung_up));
        let interrupted = Arc::clone(&self.interrupted);
        let wait = move || {
            for signal in signals.forever() {
                match signal {
                    SIGHUP => hung_up.store(true, Ordering::Relaxed),
                    _ => {
                        interrupted.store(true, Ordering::Relaxed);
                        changes.stop();
                    }
                }
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(cannot)?;
        Ok(())
    }

    /// Reads the rules again. Those that cannot be read change nothing.
    fn read_rules_again(&self) {
        self.told(self.service.reloading());
        let mut messages = Diagnostics::stderr();
        match (self.reload)() {
            Ok(WatchRules { options, reactions, warnings }) => {
                warnings.iter().for_each(|warning| messages.warning(warning));
                *self.options.lock() = Arc::clone(&options);
                let logs = self.logs.lock().clone();
                logs.iter().for_each(|log| log.with(self, |log, _| log.set_options(Arc::clone(&options))));
                let reloaded = self.reactions.reload(reactions, &self.metrics);
                self.metrics.config_read(reloaded.is_ok());
                match reloaded {
                    Ok(()) => messages.note("rules and reactions were read again; keys, paths and other flags stay"),
                    Err(failure) => messages.failure(&failure),
                }
            }
            Err(failure) => {
                messages.failure(&failure);
                self.metrics.config_read(false);
                messages.warning("the rules that held before hold on");
            }
        }
        if self.health.is_ready() {
            self.told(self.service.ready("the rules were read again"));
        }
    }

    /// Systemd cannot be told: whoever looks at the log of the service learns why it waits.
    fn told(&self, told: Result<(), Failure>) {
        if let Err(failure) = told {
            Diagnostics::stderr().failure(&failure);
        }
    }

    fn now(&self) -> Now {
        if self.plan.replay {
            return Now::Replay;
        }
        let monotonic_ms = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Now::Live { monotonic_ms, wall: LogTime::now() }
    }

    fn read_logs(&self) -> ReadLogs {
        let entry = |log: &Arc<WatchedLog>| (log.look(|log| Arc::clone(log.stream())), log.is_read_whole());
        self.logs.lock().iter().map(entry).collect()
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn begin(&self, stream: &Arc<str>, found: Option<&FoundLog<'_>>, start: &LogStart) -> Arc<WatchedLog> {
        let progress = found.and_then(|found| found.log).map(|log| Arc::clone(log.progress()));
        let heartbeat = progress.is_some().then(|| self.health.follow(stream));
        let log = LogWatch::new(stream, Arc::clone(&self.options.lock())).behind(start.remembered.clone());
        let log = Arc::new(WatchedLog::new(log, progress, self.metrics.stream(stream), heartbeat, start.reads_whole));
        self.logs.lock().push(Arc::clone(&log));
        log
    }

    /// Tells of what became of the alarms of a log. Waits for nobody.
    fn tell(&self, log: &mut LogWatch) {
        for alarm in log.take_changed() {
            self.metrics.alarm(&alarm);
            if self.reactions.observe(&alarm) && self.plan.is_severe(&alarm) {
                self.printer.print(&alarm);
            }
        }
    }

    /// Says that what was there at the beginning has been read, and that from now on nothing is missed.
    fn tell_ready(&self) {
        let logs = self.logs.lock().clone();
        if self.health.is_ready() || !logs.iter().all(|log| log.is_caught_up()) {
            return;
        }
        self.health.ready();
        self.reactions.pass_beginning(&self.read_logs());
        let status = match logs.len() {
            0 => "waiting for a log".to_owned(),
            1 => "watching 1 log".to_owned(),
            logs => format!("watching {logs} logs"),
        };
        self.told(self.service.ready(&status));
        if !self.plan.quiet {
            self.tell_proven();
            Diagnostics::stderr().note(&status);
        }
    }

    /// Says how far each log is proven.
    fn tell_proven(&self) {
        if self.plan.quiet {
            return;
        }
        for log in &*self.logs.lock() {
            Diagnostics::stderr().note(&log.look(|log| proof_of(log, self.plan)));
        }
    }

    /// Says why the line that was asked about raised an alarm or none.
    fn tell_reasons(&self) {
        let Some((file, line)) = &self.plan.rules.options.asked else { return };
        let logs = self.logs.lock().clone();
        let reasons: Vec<String> = logs.iter().flat_map(|log| log.look(|log| log.reasons().to_vec())).collect();
        let mut messages = Diagnostics::stderr();
        if reasons.is_empty() {
            messages.warning(&format!("{file}:{line}: was not read: name the file as the alarms do"));
        }
        reasons.iter().for_each(|reason| messages.note(&format!("{file}:{line}: {reason}")));
    }

    /// Reads the logs to their end, one after the other, as if they were being written.
    fn replay(&self, discovery: &Discovery) -> Result<Exit, Failure> {
        let completed = self.pipeline.with_progress(discovery, |hooks| self.read(discovery, None, hooks))?;
        self.reactions.drain(&self.metrics);
        self.printer.end().map_err(|error| cannot_write(&error))?;
        self.tell_proven();
        self.tell_reasons();
        Ok(answer(&completed))
    }

    fn read(&self, discovery: &Discovery, found: Option<&FoundLog<'_>>, hooks: ReadHooks<'_>) -> io::Result<Completed> {
        let mut start = found.map_or_else(LogStart::default, |found| self.start.of(found));
        let (left, expectations) = (start.discovery.take(), start.expectations.take());
        let discovery = left.as_ref().unwrap_or(discovery);
        let files = discovery.streams.iter().map(|stream| stream.files.len()).sum();
        let found = found.map(|found| FoundLog { discovery, files, ..*found });
        let current = CurrentLog::default();
        let mut lines = LineWatch { watch: self, current: &current, found: found.as_ref(), start: &start };
        let mut findings = FindingWatch::new(self, &current);
        self.pipeline.run_telling(discovery, hooks, expectations, &mut lines, &mut findings)
    }
}

impl LogFollower for Watch<'_> {
    fn follow(&self, found: &FoundLog<'_>, hooks: ReadHooks<'_>) -> io::Result<Completed> {
        self.read(found.discovery, Some(found), hooks)
    }

    fn takes_pipes(&self) -> bool {
        true
    }

    fn tick(&self, logs_begun: usize) -> Result<(), Failure> {
        if self.hung_up.swap(false, Ordering::Relaxed) {
            self.read_rules_again();
        }
        let logs = self.logs.lock().clone();
        logs.iter().for_each(|log| log.tick(self));
        self.printer.check().map_err(|error| cannot_write(&error))?;
        if logs.len() >= logs_begun {
            self.tell_ready();
        }
        self.reactions.tick(&self.metrics);
        Ok(())
    }
}
