//! Codes as CSV (RFC 4180), with nothing in it that a spreadsheet takes for a formula.

use std::borrow::Cow;
use std::io::{self, Write};

use super::record::type_uid;
use crate::event::catalogue::Entry;
use crate::output::escape::visible;

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
    for (index, cell) in cells.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(out, "{comma}{}", spelled(cell))?;
    }
    out.write_all(b"\r\n")
}

/// A cell as it is written: in quotes where it must be, behind an apostrophe where a spreadsheet would calculate it.
fn spelled(cell: &str) -> Cow<'_, str> {
    let text = visible(cell);
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    let quotes = text.contains(['"', ',']) || text.starts_with(' ') || text.ends_with(' ');
    match (formula, quotes) {
        (false, false) => text,
        (true, false) => Cow::Owned(format!("'{text}")),
        (_, true) => Cow::Owned(format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        let cases = [
            ("plain text", "plain text"),
            ("", ""),
            ("a, b", "\"a, b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            (" a", "\" a\""),
            ("=1+1", "'=1+1"),
            ("@SUM(a,b)", "\"'@SUM(a,b)\""),
            ("-1", "'-1"),
            (" +1", "\"' +1\""),
            ("a\r\nb", "a\\r\\nb"),
        ];
        for (cell, wanted) in cases {
            assert_eq!(spelled(cell), wanted);
        }
    }
}
