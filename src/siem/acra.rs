//! Entries as Acra itself writes them, in plaintext, CEF and JSON (audit log, section 2): byte for byte what its formatters
//! print for the same event, but without a seal, since a seal belongs to the bytes it was made for. Every entry is written
//! unsigned, as those of a starting service are.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{LogRecord, Loss, Losses, Settings, Writer, may_be_rounded};
use crate::entry::go_json::{Style, write_string};
use crate::entry::plaintext::quote;
use crate::entry::{Format, go_float};
use crate::event::{CODE_GENERAL, Event, Field, Level, Moment, Precision, Value};

pub struct AcraWriter {
    format: Format,
    settings: Settings,
}

impl AcraWriter {
    pub fn new(format: Format, settings: Settings) -> Self {
        Self { format, settings }
    }
}

impl Writer for AcraWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let event = record.event;
        if event.seal.is_some() {
            losses.add("integrity", Loss::LeftOut);
        }
        match self.format {
            Format::Plaintext => write_plaintext(event, out, losses),
            Format::Json => write_json(event, &self.settings, out, losses),
            Format::Cef => write_cef(event, &self.settings, out, losses),
        }
    }
}

/// The fields in byte order of their keys, as all three formats want them.
fn sorted<'e, 'a>(event: &'e Event<'a>) -> Vec<&'e Field<'a>> {
    let mut fields: Vec<_> = event.fields.iter().collect();
    if !fields.is_sorted_by_key(|field| &field.key) {
        // Stable: fields with the same key stay in their order.
        fields.sort_by_key(|field| &field.key);
    }
    fields
}

/// The text a field is known by in a report of losses.
fn name_of(field: &Field<'_>) -> String {
    field.key.to_str().into_owned()
}

/// Appends `<seconds>.<milliseconds>`, the time in json and cef.
fn push_unix_time(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    if moment.precision == Precision::Seconds {
        losses.add("unixTime", Loss::MadeUp);
    }
    push_number(moment.time.unix_ms.div_euclid(1000), out);
    out.push(b'.');
    out.extend(moment.time.millisecond_digits());
}

fn push_number(number: i64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to memory cannot fail.
    let _ = write!(out, "{number}");
}

/// The RFC 3339 text of an event's time in whole seconds: the entry's own, or one in UTC.
fn rfc3339<'m>(moment: &'m Moment<'_>, losses: &mut Losses) -> Cow<'m, [u8]> {
    if let Some(text) = &moment.rfc3339 {
        return text.as_bytes().into();
    }
    losses.add("time", Loss::Zone);
    moment.time.whole_seconds().to_string().into_bytes().into()
}

/// logrus text as Acra writes it: `time="..." level=... msg="..." key=value`.
fn write_plaintext(event: &Event<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"time=");
    match &event.moment {
        Some(moment) => {
            if moment.precision == Precision::Milliseconds {
                losses.add("unixTime", Loss::Milliseconds);
            }
            push_plaintext_value(&rfc3339(moment, losses), out);
        }
        None => {
            losses.add("time", Loss::MadeUp);
            push_plaintext_value(b"", out);
        }
    }
    out.extend_from_slice(b" level=");
    out.extend_from_slice(event.level.name().as_bytes());
    if !event.message.is_empty() {
        out.extend_from_slice(b" msg=");
        push_plaintext_value(event.message.as_bytes(), out);
    }
    if event.product.is_some() && event.format != Format::Plaintext {
        losses.add("product", Loss::LeftOut);
    }
    let mut version = event.version.as_ref().filter(|_| event.is_start_up());
    if event.version.is_some() && version.is_none() && event.format != Format::Plaintext {
        losses.add("version", Loss::LeftOut);
    }
    for field in sorted(event) {
        if let Some(text) = version.take_if(|_| field.key.as_bytes() > b"version".as_slice()) {
            push_plaintext_field(b"version", text.as_bytes(), out);
        }
        let key = field.key.as_bytes();
        if memchr::memchr3(b'=', b'"', b'\n', key).is_some() {
            losses.add(&name_of(field), Loss::Name);
        }
        match field.value {
            Value::Json(_) => losses.add(&name_of(field), Loss::Type),
            _ if may_be_rounded(&field.value) => losses.add(&name_of(field), Loss::Rounded),
            _ => {}
        }
        push_plaintext_field(key, &go_printed(&field.value), out);
    }
    if let Some(text) = version {
        push_plaintext_field(b"version", text.as_bytes(), out);
    }
}

fn push_plaintext_field(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.push(b' ');
    // A key is never quoted; one with a line break in it would be two lines.
    out.extend(key.iter().map(|byte| if *byte < b' ' { b' ' } else { *byte }));
    out.push(b'=');
    push_plaintext_value(value, out);
}

/// Bare when it is made of the letters logrus leaves bare, and in quotes otherwise.
fn push_plaintext_value(value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() && value.iter().all(|byte| is_bare(*byte)) {
        out.extend_from_slice(value);
    } else {
        quote(value, out);
    }
}

/// The letters that need no quotes, in plaintext values and in cef keys (audit log, section 2).
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/' | b'@' | b'^' | b'+')
}

/// Acra's dialect of CEF: what its own reader and verifier accept, and most collectors do not.
fn write_cef(event: &Event<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"CEF:0|cossacklabs|");
    let product = event.product.as_ref().map(|text| text.as_bytes());
    match product.or(settings.product.as_deref().map(str::as_bytes)) {
        Some(product) => push_cef_value("product", product, out, losses),
        None => made_up("product", out, losses),
    }
    out.push(b'|');
    match &event.version {
        Some(version) => push_cef_value("version", version.as_bytes(), out, losses),
        None => made_up("version", out, losses),
    }
    out.push(b'|');
    let code = event.fields.iter().find(|field| field.key.as_bytes() == b"code");
    match code {
        Some(code) => {
            if code.value.as_bytes() == CODE_GENERAL.to_string().as_bytes() {
                // It cannot be told from the filler.
                losses.add("code", Loss::LeftOut);
            }
            push_cef_value("code", &go_printed(&code.value), out, losses);
        }
        None => out.extend_from_slice(CODE_GENERAL.to_string().as_bytes()),
    }
    out.push(b'|');
    push_cef_value("msg", event.message.as_bytes(), out, losses);
    out.push(b'|');
    if event.level == Level::Trace {
        losses.add("level", Loss::Name);
    }
    out.extend_from_slice(event.level.cef_severity().to_string().as_bytes());
    out.push(b'|');
    push_cef_extension(event, out, losses);
}

/// Appends the fields, each with a blank behind it: an unsigned line ends with one.
fn push_cef_extension(event: &Event<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    if event.moment.as_ref().is_some_and(|moment| moment.rfc3339.as_ref().is_some_and(|text| !text.0.ends_with(b"Z"))) {
        losses.add("time", Loss::Zone);
    }
    let mut moment = event.moment.as_ref();
    if moment.is_none() {
        losses.add("time", Loss::LeftOut);
    }
    for field in sorted(event).into_iter().filter(|field| field.key.as_bytes() != b"code") {
        let key = field.key.as_bytes();
        if let Some(moment) = moment.take_if(|_| key > b"unixTime".as_slice()) {
            push_cef_time(moment, out, losses);
        }
        match field.value {
            Value::Json(_) | Value::Number(_) if key != b"session_id" => losses.add(&name_of(field), Loss::Type),
            _ => {}
        }
        if may_be_rounded(&field.value) {
            losses.add(&name_of(field), Loss::Rounded);
        }
        push_cef_key(key, out, losses);
        out.push(b'=');
        push_cef_value(&field.key.to_str(), &go_printed(&field.value), out, losses);
        out.push(b' ');
    }
    if let Some(moment) = moment {
        push_cef_time(moment, out, losses);
    }
}

fn push_cef_time(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"unixTime=");
    push_unix_time(moment, out, losses);
    out.push(b' ');
}

/// A key is trimmed and escaped as values are, and then quoted unless all its letters are bare.
fn push_cef_key(key: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    if !key.is_empty() && key.iter().all(|byte| is_bare(*byte)) {
        return out.extend_from_slice(key);
    }
    let mut escaped = Vec::with_capacity(key.len());
    let trimmed = trim(key);
    if push_cef_escaped(trimmed, &mut escaped) || trimmed.len() != key.len() {
        losses.add(&String::from_utf8_lossy(key), Loss::Name);
    }
    match !escaped.is_empty() && escaped.iter().all(|byte| is_bare(*byte)) {
        true => out.extend_from_slice(&escaped),
        false => quote(&escaped, out),
    }
}

/// A required part that the event does not have stands as Acra writes the empty value.
fn made_up(field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    losses.add(field, Loss::MadeUp);
    out.push(b' ');
}

/// Trimmed, line breaks and tabs as blanks, three bytes escaped, and a blank for the empty value.
fn push_cef_value(field: &str, value: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let trimmed = trim(value);
    if trimmed.len() != value.len() {
        losses.add(field, Loss::Blanks);
    }
    if trimmed.is_empty() {
        return out.push(b' ');
    }
    if push_cef_escaped(trimmed, out) {
        losses.add(field, Loss::Characters);
    }
}

/// Whether a line break or a tab became a blank.
fn push_cef_escaped(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut replaced = false;
    for &byte in text {
        match byte {
            b'\n' | b'\t' => {
                replaced = true;
                out.push(b' ');
            }
            b'\\' | b'|' | b'=' => out.extend([b'\\', byte]),
            _ => out.push(byte),
        }
    }
    replaced
}

/// Go's `strings.TrimSpace`: white space of Unicode, in bytes that need not be UTF-8.
fn trim(value: &[u8]) -> &[u8] {
    let Ok(text) = std::str::from_utf8(value) else { return value.trim_ascii() };
    text.trim().as_bytes()
}

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

/// One compact object as Acra writes it, keys in byte order, in the spelling of Go 1.22 and later.
fn write_json(event: &Event<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
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
        push_json_text(member.key(), out, losses, member.key());
        out.push(b':');
        match member {
            GoMember::Text(key, text) => push_json_text(text, out, losses, key.as_bytes()),
            GoMember::Field(field) => push_json_value(event.format, field, out, losses),
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

fn push_json_value(format: Format, field: &Field<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
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
            push_json_text(bytes, out, losses, field.key.as_bytes());
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

fn push_json_text(text: &[u8], out: &mut Vec<u8>, losses: &mut Losses, field: &[u8]) {
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

/// The text of a value in plaintext and cef, as Go's `%v` prints it. Numbers of json no longer tell a whole float from an
/// integer: they are taken for integers as long as one holds them.
fn go_printed<'a>(value: &'a Value<'_>) -> Cow<'a, [u8]> {
    match value {
        Value::Text(text) => Cow::Borrowed(text.as_bytes()),
        Value::Number(token) if is_integer(token) => Cow::Borrowed(token.as_bytes()),
        Value::Number(token) => match token.parse() {
            Ok(float) => {
                let mut out = Vec::new();
                go_float::push_general(float, &mut out);
                Cow::Owned(out)
            }
            Err(_) => Cow::Borrowed(token.as_bytes()),
        },
        Value::Json(json) => {
            let mut out = Vec::new();
            match serde_json::from_str(json) {
                Ok(tree) => push_go_json(&tree, &mut out),
                // Nested too deep for a tree: said as it stands.
                Err(_) => out.extend_from_slice(json.as_bytes()),
            }
            Cow::Owned(out)
        }
    }
}

fn is_integer(token: &str) -> bool {
    token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok()
}

/// Appends a tree: `map[a:1 b:[1 2] c:<nil>]`, keys sorted.
fn push_go_json(tree: &Json, out: &mut Vec<u8>) {
    match tree {
        Json::Null => out.extend_from_slice(b"<nil>"),
        Json::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => go_float::push_general(float, out),
            None => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Json::String(text) => out.extend_from_slice(text.as_bytes()),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                push_go_json(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.extend_from_slice(b"map[");
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                push_go_json(value, out);
            }
            out.push(b']');
        }
    }
}

#[cfg(test)]
mod tests;
