//! What people read of a report: long lists are folded and what was left out is counted, whereas sums, groups and the first
//! screen are those of the whole. Machine formats have everything. How a page looks is left to the formats.

use std::borrow::Cow;
use std::ops::Deref;

use crate::entry::LogTime;
use crate::incident::report::{Incident, Reference, Report, Totals, Verification};
use crate::incident::{Group, groups};
use crate::verdict::report::{ChainReport, ChainVerdict, Finding, StreamReport};

/// Longer lists are folded.
pub(super) const ITEMS_MAX: usize = 20;

/// So many groups of incidents are listed even where fewer incidents are told in full.
const GROUPS_MIN: usize = 8;

/// How much of a report people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// What fits a screen or a few: the worst of everything, and how much more there is.
    #[default]
    Folded,
    /// Everything.
    Full,
}

/// A report as people read it. It is the report, with shorter lists.
#[derive(Debug)]
pub(super) struct View<'a> {
    report: Cow<'a, Report>,
    /// Similar incidents, the worst group first.
    pub(super) groups: Vec<Group>,
    pub(super) groups_omitted: u64,
    /// Incidents that are counted and are not told in full.
    pub(super) incidents_folded: u64,
    /// The whole, for what is worked out of it.
    pub(super) whole: &'a Report,
    /// How long a list may be.
    pub(super) items_max: usize,
}

impl Deref for View<'_> {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.report
    }
}

impl<'a> View<'a> {
    /// Everything.
    pub(super) fn full(report: &'a Report) -> Self {
        let (groups, _) = groups(&report.incidents);
        Self {
            report: Cow::Borrowed(report),
            groups,
            groups_omitted: 0,
            incidents_folded: 0,
            whole: report,
            items_max: usize::MAX,
        }
    }

    /// No more than so many incidents in full, and lists of no more than so many items.
    pub(super) fn folded(report: &'a Report, told_max: usize, items_max: usize) -> Self {
        let (mut groups, members) = groups(&report.incidents);
        let told = told(&members, told_max);
        let incidents_folded = (report.incidents.len() - told.len()) as u64;
        let groups_max = told_max.max(GROUPS_MIN);
        let groups_omitted = groups.len().saturating_sub(groups_max) as u64;
        groups.truncate(groups_max);
        let incidents = told.into_iter().map(|at| folded_incident(&report.incidents[at], items_max)).collect();
        let report_folded = folded_report(report, incidents, items_max);
        Self { report: Cow::Owned(report_folded), groups, groups_omitted, incidents_folded, whole: report, items_max }
    }

    pub(super) fn of(report: &'a Report, extent: Extent) -> Self {
        match extent {
            Extent::Folded => Self::folded(report, ITEMS_MAX, ITEMS_MAX),
            Extent::Full => Self::full(report),
        }
    }

    /// Whether anything may be left out.
    pub(super) fn is_folded(&self) -> bool {
        self.items_max < usize::MAX
    }

    /// As many items of a list as there may be, and how many more there are. For lists that have no count of their own.
    pub(super) fn head<'l, T>(&self, items: &'l [T]) -> (&'l [T], u64) {
        let shown = items.len().min(self.items_max);
        (&items[..shown], (items.len() - shown) as u64)
    }

    /// The first incident of a group.
    pub(super) fn first_of(&self, group: &Group) -> &'a Incident {
        &self.whole.incidents[group.first_at]
    }

    /// The worst incident; None when there is none.
    pub(super) fn worst(&self) -> Option<&'a Incident> {
        self.groups.first().map(|group| self.first_of(group))
    }

    /// The first and the last moment that the report is about, and that lies in its period: of entries, or else of incidents.
    pub(super) fn ends(&self) -> Option<(LogTime, LogTime)> {
        let of_incidents = self.whole.incidents.iter().flat_map(|incident| [incident.first, incident.last]);
        let period = self.whole.period.iter().flat_map(|period| [Some(period.first), Some(period.last)]);
        let moments = || of_incidents.clone().chain(period.clone()).flatten();
        moments().min().zip(moments().max())
    }
}

/// The incidents that are told in full, by their place: the first ones of every group, the worst groups first.
fn told(members: &[(usize, usize)], told_max: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    if order.len() > told_max {
        order.sort_by_key(|at| (members[*at].1, members[*at].0));
        order.truncate(told_max);
        order.sort_unstable();
    }
    order
}

/// The first items of a list, and how many more there are than were left out before.
fn head<T: Clone>(items: &[T], omitted: u64, items_max: usize) -> (Vec<T>, u64) {
    let shown = items.len().min(items_max);
    (items[..shown].to_vec(), omitted + (items.len() - shown) as u64)
}

/// As many items of a list, those with the least key, of equal ones the first; they stay in their order.
fn heaviest<T: Clone, K: Ord>(items: &[T], omitted: u64, items_max: usize, key: impl Fn(&T) -> K) -> (Vec<T>, u64) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|at| key(&items[*at]));
    let (mut order, omitted) = head(&order, omitted, items_max);
    order.sort_unstable();
    (order.into_iter().map(|at| items[at].clone()).collect(), omitted)
}

fn folded_incident(incident: &Incident, items_max: usize) -> Incident {
    let (client_ids, client_ids_omitted) = head(&incident.client_ids, incident.client_ids_omitted, items_max);
    let (sessions, sessions_omitted) = head(&incident.sessions, incident.sessions_omitted, items_max);
    let (references, _) = head(&incident.references, 0, items_max);
    let elsewhere: u64 = incident.references.iter().skip(references.len()).map(|it: &Reference| it.entries).sum();
    let (examples, _) = head(&incident.examples, 0, items_max.div_ceil(4));
    Incident {
        number: incident.number,
        kind: incident.kind,
        title: incident.title,
        severity: incident.severity,
        severity_score: incident.severity_score,
        codes: incident.codes.clone(),
        client_ids,
        client_ids_omitted,
        sessions,
        sessions_omitted,
        first: incident.first,
        last: incident.last,
        entries: incident.entries,
        count: incident.count,
        counted: incident.counted,
        rule: incident.rule.clone(),
        seals: incident.seals,
        references,
        references_omitted: incident.references_omitted + elsewhere,
        examples,
        advice: incident.advice.clone(),
    }
}

fn folded_report(report: &Report, incidents: Vec<Incident>, items_max: usize) -> Report {
    let (runs, runs_omitted) = head(&report.runs, report.runs_omitted, items_max);
    let (unsigned, unsigned_omitted) = head(&report.unsigned, report.unsigned_omitted, items_max);
    let (gaps, gaps_omitted) = head(&report.gaps, report.gaps_omitted, items_max);
    let (sessions, sessions_omitted) = match &report.sessions {
        Some(sessions) => {
            let (sessions, omitted) = head(sessions, report.sessions_omitted, items_max);
            (Some(sessions), omitted)
        }
        None => (None, report.sessions_omitted),
    };
    Report {
        title: report.title.clone(),
        case_id: report.case_id.clone(),
        generated_at: report.generated_at,
        command: report.command.clone(),
        redacted: report.redacted.clone(),
        scope: report.scope.clone(),
        verification: report.verification.as_ref().map(|verification| folded_verification(verification, items_max)),
        inputs: report.inputs.clone(),
        period: report.period,
        incidents,
        incidents_omitted: report.incidents_omitted,
        incidents_by_severity: report.incidents_by_severity,
        totals: folded_totals(&report.totals, items_max),
        runs,
        runs_omitted,
        sessions,
        sessions_omitted,
        unsigned,
        unsigned_omitted,
        gaps,
        gaps_omitted,
        rules: report.rules,
        not_shown: report.not_shown.clone(),
    }
}

fn folded_verification(verification: &Verification, items_max: usize) -> Verification {
    let closed = |chain: &ChainReport| chain.verdict == ChainVerdict::Closed;
    let (chains, chains_omitted) = heaviest(&verification.chains, verification.chains_omitted, items_max, closed);
    let lightness = |finding: &Finding| std::cmp::Reverse(finding.class);
    let (findings, findings_omitted) =
        heaviest(&verification.findings, verification.findings_omitted, items_max, lightness);
    Verification {
        outcome: verification.outcome,
        policy: verification.policy,
        default_policy_outcome: verification.default_policy_outcome,
        keys: verification.keys.clone(),
        streams: verification.streams.iter().map(|stream| folded_stream(stream, items_max)).collect(),
        account: verification.account,
        chain_counts: verification.chain_counts,
        chains,
        chains_omitted,
        findings,
        findings_omitted,
    }
}

fn folded_stream(stream: &StreamReport, items_max: usize) -> StreamReport {
    let (proven, proven_omitted) = head(&stream.proven, stream.proven_omitted, items_max);
    StreamReport {
        name: stream.name.clone(),
        outcome: stream.outcome,
        files: stream.files.clone(),
        proven,
        proven_omitted,
        interleaved: stream.interleaved,
    }
}

fn folded_totals(totals: &Totals, items_max: usize) -> Totals {
    let (by_client, clients_omitted) = head(&totals.by_client, totals.clients_omitted, items_max);
    let others: u64 = totals.by_client.iter().skip(by_client.len()).map(|client| client.entries).sum();
    Totals { by_client, clients_omitted, other_clients: totals.other_clients + others, ..totals.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::sample;

    #[test]
    fn of_every_list_the_first_stay_and_the_rest_is_counted() {
        let mut report = sample::report();
        let [burst, silence] = <[Incident; 2]>::try_from(report.incidents.clone()).expect("two incidents");
        report.incidents = vec![burst.clone(); 40];
        report.incidents.push(silence.clone());
        report.incidents.iter_mut().zip(1..).for_each(|(incident, number)| incident.number = number);
        report.runs = vec![report.runs[0].clone(); 50];
        report.totals.by_client = vec![report.totals.by_client[1].clone(); 25];
        let view = View::folded(&report, 20, 20);
        assert_eq!((view.incidents.len(), view.incidents_folded), (20, 21));
        assert_eq!((view.groups.len(), view.groups[0].incidents, view.groups_omitted), (2, 40, 0));
        let told: Vec<u64> = view.incidents.iter().map(|incident| incident.number).collect();
        assert!(told.contains(&1) && told.contains(&41), "the first one of every group: {told:?}");
        assert_eq!((view.runs.len(), view.runs_omitted), (20, 30 + report.runs_omitted));
        let entries =
            |totals: &Totals| totals.by_client.iter().map(|it| it.entries).sum::<u64>() + totals.other_clients;
        assert_eq!(entries(&view.totals), entries(&report.totals));
        assert_eq!(view.incidents_by_severity, report.incidents_by_severity, "taken before any cut");
        assert_eq!(view.worst().map(|incident| incident.number), Some(1));
    }

    #[test]
    fn the_full_report_is_the_report() {
        let report = sample::report();
        assert_eq!(*View::full(&report), report);
        assert_eq!(*View::folded(&report, 1_000, 1_000), report, "a short one is not folded");
    }
}
