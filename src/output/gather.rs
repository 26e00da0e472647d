//! Gathers what a run reports, bounded, for the formats that must see everything before they can write. How it is
//! written is left to them.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use super::shortlist::Shortlist;
use crate::line::Place;
use crate::verdict::code::Code;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// A sink that keeps what it is told and writes when the run ends.
pub(super) struct AtEnd<W, F> {
    out: W,
    gathered: Gathered,
    write: F,
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> AtEnd<W, F> {
    pub(super) fn new(out: W, limits: Limits, write: F) -> Self {
        Self { out, gathered: Gathered::new(limits), write }
    }
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> Sink for AtEnd<W, F> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.gathered.finding(finding);
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.gathered.chain(chain);
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.gathered.files.extend(files);
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let sorted = self.gathered.take_sorted();
        (self.write)(&mut self.out, &summary, &sorted)?;
        self.out.flush()
    }
}

/// How much is kept; the rest is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Findings, the heaviest first.
    pub(super) findings: usize,
    /// Chains, the first ones.
    pub(super) chains: usize,
}

/// Findings, chains and files of a run so far. Memory is bounded by the limits and by the number of files.
struct Gathered {
    findings: Shortlist<Finding>,
    chains: Vec<ChainReport>,
    chains_max: usize,
    chains_omitted: u64,
    files: Vec<FileReport>,
    missing: HashSet<Arc<str>>,
}

/// The same, complete and sorted by file (in reading order) and line.
pub(super) struct Sorted {
    /// What concerns the whole stream or run comes last.
    pub(super) findings: Vec<Finding>,
    /// Findings beyond the limit.
    pub(super) findings_omitted: u64,
    /// By their first entry.
    pub(super) chains: Vec<ChainReport>,
    /// Chains beyond the limit.
    pub(super) chains_omitted: u64,
    /// In reading order.
    pub(super) files: Vec<FileReport>,
    /// Those that were not there.
    pub(super) missing: HashSet<Arc<str>>,
}

impl Gathered {
    fn new(limits: Limits) -> Self {
        Self {
            findings: Shortlist::with_room_for(limits.findings),
            chains: Vec::new(),
            chains_max: limits.chains,
            chains_omitted: 0,
            files: Vec::new(),
            missing: HashSet::new(),
        }
    }

    fn finding(&mut self, finding: Finding) {
        self.missing.extend(missing_file(&finding));
        self.findings.push(finding.class, finding);
    }

    fn chain(&mut self, chain: ChainReport) {
        if self.chains.len() == self.chains_max {
            self.chains_omitted += 1;
        } else {
            self.chains.push(chain);
        }
    }

    /// Hands everything over, leaving nothing behind.
    fn take_sorted(&mut self) -> Sorted {
        let taken = std::mem::replace(self, Self::new(Limits::default()));
        let order = ReadingOrder::of(&taken.files);
        let findings_omitted = taken.findings.omitted();
        let mut findings = taken.findings.into_items();
        findings.sort_by(|a, b| order.rank(a.place.as_ref()).cmp(&order.rank(b.place.as_ref())));
        let mut chains = taken.chains;
        chains.sort_by(|a, b| order.rank(Some(&a.first)).cmp(&order.rank(Some(&b.first))));
        let (chains_omitted, files, missing) = (taken.chains_omitted, taken.files, taken.missing);
        Sorted { findings, findings_omitted, chains, chains_omitted, files, missing }
    }
}

/// The file a finding says is not there.
pub(super) fn missing_file(finding: &Finding) -> Option<Arc<str>> {
    let place = finding.place.as_ref().filter(|_| finding.code == Code::FileMissing)?;
    Some(Arc::clone(&place.file))
}

/// Which file was read when.
struct ReadingOrder(HashMap<Arc<str>, usize>);

impl ReadingOrder {
    fn of(files: &[FileReport]) -> Self {
        Self(files.iter().enumerate().map(|(index, file)| (Arc::clone(&file.path), index)).collect())
    }

    /// Files that were read, then files that were not, then what has no place; by line within a file.
    fn rank<'a>(&self, place: Option<&'a Place>) -> (usize, &'a str, u64) {
        match place {
            None => (usize::MAX, "", 0),
            Some(place) => match self.0.get(&place.file) {
                Some(index) => (*index, "", place.line),
                None => (usize::MAX - 1, &place.file, place.line),
            },
        }
    }
}
