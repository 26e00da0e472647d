//! Rows are held to the published schema, whatever stands in the log.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::*;
use crate::event::{Event, Level};
use crate::output::schema;
use crate::testing::output::assert_names;
use crate::verdict::IntegrityStatus;

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = schema::grep_row().to_value();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
});

/// The rows of these lines.
fn rows(lines: &[&[u8]], verified: bool) -> Vec<Json> {
    let mut out = Vec::new();
    let style = RowStyle::new(RowFormat::Jsonl, Vec::new(), Zone::default(), Palette::Plain, verified);
    let mut rows = Rows::new(&mut out, style);
    for (text, line) in lines.iter().zip(1..) {
        let event = Event::read(text).unwrap_or_else(|_| Event::of_foreign_line(text));
        rows.print(&LogRecord { event: &event, file: "a.log", line, raw: Some(text), integrity: None }).unwrap();
    }
    rows.finish().unwrap();
    out.split(|byte| *byte == b'\n')
        .filter(|row| !row.is_empty())
        .map(|row| serde_json::from_slice(row).unwrap())
        .collect()
}

#[track_caller]
fn assert_valid(row: &Json) {
    let errors: Vec<String> = SCHEMA.iter_errors(row).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{row:#}");
}

#[test]
fn every_genuine_line_is_a_row_as_the_schema_has_it() {
    for name in ["service_day", "content_hard", "content_marker_texts", "chain_closed_three"] {
        for format in ["plaintext", "json", "cef"] {
            let path = format!("fixtures/logs/{name}.{format}.log");
            let log = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
            let lines: Vec<&[u8]> =
                log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(300).collect();
            for verified in [false, true] {
                let rows = rows(&lines, verified);
                assert_eq!(rows.len(), lines.len());
                rows.iter().for_each(assert_valid);
                assert!(rows.iter().all(|row| row.get("chain_id").is_some() == verified));
            }
        }
    }
}

#[test]
fn hostile_lines_keep_to_the_schema() {
    let deep = format!(r#"{{"a":{}{},"level":"info","msg":"m"}}"#, "[".repeat(1000), "]".repeat(1000));
    let lines: [&[u8]; 9] = [
        b"no entry \x1b[2J \xff",
        deep.as_bytes(),
        br#"{"client_id":[1],"code":1e400,"level":"info","msg":"","session_id":{"a":null}}"#,
        br#"{"client_id":5,"code":"x","level":"panic","msg":"m","product":7,"session_id":1.5,"version":null}"#,
        br#"{"chain_id":"x","file":1,"level":"info","line":"x","msg":"m","raw":2,"time":"soon","timestamp":"soon"}"#,
        b"time=soon level=trace msg=m time=later code=65536 a=1 a=2 a=3",
        b"time=\"9999-12-31T23:59:59Z\" level=info msg=m session_id=007",
        b"CEF:0|cossacklabs|x\x1b|\xff|65535|m|0|unixTime=99999999999.999 ",
        b"CEF:0|cossacklabs|x|1|0|m|0|unixTime=-99999999999.999 ",
    ];
    let rows = rows(&lines, false);
    assert_eq!(rows.len(), lines.len());
    rows.iter().for_each(assert_valid);
    assert_eq!(rows[5]["fields"], json!({"time": ["soon", "later"], "code": "65536", "a": ["1", "2", "3"]}));
}

#[test]
fn what_is_no_such_row_is_refused() {
    let genuine = rows(&[b"time=\"2025-03-14T00:00:00Z\" level=info msg=m"], true).remove(0);
    assert_valid(&genuine);
    let changes: [fn(&mut Json); 8] = [
        |row| row["extra"] = 1.into(),
        |row| row["level"] = "loud".into(),
        |row| row["code"] = 65536.into(),
        |row| row["time"] = "2025-03-14".into(),
        |row| row["line"] = 0.into(),
        |row| row["fields"] = Json::Null,
        |row| row["integrity_status"] = "good".into(),
        |row| _ = row.as_object_mut().unwrap().remove("chain_id"),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut row = genuine.clone();
        change(&mut row);
        assert!(!SCHEMA.is_valid(&row), "change {index}: {row:#}");
    }
}

#[test]
fn the_schema_knows_every_column_level_and_status() {
    let schema = schema::grep_row().to_value();
    let usual = RowFormat::Jsonl.default_columns(false);
    assert_eq!(schema["required"], json!(usual));
    let properties = schema["properties"].as_object().unwrap();
    let mut all = RowFormat::Jsonl.default_columns(true);
    all.sort_unstable();
    let mut known: Vec<&str> = properties.keys().map(String::as_str).collect();
    known.sort_unstable();
    assert_eq!(known, all);
    assert_names(&schema["$defs"]["Level"], &Level::ALL.map(Level::name));
    assert_names(&schema["$defs"]["IntegrityStatus"], &IntegrityStatus::ALL.map(IntegrityStatus::name));
}
