//! `acralog report` as typed. What the flags mean together, and which rules they come to, is left to `plan`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, ValueHint};

use super::shared::{
    InputArgs, JsonArgs, KeyArgs, NoColorArgs, PolicyArgs, RULES, RuleArgs, TargetArgs, WorkArgs, choice,
};
use crate::incident::{Redaction, Severity};
use crate::output::IncidentFormat;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
pub struct ReportArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = SCOPE)]
    pub since: Option<String>,

    /// Before TIME; of a local time that comes twice the last is meant, as --since means the first
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = SCOPE)]
    pub until: Option<String>,

    /// The time zone of --since and --until: an IANA name; the report itself is in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", help_heading = SCOPE)]
    pub timezone: String,

    /// Clients, whichever way Acra spells the field; a `*` anywhere stands for anything: `*app`
    #[arg(long = "client", value_name = "ID", help_heading = SCOPE)]
    pub clients: Vec<String>,

    /// List every session with its client and its addresses
    #[arg(long, help_heading = SCOPE)]
    pub sessions: bool,

    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,

    /// Raise incidents by rules of Sigma as well, those of correlation included: a file, or a directory with all below it; may
    /// be repeated
    #[arg(long, value_name = "RULES", value_hint = ValueHint::AnyPath, help_heading = RULES)]
    pub sigma: Vec<PathBuf>,

    /// Print the default rules as a file for --rules, with what they mean, and nothing else
    #[arg(long, exclusive = true, help_heading = RULES)]
    pub print_rules: bool,

    /// End with exit 1 when an incident is at least this severe
    #[arg(long, value_parser = choice(SEVERITIES, Severity::name), value_name = "SEVERITY", help_heading = RULES)]
    pub fail_on: Option<Severity>,

    /// End with the exit code of `verify` when the log is not intact
    #[arg(long, visible_alias = "verified", help_heading = VERIFICATION)]
    pub verify: bool,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Replace by pseudonyms, in the whole report; several are separated by commas
    #[arg(
        long,
        value_parser = choice(REDACTIONS, Redaction::name),
        value_name = "WHAT",
        value_delimiter = ',',
        help_heading = CONTENT
    )]
    pub redact: Vec<Redaction>,

    /// What the report is called
    #[arg(long, value_name = "TEXT", help_heading = CONTENT)]
    pub title: Option<String>,

    /// The number of the case the report belongs to
    #[arg(long, value_name = "TEXT", help_heading = CONTENT)]
    pub case_id: Option<String>,

    /// State when the report was made: `now`, or a time of RFC 3339; without it, the same log gives the same bytes
    #[arg(long, value_name = "TIME", help_heading = CONTENT)]
    pub generated_at: Option<String>,

    /// The format of the report
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, IncidentFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, IncidentFormat::Json.name()),
        default_value = IncidentFormat::Text.name(),
        help_heading = OUTPUT
    )]
    pub output_format: IncidentFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// Tell everything in text, markdown and html too, however long it gets; json and csv always do
    #[arg(long, help_heading = OUTPUT)]
    pub full: bool,

    /// Where the output goes.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Say no warnings on standard error: the report and the exit code are the answer
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// Colours.
    #[command(flatten)]
    pub color: NoColorArgs,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

const FORMATS: &[(IncidentFormat, &str)] = &[
    (IncidentFormat::Text, "For people, in 80 columns: mails, terminals"),
    (IncidentFormat::Markdown, "For tickets and wikis"),
    (IncidentFormat::Html, "One page that needs nothing else, for auditors"),
    (IncidentFormat::Json, "One JSON document"),
    (IncidentFormat::Csv, "The incidents alone, for spreadsheets"),
];

pub(super) const SEVERITIES: &[(Severity, &str)] = &[
    (Severity::Low, "Any incident"),
    (Severity::Medium, "Severity 4 of 10 and worse"),
    (Severity::High, "Severity 7 of 10 and worse"),
    (Severity::Critical, "Severity 9 and 10 of 10"),
];

const REDACTIONS: &[(Redaction, &str)] = &[
    (Redaction::ClientId, "Names of clients, wherever they stand: client-1, client-2, ..."),
    (Redaction::Error, "The field `error` of the entries that are quoted: error-1, ..."),
    (Redaction::Sql, "What may be SQL or data in messages and errors that are quoted: sql-1, ..."),
];

const SCOPE: &str = "Scope";
const VERIFICATION: &str = "Verification";
const CONTENT: &str = "Content";
const OUTPUT: &str = "Output";

/// What `report` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Say what happened: incidents with their clients, sessions, times and places, and whether the log can be trusted.

Entries that belong together are one incident, raised by a rule with numbers that the report states. \
With a key the log is verified in the same pass, and the report says what is proven. Scope confines \
what is reported; verification always sees the whole log.";

/// What both forms of the help end with: the work people come for.
macro_rules! examples {
    () => {
        "\
EXAMPLES
  What happened, and can the log be trusted:
      acralog report --key-file audit.key /var/log/acra/
  For the auditor, as a page:
      acralog report --key-file audit.key --output-format html \\
          --case-id IR-2025-031 --generated-at now -o case.html /var/log/acra/
  For the vendor, without names and queries:
      acralog report --redact client_id,error,sql --output-format markdown \\
          acra.log
  In CI, only what is severe:
      acralog report --fail-on high --verify --key-env AUDIT_KEY acra.log
  With rules of your own:
      acralog report --print-rules > rules.toml
      acralog report --rules rules.toml --set silence.at-least=2h acra.log
  With rules of Sigma:
      acralog report --sigma rules/sigma/ acra.log"
    };
}

const AFTER_HELP: &str = concat!("Rules, exit codes and what is redacted: acralog report --help\n\n", examples!());

const AFTER_LONG_HELP: &str = concat!(
    "\
EXIT CODES
  0  done
  1  an incident is as severe as --fail-on says, or worse; with --verify:
     tampered
  2  an error; something could not be read, which the report then says; with
     --verify: undecided, as with a key that does not fit
  3  with --verify: incomplete
  64 wrong usage, or a file that --output may not replace: nothing was looked at
  Of several, 1 comes first, then 2, then 3. With a key, but without --verify,
  a log that is not intact is a warning.

REDACTION
  A name is replaced where it stands as a whole word, in small letters or
  capitals; letters and digits of ASCII make a word longer, `_` and `-` do not.
  Only names that entries state as their client are known, and only errors that
  are quoted; of an error, a part alone is not found.
  SQL is taken to begin with a quote or with a word of SQL, and what follows is
  hidden to the end; bare values in other messages stay. Addresses, sessions and
  times stay. Read the report before you send it. The log itself is not changed:
  file, line and hash still lead to the original.

",
    examples!()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_severity_and_redaction_can_be_chosen() {
        assert_eq!(FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), IncidentFormat::ALL);
        assert_eq!(SEVERITIES.iter().map(|choice| choice.0).collect::<Vec<_>>(), Severity::ALL);
        assert_eq!(REDACTIONS.iter().map(|choice| choice.0).collect::<Vec<_>>(), Redaction::ALL);
    }

    #[test]
    fn severities_are_told_with_the_scores_they_begin_with() {
        for (severity, help) in &SEVERITIES[1..] {
            let first = (0..=10).find(|score| Severity::of_score(*score) == *severity).unwrap();
            assert!(help.starts_with(&format!("Severity {first} ")), "{help}");
        }
    }
}
