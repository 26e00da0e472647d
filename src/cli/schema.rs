//! `acralog schema` as typed. The schemas themselves stand in `output`.

use clap::{Args, ValueEnum};

use super::shared::TargetArgs;

const EXAMPLES: &str = "\
EXAMPLES
  acralog schema > verify.schema.json
  acralog schema verify-line | jq .
  acralog schema grep-row > grep-row.schema.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// The report to describe
    #[arg(value_enum, default_value_t = ReportKind::Verify)]
    pub report: ReportKind,

    /// Where the schema goes.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// A machine-readable report of acralog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportKind {
    /// What `verify --output-format json` prints
    Verify,
    /// One line of what `verify --output-format jsonl` prints
    VerifyLine,
    /// One row of what `grep --output-format jsonl` prints, and of the array of `json`
    GrepRow,
    /// What `stats --output-format json` prints
    Stats,
    /// What `report --output-format json` prints
    Report,
    /// What `keys list --output-format json` prints
    Keys,
}
