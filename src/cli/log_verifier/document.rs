//! The table of flags as text: the usage, a configuration file, a page of Markdown. Writing it is left to `command`.

use std::fmt::Write as _;

use super::flag::{Effect, Flag, Group};
use super::flags;

/// What stands above the flags in the usage.
const ABOUT: &str = "\
acra-log-verifier of acralog: takes the flags of Acra's verifier and says what it
says. Exit 0: the logs are sound; exit 1: they are not, or there is no answer.
`acralog verify` tells more, and demands more.
";

/// The version of Acra whose flags these are: its own tools read a configuration file of another one not at all.
const ACRA_VERSION: &str = "0.96.0";

/// What `--help` prints.
pub fn usage() -> String {
    let mut out = format!("Usage of acra-log-verifier:\n{ABOUT}");
    for group in Group::ALL {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "\n{}:\n", group.title());
        for flag in flags::all().filter(|flag| flag.group == group) {
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let value = if flag.value.is_empty() { String::new() } else { format!("=<{}>", flag.value) };
            let _ = write!(out, "  {dashes}{}{value}\n        {}", flag.name, flag.help);
            let _ = match flag.default {
                "" | "false" => writeln!(out),
                default => writeln!(out, " (default {default})"),
            };
            if flag.effect == Effect::Accepted {
                out.push_str("        Accepted, without effect\n");
            }
        }
    }
    out
}

/// The flags as a configuration file, each with its default, as Acra dumps them.
pub fn config() -> String {
    let mut out = format!("version: {ACRA_VERSION}\n");
    for flag in by_name() {
        let _ = write!(out, "# {}\n{}: {}\n\n", described(flag), flag.name, flag.default);
    }
    out
}

/// The flags as a page of Markdown, a table for each group.
pub fn markdown() -> String {
    let mut out = "# acra-log-verifier\n".to_owned();
    for group in Group::ALL {
        let _ = write!(out, "\n## {}\n\n| flag | default | what it does |\n|---|---|---|\n", group.title());
        for flag in flags::all().filter(|flag| flag.group == group) {
            let default = if flag.default.is_empty() { String::new() } else { format!("`{}`", flag.default) };
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let _ = writeln!(out, "| `{dashes}{}` | {default} | {} |", flag.name, described(flag));
        }
    }
    out
}

fn by_name() -> Vec<&'static Flag> {
    let mut flags: Vec<_> = flags::all().collect();
    flags.sort_by_key(|flag| flag.name);
    flags
}

fn described(flag: &Flag) -> String {
    match flag.effect {
        Effect::ActedOn => flag.help.to_owned(),
        Effect::Accepted => format!("{} (accepted, without effect)", flag.help),
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    #[test]
    fn the_usage_and_the_page_name_every_flag_once() {
        let (usage, page) = (usage(), markdown());
        for flag in flags::all() {
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let name = format!("{dashes}{}", flag.name);
            let heads = usage.lines().filter(|line| line.trim_start().split('=').next() == Some(name.as_str()));
            assert_eq!(heads.count(), 1, "{name}");
            let rows = page.lines().filter(|line| line.split('`').nth(1) == Some(name.as_str()));
            assert_eq!(rows.count(), 1, "{name}");
        }
        assert!(usage.lines().all(|line| line.chars().count() <= 130), "{usage}");
    }

    #[test]
    fn a_configuration_file_holds_every_flag_with_its_default() {
        let text = config();
        let read = yaml::read(&text).unwrap();
        assert!(read.unknown.is_empty() && text.starts_with("version: 0."));
        for flag in flags::all() {
            assert_eq!(text.matches(&format!("\n{}: ", flag.name)).count(), 1, "{}", flag.name);
            assert_eq!(read.typed.value(flag), flag.default);
        }
    }
}
