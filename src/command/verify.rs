//! Verifies logs as planned: finds the files, has them judged, writes the report.

use std::io;

use super::ledger::{LedgerSession, expecting, remembered, watched};
use super::{inputs, on_threads};
use crate::command;
use crate::failure::Failure;
use crate::ledger::resumption::Resumption;
use crate::outcome::Outcome;
use crate::output::{Diagnostics, FirstError, ReportBuffer, ReportStyle, Verbosity, report_sink};
use crate::plan::VerifyPlan;
use crate::reading::ReadHooks;
use crate::source::{Discovery, Input};
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
    let mut target = command::open(plan.output.target.as_ref(), &discovery)?;
    if plan.output.verbosity != Verbosity::Quiet {
        let mut messages = Diagnostics::stderr();
        if let Some(path) = plan.configuration.as_ref().filter(|_| plan.output.verbosity == Verbosity::Verbose) {
            messages.note(&format!("{}: flags were taken from this configuration file", path.display()));
        }
        plan.verification.warnings.iter().for_each(|warning| messages.warning(warning));
        inputs::tell_captured_queries(&discovery);
    }
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
    let Judged { outcome, learned, .. } = judge(plan, &discovery, ledger.as_ref(), &mut report)?;
    let written = report.into_result();
    drop(sink);
    let answer = answered(outcome, written.and_then(|()| target.commit()));
    Ok(remembered(ledger, outcome, answer, &plan.verification, learned))
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
fn judge(
    plan: &VerifyPlan,
    discovery: &Discovery,
    ledger: Option<&LedgerSession<'_>>,
    sink: &mut (dyn Sink + Send),
) -> Result<Judged, Failure> {
    if let Some(ledger) = ledger.filter(|_| plan.may_resume()) {
        let resumptions = on_threads(plan.threads, false, discovery, |_| ledger.resumptions(&discovery.streams))?;
        if resumptions.iter().any(Option::is_some) {
            let mut buffer = ReportBuffer::default();
            let judged = walk(plan, discovery, Some(ledger), resumptions, &mut buffer)?;
            if judged.is_settled && buffer.replay(sink).map_err(|error| cannot_report(&error))? {
                return Ok(judged);
            }
            ledger.begin_again();
        }
    }
    walk(plan, discovery, ledger, Vec::new(), sink)
}

fn walk(
    plan: &VerifyPlan,
    discovery: &Discovery,
    ledger: Option<&LedgerSession<'_>>,
    resumptions: Vec<Option<Resumption>>,
    sink: &mut (dyn Sink + Send),
) -> Result<Judged, Failure> {
    let judge = Judge::new(sink, plan.verification.demands.clone(), &plan.verification.keys, plan.input.format);
    let mut judge = expecting(ledger, judge, resumptions).map_err(|error| cannot_report(&error))?;
    verifier::tell_discovery(discovery, &mut judge).map_err(|error| cannot_report(&error))?;
    let options = VerifyOptions { wrapper: plan.input.unwrap_from, ..VerifyOptions::default() };
    on_threads(plan.threads, plan.output.progress, discovery, |hooks| {
        let open = |input: &Input| watched(ledger, input, hooks.open);
        let hooks = ReadHooks { open: &open, ..hooks };
        verifier::verify(&discovery.streams, &plan.verification.keys, options, hooks, &mut judge, None)
    })?
    .map_err(|error| cannot_report(&error))?;
    judge.finish_and_learn().map_err(|error| cannot_report(&error))
}

fn cannot_report(error: &io::Error) -> Failure {
    Failure::new(format!("cannot write the report: {error}"))
}
