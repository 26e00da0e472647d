//! What people read of a report: long lists are folded and what was left out is counted, whereas sums, groups and the first
//! screen are those of the whole. Machine formats have everything. How a page looks is left to the formats.

use std::ops::Deref;

use crate::entry::LogTime;
use crate::incident::report::{ByClient, Example, Incident, IncidentReport, Reference};
use crate::incident::{IncidentGroup, groups};

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
    Full,
}

/// A report as people read it: which of its incidents are told in full, and how long its lists may be.
#[derive(Debug)]
pub(super) struct View<'a> {
    report: &'a IncidentReport,
    /// Similar incidents, the worst group first.
    pub(super) groups: Vec<IncidentGroup>,
    pub(super) groups_omitted: u64,
    /// The incidents that are told in full, by their place.
    told: Vec<usize>,
    /// How long a list may be.
    items_max: usize,
}

/// The first items of a list, and how many more there are.
type Head<'l, T> = (Vec<&'l T>, u64);

impl Deref for View<'_> {
    type Target = IncidentReport;

    fn deref(&self) -> &IncidentReport {
        self.report
    }
}

impl<'a> View<'a> {
    pub(super) fn full(report: &'a IncidentReport) -> Self {
        Self::folded(report, usize::MAX, usize::MAX)
    }

    /// No more than so many incidents in full, and lists of no more than so many items.
    pub(super) fn folded(report: &'a IncidentReport, told_max: usize, items_max: usize) -> Self {
        let (mut groups, members) = groups(&report.incidents);
        let groups_max = told_max.max(GROUPS_MIN);
        let groups_omitted = groups.len().saturating_sub(groups_max) as u64;
        groups.truncate(groups_max);
        Self { report, groups, groups_omitted, told: told(&members, told_max), items_max }
    }

    pub(super) fn of(report: &'a IncidentReport, extent: Extent) -> Self {
        match extent {
            Extent::Folded => Self::folded(report, ITEMS_MAX, ITEMS_MAX),
            Extent::Full => Self::full(report),
        }
    }

    pub(super) fn is_folded(&self) -> bool {
        self.items_max < usize::MAX
    }

    /// As many items of a list as there may be, and how many more there are than were left out before.
    pub(super) fn head<'l, T>(&self, items: &'l [T], omitted: u64) -> Head<'l, T> {
        let shown = items.len().min(self.items_max);
        (items[..shown].iter().collect(), omitted + (items.len() - shown) as u64)
    }

    /// As many items of a list, those with the least key, of equal ones the first; they stay in their order.
    pub(super) fn heaviest<'l, T, K: Ord>(&self, items: &'l [T], omitted: u64, key: impl Fn(&T) -> K) -> Head<'l, T> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|at| key(&items[*at]));
        order.truncate(self.items_max);
        order.sort_unstable();
        let omitted = omitted + (items.len() - order.len()) as u64;
        (order.into_iter().map(|at| &items[at]).collect(), omitted)
    }

    /// As many clients, how many more there are, and the entries of those.
    pub(super) fn clients(&self) -> (Vec<&'a ByClient>, u64, u64) {
        let totals = &self.report.totals;
        let (shown, omitted) = self.head(&totals.by_client, totals.clients_omitted);
        let others: u64 = totals.by_client[shown.len()..].iter().map(|client| client.entries).sum();
        (shown, omitted, totals.other_clients + others)
    }

    /// The incidents that are told in full.
    pub(super) fn told(&self) -> impl Iterator<Item = &'a Incident> {
        self.told.iter().map(|at| &self.report.incidents[*at])
    }

    /// Incidents that are counted and are not told in full.
    pub(super) fn incidents_folded(&self) -> u64 {
        (self.report.incidents.len() - self.told.len()) as u64
    }

    /// Where the entries of an incident stand, and how many of them stand elsewhere; then some of them.
    pub(super) fn evidence<'l>(&self, incident: &'l Incident) -> (Head<'l, Reference>, Vec<&'l Example>) {
        let (references, _) = self.head(&incident.references, 0);
        let elsewhere: u64 = incident.references[references.len()..].iter().map(|it| it.entries).sum();
        let examples = incident.examples.iter().take(self.items_max.div_ceil(4)).collect();
        ((references, incident.references_omitted + elsewhere), examples)
    }

    pub(super) fn first_of(&self, group: &IncidentGroup) -> &'a Incident {
        &self.report.incidents[group.first_at]
    }

    /// The worst incident; None when there is none.
    pub(super) fn worst(&self) -> Option<&'a Incident> {
        self.groups.first().map(|group| self.first_of(group))
    }

    /// The first and the last moment that the report is about, and that lies in its period: of entries, or else of incidents.
    pub(super) fn ends(&self) -> Option<(LogTime, LogTime)> {
        let of_incidents = self.report.incidents.iter().flat_map(|incident| [incident.first, incident.last]);
        let period = self.report.period.iter().flat_map(|period| [Some(period.first), Some(period.last)]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::incident as sample;

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
        let told: Vec<u64> = view.told().map(|incident| incident.number).collect();
        assert_eq!((told.len(), view.incidents_folded()), (20, 21));
        assert_eq!((view.groups.len(), view.groups[0].incidents, view.groups_omitted), (2, 40, 0));
        assert!(told.contains(&1) && told.contains(&41), "the first one of every group: {told:?}");
        let (runs, omitted) = view.head(&report.runs, report.runs_omitted);
        assert_eq!((runs.len(), omitted), (20, 30 + report.runs_omitted));
        let (clients, omitted, others) = view.clients();
        assert_eq!((clients.len(), omitted), (20, 5 + report.totals.clients_omitted));
        let all = report.totals.by_client.iter().map(|it| it.entries).sum::<u64>() + report.totals.other_clients;
        assert_eq!(clients.iter().map(|it| it.entries).sum::<u64>() + others, all);
        assert_eq!(view.worst().map(|incident| incident.number), Some(1));
    }

    #[test]
    fn of_a_list_with_weights_the_heaviest_stay_in_their_order() {
        let report = sample::report();
        let items = [3, 1, 2, 1, 5];
        let view = View::folded(&report, 1, 3);
        assert_eq!(view.heaviest(&items, 7, |item| *item), (vec![&1, &2, &1], 9));
        assert_eq!(View::full(&report).heaviest(&items, 7, |item| *item), (items.iter().collect(), 7));
    }

    #[test]
    fn of_an_incident_every_entry_that_is_not_named_is_counted() {
        let mut report = sample::report();
        let incident = &mut report.incidents[0];
        incident.references = vec![incident.references[0].clone(); 9];
        incident.examples = vec![incident.examples[0].clone(); 9];
        let incident = &report.incidents[0];
        let ((references, elsewhere), examples) = View::folded(&report, 1, 5).evidence(incident);
        assert_eq!((references.len(), examples.len()), (5, 2));
        assert_eq!(elsewhere, incident.references_omitted + 4 * incident.references[0].entries);
    }

    #[test]
    fn of_the_full_report_nothing_is_left_out_and_a_short_one_is_not_folded() {
        let report = sample::report();
        for view in [View::full(&report), View::folded(&report, 1_000, 1_000)] {
            assert!(view.told().eq(&report.incidents));
            assert_eq!((view.incidents_folded(), view.groups_omitted), (0, 0));
            assert_eq!(view.head(&report.runs, 3), (report.runs.iter().collect(), 3));
            assert_eq!(view.clients().0.len(), report.totals.by_client.len());
        }
    }
}
