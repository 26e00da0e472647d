//! Appends JSON (RFC 8259) to memory, one call per member. Text of the log is made inert on the way: what a terminal acts on
//! stands as `\uNNNN`, which is the same value for every reader. Which members there are is left to the formats.

use std::io::Write;

use super::{Loss, Losses};
use crate::event::Value;
use crate::inert::{is_command, is_hostile};

/// Bytes that are looked at together; a multiple of what a vector register holds.
const BLOCK: usize = 16;
const HEX: &[u8; 16] = b"0123456789abcdef";
/// A float64 holds every whole number up to 2^53, which has this many digits (RFC 8259, section 6).
const DIGITS_EXACT: usize = 15;
/// Digits of the largest u64.
const DIGITS_MAX: usize = 20;
const WHOLE_EXACT_MAX: u64 = 1 << 53;

/// Appends JSON and counts what could not be carried as it was.
pub(super) struct Json<'a> {
    out: &'a mut Vec<u8>,
    losses: &'a mut Losses,
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
        self.copy(word);
    }

    /// The key of a member, in words of our own.
    pub(super) fn key(&mut self, key: &str) {
        self.separate();
        self.copy(key);
        self.out.push(b':');
    }

    /// The key of a member, as the log has it.
    pub(super) fn key_of_log(&mut self, key: &[u8]) {
        self.separate();
        self.string(key, key);
        self.out.push(b':');
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
        self.copy(word);
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
        push_whole(number, self.out);
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
        for byte in bytes {
            self.out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0x0f)]]);
        }
        self.out.push(b'"');
    }

    /// The value of a field with its json type; the key went before.
    pub(super) fn value(&mut self, field: &[u8], value: &Value<'_>) {
        match value {
            Value::Text(text) => self.string(text.as_bytes(), field),
            Value::Number(number) => {
                if may_be_rounded(number) {
                    self.lose(field, Loss::Rounded);
                }
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

    fn copy(&mut self, word: &str) {
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

/// Whether a number of json is a whole one beyond 2^53.
fn may_be_rounded(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    if digits.len() <= DIGITS_EXACT {
        return false;
    }
    match digits.parse::<u64>() {
        Ok(whole) => whole > WHOLE_EXACT_MAX,
        Err(_) => digits.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Appends a string of any bytes; whether some of them were no UTF-8 and became U+FFFD.
pub(super) fn push_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.push(b'"');
    let replaced = push_inert(text, out, push_escaped);
    out.push(b'"');
    replaced
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
        while let Some((at, hostile)) = rest.char_indices().find(|(_, letter)| is_hostile(*letter)) {
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

/// Appends a number, quicker than the standard library formats it.
fn push_whole(number: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; DIGITS_MAX];
    let (mut at, mut rest) = (DIGITS_MAX - 1, number);
    digits[at] += u8::try_from(rest % 10).unwrap_or(0);
    while rest > 9 {
        (at, rest) = (at - 1, rest / 10);
        digits[at] += u8::try_from(rest % 10).unwrap_or(0);
    }
    out.extend_from_slice(&digits[at..]);
}

fn push_unit(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 0x0f)];
    out.extend([b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

#[cfg(test)]
mod tests;
