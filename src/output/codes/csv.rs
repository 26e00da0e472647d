//! Codes as CSV (RFC 4180): which columns there are. How cells are written is left to `siem`.

use std::io::{self, Write};

use super::record::type_uid;
use crate::event::catalogue::Entry;
use crate::siem::push_row;

const HEADER: [&str; 17] = [
    "code",
    "identifier",
    "group",
    "important",
    "severity",
    "slug",
    "title",
    "act",
    "ecs_kind",
    "ecs_category",
    "ecs_type",
    "ecs_outcome",
    "ocsf_class_uid",
    "ocsf_type_uid",
    "meaning",
    "cause",
    "response",
];

/// Writes a header and a row per code.
pub(super) fn write(out: &mut impl Write, entries: &[&Entry]) -> io::Result<()> {
    write_row(out, &HEADER)?;
    for entry in entries {
        let numbers = [u32::from(entry.code), entry.ocsf.class, type_uid(entry)].map(|number| number.to_string());
        let severity = entry.severity.map(|severity| severity.to_string()).unwrap_or_default();
        let row = [
            numbers[0].as_str(),
            entry.identifier,
            entry.group,
            if entry.important { "yes" } else { "no" },
            &severity,
            entry.slug,
            entry.title,
            entry.act.unwrap_or_default(),
            entry.ecs.kind,
            entry.ecs.categories,
            entry.ecs.kind_type,
            entry.ecs.outcome,
            &numbers[1],
            &numbers[2],
            entry.meaning,
            entry.cause,
            entry.response,
        ];
        write_row(out, &row)?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, cells: &[&str]) -> io::Result<()> {
    let mut row = Vec::new();
    push_row(cells.iter().map(|cell| Some(*cell).filter(|cell| !cell.is_empty())), &mut row);
    row.extend_from_slice(b"\r\n");
    out.write_all(&row)
}
