//! Sealed lines that fitted no chain when they came. A chain may reach them later: a line that was moved up stands before its
//! turn, and those behind one that was moved down wait for it (attacks, row 4). Bounded in lines, in bytes, and in the work
//! of trying them; which chain they are tried against is left to `follow`.

use std::collections::VecDeque;

use crate::entry::Seal;

/// Lines that are kept; the oldest one makes room.
pub const PENDING_LINES_MAX: usize = 256;

/// Bytes of their MAC inputs.
pub(super) const PENDING_BYTES_MAX: usize = 1 << 20;

/// What trying them may cost in a stream, in blocks of the hash function: at first, and more with each line. So a
/// log of n lines takes time proportional to n, whoever wrote it.
const BLOCKS_AT_FIRST: u64 = 1 << 18;
const BLOCKS_PER_LINE: u64 = 16;

/// Blocks of one attempt beside those of the MAC input: its end, the outer hash, the seal.
const BLOCKS_OF_ATTEMPT: u64 = 4;

/// A line that waits, with what its owner wants to know of it again.
pub(super) struct PendingLine<T> {
    /// Which line of the stream it is.
    pub(super) number: u64,
    /// The MAC inputs it may have been sealed with; the first one as it stands.
    pub(super) bodies: Vec<Vec<u8>>,
    pub(super) seal: Seal,
    pub(super) tag: T,
}

/// What a search came to.
pub(super) enum SearchOutcome<T> {
    /// A line that fits, taken out, and which of its MAC inputs did.
    Found(PendingLine<T>, usize),
    NoneFits,
    /// There was not enough work left to try them all.
    Unfinished,
}

/// See the file's head.
pub(super) struct Pending<T> {
    /// In the order of the stream.
    lines: VecDeque<PendingLine<T>>,
    bytes: usize,
    /// Where the next search begins, downwards and then upwards: lines that wait for one that was moved stand in the order in
    /// which they fit, or in a log that was turned round, in the opposite one.
    next: usize,
    blocks_spent: u64,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self { lines: VecDeque::new(), bytes: 0, next: 0, blocks_spent: 0 }
    }
}

impl<T> Pending<T> {
    /// The number of the newest line; None when none waits.
    pub(super) fn newest(&self) -> Option<u64> {
        self.lines.back().map(|line| line.number)
    }

    /// Keeps a line, unless it is too long for that.
    pub(super) fn push(&mut self, line: PendingLine<T>) {
        let bytes = line.bytes();
        if bytes > PENDING_BYTES_MAX {
            return;
        }
        while self.lines.len() >= PENDING_LINES_MAX || self.bytes + bytes > PENDING_BYTES_MAX {
            self.take(0);
        }
        self.bytes += bytes;
        self.lines.push_back(line);
    }

    /// Whether one more MAC input of so many bytes may be tried, by somebody else. The stream has had so many lines.
    pub(super) fn afford(&mut self, bytes: usize, stream_lines: u64) -> bool {
        let blocks = bytes as u64 / 64 + BLOCKS_OF_ATTEMPT;
        let is_affordable = self.blocks_spent + blocks <= budget(stream_lines);
        self.blocks_spent += if is_affordable { blocks } else { 0 };
        is_affordable
    }

    /// Looks for a line behind the one of this number that fits, by `fits`, of a MAC input and a seal. The stream has had so
    /// many lines.
    pub(super) fn search(
        &mut self,
        behind: u64,
        stream_lines: u64,
        mut fits: impl FnMut(&[u8], &Seal) -> bool,
    ) -> SearchOutcome<T> {
        let budget = budget(stream_lines);
        let first = self.lines.partition_point(|line| line.number <= behind);
        let next = self.next.clamp(first, self.lines.len());
        for index in (next..self.lines.len()).chain((first..next).rev()) {
            let line = &self.lines[index];
            let blocks = line.bodies.iter().map(|body| body.len() as u64 / 64 + BLOCKS_OF_ATTEMPT).sum::<u64>();
            if self.blocks_spent + blocks > budget {
                return SearchOutcome::Unfinished;
            }
            self.blocks_spent += blocks;
            if let Some(body) = line.bodies.iter().position(|body| fits(body, &line.seal)) {
                return self.take(index).map_or(SearchOutcome::NoneFits, |line| SearchOutcome::Found(line, body));
            }
        }
        SearchOutcome::NoneFits
    }

    fn take(&mut self, index: usize) -> Option<PendingLine<T>> {
        let line = self.lines.remove(index)?;
        self.bytes -= line.bytes();
        self.next = index;
        Some(line)
    }
}

fn budget(stream_lines: u64) -> u64 {
    BLOCKS_AT_FIRST + BLOCKS_PER_LINE * stream_lines
}

impl<T> PendingLine<T> {
    fn bytes(&self) -> usize {
        self.bodies.iter().map(Vec::len).sum()
    }
}
