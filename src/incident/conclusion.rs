//! Makes the report of an investigation that has seen everything, and of what verification found in the same pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::Draft;
use super::investigation::Investigation;
use super::kind::Kind;
use super::question::Dressing;
use super::report::{Applied, Report, Verification};
use crate::verdict::code::Class;
use crate::verdict::gather::Gathered;
use crate::verdict::report::{Finding, Limit};

/// What came of an investigation.
#[derive(Debug)]
pub struct Conclusion {
    /// The report, except for the hashes of its inputs. There is one input for every file, in reading order.
    pub report: Report,
    /// The clients of the whole log, in scope or not, by first appearance; None when there are more than can be known.
    pub client_ids: Option<Vec<String>>,
}

impl Investigation {
    /// Ends it and makes the report. `verified` is what verification found in the same pass.
    pub fn conclude(mut self, dressing: Dressing, verified: Option<Gathered>) -> Conclusion {
        self.end();
        let not_shown = self.not_shown(verified.as_ref());
        let verification = verified.map(Verification::of);
        if let Some(verification) = &verification {
            self.raise_integrity_failures(verification);
        }
        let silences = self.pauses.finish();
        self.detectors.silences(&silences);
        let (gaps, gaps_omitted) = self.gaps.finish(&silences);
        let (incidents, incidents_omitted) = self.detectors.finish();
        let (runs, runs_omitted) = self.runs.finish();
        let (sessions, sessions_omitted) = self.sessions.finish();
        let (unsigned, unsigned_omitted) = self.stretches.finish();
        let report = Report {
            title: dressing.title,
            case_id: dressing.case_id,
            generated_at: dressing.generated_at,
            command: dressing.command,
            redacted: Vec::new(),
            scope: self.question.scope(),
            verification,
            inputs: self.inputs.finish(),
            period: self.counting.period(),
            incidents,
            incidents_omitted,
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
    fn raise_integrity_failures(&mut self, verification: &Verification) {
        let stream_of = |finding: &Finding| self.inputs.stream_of(&finding.place.as_ref()?.file);
        let mut by_stream: Vec<(Option<Arc<str>>, Vec<&Finding>)> = Vec::new();
        for finding in verification.findings.iter().filter(|finding| finding.class == Class::Tampered) {
            let stream = stream_of(finding);
            match by_stream.iter_mut().find(|(known, _)| *known == stream) {
                Some((_, findings)) => findings.push(finding),
                None => by_stream.push((stream, vec![finding])),
            }
        }
        for (stream, findings) in by_stream {
            let of_stream = |(name, _): &&(Arc<str>, Draft)| Some(name) == stream.as_ref();
            let draft = self.failures.iter().find(of_stream).map(|(_, draft)| draft.clone()).unwrap_or_default();
            let rule = applied(&findings, verification.findings_omitted);
            self.detectors.raise(draft.found(findings.iter().copied()).raise(Kind::IntegrityFailure, rule));
        }
    }
}

/// The rule: the names of what was found, and how often.
fn applied(findings: &[&Finding], omitted: u64) -> Applied {
    let mut numbers: BTreeMap<&'static str, u64> = BTreeMap::new();
    for finding in findings {
        *numbers.entry(finding.code.name()).or_default() += 1;
    }
    let names: Vec<&str> = numbers.keys().copied().collect();
    let mut text = format!("any finding of verification that only an alteration explains, here {}", names.join(", "));
    if omitted > 0 {
        text += "; verification found more than is listed";
        numbers.insert("findings_omitted", omitted);
    }
    Applied { name: Kind::IntegrityFailure.rule(), text, numbers }
}

#[cfg(test)]
mod tests;
