//! The extension of a CEF line: `key=value` pairs with one blank between them. What stands in which key is left to the
//! parent module.

use super::super::custom::UniqueNames;
use super::super::escape::{Damage, Stops, Treatment, copy, push_hex, push_number, push_visible};
use super::super::loss::count_text;
use super::super::{Loss, Losses};
use crate::event::Value;

/// What values escape.
const STOPS: Stops = Stops::at(b"\\=");
/// What custom keys begin with: vendor and product, as the specification asks.
const PREFIX: &[u8] = b"CossacklabsAcra";

/// The pairs of one line, as they are written.
pub(super) struct Extension<'o> {
    out: &'o mut Vec<u8>,
    pub(super) losses: &'o mut Losses,
    start: usize,
}

/// The longest value of a key by the dictionary of the specification; custom keys have no limit.
fn bytes_max(key: &str) -> usize {
    match key {
        "act" => 63,
        // With room for a hyphen and the number of a line.
        "externalId" => 40 - 11,
        "dvchost" => 100,
        "cat" | "suser" | "reason" | "msg" | "filePath" => 1023,
        "cs1" | "cs2" | "cs3" | "cs4" | "cs5" | "cs6" | "rawEvent" => 4000,
        _ => usize::MAX,
    }
}

impl<'o> Extension<'o> {
    /// No pairs yet, behind the header.
    pub(super) fn of(out: &'o mut Vec<u8>, losses: &'o mut Losses) -> Self {
        let start = out.len();
        Self { out, losses, start }
    }

    /// A text of the field it is counted by. Whether anything was written: an empty value is left out with its key.
    pub(super) fn text(&mut self, key: &str, field: &str, text: &[u8]) -> bool {
        let Some(text) = self.trimmed(field, text) else {
            return false;
        };
        self.push_key(key);
        self.count_length(key, field, text);
        self.push_value(field, text);
        true
    }

    /// A value, if there is one.
    pub(super) fn value(&mut self, key: &str, field: &str, value: Option<&Value<'_>>) -> bool {
        let Some(value) = value else {
            return false;
        };
        count_text(field, value, self.losses);
        self.text(key, field, value.as_bytes())
    }

    /// Milliseconds since 1970.
    pub(super) fn time(&mut self, key: &str, unix_ms: i64) {
        self.push_key(key);
        if unix_ms < 0 {
            self.out.push(b'-');
        }
        push_number(unix_ms.unsigned_abs(), self.out);
    }

    /// A text that stands elsewhere in the line already, where what it loses is counted.
    pub(super) fn again(&mut self, key: &str, text: &[u8]) {
        self.push_key(key);
        push_escaped(text.trim_ascii(), self.out);
    }

    /// `session-line`, or the line alone.
    pub(super) fn address(&mut self, key: &str, session: &[u8], line: u64) {
        self.push_key(key);
        let session = session.trim_ascii();
        if !session.is_empty() {
            // What else it loses is counted where the session itself is written.
            self.count_length(key, "session_id", session);
            push_escaped(session, self.out);
            self.out.push(b'-');
        }
        push_number(line, self.out);
    }

    /// A text in one of the numbered keys, which need a label.
    pub(super) fn labelled(&mut self, key: &str, label: &str, field: &str, text: &[u8]) {
        if let Some(text) = self.trimmed(field, text) {
            self.push_labelled_key(key, label);
            self.count_length(key, field, text);
            self.push_value(field, text);
        }
    }

    /// Counts a value that is longer than the dictionary allows. It is written whole: collectors cut it, and evidence
    /// that we cut would be none.
    fn count_length(&mut self, key: &str, field: &str, text: &[u8]) {
        if text.len() > bytes_max(key) {
            self.losses.add(field, Loss::Long);
        }
    }

    /// A value in one of the numbered keys, if there is one.
    pub(super) fn labelled_value(&mut self, key: &str, label: &str, field: &str, value: Option<&Value<'_>>) {
        if let Some(value) = value {
            count_text(field, value, self.losses);
            self.labelled(key, label, field, value.as_bytes());
        }
    }

    /// Bytes in hex in one of the numbered keys.
    pub(super) fn labelled_hex(&mut self, key: &str, label: &str, bytes: &[u8]) {
        self.push_labelled_key(key, label);
        push_hex(bytes, self.out);
    }

    /// A number in one of the numbered keys.
    pub(super) fn labelled_number(&mut self, key: &str, label: &str, number: u64) {
        self.push_labelled_key(key, label);
        push_number(number, self.out);
    }

    /// A field the dictionary has no key for.
    pub(super) fn custom(&mut self, name: &[u8], value: &Value<'_>, names: &mut UniqueNames) {
        let field = String::from_utf8_lossy(name);
        count_text(&field, value, self.losses);
        let Some(text) = self.trimmed(&field, value.as_bytes()) else {
            return;
        };
        self.push_separator();
        self.out.extend_from_slice(PREFIX);
        if !names.push(name, self.out) {
            self.losses.add(&field, Loss::Name);
        }
        self.out.push(b'=');
        self.push_value(&field, text);
    }

    /// A value without the blanks at its ends, where readers disagree; None when nothing is left.
    fn trimmed<'t>(&mut self, field: &str, text: &'t [u8]) -> Option<&'t [u8]> {
        let first = text.iter().position(|byte| *byte != b' ');
        let last = text.iter().rposition(|byte| *byte != b' ');
        let (Some(first), Some(last)) = (first, last) else {
            self.losses.add(field, Loss::Empty);
            return None;
        };
        let inner = &text[first..=last];
        if inner.len() < text.len() {
            self.losses.add(field, Loss::Blanks);
        }
        Some(inner)
    }

    fn push_separator(&mut self) {
        if self.out.len() > self.start {
            self.out.push(b' ');
        }
    }

    fn push_key(&mut self, key: &str) {
        self.push_separator();
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
    }

    fn push_labelled_key(&mut self, key: &str, label: &str) {
        self.push_separator();
        for part in [key, "Label=", label, " ", key, "="] {
            self.out.extend_from_slice(part.as_bytes());
        }
    }

    fn push_value(&mut self, field: &str, text: &[u8]) {
        push_escaped(text, self.out).count(field, self.losses);
    }
}

/// Appends a value as extensions escape it. Line breaks have an escape of their own; other control characters do not.
fn push_escaped(text: &[u8], out: &mut Vec<u8>) -> Damage {
    copy(text, &STOPS, out, |c, out| {
        let escape: &[u8] = match c {
            '\\' => b"\\\\",
            '=' => b"\\=",
            '\n' => b"\\n",
            '\r' => b"\\r",
            _ => {
                // The backslash of the escape is one of the text's.
                out.push(b'\\');
                push_visible(c, out);
                return Treatment::Replaced;
            }
        };
        out.extend_from_slice(escape);
        Treatment::Kept
    })
}
