//! The json format: one versioned document per run, described by `verify.schema.json`. A stream of records is left to
//! `jsonl`.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::at_end::AtEnd;
use super::inert_json;
use crate::outcome::Outcome;
use crate::verdict::code::Code;
use crate::verdict::gather::{Limits, Sorted};
use crate::verdict::policy::Policy;
use crate::verdict::report::{
    Account, ChainCounts, ChainReport, FileReport, Finding, KeyReport, Limit, REPORT_VERSION, Sink, StreamReport,
    Summary, Tally,
};

/// The most findings a document lists; the rest is counted.
const FINDINGS_MAX: usize = 100_000;

/// The most chains a document lists; the rest is counted.
const CHAINS_MAX: usize = 100_000;

/// Writes the document when the run ends. `warnings` are about the run itself, for example about the rights of a key file.
pub(super) fn sink<W: Write>(out: W, warnings: Vec<String>) -> impl Sink {
    let limits = Limits { findings: FINDINGS_MAX, chains: CHAINS_MAX };
    AtEnd::new(out, limits, move |out: &mut W, summary: &Summary, sorted: &Sorted| {
        inert_json::write_pretty(out, &Document::new(summary, sorted, &warnings))
    })
}

/// Who wrote a document.
#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
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

/// The answer as both json formats give it.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    outcome: Outcome,
    exit_code: u8,
    policy: Policy,
    default_policy_outcome: Option<Outcome>,
    warnings: &'a [String],
    keys: &'a [KeyReport],
    not_shown: &'a [Limit],
    account: AccountWithTotal<'a>,
    chain_counts: &'a ChainCounts,
    findings_by_code: &'a BTreeMap<Code, u64>,
    streams: &'a [StreamReport],
}

impl<'a> Answer<'a> {
    pub(super) fn new(schema: &'static str, summary: &'a Summary, warnings: &'a [String]) -> Self {
        Self {
            schema,
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

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    files: &'a [FileReport],
    chains: &'a [ChainReport],
    chains_omitted: u64,
    findings: &'a [Finding],
    findings_omitted: u64,
}

impl<'a> Document<'a> {
    fn new(summary: &'a Summary, sorted: &'a Sorted, warnings: &'a [String]) -> Self {
        Self {
            answer: Answer::new("acralog-verify", summary, warnings),
            files: &sorted.files,
            chains: &sorted.chains,
            chains_omitted: sorted.chains_omitted,
            findings: &sorted.findings,
            findings_omitted: sorted.findings_omitted,
        }
    }
}
