//! Text of a log, a file name or a user is never interpreted, in any format of the incident report (attacks, part C).

use serde_json::Value;

use crate::incident::report::IncidentReport;
use crate::output::escape::visible;
use crate::output::incident_report::{Extent, IncidentFormat, write_incident_report};
use crate::testing::incident as sample;

/// Texts that do something somewhere.
pub(in crate::output::incident_report) const HOSTILE: [&str; 20] = [
    "<script>alert(1)</script>",
    "](javascript:alert(1))",
    "![x](http://evil/)",
    "=cmd|'/c calc'!A1",
    "\x1b[31m",
    "\u{202e}",
    "x\n# heading",
    "\n# heading",
    "| a | b |",
    "`",
    "``` x ``",
    "@team",
    "::error::x",
    "  ::error::x",
    "##[error]",
    "x ::error::x ##vso[a] ##[error]x ::error:: a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "1) one",
    "+1",
    "https://evil/ www.evil.example GH-1 :100:",
    "\u{0}\u{7f}\u{9b}\u{2028}\u{feff}\u{e0041}",
];

/// The formats of this test; html has its own.
const FORMATS: [IncidentFormat; 4] =
    [IncidentFormat::Text, IncidentFormat::Markdown, IncidentFormat::Json, IncidentFormat::Csv];

pub(in crate::output::incident_report) fn written(report: &IncidentReport, format: IncidentFormat) -> String {
    let mut out = Vec::new();
    write_incident_report(&mut out, report, format, Extent::Full).unwrap();
    String::from_utf8(out).unwrap()
}

/// As long as a text is when it is made visible, and with the same blanks, since long lines are broken.
fn harmless(text: &str) -> String {
    visible(text).chars().map(|c| if c == ' ' { c } else { 'h' }).collect()
}

#[test]
fn no_format_passes_on_a_character_that_acts() {
    for text in HOSTILE {
        for format in FORMATS {
            let report = written(&sample::hostile(text), format);
            let report = if format == IncidentFormat::Csv { report.replace("\r\n", "\n") } else { report };
            for c in report.chars().filter(|c| *c != '\n') {
                let acts = c.is_control() || "\u{202e}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}\u{e0041}".contains(c);
                assert!(!acts, "{c:?} of {text:?} in {}:\n{report}", format.name());
            }
        }
    }
}

#[test]
fn no_format_lets_a_text_become_a_command_of_a_ci_runner() {
    for text in HOSTILE {
        for format in FORMATS {
            for line in written(&sample::hostile(text), format).lines() {
                let command = line.trim_start().starts_with("::");
                assert!(!command && !line.contains("##["), "{text:?} in {}: {line}", format.name());
                assert!(!line.contains("##vso["), "{text:?} in {}: {line}", format.name());
            }
        }
    }
}

#[test]
fn no_text_adds_a_line_to_a_format_of_lines() {
    // A line that is broken in front of a command gets longer, since the command is spelled out there.
    for text in HOSTILE.into_iter().filter(|text| !text.trim_start().contains(" ::")) {
        for format in FORMATS {
            let lines = |text: &str| written(&sample::hostile(text), format).lines().count();
            assert_eq!(lines(text), lines(&harmless(text)), "{text:?} in {}", format.name());
        }
    }
}

#[test]
fn json_gives_every_text_back_as_it_was() {
    for text in HOSTILE {
        let document: Value = serde_json::from_str(&written(&sample::hostile(text), IncidentFormat::Json)).unwrap();
        assert_eq!(document["title"], text);
        assert_eq!(document["incidents"][0]["client_ids"][0], text);
        assert_eq!(document["incidents"][0]["examples"][0]["message"], text);
        assert_eq!(document["verification"]["findings"][0]["message"], text);
    }
}

/// Reads CSV; every row has as many cells as the first.
fn rows(csv: &str) -> Vec<Vec<String>> {
    assert!(csv.ends_with("\r\n"), "{csv}");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn csv_keeps_its_cells_and_no_cell_is_a_formula() {
    for text in HOSTILE {
        let report = sample::hostile(text);
        let rows = rows(&written(&report, IncidentFormat::Csv));
        assert_eq!(rows.len(), 1 + report.incidents.len());
        for row in &rows {
            for cell in row {
                let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!formula, "{text:?}: {cell:?}");
            }
        }
        let column = rows[0].iter().position(|name| name == "client_ids").unwrap();
        let unmarked = rows[1][column].strip_prefix('\'').unwrap_or(&rows[1][column]);
        assert_eq!(unmarked, visible(text), "{text:?}");
    }
}
