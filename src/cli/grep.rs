//! `acralog grep` as typed. Which word is the PATTERN, and what the filters mean together, is left to `plan`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{ArgPredicate, OsStringValueParser, TypedValueParser};

use super::shared::{ColorChoice, InputArgs, KeyArgs, PolicyArgs, WorkArgs, choice};
use crate::output::RowFormat;

/// Arguments of `grep`.
#[derive(Debug, Args)]
#[command(
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    override_usage = "acralog grep [OPTIONS] [PATTERN] PATH...",
    // An empty PATTERN matches everything, as with grep.
    mut_arg("paths", |paths| paths.value_parser(OsStringValueParser::new().map(PathBuf::from)))
)]
pub struct GrepArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// A regular expression on the message, when it must not be taken for a PATH
    #[arg(short = 'e', long = "regexp", value_name = "PATTERN", help_heading = PATTERN)]
    pub pattern: Option<String>,

    /// Match PATTERN against the whole line as it stands in the log
    #[arg(long, help_heading = PATTERN)]
    pub raw: bool,

    /// Take PATTERN for plain text
    #[arg(short = 'F', long, help_heading = PATTERN)]
    pub fixed_strings: bool,

    /// Do not tell capital letters from small ones in PATTERN
    #[arg(short = 'i', long, help_heading = PATTERN)]
    pub ignore_case: bool,

    /// Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)
    #[arg(long = "code", value_name = "CODES", help_heading = EVENT)]
    pub codes: Vec<String>,

    /// Groups of event codes: censor, keys, ... (see `acralog codes`)
    #[arg(long = "group", value_name = "GROUP", help_heading = EVENT)]
    pub groups: Vec<String>,

    /// Event codes to leave out
    #[arg(long = "exclude-code", value_name = "CODES", help_heading = EVENT)]
    pub excluded_codes: Vec<String>,

    /// Levels: error, error+ (and worse), info- (and less), several separated by commas
    #[arg(long = "level", value_name = "LEVEL", help_heading = EVENT)]
    pub levels: Vec<String>,

    /// Clients, whichever way Acra spells the field; a `*` anywhere stands for anything: `*app`
    #[arg(long = "client", value_name = "ID", help_heading = EVENT)]
    pub clients: Vec<String>,

    /// Sessions, by number
    #[arg(long = "session", value_name = "ID", help_heading = EVENT)]
    pub sessions: Vec<String>,

    /// Services: acra-server, acra-translator
    #[arg(long = "product", value_name = "NAME", help_heading = EVENT)]
    pub products: Vec<String>,

    /// Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated
    #[arg(long = "where", value_name = "CONDITION", help_heading = EVENT)]
    pub conditions: Vec<String>,

    /// Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = EVENT)]
    pub since: Option<String>,

    /// Before TIME; of a local time that comes twice the last is meant, as --since means the first
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = EVENT)]
    pub until: Option<String>,

    /// The time zone of --since and --until, and of the times in a table: an IANA name
    #[arg(long, value_name = "ZONE", default_value = "UTC", help_heading = EVENT)]
    pub timezone: String,

    /// Print what does not match
    #[arg(short = 'v', long, help_heading = EVENT)]
    pub invert_match: bool,

    /// Print only entries that verify, and end with the exit code of `verify` when something does not
    #[arg(long = "verify", visible_alias = "verified", help_heading = VERIFICATION)]
    pub verified: bool,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Print how many lines of each file match
    #[arg(short = 'c', long, conflicts_with_all = ["files_with_matches", "quiet", "rows"], help_heading = OUTPUT)]
    pub count: bool,

    /// Print the names of the files in which something matches
    #[arg(short = 'l', long, conflicts_with_all = ["quiet", "rows"], help_heading = OUTPUT)]
    pub files_with_matches: bool,

    /// Print nothing: the exit code is the answer
    #[arg(short = 'q', long, conflicts_with = "rows", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Stop after NUM matches in each file
    #[arg(short = 'm', long, value_name = "NUM", help_heading = OUTPUT)]
    pub max_count: Option<u64>,

    /// Print NUM lines after each match
    #[arg(short = 'A', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub after_context: Option<usize>,

    /// Print NUM lines before each match
    #[arg(short = 'B', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub before_context: Option<usize>,

    /// Print NUM lines before and after each match
    #[arg(short = 'C', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub context: Option<usize>,

    /// Print the number of each line in front
    #[arg(short = 'n', long, help_heading = OUTPUT)]
    pub line_number: bool,

    /// Print the name of the file in front of each line, as is done anyway when there are several
    #[arg(short = 'H', long, help_heading = OUTPUT)]
    pub with_filename: bool,

    /// Never print the name of the file
    #[arg(long, conflicts_with = "with_filename", help_heading = OUTPUT)]
    pub no_filename: bool,

    /// Put the matches of all files in the order of time
    #[arg(
        long,
        conflicts_with_all = ["count", "files_with_matches", "verified", "after_context", "before_context", "context"],
        help_heading = OUTPUT
    )]
    pub merge: bool,

    /// Print events instead of lines (json and jsonl: see `acralog schema grep-row`)
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(ROW_FORMATS, RowFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, RowFormat::Json.name()),
        group = "rows",
        help_heading = OUTPUT
    )]
    pub output_format: Option<RowFormat>,

    /// The same as --output-format json
    #[arg(long, conflicts_with = "output_format", group = "rows", help_heading = OUTPUT)]
    pub json: bool,

    /// What to print of each event, separated by commas: time, code, client_id, message, any key, ...
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "rows", help_heading = OUTPUT)]
    pub fields: Vec<String>,

    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = OUTPUT)]
    pub color: ColorChoice,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

const ROW_FORMATS: &[(RowFormat, &str)] = &[
    (RowFormat::Json, "One array of objects"),
    (RowFormat::Jsonl, "One object per line"),
    (RowFormat::Csv, "CSV quoted as RFC 4180 has it; lines end in a line feed"),
    (RowFormat::Table, "Columns for people"),
];

const PATTERN: &str = "Pattern";
const EVENT: &str = "Event";
const VERIFICATION: &str = "Verification";
const OUTPUT: &str = "Output";

/// What `grep` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Print the entries of a log that match: all conditions given must hold.

PATTERN is a regular expression on the message. The first word that is no option is the PATTERN, \
unless a file or directory of that name exists; -e says it without doubt. Lines are printed as they \
stand in the log, without what docker, CRI, journald or syslog wrapped around them; on a terminal, \
what would act on it is made visible.";

/// What both forms of the help end with: the work people come for.
macro_rules! examples {
    () => {
        "\
EXAMPLES
  Blocked queries of the last two hours:
      acralog grep --code 560 --since 2h /var/log/acra/
  Poison records; their level is only warning:
      acralog grep --code 587 -H -n /var/log/acra/
  What one session did, as a table:
      acralog grep --session 4711 --client webapp --output-format table acra.log
  Errors of yesterday afternoon, only those that verify:
      acralog grep --level error+ --since 'yesterday 14:00' --until today \\
          --verify --key-file audit.key /var/log/acra/
  Everything that is slow, for jq:
      acralog grep --where 'duration>1.5' --output-format jsonl acra.log | jq ."
    };
}

const AFTER_HELP: &str = concat!("How PATTERN is told from PATH, and exit codes: acralog grep --help\n\n", examples!());

const AFTER_LONG_HELP: &str = concat!(
    "\
EXIT CODES
  0  something matches
  1  nothing does
  2  an error; something could not be read
  64 wrong usage: nothing was looked at
  With --verify, a log that is not intact ends with the exit code of verify:
  1 tampered, 2 undecided, 3 incomplete.

",
    examples!()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_format_can_be_chosen() {
        assert_eq!(ROW_FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), RowFormat::ALL);
    }
}
