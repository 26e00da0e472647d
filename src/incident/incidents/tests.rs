//! How occurrences sum up to an incident, what keeps it and the list of incidents bounded, and how incidents are grouped.

use super::*;
use crate::event::Level;
use crate::incident::occurrence::SessionIdentity;
use crate::incident::report::Example;
use crate::testing::incident as sample;
use crate::verdict::IntegrityStatus;

/// A decryption error of `webapp` in session 7 at a second, on the line of the same number.
pub(in crate::incident) fn occurrence(second: i64) -> Occurrence {
    let time = Some(LogTime { unix_ms: second * 1000 });
    let session = SessionIdentity { run: 1, id: "7".into(), client: Some("webapp".into()), addresses: vec![] };
    let session = SessionMoment { session: Arc::new(session), first: Some(LogTime { unix_ms: -1 }) };
    Occurrence {
        clock: second * 1000,
        client: Some("webapp".into()),
        session: Some(session),
        entries: vec![EntryRef {
            name: None,
            code: Some(581),
            status: None,
            example: Example {
                file: "a.log".into(),
                line: second.unsigned_abs(),
                time,
                level: Level::Error,
                message: format!("message {}", second % 3),
                error: None,
            },
        }],
    }
}

fn rule() -> Applied {
    Applied { name: "decryption-errors".into(), text: String::new(), numbers: std::collections::BTreeMap::new() }
}

fn incident(occurrences: impl IntoIterator<Item = Occurrence>) -> Incident {
    let mut builder = IncidentBuilder::default();
    occurrences.into_iter().for_each(|occurrence| builder.add(&occurrence));
    builder.raise(Kind::DecryptionErrors, rule())
}

#[test]
fn what_comes_from_one_client_and_session_is_listed_once_and_counted_each_time() {
    let incident = incident([3, 4, 8, 5].map(occurrence));
    assert_eq!((incident.count, incident.entries, &incident.codes), (4, 4, &vec![581]));
    assert_eq!(incident.client_ids, ["webapp"]);
    let times = |first: i64, last: i64| (Some(LogTime { unix_ms: first }), Some(LogTime { unix_ms: last }));
    assert_eq!((incident.first, incident.last), times(3000, 8000));
    let [session] = &incident.sessions[..] else { panic!("one session") };
    assert_eq!((session.first, session.last), times(-1, 8000));
    assert_eq!((session.entries, incident.client_ids_omitted, incident.sessions_omitted), (4, 0, 0));
    let examples: Vec<_> = incident.examples.iter().map(|example| &example.message[..]).collect();
    assert_eq!(examples, ["message 0", "message 1", "message 2"], "the first ones that differ");
}

#[test]
fn severity_and_advice_are_those_of_the_catalogue() {
    let incident = incident([occurrence(1)]);
    let entry = catalogue::find(581).expect("a code of the catalogue");
    assert_eq!(Some(incident.severity_score), entry.severity);
    assert_eq!(incident.advice, entry.response);
}

#[test]
fn lists_are_bounded_and_say_how_much_more_there_was() {
    let many = (0..2000).map(|number| {
        let mut occurrence = occurrence(number * 100);
        occurrence.client = Some(format!("client {number}").into());
        occurrence
    });
    let incident = incident(many);
    assert_eq!((incident.client_ids.len(), incident.client_ids_omitted), (100, 1900));
    let referred: u64 = incident.references.iter().map(|reference| reference.entries).sum();
    assert_eq!((incident.references.len(), referred + incident.references_omitted), (50, 2000));
    assert_eq!(incident.count, 2000);
}

/// What `Distinct` lists, looked for in the list itself: each key with how often it came, and how many more there were.
fn listed_by_search(keys: &[u16]) -> (Vec<(u16, u64)>, u64) {
    let (mut items, mut seen): (Vec<(u16, u64)>, Vec<u16>) = (vec![], vec![]);
    for key in keys {
        if let Some((_, count)) = items.iter_mut().find(|(known, _)| known == key) {
            *count += 1;
        } else if seen.len() < DISTINCT_MAX && !seen.contains(key) {
            seen.push(*key);
            if items.len() < LISTED_MAX {
                items.push((*key, 1));
            }
        }
    }
    let omitted = (seen.len() - items.len()) as u64;
    (items, omitted)
}

#[test]
fn what_is_looked_up_is_what_a_search_finds() {
    let cycles = |length: u16, count: usize| (0..length).cycle().take(count).collect::<Vec<u16>>();
    let mut cases = vec![vec![], cycles(99, 300), cycles(100, 300), cycles(101, 300), cycles(1_000, 3_000)];
    cases
        .push((0..DISTINCT_MAX as u16 + 5).chain(0..200).chain(DISTINCT_MAX as u16..DISTINCT_MAX as u16 + 5).collect());
    let mut state = 1_u32;
    cases.push(
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u16
        })
        .take(5_000)
        .collect(),
    );
    for keys in cases {
        let mut distinct = Distinct::default();
        for key in &keys {
            if let Some((_, count)) = distinct.listed(key, || (*key, 0_u64)) {
                *count += 1;
            }
        }
        assert_eq!((distinct.items.clone(), distinct.omitted()), listed_by_search(&keys), "{} keys", keys.len());
    }
}

#[test]
fn verdicts_are_counted_where_there_are_any() {
    assert_eq!(incident([occurrence(1)]).seals, None);
    let statuses = [IntegrityStatus::Verified, IntegrityStatus::Failed, IntegrityStatus::Verified];
    let verified = incident(statuses.map(|status| {
        let mut occurrence = occurrence(1);
        occurrence.entries[0].status = Some(status);
        occurrence
    }));
    assert_eq!(verified.seals, Some(SealCounts { verified: 2, failed: 1, ..SealCounts::default() }));
}

/// Of the kinds of the sample, with a severity and a second.
fn severe(severity_score: u8, second: i64) -> Incident {
    let [incident, _] = <[Incident; 2]>::try_from(sample::report().incidents).expect("two incidents");
    let first = Some(crate::entry::LogTime { unix_ms: second * 1000 });
    Incident { severity_score, severity: Severity::of_score(severity_score), first, ..incident }
}

#[test]
fn a_flood_of_mild_incidents_pushes_out_no_severe_one_and_everything_is_counted() {
    let mut incidents = IncidentList::with_room_for(100 * bytes_of(&severe(5, 0)));
    let count = 3_000;
    for second in 0..count {
        incidents.add(if second == count - 1 { severe(10, -1) } else { severe(5, second) });
    }
    incidents.omit(Severity::Low, 1);
    let raised = incidents.finish();
    assert!((50..=100).contains(&raised.incidents.len()), "{}", raised.incidents.len());
    assert_eq!(raised.incidents.len() as u64 + raised.omitted, count as u64 + 1);
    assert_eq!((raised.counts.critical, raised.counts.medium, raised.counts.low), (1, count as u64 - 1, 1));
    let numbers: Vec<u64> = raised.incidents.iter().map(|incident| incident.number).collect();
    assert_eq!(numbers, (1..=raised.incidents.len() as u64).collect::<Vec<_>>());
    assert_eq!(raised.incidents[0].severity, Severity::Critical, "it is also the earliest one");
}

#[test]
fn that_the_log_was_altered_stays_and_stands_first_however_many_are_as_severe() {
    let mut incidents = IncidentList::with_room_for(20 * bytes_of(&severe(10, 0)));
    (0..500).for_each(|second| incidents.add(severe(10, second)));
    incidents.add(Incident { kind: Kind::IntegrityFailure, first: None, ..severe(10, 0) });
    (500..1_000).for_each(|second| incidents.add(severe(10, second)));
    let raised = incidents.finish();
    assert_eq!((raised.incidents[0].kind, raised.incidents[0].number), (Kind::IntegrityFailure, 1));
    assert_eq!(raised.counts.critical, 1_001);
}

#[test]
fn a_hundred_thousand_ordinary_incidents_have_room() {
    let mut ordinary = severe(7, 0);
    ordinary.sessions.truncate(1);
    ordinary.references.truncate(1);
    ordinary.examples.truncate(1);
    assert!(100_000 * bytes_of(&ordinary) < BYTES_MAX / 2, "{} bytes each", bytes_of(&ordinary));
}

fn incident_of(kind: Kind, clients: &[&str], severity_score: u8, number: u64) -> Incident {
    let [incident, _] = <[Incident; 2]>::try_from(sample::report().incidents).expect("two incidents");
    let client_ids = clients.iter().map(|client| (*client).to_owned()).collect();
    let severity = Severity::of_score(severity_score);
    Incident { kind, client_ids, client_ids_omitted: 0, severity_score, severity, number, count: 2, ..incident }
}

#[test]
fn incidents_of_one_kind_and_client_are_one_group_and_the_worst_group_comes_first() {
    let (keys, down) = (Kind::KeyErrors, Kind::DatabaseUnavailable);
    let incidents = [
        incident_of(Kind::Silence, &[], 5, 1),
        incident_of(keys, &["a"], 7, 2),
        incident_of(down, &["a", "b"], 7, 3),
        incident_of(keys, &["b"], 7, 4),
        incident_of(keys, &["a"], 8, 5),
        incident_of(down, &["b", "c"], 7, 6),
        incident_of(Kind::PoisonRecord, &["a"], 10, 7),
        incident_of(Kind::IntegrityFailure, &[], 10, 8),
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
