//! Puts similar incidents together for people: those of one kind and of one client. The incidents themselves stay as they are.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::kind::{Kind, Severity};
use super::report::Incident;
use crate::entry::LogTime;

/// Incidents of one kind and of one client, or of one kind and of several clients, or of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentGroup {
    /// Their kind.
    pub kind: Kind,
    /// How severe the worst of them is, in a word.
    pub severity: Severity,
    /// The same, 0 to 10.
    pub severity_score: u8,
    /// The number of the first one in the report.
    pub number: u64,
    /// The place of the first one in the list of incidents.
    pub first_at: usize,
    /// How many there are.
    pub incidents: u64,
    /// How often it happened in all of them.
    pub count: u64,
    /// The time of the first entry of the first one.
    pub first: Option<LogTime>,
    /// The time of the last entry of them all.
    pub last: Option<LogTime>,
}

/// The groups of a list of incidents, the worst first: that the log was altered, then by severity, then by time; and of each
/// incident the place of its group and how many of its group came before it.
pub fn groups(incidents: &[Incident]) -> (Vec<IncidentGroup>, Vec<(usize, usize)>) {
    let mut groups: Vec<IncidentGroup> = Vec::new();
    let mut places: HashMap<(Kind, GroupClient<'_>), usize> = HashMap::new();
    let mut members = Vec::with_capacity(incidents.len());
    for (at, incident) in incidents.iter().enumerate() {
        let place = *places.entry((incident.kind, GroupClient::of(incident))).or_insert_with(|| {
            groups.push(IncidentGroup::beginning_with(incident, at));
            groups.len() - 1
        });
        let group = &mut groups[place];
        members.push((place, usize::try_from(group.incidents).unwrap_or(usize::MAX)));
        group.add(incident);
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|at| {
        let group = &groups[*at];
        (group.kind != Kind::IntegrityFailure, Reverse(group.severity_score), group.number)
    });
    let mut new_place = vec![0; groups.len()];
    order.iter().enumerate().for_each(|(new, old)| new_place[*old] = new);
    members.iter_mut().for_each(|(place, _)| *place = new_place[*place]);
    (order.into_iter().map(|at| groups[at].clone()).collect(), members)
}

/// Whose incident it is.
#[derive(PartialEq, Eq, Hash)]
enum GroupClient<'a> {
    None,
    One(&'a str),
    Several,
}

impl<'a> GroupClient<'a> {
    fn of(incident: &'a Incident) -> Self {
        match (&*incident.client_ids, incident.client_ids_omitted) {
            ([], 0) => Self::None,
            ([client], 0) => Self::One(client),
            _ => Self::Several,
        }
    }
}

impl IncidentGroup {
    fn beginning_with(incident: &Incident, first_at: usize) -> Self {
        Self {
            kind: incident.kind,
            severity: incident.severity,
            severity_score: incident.severity_score,
            number: incident.number,
            first_at,
            incidents: 0,
            count: 0,
            first: incident.first,
            last: incident.last,
        }
    }

    fn add(&mut self, incident: &Incident) {
        self.incidents += 1;
        self.count += incident.count;
        self.severity = self.severity.max(incident.severity);
        self.severity_score = self.severity_score.max(incident.severity_score);
        self.first = self.first.into_iter().chain(incident.first).min();
        self.last = self.last.into_iter().chain(incident.last).max();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::incident as sample;

    fn of(kind: Kind, clients: &[&str], severity_score: u8, number: u64) -> Incident {
        let [incident, _] = <[Incident; 2]>::try_from(sample::report().incidents).expect("two incidents");
        let client_ids = clients.iter().map(|client| (*client).to_owned()).collect();
        let severity = Severity::of_score(severity_score);
        Incident { kind, client_ids, client_ids_omitted: 0, severity_score, severity, number, count: 2, ..incident }
    }

    #[test]
    fn incidents_of_one_kind_and_client_are_one_group_and_the_worst_group_comes_first() {
        let (keys, down) = (Kind::KeyErrors, Kind::DatabaseUnavailable);
        let incidents = [
            of(Kind::Silence, &[], 5, 1),
            of(keys, &["a"], 7, 2),
            of(down, &["a", "b"], 7, 3),
            of(keys, &["b"], 7, 4),
            of(keys, &["a"], 8, 5),
            of(down, &["b", "c"], 7, 6),
            of(Kind::PoisonRecord, &["a"], 10, 7),
            of(Kind::IntegrityFailure, &[], 10, 8),
        ];
        let (groups, members) = groups(&incidents);
        let seen: Vec<_> = groups.iter().map(|it| (it.kind, it.number, it.incidents, it.count)).collect();
        let wanted = [
            (Kind::IntegrityFailure, 8, 1, 2),
            (Kind::PoisonRecord, 7, 1, 2),
            (keys, 2, 2, 4),
            (down, 3, 2, 4),
            (keys, 4, 1, 2),
            (Kind::Silence, 1, 1, 2),
        ];
        assert_eq!(seen, wanted);
        assert_eq!(members, [(5, 0), (2, 0), (3, 0), (4, 0), (2, 1), (3, 1), (1, 0), (0, 0)]);
    }
}
