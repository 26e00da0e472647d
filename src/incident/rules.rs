//! When entries make an incident: thresholds with their defaults, which a configuration may change. Counting is left to
//! the detectors.

use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::entry::Span;

/// The default rules as a configuration that explains itself, in TOML.
pub const DOCUMENTED: &str = include_str!("rules.toml");

/// The rules in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// Blocked queries of one client, to be a burst; fewer are an incident of their own.
    pub sql_firewall: Threshold,
    /// Poison records.
    pub poison_record: Threshold,
    /// What says that the tripwire of poison records is not in order.
    pub poison_tripwire: Threshold,
    /// Decryption errors of one client.
    pub decryption_errors: Spike,
    /// Errors of encrypting the data of one client.
    pub encryption_errors: Threshold,
    /// Malformed queries, packets, requests and names of one client.
    pub probing: Threshold,
    /// Failed connections to the database, of all clients.
    pub database_unavailable: Threshold,
    /// Failed connections and TLS, of all clients.
    pub connection_failures: Threshold,
    /// Connections that break off, of all clients.
    pub connection_drops: Threshold,
    /// Errors of keys.
    pub key_errors: Threshold,
    /// Errors of the service that no other rule is about.
    pub service_errors: Threshold,
    /// Errors without a code of their own.
    pub general_errors: Threshold,
    /// Start-ups of a service that ran before, whether it was stopped or not.
    pub service_restart: Threshold,
    /// A running service that logs nothing.
    pub silence: SilenceRule,
}

impl Default for Rules {
    fn default() -> Self {
        let five_minutes = Span::of_seconds(5 * 60);
        let threshold = |at_least| Threshold { at_least: count(at_least), within: five_minutes };
        Self {
            sql_firewall: threshold(10),
            poison_record: threshold(1),
            poison_tripwire: threshold(1),
            decryption_errors: Spike { at_least: count(10), within: five_minutes, times_usual: count(5) },
            encryption_errors: threshold(3),
            probing: threshold(5),
            database_unavailable: threshold(3),
            connection_failures: threshold(5),
            connection_drops: threshold(10),
            key_errors: threshold(1),
            service_errors: threshold(1),
            general_errors: threshold(5),
            service_restart: threshold(1),
            silence: SilenceRule { at_least: Span::of_seconds(60 * 60), times_usual: count(3) },
        }
    }
}

/// A number that is not 0, of the defaults.
fn count(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

/// So many within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Threshold {
    /// The fewest that raise an incident.
    pub at_least: NonZeroU16,
    /// How close together; an incident goes on while half as many are that close.
    pub within: Span,
}

/// So many within so long, and so many times the usual rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spike {
    /// The fewest that raise an incident.
    pub at_least: NonZeroU16,
    /// How close together; an incident goes on while half as many are that close.
    pub within: Span,
    /// How many times the client's own rate in the rest of the log.
    pub times_usual: NonZeroU16,
}

/// So long, and so many times the usual pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Pause")]
pub struct SilenceRule {
    /// The shortest pause that raises an incident.
    pub at_least: Span,
    /// How many times the pause that 99 of 100 pauses of this log do not exceed.
    pub times_usual: NonZeroU16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_read_back_as_they_are_written() {
        let json = serde_json::to_value(Rules::default()).unwrap();
        assert_eq!(json["sql-firewall"], serde_json::json!({"at-least": 10, "within": "5m"}));
        assert_eq!(serde_json::from_value::<Rules>(json).unwrap(), Rules::default());
    }
}
