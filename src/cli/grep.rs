//! `acralog grep` as typed. Which word is the PATTERN, and what the filters mean together, is left to `plan`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{ArgPredicate, OsStringValueParser, TypedValueParser};

use super::shared::{
    ColorChoice, FilterArgs, FollowArgs, InputArgs, KeyArgs, PatternArgs, PolicyArgs, WorkArgs, choice,
};
use crate::output::RowFormat;

/// Arguments of `grep`.
#[derive(Debug, Args)]
#[command(
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    override_usage = "acralog grep [OPTIONS] PATTERN [PATH]...\n       \
                      acralog grep [OPTIONS] -e PATTERN [PATH]...\n       \
                      acralog grep [OPTIONS] --code CODES [PATH]...",
    // Of two flags that contradict each other the later one holds, as with grep.
    args_override_self = true,
    // An empty PATTERN matches everything, as with grep.
    mut_arg("paths", |paths| paths.value_parser(OsStringValueParser::new().map(PathBuf::from)))
)]
pub struct GrepArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// Whether it goes on.
    #[command(flatten)]
    pub follow: FollowArgs,

    /// The pattern.
    #[command(flatten)]
    pub pattern: PatternArgs,

    /// The filters.
    #[command(flatten)]
    pub filter: FilterArgs,

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
    #[arg(
        short = 'c',
        long,
        conflicts_with_all = ["rows", "follow"],
        overrides_with_all = ["files_with_matches", "files_without_match"],
        help_heading = OUTPUT
    )]
    pub count: bool,

    /// Print the names of the files in which something matches
    #[arg(
        short = 'l',
        long,
        conflicts_with_all = ["rows", "follow"],
        overrides_with_all = ["count", "files_without_match"],
        help_heading = OUTPUT
    )]
    pub files_with_matches: bool,

    /// Print the names of the files in which nothing matches
    #[arg(
        short = 'L',
        long,
        conflicts_with_all = ["rows", "follow"],
        overrides_with_all = ["count", "files_with_matches"],
        help_heading = OUTPUT
    )]
    pub files_without_match: bool,

    /// Print what PATTERN matched and nothing of the rest of the line
    #[arg(short = 'o', long, conflicts_with_all = ["rows", "invert_match"], help_heading = OUTPUT)]
    pub only_matching: bool,

    /// Print nothing: the exit code is the answer
    #[arg(short = 'q', long, conflicts_with = "rows", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Stop after NUM matches in each file; in all of them together with --merge and --follow
    #[arg(short = 'm', long, value_name = "NUM", help_heading = OUTPUT)]
    pub max_count: Option<u64>,

    /// Print NUM lines after each match
    #[arg(short = 'A', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub after_context: Option<usize>,

    /// Print NUM lines before each match
    #[arg(short = 'B', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub before_context: Option<usize>,

    /// Print NUM lines before and after each match, where -A and -B say nothing else; -NUM is short for it
    #[arg(short = 'C', long, value_name = "NUM", conflicts_with = "rows", help_heading = OUTPUT)]
    pub context: Option<usize>,

    /// Print the number of each line in front
    #[arg(short = 'n', long, help_heading = OUTPUT)]
    pub line_number: bool,

    /// Print the name of the file in front of each line, as is done anyway when there are several
    #[arg(short = 'H', long, overrides_with = "no_filename", help_heading = OUTPUT)]
    pub with_filename: bool,

    /// Never print the name of the file
    #[arg(long, overrides_with = "with_filename", help_heading = OUTPUT)]
    pub no_filename: bool,

    /// End each line of the output with a zero byte, for `xargs -0`; compressed logs need no flag
    #[arg(short = 'z', long, conflicts_with = "rows", help_heading = OUTPUT)]
    pub null_data: bool,

    /// Search directories recursively, as is done anyway
    #[arg(short = 'r', long, help_heading = OUTPUT)]
    pub recursive: bool,

    /// Put the matches of all files in the order of time
    #[arg(
        long,
        conflicts_with_all = [
            "count",
            "files_with_matches",
            "files_without_match",
            "verified",
            "follow",
            "after_context",
            "before_context",
            "context"
        ],
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

const EVENT: &str = "Event";
const VERIFICATION: &str = "Verification";
const OUTPUT: &str = "Output";

/// What `grep` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Print the entries of a log that match: all conditions given must hold.

PATTERN is a regular expression on the message. The first word that is no option is the PATTERN, \
the others are PATHs: acralog grep 'denied' acra.log. With a filter (--code, --group, --exclude-code, \
--level, --client, --session, --product, --where, --sigma, --since, --until) every word is a PATH, and a \
PATTERN is given with -e: acralog grep --code 560 -e 'DENY' acra.log. Which files exist never \
matters. Without a PATH, what is piped in is searched.

Lines are printed as they stand in the log, without what docker, CRI, journald or syslog wrapped \
around them; on a terminal, what would act on it is made visible. A search that could not read \
everything ends with exit 2, and so does one of a file of which no line is an entry.";

/// Writes `-NUM` as the flag that it is short for, which is not one that clap can know. What stands behind `--`, and the value
/// of a flag, stays as it is.
pub fn spell_out_context(command_line: &mut [OsString]) {
    if command_line.get(1).is_none_or(|verb| verb != "grep") {
        return;
    }
    let mut value_follows = false;
    for word in command_line.iter_mut().skip(2) {
        let Some(text) = word.to_str() else {
            value_follows = false;
            continue;
        };
        if text == "--" && !value_follows {
            return;
        }
        let number = text.strip_prefix('-').filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
        match number.filter(|_| !value_follows) {
            Some(number) => *word = format!("--context={number}").into(),
            None => value_follows = !value_follows && takes_next_word(text),
        }
    }
}

/// Whether the word behind this one is its value, which may begin with a dash.
fn takes_next_word(word: &str) -> bool {
    match word.strip_prefix('-') {
        Some(flags) if !flags.starts_with('-') => {
            flags.find(['e', 'f', 'm', 'A', 'B', 'C']).is_some_and(|at| at + 1 == flags.len())
        }
        _ => ["--regexp", "--since", "--until"].contains(&word),
    }
}

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
  As it happens:
      acralog grep --follow --code 560 /var/log/acra/
  What rules of Sigma are about:
      acralog grep --sigma rules/sigma/ /var/log/acra/
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
  2  an error; something could not be read, or no line of a file is an entry
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
    fn a_number_with_a_dash_is_context_unless_it_is_the_value_of_a_flag() {
        let cases = [
            ("grep -5 x a.log", "grep --context=5 x a.log"),
            ("grep -n -12 x", "grep -n --context=12 x"),
            ("grep -e -5 a.log", "grep -e -5 a.log"),
            ("grep -ie -5 -3 a.log", "grep -ie -5 --context=3 a.log"),
            ("grep -ex -5 a.log", "grep -ex --context=5 a.log"),
            ("grep --regexp -5 a.log", "grep --regexp -5 a.log"),
            ("grep --since -3600 a.log", "grep --since -3600 a.log"),
            ("grep x -- -5", "grep x -- -5"),
            ("grep -e -- -5 a.log", "grep -e -- --context=5 a.log"),
            ("grep - -x5 -5x", "grep - -x5 -5x"),
            ("codes -5", "codes -5"),
        ];
        for (typed, wanted) in cases {
            let words = |text: &str| ["acralog"].into_iter().chain(text.split(' ')).map(OsString::from).collect();
            let mut command_line: Vec<OsString> = words(typed);
            spell_out_context(&mut command_line);
            assert_eq!(command_line, words(wanted) as Vec<OsString>, "{typed}");
        }
    }

    #[test]
    fn every_row_format_can_be_chosen() {
        assert_eq!(ROW_FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), RowFormat::ALL);
    }
}
