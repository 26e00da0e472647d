//! Entries in scope, counted in several ways. Every way adds up to the same sum.

use schemars::JsonSchema;
use serde::Serialize;

use crate::entry::LogTime;
use crate::event::Level;

/// Entries in scope, counted in several ways. Every way adds up to the same sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
pub struct EntryTotals {
    /// Lines of all inputs, in scope or not.
    pub lines: u64,
    /// Lines with nothing in them.
    pub blank_lines: u64,
    /// Lines that are no entry of Acra.
    pub other_lines: u64,
    /// Entries out of scope.
    pub out_of_scope: u64,
    /// Entries in scope; what is counted below.
    pub entries: u64,
    /// Those that carry a seal, right or wrong.
    pub sealed: u64,
    /// Those that do not state their time; they are in no hour.
    pub undated: u64,
    /// By level, the most severe first; every level is there.
    pub by_level: Vec<ByLevel>,
    /// By event code, the most frequent first.
    pub by_code: Vec<ByCode>,
    /// By group of event codes, the most frequent first.
    pub by_group: Vec<ByGroup>,
    /// By client, the most frequent first.
    pub by_client: Vec<ByClient>,
    /// Entries of clients beyond what a report lists.
    pub other_clients: u64,
    /// Clients beyond what a report lists.
    pub clients_omitted: u64,
    /// Entries along the time, in UTC.
    pub by_hour: Hours,
}

/// Entries of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByLevel {
    /// The level.
    pub level: Level,
    /// How many.
    pub entries: u64,
}

/// Entries of an event code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByCode {
    /// The code; null for entries without one, which is the normal case, and for all unknown codes beyond those that
    /// are told apart.
    pub code: Option<u16>,
    /// What it means, from the catalogue; `no code`, `unknown code`, or `other unknown codes`.
    pub title: &'static str,
    /// How many.
    pub entries: u64,
}

/// Entries of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByGroup {
    /// The group; `none` for entries without a code, `unknown` for codes that the catalogue does not have.
    pub group: &'static str,
    /// How many.
    pub entries: u64,
}

/// Entries of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByClient {
    /// The client; null for entries that name none.
    pub client_id: Option<String>,
    /// How many.
    pub entries: u64,
    /// How many in each hour of the day, in UTC.
    pub hours: [u64; 24],
}

/// Entries along the time, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hours {
    /// The length of a bin: an hour, or more for a long log; 0 when there is none.
    pub bin_seconds: u64,
    /// Bins with entries, by time.
    pub bins: Vec<Bin>,
}

/// Entries of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bin {
    /// When it begins.
    pub start: LogTime,
    /// How many.
    pub entries: u64,
    /// How many of each level, in the order of by_level.
    pub levels: [u64; 7],
}
