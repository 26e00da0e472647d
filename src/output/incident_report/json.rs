//! The json format: one versioned document per report, described by `acralog schema report`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::incident::report::{IncidentReport, REPORT_VERSION};
use crate::output::json::Tool;
use crate::output::safe_json;

/// An incident report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog report --output-format json")]
pub(in crate::output) struct Document<'a> {
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

pub(super) fn write(mut out: &mut dyn Write, report: &IncidentReport) -> io::Result<()> {
    let document = Document { schema: "acralog-report", version: REPORT_VERSION, tool: Tool::THIS, report };
    safe_json::write_pretty(&mut out, &document)
}
