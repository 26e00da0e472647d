//! The text format: plain letters in 80 columns, readable in a mail. What it says is left to `document`.
//! Words of a table are broken inside their cell, and a word that is wider than its column stands on a line of its own.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::document::{Axis, Block, ColumnKind, Depth, Fact, IncidentDocument, ListItem, TableBlock, TableColumn};
use super::view::{self, Extent, View};
use super::wording::{Phrase, PhrasePiece, date_and_time};
use crate::entry::LogTime;
use crate::incident::report::IncidentReport;
use crate::output::escape::visible;
use crate::output::layout::{LINE_COLUMNS, broken};
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

fn lines(view: &View<'_>) -> Vec<String> {
    let document = IncidentDocument::of(view, Depth::Brief);
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
        Block::Table(table) => table_lines(table, columns),
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
            PhrasePiece::Trusted(words) | PhrasePiece::Mark(words, _) | PhrasePiece::Link(_, words) => {
                text.push_str(words)
            }
            PhrasePiece::Sentence(words) | PhrasePiece::Untrusted(words) => text.push_str(&visible(words)),
            PhrasePiece::Number(number) => text.push_str(&grouped(*number).replace(' ', GLUE)),
            PhrasePiece::Time(time) => text.push_str(&time.to_string()),
            PhrasePiece::Clock(time) => text.push_str(&clock(*time)),
            PhrasePiece::Span(first, last) => text.push_str(&span(*first, *last)),
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

fn item(item: &ListItem<'_>, columns: usize) -> Vec<String> {
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

const COLUMN_GAP: usize = 2;

/// The narrowest column of words.
const WORDS_COLUMNS_MIN: usize = 12;

/// The longest bar. A row of `#` would be the beginning of a command of a CI runner.
const BAR: &str = "********************";

/// A bar for a share; what is there at all is seen.
fn bar(count: u64, most: u64) -> &'static str {
    let length = (u128::from(count) * BAR.len() as u128).div_ceil(u128::from(most.max(1)));
    &BAR[..usize::try_from(length).unwrap_or(BAR.len()).min(BAR.len())]
}

/// The lines of a table with its header, and a bar behind each count.
fn table_lines(table: &TableBlock<'_>, page: usize) -> Vec<String> {
    let mut columns = table.columns.clone();
    let header = columns.iter().map(|column| column.title.to_owned()).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(plain).collect());
    let mut cells: Vec<Vec<String>> = [header].into_iter().chain(rows).collect();
    if let Some(most) = table.counts.iter().max() {
        columns.push(TableColumn { title: "", kind: ColumnKind::Word });
        let bars = table.counts.iter().map(|count| bar(*count, *most));
        cells.iter_mut().zip([""].into_iter().chain(bars)).for_each(|(row, bar)| row.push(bar.to_owned()));
    }
    let widths = widths(&columns, &cells, page);
    cells.iter().flat_map(|row| row_lines(&columns, row, &widths, page)).collect()
}

/// As wide as the widest cell, and as narrow as the page demands of columns of words, the widest first.
fn widths(columns: &[TableColumn], rows: &[Vec<String>], page: usize) -> Vec<usize> {
    let widest = |index: usize| rows.iter().filter_map(|row| Some(row.get(index)?.width())).max().unwrap_or_default();
    let mut widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let room = page.saturating_sub(COLUMN_GAP * columns.len().saturating_sub(1));
    loop {
        let excess = widths.iter().sum::<usize>().saturating_sub(room);
        let breakable = columns.iter().zip(&mut widths).filter(|(column, _)| column.kind == ColumnKind::Words);
        let Some((_, width)) =
            breakable.max_by_key(|(_, width)| **width).filter(|(_, width)| **width > WORDS_COLUMNS_MIN)
        else {
            return widths;
        };
        if excess == 0 {
            return widths;
        }
        // A long text gives all of it at once; two of the same length give in turns.
        *width -= 1;
    }
}

fn row_lines(columns: &[TableColumn], row: &[String], widths: &[usize], page: usize) -> Vec<String> {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| broken(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let mut lines = Vec::new();
    for level in 0..height {
        let mut line = String::new();
        let mut start = 0;
        for ((cell, width), column) in cells.iter().zip(widths).zip(columns) {
            let text = cell.get(level).map_or("", String::as_str);
            if !text.is_empty() {
                let right = column.kind == ColumnKind::Number;
                let before = if right { width.saturating_sub(text.width()) } else { 0 };
                // A word that is too wide moves to the left, to a line of its own.
                let at = (start + before).min(page.saturating_sub(text.width()));
                if line.width() > at {
                    lines.push(std::mem::take(&mut line));
                }
                let padding = at - line.width();
                line.push_str(&format!("{:padding$}{text}", ""));
            }
            start += width + COLUMN_GAP;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
