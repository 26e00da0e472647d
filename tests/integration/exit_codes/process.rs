//! What happens to the process itself: closed pipes, signals, FIFOs. An answer that nobody could read, or that was not
//! reached, is never 0.

use std::fs::{self, File};
use std::io::{Write, pipe};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{FORMATS, SITUATIONS};
use crate::support::run::wait;
use crate::support::{Run, fixture};

#[test]
fn a_closed_standard_output_never_ends_in_exit_0() {
    for (_, log, key) in SITUATIONS {
        for format in FORMATS {
            let (reader, writer) = pipe().expect("a pipe");
            drop(reader);
            let mut command = Run::verify().key(key).format(format).path(fixture::log(log)).into_command();
            command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null());
            let mut child = command.spawn().expect("the binary was built with this test");
            let code = wait(&mut child, "a closed pipe");
            // The intact log of the github format may have nothing to print, but its verdict still has.
            assert!(matches!(code, Some(1..=3)), "{format} {log}: exit {code:?}");
        }
    }
}

#[test]
fn a_full_disk_never_ends_in_exit_0() {
    let full = File::options().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let mut command = Run::report().key("audit.key").path(fixture::log("chain_closed_three.json.log")).into_command();
    command.stdin(Stdio::null()).stdout(full).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary was built with this test");
    assert_eq!(wait(&mut child, "a full disk"), Some(2));
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

#[test]
fn an_interrupted_run_never_ends_in_exit_0() {
    for signal in ["-INT", "-TERM"] {
        let mut command = Run::report().key("audit.key").arg("-").into_command();
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
    let output = folder.path().join("report.json");
    let mut command = Run::report().key("audit.key").arg("-o").arg(&output).arg("-").into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary was built with this test");
    let stdin = child.stdin.take().expect("a pipe");
    thread::sleep(Duration::from_millis(300));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is everywhere");
    assert!(sent.success());
    assert!(wait(&mut child, "an interrupted run") != Some(0));
    assert!(!output.exists());
    drop(stdin);
}
