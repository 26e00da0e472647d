//! Parses the lines of a log one after the other. The entries of a log have few different keys: those of a json line are
//! looked up among the ones of earlier lines, and all that depends on a key alone was prepared when it was met first. What is
//! not in the form Acra writes, and the meaning of everything, is left to `parse`, whose answer this is.

use super::json::{DELIMITER, KnownMembers, PLAIN_IN_KEY, Role, is_ambiguous, string_end, value_end};
use super::{Entry, Fidelity, MacInput, parse, without_trailing_blanks};

/// Keys that are remembered; when there are more, all are forgotten.
const KEYS_MAX: usize = 64;

/// Bytes that are copied at once, so that the length need not be known in advance: what is copied too much is overwritten.
const COPIED_BYTES: usize = 64;

/// Room that a buffer gets beside what it needs, so that it need not grow with every member.
const ROOM_BYTES: usize = 4096;

/// Parses lines, and holds the MAC inputs of those that are json.
#[derive(Debug, Default)]
pub struct Parser {
    buffer: MacBuffer,
    keys: KnownKeys,
}

impl Parser {
    /// What [`parse`] says of a line. The MAC input of a json entry stands in this parser until [`Parser::clear`].
    pub fn parse(&mut self, line: &[u8]) -> Option<Entry> {
        let text = without_trailing_blanks(line);
        let at = self.buffer.used;
        if text.starts_with(b"{")
            && let Some(known) = self.keys.flatten(text, &mut self.buffer)
            && !known.needs_a_closer_look(text)
        {
            // No value is before the first.
            let used = self.buffer.used;
            let entry = known.entry(Fidelity::Exact, used.min(at + DELIMITER.len())..used);
            if matches!(entry.mac, MacInput::Line(_)) {
                self.buffer.used = at;
            }
            return Some(entry);
        }
        self.buffer.bytes.truncate(at);
        let entry = parse(text, &mut self.buffer.bytes);
        self.buffer.used = self.buffer.bytes.len();
        entry
    }

    /// The MAC input of an entry that was parsed since the last [`Parser::clear`], given its line.
    #[inline]
    pub fn mac_bytes<'a>(&'a self, entry: &Entry, line: &'a [u8]) -> &'a [u8] {
        entry.mac_bytes(line, &self.buffer.bytes)
    }

    /// Forgets the MAC inputs, and gives back what their buffer has more than so many bytes.
    pub fn clear(&mut self, bytes_max: usize) {
        self.buffer.used = 0;
        self.buffer.bytes.truncate(bytes_max);
        self.buffer.bytes.shrink_to(bytes_max);
    }
}

/// Bytes one after the other, with room behind them.
#[derive(Debug, Default)]
struct MacBuffer {
    bytes: Vec<u8>,
    used: usize,
}

impl MacBuffer {
    /// Appends the first bytes of a block.
    #[inline]
    fn push_of(&mut self, block: &[u8; COPIED_BYTES], bytes: usize) {
        if let Some(room) = self.room(COPIED_BYTES).first_chunk_mut() {
            *room = *block;
        }
        self.used += bytes;
    }

    /// Appends the first bytes of a text.
    #[inline]
    fn push_first(&mut self, text: &[u8], bytes: usize) {
        match text.first_chunk() {
            Some(block) if bytes <= COPIED_BYTES => self.push_of(block, bytes),
            _ => {
                self.room(bytes).copy_from_slice(&text[..bytes]);
                self.used += bytes;
            }
        }
    }

    /// So many bytes behind those that are used.
    #[inline]
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        let end = self.used + bytes;
        if self.bytes.len() < end {
            self.grow_to(end + ROOM_BYTES);
        }
        &mut self.bytes[self.used..end]
    }

    /// Not inlined, as it hardly ever happens.
    #[cold]
    fn grow_to(&mut self, bytes: usize) {
        self.bytes.resize(bytes, 0);
    }
}

/// Keys in ascending order.
#[derive(Debug, Default)]
struct KnownKeys(Vec<KnownKey>);

/// A key that needs no escape, with what is prepared for it.
#[derive(Debug)]
struct KnownKey {
    /// The key in its quotes and the colon.
    token: Box<[u8]>,
    /// The first sixteen bytes of the token, and ones where it has some.
    first: u128,
    mask: u128,
    /// What stands in the MAC input between the value before and this one's.
    before_value: [u8; COPIED_BYTES],
    before_value_bytes: usize,
    role: Role,
}

impl KnownKey {
    /// None when there is no room for it.
    fn new(key: &[u8]) -> Option<Self> {
        let before_value = [DELIMITER, DELIMITER, key, DELIMITER].concat();
        let before_value_bytes = before_value.len();
        let mut block = [0; COPIED_BYTES];
        block.get_mut(..before_value_bytes)?.copy_from_slice(&before_value);
        let token = [b"\"", key, b"\":"].concat();
        let mut first = [0; 16];
        let bytes = token.len().min(first.len());
        first[..bytes].copy_from_slice(&token[..bytes]);
        Some(Self {
            token: token.into(),
            first: u128::from_le_bytes(first),
            mask: u128::MAX >> (8 * (first.len() - bytes)),
            before_value: block,
            before_value_bytes,
            role: Role::of(key),
        })
    }

    fn key(&self) -> &[u8] {
        &self.token[1..self.token.len() - 2]
    }

    /// Whether a text begins with it.
    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        match text.first_chunk() {
            Some(first) => {
                (u128::from_le_bytes(*first) ^ self.first) & self.mask == 0
                    && (self.token.len() <= first.len() || text.starts_with(&self.token))
            }
            None => text.starts_with(&self.token),
        }
    }
}

impl KnownKeys {
    /// Appends the MAC input of an object in the form Acra writes, behind the end of a value; None for everything else. What
    /// was appended then is to be dropped.
    fn flatten<'l>(&mut self, line: &'l [u8], out: &mut MacBuffer) -> Option<KnownMembers<'l>> {
        let mut members = KnownMembers::default();
        let (mut at, mut next) = (1, 0);
        let begin = out.used;
        loop {
            let key = self.find(&line[at..], next)?;
            next = key + 1;
            let key = &self.0[key];
            let value = &line[at + key.token.len()..];
            let bytes = match value.first()? {
                b'"' => string_end(value, 1)?,
                _ => value_end(value, 0)?,
            };
            if members.take_as(key.role, (key.key(), &value[..bytes])) {
                out.push_of(&key.before_value, key.before_value_bytes);
                out.push_first(value, bytes);
            }
            at += key.token.len() + bytes + 1;
            match value.get(bytes) {
                Some(b',') if at < line.len() => {}
                Some(b'}') if at == line.len() => break,
                _ => return None,
            }
        }
        if out.used > begin {
            out.push_first(DELIMITER, DELIMITER.len());
        }
        Some(members)
    }

    /// Which key a text begins with, at or behind a place among those that are known; one that was not known is from now on.
    #[inline]
    fn find(&mut self, text: &[u8], next: usize) -> Option<usize> {
        match self.0[next..].iter().position(|key| key.begins(text)) {
            Some(found) => Some(next + found),
            None => self.learn(text, next),
        }
    }

    /// None when the text does not begin with a key that needs no escape and comes behind the ones before, or when there is
    /// no room for it.
    #[cold]
    fn learn(&mut self, text: &[u8], next: usize) -> Option<usize> {
        let quoted = text.strip_prefix(b"\"")?;
        let bytes = quoted.iter().take_while(|byte| PLAIN_IN_KEY[usize::from(**byte)]).count();
        let (key, rest) = quoted.split_at(bytes);
        let place = self.0.partition_point(|known| known.key() < key);
        if !rest.starts_with(b"\":") || place < next || is_ambiguous(key) {
            return None;
        }
        if self.0.len() == KEYS_MAX {
            self.0.clear();
            return None;
        }
        self.0.insert(place, KnownKey::new(key)?);
        Some(place)
    }
}
