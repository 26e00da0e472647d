//! Says which rule raised an incident, with its numbers.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::pauses::{Pause, Silences};
use super::report::Applied;
use super::rules::{Pause as PauseRule, Spike, Threshold};

/// So many within so long.
pub(super) fn threshold(kind: Kind, rule: Threshold, observed: u64) -> Applied {
    let Threshold { at_least, within } = rule;
    let counted = counted(kind, at_least.get());
    let text = match kind {
        Kind::SqlFirewallBlock => format!("any {counted} of one client; those within {within} are one incident"),
        _ => format!("at least {at_least} {counted} within {within}"),
    };
    let numbers = [("at_least", at_least.get().into()), ("within_seconds", within.seconds()), ("observed", observed)];
    Applied { name: kind.rule(), text, numbers: BTreeMap::from(numbers) }
}

/// What the rule of a kind counts, of how many.
fn counted(kind: Kind, count: u16) -> &'static str {
    let one = count == 1;
    match kind {
        Kind::SqlFirewallBurst => "blocked queries of one client",
        Kind::SqlFirewallBlock => "blocked query",
        Kind::PoisonRecord if one => "poison record read by one client",
        Kind::PoisonRecord => "poison records read by one client",
        Kind::DecryptionErrors => "decryption errors of one client",
        Kind::KeyErrors if one => "error of keys",
        Kind::KeyErrors => "errors of keys",
        Kind::DatabaseUnavailable => "failed connections to the database",
        Kind::ConnectionFailures => "failed connections",
        Kind::ServiceErrors if one => "severe error of the service",
        Kind::ServiceErrors => "severe errors of the service",
        Kind::ServiceCrash if one => "start-up of a service that was not stopped",
        Kind::ServiceCrash => "start-ups of services that were not stopped",
        Kind::ServiceRestart if one => "start-up of a service that was stopped",
        Kind::ServiceRestart => "start-ups of services that were stopped",
        Kind::IntegrityFailure | Kind::Silence => kind.counted(),
    }
}

/// So many within so long, and so many times the usual rate; `usual_per_hour` is None when nobody knows it.
pub(super) fn spike(rule: Spike, observed: u64, per_hour: u64, usual_per_hour: Option<u64>) -> Applied {
    let Spike { at_least, within, times_usual } = rule;
    let usual = match usual_per_hour {
        Some(_) => format!("and {times_usual} times the client's own rate in the rest of the log"),
        None => "the log is too short to know the client's usual rate".to_owned(),
    };
    let mut numbers = BTreeMap::from([
        ("at_least", at_least.get().into()),
        ("within_seconds", within.seconds()),
        ("times_usual", times_usual.get().into()),
        ("observed", observed),
        ("observed_per_hour", per_hour),
    ]);
    numbers.extend(usual_per_hour.map(|usual| ("usual_per_hour", usual)));
    let text = format!("at least {at_least} decryption errors of one client within {within}, {usual}");
    Applied { name: Kind::DecryptionErrors.rule(), text, numbers }
}

/// So long, and so many times the usual pause.
pub(super) fn silence(rule: PauseRule, silences: &Silences, pause: &Pause) -> Applied {
    let PauseRule { at_least, times_usual } = rule;
    let seconds = |milliseconds: i64| u64::try_from(milliseconds / 1000).unwrap_or(0);
    Applied {
        name: Kind::Silence.rule(),
        text: format!("no entry for {at_least} or longer, and for {times_usual} times the usual pause"),
        numbers: BTreeMap::from([
            ("at_least_seconds", at_least.seconds()),
            ("times_usual", times_usual.get().into()),
            ("usual_seconds", seconds(silences.usual_ms)),
            ("limit_seconds", seconds(silences.limit_ms)),
            ("observed_seconds", seconds(pause.milliseconds)),
        ]),
    }
}
