//! The command line as typed: clap structs and help text, one file per verb. No I/O and no decisions: what the flags mean
//! together is left to `plan`.

pub mod about;
pub mod codes;
pub mod convert;
pub mod grep;
pub mod keys;
pub mod log_verifier;
pub mod report;
pub mod shared;
pub mod stats;
pub mod suggestion;
pub mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueHint};

pub use about::CompletionsArgs;
pub use about::HelpArgs;
pub use about::ManArgs;
pub use about::SchemaArgs;
pub use codes::CodesArgs;
pub use codes::ExplainArgs;
pub use convert::ConvertArgs;
pub use grep::GrepArgs;
pub use keys::KeysArgs;
pub use log_verifier::LogVerifierArgs;
pub use report::ReportArgs;
pub use stats::StatsArgs;
pub use verify::VerifyArgs;

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
    /// Look into Acra's keystore: which audit log keys are there, and can they be used.
    #[command(long_about = keys::LONG_ABOUT)]
    Keys(Box<KeysArgs>),
    /// Take the place of Acra's own verifier, with its flags and messages.
    #[command(name = log_verifier::NAME, long_about = log_verifier::LONG_ABOUT)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

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
            for word in ["watch", "hunt", "ledger"] {
                assert!(!help.contains(&format!("acralog {word}")), "{word} in {}", command.get_name());
            }
        }
    }
}
