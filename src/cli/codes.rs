//! `acralog codes` and `acralog explain` as typed. Which codes and topics the words select is left to `plan`.

use clap::Args;
use clap::builder::ArgPredicate;

use super::shared::{JsonArgs, PrintArgs, choice};
use crate::output::{CodesFormat, ExplainFormat};

const CODES_EXAMPLES: &str = "\
CODES_EXAMPLES
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
EXPLAIN_EXAMPLES
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
