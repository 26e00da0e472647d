//! The junit format: a suite per stream, a case per file, and a case per finding that makes the run fail. A run that
//! does not end in exit 0 always has at least one failed case.

use std::io::{self, Write};

use super::escape::{excerpt, xml};
use super::sink::AtEnd;
use super::wording::{AnnotationLevel, FileState, answer, full_message, place_of};
use crate::outcome::Outcome;
use crate::verdict::code::Class;
use crate::verdict::report::{FileReport, Finding, GatheringLimits, Sink, Sorted, Summary};

/// The most findings that become cases of their own.
const FINDINGS_MAX: usize = 10_000;

/// Writes the test results when the run ends.
pub(super) fn sink<W: Write>(out: W) -> impl Sink {
    let limits = GatheringLimits { findings: FINDINGS_MAX, chains: 0 };
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

/// How many cases, failures and errors.
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
