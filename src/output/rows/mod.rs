//! Events in rows: json, jsonl, csv and a table, of the columns that were asked for. Which events are printed is decided
//! elsewhere; csv is the one of `siem`.

mod column;
mod json;
mod table;

use std::io::{self, Write};

use strum::IntoStaticStr;

use super::color::Palette;
use crate::query::Zone;
use crate::siem::{Column, CsvWriter, LogRecord, Losses, Settings, Writer};

pub(super) use self::json::UsualRow;
use self::table::TableRows;

/// The formats of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum RowFormat {
    /// One array of objects.
    Json,
    /// One object per line.
    Jsonl,
    /// RFC 4180.
    Csv,
    /// Columns for people.
    Table,
}

impl RowFormat {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 4] = [Self::Json, Self::Jsonl, Self::Csv, Self::Table];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The columns that nobody chose.
    fn default_columns(self, verified: bool) -> Vec<&'static str> {
        let of_verdict: &[&str] = if verified { &["integrity_status", "chain_id", "chain_position"] } else { &[] };
        let columns: &[&str] = match self {
            Self::Table => &["time", "level", "code", "client_id", "session_id", "message"],
            Self::Json | Self::Jsonl | Self::Csv => &[
                "time",
                "level",
                "code",
                "name",
                "client_id",
                "session_id",
                "message",
                "product",
                "version",
                "fields",
                "file",
                "line",
            ],
        };
        [columns, of_verdict].concat()
    }
}

/// How rows look.
#[derive(Clone, Debug)]
pub struct RowStyle {
    format: RowFormat,
    columns: Vec<String>,
    zone: Zone,
    palette: Palette,
}

impl RowStyle {
    /// Rows of these columns, each of them once; without any, of the usual ones of the format. `verified` says that entries come with a
    /// verdict. The zone is that of the times in tables; machines get UTC.
    pub fn new(format: RowFormat, columns: Vec<String>, zone: Zone, palette: Palette, verified: bool) -> Self {
        let usual = || format.default_columns(verified).into_iter().map(str::to_owned).collect();
        let columns = if columns.is_empty() { usual() } else { columns };
        Self { format, columns, zone, palette }
    }

    /// Whether a column is among them.
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }
}

/// Prints rows as they come.
pub struct Rows<W> {
    out: W,
    form: Form,
    begun: bool,
}

enum Form {
    Json { columns: Vec<(String, Column)>, array: bool },
    Csv { writer: CsvWriter, text: Vec<u8> },
    Table(TableRows),
}

impl<W: Write> Rows<W> {
    /// Prints to `out`.
    pub fn new(out: W, style: RowStyle) -> Self {
        let RowStyle { format, columns, zone, palette } = style;
        let named =
            |columns: Vec<String>| columns.into_iter().map(|name| (name.clone(), Column::named(&name))).collect();
        let form = match format {
            RowFormat::Json | RowFormat::Jsonl => {
                Form::Json { columns: named(columns), array: format == RowFormat::Json }
            }
            RowFormat::Csv => Form::Csv { writer: CsvWriter::new(Settings::default(), columns), text: Vec::new() },
            RowFormat::Table => Form::Table(TableRows::new(named(columns), zone, palette)),
        };
        Self { out, form, begun: false }
    }

    /// One row.
    ///
    /// # Errors
    /// Those of the writer, here and below.
    pub fn print(&mut self, record: &LogRecord<'_>) -> io::Result<()> {
        self.begin()?;
        match &mut self.form {
            Form::Json { columns, array } => {
                if *array {
                    self.out.write_all(if self.begun { b",\n" } else { b"\n" })?;
                }
                json::write(&mut self.out, columns, record)?;
                if !*array {
                    self.out.write_all(b"\n")?;
                }
            }
            Form::Csv { writer, text } => {
                text.clear();
                writer.write(record, text, &mut Losses::default());
                text.push(b'\n');
                self.out.write_all(text)?;
            }
            Form::Table(table) => table.push(record, &mut self.out)?,
        }
        self.begun = true;
        Ok(())
    }

    /// The end: everything is printed, and what was opened is closed.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        match &mut self.form {
            Form::Json { array: true, .. } => self.out.write_all(if self.begun { b"\n]\n" } else { b"]\n" }),
            Form::Json { array: false, .. } | Form::Csv { .. } => Ok(()),
            Form::Table(table) => table.finish(&mut self.out),
        }
    }

    /// Shows the rows so far. The widths of a table are settled by them.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Form::Table(table) = &mut self.form {
            table.show(&mut self.out)?;
        }
        self.out.flush()
    }

    /// What stands before the first row.
    fn begin(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Json { array: true, .. } if !self.begun => self.out.write_all(b"["),
            Form::Csv { writer, text } if !self.begun => {
                writer.head(text);
                self.out.write_all(&std::mem::take(text))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
