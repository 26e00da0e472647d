//! Rows of cells in columns, for people. Widths come from the rows that wait when the first of them is written; text of a
//! log is made harmless on its way into a cell.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::color::{Palette, Tone};
use super::escape::visible;

/// A longer cell is printed whole and pushes the rest of its row to the right, instead of widening every row.
const CELL_COLUMNS_MAX: usize = 48;

const GAP: &str = "  ";

/// To which side of its column a cell keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table on its way.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(String, Align)>,
    /// What was not written yet.
    rows: Vec<Vec<(Tone, String)>>,
    /// The width of each column, once the first row was written.
    widths: Option<Vec<usize>>,
}

impl Table {
    /// A table of these columns.
    pub(super) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let columns = columns.into_iter().map(|(title, align)| (visible(title).into_owned(), align)).collect();
        Self { columns, rows: Vec::new(), widths: None }
    }

    /// How many rows wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row. Cells may hold text of a log.
    pub(super) fn push<'a>(&mut self, cells: impl IntoIterator<Item = (Tone, &'a str)>) {
        self.rows.push(cells.into_iter().map(|(tone, text)| (tone, visible(text).into_owned())).collect());
    }

    /// Writes the rows that wait, with the header in front when they are the first.
    pub(super) fn write(&mut self, out: &mut impl Write, palette: Palette) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        let widths = match self.widths.take() {
            Some(widths) => widths,
            None => {
                let widths = self.widths(&rows);
                rows.insert(0, self.columns.iter().map(|(title, _)| (Tone::Quiet, title.clone())).collect());
                widths
            }
        };
        for row in &rows {
            self.write_row(row, &widths, out, palette)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn write_row(
        &self,
        row: &[(Tone, String)],
        widths: &[usize],
        out: &mut impl Write,
        palette: Palette,
    ) -> io::Result<()> {
        for (index, (tone, text)) in row.iter().enumerate() {
            let padding = widths.get(index).copied().unwrap_or_default().saturating_sub(text.width());
            let (before, after) = match self.columns.get(index) {
                Some((_, Align::Right)) => (padding, 0),
                // Nothing stands behind the last cell.
                _ => (0, if index + 1 < row.len() { padding } else { 0 }),
            };
            let gap = if index > 0 { GAP } else { "" };
            write!(out, "{gap}{:before$}{}{:after$}", "", palette.paint(*tone, text), "")?;
        }
        writeln!(out)
    }

    /// The width of each column.
    fn widths(&self, rows: &[Vec<(Tone, String)>]) -> Vec<usize> {
        let of_rows = |index: usize| rows.iter().filter_map(move |row| Some(row.get(index)?.1.width()));
        let of_column = |(index, column): (usize, &(String, Align))| {
            of_rows(index).filter(|width| *width <= CELL_COLUMNS_MAX).fold(column.0.width(), usize::max)
        };
        self.columns.iter().enumerate().map(of_column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[[&str; 3]], palette: Palette) -> String {
        let mut table = Table::new([("N", Align::Right), ("NAME", Align::Left), ("TEXT", Align::Left)]);
        rows.iter().for_each(|row| table.push(row.map(|cell| (Tone::Neutral, cell))));
        let mut out = Vec::new();
        table.write(&mut out, palette).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["7", "a", "first"], ["1234", "webapp", ""], ["5", "漢字", "x"]];
        let wanted = "   N  NAME    TEXT\n   7  a       first\n1234  webapp  \n   5  漢字    x\n";
        assert_eq!(written(&rows, Palette::Plain), wanted);
    }

    #[test]
    fn one_long_cell_does_not_widen_the_others() {
        let long = "x".repeat(CELL_COLUMNS_MAX + 1);
        let table = written(&[["1", &long, "a"], ["2", "b", "c"]], Palette::Plain);
        assert_eq!(table, format!("N  NAME  TEXT\n1  {long}  a\n2  b     c\n"));
    }

    #[test]
    fn a_cell_cannot_act_on_the_terminal_or_begin_a_row() {
        let table = written(&[["1", "a\x1b[31m\u{202e}", "b\n2  c"]], Palette::Plain);
        assert_eq!(table.lines().count(), 2);
        assert!(table.ends_with("1  a\\x1b[31m\\u{202e}  b\\n2  c\n"), "{table}");
    }

    #[test]
    fn colour_does_not_move_a_column() {
        let table = written(&[["1", "a", "b"]], Palette::Colored);
        assert!(table.contains("\x1b["));
        assert_eq!(anstream::adapter::strip_str(&table).to_string(), written(&[["1", "a", "b"]], Palette::Plain));
    }
}
