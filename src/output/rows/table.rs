//! Rows in columns for people. The widths come from the first rows, so that a long search shows something soon.

use std::io::{self, Write};

use super::column::cell;
use crate::output::color::{Palette, Tone};
use crate::output::escape::excerpt;
use crate::output::table::{Align, Table};
use crate::query::Zone;
use crate::siem::{Column, LogRecord};

/// Rows that are looked at before the first one is printed.
const ROWS_HELD: usize = 200;

/// Rows on their way.
pub(super) struct TableRows {
    columns: Vec<Column>,
    table: Table,
    zone: Zone,
    palette: Palette,
    empty: bool,
}

impl TableRows {
    pub(super) fn new(columns: Vec<(String, Column)>, zone: Zone, palette: Palette) -> Self {
        let table = Table::new(columns.iter().map(|(name, _)| (name.as_str(), Align::Left)));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Self { columns, table, zone, palette, empty: true }
    }

    pub(super) fn push(&mut self, record: &LogRecord<'_>, out: &mut impl Write) -> io::Result<()> {
        self.empty = false;
        let cells: Vec<String> = self.columns.iter().map(|column| self.cell(column, record)).collect();
        self.table.push(cells.iter().map(|cell| (Tone::Neutral, cell.as_str())));
        if self.table.waiting() == ROWS_HELD { self.table.write(out, self.palette) } else { Ok(()) }
    }

    /// Prints what waits, when anything does.
    pub(super) fn show(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.table.waiting() == 0 { Ok(()) } else { self.table.write(out, self.palette) }
    }

    /// Prints what waits. A table without rows has no header either.
    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.empty { Ok(()) } else { self.table.write(out, self.palette) }
    }

    fn cell(&self, column: &Column, record: &LogRecord<'_>) -> String {
        let text = match column {
            Column::Time => {
                let moment = record.event.moment.as_ref();
                moment.map_or_else(String::new, |it| self.zone.rfc3339(it.time, it.precision))
            }
            _ => cell(column, record).into_text(),
        };
        excerpt(&text).into_owned()
    }
}
