//! CSV of RFC 4180, one row per event: which column holds what. How cells are written is left to `cell`, the fields that
//! have no column of their own to `rest`.

mod cell;
mod rest;
#[cfg(test)]
mod tests;

use cell::{push_cell, push_inert_start};

use super::clock::{count_zone, push_rfc3339};
use super::column::Column;
use super::escape_loop::{push_hex, push_number};
use super::event_view::{Facts, FieldRole};
use super::loss::count_text;
use super::{LogRecord, Losses, Settings, Writer};
use crate::event::{Value, canonical_key};

/// The columns of a table when nobody asks for others: together they hold all there is.
pub const FIELDS_DEFAULT: [&str; 21] = [
    "time",
    "level",
    "severity",
    "code",
    "name",
    "message",
    "client_id",
    "session_id",
    "product",
    "version",
    "error",
    "sql",
    "file",
    "line",
    "integrity_status",
    "chain_id",
    "chain_position",
    "key_fingerprint",
    "seal",
    "raw",
    "fields",
];

/// Writes rows of CSV. A control character or a line break of the log never stands in a row, nor does a formula.
#[derive(Clone, Debug)]
pub struct CsvWriter {
    settings: Settings,
    names: Vec<String>,
    columns: Vec<Column>,
}

impl CsvWriter {
    /// A writer for the whole run with these columns: those of [`FIELDS_DEFAULT`], and any other field of the log by its
    /// key. What is in no column is not written, since nobody asked for it.
    pub fn new(settings: Settings, fields: Vec<String>) -> Self {
        let columns = fields.iter().map(|name| Column::named(name)).collect();
        Self { settings, names: fields, columns }
    }

    /// Appends the row of names, without a line break.
    pub fn header(&self, out: &mut Vec<u8>) {
        push_row(self.names.iter().map(|name| Some(name.as_str())), out);
    }

    fn write_column(
        &self,
        column: &Column,
        record: &LogRecord<'_>,
        facts: &Facts<'_>,
        places: &[Option<usize>],
        row: &mut CsvRow<'_>,
    ) {
        match column {
            Column::Time => row.time(facts),
            Column::Level => row.text("level", Some(facts.event.level.name().as_bytes())),
            Column::Severity => push_number(facts.severity.into(), row.out),
            Column::Code => row.number(facts.code.map(u64::from)),
            // The message says all that a name made of it may have lost.
            Column::Name => {
                push_cell(facts.name(), row.out);
            }
            Column::Message => row.text("message", Some(facts.event.message.as_bytes())),
            Column::Product => row.text("product", facts.product),
            Column::Version => row.text("version", facts.version),
            Column::File => row.text("file", Some(record.file.as_bytes())),
            Column::Line => push_number(record.line, row.out),
            Column::Seal => row.hex(facts.event.seal.as_ref().map(|seal| &seal.0[..])),
            Column::Raw => row.text("raw", record.raw),
            Column::Fields => rest::push(facts.event, places, row.out, row.losses),
            Column::Field(key) => {
                let place = self.columns.iter().position(|other| other == column);
                let at = place.and_then(|place| places[place]);
                row.value(key, at.map(|at| &facts.event.fields[at].value));
            }
            Column::IntegrityStatus | Column::ChainId | Column::ChainPosition | Column::KeyFingerprint => {
                write_verdict(column, record, row)
            }
        }
    }

    /// Where the field of each column stands; a column that is repeated has it once.
    fn places(&self, facts: &Facts<'_>) -> Vec<Option<usize>> {
        let mut places = vec![None; self.columns.len()];
        for (at, field) in facts.event.fields.iter().enumerate() {
            let key = canonical_key(field.key.as_bytes());
            let wanted = |column: &Column| column.key().is_some_and(|wanted| wanted.as_bytes() == key);
            let Some(column) = self.columns.iter().position(wanted) else {
                continue;
            };
            // A code that is none is a field like any other.
            // A field by another name must not speak for the one that is named so.
            let named_so = |at: usize| facts.event.fields[at].key.as_bytes() == key;
            let is_first = places[column].is_none_or(|first| named_so(at) && !named_so(first));
            if is_first && (key != b"code" || facts.value(FieldRole::Code).is_some()) {
                places[column] = Some(at);
            }
        }
        places
    }
}

impl Writer for CsvWriter {
    fn head(&self, out: &mut Vec<u8>) {
        self.header(out);
        out.push(b'\n');
    }

    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let facts = Facts::of(record, &self.settings);
        let places = self.places(&facts);
        let start = out.len();
        let mut row = CsvRow { out, losses };
        for (place, column) in self.columns.iter().enumerate() {
            if place > 0 {
                row.out.push(b',');
            }
            self.write_column(column, record, &facts, &places, &mut row);
        }
        if row.out.len() == start {
            // A row of one empty cell would be an empty line, which is no row.
            row.out.extend_from_slice(b"\"\"");
        }
    }
}

/// Appends a row of texts, without a line break. A cell without a value is empty; one with an empty value is `""`.
pub fn push_row<'c>(cells: impl IntoIterator<Item = Option<&'c str>>, out: &mut Vec<u8>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if let Some(cell) = cell {
            push_cell(cell.as_bytes(), out);
        }
    }
}

/// What this run says of the entry.
fn write_verdict(column: &Column, record: &LogRecord<'_>, row: &mut CsvRow<'_>) {
    let Some(integrity) = record.integrity else {
        return;
    };
    match column {
        Column::IntegrityStatus => row.text("integrity_status", Some(integrity.status.name().as_bytes())),
        Column::ChainId => row.hex(integrity.chain_bytes().as_ref().map(<[u8; 8]>::as_slice)),
        Column::ChainPosition => row.number(integrity.position),
        _ => row.text("key_fingerprint", integrity.key.map(str::as_bytes)),
    }
}

/// The cells of one row, as they are written.
struct CsvRow<'o> {
    out: &'o mut Vec<u8>,
    losses: &'o mut Losses,
}

impl CsvRow<'_> {
    fn text(&mut self, field: &str, text: Option<&[u8]>) {
        if let Some(text) = text {
            push_cell(text, self.out).count(field, self.losses);
        }
    }

    fn value(&mut self, field: &str, value: Option<&Value<'_>>) {
        let Some(value) = value else {
            return;
        };
        if field != "session_id" {
            // A session is an identifier: that the number becomes text is no loss.
            count_text(field, value, self.losses);
        }
        match value {
            // Nothing in a number of json can be a formula.
            Value::Number(number) => self.out.extend_from_slice(number.as_bytes()),
            _ => self.text(field, Some(value.as_bytes())),
        }
    }

    fn number(&mut self, number: Option<u64>) {
        if let Some(number) = number {
            push_number(number, self.out);
        }
    }

    fn hex(&mut self, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            push_hex(bytes, self.out);
        }
    }

    fn time(&mut self, facts: &Facts<'_>) {
        if let Some(moment) = &facts.event.moment {
            count_zone(moment, self.losses);
            let start = self.out.len();
            push_rfc3339(moment, self.out);
            // Years before the first, and times beyond the calendar.
            push_inert_start(start, self.out);
        }
    }
}
