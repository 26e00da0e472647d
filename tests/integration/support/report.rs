//! The JSON report as the tests understand it. Its types refuse unknown fields: a field that comes, goes or changes its
//! name is a change of the contract and must show up here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub schema: String,
    pub version: u32,
    pub tool: Tool,
    pub outcome: String,
    pub exit_code: u8,
    pub policy: String,
    pub default_policy_outcome: Option<String>,
    pub keys: Vec<Key>,
    pub streams: Vec<Stream>,
    pub files: Vec<File>,
    pub chains: Vec<Chain>,
    pub chains_omitted: u64,
    pub findings: Vec<Finding>,
    pub findings_omitted: u64,
    pub findings_by_code: BTreeMap<String, u64>,
    pub chain_counts: ChainCounts,
    pub not_shown: Vec<Limit>,
    pub account: Account,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub stream: Option<String>,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub fingerprint: String,
    pub source: String,
    pub chains: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    pub outcome: String,
    pub files: Vec<String>,
    pub proven: Vec<Range>,
    pub proven_omitted: u64,
    pub interleaved: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub path: String,
    pub stream: usize,
    pub formats: Vec<String>,
    pub wrapper: Option<String>,
    pub compression: Option<String>,
    pub bytes: u64,
    pub chains: u64,
    pub account: Account,
    pub worst: String,
    pub open_at_end: bool,
    pub unchanged_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    pub stream: usize,
    pub verdict: String,
    pub first: Place,
    pub last: Place,
    pub entries: u64,
    pub key: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub file: String,
    pub line: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub code: String,
    pub class: String,
    pub place: Option<Place>,
    pub through: Option<Place>,
    pub lines: u64,
    pub message: String,
    pub hint: Option<String>,
    pub expected: Option<String>,
    pub found: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainCounts {
    pub closed: u64,
    pub open_at_end: u64,
    pub unfinished: u64,
    pub headless: u64,
    pub broken: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    pub bytes: u64,
    pub lines: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub verified: Tally,
    pub remembered: Tally,
    pub repeated: Tally,
    pub unsigned: Tally,
    pub broken: Tally,
    pub unverifiable: Tally,
    pub unreadable: Tally,
    pub other: Tally,
    pub blank: Tally,
    /// Stated for the whole run only.
    #[serde(default)]
    pub total: Option<Tally>,
}

impl Account {
    /// The sum of the classes, computed here.
    pub fn sum(&self) -> Tally {
        [
            self.verified,
            self.remembered,
            self.repeated,
            self.unsigned,
            self.broken,
            self.unverifiable,
            self.unreadable,
            self.other,
            self.blank,
        ]
        .into_iter()
        .fold(Tally::default(), |sum, class| Tally { bytes: sum.bytes + class.bytes, lines: sum.lines + class.lines })
    }
}

impl Report {
    /// Every code that was found, whatever its class.
    pub fn codes(&self) -> BTreeSet<&str> {
        self.findings_by_code.keys().map(String::as_str).collect()
    }

    /// Holds it to a code.
    #[track_caller]
    pub fn shows(&self, code: &str) -> &Self {
        assert!(self.codes().contains(code), "{code} is not among {:?}", self.findings_by_code);
        self
    }

    /// The first finding of a code.
    #[track_caller]
    pub fn finding(&self, code: &str) -> &Finding {
        self.shows(code);
        self.findings.iter().find(|finding| finding.code == code).expect("counted findings of a short log are listed")
    }
}

/// One line of the jsonl form.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Record {
    Finding(Finding),
    Chain(Chain),
    File(File),
    Summary(Box<LastRecord>),
}

/// The last line of the jsonl form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRecord {
    pub schema: String,
    pub version: u32,
    pub tool: Tool,
    pub outcome: String,
    pub exit_code: u8,
    pub policy: String,
    pub default_policy_outcome: Option<String>,
    pub keys: Vec<Key>,
    pub streams: Vec<Stream>,
    /// Only counted here: each file has a record of its own.
    pub files: u64,
    pub findings_by_code: BTreeMap<String, u64>,
    pub chain_counts: ChainCounts,
    pub not_shown: Vec<Limit>,
    pub account: Account,
    pub warnings: Vec<String>,
}
