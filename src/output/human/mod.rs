//! The human format: a line per file, what was found in it, then what is proven, what is not shown, every byte, and the
//! answer. A bare "valid" is never printed.

mod details;
mod layout;
mod table;
mod totals;

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use self::details::Found;
use self::layout::Folder;
pub(super) use self::layout::{LINE_COLUMNS, broken};
use super::color::Palette;
use super::escape::excerpt;
use super::wording::place_of;
use crate::outcome::Outcome;
use crate::verdict::Shortlist;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary, missing_file};

/// How much people want to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: nothing when the log is intact; else the worst finding of each log that is not, and the answer.
    Quiet,
    /// Files, findings, the proven range, the answer.
    #[default]
    Normal,
    /// `-v`: also the reading order, how files were read, chains, notes and finding codes.
    Verbose,
}

/// Writes the report when the run ends. Memory is bounded by the number of files.
pub(super) struct Human<W> {
    out: W,
    verbosity: Verbosity,
    palette: Palette,
    files: Vec<FileReport>,
    /// What was found, by file; the empty name stands for the whole run.
    found: HashMap<Arc<str>, Found>,
    /// The files that were not there.
    missing: HashSet<Arc<str>>,
    /// The first of the heaviest findings of the current stream; before the first one, and behind the last one, the
    /// heaviest of the run.
    worst: Shortlist<Finding>,
    /// What `-q` says, line by line.
    quiet: Vec<String>,
}

/// The most lines about what was asked for and is in no log, with `-q`.
const QUIET_LINES_MAX: usize = 20;

impl<W: Write> Human<W> {
    /// Nothing is written before the end.
    pub(super) fn new(out: W, verbosity: Verbosity, palette: Palette) -> Self {
        let (found, missing, worst) = (HashMap::new(), HashSet::new(), Shortlist::with_room_for(QUIET_LINES_MAX));
        Self { out, verbosity, palette, files: Vec::new(), found, missing, worst, quiet: Vec::new() }
    }

    /// Says what `-q` has to say of what was found since it was asked last.
    fn settle_quiet(&mut self, next: usize) {
        let worst = std::mem::replace(&mut self.worst, Shortlist::with_room_for(next));
        for finding in worst.items().filter(|finding| finding.class.outcome() != Outcome::Intact) {
            let (place, code) = (place_of(finding), finding.code.name());
            self.quiet.push(excerpt(&format!("{place}: {code}: {}", finding.message)).into_owned());
        }
    }

    fn write_quietly(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.outcome == Outcome::Intact {
            return Ok(());
        }
        self.settle_quiet(1);
        for line in &self.quiet {
            writeln!(self.out, "{line}")?;
        }
        totals::write_result(&mut self.out, self.palette, summary)
    }
}

impl<W: Write> Sink for Human<W> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.settle_quiet(1);
        Ok(())
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.missing.extend(missing_file(&finding));
        if self.verbosity == Verbosity::Quiet {
            self.worst.push(finding.class, finding);
        } else if self.verbosity == Verbosity::Verbose || finding.class > Class::Note {
            let file = finding.place.as_ref().map_or_else(|| "".into(), |place| Arc::clone(&place.file));
            self.found.entry(file).or_default().findings.push(finding.class, finding);
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
        if self.verbosity == Verbosity::Quiet {
            self.settle_quiet(QUIET_LINES_MAX);
        } else {
            self.files.extend(files);
        }
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            self.write_quietly(&summary)?;
            return self.out.flush();
        }
        let found = std::mem::take(&mut self.found);
        let folder = Folder::of(&self.files);
        let files = (&*self.files, &self.missing);
        let mut table = table::Table::new(files, &folder, found, self.palette, self.verbosity);
        table.write(&mut self.out, &summary.streams)?;
        let bytes_read = self.files.iter().map(|file| file.bytes).sum();
        totals::Totals { summary: &summary, folder: &folder, palette: self.palette }
            .write(&mut self.out, bytes_read)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
