//! One log on its way through a watch: its lines and what verification finds of it are taken in on its own thread, the passing of time
//! on another one.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Watch;
use super::start::LogStart;
use crate::command::follow::FoundLog;
use crate::follow::FollowProgress;
use crate::monitoring::{Heartbeat, Metrics, StreamMetrics};
use crate::output::Diagnostics;
use crate::reading::FileEvent;
use crate::record::{Flow, RecordSink, Records};
use crate::source::Stream;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use crate::watch::{LineCounts, LogWatch, Now};

/// While lines come without a pause, it is looked so often what would be found if the log ended.
const OUTLOOK_EVERY: Duration = Duration::from_millis(250);

/// A log, shared by the thread that reads it and the one that waits.
pub(super) struct WatchedLog {
    log: Mutex<LogWatch>,
    /// How following it goes on; None of a pipe, and of a log that is replayed.
    progress: Option<Arc<FollowProgress>>,
    metrics: StreamMetrics,
    heartbeat: Option<Heartbeat>,
    is_read_whole: bool,
    told: Mutex<ToldMetrics>,
}

/// What the metrics were told.
#[derive(Default)]
struct ToldMetrics {
    counts: LineCounts,
    looks: u64,
    /// Since when there is more than was read, and how many bytes have been read once that was.
    behind: Option<(Instant, u64)>,
}

impl WatchedLog {
    pub(super) fn new(
        log: LogWatch,
        progress: Option<Arc<FollowProgress>>,
        metrics: StreamMetrics,
        heartbeat: Option<Heartbeat>,
        is_read_whole: bool,
    ) -> Self {
        Self { log: Mutex::new(log), progress, metrics, heartbeat, is_read_whole, told: Mutex::default() }
    }

    /// Whether it is read from its beginning.
    pub(super) fn is_read_whole(&self) -> bool {
        self.is_read_whole
    }

    /// Does something with the log, and tells what became of its alarms by that.
    pub(super) fn with(&self, watch: &Watch<'_>, work: impl FnOnce(&mut LogWatch, Now)) {
        let mut log = self.log.lock();
        work(&mut log, watch.now());
        watch.tell(&mut log);
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&LogWatch) -> T) -> T {
        look(&self.log.lock())
    }

    /// Time passes.
    pub(super) fn tick(&self, watch: &Watch<'_>) {
        self.with(watch, |log, now| {
            if let Some(progress) = &self.progress {
                log.note_losses(progress.losses(), now);
            }
            log.advance(now);
        });
        self.tell_metrics(&watch.metrics);
    }

    /// Whether what was there at the beginning has been read.
    pub(super) fn is_caught_up(&self) -> bool {
        match &self.progress {
            Some(progress) => progress.is_caught_up(),
            None => self.look(LogWatch::has_paused),
        }
    }

    pub(super) fn tell_metrics(&self, metrics: &Metrics) {
        self.look(|log| log.keys().iter().for_each(|(key, since)| metrics.set_key_used_since(key, *since)));
        let (counts, proven, chain, is_altered) =
            self.look(|log| (log.line_counts(), log.proven_until(), log.open_chain(), log.is_altered()));
        let mut told = self.told.lock();
        let before = std::mem::replace(&mut told.counts, counts);
        let (entries, unsealed) = (counts.entries - before.entries, counts.unsealed - before.unsealed);
        self.metrics.add_lines(entries, counts.bytes - before.bytes, unsealed);
        self.metrics.set_verified_position(proven);
        self.metrics.set_open_chain(chain);
        if !is_altered {
            self.metrics.set_proven_until(proven);
        }
        let (looks, behind) = self.progress.as_ref().map_or((0, 0), |it| (it.looks(), it.bytes_behind()));
        // Of a log that is written without a pause there is always more, but not the same.
        let still = told.behind.filter(|(_, until)| behind > 0 && counts.bytes < *until);
        told.behind = still.or_else(|| (behind > 0).then(|| (Instant::now(), counts.bytes + behind)));
        self.metrics.set_lag(behind, told.behind.map_or(Duration::ZERO, |(since, _)| since.elapsed()));
        let has_moved = counts.lines != before.lines || std::mem::replace(&mut told.looks, looks) != looks;
        if let Some(heartbeat) = self.heartbeat.as_ref().filter(|_| has_moved) {
            heartbeat.beat();
        }
    }
}

/// The log that is being read, where it has begun.
pub(super) type CurrentLog = Mutex<Option<Arc<WatchedLog>>>;

/// Takes in the lines of one log after the other.
pub(super) struct LineWatch<'w, 'a> {
    pub(super) watch: &'w Watch<'a>,
    pub(super) current: &'w CurrentLog,
    /// How it was found, when it is followed.
    pub(super) found: Option<&'w FoundLog<'w>>,
    /// Where it begins.
    pub(super) start: &'w LogStart,
}

impl RecordSink for LineWatch<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        *self.current.lock() = Some(self.watch.begin(&stream.name, self.found, self.start));
        Ok(())
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let Some(log) = self.current.lock().clone() else { return Ok(Flow::Continue) };
        let is_behind_gap = self.found.is_some_and(|found| found.is_behind_gap(event));
        if is_behind_gap {
            let what = format!("{file}: what was read before it is in no file any more: lines between may be missing");
            Diagnostics::stderr().warning(&what);
        }
        log.with(self.watch, |log, now| {
            match event {
                FileEvent::Opened { .. } => log.begin_file(file),
                FileEvent::Closed { .. } | FileEvent::Failed { .. } => log.pause(),
                FileEvent::Added { .. } | FileEvent::Lines { .. } => {}
            }
            if is_behind_gap {
                log.pass_gap();
            }
            log.lines(records, now);
        });
        Ok(Flow::Continue)
    }
}

/// Takes in what verification finds in one log after the other.
pub(super) struct FindingWatch<'w, 'a> {
    watch: &'w Watch<'a>,
    current: &'w CurrentLog,
    /// When it was looked last what would be found if the log ended.
    looked: Instant,
    /// Nothing more is there at once.
    is_paused: bool,
}

impl<'w, 'a> FindingWatch<'w, 'a> {
    pub(super) fn new(watch: &'w Watch<'a>, current: &'w CurrentLog) -> Self {
        Self { watch, current, looked: Instant::now(), is_paused: false }
    }

    fn tell(&self, take: impl FnOnce(&mut LogWatch, Now)) {
        if let Some(log) = self.current.lock().clone() {
            log.with(self.watch, take);
        }
    }
}

impl Sink for FindingWatch<'_, '_> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        // What is found since nobody waits any more is found of a log that goes on: the rest of it may be what explains it.
        if self.watch.is_interrupted() {
            return Ok(());
        }
        if let Some(log) = &*self.current.lock() {
            log.metrics.finding(finding.code);
        }
        self.tell(|log, now| log.finding(finding, now));
        Ok(())
    }

    fn pause(&mut self) -> io::Result<()> {
        self.is_paused = true;
        Ok(())
    }

    fn wants_outlook(&self) -> bool {
        self.watch.plan.replay || self.is_paused || self.looked.elapsed() >= OUTLOOK_EVERY
    }

    fn outlook(&mut self, findings: Vec<Finding>) -> io::Result<()> {
        (self.looked, self.is_paused) = (Instant::now(), false);
        self.tell(|log, now| log.outlook(findings, now));
        Ok(())
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
