//! The box on top: whether the log can be trusted, and what exactly is proven.

use super::{Block, ChartKind, Fact, FactRole};
use crate::incident::report::Verification;
use crate::output::incident_report::phrase::{Emphasis, Phrase, joined, number, ours, theirs};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{and_more, verdict};
use crate::verdict::report::{KeyReport, StreamReport, Tally};

pub(super) fn blocks<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let (word, meaning) = verdict(report.verification.as_ref());
    let facts = report.verification.as_ref().map_or_else(Vec::new, |verification| facts(report, verification));
    let tone = report.verification.as_ref().map_or(Emphasis::Low, |verification| verification.outcome.into());
    vec![Block::Frame { word, tone, meaning, facts }]
}

/// The same in full, for formats that put something else first.
pub(super) fn proof<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let Some(verification) = &report.verification else { return vec![] };
    vec![Block::Facts(facts(report, verification)), Block::Drawing(ChartKind::Bytes, report)]
}

fn facts<'a>(report: &'a View<'a>, verification: &'a Verification) -> Vec<Fact<'a>> {
    let by_default =
        verification.default_policy_outcome.map(|other| ours("; by the default policy: ").ours(other.name()));
    let (keys, more_keys) = report.head(&verification.keys, 0);
    let keys = keys.into_iter().map(key).chain(and_more(more_keys, "key", "keys"));
    // Of several logs none speaks for the answer.
    let role = if verification.streams.len() == 1 { FactRole::Lead } else { FactRole::Plain };
    let (streams, more_streams) = report.head(&verification.streams, 0);
    let streams =
        streams.into_iter().map(|stream| proven(report, stream)).chain(and_more(more_streams, "stream", "streams"));
    let account = &verification.account;
    let classes = account.classes().into_iter().filter(|(_, tally)| tally.lines + tally.bytes > 0);
    let classes = classes.map(|(word, tally)| amount(tally).ours(" ").ours(word));
    let total = amount(account.total()).ours(" in all");
    vec![
        Fact::several("proven", streams).is(role),
        Fact::new("policy", ours(verification.policy.name()).then(by_default)),
        Fact::several("keys", keys),
        Fact::several("bytes", classes.chain([total])),
    ]
}

fn proven<'a>(report: &View<'_>, stream: &'a StreamReport) -> Phrase<'a> {
    let name = theirs(&*stream.name).ours(": ");
    if stream.proven.is_empty() && stream.proven_omitted == 0 {
        return name.ours("nothing");
    }
    let (ranges, omitted) = report.head(&stream.proven, stream.proven_omitted);
    let ranges = ranges.into_iter().map(|range| Phrase::default().when(Some(range.from), Some(range.to)));
    name.then([joined(ranges.chain(and_more(omitted, "range", "ranges")), ", ")])
}

fn key(key: &KeyReport) -> Phrase<'_> {
    theirs(&key.fingerprint).ours(" from ").theirs(&key.source).ours(": ").counted(key.chains, "chain", "chains")
}

fn amount<'a>(tally: Tally) -> Phrase<'a> {
    number(tally.bytes).ours(" in ").counted(tally.lines, "line", "lines")
}
