//! Investigating a log in bytes and entries per second, on one thread and on two: from the bytes to the report, without
//! verifying and without writing it. `cargo bench --bench report` prints medians; compare them within one run.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{self, Cursor};
use std::sync::{Arc, LazyLock};

use acralog::internals::{
    Input, Investigation, InvestigationOptions, Opened, ReadHooks, ReadOptions, RecordFeed, RecordOptions, ReportMeta,
    Stream, read_streams,
};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

/// About 60 MB of json.
const DAYS: i64 = 100;

/// The day of the fixture.
const DAY: &str = "2025-03-14";
const DAY_SECONDS: i64 = 1_741_910_400;

/// A log in memory, and what it is called.
type Sample = (&'static str, Arc<[u8]>);

static LOGS: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let read = |name: &'static str| {
        let path = format!("{}/fixtures/logs/service_day.{name}.log", env!("CARGO_MANIFEST_DIR"));
        let day = fs::read_to_string(path).expect("the fixtures are here");
        (name, (0..DAYS).map(|number| later(&day, number)).collect::<String>().into_bytes().into())
    };
    ["plaintext", "json", "cef"].map(read).into()
});

/// The same day so many days later.
fn later(day: &str, days: i64) -> String {
    let date = jiff::Timestamp::from_second(DAY_SECONDS + days * 86_400).expect("a day of this century");
    let dated = day.replace(DAY, &date.to_string()[..DAY.len()]);
    let mut out = String::with_capacity(dated.len());
    let mut rest = &dated[..];
    while let Some(at) = rest.find("unixTime") {
        let (before, number) = rest.split_at(at + rest[at..].find("17").expect("seconds of this century"));
        let (seconds, behind) = number.split_at(10);
        let seconds: i64 = seconds.parse().expect("whole seconds");
        out.push_str(before);
        write!(out, "{}", seconds + days * 86_400).expect("a text takes everything");
        rest = behind;
    }
    out + rest
}

fn main() {
    divan::main();
}

/// From the bytes to the report.
#[divan::bench(args = ["plaintext", "json", "cef"], consts = [1, 2], sample_count = 20)]
fn investigate<const THREADS: usize>(bencher: Bencher<'_, '_>, name: &str) {
    let (_, log) = LOGS.iter().find(|(known, _)| *known == name).expect("divan passes the names it was given");
    let entries = log.iter().filter(|&&byte| byte == b'\n').count();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("threads");
    let streams = [Stream::new("log", vec![Input::path("log".into())])];
    let open = |_: &Input| -> io::Result<Opened> {
        let reader = Box::new(Cursor::new(Arc::clone(log)));
        Ok(Opened::of(reader))
    };
    let hooks = ReadHooks { open: &open, on_read: &|_| (), followed: None };
    bencher.counter(BytesCount::new(log.len())).counter(ItemsCount::new(entries)).bench(|| {
        let mut investigation = Investigation::new(InvestigationOptions::default());
        let feed = RecordFeed::new(&mut investigation, RecordOptions::default());
        pool.install(|| read_streams(&streams, ReadOptions::default(), hooks, feed)).expect("memory does not fail");
        let report = investigation.conclude(ReportMeta::default(), None).report;
        assert_eq!((report.totals.entries, report.incidents_omitted), (entries as u64, 0));
        black_box(report)
    });
}
