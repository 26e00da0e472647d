//! The incident report as data: one set of types behind every output format. How it comes about is left to
//! `investigation`; everything in it that is text may come from the log, so escape it on output.

mod incident;
mod story;
mod totals;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

pub use incident::{Applied, Example, Incident, Reference, SealCounts, SeverityCounts};
pub use story::{Gap, GapKind, RunEnd, ServiceRun, SessionRecord, UnsignedRange};
pub use totals::{Bin, ByClient, ByCode, ByGroup, ByLevel, EntryTotals, Hours};

use super::rules::Rules;
use crate::entry::{Format, LogTime};
use crate::outcome::Outcome;
use crate::verdict::gather::Gathered;
use crate::verdict::policy::Policy;
use crate::verdict::report::{Account, ChainCounts, ChainReport, Finding, KeyReport, Limit, StreamReport};

/// Version of the report's JSON form; raised when a field changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// An incident report.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
pub struct IncidentReport {
    /// What the report is called.
    pub title: String,
    /// The number of the case it belongs to.
    pub case_id: Option<String>,
    /// When it was made; only when asked for, so that the same log gives the same report.
    pub generated_at: Option<LogTime>,
    /// What was typed, as a shell would take it.
    pub command: String,
    /// What was replaced by pseudonyms.
    #[schemars(with = "Vec<super::Redaction>")]
    pub redacted: Vec<&'static str>,
    /// What the report is confined to.
    pub scope: Scope,
    /// What verification says; null when there was no key: the log is not verified.
    pub verification: Option<Verification>,
    /// What was read, in reading order.
    pub inputs: Vec<InputFile>,
    /// The times of the first and of the last entry in scope.
    pub period: Option<Period>,
    /// What happened: that the log was altered first, then everything by time.
    pub incidents: Vec<Incident>,
    /// Incidents beyond what a report lists, at least so many; the least severe ones.
    pub incidents_omitted: u64,
    /// All incidents by severity, those that are not listed as well.
    pub incidents_by_severity: SeverityCounts,
    /// Entries in scope, counted.
    pub totals: EntryTotals,
    /// Runs of services, in the order of the log.
    pub runs: Vec<ServiceRun>,
    /// Runs beyond what a report lists.
    pub runs_omitted: u64,
    /// Sessions that have an entry in scope, each one as the whole log shows it; null when they were not asked for.
    pub sessions: Option<Vec<SessionRecord>>,
    /// Sessions beyond what a report lists.
    pub sessions_omitted: u64,
    /// Lines without a seal, stretch by stretch.
    pub unsigned: Vec<UnsignedRange>,
    /// Stretches beyond what a report lists.
    pub unsigned_omitted: u64,
    /// Times and files that are not there, by time; those of runs as the whole log shows them.
    pub gaps: Vec<Gap>,
    /// Gaps beyond what a report lists, at least so many.
    pub gaps_omitted: u64,
    /// The rules in force.
    pub rules: Rules,
    /// What the report does not cover, for people.
    pub not_shown: Vec<Limit>,
}

/// What the report is confined to. Verification and runs always see the whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Scope {
    /// The first moment.
    pub since: Option<LogTime>,
    /// The first moment after it.
    pub before: Option<LogTime>,
    /// These clients; any, when empty.
    pub client_ids: Vec<String>,
}

/// The times of a first and of a last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Period {
    /// The earliest.
    pub first: LogTime,
    /// The latest.
    pub last: LogTime,
}

/// A file that was read, or should have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InputFile {
    /// The path as it was given or found; - is standard input.
    pub path: Arc<str>,
    /// The name of its stream: the live log, or the only file.
    pub stream: Arc<str>,
    /// Bytes that were read, as they lie on disk; what the hash is of.
    pub bytes: u64,
    /// SHA-256 of these bytes; null when nothing could be read.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
    /// How it is compressed.
    #[schemars(with = "Option<crate::source::Compression>")]
    pub compression: Option<&'static str>,
    /// What its lines were wrapped in.
    #[schemars(with = "Option<crate::line::Wrapper>")]
    pub wrapper: Option<&'static str>,
    /// The formats of its entries, in order of appearance.
    pub formats: Vec<Format>,
    /// Lines, blank ones included.
    pub lines: u64,
    /// Entries.
    pub entries: u64,
    /// Why it could not be read, or not to its end.
    pub unread: Option<String>,
}

impl InputFile {
    /// A file of a stream of which nothing was read yet.
    pub fn of_stream(path: Arc<str>, stream: Arc<str>) -> Self {
        Self {
            path,
            stream,
            bytes: 0,
            sha256: None,
            compression: None,
            wrapper: None,
            formats: Vec::new(),
            lines: 0,
            entries: 0,
            unread: None,
        }
    }
}

/// What verify says of the same inputs in the same pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verification {
    /// The answer.
    pub outcome: Outcome,
    /// The demands of this run.
    pub policy: Policy,
    /// What the default policy would have said, when that is worse.
    pub default_policy_outcome: Option<Outcome>,
    /// The keys of the run.
    pub keys: Vec<KeyReport>,
    /// What is proven, stream by stream.
    pub streams: Vec<StreamReport>,
    /// Every byte of the input.
    pub account: Account,
    /// Chains by verdict.
    pub chain_counts: ChainCounts,
    /// By their first entry.
    pub chains: Vec<ChainReport>,
    /// Chains beyond what a report lists.
    pub chains_omitted: u64,
    /// By place; of too many the heaviest.
    pub findings: Vec<Finding>,
    /// Findings beyond what a report lists.
    pub findings_omitted: u64,
}

impl Verification {
    /// What verification says of a whole run, except for what it does not cover.
    pub fn of(gathered: Gathered) -> Self {
        let Gathered { summary, sorted } = gathered;
        Self {
            outcome: summary.outcome,
            policy: summary.policy,
            default_policy_outcome: summary.default_policy_outcome,
            keys: summary.keys,
            streams: summary.streams,
            account: summary.account,
            chain_counts: summary.chains,
            chains: sorted.chains,
            chains_omitted: sorted.chains_omitted,
            findings: sorted.findings,
            findings_omitted: sorted.findings_omitted,
        }
    }
}
