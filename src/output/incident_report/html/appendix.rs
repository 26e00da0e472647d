//! The end of the page: the rules, what the report is confined to, what it does not show, and how it was made.

use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{facts, id, ids, more, note, plain};
use crate::incident::report::REPORT_VERSION;
use crate::incident::rules_in_words;
use crate::output::incident_report::view::View;

pub(super) fn rules(report: &View<'_>) -> Element {
    let mut table = Table::new("Rules in force", [("Rule", Column::Line), ("Raised by", Column::Words)]);
    for (name, text) in rules_in_words(&report.rules) {
        table.row([id(name).into(), text.into()]);
    }
    Section::Rules.holding([table.plain()])
}

pub(super) fn scope(report: &View<'_>) -> Element {
    let scope = &report.scope;
    let clients = if scope.client_ids.is_empty() { "all".into() } else { ids(&scope.client_ids) };
    let facts = facts([
        ("From", scope.since.map_or_else(|| "the beginning of the log".into(), Node::from)),
        ("Before", scope.before.map_or_else(|| "the end of the log".into(), Node::from)),
        ("Clients", clients),
    ]);
    let remark = "Incidents, activity and totals are confined to this, and sessions are those that have an entry in it. \
                  Verification and runs see the whole log.";
    Section::Scope.holding([facts.into(), note(remark).into()])
}

pub(super) fn not_shown(report: &View<'_>) -> Element {
    let (limits, omitted) = report.head(&report.not_shown);
    let items = limits.iter().map(|limit| {
        let stream = limit.stream.as_deref().map(|stream| Element::new("span").with(id(stream)).with(" "));
        Element::new("li").with(stream.map_or(Node::Nothing, Node::from)).with(limit.what.as_str())
    });
    let content = match report.not_shown.is_empty() {
        true => note("Nothing beyond what the sections say.").into(),
        false => Element::new("ul").class("plain").with_all(items).into(),
    };
    Section::NotShown.holding([content, more(omitted, "limits")])
}

pub(super) fn provenance(report: &View<'_>) -> Element {
    let facts = facts([
        ("Tool", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into()),
        ("Version of the report", plain(REPORT_VERSION.into())),
        ("Times", "UTC, as the log states them".into()),
    ]);
    let command = Element::new("pre").attribute("tabindex", 0).with(id(report.command.as_str()));
    let command = Element::new("div").class("titled").with(Element::new("h3").with("Command")).with(command);
    Section::Provenance.holding([facts.into(), command.into()])
}
