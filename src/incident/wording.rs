//! Says what a rule demands, for the list of rules in force and for the incidents it raised, and with which numbers.

use std::collections::BTreeMap;

use super::gaps::{Pause, Silences};
use super::kind::Kind;
use super::report::Applied;
use super::rules::{Rules, SilenceRule, Spike, Threshold};

/// Every rule by its name in the configuration, and what it demands.
pub fn rules_in_words(rules: &Rules) -> [(&'static str, String); 14] {
    let named = |kind: Kind, text| (kind.rule(), text);
    let of = |kind: Kind, rule| named(kind, at_least(rule, counted(kind)));
    let (restart, restarts) = RESTARTS;
    [
        named(
            Kind::SqlFirewallBurst,
            format!("{}; fewer are an incident of their own", of(Kind::SqlFirewallBurst, rules.sql_firewall).1),
        ),
        of(Kind::PoisonRecord, rules.poison_record),
        named(Kind::PoisonCheckFailed, at_least(rules.poison_tripwire, TRIPWIRE)),
        named(Kind::DecryptionErrors, spike_demands(rules.decryption_errors, &usual_rate(rules.decryption_errors))),
        of(Kind::EncryptionErrors, rules.encryption_errors),
        of(Kind::Probing, rules.probing),
        of(Kind::DatabaseUnavailable, rules.database_unavailable),
        of(Kind::ConnectionFailures, rules.connection_failures),
        of(Kind::ConnectionDrops, rules.connection_drops),
        of(Kind::KeyErrors, rules.key_errors),
        of(Kind::ServiceErrors, rules.service_errors),
        of(Kind::GeneralErrors, rules.general_errors),
        named(Kind::ServiceRestart, at_least(rules.service_restart, (restart, restarts))),
        named(Kind::Silence, silence_demands(rules.silence)),
    ]
}

/// What the rule about restarts counts, stopped or not; an incident knows which.
const RESTARTS: (&str, &str) = ("start-up of a service that ran before", "start-ups of services that ran before");

/// What the rule about the tripwire of poison records counts; an incident knows which.
const TRIPWIRE: (&str, &str) =
    ("sign that poison records would go unnoticed", "signs that poison records would go unnoticed");

/// So many within so long.
pub(super) fn threshold(kind: Kind, rule: Threshold, observed: u64) -> Applied {
    let Threshold { at_least: count, within } = rule;
    let text = match kind {
        Kind::SqlFirewallBlock => {
            format!("any {} of one client; those within {within} are one incident", counted(kind).0)
        }
        _ => at_least(rule, counted(kind)),
    };
    let numbers = [("at_least", count.get().into()), ("within_seconds", within.seconds()), ("observed", observed)];
    Applied { name: kind.rule(), text, numbers: BTreeMap::from(numbers) }
}

fn at_least(rule: Threshold, (one, many): (&str, &str)) -> String {
    let Threshold { at_least, within } = rule;
    format!("at least {at_least} {} within {within}", if at_least.get() == 1 { one } else { many })
}

/// What the rule of a kind counts: one of it, and several.
fn counted(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::SqlFirewallBurst => ("blocked query of one client", "blocked queries of one client"),
        Kind::SqlFirewallBlock => ("blocked query", "blocked queries"),
        Kind::PoisonRecord => ("poison record read by one client", "poison records read by one client"),
        Kind::PoisonAlarmMissing => {
            ("reaction to a poison record without its alarm", "reactions to poison records without their alarms")
        }
        Kind::PoisonCheckFailed => (
            "check for poison records that was skipped or failed",
            "checks for poison records that were skipped or failed",
        ),
        Kind::EncryptionErrors => {
            ("error of encrypting the data of one client", "errors of encrypting the data of one client")
        }
        Kind::Probing => ("odd request of one client", "odd requests of one client"),
        Kind::ConnectionDrops => ("connection that broke off", "connections that broke off"),
        Kind::GeneralErrors => ("error without a code of its own", "errors without a code of their own"),
        Kind::DecryptionErrors => ("decryption error of one client", "decryption errors of one client"),
        Kind::KeyErrors => ("error of keys", "errors of keys"),
        Kind::DatabaseUnavailable => ("failed connection to the database", "failed connections to the database"),
        Kind::ConnectionFailures => ("failed connection", "failed connections"),
        Kind::ServiceErrors => ("error of the service", "errors of the service"),
        Kind::ServiceCrash => {
            ("start-up of a service that was not stopped", "start-ups of services that were not stopped")
        }
        Kind::ServiceRestart => ("start-up of a service that was stopped", "start-ups of services that were stopped"),
        Kind::IntegrityFailure => ("finding", "findings"),
        Kind::Silence => ("gap", "gaps"),
    }
}

/// So many within so long, and so many times the usual rate; `usual_per_hour` is None when nobody knows it.
pub(super) fn spike(rule: Spike, observed: u64, per_hour: u64, usual_per_hour: Option<u64>) -> Applied {
    let usual = match usual_per_hour {
        Some(_) => usual_rate(rule),
        None => "the log is too short to know the client's usual rate".to_owned(),
    };
    let mut numbers = BTreeMap::from([
        ("at_least", rule.at_least.get().into()),
        ("within_seconds", rule.within.seconds()),
        ("times_usual", rule.times_usual.get().into()),
        ("observed", observed),
        ("observed_per_hour", per_hour),
    ]);
    numbers.extend(usual_per_hour.map(|usual| ("usual_per_hour", usual)));
    Applied { name: Kind::DecryptionErrors.rule(), text: spike_demands(rule, &usual), numbers }
}

fn spike_demands(rule: Spike, usual: &str) -> String {
    let Spike { at_least: count, within, times_usual: _ } = rule;
    format!("{}, {usual}", at_least(Threshold { at_least: count, within }, counted(Kind::DecryptionErrors)))
}

fn usual_rate(rule: Spike) -> String {
    format!("and {} times the client's own rate in the rest of the log", rule.times_usual)
}

/// So long, and so many times the usual pause.
pub(super) fn silence(rule: SilenceRule, silences: &Silences, pause: &Pause) -> Applied {
    let SilenceRule { at_least, times_usual } = rule;
    let seconds = |milliseconds: i64| u64::try_from(milliseconds / 1000).unwrap_or(0);
    Applied {
        name: Kind::Silence.rule(),
        text: silence_demands(rule),
        numbers: BTreeMap::from([
            ("at_least_seconds", at_least.seconds()),
            ("times_usual", times_usual.get().into()),
            ("usual_seconds", seconds(silences.usual_ms)),
            ("limit_seconds", seconds(silences.limit_ms)),
            ("observed_seconds", seconds(pause.milliseconds)),
        ]),
    }
}

fn silence_demands(rule: SilenceRule) -> String {
    let SilenceRule { at_least, times_usual } = rule;
    format!("no entry of a running service for {at_least} or longer, and for {times_usual} times the usual pause")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_configuration_is_said_with_its_numbers() {
        let json = serde_json::to_value(Rules::default()).unwrap();
        let said = rules_in_words(&Rules::default());
        assert_eq!(json.as_object().unwrap().len(), said.len());
        for (name, text) in said {
            let settings = json[name].as_object().unwrap_or_else(|| panic!("no rule is called {name}"));
            for (setting, value) in settings {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert!(text.split([' ', ',', ';']).any(|word| word == value), "{name}: {setting} is not in: {text}");
            }
        }
    }

    #[test]
    fn what_is_counted_is_one_or_several() {
        let text = |at_least: u16| {
            let rule = serde_json::json!({"at-least": at_least, "within": "1h 30m"});
            threshold(Kind::DatabaseUnavailable, serde_json::from_value(rule).unwrap(), 9).text
        };
        assert_eq!(text(1), "at least 1 failed connection to the database within 1h 30m");
        assert_eq!(text(2), "at least 2 failed connections to the database within 1h 30m");
    }
}
