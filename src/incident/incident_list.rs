//! The incidents that were raised: all of them, as long as they take no more memory than is set aside; beyond that the most
//! severe ones, and that the log was altered whatever comes. They are counted before anything is left out.

use std::cmp::Reverse;

use super::kind::{Kind, Severity};
use super::report::{Incident, SessionRecord, SeverityCounts};

/// How many bytes incidents may take: a hundred thousand with one entry each, and as many again.
const BYTES_MAX: usize = 512 << 20;
/// What a map of a few numbers takes, in bytes.
const NUMBERS_BYTES: usize = 320;

/// All incidents so far.
#[derive(Debug)]
pub(super) struct IncidentList {
    incidents: Vec<Incident>,
    counts: SeverityCounts,
    omitted: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Default for IncidentList {
    fn default() -> Self {
        Self::with_room_for(BYTES_MAX)
    }
}

impl IncidentList {
    fn with_room_for(bytes_max: usize) -> Self {
        Self { incidents: Vec::new(), counts: SeverityCounts::default(), omitted: 0, bytes: 0, bytes_max }
    }

    /// Takes an incident in.
    pub(super) fn add(&mut self, incident: Incident) {
        self.counts.add(incident.severity, 1);
        self.bytes += bytes_of(&incident);
        self.incidents.push(incident);
        if self.bytes > self.bytes_max {
            self.shorten();
        }
    }

    /// Makes room for a quarter as much again, so that it is not done for each one.
    fn shorten(&mut self) {
        // Stable: of equally severe ones those that were raised first stay.
        self.incidents.sort_by_key(|incident| (!is_kept(incident), Reverse(incident.severity_score)));
        let (mut kept, mut bytes) = (0, 0);
        for incident in &self.incidents {
            let with_it = bytes + bytes_of(incident);
            if with_it > self.bytes_max / 4 * 3 && !is_kept(incident) {
                break;
            }
            (kept, bytes) = (kept + 1, with_it);
        }
        self.omitted += (self.incidents.len() - kept) as u64;
        self.incidents.truncate(kept);
        self.bytes = bytes;
    }

    /// Incidents that are not even taken in.
    pub(super) fn omit(&mut self, severity: Severity, count: u64) {
        self.counts.add(severity, count);
        self.omitted += count;
    }

    /// The incidents, numbered: that the log was altered comes first, whatever its time, then the others by time, those
    /// without one last.
    pub(super) fn finish(mut self) -> Raised {
        self.incidents.sort_by_key(|it| (it.kind != Kind::IntegrityFailure, it.first.is_none(), it.first, it.kind));
        for (number, incident) in (1..).zip(&mut self.incidents) {
            incident.number = number;
        }
        Raised { incidents: self.incidents, counts: self.counts, omitted: self.omitted }
    }
}

/// The incidents of a report.
#[derive(Debug)]
pub(super) struct Raised {
    pub(super) incidents: Vec<Incident>,
    /// By severity, those that were left out as well.
    pub(super) counts: SeverityCounts,
    pub(super) omitted: u64,
}

/// Whether nothing pushes it out. There are no more of these than streams.
fn is_kept(incident: &Incident) -> bool {
    incident.kind == Kind::IntegrityFailure
}

/// What an incident takes in memory, about.
fn bytes_of(incident: &Incident) -> usize {
    let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
    let session = |it: &SessionRecord| {
        let client = it.client_id.as_ref().map_or(0, String::len);
        size_of::<SessionRecord>() + it.session_id.len() + client + texts(&it.addresses)
    };
    let examples = incident
        .examples
        .iter()
        .map(|it| size_of_val(it) + it.message.len() + it.error.as_ref().map_or(0, String::len));
    size_of::<Incident>()
        + size_of_val(&*incident.codes)
        + size_of_val(&*incident.references)
        + texts(&incident.client_ids)
        + incident.sessions.iter().map(session).sum::<usize>()
        + examples.sum::<usize>()
        + incident.rule.text.len()
        + NUMBERS_BYTES
        + incident.advice.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::incident as sample;

    /// Of the kinds of the sample, with a severity and a second.
    fn of(severity_score: u8, second: i64) -> Incident {
        let [incident, _] = <[Incident; 2]>::try_from(sample::report().incidents).expect("two incidents");
        let first = Some(crate::entry::LogTime { unix_ms: second * 1000 });
        Incident { severity_score, severity: Severity::of_score(severity_score), first, ..incident }
    }

    #[test]
    fn a_flood_of_mild_incidents_pushes_out_no_severe_one_and_everything_is_counted() {
        let mut docket = IncidentList::with_room_for(100 * bytes_of(&of(5, 0)));
        let count = 3_000;
        for second in 0..count {
            docket.add(if second == count - 1 { of(10, -1) } else { of(5, second) });
        }
        docket.omit(Severity::Low, 1);
        let raised = docket.finish();
        assert!((50..=100).contains(&raised.incidents.len()), "{}", raised.incidents.len());
        assert_eq!(raised.incidents.len() as u64 + raised.omitted, count as u64 + 1);
        assert_eq!((raised.counts.critical, raised.counts.medium, raised.counts.low), (1, count as u64 - 1, 1));
        let numbers: Vec<u64> = raised.incidents.iter().map(|incident| incident.number).collect();
        assert_eq!(numbers, (1..=raised.incidents.len() as u64).collect::<Vec<_>>());
        assert_eq!(raised.incidents[0].severity, Severity::Critical, "it is also the earliest one");
    }

    #[test]
    fn that_the_log_was_altered_stays_and_stands_first_however_many_are_as_severe() {
        let mut docket = IncidentList::with_room_for(20 * bytes_of(&of(10, 0)));
        (0..500).for_each(|second| docket.add(of(10, second)));
        docket.add(Incident { kind: Kind::IntegrityFailure, first: None, ..of(10, 0) });
        (500..1_000).for_each(|second| docket.add(of(10, second)));
        let raised = docket.finish();
        assert_eq!((raised.incidents[0].kind, raised.incidents[0].number), (Kind::IntegrityFailure, 1));
        assert_eq!(raised.counts.critical, 1_001);
    }

    #[test]
    fn a_hundred_thousand_ordinary_incidents_have_room() {
        let mut ordinary = of(7, 0);
        ordinary.sessions.truncate(1);
        ordinary.references.truncate(1);
        ordinary.examples.truncate(1);
        assert!(100_000 * bytes_of(&ordinary) < BYTES_MAX / 2, "{} bytes each", bytes_of(&ordinary));
    }
}
