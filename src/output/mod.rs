//! The folder that writes, but for the messages of `log_verifier`: one file per report format, and where the report goes.
//! What is true is decided in `verdict`; here it is only said, and hostile text is made harmless.

mod alarm_differences;
mod alarms;
mod attestation;
mod ci;
mod codes;
mod diagnostics;
mod escape;
mod human;
mod incident_report;
mod json;
mod keys;
mod layout;
mod ledger;
mod line_explanation;
mod lines;
mod rows;
mod sarif;
pub mod schema;
mod sink;
mod stats;
mod target;
mod wording;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use strum::IntoStaticStr;

pub use alarm_differences::AlarmDifferencePrinter;
pub use alarms::{AlarmFormat, AlarmPrinter};
pub use attestation::{AttestFormat, write_attestation_check, write_evidence};
pub use codes::{ACRA_VERSION, CodesFormat, ExplainFormat, ExplainTopic, write_codes, write_explanation};
pub use diagnostics::{Diagnostics, ProgressMeter, write_complaint};
pub(crate) use escape::visible;
pub use human::Verbosity;
pub use incident_report::{Extent, IncidentFormat, write_incident_report};
pub use keys::{KeysFormat, write_fingerprints, write_key_check, write_key_list};
pub use layout::Palette;
pub use ledger::{LedgerFormat, write_ledger};
pub use line_explanation::{ExplanationStyle, write_line_explanation};
pub use lines::{LinePrinter, LineStyle, OutputConsumer, write_visible};
pub use rows::{RowFormat, RowStyle, Rows};
pub use sink::{FirstError, ReportBuffer, SummaryTap, TeeSink};
pub use stats::{StatsFormat, write_stats};
pub use target::{Existing, Target, TargetErrorKind};
pub use wording::grouped;

use crate::verdict::report::Sink;

/// The report formats of `--output-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ReportFormat {
    /// For people.
    #[default]
    Human,
    /// One versioned document.
    Json,
    /// One record per line as it comes.
    Jsonl,
    /// Test results, for CI systems.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow annotations and step summary.
    Github,
}

impl ReportFormat {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 6] = [Self::Human, Self::Json, Self::Jsonl, Self::Junit, Self::Sarif, Self::Github];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How a report is to look. Each format takes from it what concerns it.
#[derive(Clone, Debug, Default)]
pub struct ReportStyle {
    pub format: ReportFormat,
    /// `-q` and `-v`, for people.
    pub verbosity: Verbosity,
    pub palette: Palette,
    /// Warnings about the run itself, for machines; people get them on standard error.
    pub warnings: Vec<String>,
    /// The file a GitHub step summary is appended to.
    pub step_summary: Option<PathBuf>,
}

/// The sink that writes a report of this style. The report is complete, and flushed, when `finish` returns `Ok`.
pub fn report_sink<'a>(out: impl Write + Send + 'a, style: ReportStyle) -> Box<dyn Sink + Send + 'a> {
    match style.format {
        ReportFormat::Human => Box::new(human::Human::new(out, style.verbosity, style.palette)),
        ReportFormat::Json => Box::new(json::sink(out, style.warnings)),
        ReportFormat::Jsonl => Box::new(json::Jsonl::new(out, style.warnings)),
        ReportFormat::Junit => Box::new(ci::junit_sink(out)),
        ReportFormat::Sarif => Box::new(sarif::sink(out)),
        ReportFormat::Github => Box::new(ci::github_sink(out, style.step_summary)),
    }
}
