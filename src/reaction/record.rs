//! What the journal of alarms holds: one fact a line, behind its checksum. What the facts mean together is left to `deliveries`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::UnixTime;
use crate::watch::{Alarm, AlarmId, AlarmState};

/// The first line says so; another layout has another number.
pub const VERSION: u32 = 1;

/// The digits of a checksum, and the blank behind it.
const CHECKSUM_BYTES: usize = 9;

/// A fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum JournalEntry {
    /// Which layout the lines have.
    Version(u32),
    /// What was in the logs before anybody watched them has been read.
    CaughtUp,
    /// An alarm changed. `joins` are the reactions that are for it from now on.
    Alarm { at: UnixTime, alarm: Arc<Alarm>, joins: Vec<Arc<str>> },
    /// A notification is to be attempted; until its end everything about it stays as it is.
    Begin(Begin),
    /// A notification came to its end.
    End { at: UnixTime, reaction: Arc<str>, purpose: Purpose, result: NotificationResult },
    /// A reaction has no more to do with an alarm.
    Left { reaction: Arc<str>, id: AlarmId },
    /// A reaction is too far behind to tell of an alarm.
    Held { reaction: Arc<str>, id: AlarmId },
    /// There is no room for an alarm: it counts as over.
    Forgotten { at: UnixTime, id: AlarmId },
    /// A reaction is gone from the configuration.
    Retired { reaction: Arc<str> },
    /// An alarm that is over, of which no more is known.
    Known { at: UnixTime, id: AlarmId },
    /// How far a reaction is with an alarm.
    Delivery { reaction: Arc<str>, id: AlarmId, delivery: Delivery },
    /// How far a reaction is.
    Standing { reaction: Arc<str>, withheld: u64, told_at: Vec<UnixTime> },
}

/// What a notification is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// It tells of alarms.
    Tell,
    /// It undoes what was done about one.
    Undo,
}

/// A notification that is to be attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// When it was first due.
    pub at: UnixTime,
    pub reaction: Arc<str>,
    pub purpose: Purpose,
    /// The same for every attempt.
    pub key: String,
    /// What it tells, the oldest change first.
    pub tells: Vec<ToldAlarm>,
    /// How many changes it does not tell one by one.
    pub withheld: u64,
    /// The alarms among these that were not counted before.
    pub held: Vec<AlarmId>,
}

/// An alarm in a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldAlarm {
    pub id: AlarmId,
    /// As what it is told.
    pub state: AlarmState,
}

/// How far a reaction is with an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// When it was told last; until then, when it began to be one for the reaction.
    pub at: UnixTime,
    /// How often it was told.
    pub told: u32,
    /// As what it was told last.
    pub state: Option<AlarmState>,
    /// How often it had happened by then.
    pub count: u64,
    /// How many entries it had by then.
    pub entries: u64,
    /// It is told as a number only.
    pub held: bool,
    /// What was done about it is undone.
    pub undone: bool,
}

impl Delivery {
    /// One that begins.
    pub fn starting(at: UnixTime) -> Self {
        Self { at, told: 0, state: None, count: 0, entries: 0, held: false, undone: false }
    }
}

/// How a notification ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationResult {
    /// The target has it.
    Delivered,
    /// The target will never take it.
    Refused,
    /// It was attempted for as long as the configuration says.
    GivenUp,
    /// It was only said what would be done.
    DryRun,
}

/// Why a line is no fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedEntry;

impl fmt::Display for DamagedEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the line is not as it was written")
    }
}

impl JournalEntry {
    /// Appends its line.
    ///
    /// # Errors
    /// None that is known: everything in it has a form in JSON.
    pub fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let start = out.len();
        out.extend_from_slice(&[b' '; CHECKSUM_BYTES]);
        let written = serde_json::to_writer(&mut *out, self);
        if written.is_err() {
            out.truncate(start);
            return written;
        }
        let checksum = format!("{:08x}", crc32fast::hash(&out[start + CHECKSUM_BYTES..]));
        out[start..start + CHECKSUM_BYTES - 1].copy_from_slice(checksum.as_bytes());
        out.push(b'\n');
        Ok(())
    }

    /// Reads a line, its end included.
    ///
    /// # Errors
    /// When it is not as it was written.
    pub fn read(line: &[u8]) -> Result<Self, DamagedEntry> {
        let line = line.strip_suffix(b"\n").ok_or(DamagedEntry)?;
        let (checksum, json) = line.split_at_checked(CHECKSUM_BYTES).ok_or(DamagedEntry)?;
        if checksum != format!("{:08x} ", crc32fast::hash(json)).as_bytes() {
            return Err(DamagedEntry);
        }
        serde_json::from_slice(json).map_err(|_| DamagedEntry)
    }
}
