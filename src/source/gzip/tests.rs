//! Whole files, and files damaged at every place.

use std::io::{self, ErrorKind, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::GzipReader;
use crate::testing::source::drain;

fn member(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What comes out with buffers of `step` bytes, and how it ends.
fn unpack(bytes: &[u8], step: usize) -> (Vec<u8>, io::Result<()>) {
    drain(GzipReader::new(io::BufReader::with_capacity(step.max(2) / 2, bytes)), step)
}

fn text() -> Vec<u8> {
    (0..900_u32).flat_map(|n| format!("line {} of a log\n", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
}

#[test]
fn all_members_are_read() {
    let whole = [member(b"one\n"), member(b""), member(&text()), vec![0; 700]].concat();
    for step in [1, 3, 64, 1 << 20] {
        let (out, end) = unpack(&whole, step);
        assert!(end.is_ok());
        assert_eq!(out, [b"one\n".as_slice(), &text()].concat());
    }
}

#[test]
fn a_header_with_every_field_is_passed_over() {
    let builder = GzBuilder::new().filename("a.log").comment("x").extra(vec![7; 300]).mtime(1);
    let mut encoder = builder.write(Vec::new(), Compression::fast());
    encoder.write_all(b"text").unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(unpack(&bytes, 5).0, b"text");
}

#[test]
fn a_file_cut_anywhere_gives_its_beginning_and_an_error() {
    let (text, whole) = (text(), member(&text()));
    let mut most = 0;
    for cut in (1..whole.len()).step_by(7).chain([whole.len() - 8, whole.len() - 1]) {
        let (out, end) = unpack(&whole[..cut], 4096);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::UnexpectedEof, "cut at {cut}");
        assert!(text.starts_with(&out));
        most = most.max(out.len());
    }
    assert_eq!(most, text.len(), "without its trailer the text is still there");
}

#[test]
fn a_damaged_byte_never_changes_the_text_unseen() {
    let (text, whole) = (text(), member(&text()));
    for at in (10..whole.len()).step_by(5).chain(whole.len() - 8..whole.len()) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let (out, end) = unpack(&damaged, 1 << 16);
        // The last byte of the deflated data has bits that mean nothing.
        assert!(end.is_err() || out == text, "damaged at {at}");
    }
}

#[test]
fn what_could_be_decoded_comes_before_the_error() {
    // A stored block, then a block of the reserved type.
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0xfb, 0xff];
    bytes.extend_from_slice(b"text\xff\xff\xff");
    let (out, end) = unpack(&bytes, 1 << 16);
    assert_eq!(out, b"text");
    assert_eq!(end.unwrap_err().to_string(), "broken gzip: deflated data are damaged");
}

#[test]
fn garbage_after_the_end_is_an_error() {
    for garbage in [&b"x"[..], b"garbage", b"\x1f", b"\x1fx", b"\0\0\0x", b"\n"] {
        let (out, end) = unpack(&[member(b"text").as_slice(), garbage].concat(), 64);
        assert_eq!(out, b"text");
        assert_eq!(end.unwrap_err().to_string(), "broken gzip: garbage after its end", "{garbage:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(tail in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = unpack(&[&[0x1f, 0x8b, 8], tail.as_slice()].concat(), 64);
        let _ = unpack(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], tail.as_slice()].concat(), 64);
    }
}
