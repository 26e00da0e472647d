//! What the writer writes is what a reader of LEEF 2.0 reads.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{LeefWriter, LogRecord, Loss, Settings};
use crate::event::{Event, Value, canonical_key};
use crate::terminal_safe::is_unsafe_char;
use crate::testing::siem::{BLANK, HOSTILE, event, for_each_fixture, hostile_event, record, spelled, text, written};

/// A line as its reader understands it.
struct Leef {
    header: Vec<String>,
    attributes: BTreeMap<String, String>,
    count: usize,
}

impl Leef {
    /// Six parts of the header, then attributes with a tab between them; a value goes to the next tab.
    #[track_caller]
    fn read(line: &str) -> Self {
        let mut parts = line.splitn(7, '|').map(str::to_owned);
        let header: Vec<_> = parts.by_ref().take(6).collect();
        assert_eq!((header[0].as_str(), header[5].as_str()), ("LEEF:2.0", "x09"), "{line:?}");
        let mut attributes = BTreeMap::new();
        for attribute in parts.next().unwrap().split('\t') {
            let (key, value) = attribute.split_once('=').unwrap_or_else(|| panic!("{attribute:?} in {line:?}"));
            assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key:?}");
            assert!(!value.is_empty(), "{key:?}");
            assert!(attributes.insert(key.to_owned(), value.to_owned()).is_none(), "{key:?} twice in {line:?}");
        }
        let count = attributes.len();
        Self { header, attributes, count }
    }

    fn get(&self, key: &str) -> Option<String> {
        self.attributes.get(key).cloned()
    }
}

fn writer() -> LeefWriter {
    LeefWriter::new(Settings::default())
}

fn seen(text: &[u8]) -> Option<String> {
    Some(spelled(text, &[])).filter(|text| !text.is_empty())
}

fn acts(line: &str) -> bool {
    line.chars().any(|c| c != '\t' && is_unsafe_char(c))
}

#[test]
fn a_blocked_query_is_written_as_leef_has_it() {
    let line = r#"{"client_id":"client-026","code":560,"error":"a|b = c","integrity":"9c1e000000000000000000000000000000000000000000000000000000000077","level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"table":"cards","unixTime":"1700000001.464","version":"0.96.0"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let (leef, losses) = written(&writer(), &record(&event, "acra.log", Some(b"raw|=")));
    let expected = "LEEF:2.0|cossacklabs|acra-server|0.96.0|560|x09|devTime=1700000001464\tsev=7\tcat=censor\t\
        usrName=client-026\tmsg=Error on query check\treason=a|b = c\tacraAction=blocked\tacraOutcome=failure\t\
        acraSessionId=747\tacraLevel=error\t\
        acraIntegrity=9c1e000000000000000000000000000000000000000000000000000000000077\t\
        acraIntegrityStatus=verified\tacraChainId=5f5f5f5f5f5f5f5f\tacraChainPosition=1\tacraKeyFingerprint=7c1f09ab\t\
        acraFile=acra.log\tacraLine=50010\tacraRaw=raw|=\tacraTable=cards";
    assert_eq!(leef, expected);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn what_would_end_a_part_or_a_value_is_replaced_and_counted() {
    let line = r#"{"client_id":"","level":"debug","msg":"a\tsev=9\nb","product":"p|q","version":"1"}"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let record = LogRecord { event: &event, file: "f", line: 1, raw: None, integrity: None };
    let (leef, losses) = written(&writer(), &record);
    let expected = "LEEF:2.0|cossacklabs|p\\x7cq|1|100|x09|sev=1\tcat=general\tmsg=a\\tsev=9\\nb\tacraLevel=debug\t\
        acraFile=f\tacraLine=1";
    assert_eq!(leef, expected);
    let counted: Vec<_> = losses.iter().collect();
    let expected = [("client_id", Loss::Empty, 1), ("message", Loss::Characters, 1), ("product", Loss::Characters, 1)];
    assert_eq!(counted, expected);
}

#[test]
fn no_field_of_the_log_takes_a_name_of_ours() {
    let line =
        r#"time="2023-11-14T22:13:20Z" level=info msg=m integrity_status=verified chain_id=x line=1 sev=9 version=1"#;
    let event = Event::read(line.as_bytes()).unwrap();
    let (leef, _) = written(&writer(), &LogRecord { event: &event, file: "f", line: 7, raw: None, integrity: None });
    let leef = Leef::read(&leef);
    assert_eq!(leef.get("acraIntegrityStatus"), None);
    for (key, value) in [("acraIntegrityStatus2", "verified"), ("acraChainId2", "x"), ("acraLine", "7"), ("sev", "1")] {
        assert_eq!(leef.get(key).as_deref(), Some(value), "{key}");
    }
}

#[test]
fn every_fixture_is_read_back() {
    for_each_fixture(|event, file| {
        let (line, _) = written(&writer(), &record(event, file, None));
        assert!(!acts(&line), "{line:?}");
        let leef = Leef::read(&line);
        assert_eq!(leef.get("msg"), seen(event.message.as_bytes()), "{line}");
        assert_eq!(leef.get("usrName"), event.client().and_then(|client| seen(client.as_bytes())));
        assert_eq!(leef.get("devTime"), event.moment.as_ref().map(|at| at.time.unix_ms.to_string()));
        assert_eq!(leef.header[4], event.code().unwrap_or(100).to_string());
    });
}

#[test]
fn no_hostile_text_acts_or_changes_another_value() {
    for text in HOSTILE.iter().chain(BLANK) {
        let event = hostile_event(text);
        let writer = LeefWriter::new(Settings { host: Some((*text).to_owned()), ..Settings::default() });
        let (line, _) = written(&writer, &record(&event, text, Some(text.as_bytes())));
        assert!(!acts(&line), "{line:?}");
        let leef = Leef::read(&line);
        assert_eq!(leef.get("acraIntegrityStatus").as_deref(), Some("verified"));
        for key in ["msg", "usrName", "reason", "acraSessionId", "acraSql", "acraFile", "acraRaw", "acraHost"] {
            assert_eq!(leef.get(key), seen(text.as_bytes()), "{key} of {text:?}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_event_its_values_are_read_back(event in event(), file in text(), raw in text()) {
        let file = String::from_utf8_lossy(&file).into_owned();
        let (line, losses) = written(&writer(), &record(&event, &file, Some(&raw)));
        prop_assert!(!acts(&line), "{line:?}");
        let leef = Leef::read(&line);
        let of = |value: Option<&Value<'_>>| value.and_then(|value| seen(value.as_bytes()));
        prop_assert_eq!(leef.get("msg"), seen(event.message.as_bytes()));
        prop_assert_eq!(leef.get("reason"), of(event.field("error")));
        prop_assert_eq!(leef.get("usrName"), of(event.client()));
        prop_assert_eq!(leef.get("acraSessionId"), of(event.session()));
        prop_assert_eq!(leef.get("acraSql"), of(event.field("sql")));
        prop_assert_eq!(leef.get("acraFile"), seen(file.as_bytes()));
        prop_assert_eq!(leef.get("acraRaw"), seen(&raw));
        // Nothing is dropped: there are as many attributes as there are values.
        let catalogued = crate::event::catalogue::find(event.code().unwrap_or(100));
        let judged = catalogued.filter(|entry| entry.code != 100).map_or(0, |entry| 1 + usize::from(entry.act.is_some()));
        let ours = 7 + usize::from(event.moment.is_some()) + usize::from(event.seal.is_some())
            + usize::from(event.marker == crate::entry::Marker::Start) + usize::from(catalogued.is_some()) + judged;
        let texts = [event.message.as_bytes(), file.as_bytes(), &raw];
        let mut code = event.code().is_some();
        let fields = event.fields.iter().filter(|field| {
            let is_code = code && canonical_key(field.key.as_bytes()) == b"code";
            code &= !is_code;
            !is_code && !field.value.as_bytes().is_empty()
        });
        let values = texts.iter().filter(|text| !text.is_empty()).count() + fields.count();
        prop_assert_eq!(leef.count, ours + values, "{}", line);
        if !losses.iter().any(|(field, loss, _)| field == "message" && loss != Loss::Type) {
            prop_assert_eq!(leef.attributes["msg"].as_bytes(), event.message.as_bytes());
        }
    }
}
