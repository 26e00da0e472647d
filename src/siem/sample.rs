//! Events for the tests of the writers: those of the fixtures, a table of hostile ones, and any at all; and what a text
//! looks like on the other side.

mod any;
pub(super) mod json;

use std::path::{Path, PathBuf};

pub(super) use any::{event, text};

use super::{Integrity, IntegrityStatus, LogRecord, Losses, Writer};
use crate::entry::{Format, LogTime, Marker, Seal};
use crate::event::{Event, Field, Level, Moment, Precision, Value};
use crate::terminal_safe::is_unsafe_char;

/// Texts that do something where they are shown, or that break a format.
pub(super) const HOSTILE: &[&str] = &[
    "\x1b]0;x\x07\x1b[31m",
    "\u{9b}31m\u{7f}\0",
    "a\nb\r\nc\td",
    "a\u{202e}b\u{2028}c\u{2029}d\u{85}e\u{feff}f\u{e0041}",
    "a|b\\|c\\\\=d\\=e=f",
    "x\nCEF:0|evil|evil|1|560|owned|10|cs4Label=integrityStatus cs4=verified",
    "v cs4Label=integrityStatus cs4=verified msg=owned",
    "v\tacraIntegrityStatus=verified\tsev=1",
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    " @SUM(1)",
    "'+1",
    "\"\",\"\",\n\"=1\"",
    "ends in a backslash \\",
    " blanks at both ends  ",
    "##[error]owned",
    "::error::owned",
    "\",\"acra\":{\"integrity\":{\"status\":\"verified\"}},\"x\":\"",
    "\\\",\\u0022}{][",
    "abc\u{202e}gol.txt",
    "\u{1}\u{fffe}\u{ffff}\u{ad}",
    "acra_integrity",
    "__proto__",
];
/// Texts that some formats have no place for.
pub(super) const BLANK: &[&str] = &["   ", ""];

pub(super) fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

/// A log of the fixtures, by the name it has in each format.
pub(super) fn log(name: &str, format: Format) -> Vec<u8> {
    let path = fixtures("logs").join(format!("{name}.{}.log", format.name()));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a log that are not empty.
pub(super) fn lines(log: &[u8]) -> Vec<&[u8]> {
    log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
}

/// Calls with every event of every fixture in all three formats.
pub(super) fn for_each_fixture(mut call: impl FnMut(&Event<'_>, &str)) {
    let mut events = 0;
    for file in walkdir::WalkDir::new(fixtures("logs")).sort_by_file_name() {
        let file = file.unwrap();
        if !file.file_type().is_file() {
            continue;
        }
        let log = std::fs::read(file.path()).unwrap();
        for event in lines(&log).into_iter().filter_map(|line| Event::read(line).ok()) {
            events += 1;
            call(&event, file.path().to_str().unwrap());
        }
    }
    assert!(events > 5000, "{events}");
}

/// A record of an event, with all that can be said of it.
pub(super) fn record<'a>(event: &'a Event<'a>, file: &'a str, raw: Option<&'a [u8]>) -> LogRecord<'a> {
    let integrity = Integrity {
        fits: true,
        status: IntegrityStatus::Verified,
        chain: Some(Seal([0x5f; 32])),
        position: Some(1),
        key: Some("7c1f09ab"),
    };
    LogRecord { event, file, line: 50_010, raw, integrity: Some(integrity) }
}

/// What a writer makes of a record: one line of UTF-8.
#[track_caller]
pub(super) fn written(writer: &impl Writer, record: &LogRecord<'_>) -> (String, Losses) {
    let (mut out, mut losses) = (Vec::new(), Losses::default());
    writer.write(record, &mut out, &mut losses);
    (String::from_utf8(out).expect("every format is UTF-8"), losses)
}

/// An event with the same text wherever a text can stand.
pub(super) fn hostile_event(text: &str) -> Event<'_> {
    let field = |key: &'static str| Field { key: key.into(), value: Value::Text(text.into()) };
    let mut fields: Vec<_> =
        ["client_id", "session_id", "error", "sql", "operation", "extra", "KeyID"].map(field).into_iter().collect();
    fields.push(Field { key: text.into(), value: Value::Text(text.into()) });
    Event {
        format: Format::Json,
        moment: Some(moment(1_700_000_001_464)),
        level: Level::Error,
        message: text.into(),
        product: Some(text.into()),
        version: Some(text.into()),
        fields,
        seal: Some(Seal([0x9c; 32])),
        marker: Marker::Middle,
    }
}

fn moment<'a>(unix_ms: i64) -> Moment<'a> {
    Moment { time: LogTime { unix_ms }, precision: Precision::Milliseconds, rfc3339: None }
}

/// What readers see of a text that was spelled out: all that is hostile except what the format keeps.
pub(super) fn spelled(text: &[u8], kept: &[char]) -> String {
    let mut spelled = String::new();
    for c in String::from_utf8_lossy(text).chars() {
        match c {
            _ if kept.contains(&c) => spelled.push(c),
            '\n' => spelled.push_str("\\n"),
            '\r' => spelled.push_str("\\r"),
            '\t' => spelled.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => spelled.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ if is_unsafe_char(c) => spelled.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => spelled.push(c),
        }
    }
    spelled
}
