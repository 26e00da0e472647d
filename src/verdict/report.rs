//! What `verify` says, as data: one set of types behind every output format. How it comes about is left to `judge`.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::code::{Class, Code};
use super::policy::Policy;
use crate::entry::{Format, LogTime};
use crate::line::Place;
use crate::outcome::Outcome;

/// Version of the report's JSON form; raised when a field changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// Something worth saying about a place in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its stable name.
    pub code: Code,
    /// How much it weighs under the policy of the run.
    pub class: Class,
    /// The first line concerned; null when it concerns a whole stream or run.
    pub place: Option<Place>,
    /// The last line concerned, when it is not the first one; may stand in a later file of the stream.
    pub through: Option<Place>,
    /// How many lines are concerned; 0 when it does not concern lines.
    pub lines: u64,
    /// What happened, for people: lower case, no full stop. May hold text of the log: escape it on output.
    pub message: String,
    /// What to do, for people.
    pub hint: Option<String>,
    /// First two bytes of the seal the chain demands, in hex. Never more: a whole one would let a forger finish a line.
    #[schemars(regex(pattern = "^[0-9a-f]{4}$"))]
    pub expected: Option<String>,
    /// First two bytes of the seal that stands in the log, in hex.
    #[schemars(regex(pattern = "^[0-9a-f]{4}$"))]
    pub found: Option<String>,
}

/// How a chain ended, as far as this stream shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ChainVerdict {
    /// Verified from its start to its end.
    Closed,
    /// Verified from its start; no end yet, and nothing after it.
    OpenAtEnd,
    /// Verified from its start; no end, and another chain begins.
    Unfinished,
    /// Its start is not here: nothing of it can be verified.
    Headless,
    /// Verified up to a place where it breaks.
    Broken,
}

impl ChainVerdict {
    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChainReport {
    /// Index into streams.
    pub stream: usize,
    /// How the chain ended, as far as its stream shows.
    pub verdict: ChainVerdict,
    /// Its first entry.
    pub first: Place,
    /// Its last verified entry; of a headless chain its last line.
    pub last: Place,
    /// Verified entries.
    pub entries: u64,
    /// Fingerprint of the key that verified it.
    pub key: Option<String>,
    /// Time of the first verified entry.
    pub from: Option<LogTime>,
    /// Time of the last verified entry.
    pub to: Option<LogTime>,
}

/// Lines and bytes of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Bytes of the decompressed input.
    pub bytes: u64,
    /// Lines; an entry that a wrapper split counts once.
    pub lines: u64,
}

impl Tally {
    /// Counts one more line.
    pub fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.lines += 1;
    }

    /// Counts the lines of another tally.
    pub fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
    }
}

/// Every byte of the input, by what can be said about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// Signed entries whose seal is right.
    pub verified: Tally,
    /// Entries that stand there once more, byte for byte, after they verified.
    pub repeated: Tally,
    /// Lines without a seal.
    pub unsigned: Tally,
    /// Sealed lines whose seal is wrong, malformed or out of place.
    pub broken: Tally,
    /// Sealed lines that could not be checked: after a break, before the first start, with the wrong key.
    pub unverifiable: Tally,
    /// Lines that were too long, records without a text, and bytes that did not come out as lines.
    pub unreadable: Tally,
    /// Lines without a seal that another output or another process wrote, as their wrapper says.
    pub other: Tally,
    /// Empty lines.
    pub blank: Tally,
}

impl Account {
    /// The sum over all classes.
    pub fn total(&self) -> Tally {
        let mut sum = Tally::default();
        for (_, tally) in self.classes() {
            sum.merge(tally);
        }
        sum
    }

    /// The classes with the words the reports print, in their order.
    pub fn classes(&self) -> [(&'static str, Tally); 8] {
        [
            ("verified", self.verified),
            ("repeated", self.repeated),
            ("unsigned", self.unsigned),
            ("broken", self.broken),
            ("not verifiable", self.unverifiable),
            ("unreadable", self.unreadable),
            ("of others", self.other),
            ("blank", self.blank),
        ]
    }

    /// Adds another account.
    pub fn merge(&mut self, other: &Self) {
        self.verified.merge(other.verified);
        self.repeated.merge(other.repeated);
        self.unsigned.merge(other.unsigned);
        self.broken.merge(other.broken);
        self.unverifiable.merge(other.unverifiable);
        self.unreadable.merge(other.unreadable);
        self.other.merge(other.other);
        self.blank.merge(other.blank);
    }
}

/// One file of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileReport {
    /// The path as it was given or found.
    pub path: Arc<str>,
    /// Index into streams.
    pub stream: usize,
    /// The formats of its entries, in order of appearance; more than one when the service was reconfigured.
    pub formats: Vec<Format>,
    /// What its lines were wrapped in.
    #[schemars(with = "Option<crate::line::Wrapper>")]
    pub wrapper: Option<&'static str>,
    /// How it is compressed.
    #[schemars(with = "Option<crate::source::Compression>")]
    pub compression: Option<&'static str>,
    /// Bytes after decompression, counted where they were read.
    pub bytes: u64,
    /// Chains that begin in it.
    pub chains: u64,
    /// Every byte of it.
    pub account: Account,
    /// The worst finding that stands in it; note when there is none.
    pub worst: Class,
    /// Whether a chain that is verified so far is still open at the end of this file, the last one of its stream.
    pub open_at_end: bool,
}

/// A stretch of the log's own time within which every signed entry verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProvenRange {
    /// Time of the first verified entry.
    pub from: LogTime,
    /// Time of the last verified entry.
    pub to: LogTime,
}

/// Files read as one: a live log and its rotated predecessors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamReport {
    /// The live log, the only file, what --stream-by found, or the name in the inventory.
    pub name: Arc<str>,
    /// The answer about this log alone.
    pub outcome: Outcome,
    /// Its files, oldest first.
    pub files: Vec<Arc<str>>,
    /// What is proven, in the order of the log.
    pub proven: Vec<ProvenRange>,
    /// Ranges left out.
    pub proven_omitted: u64,
    /// Whether several instances wrote into it.
    pub interleaved: bool,
}

/// A key and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyReport {
    /// Names the key without revealing it.
    pub fingerprint: String,
    /// Where it came from.
    pub source: String,
    /// Chains it verified, wholly or in part.
    pub chains: u64,
}

/// Chains by verdict; complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChainCounts {
    /// Verified from start to end.
    pub closed: u64,
    /// Verified, still open at the end.
    pub open_at_end: u64,
    /// Verified, without an end.
    pub unfinished: u64,
    /// Without a start.
    pub headless: u64,
    /// Verified up to a place where they break.
    pub broken: u64,
}

/// Something the answer does not cover, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Limit {
    /// The log it concerns, by the name of its stream; null when it concerns the run.
    pub stream: Option<Arc<str>>,
    /// What is not shown: lower case, no full stop.
    pub what: String,
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stream {
            Some(stream) => write!(out, "{stream}: {}", self.what),
            None => out.write_str(&self.what),
        }
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The answer itself.
    pub outcome: Outcome,
    /// Its exit code.
    pub exit_code: u8,
    /// The policy of this run.
    pub policy: Policy,
    /// What the default policy would have said, when that is worse.
    pub default_policy_outcome: Option<Outcome>,
    /// The keys of this run.
    pub keys: Vec<KeyReport>,
    /// The streams of this run.
    pub streams: Vec<StreamReport>,
    /// Chains by verdict.
    pub chains: ChainCounts,
    /// How often each code was found (complete, whatever was omitted elsewhere).
    pub findings_by_code: BTreeMap<Code, u64>,
    /// What this answer does not cover, for people.
    pub not_shown: Vec<Limit>,
    /// Every byte of the input.
    pub account: Account,
    /// Files read.
    pub files: u64,
}

/// Takes the answer as it comes about, in the order of the log. Only `output` implements it for people and machines.
pub trait Sink {
    /// A stream begins: what is found from here on concerns it, until its files are told.
    ///
    /// # Errors
    /// None, unless something is written already.
    fn begin_stream(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// A finding. Findings of one stream come in the order in which they were decided, not sorted by place.
    fn finding(&mut self, finding: Finding) -> io::Result<()>;
    /// The input has nothing more at once: what was told so far is to be shown, where it can be.
    fn pause(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// A chain is finished.
    fn chain(&mut self, chain: ChainReport) -> io::Result<()>;
    /// A stream was read; its files, oldest first. All findings and chains of these files came before.
    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()>;
    /// The end: nothing comes after it.
    fn finish(&mut self, summary: Summary) -> io::Result<()>;
}
