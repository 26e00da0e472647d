//! The journal as `journalctl` prints it: `-o json` with the text in `MESSAGE`, or one of the short prefixes.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

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
    let record = json.deserialize_map(Outer { out }).and_then(|found| json.end().map(|()| found));
    let Ok(Some(Record { break_mark, writer })) = record else {
        out.truncate(at);
        return None;
    };
    let part = match break_mark.trim_matches('"') {
        "line-max" | "pid-change" => Part::Continued,
        "nul" => {
            // The byte is not in the record, and the line goes on behind it.
            out.push(0);
            Part::Continued
        }
        "eof" => Part::Torn,
        _ => Part::Last,
    };
    Some(Piece { pipe: Pipe::Process(writer.finish()), part })
}

/// What a record says beside its text.
#[derive(Default)]
struct Record {
    /// How a piece of a line ended when it was not by a newline (`_LINE_BREAK`, attacks, row 41).
    break_mark: String,
    /// Of the process and of its output: pieces of one line have both in common.
    writer: DefaultHasher,
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
    /// None when it is no journal record: one `MESSAGE`, a trusted field (they begin with `_`), and nothing that journald
    /// would not accept as a field name.
    type Value = Option<Record>;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("an object with MESSAGE")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Record>, A::Error> {
        let mut messages = 0_u32;
        let mut trusted = false;
        let mut key = Vec::new();
        let mut record = Record::default();
        let mut named = [String::new(), String::new()];
        loop {
            key.clear();
            if map.next_key_seed(Text { out: &mut key })?.is_none() {
                named.hash(&mut record.writer);
                return Ok((messages == 1 && trusted).then_some(record));
            }
            if !key.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
                return Ok(None);
            }
            if key == b"MESSAGE" {
                messages = messages.saturating_add(1);
                map.next_value_seed(Text { out: &mut *self.out })?;
                continue;
            }
            trusted |= key.starts_with(b"_");
            let wanted = match key.as_slice() {
                b"_LINE_BREAK" => Some(&mut record.break_mark),
                b"_PID" => Some(&mut named[0]),
                b"_STREAM_ID" => Some(&mut named[1]),
                _ => None,
            };
            match wanted {
                Some(out) => *out = map.next_value::<serde_json::Value>()?.to_string(),
                None => map.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
    }
}
