//! Entries counted: the charts with their numbers, and the counts that need no chart.

use super::charts::{bars, heat_map, hours};
use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{duration, facts, id, more, note, plain};
use crate::incident::report::{ByClient, Totals};
use crate::output::incident_report::view::View;

pub(super) fn activity(report: &View<'_>) -> Element {
    let totals = &report.totals;
    if totals.entries == 0 && totals.by_hour.bins.is_empty() {
        return Section::Activity.holding([note("No entry is in scope.").into()]);
    }
    let pair = Element::new("div").class("pair").with(bars::codes(totals)).with(bars::clients(totals));
    Section::Activity.holding([
        hours::figure(totals),
        hour_table(totals),
        pair.into(),
        code_table(report),
        heat_map::figure(totals),
        client_table(&totals.by_client),
        omitted_clients(totals),
    ])
}

fn hour_table(totals: &Totals) -> Node {
    let columns = [("Begins", Column::Line), ("Entries", Column::Number)];
    let hours = &totals.by_hour;
    let length = duration(i128::from(hours.bin_seconds) * 1000);
    let mut table =
        Table::new(format!("The same in numbers: bins of {} seconds ({length})", hours.bin_seconds), columns);
    for level in &totals.by_level {
        table = table.column(level.level.name(), Column::Number);
    }
    for bin in &hours.bins {
        table.row([bin.start.into(), bin.entries.into()].into_iter().chain(bin.levels.map(Node::from)));
    }
    table.folded()
}

fn code_table(report: &View<'_>) -> Node {
    let (codes, omitted) = report.head(&report.totals.by_code);
    let columns = [("Code", Column::Number), ("Meaning", Column::Words), ("Entries", Column::Number)];
    let mut table = Table::new("The same in numbers: entries by event code", columns);
    for row in codes {
        table.row([row.code.map(|code| plain(code.into())).into(), row.title.into(), row.entries.into()]);
    }
    Element::new("div").with(table.folded()).with(more(omitted, "codes")).into()
}

fn client_table(clients: &[ByClient]) -> Node {
    let columns = [("Client", Column::Words), ("Entries", Column::Number)];
    let mut table = Table::new("The same in numbers: entries by client and hour of the day, UTC", columns);
    for hour in 0..24 {
        table = table.column(format!("{hour:02}"), Column::Number);
    }
    for row in clients {
        let client = row.client_id.as_deref().map(id).into();
        table.row([client, row.entries.into()].into_iter().chain(row.hours.map(Node::from)));
    }
    table.folded()
}

fn omitted_clients(totals: &Totals) -> Node {
    match (totals.clients_omitted, totals.other_clients) {
        (0, 0) => Node::Nothing,
        (clients, entries) => more(clients, &format!("clients, with {entries} entries")),
    }
}

pub(super) fn totals(report: &View<'_>) -> Element {
    let totals = &report.totals;
    let facts = facts([
        ("Lines read", totals.lines.into()),
        ("Blank lines", totals.blank_lines.into()),
        ("Lines that are no entry", totals.other_lines.into()),
        ("Entries out of scope", totals.out_of_scope.into()),
        ("Entries in scope", totals.entries.into()),
        ("Of these with a seal", totals.sealed.into()),
        ("Of these without a time", totals.undated.into()),
    ]);
    let mut levels = Table::new("Entries by level", [("Level", Column::Line), ("Entries", Column::Number)]);
    for row in &totals.by_level {
        levels.row([row.level.name().into(), row.entries.into()]);
    }
    let mut groups = Table::new("Entries by group of codes", [("Group", Column::Line), ("Entries", Column::Number)]);
    for row in &totals.by_group {
        groups.row([row.group.into(), row.entries.into()]);
    }
    let pair = Element::new("div").class("pair").with(levels.titled()).with(groups.titled());
    Section::Totals.holding([facts.into(), pair.into()])
}
