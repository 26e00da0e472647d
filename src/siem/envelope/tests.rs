//! Messages against the grammars of their receivers, strict ones: what a test reads here was written by no code of ours.

mod hostile;
mod json;
mod rfc5424;
mod syslog;

use super::{Envelope, Framing, PayloadKind, Wrapping, *};
use crate::entry::Seal;
use crate::event::Event;
use crate::siem::{Integrity, LogRecord, Loss, Losses, Settings};
use crate::verdict::IntegrityStatus;

const FILE: &str = "/var/log/acra/acra-server.log";

const JSON: &str = r#"{"client_id":"client-026","code":560,"level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"timestamp":"2023-11-14T22:13:21Z","unixTime":"1700000001.464","version":"0.96.0"}"#;
const START: &str =
    r#"time="2025-03-04T00:00:00+01:00" level=info msg="Starting service acra-server [pid=4242]" version=0.96.0"#;

/// A record whose raw line is the line itself.
fn record<'a>(event: &'a Event<'a>, raw: Option<&'a [u8]>) -> LogRecord<'a> {
    LogRecord { event, file: FILE, line: 7, raw, integrity: None }
}

fn verified<'a>() -> Integrity<'a> {
    Integrity {
        fits: true,
        status: IntegrityStatus::Verified,
        chain: Some(Seal([0x5f; 32])),
        position: Some(3),
        key: Some("key-7c1f09ab"),
    }
}

fn settings() -> Settings {
    Settings { host: Some("db-gw-1".to_owned()), ..Settings::default() }
}

/// The message with its frame, and what was lost.
fn wrap(wrapping: &Wrapping, record: &LogRecord<'_>, payload: &[u8]) -> (Vec<u8>, Losses) {
    let mut out = b"before".to_vec();
    let mut losses = Losses::default();
    wrapping.wrap(record, payload, &mut out, &mut losses);
    assert!(out.starts_with(b"before"), "what stood in the buffer stays");
    (out.split_off(b"before".len()), losses)
}

/// The message as text, without its line feed.
fn line(envelope: Envelope, kind: PayloadKind, record: &LogRecord<'_>, payload: &str) -> String {
    let (out, _) = wrap(&Wrapping::new(Some(envelope), Framing::Lf, kind, settings()), record, payload.as_bytes());
    let text = String::from_utf8(out).unwrap();
    text.strip_suffix('\n').expect("a line feed ends it").to_owned()
}

fn lost(losses: &Losses) -> Vec<(&str, Loss)> {
    losses.iter().map(|(field, loss, _)| (field, loss)).collect()
}

#[test]
fn without_an_envelope_the_payload_is_the_line_whatever_the_framing() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    for framing in Framing::ALL {
        let wrapping = Wrapping::new(None, framing, PayloadKind::Text, settings());
        let (out, losses) = wrap(&wrapping, &record(&event, None), b"CEF:0|x");
        assert_eq!(out, b"CEF:0|x\n", "{framing:?}");
        assert!(losses.is_empty());
    }
}

#[test]
fn a_line_break_in_a_payload_ends_no_message_early() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    for envelope in [None, Some(Envelope::SyslogRfc5424), Some(Envelope::SyslogRfc3164)] {
        let wrapping = Wrapping::new(envelope, Framing::Lf, PayloadKind::Text, settings());
        let (out, losses) = wrap(&wrapping, &record(&event, None), b"one\n<13>two");
        assert!(out.ends_with(b"one <13>two\n") && out.iter().filter(|byte| **byte == b'\n').count() == 1);
        assert!(lost(&losses).contains(&("message", Loss::Characters)));
    }
}

#[test]
fn names_are_words_and_none_is_there_twice() {
    let mut names: Vec<_> = Envelope::ALL.map(Envelope::name).into();
    names.extend(Framing::ALL.map(Framing::name));
    let is_word = |name: &&str| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric());
    assert!(names.iter().all(is_word));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 6);
}

#[test]
fn a_word_is_printable_ascii_of_a_bounded_length() {
    let rule = HeaderWord { chars_max: 6, forbidden: b"[" };
    let cases: [(&[u8], &str, &[Loss]); 8] = [
        (b"", "-", &[]),
        (b"acra", "acra", &[]),
        (b"acra-s", "acra-s", &[]),
        (b"acra-se", "acra-s", &[Loss::Length]),
        (b"a b[c", "a_b_c", &[Loss::Characters]),
        ("ä漢x".as_bytes(), "__x", &[Loss::Characters]),
        (b"\x1b\xff\xfe\n\0", "_____", &[Loss::Characters]),
        ("漢漢漢漢漢漢漢".as_bytes(), "______", &[Loss::Characters, Loss::Length]),
    ];
    for (text, wanted, lost) in cases {
        let (mut out, mut losses) = (Vec::new(), Losses::default());
        push_word(text, rule, "x", &mut out, &mut losses);
        assert_eq!(String::from_utf8_lossy(&out), wanted);
        assert_eq!(losses.iter().map(|loss| loss.1).collect::<Vec<_>>(), lost, "{wanted}");
    }
}
