//! The json format: one versioned document per report, described by `acralog schema report`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::incident::report::{REPORT_VERSION, Report};
use crate::output::escape;
use crate::output::json::Tool;

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
    report: &'a Report,
}

pub(super) fn write(mut out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let document = ReportDocument { schema: "acralog-report", version: REPORT_VERSION, tool: Tool::THIS, report };
    escape::write_json(&mut out, &document)
}
