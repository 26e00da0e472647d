//! The incident report as data: one set of types behind every output format. How it comes about is left to
//! `investigation`; everything in it that is text may come from the log, so escape it on output.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::kind::{Kind, Severity};
use super::rules::Rules;
use crate::entry::{Format, LogTime};
use crate::event::Level;
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::Policy;
use crate::verdict::report::{Account, ChainCounts, ChainReport, Finding, Gathered, KeyReport, Limit, StreamReport};

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

/// Entries that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incident {
    /// Its number in this report, by time.
    #[schemars(range(min = 1))]
    pub number: u64,
    /// What kind it is.
    pub kind: Kind,
    /// The same for people; of a rule of Sigma its title.
    pub title: Cow<'static, str>,
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
    /// Its name, as in the configuration; of a rule of Sigma its title.
    pub name: Cow<'static, str>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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

impl Reference {
    /// Its lines, with the file as it is to be shown.
    pub fn shown_as(&self, file: &str) -> String {
        place(file, self.line, self.through)
    }
}

/// Lines of a file: `a.log`, `a.log:7`, `a.log:7-9`.
pub fn place(file: &str, line: u64, through: u64) -> String {
    match (line, through) {
        (0, _) => file.to_owned(),
        _ if through <= line => format!("{file}:{line}"),
        _ => format!("{file}:{line}-{through}"),
    }
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

/// A run of a service: from a start-up line to a stop, a crash or the next start-up line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub struct ServiceRun {
    /// Its number in this report, in the order of the log. A session is named by its run and its own number.
    #[schemars(range(min = 1))]
    pub number: u64,
    /// The stream it was logged in.
    pub stream: Arc<str>,
    /// The service; null when the log does not name it.
    pub service: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its process id.
    pub pid: Option<String>,
    /// The start-up line; null when the log begins in the middle of the run.
    pub start: Option<Place>,
    /// The time of its first entry.
    pub first: Option<LogTime>,
    /// The time of its last entry.
    pub last: Option<LogTime>,
    /// Its entries.
    pub entries: u64,
    /// How it ended: by a signal to stop; by itself, because a poison record was read; without one of these, before
    /// another run; or not before the log does.
    pub end: RunEnd,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// By a signal to stop or to start anew (events, trap 10).
    Stopped,
    /// By itself, because a poison record was read.
    PoisonShutdown,
    /// Another run begins, and nothing says that this one was stopped.
    NotStopped,
    /// The log ends first.
    LogEnds,
}

impl RunEnd {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Stopped, Self::PoisonShutdown, Self::NotStopped, Self::LogEnds];

    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The words for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::PoisonShutdown => "shut itself down on a poison record",
            Self::NotStopped => "ended without a stop",
            Self::LogEnds => "running when the log ends",
        }
    }
}

/// A session of a run: a client's connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionRecord {
    /// The run, by number.
    pub run: u64,
    /// Its number in this run.
    pub session_id: String,
    /// Its client.
    pub client_id: Option<String>,
    /// Where the client connected from. The log names an address before it names the session: when several connections
    /// began at once, it is one of these.
    pub addresses: Vec<String>,
    /// The time of its first entry.
    pub first: Option<LogTime>,
    /// The time of its last entry; in an incident, of the last one up to the incident's end.
    pub last: Option<LogTime>,
    /// Its entries; in an incident, those of the incident.
    pub entries: u64,
}

/// Neighbouring lines without a seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Unsigned")]
pub struct UnsignedRange {
    /// The file.
    pub file: Arc<str>,
    /// The first line.
    pub line: u64,
    /// The last line.
    pub through: u64,
    /// How many of the lines are entries or other text; blank lines do not count.
    pub lines: u64,
    /// The time of the first entry among them.
    pub first: Option<LogTime>,
    /// The time of the last entry among them.
    pub last: Option<LogTime>,
}

/// A time, or a file, of which nothing is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// Why nothing is there.
    pub kind: GapKind,
    /// The time of the last entry before it.
    pub from: Option<LogTime>,
    /// The time of the first entry after it.
    pub to: Option<LogTime>,
    /// How long it is; 0 when a time is not known.
    pub seconds: u64,
    /// The last entry before it; for a missing file, the file.
    pub after: Option<Place>,
    /// The first entry after it.
    pub before: Option<Place>,
}

/// Why nothing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// The service ran and logged nothing for longer than usual.
    Silence,
    /// The service was stopped.
    Stopped,
    /// The service had shut itself down, because a poison record was read.
    PoisonShutdown,
    /// The service was down without having been stopped.
    NotStopped,
    /// A file is missing, or cannot be read to its end.
    FileUnread,
}

impl GapKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Silence, Self::Stopped, Self::PoisonShutdown, Self::NotStopped, Self::FileUnread];

    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The words for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Silence => "nothing logged",
            Self::Stopped => "service stopped",
            Self::PoisonShutdown => "service shut itself down on a poison record",
            Self::NotStopped => "service down without a stop",
            Self::FileUnread => "file not read",
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_name_a_file_a_line_or_several() {
        assert_eq!([place("a", 0, 0), place("a", 7, 7), place("a", 7, 9)], ["a", "a:7", "a:7-9"]);
    }
}
