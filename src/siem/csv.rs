//! CSV: the columns that rows of events can have, and cells that are quoted where RFC 4180 asks for it and inert where a
//! spreadsheet would calculate. Fields without a column stand as one JSON object in one cell.

use super::clock::{count_zone, push_rfc3339};
use super::event_view::{Facts, FieldRole};
use super::json::Json;
use super::text_format::{Damage, Stops, Treatment, UniqueNames, copy_escaped, push_hex, push_number, push_visible};
use super::{LogRecord, Loss, Losses, Settings, Writer, count_text};
use crate::entry::Marker;
use crate::event::{Event, Value, canonical_key};
use crate::terminal_safe::is_unsafe_char;

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

/// What a column says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    Time,
    Level,
    /// Its severity on the scale of CEF.
    Severity,
    Code,
    /// What an event of its kind is called.
    Name,
    Message,
    Product,
    Version,
    /// The fields that have no place of their own, as one JSON object.
    Fields,
    File,
    Line,
    Seal,
    /// What verification says of it.
    IntegrityStatus,
    /// The name of its chain.
    ChainId,
    /// Its place in the chain.
    ChainPosition,
    /// The key that it verifies with.
    KeyFingerprint,
    Raw,
    /// A field of the entry, by its canonical key.
    Field(String),
}

impl Column {
    /// The column with a name; any other name is that of a field.
    pub fn named(name: &str) -> Self {
        match name {
            "time" => Self::Time,
            "level" => Self::Level,
            "severity" => Self::Severity,
            "code" => Self::Code,
            "name" => Self::Name,
            "message" | "msg" => Self::Message,
            "product" => Self::Product,
            "version" => Self::Version,
            "fields" => Self::Fields,
            "file" => Self::File,
            "line" => Self::Line,
            "seal" | "integrity" => Self::Seal,
            "integrity_status" => Self::IntegrityStatus,
            "chain_id" => Self::ChainId,
            "chain_position" => Self::ChainPosition,
            "key_fingerprint" => Self::KeyFingerprint,
            "raw" => Self::Raw,
            key => Self::Field(String::from_utf8_lossy(canonical_key(key.as_bytes())).into_owned()),
        }
    }

    /// The key of the field it takes out of [`Column::Fields`] where each field stands once.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Code => Some("code"),
            Self::Field(key) => Some(key),
            _ => None,
        }
    }
}

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
    fn header(&self, out: &mut Vec<u8>) {
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
            Column::Fields => push_rest(facts.event, places, row.out, row.losses),
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

/// A quote is doubled; a comma needs quotes around the cell and stands as it is.
const CELL_STOPS: Stops = Stops::at(b"\"");
/// What makes a spreadsheet take a cell for text.
const INERT: u8 = b'\'';

/// Appends a cell with a text, which may be empty.
fn push_cell(text: &[u8], out: &mut Vec<u8>) -> Damage {
    let formula = is_formula(text);
    let blank_ends = text.first() == Some(&b' ') || text.last() == Some(&b' ');
    let quoted = text.is_empty() || blank_ends || memchr::memchr2(b'"', b',', text).is_some();
    if quoted {
        out.push(b'"');
    }
    if formula {
        out.push(INERT);
    }
    let mut damage = copy_escaped(text, &CELL_STOPS, out, |c, out| match c {
        '"' => {
            out.extend_from_slice(b"\"\"");
            Treatment::Kept
        }
        _ => {
            push_visible(c, out);
            Treatment::Replaced
        }
    });
    if quoted {
        out.push(b'"');
    }
    damage.characters |= formula;
    damage
}

/// Makes a cell inert that is written already, without quotes.
fn push_inert_start(start: usize, out: &mut Vec<u8>) {
    if is_formula(&out[start..]) {
        out.insert(start, INERT);
    }
}

/// Whether a spreadsheet may take a text for a formula: by what it begins with, blanks and control characters aside. An
/// apostrophe in front of all that gets a second one, so that a reader can take one off and has what was there.
fn is_formula(text: &[u8]) -> bool {
    if text.first().is_none_or(u8::is_ascii_alphanumeric) {
        return false;
    }
    let beginning = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let shows = |c: &char| *c != '\'' && !c.is_whitespace() && !is_unsafe_char(*c);
    // The last four are the wide forms, which some spreadsheets read alike.
    beginning
        .chars()
        .find(shows)
        .is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'))
}

/// Appends the cell of the fields without a column; an empty one when every field has its column. A name that is there more
/// than once gets a number, since readers of tables rarely expect lists.
fn push_rest(event: &Event<'_>, places: &[Option<usize>], out: &mut Vec<u8>, losses: &mut Losses) {
    let mut names = UniqueNames::without(&[]);
    let start = out.len();
    let json = &mut Json::new(out, losses);
    json.open();
    if event.marker == Marker::Start {
        json.key_once(b"chain", &mut names);
        json.string(b"new", b"chain");
    }
    for (at, field) in event.fields.iter().enumerate() {
        if places.contains(&Some(at)) {
            continue;
        }
        let key = field.key.as_bytes();
        if json.key_once(key, &mut names) {
            json.lose(key, Loss::Name);
        }
        json.value(key, &field.value);
    }
    json.close();
    match out.len() - start {
        // `{}`
        2 => out.truncate(start),
        _ => quote_json(start, out),
    }
}

/// Makes a quoted cell of what was written: every quote in it is doubled, from the end on, so that all moves once.
fn quote_json(start: usize, out: &mut Vec<u8>) {
    let quotes = memchr::memchr_iter(b'"', &out[start..]).count();
    let mut from = out.len();
    out.resize(from + quotes + 2, b'"');
    // The last byte is the quote that ends the cell.
    let mut to = out.len() - 1;
    while from > start {
        let quote = memchr::memrchr(b'"', &out[start..from]).map(|at| start + at);
        let stretch = quote.unwrap_or(start)..from;
        (from, to) = (stretch.start, to - stretch.len());
        out.copy_within(stretch, to);
        if quote.is_some() {
            to -= 1;
            out[to] = b'"';
        }
    }
    out[start] = b'"';
}

#[cfg(test)]
mod tests;
