//! Prints the JSON Schema of a report.

use std::io::Write;

use crate::cli::schema::ReportKind;
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::schema;

/// Writes the schema of `report` to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(report: ReportKind, to: &mut dyn Write) -> Result<Exit, Failure> {
    let text = match report {
        ReportKind::Verify => schema::VERIFY,
        ReportKind::VerifyLine => schema::VERIFY_LINE,
        ReportKind::GrepRow => schema::GREP_ROW,
        ReportKind::Stats => schema::STATS,
        ReportKind::Report => schema::REPORT,
        ReportKind::Keys => schema::KEYS,
    };
    super::printed(to.write_all(text.as_bytes()).and_then(|()| to.flush()))
}
