//! The journal as `journalctl` prints it: `-o json` with the text in `MESSAGE`, or one of the short prefixes.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::export::JsonMember;
use super::syslog::{self, Tagged, digits, tagged_text};
use super::{JsonText, PieceEnd, Textless, WrappedPiece, WriterName, append, looks_like_entry};

/// `MESSAGE` is a string, or an array of byte numbers where it is not UTF-8. A field longer than 4096 bytes is `null` unless
/// `journalctl --all` was used, and a field that occurs several times is an array of its values.
pub(super) fn open_json(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    // `-o json-seq` and `-o json-sse` put something in front of each object.
    let line = line.strip_prefix(b"\x1e").or_else(|| line.strip_prefix(b"data: ")).unwrap_or(line);
    if !line.starts_with(b"{") {
        return None;
    }
    let at = out.len();
    let mut json = serde_json::Deserializer::from_slice(line);
    let record = json.deserialize_map(JournalVisitor { out }).and_then(|record| json.end().map(|()| record));
    let Ok(Some(record)) = record else {
        out.truncate(at);
        return None;
    };
    let part = match (record.message, record.break_mark.as_str()) {
        (Message::Not(why), _) => {
            out.truncate(at);
            PieceEnd::Textless(why)
        }
        (Message::Text, "line-max" | "pid-change") => PieceEnd::Continued,
        (Message::Text, "nul") => {
            // The byte is not in the record, and the line goes on behind it.
            out.push(0);
            PieceEnd::Continued
        }
        (Message::Text, "eof") => PieceEnd::Torn,
        (Message::Text, _) => PieceEnd::Last,
    };
    let stream = record.writer.stream();
    Some(WrappedPiece { stream, ..WrappedPiece::new(record.writer.settled(), part) })
}

/// The text behind a short prefix: `Mar 14 00:00:00 host unit[pid]: text`, or with another form of time.
pub(super) fn open_short(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if line.starts_with(b"-- ") && line.trim_ascii_end().ends_with(b" --") {
        // What journalctl says itself: `-- Boot 0123 --`, `-- No entries --`, in any language.
        append(line, out)?;
        return WrappedPiece::whole(WriterName::named(b"journalctl"));
    }
    let time = syslog::short_time(line)?;
    let rest = line[time..].strip_prefix(b" ")?;
    if looks_like_entry(rest) && syslog::iso_time(line).is_some() {
        // Neither host nor tag: that is how others put a time in front.
        return None;
    }
    let Tagged { text, writer } = tagged_text(rest)?;
    if is_blob(text) {
        return Some(WrappedPiece::new(writer, PieceEnd::Textless(Textless::Blob)));
    }
    append(text, out)?;
    WrappedPiece::whole(writer)
}

/// Whether a text is `[123B blob data]` or `[4.0K blob data]`.
fn is_blob(text: &[u8]) -> bool {
    let Some(size) = text.trim_ascii_end().strip_prefix(b"[").and_then(|text| text.strip_suffix(b" blob data]")) else {
        return false;
    };
    let whole = digits(size);
    let rest = &size[whole..];
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => &rest[digits(rest)..],
        None => rest,
    };
    whole > 0 && matches!(rest, [b'B' | b'K' | b'M' | b'G' | b'T' | b'P' | b'E'])
}

/// What stands in `MESSAGE`.
#[derive(Clone, Copy)]
enum Message {
    /// A text, which was appended.
    Text,
    Not(Textless),
}

struct JournalRecord {
    message: Message,
    /// How a piece of a line ended when it was not by a newline (`_LINE_BREAK`, attacks, row 41).
    break_mark: String,
    writer: JournalIdentity,
}

/// The fields of a record that tell who wrote it.
#[derive(Default)]
struct JournalIdentity {
    container: Option<String>,
    identifier: Option<String>,
    command: Option<String>,
    program: Option<String>,
    pid: Option<String>,
    stream: Option<String>,
    priority: Option<String>,
}

impl JournalIdentity {
    fn take(&mut self, key: &[u8], value: JsonMember<IgnoredAny>) {
        let field = match key {
            b"CONTAINER_NAME" => &mut self.container,
            b"SYSLOG_IDENTIFIER" => &mut self.identifier,
            b"_COMM" => &mut self.command,
            b"_EXE" => &mut self.program,
            b"_PID" => &mut self.pid,
            b"_STREAM_ID" => &mut self.stream,
            b"PRIORITY" => &mut self.priority,
            _ => return,
        };
        if let JsonMember::Text(text) = value {
            *field = Some(text);
        }
    }

    /// Of the process and of its output: pieces of one line have both in common.
    fn stream(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.pid, &self.stream).hash(&mut hasher);
        hasher.finish()
    }

    /// docker's identifier is the number of a container, which a new container of the same service has a new one of; its
    /// driver tells the outputs apart by the priority.
    fn settled(self) -> WriterName {
        if let Some(container) = self.container.filter(|name| !name.is_empty()) {
            let output = match self.priority.as_deref() {
                Some("3") => " stderr",
                Some("6") => " stdout",
                _ => "",
            };
            return WriterName::named((container + output).as_bytes());
        }
        let program = self.program.and_then(|path| path.rsplit('/').next().map(str::to_owned));
        let names = [self.identifier, self.command, program];
        match names.into_iter().flatten().find(|name| !name.is_empty()) {
            Some(name) => syslog::writer_of(name.as_bytes()),
            None => self.pid.and_then(|pid| pid.parse().ok()).map_or(WriterName::Unnamed, WriterName::Pid),
        }
    }
}

struct JournalVisitor<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for JournalVisitor<'_> {
    /// None when it is no journal record: that has a trusted field (they begin with `_`), and nothing that journald would
    /// not accept as a field name.
    type Value = Option<JournalRecord>;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("an object with MESSAGE")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<JournalRecord>, A::Error> {
        let mut message = None;
        let mut trusted = false;
        let mut writer = JournalIdentity::default();
        let mut key = Vec::new();
        let mut break_mark = String::new();
        loop {
            key.clear();
            if map.next_key_seed(JsonText { out: &mut key })?.is_none() {
                let message = message.unwrap_or(Message::Not(Textless::Absent));
                return Ok(trusted.then_some(JournalRecord { message, break_mark, writer }));
            }
            if !key.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
                return Ok(None);
            }
            if key == b"MESSAGE" {
                let found = map.next_value_seed(MessageText { out: &mut *self.out })?;
                // Two texts under one key: one would be shown to people, and another one to us.
                message = Some(if message.is_some() { Message::Not(Textless::Several) } else { found });
            } else {
                trusted |= key.starts_with(b"_");
                match key.as_slice() {
                    b"CONTAINER_NAME" | b"SYSLOG_IDENTIFIER" | b"_COMM" | b"_EXE" | b"_PID" | b"_STREAM_ID"
                    | b"PRIORITY" => {
                        writer.take(&key, map.next_value()?);
                    }
                    b"_LINE_BREAK" => {
                        if let JsonMember::Text(mark) = map.next_value::<JsonMember<IgnoredAny>>()? {
                            break_mark = mark;
                        }
                    }
                    _ => {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
        }
    }
}

/// Appends a text to `out` and says what was found; what is no text may leave something there.
struct MessageText<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for MessageText<'_> {
    type Value = Message;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Message, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for MessageText<'_> {
    type Value = Message;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("a string, byte numbers or null")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Message, E> {
        Ok(Message::Not(Textless::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Message, D::Error> {
        // A string is taken as bytes: half a surrogate pair is no reason to give the record up.
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, text: &[u8]) -> Result<Message, E> {
        self.out.extend_from_slice(text);
        Ok(Message::Text)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Message, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Message, A::Error> {
        let mut found = Message::Text;
        while let Some(item) = items.next_element::<JournalItem>()? {
            match (found, item) {
                (Message::Text, JournalItem::Byte(byte)) => self.out.push(byte),
                (Message::Text, JournalItem::Text) => found = Message::Not(Textless::Several),
                (Message::Text, JournalItem::Other) => found = Message::Not(Textless::NoBytes),
                (Message::Not(_), _) => {}
            }
        }
        Ok(found)
    }
}

/// What stands in the list under `MESSAGE`. Nothing but the kind is kept: a list may be as long as a line.
enum JournalItem {
    Byte(u8),
    /// The text of one field of several: a string, the bytes of one, or `null` in its place.
    Text,
    Other,
}

impl<'de> Deserialize<'de> for JournalItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JournalItemVisitor)
    }
}

struct JournalItemVisitor;

impl<'de> Visitor<'de> for JournalItemVisitor {
    type Value = JournalItem;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("a byte or a text")
    }

    fn visit_u64<E>(self, number: u64) -> Result<JournalItem, E> {
        Ok(u8::try_from(number).map_or(JournalItem::Other, JournalItem::Byte))
    }

    fn visit_i64<E>(self, _: i64) -> Result<JournalItem, E> {
        Ok(JournalItem::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<JournalItem, E> {
        Ok(JournalItem::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<JournalItem, E> {
        Ok(JournalItem::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<JournalItem, E> {
        Ok(JournalItem::Text)
    }

    fn visit_unit<E>(self) -> Result<JournalItem, E> {
        Ok(JournalItem::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JournalItem, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JournalItem::Text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<JournalItem, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(JournalItem::Other)
    }
}
