//! Whole files, and files damaged at every place.

use std::io::{self, ErrorKind, Write};

use super::ZstdReader;
use crate::testing::source::drain;

fn frame(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What comes out with buffers of `step` bytes, and how it ends.
fn unpack(bytes: &[u8], step: usize) -> (Vec<u8>, io::Result<()>) {
    drain(ZstdReader::new(io::BufReader::with_capacity(step.max(2) / 2, bytes)).unwrap(), step)
}

fn text() -> Vec<u8> {
    let line = |n: u32| format!("line {} of a log\n", n.wrapping_mul(2_654_435_761));
    (0..20_000_u32).flat_map(|n| line(n).into_bytes()).collect()
}

#[test]
fn all_frames_are_read_and_skippable_ones_skipped() {
    let skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    let whole = [skippable.clone(), frame(b"one\n"), frame(b""), skippable, frame(&text())].concat();
    for step in [1, 3, 64, 1 << 20] {
        let (out, end) = unpack(&whole, step);
        assert!(end.is_ok());
        assert_eq!(out.len(), text().len() + 4);
        assert_eq!(out, [b"one\n".as_slice(), &text()].concat());
    }
}

#[test]
fn a_file_cut_anywhere_gives_all_whole_blocks_and_an_error() {
    let (text, whole) = (text(), frame(&text()));
    let mut most = 0;
    for cut in (1..whole.len()).step_by(2999).chain(whole.len() - 5..whole.len()) {
        let (out, end) = unpack(&whole[..cut], 1 << 20);
        let error = end.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData), "cut at {cut}: {error}");
        assert!(text.starts_with(&out));
        most = most.max(out.len());
    }
    assert_eq!(most, text.len(), "without its checksum the text is still there");
}

#[test]
fn a_damaged_byte_never_changes_the_text_unseen_and_whole_blocks_come_before_the_error() {
    let (text, whole) = (text(), frame(&text()));
    let mut most = 0;
    for at in (4..whole.len()).step_by(1999).chain(whole.len() - 4..whole.len()) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let (out, end) = unpack(&damaged, 1 << 20);
        // The frame header has a bit that means nothing.
        assert!(end.is_err() || out == text, "damaged at {at}");
        most = most.max(if end.is_err() { out.len() } else { 0 });
    }
    assert_eq!(most, text.len());
}

#[test]
fn garbage_after_the_end_is_an_error() {
    for garbage in [&b"x"[..], b"garbage", b"\0\0\0\0", b"\x28\xb5\x2f"] {
        let (out, end) = unpack(&[frame(b"text").as_slice(), garbage].concat(), 64);
        assert_eq!(out, b"text");
        assert_eq!(end.unwrap_err().to_string(), "broken zstd: garbage after its end", "{garbage:?}");
    }
}

#[test]
fn a_frame_that_wants_too_much_memory_is_refused() {
    // Magic, a descriptor without single segment, a window of 2^31 bytes, an empty last block.
    let (_, end) = unpack(b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 64);
    assert!(end.unwrap_err().to_string().starts_with("broken zstd: "));
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(tail in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = unpack(&[&super::MAGIC, tail.as_slice()].concat(), 64);
    }
}
