//! acralog beside `openssl dgst -sha256` and `wc -l` on the same files, and beside the formula written down, interleaved in one
//! run: `cargo bench --bench compare` prints medians and ratios as a table. ACRALOG_COMPARE_ENTRIES and
//! ACRALOG_COMPARE_ROUNDS change how long it takes; ACRALOG_COMPARE_WITH names another build of acralog to compare with.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints a table, and is asked by variables")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, hint, iter};

use acralog::reference;
use flate2::Compression;
use flate2::write::GzEncoder;
use log_writer::{Format, Service};

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/integration/log_writer/mod.rs"]
mod log_writer;

const KEY: [u8; 32] = [0x5a; 32];

/// Entries of a chain, where a log has many.
const CHAIN_ENTRIES: usize = 1000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("audit.key");
    write_key(&key);
    let (entries, rounds) = (number("ACRALOG_COMPARE_ENTRIES", 900_000), number("ACRALOG_COMPARE_ROUNDS", 5));
    println!(
        "| log | bytes | wc -l | openssl | formula | acralog, 1 thread | 2 threads | 2 threads / openssl | other build |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for format in Format::ALL {
        // As many bytes in every format, roughly.
        let entries = match format {
            Format::Plaintext => entries,
            Format::Cef => entries * 7 / 9,
            Format::Json => entries * 6 / 9,
        };
        for (chains, many) in [(1, "one chain"), (entries.div_ceil(CHAIN_ENTRIES), "chains of 1000")] {
            let log = folder.path().join("acra.log");
            let mut service = Service::new(format, KEY, 7);
            write_log(&log, (0..chains).flat_map(|_| service.chain(entries / chains)));
            let name = format!("{}, {many} of {entries}", format.name());
            compare(&name, &log, &key, rounds);
            if format == Format::Json && chains == 1 {
                let packed = folder.path().join("acra.log.gz");
                pack(&log, &packed);
                compare(&format!("{name}, gzip"), &packed, &key, rounds);
            }
        }
    }
    for (bytes, of_before) in [(100, 2), (1_000, 4), (8_000, 32)] {
        let log = folder.path().join("acra.log");
        let entries = entries / of_before;
        let mut service = Service::new(Format::Plaintext, KEY, 7);
        let entry = || service.write_of_length(bytes).expect("plaintext has entries of this length");
        write_log(&log, iter::repeat_with(entry).take(entries));
        compare(&format!("plaintext, one chain of {entries}, {bytes} B signed each"), &log, &key, rounds);
    }
}

fn number(variable: &str, default: usize) -> usize {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn write_key(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a key file");
    file.write_all(&KEY).expect("a few bytes");
}

fn write_log(path: &Path, lines: impl Iterator<Item = Vec<u8>>) {
    let mut file = BufWriter::new(File::create(path).expect("a log"));
    for line in lines {
        file.write_all(&line).and_then(|()| file.write_all(b"\n")).expect("room for a log");
    }
    file.flush().expect("room for a log");
}

fn pack(log: &Path, packed: &Path) {
    let mut encoder = GzEncoder::new(File::create(packed).expect("a file"), Compression::default());
    std::io::copy(&mut File::open(log).expect("the log"), &mut encoder).expect("room for a log");
    encoder.finish().expect("room for a log");
}

/// Runs every command in turn, as often as asked, and prints a row of medians.
fn compare(name: &str, log: &Path, key: &Path, rounds: usize) {
    let acralog = PathBuf::from(env!("CARGO_BIN_EXE_acralog"));
    let other = env::var_os("ACRALOG_COMPARE_WITH").map(PathBuf::from);
    let verify = |program: &Path, threads: &str| {
        let mut command = Command::new(program);
        command.args(["verify", "-q", "--threads", threads, "--key-file"]).arg(key).arg(log);
        command
    };
    let with = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).arg(log);
        command
    };
    let is_plain = log.extension().is_none_or(|extension| extension != "gz");
    let mut times: [Vec<Duration>; 6] = Default::default();
    for round in 0..rounds {
        times[0].push(time(with("wc", &["-l"])));
        times[1].push(time(with("openssl", &["dgst", "-sha256"])));
        if round == 0 && is_plain {
            times[2].push(time_formula(log));
        }
        times[3].push(time(verify(&acralog, "1")));
        times[4].push(time(verify(&acralog, "2")));
        if let Some(other) = &other {
            times[5].push(time(verify(other, "2")));
        }
    }
    let medians = times.map(median);
    let ratio = |a: Option<Duration>, b: Option<Duration>| {
        a.zip(b).map_or_else(|| "-".to_owned(), |(a, b)| format!("{:.2}", a.as_secs_f64() / b.as_secs_f64()))
    };
    let seconds =
        medians.map(|time| time.map_or_else(|| "-".to_owned(), |time| format!("{:.3} s", time.as_secs_f64())));
    let bytes = fs::metadata(log).expect("the log").len();
    let [wc, openssl, formula, one, two, other] = seconds;
    let of_openssl = ratio(medians[1], medians[4]);
    let faster = ratio(medians[5], medians[4]);
    println!(
        "| {name} | {bytes} | {wc} | {openssl} | {formula} | {one} | {two} | {of_openssl} | {other}, x {faster} |"
    );
}

fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let took = started.elapsed();
    assert!(status.success(), "{command:?} ends with {status}");
    took
}

fn time_formula(log: &Path) -> Duration {
    let log = fs::read(log).expect("the log");
    let started = Instant::now();
    let answers = reference::verify(hint::black_box(&log), &KEY);
    hint::black_box(answers);
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
