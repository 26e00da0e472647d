//! The hash is that of the file, whatever the decompressor makes of it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::source::drain::drain;

const TEXT: &[u8] = b"one\ntwo\nthree\n";

fn digest_of(bytes: &[u8]) -> Digest {
    Digest { bytes: bytes.len() as u64, sha256: Sha256::digest(bytes).into() }
}

fn opened(path: &Path) -> (Opened, PendingDigest) {
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
    let zstd = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
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
            let (opened, digest) = opened(&path);
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
        let (hashed, _) = opened(&path);
        let plain = super::super::open(&Input::path(path.clone())).unwrap();
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
        let (opened, digest) = opened(&path);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(change.as_bytes()).unwrap();
        if change.is_empty() {
            file.set_len(7).unwrap();
        }
        let (text, end) = drain(opened.reader, 1 << 10);
        assert_eq!((text.as_slice(), end.is_ok()), (hashed, !change.is_empty()));
        assert_eq!(digest.get(), Some(digest_of(hashed)));
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
    let (opened, digest) = opened(&path);
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
    let (opened, digest) = opened(&path);
    drop(opened);
    assert_eq!(digest.get(), None);
    let (mut opened, digest) = self::opened(&path);
    opened.reader.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(opened.reader.read(&mut []).unwrap(), 0);
    assert_eq!(digest.get(), None, "a read without room is no end");
}
