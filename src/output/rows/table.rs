//! Rows in columns for people. The widths come from the first rows, so that a long search shows something soon.

use std::io::{self, Write};

use super::column::Column;
use crate::output::color::{Palette, Tone};
use crate::output::escape::excerpt;
use crate::query::Zone;
use crate::siem::Record;

/// Rows that are looked at before the first one is printed.
const ROWS_HELD: usize = 200;
/// The widest a column is made; longer cells push the rest of their row to the right.
const WIDTH_MAX: usize = 48;

/// Rows on their way.
pub(super) struct TableRows {
    columns: Vec<(String, Column)>,
    zone: Zone,
    palette: Palette,
    /// The first rows, until the widths are known.
    held: Vec<Vec<String>>,
    /// The width of each column in characters; empty until they are known.
    widths: Vec<usize>,
}

impl TableRows {
    pub(super) fn new(columns: Vec<(String, Column)>, zone: Zone, palette: Palette) -> Self {
        Self { columns, zone, palette, held: Vec::new(), widths: Vec::new() }
    }

    pub(super) fn push(&mut self, record: &Record<'_>, out: &mut impl Write) -> io::Result<()> {
        let row = self.columns.iter().map(|(_, column)| self.cell(column, record)).collect();
        if !self.widths.is_empty() {
            return self.print(&row, Tone::Neutral, out);
        }
        self.held.push(row);
        if self.held.len() == ROWS_HELD { self.finish(out) } else { Ok(()) }
    }

    /// Prints what is held.
    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let head: Vec<String> = self.columns.iter().map(|(name, _)| excerpt(name).into_owned()).collect();
        let widest = |column: usize| {
            let cells = std::iter::once(&head).chain(&self.held).map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).min(WIDTH_MAX)
        };
        self.widths = (0..self.columns.len()).map(widest).collect();
        self.print(&head, Tone::Quiet, out)?;
        for row in std::mem::take(&mut self.held) {
            self.print(&row, Tone::Neutral, out)?;
        }
        Ok(())
    }

    fn cell(&self, column: &Column, record: &Record<'_>) -> String {
        let text = match column {
            Column::Time => {
                let moment = record.event.moment.as_ref();
                moment.map_or_else(String::new, |it| self.zone.rfc3339(it.time, it.precision))
            }
            _ => column.of(record).into_text(),
        };
        excerpt(&text).into_owned()
    }

    fn print(&self, row: &Vec<String>, tone: Tone, out: &mut impl Write) -> io::Result<()> {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&self.widths) {
            line.push_str(cell);
            let blanks = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        writeln!(out, "{}", self.palette.paint(tone, line.trim_end()))
    }
}
