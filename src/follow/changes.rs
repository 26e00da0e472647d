//! Waits until something changed beside a log, or somebody wants to stop: told by the system where it tells, and looked for
//! several times a second in any case, since network and overlay file systems do not.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::{Condvar, Mutex};

/// How long a change may go unseen where nothing tells of it.
const POLL: Duration = Duration::from_millis(250);

/// Changes of the logs that are followed, and of what else begins with their names.
#[derive(Debug)]
pub struct Changes {
    seen: Arc<Seen>,
    /// None where the system has nothing to tell with.
    watcher: Mutex<Option<RecommendedWatcher>>,
}

#[derive(Debug, Default)]
struct Seen {
    state: Mutex<ChangeState>,
    changed: Condvar,
    /// What the names begin with.
    names: Mutex<HashSet<OsString>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct ChangeState {
    /// How many changes there were.
    count: u64,
    stopped: bool,
}

impl Changes {
    /// Begins to watch.
    pub fn new() -> Self {
        let seen = Arc::new(Seen::default());
        let told = Arc::clone(&seen);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.map_or(true, |event| told.concerns(&event)) {
                told.note(|state| state.count += 1);
            }
        });
        Self { seen, watcher: Mutex::new(watcher.ok()) }
    }

    /// Watches the directory of a log as well. Where that cannot be, changes are looked for.
    pub fn watch(&self, log: &Path) {
        self.seen.names.lock().extend(log.file_name().map(OsStr::to_owned));
        let directory = log.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Some(watcher) = &mut *self.watcher.lock() {
            // The directory may not be there yet, or be on a file system that tells nothing.
            let _ = watcher.watch(directory, RecursiveMode::NonRecursive);
        }
    }

    /// How many changes there were.
    pub fn count(&self) -> u64 {
        self.seen.state.lock().count
    }

    /// Waits for a change after these, at most a quarter of a second.
    pub fn wait_after(&self, count: u64) {
        let is_news = |state: &mut ChangeState| state.count == count && !state.stopped;
        // Both ways out mean to look.
        self.seen.changed.wait_while_for(&mut self.seen.state.lock(), is_news, POLL);
    }

    /// Waits until nobody is to wait any more, at most for so long.
    pub fn wait_for_stop(&self, most: Duration) {
        self.seen.changed.wait_while_for(&mut self.seen.state.lock(), |state| !state.stopped, most);
    }

    /// Nobody is to wait any more: what is there is read to its end.
    pub fn stop(&self) {
        self.seen.note(|state| state.stopped = true);
    }

    /// Whether nobody is to wait any more.
    pub fn is_stopped(&self) -> bool {
        self.seen.state.lock().stopped
    }
}

impl Seen {
    /// Whether a log may be another one by this. Reading it changes nothing, and would wake whoever reads.
    fn concerns(&self, event: &notify::Event) -> bool {
        let is_read = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            EventKind::Access(_) => true,
            _ => false,
        };
        let names = self.names.lock();
        let is_named = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            names.iter().any(|log| name.starts_with(log.as_encoded_bytes()))
        };
        !is_read && (event.paths.is_empty() || event.paths.iter().any(is_named))
    }

    fn note(&self, change: impl FnOnce(&mut ChangeState)) {
        change(&mut self.state.lock());
        self.changed.notify_all();
    }
}
