//! Acra's dialect of CEF (audit log, section 2): what its own reader and verifier accept, and most collectors do not.

use super::{go_value, name_of, push_unix_time, sorted};
use crate::entry::plaintext::quote;
use crate::event::{CODE_GENERAL, Event, Level, Value};
use crate::siem::acra::plaintext::is_bare;
use crate::siem::loss::may_be_rounded;
use crate::siem::{Loss, Losses, Settings};

pub(super) fn write(event: &Event<'_>, settings: &Settings, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"CEF:0|cossacklabs|");
    let product = event.product.as_ref().map(|text| text.as_bytes());
    match product.or(settings.product.as_deref().map(str::as_bytes)) {
        Some(product) => push_value("product", product, out, losses),
        None => made_up("product", out, losses),
    }
    out.push(b'|');
    match &event.version {
        Some(version) => push_value("version", version.as_bytes(), out, losses),
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
            push_value("code", &go_value::print(&code.value), out, losses);
        }
        None => out.extend_from_slice(CODE_GENERAL.to_string().as_bytes()),
    }
    out.push(b'|');
    push_value("msg", event.message.as_bytes(), out, losses);
    out.push(b'|');
    if event.level == Level::Trace {
        losses.add("level", Loss::Name);
    }
    out.extend_from_slice(event.level.cef_severity().to_string().as_bytes());
    out.push(b'|');
    push_extension(event, out, losses);
}

/// Appends the fields, each with a blank behind it: an unsigned line ends with one.
fn push_extension(event: &Event<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
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
            push_time(moment, out, losses);
        }
        match field.value {
            Value::Json(_) | Value::Number(_) if key != b"session_id" => losses.add(&name_of(field), Loss::Type),
            _ => {}
        }
        if may_be_rounded(&field.value) {
            losses.add(&name_of(field), Loss::Rounded);
        }
        push_key(key, out, losses);
        out.push(b'=');
        push_value(&field.key.to_str(), &go_value::print(&field.value), out, losses);
        out.push(b' ');
    }
    if let Some(moment) = moment {
        push_time(moment, out, losses);
    }
}

fn push_time(moment: &crate::event::Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"unixTime=");
    push_unix_time(moment, out, losses);
    out.push(b' ');
}

/// A key is trimmed and escaped as values are, and then quoted unless all its letters are bare.
fn push_key(key: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    if !key.is_empty() && key.iter().all(|byte| is_bare(*byte)) {
        return out.extend_from_slice(key);
    }
    let mut escaped = Vec::with_capacity(key.len());
    let trimmed = trim(key);
    if push_escaped(trimmed, &mut escaped) || trimmed.len() != key.len() {
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
fn push_value(field: &str, value: &[u8], out: &mut Vec<u8>, losses: &mut Losses) {
    let trimmed = trim(value);
    if trimmed.len() != value.len() {
        losses.add(field, Loss::Blanks);
    }
    if trimmed.is_empty() {
        return out.push(b' ');
    }
    if push_escaped(trimmed, out) {
        losses.add(field, Loss::Characters);
    }
}

/// Whether a line break or a tab became a blank.
fn push_escaped(text: &[u8], out: &mut Vec<u8>) -> bool {
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
