//! Whatever the JSON says, the page says.

use super::markup;
use crate::incident::report::IncidentReport;
use crate::output::incident_report::tests::leaves::Leaves;
use crate::testing::incident as sample;

/// The text that a reader sees outside of drawings: tags become line breaks, entities stay.
fn text(markup: &str) -> String {
    let mut out = String::new();
    let mut drawings = 0u32;
    for piece in markup.split('<') {
        drawings += u32::from(piece.starts_with("svg"));
        drawings -= u32::from(piece.starts_with("/svg"));
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        if drawings == 0 {
            // A time whose day is clear is there in full for machines; a number in groups is one number.
            let full = tag.strip_prefix("time datetime=\"").and_then(|rest| rest.strip_suffix('"'));
            out.extend(full.into_iter().flat_map(|full| [full, "\n"]));
            if tag == "span class=\"group\"" {
                out.truncate(out.trim_end().len());
            }
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

fn missing(report: &IncidentReport, page: &IncidentReport) -> Vec<String> {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let read = entities.into_iter().fold(text(&markup(page)), |text, (entity, c)| text.replace(entity, c));
    Leaves::of(report).missing_from(&read).into_iter().map(str::to_owned).collect()
}

#[test]
fn every_value_of_the_json_stands_on_the_page() {
    let report = sample::report();
    assert_eq!(missing(&report, &report), Vec::<String>::new());
    let interleaved = "several instances wrote into it";
    assert!(report.verification.iter().any(|it| it.streams[0].interleaved) && markup(&report).contains(interleaved));
}

#[test]
fn a_value_that_is_left_out_is_noticed() {
    let mut report = sample::report();
    report.incidents[0].advice = "say it".to_owned();
    report.incidents[0].count = 987_654;
    assert_eq!(missing(&report, &sample::report()), ["say it", "987654"]);
}
