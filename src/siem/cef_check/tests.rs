//! What the checker says of lines that are wrong in one way, of Acra's own, and of ours.

use proptest::prelude::*;

use super::*;
use crate::entry::Format;
use crate::event::Event;
use crate::siem::{CefWriter, Settings};
use crate::terminal_safe::is_unsafe_char;
use crate::testing::siem::{BLANK, HOSTILE, event, for_each_fixture, hostile_event, record, written};

/// A line, and what is wrong with it: rules and columns.
type Case<'a> = (&'a [u8], &'a [(&'a str, usize)]);

/// The names of the rules a line breaks, with the columns.
fn complaints(line: &[u8]) -> Vec<(&'static str, usize)> {
    check(line).into_iter().map(|complaint| (complaint.rule.name(), complaint.column)).collect()
}

#[test]
fn each_mistake_in_the_header_has_its_name_and_its_place() {
    let cases: [Case<'_>; 19] = [
        (b"CEF:0|v|p|1|100|n|1|", &[]),
        (b"CEF:1|v|p\\|q|1\\\\2|100|n = m|Very-High|a=b", &[]),
        (b"", &[("not-cef", 1)]),
        (b"time=x", &[("not-cef", 1)]),
        (b"CEF:|v|p|1|100|n|1|", &[("not-cef", 1)]),
        (b" CEF:0|v|p|1|100|n|1|", &[("not-cef", 1)]),
        (b"CEF:2|v|p|1|100|n|1|", &[("version-unknown", 5)]),
        (b"CEF:0|v|p|1|100|torn", &[("header-torn", 21)]),
        (b"CEF:0|v|p|1|100|n|1", &[("header-torn", 20)]),
        (b"CEF:0|v|p|1|100|torn\\|1|", &[("header-torn", 25)]),
        (b"CEF:0|v|p|1|100|[pid\\=1]|1|", &[("header-escape", 21)]),
        (b"CEF:0|v|p|1|100|a\\nb|1|", &[("header-escape", 18)]),
        (b"CEF:0|v|p|1|100|a\\", &[("header-escape", 18), ("header-torn", 19)]),
        (b"CEF:0|v|p|1|100| |1|", &[("header-empty", 17)]),
        (b"CEF:0||p|1|100|n||", &[("header-empty", 7), ("header-empty", 18)]),
        (b"CEF:0|v|p|1|100|n|11|", &[("severity-invalid", 19)]),
        (b"CEF:0|v|p|1|100|n|high|", &[("severity-invalid", 19)]),
        (b"CEF:0|v|p|1|100|n\tm|1|", &[("control-character", 18)]),
        (b"CEF:0|v|p|1|100|n\xff|1|", &[("not-utf8", 18)]),
    ];
    for (line, expected) in cases {
        assert_eq!(complaints(line), expected, "{}", line.escape_ascii());
    }
}

#[test]
fn each_mistake_in_the_extension_has_its_name_and_its_place() {
    // Columns here are those of the extension.
    let cases: [(&str, &[(&str, usize)]); 31] = [
        ("rt=1700000000464 msg=a | b \\= c\\n\\r\\\\ suser=x y", &[]),
        ("a=b", &[]),
        ("a_b=c", &[("key-invalid", 1)]),
        ("a=1 session_id=747", &[("key-invalid", 5)]),
        ("a=1 \"key with space\"=v b=2", &[("key-invalid", 5)]),
        ("\"key with space\"=v", &[("key-invalid", 1)]),
        ("a.b=c", &[("key-invalid", 1)]),
        ("a=1 a=2", &[("key-repeated", 5)]),
        ("cs1=x", &[("label-missing", 1)]),
        ("cs1Label=l cs1=x", &[]),
        ("a=", &[("value-empty", 3)]),
        ("a= b=1", &[("value-empty", 3)]),
        ("a=  b=1", &[("value-empty", 3)]),
        ("a=b=c", &[("value-unescaped-equals", 4)]),
        ("a=x (b)=c", &[("value-unescaped-equals", 8)]),
        ("a=x = c", &[("value-unescaped-equals", 5)]),
        ("a=x \u{e9}=c", &[("value-unescaped-equals", 7)]),
        ("a=x \"=c", &[("value-unescaped-equals", 6)]),
        ("a=b\\|c", &[("extension-escape", 4)]),
        ("a=b\\", &[("extension-escape", 4)]),
        ("text a=b", &[("key-missing", 1)]),
        ("text", &[("key-missing", 1)]),
        ("a= b", &[("leading-blank", 3)]),
        (" a=b", &[("leading-blank", 1)]),
        ("a=b ", &[("trailing-blank", 4)]),
        ("a=b  c=d", &[("trailing-blank", 4)]),
        (" ", &[("trailing-blank", 1)]),
        ("rt=2023-11-14T22:13:21Z", &[("date-not-epoch-ms", 4)]),
        ("unixTime=1700000001.464", &[("date-not-epoch-ms", 10)]),
        ("cn1Label=l cn1=x", &[("number-invalid", 16)]),
        ("a=\u{1b}[2J\u{9b}", &[("control-character", 3), ("control-character", 7)]),
    ];
    const HEADER: &str = "CEF:0|v|p|1|100|n|1|";
    for (extension, expected) in cases {
        let found = complaints(format!("{HEADER}{extension}").as_bytes());
        let found: Vec<_> = found.into_iter().map(|(name, column)| (name, column - HEADER.len())).collect();
        assert_eq!(found, expected, "{extension}");
    }
}

#[test]
fn acra_is_told_what_collectors_refuse_in_its_lines() {
    let line = br#"CEF:0|cossacklabs|acra-server|0.96.0|560|Error [pid\=1]|6|client_id=client-026 empty=  error=query "select a\|b where x\=1" is forbidden "extra field"=x unixTime=1700000001.464 integrity=9c1e chain=new "#;
    let found: Vec<_> = complaints(line).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "header-escape",
        "key-invalid",
        "value-empty",
        "extension-escape",
        "key-invalid",
        "date-not-epoch-ms",
        "trailing-blank",
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_line_of_acras_own_cef_is_refused_for_its_time_and_ours_for_nothing() {
    let writer = CefWriter::new(Settings::default());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs");
    for name in ["content_hard", "service_day", "chain_closed_three"] {
        let text = std::fs::read(folder.join(format!("{name}.cef.log"))).unwrap();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let found = complaints(line);
            assert!(found.iter().any(|(name, _)| *name == "date-not-epoch-ms"), "{}", line.escape_ascii());
            let known = ["not-cef", "header-torn", "key-missing", "value-unescaped-equals", "severity-invalid"];
            assert!(!found.iter().any(|(name, _)| known.contains(name)), "{found:?}: {}", line.escape_ascii());
        }
    }
    for_each_fixture(|event, file| {
        let raw = (event.format == Format::Cef).then_some(&b"CEF:0|a\\=b|c=\\|d \xff"[..]);
        let (line, _) = written(&writer, &record(event, file, raw));
        assert_eq!(check(line.as_bytes()), [], "{line}");
    });
}

#[test]
fn hostile_texts_are_no_matter_to_lines_of_ours_and_details_are_inert() {
    for text in HOSTILE.iter().chain(BLANK) {
        let event: Event<'_> = hostile_event(text);
        let (line, _) = written(&CefWriter::new(Settings::default()), &record(&event, text, Some(text.as_bytes())));
        assert_eq!(check(line.as_bytes()), [], "{text:?}");
        for line in [format!("CEF:0|v|{text}|1|1|{text}|{text}|{text}"), format!("CEF:0|v|p|1|1|n|1|rt={text} a")] {
            for complaint in check(line.as_bytes()) {
                assert!(!complaint.detail.chars().any(is_unsafe_char), "{complaint:?}");
                assert!((1..=line.len() + 1).contains(&complaint.column), "{complaint:?}");
            }
        }
    }
}

#[test]
fn a_hostile_line_fills_neither_the_memory_nor_the_afternoon() {
    // Long words without a blank: looking back from every equals sign would take minutes.
    let words = [b"x".repeat(1 << 20), b"=".repeat(1 << 20), b"\"=".repeat(1 << 19)].concat();
    let line = [b"CEF:0|v|p|1|1|n|1|a=".as_slice(), &br"\|_=\x".repeat(100_000), &words, b" ", &words].concat();
    let found = check(&line);
    assert!(found.len() <= COMPLAINTS_MAX * Rule::ALL.len());
    assert_eq!(found.iter().filter(|complaint| complaint.rule == Rule::ExtensionEscape).count(), COMPLAINTS_MAX);
}

proptest! {
    #[test]
    fn whatever_we_write_is_sound(event in event(), file in any::<String>(), raw in any::<Vec<u8>>()) {
        let (line, _) = written(&CefWriter::new(Settings::default()), &record(&event, &file, Some(&raw)));
        prop_assert_eq!(check(line.as_bytes()), []);
    }

    #[test]
    fn whatever_the_line_it_is_checked(line in "(CEF:0\\|v\\|p\\|1\\|1\\|n\\|1\\|)?[a =\\\\\"|_\u{1b}é]{0,20}") {
        for complaint in check(line.as_bytes()) {
            prop_assert!((1..=line.len() + 1).contains(&complaint.column));
        }
    }
}

#[test]
fn every_rule_has_its_own_name_in_kebab_case_and_a_line_that_explains_it() {
    let mut names: Vec<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    for name in &names {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-8".contains(&byte)), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
    for (place, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule as usize, place);
    }
}

#[test]
fn times_are_milliseconds_or_the_calendar_of_cef() {
    let sound = [
        "1700000001464",
        "-1",
        "Nov 14 2023 22:13:21",
        "Nov 14 2023 22:13:21.464",
        "Nov 14 2023 22:13:21.464 UTC",
        "Nov  14",
        "Nov 4 22:13:21 +03:00",
    ];
    for (value, expected) in sound.map(|value| (value, value != "Nov  14")) {
        assert_eq!(ValueKind::Time.broken_by(value.as_bytes()).is_none(), expected, "{value}");
    }
    for value in ["1700000001.464", "2023-11-14T22:13:21Z", "14 Nov 2023 22:13:21", "-", "soon", "Nov 14 2023"] {
        assert_eq!(ValueKind::Time.broken_by(value.as_bytes()), Some(Rule::DateNotEpochMs), "{value}");
    }
}

#[test]
fn numbers_are_numbers() {
    for (kind, value, sound) in [
        (ValueKind::Integer, "50010", true),
        (ValueKind::Integer, "1.5", false),
        (ValueKind::Integer, "x", false),
        (ValueKind::Decimal, "1.5e3", true),
        (ValueKind::Decimal, "1,5", false),
    ] {
        assert_eq!(kind.broken_by(value.as_bytes()).is_none(), sound, "{value}");
    }
}

#[test]
fn only_the_numbered_keys_of_the_dictionary_need_a_label() {
    for (key, expected) in [("cs1", true), ("cn3", true), ("cs1Label", false), ("cs7", false), ("acs1", false)] {
        assert_eq!(is_numbered(key.as_bytes()), expected, "{key}");
    }
}
