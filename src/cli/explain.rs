//! `acralog explain` as typed. Whether there are such codes is left to `plan`.

use clap::Args;

use super::shared::choice;
use crate::output::ExplainFormat;

const EXAMPLES: &str = "\
EXAMPLES
  acralog explain 560
  acralog explain 581 586 poison-record-detected
  acralog explain EventCodeErrorCantLoadMasterKey --output-format json";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Event codes: numbers, identifiers, or names as `acralog codes` lists them
    #[arg(value_name = "CODE", required = true)]
    pub codes: Vec<String>,

    /// How to print the explanation
    #[arg(
        long,
        value_parser = choice(FORMATS, ExplainFormat::name),
        value_name = "FORMAT",
        default_value = ExplainFormat::Human.name()
    )]
    pub output_format: ExplainFormat,
}

const FORMATS: &[(ExplainFormat, &str)] =
    &[(ExplainFormat::Human, "Text for people"), (ExplainFormat::Json, "One JSON document, as `codes` prints it")];
