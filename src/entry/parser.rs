//! Parses the lines of a log one after the other. The entries of a log have few different keys: those of a json line are
//! looked up among the ones of earlier lines, and all that depends on a key alone was prepared when it was met first. What is
//! not in the form Acra writes, and the meaning of everything, is left to `parse`, whose answer this is.

use super::ending::{SEAL_DIGITS, seal_from};
use super::go_json;
use super::json::{self, DELIMITER, PLAIN_IN_KEY};
use super::{Entry, Fidelity, Format, MacInput, Marker, SealField, parse, without_trailing_blanks};

/// Keys that are remembered; when there are more, all are forgotten.
const KEYS_MAX: usize = 64;

/// Bytes that are copied at once, so that the length need not be known in advance: what is copied too much is overwritten.
const COPIED_BYTES: usize = 64;

/// A buffer that was made for a line longer than this is given back.
const BUFFER_BYTES_USUAL_MAX: usize = 8 << 20;

/// Parses lines, and holds the MAC inputs of those that are json.
#[derive(Debug, Default)]
pub struct Parser {
    buffer: MacBuffer,
    keys: KnownKeys,
    /// What `parse` appends to.
    scratch: Vec<u8>,
}

impl Parser {
    /// What [`parse`] says of a line. The MAC input of a json entry stands in this parser until [`Parser::clear`].
    pub fn parse(&mut self, line: &[u8]) -> Option<Entry> {
        let text = without_trailing_blanks(line);
        let at = self.buffer.used;
        if text.starts_with(b"{") {
            if let Some((seal, marker)) = self.keys.flatten(text, &mut self.buffer) {
                let mac = match seal {
                    // No value is before the first.
                    SealField::Present(_) => {
                        MacInput::Scratch(self.buffer.used.min(at + DELIMITER.len())..self.buffer.used)
                    }
                    SealField::Absent | SealField::Malformed => {
                        self.buffer.used = at;
                        MacInput::Line(0..0)
                    }
                };
                return Some(Entry { format: Format::Json, seal, marker, fidelity: Fidelity::Exact, mac });
            }
            self.buffer.used = at;
        }
        self.scratch.clear();
        let entry = parse(text, &mut self.scratch)?;
        Some(match entry.mac {
            MacInput::Line(_) => entry,
            MacInput::Scratch(range) => {
                self.buffer.push(&self.scratch[range]);
                Entry { mac: MacInput::Scratch(at..self.buffer.used), ..entry }
            }
        })
    }

    /// The MAC input of an entry that was parsed since the last [`Parser::clear`], given its line.
    #[inline]
    pub fn mac_bytes<'a>(&'a self, entry: &Entry, line: &'a [u8]) -> &'a [u8] {
        entry.mac_bytes(line, &self.buffer.bytes)
    }

    /// Forgets the MAC inputs.
    pub fn clear(&mut self) {
        self.buffer.used = 0;
        self.buffer.bytes.truncate(BUFFER_BYTES_USUAL_MAX);
        self.buffer.bytes.shrink_to(BUFFER_BYTES_USUAL_MAX);
        self.scratch.clear();
        self.scratch.shrink_to(BUFFER_BYTES_USUAL_MAX);
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
        if self.bytes.len() < self.used + COPIED_BYTES {
            self.bytes.resize(2 * (self.used + COPIED_BYTES), 0);
        }
        if let Some(room) = self.bytes[self.used..].first_chunk_mut() {
            *room = *block;
        }
        self.used += bytes;
    }

    /// Appends the first bytes of a text.
    #[inline]
    fn push_first(&mut self, text: &[u8], bytes: usize) {
        match text.first_chunk() {
            Some(block) if bytes <= COPIED_BYTES => self.push_of(block, bytes),
            _ => self.push(&text[..bytes]),
        }
    }

    fn push(&mut self, text: &[u8]) {
        if self.bytes.len() < self.used + text.len() {
            self.bytes.resize(2 * (self.used + text.len()), 0);
        }
        self.bytes[self.used..self.used + text.len()].copy_from_slice(text);
        self.used += text.len();
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

/// What a member is to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Seal,
    Chain,
    Message,
    Other,
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
        let role = match key {
            b"integrity" => Role::Seal,
            b"chain" => Role::Chain,
            b"msg" => Role::Message,
            _ => Role::Other,
        };
        Some(Self {
            token: token.into(),
            first: u128::from_le_bytes(first),
            mask: u128::MAX >> (8 * (first.len() - bytes)),
            before_value: block,
            before_value_bytes,
            role,
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

/// What decides of the members that were seen, as raw tokens.
struct Decisive<'a> {
    seal: SealField,
    chain: &'a [u8],
    message: &'a [u8],
    /// A value contains an object, in which keys may be repeated.
    is_nested: bool,
}

impl<'a> Decisive<'a> {
    /// Takes a value that begins a text in; returns its length, and whether it is signed. None where more than its raw token
    /// must be looked at.
    #[inline]
    fn take(&mut self, key: &KnownKey, text: &'a [u8]) -> Option<(usize, bool)> {
        if key.role == Role::Seal {
            // Digits end where they end, so they need not be searched for quotes.
            let digits = text.strip_prefix(b"\"")?.get(..SEAL_DIGITS)?;
            self.seal = SealField::Present(seal_from(digits)?);
            let is_closed = text.get(SEAL_DIGITS + 1) == Some(&b'"');
            return is_closed.then_some((SEAL_DIGITS + 2, false));
        }
        let bytes = match text.first()? {
            b'"' => json::string_end(text, 1)?,
            _ => json::value_end(text, 0)?,
        };
        let token = &text[..bytes];
        self.is_nested |= matches!(token[0], b'{' | b'[') && token.contains(&b'{');
        let is_signed = match key.role {
            Role::Chain => {
                self.chain = token;
                token != b"\"new\""
            }
            Role::Message => {
                self.message = token;
                true
            }
            Role::Other if bytes == SEAL_DIGITS + 2 && json::is_damaged_seal(key.key(), token) => return None,
            Role::Seal | Role::Other => true,
        };
        Some((bytes, is_signed))
    }

    /// None where what is compared may be spelled with escapes, and where raw tokens may not be what was signed.
    fn marker(&self, line: &[u8]) -> Option<Marker> {
        let is_end = self.chain == b"\"end\"";
        let is_escaped = self.chain.contains(&b'\\') || is_end && self.message.contains(&b'\\');
        if is_escaped || self.is_nested && !go_json::prints_itself(line) {
            return None;
        }
        Some(match self.chain {
            b"\"new\"" => Marker::Start,
            _ if is_end && json::is_end_message(self.message) => Marker::End,
            _ => Marker::Middle,
        })
    }
}

impl KnownKeys {
    /// Appends the MAC input of an object in the form Acra writes, behind the end of a value; None for everything else, and
    /// where more than its raw tokens must be looked at. What was appended then is to be dropped.
    fn flatten(&mut self, line: &[u8], out: &mut MacBuffer) -> Option<(SealField, Marker)> {
        let mut decisive = Decisive { seal: SealField::Absent, chain: &[], message: &[], is_nested: false };
        let (mut at, mut next) = (1, 0);
        let begin = out.used;
        loop {
            let key = self.find(&line[at..], next)?;
            next = key + 1;
            let key = &self.0[key];
            let value = &line[at + key.token.len()..];
            let (bytes, is_signed) = decisive.take(key, value)?;
            if is_signed {
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
            out.push(DELIMITER);
        }
        Some((decisive.seal, decisive.marker(line)?))
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
        if !rest.starts_with(b"\":") || place < next || json::is_ambiguous(key) {
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
