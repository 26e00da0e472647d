//! What verification finds that only an alteration explains, file by file. It is never cut: a log with thousands of findings
//! must not hide that another file was altered as well. Everything is passed on to who gathers it for the report.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use crate::verdict::code::{Class, Code};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// How many findings of a file an incident refers to; the others are counted.
const FINDINGS_MAX: usize = 50;

/// Takes note of alterations on their way to another sink. Memory is bounded by the number of files.
pub struct Alterations<'a> {
    inner: &'a mut (dyn Sink + Send),
    by_file: HashMap<Option<Arc<str>>, Altered>,
}

/// The alterations of a file, or of whatever is not a place in one.
#[derive(Clone, Debug, Default)]
pub struct Altered {
    /// How often each code was found.
    pub(super) by_code: BTreeMap<Code, u64>,
    /// The first findings, in the order in which they were decided.
    pub(super) findings: Vec<Finding>,
    /// Lines of the findings that are not among the first.
    pub(super) other_lines: u64,
}

impl<'a> Alterations<'a> {
    /// Nothing was found yet.
    pub fn on_the_way_to(inner: &'a mut (dyn Sink + Send)) -> Self {
        Self { inner, by_file: HashMap::new() }
    }

    /// What was found, by file; what has no place comes first.
    pub fn by_file(self) -> Vec<(Option<Arc<str>>, Altered)> {
        let mut all: Vec<_> = self.by_file.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

impl Altered {
    fn add(&mut self, finding: &Finding) {
        *self.by_code.entry(finding.code).or_default() += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.clone());
        } else {
            self.other_lines += finding.lines;
        }
    }

    /// Adds those of another file of the same stream.
    pub(super) fn merge(&mut self, other: Self) {
        other.by_code.into_iter().for_each(|(code, count)| *self.by_code.entry(code).or_default() += count);
        self.findings.extend(other.findings);
        self.other_lines += other.other_lines;
    }

    /// How many findings there are.
    pub(super) fn count(&self) -> u64 {
        self.by_code.values().sum()
    }
}

impl Sink for Alterations<'_> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.inner.begin_stream()
    }

    fn pause(&mut self) -> io::Result<()> {
        self.inner.pause()
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        if finding.class == Class::Tampered {
            let file = finding.place.as_ref().map(|place| Arc::clone(&place.file));
            self.by_file.entry(file).or_default().add(&finding);
        }
        self.inner.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.inner.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.inner.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.inner.finish(summary)
    }
}
