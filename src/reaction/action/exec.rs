//! Starts a program with what is told on its standard input. It is a list of words and never a line for a shell: what a log says
//! cannot become a command. Running it is left to `command`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::secret::{SecretSource, SecretText, Surroundings};
use super::text::{end_of, json_line, shown};
use super::{ActionFailure, Notification};
use crate::failure::Failure;

/// Where programs are found that a script names without their folder: no folder of the user is among them.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The exit codes that say that the same again would fail again: EX_USAGE, EX_DATAERR and EX_CONFIG of sysexits.h, and those by which
/// a shell says that a command cannot be run or is not there.
///
/// Every other one is tried again, beyond EX_TEMPFAIL (75), which asks for it: most scripts end with the code of a tool that could
/// not reach somebody (7 of curl, 255 of ssh), and an alarm that is lost is worse than one that is told twice.
const PERMANENT: [i32; 5] = [64, 65, 78, 126, 127];

/// The most characters of a variable that is taken from an alarm.
const VARIABLE_CHARS_MAX: usize = 1024;

/// What begins the names of variables that tell of an alarm.
const OWN: &str = "ACRALOG_";

/// The TOML of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecSpec {
    /// The program, absolute or relative to the folder of the configuration, and its arguments.
    command: Vec<String>,
    /// Variables beside those that every program gets.
    #[serde(default)]
    env: BTreeMap<String, VariableSpec>,
}

/// A value as it is written, or the source of a secret.
#[derive(Deserialize)]
#[serde(untagged)]
enum VariableSpec {
    Text(String),
    Secret(SecretSource),
}

/// A program that is there.
#[derive(Debug)]
pub struct Exec {
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, VariableValue)>,
    folder: PathBuf,
    warnings: Vec<String>,
}

#[derive(Debug)]
enum VariableValue {
    Text(String),
    Secret(SecretText),
}

impl VariableValue {
    fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

impl Exec {
    pub(super) fn prepare(spec: ExecSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        let mut words = spec.command.into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            return Err(Failure::usage("exec: the command is empty")
                .with_hint("command = [\"/usr/local/bin/page\", \"--now\"]"));
        };
        let arguments: Vec<String> = words.collect();
        if arguments.iter().chain([&program]).any(|word| word.contains('\0')) {
            return Err(Failure::usage(
                "exec: a word of the command holds a NUL character, which no program can be given",
            ));
        }
        let mut warnings = Vec::new();
        let program = around.path(Path::new(&program));
        warnings.extend(check_program(&program)?);
        let mut variables = Vec::new();
        for (name, value) in spec.env {
            check_name(&name)?;
            let value = match value {
                VariableSpec::Text(text) if text.contains('\0') => {
                    return Err(Failure::usage(format!("exec: the variable {name} holds a NUL character")));
                }
                VariableSpec::Text(text) => VariableValue::Text(text),
                VariableSpec::Secret(source) => {
                    let secret = source.read(&format!("variable {name}"), around, &mut warnings)?;
                    let nothing = || Failure::usage(format!("exec: the variable {name} has neither a file nor an env"));
                    VariableValue::Secret(secret.ok_or_else(nothing)?)
                }
            };
            variables.push((name, value));
        }
        Ok(Self { program, arguments, variables, folder: around.folder.to_owned(), warnings })
    }

    pub(super) fn describe(&self) -> String {
        // Arguments are not shown: somebody may have put a secret there, where everybody on the machine can read it.
        format!("exec {}", shown(&self.program.to_string_lossy(), VARIABLE_CHARS_MAX))
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    #[cfg(not(unix))]
    pub(super) fn perform(&self, _: &Notification<'_>, _: Duration) -> Result<(), ActionFailure> {
        Err(ActionFailure::permanent("programs cannot be started on this system"))
    }

    #[cfg(unix)]
    pub(super) fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure> {
        let unwritable = |error| ActionFailure::permanent(format!("{}: {error}", self.describe()));
        let mut told = json_line(notification).map_err(unwritable)?;
        told.push('\n');
        let ended = super::command::run(self.command(notification), told.as_bytes(), timeout);
        // A program that is being replaced is there again in a moment.
        let ended =
            ended.map_err(|error| ActionFailure::passing(format!("{}: cannot start: {error}", self.describe())))?;
        let how = match ended.status {
            Some(status) if status.success() => return Ok(()),
            Some(status) => status.to_string(),
            None => format!("killed, as it took longer than {} seconds", timeout.as_secs()),
        };
        let secrets: Vec<&str> = self.secrets().collect();
        let said = end_of(&ended.output, &secrets);
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let is_permanent = ended.status.and_then(|status| status.code()).is_some_and(|code| PERMANENT.contains(&code));
        let failure = ActionFailure::passing(format!("{}: {how}{said}", self.describe()));
        Err(ActionFailure { is_permanent, ..failure })
    }

    #[cfg(unix)]
    fn command(&self, notification: &Notification<'_>) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing of our own environment: the master key of Acra may be in it.
        command.args(&self.arguments).current_dir(&self.folder).env_clear();
        command.env("PATH", PATH).env("LANG", "C.UTF-8");
        command.envs(self.variables.iter().map(|(name, value)| (name, value.expose())));
        for (name, value) in own_variables(notification) {
            command.env(format!("{OWN}{name}"), shown(&value, VARIABLE_CHARS_MAX));
        }
        command
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter_map(|(_, value)| match value {
            VariableValue::Secret(secret) => Some(secret.expose()),
            VariableValue::Text(_) => None,
        })
    }
}

/// What is told of the last change, for scripts that do not read JSON.
fn own_variables(notification: &Notification<'_>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("REACTION", notification.reaction.to_owned()),
        ("KEY", notification.idempotency_key.to_owned()),
        ("ALARMS", notification.alarms.len().to_string()),
        ("WITHHELD", notification.withheld.to_string()),
    ];
    if let Some(alarm) = notification.alarms.last() {
        variables.extend([
            ("ID", alarm.id.to_string()),
            ("KIND", alarm.kind.name().to_owned()),
            ("STATE", alarm.state.name().to_owned()),
            ("SEVERITY", alarm.severity.name().to_owned()),
            ("CLIENT", alarm.client_ids.first().cloned().unwrap_or_default()),
            ("RULE", alarm.rule.clone()),
            ("TEST", if alarm.test { "1" } else { "" }.to_owned()),
        ]);
    }
    variables
}

/// What people should know about a program that is there and can be run.
fn check_program(program: &Path) -> Result<Option<String>, Failure> {
    let place = program.display();
    let unfit = |why: &str| {
        Failure::new(format!("{place}: exec: {why}")).with_hint(
            "give the program by its whole path, or relative to the folder of the configuration; no shell reads it",
        )
    };
    let metadata = std::fs::metadata(program).map_err(|error| unfit(&error.to_string()))?;
    if !metadata.is_file() {
        return Err(unfit("not a program"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode();
        if mode & 0o111 == 0 {
            return Err(unfit("not a program that may be run").with_hint("chmod +x makes it one"));
        }
        if mode & 0o002 != 0 {
            return Ok(Some(format!("{place}: every user may change this program; chmod o-w closes it")));
        }
    }
    Ok(None)
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(Failure::usage("exec: a name in env is not that of a variable"));
    }
    if name.starts_with(OWN) {
        let message = format!("exec: {} is a variable that acralog sets itself", shown(name, VARIABLE_CHARS_MAX));
        return Err(Failure::usage(message).with_hint("take another name"));
    }
    Ok(())
}
