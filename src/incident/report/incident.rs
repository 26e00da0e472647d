//! One incident, and what it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::kind::{Kind, Severity};
use super::story::SessionRecord;
use crate::entry::LogTime;
use crate::event::Level;

/// Entries that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incident {
    /// Its number in this report, by time.
    #[schemars(range(min = 1))]
    pub number: u64,
    /// What kind it is.
    pub kind: Kind,
    /// The same for people.
    pub title: &'static str,
    /// How severe, in a word.
    pub severity: Severity,
    /// How severe, 0 to 10.
    #[schemars(range(max = 10))]
    pub severity_score: u8,
    /// The event codes of its entries, ascending.
    pub codes: Vec<u16>,
    /// Clients concerned, in order of appearance.
    pub client_ids: Vec<String>,
    /// Clients beyond what an incident lists.
    pub client_ids_omitted: u64,
    /// Sessions concerned, in order of appearance.
    pub sessions: Vec<SessionRecord>,
    /// Sessions beyond what an incident lists.
    pub sessions_omitted: u64,
    /// The time of its first entry; null when none states its time.
    pub first: Option<LogTime>,
    /// The time of its last entry.
    pub last: Option<LogTime>,
    /// Its entries.
    pub entries: u64,
    /// How often it happened: one blocked query is several entries.
    pub count: u64,
    /// What was counted, for people.
    pub counted: &'static str,
    /// The rule that raised it.
    pub rule: Applied,
    /// What verification says of its entries; null when the log is not verified.
    pub seals: Option<SealCounts>,
    /// Where its entries stand.
    pub references: Vec<Reference>,
    /// Entries that stand in none of the references listed.
    pub references_omitted: u64,
    /// Some of its entries: the first ones that differ.
    pub examples: Vec<Example>,
    /// What to do first, for people.
    pub advice: String,
}

/// Incidents by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeverityCounts {
    /// Score 9 and 10.
    pub critical: u64,
    /// Score 7 and 8.
    pub high: u64,
    /// Score 4 to 6.
    pub medium: u64,
    /// Score 0 to 3.
    pub low: u64,
}

impl SeverityCounts {
    /// Counts more of a severity.
    pub fn add(&mut self, severity: Severity, count: u64) {
        *match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        } += count;
    }

    /// Every severity with its count, the worst first.
    pub fn all(self) -> [(Severity, u64); 4] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
        ]
    }

    /// How many are as severe as this, or worse.
    pub fn at_least(self, least: Severity) -> u64 {
        self.all().into_iter().filter(|(severity, _)| *severity >= least).map(|(_, count)| count).sum()
    }
}

/// A rule with the numbers that made it raise an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Applied {
    /// Its name, as in the configuration.
    #[schemars(regex(pattern = "^[a-z-]+$"))]
    pub name: &'static str,
    /// What it says, with its numbers, for people.
    pub text: String,
    /// The numbers by name: settings and what was observed. Lengths of time are in seconds, rates per hour.
    #[schemars(extend("additionalProperties" = false, "patternProperties" = {
        "^[a-z_-]+$": {"type": "integer", "minimum": 0}
    }))]
    pub numbers: BTreeMap<&'static str, u64>,
}

/// Entries by what verification says of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SealCounts {
    /// The seal is right.
    pub verified: u64,
    /// The meaning was sealed, in another spelling.
    pub reencoded: u64,
    /// No seal.
    pub unsigned: u64,
    /// The seal fits no chain.
    pub failed: u64,
}

/// Entries that stand close together in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reference {
    /// The file.
    pub file: Arc<str>,
    /// The line of the first entry.
    pub line: u64,
    /// The line of the last entry.
    pub through: u64,
    /// How many of the lines between are entries of the incident.
    pub entries: u64,
}

/// An entry of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Example {
    /// Its file.
    pub file: Arc<str>,
    /// Its line.
    pub line: u64,
    /// When it was logged.
    pub time: Option<LogTime>,
    /// Its level.
    pub level: Level,
    /// Its message; the beginning of a long one.
    pub message: String,
    /// Its field error; the beginning of a long one.
    pub error: Option<String>,
}
