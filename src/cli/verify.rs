//! `acralog verify` as typed. Whether the flags make sense together, and what they lead to, is left to `plan`.

use clap::builder::ArgPredicate;
use clap::{ArgGroup, Args};

use super::attest::AttestationArgs;
use super::shared::{
    ColorChoice, InputArgs, JsonArgs, KeyArgs, LEDGER, PolicyArgs, TargetArgs, WRITTEN, WorkArgs, choice,
};
use crate::ledger::unchanged::UnchangedBy;
use crate::output::ReportFormat;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
#[command(group(ArgGroup::new(WRITTEN).multiple(true)))]
pub struct VerifyArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Verify everything, unchanged or not; else only what follows what an earlier run verified, where that is unchanged
    #[arg(long, requires = "ledger", help_heading = LEDGER)]
    pub full: bool,

    /// By what a file counts as unchanged since an earlier run; several are separated by commas
    ///
    /// What is not `hash` is believed, not proven: the file is not read. It is recorded by a run
    /// with the same value, so the second one is the first that takes less time; a file of which
    /// it does not hold is hashed. The report says of which it was believed. For a log with
    /// `chattr +a` beside files that rotation leaves as they are:
    ///     --unchanged-by ctime,append-only
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        value_parser = choice(UNCHANGED_BY, UnchangedBy::name),
        default_value = UnchangedBy::Hash.name(),
        requires = "ledger",
        verbatim_doc_comment,
        help_heading = LEDGER
    )]
    pub unchanged_by: Vec<UnchangedBy>,

    /// Print one line in full instead of the report: what its seal is to cover, and what it was held against
    ///
    /// FILE:LINE is a place as the report names it; the whole log is verified all the same,
    /// and the exit code is that of its verdict. Of a line that fits nothing it lists what its
    /// original was searched among, see --undo. Of a seal that a chain demands only the first
    /// two bytes are ever shown. With -v nothing is left out. As text, or with --format json:
    ///     acralog verify --key-file audit.key --explain acra.log:33 acra.log
    #[arg(
        long,
        value_name = "FILE:LINE",
        value_parser = line_name,
        allow_hyphen_values = true,
        conflicts_with_all = ["quiet", "ledger", "attest"],
        verbatim_doc_comment,
        help_heading = OUTPUT
    )]
    pub explain: Option<LineName>,

    /// How to print the report
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(REPORT_FORMATS, ReportFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, ReportFormat::Json.name()),
        default_value = ReportFormat::Human.name(),
        help_heading = OUTPUT
    )]
    pub output_format: ReportFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// Where the output goes.
    #[command(flatten)]
    pub target: TargetArgs,

    /// The answer, for others.
    #[command(flatten)]
    pub attestation: AttestationArgs,

    /// Print nothing when the log is intact; otherwise the worst finding and the answer
    #[arg(short, long, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Say more: the order in which files are read, every chain and its key, notes
    #[arg(short, long, help_heading = OUTPUT)]
    pub verbose: bool,

    /// When to use colour in the human report
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = OUTPUT)]
    pub color: ColorChoice,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// A line as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineName {
    pub file: String,
    /// From 1.
    pub line: u64,
}

pub(super) fn line_name(text: &str) -> Result<LineName, String> {
    let parts = text.rsplit_once(':').filter(|(file, _)| !file.is_empty());
    let line = parts.and_then(|(file, line)| Some((file, line.parse().ok().filter(|line| *line > 0)?)));
    line.map(|(file, line)| LineName { file: file.to_owned(), line })
        .ok_or_else(|| "a line is written FILE:LINE, and lines are counted from 1".to_owned())
}

const REPORT_FORMATS: &[(ReportFormat, &str)] = &[
    (ReportFormat::Human, "Text for people"),
    (ReportFormat::Json, "One JSON document"),
    (ReportFormat::Jsonl, "One JSON object per line, as the answer comes about"),
    (ReportFormat::Junit, "JUnit XML, for CI servers"),
    (ReportFormat::Sarif, "SARIF 2.1.0, for code scanning"),
    (ReportFormat::Github, "Annotations of GitHub Actions, with a step summary"),
];

const UNCHANGED_BY: &[(UnchangedBy, &str)] = &[
    (UnchangedBy::Hash, "The SHA-256 of its text: everything is read, nothing is believed"),
    (
        UnchangedBy::Ctime,
        "Device, inode, size and ctime: believes the kernel and its clock, on ext, xfs, btrfs and f2fs",
    ),
    (
        UnchangedBy::AppendOnly,
        "The attribute of `chattr +a`, then and now: believes that root did not take it off, and reads on behind",
    ),
];

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
  With the key where Acra keeps it:
      acralog verify --keys-dir /var/lib/acra/.acrakeys /var/log/acra/
  From a container:
      docker logs acra 2>&1 | acralog verify --key-file audit.key -
  Why does this line not verify? All that its seal was held against:
      acralog verify --key-file audit.key --explain acra.log:33 acra.log
  Evidence for others, to be checked by acralog attest check:
      acralog verify --key-file audit.key --attest acra.intoto.json \\
          --attest-key signing.pem acra.log
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
  --keys-dir takes the key where Acra keeps it, and the old ones with it: the
  master key is taken from ACRA_MASTER_KEY, as acra-server has it, unless
  --master-key-env or --master-key-file name another place. A master key file
  holds the same base64, or the raw key as acra-keymaker writes it. Whether
  the keystore opens is said by acralog keys check.

EXIT CODES
  0  intact      every signed entry verified, nothing the policy forbids
  1  tampered    something only an alteration explains
  2  undecided   missing or unreadable input, no key or a wrong key, internal
                 error
  3  incomplete  nothing proves tampering, but the log does not show what the
                 policy demands
  64 -           wrong usage, or a file that --output may not replace: nothing
                 was looked at
  Over several inputs the worst one wins, in the order 1, 2, 3, 0.

",
    examples!()
);

const OUTPUT: &str = "Output";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::UndoEffort;
    use crate::cli::Cli;
    use crate::cli::shared::EFFORTS;
    use crate::verdict::code::Code;
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
    fn every_effort_can_be_chosen() {
        assert_eq!(EFFORTS.iter().map(|choice| choice.0).collect::<Vec<_>>(), UndoEffort::ALL);
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused_by_the_parser() {
        for flags in ["-q -v", "--force", "--threads 0", "--threads x", "--policy lax", "--output-format xml"] {
            let line = format!("acralog verify a.log {flags}");
            assert!(Cli::try_parse_from(line.split_whitespace()).unwrap_err().use_stderr(), "{flags}");
        }
    }
}
