//! Records for the tests of the JSON formats, and the schemas that everything written is held against.

use serde_json::Value as Json;

use super::super::{Integrity, IntegrityStatus, LogRecord, Losses, Settings, SeverityScale, Writer};
use super::{fixtures, lines, log};
use crate::entry::{Format, Seal};
use crate::event::{Event, Value};
use crate::terminal_safe::is_unsafe_char;

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
pub(in crate::siem) fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read(fixtures("schemas").join(name)).unwrap();
    let schema: Json = serde_json::from_slice(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A record of an event, verified as the place in its chain that it has.
pub(in crate::siem) fn record<'a>(event: &'a Event<'a>, raw: Option<&'a [u8]>) -> LogRecord<'a> {
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
pub(in crate::siem) fn write(writer: &dyn Writer, record: &LogRecord<'_>) -> (Json, Losses) {
    let (mut out, mut losses) = (b"[".to_vec(), Losses::default());
    writer.write(record, &mut out, &mut losses);
    let text = std::str::from_utf8(&out[1..]).unwrap();
    assert!(!text.contains(is_unsafe_char) && !text.contains("##") && text.starts_with('{'), "{text}");
    (serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")), losses)
}

#[track_caller]
pub(in crate::siem) fn assert_valid(schema: &jsonschema::Validator, written: &Json) {
    let errors: Vec<_> =
        schema.iter_errors(written).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{written:#}");
}

/// What a test finds in what was written.
type ReadBack = fn(&LogRecord<'_>, &Json);

/// Holds what a writer makes of a record to its schema, and to having all of the record in it.
#[track_caller]
pub(in crate::siem) fn assert_written<W: Writer>(
    new: fn(Settings) -> W,
    schema: &jsonschema::Validator,
    record: &LogRecord<'_>,
    assert_read_back: ReadBack,
) {
    for settings in settings() {
        let (written, _) = write(&new(settings), record);
        assert_valid(schema, &written);
        assert_read_back(record, &written);
    }
}

/// The same for every genuine line.
#[track_caller]
pub(in crate::siem) fn assert_genuine_written<W: Writer>(
    new: fn(Settings) -> W,
    schema: &jsonschema::Validator,
    assert_read_back: ReadBack,
) {
    for line in lines_of(&LOGS) {
        let event = Event::read(&line).unwrap();
        assert_written(new, schema, &record(&event, Some(&line)), assert_read_back);
    }
}

/// The value of a field as it is read in JSON.
pub(in crate::siem) fn as_json(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        Value::Number(json) | Value::Json(json) => serde_json::from_str(json).unwrap(),
    }
}

/// Settings with everything and with nothing.
pub(in crate::siem) fn settings() -> [Settings; 2] {
    let full = Settings {
        product: Some("acra-server".into()),
        host: Some("db-gw-1".into()),
        severity: SeverityScale::Acra,
        ..Settings::default()
    };
    [full, Settings::default()]
}
