//! Packs the evidence of one verification as planned: runs it, past the investigation as well, and writes what came of it into
//! one file that appears whole or not at all.

use std::io;

use serde::Serialize;

use super::attestation::evidence;
use super::digests::Digests;
use super::pipeline::PipelineOptions;
use super::{inputs, report};
use crate::command;
use crate::evidence::{AttestedRun, BundleMember, NamedInput, Subject, write_bundle};
use crate::failure::Failure;
use crate::incident::report::IncidentReport;
use crate::incident::{Alterations, Conclusion, Investigation, Verified};
use crate::ledger::Ledger;
use crate::outcome::Outcome;
use crate::output::{
    Diagnostics, Extent, IncidentFormat, LedgerFormat, Palette, ReportFormat, ReportStyle, TeeSink, Verbosity,
    report_sink, write_evidence, write_incident_report, write_ledger,
};
use crate::plan::BundlePlan;
use crate::source::{Discovery, Input, Origin};
use crate::verdict::report::{Gathering, Sink, Summary};

/// Of `run.json`; raised when a member changes its meaning or goes away.
const RUN_VERSION: u32 = 1;

/// What a run was, for programs.
#[derive(Serialize)]
struct BundledRun<'a> {
    schema: &'static str,
    version: u32,
    /// The version of acralog.
    acralog: &'static str,
    /// What was typed, as a shell would take it.
    command: &'a str,
    time: String,
    outcome: Outcome,
    exit_code: u8,
    /// The key that signed the attestation.
    key_id: Option<&'a str>,
    inputs: Vec<BundledInput<'a>>,
    inputs_not_read: &'a [NamedInput],
}

/// An input that was read to its end.
#[derive(Serialize)]
struct BundledInput<'a> {
    name: &'a str,
    sha256: &'a str,
    bytes: u64,
    /// What it is called in the bundle, when it is there.
    member: Option<String>,
}

/// What one pass over the logs found.
struct RunFindings {
    incidents: IncidentReport,
    summary: Summary,
    verdict: Outcome,
    text: Vec<u8>,
    json: Vec<u8>,
}

/// Verifies what the plan names and packs what was found.
///
/// # Errors
/// When a list cannot be read, or the bundle cannot be begun. One that breaks off is not there, and does not cost the answer.
pub fn run(plan: &BundlePlan) -> Result<Outcome, Failure> {
    let discovery = inputs::discover(&plan.input)?;
    if plan.with_logs {
        refuse_pipes(&discovery)?;
    }
    if plan.tell_warnings {
        inputs::tell_captured_queries(&discovery);
    }
    let mut target = command::open(Some(&plan.target), &discovery)?;
    let digests = Digests::default();
    let found = verify(plan, &discovery, &digests)?;
    if plan.tell_warnings && found.verdict != Outcome::Intact {
        let answer = found.verdict.name();
        Diagnostics::stderr().warning(&format!("verification ends with `{answer}`, and the bundle says why"));
    }
    let members = members(plan, &discovery, &digests, &found);
    let written = members.and_then(|members| write_bundle(&mut target, members, plan.signing.time));
    Ok(match written.and_then(|()| target.commit()) {
        Ok(()) => found.verdict,
        Err(error) => {
            let path = plan.target.0.display();
            Diagnostics::stderr().failure(&Failure::new(format!("{path}: cannot write the bundle: {error}")));
            found.verdict.merge(Outcome::Undecided)
        }
    })
}

/// What can be read only once cannot be packed after it was verified.
fn refuse_pipes(discovery: &Discovery) -> Result<(), Failure> {
    let is_pipe = |file: &&Input| match &file.origin {
        Origin::Stdin => true,
        Origin::Hole { .. } => false,
        Origin::Path(path) => path.metadata().is_ok_and(|metadata| !metadata.is_file()),
    };
    match discovery.streams.iter().flat_map(|stream| &stream.files).find(is_pipe) {
        None => Ok(()),
        Some(file) => Err(Failure::usage(format!("{}: cannot be packed, as it is no regular file", file.shown))
            .with_hint("leave out --with-logs, or write the log to a file first")),
    }
}

fn verify(plan: &BundlePlan, discovery: &Discovery, digests: &Digests) -> Result<RunFindings, Failure> {
    let (mut text, mut json) = (Vec::new(), Vec::new());
    let mut investigation = Investigation::new(plan.options.clone());
    let mut gathering = Gathering::new(report::LIMITS);
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: Some(&plan.verification),
        search: None,
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let (completed, altered) = {
        let warnings = plan.verification.warnings.clone();
        let style = |format| ReportStyle {
            format,
            verbosity: Verbosity::Verbose,
            palette: Palette::Plain,
            warnings: warnings.clone(),
            step_summary: None,
        };
        let mut for_people = report_sink(&mut text, style(ReportFormat::Human));
        let mut for_machines = report_sink(&mut json, style(ReportFormat::Json));
        let mut reports = TeeSink::new(for_people.as_mut(), for_machines.as_mut());
        let mut alterations = Alterations::new(&mut gathering);
        let mut all = TeeSink::new(&mut alterations, &mut reports);
        let sink: &mut (dyn Sink + Send) = &mut all;
        let completed = pipeline.run_into(discovery, &mut investigation, sink, &|input| digests.open(input))?;
        (completed, alterations.by_file())
    };
    let no_answer = || Failure::new("internal error: no answer to pack");
    let gathered = gathering.gathered().ok_or_else(no_answer)?;
    let summary = gathered.summary.clone();
    let Conclusion { report: mut incidents, .. } =
        investigation.conclude(plan.meta.clone(), Some(Verified { gathered, altered }));
    report::complete(&mut incidents, digests, discovery, &completed.foreign);
    Ok(RunFindings { incidents, summary, verdict: completed.verdict, text, json })
}

/// What is packed.
fn members(
    plan: &BundlePlan,
    discovery: &Discovery,
    digests: &Digests,
    found: &RunFindings,
) -> io::Result<Vec<BundleMember>> {
    let (subjects, not_read) = digests.subjects(discovery);
    let logs = if plan.with_logs { logs(discovery, digests) } else { Vec::new() };
    let written = |format| {
        let mut out = Vec::new();
        write_incident_report(&mut out, &found.incidents, format, Extent::Folded).map(|()| out)
    };
    let mut run = Vec::new();
    write_evidence(&mut run, &bundled_run(plan, found, &subjects, &not_read, &logs))?;
    let mut members = vec![
        BundleMember::text("command.txt", format!("{}\n", plan.meta.command).into_bytes()),
        BundleMember::text("incidents.json", written(IncidentFormat::Json)?),
        BundleMember::text("incidents.md", written(IncidentFormat::Markdown)?),
        BundleMember::text("report.json", found.json.clone()),
        BundleMember::text("report.txt", found.text.clone()),
        BundleMember::text("run.json", run),
    ];
    if let Some(ledger) = ledger_excerpt(plan)? {
        members.push(BundleMember::text("ledger.json", ledger));
    }
    // A statement about nothing is none.
    if !subjects.is_empty() {
        let run = AttestedRun {
            subjects: &subjects,
            not_read: &not_read,
            summary: &found.summary,
            demands: &plan.verification.demands,
            time: plan.signing.time,
        };
        members.push(BundleMember::text("attestation.intoto.json", evidence(&plan.signing, &run)?));
    }
    members.extend(logs);
    Ok(members)
}

/// What the ledger of the run remembers behind it, when it has one that can be read: the answer says what is wrong with
/// another.
fn ledger_excerpt(plan: &BundlePlan) -> io::Result<Option<Vec<u8>>> {
    let Some(ledger) = &plan.verification.ledger else { return Ok(None) };
    let Ok(ledger) = Ledger::open_to_read(&ledger.path, &plan.verification.keys) else { return Ok(None) };
    let mut out = Vec::new();
    write_ledger(&mut out, &ledger, (LedgerFormat::Json, Palette::Plain)).map(|()| Some(out))
}

/// The logs that were read to their end.
fn logs(discovery: &Discovery, digests: &Digests) -> Vec<BundleMember> {
    let read = digests.read(discovery).into_iter().enumerate();
    read.map(|(place, (input, digest))| BundleMember::log(place, input, digest.bytes, &hex::encode(digest.sha256)))
        .collect()
}

fn bundled_run<'a>(
    plan: &'a BundlePlan,
    found: &RunFindings,
    subjects: &'a [Subject],
    not_read: &'a [NamedInput],
    logs: &[BundleMember],
) -> BundledRun<'a> {
    let inputs = subjects.iter().enumerate().map(|(place, subject)| BundledInput {
        name: &subject.name,
        sha256: &subject.digest.sha256,
        bytes: subject.annotations.bytes.unwrap_or_default(),
        member: logs.get(place).map(|member| member.name().to_owned()),
    });
    BundledRun {
        schema: "acralog-bundle",
        version: RUN_VERSION,
        acralog: env!("CARGO_PKG_VERSION"),
        command: &plan.meta.command,
        time: plan.signing.time.to_string(),
        outcome: found.verdict,
        exit_code: found.verdict.code(),
        key_id: plan.signing.key.as_ref().map(|key| key.key_id()),
        inputs: inputs.collect(),
        inputs_not_read: not_read,
    }
}
