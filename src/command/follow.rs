//! Follows logs while they are written, each on a thread of its own, and those that appear beside them, until somebody has enough or
//! nobody reads what is written. How a log is followed is left to `follow`, what is made of its lines to the verb.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::inputs::{self, Foreign};
use super::pipeline::{Completed, PipelineOptions, Unread, cannot_write};
use crate::failure::Failure;
use crate::follow::{Changes, FollowedLog};
use crate::outcome::Outcome;
use crate::output::Diagnostics;
use crate::plan::InputPlan;
use crate::reading::{FileEvent, ReadHooks};
use crate::record::{Flow, RecordSink, Records};
use crate::source::{self, Discovery, Input, Origin, Stream, identity};

/// How often a directory, or a pattern, is looked at for further logs.
const LOOK: Duration = Duration::from_secs(1);

/// How often a follower is told that time passes.
const TICK: Duration = Duration::from_millis(100);

/// How often the files of a log are looked for anew, when it is rotated while they are opened, and what is left to that each time.
const LOOKS_MAX: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// What a verb does with each log.
pub(super) trait LogFollower: Sync {
    /// Reads a log, one file after the other, until there is none. What is read is on one thread.
    ///
    /// # Errors
    /// When what is made of it cannot be written.
    fn follow(&self, log: &FoundLog<'_>, hooks: ReadHooks<'_>) -> io::Result<Completed>;

    /// Whether a log may be something that has an end, and no path to be found at again.
    fn takes_pipes(&self) -> bool {
        false
    }

    /// Is called several times a second, whatever the logs do; so many began.
    ///
    /// # Errors
    /// When the verb cannot go on.
    fn tick(&self, _logs_begun: usize) -> Result<(), Failure> {
        Ok(())
    }
}

/// A log, as it was found when it began to be followed.
pub(super) struct FoundLog<'a> {
    /// It alone.
    pub(super) discovery: &'a Discovery,
    /// How many files were there.
    pub(super) files: usize,
    /// It as it is followed; None of a pipe.
    pub(super) log: Option<&'a FollowedLog>,
    /// It was there when following began.
    pub(super) was_there: bool,
}

impl FoundLog<'_> {
    /// Whether a file took the place of one of which nobody knows how it went on: lines between may be missing.
    pub(super) fn is_behind_gap(&self, event: &FileEvent) -> bool {
        matches!(event, FileEvent::Opened { file, after_gap: true } if *file >= self.files)
    }
}

/// Shows the lines of the logs that were found, and of those that appear beside them, to one sink.
///
/// # Errors
/// When an input has no path that could be followed, when the sink fails, or threads cannot be started.
pub(super) fn run(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    sink: &mut dyn RecordSink,
) -> Result<Completed, Failure> {
    let changes = Arc::new(Changes::new());
    let follower = SinkFollower { pipeline, changes: &changes, sink: Mutex::new(sink) };
    run_with(pipeline, discovery, &changes, &follower)
}

/// Has the logs followed that were found, and those that appear beside them, until the changes are not to be waited for any more.
///
/// # Errors
/// Those of the follower; when an input cannot be followed, or threads cannot be started.
pub(super) fn run_with(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    changes: &Arc<Changes>,
    follower: &dyn LogFollower,
) -> Result<Completed, Failure> {
    if !follower.takes_pipes() {
        discovery.streams.iter().flat_map(|stream| &stream.files).try_for_each(refuse_pipe)?;
    }
    let mut unread = Unread::told().where_missing_is(pipeline.verification.is_some_and(|it| it.demands.missing_ok));
    // What matches nothing is waited for, and twins are told with their streams.
    unread.note_discovery(&Discovery { unusable: discovery.unusable.clone(), ..Discovery::default() });
    pipeline.verification.iter().flat_map(|plan| &plan.warnings).for_each(|it| Diagnostics::stderr().warning(it));
    let following = Following { input: pipeline.input, changes, follower };
    let logs = thread::scope(|scope| {
        let mut logs = Logs::default();
        let begun = following.begin(&mut logs, following.by_live_logs(discovery.streams.clone()), true, scope);
        let begun = begun.map_err(|error| Failure::new(format!("cannot start threads: {error}")));
        let followed = begun.and_then(|()| following.wait(&mut logs, scope));
        following.changes.stop();
        let results: Vec<_> = logs.threads.into_iter().map(joined).collect();
        followed.map(|()| results)
    });
    let mut completed =
        Completed { verdict: Outcome::Intact, complete: unread.is_nothing(), foreign: Foreign::default() };
    for log in logs? {
        completed.merge(log?);
    }
    Ok(completed)
}

/// A pipe has an end, and shows what comes in without being asked to.
fn refuse_pipe(file: &Input) -> Result<(), Failure> {
    if !is_pipe(file) {
        return Ok(());
    }
    Err(Failure::usage(format!("{}: only files can be followed", file.shown))
        .with_hint("without --follow, what comes through a pipe is shown as it comes in"))
}

fn is_pipe(file: &Input) -> bool {
    match &file.origin {
        Origin::Path(path) => path.metadata().is_ok_and(|metadata| !metadata.is_file()),
        Origin::Hole { .. } => false,
        Origin::Stdin => true,
    }
}

type FollowResult = Result<Completed, Failure>;

/// A panic is passed on.
fn joined(log: LogThread<'_>) -> FollowResult {
    log.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The logs that are being followed.
#[derive(Default)]
struct Logs<'scope> {
    /// The names of their streams.
    names: HashSet<Arc<str>>,
    threads: Vec<LogThread<'scope>>,
}

struct LogThread<'scope> {
    thread: ScopedJoinHandle<'scope, FollowResult>,
    is_pipe: bool,
}

impl Logs<'_> {
    /// Whether nothing more comes: a log ends only where something is wrong, a pipe when it is closed.
    fn are_over(&self) -> bool {
        let is_over = |log: &LogThread<'_>| log.thread.is_finished();
        self.threads.iter().any(|log| !log.is_pipe && is_over(log))
            || !self.threads.is_empty() && self.threads.iter().all(is_over)
    }
}

/// What the threads share.
struct Following<'a> {
    input: &'a InputPlan,
    changes: &'a Arc<Changes>,
    follower: &'a dyn LogFollower,
}

impl<'a> Following<'a> {
    /// Waits for the end, and looks for further logs.
    fn wait<'scope>(&'scope self, logs: &mut Logs<'scope>, scope: &'scope Scope<'scope, '_>) -> Result<(), Failure> {
        let mut looked = Instant::now();
        while !self.changes.is_stopped() && !logs.are_over() {
            self.changes.wait_for_stop(TICK);
            self.follower.tick(logs.threads.len())?;
            if stdout_is_closed() {
                break;
            }
            if looked.elapsed() < LOOK {
                continue;
            }
            looked = Instant::now();
            if self.input.may_gain_logs() {
                let begun = self.begin(logs, self.discover(), false, scope);
                begun.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
            }
        }
        Ok(())
    }

    /// What is there now. What cannot be found was said at the beginning, or will be there the next time.
    fn discover(&self) -> Vec<Stream> {
        self.by_live_logs(inputs::discover(self.input).unwrap_or_default().streams)
    }

    /// The streams by the names of their live logs. While a log is rotated, a rotated file may stand there alone for a moment, and
    /// would be a log of its own.
    fn by_live_logs(&self, mut streams: Vec<Stream>) -> Vec<Stream> {
        let is_named = |path: &PathBuf| self.input.paths.contains(path);
        for stream in &mut streams {
            if let [Input { origin: Origin::Path(only), .. }] = stream.files.as_slice()
                && let Some(live) = source::live_of(only).filter(|_| !is_named(only))
            {
                stream.name = live.to_string_lossy().into();
            }
        }
        streams
    }

    /// Begins to follow those logs that are not followed yet, each on a thread of its own.
    fn begin<'scope>(
        &'scope self,
        logs: &mut Logs<'scope>,
        streams: Vec<Stream>,
        were_there: bool,
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<()> {
        let is_new = |it: &Stream| !logs.names.contains(&it.name) && !it.files.iter().any(is_stdout);
        for (stream, log) in self.open(streams.into_iter().filter(is_new).collect()) {
            logs.names.insert(Arc::clone(&stream.name));
            let is_pipe = stream.files.iter().any(is_pipe);
            let thread = thread::Builder::new().spawn_scoped(scope, move || self.follow(stream, &log, were_there))?;
            logs.threads.push(LogThread { thread, is_pipe });
        }
        Ok(())
    }

    /// Opens the files of logs. Those that were rotated meanwhile have other files by now than those that were found.
    fn open(&self, streams: Vec<Stream>) -> Vec<(Stream, FollowedLog)> {
        let open = |stream: Stream| {
            let log = FollowedLog::new(&stream, Arc::clone(self.changes));
            (stream, log)
        };
        let mut logs: Vec<(Stream, FollowedLog)> = streams.into_iter().map(open).collect();
        for _ in 0..LOOKS_MAX {
            if logs.is_empty() {
                break;
            }
            let mut now: HashMap<Arc<str>, Stream> =
                self.discover().into_iter().map(|stream| (Arc::clone(&stream.name), stream)).collect();
            let mut is_settled = true;
            for (stream, log) in &mut logs {
                let now = now.remove(&stream.name);
                // One of which nothing is there has just been taken away from under its name.
                let is_as_found = now.as_ref().is_some_and(|now| now.files == stream.files) && log.is_as_found();
                is_settled &= is_as_found;
                if let Some(now) = now.filter(|_| !is_as_found) {
                    (*stream, *log) = open(now);
                }
            }
            if is_settled {
                break;
            }
            thread::sleep(PAUSE);
        }
        logs
    }

    /// Follows one log.
    fn follow(&self, stream: Stream, log: &FollowedLog, was_there: bool) -> FollowResult {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
        let is_pipe = stream.files.iter().any(is_pipe);
        let (files, discovery) = (stream.files.len(), Discovery { streams: vec![stream], ..Discovery::default() });
        let open = |input: &_| log.open(input);
        let hooks = match is_pipe {
            true => ReadHooks { open: &source::open, on_read: &|_| (), followed: None },
            false => ReadHooks { open: &open, on_read: &|_| (), followed: Some(log) },
        };
        let found = FoundLog { discovery: &discovery, files, log: (!is_pipe).then_some(log), was_there };
        pool.install(|| self.follower.follow(&found, hooks)).map_err(|error| cannot_write(&error))
    }
}

/// Shows the lines of all logs to one sink.
struct SinkFollower<'a> {
    pipeline: &'a PipelineOptions<'a>,
    changes: &'a Changes,
    sink: Mutex<&'a mut dyn RecordSink>,
}

impl LogFollower for SinkFollower<'_> {
    fn follow(&self, log: &FoundLog<'_>, hooks: ReadHooks<'_>) -> io::Result<Completed> {
        self.pipeline.run_with(log.discovery, hooks, &mut SharedSink { follower: self, log })
    }
}

/// Shows the lines of one log to the sink of them all.
struct SharedSink<'f, 'a> {
    follower: &'f SinkFollower<'a>,
    log: &'f FoundLog<'f>,
}

impl RecordSink for SharedSink<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.follower.sink.lock().begin_stream(stream)
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        if self.follower.changes.is_stopped() {
            return Ok(Flow::Stop);
        }
        if self.log.is_behind_gap(event) {
            let what = format!("{file}: what was read before it is in no file any more: lines between may be missing");
            Diagnostics::stderr().warning(&what);
        }
        let flow = self.follower.sink.lock().take(file, event, records)?;
        if flow == Flow::Stop {
            self.follower.changes.stop();
        }
        Ok(flow)
    }
}

/// Whether a file is what the verb writes: it would read that again without end.
#[cfg(unix)]
fn is_stdout(file: &Input) -> bool {
    use std::os::fd::AsFd;

    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    let (Origin::Path(path), Ok(Ok(stdout))) = (&file.origin, stdout.map(|stdout| stdout.metadata())) else {
        return false;
    };
    stdout.is_file() && path.metadata().is_ok_and(|there| identity(path, &there) == identity(path, &stdout))
}

#[cfg(not(unix))]
fn is_stdout(_: &Input) -> bool {
    false
}

/// Whether nobody reads what is written, which a verb with nothing to write would not notice.
#[cfg(unix)]
fn stdout_is_closed() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdout = io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let ready = poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    ready.is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(not(unix))]
fn stdout_is_closed() -> bool {
    false
}
