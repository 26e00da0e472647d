//! The fields without a column, as one JSON object in one cell. Types are kept; what a terminal would act on stands as
//! `\uNNNN`, which is the same to every reader.

use std::io::Write as _;

use super::super::custom::Names;
use super::super::spelled::{Damage, Fate, Stops, copy};
use super::super::view::count_rounded;
use super::super::{Loss, Losses};
use crate::entry::Marker;
use crate::event::{Event, Value};

/// Inside a string of json.
const TEXT_STOPS: Stops = Stops::at(b"\"\\");
/// Inside a value that is json already.
const JSON_STOPS: Stops = Stops::at(b"\"");

/// Appends the cell; an empty one when every field has its column.
pub(super) fn push(event: &Event<'_>, places: &[Option<usize>], out: &mut Vec<u8>, losses: &mut Losses) {
    let mut names = Names::without(&[]);
    let start = out.len();
    if event.marker == Marker::Start {
        push_name(b"chain", start, &mut names, out);
        push_text(b"new", out);
    }
    for (at, field) in event.fields.iter().enumerate() {
        if places.contains(&Some(at)) {
            continue;
        }
        let name = field.key.to_str();
        if push_name(field.key.as_bytes(), start, &mut names, out) {
            losses.add(&name, Loss::Name);
        }
        count_rounded(&name, &field.value, losses);
        match &field.value {
            Value::Text(text) => push_text(text.as_bytes(), out).count(&name, losses),
            Value::Number(json) | Value::Json(json) => push_json(json, out),
        }
    }
    if out.len() > start {
        out.extend_from_slice(b"}\"");
    }
}

/// Appends the name of a member, and the comma or the beginning of the cell before it. Whether readers see another name.
fn push_name(name: &[u8], start: usize, names: &mut Names, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(if out.len() > start { b"," } else { b"\"{" });
    out.extend_from_slice(b"\"\"");
    let name_start = out.len();
    let damage = push_inside(name, out);
    let numbered = names.distinguish(out, name_start);
    out.extend_from_slice(b"\"\":");
    numbered || damage.encoding
}

fn push_text(text: &[u8], out: &mut Vec<u8>) -> Damage {
    out.extend_from_slice(b"\"\"");
    let damage = push_inside(text, out);
    out.extend_from_slice(b"\"\"");
    damage
}

/// Appends the inside of a string: its quotes are escaped for json, and doubled for the cell.
fn push_inside(text: &[u8], out: &mut Vec<u8>) -> Damage {
    copy(text, &TEXT_STOPS, out, |c, out| {
        match c {
            '"' => out.extend_from_slice(b"\\\"\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            _ => push_unicode(c, out),
        }
        Fate::Kept
    })
}

/// Appends a value that is json: in it, hostile characters stand in strings only.
fn push_json(json: &str, out: &mut Vec<u8>) {
    copy(json.as_bytes(), &JSON_STOPS, out, |c, out| {
        match c {
            '"' => out.extend_from_slice(b"\"\""),
            _ => push_unicode(c, out),
        }
        Fate::Kept
    });
}

fn push_unicode(c: char, out: &mut Vec<u8>) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}
