//! Stops acra-server, by a signal to the process that a pid file names or by systemd: only where the configuration says that it may.
//! A process that has the number of one that is gone is never hit.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::ActionFailure;
use super::secret::Surroundings;
use super::text::shown;
use crate::failure::Failure;

/// The process that is stopped unless another one is named.
const PROCESS: &str = "acra-server";

/// Where systemctl is.
const SYSTEMCTL: [&str; 2] = ["/usr/bin/systemctl", "/bin/systemctl"];

/// Of a pid file, in bytes.
const PID_FILE_BYTES_MAX: u64 = 64;

/// The most characters of a path that is shown.
const PATH_CHARS_MAX: usize = 1024;

/// The TOML of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ServerStopSpec {
    pid_file: Option<PathBuf>,
    process: Option<String>,
    signal: Option<StopSignal>,
    systemd_unit: Option<String>,
    #[serde(default)]
    allow_stop: bool,
}

/// The signals that make sense to a server.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum StopSignal {
    /// It finishes what it does.
    #[default]
    Term,
    Int,
    Quit,
    Hup,
    /// It has no choice.
    Kill,
    /// It goes on when somebody lets it.
    Stop,
    Usr1,
    Usr2,
}

impl StopSignal {
    /// As `kill -l` has it.
    fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Hup => "HUP",
            Self::Kill => "KILL",
            Self::Stop => "STOP",
            Self::Usr1 => "USR1",
            Self::Usr2 => "USR2",
        }
    }
}

/// A way to stop a server.
#[derive(Debug)]
pub struct ServerStop(StopWay);

#[derive(Debug)]
enum StopWay {
    /// A signal to the process of this name that a pid file names.
    Process { pid_file: PathBuf, process: String, signal: StopSignal },
    /// `systemctl stop UNIT`.
    Unit { systemctl: PathBuf, unit: String },
}

impl ServerStop {
    pub(super) fn prepare(spec: ServerStopSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        if !spec.allow_stop {
            return Err(Failure::usage("signal: nothing is stopped unless it is allowed").with_hint(
                "allow-stop = true, if an alarm is to stop the server; whoever can raise it can stop it then",
            ));
        }
        let way = match (spec.pid_file, spec.systemd_unit) {
            (Some(pid_file), None) => {
                let process = spec.process.unwrap_or_else(|| PROCESS.to_owned());
                if process.is_empty() || process.contains('/') {
                    return Err(Failure::usage("signal: process is the name of a program, without its folder"));
                }
                StopWay::Process { pid_file: around.path(&pid_file), process, signal: spec.signal.unwrap_or_default() }
            }
            (None, Some(unit)) => {
                if spec.process.is_some() || spec.signal.is_some() {
                    return Err(Failure::usage("signal: systemd knows the process of a unit, and how it is stopped")
                        .with_hint("leave out process and signal, or give a pid-file in place of systemd-unit"));
                }
                check_unit(&unit)?;
                let systemctl = SYSTEMCTL.iter().map(PathBuf::from).find(|path| path.is_file());
                let absent =
                    || Failure::new("signal: there is no systemctl on this machine").with_hint("give a pid-file");
                StopWay::Unit { systemctl: systemctl.ok_or_else(absent)?, unit }
            }
            _ => {
                return Err(Failure::usage("signal: either pid-file or systemd-unit says what is stopped")
                    .with_hint("pid-file = \"/run/acra/acra-server.pid\", or systemd-unit = \"acra-server.service\""));
            }
        };
        if !cfg!(target_os = "linux") {
            return Err(Failure::new("signal: a server can be stopped on Linux only"));
        }
        Ok(Self(way))
    }

    pub(super) fn describe(&self) -> String {
        match &self.0 {
            StopWay::Process { pid_file, process, signal } => {
                let pid_file = shown(&pid_file.to_string_lossy(), PATH_CHARS_MAX);
                format!("signal {} to {} of {pid_file}", signal.name(), shown(process, PATH_CHARS_MAX))
            }
            StopWay::Unit { unit, .. } => format!("systemctl stop {unit}"),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn perform(&self, _: Duration) -> Result<(), ActionFailure> {
        Err(ActionFailure::permanent("a server can be stopped on Linux only"))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn perform(&self, timeout: Duration) -> Result<(), ActionFailure> {
        match &self.0 {
            StopWay::Process { pid_file, process, signal } => {
                let sent = linux::send(pid_file, process, *signal);
                sent.map_err(|failure| ActionFailure {
                    message: format!("{}: {}", self.describe(), failure.message),
                    ..failure
                })
            }
            StopWay::Unit { systemctl, unit } => linux::stop(systemctl, unit, timeout),
        }
    }
}

/// The name of a unit that can be stopped (systemd.unit(5)); with a dash in front it would be an option.
fn check_unit(unit: &str) -> Result<(), Failure> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
    let is_unit =
        unit.len() < 256 && unit.bytes().all(is_letter) && !unit.starts_with('-') && unit.ends_with(".service");
    if is_unit {
        return Ok(());
    }
    Err(Failure::usage("signal: systemd-unit is not the name of a service")
        .with_hint("systemd-unit = \"acra-server.service\""))
}

#[cfg(target_os = "linux")]
mod linux {
    //! How Linux tells one process from another.

    use std::fs::{self, File};
    use std::io::{self, Read as _};
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

    use super::{ActionFailure, PID_FILE_BYTES_MAX, StopSignal};
    use crate::reaction::action::command;
    use crate::reaction::action::text::{end_of, shown};

    /// The most of a name that the kernel keeps of a program, in bytes (TASK_COMM_LEN of proc(5), without its end).
    const COMM_BYTES_MAX: usize = 15;

    /// The most characters of a name that is shown.
    const NAME_CHARS_MAX: usize = 80;

    impl StopSignal {
        fn number(self) -> Signal {
            match self {
                Self::Term => Signal::TERM,
                Self::Int => Signal::INT,
                Self::Quit => Signal::QUIT,
                Self::Hup => Signal::HUP,
                Self::Kill => Signal::KILL,
                Self::Stop => Signal::STOP,
                Self::Usr1 => Signal::USR1,
                Self::Usr2 => Signal::USR2,
            }
        }
    }

    /// Sends a signal to the process that a pid file names, if that has the name which is expected.
    pub(super) fn send(pid_file: &Path, process: &str, signal: StopSignal) -> Result<(), ActionFailure> {
        let pid = read_pid(pid_file)?;
        let gone = |error: io::Error| match error.raw_os_error() {
            Some(number) if number == rustix::io::Errno::SRCH.raw_os_error() => {
                ActionFailure::permanent(format!("process {pid} is gone"))
            }
            _ => ActionFailure::permanent(format!("process {pid}: {error}")),
        };
        // From here on it is this process or none: another one of the same number has another descriptor.
        let handle = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| gone(error.into()))?;
        let name = name_of(pid).map_err(|error| ActionFailure::permanent(format!("process {pid}: {error}")))?;
        let is_it = name.comm == process.as_bytes()[..process.len().min(COMM_BYTES_MAX)] || name.program == process;
        if !is_it {
            let found = shown(&String::from_utf8_lossy(&name.comm), NAME_CHARS_MAX);
            return Err(ActionFailure::permanent(format!("process {pid} is {found}: the pid file is an old one")));
        }
        pidfd_send_signal(handle, signal.number()).map_err(|error| gone(error.into()))
    }

    fn read_pid(path: &Path) -> Result<Pid, ActionFailure> {
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(PID_FILE_BYTES_MAX).read_to_string(&mut text));
        read.map_err(|error| ActionFailure::permanent(format!("the pid file: {error}")))?;
        let pid = text.trim().parse().ok().filter(|pid: &i32| *pid > 0).and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| ActionFailure::permanent("the pid file holds no number of a process"))?;
        if pid == Pid::INIT || pid == getpid() {
            return Err(ActionFailure::permanent("the pid file names init, or acralog itself"));
        }
        Ok(pid)
    }

    /// What a process is called.
    struct ProcessName {
        comm: Vec<u8>,
        /// The file that it runs; empty where that may not be seen.
        program: String,
    }

    fn name_of(pid: Pid) -> io::Result<ProcessName> {
        let folder = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
        let comm = fs::read(folder.join("comm"))?.trim_ascii_end().to_vec();
        let program = fs::read_link(folder.join("exe")).unwrap_or_default();
        let program = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // So it is called once another file was put in its place.
        let program = program.strip_suffix(" (deleted)").unwrap_or(&program).to_owned();
        Ok(ProcessName { comm, program })
    }

    /// Has systemd stop a unit.
    pub(super) fn stop(systemctl: &Path, unit: &str, timeout: Duration) -> Result<(), ActionFailure> {
        let about = format!("systemctl stop {unit}");
        let mut systemctl = Command::new(systemctl);
        systemctl.args(["--no-ask-password", "stop", "--", unit]).env_clear().env("LANG", "C.UTF-8").current_dir("/");
        let ended = command::run(systemctl, &[], timeout);
        let ended = ended.map_err(|error| ActionFailure::passing(format!("{about}: cannot start: {error}")))?;
        let how = match ended.status {
            Some(status) if status.success() => return Ok(()),
            Some(status) => status.to_string(),
            None => format!("not done within {} seconds", timeout.as_secs()),
        };
        Err(ActionFailure::passing(format!("{about}: {how}: {}", end_of(&ended.output, &[]))))
    }
}
