//! The journal as `journalctl` prints it: `-o json` with the text in `MESSAGE`, or one of the short prefixes.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::header::{self, tagged_text};
use super::json::Text;
use super::{Part, Piece, Pipe};

/// `MESSAGE` is a string, or an array of byte numbers where it is not UTF-8. Fields longer than 4096 bytes are `null`
/// unless `journalctl --all` was used: such a line is not unwrapped.
pub(super) fn open_json(line: &[u8], out: &mut Vec<u8>) -> Option<Piece> {
    if !line.starts_with(b"{") {
        return None;
    }
    let at = out.len();
    let mut json = serde_json::Deserializer::from_slice(line);
    let is_journal = json.deserialize_map(Outer { out }).and_then(|found| json.end().map(|()| found));
    if !matches!(is_journal, Ok(true)) {
        out.truncate(at);
        return None;
    }
    Some(Piece { pipe: Pipe::Unnamed, part: Part::Last })
}

/// The text behind a short prefix: `Mar 14 00:00:00 host unit[pid]: text`, or with another form of time.
pub(super) fn short_text(line: &[u8]) -> Option<&[u8]> {
    let time = header::short_time(line)?;
    tagged_text(line[time..].strip_prefix(b" ")?)
}

struct Outer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for Outer<'_> {
    /// Whether it is a journal record: one `MESSAGE`, a trusted field (they begin with `_`), and nothing that journald
    /// would not accept as a field name.
    type Value = bool;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("an object with MESSAGE")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut messages = 0_u32;
        let mut trusted = false;
        let mut key = Vec::new();
        loop {
            key.clear();
            if map.next_key_seed(Text { out: &mut key })?.is_none() {
                return Ok(messages == 1 && trusted);
            }
            if !key.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
                return Ok(false);
            }
            if key == b"MESSAGE" {
                messages = messages.saturating_add(1);
                map.next_value_seed(Text { out: &mut *self.out })?;
            } else {
                trusted |= key.starts_with(b"_");
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
}
