//! What the report stands on: chains, findings, and the files that were read.

use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{facts, id, more, note, outcome_class, over, place, place_or_none, times};
use crate::incident::report::Verification;
use crate::output::incident_report::view::View;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, Finding};

/// What stands where verification would, had there been a key.
pub(super) fn not_verified() -> Node {
    note("The log was not verified.").into()
}

pub(super) fn chains(report: &View<'_>) -> Element {
    let Some(verification) = &report.verification else {
        return Section::Chains.holding([not_verified()]);
    };
    let counts = verification.chain_counts;
    let facts = facts([
        ("Closed", counts.closed.into()),
        ("Open at the end", counts.open_at_end.into()),
        ("Unfinished", counts.unfinished.into()),
        ("Headless", counts.headless.into()),
        ("Broken", counts.broken.into()),
    ]);
    Section::Chains.holding([facts.into(), chain_table(verification), more(verification.chains_omitted, "chains")])
}

fn chain_table(verification: &Verification) -> Node {
    let columns = [("Chain", Column::Line), ("Stream", Column::Words), ("First entry", Column::Words)];
    let mut table = Table::new("Chains, by their first entry", columns)
        .column("Last entry", Column::Words)
        .column("Entries", Column::Number)
        .column("From, to", Column::Line)
        .column("Key", Column::Line);
    for chain in &verification.chains {
        table.row([
            chain.verdict.name().into(),
            stream_of(chain, verification),
            place(&chain.first).into(),
            place(&chain.last).into(),
            chain.entries.into(),
            times(chain.from, chain.to),
            chain.key.as_deref().map(id).into(),
        ]);
    }
    table.titled()
}

/// A stream by its number in the verdict's table, and by name.
fn stream_of(chain: &ChainReport, verification: &Verification) -> Node {
    let name = verification.streams.get(chain.stream).map_or("", |stream| &stream.name);
    Element::new("span").with(format!("{} ", chain.stream)).with(id(name)).into()
}

pub(super) fn findings(report: &View<'_>) -> Element {
    let Some(verification) = &report.verification else {
        return Section::Findings.holding([not_verified()]);
    };
    let list = match verification.findings.is_empty() {
        true => note("None.").into(),
        false => Element::new("ol").class("findings").with_all(verification.findings.iter().map(finding)).into(),
    };
    Section::Findings.holding([list, more(verification.findings_omitted, "findings")])
}

fn finding(finding: &Finding) -> Element {
    let class =
        Element::new("span").class(format_args!("severity {}", class_of(finding.class))).with(finding.class.name());
    let marks = Element::new("p").class("marks").with(class).with(id(finding.code.name()));
    let facts = facts([
        ("At", place_or_none(finding.place.as_ref())),
        ("Through", place_or_none(finding.through.as_ref())),
        ("Lines", finding.lines.into()),
        ("Seal expected, first bytes", finding.expected.as_deref().map(id).into()),
        ("Seal found, first bytes", finding.found.as_deref().map(id).into()),
    ]);
    let message = Element::new("p").class("message").with(finding.message.as_str());
    let hint = finding.hint.as_deref().map(|hint| note(format!("Hint: {hint}")));
    Element::new("li").with(marks).with(message).with(hint.map_or(Node::Nothing, Node::from)).with(facts)
}

/// The class of the colour of a finding's weight.
fn class_of(class: Class) -> &'static str {
    match class {
        Class::Note => outcome_class(None),
        Class::Warning => "is-medium",
        Class::Incomplete | Class::Undecided | Class::Tampered => outcome_class(Some(class.outcome())),
    }
}

pub(super) fn inputs(report: &View<'_>) -> Element {
    let columns = [("File", Column::Words), ("Bytes on disk", Column::Number), ("Lines", Column::Number)];
    let mut table = Table::new("Files, in reading order", columns)
        .column("Entries", Column::Number)
        .column("Formats", Column::Line)
        .column("Stream", Column::Words)
        .column("Not read", Column::Words);
    let (inputs, omitted) = report.head(&report.inputs);
    for input in inputs {
        let formats: Vec<&str> = input.formats.iter().map(|format| format.name()).collect();
        let formats = Some(formats.join(", ")).filter(|words| !words.is_empty());
        let compression = input.compression.unwrap_or("not compressed");
        let packing = format!("{compression}, {}", input.wrapper.unwrap_or("no wrapper"));
        let hash = Element::new("span").class("hash").with("SHA-256 ").with(input.sha256.as_deref().map(id));
        table.row([
            over(id(&*input.path), hash),
            input.bytes.into(),
            input.lines.into(),
            input.entries.into(),
            over(formats, packing),
            id(&*input.stream).into(),
            input.unread.as_deref().into(),
        ]);
    }
    let omitted = more(omitted, "files; the json format has the hash of each");
    Section::Inputs.holding([table.plain(), omitted, note("The hash is of the bytes as they lie on disk.").into()])
}
