//! A page per code for people: what it means, what to do first, and where it ends up in other formats.

use std::io::{self, Write};

use super::record::type_uid;
use crate::event::catalogue::Entry;
use crate::output::human::{LINE_COLUMNS, broken};

/// Where the text begins, behind the widest label.
const TEXT_COLUMN: usize = 14;

/// Writes the pages, an empty line between two.
pub(super) fn write(out: &mut impl Write, entries: &[&Entry]) -> io::Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_page(out, entry)?;
    }
    Ok(())
}

fn write_page(out: &mut impl Write, entry: &Entry) -> io::Result<()> {
    writeln!(out, "{}  {}", entry.code, entry.title)?;
    for (label, text) in [
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
    ] {
        let mut label = label;
        for line in broken(&text, LINE_COLUMNS - TEXT_COLUMN - 2) {
            writeln!(out, "  {label:TEXT_COLUMN$}{line}")?;
            label = "";
        }
    }
    Ok(())
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

    fn page(entry: &Entry) -> String {
        let mut out = Vec::new();
        write(&mut out, &[entry]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_code_has_a_page_that_fits_a_terminal_and_says_everything() {
        for entry in catalogue::all() {
            let page = page(entry);
            let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for text in [entry.title, entry.meaning, entry.cause, entry.response, entry.slug, entry.identifier] {
                assert!(words.contains(text), "{}: {text}", entry.code);
            }
            assert!(page.lines().all(|line| line.len() <= LINE_COLUMNS), "{page}");
            assert!(words.contains(&format!("class_uid {} (", entry.ocsf.class)), "{page}");
        }
    }
}
