//! Pipes that stay open: what was found is shown before more is waited for, and what is read from a pipe gives the same
//! answer as the file.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::support::running::Running;
use crate::support::{Run, fixture};

/// How long a line may take that should come at once, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long is waited for what must not come.
const MOMENT: Duration = Duration::from_millis(300);

/// A run that does not end by itself, with a pipe that stays open.
pub struct Live {
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    running: Running,
}

impl Live {
    pub fn start(run: Run) -> Self {
        let mut command = run.into_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running(command.spawn().expect("the binary was built with this test"));
        let stdout = BufReader::new(running.0.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { stdin: running.0.stdin.take(), lines, running }
    }

    fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the tool reads");
    }

    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes while the pipe is open")
    }

    /// Nothing comes, and not because it ended.
    #[track_caller]
    pub fn nothing(&self) {
        assert_eq!(self.lines.recv_timeout(MOMENT), Err(RecvTimeoutError::Timeout));
    }

    /// Waits until what was written has been read, as far as can be told from outside.
    pub fn settle(&self) {
        thread::sleep(MOMENT);
    }

    /// Ends it as a service is ended; the exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.running.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        self.running.0.wait().expect("it ends").code()
    }

    /// Closes the pipe; what comes then, and the exit code.
    pub fn end(mut self) -> (Vec<String>, Option<i32>) {
        drop(self.stdin.take());
        let rest = self.lines.iter().collect();
        (rest, self.running.0.wait().expect("it ends").code())
    }
}

pub fn entry(message: &str) -> String {
    format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"{message}\" code=560\n")
}

fn docker(message: &str) -> String {
    let log = serde_json::to_string(&entry(message)).unwrap();
    format!("{{\"log\":{log},\"stream\":\"stdout\",\"time\":\"2025-03-14T00:00:00Z\"}}\n")
}

#[test]
fn a_search_shows_a_match_while_the_pipe_stays_open() {
    let searches: [&[&str]; 5] =
        [&["--code", "560"], &["--code", "560", "-"], &["msg"], &["-v", "--code", "1"], &["--threads", "1", "msg"]];
    for flags in searches {
        for wrap in [entry, docker] {
            let mut live = Live::start(Run::bare().arg("grep").args(flags));
            for message in ["msg one", "msg two", "msg three"] {
                live.write(wrap(message).as_bytes());
                assert_eq!(live.line() + "\n", entry(message), "{flags:?}");
            }
            // Half a line is none yet.
            let (head, tail) = (&wrap("msg four")[..20], &wrap("msg four")[20..]);
            live.write([&wrap("msg 3b"), head].concat().as_bytes());
            assert_eq!(live.line() + "\n", entry("msg 3b"));
            live.nothing();
            live.write(tail.as_bytes());
            assert_eq!(live.line() + "\n", entry("msg four"), "{flags:?}");
            assert_eq!(live.end(), (vec![], Some(0)), "{flags:?}");
        }
    }
}

#[test]
fn what_follows_a_long_history_is_shown_as_well() {
    for flags in [&["--code", "560", "-c"][..], &["--code", "560"], &["--code", "560", "--output-format", "jsonl"]] {
        let mut live = Live::start(Run::bare().arg("grep").args(flags));
        let other = entry("other").replace("560", "100");
        // Ends in the middle of a line, and a window is 1 MiB.
        let history = [other.repeat((3 << 20) / other.len()), entry("found"), other[..30].to_owned()].concat();
        live.write(history.as_bytes());
        if flags.contains(&"-c") {
            live.nothing();
        } else {
            assert!(live.line().contains("found"), "{flags:?}");
        }
        live.write(&other.as_bytes()[30..]);
        let (rest, code) = live.end();
        assert_eq!((rest.len(), code), (usize::from(flags.contains(&"-c")), Some(0)), "{flags:?}");
    }
}

#[test]
fn a_search_that_has_enough_ends_while_the_pipe_is_open() {
    for flags in [&["-m", "1"][..], &["-q"], &["-l"]] {
        let mut live = Live::start(Run::bare().arg("grep").args(flags).arg("msg"));
        live.write(entry("msg one").as_bytes());
        let stdin = live.stdin.take();
        let lines: Vec<String> = live.lines.iter().collect();
        assert_eq!(lines.len(), usize::from(flags != ["-q"]), "{flags:?}");
        assert_eq!(live.running.0.wait().expect("it ends").code(), Some(0), "{flags:?}");
        drop(stdin);
    }
}

#[test]
fn rows_and_other_formats_come_at_once_too() {
    let runs = [
        Run::bare().args(["grep", "--output-format", "jsonl", "msg"]),
        Run::bare().args(["grep", "--merge", "msg"]),
        Run::bare().args(["convert", "--to", "json"]),
        Run::bare().args(["convert", "--to", "ecs"]),
    ];
    for run in runs {
        let mut live = Live::start(run);
        for message in ["msg one", "msg two"] {
            live.write(entry(message).as_bytes());
            assert!(live.line().contains(message));
        }
        assert_eq!(live.end(), (vec![], Some(0)));
    }
    let mut table = Live::start(Run::bare().args(["grep", "--output-format", "table", "msg"]));
    table.write(entry("msg one").as_bytes());
    assert!(table.line().starts_with("time") && table.line().contains("msg one"));
    table.write(entry("msg two").as_bytes());
    assert!(table.line().contains("msg two"));
}

#[test]
fn verification_tells_what_it_found_while_the_pipe_stays_open() {
    for threads in ["1", "4"] {
        let run = Run::verify().format("jsonl").key("audit.key").args(["--threads", threads]);
        let mut live = Live::start(run);
        let log = fixture::bytes("chain_closed_three.json.log");
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        // Two of three chains have ended.
        lines[..45].iter().for_each(|line| live.write(line));
        let told = [live.line(), live.line()].concat();
        assert!(told.contains("\"type\":\"finding\"") && told.contains("\"type\":\"chain\""), "{told}");
        live.write(&lines[45..].concat());
        assert_eq!(live.end().1, Some(0));
        let run = Run::bare().args(["grep", "--verified", "--level", "trace+", "--threads", threads]).key("audit.key");
        let mut live = Live::start(run);
        let sealed = lines.iter().find(|line| line.windows(9).any(|it| it == b"integrity")).expect("a chain");
        live.write(sealed);
        assert_eq!(live.line().as_bytes(), sealed.trim_ascii_end());
    }
}

#[test]
fn a_pipe_gives_the_answer_of_the_file_in_whatever_pieces_it_comes() {
    for format in ["plaintext", "json", "cef"] {
        let name = format!("chain_altered_middle.{format}.log");
        let log = fixture::bytes(&name);
        let of_file = Run::verify().format("jsonl").key("audit.key").path(fixture::log(&name)).exit(1);
        let wanted = String::from_utf8_lossy(&of_file.stdout).replace(&fixture::log(&name).display().to_string(), "-");
        for size in [7_000, 4_096, 200_000] {
            let mut live = Live::start(Run::verify().format("jsonl").key("audit.key"));
            for piece in log.chunks(size) {
                live.write(piece);
                thread::sleep(Duration::from_millis(if size < 5_000 { 0 } else { 15 }));
            }
            let (lines, code) = live.end();
            assert_eq!(code, Some(1));
            let told: Vec<&str> = wanted.lines().collect();
            assert_eq!(lines, told, "{format} in pieces of {size}");
        }
    }
}
