//! Entries in scope, counted in several ways.

use super::{Block, Column, ColumnKind, Depth, Drawing, Fact, Item, List, Table};
use crate::incident::report::{Bin, ByClient, ByCode, EntryTotals};
use crate::output::incident_report::phrase::{Phrase, joined, number, ours, sentence, theirs};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{and_more, duration};

const fn word(title: &'static str) -> Column {
    Column { title, kind: ColumnKind::Word }
}

const fn words(title: &'static str) -> Column {
    Column { title, kind: ColumnKind::Words }
}

pub(super) fn blocks<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let totals = &view.totals;
    let mut blocks = vec![Block::Facts(facts(totals))];
    if totals.entries > 0 {
        let drawings = [Drawing::Hours, Drawing::Bars, Drawing::HeatMap];
        blocks.extend(drawings.map(|drawing| Block::Drawing(drawing, view)));
    }
    if depth == Depth::Brief && view.is_folded() {
        blocks.push(Block::Facts(most_frequent(view)));
        return blocks;
    }
    let levels = totals.by_level.iter().filter(|row| row.entries > 0 || depth == Depth::Whole);
    let levels = levels.map(|row| (vec![ours(row.level.name())], row.entries));
    blocks.extend(counts(vec![word("level")], levels));
    blocks.push(Block::Letters(codes(view)));
    let groups = totals.by_group.iter().map(|row| (vec![theirs(row.group)], row.entries));
    blocks.extend(counts(vec![word("group")], groups));
    blocks.push(Block::Letters(clients(view, depth)));
    // Folded, the axis of the incidents shows the time.
    if !view.is_folded() {
        blocks.push(Block::Letters(time(totals, depth)));
    }
    blocks
}

fn codes<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let (codes, omitted) = view.head(&view.totals.by_code, 0);
    let columns = vec![Column { title: "code", kind: ColumnKind::Number }, words("title")];
    let more = and_more(omitted, "code", "codes").map(Block::Text);
    counts(columns, codes.into_iter().map(by_code)).into_iter().chain(more).collect()
}

fn clients<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let (clients, omitted, others) = view.clients();
    let rows = clients.iter().map(|row| (vec![client(row)], row.entries));
    let more = (omitted > 0).then(|| {
        let more = ours("and ").counted(omitted, "more client", "more clients").ours(" with ");
        Block::Text(more.counted(others, "entry", "entries"))
    });
    let mut blocks: Vec<_> = counts(vec![words("client")], rows).into_iter().chain(more).collect();
    if depth == Depth::Whole && !view.is_folded() && !clients.is_empty() {
        blocks.push(Block::Text(ours("Entries of each client in the hours of the day, 0 to 23 in UTC:")));
        blocks.push(Block::List(List { columns: &[], items: clients.into_iter().map(hours).collect() }));
    }
    blocks
}

/// The codes and the clients with the most entries, in a line each.
fn most_frequent<'a>(view: &'a View<'a>) -> Vec<Fact<'a>> {
    let (codes, other_codes) = view.head(&view.totals.by_code, 0);
    let codes = codes.iter().map(|row| match row.code {
        Some(code) => number(row.entries).ours(" of ").theirs(code.to_string()),
        None => number(row.entries).ours(" with ").ours(row.title),
    });
    let codes = joined(codes.chain(and_more(other_codes, "code", "codes")), ", ");
    let (clients, others, _) = view.clients();
    let clients = clients.into_iter().map(|row| number(row.entries).ours(" of ").then([client(row)]));
    let clients = joined(clients.chain(and_more(others, "client", "clients")), ", ");
    let facts = [Fact::new("codes", codes), Fact::new("clients", clients)];
    facts.into_iter().filter(|fact| fact.values.iter().any(|value| !value.pieces().is_empty())).collect()
}

fn facts(totals: &EntryTotals) -> Vec<Fact<'_>> {
    let sealed = number(totals.sealed).ours(" of them with a seal");
    let undated = (totals.undated > 0).then(|| number(totals.undated).ours(" without a time"));
    let entries = [number(totals.entries).ours(" in scope"), sealed].into_iter().chain(undated);
    let others = [
        (totals.out_of_scope, " are entries out of scope"),
        (totals.other_lines, " are no entries of Acra"),
        (totals.blank_lines, " are blank"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count).ours(word));
    let lines = [number(totals.lines).ours(" in all inputs")].into_iter().chain(others);
    let levels = totals.by_level.iter().filter(|row| row.entries > 0);
    let levels = joined(levels.map(|row| number(row.entries).ours(" ").ours(row.level.name())), ", ");
    let levels = (!levels.pieces().is_empty()).then(|| Fact::new("levels", levels));
    let facts = [Fact::new("entries", joined(entries, "; ")), Fact::new("lines", joined(lines, "; "))];
    facts.into_iter().chain(levels).collect()
}

/// Counts, unless there is nothing to count.
fn counts<'a>(columns: Vec<Column>, rows: impl Iterator<Item = (Vec<Phrase<'a>>, u64)>) -> Option<Block<'a>> {
    let entries = Column { title: "entries", kind: ColumnKind::Number };
    let columns = columns.into_iter().chain([entries]).collect();
    let (rows, counts): (Vec<_>, Vec<_>) = rows
        .map(|(mut cells, count)| {
            cells.push(number(count));
            (cells, count)
        })
        .unzip();
    (!rows.is_empty()).then_some(Block::Table(Table { columns, rows, counts }))
}

fn by_code(row: &ByCode) -> (Vec<Phrase<'_>>, u64) {
    let code = row.code.map_or_else(|| ours("-"), |code| theirs(code.to_string()));
    (vec![code, sentence(row.title)], row.entries)
}

fn client(row: &ByClient) -> Phrase<'_> {
    row.client_id.as_ref().map_or_else(|| ours("(none named)"), theirs)
}

fn hours(row: &ByClient) -> Item<'_> {
    Item::new(client(row), [Some(joined(row.hours.iter().map(|entries| number(*entries)), ", "))])
}

fn time<'a>(totals: &'a EntryTotals, depth: Depth) -> Vec<Block<'a>> {
    let hours = &totals.by_hour;
    let (columns, title) = match depth {
        Depth::Brief => (vec![word("from (UTC)")], None),
        Depth::Whole => (vec![word("from (UTC)"), words("of which")], Some(hours.bin_seconds)),
    };
    let title = title.filter(|_| !hours.bins.is_empty()).map(|seconds| {
        let steps = ours("Entries along the time, in steps of ").sentence(duration(seconds));
        Block::Text(steps.ours(" (").number(seconds).ours(" seconds):"))
    });
    let row = |bin: &'a Bin| {
        let levels = (depth == Depth::Whole).then(|| levels(totals, bin));
        ([Phrase::default().time(bin.start)].into_iter().chain(levels).collect(), bin.entries)
    };
    title.into_iter().chain(counts(columns, hours.bins.iter().map(row))).collect()
}

fn levels<'a>(totals: &'a EntryTotals, bin: &Bin) -> Phrase<'a> {
    let levels = totals.by_level.iter().zip(bin.levels).filter(|(_, entries)| *entries > 0);
    joined(levels.map(|(row, entries)| number(entries).ours(" ").ours(row.level.name())), ", ")
}
