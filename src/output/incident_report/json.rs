//! The json format: one versioned document per report, described by `report.schema.json`.

use std::io::{self, Write};

use serde::Serialize;

use crate::incident::report::{REPORT_VERSION, Report};
use crate::output::inert_json;
use crate::output::json::Tool;

/// The report with what a reader needs to know what it is.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    #[serde(flatten)]
    report: &'a Report,
}

pub(super) fn write(mut out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let document = Document { schema: "acralog-report", version: REPORT_VERSION, tool: Tool::THIS, report };
    inert_json::write_pretty(&mut out, &document)
}
