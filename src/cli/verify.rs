//! `acralog verify` as typed. Whether the flags make sense together, and what they lead to, is left to `plan`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};

use crate::entry::Format;
use crate::output::ReportFormat;
use crate::verdict::code::Code;
use crate::verdict::policy::Policy;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
pub struct VerifyArgs {
    /// Logs: files, directories (searched recursively), patterns in quotes; `-` is standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Read further paths from LIST, one per line; `-` is standard input
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath, help_heading = INPUT)]
    pub files_from: Option<PathBuf>,

    /// Read all files as one log, in the order given, whatever their names
    #[arg(long, help_heading = INPUT)]
    pub as_one_stream: bool,

    /// Insist on a format instead of detecting it; signed lines in another one are an error
    #[arg(long, value_parser = choice(FORMATS, Format::name), value_name = "FORMAT", help_heading = INPUT)]
    pub input_format: Option<Format>,

    /// Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated
    #[arg(long = "key-file", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = KEY)]
    pub key_files: Vec<PathBuf>,

    /// Take an audit log key from the environment variable NAME: hex or base64; may be repeated
    #[arg(long = "key-env", value_name = "NAME", help_heading = KEY)]
    pub key_variables: Vec<String>,

    /// What to demand of the log
    #[arg(
        long,
        value_parser = choice(POLICIES, Policy::name),
        value_name = "NAME",
        default_value = Policy::Default.name(),
        help_heading = POLICY
    )]
    pub policy: Policy,

    /// Demand that the last chain has its end: a log of a service that was stopped
    #[arg(long, help_heading = POLICY)]
    pub require_end: bool,

    /// Count a missing file as a warning; without this the answer is `undecided`
    #[arg(long, help_heading = POLICY)]
    pub missing_ok: bool,

    /// Count these findings as notes; several are separated by commas
    #[arg(
        long = "allow",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = waivable_codes(),
        help_heading = POLICY
    )]
    pub allowed: Vec<Code>,

    /// How to print the report
    #[arg(
        long,
        value_parser = choice(REPORT_FORMATS, ReportFormat::name),
        value_name = "FORMAT",
        default_value = ReportFormat::Human.name(),
        help_heading = OUTPUT
    )]
    pub output_format: ReportFormat,

    /// Write the report to FILE, whole or not at all, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = OUTPUT)]
    pub output: Option<PathBuf>,

    /// Let --output replace a file that exists
    #[arg(long, requires = "output", help_heading = OUTPUT)]
    pub force: bool,

    /// Print nothing when the log is intact; otherwise the worst finding and the answer
    #[arg(short, long, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Say more: the order in which files are read, every chain and its key, notes
    #[arg(short, long, help_heading = OUTPUT)]
    pub verbose: bool,

    /// When to use colour in the human report
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = OUTPUT)]
    pub color: ColorChoice,

    /// Never draw a progress bar
    #[arg(long, help_heading = OUTPUT)]
    pub no_progress: bool,

    /// How many threads to use; the report does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = OUTPUT)]
    pub threads: Option<u16>,
}

const FORMATS: &[(Format, &str)] = &[
    (Format::Plaintext, "`--logging_format=plaintext`"),
    (Format::Json, "`--logging_format=json`"),
    (Format::Cef, "`--logging_format=cef`"),
];

const POLICIES: &[(Policy, &str)] = &[
    (Policy::Default, "Refuse what only an alteration explains, and what leaves nothing proven"),
    (Policy::Strict, "Refuse everything that is not proven: warnings count"),
    (Policy::Acra, "Tolerate what Acra's own verifier tolerates"),
];

const REPORT_FORMATS: &[(ReportFormat, &str)] = &[
    (ReportFormat::Human, "Text for people"),
    (ReportFormat::Json, "One JSON document"),
    (ReportFormat::Jsonl, "One JSON object per line, as the answer comes about"),
    (ReportFormat::Junit, "JUnit XML, for CI servers"),
    (ReportFormat::Sarif, "SARIF 2.1.0, for code scanning"),
    (ReportFormat::Github, "Annotations of GitHub Actions, with a step summary"),
];

/// A few values, each with a line of help.
type Choices<T> = &'static [(T, &'static str)];

/// Takes one of a few values by its name.
pub(super) fn choice<T>(choices: Choices<T>, name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let values = choices.iter().map(move |&(value, help)| PossibleValue::new(name(value)).help(help));
    PossibleValuesParser::new(values).try_map(move |typed| {
        let chosen = choices.iter().find(|choice| name(choice.0) == typed);
        chosen.map(|choice| choice.0).ok_or("not one of the possible values")
    })
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A shorter word for [`Code::LinesUnsignedBetweenChains`], the finding that is waived most.
const UNSIGNED_BETWEEN: &str = "unsigned-between";

/// Takes the names of the findings that may be waived.
fn waivable_codes() -> impl TypedValueParser<Value = Code> {
    let waivable = || Code::ALL.iter().copied().filter(|code| code.waivable());
    let names = waivable().map(|code| {
        let value = PossibleValue::new(code.name()).help(code.meaning());
        if code == Code::LinesUnsignedBetweenChains { value.alias(UNSIGNED_BETWEEN) } else { value }
    });
    PossibleValuesParser::new(names).try_map(move |name| {
        let name = if name == UNSIGNED_BETWEEN { Code::LinesUnsignedBetweenChains.name() } else { name.as_str() };
        waivable().find(|code| code.name() == name).ok_or("not a finding that can be allowed")
    })
}

/// What `verify` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Say whether a log is intact: check the seal of every signed entry, and account for every byte.

Rotated files (log.2.gz log.1 log) are put in order and read as one log, so that a chain may cross \
files. gzip and zstd are unpacked; the wrapping of docker, CRI, journald and syslog is taken off. \
The format of the entries is detected.";

/// What both forms of the help end with: the work people come for.
macro_rules! examples {
    () => {
        "\
EXAMPLES
  A live log and its rotated predecessors:
      acralog verify --key-file audit.key /var/log/acra/
  In CI, with the key in a secret variable:
      acralog verify --key-env AUDIT_KEY --output-format github acra-server.log
  After a key rotation, the old key and the new one:
      acralog verify --key-file old.key --key-file audit.key /var/log/acra/
  From a container:
      docker logs acra 2>&1 | acralog verify --key-file audit.key -
  A report for a machine, and a log that must be complete:
      acralog verify --key-file audit.key --require-end --output-format json \\
          -o report.json acra.log"
    };
}

const AFTER_HELP: &str = concat!("Keys, exit codes and the values of --allow: acralog verify --help\n\n", examples!());

const AFTER_LONG_HELP: &str = concat!(
    "\
KEYS
  The audit log key is a secret: who holds it can forge a log. It is never
  given on the command line, where every local user can read it, but by
  --key-file (a pipe will do: --key-file <(command)) or by --key-env. A key
  file should be readable by its owner only (chmod 600); others get a warning.
  Several keys are tried for each chain, and the report says which one fits,
  by a fingerprint.

EXIT CODES
  0  intact      every signed entry verified, nothing the policy forbids
  1  tampered    something only an alteration explains
  2  undecided   wrong usage, missing or unreadable input, no key or a wrong
                 key, internal error
  3  incomplete  nothing proves tampering, but the log does not show what the
                 policy demands
  Over several inputs the worst one wins, in the order 1, 2, 3, 0.

",
    examples!()
);

const INPUT: &str = "Input";
const KEY: &str = "Key";
const POLICY: &str = "Policy";
const OUTPUT: &str = "Output";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser as _;

    #[test]
    fn only_waivable_findings_can_be_allowed_and_all_of_them() {
        for &code in Code::ALL {
            let flags = ["acralog", "verify", "a.log", "--allow", code.name()];
            assert_eq!(Cli::try_parse_from(flags).is_ok(), code.waivable(), "{}", code.name());
        }
        assert!(Cli::try_parse_from(["acralog", "verify", "a.log", "--allow", "no-such-finding"]).is_err());
    }

    #[test]
    fn every_report_format_can_be_chosen() {
        assert_eq!(REPORT_FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), ReportFormat::ALL);
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused_by_the_parser() {
        for flags in ["-q -v", "--force", "--threads 0", "--threads x", "--policy lax", "--output-format xml"] {
            let line = format!("acralog verify a.log {flags}");
            assert_eq!(Cli::try_parse_from(line.split_whitespace()).unwrap_err().exit_code(), 2, "{flags}");
        }
    }
}
