//! Whatever the JSON says, the page says.

use serde_json::Value;

use super::markup;
use crate::incident::report::Report;
use crate::incident::sample;
use crate::output::escape;

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

/// Every leaf of a value, with its path and how the page writes it.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &format!("{path}[{at}]"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{path}.{name}"), found))
        }
        Value::Null => found.push((path.to_owned(), "none".to_owned())),
        Value::Bool(yes) => found.push((path.to_owned(), if *yes { "yes" } else { "no" }.to_owned())),
        Value::Number(number) => found.push((path.to_owned(), number.to_string())),
        Value::String(text) => found.push((path.to_owned(), escape::xml(text))),
    }
}

/// Whether a leaf stands in a text as a word of its own, not as a part of another number or word.
fn stands_in(text: &str, leaf: &str) -> bool {
    let part = |c: char| c.is_alphanumeric();
    text.match_indices(leaf).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(part);
        let after = text[at + leaf.len()..].chars().next().is_some_and(part);
        !(before && leaf.starts_with(part) || after && leaf.ends_with(part))
    })
}

fn missing(report: &Report) -> Vec<(String, String)> {
    let text = text(&markup(report));
    let mut found = Vec::new();
    leaves(&serde_json::to_value(report).unwrap(), "", &mut found);
    found.retain(|(_, leaf)| !stands_in(&text, leaf));
    found
}

#[test]
fn every_value_of_the_json_stands_on_the_page() {
    assert_eq!(missing(&sample::report()), []);
}

#[test]
fn a_value_that_is_left_out_is_noticed() {
    assert!(!stands_in("13:45 and 1234", "34") && stands_in("lines 34 to 5", "34"));
    let mut report = sample::report();
    report.incidents[0].advice = "say it".to_owned();
    let text = text(&markup(&sample::report()));
    assert!(!stands_in(&text, "say it"));
}
