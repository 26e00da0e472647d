//! logrus text as Acra writes it: `time="..." level=... msg="..." key=value` (audit log, section 2).

use super::{go_value, name_of, rfc3339, sorted};
use crate::entry::Format;
use crate::entry::plaintext::quote;
use crate::event::{Event, Precision, Value};
use crate::siem::loss::may_be_rounded;
use crate::siem::{Loss, Losses};

pub(super) fn write(event: &Event<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    out.extend_from_slice(b"time=");
    match &event.moment {
        Some(moment) => {
            if moment.precision == Precision::Milliseconds {
                losses.add("unixTime", Loss::Milliseconds);
            }
            push_value(&rfc3339(moment, losses), out);
        }
        None => {
            losses.add("time", Loss::MadeUp);
            push_value(b"", out);
        }
    }
    out.extend_from_slice(b" level=");
    out.extend_from_slice(event.level.name().as_bytes());
    if !event.message.is_empty() {
        out.extend_from_slice(b" msg=");
        push_value(event.message.as_bytes(), out);
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
            push_field(b"version", text.as_bytes(), out);
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
        push_field(key, &go_value::print(&field.value), out);
    }
    if let Some(text) = version {
        push_field(b"version", text.as_bytes(), out);
    }
}

fn push_field(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.push(b' ');
    // A key is never quoted; one with a line break in it would be two lines.
    out.extend(key.iter().map(|byte| if *byte < b' ' { b' ' } else { *byte }));
    out.push(b'=');
    push_value(value, out);
}

/// Bare when it is made of the letters logrus leaves bare, and in quotes otherwise.
fn push_value(value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() && value.iter().all(|byte| is_bare(*byte)) {
        out.extend_from_slice(value);
    } else {
        quote(value, out);
    }
}

/// The letters that need no quotes, in plaintext values and in cef keys (audit log, section 2).
pub(super) fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/' | b'@' | b'^' | b'+')
}
