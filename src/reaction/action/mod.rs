//! The actions that a reaction can take: each tells or does one thing, once, and says how that went. When, how often, and whether it
//! is tried again is left to the schedule.

#[cfg(unix)]
mod command;
mod exec;
mod file;
mod sample;
mod secret;
mod signal;
mod syslog;
mod text;
#[cfg(feature = "webhook")]
mod webhook;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::exec::{Exec, ExecSpec};
use self::file::{AlarmFile, AlarmFileSpec};
use self::signal::{ServerStop, ServerStopSpec};
use self::syslog::{Syslog, SyslogSpec};
#[cfg(feature = "webhook")]
use self::webhook::{Webhook, WebhookSpec};
use crate::failure::Failure;
use crate::watch::Alarm;

pub use self::sample::made_up_alarm;
pub use self::secret::Surroundings;

/// No action goes on for longer, whatever the configuration says.
const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What an action is told. As JSON it is what a command reads and what the webhook `generic` sends.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Notification<'a> {
    /// The name of the reaction.
    pub reaction: &'a str,
    /// The alarms it is about, the oldest change first; never empty.
    pub alarms: &'a [Alarm],
    /// The same for every attempt to tell this, on every machine and after every restart.
    pub idempotency_key: &'a str,
    /// How many changes of alarms were held back by the rate limit since the last notification; they are not told one by one.
    pub withheld: u64,
}

/// Why an action did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFailure {
    /// What happened, for people. Never a secret.
    pub message: String,
    /// Whether the same again would fail again: it is not tried again.
    pub is_permanent: bool,
    /// When the receiver wants to be asked again (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
}

impl ActionFailure {
    /// One that another attempt may not meet.
    fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_permanent: false, retry_after: None }
    }

    /// One that every attempt meets.
    fn permanent(message: impl Into<String>) -> Self {
        Self { is_permanent: true, ..Self::passing(message) }
    }
}

/// The TOML of one action: exactly one of these tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    exec: Option<ExecSpec>,
    #[cfg(feature = "webhook")]
    webhook: Option<WebhookSpec>,
    #[cfg(not(feature = "webhook"))]
    webhook: Option<serde::de::IgnoredAny>,
    syslog: Option<SyslogSpec>,
    file: Option<AlarmFileSpec>,
    signal: Option<ServerStopSpec>,
}

/// What is in the tables may be a secret that stands where it does not belong.
impl fmt::Debug for ActionSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ActionSpec").finish_non_exhaustive()
    }
}

/// An action that can be taken.
#[derive(Debug)]
pub enum Action {
    /// Starts a program.
    Exec(Exec),
    /// Sends an HTTP request.
    #[cfg(feature = "webhook")]
    Webhook(Box<Webhook>),
    /// Sends messages to a collector of syslog.
    Syslog(Syslog),
    /// Appends to a file.
    File(AlarmFile),
    /// Stops acra-server.
    Signal(ServerStop),
}

impl Action {
    /// Reads what the action needs, secrets among them, and refuses what cannot work. Paths are relative to the folder of the
    /// configuration.
    ///
    /// # Errors
    /// When the table is wrong, or something that it names is not there or cannot be used.
    pub fn prepare(spec: ActionSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        // A program starts in this folder, where a path relative to ours would lead elsewhere.
        let folder = if around.folder.as_os_str().is_empty() { Path::new(".") } else { around.folder };
        let folder = &std::path::absolute(folder)?;
        let around = &Surroundings { folder, ..*around };
        let one_of = "an action is exactly one of exec, webhook, syslog, file and signal";
        match spec {
            ActionSpec { exec: Some(exec), webhook: None, syslog: None, file: None, signal: None } => {
                Exec::prepare(exec, around).map(Self::Exec)
            }
            #[cfg(feature = "webhook")]
            ActionSpec { exec: None, webhook: Some(webhook), syslog: None, file: None, signal: None } => {
                Webhook::prepare(webhook, around).map(|webhook| Self::Webhook(Box::new(webhook)))
            }
            #[cfg(not(feature = "webhook"))]
            ActionSpec { exec: None, webhook: Some(_), syslog: None, file: None, signal: None } => {
                Err(built_without("webhooks"))
            }
            ActionSpec { exec: None, webhook: None, syslog: Some(syslog), file: None, signal: None } => {
                Syslog::prepare(syslog, around).map(Self::Syslog)
            }
            ActionSpec { exec: None, webhook: None, syslog: None, file: Some(file), signal: None } => {
                AlarmFile::prepare(file, around).map(Self::File)
            }
            ActionSpec { exec: None, webhook: None, syslog: None, file: None, signal: Some(stop) } => {
                ServerStop::prepare(stop, around).map(Self::Signal)
            }
            _ => Err(Failure::usage(one_of).with_hint("give each reaction one of these tables")),
        }
    }

    /// Does it, once; nothing of it goes on when the time is up. Two things know no time: a disk that does not answer, and the
    /// resolver of the system, which a collector of syslog is found by.
    ///
    /// # Errors
    /// When it did not come about, or nobody knows.
    pub fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure> {
        let timeout = timeout.min(TIMEOUT_MAX);
        match self {
            Self::Exec(exec) => exec.perform(notification, timeout),
            #[cfg(feature = "webhook")]
            Self::Webhook(webhook) => webhook.perform(notification, timeout),
            Self::Syslog(syslog) => syslog.perform(notification, timeout),
            Self::File(file) => file.perform(notification),
            Self::Signal(stop) => stop.perform(timeout),
        }
    }

    /// What it does, in one line, without any secret.
    pub fn describe(&self) -> String {
        match self {
            Self::Exec(exec) => exec.describe(),
            #[cfg(feature = "webhook")]
            Self::Webhook(webhook) => webhook.describe(),
            Self::Syslog(syslog) => syslog.describe(),
            Self::File(file) => file.describe(),
            Self::Signal(stop) => stop.describe(),
        }
    }

    /// What people should know about the files and the ways that it uses, a line each.
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Exec(exec) => exec.warnings(),
            #[cfg(feature = "webhook")]
            Self::Webhook(webhook) => webhook.warnings(),
            Self::Syslog(syslog) => syslog.warnings(),
            Self::File(_) | Self::Signal(_) => &[],
        }
    }
}

/// Said of what a build left out.
#[cfg(not(feature = "webhook"))]
fn built_without(what: &str) -> Failure {
    Failure::new(format!("this acralog was built without {what}"))
        .with_hint("build it with the cargo feature webhook, which is one of the default ones")
}

#[cfg(test)]
mod tests;
