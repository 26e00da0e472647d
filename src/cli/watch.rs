//! `acralog watch` as typed. What the flags mean together, and what a configuration file adds to them, is left to `plan`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, Parser, ValueEnum, ValueHint};

use super::shared::{ColorChoice, FilterArgs, InputArgs, KeyArgs, PatternArgs, PolicyArgs, RuleArgs, choice, length};
use super::verify::{LineName, line_name};
use crate::entry::Span;
use crate::incident::Severity;
use crate::output::AlarmFormat;

/// Arguments of `watch`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP, args_override_self = true)]
pub struct WatchArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// Read the logs as they are, to their end, and raise the alarms that would have been raised while they were written
    #[arg(long, help_heading = REPLAY)]
    pub replay: bool,

    /// Where to begin: `end` reads only what is written from now on, and what an open chain goes on with is not proven
    #[arg(
        long,
        value_enum,
        default_value_t = StartAt::Beginning,
        value_name = "WHERE",
        conflicts_with_all = ["replay", "ledger"],
        help_heading = super::shared::INPUT
    )]
    pub from: StartAt,

    /// Say why the entry at FILE:LINE raised an alarm or none; with --replay
    #[arg(long, value_name = "FILE:LINE", value_parser = line_name, requires = "replay", help_heading = REPLAY)]
    pub why: Option<LineName>,

    /// Say which alarms other rules would raise: those of the configuration FILE; with --replay
    ///
    /// The logs are read once, by the rules of --config, or the built-in ones, and by those of
    /// FILE. Only what differs is printed: `-` raised by the first ones only, `+` by FILE only,
    /// `~` by both, but more or less often, earlier or later, or as more or less severe. Flags
    /// that are typed hold for both: --set, --sigma, filters. Keys, paths and policies are those
    /// of the first; reactions are not compared.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "replay",
        conflicts_with_all = ["why", "dry_run"],
        verbatim_doc_comment,
        help_heading = REPLAY
    )]
    pub compare: Option<PathBuf>,

    /// Raise an alarm for entries that match this.
    #[command(flatten)]
    pub pattern: PatternArgs,

    /// The filters.
    #[command(flatten)]
    pub filter: FilterArgs,

    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,

    /// Print only alarms that are at least this severe; each reaction has a condition of its own
    #[arg(
        long,
        value_parser = choice(super::report::SEVERITIES, Severity::name),
        value_name = "SEVERITY",
        help_heading = super::shared::RULES
    )]
    pub min_severity: Option<Severity>,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Remember in DIR which alarms there were and who was told of them
    ///
    /// With it, what is known to have been told is not told again after a restart, and nothing is
    /// lost: what could not be delivered is delivered later. One DIR is for one watch.
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        conflicts_with = "replay",
        verbatim_doc_comment,
        help_heading = REACTIONS
    )]
    pub state: Option<PathBuf>,

    /// Forget alarms that are over after DURATION: longer than logs stay where they are read
    #[arg(long, value_name = "DURATION", value_parser = length, default_value = "90d", help_heading = REACTIONS)]
    pub forget_after: Span,

    /// Do nothing about alarms, and say what would be done; with --replay, what would have been done
    #[arg(long, help_heading = REACTIONS)]
    pub dry_run: bool,

    /// Have the reaction NAME do what it does, once, with a made-up alarm that says so, and nothing else
    #[arg(long, value_name = "NAME", conflicts_with_all = ["replay", "dry_run"], help_heading = REACTIONS)]
    pub test_reaction: Option<String>,

    /// Answer Prometheus at ADDRESS: /metrics, and /healthz and /readyz for whoever starts it; 127.0.0.1:9187
    #[arg(long, value_name = "ADDRESS", conflicts_with = "replay", help_heading = SERVICE)]
    pub metrics_listen: Option<String>,

    /// The format of the alarms (jsonl: see `acralog schema watch-alarm`, and watch-comparison for --compare)
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, AlarmFormat::name),
        value_name = "FORMAT",
        default_value_if("jsonl", ArgPredicate::IsPresent, AlarmFormat::Jsonl.name()),
        default_value = AlarmFormat::Human.name(),
        help_heading = OUTPUT
    )]
    pub output_format: AlarmFormat,

    /// Print alarms for programs: --output-format jsonl
    #[arg(long, conflicts_with = "output_format", help_heading = OUTPUT)]
    pub jsonl: bool,

    /// Say nothing on standard error but errors
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = OUTPUT)]
    pub color: ColorChoice,
}

/// Where a log begins to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StartAt {
    /// Verify what is there first; with --ledger, only what follows on what an earlier run verified
    Beginning,
    /// Read only what is written from now on
    End,
}

/// Which entries raise an alarm by themselves, as a table `[[event]]` of a configuration file says it: its keys are flags.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub struct EventRuleArgs {
    /// What the rule is called.
    #[arg(long)]
    pub name: String,

    /// How severe it is, 0 to 10.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=10))]
    pub severity_score: Option<u8>,

    /// The pattern.
    #[command(flatten)]
    pub pattern: PatternArgs,

    /// The filters.
    #[command(flatten)]
    pub filter: FilterArgs,
}

const FORMATS: &[(AlarmFormat, &str)] = &[
    (AlarmFormat::Human, "For people: one line for each change of an alarm, and what to do first"),
    (AlarmFormat::Jsonl, "One JSON document for each change of an alarm"),
];

const REACTIONS: &str = "Reactions";
const SERVICE: &str = "Service";
const REPLAY: &str = "Replay";
const OUTPUT: &str = "Output";

/// What `watch` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Follow logs, prove them while they grow, and raise alarms.

What is there is verified first, then every line as it is written, over every rotation. An alarm is raised when \
only an alteration explains what stands in the log, when entries make an incident by the rules of `report`, for \
every entry that the filters select, when the log falls silent, and when its time jumps. It is told when it is \
raised, again when it has grown, and when it is over: never once for every line. An alarm says whether its \
entries verify; those that do and those that do not never share one.";

macro_rules! examples {
    () => {
        "\
EXAMPLES
  Watch what is written to a folder of logs:
      acralog watch --key-file audit.key /var/log/acra/
  The same for programs, one JSON document a line:
      acralog watch --jsonl --key-file audit.key /var/log/acra/
  An alarm for each poison record and each start of a service:
      acralog watch --code 100,587 --key-file audit.key /var/log/acra/
  What the journal or a container writes:
      journalctl -f -o json -u acra-server |
          acralog watch --key-file audit.key -
  What would have been told of yesterday's log:
      acralog watch --replay --key-file audit.key /var/log/acra/acra.log.1
  Try other rules on it, and ask about one entry:
      acralog watch --replay --set probing.at-least=2 acra.log.1
      acralog watch --replay --why acra.log.1:4711 acra.log.1
  What another configuration would raise of it, and would not:
      acralog watch --replay --config a.toml --compare b.toml acra.log.1"
    };
}

const AFTER_HELP: &str = concat!("Exit codes, and what an alarm is: acralog watch --help\n\n", examples!());

const AFTER_LONG_HELP: &str = concat!(
    "\
EXIT CODES
  0  ended by SIGINT or SIGTERM; or the log, read to its end, is intact
  1  the log, read to its end (--replay, a pipe), was altered
  2  an error; something could not be read
  3  the log, read to its end, is incomplete
  64 wrong usage: nothing was looked at

ALARMS
  kind      a kind of incident, as `acralog report` knows it: integrity-failure,
            poison-record, sql-firewall-burst, silence, ...; or event (what the
            filters select), integrity-warning, clock-jump
  state     raised, updated (doubled, or a minute later), closed (nothing more
            came for as long as the rule says)
  id        the same for the same entries on every machine and after a restart
  verified  yes, not yet (a seal that fits no chain so far), no (no seal, or no
            key was given: anybody could have written it)
  An integrity failure is told once it stood for a third of a second: entries
  of two instances may come out of order. It is not closed while it stands.
  A few blocked queries are an alarm of their own once it is too late for a
  burst. Without a key, nothing is proven and no alteration is found.

",
    examples!()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_can_be_chosen() {
        assert_eq!(FORMATS.iter().map(|choice| choice.0).collect::<Vec<_>>(), AlarmFormat::ALL);
    }
}
