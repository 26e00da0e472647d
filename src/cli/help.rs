//! `acralog help` as typed: the same as `--help` behind the words.

use clap::Args;

const EXAMPLES: &str = "\
EXAMPLES
  acralog help
  acralog help verify
  acralog help keys list";

/// Arguments of `help`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HelpArgs {
    /// The verb, and what it can do [default: acralog itself]
    #[arg(value_name = "VERB")]
    pub verb: Vec<String>,
}
