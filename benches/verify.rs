//! Verification in bytes and entries per second: every format, one long chain and a thousand short ones, the staged
//! verifier beside its one-by-one twin and the obvious one. `cargo bench` prints medians; compare them within one run.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;

use acralog::internals::{Strategy, VerifyOptions};
use acralog::{AuditKey, KeySet, Outcome, Verifier, reference};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use log_writer::{Format, Service, text};
use tempfile::NamedTempFile;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/integration/log_writer/mod.rs"]
mod log_writer;

const KEY: [u8; 32] = [0x5a; 32];
const ENTRIES: usize = 800_000;

/// A log, in memory and in a file.
struct Sample {
    name: &'static str,
    log: Vec<u8>,
    file: NamedTempFile,
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let shapes = [
        ("plaintext, one chain", Format::Plaintext, 1),
        ("plaintext, 1000 chains", Format::Plaintext, 1000),
        ("cef, one chain", Format::Cef, 1),
        ("cef, 1000 chains", Format::Cef, 1000),
        ("json, one chain", Format::Json, 1),
        ("json, 1000 chains", Format::Json, 1000),
    ];
    let write = |(name, format, chains)| {
        let mut service = Service::new(format, KEY, 7);
        let log: Vec<u8> = (0..chains).flat_map(|_| text(&service.chain(ENTRIES / chains))).collect();
        let file = NamedTempFile::new().expect("a file");
        fs::write(&file, &log).expect("room for a few logs");
        Sample { name, log, file }
    };
    shapes.into_iter().map(write).collect()
});

fn names() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|sample| sample.name)
}

fn main() {
    divan::main();
}

/// The formula written down, on one thread: the baseline.
#[divan::bench(args = names(), sample_count = 5, sample_size = 1)]
fn a_obvious(bencher: Bencher<'_, '_>, name: &str) {
    let sample = sample(name);
    measure(bencher, sample, || drop(black_box(reference::verify(black_box(&sample.log), &KEY))));
}

/// The product, one entry after the other on one thread.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn b_one_by_one(bencher: Bencher<'_, '_>, name: &str) {
    let sample = sample(name);
    measure(bencher, sample, || verify(sample.file.path(), Strategy::OneByOne, 1));
}

/// The product, its stages on one thread.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn c_staged_on_one_thread(bencher: Bencher<'_, '_>, name: &str) {
    let sample = sample(name);
    measure(bencher, sample, || verify(sample.file.path(), Strategy::Staged, 1));
}

/// The product as it is used, on two threads.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn d_staged_on_two_threads(bencher: Bencher<'_, '_>, name: &str) {
    let sample = sample(name);
    measure(bencher, sample, || verify(sample.file.path(), Strategy::Staged, 2));
}

fn sample(name: &str) -> &'static Sample {
    SAMPLES.iter().find(|sample| sample.name == name).expect("divan passes the names it was given")
}

fn measure(bencher: Bencher<'_, '_>, sample: &Sample, work: impl Fn() + Sync) {
    let entries = sample.log.iter().filter(|&&byte| byte == b'\n').count();
    bencher.counter(BytesCount::new(sample.log.len())).counter(ItemsCount::new(entries)).bench(work);
}

/// The whole way from the file to the report.
fn verify(log: &Path, strategy: Strategy, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
    let keys = KeySet::from_iter([AuditKey::new(&KEY, "the benchmark")]);
    let verifier = Verifier::new(keys).options(VerifyOptions { strategy, ..VerifyOptions::default() });
    let report = pool.install(|| verifier.verify([log])).expect("an answer");
    assert_eq!(report.outcome(), Outcome::Intact, "the log is genuine");
}
