//! The most frequent event codes and clients as bars; what has no code or no client is left to the table.

use super::super::element::{Element, Node};
use super::super::table::Table;
use super::super::value::{counted, note};
use super::{Anchor, Drawing, ROWS_MAX, amount, clipped, hint, label, percent, rect};
use crate::incident::report::EntryTotals;
use crate::output::incident_report::document::ColumnKind;
use crate::output::incident_report::view::View;

/// The height of a row, and of its bar, in pixels.
const ROW: f64 = 36.0;
const BAR: f64 = 7.0;

/// A row: what it is, and how many.
type Row = (String, u64);

pub(super) fn pair(totals: &EntryTotals) -> Node {
    Element::new("div").class("pair").with(codes(totals)).with(clients(totals)).into()
}

pub(super) fn table(report: &View<'_>) -> Node {
    let (codes, omitted) = report.head(&report.totals.by_code, 0);
    let columns = [("Code", ColumnKind::Number), ("Meaning", ColumnKind::Words), ("Entries", ColumnKind::Number)];
    let mut table = Table::new("The same in numbers: entries by event code", columns);
    for row in codes {
        table.row([row.code.map(|code| code.to_string()).into(), row.title.into(), row.entries.into()]);
    }
    let omitted = if omitted == 0 { Node::Nothing } else { note(format!("and {omitted} more codes")).into() };
    Element::new("div").with(table.folded()).with(omitted).into()
}

fn codes(totals: &EntryTotals) -> Node {
    let with_code =
        totals.by_code.iter().filter_map(|row| Some((format!("{}  {}", row.code?, row.title), row.entries)));
    let without: u64 = totals.by_code.iter().filter(|row| row.code.is_none()).map(|row| row.entries).sum();
    let with_code: Vec<Row> = with_code.collect();
    let all = with_code.len() as u64;
    figure(
        "codes",
        "Most frequent event codes",
        (with_code, all),
        remark(without, "carry no code, which is the normal case"),
    )
}

fn clients(totals: &EntryTotals) -> Node {
    let named: Vec<Row> =
        totals.by_client.iter().filter_map(|row| Some((row.client_id.clone()?, row.entries))).collect();
    let all = named.len() as u64 + totals.clients_omitted;
    let without: u64 = totals.by_client.iter().filter(|row| row.client_id.is_none()).map(|row| row.entries).sum();
    figure("clients", "Most active clients", (named, all), remark(without, "name no client"))
}

fn remark(without: u64, why: &str) -> String {
    match without {
        0 => String::new(),
        _ => format!("{} {why}; they are not drawn.", counted(without, "entry", "entries")),
    }
}

fn figure(id: &'static str, title: &str, (mut rows, all): (Vec<Row>, u64), remark: String) -> Node {
    rows.truncate(ROWS_MAX);
    let highest = rows.iter().map(|row| row.1).max().unwrap_or(0);
    let spoken: Vec<String> = rows.iter().map(|(name, count)| format!("{name}: {count}")).collect();
    let description = if rows.is_empty() { "None.".to_owned() } else { spoken.join("; ") };
    let title = if all > rows.len() as u64 { format!("{title}: {} of {all}", rows.len()) } else { title.to_owned() };
    let mut drawing = Drawing::new(id, title, description, (rows.len().max(1) as f64) * ROW);
    if rows.is_empty() {
        drawing.add(label("axis", Anchor::Start, 0.0, 18.0, "none"));
    }
    for (index, (name, count)) in rows.into_iter().enumerate() {
        drawing.add(row(index as f64 * ROW, name, count, highest));
    }
    let remark = if remark.is_empty() { Node::Nothing } else { note(remark).into() };
    drawing.figure(remark, Node::Nothing)
}

fn row(top: f64, name: String, count: u64, highest: u64) -> Element {
    let bar = top + 21.0;
    Element::new("g")
        .with(hint(format!("{name}: {count}")))
        .with(clipped(80.0, top, 20.0, label("name", Anchor::Start, 0.0, 14.0, name)))
        .with(label("amount", Anchor::End, 100.0, top + 14.0, amount(count)))
        .with(rect("track", 0.0, 100.0, bar, BAR))
        .with(rect("bar", 0.0, percent(count, highest), bar, BAR))
}
