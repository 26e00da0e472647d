//! The github format: workflow commands that GitHub shows as annotations, and a step summary. A run that does not end in
//! exit 0 always has an error annotation.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::escape::{excerpt, github_message, github_property};
use super::gather::Gathered;
use super::step_summary;
use super::wording::{Level, answer, full_message};
use crate::outcome::Outcome;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// GitHub shows fewer; the log of a job should stay readable.
const ANNOTATIONS_MAX: usize = 1_000;

/// Writes annotations when the run ends.
pub struct Github<W> {
    out: W,
    step_summary: Option<PathBuf>,
    gathered: Gathered,
}

impl<W: Write> Github<W> {
    /// `step_summary` is the file `GITHUB_STEP_SUMMARY` names; it is appended to, since other steps may share it.
    pub fn new(out: W, step_summary: Option<PathBuf>) -> Self {
        Self { out, step_summary, gathered: Gathered::with_room_for(ANNOTATIONS_MAX) }
    }
}

impl<W: Write> Sink for Github<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.gathered.finding(finding);
        Ok(())
    }

    fn chain(&mut self, _: ChainReport) -> io::Result<()> {
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.gathered.files(files);
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let sorted = self.gathered.take_sorted();
        for finding in &sorted.findings {
            write_annotation(&mut self.out, finding)?;
        }
        if sorted.findings_omitted > 0 {
            writeln!(self.out, "::notice::{} more findings; see --output-format json", sorted.findings_omitted)?;
        }
        let command = if summary.outcome == Outcome::Intact { "notice" } else { "error" };
        writeln!(self.out, "::{command} title=acralog::{}", github_message(&answer(&summary)))?;
        self.out.flush()?;
        if let Some(path) = &self.step_summary {
            let text = step_summary::markdown(&summary, &sorted);
            File::options().append(true).create(true).open(path)?.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

fn write_annotation(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let command = match Level::of(finding.class) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    write!(out, "::{command} ")?;
    if let Some(place) = &finding.place {
        write!(out, "file={},", github_property(&place.file))?;
        if place.line > 0 {
            write!(out, "line={},", place.line)?;
            if let Some(last) = finding.through.as_ref().filter(|last| last.file == place.file) {
                write!(out, "endLine={},", last.line)?;
            }
        }
    }
    let title = github_property(finding.code.name());
    writeln!(out, "title={title}::{}", github_message(&excerpt(&full_message(finding))))
}
