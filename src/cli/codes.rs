//! `acralog codes` as typed. Which codes the words select is left to `plan`.

use clap::Args;
use clap::builder::ArgPredicate;

use super::shared::{JsonArgs, PrintArgs, choice};
use crate::output::CodesFormat;

const EXAMPLES: &str = "\
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
#[command(after_help = EXAMPLES)]
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
        value_parser = choice(FORMATS, CodesFormat::name),
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

const FORMATS: &[(CodesFormat, &str)] = &[
    (CodesFormat::Table, "Columns for people"),
    (CodesFormat::Json, "One JSON document"),
    (CodesFormat::Jsonl, "One JSON object per code and line"),
    (CodesFormat::Csv, "CSV with a header, harmless in spreadsheets"),
];
