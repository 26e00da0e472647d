//! Text of a log or a file name is never interpreted, on any output (attacks, part C): one table of hostile texts,
//! every format.

use serde_json::Value;

use crate::outcome::Outcome;
use crate::output::escape::visible;
use crate::output::{Palette, ReportFormat, ReportStyle, Verbosity, report_sink};
use crate::testing::output::{Story, chain, file, finding, place, summary};
use crate::verdict::code::{Class, Code};
use crate::verdict::report::{ChainVerdict, FileReport, Finding, Limit};

const HOSTILE: &[&str] = &[
    "\x1b]0;x\x07",
    "\x1b[2J\x1b[31mred",
    "\u{9b}31m",
    "a\nb\r\nc",
    "::error::owned",
    "  ::add-mask::e",
    "##[error]owned",
    "x\n::stop-commands::y",
    "]]>",
    "<script>alert(1)</script>",
    "&lt;\"'",
    "a|b|c\\|d",
    "`x` ``y`` ```z",
    "[link](https://example.com) ![i](x) www.example.com @team",
    "abc\u{202e}gol.txt",
    "a\u{2028}b\u{2029}c\u{85}d",
    "\u{0}\u{1}\u{7f}\u{fffe}\u{ffff}\u{feff}\u{e0041}",
    "b\u{fe01}\u{e0141}i\u{34f}d\u{115f}d\u{1160}e\u{3164}n\u{ffa0}",
    "%0A::error::x,y:z%",
    "{0} {{",
];

/// The same text wherever text of the input can stand.
pub(super) fn story_of(text: &str) -> Story {
    let files = vec![FileReport { worst: Class::Tampered, ..file(text) }];
    let hostile = |code, first| Finding {
        hint: Some(text.to_owned()),
        through: Some(place(text, 9)),
        ..finding(code, first, text)
    };
    let findings = vec![
        hostile(Code::ChainAltered, Some(place(text, 7))),
        hostile(Code::ChainElsewhere, Some(place(text, 7))),
        hostile(Code::ChainsInterleaved, None),
        hostile(Code::FileMissing, Some(place(&format!("{text}.missing"), 0))),
    ];
    let chains = vec![chain(ChainVerdict::Closed, place(text, 1), place(text, 7), 7)];
    let mut summary = summary(Outcome::Tampered, &files, &findings);
    summary.streams[0].name = text.into();
    let second = summary.streams[0].clone();
    summary.streams.push(second);
    summary.not_shown.push(Limit { stream: Some(text.into()), what: text.to_owned() });
    summary.keys[0].source = text.to_owned();
    Story { findings, chains, files, summary }
}

/// A report of a run in which the text stands wherever text can stand, and the step summary if there is one.
fn written(text: &str, format: ReportFormat) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("summary.md");
    let mut out = Vec::new();
    let style = ReportStyle {
        format,
        verbosity: Verbosity::Verbose,
        palette: Palette::Plain,
        warnings: vec![text.to_owned()],
        step_summary: Some(page.clone()),
    };
    story_of(text).tell(&mut *report_sink(&mut out, style)).unwrap();
    (String::from_utf8(out).unwrap(), std::fs::read_to_string(page).unwrap_or_default())
}

#[test]
fn no_format_passes_on_a_character_that_acts() {
    for text in HOSTILE {
        for format in ReportFormat::ALL {
            let (report, page) = written(text, format);
            for c in report.chars().chain(page.chars()).filter(|c| *c != '\n') {
                let unseen = "\u{202e}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}\u{e0041}\u{fe01}\u{e0141}\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}";
                let acts = c.is_control() || unseen.contains(c);
                assert!(!acts, "{c:?} of {text:?} in {}:\n{report}{page}", format.name());
            }
        }
    }
}

#[test]
fn no_format_lets_a_text_become_a_command_of_a_ci_runner() {
    for text in HOSTILE {
        for format in ReportFormat::ALL {
            let (report, _) = written(text, format);
            let github = format == ReportFormat::Github;
            for line in report.lines() {
                let ours = ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
                let command = line.trim_start().starts_with("::") && !(github && ours);
                assert!(!command && !line.contains("##["), "{text:?} in {}: {line}", format.name());
            }
        }
    }
}

#[test]
fn no_text_adds_a_line_to_a_format_of_lines() {
    for format in [ReportFormat::Human, ReportFormat::Github, ReportFormat::Jsonl] {
        let lines = |text: &str| written(text, format).0.lines().count();
        for text in HOSTILE {
            // As long and with the same blanks, since long lines are broken.
            let harmless: String = visible(text).chars().map(|c| if c == ' ' { c } else { 'h' }).collect();
            assert_eq!(lines(text), lines(&harmless), "{text:?} in {}", format.name());
        }
    }
}

#[test]
fn json_formats_give_every_text_back_as_it_was() {
    for text in HOSTILE {
        let document: Value = serde_json::from_str(&written(text, ReportFormat::Json).0).unwrap();
        assert_eq!(document["files"][0]["path"], *text);
        assert_eq!(document["findings"][0]["message"], *text);
        assert_eq!(document["warnings"][0], *text);
        let first = written(text, ReportFormat::Jsonl).0;
        let record: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        assert_eq!(record["message"], *text);
        let log: Value = serde_json::from_str(&written(text, ReportFormat::Sarif).0).unwrap();
        let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(uri.as_str().unwrap().bytes().all(|b| b.is_ascii_alphanumeric() || b"%-._~/".contains(&b)), "{uri}");
    }
}

/// Reads XML as far as these reports use it: every tag is closed by its own name, attributes are quoted.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains(['>', '"', '\'']), "{xml}");
        let end = rest.find('>').unwrap();
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(["testsuites", "testsuite", "testcase", "failure", "error", "system-out"].contains(&name), "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{xml}");
}

#[test]
fn junit_stays_well_formed_and_every_ampersand_begins_an_entity() {
    for text in HOSTILE {
        let (report, _) = written(text, ReportFormat::Junit);
        assert_well_formed(&report);
        for (_, rest) in report.match_indices('&').map(|(at, _)| report.split_at(at)) {
            let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
            assert!(entities.iter().any(|entity| rest.starts_with(entity)), "{text:?}: {report}");
        }
    }
}

/// What a Markdown renderer would look at: the page without its code spans.
fn outside_code_spans(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let fence_length = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        let fence = &rest[start..start + fence_length];
        let inside = &rest[start + fence_length..];
        let end = inside
            .match_indices(fence)
            .map(|(at, _)| at)
            .find(|at| !inside[at + fence_length..].starts_with('`') && !inside[..*at].ends_with('`'))
            .expect("a code span is closed");
        rest = &inside[end + fence_length..];
    }
    out + rest
}

#[test]
fn the_step_summary_interprets_nothing_and_keeps_its_columns() {
    let pipes = |page: &str| page.lines().map(|line| line.matches('|').count()).collect::<Vec<_>>();
    let wanted = pipes(&written("harmless", ReportFormat::Github).1);
    for text in HOSTILE {
        let (_, page) = written(text, ReportFormat::Github);
        assert_eq!(pipes(&page), wanted, "{text:?}:\n{page}");
        for line in page.lines().map(outside_code_spans) {
            let tail = line.trim_start_matches('#');
            assert!(!tail.contains(['<', '[', '@', '*', '_', '&', '\\', '!', '#']), "{text:?}: {line}");
            assert!(!line.contains("www.") && !line.contains("//"), "{text:?}: {line}");
        }
    }
}
