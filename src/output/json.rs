//! The json format, one versioned document per run, and the jsonl format, one record per line as it comes and the summary
//! last. Both are described by `acralog schema`; nothing of jsonl is kept, so nothing of it is omitted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::escape;
use super::sink::AtEnd;
use crate::outcome::Outcome;
use crate::verdict::code::{Code, Policy};
use crate::verdict::report::{
    Account, ChainCounts, ChainReport, FileReport, Finding, GatheringLimits, KeyReport, Limit, REPORT_VERSION, Sink,
    Sorted, StreamReport, Summary, Tally,
};
use crate::verifier::Report;

/// The most findings a document lists; the rest is counted.
const FINDINGS_MAX: usize = 100_000;

/// The most chains a document lists; the rest is counted.
const CHAINS_MAX: usize = 100_000;

/// Writes the document when the run ends. `warnings` are about the run itself, for example about the rights of a key file.
pub(super) fn sink<W: Write>(out: W, warnings: Vec<String>) -> impl Sink {
    let limits = GatheringLimits { findings: FINDINGS_MAX, chains: CHAINS_MAX };
    AtEnd::new(out, limits, move |out: &mut W, summary: &Summary, sorted: &Sorted| {
        escape::write_json(out, &VerifyDocument::new(summary, sorted, &warnings))
    })
}

/// Who wrote this.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    /// The name of the program.
    #[schemars(extend("const" = "acralog"))]
    pub(super) name: &'static str,
    /// The version of the program.
    pub(super) version: &'static str,
}

impl Tool {
    pub(super) const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// Every byte of the input, by what can be said about it.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccountWithTotal<'a> {
    #[serde(flatten)]
    classes: &'a Account,
    /// The sum of the classes.
    total: Tally,
}

impl<'a> AccountWithTotal<'a> {
    pub(super) fn new(classes: &'a Account) -> Self {
        Self { classes, total: classes.total() }
    }
}

/// The answer as both json formats give it.
#[derive(Serialize, JsonSchema)]
pub(super) struct VerifyAnswer<'a> {
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = REPORT_VERSION))]
    version: u32,
    tool: Tool,
    outcome: Outcome,
    /// 0 intact, 1 tampered, 2 undecided, 3 incomplete.
    #[schemars(range(max = 3))]
    exit_code: u8,
    policy: Policy,
    /// What the default policy would have said, when that is worse.
    default_policy_outcome: Option<Outcome>,
    /// About the run itself, for example the rights of a key file.
    warnings: &'a [String],
    /// The keys of the run.
    keys: &'a [KeyReport],
    /// What this answer does not cover, for people.
    not_shown: &'a [Limit],
    account: AccountWithTotal<'a>,
    chain_counts: &'a ChainCounts,
    /// How often each code was found; complete, codes not found are left out.
    #[schemars(schema_with = "counts_by_code")]
    findings_by_code: &'a BTreeMap<Code, u64>,
    /// The streams of the run.
    streams: &'a [StreamReport],
}

/// How often each code may have been found.
fn counts_by_code(_: &mut SchemaGenerator) -> Schema {
    let count = |code: &Code| json_schema!({"description": code.meaning(), "type": "integer", "minimum": 1});
    let counts: BTreeMap<&str, Schema> = Code::ALL.iter().map(|code| (code.name(), count(code))).collect();
    json_schema!({"type": "object", "properties": counts})
}

impl<'a> VerifyAnswer<'a> {
    fn new(summary: &'a Summary, warnings: &'a [String]) -> Self {
        Self {
            version: REPORT_VERSION,
            tool: Tool::THIS,
            outcome: summary.outcome,
            exit_code: summary.exit_code,
            policy: summary.policy,
            default_policy_outcome: summary.default_policy_outcome,
            warnings,
            keys: &summary.keys,
            not_shown: &summary.not_shown,
            account: AccountWithTotal::new(&summary.account),
            chain_counts: &summary.chains,
            findings_by_code: &summary.findings_by_code,
            streams: &summary.streams,
        }
    }
}

/// The answer of one run.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog verify --output-format json")]
pub(super) struct VerifyDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-verify"))]
    schema: &'static str,
    #[serde(flatten)]
    answer: VerifyAnswer<'a>,
    /// The files read, in reading order.
    files: &'a [FileReport],
    /// By place.
    #[schemars(length(max = CHAINS_MAX))]
    chains: &'a [ChainReport],
    /// Chains beyond the limit.
    chains_omitted: u64,
    /// By place; the heaviest when there are too many.
    #[schemars(length(max = FINDINGS_MAX))]
    findings: &'a [Finding],
    /// Findings beyond the limit.
    findings_omitted: u64,
}

impl<'a> VerifyDocument<'a> {
    fn new(summary: &'a Summary, sorted: &'a Sorted, warnings: &'a [String]) -> Self {
        Self {
            schema: "acralog-verify",
            answer: VerifyAnswer::new(summary, warnings),
            files: &sorted.files,
            chains: &sorted.chains,
            chains_omitted: sorted.chains_omitted,
            findings: &sorted.findings,
            findings_omitted: sorted.findings_omitted,
        }
    }
}

impl Report {
    /// Writes the report as `acralog verify --output-format json` does.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let document = VerifyDocument {
            schema: "acralog-verify",
            answer: VerifyAnswer::new(&self.summary, &[]),
            files: &self.files,
            chains: &self.chains,
            chains_omitted: self.chains_omitted,
            findings: &self.findings,
            findings_omitted: self.findings_omitted,
        };
        escape::write_json(out, &document)
    }
}

pub(super) struct Jsonl<W> {
    out: W,
    warnings: Vec<String>,
}

impl<W: Write> Jsonl<W> {
    /// `warnings` are about the run itself; they stand in the summary.
    pub(super) fn new(out: W, warnings: Vec<String>) -> Self {
        Self { out, warnings }
    }
}

impl<W: Write> Sink for Jsonl<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        escape::write_json_line(&mut self.out, &VerifyRecord::Finding { finding: &finding })
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        escape::write_json_line(&mut self.out, &VerifyRecord::Chain { chain: &chain })
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        for file in &files {
            escape::write_json_line(&mut self.out, &VerifyRecord::File { file })?;
        }
        // A reader at the other end of a pipe sees a stream as soon as it is done.
        self.out.flush()
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let answer = Box::new(VerifyAnswer::new(&summary, &self.warnings));
        let record = VerifyRecord::Summary { schema: "acralog-verify-line", answer, files: summary.files };
        escape::write_json_line(&mut self.out, &record)?;
        self.out.flush()
    }
}

/// One line of the stream.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[schemars(title = "acralog verify --output-format jsonl")]
pub(super) enum VerifyRecord<'a> {
    /// Something worth saying about a place in a log.
    Finding {
        #[serde(flatten)]
        finding: &'a Finding,
    },
    /// One chain.
    Chain {
        #[serde(flatten)]
        chain: &'a ChainReport,
    },
    /// One file of the input.
    File {
        #[serde(flatten)]
        file: &'a FileReport,
    },
    /// The answer; the last record.
    Summary {
        /// What this stream is.
        #[schemars(extend("const" = "acralog-verify-line"))]
        schema: &'static str,
        #[serde(flatten)]
        answer: Box<VerifyAnswer<'a>>,
        /// Files read.
        files: u64,
    },
}
