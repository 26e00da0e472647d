//! The fast path: bytes are read straight into the batch, newlines found with `memchr`, only the torn tail is carried
//! over. What a wrapper put around a line is left to `unwrap`.

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memchr_iter};

use super::{Batch, Limits, LineSpan, LineState, Writer};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A batch that holds more memory than this many times its usual size gives it back.
const SPARE_MEMORY_FACTOR: usize = 4;

/// What the input can still give.
#[derive(Debug)]
pub(super) enum Supply {
    Open,
    Ended,
    Failed(io::Error),
    Reported,
}

/// Physical lines of one file.
#[derive(Debug)]
pub(super) struct PhysicalLines<R> {
    input: R,
    limits: Limits,
    pub(super) supply: Supply,
    /// Bytes that were read but not yet delivered; those before `pending_at` were.
    pending: Vec<u8>,
    pending_at: usize,
    /// Where a search reads to: made once, since clearing it anew costs as much as searching it.
    pub(super) window: Vec<u8>,
    /// Number of the next line.
    pub(super) number: u64,
    bytes_read: u64,
    bytes_lost: u64,
}

impl<R: Read> PhysicalLines<R> {
    pub(super) fn new(input: R, limits: Limits) -> Self {
        let limits = Limits {
            batch_bytes: limits.batch_bytes.max(1),
            batch_lines: limits.batch_lines.max(1),
            line_bytes_max: limits.line_bytes_max,
        };
        Self {
            input,
            limits,
            supply: Supply::Open,
            pending: Vec::new(),
            pending_at: 0,
            window: Vec::new(),
            number: 1,
            bytes_read: 0,
            bytes_lost: 0,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes read from the input so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Bytes read before an error that belong to no line.
    pub(super) fn bytes_lost(&self) -> u64 {
        self.bytes_lost
    }

    /// Reads ahead without delivering: at least `bytes_min` and one whole line, at most about `bytes_max`, less where the
    /// input ends. The byte order mark is not shown. To be called before the first `fill`.
    pub(super) fn peek(&mut self, bytes_min: usize, bytes_max: usize) -> &[u8] {
        let mut pending = std::mem::take(&mut self.pending);
        while matches!(self.supply, Supply::Open)
            && (pending.len() < bytes_min || (pending.len() < bytes_max && memchr(b'\n', &pending).is_none()))
        {
            self.read_window(&mut pending, bytes_min);
        }
        self.pending = pending;
        self.pending.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.pending)
    }

    /// Replaces the batch by the next one. False when there is none: the batch is empty then.
    ///
    /// # Errors
    /// The input's error, once, after all lines before it were delivered.
    pub(super) fn fill(&mut self, batch: &mut Batch) -> io::Result<bool> {
        batch.clear();
        if batch.text.capacity() > self.limits.batch_bytes.saturating_mul(SPARE_MEMORY_FACTOR) {
            batch.text.shrink_to(self.limits.batch_bytes);
        }
        self.take_pending(&mut batch.text);
        let mut line_at = 0;
        let mut scanned_to = 0;
        loop {
            line_at = self.split(batch, line_at, scanned_to);
            scanned_to = batch.text.len();
            let lines = batch.lines.len();
            if lines >= self.limits.batch_lines || (lines > 0 && scanned_to >= self.limits.batch_bytes) {
                self.put_back(&mut batch.text, line_at);
                return Ok(true);
            }
            if scanned_to - line_at > self.limits.line_bytes_max {
                if self.skip_line(batch, line_at) {
                    return Ok(true);
                }
                scanned_to = line_at;
            }
            if matches!(self.supply, Supply::Open) {
                let room = self.limits.batch_bytes.saturating_sub(batch.text.len());
                let window = if room == 0 { self.limits.batch_bytes } else { room };
                self.read_window(&mut batch.text, window);
            } else {
                return self.end(batch, line_at);
            }
        }
    }

    /// Moves what was read before into the text, but no more than fits one batch.
    pub(super) fn take_pending(&mut self, text: &mut Vec<u8>) {
        let waiting = &self.pending[self.pending_at..];
        let cut = memchr_iter(b'\n', waiting)
            .enumerate()
            .find(|&(count, at)| count + 1 >= self.limits.batch_lines || at + 1 >= self.limits.batch_bytes)
            .map_or(waiting.len(), |(_, at)| at + 1);
        text.extend_from_slice(&waiting[..cut]);
        self.pending_at += cut;
        if self.pending_at == self.pending.len() {
            self.pending.clear();
            self.pending_at = 0;
        }
    }

    /// Keeps what stands behind the last line of a full batch for the next one.
    pub(super) fn put_back(&mut self, text: &mut Vec<u8>, line_at: usize) {
        if line_at < text.len() {
            // `take_pending` leaves something only where a full batch ends with a newline: then there is no tail.
            debug_assert!(self.pending.is_empty(), "a tail is put back only when nothing is pending");
            self.pending.extend_from_slice(&text[line_at..]);
            text.truncate(line_at);
        }
    }

    /// Moves what was read and not delivered to the front of the window; None when it does not fit.
    pub(super) fn take_pending_into(&mut self, window: &mut [u8]) -> Option<usize> {
        let waiting = &self.pending[self.pending_at..];
        window.get_mut(..waiting.len())?.copy_from_slice(waiting);
        let moved = waiting.len();
        self.pending.clear();
        self.pending_at = 0;
        Some(moved)
    }

    /// Takes text back that was read but not delivered; nothing else is pending.
    pub(super) fn give_back(&mut self, text: &[u8]) {
        debug_assert!(self.pending.is_empty(), "what is pending was moved to the window");
        self.pending.extend_from_slice(text);
    }

    /// Makes spans of the lines that end at or after `scanned_to`; returns where the unfinished line begins.
    fn split(&mut self, batch: &mut Batch, mut line_at: usize, scanned_to: usize) -> usize {
        for newline in memchr_iter(b'\n', &batch.text[scanned_to..]) {
            let end = scanned_to + newline;
            let mut state = LineState::Whole;
            let mut text = line_at..end;
            if text.len() > self.limits.line_bytes_max {
                state = LineState::TooLong;
                text.end = text.start;
            } else if self.number == 1 && batch.text[text.clone()].starts_with(BYTE_ORDER_MARK) {
                text.start += BYTE_ORDER_MARK.len();
            }
            batch.lines.push(LineSpan {
                number: self.number,
                text,
                bytes: (end + 1 - line_at) as u64,
                state,
                writer: Writer::Unnamed,
            });
            self.number += 1;
            line_at = end + 1;
            if batch.lines.len() >= self.limits.batch_lines {
                break;
            }
        }
        line_at
    }

    /// Reads until `window` more bytes are there, the input ends or fails.
    pub(super) fn read_window(&mut self, text: &mut Vec<u8>, window: usize) {
        let start = text.len();
        text.resize(start.saturating_add(window), 0);
        let filled = start + self.read_into(&mut text[start..]);
        text.truncate(filled);
    }

    /// Fills a buffer unless the input ends or fails before; returns how many bytes were read.
    pub(super) fn read_into(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.supply = Supply::Ended;
                    break;
                }
                Ok(count) => {
                    filled += count;
                    self.bytes_read += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.supply = Supply::Failed(error);
                    break;
                }
            }
        }
        filled
    }

    /// Passes over the rest of a line that is already longer than the limit. False when the input failed before the
    /// line's end: then it is no line.
    fn skip_line(&mut self, batch: &mut Batch, line_at: usize) -> bool {
        debug_assert!(self.pending.is_empty(), "an unfinished line is met only when nothing is pending");
        let mut bytes = (batch.text.len() - line_at) as u64;
        batch.text.truncate(line_at);
        let mut rest = std::mem::take(&mut self.pending);
        while matches!(self.supply, Supply::Open) {
            rest.clear();
            self.read_window(&mut rest, self.limits.batch_bytes);
            if let Some(newline) = memchr(b'\n', &rest) {
                bytes += newline as u64 + 1;
                self.pending_at = newline + 1;
                break;
            }
            bytes += rest.len() as u64;
        }
        if self.pending_at == 0 {
            rest.clear();
            if !matches!(self.supply, Supply::Ended) {
                self.bytes_lost += bytes;
                return false;
            }
        }
        self.pending = rest;
        let text = line_at..line_at;
        batch.lines.push(LineSpan {
            number: self.number,
            text,
            bytes,
            state: LineState::TooLong,
            writer: Writer::Unnamed,
        });
        self.number += 1;
        true
    }

    /// The input gives no more: the tail is a line when it ended, lost when it failed.
    fn end(&mut self, batch: &mut Batch, line_at: usize) -> io::Result<bool> {
        let tail = batch.text.len() - line_at;
        if matches!(self.supply, Supply::Ended) {
            if tail > 0 {
                // Splitting at an invented newline gives the last line the same treatment as all others.
                batch.text.push(b'\n');
                let scanned_to = batch.text.len() - 1;
                self.split(batch, line_at, scanned_to);
                batch.text.pop();
                if let Some(line) = batch.lines.last_mut() {
                    line.bytes -= 1;
                    if line.state == LineState::Whole {
                        line.state = LineState::Unterminated;
                    }
                }
            }
        } else {
            self.bytes_lost += tail as u64;
            batch.text.truncate(line_at);
        }
        if batch.lines.is_empty()
            && let Supply::Failed(error) = std::mem::replace(&mut self.supply, Supply::Reported)
        {
            return Err(error);
        }
        Ok(!batch.lines.is_empty())
    }
}
