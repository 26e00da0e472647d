//! Appends JSON (RFC 8259) to memory, one call per member: fields of the log under their own names with their own types, the
//! verdict of this run, and strings that are harmless even on a terminal, the same value for every reader. Which members
//! there are is left to the formats.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::clock::push_rfc3339;
use super::text_format::{UniqueNames, push_hex, push_number};
use super::{LogRecord, Loss, Losses, count_rounded};
use crate::entry::{LogTime, Marker};
use crate::event::{Field, Moment, Value};
use crate::terminal_safe::{is_command, is_unsafe_char};

/// Appends JSON and counts what could not be carried as it was.
pub(super) struct Json<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) losses: &'a mut Losses,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, losses: &'a mut Losses) -> Self {
        Self { out, losses }
    }

    pub(super) fn open(&mut self) {
        self.out.push(b'{');
    }

    pub(super) fn close(&mut self) {
        self.out.push(b'}');
    }

    /// Opens a member that is an object.
    pub(super) fn object(&mut self, key: &str) {
        self.key(key);
        self.open();
    }

    /// Opens a member that is a list.
    pub(super) fn list(&mut self, key: &str) {
        self.key(key);
        self.out.push(b'[');
    }

    /// Opens a member that is a list, under a key of the log.
    fn list_of_log(&mut self, key: &[u8]) {
        self.key_of_log(key);
        self.out.push(b'[');
    }

    pub(super) fn close_list(&mut self) {
        self.out.push(b']');
    }

    /// An item of a list, in words of our own.
    pub(super) fn item(&mut self, word: &str) {
        self.separate();
        self.copy_escaped(word);
    }

    /// The key of a member, in words of our own.
    pub(super) fn key(&mut self, key: &str) {
        self.separate();
        self.copy_escaped(key);
        self.out.push(b':');
    }

    /// The key of a member, as the log has it.
    fn key_of_log(&mut self, key: &[u8]) {
        self.separate();
        self.string(key, key);
        self.out.push(b':');
    }

    /// The key of a member, as the log has it, with a number behind it when it was there before. Whether readers see another
    /// one.
    pub(super) fn key_once(&mut self, key: &[u8], names: &mut UniqueNames) -> bool {
        self.separate();
        self.out.push(b'"');
        let start = self.out.len();
        let replaced = push_inside(key, self.out);
        let numbered = names.distinguish(self.out, start);
        self.out.extend_from_slice(b"\":");
        replaced || numbered
    }

    /// The key of a member of GELF: an underscore and a name of plain ASCII.
    pub(super) fn key_with_underscore(&mut self, name: &[u8]) {
        self.separate();
        self.out.extend_from_slice(b"\"_");
        self.out.extend_from_slice(name);
        self.out.extend_from_slice(b"\":");
    }

    /// A member in words of our own: printable ASCII without quotes, which is copied as it is.
    pub(super) fn word(&mut self, key: &str, word: &str) {
        self.key(key);
        self.copy_escaped(word);
    }

    /// A member with text of the command line, or the name of a file.
    pub(super) fn given(&mut self, key: &str, text: &str) {
        self.key(key);
        push_string(text.as_bytes(), self.out);
    }

    /// A member with text of the log; `field` is what a loss is counted by.
    pub(super) fn text(&mut self, key: &str, field: &str, text: &[u8]) {
        self.key(key);
        self.string(text, field.as_bytes());
    }

    /// An item of a list with text of the log.
    pub(super) fn text_item(&mut self, field: &str, text: &[u8]) {
        self.separate();
        self.string(text, field.as_bytes());
    }

    pub(super) fn whole(&mut self, key: &str, number: u64) {
        self.key(key);
        push_number(number, self.out);
    }

    /// A member whose value prints as JSON.
    pub(super) fn printed(&mut self, key: &str, value: std::fmt::Arguments<'_>) {
        self.key(key);
        let written = self.out.write_fmt(value);
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
    }

    /// A member with bytes of any length in lower-case hex digits.
    pub(super) fn hex(&mut self, key: &str, bytes: &[u8]) {
        self.key(key);
        self.out.push(b'"');
        push_hex(bytes, self.out);
        self.out.push(b'"');
    }

    /// A member with bytes of any length in base64.
    pub(super) fn base64(&mut self, key: &str, bytes: &[u8]) {
        self.word(key, &STANDARD.encode(bytes));
    }

    /// A member with a time in UTC, as precisely as the entry states it.
    pub(super) fn time(&mut self, key: &str, moment: &Moment<'_>) {
        self.key(key);
        self.out.push(b'"');
        push_rfc3339(moment, self.out);
        self.out.push(b'"');
    }

    /// A member with a time in seconds since 1970, with three decimals.
    pub(super) fn seconds(&mut self, key: &str, time: LogTime) {
        let (sign, size) = (if time.unix_ms < 0 { "-" } else { "" }, time.unix_ms.unsigned_abs());
        self.printed(key, format_args!("{sign}{}.{:03}", size / 1000, size % 1000));
    }

    /// The value of a field with its json type; the key went before.
    pub(super) fn value(&mut self, field: &[u8], value: &Value<'_>) {
        match value {
            Value::Text(text) => self.string(text.as_bytes(), field),
            Value::Number(number) => {
                count_rounded(field, value, self.losses);
                self.out.extend_from_slice(number.as_bytes());
            }
            Value::Json(json) => push_json(json, self.out),
        }
    }

    /// The same as an item of a list.
    fn value_item(&mut self, field: &[u8], value: &Value<'_>) {
        self.separate();
        self.value(field, value);
    }

    /// Counts a loss of a field whose name may be any bytes.
    pub(super) fn lose(&mut self, field: &[u8], loss: Loss) {
        self.losses.add(&String::from_utf8_lossy(field), loss);
    }

    /// A string with text of the log; the key went before.
    pub(super) fn string(&mut self, text: &[u8], field: &[u8]) {
        if push_string(text, self.out) {
            self.lose(field, Loss::Encoding);
        }
    }

    fn copy_escaped(&mut self, word: &str) {
        debug_assert_eq!(plain_bytes(word.as_bytes()), word.len(), "{word:?} would have to be escaped");
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    /// A comma, unless this is the first in its object or list. No value ends with an opening bracket.
    fn separate(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }
}

/// Bytes that are looked at together; a multiple of what a vector register holds.
const BLOCK: usize = 16;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a string of any bytes; whether some of them were no UTF-8 and became U+FFFD.
fn push_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.push(b'"');
    let replaced = push_inside(text, out);
    out.push(b'"');
    replaced
}

/// The same without the quotes around it.
fn push_inside(text: &[u8], out: &mut Vec<u8>) -> bool {
    push_inert(text, out, push_escaped)
}

/// Appends JSON that has no blanks outside of strings, as Go prints it.
fn push_json(json: &str, out: &mut Vec<u8>) {
    push_inert(json.as_bytes(), out, |byte, out| match byte {
        // Only blanks between tokens can be here, and any blank does.
        0..b' ' => out.push(b' '),
        0x7f => push_unit(0x7f, out),
        _ => out.push(byte),
    });
}

/// Appends text; `escape` writes the ASCII characters that need attention, but for a second `#`.
fn push_inert(text: &[u8], out: &mut Vec<u8>, escape: impl Fn(u8, &mut Vec<u8>)) -> bool {
    let mut replaced = false;
    let mut at = 0;
    loop {
        let plain = plain_bytes(&text[at..]);
        out.extend_from_slice(&text[at..at + plain]);
        at += plain;
        let Some(&byte) = text.get(at) else { return replaced };
        if byte.is_ascii() {
            match byte {
                b'#' if is_command(text, at) => push_unit(b'#'.into(), out),
                b'#' => out.push(b'#'),
                _ => escape(byte, out),
            }
            at += 1;
        } else {
            let run = text[at..].iter().position(u8::is_ascii).unwrap_or(text.len() - at);
            replaced |= push_unicode(&text[at..at + run], out);
            at += run;
        }
    }
}

/// How many bytes from here on are printable ASCII that means nothing in a string.
fn plain_bytes(text: &[u8]) -> usize {
    let special = |byte: &u8| (*byte < b' ') | (*byte == b'"') | (*byte == b'\\') | (*byte == b'#') | (*byte >= 0x7f);
    // Without an early end the compiler looks at a whole block at once.
    let blocks = text.chunks_exact(BLOCK);
    let plain = BLOCK * blocks.take_while(|block| !block.iter().fold(false, |any, byte| any | special(byte))).count();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}

fn push_escaped(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend([b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => push_unit(byte.into(), out),
    }
}

/// Appends a stretch without ASCII characters; whether some of it was no UTF-8.
fn push_unicode(run: &[u8], out: &mut Vec<u8>) -> bool {
    let mut replaced = false;
    for chunk in run.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, hostile)) = rest.char_indices().find(|(_, letter)| is_unsafe_char(*letter)) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            hostile.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push_unit(*unit, out));
            rest = &rest[at + hostile.len_utf8()..];
        }
        out.extend_from_slice(rest.as_bytes());
        if !chunk.invalid().is_empty() {
            replaced = true;
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    replaced
}

fn push_unit(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 0x0f)];
    out.extend([b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Names up to this number are compared in pairs; beyond, sorting is quicker.
const PAIRS_MAX: usize = 16;

/// Writes fields under their own names with their own types, as the object `key`; nothing when there are none. A name that
/// is there more than once, which text formats allow, has the list of its values.
pub(super) fn write_fields<'r>(json: &mut Json<'_>, key: &str, fields: impl Iterator<Item = &'r Field<'r>> + Clone) {
    if fields.clone().next().is_none() {
        return;
    }
    json.object(key);
    if names_differ(fields.clone()) {
        for field in fields {
            json.key_of_log(field.key.as_bytes());
            json.value(field.key.as_bytes(), &field.value);
        }
    } else {
        write_grouped(json, fields);
    }
    json.close();
}

/// Whether every name is UTF-8, and there once.
pub(super) fn names_differ<'r>(fields: impl Iterator<Item = &'r Field<'r>> + Clone) -> bool {
    let names = || fields.clone().map(|field| field.key.as_bytes());
    if !names().all(|name| std::str::from_utf8(name).is_ok()) {
        return false;
    }
    if names().count() > PAIRS_MAX {
        let mut sorted: Vec<_> = names().collect();
        sorted.sort_unstable();
        return sorted.windows(2).all(|pair| pair[0] != pair[1]);
    }
    let mut rest = names();
    while let Some(name) = rest.next() {
        if rest.clone().any(|other| other == name) {
            return false;
        }
    }
    true
}

fn write_grouped<'r>(json: &mut Json<'_>, fields: impl Iterator<Item = &'r Field<'r>>) {
    // Sorted by the name as it will be read, so that names that become the same are one.
    let mut sorted: Vec<_> = fields.map(|field| (field.key.to_str(), field)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        match group {
            [(_, field)] => {
                json.key_of_log(field.key.as_bytes());
                json.value(field.key.as_bytes(), &field.value);
            }
            _ => {
                json.list_of_log(group[0].1.key.as_bytes());
                for (_, field) in group {
                    json.value_item(field.key.as_bytes(), &field.value);
                }
                json.close_list();
            }
        }
    }
}

/// Writes the object `key`; nothing when there is neither verdict nor seal.
pub(super) fn write_integrity(json: &mut Json<'_>, key: &str, record: &LogRecord<'_>) {
    let started = record.event.marker == Marker::Start;
    if record.integrity.is_none() && record.event.seal.is_none() && !started {
        return;
    }
    json.object(key);
    if let Some(integrity) = &record.integrity {
        json.word("status", integrity.status.name());
        if let Some(chain) = integrity.chain_bytes() {
            json.hex("chain_id", &chain);
        }
        if let Some(position) = integrity.position {
            json.whole("chain_position", position);
        }
        if let Some(key) = integrity.key {
            json.given("key_fingerprint", key);
        }
    }
    if let Some(seal) = record.event.seal {
        json.hex("value", &seal.0);
    }
    if started {
        // The mark of a chain's first entry; that of the last one is a signed field like any other.
        json.word("chain_mark", "new");
    }
    json.close();
}

#[cfg(test)]
mod tests;
