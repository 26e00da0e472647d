//! The way past lines that cannot matter: whole windows are searched at memory speed, and only lines in which something is
//! found become spans. What is looked for is left to the caller, and so is the proof that nothing else can matter.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::physical::{PhysicalLines, Supply};
use super::{Batch, LineSpan, LineState};

/// Finds lines that may matter.
pub trait Search: Sync {
    /// Where at or after `from` the next hit is: a byte of a line that may matter. `text` is whole lines.
    fn find(&self, text: &[u8], from: usize) -> Option<usize>;
}

impl<R: Read> PhysicalLines<R> {
    /// Like [`PhysicalLines::fill`], but lines without a hit are left out, as far as whole windows go: the last line, lines
    /// longer than a window and what surrounds them come with and without one. The batch may be empty.
    ///
    /// # Errors
    /// Those of [`PhysicalLines::fill`].
    pub(super) fn fill_wanted(&mut self, batch: &mut Batch, search: &dyn Search) -> io::Result<bool> {
        batch.clear();
        self.take_pending(&mut batch.text);
        let window = self.limits().batch_bytes.saturating_sub(batch.text.len());
        if window > 0 && matches!(self.supply, Supply::Open) {
            self.read_window(&mut batch.text, window);
        }
        let end = memrchr(b'\n', &batch.text).map_or(0, |newline| newline + 1);
        // The first line may carry a byte order mark, and what is not a whole line is not for a search.
        if self.number == 1 || end == 0 || !matches!(self.supply, Supply::Open) {
            let text = std::mem::take(&mut batch.text);
            self.give_back(text);
            return self.fill(batch);
        }
        self.select(batch, end, search);
        self.put_back(&mut batch.text, end);
        Ok(true)
    }

    /// Makes spans of the lines before `end` in which something is found.
    fn select(&mut self, batch: &mut Batch, end: usize, search: &dyn Search) {
        let mut at = 0;
        while let Some(hit) = search.find(&batch.text[..end], at) {
            let text = &batch.text[..end];
            let start = memrchr(b'\n', &text[at..hit]).map_or(at, |newline| at + newline + 1);
            let length = memchr(b'\n', &text[hit..]).map_or(end - start, |newline| hit + newline - start);
            self.number += memchr_iter(b'\n', &text[at..start]).count() as u64;
            let (text, state) = if length > self.limits().line_bytes_max {
                (start..start, LineState::TooLong)
            } else {
                (start..start + length, LineState::Whole)
            };
            batch.lines.push(LineSpan { number: self.number, text, bytes: length as u64 + 1, state });
            self.number += 1;
            at = start + length + 1;
        }
        self.number += memchr_iter(b'\n', &batch.text[at.min(end)..end]).count() as u64;
    }
}
