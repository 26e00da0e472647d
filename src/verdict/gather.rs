//! Gathers what a run finds, bounded, for reports that must see everything before they can be written. How they are written
//! is left to `output` and `incident`.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::capped::Capped;
use super::code::Code;
use super::report::{ChainReport, FileReport, Finding, Sink, Summary};
use super::shortlist::Shortlist;
use crate::line::Place;

/// How much is kept; the rest is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Findings, the heaviest first.
    pub findings: usize,
    /// Chains, the first ones.
    pub chains: usize,
}

/// A sink that keeps what it is told. Memory is bounded by the limits and by the number of files.
pub struct Gathering {
    findings: Shortlist<Finding>,
    chains: Capped<ChainReport>,
    chains_max: usize,
    files: Vec<FileReport>,
    missing: HashSet<Arc<str>>,
    summary: Option<Summary>,
}

/// The answer, and what led to it.
pub struct Gathered {
    /// The answer.
    pub summary: Summary,
    /// What led to it.
    pub sorted: Sorted,
}

/// Findings, chains and files of a run, sorted by file (in reading order) and line.
pub struct Sorted {
    /// What concerns the whole stream or run comes last.
    pub findings: Vec<Finding>,
    /// Findings beyond the limit.
    pub findings_omitted: u64,
    /// By their first entry.
    pub chains: Vec<ChainReport>,
    /// Chains beyond the limit.
    pub chains_omitted: u64,
    /// In reading order.
    pub files: Vec<FileReport>,
    /// Those that were not there.
    pub missing: HashSet<Arc<str>>,
}

impl Gathering {
    /// Nothing was found yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            findings: Shortlist::with_room_for(limits.findings),
            chains: Capped::default(),
            chains_max: limits.chains,
            files: Vec::new(),
            missing: HashSet::new(),
            summary: None,
        }
    }

    /// Everything but the answer.
    pub fn sorted(self) -> Sorted {
        let order = ReadingOrder::of(&self.files);
        let findings_omitted = self.findings.omitted();
        let mut findings = self.findings.into_items();
        findings.sort_by(|a, b| order.rank(a.place.as_ref()).cmp(&order.rank(b.place.as_ref())));
        let Capped { items: mut chains, omitted: chains_omitted } = self.chains;
        chains.sort_by(|a, b| order.rank(Some(&a.first)).cmp(&order.rank(Some(&b.first))));
        let (files, missing) = (self.files, self.missing);
        Sorted { findings, findings_omitted, chains, chains_omitted, files, missing }
    }

    /// Everything; None when the run did not come to its end.
    pub fn gathered(mut self) -> Option<Gathered> {
        let summary = self.summary.take()?;
        Some(Gathered { summary, sorted: self.sorted() })
    }
}

impl Sink for Gathering {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.missing.extend(missing_file(&finding));
        self.findings.push(finding.class, finding);
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.chains.push(chain, self.chains_max);
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.files.extend(files);
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.summary = Some(summary);
        Ok(())
    }
}

/// The file a finding says is not there.
pub fn missing_file(finding: &Finding) -> Option<Arc<str>> {
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
