//! What the report is about and how it was made: its head, inputs, rules, scope, limits, the tool and its command.

use super::{Block, Fact, Item, Nouns, list};
use crate::incident::report::{IncidentReport, InputFile};
use crate::incident::rules_in_words;
use crate::output::incident_report::phrase::{Phrase, joined, ours, sentence, theirs};
use crate::output::incident_report::view::View;
use crate::output::json::Tool;

const INPUTS: Nouns = Nouns {
    one: "input",
    many: "inputs",
    none: "Nothing was read.",
    columns: &["File", "Not read", "Size", "Format", "Hash", "Stream"],
};

pub(super) fn head(report: &IncidentReport) -> Vec<Fact<'_>> {
    let case = report.case_id.as_ref().map(|case| Fact::new("case", theirs(case)));
    let period = match report.period {
        Some(period) => Phrase::default().when(Some(period.first), Some(period.last)),
        None => ours("no entry in scope states its time"),
    };
    let made = report.generated_at.map(|time| Fact::new("made", Phrase::default().time(time)));
    case.into_iter().chain([Fact::new("period", period)]).chain(made).collect()
}

pub(super) fn inputs<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let inputs = report.head(&report.inputs, 0);
    let hashes = ours("The hash of each of them is in the json format, and with --full here.");
    let hashes = (inputs.1 > 0).then_some(Block::Text(hashes));
    list(inputs, INPUTS, input).into_iter().chain(hashes).collect()
}

fn input(input: &InputFile) -> Item<'_> {
    let counts = Phrase::default().counted(input.bytes, "byte", "bytes").ours(", ");
    let counts = counts.counted(input.lines, "line", "lines").ours(", ").counted(input.entries, "entry", "entries");
    let formats = input.formats.iter().map(|format| ours(format.name()));
    let kinds: Vec<_> = formats.chain(input.compression.map(ours)).chain(input.wrapper.map(ours)).collect();
    let kinds = (!kinds.is_empty()).then(|| joined(kinds, ", "));
    let stream = (input.stream != input.path).then(|| ours("stream ").theirs(&*input.stream));
    let unread = input.unread.as_ref().map(|why| ours("not read, or not to its end: ").theirs(why));
    let hash = input.sha256.as_ref().map(|hash| ours("SHA-256 ").theirs(hash));
    Item::new(theirs(&*input.path), [unread, Some(counts), kinds, hash, stream])
}

pub(super) fn rules(report: &IncidentReport) -> Vec<Block<'_>> {
    let rules = rules_in_words(&report.rules).map(|(name, text)| Fact::new(name, sentence(text)));
    vec![Block::Facts(rules.into())]
}

pub(super) fn scope(report: &IncidentReport) -> Vec<Block<'_>> {
    let scope = &report.scope;
    let since = scope.since.map(|time| Fact::new("since", Phrase::default().time(time)));
    let before = scope.before.map(|time| Fact::new("before", Phrase::default().time(time)));
    let clients = Fact::several("clients", scope.client_ids.iter().map(theirs));
    let clients = (!clients.values.is_empty()).then_some(clients);
    let mut facts: Vec<_> = since.into_iter().chain(before).chain(clients).collect();
    let whole = if facts.is_empty() {
        ours("The whole log.")
    } else {
        ours("Verification and runs see the whole log; everything else is confined to this.")
    };
    if !report.redacted.is_empty() {
        let fields = joined(report.redacted.iter().map(|field| sentence(*field)), ", ");
        facts.push(Fact::new("redacted", fields.ours(": the same pseudonym stands for the same text")));
    }
    let facts = (!facts.is_empty()).then_some(Block::Facts(facts));
    [Block::Text(whole)].into_iter().chain(facts).collect()
}

pub(super) fn not_shown<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let nouns = Nouns { one: "limit", many: "limits", none: "Nothing is known to be missing.", columns: &[] };
    list(report.head(&report.not_shown, 0), nouns, |limit| {
        let stream = limit.stream.as_ref().map(|stream| theirs(&**stream).ours(": "));
        Item::new(Phrase::default().then(stream).sentence(&limit.what), [])
    })
}

pub(super) fn tool(report: &IncidentReport) -> Vec<Block<'_>> {
    let Tool { name, version } = Tool::THIS;
    vec![Block::Facts(vec![
        Fact::new("tool", ours(name).ours(" ").sentence(version)),
        Fact::new("command", theirs(&report.command)),
    ])]
}
