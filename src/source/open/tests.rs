//! Files, pipes and what is neither.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::{Compression, Opened, STILL, open, settled_length};
use crate::source::Input;

fn opened(path: &Path) -> Opened {
    open(&Input::path(path.to_owned())).unwrap()
}

fn refusal(path: &Path) -> String {
    open(&Input::path(path.to_owned())).err().expect("refused").to_string()
}

#[test]
fn compression_is_told_by_the_first_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"text\n").unwrap();
    let cases = [
        ("a.gz", b"text\n".to_vec(), None),
        ("b.log", gzip.finish().unwrap(), Some(Compression::Gzip)),
        ("c.log", zstd::encode_all(&b"text\n"[..], 1).unwrap(), Some(Compression::Zstd)),
    ];
    for (name, bytes, compression) in cases {
        let path = directory.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let mut opened = opened(&path);
        assert_eq!(opened.compression, compression);
        let mut text = String::new();
        opened.reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text\n");
        assert_eq!(opened.progress.load(Ordering::Relaxed), bytes.len() as u64);
    }
    for foreign in [&b"\xfd7zXZ\0\0"[..], b"BZh91AY&SY", b"\x04\x22\x4d\x18\0"] {
        let path = directory.path().join("foreign");
        std::fs::write(&path, foreign).unwrap();
        assert!(refusal(&path).contains("not supported"));
    }
}

#[test]
fn a_file_is_read_up_to_its_length_at_open() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("growing.log");
    std::fs::write(&path, "one\n").unwrap();
    let mut reader = opened(&path).reader;
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one\n");
}

#[test]
fn a_line_that_is_just_being_written_is_waited_for_up_to_its_end() {
    // What stands in the file, what arrives in each pause, and how much of it is then read.
    let cases: [(&str, &[&str], &str); 5] = [
        ("one\n", &["two\n"], "one\n"),
        ("one\ntw", &["o\n", "three\n"], "one\ntwo\n"),
        ("one\nt", &["w", "", "o", "\n"], "one\ntwo\n"),
        ("one\ntwo", &[], "one\ntwo"),
        ("", &["one"], ""),
    ];
    for (before, meanwhile, read) in cases {
        let mut file = tempfile::tempfile().unwrap();
        let mut writer = file.try_clone().unwrap();
        let mut append = |text: &str| {
            writer.seek(SeekFrom::End(0)).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        };
        append(before);
        let mut arriving = meanwhile.iter();
        let length = settled_length(&mut file, || append(arriving.next().copied().unwrap_or_default())).unwrap();
        assert_eq!(length, read.len() as u64, "{before:?} {meanwhile:?}");
    }
}

#[test]
fn an_old_file_is_not_waited_for() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"torn").unwrap();
    file.set_modified(SystemTime::now() - STILL * 2).unwrap();
    assert_eq!(settled_length(&mut file, || panic!("nobody writes to it")).unwrap(), 4);
}

#[test]
fn a_file_that_becomes_shorter_is_an_error_after_its_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shrinking.log");
    std::fs::write(&path, "one two three\n").unwrap();
    let mut reader = opened(&path).reader;
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(7).unwrap();
    let mut text = Vec::new();
    let error = reader.read_to_end(&mut text).unwrap_err();
    assert_eq!((text.as_slice(), error.kind()), (&b"one two"[..], std::io::ErrorKind::UnexpectedEof));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(refusal(directory.path()), "is a directory");
    assert!(!refusal(&directory.path().join("none")).is_empty());
    #[cfg(unix)]
    assert_eq!(refusal(Path::new("/dev/null")), "is a device");
}

#[test]
fn a_hole_is_not_found_whatever_stands_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.log.2");
    std::fs::write(&path, "text\n").unwrap();
    let error = open(&Input::hole(path, "the file is missing")).err().expect("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
#[cfg(unix)]
fn a_named_pipe_is_read_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, "text\n"))
    };
    let mut opened = opened(&path);
    let mut text = String::new();
    opened.reader.read_to_string(&mut text).unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(text, "text\n");
}
