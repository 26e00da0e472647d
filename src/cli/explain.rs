//! `acralog explain` as typed. Whether there are such names is left to `plan`.

use clap::Args;
use clap::builder::ArgPredicate;

use super::shared::{JsonArgs, PrintArgs, choice};
use crate::output::ExplainFormat;

const EXAMPLES: &str = "\
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
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Event codes (numbers, identifiers, names as `acralog codes` lists them), findings of `verify`, kinds of incidents of
    /// `report`
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    /// How to print the explanation
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, ExplainFormat::name),
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

const OUTPUT: &str = "Output";

const FORMATS: &[(ExplainFormat, &str)] = &[
    (ExplainFormat::Human, "Text for people"),
    (ExplainFormat::Json, "One JSON document: codes as `codes` prints them, findings, incidents"),
];
