//! One row as an object, its members in the order of the columns; an absent value is null, so that every row has the same
//! shape.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::column::cell;
use crate::output::inert_json;
use crate::query::Zone;
use crate::siem::{Column, LogRecord};

/// Writes an object without a line break behind it.
pub(super) fn write(out: &mut impl Write, columns: &[(String, Column)], record: &LogRecord<'_>) -> io::Result<()> {
    inert_json::write_bare(out, &Object { columns, record })
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
