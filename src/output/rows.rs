//! Events in rows: json, jsonl, csv and a table, of the columns that were asked for. Which events are printed is decided
//! elsewhere; csv is the one of `siem`.

use std::borrow::Cow;
use std::io::{self, Write};
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::map::Entry as Slot;
use serde_json::{Map, Value as Json};
use strum::IntoStaticStr;

use super::escape::{self, excerpt};
use super::layout::{Align, Palette, Table, TextStyle};
use crate::event::{Event, Level, Value, catalogue};
use crate::query::Zone;
use crate::siem::{Column, CsvWriter, LogRecord, Losses, Settings, Writer};
use crate::verdict::IntegrityStatus;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum RowFormat {
    Json,
    Jsonl,
    Csv,
    Table,
}

impl RowFormat {
    pub const ALL: [Self; 4] = [Self::Json, Self::Jsonl, Self::Csv, Self::Table];

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

#[derive(Clone, Debug)]
pub struct RowStyle {
    format: RowFormat,
    columns: Vec<String>,
    zone: Zone,
    palette: Palette,
}

impl RowStyle {
    /// Rows of these columns, each of them once; without any, of the usual ones of the format. `verified` says that
    /// entries come with a verdict. The zone is that of the times in tables; machines get UTC.
    pub fn new(format: RowFormat, columns: Vec<String>, zone: Zone, palette: Palette, verified: bool) -> Self {
        let usual = || format.default_columns(verified).into_iter().map(str::to_owned).collect();
        let columns = if columns.is_empty() { usual() } else { columns };
        Self { format, columns, zone, palette }
    }

    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }
}

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
    pub fn print(&mut self, record: &LogRecord<'_>) -> io::Result<()> {
        self.begin()?;
        match &mut self.form {
            Form::Json { columns, array } => {
                if *array {
                    self.out.write_all(if self.begun { b",\n" } else { b"\n" })?;
                }
                write_object(&mut self.out, columns, record)?;
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
    pub fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        match &mut self.form {
            Form::Json { array: true, .. } => self.out.write_all(if self.begun { b"\n]\n" } else { b"]\n" }),
            Form::Json { array: false, .. } | Form::Csv { .. } => Ok(()),
            Form::Table(table) => table.finish(&mut self.out),
        }
    }

    /// Shows the rows so far. The widths of a table are settled by them.
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

/// What stands in a cell: JSON for machines, and the same as text for people.
enum Cell<'a> {
    Absent,
    Number(u64),
    Text(Cow<'a, str>),
    Json(Json),
}

/// What a column says of an event. Times are left out: they are printed in a zone.
fn cell<'a>(column: &Column, record: &LogRecord<'a>) -> Cell<'a> {
    let event = record.event;
    let known = event.code().and_then(catalogue::find);
    match column {
        Column::Time => Cell::Absent,
        Column::Level => Cell::Text(event.level.name().into()),
        Column::Severity => {
            let severity = known.and_then(|entry| entry.severity).unwrap_or(event.level.cef_severity());
            Cell::Number(severity.into())
        }
        Column::Code => event.code().map_or(Cell::Absent, |code| Cell::Number(code.into())),
        Column::Name => known.map_or(Cell::Absent, |entry| Cell::Text(entry.title.into())),
        Column::Message => Cell::Text(event.message.to_str()),
        Column::Product => event.product.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
        Column::Version => event.version.as_ref().map_or(Cell::Absent, |text| Cell::Text(text.to_str())),
        Column::Fields => Cell::Json(Json::Object(fields(event))),
        Column::File => Cell::Text(record.file.into()),
        Column::Line => Cell::Number(record.line),
        Column::Seal => event.seal.map_or(Cell::Absent, |seal| Cell::Text(hex::encode(seal.0).into())),
        Column::IntegrityStatus => record.integrity.map_or(Cell::Absent, |it| Cell::Text(it.status.name().into())),
        Column::ChainId => {
            record.integrity.and_then(|it| it.chain_id()).map_or(Cell::Absent, |id| Cell::Text(id.into()))
        }
        Column::ChainPosition => record.integrity.and_then(|it| it.position).map_or(Cell::Absent, Cell::Number),
        Column::KeyFingerprint => {
            record.integrity.and_then(|it| it.key).map_or(Cell::Absent, |key| Cell::Text(key.into()))
        }
        Column::Raw => record.raw.map_or(Cell::Absent, |raw| Cell::Text(String::from_utf8_lossy(raw))),
        Column::Field(key) => match event.field(key) {
            None => Cell::Absent,
            // A number whatever the format: text formats have no types.
            Some(value) if key == "session_id" && is_count(value) => Cell::Json(number_json(value)),
            Some(Value::Text(text)) => Cell::Text(text.to_str()),
            Some(value) => Cell::Json(value_json(value)),
        },
    }
}

/// All fields without a column of their own. Text formats may have one more than once: then its values are an array, which
/// no value of theirs is by itself.
fn fields(event: &Event<'_>) -> Map<String, Json> {
    let mut fields = Map::new();
    for field in event.other_fields() {
        match fields.entry(field.key.to_str()) {
            Slot::Vacant(slot) => _ = slot.insert(value_json(&field.value)),
            Slot::Occupied(slot) => match slot.into_mut() {
                Json::Array(values) => values.push(value_json(&field.value)),
                first => *first = Json::Array(vec![first.take(), value_json(&field.value)]),
            },
        }
    }
    fields
}

/// Whether a value is a whole number that JSON can hold as it stands.
fn is_count(value: &Value<'_>) -> bool {
    let digits = value.as_bytes();
    (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && (digits == b"0" || digits[0] != b'0')
}

fn number_json(value: &Value<'_>) -> Json {
    value.to_str().parse::<u64>().map_or(Json::Null, Json::from)
}

/// A value with its json type; a text stays a text.
fn value_json(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        // Nested too deep for a tree: said as it stands.
        Value::Number(token) | Value::Json(token) => {
            serde_json::from_str(token).unwrap_or_else(|_| Json::String(token.as_ref().to_owned()))
        }
    }
}

impl Cell<'_> {
    fn into_json(self) -> Json {
        match self {
            Self::Absent => Json::Null,
            Self::Number(number) => number.into(),
            Self::Text(text) => Json::String(text.into_owned()),
            Self::Json(json) => json,
        }
    }

    /// For people; hostile.
    fn into_text(self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.into_owned(),
            Self::Json(json) => json.to_string(),
        }
    }
}

/// Writes one row as an object, without a line break behind it. Its members are in the order of the columns; an absent
/// value is null, so that every row has the same shape.
fn write_object(out: &mut impl Write, columns: &[(String, Column)], record: &LogRecord<'_>) -> io::Result<()> {
    escape::write_json_bare(out, &RowObject { columns, record })
}

/// One line of jsonl, and one element of the array of json, when --fields does not choose other columns.
#[derive(JsonSchema)]
#[schemars(title = "acralog grep --output-format jsonl", extend("dependentRequired" = {
    "integrity_status": ["chain_id", "chain_position"],
    "chain_id": ["integrity_status", "chain_position"],
    "chain_position": ["integrity_status", "chain_id"],
}))]
#[expect(dead_code, reason = "the columns are chosen at run time: this is their description, held to them by a test")]
pub(super) struct UsualRow {
    /// When it was logged, in UTC; whole seconds where the entry has no milliseconds.
    #[schemars(regex(pattern = r"^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$"))]
    time: Option<String>,
    level: Level,
    /// The event code; null when the entry has none.
    code: Option<u16>,
    /// The title of the code, as `acralog codes` has it.
    name: Option<String>,
    /// The client, whichever way Acra spelled the field: a string, unless a json log has another type there.
    client_id: Json,
    /// A number that restarts with the service; what else a log has there is as it stands in the log.
    session_id: Json,
    /// The message.
    message: String,
    /// What wrote it, in a log that says so.
    product: Option<String>,
    /// The version of what wrote it.
    version: Option<String>,
    /// All other fields of the entry, by their names in the log. A text format may have a field more than once: then its
    /// values are an array.
    fields: Map<String, Json>,
    /// The file as it was named; `-` is standard input.
    file: String,
    /// The line in this file, counted from 1.
    line: NonZeroU64,
    /// What verification says of the entry; with --verify only.
    #[schemars(skip_serializing_if = "Option::is_none")]
    integrity_status: Option<IntegrityStatus>,
    /// The chain of the entry; with --verify only.
    #[schemars(skip_serializing_if = "Option::is_none", regex(pattern = "^[0-9a-f]{16}$"))]
    chain_id: Option<String>,
    /// The place of the entry in its chain, counted from 1; with --verify only.
    #[schemars(skip_serializing_if = "Option::is_none")]
    chain_position: Option<NonZeroU64>,
}

struct RowObject<'a> {
    columns: &'a [(String, Column)],
    record: &'a LogRecord<'a>,
}

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (name, column) in self.columns {
            match column {
                Column::Time => {
                    let moment = self.record.event.moment.as_ref();
                    map.serialize_entry(name, &moment.map(|it| Zone::default().rfc3339(it.time, it.precision)))?;
                }
                _ => map.serialize_entry(name, &cell(column, self.record).into_json())?,
            }
        }
        map.end()
    }
}

/// Rows that are looked at before the first one is printed: their widths are those of the table, so that a long search
/// shows something soon.
const ROWS_HELD: usize = 200;

/// Rows in columns for people, on their way.
struct TableRows {
    columns: Vec<Column>,
    table: Table,
    zone: Zone,
    palette: Palette,
    empty: bool,
}

impl TableRows {
    fn new(columns: Vec<(String, Column)>, zone: Zone, palette: Palette) -> Self {
        let table = Table::new(columns.iter().map(|(name, _)| (name.as_str(), Align::Left)));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Self { columns, table, zone, palette, empty: true }
    }

    fn push(&mut self, record: &LogRecord<'_>, out: &mut impl Write) -> io::Result<()> {
        self.empty = false;
        let cells: Vec<String> = self.columns.iter().map(|column| self.cell(column, record)).collect();
        self.table.push(cells.iter().map(|cell| (TextStyle::Neutral, cell.as_str())));
        if self.table.waiting() == ROWS_HELD { self.table.write(out, self.palette) } else { Ok(()) }
    }

    /// Prints what waits, when anything does.
    fn show(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.table.waiting() == 0 { Ok(()) } else { self.table.write(out, self.palette) }
    }

    /// Prints what waits. A table without rows has no header either.
    fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
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

#[cfg(test)]
mod tests;
