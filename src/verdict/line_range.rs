//! A run of lines that share a fate, possibly over several files of a stream: where it begins and ends, and how many
//! lines and bytes each file has in it.

use super::report::Tally;
use crate::line::LineSpan;

/// A line of a stream: the index of its file and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinePosition {
    pub(super) file: usize,
    pub(super) line: u64,
}

/// See the file's head. Never empty.
#[derive(Clone, Debug)]
pub(super) struct LineRange {
    pub(super) first: LinePosition,
    pub(super) last: LinePosition,
    /// Lines and bytes per file, in order.
    pub(super) parts: Vec<(usize, Tally)>,
    /// The same of the first line alone.
    first_parts: Vec<(usize, Tally)>,
    second: Option<LinePosition>,
}

impl LineRange {
    /// A range of one line.
    pub(super) fn begin(position: LinePosition, line: &LineSpan) -> Self {
        let mut range =
            Self { first: position, last: position, parts: Vec::new(), first_parts: Vec::new(), second: None };
        range.weigh(position, line);
        range.first_parts.clone_from(&range.parts);
        range
    }

    /// Goes on with a later line.
    pub(super) fn extend(&mut self, position: LinePosition, line: &LineSpan) {
        self.second.get_or_insert(position);
        self.last = position;
        self.weigh(position, line);
    }

    /// Goes on with another range, later in the stream.
    pub(super) fn append(&mut self, later: Self) {
        self.second.get_or_insert(later.first);
        self.last = later.last;
        for (file, tally) in later.parts {
            self.count(file, tally);
        }
    }

    /// Takes in a range whose lines stand before, between or behind its own. Not to be split afterwards.
    pub(super) fn take_in(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        for (file, tally) in other.parts {
            self.count(file, tally);
        }
    }

    /// Takes its first line off; the rest is None when there is no other.
    pub(super) fn split_first(mut self) -> (Self, Option<Self>) {
        let parts = std::mem::take(&mut self.first_parts);
        let rest = self.second.map(|second| {
            for ((_, tally), (_, of_first)) in self.parts.iter_mut().zip(&parts) {
                tally.bytes -= of_first.bytes;
                tally.lines -= of_first.lines;
            }
            // Nobody splits a rest again, so what its first line weighs is not kept.
            Self { first: second, first_parts: Vec::new(), second: None, ..self }
        });
        let first = Self { first: self.first, last: self.first, parts, first_parts: Vec::new(), second: None };
        (first, rest)
    }

    /// All its lines.
    pub(super) fn lines(&self) -> u64 {
        self.parts.iter().map(|(_, tally)| tally.lines).sum()
    }

    /// What the files have of a line.
    fn weigh(&mut self, position: LinePosition, line: &LineSpan) {
        for part in &line.earlier {
            self.count(part.file, Tally { bytes: part.bytes, lines: 0 });
        }
        self.count(position.file, Tally { bytes: line.bytes, lines: 1 });
    }

    fn count(&mut self, file: usize, tally: Tally) {
        match self.parts.last_mut() {
            Some((last, sum)) if *last == file => sum.merge(tally),
            _ => self.parts.push((file, tally)),
        }
    }
}

/// Begins a range or goes on with it.
pub(super) fn extend(range: &mut Option<LineRange>, position: LinePosition, line: &LineSpan) {
    match range {
        Some(range) => range.extend(position, line),
        None => *range = Some(LineRange::begin(position, line)),
    }
}
