//! Alarms and reactions for the tests of this folder.

use std::time::Duration;

use crate::event::Level;
use crate::incident::{EntryName, Kind, Severity};
use crate::reaction::config::{ReactionSettings, Retry};
use crate::watch::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, SealProof};

/// A poison record that somebody read, told apart by a number.
pub(super) fn alarm(number: u64) -> Alarm {
    let kind = AlarmKind::Incident(Kind::PoisonRecord);
    Alarm {
        state: AlarmState::Raised,
        kind,
        id: AlarmId::new(kind, "poison-record", None, EntryName::of(None, &number.to_be_bytes())),
        severity: Severity::Critical,
        severity_score: 10,
        title: "Poison record read".to_owned(),
        summary: "1 poison record".to_owned(),
        rule: "poison-record".to_owned(),
        rule_text: "at least 1 within 5m".to_owned(),
        stream: "acra-server.log".to_owned(),
        verified: SealProof::Yes,
        group: None,
        client_ids: vec!["reporting".to_owned()],
        client_ids_omitted: 0,
        session_ids: vec!["12".to_owned()],
        session_ids_omitted: 0,
        codes: vec![587],
        count: 1,
        counted: "poison records".to_owned(),
        entries: 1,
        first: None,
        last: None,
        places: Vec::new(),
        places_omitted: 0,
        examples: vec![AlarmExample { level: Level::Warning, message: "\u{1b}[2J\n".to_owned(), error: None }],
        advice: "Look at the entries named here.".to_owned(),
        test: false,
    }
}

/// The same, later.
pub(super) fn updated(alarm: &Alarm, count: u64) -> Alarm {
    Alarm { state: AlarmState::Updated, count, entries: count, ..alarm.clone() }
}

/// The same, over.
pub(super) fn closed(alarm: &Alarm) -> Alarm {
    Alarm { state: AlarmState::Closed, ..alarm.clone() }
}

/// The same, of another severity.
pub(super) fn as_severe(alarm: &Alarm, score: u8) -> Alarm {
    Alarm { severity: Severity::of_score(score), severity_score: score, ..alarm.clone() }
}

/// A reaction to everything that is proven, at once.
pub(super) fn settings(name: &str) -> ReactionSettings {
    ReactionSettings {
        name: name.into(),
        when: serde_json::from_str("{}").expect("every alarm"),
        unverified: false,
        wait: Duration::ZERO,
        interval: Duration::ZERO,
        repeat: None,
        resolve: true,
        rate_limit: None,
        alarms_max: 100,
        timeout: Duration::from_secs(10),
        retry: Retry {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            give_up_after: Duration::from_secs(24 * 60 * 60),
        },
        dry_run: false,
        undo: None,
    }
}
