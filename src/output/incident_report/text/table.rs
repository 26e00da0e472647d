//! Rows of cells in columns that fit the page: words are broken inside their cell, and a word that is wider than its column
//! stands on a line of its own.

use unicode_width::UnicodeWidthStr as _;

use super::super::document::{ColumnKind, TableBlock, TableColumn};
use super::plain;
use crate::output::layout::broken;

const GAP: usize = 2;

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
pub(super) fn lines(table: &TableBlock<'_>, page: usize) -> Vec<String> {
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
    let room = page.saturating_sub(GAP * columns.len().saturating_sub(1));
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
            start += width + GAP;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::super::phrase::{number, theirs};
    use super::*;

    const COLUMNS: [TableColumn; 3] = [
        TableColumn { title: "no", kind: ColumnKind::Number },
        TableColumn { title: "who", kind: ColumnKind::Words },
        TableColumn { title: "count", kind: ColumnKind::Number },
    ];

    fn written(who: &[&'static str], page: usize) -> String {
        let rows: Vec<_> = who.iter().map(|who| vec![number(1), theirs(*who), number(37)]).collect();
        lines(&TableBlock { columns: COLUMNS.to_vec(), rows, counts: vec![] }, page).join("\n")
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(written(&["webapp", "漢字"], 40), "no  who     count\n 1  webapp     37\n 1  漢字       37");
    }

    #[test]
    fn words_are_broken_inside_their_cell_when_the_page_is_narrow() {
        let wanted = "no  who            count\n 1  one two three     37\n    four five";
        assert_eq!(written(&["one two three four five"], 24), wanted);
    }

    #[test]
    fn a_word_that_is_too_wide_stands_on_a_line_of_its_own() {
        let wanted = "no  who                  count\n 1  abcdefghijklmnopqrstuvwxyz\n                            37";
        assert_eq!(
            written(&["abcdefghijklmnopqrstuvwxyz"], 40),
            "no  who                         count\n 1  abcdefghijklmnopqrstuvwxyz     37"
        );
        assert_eq!(written(&["abcdefghijklmnopqrstuvwxyz"], 30), wanted);
    }

    #[test]
    fn a_bar_is_a_share_and_whatever_is_there_is_seen() {
        assert_eq!([bar(0, 10), bar(1, 1_000_000), bar(u64::MAX, u64::MAX)], ["", "*", BAR]);
        assert_eq!(bar(1, 2).len(), BAR.len() / 2);
    }
}
