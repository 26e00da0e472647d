//! Prints the JSON Schema of a report.

use std::io::{self, Write};

use crate::cli::schema::ReportKind;
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::schema;

/// Writes the schema of `report` to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(report: ReportKind, to: &mut dyn Write) -> Result<Exit, Failure> {
    let schema = match report {
        ReportKind::Verify => schema::verify(),
        ReportKind::VerifyLine => schema::verify_line(),
        ReportKind::GrepRow => schema::grep_row(),
        ReportKind::Stats => schema::stats(),
        ReportKind::Report => schema::report(),
        ReportKind::Keys => schema::keys(),
    };
    let written = serde_json::to_writer_pretty(&mut *to, &schema).map_err(io::Error::from);
    super::printed(written.and_then(|()| writeln!(to)).and_then(|()| to.flush()))
}
