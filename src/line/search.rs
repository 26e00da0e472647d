//! The way past lines that cannot matter: whole windows are searched at memory speed, and only lines in which something is
//! found become spans. What is looked for is left to the caller, and so is the proof that nothing else can matter.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::physical::{PhysicalLines, Supply};
use super::{Batch, LineSpan, LineState};

/// Finds lines that may matter.
pub trait LineSearch: Sync {
    /// Where at or after `from` the next hit is: a byte of a line that may matter. `text` is whole lines.
    fn find(&self, text: &[u8], from: usize) -> Option<usize>;

    /// Whether a line is of the kind that is searched. Until one of a file is, none is left out: a file without any must not
    /// look as if nothing of it mattered.
    fn knows(&self, text: &[u8]) -> bool;
}

impl<R: Read> PhysicalLines<R> {
    /// Like [`PhysicalLines::fill`], but lines without a hit are left out, as far as whole windows go: the last line, lines
    /// longer than a window and what surrounds them come with and without one. The batch may be empty.
    ///
    /// # Errors
    /// Those of [`PhysicalLines::fill`].
    pub(super) fn fill_wanted(&mut self, batch: &mut Batch, search: &dyn LineSearch) -> io::Result<bool> {
        // The first line may carry a byte order mark; and at the end there may be a line that is not whole.
        if self.number == 1 || !matches!(self.supply, Supply::Open) {
            return self.fill(batch);
        }
        if self.must_deliver(0) {
            batch.clear();
            batch.paused = self.pauses();
            return Ok(true);
        }
        let mut window = std::mem::take(&mut self.window);
        window.resize(self.limits().batch_bytes, 0);
        let Some(kept) = self.take_pending_into(&mut window) else {
            self.window = window;
            return self.fill(batch);
        };
        let read = kept + self.read_into(&mut window[kept..]);
        let answer = match memrchr(b'\n', &window[..read]) {
            Some(newline) if matches!(self.supply, Supply::Open) => {
                batch.clear();
                self.select(batch, &window[..=newline], search);
                self.give_back(&window[newline + 1..read]);
                batch.paused = self.pauses();
                Ok(true)
            }
            _ => {
                self.give_back(&window[..read]);
                self.fill(batch)
            }
        };
        self.window = window;
        answer
    }

    /// Copies the lines of a text in which something is found.
    fn select(&mut self, batch: &mut Batch, text: &[u8], search: &dyn LineSearch) {
        let mut at = 0;
        while let Some(hit) = search.find(text, at) {
            let start = memrchr(b'\n', &text[at..hit]).map_or(at, |newline| at + newline + 1);
            let length = memchr(b'\n', &text[hit..]).map_or(text.len() - start, |newline| hit + newline - start);
            self.number += memchr_iter(b'\n', &text[at..start]).count() as u64;
            let line = trim_padding(&text[start..start + length]);
            let copied_to = batch.text.len();
            let mut state = LineState::TooLong;
            if line.len() <= self.limits().line_bytes_max {
                state = LineState::Whole;
                batch.text.extend_from_slice(line);
            }
            let text = copied_to..batch.text.len();
            batch.lines.push(LineSpan::new(self.number, text, length as u64 + 1, state));
            self.number += 1;
            at = start + length + 1;
        }
        self.number += memchr_iter(b'\n', &text[at.min(text.len())..]).count() as u64;
    }
}

/// NUL bytes in front of a line are no part of it (attacks, row 43).
fn trim_padding(line: &[u8]) -> &[u8] {
    &line[line.iter().take_while(|byte| **byte == 0).count()..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::line::{Limits, LineReader};

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
}
