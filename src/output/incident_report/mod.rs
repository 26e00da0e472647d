//! Writes the incident report: one file or folder per format, all of them from the same data. What happened is decided in
//! `incident`.

mod axis;
mod csv;
mod document;
mod html;
mod json;
mod markdown;
mod parts;
mod phrase;
mod text;
mod view;
mod wording;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod leaves;

use std::io::{self, Write};

use strum::IntoStaticStr;

use crate::incident::report::IncidentReport;
pub(super) use json::Document;
pub use view::Extent;
use view::View;

/// The formats of `report --output-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum IncidentFormat {
    /// For people: plain text in 80 columns.
    #[default]
    Text,
    /// For tickets and wikis.
    Markdown,
    /// For auditors: one self-contained page.
    Html,
    /// One versioned document.
    Json,
    /// The incidents alone, for spreadsheets.
    Csv,
}

impl IncidentFormat {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 5] = [Self::Text, Self::Markdown, Self::Html, Self::Json, Self::Csv];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Writes a report in a format; what people read to an extent, what machines read whole.
///
/// # Errors
/// Those of the writer.
pub fn write_incident_report(
    out: &mut dyn Write,
    report: &IncidentReport,
    format: IncidentFormat,
    extent: Extent,
) -> io::Result<()> {
    match format {
        IncidentFormat::Text => text::write(out, report, extent),
        IncidentFormat::Markdown => markdown::write(out, &View::of(report, extent)),
        IncidentFormat::Html => html::write(out, &View::of(report, extent)),
        IncidentFormat::Json => json::write(out, report),
        IncidentFormat::Csv => csv::write(out, report),
    }
}
