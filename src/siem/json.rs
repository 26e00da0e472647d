//! Appends JSON (RFC 8259) to memory, one call per member. How strings are made inert is left to `text`, which members there
//! are to the formats.

mod fields;
mod integrity;
#[cfg(test)]
mod tests;
mod text;

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) use fields::{names_differ, write_fields};
pub(super) use integrity::write_integrity;
use text::{plain_bytes, push_inside, push_json, push_string};

use super::clock::push_rfc3339;
use super::custom::UniqueNames;
use super::escape_loop::{push_hex, push_number};
use super::loss::count_rounded;
use super::{Loss, Losses};
use crate::entry::LogTime;
use crate::event::{Moment, Value};

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
    pub(super) fn list_of_log(&mut self, key: &[u8]) {
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
    pub(super) fn key_of_log(&mut self, key: &[u8]) {
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
    pub(super) fn value_item(&mut self, field: &[u8], value: &Value<'_>) {
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
