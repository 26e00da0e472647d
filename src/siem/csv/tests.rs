//! What the writer writes is what a reader of RFC 4180 reads.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::event::{Event, Value, canonical_key};
use crate::siem::{CsvWriter, FIELDS_DEFAULT, LogRecord, Loss, Settings};
use crate::terminal_safe::is_unsafe_char;
use crate::testing::siem::{BLANK, HOSTILE, event, for_each_fixture, hostile_event, record, spelled, text, written};

fn writer(fields: &[&str]) -> CsvWriter {
    CsvWriter::new(Settings::default(), fields.iter().map(|name| (*name).to_owned()).collect())
}

/// Cells of one row, which is spelled as RFC 4180 has it: a quote stands inside of quotes only, and twice.
#[track_caller]
fn read(row: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
    let rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
    let [cells] = <[_; 1]>::try_from(rows).unwrap_or_else(|rows| panic!("{} rows: {row:?}", rows.len()));
    let mut rest = row;
    for (at, cell) in cells.iter().enumerate() {
        rest = if at == 0 { rest } else { rest.strip_prefix(',').unwrap() };
        let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
        let bare = (!cell.contains('"')).then_some(cell.as_str());
        let after = rest.strip_prefix(quoted.as_str()).or_else(|| rest.strip_prefix(bare?));
        rest = after.unwrap_or_else(|| panic!("{cell:?} is not spelled so: {row:?}"));
    }
    assert_eq!(rest, "", "text behind a cell: {row:?}");
    cells
}

/// The cells of a row of the default table by their columns.
#[track_caller]
fn read_default(row: &str) -> HashMap<&'static str, String> {
    let cells = read(row);
    assert_eq!(cells.len(), FIELDS_DEFAULT.len(), "{row:?}");
    FIELDS_DEFAULT.into_iter().zip(cells).collect()
}

/// What stands in the cell of a text.
fn seen(text: &[u8]) -> String {
    let whole = String::from_utf8_lossy(text).into_owned();
    let first = whole.chars().find(|c| *c != '\'' && !c.is_whitespace() && !is_unsafe_char(*c));
    let inert = if first.is_some_and(|c| "=+-@".contains(c)) { "'" } else { "" };
    format!("{inert}{}", spelled(text, &[]))
}

#[test]
fn a_blocked_query_is_a_row() {
    let line = r#"{"chain":"new","client_id":"client-026","code":560,"duration":7.25,"error":"query \"a,b\"","integrity":"9c1e000000000000000000000000000000000000000000000000000000000077","level":"error","msg":"Error on query check","nested":{"a":[1,"x"]},"product":"acra-server","session_id":747,"unixTime":"1700000001.464","version":"0.96.0"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let writer = writer(&FIELDS_DEFAULT);
    let mut header = Vec::new();
    writer.header(&mut header);
    assert_eq!(String::from_utf8(header).unwrap(), FIELDS_DEFAULT.join(","));
    let (row, losses) = written(&writer, &record(&event, "acra.log", Some(b"raw,")));
    let expected = "2023-11-14T22:13:21.464Z,error,7,560,SQL query blocked by the request firewall,\
        Error on query check,client-026,747,acra-server,0.96.0,\"query \"\"a,b\"\"\",,acra.log,50010,verified,\
        5f5f5f5f5f5f5f5f,1,7c1f09ab,9c1e000000000000000000000000000000000000000000000000000000000077,\"raw,\",\
        \"{\"\"chain\"\":\"\"new\"\",\"\"duration\"\":7.25,\"\"nested\"\":{\"\"a\"\":[1,\"\"x\"\"]}}\"";
    assert_eq!(row, expected);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn columns_are_chosen_by_name_and_what_has_one_is_not_repeated() {
    let line = r#"{"KeyID":"c","big":9007199254741104,"duration":-7.25,"flag":true,"level":"info","msg":"","sql":"","unixTime":"1700000001.464"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let record = LogRecord { event: &event, file: "f", line: 3, raw: None, integrity: None };
    let cases: [(&[&str], &str); 6] = [
        (
            &["line", "clientID", "fields"],
            r#"3,c,"{""big"":9007199254741104,""duration"":-7.25,""flag"":true,""sql"":""""}""#,
        ),
        (&["duration", "flag", "line"], "-7.25,true,3"),
        (&["sql", "message", "error", "code"], r#""","",,"#),
        (&["error"], r#""""#),
        (&["duration", "duration", "no such"], "-7.25,-7.25,"),
        (&["fields", "KeyID", "big", "duration", "flag", "sql"], r#",c,9007199254741104,-7.25,true,"""#),
    ];
    for (fields, row) in cases {
        assert_eq!(written(&writer(fields), &record).0, row, "{fields:?}");
    }
    let (_, losses) = written(&writer(&["big", "flag", "fields"]), &record);
    let counted: Vec<_> = losses.iter().map(|(field, loss, _)| (field, loss)).collect();
    assert_eq!(counted, [("big", Loss::Type), ("big", Loss::Rounded), ("flag", Loss::Type)]);
    let mut header = Vec::new();
    writer(&["=a", "b,c\n"]).header(&mut header);
    assert_eq!(header, br#"'=a,"b,c\n""#);
}

#[test]
fn repeated_keys_are_told_apart_in_the_object() {
    let line = r#"time="2020-05-12T21:19:35+03:00" level=info msg=m a=1 a=2 code=x error=e error=f"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let record = LogRecord { event: &event, file: "f", line: 3, raw: None, integrity: None };
    let (row, losses) = written(&writer(&["time", "code", "error", "fields"]), &record);
    let expected = r#"2020-05-12T18:19:35Z,,e,"{""a"":""1"",""a2"":""2"",""code"":""x"",""error"":""f""}""#;
    assert_eq!(row, expected);
    let counted: Vec<_> = losses.iter().collect();
    assert_eq!(counted, [("a", Loss::Name, 1), ("time", Loss::Zone, 1)]);
}

#[test]
fn every_fixture_is_read_back() {
    let writer = writer(&FIELDS_DEFAULT);
    for_each_fixture(|event, file| {
        let (row, _) = written(&writer, &record(event, file, None));
        assert!(!row.chars().any(is_unsafe_char), "{row:?}");
        let cells = read_default(&row);
        assert_eq!(cells["message"], seen(event.message.as_bytes()), "{row}");
        assert_eq!(cells["client_id"], event.client().map_or(String::new(), |client| seen(client.as_bytes())));
        assert_eq!(cells["code"], event.code().map_or(String::new(), |code| code.to_string()));
        assert_eq!(cells["seal"], event.seal.map_or(String::new(), |seal| hex::encode(seal.0)));
        let time: jiff::Timestamp = cells["time"].parse().unwrap();
        assert_eq!(Some(time.as_millisecond()), event.moment.as_ref().map(|moment| moment.time.unix_ms));
    });
}

#[test]
fn no_hostile_text_acts_or_changes_another_cell() {
    for text in HOSTILE.iter().chain(BLANK) {
        let event = hostile_event(text);
        let (row, _) = written(&writer(&FIELDS_DEFAULT), &record(&event, text, Some(text.as_bytes())));
        assert!(!row.chars().any(is_unsafe_char), "{row:?}");
        let cells = read_default(&row);
        assert_eq!(cells["integrity_status"], "verified");
        for column in ["message", "client_id", "session_id", "error", "sql", "file", "raw"] {
            assert_eq!(cells[column], seen(text.as_bytes()), "{column} of {text:?}");
        }
        for cell in cells.values() {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell:?}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_event_its_values_are_read_back(event in event(), file in text(), raw in text()) {
        let file = String::from_utf8_lossy(&file).into_owned();
        let (row, losses) = written(&writer(&FIELDS_DEFAULT), &record(&event, &file, Some(&raw)));
        prop_assert!(!row.chars().any(is_unsafe_char), "{row:?}");
        let cells = read_default(&row);
        let of = |value: Option<&Value<'_>>| value.map_or(String::new(), |value| match value {
            Value::Number(number) => number.to_string(),
            _ => seen(value.as_bytes()),
        });
        prop_assert_eq!(&cells["message"], &seen(event.message.as_bytes()));
        prop_assert_eq!(&cells["error"], &of(event.field("error")));
        prop_assert_eq!(&cells["client_id"], &of(event.client()));
        prop_assert_eq!(&cells["session_id"], &of(event.session()));
        prop_assert_eq!(&cells["file"], &seen(file.as_bytes()));
        prop_assert_eq!(&cells["raw"], &seen(&raw));
        // Nothing is dropped: every other field is a member of the object, in the same order and with its type.
        let mut columns = vec!["client_id", "session_id", "error", "sql"];
        columns.extend(event.code().map(|_| "code"));
        let mut members = Vec::new();
        members.extend((event.marker == crate::entry::Marker::Start).then(|| serde_json::json!("new")));
        for field in &event.fields {
            // Of several spellings the one that is named so is the client.
            let by_another_name = canonical_key(field.key.as_bytes()) == b"client_id"
                && !event.client().is_some_and(|client| std::ptr::eq(client, &field.value));
            let is_column = |key: &&str| key.as_bytes() == canonical_key(field.key.as_bytes()) && !by_another_name;
            match columns.iter().position(is_column) {
                Some(column) => drop(columns.remove(column)),
                None => members.push(match &field.value {
                    Value::Text(text) => serde_json::json!(text.to_str()),
                    Value::Number(json) | Value::Json(json) => serde_json::from_str(json).unwrap(),
                }),
            }
        }
        let object: HashMap<String, serde_json::Value> = match cells["fields"].as_str() {
            "" => HashMap::new(),
            json => serde_json::from_str(json).unwrap(),
        };
        prop_assert_eq!(object.len(), members.len(), "{}", cells["fields"]);
        for member in members {
            prop_assert!(object.values().any(|value| *value == member), "{member} in {}", cells["fields"]);
        }
        if !losses.iter().any(|(field, loss, _)| field == "message" && loss != Loss::Type) {
            prop_assert_eq!(cells["message"].as_bytes(), event.message.as_bytes());
        }
    }
}

#[test]
fn cells_are_quoted_where_they_must_be_and_inert() {
    let cases: [(&str, &str, bool); 26] = [
        ("plain text; x", "plain text; x", false),
        ("a,b", "\"a,b\"", false),
        ("a, b", "\"a, b\"", false),
        (" a", "\" a\"", false),
        ("say \"a\"", "\"say \"\"a\"\"\"", false),
        ("@SUM(a,b)", "\"'@SUM(a,b)\"", true),
        (" +1", "\"' +1\"", true),
        ("a\r\nb", "a\\r\\nb", true),
        ("say \"x\"", "\"say \"\"x\"\"\"", false),
        ("", "\"\"", false),
        (" x ", "\" x \"", false),
        ("=1+1", "'=1+1", true),
        ("+1", "'+1", true),
        ("-1", "'-1", true),
        ("@SUM(A1,B1)", "\"'@SUM(A1,B1)\"", true),
        (" =1", "\"' =1\"", true),
        ("\t=1", "'\\t=1", true),
        ("\r\n-1", "'\\r\\n-1", true),
        ("\u{a0}=1", "'\u{a0}=1", true),
        ("'=1", "''=1", true),
        ("'s", "'s", false),
        ("＝1", "'＝1", true),
        ("a=1", "a=1", false),
        ("(=1)", "(=1)", false),
        ("a\nb\t\u{1b}\u{202e}", "a\\nb\\t\\x1b\\u{202e}", true),
        ("- é", "'- é", true),
    ];
    for (text, cell, changed) in cases {
        let mut out = Vec::new();
        let damage = push_cell(text.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), cell, "{text:?}");
        assert_eq!(damage.characters, changed, "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_told() {
    let mut out = Vec::new();
    assert!(push_cell(b"\xff=1", &mut out).encoding);
    assert_eq!(out, "\u{fffd}=1".as_bytes());
}

#[test]
fn what_is_written_already_is_made_inert_as_well() {
    let mut out = b"x,@9223372036854775807ms".to_vec();
    push_inert_start(2, &mut out);
    assert_eq!(out, b"x,'@9223372036854775807ms");
}
