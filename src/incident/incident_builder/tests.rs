//! How occurrences sum up to an incident, and what keeps it bounded.

use super::*;
use crate::event::Level;
use crate::incident::report::Example;
use crate::verdict::IntegrityStatus;

/// A decryption error of `webapp` in session 7 at a second, on the line of the same number.
pub(in crate::incident) fn occurrence(second: i64) -> Occurrence {
    let time = Some(LogTime { unix_ms: second * 1000 });
    let session = SessionRecord {
        run: 1,
        session_id: "7".to_owned(),
        client_id: Some("webapp".to_owned()),
        addresses: vec![],
        first: Some(LogTime { unix_ms: -1 }),
        last: None,
        entries: 99,
    };
    Occurrence {
        clock: second * 1000,
        client: Some("webapp".into()),
        session: Some(session),
        sightings: vec![EntryRef {
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
    Applied { name: "decryption-errors", text: String::new(), numbers: std::collections::BTreeMap::new() }
}

fn incident(occurrences: impl IntoIterator<Item = Occurrence>) -> Incident {
    let mut draft = IncidentBuilder::default();
    occurrences.into_iter().for_each(|occurrence| draft.add(&occurrence));
    draft.raise(Kind::DecryptionErrors, rule())
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

#[test]
fn verdicts_are_counted_where_there_are_any() {
    assert_eq!(incident([occurrence(1)]).seals, None);
    let statuses = [IntegrityStatus::Verified, IntegrityStatus::Failed, IntegrityStatus::Verified];
    let verified = incident(statuses.map(|status| {
        let mut occurrence = occurrence(1);
        occurrence.sightings[0].status = Some(status);
        occurrence
    }));
    assert_eq!(verified.seals, Some(SealCounts { verified: 2, failed: 1, ..SealCounts::default() }));
}
