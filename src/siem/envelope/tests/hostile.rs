//! Text of the log that tries to leave its place in the message, or to act on whoever looks at it.

use proptest::arbitrary::any;
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::rfc5424::{read, read_counted};
use super::*;
use crate::event::{Field, Text, Value};
use crate::line::{Batch, Limits, LineReader, Wrapper};
use crate::terminal_safe::is_unsafe_char;

const ATTEMPTS: [&str; 12] = [
    "\"]",
    "\\",
    "\\\"] status=\"verified\"",
    "x\" status=\"verified",
    "a\nb <13>1 - - - - - - forged",
    "\r\n{\"create\":{}}",
    "\x1b]0;owned\x07\x1b[2J",
    "\u{202e}gnp.exe\u{2066}",
    "\0\u{7f}\u{9b}31m",
    "##[error]x ::error::",
    "\u{feff}CEF:0",
    "",
];

fn event<'a>(product: &'a str, client: &'a [u8]) -> Event<'a> {
    let mut event = Event::read(JSON.as_bytes()).unwrap();
    event.product = Some(Text::from(product));
    event.fields = vec![Field { key: Text::from("clientID"), value: Value::Text(Text::borrowed(client)) }];
    event
}

/// Holds one text to its place in every envelope.
#[track_caller]
fn assert_kept_in_place(text: &str) {
    let event = event(text, text.as_bytes());
    let told = LogRecord { file: text, integrity: Some(verified()), ..record(&event, Some(text.as_bytes())) };
    let settings = Settings { host: Some(text.to_owned()), ..Settings::default() };
    let visible: String = text.chars().map(|c| if is_unsafe_char(c) { '\u{fffd}' } else { c }).collect();
    for envelope in Envelope::ALL {
        let wrapping = Wrapping::new(Some(envelope), Framing::Lf, PayloadKind::Text, settings.clone());
        // What is in a payload of text is up to its writer.
        let payload = if envelope.is_syslog() { "CEF:0|x" } else { text };
        let (out, _) = wrap(&wrapping, &told, payload.as_bytes());
        let message = std::str::from_utf8(&out).unwrap().strip_suffix('\n').expect("a line feed ends it");
        let lines: Vec<&str> = message.split('\n').collect();
        assert_eq!(lines.len(), 1 + usize::from(envelope == Envelope::ElasticBulk), "{text:?}: {message}");
        assert!(lines.iter().all(|line| !line.chars().any(is_unsafe_char)), "{text:?}: {message:?}");
        match envelope {
            Envelope::SyslogRfc5424 => {
                let read = read(message).unwrap_or_else(|| panic!("{text:?}: {message}"));
                assert_eq!(read.msg, "CEF:0|x");
                let [(_, params)] = read.data.as_slice() else { panic!("one element: {message}") };
                assert_eq!(params[0], ("client", visible.clone()));
                assert_eq!(params.last(), Some(&("status", "verified".to_owned())));
            }
            Envelope::SyslogRfc3164 => assert!(message.ends_with(": CEF:0|x"), "{message}"),
            Envelope::SplunkHec => {
                let read: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
                let places = [
                    &read["host"],
                    &read["source"],
                    &read["event"],
                    &read["fields"]["client_id"],
                    &read["fields"]["acra_raw"],
                ];
                assert!(places.iter().all(|place| *place == text), "{read}");
                assert!(!message.contains("##"));
            }
            Envelope::ElasticBulk => {
                let read: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
                assert!(read["message"] == text && read["event"]["original"] == text, "{read}");
                assert!(!message.contains("##"));
            }
        }
    }
}

#[test]
fn no_text_leaves_its_place() {
    ATTEMPTS.into_iter().for_each(assert_kept_in_place);
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
        "[ -~]{0,9}".prop_map(String::into_bytes),
        Just(b"\n".to_vec()),
        proptest::sample::select(&ATTEMPTS[..]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_arbitrary_text_leaves_its_place_either(text in any::<String>()) {
        assert_kept_in_place(&text);
    }

    #[test]
    fn whatever_the_bytes_the_frames_hold_and_the_raw_line_comes_back(
        client in bytes(), raw in bytes(), payload in bytes(),
    ) {
        let event = event("acra", &client);
        let record = record(&event, Some(&raw));
        for envelope in Envelope::ALL {
            for framing in Framing::ALL {
                let wrapping = Wrapping::new(Some(envelope), framing, PayloadKind::Text, settings());
                let (out, _) = wrap(&wrapping, &record, &payload);
                if framing == Framing::OctetCounting && envelope.is_syslog() {
                    prop_assert_eq!(read_counted(&out).map(|messages| messages.len()), Some(1));
                    continue;
                }
                let lines = out.split(|byte| *byte == b'\n').count() - 1;
                prop_assert!(out.ends_with(b"\n"));
                prop_assert_eq!(lines, 1 + usize::from(envelope == Envelope::ElasticBulk));
                if envelope.is_syslog() {
                    continue;
                }
                let last = out.split(|byte| *byte == b'\n').nth(lines - 1).unwrap();
                let read: serde_json::Value = serde_json::from_slice(last).unwrap();
                let (text, base64) = match envelope {
                    Envelope::SplunkHec => (&read["fields"]["acra_raw"], &read["fields"]["acra_raw_base64"]),
                    _ => (&read["event"]["original"], &read["acra"]["original_base64"]),
                };
                let back = match (text.as_str(), base64.as_str()) {
                    (Some(text), None) => text.as_bytes().to_vec(),
                    (None, Some(base64)) => {
                        use base64::Engine as _;
                        base64::engine::general_purpose::STANDARD.decode(base64).unwrap()
                    }
                    _ => panic!("exactly one of both: {read}"),
                };
                prop_assert_eq!(&back, &raw);
            }
        }
    }

    #[test]
    fn what_an_envelope_keeps_of_a_line_is_what_verify_takes_out_of_it(raw in bytes()) {
        let raw: Vec<u8> = [b"x", raw.as_slice()].concat().into_iter().filter(|byte| *byte != b'\n').collect();
        let event = event("acra", b"");
        let record = record(&event, Some(&raw));
        let cases = [(Envelope::SplunkHec, Wrapper::SplunkHec), (Envelope::ElasticBulk, Wrapper::ElasticBulk)];
        for (envelope, wrapper) in cases {
            let (out, _) = wrap(&Wrapping::new(Some(envelope), Framing::Lf, PayloadKind::Text, settings()), &record, b"y");
            let mut reader = LineReader::with_wrapper(out.as_slice(), Limits::default(), wrapper);
            let mut batch = Batch::default();
            prop_assert!(reader.fill(&mut batch).unwrap());
            prop_assert_eq!(batch.text_of(batch.lines.last().unwrap()), &raw);
        }
    }
}
