//! The incidents that were raised: bounded, the most severe ones first to stay, in the order of time.

use std::cmp::Reverse;

use super::report::Incident;

/// How many incidents a report lists.
const LISTED_MAX: usize = 1_000;

/// All incidents so far.
#[derive(Debug, Default)]
pub(super) struct Docket {
    incidents: Vec<Incident>,
    omitted: u64,
}

impl Docket {
    /// Takes an incident in.
    pub(super) fn add(&mut self, incident: Incident) {
        self.incidents.push(incident);
        if self.incidents.len() >= 2 * LISTED_MAX {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        // Stable: of equally severe ones those that were raised first stay.
        self.incidents.sort_by_key(|incident| Reverse(incident.severity_score));
        self.omitted += self.incidents.len().saturating_sub(LISTED_MAX) as u64;
        self.incidents.truncate(LISTED_MAX);
    }

    /// Incidents that are not even taken in.
    pub(super) fn omit(&mut self, count: u64) {
        self.omitted += count;
    }

    /// The incidents by time, numbered, and how many more there were; those without a time last.
    pub(super) fn finish(mut self) -> (Vec<Incident>, u64) {
        self.shorten();
        self.incidents.sort_by_key(|incident| (incident.first.is_none(), incident.first, incident.kind));
        for (number, incident) in (1..).zip(&mut self.incidents) {
            incident.number = number;
        }
        (self.incidents, self.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::sample;

    #[test]
    fn a_flood_of_mild_incidents_does_not_push_out_a_severe_one() {
        let mut docket = Docket::default();
        let [high, medium] = <[Incident; 2]>::try_from(sample::report().incidents).expect("two incidents");
        assert!(high.severity > medium.severity);
        let count = 3 * LISTED_MAX as u64;
        for number in 0..count {
            docket.add(if number == count - 1 { high.clone() } else { medium.clone() });
        }
        docket.omit(1);
        let (listed, omitted) = docket.finish();
        assert_eq!((listed.len() as u64 + omitted, listed.len()), (count + 1, LISTED_MAX));
        assert_eq!((listed[0].severity, listed[0].number), (high.severity, 1), "it is also the earliest one");
        assert!(listed.windows(2).all(|pair| pair[0].number + 1 == pair[1].number));
    }
}
