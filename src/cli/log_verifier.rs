//! `acra-log-verifier` as clap sees it: that it exists. Its flags, in Go's syntax, are left to the room `log_verifier`.

use std::ffi::OsString;
use std::path::Path;

use clap::Args;

/// The name of the verb, and of the link.
pub const NAME: &str = "acra-log-verifier";

/// Arguments of `acra-log-verifier`, unread.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, disable_help_flag = true)]
pub struct LogVerifierArgs {
    /// The flags of Acra's verifier; --help lists them
    #[arg(value_name = "FLAG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// What the verb is.
pub(super) const LONG_ABOUT: &str = "\
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

/// Takes the arguments of acra-log-verifier out of a command line that calls it, by its own name or as a verb. Clap reads the
/// others: it would keep copies of a password, and knows no flags of one dash.
pub fn called(command_line: &mut Vec<OsString>) -> Option<Vec<OsString>> {
    let program = command_line.first().and_then(|word| Path::new(word).file_name()?.to_str());
    let stem = program.map(|name| name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name));
    let words = match (stem, command_line.get(1)) {
        (Some(NAME), _) => 1,
        (_, Some(verb)) if verb == NAME => 2,
        _ => return None,
    };
    Some(command_line.split_off(words))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(called(&mut line(words)), arguments.map(line), "{words}");
        }
    }
}
