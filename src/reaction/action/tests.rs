//! Actions against real programs, files, processes and servers; and that none of them tells a secret.

mod exec;
mod file;
#[cfg(target_os = "linux")]
mod signal;
mod syslog;
#[cfg(feature = "webhook")]
mod webhook;

use super::*;
use crate::entry::LogTime;

/// The action of a table, in a folder, with these variables in the environment.
fn prepare_with(toml: &str, folder: &Path, variables: &[(&str, &str)]) -> Result<Action, Failure> {
    let spec: ActionSpec = toml::from_str(toml).map_err(|error| Failure::usage(error.to_string()))?;
    let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    Action::prepare(spec, &Surroundings { folder, variable: &variable })
}

fn prepare(toml: &str, folder: &Path) -> Result<Action, Failure> {
    prepare_with(toml, folder, &[])
}

fn notification(alarms: &[Alarm]) -> Notification<'_> {
    Notification { reaction: "page", alarms, idempotency_key: "page-1f0c", withheld: 0 }
}

fn alarm(title: &str) -> Alarm {
    Alarm { test: false, ..made_up_alarm(title, LogTime { unix_ms: 1_741_910_400_000 }) }
}

/// Long enough for everything that is not about time.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn an_action_is_exactly_one_table_without_words_that_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    for (toml, told) in [
        ("", "exactly one of"),
        ("file = { path = \"a\" }\nsyslog = { address = \"udp://a\" }", "exactly one of"),
        ("mail = { to = \"a\" }", "unknown field `mail`"),
        ("file = { path = \"a\", mode = 1 }", "unknown field `mode`"),
        ("exec = { command = [\"/bin/true\"], shell = true }", "unknown field `shell`"),
        ("exec = { command = \"/bin/true\" }", "invalid type"),
        ("signal = { pid-file = \"a\", allow-stop = true, now = true }", "unknown field `now`"),
        ("syslog = { address = \"udp://a\", format = \"rfc3164\" }", "unknown variant `rfc3164`"),
        ("file = { path = \"a\", format = \"csv\" }", "unknown variant `csv`"),
    ] {
        let failure = prepare(toml, folder.path()).unwrap_err();
        assert!(failure.message.contains(told), "{toml}: {failure:?}");
        assert_eq!(failure.exit().code(), 64, "{toml}");
    }
}

#[test]
fn actions_go_from_thread_to_thread() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Action>();
}
