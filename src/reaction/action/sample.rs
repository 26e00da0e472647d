//! A made-up alarm, by which a reaction is tried before anything happens. What raises real ones is left to `watch`.

use crate::entry::LogTime;
use crate::event::Level;
use crate::incident::report::Reference;
use crate::incident::{EntryName, Kind, Severity};
use crate::watch::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, SealProof};

/// An alarm that says of itself that nothing happened, at a time; it has the same id for the same text.
pub fn made_up_alarm(text: &str, now: LogTime) -> Alarm {
    let kind = AlarmKind::Incident(Kind::SqlFirewallBurst);
    let client = "test-client".to_owned();
    Alarm {
        state: AlarmState::Raised,
        kind,
        id: AlarmId::new(kind, "test", Some(&client), EntryName::of(None, text.as_bytes())),
        severity: Severity::Low,
        severity_score: 0,
        title: text.to_owned(),
        summary: "made up to try this reaction".to_owned(),
        rule: "test".to_owned(),
        rule_text: "somebody wants to know whether this arrives".to_owned(),
        stream: "test.log".to_owned(),
        verified: SealProof::No,
        group: None,
        client_ids: vec![client],
        client_ids_omitted: 0,
        session_ids: vec!["test-session".to_owned()],
        session_ids_omitted: 0,
        codes: vec![560],
        count: 1,
        counted: "entries".to_owned(),
        entries: 1,
        first: Some(now),
        last: Some(now),
        places: vec![Reference { file: "test.log".into(), line: 1, through: 1, entries: 1 }],
        places_omitted: 0,
        examples: vec![AlarmExample { level: Level::Error, message: "made up".to_owned(), error: None }],
        advice: "nothing is to be done".to_owned(),
        test: true,
    }
}

/// The same with nothing wherever an alarm may have nothing.
#[cfg(any(test, feature = "webhook"))]
pub(super) fn bare_alarm(text: &str) -> Alarm {
    Alarm {
        client_ids: vec![],
        session_ids: vec![],
        codes: vec![],
        count: 0,
        first: None,
        last: None,
        places: vec![],
        examples: vec![],
        ..made_up_alarm(text, LogTime { unix_ms: 0 })
    }
}
