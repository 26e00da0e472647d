//! A log is written, rotated in every way and compressed at random, while it is followed: each line comes out once, in order.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::succession::{HeldFile, ReadPosition, ReadTrace, Succession};
use super::{Changes, FollowedLog};
use crate::line::{Batch, Limits};
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::source::{self, Arrangement, FollowedFiles as _, Stream};

/// What happens to a log.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Write(usize),
    /// The log is renamed, and another one begins with the next line.
    Rename,
    /// The same, with an empty one at once.
    Create,
    /// The log is copied and emptied.
    CopyTruncate,
    /// The newest rotated file is compressed.
    Compress,
    /// Everything written comes out before it goes on.
    CatchUp,
    Pause,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (1..40_usize).prop_map(Operation::Write),
        2 => Just(Operation::Rename),
        2 => Just(Operation::Create),
        3 => Just(Operation::CopyTruncate),
        1 => Just(Operation::Compress),
        1 => Just(Operation::CatchUp),
        2 => Just(Operation::Pause),
    ]
}

/// The log as its writer sees it.
struct Writer {
    path: PathBuf,
    written: Vec<u8>,
    lines: usize,
}

impl Writer {
    fn apply(&mut self, operation: Operation, came_out: &Mutex<Vec<u8>>) {
        match operation {
            Operation::Write(lines) => {
                let mut log = OpenOptions::new().append(true).create(true).open(&self.path).expect("the log");
                for _ in 0..lines {
                    self.lines += 1;
                    let line = format!("line {} {}\n", self.lines, "x".repeat(self.lines % 97));
                    log.write_all(line.as_bytes()).expect("a line");
                    self.written.extend_from_slice(line.as_bytes());
                }
            }
            Operation::Rename | Operation::Create | Operation::CopyTruncate if !self.path.exists() => {}
            Operation::Rename | Operation::Create => {
                self.shift();
                fs::rename(&self.path, self.rotated(1, "")).expect("a rotation");
                if matches!(operation, Operation::Create) {
                    File::create(&self.path).expect("an empty log");
                }
            }
            Operation::CopyTruncate => {
                self.shift();
                fs::copy(&self.path, self.rotated(1, "")).expect("a copy");
                OpenOptions::new().write(true).truncate(true).open(&self.path).expect("the log");
            }
            Operation::Compress => {
                if let Ok(text) = fs::read(self.rotated(1, "")) {
                    let mut gzip =
                        GzEncoder::new(File::create(self.rotated(1, ".gz")).expect("gzip"), Compression::fast());
                    gzip.write_all(&text).and_then(|()| gzip.finish().map(drop)).expect("gzip");
                    fs::remove_file(self.rotated(1, "")).expect("what is compressed");
                }
            }
            Operation::CatchUp => self.catch_up(came_out),
            Operation::Pause => thread::sleep(Duration::from_millis(3)),
        }
    }

    fn rotated(&self, number: usize, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}.{number}{suffix}", self.path.display()))
    }

    /// Makes room for another `.1`, the oldest one first.
    fn shift(&self) {
        let numbers = (1..).take_while(|number| ["", ".gz"].iter().any(|it| self.rotated(*number, it).exists()));
        for number in numbers.collect::<Vec<_>>().into_iter().rev() {
            for suffix in ["", ".gz"] {
                let _ = fs::rename(self.rotated(number, suffix), self.rotated(number + 1, suffix));
            }
        }
    }

    fn catch_up(&self, came_out: &Mutex<Vec<u8>>) {
        let begun = Instant::now();
        while came_out.lock().expect("bytes").len() < self.written.len() {
            assert!(begun.elapsed() < Duration::from_secs(5), "what was written does not come out");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A test that fails does not wait for its follower.
struct StopOnDrop(Arc<Changes>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A log that begins to be followed.
fn begin(path: &Path, changes: &Arc<Changes>) -> (Stream, FollowedLog) {
    let stream = source::discover(&[path.to_owned()], Arrangement::RotationSets).streams.remove(0);
    let log = FollowedLog::new(&stream, Arc::clone(changes));
    (stream, log)
}

/// Reads a log until it is not to be followed any more.
fn read(log: (Stream, FollowedLog), came_out: &Mutex<Vec<u8>>) {
    read_over_gaps(log, came_out, 0);
}

/// The same where so many texts are not there any more.
fn read_over_gaps((stream, log): (Stream, FollowedLog), came_out: &Mutex<Vec<u8>>, gaps: usize) {
    let mut files = stream.files.into_iter();
    let mut passed = 0;
    while let Some(input) = files.next().or_else(|| log.next_file()) {
        passed += usize::from(input.after_gap);
        assert!(passed <= gaps, "{input:?}");
        let Ok(mut opened) = log.open(&input) else { continue };
        let mut text = [0; 777];
        while let Ok(count @ 1..) = opened.reader.read(&mut text) {
            came_out.lock().expect("bytes").extend_from_slice(&text[..count]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn whatever_rotates_a_log_each_line_comes_out_once(operations in proptest::collection::vec(operation(), 1..40)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = Writer { path: folder.path().join("acra.log"), written: Vec::new(), lines: 0 };
        let (came_out, changes) = (Mutex::new(Vec::new()), Arc::new(Changes::new()));
        thread::scope(|scope| {
            let path = writer.path.clone();
            let follower = scope.spawn({
                let (changes, came_out) = (Arc::clone(&changes), &came_out);
                move || read(begin(&path, &changes), came_out)
            });
            let stop = StopOnDrop(Arc::clone(&changes));
            // What was rotated before anything was read of the log is not beside a file that was named alone.
            writer.apply(Operation::Write(1), &came_out);
            writer.catch_up(&came_out);
            operations.iter().for_each(|operation| writer.apply(*operation, &came_out));
            writer.catch_up(&came_out);
            drop(stop);
            follower.join().expect("the follower");
        });
        let came_out = came_out.into_inner().expect("bytes");
        prop_assert_eq!(String::from_utf8_lossy(&came_out), String::from_utf8_lossy(&writer.written));
    }
}

#[test]
fn a_log_that_is_rotated_before_anything_was_read_of_it_is_read_whole() {
    for rotation in [Operation::CopyTruncate, Operation::Rename, Operation::Create] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = Writer { path: folder.path().join("acra.log"), written: Vec::new(), lines: 0 };
        let (came_out, changes) = (Mutex::new(Vec::new()), Arc::new(Changes::new()));
        writer.apply(Operation::Write(1), &came_out);
        let log = begin(&writer.path, &changes);
        for operation in [rotation, Operation::Write(1), rotation, Operation::Write(1)] {
            writer.apply(operation, &came_out);
        }
        changes.stop();
        read(log, &came_out);
        let came_out = came_out.into_inner().expect("bytes");
        assert_eq!(String::from_utf8_lossy(&came_out), String::from_utf8_lossy(&writer.written), "{rotation:?}");
    }
}

#[test]
fn a_copy_that_is_still_being_made_is_not_read_before_the_log_is_emptied() {
    let folder = tempfile::tempdir().expect("a folder");
    let [live, copy, older] = ["acra.log", "acra.log.1", "acra.log.2"].map(|name| folder.path().join(name));
    fs::write(&older, "older\n").expect("a file");
    fs::write(&live, "one\ntwo\n").expect("a file");
    let position = ReadPosition::beginning_of(&Arc::new(HeldFile::open(&older).expect("a file")));
    let succession = Succession::new(live.clone());
    let next = || succession.behind(&position).map(|(input, _)| PathBuf::from(&*input.shown));
    for part in ["", "one\n", "one\ntwo\n"] {
        fs::write(&copy, part).expect("a part of a copy");
        assert_eq!(next().as_ref(), Some(&live), "{part:?}");
    }
    for text in ["", "three\n"] {
        fs::write(&live, text).expect("another log");
        assert_eq!(next().as_ref(), Some(&copy), "{text:?}");
    }
}

#[test]
fn a_log_that_is_emptied_is_lost_unless_a_copy_of_it_is_there_be_it_a_shorter_one() {
    // What is copied before the log is emptied, in bytes, and whether that is a loss.
    for (copied, losses) in [(None, 1), (Some(2_000), 0), (Some(4_000), 0), (Some(100), 1)] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("acra.log");
        let text: String = (0..500).map(|line| format!("line {line}\n")).collect();
        fs::write(&path, &text).expect("a log");
        let (came_out, changes) = (Mutex::new(Vec::new()), Arc::new(Changes::new()));
        let (stream, log) = begin(&path, &changes);
        let progress = Arc::clone(log.progress());
        thread::scope(|scope| {
            let stop = StopOnDrop(Arc::clone(&changes));
            let reader = scope.spawn(|| read_over_gaps((stream, log), &came_out, 1));
            while came_out.lock().expect("bytes").len() < text.len() {
                thread::sleep(Duration::from_millis(1));
            }
            if let Some(copied) = copied {
                fs::write(folder.path().join("acra.log.1"), &text[..copied]).expect("a copy");
            }
            fs::write(&path, "another\n").expect("another log");
            while came_out.lock().expect("bytes").len() < text.len() + 8 {
                thread::sleep(Duration::from_millis(1));
            }
            drop(stop);
            reader.join().expect("the reader");
        });
        assert_eq!(progress.losses(), losses, "{copied:?}");
    }
}

/// The bytes of the lines that were taken of a log when everything was that was there at first.
fn taken_when_caught_up(path: &Path) -> u64 {
    let changes = Arc::new(Changes::new());
    let (stream, log) = begin(path, &changes);
    let open = |input: &source::Input| log.open(input);
    let hooks = ReadHooks { open: &open, on_read: &|_| {}, followed: Some(&log) };
    // Many batches of a few lines, so that what was read is long before what was taken.
    let limits = Limits { batch_lines: 7, ..Limits::default() };
    let mut reader = StreamReader::new(&stream.files, ReadOptions { limits, ..ReadOptions::default() }, hooks);
    let (mut batch, mut taken) = (Batch::default(), 0);
    thread::scope(|scope| {
        // The reader waits for more, or for the end.
        scope.spawn(|| {
            let begun = Instant::now();
            while !log.progress().is_caught_up() && begun.elapsed() < Duration::from_secs(20) {
                thread::sleep(Duration::from_millis(1));
            }
            changes.stop();
        });
        while let Some(event) = reader.next(&mut batch).filter(|_| !log.progress().is_caught_up()) {
            if matches!(event, FileEvent::Lines { .. }) {
                taken += batch.lines.iter().map(|line| line.bytes).sum::<u64>();
            }
        }
    });
    assert!(log.progress().is_caught_up(), "{}", path.display());
    taken
}

/// What is there at first, by the names of the files.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn a_log_is_caught_up_with_when_all_that_was_there_at_first_was_taken() {
    let entry = |line| format!("time=\"2026-11-29T10:00:00Z\" level=info msg=\"line {line}\" version=0.95.0\n");
    let text: Vec<u8> = (1_000..4_000).flat_map(|line| entry(line).into_bytes()).collect();
    let gzip = |text: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text).and_then(|()| gzip.finish()).expect("gzip")
    };
    let (older, newer) = text.split_at(text.len() / 3);
    let cut = &text[..text.len() - 1];
    let cases: [(&str, Files<'_>, usize); 8] = [
        ("a log", &[("acra.log", &text)], text.len()),
        ("a log with rotated files", &[("acra.log.1", older), ("acra.log", newer)], text.len()),
        (
            "a log whose rotated files are compressed",
            &[("acra.log.1.gz", &gzip(older)), ("acra.log", newer)],
            text.len(),
        ),
        ("a log in which nothing is yet", &[("acra.log.1", &text), ("acra.log", b"")], text.len()),
        ("a rotated file whose last line may go on", &[("acra.log.1", cut), ("acra.log", b"")], cut.len()),
        ("a last line that may go on", &[("acra.log", cut)], text.len() - entry(0).len() - 3),
        ("a log that is not there yet", &[("acra.log.1", &text)], text.len()),
        ("a compressed log", &[("acra.log", &gzip(&text))], text.len()),
    ];
    for (what, files, wanted) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).expect("a file"));
        assert_eq!(taken_when_caught_up(folder.path()), wanted as u64, "{what}");
    }
}

#[test]
fn a_log_that_is_written_without_a_pause_is_caught_up_with_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acra.log");
    let write = |lines: usize| {
        let mut log = OpenOptions::new().append(true).create(true).open(&path).expect("the log");
        (0..lines).for_each(|line| writeln!(log, "line {line} {}", "x".repeat(line % 97)).expect("a line"));
    };
    write(4_000);
    let there = fs::metadata(&path).expect("the log").len();
    let is_over = AtomicBool::new(false);
    let taken = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                write(20);
            }
        });
        let taken = taken_when_caught_up(&path);
        is_over.store(true, Ordering::Relaxed);
        taken
    });
    assert!(taken >= there, "{taken} of {there} bytes");
}

#[test]
fn of_copies_that_begin_alike_the_one_is_gone_on_with_that_stands_first_behind_what_was_read_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    // Of the third one only the beginning was read, and the fourth one begins alike.
    for (name, text) in
        [("acra.log.4", "one\n"), ("acra.log.3", "two\n"), ("acra.log.2", "line 81\n"), ("acra.log.1", "line 82\n")]
    {
        fs::write(path(name), text).expect("a file");
    }
    let succession = Succession::new(path("acra.log"));
    let mut read = ReadTrace::default();
    read.add(b"line 8");
    let before = |name: &str| ReadPosition::beginning_of(&Arc::new(HeldFile::open(&path(name)).expect("a file")));
    for (before, rest) in
        [(before("acra.log.3"), "1\n"), (before("acra.log.2"), "2\n"), (ReadPosition::default(), "1\n")]
    {
        let (_, mut text) = succession.find_copy_behind(&before, &read).expect("a copy");
        let mut there = String::new();
        text.read_to_string(&mut there).expect("text");
        assert_eq!(there, rest);
    }
}

#[test]
fn a_log_that_is_emptied_and_begins_alike_is_another_one_even_where_no_line_of_it_was_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("acra.log"), folder.path().join("acra.log.1"));
    fs::write(&path, "line 81\n").expect("a log");
    let (stream, log) = begin(&path, &Arc::new(Changes::new()));
    // To be opened, some bytes are read that tell whether it is compressed.
    let mut reader = log.open(&stream.files[0]).expect("a log").reader;
    fs::copy(&path, &copy).expect("a copy");
    fs::write(&path, "line 82\n").expect("another log");
    let mut text = [0; 64];
    let mut read = Vec::new();
    while read.len() < 8 {
        let count = reader.read(&mut text).expect("text");
        read.extend_from_slice(&text[..count]);
    }
    assert_eq!(String::from_utf8_lossy(&read), "line 81\n");
}
