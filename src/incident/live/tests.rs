//! Incidents of a log as its lines come in: what is proven, what is not, and what is a silence.

use super::*;
use crate::entry::Seal;
use crate::incident::rules::Rules;

const BLOCKED: &str = "code=587 client_id=webapp msg=\"Recognized poison record\"";
const START: &str = "msg=\"Starting service acra-server [pid=7]\"";
const STOP: &str = "msg=\"Received incoming SIGTERM or SIGINT signal\"";
const OTHER: &str = "msg=\"Close connections\"";

/// A log of which lines are read, each at a second of its own time and of the clock.
struct Log {
    incidents: LiveIncidents,
    position: u64,
}

impl Log {
    fn new() -> Self {
        let rules = Rules {
            silence: serde_json::from_value(serde_json::json!({"at-least": "1m", "times-usual": 1})).unwrap(),
            ..Rules::default()
        };
        Self { incidents: LiveIncidents::new(&"acra.log".into(), rules, None), position: 0 }
    }

    fn line(&mut self, second: i64, status: IntegrityStatus, rest: &str) {
        self.position += 1;
        let time = LogTime { unix_ms: 1_741_910_400_000 + second * 1_000 };
        let text = format!("time=\"{time}\" level=info {rest}");
        let is_sealed = status == IntegrityStatus::Verified;
        let integrity = Integrity {
            status,
            fits: is_sealed,
            chain: is_sealed.then_some(Seal([1; 32])),
            position: is_sealed.then_some(self.position),
            key: None,
        };
        let file = "acra.log".into();
        let entry = LiveEntry {
            file: &file,
            line: self.position,
            text: text.as_bytes(),
            integrity: Some(integrity),
            read_at: second * 1_000,
            wall: None,
        };
        self.incidents.observe(Event::read(text.as_bytes()).expect("an entry"), entry);
    }

    fn verified(&mut self, second: i64, rest: &str) {
        self.line(second, IntegrityStatus::Verified, rest);
    }

    fn forged(&mut self, second: i64, rest: &str) {
        self.line(second, IntegrityStatus::Unsigned, rest);
    }

    /// What was told so far: the change, the kind, and whether it is proven.
    fn told(&mut self) -> Vec<(&'static str, &'static str, bool)> {
        let told = |IncidentChange { state, incident: live }| {
            let state = match state {
                MatchState::Raised => "raised",
                MatchState::Updated => "updated",
                MatchState::Closed => "closed",
            };
            (state, live.incident.kind.name(), live.is_proven)
        };
        self.incidents.take_changes().into_iter().map(told).collect()
    }
}

#[test]
fn what_is_proven_and_what_is_not_are_incidents_of_their_own() {
    let mut log = Log::new();
    log.forged(0, BLOCKED);
    log.verified(1, BLOCKED);
    log.forged(2, BLOCKED);
    log.verified(3, BLOCKED);
    let poison = "poison-record";
    let wanted =
        [("raised", poison, false), ("raised", poison, true), ("updated", poison, false), ("updated", poison, true)];
    assert_eq!(log.told(), wanted);
    log.incidents.advance(400_000);
    let mut closed = log.told();
    closed.retain(|(_, kind, _)| *kind == poison);
    assert_eq!(closed, [("closed", poison, true), ("closed", poison, false)]);
}

#[test]
fn a_service_that_falls_silent_is_told_while_it_does_and_when_it_speaks_again() {
    let mut log = Log::new();
    (0..10).for_each(|second| log.verified(second, OTHER));
    log.incidents.advance(60_000);
    assert_eq!(log.told(), []);
    log.incidents.advance(70_000);
    log.incidents.advance(100_000);
    assert_eq!(log.told(), [("raised", "silence", true)]);
    log.verified(120, OTHER);
    assert_eq!(log.told(), [("closed", "silence", true)]);
}

#[test]
fn nobody_hides_a_silence_without_the_key_and_a_service_that_was_stopped_may_be_silent() {
    // Whether the stop verifies, and whether there is a silence.
    for (is_forged, is_silence) in [(true, true), (false, false)] {
        let mut log = Log::new();
        (0..10).for_each(|second| log.verified(second, OTHER));
        match is_forged {
            true => log.forged(10, STOP),
            false => log.verified(10, STOP),
        }
        log.forged(30, OTHER);
        log.incidents.advance(90_000);
        assert_eq!(!log.told().is_empty(), is_silence, "forged: {is_forged}");
    }
}

#[test]
fn that_a_service_was_down_is_no_silence_though_its_start_has_no_seal() {
    let mut log = Log::new();
    (0..10).for_each(|second| log.verified(second, OTHER));
    log.verified(10, STOP);
    log.forged(4_000, START);
    log.verified(4_001, OTHER);
    let told = log.told();
    assert!(told.iter().all(|(_, kind, _)| *kind != "silence"), "{told:?}");
}

#[test]
fn entries_that_come_late_together_are_waited_for() {
    let mut log = Log::new();
    let wall = |second: i64| Some(LogTime { unix_ms: 1_741_910_400_000 + second * 1_000 });
    log.verified(0, OTHER);
    log.incidents.proven.note_lag(wall(0), wall(120));
    // Two minutes without a line are what is to be expected.
    log.incidents.advance(130_000);
    assert_eq!(log.told(), []);
    log.incidents.advance(190_000);
    assert_eq!(log.told(), [("raised", "silence", true)]);
}

#[test]
fn a_time_that_goes_back_by_more_than_a_minute_is_a_jump() {
    let mut log = Log::new();
    [100, 50, 39, 100].into_iter().for_each(|second| log.verified(second, OTHER));
    let jumps = log.incidents.take_clock_jumps();
    assert_eq!(jumps.iter().map(|jump| jump.place.line).collect::<Vec<_>>(), [3]);
}
