//! The json format: one versioned document per run, described by `verify.schema.json`. A stream of records is left to
//! `jsonl`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::gather::{Gathered, Sorted};
use super::inert_json;
use crate::outcome::Outcome;
use crate::verdict::code::Code;
use crate::verdict::policy::Policy;
use crate::verdict::report::{
    Account, ChainCounts, ChainReport, FileReport, Finding, KeyReport, REPORT_VERSION, Sink, StreamReport, Summary,
    Tally,
};

/// The most findings a document lists; the rest is counted.
const FINDINGS_MAX: usize = 100_000;

/// Writes the document when the run ends.
pub struct Json<W> {
    out: W,
    warnings: Vec<String>,
    gathered: Gathered,
}

impl<W: Write> Json<W> {
    /// `warnings` are about the run itself, for example about the rights of a key file.
    pub fn new(out: W, warnings: Vec<String>) -> Self {
        Self { out, warnings, gathered: Gathered::with_room_for(FINDINGS_MAX) }
    }
}

impl<W: Write> Sink for Json<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.gathered.finding(finding);
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.gathered.chain(chain);
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.gathered.files(files);
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let sorted = self.gathered.take_sorted();
        inert_json::write_pretty(&mut self.out, &Document::new(&summary, &sorted, &self.warnings))?;
        self.out.flush()
    }
}

/// Who wrote a document.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// An account with its sum, so that a reader can check it.
#[derive(Serialize)]
pub(super) struct AccountWithTotal<'a> {
    #[serde(flatten)]
    classes: &'a Account,
    total: Tally,
}

impl<'a> AccountWithTotal<'a> {
    pub(super) fn new(classes: &'a Account) -> Self {
        Self { classes, total: classes.total() }
    }
}

#[derive(Serialize)]
struct Document<'a> {
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
    files: &'a [FileReport],
    chains: &'a [ChainReport],
    chains_omitted: u64,
    findings: &'a [Finding],
    findings_omitted: u64,
}

impl<'a> Document<'a> {
    fn new(summary: &'a Summary, sorted: &'a Sorted, warnings: &'a [String]) -> Self {
        Self {
            schema: "acralog-verify",
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
            files: &sorted.files,
            chains: &sorted.chains,
            chains_omitted: sorted.chains_omitted,
            findings: &sorted.findings,
            findings_omitted: sorted.findings_omitted,
        }
    }
}
