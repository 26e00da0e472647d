//! A sink for the formats that must see everything before they can write. How it is written is left to them.

use std::io::{self, Write};

use crate::verdict::report::{ChainReport, FileReport, Finding, Gathering, GatheringLimits, Sink, Sorted, Summary};

/// Keeps what it is told and writes when the run ends.
pub(super) struct AtEnd<W, F> {
    out: W,
    gathering: Gathering,
    write: F,
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> AtEnd<W, F> {
    pub(super) fn new(out: W, limits: GatheringLimits, write: F) -> Self {
        Self { out, gathering: Gathering::new(limits), write }
    }
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> Sink for AtEnd<W, F> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.gathering.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.gathering.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.gathering.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let gathering = std::mem::replace(&mut self.gathering, Gathering::new(GatheringLimits::default()));
        (self.write)(&mut self.out, &summary, &gathering.sorted())?;
        self.out.flush()
    }
}
