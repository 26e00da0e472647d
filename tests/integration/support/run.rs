//! Runs the tool the way people do, and reads as a sentence: `Run::verify().key("audit.key").path(log).exit(0)`. What comes
//! out is read by `report`.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::fixture;
use super::report::Report;

/// A run that takes longer hangs.
const RUN_SECONDS_MAX: u64 = 120;

/// A run of the tool that is still being described.
#[must_use = "nothing runs until the exit code is stated"]
pub struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl Run {
    /// `acralog verify`
    pub fn verify() -> Self {
        Self::bare().arg("verify")
    }

    /// `acralog verify --output-format json`
    pub fn report() -> Self {
        Self::verify().format("json")
    }

    /// `acralog`
    pub fn bare() -> Self {
        Self::program(Path::new(env!("CARGO_BIN_EXE_acralog")))
    }

    /// The tool under another name.
    pub fn program(path: &Path) -> Self {
        let mut command = Command::new(path);
        // What the developer's machine or the CI sets must not change a verdict.
        for name in [
            "GITHUB_STEP_SUMMARY",
            "GITHUB_ACTIONS",
            "GITHUB_WORKSPACE",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "ACRA_MASTER_KEY",
            "VAULT_API_TOKEN",
            "VAULT_NAMESPACE",
            "HTTPS_PROXY",
            "https_proxy",
            "NO_PROXY",
            "no_proxy",
            "SOURCE_DATE_EPOCH",
        ] {
            command.env_remove(name);
        }
        // Nor what stands in the configuration file of whoever runs the tests.
        command.env("ACRALOG_CONFIG", "");
        Self { command, stdin: None }
    }

    /// A key of `fixtures/keys`.
    pub fn key(self, name: &str) -> Self {
        self.key_file(fixture::key_file(name))
    }

    pub fn key_file(self, path: impl AsRef<Path>) -> Self {
        self.arg("--key-file").arg(path.as_ref())
    }

    pub fn format(self, name: &str) -> Self {
        self.arg("--output-format").arg(name)
    }

    pub fn path(self, path: impl AsRef<Path>) -> Self {
        self.arg(path.as_ref())
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn current_dir(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Bytes on standard input, and `-` as the path.
    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = Some(bytes.to_vec());
        self.arg("-")
    }

    /// Runs it and holds it to an exit code.
    #[track_caller]
    pub fn exit(self, code: u8) -> Done {
        self.exit_one_of(&[code])
    }

    /// Runs it and holds it to the exit code of wrong usage: nothing was looked at.
    #[track_caller]
    pub fn refused(self) -> Done {
        self.exit(64)
    }

    /// Runs it and holds it to one of several exit codes, where the contract leaves room.
    #[track_caller]
    pub fn exit_one_of(self, codes: &[u8]) -> Done {
        let done = self.done();
        assert!(codes.contains(&done.code), "exit {} instead of {codes:?}: {}", done.code, done.told());
        done
    }

    /// Runs it, whatever the exit code; still never a panic, never a signal, never without end.
    #[track_caller]
    pub fn done(mut self) -> Done {
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let line = format!("{:?}", self.command);
        let mut child = self.command.spawn().expect("the binary was built with this test");
        let feed = self.stdin.take().zip(child.stdin.take()).map(|(bytes, mut pipe)| {
            // The tool may stop reading early: that is not the test's failure.
            thread::spawn(move || drop(pipe.write_all(&bytes)))
        });
        let stdout = gather(child.stdout.take());
        let stderr = gather(child.stderr.take());
        let code = wait(&mut child, &line);
        let done = Done {
            stdout: stdout.join().expect("reading does not panic"),
            stderr: String::from_utf8_lossy(&stderr.join().expect("reading does not panic")).into_owned(),
            code: code.unwrap_or(u8::MAX),
            line,
        };
        feed.map(JoinHandle::join);
        assert!(code.is_some(), "killed by a signal: {}", done.told());
        assert!(!done.stderr.contains("panicked at"), "a panic: {}", done.told());
        done
    }

    /// Runs it onto these streams, which nobody reads here; the exit code.
    #[track_caller]
    pub fn onto(mut self, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> u8 {
        self.command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let line = format!("{:?}", self.command);
        let mut child = self.command.spawn().expect("the binary was built with this test");
        // What is left of the command holds the other ends open.
        drop(self.command);
        wait(&mut child, &line).unwrap_or_else(|| panic!("killed by a signal: {line}"))
    }

    /// The command as described so far, for tests that need the process itself.
    pub fn into_command(self) -> Command {
        self.command
    }
}

fn gather(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        }
        bytes
    })
}

/// The exit code, or None when a signal ended the process.
#[track_caller]
pub fn wait(child: &mut Child, line: &str) -> Option<u8> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code().map(|code| u8::try_from(code).expect("exit codes are bytes"));
        }
        if started.elapsed() > Duration::from_secs(RUN_SECONDS_MAX) {
            // Already failing: whether the kill succeeds changes nothing.
            drop(child.kill());
            panic!("no end after {RUN_SECONDS_MAX} s: {line}");
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// A run that came to its end.
pub struct Done {
    pub code: u8,
    pub stdout: Vec<u8>,
    pub stderr: String,
    line: String,
}

impl Done {
    /// The JSON report on standard output.
    #[track_caller]
    pub fn report(&self) -> Report {
        let report: Report = serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("not the report of the contract: {error}: {}", self.told()));
        assert_eq!(report.exit_code, self.code, "the report and the process disagree");
        report
    }

    /// Standard output as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap_or_else(|error| panic!("not UTF-8: {error}: {}", self.told()))
    }

    /// Everything about it, for the message of a failing test.
    pub fn told(&self) -> String {
        let mut stdout = String::from_utf8_lossy(&self.stdout).into_owned();
        if stdout.len() > 4000 {
            let cut = stdout.floor_char_boundary(4000);
            stdout.truncate(cut);
            stdout.push_str(" [..]");
        }
        format!("{}\nexit {}\n--- stdout\n{stdout}\n--- stderr\n{}", self.line, self.code, self.stderr)
    }
}
