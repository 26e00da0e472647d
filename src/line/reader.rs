//! The reader of one file's lines: finds out on its first lines whether they are wrapped, or is told, and delivers them
//! bare; on request past lines in which a search finds nothing. Every byte read is either in a delivered span or counted
//! as lost.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::physical::{PhysicalLines, Supply, Tail, leading_nuls};
use super::unwrap::{UnfinishedPieces, Unwrapping, Wrapper, detect, has_entry};
use super::{Batch, Limits, LineSpan, LineState, Waits};

/// How much is looked at to find the wrapper, in bytes; more only when the first line is longer.
const PEEK_BYTES: usize = 64 << 10;

/// See [`PEEK_BYTES`]: where looking for the end of the first line is given up.
const PEEK_BYTES_MAX: usize = 1 << 20;

/// The lines of one file, in bounded batches.
///
/// Memory: one batch, a second one while unwrapping, and where lines are longer than a batch the line itself (up to
/// [`Limits::line_bytes_max`], twice while its buffer grows; a wrapper may hold three unfinished entries of that size).
#[derive(Debug)]
pub struct LineReader<R> {
    lines: PhysicalLines<R>,
    stage: ReadStage,
    bytes_lost: u64,
    /// Whether a search has met a line that it knows.
    searches: bool,
    /// Whether entries that the file leaves unfinished are held back at its end.
    holds_pieces: bool,
    /// Whether the wrapper was told.
    is_told: bool,
    failure: Option<io::Error>,
}

/// What a file leaves unfinished at its end, for the next file of its stream to complete (attacks, rows 41 and 57).
#[derive(Debug)]
pub struct Unfinished(Leftover);

#[derive(Debug)]
enum Leftover {
    Line(Tail),
    Pieces(UnfinishedPieces),
}

#[derive(Debug)]
enum ReadStage {
    Unread,
    Bare,
    Wrapped { unwrapping: Box<Unwrapping>, physical: Batch },
}

impl ReadStage {
    fn wrapped(wrapper: Wrapper, line_bytes_max: usize) -> Self {
        Self::Wrapped { unwrapping: Box::new(Unwrapping::new(wrapper, line_bytes_max)), physical: Batch::default() }
    }
}

impl<R: Read> LineReader<R> {
    /// Nothing is read yet. Zero bytes or lines per batch count as one.
    pub fn with_limits(input: R, limits: Limits) -> Self {
        Self {
            lines: PhysicalLines::new(input, limits),
            stage: ReadStage::Unread,
            bytes_lost: 0,
            searches: false,
            holds_pieces: false,
            is_told: false,
            failure: None,
        }
    }

    /// The same for lines that are known to be wrapped: nothing is detected.
    pub fn with_wrapper(input: R, limits: Limits, wrapper: Wrapper) -> Self {
        let stage = ReadStage::wrapped(wrapper, limits.line_bytes_max);
        Self { stage, is_told: true, ..Self::with_limits(input, limits) }
    }

    /// The same for lines that are known not to be wrapped.
    pub fn bare(input: R, limits: Limits) -> Self {
        Self { stage: ReadStage::Bare, ..Self::with_limits(input, limits) }
    }

    /// The input begins with this line of the file.
    pub fn begin_at(&mut self, line: u64) {
        self.lines.begin_at(line);
    }

    /// Holds back what is unfinished at the end of the file: another one follows.
    pub fn hold_unfinished(&mut self) {
        self.lines.hold_tail();
        self.holds_pieces = true;
    }

    /// The last line, when it has no terminator and is held back; in its wrapper. To be asked when there is no next batch.
    pub fn held_line(&self) -> Option<&[u8]> {
        self.lines.tail().map(|tail| tail.text.as_slice())
    }

    /// Whether pieces of entries are held back.
    pub fn holds_pieces(&self) -> bool {
        matches!(&self.stage, ReadStage::Wrapped { unwrapping, .. } if self.holds_pieces && unwrapping.has_pieces())
    }

    /// Gives away the line that is held back, or else the pieces.
    pub fn take_held(&mut self) -> Option<Unfinished> {
        if let Some(tail) = self.lines.take_tail() {
            return Some(Unfinished(Leftover::Line(tail)));
        }
        match &mut self.stage {
            ReadStage::Wrapped { unwrapping, .. } => Some(Unfinished(Leftover::Pieces(unwrapping.take_pieces()))),
            ReadStage::Unread | ReadStage::Bare => None,
        }
    }

    /// Delivers the line that is held back, or else the pieces, with the next [`LineReader::fill`] after all.
    pub fn release_held(&mut self) {
        if self.lines.tail().is_some() {
            self.lines.release_tail();
        } else {
            self.holds_pieces = false;
        }
    }

    /// Puts what an earlier file left unfinished before the first line; `file` is which. Nothing was delivered yet.
    pub fn begin_with(&mut self, Unfinished(rest): Unfinished, file: usize) {
        self.detect();
        match (rest, &mut self.stage) {
            (Leftover::Line(tail), _) => {
                self.lines.begin_with(tail, file);
                if !self.is_told {
                    // The first line is another one now.
                    self.stage = ReadStage::Unread;
                }
            }
            (Leftover::Pieces(pieces), ReadStage::Wrapped { unwrapping, .. }) => unwrapping.begin_with(pieces, file),
            (Leftover::Pieces(_), ReadStage::Unread | ReadStage::Bare) => {}
        }
    }

    /// The first line, in its wrapper; None when there is none. Nothing was delivered yet.
    pub fn peek_line(&mut self) -> Option<&[u8]> {
        self.detect();
        self.lines.peek_line(PEEK_BYTES)
    }

    /// Finds out whether the lines are wrapped.
    fn detect(&mut self) {
        if matches!(self.stage, ReadStage::Unread) {
            let line_bytes_max = self.lines.limits().line_bytes_max;
            self.stage = match detect(self.lines.peek(PEEK_BYTES, PEEK_BYTES_MAX, has_entry)) {
                None => ReadStage::Bare,
                Some(wrapper) => ReadStage::wrapped(wrapper, line_bytes_max),
            };
        }
    }

    /// The same for a live input: what is at hand is delivered before it is waited for more ([`Batch::paused`]).
    #[must_use]
    pub fn watching(mut self, waits: Waits) -> Self {
        self.lines.watch(waits);
        self
    }

    /// Replaces the batch by the next one, which has at least one line unless a live input pauses. False when there is
    /// none: the batch is empty then.
    ///
    /// # Errors
    /// The input's error, once, after all whole lines before it were delivered; what was read but is in no line is
    /// counted in [`LineReader::bytes_lost`]. Then false.
    pub fn fill(&mut self, batch: &mut Batch) -> io::Result<bool> {
        if let Some(failure) = self.failure.take() {
            batch.clear();
            return Err(failure);
        }
        loop {
            match &mut self.stage {
                ReadStage::Unread => self.detect(),
                ReadStage::Bare => return self.lines.fill(batch),
                ReadStage::Wrapped { unwrapping, physical } => {
                    batch.clear();
                    match self.lines.fill(physical) {
                        Ok(true) => unwrapping.unwrap(physical, batch),
                        Ok(false) => {
                            if !self.holds_pieces {
                                unwrapping.finish(batch);
                            }
                            return Ok(!batch.lines.is_empty());
                        }
                        Err(error) if unwrapping.has_earlier_pieces() => {
                            // Earlier files account for them with the line only.
                            unwrapping.finish(batch);
                            self.failure = Some(error);
                        }
                        Err(error) => {
                            self.bytes_lost += unwrapping.give_up();
                            return Err(error);
                        }
                    }
                    batch.paused = physical.paused;
                    if !batch.lines.is_empty() || batch.paused {
                        return Ok(true);
                    }
                }
            }
        }
    }

    /// Like [`LineReader::fill`], but lines in which the search finds nothing may be left out, and the batch may be empty.
    /// What is left out is in no span, so the bytes of the spans do not add up.
    pub fn fill_wanted(&mut self, batch: &mut Batch, search: &dyn LineSearch) -> io::Result<bool> {
        match self.stage {
            ReadStage::Bare if self.searches => self.lines.fill_wanted(batch, search),
            // A wrapper may spell what is inside in its own way.
            ReadStage::Unread | ReadStage::Bare | ReadStage::Wrapped { .. } => {
                let filled = self.fill(batch)?;
                self.searches = self.searches || batch.lines.iter().any(|line| search.knows(batch.text_of(line)));
                Ok(filled)
            }
        }
    }

    /// What the lines are wrapped in. None when they are bare, and before the first [`LineReader::fill`] when that
    /// is to be found out.
    pub fn wrapper(&self) -> Option<Wrapper> {
        match &self.stage {
            ReadStage::Wrapped { unwrapping, .. } => Some(unwrapping.wrapper()),
            ReadStage::Unread | ReadStage::Bare => None,
        }
    }

    /// Bytes read so far, counted where they were read. After the last batch this is the sum of the spans' bytes and
    /// [`LineReader::bytes_lost`].
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// Bytes that were read but belong to no delivered line; more than 0 only after an error.
    pub fn bytes_lost(&self) -> u64 {
        self.lines.bytes_lost() + self.bytes_lost
    }
}

/// Finds lines that may matter, so that whole windows are searched at memory speed, and only lines in which something is
/// found become spans. What is looked for is left to the caller, and so is the proof that nothing else can matter.
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
    fn fill_wanted(&mut self, batch: &mut Batch, search: &dyn LineSearch) -> io::Result<bool> {
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
            // NUL bytes in front of a line are no part of it (attacks, row 43).
            let line = &text[start..start + length];
            let line = &line[leading_nuls(line)..];
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

#[cfg(test)]
mod tests;
