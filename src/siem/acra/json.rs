//! One compact object as Acra writes it, keys in byte order, in the spelling of Go 1.22 and later (audit log, section 2).

use std::borrow::Cow;

use super::{name_of, push_unix_time, rfc3339, sorted};
use crate::entry::Format;
use crate::entry::go_json::{Style, write_string};
use crate::event::{Event, Field, Value};
use crate::siem::loss::may_be_rounded;
use crate::siem::{Loss, Losses, Settings};

/// A member of the object before it is sorted in.
enum GoMember<'e, 'a> {
    Text(&'static str, Cow<'e, [u8]>),
    Field(&'e Field<'a>),
}

impl GoMember<'_, '_> {
    fn key(&self) -> &[u8] {
        match self {
            Self::Text(key, _) => key.as_bytes(),
            Self::Field(field) => field.key.as_bytes(),
        }
    }
}

pub(super) fn write(event: &Event<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    // In byte order of their keys.
    let mut members = Vec::with_capacity(6);
    members.push(GoMember::Text("level", event.level.name().as_bytes().into()));
    members.push(GoMember::Text("msg", event.message.as_bytes().into()));
    let product = event.product.as_ref().map(|text| text.as_bytes());
    match product.or_else(|| settings.product.as_deref().map(str::as_bytes)) {
        Some(product) => members.push(GoMember::Text("product", product.into())),
        None => losses.add("product", Loss::LeftOut),
    }
    match &event.moment {
        Some(moment) => {
            members.push(GoMember::Text("timestamp", rfc3339(moment, losses)));
            let mut unix_time = Vec::with_capacity(16);
            push_unix_time(moment, &mut unix_time, losses);
            members.push(GoMember::Text("unixTime", unix_time.into()));
        }
        None => losses.add("time", Loss::LeftOut),
    }
    match &event.version {
        Some(version) => members.push(GoMember::Text("version", version.as_bytes().into())),
        None => losses.add("version", Loss::LeftOut),
    }
    let members = merge(sorted(event), members);
    out.push(b'{');
    let mut comma = false;
    for (index, member) in members.iter().enumerate() {
        if members.get(index + 1).is_some_and(|next| next.key() == member.key()) {
            // The last of repeated keys is the one that every reader of json keeps.
            losses.add(&String::from_utf8_lossy(member.key()), Loss::LeftOut);
            continue;
        }
        if std::mem::replace(&mut comma, true) {
            out.push(b',');
        }
        push_text(member.key(), out, losses, member.key());
        out.push(b':');
        match member {
            GoMember::Text(key, text) => push_text(text, out, losses, key.as_bytes()),
            GoMember::Field(field) => push_value(event.format, field, out, losses),
        }
    }
    out.push(b'}');
}

/// Puts the members that every entry has among its fields; both are in order, and a field comes first of two equals.
fn merge<'e, 'a>(fields: Vec<&'e Field<'a>>, own: Vec<GoMember<'e, 'a>>) -> Vec<GoMember<'e, 'a>> {
    let mut members = Vec::with_capacity(fields.len() + own.len());
    let mut fields = fields.into_iter().peekable();
    for member in own {
        while let Some(field) = fields.next_if(|field| field.key.as_bytes() <= member.key()) {
            members.push(GoMember::Field(field));
        }
        members.push(member);
    }
    members.extend(fields.map(GoMember::Field));
    members
}

fn push_value(format: Format, field: &Field<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    match &field.value {
        Value::Number(json) | Value::Json(json) => {
            if may_be_rounded(&field.value) {
                losses.add(&name_of(field), Loss::Rounded);
            }
            out.extend_from_slice(json.as_bytes());
        }
        Value::Text(text) => {
            let bytes = text.as_bytes();
            // Text formats have no types: these two are numbers wherever Acra writes them.
            if format != Format::Json && matches!(field.key.as_bytes(), b"code" | b"session_id") && is_count(bytes) {
                return out.extend_from_slice(bytes);
            }
            if format != Format::Json && may_be_typed(bytes) {
                losses.add(&name_of(field), Loss::Type);
            }
            push_text(bytes, out, losses, field.key.as_bytes());
        }
    }
}

/// A whole number as JSON writes it and a float64 holds it.
fn is_count(text: &[u8]) -> bool {
    let plain = text == b"0" || (!text.starts_with(b"0") && text.iter().all(u8::is_ascii_digit));
    (1..=15).contains(&text.len()) && plain
}

/// Whether a text of plaintext or cef may have been a number, a list, an object or a word of json.
fn may_be_typed(text: &[u8]) -> bool {
    let number = || std::str::from_utf8(text).is_ok_and(|text| text.parse::<f64>().is_ok());
    let first = text.first().copied().unwrap_or(0);
    match first {
        b'-' | b'+' | b'.' | b'0'..=b'9' => number(),
        b'm' => text.starts_with(b"map["),
        b'[' => true,
        _ => matches!(text, b"true" | b"false" | b"<nil>"),
    }
}

fn push_text(text: &[u8], out: &mut Vec<u8>, losses: &mut Losses, field: &[u8]) {
    if std::str::from_utf8(text).is_ok() {
        return write_string(text, Style::Go122, out);
    }
    losses.add(&String::from_utf8_lossy(field), Loss::Encoding);
    // One U+FFFD for each byte, as Go does it.
    let mut plain = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        plain.push_str(chunk.valid());
        plain.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    write_string(plain.as_bytes(), Style::Go122, out);
}
