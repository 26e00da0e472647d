//! `acralog watch` beside fail2ban and `tail -F | jq` on a log that grows: how long after a line was written somebody is told of it, and
//! how long each takes for many lines that come at once. `cargo bench --bench watch` prints both as a table; ACRALOG_WATCH_SAMPLES and
//! ACRALOG_WATCH_MB change how much is tried. fail2ban, tail and jq must be installed; fail2ban needs no root here.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints a table, and is asked by variables")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, iter};

use log_writer::{Event, Format, Service};
use tempfile::TempDir;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/integration/log_writer/mod.rs"]
mod log_writer;

const KEY: [u8; 32] = [0x5a; 32];

/// It is looked so often whether somebody was told.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Who has told nothing until then never will.
const PATIENCE: Duration = Duration::from_secs(600);
/// Who has told nothing for so long has nothing in hand.
const SILENCE: Duration = Duration::from_secs(2);
/// The time between two samples, in milliseconds; what a round clock of a tool would do is spread by primes.
const PAUSES_MS: [u64; 4] = [307, 411, 523, 619];
const ROUNDS: usize = 3;

/// Whoever watches a log, told how to write a line to `told` for each poison record.
struct Contender {
    name: &'static str,
    verifies: bool,
    /// So much of the many lines is as long as anybody would wait, in hundredths.
    share: usize,
    start: fn(&Site) -> Vec<Command>,
}

const CONTENDERS: [Contender; 4] = [
    Contender { name: "acralog watch, `exec`", verifies: true, share: 100, start: acralog_exec },
    Contender { name: "acralog watch, `file`", verifies: true, share: 100, start: acralog_file },
    Contender { name: "fail2ban", verifies: false, share: 5, start: fail2ban },
    Contender { name: "`tail -F` and `jq`", verifies: false, share: 100, start: tail_and_jq },
];

fn main() {
    let (samples, megabytes) = (number("ACRALOG_WATCH_SAMPLES", 50), number("ACRALOG_WATCH_MB", 200));
    println!("| tool | verifies | median | worst of {samples} | MB at once | time | MB/s |");
    println!("|---|---|---|---|---|---|---|");
    for contender in CONTENDERS {
        let mut latencies = latencies(&contender, samples);
        latencies.sort_unstable();
        let bytes = megabytes * 10_000 * contender.share;
        let mut times: Vec<_> = iter::repeat_with(|| throughput(&contender, bytes)).take(ROUNDS).collect();
        times.sort_unstable();
        let (ms, seconds) = (|time: Duration| time.as_secs_f64() * 1_000.0, times[ROUNDS / 2].as_secs_f64());
        println!(
            "| {} | {} | {:.1} ms | {:.1} ms | {} | {seconds:.2} s | {:.1} |",
            contender.name,
            if contender.verifies { "yes" } else { "no" },
            ms(latencies[samples / 2]),
            ms(latencies[samples - 1]),
            bytes / 1_000_000,
            bytes as f64 / 1e6 / seconds
        );
    }
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |number| number.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// From the write of a poison record to the word of it, of one after the other.
fn latencies(contender: &Contender, samples: usize) -> Vec<Duration> {
    let (mut site, _watching) = Site::watched_by(contender);
    let told = site.told();
    let pauses = PAUSES_MS.iter().cycle();
    let sample = |(number, pause): (usize, &u64)| {
        thread::sleep(Duration::from_millis(*pause));
        let line = site.poison_record();
        let begun = Instant::now();
        site.write(&line);
        site.wait_until_told(told + number + 1, begun, contender.name)
    };
    (0..samples).zip(pauses).map(sample).collect()
}

/// From the write of so many bytes at once, with a poison record behind them, to the word of that.
fn throughput(contender: &Contender, bytes: usize) -> Duration {
    let (mut site, _watching) = Site::watched_by(contender);
    let told = site.told();
    let mut text = Vec::with_capacity(bytes + 1_000);
    while text.len() < bytes {
        let mut event = site.service.random_event();
        event.unix_ms = now_ms();
        text.extend(site.service.write(&event));
        text.push(b'\n');
    }
    text.extend(site.poison_record());
    let begun = Instant::now();
    site.write(&text);
    site.wait_until_told(told + 1, begun, contender.name)
}

/// A folder with a log and the service that writes it.
struct Site {
    folder: TempDir,
    service: Service,
    log: File,
    poison_records: usize,
}

/// Ends with the value.
struct Watching(Vec<Child>);

impl Drop for Watching {
    fn drop(&mut self) {
        for process in &mut self.0 {
            // It may have ended on its own.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

impl Site {
    /// A log of which poison records are told, and of none any more.
    fn watched_by(contender: &Contender) -> (Self, Watching) {
        let folder = tempfile::tempdir().expect("a folder");
        let log = OpenOptions::new().append(true).create(true).open(folder.path().join("acra.log")).expect("a log");
        fs::write(folder.path().join("told"), "").expect("a file");
        let mut site = Self { folder, service: Service::new(Format::Json, KEY, 7), log, poison_records: 0 };
        let mut processes = Vec::new();
        let mut stdin = Stdio::null();
        for mut command in (contender.start)(&site) {
            command.stdin(stdin).stderr(site.file("said"));
            let mut process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            stdin = process.stdout.take().map_or_else(Stdio::null, Stdio::from);
            processes.push(process);
        }
        let (watching, begun) = (Watching(processes), Instant::now());
        while site.told() == 0 {
            assert!(begun.elapsed() < PATIENCE / 10, "{}: {}", contender.name, site.text("said"));
            let line = site.poison_record();
            site.write(&line);
            thread::sleep(SILENCE / 4);
        }
        let mut told = 0;
        while told < site.told() {
            told = site.told();
            thread::sleep(SILENCE);
        }
        (site, watching)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> File {
        OpenOptions::new().append(true).create(true).open(self.path(name)).expect("a file")
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn write(&mut self, text: &[u8]) {
        self.log.write_all(text).expect("a log");
    }

    /// A line of its own client: who is known already is told of no more, or is one and the same alarm.
    fn poison_record(&mut self) -> Vec<u8> {
        self.poison_records += 1;
        let event = Event::new(now_ms(), "warning", "Recognized poison record")
            .with("code", 587)
            .with("client_id", format!("poisoned-{}", self.poison_records));
        let mut line = self.service.write(&event);
        line.push(b'\n');
        line
    }

    /// How many were told.
    fn told(&self) -> usize {
        self.text("told").lines().count()
    }

    fn wait_until_told(&self, wanted: usize, begun: Instant, name: &str) -> Duration {
        while self.told() < wanted {
            assert!(begun.elapsed() < PATIENCE, "{name} does not tell: {}", self.text("said"));
            thread::sleep(LOOK_EVERY);
        }
        begun.elapsed()
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292 million")
}

/// A shell that tells of something.
fn telling(told: &Path) -> String {
    format!("echo >>{}", told.display())
}

fn acralog_exec(site: &Site) -> Vec<Command> {
    acralog(site, &format!("exec = {{ command = [\"/bin/sh\", \"-c\", \"{}\"] }}", telling(&site.path("told"))))
}

fn acralog_file(site: &Site) -> Vec<Command> {
    acralog(site, "file = { path = \"told\" }")
}

/// With a state, so that what is told survives a crash.
fn acralog(site: &Site, action: &str) -> Vec<Command> {
    let event = "[[event]]\nname = \"poison\"\ncode = \"587\"\n";
    let reaction =
        format!("[[reaction]]\nname = \"tell\"\nwhen = {{ rule = \"poison\" }}\nresolve = false\n{action}\n");
    fs::write(site.path("watch.toml"), [event, &reaction].concat()).expect("a file");
    fs::write(site.path("audit.key"), KEY).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_acralog"));
    command.arg("watch").arg("--key-file").arg(site.path("audit.key")).arg("--config").arg(site.path("watch.toml"));
    command.arg("--state").arg(site.path("state")).arg(site.path("acra.log")).stdout(site.file("said"));
    vec![command]
}

fn fail2ban(site: &Site) -> Vec<Command> {
    let folder = site.folder.path().display();
    let server = format!(
        "[DEFAULT]\nloglevel = ERROR\nlogtarget = STDERR\nsyslogsocket = auto\nsocket = {folder}/socket\n\
         pidfile = {folder}/pid\ndbfile = None\ndbpurgeage = 1d\ndbmaxmatches = 10\n[Definition]\n[Thread]\n"
    );
    let jail = format!(
        "[acra]\nenabled = true\nfilter = acra\nbackend = auto\nlogpath = {folder}/acra.log\nmaxretry = 1\nfindtime = 1h\n\
         bantime = 1h\nusedns = no\naction = tell\n"
    );
    let filter = "[Definition]\nfailregex = ^\\{\"client_id\":\"<F-ID>[^\"]+</F-ID>\",\"code\":587,\n\
                  datepattern = \"timestamp\":\"%%Y-%%m-%%dT%%H:%%M:%%S%%z\"\n";
    let action = format!("[Definition]\nactionban = {}\n", telling(&site.path("told")));
    for (name, text) in [
        ("fail2ban.conf", &*server),
        ("jail.conf", &jail),
        ("filter.d/acra.conf", filter),
        ("action.d/tell.conf", &action),
    ] {
        let path = site.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let mut command = Command::new("fail2ban-server");
    command.arg("-f").arg("-c").arg(site.folder.path()).arg("-s").arg(site.path("socket"));
    command.arg("-p").arg(site.path("pid")).arg("start").stdout(site.file("said"));
    vec![command]
}

fn tail_and_jq(site: &Site) -> Vec<Command> {
    let (mut tail, mut jq) = (Command::new("tail"), Command::new("jq"));
    tail.args(["-n", "0", "-F"]).arg(site.path("acra.log")).stdout(Stdio::piped());
    jq.args(["-c", "--unbuffered", "select(.code == 587)"]).stdout(site.file("told"));
    vec![tail, jq]
}
