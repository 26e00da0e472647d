//! Texts in UTF-16, decoded while they are read. What is in any other encoding is passed on as it is.

use std::io::{self, ErrorKind, Read};

/// How much of the input is decoded at a time, in bytes.
const CHUNK_BYTES: usize = 32 << 10;

/// How the bytes of an input are to be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes are what they are.
    #[default]
    Bytes,
    LittleEndian,
    BigEndian,
}

impl Encoding {
    /// Tells the encoding by the first bytes of an input.
    fn of(head: &[u8]) -> Self {
        match *head {
            [0xff, 0xfe, ..] => Self::LittleEndian,
            [0xfe, 0xff, ..] => Self::BigEndian,
            [1..0x80, 0, 1..0x80, 0] => Self::LittleEndian,
            [0, 1..0x80, 0, 1..0x80] => Self::BigEndian,
            _ => Self::Bytes,
        }
    }

    /// How many bytes of the input a decoded text stands for. May be asked about pieces: they add up.
    pub(super) fn bytes_of(self, text: &[u8]) -> u64 {
        if self == Self::Bytes {
            return text.len() as u64;
        }
        // One unit for each character, two for those of four bytes; neither counts in the bytes that continue one.
        let units = |byte: &u8| u64::from(byte & 0xc0 != 0x80) + u64::from(*byte >= 0xf0);
        2 * text.iter().map(units).sum::<u64>()
    }
}

/// An input in UTF-16, as PowerShell's `>` writes it, told by the byte order mark or by zeros beside the first two letters
/// (attacks, row 46): decoded to UTF-8 where it is UTF-16, and passed on as it is otherwise.
#[derive(Debug)]
pub(super) struct Decoded<R> {
    input: R,
    /// None until the first bytes were read.
    encoding: Option<Encoding>,
    /// Bytes of the input that make no unit or no character yet; before the encoding is known, all of them.
    kept: Vec<u8>,
    /// Decoded text that was not delivered yet, from `ready_at` on.
    ready: Vec<u8>,
    ready_at: usize,
    /// What ended the input within its first bytes.
    failure: Option<io::Error>,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, encoding: None, kept: Vec::new(), ready: Vec::new(), ready_at: 0, failure: None }
    }

    /// Of what was read so far.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or_default()
    }

    /// Reads the first bytes, which tell the encoding.
    fn look(&mut self) -> io::Result<Encoding> {
        while self.kept.len() < 4 {
            let mut byte = [0];
            match read_some(&mut self.input, &mut byte) {
                Ok(0) => break,
                Ok(_) => self.kept.push(byte[0]),
                Err(error) if self.kept.is_empty() => return Err(error),
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        let encoding = Encoding::of(&self.kept);
        if encoding == Encoding::Bytes {
            self.ready = std::mem::take(&mut self.kept);
        }
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Decodes the next piece of the input. False at its end.
    fn decode_more(&mut self, encoding: Encoding) -> io::Result<bool> {
        let kept = self.kept.len();
        self.kept.resize(kept + CHUNK_BYTES, 0);
        let read = read_some(&mut self.input, &mut self.kept[kept..]);
        self.kept.truncate(kept + *read.as_ref().unwrap_or(&0));
        let ended = read? == 0;
        let unit = |pair: &[u8; 2]| match encoding {
            Encoding::BigEndian => u16::from_be_bytes(*pair),
            Encoding::Bytes | Encoding::LittleEndian => u16::from_le_bytes(*pair),
        };
        let (pairs, odd) = self.kept.as_chunks::<2>();
        // The first half of a pair of surrogates waits for the second one.
        let waits = !ended && pairs.last().is_some_and(|last| (0xd800..0xdc00).contains(&unit(last)));
        let whole = pairs.len() - usize::from(waits);
        self.ready.clear();
        self.ready_at = 0;
        for character in char::decode_utf16(pairs[..whole].iter().map(unit)) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if ended && !odd.is_empty() {
            self.kept.clear();
            return Err(io::Error::new(ErrorKind::InvalidData, "the file is UTF-16 and ends inside a character"));
        }
        self.kept.drain(..2 * whole);
        Ok(!ended || !self.ready.is_empty())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.look()?,
        };
        loop {
            if self.ready_at < self.ready.len() {
                let ready = &self.ready[self.ready_at..];
                let count = ready.len().min(buffer.len());
                buffer[..count].copy_from_slice(&ready[..count]);
                self.ready_at += count;
                return Ok(count);
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if encoding == Encoding::Bytes {
                return self.input.read(buffer);
            }
            if !self.decode_more(encoding)? {
                return Ok(0);
            }
        }
    }
}

/// Reads again when a signal interrupted it.
fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn texts_are_decoded_and_counted_in_bytes_of_the_input() {
        let text = "time=\"2025\" \u{e9}\u{65e5}\u{1f600}\r\nnext".repeat(3000);
        let cases = [
            (encoded(&format!("\u{feff}{text}"), u16::to_le_bytes), format!("\u{feff}{text}")),
            (encoded(&format!("\u{feff}{text}"), u16::to_be_bytes), format!("\u{feff}{text}")),
            (encoded(&text, u16::to_le_bytes), text.clone()),
            (encoded(&text, u16::to_be_bytes), text.clone()),
            (text.clone().into_bytes(), text.clone()),
            (b"ab".to_vec(), "ab".to_owned()),
            (Vec::new(), String::new()),
            (vec![0xff, 0xfe, 0x00, 0xd8, b'a', 0], "\u{feff}\u{fffd}a".to_owned()),
            (vec![0xff, 0xfe, b'a', 0, 0x00, 0xd8], "\u{feff}a\u{fffd}".to_owned()),
            (b"\0time".to_vec(), "\0time".to_owned()),
        ];
        for (bytes, expected) in cases {
            let mut input = Decoded::new(bytes.as_slice());
            let mut found = Vec::new();
            input.read_to_end(&mut found).expect("readable");
            assert_eq!(String::from_utf8_lossy(&found), expected);
            assert_eq!(input.encoding().bytes_of(&found), bytes.len() as u64, "{expected:.20}");
        }
    }

    #[test]
    fn half_a_unit_at_the_end_is_an_error_after_the_text() {
        let mut input = Decoded::new(&[0xff, 0xfe, b'a', 0, b'b'][..]);
        let mut found = Vec::new();
        assert!(input.read_to_end(&mut found).is_err());
    }
}
