//! Writes the incident report: one file or folder per format for people, all of them from the same data, and here those for
//! machines, json and csv. What happened is decided in `incident`; how cells are written is left to `siem`.

mod document;
mod html;
mod markdown;
mod text;
mod view;
mod wording;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::escape;
use super::json::Tool;
use crate::incident::report::{Incident, IncidentReport, REPORT_VERSION};
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
    Json,
    /// The incidents alone, for spreadsheets.
    Csv,
}

impl IncidentFormat {
    pub const ALL: [Self; 5] = [Self::Text, Self::Markdown, Self::Html, Self::Json, Self::Csv];

    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Writes a report in a format; what people read to an extent, what machines read whole.
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
        IncidentFormat::Json => write_json_document(out, report),
        IncidentFormat::Csv => write_csv(out, report),
    }
}

/// An incident report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog report --output-format json")]
pub(in crate::output) struct ReportDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-report"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = REPORT_VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    #[serde(flatten)]
    report: &'a IncidentReport,
}

fn write_json_document(mut out: &mut dyn Write, report: &IncidentReport) -> io::Result<()> {
    let document = ReportDocument { schema: "acralog-report", version: REPORT_VERSION, tool: Tool::THIS, report };
    escape::write_json(&mut out, &document)
}

const CSV_COLUMNS: [&str; 29] = [
    "number",
    "kind",
    "title",
    "severity",
    "severity_score",
    "codes",
    "client_ids",
    "client_ids_omitted",
    "session_ids",
    "sessions_omitted",
    "addresses",
    "first",
    "last",
    "entries",
    "count",
    "counted",
    "rule",
    "rule_text",
    "rule_numbers",
    "verified",
    "reencoded",
    "unsigned",
    "failed",
    "file",
    "line",
    "through",
    "references",
    "references_omitted",
    "advice",
];

fn write_csv(out: &mut dyn Write, report: &IncidentReport) -> io::Result<()> {
    escape::write_csv_row(out, &CSV_COLUMNS)?;
    report.incidents.iter().try_for_each(|incident| escape::write_csv_row(out, &csv_cells(incident)))
}

fn csv_cells(incident: &Incident) -> [String; CSV_COLUMNS.len()] {
    let addresses = incident.sessions.iter().flat_map(|session| &session.addresses);
    let mut known: Vec<&str> = Vec::new();
    for address in addresses {
        if !known.contains(&&**address) {
            known.push(address);
        }
    }
    let [verified, reencoded, unsigned, failed] = match incident.seals {
        Some(seals) => [seals.verified, seals.reencoded, seals.unsigned, seals.failed].map(|count| count.to_string()),
        None => Default::default(),
    };
    let reference = incident.references.first();
    let line = |line: Option<u64>| line.map(|line| line.to_string()).unwrap_or_default();
    let codes: Vec<String> = incident.codes.iter().map(u16::to_string).collect();
    let numbers: Vec<String> = incident.rule.numbers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let session_ids: Vec<&str> = incident.sessions.iter().map(|session| &*session.session_id).collect();
    [
        incident.number.to_string(),
        incident.kind.name().to_owned(),
        incident.title.clone().into_owned(),
        incident.severity.name().to_owned(),
        incident.severity_score.to_string(),
        codes.join(" "),
        incident.client_ids.join("; "),
        incident.client_ids_omitted.to_string(),
        session_ids.join("; "),
        incident.sessions_omitted.to_string(),
        known.join("; "),
        incident.first.map(|time| time.to_string()).unwrap_or_default(),
        incident.last.map(|time| time.to_string()).unwrap_or_default(),
        incident.entries.to_string(),
        incident.count.to_string(),
        incident.counted.to_owned(),
        incident.rule.name.clone().into_owned(),
        incident.rule.text.clone(),
        numbers.join(" "),
        verified,
        reencoded,
        unsigned,
        failed,
        reference.map(|reference| reference.file.to_string()).unwrap_or_default(),
        line(reference.map(|reference| reference.line)),
        line(reference.map(|reference| reference.through)),
        incident.references.len().to_string(),
        incident.references_omitted.to_string(),
        incident.advice.clone(),
    ]
}
