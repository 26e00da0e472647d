//! Verifies logs as planned: finds the files, has them judged, writes the report, and states the answer for others.

use std::io;

use super::attestation::PendingAttestation;
use super::ledger::{LedgerSession, expecting, remembered, watched};
use super::{inputs, on_threads};
use crate::cli::LineName;
use crate::command;
use crate::explanation::{AskedLine, FindingsAt, LineExplainer, LineMissing};
use crate::failure::Failure;
use crate::ledger::resumption::Resumption;
use crate::outcome::Outcome;
use crate::output::{
    Diagnostics, ExplanationStyle, FirstError, ReportBuffer, ReportStyle, SummaryTap, Verbosity, grouped, report_sink,
    write_line_explanation,
};
use crate::plan::VerifyPlan;
use crate::reading::ReadHooks;
use crate::source::{self, Discovery, Input, Opened};
use crate::verdict::report::Sink;
use crate::verdict::{Judge, Judged};
use crate::verifier::{self, VerifyOptions};

/// Verifies what the plan names and reports to the plan's target.
///
/// # Errors
/// When a list cannot be read, the report cannot be begun, or the run was interrupted: never with an answer. A report that
/// breaks off does not cost the answer.
pub fn run(plan: &VerifyPlan) -> Result<Outcome, Failure> {
    let discovery = inputs::discover(&plan.input)?;
    if let Some(line) = &plan.explained {
        return explain(plan, line, &discovery);
    }
    let mut target = command::open(plan.output.target.as_ref(), &discovery)?;
    let attestation = plan.attestation.as_ref().map(|plan| PendingAttestation::open(plan, &discovery)).transpose()?;
    tell_warnings(plan, &discovery);
    let style = ReportStyle {
        format: plan.output.format,
        verbosity: plan.output.verbosity,
        palette: plan.output.palette,
        warnings: plan.verification.warnings.clone(),
        step_summary: plan.output.step_summary.clone(),
    };
    let mut sink = report_sink(&mut target, style);
    let mut report = FirstError::new(sink.as_mut());
    let ledger = plan.verification.ledger.as_ref();
    let ledger = ledger.map(|ledger| LedgerSession::open(ledger, &plan.verification.keys)).transpose()?;
    // What nobody asks for is not hashed.
    let open = |input: &Input| match &attestation {
        Some(attestation) => attestation.digests.open(input),
        None => source::open(input),
    };
    let mut tap = SummaryTap::new(&mut report);
    let Judged { outcome, learned, .. } = judge_with(ledger.as_ref(), plan, &discovery, &open, &mut tap)?;
    let summary = tap.into_summary();
    let written = report.into_result();
    drop(sink);
    let mut answer = answered(outcome, written.and_then(|()| target.commit()));
    if let Some(attestation) = attestation
        && let Err(failure) = attestation.write(summary.as_ref(), &plan.verification.demands, &discovery)
    {
        Diagnostics::stderr().failure(&failure);
        answer = answer.merge(Outcome::Undecided);
    }
    Ok(remembered(ledger, outcome, answer, &plan.verification, learned))
}

/// Verifies everything all the same, and writes one line in full in the place of the report.
fn explain(plan: &VerifyPlan, line: &LineName, discovery: &Discovery) -> Result<Outcome, Failure> {
    let LineName { file, line } = line;
    let asked = AskedLine::find(&discovery.streams, file, *line).ok_or_else(|| {
        Failure::new(format!("{file}: is not among the files that are read"))
            .with_hint("name it, or the folder that it is in, as a PATH as well; acralog verify -v lists what is read")
    })?;
    let mut target = command::open(plan.output.target.as_ref(), discovery)?;
    tell_warnings(plan, discovery);
    let mut found = FindingsAt::new(asked, &discovery.streams);
    let mut explainer = LineExplainer::new(asked, &discovery.streams);
    let begins = WalkOptions { open: &source::open, ledger: None, resumptions: Vec::new(), explainer: None };
    let walk = WalkOptions { explainer: Some(&mut explainer), ..begins };
    let outcome = judge(plan, discovery, walk, &mut found)?.outcome;
    let explanation = explainer.finish().map_err(|missing| no_such_line(file, *line, &missing))?;
    let found = found.finish().ok_or_else(|| Failure::new("internal error: no answer"))?;
    let style =
        ExplanationStyle { format: plan.output.format, verbosity: plan.output.verbosity, palette: plan.output.palette };
    let written = write_line_explanation(&mut target, &explanation, &found, style);
    Ok(answered(outcome, written.and_then(|()| target.commit())))
}

fn no_such_line(file: &str, line: u64, missing: &LineMissing) -> Failure {
    match missing {
        LineMissing::Unread(why) => Failure::new(format!("{file}: line {line} was not read: {why}")),
        LineMissing::Inside { begins } => Failure::new(format!("{file}: no line begins at {line}"))
            .with_hint(format!("it is a part of one that begins above; the last one there begins at {begins}")),
        LineMissing::Beyond { last: 0 } => Failure::new(format!("{file}: has no line {line}: it is empty")),
        LineMissing::Beyond { last } => {
            Failure::new(format!("{file}: has no line {line}: its last one is {}", grouped(*last)))
        }
    }
}

/// What people should know before the answer.
fn tell_warnings(plan: &VerifyPlan, discovery: &Discovery) {
    if plan.output.verbosity == Verbosity::Quiet {
        return;
    }
    let mut messages = Diagnostics::stderr();
    if let Some(path) = plan.configuration.as_ref().filter(|_| plan.output.verbosity == Verbosity::Verbose) {
        messages.note(&format!("{}: flags were taken from this configuration file", path.display()));
    }
    plan.verification.warnings.iter().for_each(|warning| messages.warning(warning));
    inputs::tell_captured_queries(discovery);
}

/// The answer, when the report came through or not: whoever closed the pipe has seen enough of the report, but everybody
/// else may look for it in vain.
fn answered(outcome: Outcome, written: io::Result<()>) -> Outcome {
    match written {
        Ok(()) => outcome,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => outcome,
        Err(error) => {
            Diagnostics::stderr().failure(&cannot_report(&error));
            outcome.merge(Outcome::Undecided)
        }
    }
}

/// Has the log judged: where a ledger allows it, behind what an earlier run verified. Only an answer that needs no other
/// explanation is given like that; else everything is walked, as a mismatch is no verdict by itself.
fn judge_with(
    ledger: Option<&LedgerSession<'_>>,
    plan: &VerifyPlan,
    discovery: &Discovery,
    open: &OpenInput<'_>,
    sink: &mut (dyn Sink + Send),
) -> Result<Judged, Failure> {
    let from_the_start = |ledger| WalkOptions { open, ledger, resumptions: Vec::new(), explainer: None };
    if let Some(ledger) = ledger.filter(|_| plan.may_resume()) {
        let resumptions = on_threads(plan.threads, false, discovery, |_| {
            ledger.resumptions(&discovery.streams, &plan.verification.keys)
        })?;
        if resumptions.iter().any(Option::is_some) {
            let mut buffer = ReportBuffer::default();
            let walk = WalkOptions { resumptions, ..from_the_start(Some(ledger)) };
            let judged = judge(plan, discovery, walk, &mut buffer)?;
            if judged.is_settled && buffer.replay(sink).map_err(|error| cannot_report(&error))? {
                return Ok(judged);
            }
            ledger.begin_again();
        }
    }
    judge(plan, discovery, from_the_start(ledger), sink)
}

/// Opens an input.
type OpenInput<'a> = dyn Fn(&Input) -> io::Result<Opened> + Sync + 'a;

/// What a walk over a log has beside the log.
struct WalkOptions<'a> {
    open: &'a OpenInput<'a>,
    ledger: Option<&'a LedgerSession<'a>>,
    resumptions: Vec<Option<Resumption>>,
    explainer: Option<&'a mut LineExplainer>,
}

fn judge(
    plan: &VerifyPlan,
    discovery: &Discovery,
    walk: WalkOptions<'_>,
    sink: &mut (dyn Sink + Send),
) -> Result<Judged, Failure> {
    let WalkOptions { open, ledger, resumptions, explainer } = walk;
    let keys = &plan.verification.keys;
    let judge = Judge::new(sink, plan.verification.demands.clone(), keys, plan.input.format);
    let mut judge = expecting(ledger, judge, resumptions).map_err(|error| cannot_report(&error))?;
    verifier::tell_discovery(discovery, &mut judge).map_err(|error| cannot_report(&error))?;
    let options =
        VerifyOptions { wrapper: plan.input.unwrap_from, undo: plan.verification.undo, ..VerifyOptions::default() };
    on_threads(plan.threads, plan.output.progress, discovery, |hooks| {
        let open = |input: &Input| watched(ledger, input, open);
        let hooks = ReadHooks { open: &open, ..hooks };
        match explainer {
            None => verifier::verify(&discovery.streams, keys, options, hooks, &mut judge, None),
            Some(explainer) => verifier::explain(&discovery.streams, keys, options, hooks, &mut judge, explainer),
        }
    })?
    .map_err(|error| cannot_report(&error))?;
    judge.finish_and_learn().map_err(|error| cannot_report(&error))
}

fn cannot_report(error: &io::Error) -> Failure {
    Failure::new(format!("cannot write the report: {error}"))
}
