//! A watch under load: a service writes genuine sealed entries at a steady rate while Debian's logrotate rotates its log again and again.
//! Each entry is seen once and proven, nothing is accused; how far behind the watch was and what it took is printed.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::process::{Watching, awaited, metrics};
use crate::log_writer::{Event, Format, Service};
use crate::services::servers::free_port;
use crate::support::tools::{logrotate, skipped};
use crate::support::{Run, fixture};

/// Entries a second and seconds where `ACRALOG_LOAD` says nothing else.
const LOAD: &str = "2000,3";
/// The log is rotated so often in a short run, and once in so many seconds in a long one.
const ROTATIONS: u32 = 6;
const ROTATE_EVERY_MAX: Duration = Duration::from_secs(2);
/// So many rotated files stay: more than a short run makes, so that a slow machine loses none that was not read.
const ROTATED_FILES: usize = 30;
/// The service is started anew behind so many rotations.
const ROTATIONS_A_RUN: usize = 3;
/// The entries of a session, which comes and goes.
const SESSION_ENTRIES: u64 = 20;
/// Of so many entries one may be anything, be it what makes an incident; the others say what goes on as it should.
const ONE_EVENTFUL_OF: u64 = 100;
/// What is due is written so often.
const WRITE_EVERY: Duration = Duration::from_millis(5);
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

/// How much is written.
#[derive(Clone, Copy)]
struct Load {
    entries_per_second: u64,
    length: Duration,
}

impl Load {
    #[expect(clippy::disallowed_methods, reason = "how much somebody wants to try is no matter of the tool's plan")]
    fn asked_for() -> Self {
        let asked = std::env::var("ACRALOG_LOAD").unwrap_or_else(|_| LOAD.to_owned());
        let numbers: Vec<u64> = asked.split(',').filter_map(|number| number.parse().ok()).collect();
        let [entries_per_second, seconds] = numbers[..] else { panic!("ACRALOG_LOAD=ENTRIES_PER_SECOND,SECONDS") };
        Self { entries_per_second, length: Duration::from_secs(seconds) }
    }

    fn entries(self) -> u64 {
        self.entries_per_second * self.length.as_secs()
    }
}

/// So many entries were in the log before more were written at this moment.
type Written = Mutex<Vec<(Instant, u64)>>;

/// The service that writes the log, which is rotated meanwhile.
struct Writer<'a> {
    folder: &'a Path,
    /// How it is rotated, in turn: words of logrotate.
    ways: &'a [&'a str],
    service: Service,
    log: File,
    entries: u64,
    bytes: u64,
    last_ms: i64,
    rotations: usize,
    /// A rotation that goes on.
    rotating: Option<Child>,
}

impl<'a> Writer<'a> {
    /// One entry is in the log.
    fn new(folder: &'a Path, ways: &'a [&'a str]) -> Self {
        let service = Service::new(Format::Json, fixture::key("audit.key"), 0x10ad);
        let (log, rotating) = (open(folder), None);
        let mut writer = Self { folder, ways, service, log, entries: 0, bytes: 0, last_ms: 0, rotations: 0, rotating };
        writer.write_next();
        writer
    }

    /// Writes all of a load.
    fn write(&mut self, load: Load, written: &Written) {
        let begun = Instant::now();
        let rotate_every = (load.length / ROTATIONS).min(ROTATE_EVERY_MAX);
        let mut rotated = begun;
        while self.entries < load.entries() {
            self.end_rotation(false);
            if rotated.elapsed() >= rotate_every && self.rotating.is_none() {
                rotated = Instant::now();
                self.rotate();
            }
            written.lock().expect("nobody panics with it").push((Instant::now(), self.entries));
            let due = (begun.elapsed().as_millis() as u64 * load.entries_per_second / 1_000).min(load.entries());
            // Whatever kept the service waiting: what is noted stays fine.
            let until = due.min(self.entries + load.entries_per_second.div_ceil(100));
            while self.entries < until {
                self.write_next();
            }
            if until == due {
                thread::sleep(WRITE_EVERY);
            }
        }
        self.end_rotation(true);
    }

    /// As Acra does, each entry by itself.
    fn write_next(&mut self) {
        let (session, now) = (self.entries / SESSION_ENTRIES, now_ms());
        let mut event = match self.entries % ONE_EVENTFUL_OF {
            0 => self.service.random_event(),
            _ => Event::new(now, "info", "Process query").with("sql", "SELECT * FROM users WHERE id = 1"),
        };
        event.unix_ms = now;
        let event = event.with("session_id", session).with("client_id", format!("client-{:02}", session % 40));
        let line = self.service.write(&event);
        self.write_line(line, event.unix_ms);
    }

    fn write_line(&mut self, mut line: Vec<u8>, unix_ms: i64) {
        line.push(b'\n');
        self.log.write_all(&line).expect("a log of our own");
        self.entries += 1;
        self.bytes += line.len() as u64;
        self.last_ms = unix_ms;
    }

    /// Whoever copies and empties a log loses what is written in between, so nothing is. Where it is renamed the service writes on, into
    /// the file it has, until it is told.
    fn rotate(&mut self) {
        let way = self.ways[self.rotations % self.ways.len()];
        self.rotations += 1;
        let configuration = format!(
            "\"{}\" {{\n{way}\nrotate {ROTATED_FILES}\ncompress\ndelaycompress\n}}\n",
            log_in(self.folder).display()
        );
        fs::write(self.folder.join("logrotate.conf"), configuration).expect("a file of our own");
        let mut command = Command::new(logrotate().expect("it was looked for"));
        command.arg("-f").arg("-s").arg(self.folder.join("state")).arg(self.folder.join("logrotate.conf"));
        self.rotating = Some(command.stderr(Stdio::piped()).spawn().expect("it was looked for"));
        self.end_rotation(way == "copytruncate");
    }

    /// Takes note of a rotation that is over, and waits for that where it is asked to.
    fn end_rotation(&mut self, waits: bool) {
        let is_over = |rotating: &mut Child| waits || rotating.try_wait().expect("a child").is_some();
        let Some(rotating) = self.rotating.take_if(is_over) else { return };
        let output = rotating.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.log = open(self.folder);
        if self.rotations.is_multiple_of(ROTATIONS_A_RUN) {
            let now = now_ms();
            let end = self.service.end_at(now);
            self.write_line(end, now);
        }
    }
}

fn log_in(folder: &Path) -> PathBuf {
    folder.join("acra.log")
}

fn open(folder: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(log_in(folder)).expect("a log of our own")
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292 million")
}

/// The sum of a metric over all labels, of which one may be asked for.
#[track_caller]
fn metric(page: &str, name: &str, label: &str) -> f64 {
    let values = page.lines().filter(|line| line.starts_with(&format!("{name}{{")) && line.contains(label));
    let values: Vec<f64> = values.map(|line| line.rsplit(' ').next().unwrap_or(line).parse().expect(line)).collect();
    assert!(!values.is_empty(), "no {name} in {page}");
    values.iter().sum()
}

/// What is known of a process from outside.
struct Usage {
    rss_kib: u64,
    rss_max_kib: u64,
    cpu: Duration,
}

impl Usage {
    fn of(pid: u32) -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).expect("it runs");
        let (status, stat) = (read("status"), read("stat"));
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        // Behind the name of the program, which may hold anything; a tick is a hundredth of a second wherever Linux tells it.
        let numbers: Vec<&str> = stat.rsplit(')').next().expect("numbers").split_whitespace().collect();
        let ticks: u64 = numbers[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        Self { rss_kib: kib("VmRSS:"), rss_max_kib: kib("VmHWM:"), cpu: Duration::from_millis(ticks * 10) }
    }
}

/// What was measured in one moment.
struct Sample {
    /// How long the oldest entry was written that the watch does not count yet. It tells its numbers ten times a second.
    lag: Duration,
    /// The same as the watch says it: of bytes that it did not read.
    lag_told: f64,
    rss_kib: u64,
}

impl Sample {
    fn take(pid: u32, address: &str, written: &Written) -> Self {
        let at = Instant::now();
        let page = metrics(address);
        let seen = metric(&page, "acralog_entries_total", "") as u64;
        let written = written.lock().expect("nobody panics with it");
        let all_seen = written.partition_point(|(_, entries)| *entries <= seen);
        // Behind that moment the oldest entry that was not counted was written.
        let before = all_seen.checked_sub(1).filter(|_| all_seen < written.len()).map(|index| written[index].0);
        let lag = before.map_or(Duration::ZERO, |before| at.saturating_duration_since(before));
        Self { lag, lag_told: metric(&page, "acralog_lag_seconds", ""), rss_kib: Usage::of(pid).rss_kib }
    }
}

/// What was measured of a run.
struct Measured<'a> {
    ways: &'a [&'a str],
    entries: u64,
    rotations: usize,
    length: Duration,
    samples: Vec<Sample>,
    usage: Usage,
}

impl fmt::Display for Measured<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |kib: u64| kib as f64 / 1_024.0;
        let last = self.samples.len() - 1;
        let quarters: Vec<String> =
            (0..=4).map(|quarter| format!("{:.1}", mib(self.samples[last * quarter / 4].rss_kib))).collect();
        let lag = self.samples.iter().map(|it| it.lag.as_secs_f64()).fold(0.0, f64::max);
        let lag_told = self.samples.iter().map(|it| it.lag_told).fold(0.0, f64::max);
        write!(
            formatter,
            "{}: {} entries in {:.1} s, {} rotations; lag at most {lag:.2} s ({lag_told:.2} s as told); RSS in MiB at the beginning and \
             each quarter {}, at most {:.1}; CPU {:.2} s",
            self.ways.join(" and "),
            self.entries,
            self.length.as_secs_f64(),
            self.rotations,
            quarters.join(" "),
            mib(self.usage.rss_max_kib),
            self.usage.cpu.as_secs_f64()
        )
    }
}

/// Runs a load over a log that is rotated like this.
#[track_caller]
fn assert_watched(ways: &[&str]) {
    if logrotate().is_none() {
        return skipped("logrotate is not installed");
    }
    let (folder, load) = (tempfile::tempdir().expect("a folder"), Load::asked_for());
    let (mut writer, written) = (Writer::new(folder.path(), ways), Written::default());
    let address = format!("127.0.0.1:{}", free_port());
    let run = Run::bare().args(["watch", "--jsonl", "--metrics-listen", &address]).key("audit.key");
    let watch = Watching::start_ready(run.path(log_in(folder.path())));
    let (begun, mut samples) = (Instant::now(), Vec::new());
    thread::scope(|scope| {
        let writing = scope.spawn(|| writer.write(load, &written));
        while !writing.is_finished() {
            samples.push(Sample::take(watch.pid(), &address, &written));
            thread::sleep(SAMPLE_EVERY);
        }
    });
    let (length, usage) = (begun.elapsed(), Usage::of(watch.pid()));
    let measured = Measured { ways, entries: writer.entries, rotations: writer.rotations, length, samples, usage };
    // Not `eprintln!`: the test harness would keep it to itself.
    drop(writeln!(io::stderr(), "{measured}"));
    let proven_until = awaited(|| {
        let page = metrics(&address);
        let proven_until = metric(&page, "acralog_proven_until_seconds", "");
        if (proven_until * 1_000.0).round() >= writer.last_ms as f64 { Ok(proven_until) } else { Err(page) }
    });
    assert_eq!((proven_until * 1_000.0).round() as i64, writer.last_ms, "it is proven to its end, and no further");
    // More than there were would come now.
    thread::sleep(2 * SAMPLE_EVERY);
    let page = metrics(&address);
    let read = ["acralog_entries_total", "acralog_read_bytes_total"].map(|name| metric(&page, name, "") as u64);
    assert_eq!(read, [writer.entries, writer.bytes], "each entry is seen once");
    assert_eq!(metric(&page, "acralog_findings_total", "class=\"tampered\""), 0.0, "{page}");
    assert!(writer.rotations > 1 && writer.entries > load.entries_per_second, "a load, and rotations: {measured}");
    let accusations: Vec<_> = watch.alarms().into_iter().filter(|it| ACCUSATIONS.contains(&&*it.kind)).collect();
    assert_eq!(accusations, []);
    let said = watch.end();
    assert!(!said.iter().any(|line| line.contains("lines between may be missing")), "{said:#?}");
}

/// The kinds of alarms by which a log is not as it should be.
const ACCUSATIONS: [&str; 3] = ["integrity-failure", "integrity-warning", "clock-jump"];

#[test]
fn a_busy_log_that_logrotate_renames_is_seen_once_and_proven() {
    assert_watched(&["create"]);
}

#[test]
fn a_busy_log_that_logrotate_copies_and_empties_is_seen_once_and_proven() {
    assert_watched(&["copytruncate"]);
}

#[test]
fn a_busy_log_that_is_rotated_now_this_way_and_now_that_is_seen_once_and_proven() {
    assert_watched(&["create", "copytruncate"]);
}
