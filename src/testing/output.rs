//! Made-up answers for the tests of the formats, one intact and one with everything in it, and what a published schema is
//! held to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;

use schemars::Schema;
use serde_json::Value;

use crate::entry::{Format, LogTime};
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::{Class, Code, Policy};
use crate::verdict::report::{
    Account, ChainCounts, ChainReport, ChainVerdict, FileReport, Finding, KeyReport, Limit, ProvenRange, Sink,
    StreamReport, Summary, Tally,
};

/// Everything a sink is told, stream by stream.
pub(crate) struct Story {
    pub(crate) findings: Vec<Finding>,
    pub(crate) chains: Vec<ChainReport>,
    pub(crate) files: Vec<FileReport>,
    pub(crate) summary: Summary,
}

impl Story {
    /// Tells it to a sink.
    pub(crate) fn tell(&self, sink: &mut dyn Sink) -> io::Result<()> {
        sink.begin_stream()?;
        self.findings.iter().try_for_each(|finding| sink.finding(finding.clone()))?;
        self.chains.iter().try_for_each(|chain| sink.chain(chain.clone()))?;
        sink.files(self.files.clone())?;
        sink.finish(self.summary.clone())
    }
}

/// A pipe nobody reads any more.
pub(crate) struct ClosedPipe;

impl Write for ClosedPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

pub(crate) fn place(file: &str, line: u64) -> Place {
    Place { file: file.into(), line }
}

/// A moment on 2025-03-14.
fn at(hour: i64, minute: i64, second: i64) -> LogTime {
    LogTime { unix_ms: (1_741_910_400 + hour * 3600 + minute * 60 + second) * 1000 }
}

fn tally(bytes: u64, lines: u64) -> Tally {
    Tally { bytes, lines }
}

/// A verified file of one chain.
pub(crate) fn file(path: &str) -> FileReport {
    let account = Account { verified: tally(120_400, 1_204), ..Account::default() };
    FileReport {
        path: path.into(),
        stream: 0,
        formats: vec![Format::Json],
        wrapper: None,
        compression: None,
        bytes: account.total().bytes,
        chains: 1,
        account,
        worst: Class::Note,
        open_at_end: false,
        unchanged_by: None,
    }
}

pub(crate) fn finding(code: Code, place: Option<Place>, message: &str) -> Finding {
    Finding {
        code,
        class: code.class(Policy::Default),
        place,
        through: None,
        lines: 1,
        message: message.to_owned(),
        hint: None,
        expected: None,
        found: None,
    }
}

pub(crate) fn chain(verdict: ChainVerdict, first: Place, last: Place, entries: u64) -> ChainReport {
    let key = Some("1f0c7a2b90d3e4c5".to_owned());
    ChainReport { stream: 0, verdict, first, last, entries, key, from: Some(at(0, 0, 2)), to: Some(at(3, 12, 44)) }
}

pub(crate) fn summary(outcome: Outcome, files: &[FileReport], findings: &[Finding]) -> Summary {
    let mut account = Account::default();
    files.iter().for_each(|file| account.merge(&file.account));
    let mut findings_by_code = BTreeMap::new();
    findings.iter().for_each(|finding| *findings_by_code.entry(finding.code).or_default() += 1);
    Summary {
        outcome,
        exit_code: outcome.code(),
        policy: Policy::Default,
        default_policy_outcome: None,
        keys: vec![KeyReport {
            fingerprint: "1f0c7a2b90d3e4c5".to_owned(),
            source: "--key-file audit.key".to_owned(),
            chains: 5,
        }],
        streams: vec![StreamReport {
            name: "acra-server.log".into(),
            outcome,
            files: files.iter().map(|file| Arc::clone(&file.path)).collect(),
            proven: vec![ProvenRange { from: at(0, 0, 2), to: at(10, 16, 58) }],
            proven_omitted: 0,
            interleaved: false,
        }],
        chains: ChainCounts { closed: 4, open_at_end: 1, ..ChainCounts::default() },
        findings_by_code,
        not_shown: vec![limit("whether a whole chain was removed: there is no record of earlier runs")],
        account,
        files: files.len() as u64,
    }
}

/// One file, one closed chain, nothing to say.
pub(crate) fn intact() -> Story {
    let files = vec![file("acra-server.log")];
    let chains = vec![chain(ChainVerdict::Closed, place("acra-server.log", 1), place("acra-server.log", 1204), 1204)];
    Story { findings: vec![], chains, summary: summary(Outcome::Intact, &files, &[]), files }
}

/// A rotated set with an altered line, a warning, a note, an omitted seal, and something about the whole run.
pub(crate) fn tampered() -> Story {
    let (files, findings) = (rotated_set(), findings_of_the_set());
    let (first, middle, live) = ("acra-server.log.2.gz", "acra-server.log.1", "acra-server.log");
    let chains = vec![
        chain(ChainVerdict::OpenAtEnd, place(live, 1), place(live, 1204), 1204),
        chain(ChainVerdict::Broken, place(middle, 7), place(middle, 411), 405),
        chain(ChainVerdict::Closed, place(first, 1), place(first, 402), 402),
        ChainReport {
            key: None,
            from: None,
            to: None,
            ..chain(ChainVerdict::Headless, place(first, 403), place(middle, 2), 0)
        },
    ];
    let mut summary = summary(Outcome::Tampered, &files, &findings);
    summary.policy = Policy::Acra;
    summary.default_policy_outcome = Some(Outcome::Tampered);
    summary.streams[0].proven = vec![
        ProvenRange { from: at(0, 0, 2), to: at(3, 12, 44) },
        ProvenRange { from: at(4, 0, 1), to: at(10, 16, 58) },
    ];
    summary.not_shown.insert(0, limit("entries after the last one here: its chain is open"));
    Story { findings, chains, files, summary }
}

fn rotated_set() -> Vec<FileReport> {
    vec![
        FileReport { compression: Some("gzip"), wrapper: Some("docker"), chains: 3, ..file("acra-server.log.2.gz") },
        FileReport {
            bytes: 87_100,
            account: Account {
                verified: tally(40_488, 411),
                broken: tally(230, 1),
                unverifiable: tally(45_770, 459),
                unsigned: tally(612, 6),
                ..Account::default()
            },
            worst: Class::Tampered,
            ..file("acra-server.log.1")
        },
        FileReport { worst: Class::Warning, open_at_end: true, ..file("acra-server.log") },
    ]
}

/// Out of order on purpose: the formats sort.
fn findings_of_the_set() -> Vec<Finding> {
    let (middle, live) = ("acra-server.log.1", "acra-server.log");
    vec![
        Finding {
            through: Some(place(middle, 871)),
            lines: 459,
            ..finding(
                Code::EntriesUnreachable,
                Some(place(middle, 413)),
                "not verifiable: the chain state is lost at line 412",
            )
        },
        Finding {
            expected: Some("5e1c".to_owned()),
            found: Some("91ab".to_owned()),
            hint: Some("compare line 412 with a copy of the log that was shipped elsewhere".to_owned()),
            ..finding(Code::ChainAltered, Some(place(middle, 412)), "altered, or entries before it removed")
        },
        finding(Code::ChainOpenAtEnd, Some(place(live, 1204)), "the chain has no end yet"),
        Finding {
            through: Some(place(middle, 6)),
            lines: 6,
            ..finding(
                Code::LinesUnsignedBetweenChains,
                Some(place(middle, 1)),
                "6 lines without a seal before the chain",
            )
        },
        finding(Code::FileMissing, Some(place("acra-server.log.3.gz", 0)), "named in the list, but not there"),
        finding(Code::ChainsInterleaved, None, "two instances write into acra-server.log"),
    ]
}

/// Something that is not shown of the run's only stream.
fn limit(what: &str) -> Limit {
    Limit { stream: Some("acra-server.log".into()), what: what.to_owned() }
}

pub(crate) fn assert_valid(schema: &Schema, document: &Value) {
    jsonschema::meta::validate(schema.as_value()).unwrap();
    let validator = jsonschema::draft202012::new(schema.as_value()).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

/// The schema, or a part of it, allows these words and no others.
#[track_caller]
pub(crate) fn assert_names(schema: &Value, names: &[&str]) {
    let parts = [&schema["enum"], &schema["anyOf"][0]["enum"], &schema["items"]["enum"]];
    let words = parts.into_iter().find_map(Value::as_array).unwrap_or_else(|| panic!("no words in {schema:#}"));
    let words: BTreeSet<&str> = words.iter().filter_map(Value::as_str).collect();
    assert_eq!(words, names.iter().copied().collect());
}

pub(crate) fn assert_closed(schema: &Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "object") {
                assert_eq!(fields.get("additionalProperties"), Some(&Value::Bool(false)), "{schema:#}");
            }
            fields.values().for_each(assert_closed);
        }
        Value::Array(items) => items.iter().for_each(assert_closed),
        _ => {}
    }
}

/// Every property says what it is.
pub(crate) fn assert_described(schema: &Value, path: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, field) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let described = field["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(described || field["$ref"].is_string(), "{path}/{name} is not described");
            }
            fields.iter().for_each(|(name, field)| assert_described(field, &format!("{path}/{name}")));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_described(item, path)),
        _ => {}
    }
}
