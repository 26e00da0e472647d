//! One row as an object, its members in the order of the columns; an absent value is null, so that every row has the same
//! shape.

use std::io::{self, Write};
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::column::cell;
use crate::event::Level;
use crate::output::escape;
use crate::query::Zone;
use crate::siem::{Column, LogRecord};
use crate::verdict::IntegrityStatus;

/// Writes an object without a line break behind it.
pub(super) fn write(out: &mut impl Write, columns: &[(String, Column)], record: &LogRecord<'_>) -> io::Result<()> {
    escape::write_json_bare(out, &Object { columns, record })
}

/// One line of jsonl, and one element of the array of json, when --fields does not choose other columns.
#[derive(JsonSchema)]
#[schemars(title = "acralog grep --output-format jsonl", extend("dependentRequired" = {
    "integrity_status": ["chain_id", "chain_position"],
    "chain_id": ["integrity_status", "chain_position"],
    "chain_position": ["integrity_status", "chain_id"],
}))]
#[expect(dead_code, reason = "the columns are chosen at run time: this is their description, held to them by a test")]
pub(in crate::output) struct UsualRow {
    /// When it was logged, in UTC; whole seconds where the entry has no milliseconds.
    #[schemars(regex(pattern = r"^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$"))]
    time: Option<String>,
    level: Level,
    /// The event code; null when the entry has none.
    code: Option<u16>,
    /// The title of the code, as `acralog codes` has it.
    name: Option<String>,
    /// The client, whichever way Acra spelled the field: a string, unless a json log has another type there.
    client_id: Value,
    /// A number that restarts with the service; what else a log has there is as it stands in the log.
    session_id: Value,
    /// The message.
    message: String,
    /// What wrote it, in a log that says so.
    product: Option<String>,
    /// The version of what wrote it.
    version: Option<String>,
    /// All other fields of the entry, by their names in the log. A text format may have a field more than once: then its
    /// values are an array.
    fields: Map<String, Value>,
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

struct Object<'a> {
    columns: &'a [(String, Column)],
    record: &'a LogRecord<'a>,
}

impl Serialize for Object<'_> {
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
