//! Processes that are stopped, and those that must not be.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};

use super::*;
use crate::testing::running::Running;

/// A process that runs a program. Its name is the one of the test for a moment after it was started.
fn start(program: &str, argument: &str) -> Running {
    let process = Running(Command::new(program).arg(argument).stdout(std::process::Stdio::null()).spawn().unwrap());
    while fs::read_to_string(format!("/proc/{}/comm", process.0.id())).unwrap().trim() != program {
        std::thread::yield_now();
    }
    process
}

/// The action for a process called `sleep`, whose pid file holds this.
fn stop(folder: &Path, pid: &str, more: &str) -> Result<(), ActionFailure> {
    fs::write(folder.join("pid"), pid).unwrap();
    let toml = format!("signal = {{ pid-file = \"pid\", process = \"sleep\", allow-stop = true {more} }}");
    prepare(&toml, folder).unwrap().perform(&notification(&[alarm("x")]), LONG)
}

fn signal_of(child: &mut Child) -> Option<i32> {
    child.wait().unwrap().signal()
}

#[test]
fn the_process_that_the_pid_file_names_gets_the_signal() {
    let folder = tempfile::tempdir().unwrap();
    for (more, number) in [("", 15), (", signal = \"KILL\"", 9), (", signal = \"INT\"", 2), (", signal = \"USR1\"", 10)]
    {
        let mut process = start("sleep", "300");
        stop(folder.path(), &format!("{}\n", process.0.id()), more).unwrap();
        assert_eq!(signal_of(&mut process.0), Some(number), "{more}");
    }
}

#[test]
fn nobody_else_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = start("yes", "x");
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    let (other_pid, gone_pid, own) = (other.0.id().to_string(), gone.id().to_string(), std::process::id().to_string());
    for (pid, told) in [
        (&other_pid[..], "is yes: the pid file is an old one"),
        (&gone_pid, "is gone"),
        (&own, "names init, or acralog itself"),
        ("1", "names init, or acralog itself"),
        ("0", "no number of a process"),
        ("-1", "no number of a process"),
        ("", "no number of a process"),
        ("99999999999", "no number of a process"),
        ("12 34", "no number of a process"),
    ] {
        let failure = stop(folder.path(), pid, "").unwrap_err();
        assert!(failure.message.contains(told) && failure.is_permanent, "{pid}: {failure:?}");
        assert!(failure.message.starts_with("signal TERM to sleep of /"), "{failure:?}");
    }
    assert!(other.0.try_wait().unwrap().is_none());
    let toml = "signal = { pid-file = \"none\", allow-stop = true }";
    let failure = prepare(toml, folder.path()).unwrap().perform(&notification(&[alarm("x")]), LONG).unwrap_err();
    assert!(failure.message.contains("the pid file: No such file"), "{failure:?}");
}

#[test]
fn nothing_is_stopped_that_nobody_allowed_to_be_or_named_well() {
    for (toml, told) in [
        ("signal = { pid-file = \"pid\" }", "nothing is stopped unless it is allowed"),
        ("signal = { systemd-unit = \"acra-server.service\", allow-stop = false }", "nothing is stopped unless"),
        ("signal = { allow-stop = true }", "either pid-file or systemd-unit"),
        ("signal = { pid-file = \"a\", systemd-unit = \"b.service\", allow-stop = true }", "either pid-file or"),
        ("signal = { pid-file = \"a\", process = \"\", allow-stop = true }", "the name of a program"),
        ("signal = { pid-file = \"a\", process = \"/bin/a\", allow-stop = true }", "the name of a program"),
        ("signal = { pid-file = \"a\", signal = \"9\", allow-stop = true }", "unknown variant"),
        ("signal = { systemd-unit = \"--force.service\", allow-stop = true }", "not the name of a service"),
        ("signal = { systemd-unit = \"a b.service\", allow-stop = true }", "not the name of a service"),
        ("signal = { systemd-unit = \"poweroff.target\", allow-stop = true }", "not the name of a service"),
        ("signal = { systemd-unit = \"a.service\", signal = \"HUP\", allow-stop = true }", "how it is stopped"),
    ] {
        let failure = prepare(toml, Path::new("/")).unwrap_err();
        assert!(failure.message.contains(told), "{toml}: {failure:?}");
    }
}

#[test]
fn systemd_is_asked_to_stop_a_unit_and_its_refusal_is_told() {
    let toml = "signal = { systemd-unit = \"acralog-no-such.service\", allow-stop = true }";
    let action = match prepare(toml, Path::new("/")) {
        Ok(action) => action,
        Err(failure) => return assert!(failure.message.contains("there is no systemctl"), "{failure:?}"),
    };
    assert_eq!(action.describe(), "systemctl stop acralog-no-such.service");
    let failure = action.perform(&notification(&[alarm("x")]), LONG).unwrap_err();
    assert!(failure.message.starts_with("systemctl stop acralog-no-such.service: exit status: "), "{failure:?}");
}
