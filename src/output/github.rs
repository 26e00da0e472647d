//! The github format: workflow commands that GitHub shows as annotations, and the Markdown of a step summary. A run that
//! does not end in exit 0 always has an error annotation; what comes from a log stands in the summary as prose without
//! markup or as a code span.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::escape::{excerpt, github_message, github_property, markdown};
use super::sink::AtEnd;
use super::wording::{
    AnnotationLevel, FileState, answer, byte_classes, counted, formats, full_message, grouped, message_parts, place_of,
    policy_remark, signed_lines,
};
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
        let text = summary_page(summary, sorted);
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
    let command = match AnnotationLevel::of(finding.class) {
        AnnotationLevel::Error => "error",
        AnnotationLevel::Warning => "warning",
        AnnotationLevel::Note => "notice",
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

/// A page is read, not searched; GitHub refuses one above 1 MiB.
const SUMMARY_ROWS_MAX: usize = 100;

/// The summary of a run for the page of a job.
fn summary_page(summary: &Summary, sorted: &Sorted) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut out, summary, sorted);
    out
}

fn write_summary(out: &mut String, summary: &Summary, sorted: &Sorted) -> std::fmt::Result {
    let result = summary.outcome.name().to_ascii_uppercase();
    writeln!(out, "### Acra audit log: {result} (exit {})\n", summary.exit_code)?;
    if let Some(remark) = policy_remark(summary) {
        writeln!(out, "{}\n", markdown(&remark))?;
    }
    write_files(out, sorted)?;
    write_findings(out, sorted)?;
    write_proven(out, summary)?;
    for limit in &summary.not_shown {
        writeln!(out, "- not shown: {}", markdown(&excerpt(&limit.to_string())))?;
    }
    let total = grouped(summary.account.total().bytes);
    writeln!(out, "- bytes: {} = {total}\n", byte_classes(summary).join(" + "))
}

fn write_files(out: &mut String, sorted: &Sorted) -> std::fmt::Result {
    if sorted.files.is_empty() {
        return Ok(());
    }
    writeln!(out, "| file | format | chains | signed entries | |\n|---|---|--:|--:|---|")?;
    for file in sorted.files.iter().take(SUMMARY_ROWS_MAX) {
        let (path, formats) = (markdown(&excerpt(&file.path)), formats(file));
        let (chains, entries) = (grouped(file.chains), grouped(signed_lines(file)));
        let state = FileState::of(file, &sorted.missing).words();
        writeln!(out, "| {path} | {formats} | {chains} | {entries} | {state} |")?;
    }
    write_rest(out, sorted.files.len().saturating_sub(SUMMARY_ROWS_MAX) as u64, "file", "files")
}

fn write_findings(out: &mut String, sorted: &Sorted) -> std::fmt::Result {
    if sorted.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "| place | finding | weight | what happened |\n|---|---|---|---|")?;
    // The heaviest first: a page that is cut off must not hide the worst.
    let mut findings: Vec<_> = sorted.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.class));
    for finding in findings.iter().take(SUMMARY_ROWS_MAX) {
        let (place, message) = (markdown(&excerpt(&place_of(finding))), message(finding));
        writeln!(out, "| {place} | {} | {} | {message} |", finding.code.name(), finding.class.name())?;
    }
    let shown = findings.len().min(SUMMARY_ROWS_MAX) as u64;
    write_rest(out, sorted.findings.len() as u64 + sorted.findings_omitted - shown, "finding", "findings")
}

fn message(finding: &Finding) -> String {
    let parts: Vec<String> = message_parts(finding).iter().map(|part| markdown(&excerpt(part))).collect();
    parts.join("; ")
}

fn write_rest(out: &mut String, omitted: u64, one: &str, many: &str) -> std::fmt::Result {
    if omitted > 0 {
        writeln!(out, "\nand {} more", counted(omitted, one, many))?;
    }
    writeln!(out)
}

fn write_proven(out: &mut String, summary: &Summary) -> std::fmt::Result {
    if summary.streams.iter().all(|stream| stream.proven.is_empty()) {
        return writeln!(out, "- proven: nothing");
    }
    for stream in summary.streams.iter().take(SUMMARY_ROWS_MAX) {
        let (Some(first), Some(last)) = (stream.proven.first(), stream.proven.last()) else {
            continue;
        };
        let name = markdown(&excerpt(&stream.name));
        let ranges = counted(stream.proven.len() as u64 + stream.proven_omitted, "range", "ranges");
        writeln!(out, "- proven in {name}: {ranges} from {} to {}, by the log's own times", first.from, last.to)?;
    }
    Ok(())
}
