//! Searching and converting in bytes and entries per second, on one thread: reading events, a search with its pre-filter
//! beside its obvious twin, every target format. `cargo bench --bench events` prints medians; compare them within one run.

use std::fs;
use std::hint::black_box;
use std::io::{self, Cursor};
use std::sync::{Arc, LazyLock};

use acralog::Event;
use acralog::internals::{
    CefStyle, CodeSet, FileEvent, Flow, Input, Limits, LineSearch, LogRecord, Losses, Opened, Prefilter, Query,
    ReadHooks, ReadOptions, Record, RecordFeed, RecordOptions, RecordSink, Records, Settings, Stream, TargetFormat,
    read_streams, writer,
};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

/// About 60 MB of json.
const DAYS: usize = 100;

/// A log in memory: a genuine day of a service, again and again.
struct Sample {
    name: &'static str,
    log: Arc<[u8]>,
}

static LOGS: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let read = |name: &'static str| {
        let path = format!("{}/fixtures/logs/service_day.{name}.log", env!("CARGO_MANIFEST_DIR"));
        Sample { name, log: fs::read(path).expect("the fixtures are here").repeat(DAYS).into() }
    };
    ["plaintext", "json", "cef"].map(read).into()
});

fn log(name: &str) -> Arc<[u8]> {
    let sample = LOGS.iter().find(|sample| sample.name == name).expect("divan passes the names it was given");
    Arc::clone(&sample.log)
}

fn main() {
    divan::main();
}

fn measure(bencher: Bencher<'_, '_>, log: &[u8], work: impl Fn() + Sync) {
    let entries = log.iter().filter(|&&byte| byte == b'\n').count();
    bencher.counter(BytesCount::new(log.len())).counter(ItemsCount::new(entries)).bench(work);
}

/// Reading every line as an event.
#[divan::bench(args = ["plaintext", "json", "cef"], sample_count = 20)]
fn a_read_events(bencher: Bencher<'_, '_>, name: &str) {
    let log = log(name);
    measure(bencher, &log, || {
        for line in log.split(|byte| *byte == b'\n') {
            let _ = black_box(Event::read(line));
        }
    });
}

/// A search for one rare code that reads every line as an event.
#[divan::bench(args = ["plaintext", "json", "cef"], sample_count = 20)]
fn b_grep_code_obviously(bencher: Bencher<'_, '_>, name: &str) {
    let log = log(name);
    measure(bencher, &log, || search(&log, false));
}

/// The same search with its pre-filter, as the product does it.
#[divan::bench(args = ["plaintext", "json", "cef"], sample_count = 50)]
fn c_grep_code(bencher: Bencher<'_, '_>, name: &str) {
    let log = log(name);
    measure(bencher, &log, || search(&log, true));
}

/// Every target format, from json.
#[divan::bench(args = ["cef", "leef", "ecs", "ocsf", "gelf", "csv", "json", "plaintext"], sample_count = 20)]
fn d_convert_json_to(bencher: Bencher<'_, '_>, name: &str) {
    let log = log("json");
    let format = TargetFormat::ALL.into_iter().find(|format| format.name() == name).expect("a target format");
    let columns: Vec<String> = ["time", "level", "code", "client_id", "message"].map(str::to_owned).to_vec();
    let writer = writer(format, CefStyle::Spec, &Settings::default(), &columns);
    measure(bencher, &log, || {
        let (mut out, mut losses) = (Vec::new(), Losses::default());
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event = Event::read(line).expect("the log is genuine");
            let record = LogRecord { event: &event, file: "a.log", line: 1, raw: None, integrity: None };
            out.clear();
            writer.write(&record, &mut out, &mut losses);
            black_box(&out);
        }
    });
}

struct Needle(Prefilter);

impl LineSearch for Needle {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.0.find(text, from)
    }

    fn knows(&self, text: &[u8]) -> bool {
        Event::read(text).is_ok()
    }
}

/// From the bytes to the number of matches.
fn search(log: &Arc<[u8]>, with_prefilter: bool) {
    let codes = CodeSet::parse(["587"]).expect("a code");
    let query = Query { codes: Some(codes), ..Query::default() };
    let needle = query.literals(false).filter(|_| with_prefilter).map(Needle);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let streams = [Stream::new("log", vec![Input::path("log".into())])];
    let open = |_: &Input| -> io::Result<Opened> {
        let reader = Box::new(Cursor::new(Arc::clone(log)));
        Ok(Opened::of(reader))
    };
    let options = ReadOptions {
        limits: Limits::default(),
        wrapper: None,
        search: needle.as_ref().map(|needle| needle as &dyn LineSearch),
    };
    let mut count = Count { query: &query, matches: 0 };
    let hooks = ReadHooks { open: &open, on_read: &|_| (), followed: None };
    let feed = RecordFeed::new(&mut count, RecordOptions::default());
    pool.install(|| read_streams(&streams, options, hooks, feed)).expect("memory does not fail");
    assert_eq!(black_box(count.matches), 3 * DAYS as u64);
}

struct Count<'a> {
    query: &'a Query,
    matches: u64,
}

impl RecordSink for Count<'_> {
    fn take(&mut self, _: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let wanted = |record: &Record<'_>| self.query.selects(record.text, record.event());
        self.matches += records.iter().filter(wanted).count() as u64;
        Ok(Flow::Continue)
    }
}
