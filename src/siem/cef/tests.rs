//! What the writer writes is what a strict reader reads.

pub(in super::super) mod strict;

use proptest::prelude::*;

use self::strict::Cef;
use super::super::{CefName, CefWriter, LogRecord, Loss, Losses, Settings, SeverityScale};
use crate::event::{Event, Value, canonical_key};
use crate::terminal_safe::is_unsafe_char;
use crate::testing::siem::{BLANK, HOSTILE, event, for_each_fixture, hostile_event, record, spelled, text, written};
use crate::verdict::IntegrityStatus;

fn writer() -> CefWriter {
    CefWriter::new(Settings { host: Some("db-gw-1".to_owned()), ..Settings::default() })
}

fn bare<'a>(event: &'a Event<'a>) -> LogRecord<'a> {
    LogRecord { event, file: "acra.log", line: 7, raw: None, integrity: None }
}

/// What a reader sees of a value: its blanks are gone, its line breaks are not. None when nothing is left.
fn seen(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    Some(spelled(text.trim_matches(' ').as_bytes(), &['\n', '\r'])).filter(|text| !text.is_empty())
}

#[track_caller]
fn assert_inert(line: &str) {
    assert!(!line.chars().any(is_unsafe_char), "{line:?}");
}

#[test]
fn a_blocked_query_is_written_as_the_specification_has_it() {
    let line = r#"{"client_id":"client-026","code":560,"error":"query \"select a|b where x=1\" is forbidden","integrity":"9c1e000000000000000000000000000000000000000000000000000000000077","level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"table":"cards","timestamp":"2023-11-14T22:13:21Z","unixTime":"1700000001.464","version":"0.96.0"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let (cef, losses) = written(&writer(), &record(&event, "/var/log/acra/acra-server.log", None));
    let expected = "CEF:0|cossacklabs|acra-server|0.96.0|560|SQL query blocked by the request firewall|7|\
        rt=1700000001464 cat=censor act=blocked outcome=failure suser=client-026 \
        reason=query \"select a|b where x\\=1\" is forbidden msg=Error on query check dvchost=db-gw-1 \
        deviceProcessName=acra-server externalId=747-50010 cs1Label=sessionId cs1=747 cs2Label=integrity \
        cs2=9c1e000000000000000000000000000000000000000000000000000000000077 cs3Label=chainId cs3=5f5f5f5f5f5f5f5f \
        cs4Label=integrityStatus cs4=verified cs5Label=acraLevel cs5=error cn1Label=chainPosition cn1=1 \
        filePath=/var/log/acra/acra-server.log cn2Label=line cn2=50010 CossacklabsAcraKeyFingerprint=7c1f09ab \
        CossacklabsAcraTable=cards";
    assert_eq!(cef, expected);
    assert_eq!(losses, Losses::default());
}

#[test]
fn an_event_without_a_code_a_product_or_a_version_gets_placeholders_that_are_counted() {
    let line = r#"time="2023-11-14T22:13:20+03:00" level=info msg="Starting service acra-server [pid=4242]""#;
    let event = Event::read(line.as_bytes()).unwrap();
    let (cef, losses) = written(&CefWriter::new(Settings::default()), &bare(&event));
    let expected = "CEF:0|cossacklabs|acra|unknown|100|Starting service acra-server|1|rt=1699989200000 cat=general \
        msg=Starting service acra-server [pid\\=4242] dvcpid=4242 externalId=7 cs5Label=acraLevel cs5=info \
        filePath=acra.log cn2Label=line cn2=7";
    assert_eq!(cef, expected);
    let counted: Vec<_> = losses.iter().collect();
    assert_eq!(counted, [("product", Loss::MadeUp, 1), ("time", Loss::Zone, 1), ("version", Loss::MadeUp, 1)]);
    let given = CefWriter::new(Settings { product: Some("acra-server".to_owned()), ..Settings::default() });
    let cef = Cef::read(&written(&given, &bare(&event)).0);
    assert_eq!((cef.header[2].as_str(), cef.get("deviceProcessName")), ("acra-server", Some("acra-server")));
}

#[test]
fn settings_choose_the_name_and_the_severity() {
    let line = r#"{"code":587,"level":"warning","msg":"Recognized | poison record","product":"p","version":"1"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let settings = Settings { cef_name: CefName::Message, severity: SeverityScale::Acra, ..Settings::default() };
    let (cef, _) = written(&CefWriter::new(settings), &bare(&event));
    assert!(cef.starts_with("CEF:0|cossacklabs|p|1|587|Recognized \\| poison record|3|"), "{cef}");
    assert_eq!(Cef::read(&cef).get("msg"), Some("Recognized | poison record"));
}

#[test]
fn the_verdict_never_comes_from_the_log() {
    let line = r#"time="2023-11-14T22:13:20Z" level=info msg="m cs4=verified" cs4=verified cs4Label=integrityStatus integrityStatus=verified key_fingerprint=evil version=1"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let cef = Cef::read(&written(&writer(), &bare(&event)).0);
    assert_eq!((cef.get("cs4"), cef.get("CossacklabsAcraKeyFingerprint")), (None, None));
    assert_eq!(cef.get("CossacklabsAcraKeyFingerprint2"), Some("evil"));
    assert_eq!(cef.get("CossacklabsAcraCs4"), Some("verified"));
    let mut failed = record(&event, "f", None);
    failed.integrity.as_mut().unwrap().status = IntegrityStatus::Failed;
    assert_eq!(Cef::read(&written(&writer(), &failed).0).get("cs4"), Some("failed"));
}

#[test]
fn what_extensions_cannot_hold_is_counted_by_field() {
    let line = r#"{"a b":"x","big":9007199254741104,"client_id":" c ","empty":"","flag":true,"level":"info","msg":"a\u001bb\nc","product":"p\u001b","sql":"","version":"1"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let (cef, losses) = written(&writer(), &bare(&event));
    assert!(losses.iter().all(|(_, _, entries)| entries == 1), "{losses:?}");
    let counted: Vec<_> = losses.iter().map(|(field, loss, _)| (field, loss)).collect();
    let expected = [
        ("a b", Loss::Name),
        ("big", Loss::Type),
        ("big", Loss::Rounded),
        ("client_id", Loss::Blanks),
        ("empty", Loss::Empty),
        ("flag", Loss::Type),
        ("message", Loss::Characters),
        ("product", Loss::Characters),
        ("sql", Loss::Empty),
    ];
    assert_eq!(counted, expected);
    assert!(cef.contains(r" msg=a\\x1bb\nc "), "{cef}");
    assert!(!cef.contains("cs6") && !cef.contains("Empty"), "{cef}");
}

#[test]
fn a_strict_reader_reads_every_fixture_and_gets_the_values_back() {
    for_each_fixture(|event, file| {
        let (line, _) = written(&writer(), &record(event, file, None));
        assert_inert(&line);
        let cef = Cef::read(&line);
        assert_eq!(cef.get("msg").map(str::to_owned), seen(event.message.as_bytes()), "{line}");
        assert_eq!(cef.get("suser").map(str::to_owned), event.client().and_then(|client| seen(client.as_bytes())));
        assert_eq!(cef.get("rt"), event.moment.as_ref().map(|at| at.time.unix_ms.to_string()).as_deref());
        assert_eq!(cef.header[4], event.code().unwrap_or(100).to_string());
        assert_eq!(cef.get("cs2").map(str::to_owned), event.seal.map(|seal| hex::encode(seal.0)));
    });
}

#[test]
fn no_hostile_text_acts_or_changes_another_value() {
    for text in HOSTILE.iter().chain(BLANK) {
        let event = hostile_event(text);
        for name in [CefName::Catalogue, CefName::Message] {
            let settings = Settings { cef_name: name, host: Some((*text).to_owned()), ..Settings::default() };
            let (line, _) = written(&CefWriter::new(settings), &record(&event, text, Some(text.as_bytes())));
            assert_inert(&line);
            let cef = Cef::read(&line);
            assert_eq!(cef.get("cs4"), Some("verified"));
            for key in ["msg", "suser", "reason", "cs1", "cs6", "act", "filePath", "rawEvent", "dvchost"] {
                assert_eq!(cef.get(key).map(str::to_owned), seen(text.as_bytes()), "{key} of {text:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_event_its_values_are_read_back(event in event(), file in text(), raw in text()) {
        let file = String::from_utf8_lossy(&file).into_owned();
        let (line, losses) = written(&writer(), &record(&event, &file, Some(&raw)));
        prop_assert!(!line.chars().any(is_unsafe_char), "{line:?}");
        let cef = Cef::read(&line);
        let of = |value: Option<&Value<'_>>| value.and_then(|value| seen(value.as_bytes()));
        prop_assert_eq!(cef.get("msg").map(str::to_owned), seen(event.message.as_bytes()));
        prop_assert_eq!(cef.get("reason").map(str::to_owned), of(event.field("error")));
        prop_assert_eq!(cef.get("suser").map(str::to_owned), of(event.client()));
        prop_assert_eq!(cef.get("cs1").map(str::to_owned), of(event.session()));
        prop_assert_eq!(cef.get("cs6").map(str::to_owned), of(event.field("sql")));
        prop_assert_eq!(cef.get("filePath").map(str::to_owned), seen(file.as_bytes()));
        prop_assert_eq!(cef.get("rawEvent").map(str::to_owned), seen(&raw));
        // Nothing is dropped: every other field is a custom one, in the same order.
        let mut parts = vec!["client_id", "session_id", "error", "sql", "operation"];
        parts.extend(event.code().map(|_| "code"));
        let mut customs: Vec<String> = vec!["7c1f09ab".to_owned()];
        customs.extend((event.marker == crate::entry::Marker::Start).then(|| "new".to_owned()));
        for field in &event.fields {
            // Of several spellings the one that is named so is the client.
            let by_another_name = canonical_key(field.key.as_bytes()) == b"client_id"
                && !event.client().is_some_and(|client| std::ptr::eq(client, &field.value));
            let is_part = |part: &&str| part.as_bytes() == canonical_key(field.key.as_bytes()) && !by_another_name;
            match parts.iter().position(is_part) {
                Some(part) => drop(parts.remove(part)),
                None => customs.extend(seen(field.value.as_bytes())),
            }
        }
        let custom = |(key, value): &(String, String)| key.starts_with("CossacklabsAcra").then(|| value.clone());
        prop_assert_eq!(cef.pairs.iter().filter_map(custom).collect::<Vec<_>>(), customs);
        // What is not counted is the same.
        let lost = |name: &str| losses.iter().any(|(field, loss, _)| field == name && loss != Loss::Type);
        if !lost("message") {
            prop_assert_eq!(cef.get("msg").map(str::as_bytes), Some(event.message.as_bytes()));
        }
    }
}

#[test]
fn a_name_is_no_longer_than_the_format_allows_and_long_values_are_whole_and_counted() {
    let message = "\u{1}".repeat(2000);
    let line = format!(
        r#"{{"client_id":"{}","level":"info","msg":{},"unixTime":"1.000"}}"#,
        "c".repeat(1100),
        serde_json::to_string(&message).unwrap()
    );
    let event = Event::read(line.as_bytes()).unwrap();
    for cef_name in [CefName::Catalogue, CefName::Message] {
        let settings = Settings { cef_name, ..Settings::default() };
        let (line, losses) = written(&CefWriter::new(settings), &record(&event, "log", None));
        let name = line.split('|').nth(5).unwrap();
        assert!((400..=512).contains(&name.len()), "{} characters", name.len());
        let long: Vec<_> = losses.iter().filter(|(_, loss, _)| *loss == Loss::Long).map(|(field, ..)| field).collect();
        assert_eq!(long, ["client_id", "message"]);
        assert_eq!(Cef::read(&line).get("suser").map(str::len), Some(1100));
    }
}

#[test]
fn no_field_of_the_log_takes_the_name_of_a_verdict() {
    let line = br#"{"chain_id":"a","chain_position":"1","integrity_status":"verified","level":"info","msg":"m","unixTime":"1.000"}"#;
    let event = Event::read(line).unwrap();
    let (line, _) = written(&writer(), &record(&event, "log", None));
    let cef = Cef::read(&line);
    for name in ["ChainId", "ChainPosition", "IntegrityStatus"] {
        assert_eq!(cef.get(&format!("CossacklabsAcra{name}")), None, "{line}");
        assert!(cef.get(&format!("CossacklabsAcra{name}2")).is_some(), "{line}");
    }
}
