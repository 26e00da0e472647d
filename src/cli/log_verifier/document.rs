//! The table of flags as text: the usage, a configuration file, a page of Markdown. Writing it is left to `command`.

use std::fmt::Write as _;

use super::flags::{self, Effect, Flag, Group, Kind};
use super::typed::Typed;

/// What stands above the flags in the usage.
const ABOUT: &str = "\
acra-log-verifier of acralog: takes the flags of Acra's verifier and says what it
says. Exit 0: the logs are sound; exit 1: they are not, or there is no answer.
`acralog verify` tells more, and demands more.
";

/// Flags that ask for something else than a verification: in a file they would ask for it each time.
const TASKS: [&str; 3] = ["config_file", "dump_config", "generate_markdown_args_table"];

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

/// The flags as a configuration file, with the values they have in this run; never with a secret.
pub fn config(typed: &Typed) -> String {
    let mut out = format!("version: {}\n", env!("CARGO_PKG_VERSION"));
    for flag in by_name() {
        let is_left_out = flag.kind == Kind::Secret || TASKS.contains(&flag.name);
        let value = if is_left_out { flag.default } else { typed.value(flag) };
        let _ = write!(out, "# {}\n{}: {}\n\n", described(flag), flag.name, scalar(value));
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

/// A value as YAML reads it back: quoted unless nothing in it can be meant otherwise.
fn scalar(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./-".contains(letter);
    let first = value.chars().next();
    let is_word = first.is_none_or(|first| first.is_ascii_alphanumeric() || first == '.' || first == '/');
    let is_number = value.parse::<i64>().is_ok();
    if is_number || (is_word && value.chars().all(is_plain) && !value.eq_ignore_ascii_case("null")) {
        return value.to_owned();
    }
    // A string of JSON is one of YAML.
    serde_json::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;
    use proptest::prelude::*;

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
    fn a_configuration_file_holds_every_flag_and_no_secret() {
        let mut typed = Typed::default();
        for (name, value) in [("redis_password", "hunter2"), ("dump_config", "true"), ("keys_dir", "null"), ("d", "t")]
        {
            typed.set(flags::named(name).unwrap(), value).unwrap();
        }
        let text = config(&typed);
        assert!(!text.contains("hunter2"));
        for flag in flags::all() {
            assert_eq!(text.matches(&format!("\n{}: ", flag.name)).count(), 1, "{}", flag.name);
        }
        let read = yaml::read(&text).unwrap();
        assert!(read.unknown.is_empty());
        assert_eq!((read.typed.text("keys_dir"), read.typed.is_on("d")), ("null", true));
        assert!(!read.typed.is_on("dump_config"));
        assert_eq!(read.typed.text("redis_tls_client_auth"), "-1");
    }

    proptest! {
        #[test]
        fn any_value_is_read_back_from_the_configuration_file(value in "[^\u{0}]{0,20}") {
            let mut typed = Typed::default();
            typed.set(flags::named("audit_log_file").unwrap(), &value).unwrap();
            let read = yaml::read(&config(&typed)).map_err(|(line, what)| TestCaseError::fail(format!("{line}: {what}")))?;
            prop_assert_eq!(read.typed.text("audit_log_file"), value);
        }
    }
}
