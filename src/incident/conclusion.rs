//! Makes the report of an investigation that has seen everything, and of what verification found in the same pass.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::alterations::Altered;
use super::incidents::IncidentBuilder;
use super::investigation::Investigation;
use super::investigation_options::ReportMeta;
use super::kind::Kind;
use super::report::{Applied, IncidentReport, Verification};
use crate::line::Place;
use crate::verdict::code::Code;
use crate::verdict::gather::Gathered;
use crate::verdict::report::{Finding, Limit};

/// What came of an investigation.
#[derive(Debug)]
pub struct Conclusion {
    /// The report, except for the hashes of its inputs. There is one input for every file, in reading order.
    pub report: IncidentReport,
    /// The clients of the whole log, in scope or not, by first appearance; None when there are more than can be known.
    pub client_ids: Option<Vec<String>>,
}

impl Investigation {
    /// Ends it and makes the report. `verified` is what verification found in the same pass.
    pub fn conclude(mut self, dressing: ReportMeta, verified: Option<Verified>) -> Conclusion {
        self.end();
        let not_shown = self.not_shown(verified.as_ref().map(|verified| &verified.gathered));
        let verification = verified.map(|verified| {
            self.raise_integrity_failures(verified.altered);
            let mut verification = Verification::of(verified.gathered);
            verification.findings.iter_mut().for_each(|finding| self.explain(finding));
            verification
        });
        let silences = self.pauses.finish();
        self.detectors.silences(&silences);
        let (gaps, gaps_omitted) = self.gaps.finish(&silences);
        let raised = self.detectors.finish();
        let (runs, runs_omitted) = self.runs.finish();
        let (sessions, sessions_omitted) = self.sessions.finish();
        let (unsigned, unsigned_omitted) = self.stretches.finish();
        let report = IncidentReport {
            title: dressing.title,
            case_id: dressing.case_id,
            generated_at: dressing.generated_at,
            command: dressing.command,
            redacted: Vec::new(),
            scope: self.question.scope(),
            verification,
            inputs: self.inputs.finish(),
            period: self.counting.period(),
            incidents: raised.incidents,
            incidents_omitted: raised.omitted,
            incidents_by_severity: raised.counts,
            totals: self.counting.finish(&self.clients),
            runs,
            runs_omitted,
            sessions,
            sessions_omitted,
            unsigned,
            unsigned_omitted,
            gaps,
            gaps_omitted,
            rules: self.question.rules,
            not_shown,
        };
        Conclusion { report, client_ids: self.clients.names() }
    }

    fn not_shown(&self, verified: Option<&Gathered>) -> Vec<Limit> {
        let of_run = |what: &str| Limit { stream: None, what: what.to_owned() };
        let mut limits = match verified {
            Some(gathered) => gathered.summary.not_shown.clone(),
            None => vec![of_run("whether the log was altered: no key was given, so no seal was checked")],
        };
        if !self.question.clients.is_empty() {
            limits.push(of_run("silence, restarts and whatever names no client: only some clients are looked at"));
        }
        if !self.question.period.is_open() {
            limits.push(of_run("entries that do not state their time: only a period is looked at"));
        }
        limits
    }

    /// One incident for each stream in which something is found that only an alteration explains.
    fn raise_integrity_failures(&mut self, altered: Vec<(Option<Arc<str>>, Altered)>) {
        let streams = self.inputs.streams();
        let mut by_stream: BTreeMap<Option<Arc<str>>, Altered> = BTreeMap::new();
        for (file, altered) in altered {
            let stream = file.and_then(|file| streams.get(&file).map(Arc::clone));
            by_stream.entry(stream).or_default().merge(altered);
        }
        let mut failures: HashMap<Arc<str>, IncidentBuilder> = std::mem::take(&mut self.failures).into_iter().collect();
        for (stream, altered) in by_stream {
            let draft = stream.and_then(|stream| failures.remove(&stream)).unwrap_or_default();
            let rule = applied(&altered);
            self.detectors.raise(draft.found(&altered).raise(Kind::IntegrityFailure, rule));
        }
    }

    /// Acra ends itself without closing its chain when a poison record is read and it is told to shut down on one: where the
    /// log says so in a line that verified, right at the end of the chain, nobody need look for a crash.
    fn explain(&self, finding: &mut Finding) {
        let Some(end) = finding.place.as_ref().filter(|_| finding.code == Code::ChainUnfinished) else { return };
        let is_near =
            |it: &&Place| it.file == end.file && it.line <= end.line && end.line - it.line <= SHUTDOWN_LINES_MAX;
        if let Some(shutdown) = self.poison_shutdowns.iter().find(is_near) {
            finding.hint = Some(format!(
                "the service shut itself down here because a poison record was read ({}:{} says so), and Acra does not \
                 close its chain then; look at the poison record",
                shutdown.file, shutdown.line
            ));
        }
    }
}

/// What verification found in the same pass.
pub struct Verified {
    /// The answer, and what led to it, as far as a report lists it.
    pub gathered: Gathered,
    /// What only an alteration explains, all of it, by file.
    pub altered: Vec<(Option<Arc<str>>, Altered)>,
}

/// A service that shuts itself down may log so many lines more before it is gone.
const SHUTDOWN_LINES_MAX: u64 = 20;

/// The rule: the names of what was found, and how often.
fn applied(altered: &Altered) -> Applied {
    let numbers: BTreeMap<&'static str, u64> =
        altered.by_code.iter().map(|(code, count)| (code.name(), *count)).collect();
    let names: Vec<&str> = numbers.keys().copied().collect();
    let text = format!("any finding of verification that only an alteration explains, here {}", names.join(", "));
    Applied { name: Kind::IntegrityFailure.rule(), text, numbers }
}

#[cfg(test)]
mod tests;
