//! Files, pipes and what is neither.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use super::*;
use crate::testing::source::drain;

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
        ("c.log", ::zstd::encode_all(&b"text\n"[..], 1).unwrap(), Some(Compression::Zstd)),
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

#[cfg(unix)]
#[test]
fn a_pipe_waits_until_something_is_written_or_its_end_is_there() {
    use std::os::fd::OwnedFd;

    let (reader, mut writer) = io::pipe().expect("pipes can be made");
    let live = Live::of(&File::from(OwnedFd::from(reader))).expect("a pipe can be watched");
    assert!(live.waits());
    writer.write_all(b"x").expect("a pipe takes a byte");
    assert!(!live.waits());
    drop(writer);
    assert!(!live.waits());
}

const TEXT: &[u8] = b"one\ntwo\nthree\n";

fn digest_of(bytes: &[u8]) -> Digest {
    Digest { bytes: bytes.len() as u64, sha256: Sha256::digest(bytes).into(), is_whole: true }
}

fn hashed_at(path: &Path) -> (Opened, PendingDigest) {
    open_hashed(&Input::path(path.to_owned())).unwrap()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

/// Bytes that no compression makes shorter, so that damage in the middle stands far before the end.
fn noise() -> Vec<u8> {
    (0..20_000_u32).flat_map(|number| Sha256::digest(number.to_le_bytes())).collect()
}

#[test]
fn every_file_has_the_hash_of_the_bytes_it_consists_of() {
    let long = noise();
    let damaged = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        // More than a block of zstd, whose header is damaged then.
        bytes[middle..middle + (150 << 10)].fill(0xff);
        bytes
    };
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 5].to_vec();
    let zstd = |text: &[u8]| ::zstd::encode_all(text, 1).unwrap();
    // What lies on disk, and whether all of it can be read as a log.
    let cases = [
        ("empty", Vec::new(), true),
        ("shorter than any magic bytes", b"a".to_vec(), true),
        ("plain", TEXT.to_vec(), true),
        ("plain and long", long.clone(), true),
        ("gzip", gzip(TEXT), true),
        ("gzip of two members", [gzip(TEXT), gzip(TEXT)].concat(), true),
        ("gzip with padding", [gzip(TEXT), vec![0; 100_000]].concat(), true),
        ("gzip with garbage after its end", [gzip(TEXT), long.clone()].concat(), false),
        ("gzip that is cut off", cut(gzip(TEXT)), false),
        ("gzip that is damaged", damaged(gzip(&long)), false),
        ("zstd", zstd(TEXT), true),
        ("zstd with garbage after its end", [zstd(TEXT), long.clone()].concat(), false),
        ("zstd that is cut off", cut(zstd(TEXT)), false),
        ("zstd that is damaged", damaged(zstd(&long)), false),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    for (name, bytes, whole) in cases {
        fs::write(&path, &bytes).unwrap();
        for step in [1_000, 1 << 20] {
            let (opened, digest) = hashed_at(&path);
            assert_eq!(digest.get(), None, "{name}: it was not read yet");
            let (_, end) = drain(opened.reader, step);
            assert_eq!(end.is_ok(), whole, "{name}: {end:?}");
            assert_eq!(digest.get(), Some(digest_of(&bytes)), "{name} in steps of {step}");
        }
    }
}

#[test]
fn the_text_is_the_same_as_without_a_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    for bytes in [TEXT.to_vec(), gzip(TEXT), gzip(TEXT)[..20].to_vec()] {
        fs::write(&path, bytes).unwrap();
        let (hashed, _) = hashed_at(&path);
        let plain = crate::source::open(&Input::path(path.clone())).unwrap();
        assert_eq!(hashed.compression, plain.compression);
        let ((text, end), (expected, expected_end)) = (drain(hashed.reader, 3), drain(plain.reader, 3));
        assert_eq!((text, end.map_err(|error| error.kind())), (expected, expected_end.map_err(|error| error.kind())));
    }
}

#[test]
fn a_file_that_grows_is_hashed_up_to_its_length_at_open_and_one_that_shrinks_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    for (change, hashed) in [("four\n", TEXT), ("", &TEXT[..7])] {
        fs::write(&path, TEXT).unwrap();
        let (opened, digest) = hashed_at(&path);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(change.as_bytes()).unwrap();
        if change.is_empty() {
            file.set_len(7).unwrap();
        }
        let (text, end) = drain(opened.reader, 1 << 10);
        assert_eq!((text.as_slice(), end.is_ok()), (hashed, !change.is_empty()));
        assert_eq!(digest.get(), Some(Digest { is_whole: !change.is_empty(), ..digest_of(hashed) }));
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_is_hashed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let bytes = [gzip(TEXT), noise()].concat();
    let writer = {
        let (path, bytes) = (path.clone(), bytes.clone());
        std::thread::spawn(move || fs::write(path, bytes))
    };
    let (opened, digest) = hashed_at(&path);
    let (text, end) = drain(opened.reader, 1 << 10);
    writer.join().unwrap().unwrap();
    assert_eq!((text.as_slice(), end.is_ok()), (TEXT, false));
    assert_eq!(digest.get(), Some(digest_of(&bytes)));
}

#[test]
fn nothing_is_hashed_of_what_cannot_be_opened_and_nothing_is_said_of_what_nobody_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    assert!(open_hashed(&Input::path(path.clone())).is_err());
    fs::write(&path, TEXT).unwrap();
    let (opened, digest) = hashed_at(&path);
    drop(opened);
    assert_eq!(digest.get(), None);
    let (mut opened, digest) = self::hashed_at(&path);
    opened.reader.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(opened.reader.read(&mut []).unwrap(), 0);
    assert_eq!(digest.get(), None, "a read without room is no end");
}
