//! The verbs about the program itself as typed: help, completions, manual pages and schemas.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::shared::TargetArgs;

const HELP_EXAMPLES: &str = "\
HELP_EXAMPLES
  acralog help
  acralog help verify
  acralog help keys list";

/// Arguments of `help`.
#[derive(Debug, Args)]
#[command(after_help = HELP_EXAMPLES)]
pub struct HelpArgs {
    /// The verb, and what it can do [default: acralog itself]
    #[arg(value_name = "VERB")]
    pub verb: Vec<String>,
}

const COMPLETIONS_EXAMPLES: &str = "\
COMPLETIONS_EXAMPLES
  acralog completions bash > ~/.local/share/bash-completion/completions/acralog
  acralog completions zsh > \"${fpath[1]}/_acralog\"
  acralog completions fish > ~/.config/fish/completions/acralog.fish";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell to complete for
    pub shell: Shell,

    /// Where the script goes.
    #[command(flatten)]
    pub target: TargetArgs,
}

const MAN_EXAMPLES: &str = "\
MAN_EXAMPLES
  acralog man ~/.local/share/man/man1
  man acralog-verify";

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// The folder to write acralog.1 and a page for every verb into; made when it does not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

const SCHEMA_EXAMPLES: &str = "\
SCHEMA_EXAMPLES
  acralog schema > verify.schema.json
  acralog schema verify-line | jq .
  acralog schema grep-row > grep-row.schema.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
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
