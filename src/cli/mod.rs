//! The command line as typed: clap structs and help text, a file for each verb that reads logs. No I/O and no
//! decisions: what the flags mean together is left to `plan`.

pub mod about;
pub mod attest;
pub mod bundle;
pub mod convert;
pub mod grep;
pub mod keys;
pub mod keystore;
pub mod ledger;
pub mod report;
pub mod shared;
pub mod stats;
pub mod verify;
pub mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, CommandFactory as _, Parser, Subcommand, ValueHint};

pub use about::{CodesArgs, CompletionsArgs, ExplainArgs, HelpArgs, ManArgs, SchemaArgs};
pub use attest::AttestArgs;
pub use bundle::BundleArgs;
pub use convert::ConvertArgs;
pub use grep::GrepArgs;
pub use keys::KeysArgs;
pub use ledger::LedgerVerbArgs;
pub use report::ReportArgs;
pub use stats::StatsArgs;
pub use verify::{LineName, VerifyArgs};
pub use watch::{EventRuleArgs, StartAt, WatchArgs};

/// What `acralog --help` ends with.
const EXAMPLES: &str = "\
EXAMPLES
  Verify a live log together with its rotated predecessors:
      acralog verify --key-file audit.key /var/log/acra/
  Everything about verification, exit codes included:
      acralog verify --help
  Blocked queries of the last two hours, and what that code means:
      acralog grep --code 560 --since 2h /var/log/acra/
      acralog explain 560
  Whose queries were blocked:
      acralog stats --by client --code 560 /var/log/acra/
  For a SIEM:
      acralog convert --to cef --envelope syslog-rfc5424 /var/log/acra/
  What happened, for the auditor:
      acralog report --key-file audit.key --output-format html -o audit.html LOG
  With the key where Acra keeps it, and its master key in ACRA_MASTER_KEY:
      acralog verify --keys-dir /var/lib/acra/.acrakeys /var/log/acra/
  How to have your shell complete all this:
      acralog completions --help";

/// Verifies, searches, converts and reports on Acra audit logs: one exit code, a proven range, every byte accounted for.
#[derive(Debug, Parser)]
#[command(name = "acralog", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Take flags from FILE, in TOML; what is typed comes first
    /// [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]
    ///
    /// Keys are the long names of flags: `policy = "strict"`. They hold for every verb that has the flag, or in a table for
    /// one: `[verify]`, `[report]`. `paths` says where logs are when no PATH is typed, `[rules]` holds the rules of `report`.
    /// Paths are relative to the folder of FILE. When ACRALOG_CONFIG is empty, no file is read.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        hide_short_help = true,
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs of acralog.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Say whether a log is intact.
    #[command(long_about = verify::LONG_ABOUT)]
    Verify(Box<VerifyArgs>),
    /// Print the entries of a log that match.
    #[command(long_about = grep::LONG_ABOUT)]
    Grep(Box<GrepArgs>),
    /// Count the entries of a log by code, client, hour or any field.
    #[command(long_about = stats::LONG_ABOUT)]
    Stats(Box<StatsArgs>),
    /// Write the events of a log in another format.
    #[command(long_about = convert::LONG_ABOUT)]
    Convert(Box<ConvertArgs>),
    /// Report what happened, and whether the log can be trusted.
    #[command(long_about = report::LONG_ABOUT)]
    Report(Box<ReportArgs>),
    /// Follow logs, prove them while they grow, and raise alarms.
    #[command(long_about = watch::LONG_ABOUT)]
    Watch(Box<WatchArgs>),
    /// Check the evidence that `verify --attest` leaves.
    #[command(long_about = attest::LONG_ABOUT)]
    Attest(AttestArgs),
    /// Verify logs, and pack what was found into one file.
    #[command(long_about = bundle::LONG_ABOUT)]
    Bundle(Box<BundleArgs>),
    /// Look into Acra's keystore: which audit log keys are there, and can they be used.
    #[command(long_about = keys::LONG_ABOUT)]
    Keys(Box<KeysArgs>),
    /// Look into a ledger: which chains are remembered, and is it the one it was.
    #[command(long_about = ledger::LONG_ABOUT)]
    Ledger(Box<LedgerVerbArgs>),
    /// Take the place of Acra's own verifier, with its flags and messages.
    #[command(name = LOG_VERIFIER_NAME, long_about = LOG_VERIFIER_ABOUT)]
    LogVerifier(LogVerifierArgs),
    /// List the event codes of Acra, and what they mean.
    Codes(CodesArgs),
    /// Explain event codes: what happened, why, and what to do first.
    Explain(ExplainArgs),
    /// Print the help of a verb, as --help behind it does.
    Help(HelpArgs),
    /// Print the completion script of a shell.
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder.
    Man(ManArgs),
    /// Print the JSON Schema of a report.
    Schema(SchemaArgs),
}

/// The name of the verb, and of the link.
const LOG_VERIFIER_NAME: &str = "acra-log-verifier";

/// Arguments of `acra-log-verifier`, unread.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, disable_help_flag = true)]
pub struct LogVerifierArgs {
    /// The flags of Acra's verifier; --help lists them
    #[arg(value_name = "FLAG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// What the verb is.
const LOG_VERIFIER_ABOUT: &str = "\
Take the place of Acra's own verifier: the same flags, the same messages on standard error, exit 0 or 1.

A link named acra-log-verifier that points to acralog does the same. The demands are those of `--policy acra`; when \
`acralog verify` would not pass a log, a warning says so.";

const AFTER_HELP: &str = "\
EXAMPLES
  Every flag, and which ones have no effect:
      acralog acra-log-verifier --help
  For cron jobs that call acra-log-verifier:
      ln -s \"$(command -v acralog)\" /usr/local/bin/acra-log-verifier
  Rotated logs as one, the key from the keystore of ACRA_MASTER_KEY:
      acra-log-verifier --keys_dir=.acrakeys --audit_log_file_list=logs.txt";

/// How many flags are offered.
const OFFERED_MAX: usize = 3;

/// One letter in so many may be another one.
const LETTERS_PER_SLIP: usize = 3;

/// A shorter beginning fits too much.
const BEGINNING_MIN: usize = 3;

/// Takes the arguments of acra-log-verifier out of a command line that calls it, by its own name or as a verb. Clap reads the
/// others: it would keep copies of a password, and knows no flags of one dash.
pub fn log_verifier_arguments(command_line: &mut Vec<OsString>) -> Option<Vec<OsString>> {
    let program = command_line.first().and_then(|word| Path::new(word).file_name()?.to_str());
    let stem = program.map(|name| name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name));
    let words = match (stem, command_line.get(1)) {
        (Some(LOG_VERIFIER_NAME), _) => 1,
        (_, Some(verb)) if verb == LOG_VERIFIER_NAME => 2,
        _ => return None,
    };
    Some(command_line.split_off(words))
}

/// Takes care that a message about an unknown flag offers nothing that misleads.
pub fn mend_suggestion(message: &mut clap::Error, command_line: &[OsString]) {
    let Some(ContextValue::String(typed)) = message.get(ContextKind::InvalidArg) else { return };
    if message.kind() != ErrorKind::UnknownArgument {
        return;
    }
    let offered = nearest(typed, &command_of(command_line));
    if offered.is_empty() {
        message.remove(ContextKind::SuggestedArg);
    } else {
        message.insert(ContextKind::SuggestedArg, ContextValue::Strings(offered));
    }
}

/// The verb, with what belongs to it, that was typed.
fn command_of(command_line: &[OsString]) -> Command {
    let mut command = Cli::command();
    command.build();
    for word in command_line.iter().skip(1) {
        let Some(inner) = word.to_str().and_then(|word| command.find_subcommand(word)).cloned() else { continue };
        command = inner;
    }
    command
}

fn nearest(typed: &str, command: &Command) -> Vec<String> {
    let name = typed.trim_start_matches('-').split('=').next().unwrap_or_default();
    let known = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter_map(clap::Arg::get_long_and_visible_aliases)
        .flatten();
    let slips_max = name.chars().count() / LETTERS_PER_SLIP;
    let mut rated: Vec<(usize, String)> = known
        .map(|flag| {
            let begins = name.len() >= BEGINNING_MIN && flag.starts_with(name);
            (if begins { 1 } else { strsim::damerau_levenshtein(name, flag) }, flag)
        })
        .filter(|(slips, _)| *slips <= slips_max)
        .map(|(slips, flag)| (slips, format!("--{flag}")))
        .collect();
    rated.sort();
    rated.dedup();
    rated.into_iter().take(OFFERED_MAX).map(|(_, flag)| flag).collect()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    fn every_command() -> Vec<clap::Command> {
        let mut root = Cli::command();
        root.build();
        let verbs: Vec<_> = root.get_subcommands().cloned().collect();
        let nested: Vec<_> = verbs.iter().flat_map(clap::Command::get_subcommands).cloned().collect();
        [vec![root], verbs, nested].concat()
    }

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_and_every_argument_has_help() {
        for command in every_command() {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().or(argument.get_long_help());
                assert!(help.is_some(), "{} {} has no help", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn the_help_of_every_verb_ends_with_examples() {
        for mut command in every_command() {
            for help in [command.render_help(), command.render_long_help()] {
                let help = help.to_string();
                let examples = help.rsplit("\n\n").next().unwrap();
                assert!(examples.starts_with("EXAMPLES\n"), "{} ends with {examples:?}", command.get_name());
            }
        }
    }

    #[test]
    fn what_the_help_ends_with_fits_a_narrow_terminal() {
        for command in every_command() {
            let ends = [command.get_after_help(), command.get_after_long_help()];
            for end in ends.into_iter().flatten().map(ToString::to_string) {
                let wide = end.lines().find(|line| line.chars().count() > 80);
                assert_eq!(wide, None, "{} --help: clap would break this line anywhere", command.get_name());
            }
        }
    }

    #[test]
    fn every_flag_of_verify_stands_under_a_heading() {
        let command = every_command().into_iter().find(|command| command.get_name() == "verify").unwrap();
        for argument in command.get_opts().filter(|argument| argument.get_id() != "help") {
            assert!(argument.get_help_heading().is_some(), "{} stands alone", argument.get_id());
        }
    }

    #[test]
    fn no_help_promises_a_verb_that_does_not_exist() {
        for mut command in every_command() {
            let help = command.render_long_help().to_string();
            for word in ["hunt", "fleet"] {
                assert!(!help.contains(&format!("acralog {word}")), "{word} in {}", command.get_name());
            }
        }
    }

    #[test]
    fn what_is_offered_is_what_was_meant_or_nothing() {
        let cases = [
            ("verify --output-fromat json", Some("'--output-format'")),
            ("verify --keyfile a", Some("'--key-file'")),
            ("verify --key a", Some("'--key-env', '--key-file', '--keys-dir'")),
            ("keys list --formt json", Some("'--format'")),
            ("report --force-all", None),
            ("verify --formalin", None),
            ("verify --recursive", None),
        ];
        for (typed, offered) in cases {
            let words: Vec<OsString> = format!("acralog {typed}").split(' ').map(OsString::from).collect();
            let mut message = Cli::try_parse_from(&words).unwrap_err();
            mend_suggestion(&mut message, &words);
            let text = message.render().to_string();
            match offered {
                Some(flags) => assert!(text.contains(flags), "{typed}: {text}"),
                None => assert!(!text.contains("similar argument"), "{typed}: {text}"),
            }
        }
    }

    #[test]
    fn the_verifier_is_known_by_its_own_name_and_as_a_verb() {
        let line = |words: &str| words.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (words, arguments) in [
            ("acra-log-verifier -d", Some("-d")),
            ("/usr/bin/acra-log-verifier -d", Some("-d")),
            ("./acralog acra-log-verifier --help x", Some("--help x")),
            ("acralog verify acra-log-verifier", None),
            ("acra-log-verifier-2 -d", None),
            ("acralog", None),
        ] {
            assert_eq!(log_verifier_arguments(&mut line(words)), arguments.map(line), "{words}");
        }
    }
}
