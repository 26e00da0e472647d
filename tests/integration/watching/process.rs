//! A watch beside the test, with what it says on both streams, and a log of the test's own that grows. What is expected of it is left to
//! the tests.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Alarm, alarm, day};
use crate::support::Run;
use crate::support::running::Running;

/// The machines of CI are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until there is something; until then `look` says what is missing.
#[track_caller]
pub(super) fn awaited<T>(mut look: impl FnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(missing) => assert!(started.elapsed() < PATIENCE, "it never came: {missing}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The lines of a stream so far.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let all = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                all.0.lock().expect("nobody panics with it").push(line);
            }
        });
        lines
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

/// A watch that runs.
pub(super) struct Watching {
    process: Running,
    stdout: Lines,
    stderr: Lines,
}

impl Watching {
    pub(super) fn start(run: Run) -> Self {
        let mut command = run.into_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Running(command.spawn().expect("the binary was built with this test"));
        let stdout = Lines::of(process.0.stdout.take().expect("it is piped"));
        let stderr = Lines::of(process.0.stderr.take().expect("it is piped"));
        Self { process, stdout, stderr }
    }

    /// The same, once what was there has been read.
    pub(super) fn start_ready(run: Run) -> Self {
        let watch = Self::start(run);
        watch.says("watching 1 log");
        watch
    }

    /// Waits until it says something on standard error.
    #[track_caller]
    pub(super) fn says(&self, words: &str) -> String {
        awaited(|| {
            let said = self.stderr.all();
            said.iter().find(|line| line.contains(words)).cloned().ok_or_else(|| format!("{words:?} in {said:#?}"))
        })
    }

    /// What it told of alarms so far.
    pub(super) fn alarms(&self) -> Vec<Alarm> {
        self.stdout.all().iter().map(|line| alarm(line)).collect()
    }

    /// Waits until it tells of an alarm of this kind and state.
    #[track_caller]
    pub(super) fn tells(&self, kind: &str, state: &str) -> Alarm {
        awaited(|| {
            let told = self.alarms();
            let found = told.iter().find(|it| (&*it.kind, &*it.state) == (kind, state));
            found.cloned().ok_or_else(|| format!("{kind} {state} in {told:#?}"))
        })
    }

    #[cfg(target_os = "linux")]
    pub(super) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process.0), signal).expect("it runs");
    }

    /// Ends it as a service is ended; what it said on standard error. A panic is none of it.
    #[track_caller]
    pub(super) fn end(self) -> Vec<String> {
        self.end_with_alarms().1
    }

    /// The same with what it told of alarms.
    #[track_caller]
    pub(super) fn end_with_alarms(mut self) -> (Vec<Alarm>, Vec<String>) {
        self.signal(Signal::TERM);
        let status = self.process.0.wait().expect("it ends");
        // The thread that reads may have a line in hand.
        thread::sleep(Duration::from_millis(50));
        let said = self.stderr.all();
        assert_eq!(status.code(), Some(0), "{said:#?}");
        assert!(!said.iter().any(|line| line.contains("panicked at")), "{said:#?}");
        (self.alarms(), said)
    }

    /// Ends it at once, whatever it does.
    #[track_caller]
    pub(super) fn kill(mut self) {
        self.process.0.kill().expect("it runs");
        drop(self.process.0.wait());
        let said = self.stderr.all();
        assert!(!said.iter().any(|line| line.contains("panicked at")), "{said:#?}");
    }
}

/// The page of metrics of the watch that listens there.
#[track_caller]
pub(super) fn metrics(address: &str) -> String {
    let mut socket = TcpStream::connect(address).expect("it listens");
    socket.write_all(b"GET /metrics HTTP/1.0\r\nHost: here\r\n\r\n").expect("it reads");
    let mut page = String::new();
    socket.read_to_string(&mut page).expect("it answers");
    page
}

/// A folder with a log that grows by a day, a configuration and a state.
pub(super) struct Site {
    pub(super) folder: TempDir,
    day: Vec<String>,
}

impl Site {
    /// The first lines of the day, in which nothing happens, are in its log.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = fs::read_to_string(day("json")).expect("a fixture");
        let day = text.split_inclusive('\n').map(str::to_owned).collect();
        let site = Self { folder, day };
        fs::write(site.path("acra.log"), "").expect("a log");
        site.grow(0, QUIET_LINES);
        site
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the lines of the day from `from` up to `to`, without it.
    pub(super) fn grow(&self, from: usize, to: usize) {
        self.write(&self.day[from..to].concat());
    }

    pub(super) fn write(&self, text: &str) {
        let log = OpenOptions::new().append(true).open(self.path("acra.log"));
        log.and_then(|mut log| log.write_all(text.as_bytes())).expect("a log of our own");
    }

    pub(super) fn lines(&self) -> usize {
        self.day.len()
    }

    /// `acralog watch` over the log with a configuration.
    pub(super) fn watch(&self, configuration: &str) -> Run {
        fs::write(self.path("watch.toml"), configuration).expect("a file of our own");
        let run = Run::bare().args(["watch", "--jsonl", "--config"]).arg(self.path("watch.toml")).key("audit.key");
        run.path(self.path("acra.log"))
    }

    /// The same with a state that outlives it.
    pub(super) fn watch_with_state(&self, configuration: &str) -> Run {
        self.watch(configuration).arg("--state").arg(self.path("state"))
    }
}

/// So many lines of the day come before the first alarm.
pub(super) const QUIET_LINES: usize = 170;

/// The lines of JSON in a file; the last one may still be on its way.
pub(super) fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}
