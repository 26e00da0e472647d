//! What happens to the process itself: closed pipes, signals, FIFOs. An answer that was not
//! reached is never 0, and one that was reached is not lost with the report.

use std::fs::{self, File};
use std::io::{Read, Write, pipe};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{FORMATS, SITUATIONS};
use crate::support::run::wait;
use crate::support::{Run, fixture};

#[test]
fn a_closed_standard_output_does_not_cost_the_verdict() {
    for (exit, log, key) in SITUATIONS {
        for format in FORMATS {
            for verbosity in ["-q", "-v"] {
                let run = Run::verify().key(key).format(format).arg(verbosity).path(fixture::log(log));
                let (code, said) = nobody_reads(run);
                assert!(code == Some(exit) && !said.contains("cannot"), "{format} {log}: exit {code:?}: {said}");
            }
        }
        let report = Run::bare().args(["report", "--verify"]).key(key).path(fixture::log(log));
        assert_eq!(nobody_reads(report).0, Some(exit), "report {log}");
    }
}

#[test]
fn a_search_and_a_conversion_that_nobody_reads_end_without_words_and_prove_nothing() {
    for (_, log, key) in SITUATIONS {
        for verb in [&["grep", "--verified", "-e", "."][..], &["convert", "--verify", "--to", "csv", "-q"]] {
            let (code, said) = nobody_reads(Run::bare().args(verb).key(key).path(fixture::log(log)));
            assert!(matches!(code, Some(1 | 2)), "{verb:?} {log}: exit {code:?}");
            assert!(!said.contains("cannot"), "{said}");
        }
    }
}

#[test]
fn what_depends_on_no_log_ends_without_words_when_enough_was_read() {
    let runs =
        [&["codes"][..], &["explain", "560"], &["schema"], &["completions", "bash"], &["--help"], &["help", "grep"]];
    for args in runs.into_iter().chain([&["report", "--print-rules"][..]]) {
        assert_eq!(nobody_reads(Run::bare().args(args)), (Some(0), String::new()), "{args:?}");
    }
}

/// The exit code, and what is said on standard error, when standard output is closed.
fn nobody_reads(run: Run) -> (Option<u8>, String) {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    written_to(writer.into(), run)
}

/// The exit code, and what is said on standard error, when standard output goes there.
fn written_to(stdout: Stdio, run: Run) -> (Option<u8>, String) {
    let mut command = run.into_command();
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary was built with this test");
    // What is said fits into a pipe.
    let code = wait(&mut child, "output that nobody gets");
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    (code, said)
}

#[test]
fn a_full_disk_never_ends_in_exit_0_and_never_hides_what_is_worse() {
    for (exit, log, key) in SITUATIONS {
        for verb in [&["verify", "--output-format", "json"][..], &["report", "--verify"]] {
            let full = File::options().write(true).open("/dev/full");
            let Ok(full) = full else { return };
            let (code, said) = written_to(full.into(), Run::bare().args(verb).key(key).path(fixture::log(log)));
            assert_eq!(code, Some(if exit == 1 { 1 } else { 2 }), "{verb:?} {log}");
            assert!(said.contains("cannot write"), "{said}");
        }
    }
}

fn fifo() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acra.fifo");
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo is part of every system we test on");
    assert!(made.success());
    (folder, path)
}

#[test]
fn a_fifo_is_read_to_its_end() {
    for (log, exit) in [("chain_closed_three.cef.log", 0), ("chain_altered_middle.cef.log", 1)] {
        let (_folder, path) = fifo();
        let bytes = fixture::bytes(log);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut fifo = File::options().write(true).open(&path).expect("somebody reads");
                // Two pieces with a pause: the end of the first one is not the end of the log.
                let (head, tail) = bytes.split_at(bytes.len() / 3);
                fifo.write_all(head).expect("somebody reads");
                thread::sleep(Duration::from_millis(50));
                fifo.write_all(tail).expect("somebody reads");
            });
            let done = Run::report().key("audit.key").path(&path).done();
            if done.code != exit {
                // Frees the writer in case nobody opened the other end.
                drop(File::options().read(true).write(true).open(&path));
                panic!("exit {} instead of {exit}: {}", done.code, done.told());
            }
        });
        fs::remove_file(&path).expect("our own file");
    }
}

/// The same run where signals end it. Whoever starts the tests may ignore them, as `nohup` does, or a shell behind `&`, and
/// children inherit that. Without the `env` of GNU the run is as it was started, and fails where signals are ignored.
fn interruptible(run: Run) -> Command {
    const DEFAULT_SIGNALS: [&str; 3] = ["--default-signal=INT", "--default-signal=TERM", "--"];
    let quiet = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    };
    let plain = run.into_command();
    if !quiet(Command::new("env").args(DEFAULT_SIGNALS).arg("true")) {
        return plain;
    }
    // It replaces itself by the program, which keeps the number of the process.
    let mut command = Command::new("env");
    command.args(DEFAULT_SIGNALS).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn an_interrupted_run_never_ends_in_exit_0() {
    for signal in ["-INT", "-TERM"] {
        let mut command = interruptible(Run::report().key("audit.key").arg("-"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary was built with this test");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(&fixture::bytes("chain_closed_three.json.log")).expect("somebody reads");
        // Long enough to have read the whole intact log: only the end of the input is missing.
        thread::sleep(Duration::from_millis(400));
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is everywhere");
        assert!(sent.success());
        let code = wait(&mut child, "an interrupted run");
        assert!(code != Some(0), "{signal}: exit {code:?}");
        drop(stdin);
    }
}

#[test]
fn an_interrupted_run_leaves_no_half_written_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [("-o", "report.json"), ("--attest", "report.intoto.json")];
    let files = files.map(|(flag, name)| [flag.into(), folder.path().join(name).into_os_string()]);
    let mut command = interruptible(Run::report().key("audit.key").args(files.as_flattened()).arg("-"));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary was built with this test");
    let stdin = child.stdin.take().expect("a pipe");
    let left = || fs::read_dir(folder.path()).expect("our folder").count();
    let begun = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(10));
        left() == 2
    });
    assert!(begun, "nothing was begun");
    // Begun is not yet listened for.
    thread::sleep(Duration::from_millis(200));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is everywhere");
    assert!(sent.success());
    assert!(wait(&mut child, "an interrupted run") != Some(0));
    assert_eq!(left(), 0, "something was left behind");
    drop(stdin);
}
