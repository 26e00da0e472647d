//! The catalogue of event codes, printed: as a table, as a page per code, and for machines; and what findings and kinds of
//! incidents mean. Which of them is decided in `plan`.

mod csv;
mod page;
mod record;

use std::io::{self, Write};

use strum::IntoStaticStr;

use super::color::{Palette, Tone};
use super::escape;
use super::table::{Align, Table};
use crate::event::catalogue::Entry;
use crate::incident::Kind;
use crate::verdict::code::Code;
use record::{Document, Record};

/// The version of Acra whose codes the catalogue holds.
pub const ACRA_VERSION: &str = "0.96.0";

/// The forms of `codes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum CodesFormat {
    /// For people.
    Table,
    /// One versioned document.
    Json,
    /// One object per code.
    Jsonl,
    /// For spreadsheets.
    Csv,
}

impl CodesFormat {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The forms of `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ExplainFormat {
    /// For people.
    Human,
    /// The document that `codes` prints.
    Json,
}

impl ExplainFormat {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Lists codes.
///
/// # Errors
/// When the writer fails.
pub fn write_codes(out: &mut dyn Write, entries: &[&Entry], format: CodesFormat, palette: Palette) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        CodesFormat::Table => write_table(&mut out, entries, palette)?,
        CodesFormat::Json => escape::write_json(&mut out, &Document::new(entries))?,
        CodesFormat::Jsonl => {
            entries.iter().try_for_each(|entry| escape::write_json_line(&mut out, &Record::new(entry)))?;
        }
        CodesFormat::Csv => csv::write(&mut out, entries)?,
    }
    out.flush()
}

/// What can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Topic {
    /// An event code of Acra.
    Event(&'static Entry),
    /// A finding of `verify`.
    Finding(Code),
    /// A kind of incident of `report`.
    Incident(Kind),
}

impl PartialEq for Topic {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Event(one), Self::Event(other)) => one.code == other.code,
            (Self::Finding(one), Self::Finding(other)) => one == other,
            (Self::Incident(one), Self::Incident(other)) => one == other,
            _ => false,
        }
    }
}

/// Explains codes, findings and incidents.
///
/// # Errors
/// When the writer fails.
pub fn write_explanation(
    out: &mut dyn Write,
    topics: &[Topic],
    format: ExplainFormat,
    palette: Palette,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        ExplainFormat::Human => page::write(&mut out, topics, palette)?,
        ExplainFormat::Json => escape::write_json(&mut out, &Document::explaining(topics))?,
    }
    out.flush()
}

fn write_table(out: &mut impl Write, entries: &[&Entry], palette: Palette) -> io::Result<()> {
    let columns = [
        ("CODE", Align::Right),
        ("SEVERITY", Align::Right),
        ("GROUP", Align::Left),
        ("NAME", Align::Left),
        ("TITLE", Align::Left),
    ];
    let mut table = Table::new(columns);
    for entry in entries {
        let severity = entry.severity.map_or_else(|| "-".to_owned(), |severity| severity.to_string());
        let code = entry.code.to_string();
        // What Acra calls most important stands out; the others step back.
        let tone = if entry.important { Tone::Neutral } else { Tone::Quiet };
        let cells = [code.as_str(), &severity, entry.group, entry.slug, entry.title];
        table.push(cells.map(|cell| (tone, cell)));
    }
    table.write(out, palette)
}
