//! A page per code, finding or incident for people: what it means, what to do first, where it ends up in other formats.

use std::io::{self, Write};

use super::Topic;
use super::record::{response, type_uid};
use crate::event::catalogue::Entry;
use crate::incident::rules::Rules;
use crate::incident::{Kind, Severity, rules_in_words};
use crate::output::color::{Palette, Tone};
use crate::output::human::{LINE_COLUMNS, broken};
use crate::verdict::code::{Code, Policy};

/// Where the text begins, behind the widest label.
const TEXT_COLUMN: usize = 14;

/// Writes the pages, an empty line between two.
pub(super) fn write(out: &mut impl Write, topics: &[Topic], palette: Palette) -> io::Result<()> {
    for (index, topic) in topics.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let (name, title, rows) = match *topic {
            Topic::Event(entry) => (entry.code.to_string(), entry.title.to_owned(), event(entry)),
            Topic::Finding(code) => (code.name().to_owned(), "a finding of verify".to_owned(), finding(code)),
            Topic::Incident(kind) => {
                (kind.name().to_owned(), format!("an incident of report: {}", kind.title()), incident(kind))
            }
        };
        writeln!(out, "{}  {title}", palette.paint(Tone::Good, name))?;
        for (label, text) in rows {
            let mut label = label;
            for line in broken(&text, LINE_COLUMNS - TEXT_COLUMN - 2) {
                writeln!(out, "  {}{line}", palette.paint(Tone::Quiet, format_args!("{label:TEXT_COLUMN$}")))?;
                label = "";
            }
        }
    }
    Ok(())
}

/// What stands on a page: a label, and a text beside it.
type Row = (&'static str, String);

fn event(entry: &Entry) -> Vec<Row> {
    vec![
        ("meaning", entry.meaning.to_owned()),
        ("likely cause", entry.cause.to_owned()),
        ("do first", entry.response.to_owned()),
        ("name", entry.slug.to_owned()),
        ("identifier", entry.identifier.to_owned()),
        ("group", group(entry)),
        ("severity", severity(entry)),
        ("CEF", cef(entry)),
        ("ECS", ecs(entry)),
        ("OCSF", ocsf(entry)),
    ]
}

fn finding(code: Code) -> Vec<Row> {
    let mut rows = vec![("meaning", sentence(code.meaning()))];
    if let Some(advice) = code.advice() {
        rows.push(("likely cause", advice.cause.to_owned()));
        rows.push(("do first", advice.response.to_owned()));
    }
    let weights = Policy::ALL.map(|policy| format!("{} by --policy {}", code.class(policy).name(), policy.name()));
    rows.push(("weight", weights.join(", ")));
    let allow = if code.waivable() { format!("--allow {} makes it a note", code.name()) } else { "no".to_owned() };
    rows.push(("can be allowed", allow));
    rows
}

fn incident(kind: Kind) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(background) = kind.background() {
        rows.push(("meaning", background.meaning.to_owned()));
        rows.push(("likely cause", background.cause.to_owned()));
    }
    rows.push(("do first", response(kind)));
    let codes: Vec<_> = kind.codes().iter().map(u16::to_string).collect();
    if !codes.is_empty() {
        rows.push(("event codes", codes.join(", ")));
    }
    let demands = rules_in_words(&Rules::default()).into_iter().find(|(rule, _)| *rule == kind.rule());
    if let Some((rule, demands)) = demands {
        rows.push(("rule", format!("{rule}: {demands}; `acralog report --print-rules` shows how to change it")));
    }
    let score = kind.severity_score(kind.codes());
    rows.push(("severity", format!("up to {score} of 10 ({})", Severity::of_score(score).name())));
    rows
}

/// A text that is part of a message elsewhere.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn group(entry: &Entry) -> String {
    let important = if entry.important { "; Acra's documentation counts it among the most important" } else { "" };
    format!("{}{important}", entry.group)
}

fn severity(entry: &Entry) -> String {
    match entry.severity {
        Some(severity) => format!("{severity} of 10"),
        None => "that of the entry's level".to_owned(),
    }
}

fn cef(entry: &Entry) -> String {
    let act = entry.act.map(|act| format!(", act={act}")).unwrap_or_default();
    format!("event class {}, name \"{}\"{act}", entry.code, entry.title)
}

fn ecs(entry: &Entry) -> String {
    let ecs = entry.ecs;
    let categories = ecs.categories.replace(',', ", ");
    format!(
        "event.kind {}, event.category {categories}, event.type {}, event.outcome {}, event.action {}",
        ecs.kind, ecs.kind_type, ecs.outcome, entry.slug
    )
}

fn ocsf(entry: &Entry) -> String {
    let class = match entry.ocsf.class {
        0 => " (Base Event)",
        3002 => " (Authentication)",
        4001 => " (Network Activity)",
        6002 => " (Application Lifecycle)",
        6003 => " (API Activity)",
        6005 => " (Datastore Activity)",
        6008 => " (Application Error)",
        _ => "",
    };
    format!("class_uid {}{class}, activity_id {}, type_uid {}", entry.ocsf.class, entry.ocsf.activity, type_uid(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::catalogue;

    fn page(topic: Topic) -> String {
        let mut out = Vec::new();
        write(&mut out, &[topic], Palette::Plain).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_finding_and_every_incident_has_a_page_with_meaning_cause_and_response() {
        let findings = Code::ALL.iter().map(|code| Topic::Finding(*code));
        for topic in findings.chain(Kind::ALL.map(Topic::Incident)) {
            let page = page(topic);
            for label in ["\n  meaning ", "\n  likely cause ", "\n  do first "] {
                assert!(page.contains(label), "{label}: {page}");
            }
            assert!(page.lines().all(|line| line.len() <= LINE_COLUMNS), "{page}");
        }
    }

    #[test]
    fn every_code_has_a_page_that_fits_a_terminal_and_says_everything() {
        for entry in catalogue::all() {
            let page = page(Topic::Event(entry));
            let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for text in [entry.title, entry.meaning, entry.cause, entry.response, entry.slug, entry.identifier] {
                assert!(words.contains(text), "{}: {text}", entry.code);
            }
            assert!(page.lines().all(|line| line.len() <= LINE_COLUMNS), "{page}");
            assert!(words.contains(&format!("class_uid {} (", entry.ocsf.class)), "{page}");
        }
    }
}
