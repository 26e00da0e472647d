//! What servers of continuous integration read: workflow annotations and the step summary of GitHub, and test results as JUnit
//! writes them. What was found is decided in `verdict`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::escape::{excerpt, github_message, github_property, markdown, xml};
use super::sink::AtEnd;
use super::wording::{
    AnnotationLevel, FileState, answer, byte_classes, counted, formats, full_message, grouped, message_parts, place_of,
    policy_remark, signed_lines,
};
use crate::outcome::Outcome;
use crate::verdict::code::Class;
use crate::verdict::report::{FileReport, Finding, GatheringLimits, Sink, Sorted, Summary};

/// GitHub shows fewer; the log of a job should stay readable.
const ANNOTATIONS_MAX: usize = 1_000;

/// Writes annotations when the run ends. `step_summary` is the file `GITHUB_STEP_SUMMARY` names; it is appended to, since
/// other steps may share it.
pub(super) fn github_sink<W: Write>(out: W, step_summary: Option<PathBuf>) -> impl Sink {
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

/// The most findings that become test cases of their own.
const CASES_MAX: usize = 10_000;

pub(super) fn junit_sink<W: Write>(out: W) -> impl Sink {
    let limits = GatheringLimits { findings: CASES_MAX, chains: 0 };
    AtEnd::new(out, limits, |out: &mut W, summary: &Summary, sorted: &Sorted| {
        write_suites(out, &suites(summary, sorted))
    })
}

struct JunitSuite {
    name: String,
    cases: Vec<JunitCase>,
    /// What does not fail: warnings and notes, one per line.
    remarks: Vec<String>,
}

struct JunitCase {
    name: String,
    problem: Option<JunitProblem>,
}

/// Why a case did not pass.
struct JunitProblem {
    class: Class,
    kind: &'static str,
    message: String,
    detail: Vec<String>,
}

fn suites(summary: &Summary, sorted: &Sorted) -> Vec<JunitSuite> {
    let named = |name: &str| JunitSuite { name: name.to_owned(), cases: Vec::new(), remarks: Vec::new() };
    let mut suites: Vec<JunitSuite> = summary.streams.iter().map(|stream| named(&stream.name)).collect();
    let mut run = named("run");
    run.cases.push(run_case(summary));
    if sorted.findings_omitted > 0 {
        run.remarks.push(format!("{} more findings; see --output-format json", sorted.findings_omitted));
    }
    suites.push(run);
    let last = suites.len() - 1;
    let mut suite_of = std::collections::HashMap::new();
    for file in &sorted.files {
        let index = file.stream.min(last);
        suite_of.insert(&*file.path, index);
        suites[index].cases.push(file_case(file, sorted));
    }
    for finding in &sorted.findings {
        let file = finding.place.as_ref().map(|place| &*place.file);
        let index = file.and_then(|file| suite_of.get(file)).copied().unwrap_or(last);
        add_finding(&mut suites[index], finding);
    }
    suites
}

/// Stands for the answer as a whole, findings without a place included.
fn run_case(summary: &Summary) -> JunitCase {
    let class = match summary.outcome {
        Outcome::Intact => {
            return JunitCase { name: answer(summary), problem: None };
        }
        Outcome::Incomplete => Class::Incomplete,
        Outcome::Undecided => Class::Undecided,
        Outcome::Tampered => Class::Tampered,
    };
    let detail = summary.not_shown.iter().map(|text| format!("not shown: {text}")).collect();
    let problem = JunitProblem { class, kind: class.name(), message: answer(summary), detail };
    JunitCase { name: "exit code 0".to_owned(), problem: Some(problem) }
}

fn file_case(file: &FileReport, sorted: &Sorted) -> JunitCase {
    let problem = (AnnotationLevel::of(file.worst) == AnnotationLevel::Error).then(|| JunitProblem {
        class: file.worst,
        kind: file.worst.name(),
        message: FileState::of(file, &sorted.missing).words().to_owned(),
        detail: Vec::new(),
    });
    JunitCase { name: file.path.to_string(), problem }
}

fn add_finding(suite: &mut JunitSuite, finding: &Finding) {
    let code = finding.code.name();
    let place = place_of(finding);
    if AnnotationLevel::of(finding.class) != AnnotationLevel::Error {
        suite.remarks.push(format!("{place}: {}: {code}: {}", finding.class.name(), full_message(finding)));
        return;
    }
    let problem = JunitProblem {
        class: finding.class,
        kind: code,
        message: finding.message.clone(),
        detail: vec![full_message(finding)],
    };
    suite.cases.push(JunitCase { name: format!("{place}: {code}"), problem: Some(problem) });
}

impl JunitProblem {
    /// No answer is an error; altered and incomplete are failures.
    fn element(&self) -> &'static str {
        if self.class == Class::Undecided { "error" } else { "failure" }
    }
}

fn counts<'a>(cases: impl Iterator<Item = &'a JunitCase>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.problem.as_ref().map(JunitProblem::element) {
            Some("error") => errors += 1,
            Some(_) => failures += 1,
            None => {}
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn write_suites(out: &mut impl Write, suites: &[JunitSuite]) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let all = counts(suites.iter().flat_map(|suite| &suite.cases));
    writeln!(out, "<testsuites name=\"acralog verify\" {all}>")?;
    for suite in suites {
        writeln!(out, "  <testsuite name=\"{}\" {}>", xml(&suite.name), counts(suite.cases.iter()))?;
        for case in &suite.cases {
            write_case(out, &suite.name, case)?;
        }
        if !suite.remarks.is_empty() {
            writeln!(out, "    <system-out>")?;
            for remark in &suite.remarks {
                writeln!(out, "{}", xml(remark))?;
            }
            writeln!(out, "    </system-out>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn write_case(out: &mut impl Write, suite: &str, case: &JunitCase) -> io::Result<()> {
    write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(suite), xml(&case.name))?;
    let Some(problem) = &case.problem else {
        return writeln!(out, "/>");
    };
    let element = problem.element();
    // `excerpt` makes text visible first; a second pass by `xml` finds nothing hostile left.
    let message = xml(&excerpt(&problem.message));
    writeln!(out, ">")?;
    write!(out, "      <{element} type=\"{}\" message=\"{message}\">", xml(problem.kind))?;
    for (index, line) in problem.detail.iter().enumerate() {
        let separator = if index > 0 { "\n" } else { "" };
        write!(out, "{separator}{}", xml(&excerpt(line)))?;
    }
    writeln!(out, "</{element}>")?;
    writeln!(out, "    </testcase>")
}
