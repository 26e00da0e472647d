//! The verbs that read no log, as typed: event codes, explanations, help, completions, manual pages and schemas. Which codes and
//! topics the words select is left to `plan`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::shared::{JsonArgs, PrintArgs, TargetArgs, choice};
use crate::output::{CodesFormat, ExplainFormat};

const HELP_EXAMPLES: &str = "\
EXAMPLES
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
EXAMPLES
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
EXAMPLES
  acralog man pages
  install -D -m 644 -t ~/.local/share/man/man1 pages/*.1
  install -D -m 644 -t ~/.local/share/man/man5 pages/*.5
  man acralog-verify
  man acralog-config";

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// The folder to write acralog.1, a page for every verb, and acralog-config.5 into; made when it does not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

const SCHEMA_EXAMPLES: &str = "\
EXAMPLES
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
    /// What `verify --explain FILE:LINE --output-format json` prints
    VerifyExplain,
    /// One row of what `grep --output-format jsonl` prints, and of the array of `json`
    GrepRow,
    /// What `stats --output-format json` prints
    Stats,
    /// What `report --output-format json` prints
    Report,
    /// What `keys list --output-format json` prints
    Keys,
    /// What `ledger show --output-format json` prints
    Ledger,
    /// One line of what `watch --output-format jsonl` prints
    WatchAlarm,
    /// One line of what `watch --replay --compare FILE --output-format jsonl` prints
    WatchComparison,
    /// What `attest check --output-format json` prints
    AttestCheck,
}

const CODES_EXAMPLES: &str = "\
EXAMPLES
  All event codes of Acra, or some of them:
      acralog codes
      acralog codes 560 587 9xx 510-514
  What has to do with poison records:
      acralog codes poison record
  What a rule set should cover:
      acralog codes --group censor,keys --important
  For a spreadsheet:
      acralog codes --output-format csv > acra-codes.csv";

/// Arguments of `codes`.
#[derive(Debug, Args)]
#[command(after_help = CODES_EXAMPLES)]
pub struct CodesArgs {
    /// Codes (560, 5xx, 510-514), identifiers, names, groups; other words are searched for, all of
    /// them, in what is said of the codes [default: all codes]
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,

    /// Only codes of these groups; several are separated by commas
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,

    /// Only those that Acra's documentation calls the most important for SIEM and SOC
    #[arg(long)]
    pub important: bool,

    /// How to print the codes
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(CODES_FORMATS, CodesFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, CodesFormat::Json.name()),
        default_value = CodesFormat::Table.name(),
        help_heading = OUTPUT
    )]
    pub output_format: CodesFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// How the list is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

const OUTPUT: &str = "Output";

const CODES_FORMATS: &[(CodesFormat, &str)] = &[
    (CodesFormat::Table, "Columns for people"),
    (CodesFormat::Json, "One JSON document"),
    (CodesFormat::Jsonl, "One JSON object per code and line"),
    (CodesFormat::Csv, "CSV with a header, harmless in spreadsheets"),
];

const EXPLAIN_EXAMPLES: &str = "\
EXAMPLES
  An event code, a finding of verify, a kind of incident of report:
      acralog explain 560
      acralog explain chain-altered
      acralog explain poison-record
  Several at once:
      acralog explain 581 586 poison-record-detected key-wrong
  For a program:
      acralog explain EventCodeErrorCantLoadMasterKey --output-format json";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    /// Event codes (numbers, identifiers, names as `acralog codes` lists them), findings of `verify`, kinds of incidents of
    /// `report`
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    /// How to print the explanation
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(EXPLAIN_FORMATS, ExplainFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, ExplainFormat::Json.name()),
        default_value = ExplainFormat::Human.name(),
        help_heading = OUTPUT
    )]
    pub output_format: ExplainFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// How the explanation is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

const EXPLAIN_FORMATS: &[(ExplainFormat, &str)] = &[
    (ExplainFormat::Human, "Text for people"),
    (ExplainFormat::Json, "One JSON document: codes as `codes` prints them, findings, incidents"),
];
