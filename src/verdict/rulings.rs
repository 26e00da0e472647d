//! What is decided about a stream while it is judged: findings, chains, ranges of lines, and where every byte of its
//! files went. Nothing is written here: `run_state` carries it out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::code::{Code, Demands};
use super::expectations::{ChainEnds, Expectations, ResumedChain};
use super::replay::Trace;
use super::report::{Account, ChainReport, FileReport, Tally};
use crate::entry::{Format, Span};
use crate::key::{AuditKey, KeySet};
use crate::ledger::memory::PlacedCheckpoint;
use crate::line::{FilePart, LineSpan, Place};

/// What happened, before its class is known.
pub(super) struct FindingBuilder {
    pub(super) code: Code,
    pub(super) first: Option<LinePosition>,
    pub(super) last: Option<LinePosition>,
    /// Where it stands, when that is in no file of a stream that is being judged.
    pub(super) place: Option<Place>,
    pub(super) is_of_whole_stream: bool,
    pub(super) lines: u64,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
    /// Expected and found seal, two bytes each.
    pub(super) seals: (Option<[u8; 2]>, Option<[u8; 2]>),
}

impl FindingBuilder {
    /// Something about a whole stream or run.
    pub(super) fn of(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            first: None,
            last: None,
            place: None,
            is_of_whole_stream: false,
            lines: 0,
            message,
            hint: None,
            seals: (None, None),
        }
    }

    /// It stands at one line.
    pub(super) fn at(mut self, position: LinePosition) -> Self {
        self.first = Some(position);
        self.lines = 1;
        self
    }

    /// It concerns a file as a whole, which is told by line 0.
    pub(super) fn of_file(mut self, file: usize) -> Self {
        self.first = Some(LinePosition { file, line: 0 });
        self
    }

    /// It weighs on every file of the stream.
    pub(super) fn of_whole_stream(mut self) -> Self {
        self.is_of_whole_stream = true;
        self
    }

    /// It concerns what was asked for, and no file of a stream.
    pub(super) fn of_path(mut self, path: &str) -> Self {
        self.place = Some(Place { file: path.into(), line: 0 });
        self
    }

    /// It stands at a line of a stream that was judged already.
    pub(super) fn of_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self.lines = 1;
        self
    }

    /// It stands over several lines.
    pub(super) fn over(mut self, first: LinePosition, last: LinePosition, lines: u64) -> Self {
        self.first = Some(first);
        self.last = (last != first).then_some(last);
        self.lines = lines;
        self
    }

    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(super) fn seals(mut self, expected: Option<[u8; 2]>, found: Option<[u8; 2]>) -> Self {
        self.seals = (expected, found);
        self
    }
}

/// What the judge of a stream has decided, in the order in which it did.
pub(super) enum Ruling {
    Finding(FindingBuilder),
    /// A chain begins that this key opens.
    Opened {
        key: usize,
    },
    /// So many chains of an earlier run, each opened by this key, are in a part that is unchanged.
    Remembered {
        key: usize,
        chains: u64,
    },
    /// So many of all of them have ended.
    RememberedClosed(u64),
    /// Nothing more belongs to a chain.
    Chain(ChainReport),
    /// The same of one whose first entry verified: whether it was seen before is still to be looked for.
    Followed {
        report: ChainReport,
        first: LinePosition,
        last: LinePosition,
        trace: Trace,
        ends: ChainEnds,
    },
    /// A chain goes on whose beginning is not here.
    Resumed(ResumedChain),
    /// Where a chain stands behind a file.
    Checkpoint(PlacedCheckpoint),
    /// What cannot be, is: no answer can be trusted.
    Fault(&'static str),
}

/// What is known of the keys of a run and demanded of its lines; the same for the whole of a stream.
#[derive(Clone, Default)]
pub(super) struct Context {
    /// Of all keys, in the order in which they were given.
    pub(super) fingerprints: Vec<String>,
    /// What their keystore says of these keys: whether others know them, and how many have replaced them.
    pub(super) compromised: Vec<bool>,
    pub(super) ages: Vec<Option<usize>>,
    /// Which of these keys the stream is verified with, in the order in which they are tried.
    in_use: Vec<usize>,
    /// Keys that exist and could not be had.
    pub(super) lost_keys: Vec<String>,
    /// The only format that sealed lines may have.
    pub(super) forced: Option<Format>,
    /// None when nothing is to be remembered.
    pub(super) expectations: Option<Arc<Expectations>>,
    /// The longest gap, and the longest life of a chain, that are accepted, where that was asked.
    pub(super) gap_max: Option<Span>,
    pub(super) chain_age_max: Option<Span>,
}

impl Context {
    pub(super) fn of(keys: &[&AuditKey], forced: Option<Format>, demands: &Demands) -> Self {
        Self {
            fingerprints: keys.iter().map(|key| key.fingerprint().to_owned()).collect(),
            compromised: keys.iter().map(|key| key.is_compromised()).collect(),
            ages: keys.iter().map(|key| key.age()).collect(),
            in_use: (0..keys.len()).collect(),
            lost_keys: Vec::new(),
            forced,
            expectations: None,
            gap_max: demands.gap,
            chain_age_max: demands.chain_max_age,
        }
    }

    /// The same for a stream that is verified with these keys.
    pub(super) fn with(&self, keys: &KeySet) -> Self {
        let place = |key: &AuditKey| self.fingerprints.iter().position(|known| known == key.fingerprint());
        let in_use = keys.keys().iter().filter_map(place).collect();
        Self { in_use, lost_keys: keys.lost().to_vec(), ..self.clone() }
    }

    /// The index among all keys of one that the stream is verified with.
    pub(super) fn key(&self, index: usize) -> usize {
        self.in_use.get(index).copied().unwrap_or(index)
    }
}

/// The rulings on one stream, and the files they are about.
#[derive(Default)]
pub(super) struct Rulings {
    pub(super) context: Arc<Context>,
    pub(super) files: Vec<FileReport>,
    list: Vec<Ruling>,
    /// How often each code was found in the stream.
    by_code: BTreeMap<Code, u64>,
}

/// What is decided is handed over once: a copy of the judge has none of it.
impl Clone for Rulings {
    fn clone(&self) -> Self {
        let (context, files, by_code) = (Arc::clone(&self.context), self.files.clone(), self.by_code.clone());
        Self { context, files, list: Vec::new(), by_code }
    }
}

impl Rulings {
    pub(super) fn new(context: Arc<Context>, files: Vec<FileReport>) -> Self {
        Self { context, files, list: Vec::new(), by_code: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, ruling: Ruling) {
        self.list.push(ruling);
    }

    pub(super) fn find(&mut self, finding: FindingBuilder) {
        *self.by_code.entry(finding.code).or_default() += 1;
        self.push(Ruling::Finding(finding));
    }

    /// Counts lines into one class of the account.
    pub(super) fn count_lines(&mut self, lines: &LineRange, class: fn(&mut Account) -> &mut Tally) {
        for (file, tally) in &lines.parts {
            class(&mut self.files[*file].account).merge(*tally);
        }
    }

    /// Counts lines as broken that were counted as verified.
    pub(super) fn count_as_broken_instead(&mut self, lines: &LineRange) {
        for (file, tally) in &lines.parts {
            let account = &mut self.files[*file].account;
            account.verified.bytes = account.verified.bytes.saturating_sub(tally.bytes);
            account.verified.lines = account.verified.lines.saturating_sub(tally.lines);
            account.broken.merge(*tally);
        }
    }

    /// Counts a line into one class of the account, for every file that has a part of it.
    pub(super) fn count_line(
        &mut self,
        position: LinePosition,
        line: &LineSpan,
        class: fn(&mut Account) -> &mut Tally,
    ) {
        class(&mut self.files[position.file].account).add(line.bytes);
        for part in &line.earlier {
            class(&mut self.files[part.file].account).bytes += part.bytes;
        }
    }

    /// How often each code was found so far.
    pub(super) fn by_code(&self) -> &BTreeMap<Code, u64> {
        &self.by_code
    }

    /// What is decided and was not handed over yet.
    pub(super) fn take(&mut self) -> Vec<Ruling> {
        std::mem::take(&mut self.list)
    }
}

/// A position as it is named to people.
pub(super) fn place_of(files: &[FileReport], position: LinePosition) -> Place {
    let file = files.get(position.file).map_or_else(|| Arc::from("?"), |file| Arc::clone(&file.path));
    Place { file, line: position.line }
}

/// A line of a stream: the index of its file and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinePosition {
    pub(super) file: usize,
    pub(super) line: u64,
}

/// A line with what the files have of it.
#[derive(Clone, Debug)]
pub(super) struct PlacedLine {
    pub(super) position: LinePosition,
    bytes: u64,
    earlier: Vec<FilePart>,
}

impl PlacedLine {
    pub(super) fn new(position: LinePosition, line: &LineSpan) -> Self {
        Self { position, bytes: line.bytes, earlier: line.earlier.clone() }
    }

    /// One that the account has already.
    pub(super) fn counted(position: LinePosition) -> Self {
        Self { position, bytes: 0, earlier: Vec::new() }
    }

    /// It alone.
    pub(super) fn range(&self) -> LineRange {
        LineRange::of(self.position, self.bytes, &self.earlier)
    }
}

/// A run of lines that share a fate, possibly over several files of a stream. Never empty.
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
    pub(super) fn begin(position: LinePosition, line: &LineSpan) -> Self {
        Self::of(position, line.bytes, &line.earlier)
    }

    fn of(position: LinePosition, bytes: u64, earlier: &[FilePart]) -> Self {
        let mut range =
            Self { first: position, last: position, parts: Vec::new(), first_parts: Vec::new(), second: None };
        range.weigh(position, bytes, earlier);
        range.first_parts.clone_from(&range.parts);
        range
    }

    /// Goes on with a later line.
    pub(super) fn extend(&mut self, position: LinePosition, line: &LineSpan) {
        self.second.get_or_insert(position);
        self.last = position;
        self.weigh(position, line.bytes, &line.earlier);
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

    pub(super) fn lines(&self) -> u64 {
        self.parts.iter().map(|(_, tally)| tally.lines).sum()
    }

    /// What the files have of a line.
    fn weigh(&mut self, position: LinePosition, bytes: u64, earlier: &[FilePart]) {
        for part in earlier {
            self.count(part.file, Tally { bytes: part.bytes, lines: 0 });
        }
        self.count(position.file, Tally { bytes, lines: 1 });
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
