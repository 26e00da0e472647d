//! Logs that are read while they are written: each line is shown once and at once, whatever rotates the log, and only what
//! verifies where that is asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::live::{Live, entry};
use crate::log_writer::Format;
use crate::support::Run;
use crate::support::fixture;
use crate::support::running::Running;
use crate::support::tools::{logrotate, skipped};

/// A log of the test's own, with its rotations.
struct Log(PathBuf);

impl Log {
    fn write(&self, text: impl AsRef<[u8]>) {
        let log = OpenOptions::new().append(true).create(true).open(&self.0);
        log.and_then(|mut log| log.write_all(text.as_ref())).expect("a log of our own");
    }

    fn rotated(&self, suffix: &str) -> PathBuf {
        let mut path = self.0.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    fn rename(&self) {
        fs::rename(self.rotated(".1"), self.rotated(".2")).ok();
        fs::rename(&self.0, self.rotated(".1")).expect("a log to rotate");
    }

    fn create(&self) {
        self.rename();
        File::create(&self.0).expect("an empty log");
    }

    fn copy_and_truncate(&self) {
        fs::rename(self.rotated(".1"), self.rotated(".2")).ok();
        fs::copy(&self.0, self.rotated(".1")).expect("a copy");
        OpenOptions::new().write(true).truncate(true).open(&self.0).expect("a log to empty");
    }

    fn copy_and_compress(&self) {
        self.copy_and_truncate();
        let text = fs::read(self.rotated(".1")).expect("the copy");
        let mut gzip = GzEncoder::new(File::create(self.rotated(".1.gz")).expect("a file"), Compression::fast());
        gzip.write_all(&text).and_then(|()| gzip.finish().map(drop)).expect("a few bytes");
        fs::remove_file(self.rotated(".1")).expect("what is compressed");
    }
}

fn follow(flags: &[&str], paths: &[&Path]) -> Live {
    let run = Run::bare().arg("grep").arg("--follow").args(flags);
    Live::start(paths.iter().fold(run, |run, path| run.arg(path)))
}

/// What is done to a log, and by what.
type Rotation = (&'static str, fn(&Log));

const ROTATIONS: [Rotation; 4] = [
    ("renamed", Log::rename),
    ("renamed, and another one created", Log::create),
    ("copied and emptied", Log::copy_and_truncate),
    ("copied, emptied and compressed", Log::copy_and_compress),
];

#[test]
fn each_line_is_shown_once_and_at_once_whatever_rotates_the_log() {
    for (name, rotate) in ROTATIONS {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Log(folder.path().join("acra.log"));
        log.write(entry("before"));
        let live = follow(&["--code", "560"], &[&log.0]);
        assert_eq!(live.line() + "\n", entry("before"), "{name}");
        for round in 0..3 {
            let messages = ["one", "two", "three"].map(|word| format!("{word} {round}"));
            log.write(entry(&messages[0]));
            assert_eq!(live.line() + "\n", entry(&messages[0]), "{name}");
            // Written, and rotated before it can have been read.
            log.write(entry(&messages[1]));
            rotate(&log);
            log.write(&entry(&messages[2]).as_bytes()[..30]);
            assert_eq!(live.line() + "\n", entry(&messages[1]), "{name}");
            // Half a line is none yet.
            live.nothing();
            log.write(&entry(&messages[2]).as_bytes()[30..]);
            assert_eq!(live.line() + "\n", entry(&messages[2]), "{name}");
        }
        live.nothing();
    }
}

#[test]
fn lines_are_numbered_in_the_file_in_which_they_were_written() {
    for (name, rotate) in ROTATIONS {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Log(folder.path().join("acra.log"));
        log.write([entry("one"), entry("two")].concat());
        let live = follow(&["-H", "-n", ""], &[&log.0]);
        let at = |line: usize, message: &str| format!("{}:{line}:{}", log.0.display(), entry(message));
        assert_eq!([live.line() + "\n", live.line() + "\n"], [at(1, "one"), at(2, "two")], "{name}");
        rotate(&log);
        log.write(entry("three"));
        assert_eq!(live.line() + "\n", at(1, "three"), "{name}");
    }
}

#[test]
fn a_log_that_is_not_there_is_waited_for_and_so_is_one_more_in_a_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let [server, translator] = ["acra-server.log", "acra-translator.log"].map(|name| Log(folder.path().join(name)));
    let named = follow(&[""], &[&server.0]);
    named.nothing();
    server.write(entry("one"));
    assert_eq!(named.line() + "\n", entry("one"));
    let later = Log(folder.path().join("later").join("acra.log"));
    let in_directory = follow(&["--no-filename", ""], &[&folder.path().join("later")]);
    in_directory.nothing();
    fs::create_dir(folder.path().join("later")).expect("a folder");
    later.write(entry("three"));
    assert_eq!(in_directory.line() + "\n", entry("three"));
    fs::remove_dir_all(folder.path().join("later")).expect("a folder");
    let pattern = folder.path().join("*.log");
    for path in [folder.path(), &pattern] {
        fs::remove_file(&translator.0).ok();
        let all = follow(&["--no-filename", ""], &[path]);
        assert!(all.line().contains("one"));
        translator.write(entry("two"));
        assert_eq!(all.line() + "\n", entry("two"), "{}", path.display());
        server.create();
        server.write(entry("one"));
        assert_eq!(all.line() + "\n", entry("one"), "{}", path.display());
        all.nothing();
    }
}

#[test]
fn only_what_verifies_is_shown_and_every_entry_of_a_chain_does_over_every_rotation() {
    for format in Format::ALL {
        for (name, rotate) in ROTATIONS {
            let folder = tempfile::tempdir().expect("a folder");
            let log = Log(folder.path().join("acra.log"));
            let lines = fixture::lines(&format!("chain_closed_three.{}.log", format.name()));
            let is_sealed = |line: &&Vec<u8>| String::from_utf8_lossy(line).contains("integrity");
            let mut sealed = lines.iter().filter(is_sealed);
            let key = fixture::key_file("audit.key");
            log.write("");
            let live = Live::start(
                Run::bare().arg("grep").arg("--follow").arg("--verify").arg("--key-file").arg(&key).arg("").arg(&log.0),
            );
            for (index, line) in lines.iter().enumerate() {
                log.write([line.as_slice(), b"\n"].concat());
                if is_sealed(&line) {
                    let shown = live.line();
                    assert_eq!(Some(shown.as_bytes()), sealed.next().map(Vec::as_slice), "{format:?} {name}");
                }
                if index % 13 == 7 {
                    rotate(&log);
                }
            }
            let forged = String::from_utf8_lossy(&lines[lines.len() - 3]).replacen('5', "6", 1);
            log.write(forged + "\n");
            live.nothing();
        }
    }
}

#[test]
fn what_is_written_is_converted_as_it_comes_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log(folder.path().join("acra.log"));
    log.write(entry("one"));
    let live = Live::start(Run::bare().arg("convert").arg("--follow").arg("--to").arg("ecs").arg(&log.0));
    assert!(live.line().contains("\"message\":\"one\""));
    log.copy_and_truncate();
    log.write(entry("two"));
    assert!(live.line().contains("\"message\":\"two\""));
}

#[test]
fn a_search_that_has_enough_ends_and_one_that_nobody_reads_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log(folder.path().join("acra.log"));
    log.write(entry("one"));
    for flags in [&["-m", "1", ""][..], &["-q", ""]] {
        let (lines, code) = follow(flags, &[&log.0]).end();
        assert_eq!((lines.len(), code), (usize::from(flags[0] == "-m"), Some(0)), "{flags:?}");
    }
    let mut command = Run::bare().arg("grep").arg("--follow").arg("nothing").arg(&log.0).into_command();
    let mut running = Running(command.stdout(Stdio::piped()).spawn().expect("the binary was built with this test"));
    drop(running.0.stdout.take());
    assert_eq!(running.0.wait().expect("it ends").code(), Some(1));
}

#[test]
fn what_has_an_end_is_not_followed() {
    let refused: [&[&str]; 14] = [
        &["grep", "x", "-"],
        &["grep", "-c", "x"],
        &["grep", "-l", "x"],
        &["grep", "-L", "x"],
        &["grep", "--merge", "x"],
        &["grep", "--as-one-stream", "x"],
        &["grep", "--order-by", "time", "x"],
        &["grep", "--stream-by", "(a)", "x"],
        &["grep", "--output-format", "json", "x"],
        &["grep", "--output-format", "table", "x"],
        &["grep", "--verify", "--ledger", "a.ledger", "x"],
        &["convert", "--validate"],
        &["convert", "--to", "cef", "-o", "a.cef"],
        &["convert", "--to", "cef", "--inventory", "logs"],
    ];
    for words in refused {
        let run = words.iter().fold(Run::bare(), |run, word| run.arg(word));
        run.arg("--follow").arg("acra.log").refused();
    }
}

#[test]
fn nothing_is_lost_where_nobody_reads_for_a_while_and_the_log_is_emptied_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log(folder.path().join("acra.log"));
    let lines = |from: usize| (from..from + 30_000).map(|line| entry(&format!("line {line}"))).collect::<String>();
    log.write(lines(0));
    let mut command = Run::bare().arg("grep").arg("--follow").arg("").arg(&log.0).into_command();
    let mut running = Running(command.stdout(Stdio::piped()).spawn().expect("the binary was built with this test"));
    thread::sleep(Duration::from_millis(500));
    log.copy_and_truncate();
    log.write(lines(30_000));
    log.write(lines(60_000));
    let stdout = BufReader::new(running.0.stdout.take().expect("it is piped"));
    for (line, shown) in stdout.lines().take(90_000).enumerate() {
        assert_eq!(shown.expect("text") + "\n", entry(&format!("line {line}")));
    }
}

/// How many lines are written for each rotation.
const LINES: usize = 2_000;

#[test]
fn debians_logrotate_loses_and_doubles_no_line() {
    let Some(logrotate) = logrotate() else { return skipped("logrotate is not installed") };
    for word in ["create", "nocreate", "copytruncate"] {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Log(folder.path().join("acra.log"));
        let configuration = format!("\"{}\" {{\n    {word}\n    rotate 9\n    compress\n}}\n", log.0.display());
        fs::write(folder.path().join("logrotate.conf"), configuration).expect("a file of our own");
        log.write(entry("line 0"));
        let live = follow(&["--no-filename", ""], &[folder.path()]);
        for line in 1..=5 * LINES {
            log.write(entry(&format!("line {line}")));
            if line % LINES == LINES / 2 {
                let mut command = Command::new(logrotate);
                command.arg("-f").arg("-s").arg(folder.path().join("state")).arg(folder.path().join("logrotate.conf"));
                let output = command.output().expect("it was looked for");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        }
        for line in 0..=5 * LINES {
            assert_eq!(live.line() + "\n", entry(&format!("line {line}")), "{word}");
        }
        live.nothing();
    }
}
