//! Entries in scope, counted in several ways.

use super::{Block, Column, ColumnKind, Counts, Depth, Fact, Item};
use crate::incident::report::{Bin, ByClient, ByCode, Totals};
use crate::output::incident_report::phrase::{Phrase, joined, number, ours, sentence, theirs};
use crate::output::incident_report::wording::duration;

/// The most clients that people read of.
const CLIENTS_BRIEF: usize = 20;

const fn word(title: &'static str) -> Column {
    Column { title, kind: ColumnKind::Word }
}

const fn words(title: &'static str) -> Column {
    Column { title, kind: ColumnKind::Words }
}

pub(super) fn blocks(totals: &Totals, depth: Depth) -> Vec<Block<'_>> {
    let mut blocks = vec![Block::Facts(facts(totals))];
    let levels = totals.by_level.iter().filter(|row| row.entries > 0 || depth == Depth::Whole);
    let levels = levels.map(|row| (vec![ours(row.level.name())], row.entries));
    push(&mut blocks, vec![word("level")], levels);
    push(
        &mut blocks,
        vec![Column { title: "code", kind: ColumnKind::Number }, words("title")],
        totals.by_code.iter().map(by_code),
    );
    push(&mut blocks, vec![word("group")], totals.by_group.iter().map(|row| (vec![theirs(row.group)], row.entries)));
    let clients_max = if depth == Depth::Brief { CLIENTS_BRIEF } else { usize::MAX };
    let (clients, others) = totals.by_client.split_at(totals.by_client.len().min(clients_max));
    push(&mut blocks, vec![words("client")], clients.iter().map(|row| (vec![client(row)], row.entries)));
    let omitted = totals.clients_omitted + others.len() as u64;
    if omitted > 0 {
        let entries = totals.other_clients + others.iter().map(|row| row.entries).sum::<u64>();
        let others = ours("and ").counted(omitted, "more client", "more clients").ours(" with ");
        blocks.push(Block::Text(others.counted(entries, "entry", "entries")));
    }
    if depth == Depth::Whole && !totals.by_client.is_empty() {
        blocks.push(Block::Text(ours("Entries of each client in the hours of the day, 0 to 23 in UTC:")));
        blocks.push(Block::List(totals.by_client.iter().map(hours).collect()));
    }
    push_time(&mut blocks, totals, depth);
    blocks
}

fn facts(totals: &Totals) -> Vec<Fact<'_>> {
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
    vec![Fact::new("entries", joined(entries, "; ")), Fact::new("lines", joined(lines, "; "))]
}

/// Counts, unless there is nothing to count.
fn push<'a>(blocks: &mut Vec<Block<'a>>, columns: Vec<Column>, rows: impl Iterator<Item = (Vec<Phrase<'a>>, u64)>) {
    let counts = Counts { columns, rows: rows.collect() };
    if !counts.rows.is_empty() {
        blocks.push(Block::Counts(counts));
    }
}

fn by_code(row: &ByCode) -> (Vec<Phrase<'_>>, u64) {
    let code = row.code.map_or_else(|| ours("-"), |code| theirs(code.to_string()));
    (vec![code, sentence(row.title)], row.entries)
}

fn client(row: &ByClient) -> Phrase<'_> {
    row.client_id.as_ref().map_or_else(|| ours("(none named)"), theirs)
}

fn hours(row: &ByClient) -> Item<'_> {
    Item::new(client(row), [joined(row.hours.iter().map(|entries| number(*entries)), ", ")])
}

fn push_time<'a>(blocks: &mut Vec<Block<'a>>, totals: &'a Totals, depth: Depth) {
    let hours = &totals.by_hour;
    let (columns, title) = match depth {
        Depth::Brief => (vec![word("from (UTC)")], None),
        Depth::Whole => (vec![word("from (UTC)"), words("of which")], Some(hours.bin_seconds)),
    };
    if let (Some(seconds), false) = (title, hours.bins.is_empty()) {
        let steps = ours("Entries along the time, in steps of ").theirs(duration(seconds));
        blocks.push(Block::Text(steps.ours(" (").number(seconds).ours(" seconds):")));
    }
    let row = |bin: &'a Bin| {
        let levels = (depth == Depth::Whole).then(|| levels(totals, bin));
        ([Phrase::default().time(bin.start)].into_iter().chain(levels).collect(), bin.entries)
    };
    push(blocks, columns, hours.bins.iter().map(row));
}

fn levels<'a>(totals: &'a Totals, bin: &Bin) -> Phrase<'a> {
    let levels = totals.by_level.iter().zip(bin.levels).filter(|(_, entries)| *entries > 0);
    joined(levels.map(|(row, entries)| number(entries).ours(" ").ours(row.level.name())), ", ")
}
