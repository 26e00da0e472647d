//! `acralog stats` as typed. What the filters mean together is left to `plan`.

use clap::Args;
use clap::builder::ArgPredicate;

use super::shared::{FilterArgs, PatternArgs};
use super::shared::{InputArgs, JsonArgs, KeyArgs, PolicyArgs, PrintArgs, WorkArgs, choice};
use crate::output::StatsFormat;

/// Arguments of `stats`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_override_self = true)]
pub struct StatsArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// What to count by: code, group, level, client, session, hour, message, product, version, any key; several are separated
    /// by commas and make one row for each combination
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "code", help_heading = COUNTS)]
    pub by: Vec<String>,

    /// List the N highest counts and sum up the others
    #[arg(long, value_name = "N", help_heading = COUNTS)]
    pub top: Option<usize>,

    /// The pattern.
    #[command(flatten)]
    pub pattern: PatternArgs,

    /// The filters.
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Count only entries that verify, and end with the exit code of `verify` when something does not
    #[arg(long = "verify", visible_alias = "verified", help_heading = VERIFICATION)]
    pub verified: bool,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// The format of the counts (json: see `acralog schema stats`)
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, StatsFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, StatsFormat::Json.name()),
        default_value = StatsFormat::Table.name(),
        help_heading = OUTPUT
    )]
    pub output_format: StatsFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// How the counts are printed.
    #[command(flatten)]
    pub print: PrintArgs,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

const FORMATS: &[(StatsFormat, &str)] = &[
    (StatsFormat::Table, "Columns for people"),
    (StatsFormat::Json, "One JSON document"),
    (StatsFormat::Csv, "CSV quoted as RFC 4180 has it; lines end in a line feed"),
];

const COUNTS: &str = "Counts";
const VERIFICATION: &str = "Verification";
const OUTPUT: &str = "Output";

/// What `stats` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Count the entries of a log by what they say, those that match as with `acralog grep`; every word is a PATH here, and a \
PATTERN is given with -e.

ENTRIES are lines of the log. QUERIES are blocked queries, of which each is three or four entries of code 560. \
50 000 rows are told apart, and values by their first 256 bytes; when there are more, the output says that it is \
partial.";

const EXAMPLES: &str = "\
EXAMPLES
  What stands in a log:
      acralog stats /var/log/acra/
  Whose queries were blocked, the ten worst:
      acralog stats --by client --code 560 --top 10 /var/log/acra/
  Errors by hour and code, for a spreadsheet:
      acralog stats --by hour,code --level error+ --output-format csv LOG
  How often each reason is given, for jq:
      acralog stats --by error --output-format json LOG | jq .rows";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_can_be_chosen() {
        assert_eq!(FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), StatsFormat::ALL);
    }
}
