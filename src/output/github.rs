//! The github format: workflow commands that GitHub shows as annotations, and a step summary. A run that does not end in
//! exit 0 always has an error annotation.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::at_end::AtEnd;
use super::escape::{excerpt, github_message, github_property};
use super::step_summary;
use super::wording::{Level, answer, full_message};
use crate::outcome::Outcome;
use crate::verdict::report::{Finding, GatheringLimits, Sink, Sorted, Summary};

/// GitHub shows fewer; the log of a job should stay readable.
const ANNOTATIONS_MAX: usize = 1_000;

/// Writes annotations when the run ends. `step_summary` is the file `GITHUB_STEP_SUMMARY` names; it is appended to, since
/// other steps may share it.
pub(super) fn sink<W: Write>(out: W, step_summary: Option<PathBuf>) -> impl Sink {
    let limits = GatheringLimits { findings: ANNOTATIONS_MAX, chains: 0 };
    AtEnd::new(out, limits, move |out: &mut W, summary: &Summary, sorted: &Sorted| {
        // What the job shows comes first, and neither of both is missing because the other cannot be written.
        let annotated = write_annotations(out, summary, sorted).and_then(|()| out.flush());
        let Some(path) = &step_summary else { return annotated };
        let text = step_summary::markdown(summary, sorted);
        let page = File::options().append(true).create(true).open(path);
        page.and_then(|mut page| page.write_all(text.as_bytes())).and(annotated)
    })
}

fn write_annotations(out: &mut impl Write, summary: &Summary, sorted: &Sorted) -> io::Result<()> {
    // GitHub shows the first ten of each kind: the answer, and then what weighs most.
    let command = if summary.outcome == Outcome::Intact { "notice" } else { "error" };
    writeln!(out, "::{command} title=acralog::{}", github_message(&answer(summary)))?;
    let mut findings: Vec<_> = sorted.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.class));
    for finding in findings {
        write_annotation(out, finding)?;
    }
    if sorted.findings_omitted > 0 {
        writeln!(out, "::notice::{} more findings; see --output-format json", sorted.findings_omitted)?;
    }
    Ok(())
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
