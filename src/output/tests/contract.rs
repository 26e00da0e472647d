//! The published contract of the json formats: real reports validate against the schemas and are read back by types
//! that tolerate no unknown field. The other formats are held to theirs in `formats`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::hostile::story_of;
use crate::entry::Format;
use crate::line::Wrapper;
use crate::output::{ReportFormat, ReportStyle, report_sink, schema};
use crate::source::Compression;
use crate::testing::output as sample;
use crate::testing::output::{Story, assert_closed, assert_described, assert_names, assert_valid};
use crate::verdict::code::{Code, Policy};

pub(super) fn written(story: &Story, format: ReportFormat) -> String {
    let mut out = Vec::new();
    let warnings = vec!["audit.key: can be read by everybody".to_owned()];
    story.tell(&mut *report_sink(&mut out, ReportStyle { format, warnings, ..ReportStyle::default() })).unwrap();
    String::from_utf8(out).unwrap()
}

fn stories() -> Vec<Story> {
    let mut bare = sample::intact();
    (bare.files, bare.chains) = (vec![], vec![]);
    (bare.summary.keys, bare.summary.streams) = (vec![], vec![]);
    vec![sample::intact(), sample::tampered(), story_of("\x1b]0;x\x07\u{9b}\n\u{202e}"), bare]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the types only prove that no field has an unknown name or type")]
struct Document {
    schema: String,
    version: u32,
    tool: Tool,
    outcome: String,
    exit_code: u8,
    policy: String,
    default_policy_outcome: Option<String>,
    warnings: Vec<String>,
    keys: Vec<BTreeMap<String, Value>>,
    not_shown: Vec<Limit>,
    account: BTreeMap<String, Tally>,
    chain_counts: BTreeMap<String, u64>,
    findings_by_code: BTreeMap<String, u64>,
    streams: Vec<BTreeMap<String, Value>>,
    files: Vec<BTreeMap<String, Value>>,
    chains: Vec<Chain>,
    chains_omitted: u64,
    findings: Vec<Finding>,
    findings_omitted: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "see Document")]
struct Limit {
    stream: Option<String>,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "see Document")]
struct Tool {
    name: String,
    version: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tally {
    bytes: u64,
    lines: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    file: String,
    line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "see Document")]
struct Chain {
    stream: usize,
    verdict: String,
    first: Place,
    last: Place,
    entries: u64,
    key: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "see Document")]
struct Finding {
    code: String,
    class: String,
    place: Option<Place>,
    through: Option<Place>,
    lines: u64,
    message: String,
    hint: Option<String>,
    expected: Option<String>,
    found: Option<String>,
}

#[test]
fn json_documents_keep_to_their_schema_and_are_read_back() {
    for story in stories() {
        let text = written(&story, ReportFormat::Json);
        assert_valid(&schema::verify(), &serde_json::from_str(&text).unwrap());
        let document: Document = serde_json::from_str(&text).unwrap();
        assert_eq!(document.exit_code, story.summary.exit_code);
        assert_eq!(document.findings.len(), story.findings.len());
        assert_eq!(document.warnings, ["audit.key: can be read by everybody"]);
        let (mut bytes, mut lines) = (0, 0);
        for (_, tally) in document.account.iter().filter(|(name, _)| *name != "total") {
            (bytes, lines) = (bytes + tally.bytes, lines + tally.lines);
        }
        let total = document.account["total"];
        assert_eq!((total.bytes, total.lines), (bytes, lines));
    }
}

#[test]
fn json_lists_findings_and_chains_by_place_whatever_order_they_came_in() {
    let document: Document = serde_json::from_str(&written(&sample::tampered(), ReportFormat::Json)).unwrap();
    let place = |place: &Place| format!("{}:{}", place.file, place.line);
    let findings: Vec<String> =
        document.findings.iter().map(|finding| finding.place.as_ref().map_or_else(String::new, place)).collect();
    let wanted = [
        "acra-server.log.1:1",
        "acra-server.log.1:412",
        "acra-server.log.1:413",
        "acra-server.log:1204",
        "acra-server.log.3.gz:0",
        "",
    ];
    assert_eq!(findings, wanted);
    let chains: Vec<String> = document.chains.iter().map(|chain| place(&chain.first)).collect();
    assert_eq!(
        chains,
        ["acra-server.log.2.gz:1", "acra-server.log.2.gz:403", "acra-server.log.1:7", "acra-server.log:1"]
    );
}

#[test]
fn json_stays_bounded_and_says_what_it_left_out() {
    let mut story = sample::intact();
    let note = sample::finding(Code::ChainsInterleaved, Some(sample::place("acra-server.log", 1)), "again");
    story.findings = vec![note; 100_003];
    story.findings.push(sample::finding(Code::ChainAltered, Some(sample::place("acra-server.log", 2)), "altered"));
    story.chains = vec![story.chains[0].clone(); 100_002];
    let document: Document = serde_json::from_str(&written(&story, ReportFormat::Json)).unwrap();
    assert_eq!((document.findings.len(), document.findings_omitted), (100_000, 4));
    assert_eq!((document.chains.len(), document.chains_omitted), (100_000, 2));
    assert_eq!(document.findings.last().unwrap().code, "chain-altered");
}

#[test]
fn jsonl_records_keep_to_their_schema_and_the_summary_comes_last() {
    let schema = schema::verify_line();
    for story in stories() {
        let text = written(&story, ReportFormat::Jsonl);
        let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        records.iter().for_each(|record| assert_valid(&schema, record));
        let count = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
        assert_eq!(count("finding"), story.findings.len());
        assert_eq!(count("chain"), story.chains.len());
        assert_eq!(count("file"), story.files.len());
        assert_eq!(count("summary"), 1);
        let last = records.last().unwrap();
        assert_eq!((&last["type"], &last["version"]), (&"summary".into(), &1.into()));
        assert_eq!(last["exit_code"], story.summary.exit_code);
    }
}

#[test]
fn schemas_know_every_code_and_leave_no_object_open() {
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let (document, line) = (schema::verify().to_value(), schema::verify_line().to_value());
    for (schema, counts_at) in [(&document, "/properties"), (&line, "/oneOf/3/properties")] {
        assert_eq!(schema["$defs"]["Code"]["enum"], serde_json::json!(names));
        let counts = schema.pointer(&format!("{counts_at}/findings_by_code/properties"));
        let counted = counts.and_then(Value::as_object).unwrap();
        assert!(counted.len() == names.len() && names.iter().all(|name| counted.contains_key(*name)));
        assert_closed(schema);
    }
    assert_described(&document, "");
}

#[test]
fn schemas_know_every_wrapper_compression_format_and_policy() {
    let compressions = [Compression::Gzip, Compression::Zstd].map(Compression::name);
    let formats = [Format::Plaintext, Format::Json, Format::Cef].map(Format::name);
    let policies = [Policy::Default, Policy::Strict, Policy::Acra].map(Policy::name);
    for schema in [schema::verify().to_value(), schema::verify_line().to_value()] {
        let words = &schema["$defs"];
        assert_names(&words["Wrapper"], &Wrapper::ALL.map(Wrapper::name));
        assert_names(&words["Compression"], &compressions);
        assert_names(&words["Format"], &formats);
        assert_names(&words["Policy"], &policies);
    }
}

#[test]
fn a_document_with_an_unknown_field_or_code_is_refused_by_the_schema() {
    let schema = schema::verify().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let genuine: Value = serde_json::from_str(&written(&sample::tampered(), ReportFormat::Json)).unwrap();
    let changes: [fn(&mut Value); 4] = [
        |document| document["extra"] = 1.into(),
        |document| document["findings"][0]["code"] = "no-such-code".into(),
        |document| document["chains"][0]["from"] = "yesterday".into(),
        |document| document["exit_code"] = 4.into(),
    ];
    for change in changes {
        let mut document = genuine.clone();
        change(&mut document);
        assert!(!validator.is_valid(&document), "{document:#}");
    }
}
