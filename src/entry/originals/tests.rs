//! The edits that are guessed, and the lines that are taken apart.

use std::ops::ControlFlow;

use super::super::{Entry, SealField, parse};
use super::*;

const SEAL: &str = "0c1f0f3f2f1a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4";

fn line(format: Format) -> String {
    match format {
        Format::Plaintext => {
            format!("time=\"2025-03-14T00:00:02Z\" level=info msg=\"a b\" client_id=c-1 session_id=7 integrity={SEAL}")
        }
        Format::Json => format!(
            "{{\"client_id\":\"c-1\",\"integrity\":\"{SEAL}\",\"level\":\"info\",\"msg\":\"a b\",\"session_id\":7,\"unixTime\":\"1741910400.368\"}}"
        ),
        Format::Cef => {
            format!("CEF:0|cossacklabs|acra|1|100|a b|1|client_id=c-1 session_id=7 unixTime=1.5 integrity={SEAL}")
        }
    }
}

const FORMATS: [Format; 3] = [Format::Plaintext, Format::Json, Format::Cef];

fn seal() -> Seal {
    let mut seal = [0; 32];
    hex::decode_to_slice(SEAL, &mut seal).expect("64 digits");
    Seal(seal)
}

fn parsed(line: &str) -> Option<Entry> {
    parse(line.as_bytes(), &mut Vec::new())
}

/// The lines that the drafts of a line are spelled as, when a seal stands on them.
fn spelled(line: &str) -> Vec<String> {
    drafts(line.as_bytes()).iter().map(|draft| text(draft.spell(&seal(), line.contains("chain")))).collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

/// All lines that the edits which are visited lead to.
fn edited(line: &str, alphabet: &[u8], visit: impl Fn(&Draft, &mut Visit<'_>) -> ControlFlow<()>) -> Vec<String> {
    let draft = drafts(line.as_bytes()).remove(0);
    let mut lines = Vec::new();
    let mut take = |edit: Edit<'_>| {
        let body = draft.body();
        let bodies: Vec<Vec<u8>> = match edit {
            Edit::Splice { at, text } => vec![[&body[..at.start], text, &body[at.end..]].concat()],
            Edit::AnyByte { at } => {
                alphabet.iter().map(|byte| [&body[..at.start], &[*byte], &body[at.end..]].concat()).collect()
            }
            Edit::TwoBytes { .. } => Vec::new(),
        };
        let drafts = bodies.into_iter().filter_map(|body| draft.with_body(body));
        lines.extend(drafts.map(|draft| text(draft.spell(&seal(), false))));
        ControlFlow::Continue(())
    };
    assert!(visit(&draft, &mut take).is_continue());
    lines
}

#[test]
fn a_genuine_line_is_spelled_as_it_stands() {
    for format in FORMATS {
        let line = line(format);
        assert_eq!(spelled(&line), [line]);
    }
    let first = line(Format::Plaintext) + " chain=new";
    assert_eq!(spelled(&first), [first]);
    let first = line(Format::Json).replacen('{', "{\"chain\":\"new\",", 1);
    assert_eq!(spelled(&first), [first]);
}

#[test]
fn a_seal_is_found_whatever_stands_behind_it_and_however_its_name_is_spelled() {
    for format in [Format::Plaintext, Format::Cef] {
        let genuine = line(format);
        for damaged in [
            format!("{genuine} integrity=00"),
            format!("{genuine} integrity={SEAL}"),
            format!("{genuine}x"),
            format!("{genuine} chain=old"),
            genuine.replace(" integrity=", "integrity="),
            genuine.replace(" integrity=", " intgrity="),
            genuine.replace(" integrity=", " integrityy="),
            genuine.replace(" integrity=", " Integrity="),
            genuine.replace(" integrity=", " integrity:"),
        ] {
            assert!(is_suspect(parsed(&damaged).as_ref(), damaged.as_bytes()), "{damaged}");
            assert!(spelled(&damaged).iter().any(|line| line.trim_end_matches(" chain=new") == genuine), "{damaged}");
        }
    }
    let genuine = line(Format::Json);
    for damaged in [
        genuine.replace("integrity", "Integrity"),
        genuine.replace("integrity", "intgrity"),
        genuine.replace("}", ",\"integrity\":\"00\"}"),
    ] {
        assert!(is_suspect(parsed(&damaged).as_ref(), damaged.as_bytes()), "{damaged}");
        assert!(spelled(&damaged).contains(&genuine), "{damaged}");
    }
}

#[test]
fn a_crash_that_glued_lines_together_altered_nothing() {
    for format in [Format::Plaintext, Format::Cef] {
        for behind in ["time=\"2025", "t", "CEF", "{\"a"] {
            assert!(spelled(&format!("{}{behind}", line(format))).iter().all(|line| line.contains(behind)), "{behind}");
        }
    }
}

#[test]
fn a_line_that_never_had_a_seal_is_no_suspect() {
    for line in [
        "",
        "http: TLS handshake error",
        "time=\"2025-03-14T00:00:02Z\" level=info msg=\"a b\"",
        "{\"level\":\"info\",\"msg\":\"a\"}",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd",
    ] {
        assert!(!is_suspect(parsed(line).as_ref(), line.as_bytes()), "{line}");
    }
    for format in FORMATS {
        let line = line(format);
        assert!(matches!(parsed(&line).map(|entry| entry.seal), Some(SealField::Present(_))), "{line}");
        assert!(!is_suspect(parsed(&line).as_ref(), line.as_bytes()), "{line}");
    }
}

#[test]
fn the_digits_of_a_seal_are_found_wherever_they_stand() {
    for before in 0..200 {
        for digits in [62, 63, 64] {
            let line = format!("{}{}{}", "x".repeat(before), &SEAL[..digits], "y".repeat(before % 7));
            assert_eq!(is_suspect(None, line.as_bytes()), digits >= 63, "{digits} behind {before}");
        }
    }
}

#[test]
fn every_single_character_of_a_body_is_given_back() {
    for format in FORMATS {
        let genuine = line(format);
        let words = match format {
            Format::Json => ["c-1", "info"],
            _ => ["client_id=c-1", "a b"],
        };
        for word in words {
            for at in 0..word.len() {
                let (before, after) = (&word[..at], &word[at + 1..]);
                for altered in
                    [format!("{before}{after}"), format!("{before}~{after}"), format!("{before}~{}", &word[at..])]
                {
                    let damaged = genuine.replacen(word, &altered, 1);
                    let alphabet = &word.as_bytes()[at..=at];
                    let lines = edited(&damaged, alphabet, Draft::visit_characters);
                    assert!(lines.contains(&genuine), "{damaged}");
                }
            }
        }
        let swapped = genuine.replacen("c-1", "-c1", 1);
        assert!(edited(&swapped, b"", Draft::visit_characters).contains(&genuine), "{swapped}");
    }
}

#[test]
fn values_and_fields_are_given_back_by_what_the_lines_above_have() {
    for format in FORMATS {
        let genuine = line(format);
        let mut above = FieldValues::default();
        drafts(genuine.as_bytes())[0].add_to(&mut above);
        let (quote, sign, client) = match format {
            Format::Json => ("\"", "\":", "\"client_id\":\"c-1\","),
            _ => ("", "=", "client_id=c-1 "),
        };
        for damaged in [
            genuine.replacen("c-1", "somebody-else", 1),
            genuine.replacen(client, "", 1),
            // Small numbers and those of names are known without any line above.
            genuine.replacen(&format!("c-1{quote}"), &format!("c-9{quote}"), 1),
            genuine.replacen(&format!("session_id{sign}7"), &format!("session_id{sign}4711"), 1),
        ] {
            assert_ne!(damaged, genuine);
            let lines = edited(&damaged, b"", |draft, visit| {
                draft.visit_values(&above, visit)?;
                draft.visit_removed_fields(&above, visit)?;
                draft.visit_values_near(&above, visit)
            });
            assert!(lines.contains(&genuine), "{damaged}");
        }
        let added = match format {
            Format::Json => genuine.replacen("\"level\"", "\"k\":[1,{}],\"level\"", 1),
            _ => genuine.replacen(" session_id", " k=v session_id", 1),
        };
        assert!(edited(&added, b"", Draft::visit_added_fields).contains(&genuine), "{added}");
    }
}

#[test]
fn times_are_guessed_from_the_line_above() {
    let guesses = |value: &str, above: &str| -> Vec<String> {
        Guesses::of(b"time", value.as_bytes(), Some(above.as_bytes())).map(text).collect()
    };
    let seconds = guesses("\"2031-01-01T00:00:00Z\"", "\"2025-03-14T23:59:58+02:00\"");
    assert_eq!(seconds, ["\"2025-03-14T23:59:58+02:00\"", "\"2025-03-14T23:59:59+02:00\""]);
    let ms = guesses("1741919999.000", "1741910400.998");
    assert_eq!((ms.len(), &*ms[0], &*ms[2]), (8_000, "1741910400.998", "1741910401.000"));
    assert_eq!(guesses("\"1.5\"", "\"1741910400.998\"").first().map(String::as_str), Some("\"1741910400.998\""));
    for above in ["", "T", "2025-03-14T", "2025-03-14Tab:cd:ef", "1741910400.99", "x.y", "\"", "99999999999.000"] {
        assert!(guesses("no number", above).is_empty(), "{above}");
    }
}

#[test]
fn the_punctuation_of_json_is_repaired_wherever_it_stands() {
    let genuine = line(Format::Json);
    let alphabet: Vec<u8> = (b' '..=b'~').collect();
    for (at, byte) in genuine.bytes().enumerate().filter(|(at, _)| *at > 0 && at + 1 < genuine.len()) {
        if !b"\"{}:,".contains(&byte) {
            continue;
        }
        for altered in [String::new(), "~".to_owned(), format!("~{}", char::from(byte))] {
            let damaged = format!("{}{altered}{}", &genuine[..at], &genuine[at + 1..]);
            let mut lines = spelled(&damaged);
            let mut visit = |draft: Draft| {
                lines.push(text(draft.spell(&seal(), false)));
                ControlFlow::Continue(())
            };
            assert!(
                repairs(damaged.as_bytes(), &alphabet, &mut |_| ControlFlow::Continue(()), &mut visit).is_continue()
            );
            lines.extend(
                drafts(damaged.as_bytes())
                    .first()
                    .into_iter()
                    .flat_map(|_| edited(&damaged, &alphabet, Draft::visit_characters)),
            );
            assert!(lines.contains(&genuine), "{damaged}");
        }
    }
}
