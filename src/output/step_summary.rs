//! The Markdown that GitHub shows on the page of a job. Everything that comes from a log or a file name stands in it as
//! prose without markup or as a code span.

use std::fmt::Write as _;

use super::escape::{excerpt, markdown as inert};
use super::file_state::{FileState, signed_lines};
use super::wording::{byte_classes, counted, formats, grouped, message_parts, place_of, policy_remark};
use crate::verdict::report::{Finding, Sorted, Summary};

/// A page is read, not searched; GitHub refuses one above 1 MiB.
const ROWS_MAX: usize = 100;

/// The summary of a run.
pub(super) fn markdown(summary: &Summary, sorted: &Sorted) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, summary, sorted);
    out
}

fn write_all(out: &mut String, summary: &Summary, sorted: &Sorted) -> std::fmt::Result {
    let result = summary.outcome.name().to_ascii_uppercase();
    writeln!(out, "### Acra audit log: {result} (exit {})\n", summary.exit_code)?;
    if let Some(remark) = policy_remark(summary) {
        writeln!(out, "{}\n", inert(&remark))?;
    }
    write_files(out, sorted)?;
    write_findings(out, sorted)?;
    write_proven(out, summary)?;
    for limit in &summary.not_shown {
        writeln!(out, "- not shown: {}", inert(&excerpt(&limit.to_string())))?;
    }
    let total = grouped(summary.account.total().bytes);
    writeln!(out, "- bytes: {} = {total}\n", byte_classes(summary).join(" + "))
}

fn write_files(out: &mut String, sorted: &Sorted) -> std::fmt::Result {
    if sorted.files.is_empty() {
        return Ok(());
    }
    writeln!(out, "| file | format | chains | signed entries | |\n|---|---|--:|--:|---|")?;
    for file in sorted.files.iter().take(ROWS_MAX) {
        let (path, formats) = (inert(&excerpt(&file.path)), formats(file));
        let (chains, entries) = (grouped(file.chains), grouped(signed_lines(file)));
        let state = FileState::of(file, &sorted.missing).words();
        writeln!(out, "| {path} | {formats} | {chains} | {entries} | {state} |")?;
    }
    write_rest(out, sorted.files.len().saturating_sub(ROWS_MAX) as u64, "file", "files")
}

fn write_findings(out: &mut String, sorted: &Sorted) -> std::fmt::Result {
    if sorted.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "| place | finding | weight | what happened |\n|---|---|---|---|")?;
    // The heaviest first: a page that is cut off must not hide the worst.
    let mut findings: Vec<_> = sorted.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.class));
    for finding in findings.iter().take(ROWS_MAX) {
        let (place, message) = (inert(&excerpt(&place_of(finding))), message(finding));
        writeln!(out, "| {place} | {} | {} | {message} |", finding.code.name(), finding.class.name())?;
    }
    let shown = findings.len().min(ROWS_MAX) as u64;
    write_rest(out, sorted.findings.len() as u64 + sorted.findings_omitted - shown, "finding", "findings")
}

fn message(finding: &Finding) -> String {
    let parts: Vec<String> = message_parts(finding).iter().map(|part| inert(&excerpt(part))).collect();
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
    for stream in summary.streams.iter().take(ROWS_MAX) {
        let (Some(first), Some(last)) = (stream.proven.first(), stream.proven.last()) else {
            continue;
        };
        let name = inert(&excerpt(&stream.name));
        let ranges = counted(stream.proven.len() as u64 + stream.proven_omitted, "range", "ranges");
        writeln!(out, "- proven in {name}: {ranges} from {} to {}, by the log's own times", first.from, last.to)?;
    }
    Ok(())
}
