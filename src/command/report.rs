//! Reports what happened, as planned: walks the inputs past the investigation, verified on the way when there is a key,
//! and writes the report. What is an incident is left to `incident`.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::digests::Digests;
use super::inputs::Foreign;
use super::pipeline::{Completed, PipelineOptions, answered};
use super::{inputs, printed};
use crate::command;
use crate::failure::Failure;
use crate::incident::report::{IncidentReport, InputFile};
use crate::incident::rules::DOCUMENTED;
use crate::incident::{self, Alterations, Conclusion, Investigation, Redaction, Verified};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, write_incident_report};
use crate::plan::{IncidentPlan, ReportPlan};
use crate::query::{Names, either, nearest};
use crate::source::Discovery;
use crate::verdict::report::{Gathering, GatheringLimits, Limit};

/// What a report lists of the findings and chains of its verification; what people read is folded further.
pub(super) const LIMITS: GatheringLimits = GatheringLimits { findings: 100_000, chains: 100_000 };

/// Reports on what the plan names, or prints the default rules.
///
/// # Errors
/// When a list cannot be read, or the report cannot be written.
pub fn run(plan: &ReportPlan) -> Result<Exit, Failure> {
    match plan {
        ReportPlan::Report(plan) => report(plan),
        ReportPlan::PrintRules => {
            let mut out = io::stdout();
            printed(out.write_all(DOCUMENTED.as_bytes()).and_then(|()| out.flush()))
        }
    }
}

fn report(plan: &IncidentPlan) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut target = command::open(plan.target.as_ref(), &discovery)?;
    let digests = Digests::default();
    let mut investigation = Investigation::new(plan.options.clone());
    let mut gathering = Gathering::new(LIMITS);
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let mut alterations = Alterations::new(&mut gathering);
    let completed =
        pipeline.run_into(&discovery, &mut investigation, &mut alterations, &|input| digests.open(input))?;
    let altered = alterations.by_file();
    let verified = gathering.gathered().map(|gathered| Verified { gathered, altered });
    let Conclusion { mut report, client_ids } = investigation.conclude(plan.meta.clone(), verified);
    complete(&mut report, &digests, &discovery, &completed.foreign);
    let strangers = strangers(plan, client_ids.as_deref())?;
    incident::redact(&mut report, &plan.redactions, client_ids.as_deref())
        .map_err(|error| Failure::new(error.to_string()))?;
    let written = write_incident_report(&mut target, &report, plan.format, plan.extent).and_then(|()| target.commit());
    let raised = plan.fail_on.map_or(0, |least| report.incidents_by_severity.at_least(least));
    if plan.tell_warnings {
        strangers.iter().for_each(|stranger| Diagnostics::stderr().warning(stranger));
        warn(plan, &completed, &report, raised);
    }
    completed.foreign.fail();
    let complete = completed.complete && completed.foreign.is_nothing();
    let exit = exit(raised > 0, complete, plan.verify.then_some(completed.verdict));
    Ok(match written {
        // Everything was read, and whoever closed the pipe has seen enough of what is said of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        written => answered(exit, written),
    })
}

/// Says in a line each what the exit code alone does not tell, or not clearly: the report may have gone to a file.
fn warn(plan: &IncidentPlan, completed: &Completed, report: &IncidentReport, raised: u64) {
    let mut messages = Diagnostics::stderr();
    if report.totals.entries == 0 && report.totals.out_of_scope > 0 {
        messages.warning("no entry is in the scope of the report, so it shows no incident");
    }
    if let Some(least) = plan.fail_on.filter(|_| raised > 0) {
        let incidents = if raised == 1 { "incident is" } else { "incidents are" };
        messages.warning(&format!("{raised} {incidents} as severe as --fail-on {}, or worse", least.name()));
    }
    if completed.verdict != Outcome::Intact {
        let exit = if plan.verify { "" } else { "; --verify makes it the exit code" };
        messages
            .warning(&format!("verification ends with `{}`, and the report says why{exit}", completed.verdict.name()));
    }
}

/// What is to be said of names that were asked for and that no client of the log has; names that are like them are not
/// told where names are redacted.
fn strangers(plan: &IncidentPlan, client_ids: Option<&[String]>) -> Result<Vec<String>, Failure> {
    let Some(client_ids) = client_ids else { return Ok(vec![]) };
    let offered = if plan.redactions.contains(&Redaction::ClientId) { &[] } else { client_ids };
    let mut said = Vec::new();
    for word in plan.options.scope().client_ids {
        let name = Names::parse([word.as_str()])?;
        if !client_ids.iter().any(|id| name.contain(id.as_bytes())) {
            let near = nearest(&word, offered.iter().map(String::as_str));
            let offer = if near.is_empty() { String::new() } else { format!("; did you mean {}?", either(&near)) };
            said.push(format!("--client {word}: the log names no such client{offer}"));
        }
    }
    Ok(said)
}

/// The exit code. The verdict counts when it was asked for.
fn exit(raised: bool, complete: bool, verdict: Option<Outcome>) -> Exit {
    let exit = if raised { Exit::Raised } else { Exit::Done };
    let exit = if complete { exit } else { exit.under(Outcome::Undecided) };
    exit.under(verdict.unwrap_or(Outcome::Intact))
}

/// Says of each input what it was, and what of the inputs is not in the report.
pub(super) fn complete(report: &mut IncidentReport, digests: &Digests, discovery: &Discovery, foreign: &Foreign) {
    enter(digests, &mut report.inputs);
    list_inputs_not_read(report, discovery);
    report.not_shown.extend(foreign.told().map(|what| Limit { stream: None, what }));
}

fn enter(digests: &Digests, inputs: &mut [InputFile]) {
    for (input, digest) in inputs.iter_mut().zip(digests.digests()) {
        if let Some(digest) = digest {
            input.bytes = digest.bytes;
            input.sha256 = Some(hex::encode(digest.sha256));
        }
    }
}

/// Says what was asked for and is in no stream, and what was left out on purpose.
fn list_inputs_not_read(report: &mut IncidentReport, discovery: &Discovery) {
    // A twin that was named is read as well.
    let read: HashSet<&Path> = discovery.paths().map(PathBuf::as_path).collect();
    let lacking = discovery.lacking().filter(|lacking| !read.contains(lacking.path));
    report.inputs.extend(lacking.map(|lacking| never_opened(lacking.path, lacking.why)));
    let left_out = discovery.doubles.iter().chain(&discovery.skipped);
    report.not_shown.extend(left_out.map(|(path, why)| Limit {
        stream: None,
        what: format!("{}, which was left out: {why}", path.to_string_lossy()),
    }));
}

fn never_opened(path: &Path, why: &str) -> InputFile {
    let path: Arc<str> = path.to_string_lossy().into();
    InputFile { unread: Some(why.to_owned()), ..InputFile::of_stream(Arc::clone(&path), path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_incidents_unread_files_and_verdict_is_the_exit_code() {
        use Outcome::{Incomplete, Intact, Tampered, Undecided};
        let cases = [
            (false, true, None, 0),
            (true, true, None, 1),
            (false, false, None, 2),
            (true, false, None, 1),
            (false, true, Some(Intact), 0),
            (false, true, Some(Incomplete), 3),
            (false, true, Some(Tampered), 1),
            (true, true, Some(Incomplete), 1),
            (true, true, Some(Undecided), 1),
            (false, false, Some(Undecided), 2),
            (false, false, Some(Tampered), 1),
            (false, false, Some(Intact), 2),
            (false, false, Some(Incomplete), 2),
        ];
        for (raised, complete, verdict, code) in cases {
            assert_eq!(exit(raised, complete, verdict).code(), code, "{raised} {complete} {verdict:?}");
        }
        assert_eq!(exit(true, true, Some(Tampered)), Exit::Verdict(Tampered));
    }
}
