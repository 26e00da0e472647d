//! The json document as a reader sees it who tolerates no unknown field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::incident::rules::Rules;

/// Types with these fields, all of them public to the tests.
macro_rules! shapes {
    ($($name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $field: $kind,)*
        }
    )*};
}

type Time = Option<String>;
type Count = u64;

shapes! {
    IncidentDocument {
        schema: String, version: u32, tool: Tool, title: String, case_id: Option<String>, generated_at: Time,
        command: String, redacted: Vec<String>, scope: Scope, verification: Option<Verification>, inputs: Vec<Input>,
        period: Option<Period>, incidents: Vec<Incident>, incidents_omitted: Count, incidents_by_severity: BTreeMap<String, Count>, totals: EntryTotals, runs: Vec<ServiceRun>,
        runs_omitted: Count, sessions: Option<Vec<Session>>, sessions_omitted: Count, unsigned: Vec<UnsignedRange>,
        unsigned_omitted: Count, gaps: Vec<Gap>, gaps_omitted: Count, rules: Rules, not_shown: Vec<Limit>,
    }
    Tool { name: String, version: String }
    Scope { since: Time, before: Time, client_ids: Vec<String> }
    Period { first: String, last: String }
    Limit { stream: Option<String>, what: String }
    Place { file: String, line: u64 }
    Input {
        path: String, stream: String, bytes: Count, sha256: Option<String>, compression: Option<String>,
        wrapper: Option<String>, formats: Vec<String>, lines: Count, entries: Count, unread: Option<String>,
    }
    Verification {
        outcome: String, policy: String, default_policy_outcome: Option<String>, keys: Vec<Key>, streams: Vec<Stream>,
        account: BTreeMap<String, Tally>, chain_counts: BTreeMap<String, u64>, chains: Vec<Chain>,
        chains_omitted: Count, findings: Vec<Finding>, findings_omitted: Count,
    }
    Key { fingerprint: String, source: String, chains: Count }
    Stream { name: String, outcome: String, files: Vec<String>, proven: Vec<Range>, proven_omitted: Count, interleaved: bool }
    Range { from: String, to: String }
    Tally { bytes: Count, lines: Count }
    Chain {
        stream: usize, verdict: String, first: Place, last: Place, entries: Count, key: Option<String>, from: Time,
        to: Time,
    }
    Finding {
        code: String, class: String, place: Option<Place>, through: Option<Place>, lines: Count, message: String,
        hint: Option<String>, expected: Option<String>, found: Option<String>,
    }
    Incident {
        number: u64, kind: String, title: String, severity: String, severity_score: u8, codes: Vec<u16>,
        client_ids: Vec<String>, client_ids_omitted: Count, sessions: Vec<Session>, sessions_omitted: Count,
        first: Time, last: Time, entries: Count, count: Count, counted: String, rule: Applied,
        seals: Option<BTreeMap<String, Count>>, references: Vec<Reference>, references_omitted: Count,
        examples: Vec<Example>, advice: String,
    }
    Applied { name: String, text: String, numbers: BTreeMap<String, u64> }
    Reference { file: String, line: u64, through: u64, entries: Count }
    Example { file: String, line: u64, time: Time, level: String, message: String, error: Option<String> }
    Session {
        run: u64, session_id: String, client_id: Option<String>, addresses: Vec<String>, first: Time, last: Time,
        entries: Count,
    }
    EntryTotals {
        lines: Count, blank_lines: Count, other_lines: Count, out_of_scope: Count, entries: Count, sealed: Count,
        undated: Count, by_level: Vec<BTreeMap<String, Value>>, by_code: Vec<ByCode>, by_group: Vec<ByGroup>,
        by_client: Vec<ByClient>, other_clients: Count, clients_omitted: Count, by_hour: Hours,
    }
    ByCode { code: Option<u16>, title: String, entries: Count }
    ByGroup { group: String, entries: Count }
    ByClient { client_id: Option<String>, entries: Count, hours: [Count; 24] }
    Hours { bin_seconds: u64, bins: Vec<Bin> }
    Bin { start: String, entries: Count, levels: [Count; 7] }
    ServiceRun {
        number: u64, stream: String, service: Option<String>, version: Option<String>, pid: Option<String>,
        start: Option<Place>, first: Time, last: Time, entries: Count, end: String,
    }
    UnsignedRange { file: String, line: u64, through: u64, lines: Count, first: Time, last: Time }
    Gap { kind: String, from: Time, to: Time, seconds: u64, after: Option<Place>, before: Option<Place> }
}
