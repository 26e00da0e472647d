//! The text report as people see it: 80 columns, nothing that acts, and words for what is not there.

use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::incident::report::IncidentReport;
use crate::output::incident_report::tests::hostile::{HOSTILE, written};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{number, untrusted};
use crate::output::incident_report::{Extent, IncidentFormat, document, write_incident_report};
use crate::testing::incident as sample;

/// As it is when nobody asks for all of it.
fn text_of(report: &IncidentReport) -> String {
    let mut out = Vec::new();
    write_incident_report(&mut out, report, IncidentFormat::Text, Extent::Folded).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_line_fits_80_columns_and_none_ends_in_blanks() {
    let sentences = ["one two three ".repeat(30), "漢字 かな ".repeat(40), "a/b ".repeat(100)];
    let hostile = sentences.iter().map(String::as_str).chain(HOSTILE).map(sample::hostile);
    for report in [sample::report(), sample::quiet()].into_iter().chain(hostile) {
        for line in text_of(&report).lines() {
            assert!(line.width() <= LINE_COLUMNS, "{} columns: {line}", line.width());
            assert!(!line.ends_with(' ') && !line.contains(['\t', '\u{a0}']), "{line:?}");
        }
    }
}

#[test]
fn a_word_that_cannot_be_broken_is_whole_on_its_line() {
    let word = "x".repeat(100);
    let text = text_of(&sample::hostile(&word));
    for line in text.lines().filter(|line| line.width() > LINE_COLUMNS) {
        let rest = line.replace(&word, "");
        assert!(rest.len() < line.len() && rest.width() <= LINE_COLUMNS, "{line}");
    }
    assert!(text.contains(&word));
}

#[test]
fn the_answer_and_the_incidents_come_first() {
    let text = text_of(&sample::report());
    let wanted = [
        "Blocked queries in the night",
        "case        IR-2025-031",
        "period      2025-03-14T00:00:02.271Z .. 23:53:57.120Z",
        "| TAMPERED ",
        "proven      acra-server.log: 2025-03-14T00:00:05Z .. 03:12:44Z",
        "keys        1f0c7a2b90d3e4c5 from --key-file audit.key: 2 chains",
        "14 incidents: 1 high, 1 medium, 12 low; the 12 least severe are counted only",
        "The worst: Burst of blocked SQL queries (high): 37 blocked queries in 111",
        "high        ........x...",
        "37  Burst of blocked",
        "Incident 1: Burst of blocked SQL queries",
        "count       37 blocked queries in 111 entries",
        "03:12:31.012Z, lasted 30s",
        "codes       560 SQL query blocked by the request firewall",
        "rule        sql-firewall: at least 10 blocked queries of one client within 5m",
        "sessions    301 in run 1, client webapp, from 10.20.1.7:51034 or",
        "where       acra-server.log:238-350 (108 entries)",
        "do first    Identify client_id and session, read the masked query.",
        "count       1 gap\n",
        "330 error",
        "SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "command     acralog report acra-server.log",
    ];
    let mut rest = &*text;
    for words in wanted {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words:?} is missing, or stands elsewhere:\n{text}"));
        rest = &rest[at + words.len()..];
    }
}

#[test]
fn a_quiet_log_without_a_key_says_what_that_means() {
    let text = text_of(&sample::quiet());
    let words = text.split(['|', '\n', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for wanted in [
        "NOT VERIFIED No key was given",
        "--key-file FILE.",
        "No incident: there is no entry to look at.",
        "period no entry in scope states its time",
        "No gap was found.",
        "The whole log.",
    ] {
        assert!(words.contains(wanted), "{wanted}:\n{text}");
    }
    assert!(!text.contains("CHAINS") && !text.contains("FINDINGS") && !text.contains("SESSIONS"), "{text}");
}

#[test]
fn long_lists_are_cut_and_the_rest_is_counted() {
    let mut report = sample::report();
    report.runs = vec![report.runs[0].clone(); 150];
    report.totals.by_client = vec![report.totals.by_client[1].clone(); 25];
    let text = text_of(&report);
    assert!(text.lines().count() <= 200, "{text}");
    let runs = text.matches("- run 1:").count();
    assert!(runs <= 20 && text.contains(&format!("and {} more runs", 163 - runs)), "{text}");
    let whole = written(&report, IncidentFormat::Text);
    assert!(whole.matches("- run 1:").count() == 150 && whole.contains("and 13 more runs"), "--full has them all");
    assert!(text.contains("more clients\n"), "{text}");
    let view = View::full(&report);
    let whole = document::IncidentDocument::of(&view, document::Depth::Whole).sections;
    let runs = whole.iter().find(|section| section.part.title() == "Runs").unwrap();
    assert!(matches!(&runs.blocks[0], document::Block::List(list) if list.items.len() == 150));
}

#[test]
fn an_incident_lasts_as_long_in_every_format_for_people() {
    for format in [IncidentFormat::Text, IncidentFormat::Markdown, IncidentFormat::Html] {
        let page = written(&sample::report(), format).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains("30s 728ms"), "{}", format.name());
    }
}

const COLUMNS: [TableColumn; 3] = [
    TableColumn { title: "no", kind: ColumnKind::Number },
    TableColumn { title: "who", kind: ColumnKind::Words },
    TableColumn { title: "count", kind: ColumnKind::Number },
];

fn table_of(who: &[&'static str], page: usize) -> String {
    let rows: Vec<_> = who.iter().map(|who| vec![number(1), untrusted(*who), number(37)]).collect();
    table_lines(&TableBlock { columns: COLUMNS.to_vec(), rows, counts: vec![] }, page).join("\n")
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    assert_eq!(table_of(&["webapp", "漢字"], 40), "no  who     count\n 1  webapp     37\n 1  漢字       37");
}

#[test]
fn words_are_broken_inside_their_cell_when_the_page_is_narrow() {
    let wanted = "no  who            count\n 1  one two three     37\n    four five";
    assert_eq!(table_of(&["one two three four five"], 24), wanted);
}

#[test]
fn a_word_that_is_too_wide_stands_on_a_line_of_its_own() {
    let wanted = "no  who                  count\n 1  abcdefghijklmnopqrstuvwxyz\n                            37";
    assert_eq!(
        table_of(&["abcdefghijklmnopqrstuvwxyz"], 40),
        "no  who                         count\n 1  abcdefghijklmnopqrstuvwxyz     37"
    );
    assert_eq!(table_of(&["abcdefghijklmnopqrstuvwxyz"], 30), wanted);
}

#[test]
fn a_bar_is_a_share_and_whatever_is_there_is_seen() {
    assert_eq!([bar(0, 10), bar(1, 1_000_000), bar(u64::MAX, u64::MAX)], ["", "*", BAR]);
    assert_eq!(bar(1, 2).len(), BAR.len() / 2);
}
