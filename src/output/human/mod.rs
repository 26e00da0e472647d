//! The human format: a line per file, what was found in it, then what is proven, what is not shown, every byte, and the
//! answer. A bare "valid" is never printed.

mod table;
mod totals;

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::color::Palette;
use super::shortlist::Shortlist;
use crate::outcome::Outcome;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// The most findings shown of one file.
const FINDINGS_PER_FILE: usize = 20;

/// The most chains shown of one file, with `-v`.
const CHAINS_PER_FILE: usize = 100;

/// How much people want to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: nothing when the log is intact, one line when it is not.
    Quiet,
    /// Files, findings, the proven range, the answer.
    #[default]
    Normal,
    /// `-v`: also the reading order, how files were read, chains, notes and finding codes.
    Verbose,
}

/// Writes the report when the run ends. Memory is bounded by the number of files.
pub struct Human<W> {
    out: W,
    verbosity: Verbosity,
    palette: Palette,
    files: Vec<FileReport>,
    /// What was found, by file; the empty name stands for the whole run.
    found: HashMap<Arc<str>, Found>,
}

/// What was found in one file.
struct Found {
    findings: Shortlist<Finding>,
    chains: Shortlist<ChainReport>,
}

impl Default for Found {
    fn default() -> Self {
        let findings = Shortlist::with_room_for(FINDINGS_PER_FILE);
        Self {
            findings,
            chains: Shortlist::with_room_for(CHAINS_PER_FILE),
        }
    }
}

impl Found {
    /// Whether any of it stands at a line, and not at a file or run as a whole.
    fn names_lines(&self) -> bool {
        let mut places = self
            .findings
            .items()
            .filter_map(|finding| finding.place.as_ref());
        places.any(|place| place.line > 0) || self.chains.items().next().is_some()
    }
}

impl<W: Write> Human<W> {
    /// Nothing is written before the end.
    pub fn new(out: W, verbosity: Verbosity, palette: Palette) -> Self {
        Self {
            out,
            verbosity,
            palette,
            files: Vec::new(),
            found: HashMap::new(),
        }
    }
}

impl<W: Write> Sink for Human<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        let shown = match self.verbosity {
            Verbosity::Quiet => false,
            Verbosity::Normal => finding.class > Class::Note,
            Verbosity::Verbose => true,
        };
        if shown {
            let file = finding
                .place
                .as_ref()
                .map_or_else(|| "".into(), |place| Arc::clone(&place.file));
            self.found
                .entry(file)
                .or_default()
                .findings
                .push(finding.class, finding);
        }
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        if self.verbosity == Verbosity::Verbose {
            let found = self.found.entry(Arc::clone(&chain.first.file)).or_default();
            found.chains.push(Class::Note, chain);
        }
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        if self.verbosity != Verbosity::Quiet {
            self.files.extend(files);
        }
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            if summary.outcome != Outcome::Intact {
                totals::write_result(&mut self.out, self.palette, &summary)?;
            }
            return self.out.flush();
        }
        let found = std::mem::take(&mut self.found);
        let mut table = table::Table::new(&self.files, found, self.palette, self.verbosity);
        table.write(&mut self.out, &summary.streams)?;
        let bytes_read = self.files.iter().map(|file| file.bytes).sum();
        totals::write(&mut self.out, self.palette, &summary, bytes_read)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
