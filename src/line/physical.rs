//! The fast path: bytes are read straight into the batch, newlines found with `memchr`, only the torn tail is carried
//! over. UTF-16 is decoded on the way, in `utf16`; what a wrapper put around a line is left to `unwrap`.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::time::{Duration, Instant};

use memchr::{memchr, memchr_iter};

use super::utf16::{Decoded, Encoding};
use super::{Batch, FilePart, Limits, LineSpan, LineState, Waits};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A batch that holds more memory than this many times its usual size gives it back.
const SPARE_MEMORY_FACTOR: usize = 4;

/// What is read at once from an input that may wait: what a pipe holds.
const LIVE_READ_BYTES: usize = 64 << 10;

/// How long lines of a live input may be held back while more come.
const HOLD_MAX: Duration = Duration::from_millis(200);

/// So many NUL bytes in the middle of a line are a hole in the file, behind which another line begins; no entry holds that
/// many.
const HOLE_BYTES_MIN: usize = 64 << 10;

/// The last line of a file, without a terminator: perhaps the beginning of one that the next file completes.
#[derive(Debug)]
pub(super) struct Tail {
    number: u64,
    pub(super) text: Vec<u8>,
    bytes: u64,
    earlier: Vec<FilePart>,
}

/// What of the first line stands in earlier files; its text was put in front of the file's own.
#[derive(Debug)]
struct Carried {
    /// What the text would weigh in this file.
    bytes: u64,
    earlier: Vec<FilePart>,
}

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
    input: Decoded<R>,
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
    /// Of a live input only.
    waits: Option<Waits>,
    /// When the first bytes of the next batch were read, of a live input.
    held_since: Option<Instant>,
    /// Whether a batch was delivered that somebody may hold back, since nothing said that the input waits.
    owed: bool,
    /// NUL bytes in front of the next line that are not in the text any more (attacks, row 43).
    padding: u64,
    carried: Option<Carried>,
    /// Whether an unterminated last line is held back.
    holds_tail: bool,
    tail: Option<Tail>,
}

impl<R: Read> PhysicalLines<R> {
    pub(super) fn new(input: R, limits: Limits) -> Self {
        let limits = Limits {
            batch_bytes: limits.batch_bytes.max(1),
            batch_lines: limits.batch_lines.max(1),
            line_bytes_max: limits.line_bytes_max,
        };
        Self {
            input: Decoded::new(input),
            limits,
            supply: Supply::Open,
            pending: Vec::new(),
            pending_at: 0,
            window: Vec::new(),
            number: 1,
            bytes_read: 0,
            bytes_lost: 0,
            waits: None,
            held_since: None,
            owed: false,
            padding: 0,
            carried: None,
            holds_tail: false,
            tail: None,
        }
    }

    /// The input begins with this line of the file.
    pub(super) fn begin_at(&mut self, line: u64) {
        self.number = line;
    }

    /// The input is a live one: what is at hand is delivered before it is waited for more.
    pub(super) fn watch(&mut self, waits: Waits) {
        self.waits = Some(waits);
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

    /// Holds an unterminated last line back when the input ends.
    pub(super) fn hold_tail(&mut self) {
        self.holds_tail = true;
    }

    /// The line that is held back.
    pub(super) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// Delivers the line that is held back with the next [`PhysicalLines::fill`] after all.
    pub(super) fn release_tail(&mut self) {
        self.holds_tail = false;
    }

    /// Gives the line that is held back away: another file completes it.
    pub(super) fn take_tail(&mut self) -> Option<Tail> {
        self.tail.take()
    }

    /// Puts the beginning of the first line in front; `file` is where it was held back. To be called before the first
    /// `fill`, after looking ahead.
    pub(super) fn begin_with(&mut self, tail: Tail, file: usize) {
        let Tail { text, bytes, mut earlier, .. } = tail;
        earlier.push(FilePart { file, bytes });
        self.carried = Some(Carried { bytes: self.input.encoding().bytes_of(&text), earlier });
        let own = std::mem::replace(&mut self.pending, text);
        self.pending.extend_from_slice(&own[self.pending_at..]);
        self.pending_at = 0;
    }

    /// The first line as far as it can be seen within the limit; None when there is none. To be called before the first
    /// `fill`.
    pub(super) fn peek_line(&mut self, bytes_min: usize) -> Option<&[u8]> {
        let limit = self.limits.line_bytes_max.saturating_add(1);
        let text = self.peek(bytes_min, limit, |text| memchr(b'\n', text).is_some());
        let line = memchr(b'\n', text).map_or(text, |newline| &text[..newline]);
        (!text.is_empty()).then_some(line)
    }

    /// Reads ahead without delivering: at least `bytes_min` and one whole line, at most about `bytes_max`, less where the
    /// input ends, or where a live input waits and what was read is enough. Neither the byte order mark nor NUL bytes in
    /// front of everything are shown. To be called before the first `fill`.
    pub(super) fn peek(&mut self, bytes_min: usize, bytes_max: usize, enough: impl Fn(&[u8]) -> bool) -> &[u8] {
        let mut pending = std::mem::take(&mut self.pending);
        while matches!(self.supply, Supply::Open)
            && (pending.len() < bytes_min || (pending.len() < bytes_max && memchr(b'\n', &pending).is_none()))
        {
            if self.would_wait() && enough(&pending) {
                break;
            }
            self.read_window(&mut pending, bytes_min);
            self.drop_padding(&mut pending, 0);
        }
        self.pending = pending;
        self.pending.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.pending)
    }

    /// Replaces the batch by the next one. False when there is none: the batch is empty then.
    ///
    /// # Errors
    /// The input's error, once, after all lines before it were delivered.
    pub(super) fn fill(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let filled = self.fill_with_lines(batch)?;
        batch.paused = filled && self.pauses();
        Ok(filled)
    }

    /// Whether nothing more is there at once; to be asked once for every batch that is delivered.
    pub(super) fn pauses(&mut self) -> bool {
        let pauses = memchr(b'\n', &self.pending[self.pending_at..]).is_none() && self.would_wait();
        self.held_since = None;
        self.owed = self.waits.is_some() && !pauses;
        pauses
    }

    /// Whether reading on would wait, or has taken long enough.
    fn would_wait(&self) -> bool {
        let held_long = || self.held_since.is_some_and(|since| since.elapsed() > HOLD_MAX);
        matches!(self.supply, Supply::Open) && self.waits.as_ref().is_some_and(|waits| held_long() || (waits.0)())
    }

    /// Whether what is at hand is to be delivered before reading on: so many lines, or the news that the input waits.
    pub(super) fn must_deliver(&self, lines: usize) -> bool {
        (lines > 0 || self.owed) && self.would_wait()
    }

    fn fill_with_lines(&mut self, batch: &mut Batch) -> io::Result<bool> {
        batch.clear();
        if batch.text.capacity() > self.limits.batch_bytes.saturating_mul(SPARE_MEMORY_FACTOR) {
            batch.text.shrink_to(self.limits.batch_bytes);
        }
        if !self.holds_tail
            && let Some(tail) = self.tail.take()
        {
            return Ok(deliver(tail, batch));
        }
        self.take_pending(&mut batch.text);
        let mut line_at = 0;
        let mut scanned_to = 0;
        // By numbers: what stands in front of a line is a span of its own.
        let number_max = self.number.saturating_add(self.limits.batch_lines as u64);
        loop {
            line_at = self.split(batch, line_at, scanned_to, number_max);
            line_at = self.end_at_hole(batch, line_at);
            self.drop_padding(&mut batch.text, line_at);
            scanned_to = batch.text.len();
            let is_long = !batch.lines.is_empty() && scanned_to >= self.limits.batch_bytes;
            if is_long || self.number >= number_max {
                self.put_back(&mut batch.text, line_at);
                return Ok(true);
            }
            if scanned_to - line_at > self.limits.line_bytes_max {
                if self.skip_line(batch, line_at) {
                    return Ok(true);
                }
                scanned_to = line_at;
            }
            if self.must_deliver(batch.lines.len()) {
                self.put_back(&mut batch.text, line_at);
                return Ok(true);
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
    fn take_pending(&mut self, text: &mut Vec<u8>) {
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
    fn split(&mut self, batch: &mut Batch, mut line_at: usize, scanned_to: usize, number_max: u64) -> usize {
        let Batch { text, lines, .. } = batch;
        for newline in memchr_iter(b'\n', &text[scanned_to..]) {
            let end = scanned_to + newline;
            self.push_line(text, lines, line_at..end, &b"\n"[..], LineState::Whole);
            line_at = end + 1;
            if self.number >= number_max {
                break;
            }
        }
        line_at
    }

    /// Makes spans of one line and of the padding around it.
    fn push_line(
        &mut self,
        text: &[u8],
        lines: &mut Vec<LineSpan>,
        mut line: Range<usize>,
        terminator: &[u8],
        state: LineState,
    ) {
        let encoding = self.input.encoding();
        loop {
            let padding = leading_nuls(&text[line.clone()]);
            self.padding += encoding.bytes_of(&text[line.start..line.start + padding]);
            line.start += padding;
            let Some(hole) = hole_in(&text[line.clone()]) else { break };
            let torn = line.start..line.start + hole;
            let bytes = encoding.bytes_of(&text[torn.clone()]);
            self.push_span(text, lines, torn.clone(), bytes, LineState::Unterminated);
            line.start = torn.end;
        }
        let bytes = encoding.bytes_of(&text[line.clone()]) + encoding.bytes_of(terminator);
        self.push_span(text, lines, line, bytes, state);
        self.number += 1;
    }

    fn push_span(
        &mut self,
        text: &[u8],
        lines: &mut Vec<LineSpan>,
        mut line: Range<usize>,
        mut bytes: u64,
        mut state: LineState,
    ) {
        let mut earlier = Vec::new();
        let is_carried = self.carried.is_some();
        if let Some(carried) = self.carried.take() {
            bytes -= carried.bytes;
            earlier = carried.earlier;
        }
        if line.len() > self.limits.line_bytes_max {
            state = LineState::TooLong;
            line.end = line.start;
        } else if self.number == 1 && !is_carried && text[line.clone()].starts_with(BYTE_ORDER_MARK) {
            line.start += BYTE_ORDER_MARK.len();
        }
        let padding = std::mem::take(&mut self.padding);
        if line.is_empty() && state != LineState::TooLong {
            bytes += padding;
        } else if padding > 0 {
            lines.push(LineSpan::new(self.number, line.start..line.start, padding, LineState::Whole));
        }
        // Whatever printed a text as UTF-16 had to read it first, and not always as UTF-8.
        let lossy = self.input.encoding() != Encoding::Bytes && !text[line.clone()].is_ascii();
        let span = LineSpan::new(self.number, line, bytes, state);
        lines.push(LineSpan { earlier, lossy, ..span });
    }

    /// Counts NUL bytes at the beginning of the unfinished line as padding, so that a hole of any size takes no memory.
    fn drop_padding(&mut self, text: &mut Vec<u8>, line_at: usize) {
        if text.get(line_at) == Some(&0) && self.carried.is_none() {
            let padding = leading_nuls(&text[line_at..]);
            self.padding += self.input.encoding().bytes_of(&text[line_at..line_at + padding]);
            text.drain(line_at..line_at + padding);
        }
    }

    /// Ends the unfinished line where a hole begins that reaches to the end of what was read; returns where the hole begins,
    /// or the line.
    fn end_at_hole(&mut self, batch: &mut Batch, line_at: usize) -> usize {
        let Batch { text, lines, .. } = batch;
        let nuls = text[line_at..].iter().rev().take_while(|byte| **byte == 0).count();
        let hole = text.len() - nuls;
        if nuls < HOLE_BYTES_MIN || hole == line_at {
            return line_at;
        }
        let bytes = self.input.encoding().bytes_of(&text[line_at..hole]);
        self.push_span(text, lines, line_at..hole, bytes, LineState::Unterminated);
        hole
    }

    /// Reads until `window` more bytes are there, the input ends or fails; from a live input what it has.
    fn read_window(&mut self, text: &mut Vec<u8>, window: usize) {
        let start = text.len();
        let window = if self.waits.is_some() { window.min(LIVE_READ_BYTES) } else { window };
        text.resize(start.saturating_add(window), 0);
        let filled = start + self.read_into(&mut text[start..]);
        text.truncate(filled);
    }

    /// Fills a buffer unless the input ends or fails before; returns how many bytes were read. From a live input it takes
    /// what is there, and waits for that alone.
    pub(super) fn read_into(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.supply = Supply::Ended;
                    break;
                }
                Ok(count) => {
                    self.bytes_read += self.input.encoding().bytes_of(&buffer[filled..filled + count]);
                    filled += count;
                    if self.waits.is_some() {
                        self.held_since.get_or_insert_with(Instant::now);
                        break;
                    }
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
        let mut bytes = self.input.encoding().bytes_of(&batch.text[line_at..]);
        batch.text.truncate(line_at);
        let mut rest = std::mem::take(&mut self.pending);
        while matches!(self.supply, Supply::Open) {
            rest.clear();
            self.read_window(&mut rest, self.limits.batch_bytes);
            if let Some(newline) = memchr(b'\n', &rest) {
                bytes += self.input.encoding().bytes_of(&rest[..=newline]);
                self.pending_at = newline + 1;
                break;
            }
            bytes += self.input.encoding().bytes_of(&rest);
        }
        if self.pending_at == 0 {
            rest.clear();
            // What an earlier file has of the line is accounted for only with the line.
            if !matches!(self.supply, Supply::Ended) && self.carried.is_none() {
                self.bytes_lost += bytes + std::mem::take(&mut self.padding);
                return false;
            }
        }
        self.pending = rest;
        self.push_span(&batch.text, &mut batch.lines, line_at..line_at, bytes, LineState::TooLong);
        self.number += 1;
        true
    }

    /// The input gives no more: the tail is a line when it ended, lost when it failed.
    fn end(&mut self, batch: &mut Batch, line_at: usize) -> io::Result<bool> {
        let Batch { text, lines, .. } = batch;
        if matches!(self.supply, Supply::Ended) || self.carried.is_some() {
            if line_at < text.len() || self.padding > 0 {
                self.push_line(text, lines, line_at..text.len(), &[], LineState::Unterminated);
                if self.holds_tail
                    && matches!(self.supply, Supply::Ended)
                    && let Some(last) = lines.pop_if(|last| !last.text.is_empty())
                {
                    let LineSpan { number, text: line, bytes, earlier, .. } = last;
                    self.tail = Some(Tail { number, text: text[line].to_vec(), bytes, earlier });
                    text.truncate(line_at);
                }
            }
        } else {
            let lost = self.input.encoding().bytes_of(&text[line_at..]);
            self.bytes_lost += lost + std::mem::take(&mut self.padding);
            text.truncate(line_at);
        }
        if batch.lines.is_empty()
            && let Supply::Failed(error) = std::mem::replace(&mut self.supply, Supply::Reported)
        {
            return Err(error);
        }
        Ok(!batch.lines.is_empty())
    }
}

/// Makes a batch of a line that was held back.
fn deliver(tail: Tail, batch: &mut Batch) -> bool {
    let Tail { number, text, bytes, earlier } = tail;
    let span = LineSpan::new(number, 0..text.len(), bytes, LineState::Unterminated);
    batch.lines.push(LineSpan { earlier, ..span });
    batch.text = text;
    true
}

pub(super) fn leading_nuls(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == 0).count()
}

/// Where a hole begins.
fn hole_in(text: &[u8]) -> Option<usize> {
    if text.len() < HOLE_BYTES_MIN {
        return None;
    }
    let mut at = 0;
    while let Some(found) = memchr(0, &text[at..]) {
        at += found;
        let nuls = leading_nuls(&text[at..]);
        if nuls >= HOLE_BYTES_MIN {
            return Some(at);
        }
        at += nuls;
    }
    None
}
