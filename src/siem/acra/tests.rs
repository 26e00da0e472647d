//! Acra's own logs, the same events in three formats, are the truth: each is converted into each other one and must come
//! out as Acra wrote it, entry for entry, or the loss must have been named.

use proptest::prelude::*;

use super::*;
use crate::entry::{LogTime, Marker, ending};
use crate::event::{Level, Service, Text, Value};
use crate::testing::siem::{lines, log};

/// A line as it was before it was sealed.
fn body(line: &[u8], format: Format) -> Vec<u8> {
    if format == Format::Json {
        let text = String::from_utf8(line.to_vec()).unwrap();
        let text = text.replace(r#""chain":"new","#, "");
        let Some(at) = text.find(r#""integrity":""#) else { return text.into_bytes() };
        return format!("{}{}", &text[..at], &text[at + r#""integrity":"","#.len() + 64..]).into_bytes();
    }
    let mut body = ending::split(line).map_or(line, |end| &line[..end.signed_bytes]).to_vec();
    if format == Format::Cef && body.last() != Some(&b' ') {
        body.push(b' ');
    }
    body
}

fn convert(line: &[u8], to: Format, service: &mut Service) -> (Vec<u8>, Losses) {
    let mut event = Event::read(line).unwrap_or_else(|why| panic!("{why:?}: {}", line.escape_ascii()));
    service.observe(&event);
    service.complete(&mut event);
    let record = LogRecord { event: &event, file: "log", line: 1, raw: None, integrity: None };
    let settings = Settings { product: Some("acra-server".to_owned()), ..Settings::default() };
    let (mut out, mut losses) = (Vec::new(), Losses::default());
    AcraWriter::new(to, settings).write(&record, &mut out, &mut losses);
    (out, losses)
}

/// Why a field of a converted entry is not the one Acra wrote. Each reason is documented: the first is what the converter
/// itself reports, the others were lost when Acra wrote the source.
fn reason(from: Format, losses: &Losses, key: &str, written: Option<&[u8]>, wanted: Option<&[u8]>) -> &'static str {
    if losses.iter().any(|(field, _, _)| field == key) {
        return "reported";
    }
    let (written, wanted) = (written.unwrap_or_default(), wanted.unwrap_or_default());
    match from {
        Format::Json if String::from_utf8(wanted.to_vec()).is_err() && written.starts_with("\u{fffd}".as_bytes()) => {
            "json holds nothing but Unicode"
        }
        Format::Cef if key == "code" && wanted == b"100" => "cef cannot tell code 100 from none",
        Format::Cef => {
            let blank = |c: char| if matches!(c, '\n' | '\t') { ' ' } else { c };
            let wanted: String = String::from_utf8_lossy(wanted).trim().chars().map(blank).collect();
            assert_eq!(String::from_utf8_lossy(written), wanted, "{key}");
            "cef trims and flattens its values"
        }
        _ => panic!("{key} was lost without a word: {} {}", written.escape_ascii(), wanted.escape_ascii()),
    }
}

/// Message and fields by key, values as text.
fn parts(line: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    let event = Event::read(line).unwrap();
    let fields = event.fields.iter().map(|field| (name_of(field), go_printed(&field.value).into_owned()));
    let typed = event.fields.iter().filter(|field| !matches!(field.value, Value::Text(_)));
    let typed = typed.map(|field| (format!("{}: type", name_of(field)), Vec::new()));
    let mut parts: std::collections::BTreeMap<_, _> = fields.chain(typed).collect();
    let version = event.version.as_ref().map(|version| version.as_bytes().to_vec());
    parts.extend(version.filter(|version| !version.is_empty()).map(|version| ("version".to_owned(), version)));
    parts.insert("msg".to_owned(), event.message.as_bytes().to_vec());
    let unix_time = event.moment.map(|moment| moment.time.unix_ms.to_string().into_bytes());
    parts.insert("unixTime".to_owned(), unix_time.unwrap_or_default());
    parts
}

/// Converts a log and counts the entries that are not those Acra wrote; why each differs must be known.
fn count_differences(name: &str, from: Format, to: Format) -> usize {
    let (source, target) = (log(name, from), log(name, to));
    let (source, target) = (lines(&source), lines(&target));
    assert_eq!(source.len(), target.len());
    let (mut service, mut different) = (Service::default(), 0);
    for (source, target) in source.into_iter().zip(target) {
        let (written, losses) = convert(source, to, &mut service);
        let wanted = body(target, to);
        if written == wanted {
            continue;
        }
        different += 1;
        let (ours, theirs) = (parts(&written), parts(&wanted));
        let mut explained = 0;
        for key in ours.keys().chain(theirs.keys()) {
            let (ours, theirs) = (ours.get(key), theirs.get(key));
            if ours != theirs {
                let name = key.strip_suffix(": type").unwrap_or(key);
                reason(from, &losses, name, ours.map(Vec::as_slice), theirs.map(Vec::as_slice));
                explained += 1;
            }
        }
        assert!(explained > 0, "{}\n{}", written.escape_ascii(), wanted.escape_ascii());
    }
    different
}

#[test]
fn every_conversion_gives_the_entries_acra_wrote_or_names_what_was_lost() {
    use Format::{Cef, Json, Plaintext};
    // Entries that differ: from plaintext all of them, because their milliseconds are made up; four happen to have none.
    let cases = [
        ("service_day", Json, Plaintext, 0),
        ("service_day", Json, Cef, 0),
        ("service_day", Cef, Plaintext, 0),
        ("service_day", Cef, Json, 0),
        ("service_day", Plaintext, Json, 1894),
        ("service_day", Plaintext, Cef, 1894),
        ("chain_closed_three", Json, Plaintext, 0),
        ("chain_closed_three", Json, Cef, 0),
        ("chain_closed_three", Cef, Plaintext, 3),
        ("chain_closed_three", Cef, Json, 10),
        ("chain_closed_three", Plaintext, Json, 60),
        ("chain_closed_three", Plaintext, Cef, 60),
        ("content_marker_texts", Json, Plaintext, 0),
        ("content_marker_texts", Json, Cef, 0),
        ("content_marker_texts", Cef, Plaintext, 2),
        ("content_marker_texts", Cef, Json, 7),
        ("content_marker_texts", Plaintext, Json, 44),
        ("content_marker_texts", Plaintext, Cef, 44),
        ("content_hard", Json, Plaintext, 27),
        ("content_hard", Json, Cef, 27),
        ("content_hard", Cef, Plaintext, 52),
        ("content_hard", Cef, Json, 125),
        ("content_hard", Plaintext, Json, 222),
        ("content_hard", Plaintext, Cef, 222),
    ];
    for (name, from, to, different) in cases {
        assert_eq!(count_differences(name, from, to), different, "{name}: {} to {}", from.name(), to.name());
    }
}

#[test]
fn every_format_written_again_is_what_it_was() {
    for name in ["service_day", "chain_closed_three", "content_hard", "content_marker_texts"] {
        for format in [Format::Plaintext, Format::Json, Format::Cef] {
            assert_eq!(count_differences(name, format, format), 0, "{name}.{}", format.name());
        }
    }
}

#[test]
fn odd_keys_are_written_as_acra_writes_them_and_read_back() {
    let line = r#"{"":"e","a b":"v","back\\s":"v","level":"info","msg":"m","n":85577189.5,"p|q":"v","q\"t":"v","timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.000","x=y":"v"}"#;
    let (cef, _) = convert(line.as_bytes(), Format::Cef, &mut Service::default());
    let wanted =
        r#"|1|""=e "a b"=v "back\\\\s"=v n=8.55771895e+07 "p\\|q"=v "q\"t"=v unixTime=1700000000.000 "x\\=y"=v "#;
    assert!(cef.ends_with(wanted.as_bytes()), "{}", cef.escape_ascii());
    let keys = |line: &[u8]| -> Vec<String> { Event::read(line).unwrap().fields.iter().map(name_of).collect() };
    assert_eq!(keys(&cef), keys(line.as_bytes()));
}

/// A text of anything, often of what the formats escape.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ =|\\\"\n\t\r\x00\x1b<>&\u{2028}é😀a]{0,12}"]
}

/// An event as Acra can have had it: keys are distinct, sorted, and no key means something else to the formats.
fn any_event() -> impl Strategy<Value = Event<'static>> {
    let key = "[a-z]{1,3}_[a-z]{0,3}".prop_filter("a key of its own", |key| key != "client_id");
    let fields = proptest::collection::btree_map(key, any_text(), 0..5);
    (any_text(), fields, 0_i64..4_000_000_000_000, 0..Level::ALL.len()).prop_map(|(message, fields, unix_ms, level)| {
        let field = |(key, value): (String, String)| Field {
            key: Text::owned(key.into_bytes()),
            value: Value::Text(Text::owned(value.into_bytes())),
        };
        let time = LogTime { unix_ms };
        Event {
            format: Format::Json,
            moment: Some(Moment {
                time,
                precision: Precision::Milliseconds,
                rfc3339: Some(Text::owned(time.whole_seconds().to_string().into_bytes())),
            }),
            level: Level::ALL[level],
            message: Text::owned(message.into_bytes()),
            product: Some(Text::from("acra-server")),
            version: Some(Text::from("0.96.0")),
            fields: fields.into_iter().map(field).collect(),
            seal: None,
            marker: Marker::Middle,
        }
    })
}

fn write(event: &Event<'_>, to: Format) -> Vec<u8> {
    let record = LogRecord { event, file: "log", line: 1, raw: None, integrity: None };
    let mut out = Vec::new();
    AcraWriter::new(to, Settings::default()).write(&record, &mut out, &mut Losses::default());
    assert!(!out.contains(&b'\n'), "a line break in {}", out.escape_ascii());
    out
}

proptest! {
    #[test]
    fn any_event_is_read_back_from_json_as_it_was(event in any_event()) {
        let line = write(&event, Format::Json);
        prop_assert_eq!(Event::read(&line).unwrap(), event);
    }

    #[test]
    fn any_event_is_read_back_from_plaintext_without_what_it_has_no_place_for(event in any_event()) {
        let line = write(&event, Format::Plaintext);
        let read = Event::read(&line).unwrap();
        prop_assert_eq!(&read.message, &event.message);
        prop_assert_eq!(&read.fields, &event.fields);
        prop_assert_eq!(read.level, event.level);
        let seconds = event.moment.map(|moment| moment.time.whole_seconds());
        prop_assert_eq!(read.moment.map(|moment| moment.time), seconds);
    }

    #[test]
    fn any_event_is_read_back_from_cef_trimmed_and_flat(event in any_event()) {
        let line = write(&event, Format::Cef);
        let read = Event::read(&line).unwrap();
        let flat = |text: &[u8]| -> Vec<u8> {
            let text = std::str::from_utf8(text).unwrap().trim();
            // What stands at the end of a line or before a key is trimmed again on the way in.
            text.replace(['\n', '\t'], " ").trim_matches([' ', '\t', '\r', '\x0c', '\n']).as_bytes().to_vec()
        };
        prop_assert_eq!(read.message.as_bytes(), flat(event.message.as_bytes()));
        let read_fields: Vec<_> = read.fields.iter().map(|field| field.value.as_bytes().to_vec()).collect();
        let fields: Vec<_> = event.fields.iter().map(|field| flat(field.value.as_bytes())).collect();
        prop_assert_eq!(read_fields, fields);
        prop_assert_eq!(read.moment.map(|moment| moment.time), event.moment.map(|moment| moment.time));
    }
}

#[test]
fn json_values_are_printed_as_go_prints_them() {
    let number = |token: &str| Value::Number(token.to_owned().into());
    let json = |text: &str| Value::Json(text.to_owned().into());
    let cases = [
        (number("4102"), "4102"),
        (number("9007199254741104"), "9007199254741104"),
        (number("7.2965725192102795"), "7.2965725192102795"),
        (number("8.20957364008659e-10"), "8.20957364008659e-10"),
        (number("1e-9"), "1e-09"),
        (number("0.00001"), "1e-05"),
        (number("4.09014528484434e+22"), "4.09014528484434e+22"),
        (number("-0.5"), "-0.5"),
        (number("85577189.5"), "8.55771895e+07"),
        (number("123456789012345680000"), "1.2345678901234568e+20"),
        (number("1696161600.0039062"), "1.6961616000039062e+09"),
        (json(r#"{"a":85577189.5,"b":[1e-9,1000000]}"#), "map[a:8.55771895e+07 b:[1e-09 1000000]]"),
        (json(r#"{"<x>":null,"a":[1,2,3],"b":1}"#), "map[<x>:<nil> a:[1 2 3] b:1]"),
        (json(r#"[true,{"k":"v w"},1.5,[]]"#), "[true map[k:v w] 1.5 []]"),
        (json("null"), "<nil>"),
        (json("false"), "false"),
    ];
    for (value, printed) in cases {
        assert_eq!(String::from_utf8_lossy(&go_printed(&value)), printed);
    }
}
