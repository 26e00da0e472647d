//! The jsonl format: one record per line as it comes, the summary last; described by `verify-line.schema.json`. Nothing
//! is kept, so nothing is omitted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::inert_json;
use super::json::{AccountWithTotal, Tool};
use crate::outcome::Outcome;
use crate::verdict::code::Code;
use crate::verdict::policy::Policy;
use crate::verdict::report::{
    ChainCounts, ChainReport, FileReport, Finding, KeyReport, REPORT_VERSION, Sink, StreamReport, Summary,
};

/// Writes records as they come.
pub struct Jsonl<W> {
    out: W,
    warnings: Vec<String>,
}

impl<W: Write> Jsonl<W> {
    /// `warnings` are about the run itself; they stand in the summary.
    pub fn new(out: W, warnings: Vec<String>) -> Self {
        Self { out, warnings }
    }
}

impl<W: Write> Sink for Jsonl<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        inert_json::write_line(&mut self.out, &Record::Finding(&finding))
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        inert_json::write_line(&mut self.out, &Record::Chain(&chain))
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        for file in &files {
            inert_json::write_line(&mut self.out, &Record::File(file))?;
        }
        // A reader at the other end of a pipe sees a stream as soon as it is done.
        self.out.flush()
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let record = Record::Summary(Box::new(SummaryRecord::new(&summary, &self.warnings)));
        inert_json::write_line(&mut self.out, &record)?;
        self.out.flush()
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'a> {
    Finding(&'a Finding),
    Chain(&'a ChainReport),
    File(&'a FileReport),
    Summary(Box<SummaryRecord<'a>>),
}

#[derive(Serialize)]
struct SummaryRecord<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    outcome: Outcome,
    exit_code: u8,
    policy: Policy,
    default_policy_outcome: Option<Outcome>,
    warnings: &'a [String],
    keys: &'a [KeyReport],
    not_shown: &'a [String],
    account: AccountWithTotal<'a>,
    chain_counts: &'a ChainCounts,
    findings_by_code: &'a BTreeMap<Code, u64>,
    streams: &'a [StreamReport],
    files: u64,
}

impl<'a> SummaryRecord<'a> {
    fn new(summary: &'a Summary, warnings: &'a [String]) -> Self {
        Self {
            schema: "acralog-verify-line",
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
            files: summary.files,
        }
    }
}
