//! Events for the tests of the writers: those of the fixtures, a table of hostile ones, and any at all; and what a text
//! looks like on the other side.

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;

use crate::entry::{Format, LogTime, Marker, Seal};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value, catalogue};
use crate::siem::{Integrity, LogRecord, Losses, Settings, SeverityScale, Writer};
use crate::terminal_safe::is_unsafe_char;
use crate::verdict::IntegrityStatus;

/// Texts that do something where they are shown, or that break a format.
pub(crate) const HOSTILE: &[&str] = &[
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
pub(crate) const BLANK: &[&str] = &["   ", ""];

pub(crate) fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

/// A log of the fixtures, by the name it has in each format.
pub(crate) fn log(name: &str, format: Format) -> Vec<u8> {
    let path = fixtures("logs").join(format!("{name}.{}.log", format.name()));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a log that are not empty.
pub(crate) fn lines(log: &[u8]) -> Vec<&[u8]> {
    log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
}

/// Calls with every event of every fixture in all three formats.
pub(crate) fn for_each_fixture(mut call: impl FnMut(&Event<'_>, &str)) {
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
pub(crate) fn record<'a>(event: &'a Event<'a>, file: &'a str, raw: Option<&'a [u8]>) -> LogRecord<'a> {
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
pub(crate) fn written(writer: &impl Writer, record: &LogRecord<'_>) -> (String, Losses) {
    let (mut out, mut losses) = (Vec::new(), Losses::default());
    writer.write(record, &mut out, &mut losses);
    (String::from_utf8(out).expect("every format is UTF-8"), losses)
}

/// An event with the same text wherever a text can stand.
pub(crate) fn hostile_event(text: &str) -> Event<'_> {
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
pub(crate) fn spelled(text: &[u8], kept: &[char]) -> String {
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

/// Keys that have a part of their own somewhere, and some that look alike once they are names.
const KEYS: &[&str] = &[
    "code",
    "client_id",
    "KeyID",
    "session_id",
    "error",
    "sql",
    "operation",
    "chain",
    "id",
    "source",
    "acra_integrity",
    "acra_line",
    "status",
    "interrupt_side",
    "a b",
    "a_b",
    "aB",
    "field_id",
    "_id",
    "",
];

/// Any bytes, most of them of the kind that formats trip over.
pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<_> = HOSTILE.iter().chain(BLANK).map(|text| text.as_bytes().to_vec()).collect();
    prop_oneof![
        4 => "[a-z =|\\\\\"',;@+\\-\n\r\t\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}é漢😀]{0,12}".prop_map(String::into_bytes),
        2 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..12),
        2 => select(known),
    ]
}

fn owned() -> impl Strategy<Value = Text<'static>> {
    text().prop_map(Text::owned)
}

fn key() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        4 => select(KEYS).prop_map(Text::from),
        2 => "[a-z_]{0,3}".prop_map(|key| Text::owned(key.into_bytes())),
        1 => owned(),
    ]
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let json = |text: String| serde_json::json!([{ text.clone(): [text, null] }]).to_string();
    prop_oneof![
        4 => owned().prop_map(Value::Text),
        1 => any::<i64>().prop_map(|number| Value::Number(number.to_string().into())),
        1 => (-1e30..1e30).prop_map(|number: f64| Value::Number(serde_json::json!(number).to_string().into())),
        1 => text().prop_map(move |text| Value::Json(json(String::from_utf8_lossy(&text).into_owned()).into())),
        1 => Just(Value::Json("null".into())),
    ]
}

fn field() -> impl Strategy<Value = Field<'static>> {
    let codes: Vec<String> = catalogue::all().iter().map(|row| row.code.to_string()).collect();
    let code = select(codes).prop_map(|code| Field { key: "code".into(), value: Value::Number(code.into()) });
    prop_oneof![1 => code, 4 => (key(), value()).prop_map(|(key, value)| Field { key, value })]
}

fn any_moment() -> impl Strategy<Value = Moment<'static>> {
    let unix_ms = prop_oneof![any::<i64>(), -4_000_000_000_000..4_000_000_000_000_i64];
    (unix_ms, option::of(owned())).prop_map(|(unix_ms, rfc3339)| Moment {
        time: LogTime { unix_ms },
        precision: Precision::Milliseconds,
        rfc3339,
    })
}

/// Any event at all.
pub(crate) fn event() -> impl Strategy<Value = Event<'static>> {
    let names = (owned(), option::of(owned()), option::of(owned()));
    let format = select(&[Format::Plaintext, Format::Json, Format::Cef][..]);
    let marker = select(&[Marker::Start, Marker::Middle][..]);
    let seal = option::of(any::<[u8; 32]>().prop_map(Seal));
    let head = (format, option::of(any_moment()), select(&Level::ALL[..]));
    (head, names, vec(field(), 0..24), seal, marker).prop_map(
        |((format, moment, level), (message, product, version), fields, seal, marker)| Event {
            format,
            moment,
            level,
            message,
            product,
            version,
            fields,
            seal,
            marker,
        },
    )
}

/// The lines of the logs whose names these are, in all formats.
fn lines_of(names: &[&str]) -> Vec<Vec<u8>> {
    let logs = names.iter().flat_map(|name| [Format::Plaintext, Format::Json, Format::Cef].map(|it| log(name, it)));
    let found: Vec<_> = logs.flat_map(|log| lines(&log).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect();
    assert!(found.len() > 100, "nothing was read");
    found
}

/// Logs that between them have everything genuine lines have.
const LOGS: [&str; 5] = ["service_day", "content_hard", "content_marker_texts", "chain_closed_three", "line_long_70kb"];

/// The validator of a schema.
pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read(fixtures("schemas").join(name)).unwrap();
    let schema: Json = serde_json::from_slice(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A record of an event, verified as the place in its chain that it has.
pub(crate) fn verified_record<'a>(event: &'a Event<'a>, raw: Option<&'a [u8]>) -> LogRecord<'a> {
    let integrity = raw.map(|_| Integrity {
        fits: true,
        status: IntegrityStatus::Verified,
        chain: Some(Seal([0xa1; 32])),
        position: Some(7),
        key: Some("7c1f09ab"),
    });
    LogRecord { event, file: "acra\u{202e}.log", line: 50_010, raw, integrity }
}

/// What a writer makes of a record: text without anything a terminal acts on, and the same read.
#[track_caller]
pub(crate) fn written_json(writer: &dyn Writer, record: &LogRecord<'_>) -> (Json, Losses) {
    let (mut out, mut losses) = (b"[".to_vec(), Losses::default());
    writer.write(record, &mut out, &mut losses);
    let text = std::str::from_utf8(&out[1..]).unwrap();
    assert!(!text.contains(is_unsafe_char) && !text.contains("##") && text.starts_with('{'), "{text}");
    (serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")), losses)
}

#[track_caller]
pub(crate) fn assert_valid(schema: &jsonschema::Validator, written: &Json) {
    let errors: Vec<_> =
        schema.iter_errors(written).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{written:#}");
}

/// What a test finds in what was written.
type ReadBack = fn(&LogRecord<'_>, &Json);

/// Holds what a writer makes of a record to its schema, and to having all of the record in it.
#[track_caller]
pub(crate) fn assert_written<W: Writer>(
    new: fn(Settings) -> W,
    schema: &jsonschema::Validator,
    record: &LogRecord<'_>,
    assert_read_back: ReadBack,
) {
    for settings in settings() {
        let (written, _) = written_json(&new(settings), record);
        assert_valid(schema, &written);
        assert_read_back(record, &written);
    }
}

/// The same for every genuine line.
#[track_caller]
pub(crate) fn assert_genuine_written<W: Writer>(
    new: fn(Settings) -> W,
    schema: &jsonschema::Validator,
    assert_read_back: ReadBack,
) {
    for line in lines_of(&LOGS) {
        let event = Event::read(&line).unwrap();
        assert_written(new, schema, &verified_record(&event, Some(&line)), assert_read_back);
    }
}

/// The value of a field as it is read in JSON.
pub(crate) fn as_json(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        Value::Number(json) | Value::Json(json) => serde_json::from_str(json).unwrap(),
    }
}

/// Settings with everything and with nothing.
pub(crate) fn settings() -> [Settings; 2] {
    let full = Settings {
        product: Some("acra-server".into()),
        host: Some("db-gw-1".into()),
        severity: SeverityScale::Acra,
        ..Settings::default()
    };
    [full, Settings::default()]
}
