//! The reader against a naive split, over read sizes and batch sizes.

use std::io::{self, Read};

use proptest::prelude::*;

use super::*;
use crate::line::{LineState, Wrapper};

/// A line with its text, as the tests compare it.
type Plain = (u64, Vec<u8>, u64, LineState);

/// Gives at most `step` bytes per read, then ends or fails.
struct Dripping<'a> {
    bytes: &'a [u8],
    step: usize,
    failure: Option<io::ErrorKind>,
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.bytes.len());
        if count == 0
            && let Some(kind) = self.failure
        {
            return Err(kind.into());
        }
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

fn ending(bytes: &[u8], step: usize) -> Dripping<'_> {
    Dripping { bytes, step: step.max(1), failure: None }
}

fn limits(batch_bytes: usize, batch_lines: usize, line_bytes_max: usize) -> Limits {
    Limits { batch_bytes, batch_lines, line_bytes_max }
}

/// Reads to the end, or to the error.
fn drain<R: Read>(reader: &mut LineReader<R>, most_lines: usize) -> (Vec<Plain>, Option<io::Error>) {
    let mut batch = Batch::default();
    let mut lines = Vec::new();
    loop {
        match reader.fill(&mut batch) {
            Ok(false) => {
                assert!(batch.lines.is_empty() && batch.text.is_empty());
                return (lines, None);
            }
            Ok(true) => {
                assert!(!batch.lines.is_empty() && batch.lines.len() <= 2 * most_lines, "each line, and padding");
                lines.extend(
                    batch.lines.iter().map(|line| (line.number, batch.text_of(line).to_vec(), line.bytes, line.state)),
                );
            }
            Err(error) => return (lines, Some(error)),
        }
    }
}

/// The obvious way.
fn naive(bytes: &[u8], line_bytes_max: usize) -> Vec<Plain> {
    let mut lines: Vec<Plain> = Vec::new();
    for (number, piece) in (1..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
        let padding = piece.iter().take_while(|&&byte| byte == 0).count();
        let text = piece[padding..].strip_suffix(b"\n").unwrap_or(&piece[padding..]);
        let mut plain = (number, text.to_vec(), piece.len() as u64, LineState::Whole);
        if !piece.ends_with(b"\n") {
            plain.3 = LineState::Unterminated;
        }
        if number == 1 && text.starts_with(b"\xef\xbb\xbf") {
            plain.1 = text[3..].to_vec();
        }
        if text.len() > line_bytes_max {
            plain.1.clear();
            plain.3 = LineState::TooLong;
        }
        if padding > 0 && !(plain.1.is_empty() && plain.3 != LineState::TooLong) {
            lines.push((number, Vec::new(), padding as u64, LineState::Whole));
            plain.2 -= padding as u64;
        }
        lines.push(plain);
    }
    lines
}

fn log_like_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..40),
        3 => Just(b"\n".to_vec()),
        1 => Just(b"\xef\xbb\xbf".to_vec()),
        1 => Just(b"\r\n\n\n".to_vec()),
        1 => prop::collection::vec(any::<u8>().prop_filter("no newline", |&byte| byte != b'\n'), 100..300),
        1 => Just(b"{\"log\":\"{\\\"a\\n\",\"stream\":\"stdout\"}\n".to_vec()),
        1 => Just(b"2025-03-14T00:00:00Z stderr P time=\"\n".to_vec()),
    ];
    let utf16 = |bytes: &Vec<u8>| {
        matches!(
            bytes[..],
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..0x80, 0, 1..0x80, 0, ..] | [0, 1..0x80, 0, 1..0x80, ..]
        )
    };
    let bytes = prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat());
    bytes.prop_filter("another encoding", move |bytes| !utf16(bytes))
}

proptest! {
    #[test]
    fn bare_lines_are_those_of_a_naive_split(
        bytes in log_like_bytes(), step in 1_usize..200, batch_bytes in 0_usize..200, batch_lines in 0_usize..9,
        line_bytes_max in 0_usize..150,
    ) {
        let mut reader =
            LineReader::with_limits(ending(&bytes, step), limits(batch_bytes, batch_lines, line_bytes_max));
        let (lines, error) = drain(&mut reader, batch_lines.max(1));
        prop_assert!(error.is_none());
        prop_assert_eq!(reader.bytes_read(), bytes.len() as u64);
        prop_assert_eq!(reader.bytes_lost(), 0);
        prop_assert_eq!(lines.iter().map(|line| line.2).sum::<u64>(), bytes.len() as u64);
        if reader.wrapper().is_none() {
            prop_assert_eq!(lines, naive(&bytes, line_bytes_max));
        }
    }

    #[test]
    fn after_an_error_every_byte_is_in_a_line_or_lost(
        bytes in log_like_bytes(), step in 1_usize..200, batch_bytes in 0_usize..200, batch_lines in 0_usize..9,
        line_bytes_max in 0_usize..150,
    ) {
        let input = Dripping { bytes: &bytes, step, failure: Some(io::ErrorKind::InvalidData) };
        let mut reader = LineReader::with_limits(input, limits(batch_bytes, batch_lines, line_bytes_max));
        let (lines, error) = drain(&mut reader, batch_lines.max(1));
        prop_assert_eq!(error.map(|error| error.kind()), Some(io::ErrorKind::InvalidData));
        let mut batch = Batch::default();
        prop_assert!(matches!(reader.fill(&mut batch), Ok(false)), "the error is told once");
        let delivered = lines.iter().map(|line| line.2).sum::<u64>();
        prop_assert_eq!(delivered + reader.bytes_lost(), reader.bytes_read());
        prop_assert_eq!(reader.bytes_read(), bytes.len() as u64);
        if reader.wrapper().is_none() {
            let mut expected = naive(&bytes, line_bytes_max);
            let whole = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
            expected.retain(|line| line.0 <= whole);
            prop_assert_eq!(lines, expected);
        }
    }

    #[test]
    fn wrapped_lines_are_the_lines_that_were_wrapped(
        texts in prop::collection::vec("(\\{\"|CEF:)[ -~]{0,60}", 1..20),
        cuts in prop::collection::vec((prop_oneof![Just(0), 6_usize..70], any::<bool>()), 20),
        wrapper in prop_oneof![Just(Wrapper::Docker), Just(Wrapper::Cri)],
        step in 1_usize..200, batch_bytes in 1_usize..300, batch_lines in 1_usize..9,
    ) {
        let physical = wrap(wrapper, &texts, &cuts);
        let bytes = physical.concat();
        let mut reader = LineReader::with_limits(ending(&bytes, step), limits(batch_bytes, batch_lines, 1 << 10));
        let (lines, error) = drain(&mut reader, batch_lines);
        prop_assert!(error.is_none());
        prop_assert_eq!(reader.wrapper(), Some(wrapper));
        prop_assert_eq!(lines.iter().map(|line| line.2).sum::<u64>(), bytes.len() as u64);
        let mut found: Vec<_> = lines.into_iter().map(|line| (line.0, line.1, line.3)).collect();
        found.sort_by_key(|line| line.0);
        let mut number = 1;
        let mut expected = Vec::new();
        for (text, &(cut, _)) in texts.iter().zip(&cuts) {
            expected.push((number, text.as_bytes().to_vec(), LineState::Whole));
            number += 1 + u64::from(cut > 0 && cut < text.len());
        }
        prop_assert_eq!(found, expected);
    }
}

/// The texts as physical lines, cut in two where a cut falls inside, on either output.
fn wrap(wrapper: Wrapper, texts: &[String], cuts: &[(usize, bool)]) -> Vec<Vec<u8>> {
    let mut physical = Vec::new();
    for (text, &(cut, on_stdout)) in texts.iter().zip(cuts) {
        let pipe = if on_stdout { "stdout" } else { "stderr" };
        let mut piece = |text: &str, last: bool| {
            physical.push(match wrapper {
                Wrapper::Docker => {
                    let log = serde_json::to_string(&format!("{text}{}", if last { "\n" } else { "" })).unwrap();
                    format!("{{\"log\":{log},\"stream\":\"{pipe}\",\"time\":\"2025-03-14T00:00:00Z\"}}\n").into_bytes()
                }
                _ => format!("2025-03-14T00:00:00.1Z {pipe} {} {text}\n", if last { "F" } else { "P:x" }).into_bytes(),
            });
        };
        if cut > 0 && cut < text.len() {
            piece(&text[..cut], false);
            piece(&text[cut..], true);
        } else {
            piece(text, true);
        }
    }
    physical
}

fn read(bytes: &[u8]) -> (Vec<Plain>, Option<Wrapper>) {
    let mut reader = LineReader::with_limits(ending(bytes, 7), limits(16, 3, 200));
    let (lines, error) = drain(&mut reader, 3);
    assert!(error.is_none());
    assert_eq!(lines.iter().map(|line| line.2).sum::<u64>(), bytes.len() as u64);
    (lines, reader.wrapper())
}

#[test]
fn an_empty_file_has_no_lines() {
    assert_eq!(read(b""), (Vec::new(), None));
}

#[test]
fn a_byte_order_mark_is_counted_but_not_shown() {
    let (lines, _) = read(b"\xef\xbb\xbfCEF:0\r\n\xef\xbb\xbf");
    assert_eq!(lines[0], (1, b"CEF:0\r".to_vec(), 10, LineState::Whole));
    assert_eq!(lines[1], (2, b"\xef\xbb\xbf".to_vec(), 3, LineState::Unterminated));
}

#[test]
fn a_line_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    for (length, state) in [(199, LineState::Whole), (200, LineState::Whole), (201, LineState::TooLong)] {
        let mut bytes = vec![b'a'; length];
        bytes.extend_from_slice(b"\nlast\n");
        let (lines, _) = read(&bytes);
        assert_eq!((lines[0].2, lines[0].3), (length as u64 + 1, state));
        assert_eq!(lines[1], (2, b"last".to_vec(), 5, LineState::Whole));
    }
}

#[test]
fn pieces_of_two_outputs_may_be_interleaved() {
    let physical: [&[u8]; 5] = [
        b"2025-03-14T00:00:00Z stdout P CEF:a\n",
        b"2025-03-14T00:00:00Z stderr P CEF:b\n",
        b"not wrapped\n",
        b"2025-03-14T00:00:00Z stdout F 1\n",
        b"2025-03-14T00:00:00Z stderr F 2\n",
    ];
    let (lines, wrapper) = read(&physical.concat());
    assert_eq!(wrapper, Some(Wrapper::Cri));
    let sum = |a: usize, b: usize| (physical[a].len() + physical[b].len()) as u64;
    assert_eq!(
        lines,
        [
            (3, b"not wrapped".to_vec(), 12, LineState::Whole),
            (1, b"CEF:a1".to_vec(), sum(0, 3), LineState::Whole),
            (2, b"CEF:b2".to_vec(), sum(1, 4), LineState::Whole),
        ]
    );
}

#[test]
fn a_piece_without_its_end_is_an_unterminated_line() {
    let (lines, _) = read(b"2025-03-14T00:00:00Z stdout F CEF:a\n2025-03-14T00:00:00Z stdout P CEF:b\n");
    assert_eq!(lines[1], (2, b"CEF:b".to_vec(), 36, LineState::Unterminated));
}

#[test]
fn a_joined_entry_beyond_the_limit_is_too_long() {
    let piece = [b"2025-03-14T00:00:00Z stdout P CEF:".as_slice(), &[b'a'; 100], b"\n"].concat();
    let mut bytes = piece.repeat(3);
    bytes.extend_from_slice(b"2025-03-14T00:00:00Z stdout F z\n2025-03-14T00:00:00Z stdout F next\n");
    let (lines, _) = read(&bytes);
    assert_eq!(lines[0], (1, Vec::new(), 3 * piece.len() as u64 + 32, LineState::TooLong));
    assert_eq!(lines[1].1, b"next");
}

#[test]
fn lines_that_are_told_to_be_wrapped_are_taken_out_and_every_byte_is_accounted_for() {
    let export = b"\xef\xbb\xbf{\"create\":{}}\n{\"event\":{\"original\":\"CEF:0\"}}\n{\"other\":1}\n{\"index\":{}}";
    for (batch_bytes, batch_lines) in [(1, 1), (16, 3), (1 << 10, 9)] {
        let limits = limits(batch_bytes, batch_lines, 200);
        let mut reader = LineReader::with_wrapper(ending(export, 7), limits, Wrapper::ElasticBulk);
        let (lines, error) = drain(&mut reader, batch_lines);
        assert!(error.is_none() && reader.wrapper() == Some(Wrapper::ElasticBulk));
        assert_eq!(reader.bytes_read(), export.len() as u64);
        assert_eq!(
            lines,
            [
                (1, Vec::new(), 17, LineState::Whole),
                (2, b"CEF:0".to_vec(), 31, LineState::Whole),
                (3, b"{\"other\":1}".to_vec(), 12, LineState::Whole),
                (4, Vec::new(), 12, LineState::Unterminated),
            ]
        );
    }
}

/// Looks for one byte.
struct Byte(u8);

impl LineSearch for Byte {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        memchr(self.0, &text[from..]).map(|at| from + at)
    }

    fn knows(&self, _: &[u8]) -> bool {
        true
    }
}

/// Number, text and state of the lines that hold the byte, with the search or without.
fn lines(text: &[u8], limits: Limits, search: Option<&Byte>) -> Vec<(u64, Vec<u8>, LineState)> {
    let mut reader = LineReader::with_limits(text, limits);
    let mut batch = Batch::default();
    let mut found = Vec::new();
    while match search {
        Some(search) => reader.fill_wanted(&mut batch, search).unwrap(),
        None => reader.fill(&mut batch).unwrap(),
    } {
        let lines = batch.lines.iter().map(|line| (line.number, batch.text_of(line).to_vec(), line.state));
        found.extend(lines.filter(|(_, text, state)| text.contains(&b'x') || *state == LineState::TooLong));
    }
    found
}

proptest! {
    #[test]
    fn a_search_finds_the_lines_that_a_look_at_every_line_finds(
        text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'x'), Just(b'a'), Just(b'\xef')], 0..200),
        batch_bytes in 1_usize..40,
        batch_lines in 1_usize..6,
        line_bytes_max in 1_usize..20,
    ) {
        let limits = Limits { batch_bytes, batch_lines, line_bytes_max };
        let long = |lines: &[(u64, Vec<u8>, LineState)]| -> Vec<_> {
            lines.iter().filter(|line| line.2 != LineState::TooLong).cloned().collect()
        };
        let (with, without) = (lines(&text, limits, Some(&Byte(b'x'))), lines(&text, limits, None));
        prop_assert_eq!(long(&with), long(&without));
    }
}

/// Gives its bytes in pieces, as a pipe does.
struct Pieces<'a> {
    rest: &'a [u8],
    sizes: std::iter::Cycle<std::slice::Iter<'a, usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = self.sizes.next().copied().unwrap_or(1).min(out.len());
        self.rest.read(&mut out[..wanted])
    }
}

proptest! {
    #[test]
    fn a_live_input_gives_the_lines_of_the_file_in_whatever_pieces_they_come(
        text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'x'), Just(b'a')], 0..200),
        sizes in proptest::collection::vec(1_usize..30, 1..9),
        waits in proptest::collection::vec(any::<bool>(), 1..9),
        batch_bytes in 1_usize..40,
        batch_lines in 1_usize..6,
        line_bytes_max in 1_usize..20,
        searched in any::<bool>(),
    ) {
        let limits = Limits { batch_bytes, batch_lines, line_bytes_max };
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let waits = crate::line::Waits::new(move || {
            waits[asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % waits.len()]
        });
        let pieces = Pieces { rest: &text, sizes: sizes.iter().cycle() };
        let mut reader = LineReader::with_limits(pieces, limits).watching(waits);
        let mut batch = Batch::default();
        let (mut found, mut bytes) = (Vec::new(), 0);
        while match searched {
            true => reader.fill_wanted(&mut batch, &Byte(b'x')).unwrap(),
            false => reader.fill(&mut batch).unwrap(),
        } {
            prop_assert!(batch.paused || searched || !batch.lines.is_empty());
            bytes += batch.lines.iter().map(|line| line.bytes).sum::<u64>();
            let lines = batch.lines.iter().map(|line| (line.number, batch.text_of(line).to_vec(), line.state));
            found.extend(lines.filter(|(_, text, state)| text.contains(&b'x') && *state != LineState::TooLong));
        }
        let mut wanted = lines(&text, limits, None);
        wanted.retain(|line| line.2 != LineState::TooLong);
        prop_assert_eq!(found, wanted);
        prop_assert!(searched || bytes == text.len() as u64);
    }
}

#[test]
fn lines_without_a_hit_are_left_out_and_still_counted() {
    let text: Vec<u8> = (0..200_000).flat_map(|line| if line == 77_777 { *b"axa\n" } else { *b"aaa\n" }).collect();
    let mut reader = LineReader::with_limits(text.as_slice(), Limits { batch_bytes: 4096, ..Limits::default() });
    let mut batch = Batch::default();
    let mut seen = 0;
    let mut numbers = Vec::new();
    while reader.fill_wanted(&mut batch, &Byte(b'x')).unwrap() {
        seen += batch.lines.len();
        numbers.extend(batch.lines.iter().filter(|it| batch.text_of(it) == b"axa").map(|it| it.number));
    }
    assert_eq!(numbers, [77_778]);
    assert!(seen < 50_000, "{seen} of 200000 lines were looked at");
}
