//! The fields without a column, as one JSON object in one cell. A name that is there more than once gets a number, since
//! readers of tables rarely expect lists.

use super::super::custom::UniqueNames;
use super::super::json::Json;
use super::super::{Loss, Losses};
use crate::entry::Marker;
use crate::event::Event;

/// Appends the cell; an empty one when every field has its column.
pub(super) fn push(event: &Event<'_>, places: &[Option<usize>], out: &mut Vec<u8>, losses: &mut Losses) {
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
        _ => quote(start, out),
    }
}

/// Makes a quoted cell of what was written: every quote in it is doubled, from the end on, so that all moves once.
fn quote(start: usize, out: &mut Vec<u8>) {
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
