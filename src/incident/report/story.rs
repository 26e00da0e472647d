//! What the log tells beside its incidents: runs, sessions, stretches without seals, gaps.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::entry::LogTime;
use crate::line::Place;

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
