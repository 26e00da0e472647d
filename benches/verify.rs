//! Verification in bytes and entries per second: every format, one long chain and a thousand short ones, the staged
//! verifier beside its one-by-one twin and the obvious one. `cargo bench` prints medians; compare them within one run.

use std::hint::black_box;
use std::io::{self, Cursor};
use std::sync::{Arc, LazyLock};

use acralog::chain::{Strategy, reference};
use acralog::key::{AuditKey, KeySet};
use acralog::reading::ReadHooks;
use acralog::source::{Input, Opened, Stream};
use acralog::verdict::Judge;
use acralog::verdict::code::Demands;
use acralog::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use acralog::verification::{self, VerifyOptions};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use log_writer::{Format, Service, text};

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/integration/log_writer/mod.rs"]
mod log_writer;

const KEY: [u8; 32] = [0x5a; 32];
const ENTRIES: usize = 800_000;

/// A log in memory.
struct Sample {
    name: &'static str,
    log: Arc<[u8]>,
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
        Sample { name, log: log.into() }
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
    let log = sample(name);
    measure(bencher, &log, || drop(black_box(reference::verify(black_box(&log), &KEY))));
}

/// The product, one entry after the other on one thread.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn b_one_by_one(bencher: Bencher<'_, '_>, name: &str) {
    let log = sample(name);
    measure(bencher, &log, || verify(&log, Strategy::OneByOne, 1));
}

/// The product, its stages on one thread.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn c_staged_on_one_thread(bencher: Bencher<'_, '_>, name: &str) {
    let log = sample(name);
    measure(bencher, &log, || verify(&log, Strategy::Staged, 1));
}

/// The product as it is used, on two threads.
#[divan::bench(args = names(), sample_count = 10, sample_size = 1)]
fn d_staged_on_two_threads(bencher: Bencher<'_, '_>, name: &str) {
    let log = sample(name);
    measure(bencher, &log, || verify(&log, Strategy::Staged, 2));
}

fn sample(name: &str) -> Arc<[u8]> {
    let sample = SAMPLES.iter().find(|sample| sample.name == name).expect("divan passes the names it was given");
    Arc::clone(&sample.log)
}

fn measure(bencher: Bencher<'_, '_>, log: &[u8], work: impl Fn() + Sync) {
    let entries = log.iter().filter(|&&byte| byte == b'\n').count();
    bencher.counter(BytesCount::new(log.len())).counter(ItemsCount::new(entries)).bench(work);
}

/// The whole way from bytes to the answer, without a report.
fn verify(log: &Arc<[u8]>, strategy: Strategy, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
    let keys = KeySet::from_iter([AuditKey::new(&KEY, "the benchmark")]);
    let streams = [Stream::new("log", vec![Input::path("log".into())])];
    let open = |_: &Input| -> io::Result<Opened> {
        let reader = Box::new(Cursor::new(Arc::clone(log)));
        Ok(Opened { reader, compression: None, progress: Arc::default(), live: None })
    };
    let hooks = ReadHooks { open: &open, on_read: &|_| () };
    let mut sink = Silence;
    let mut judge = Judge::new(&mut sink, Demands::default(), &keys, None);
    let options = VerifyOptions { strategy, ..VerifyOptions::default() };
    let verified = pool.install(|| verification::verify(&streams, &keys, options, hooks, &mut judge, None));
    let outcome = verified.and_then(|()| judge.finish()).expect("memory does not fail");
    assert_eq!(outcome.code(), 0, "the log is genuine");
}

/// Hears the report and says nothing.
struct Silence;

impl Sink for Silence {
    fn finding(&mut self, _: Finding) -> io::Result<()> {
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
