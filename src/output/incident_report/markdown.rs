//! The markdown format, for tickets and wikis: GitHub's flavour, without HTML, links or pictures. It says everything the
//! JSON says; what that is is left to `document`.

use std::io::{self, Write};

use super::document::{Axis, Block, ColumnKind, Depth, Fact, IncidentDocument, ListItem, TableBlock, TableColumn};
use super::view::View;
use super::wording::{Phrase, PhrasePiece, date_and_time};
use crate::entry::LogTime;
use crate::output::escape::{markdown, markdown_sentence};
use crate::output::wording::grouped;

pub(super) fn write(out: &mut dyn Write, view: &View<'_>) -> io::Result<()> {
    let document = IncidentDocument::of(view, Depth::Whole);
    let mut lines = vec![format!("# {}", markdown(document.title)), String::new()];
    document.head.iter().for_each(|fact| push_fact(&mut lines, fact));
    for (title, blocks) in document.in_letters() {
        lines.extend(title.into_iter().flat_map(|title| [String::new(), format!("## {title}")]));
        for block in blocks {
            lines.push(String::new());
            push_block(&mut lines, block);
        }
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn push_block(lines: &mut Vec<String>, block: &Block<'_>) {
    match block {
        Block::Text(phrase) => lines.push(inline(phrase)),
        Block::Facts(facts) => facts.iter().for_each(|fact| push_fact(lines, fact)),
        Block::List(list) => list.items.iter().for_each(|item| push_item(lines, item)),
        Block::Table(table) => push_table(lines, table),
        Block::Axis(axis) => push_axis(lines, axis),
        Block::Article(article) => {
            lines.extend([format!("### {}", inline(&article.heading())), String::new()]);
            article.facts.iter().for_each(|fact| push_fact(lines, fact));
        }
        Block::Letters(blocks) => blocks.iter().for_each(|block| push_block(lines, block)),
        Block::Drawing(..) => {}
        Block::Frame { word, meaning, facts, .. } => {
            lines.extend([format!("> **{word}**"), ">".to_owned(), format!("> {meaning}")]);
            let mut inside = Vec::new();
            facts.iter().for_each(|fact| push_fact(&mut inside, fact));
            lines.extend((!facts.is_empty()).then(|| ">".to_owned()));
            lines.extend(inside.iter().map(|line| format!("> {line}")));
        }
    }
}

/// A phrase that is not interpreted, on one line; numbers in groups of three.
fn inline(phrase: &Phrase<'_>) -> String {
    let mut text = String::new();
    for piece in phrase.pieces() {
        match piece {
            PhrasePiece::Trusted(words) | PhrasePiece::Mark(words, _) | PhrasePiece::Link(_, words) => {
                text.push_str(words)
            }
            PhrasePiece::Sentence(words) => text.push_str(&markdown_sentence(words)),
            PhrasePiece::Untrusted(words) => text.push_str(&markdown(words)),
            PhrasePiece::Number(number) => text.push_str(&grouped(*number)),
            PhrasePiece::Clock(time) => text.push_str(&clock(*time)),
            PhrasePiece::Time(time) => text.push_str(&moment(*time)),
            PhrasePiece::Span(first, last) => text.push_str(&format!("{} to {}", moment(*first), moment(*last))),
        }
    }
    text
}

/// A time of this calendar is no markup; others begin with a sign or an at.
fn moment(time: LogTime) -> String {
    let text = time.to_string();
    if text.starts_with(|c: char| c.is_ascii_digit()) { text } else { markdown(&text) }
}

fn push_fact(lines: &mut Vec<String>, fact: &Fact<'_>) {
    match &*fact.values {
        [value] => lines.push(format!("- **{}**: {}", fact.name, inline(value))),
        values => {
            lines.push(format!("- **{}**:", fact.name));
            lines.extend(values.iter().map(|value| format!("  - {}", inline(value))));
        }
    }
}

fn push_item(lines: &mut Vec<String>, item: &ListItem<'_>) {
    lines.push(format!("- {}", inline(&item.first)));
    lines.extend(item.more.iter().flatten().map(|phrase| format!("  - {}", inline(phrase))));
}

fn push_table(lines: &mut Vec<String>, table: &TableBlock<'_>) {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    lines.push(row(table.columns.iter().map(|column| column.title.to_owned()).collect()));
    let rule = |column: &TableColumn| if column.kind == ColumnKind::Number { "--:" } else { "---" };
    lines.push(row(table.columns.iter().map(|column| rule(column).to_owned()).collect()));
    lines.extend(table.rows.iter().map(|cells| row(cells.iter().map(inline).collect())));
}

/// Lanes as rows of code, so that every letter is as wide as the others.
fn push_axis(lines: &mut Vec<String>, axis: &Axis) {
    lines.extend([format!("| time | {} (UTC) |", axis.days), "| --- | --- |".to_owned()]);
    lines.extend(axis.lanes.iter().map(|(name, lane)| format!("| {name} | `{lane}` |")));
    let times: Vec<&str> = axis.times.split_whitespace().collect();
    lines.extend([format!("| from, middle, to | {} |", times.join(", ")), String::new(), axis.legend.to_owned()]);
}

/// The time of a day; a moment of no calendar as it is.
fn clock(time: LogTime) -> String {
    let (date, clock) = date_and_time(time);
    if clock.is_empty() { markdown(&date) } else { clock }
}
