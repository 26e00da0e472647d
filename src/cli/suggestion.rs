//! What clap offers in place of a flag that does not exist: only what is spelled much like it, since a wrong offer misleads
//! (`--format` is no misspelling of `--force`).

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use super::Cli;

/// How many flags are offered.
const OFFERED_MAX: usize = 3;
/// One letter in so many may be another one.
const LETTERS_PER_SLIP: usize = 3;
/// A shorter beginning fits too much.
const BEGINNING_MIN: usize = 3;

/// Takes care that the message offers nothing that misleads.
pub fn mend(message: &mut clap::Error, command_line: &[OsString]) {
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
    use super::*;
    use clap::Parser as _;

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
            mend(&mut message, &words);
            let text = message.render().to_string();
            match offered {
                Some(flags) => assert!(text.contains(flags), "{typed}: {text}"),
                None => assert!(!text.contains("similar argument"), "{typed}: {text}"),
            }
        }
    }
}
