//! Leads the lines of logs past the sink of a verb while they are written: each log on a thread of its own, lines as they come in,
//! until the verb has enough or nobody reads what it writes. How a log is followed is left to `follow`, what is made of the
//! lines to the verb.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::inputs::{self, Foreign};
use super::pipeline::{Completed, PipelineOptions, Unread, cannot_write};
use crate::failure::Failure;
use crate::follow::{Changes, FollowedLog};
use crate::outcome::Outcome;
use crate::output::Diagnostics;
use crate::reading::{FileEvent, ReadHooks};
use crate::record::{Flow, RecordSink, Records};
use crate::source::{self, Discovery, Origin, Stream};

/// How often a directory, or a pattern, is looked at for further logs.
const LOOK: Duration = Duration::from_secs(1);

/// Follows the logs that were found, and those that appear beside them.
///
/// # Errors
/// When the sink fails, or threads cannot be started.
pub(super) fn run(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    sink: &mut dyn RecordSink,
) -> Result<Completed, Failure> {
    let mut unread = Unread::told();
    unread.note_discovery(discovery);
    pipeline.verification.iter().flat_map(|plan| &plan.warnings).for_each(|it| Diagnostics::stderr().warning(it));
    let following = Following { pipeline, changes: Arc::new(Changes::new()), sink: Mutex::new(sink) };
    let logs = thread::scope(|scope| {
        let follow = |stream: Stream| {
            let following = &following;
            thread::Builder::new().spawn_scoped(scope, move || following.follow(stream))
        };
        let mut logs = Logs::default();
        logs.add(discovery.streams.clone(), follow)?;
        let followed = following.wait(&mut logs, follow);
        following.changes.stop();
        let results: Vec<_> = logs.threads.into_iter().map(joined).collect();
        followed.map(|()| results)
    });
    let mut completed =
        Completed { verdict: Outcome::Intact, complete: unread.is_nothing(), foreign: Foreign::default() };
    for log in logs.map_err(|error| cannot_follow(&error))? {
        completed.merge(log?);
    }
    Ok(completed)
}

fn cannot_follow(error: &io::Error) -> Failure {
    Failure::new(format!("cannot start threads: {error}"))
}

type FollowResult = Result<Completed, Failure>;

/// A panic is passed on.
fn joined(thread: ScopedJoinHandle<'_, FollowResult>) -> FollowResult {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The logs that are being followed.
#[derive(Default)]
struct Logs<'scope> {
    /// By the names of their streams, their paths.
    paths: HashMap<Arc<str>, PathBuf>,
    threads: Vec<ScopedJoinHandle<'scope, FollowResult>>,
}

impl<'scope> Logs<'scope> {
    /// Follows those that are not followed yet.
    fn add(
        &mut self,
        streams: Vec<Stream>,
        follow: impl Fn(Stream) -> io::Result<ScopedJoinHandle<'scope, FollowResult>>,
    ) -> io::Result<()> {
        for stream in streams {
            let path = PathBuf::from(&*stream.name);
            // While a log is rotated, its rotated files may stand there alone for a moment.
            let is_rotation = self.paths.values().any(|log| source::rotated(log).contains(&path));
            if !is_rotation && !self.paths.contains_key(&stream.name) {
                self.paths.insert(Arc::clone(&stream.name), path);
                self.threads.push(follow(stream)?);
            }
        }
        Ok(())
    }
}

/// What the threads share.
struct Following<'a> {
    pipeline: &'a PipelineOptions<'a>,
    changes: Arc<Changes>,
    sink: Mutex<&'a mut dyn RecordSink>,
}

impl<'a> Following<'a> {
    /// Waits for the end, and looks for further logs.
    fn wait<'scope>(
        &self,
        logs: &mut Logs<'scope>,
        follow: impl Fn(Stream) -> io::Result<ScopedJoinHandle<'scope, FollowResult>>,
    ) -> io::Result<()> {
        let may_gain_logs = self.pipeline.input.may_gain_logs();
        let mut looked = Instant::now();
        while !self.changes.is_stopped() && (may_gain_logs || logs.threads.iter().any(|log| !log.is_finished())) {
            self.changes.wait_after(self.changes.count());
            if stdout_is_closed() {
                break;
            }
            if may_gain_logs && looked.elapsed() >= LOOK {
                // What cannot be found now was said at the beginning, or will be there the next time.
                let found = inputs::discover(self.pipeline.input).unwrap_or_default();
                logs.add(found.streams, &follow)?;
                looked = Instant::now();
            }
        }
        Ok(())
    }

    /// Follows one log.
    fn follow(&self, stream: Stream) -> FollowResult {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
        let is_file = |path: &Path| path.metadata().map_or(true, |metadata| metadata.is_file());
        let can_grow = stream.files.iter().all(|file| match &file.origin {
            Origin::Path(path) => is_file(path),
            Origin::Hole { .. } => true,
            Origin::Stdin => false,
        });
        let log = FollowedLog::new(&stream, Arc::clone(&self.changes));
        let (open, more) = (|input: &_| log.open(input), || log.next_file());
        let hooks = match can_grow {
            true => ReadHooks { open: &open, on_read: &|_| (), more: Some(&more) },
            false => ReadHooks { open: &source::open, on_read: &|_| (), more: None },
        };
        let discovery = Discovery { streams: vec![stream], ..Discovery::default() };
        let followed = pool.install(|| self.pipeline.run_with(&discovery, hooks, &mut SharedSink(self)));
        if followed.is_err() {
            self.changes.stop();
        }
        followed.map_err(|error| cannot_write(&error))
    }

    fn lock(&self) -> MutexGuard<'_, &'a mut dyn RecordSink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the lines of one log to the sink of them all.
struct SharedSink<'f, 'a>(&'f Following<'a>);

impl RecordSink for SharedSink<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.0.lock().begin_stream(stream)
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        if self.0.changes.is_stopped() {
            return Ok(Flow::Stop);
        }
        let flow = self.0.lock().take(file, event, records)?;
        if flow == Flow::Stop {
            self.0.changes.stop();
        }
        Ok(flow)
    }
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
