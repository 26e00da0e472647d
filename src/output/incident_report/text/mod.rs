//! The text format: plain letters in 80 columns, readable in a mail. What it says is left to `document`, tables to `table`.

mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::axis::{Axis, date_and_time};
use super::document::{Block, Depth, Document, Fact, Item};
use super::phrase::{Phrase, Piece};
use super::view::{self, Extent, View};
use crate::entry::LogTime;
use crate::incident::report::IncidentReport;
use crate::output::escape::visible;
use crate::output::human::{LINE_COLUMNS, broken};
use crate::output::wording::{grouped, span};

/// Everything inside a section stands this far to the right.
const INDENT: usize = 2;

/// Values stand this far to the right of the indentation, unless a name is wider.
const NAME_COLUMNS_MIN: usize = 10;

/// Keeps together what must not be broken, such as a number, until lines are broken.
const GLUE: &str = "\u{a0}";

/// What a folded report is no longer than.
const LINES_MAX: usize = 200;

/// How many incidents are told in full, and how long lists may be: tried one after the other until the report is short
/// enough. Incidents stay the longest.
const FOLDS: [(usize, usize); 13] = [
    (view::ITEMS_MAX, view::ITEMS_MAX),
    (20, 8),
    (20, 4),
    (12, 3),
    (8, 3),
    (7, 2),
    (6, 2),
    (6, 1),
    (5, 2),
    (4, 2),
    (3, 2),
    (2, 2),
    (1, 1),
];

pub(super) fn write(out: &mut dyn Write, report: &IncidentReport, extent: Extent) -> io::Result<()> {
    let lines = match extent {
        Extent::Full => lines(&View::full(report)),
        Extent::Folded => folded(report),
    };
    for line in lines {
        writeln!(out, "{}", line.replace(GLUE, " ").trim_end_matches(' '))?;
    }
    Ok(())
}

/// A report that is short enough, whatever its texts are.
fn folded(report: &IncidentReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (told_max, items_max) in FOLDS {
        lines = self::lines(&View::folded(report, told_max, items_max));
        if lines.len() <= LINES_MAX {
            return lines;
        }
    }
    let more = lines.split_off(LINES_MAX - 1).len();
    lines.push(format!("and {more} more lines; --full has them all"));
    lines
}

fn lines(report: &View<'_>) -> Vec<String> {
    let document = Document::of(report, Depth::Brief);
    let rule = "=".repeat(LINE_COLUMNS);
    let mut lines = vec![rule.clone()];
    lines.extend(indented(broken(&visible(document.title), LINE_COLUMNS - INDENT)));
    lines.push(rule);
    lines.extend(indented(facts(&document.head, LINE_COLUMNS - INDENT)));
    for (title, section) in document.in_letters() {
        lines.push(String::new());
        lines.extend(title.map(|title| {
            let title = title.to_uppercase();
            format!("== {title} {}", "=".repeat(LINE_COLUMNS - title.len() - 4))
        }));
        lines.extend(indented(blocks(&section, LINE_COLUMNS - INDENT)));
    }
    lines
}

/// Blocks below one another, with an empty line between two.
fn blocks(blocks: &[&Block<'_>], columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        lines.extend((index > 0).then(String::new));
        lines.extend(self::block(block, columns));
    }
    lines
}

fn block(block: &Block<'_>, columns: usize) -> Vec<String> {
    match block {
        Block::Text(phrase) => broken(&plain(phrase), columns),
        Block::Facts(facts) => self::facts(facts, columns),
        Block::List(list) => list.items.iter().flat_map(|item| self::item(item, columns)).collect(),
        Block::Table(table) => table::lines(table, columns),
        Block::Axis(axis) => self::axis(axis, columns),
        Block::Frame { word, meaning, facts, .. } => frame(word, meaning, facts, columns),
        Block::Article(article) => {
            let heading = broken(&format!("-- {}", plain(&article.heading())), columns);
            [heading, self::facts(&article.facts, columns)].concat()
        }
        Block::Letters(inner) => blocks(&inner.iter().collect::<Vec<_>>(), columns),
        Block::Drawing(..) => Vec::new(),
    }
}

/// A phrase on one line, harmless, its numbers in groups of three.
fn plain(phrase: &Phrase<'_>) -> String {
    let mut text = String::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Ours(words) | Piece::Mark(words, _) | Piece::Link(_, words) => text.push_str(words),
            Piece::Sentence(words) | Piece::Theirs(words) => text.push_str(&visible(words)),
            Piece::Number(number) => text.push_str(&grouped(*number).replace(' ', GLUE)),
            Piece::Time(time) => text.push_str(&time.to_string()),
            Piece::Clock(time) => text.push_str(&clock(*time)),
            Piece::Span(first, last) => text.push_str(&span(*first, *last)),
        }
    }
    text
}

fn facts(facts: &[Fact<'_>], columns: usize) -> Vec<String> {
    let width = facts.iter().map(|fact| fact.name.len()).fold(NAME_COLUMNS_MIN, usize::max) + 2;
    let mut lines = Vec::new();
    for fact in facts {
        let values = fact.values.iter().flat_map(|value| broken(&plain(value), columns - width));
        let names = [fact.name].into_iter().chain(std::iter::repeat(""));
        lines.extend(names.zip(values).map(|(name, value)| format!("{name:width$}{value}")));
    }
    lines
}

fn item(item: &Item<'_>, columns: usize) -> Vec<String> {
    let texts = [&item.first].into_iter().chain(item.more.iter().flatten());
    let lines = texts.flat_map(|phrase| broken(&plain(phrase), columns - 2));
    let marks = ["- "].into_iter().chain(std::iter::repeat("  "));
    marks.zip(lines).map(|(mark, line)| format!("{mark}{line}")).collect()
}

/// The time of a day; a moment of no calendar as it is.
fn clock(time: LogTime) -> String {
    let (date, clock) = date_and_time(time);
    if clock.is_empty() { date } else { clock }
}

fn axis(axis: &Axis, columns: usize) -> Vec<String> {
    let width = NAME_COLUMNS_MIN + 2;
    let mut lines = vec![format!("{:width$}{} (UTC)", "time", axis.days)];
    lines.extend(axis.lanes.iter().map(|(name, lane)| format!("{name:width$}{lane}")));
    lines.push(format!("{:width$}{}", "", axis.times));
    lines.extend(broken(axis.legend, columns - width).into_iter().map(|line| format!("{:width$}{line}", "")));
    lines
}

/// A frame around the answer; a line that is too long stands out of it.
fn frame(word: &str, meaning: &str, facts: &[Fact<'_>], columns: usize) -> Vec<String> {
    let inside = columns - 4;
    let mut lines = vec![word.to_uppercase()];
    lines.extend(broken(meaning, inside));
    if !facts.is_empty() {
        lines.push(String::new());
        lines.extend(self::facts(facts, inside));
    }
    let edge = format!("+{}+", "-".repeat(columns - 2));
    let framed = lines.iter().map(|line| match inside.checked_sub(line.width()) {
        Some(room) => format!("| {line}{:room$} |", ""),
        None => format!("| {line}"),
    });
    [edge.clone()].into_iter().chain(framed).chain([edge.clone()]).collect()
}

fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("{:INDENT$}{line}", ""))
}
