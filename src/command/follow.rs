//! Leads the lines of logs past the sink of a verb while they are written: each log on a thread of its own, lines as they come in,
//! until the verb has enough or nobody reads what it writes. How a log is followed is left to `follow`, what is made of the
//! lines to the verb.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::inputs::{self, Foreign};
use super::pipeline::{Completed, PipelineOptions, Unread, cannot_write};
use crate::failure::Failure;
use crate::follow::{Changes, FollowedLog};
use crate::outcome::Outcome;
use crate::output::Diagnostics;
use crate::reading::{FileEvent, ReadHooks};
use crate::record::{Flow, RecordSink, Records};
use crate::source::{self, Discovery, Input, Origin, Stream, identity};

/// How often a directory, or a pattern, is looked at for further logs.
const LOOK: Duration = Duration::from_secs(1);

/// How often the files of a log are looked for anew, when it is rotated while they are opened, and what is left to that each time.
const LOOKS_MAX: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// Follows the logs that were found, and those that appear beside them.
///
/// # Errors
/// When an input has no path that could be followed, when the sink fails, or threads cannot be started.
pub(super) fn run(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    sink: &mut dyn RecordSink,
) -> Result<Completed, Failure> {
    discovery.streams.iter().flat_map(|stream| &stream.files).try_for_each(refuse_pipe)?;
    let mut unread = Unread::told().where_missing_is(pipeline.verification.is_some_and(|it| it.demands.missing_ok));
    // What matches nothing is waited for, and twins are told with their streams.
    unread.note_discovery(&Discovery { unusable: discovery.unusable.clone(), ..Discovery::default() });
    pipeline.verification.iter().flat_map(|plan| &plan.warnings).for_each(|it| Diagnostics::stderr().warning(it));
    let following = Following { pipeline, changes: Arc::new(Changes::new()), sink: Mutex::new(sink) };
    let logs = thread::scope(|scope| {
        let mut logs = Logs::default();
        let begun = following.begin(&mut logs, following.by_live_logs(discovery.streams.clone()), scope);
        let followed = begun.and_then(|()| following.wait(&mut logs, scope));
        following.changes.stop();
        let results: Vec<_> = logs.threads.into_iter().map(joined).collect();
        followed.map(|()| results)
    });
    let mut completed =
        Completed { verdict: Outcome::Intact, complete: unread.is_nothing(), foreign: Foreign::default() };
    for log in logs.map_err(|error| Failure::new(format!("cannot start threads: {error}")))? {
        completed.merge(log?);
    }
    Ok(completed)
}

/// A pipe has an end, and shows what comes in without being asked to.
fn refuse_pipe(file: &Input) -> Result<(), Failure> {
    let is_pipe = match &file.origin {
        Origin::Path(path) => path.metadata().is_ok_and(|metadata| !metadata.is_file()),
        Origin::Hole { .. } => false,
        Origin::Stdin => true,
    };
    if !is_pipe {
        return Ok(());
    }
    Err(Failure::usage(format!("{}: only files can be followed", file.shown))
        .with_hint("without --follow, what comes through a pipe is shown as it comes in"))
}

type FollowResult = Result<Completed, Failure>;

/// A panic is passed on.
fn joined(thread: ScopedJoinHandle<'_, FollowResult>) -> FollowResult {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The logs that are being followed.
#[derive(Default)]
struct Logs<'scope> {
    /// The names of their streams.
    names: HashSet<Arc<str>>,
    threads: Vec<ScopedJoinHandle<'scope, FollowResult>>,
}

/// What the threads share.
struct Following<'a> {
    pipeline: &'a PipelineOptions<'a>,
    changes: Arc<Changes>,
    sink: Mutex<&'a mut dyn RecordSink>,
}

impl<'a> Following<'a> {
    /// Waits for the end, and looks for further logs.
    fn wait<'scope>(&'scope self, logs: &mut Logs<'scope>, scope: &'scope Scope<'scope, '_>) -> io::Result<()> {
        let mut looked = Instant::now();
        // A log ends only where something is wrong.
        while !self.changes.is_stopped() && !logs.threads.iter().any(ScopedJoinHandle::is_finished) {
            self.changes.wait_for_stop();
            if stdout_is_closed() {
                break;
            }
            if looked.elapsed() < LOOK {
                continue;
            }
            looked = Instant::now();
            if self.pipeline.input.may_gain_logs() {
                self.begin(logs, self.discover(), scope)?;
            }
        }
        Ok(())
    }

    /// What is there now. What cannot be found was said at the beginning, or will be there the next time.
    fn discover(&self) -> Vec<Stream> {
        self.by_live_logs(inputs::discover(self.pipeline.input).unwrap_or_default().streams)
    }

    /// The streams by the names of their live logs. While a log is rotated, a rotated file may stand there alone for a moment, and
    /// would be a log of its own.
    fn by_live_logs(&self, mut streams: Vec<Stream>) -> Vec<Stream> {
        let is_named = |path: &PathBuf| self.pipeline.input.paths.contains(path);
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
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<()> {
        let is_new = |it: &Stream| !logs.names.contains(&it.name) && !it.files.iter().any(is_stdout);
        for (stream, log) in self.open(streams.into_iter().filter(is_new).collect()) {
            logs.names.insert(Arc::clone(&stream.name));
            logs.threads.push(thread::Builder::new().spawn_scoped(scope, move || self.follow(stream, &log))?);
        }
        Ok(())
    }

    /// Opens the files of logs. Those that were rotated meanwhile have other files by now than those that were found.
    fn open(&self, streams: Vec<Stream>) -> Vec<(Stream, FollowedLog)> {
        let open = |stream: Stream| {
            let log = FollowedLog::new(&stream, Arc::clone(&self.changes));
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
    fn follow(&self, stream: Stream, log: &FollowedLog) -> FollowResult {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
        let (known, discovery) = (stream.files.len(), Discovery { streams: vec![stream], ..Discovery::default() });
        let (open, more) = (|input: &_| log.open(input), || log.next_file());
        let hooks = ReadHooks { open: &open, on_read: &|_| (), more: Some(&more) };
        let mut sink = SharedSink { following: self, known };
        let followed = pool.install(|| self.pipeline.run_with(&discovery, hooks, &mut sink));
        followed.map_err(|error| cannot_write(&error))
    }

    fn lock(&self) -> MutexGuard<'_, &'a mut dyn RecordSink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the lines of one log to the sink of them all.
struct SharedSink<'f, 'a> {
    following: &'f Following<'a>,
    /// How many files were there when it began.
    known: usize,
}

impl RecordSink for SharedSink<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.following.lock().begin_stream(stream)
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        if self.following.changes.is_stopped() {
            return Ok(Flow::Stop);
        }
        if let FileEvent::Opened { file: at, after_gap: true } = event
            && *at >= self.known
        {
            let what = format!("{file}: what was read before it is in no file any more: lines between may be missing");
            Diagnostics::stderr().warning(&what);
        }
        let flow = self.following.lock().take(file, event, records)?;
        if flow == Flow::Stop {
            self.following.changes.stop();
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
