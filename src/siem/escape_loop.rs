//! The loop that every text format escapes with: it copies clean stretches of a text of the log as they are, and asks the
//! format's own rules about each other character. Which ones these are, and how they are spelled, is left to the formats.
//! What was replaced is told, not counted.

use std::io::Write as _;

use super::{Loss, Losses};
use crate::terminal_safe::{Visible, is_unsafe_char};

/// What stands for bytes that are no UTF-8.
const REPLACEMENT: &str = "\u{fffd}";

/// The bytes at which copying stops: control characters, everything beyond ASCII, and those a format adds.
pub(super) struct Stops([bool; 256]);

impl Stops {
    /// The stops of a format with these special ASCII characters.
    pub(super) const fn at(special: &[u8]) -> Self {
        let mut stops = [true; 256];
        let mut byte = b' ';
        while byte < 0x7f {
            stops[byte as usize] = false;
            byte += 1;
        }
        let mut index = 0;
        while index < special.len() {
            stops[special[index] as usize] = true;
            index += 1;
        }
        Self(stops)
    }
}

/// What became of a character that is not copied as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Readers of the format get it back.
    Kept,
    /// Readers see something else in its place.
    Replaced,
}

/// What happened to a text on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// Characters were replaced.
    pub(super) characters: bool,
    /// Bytes were no UTF-8.
    pub(super) encoding: bool,
}

impl Damage {
    /// Counts it for a field.
    pub(super) fn count(self, field: &str, losses: &mut Losses) {
        if self.characters {
            losses.add(field, Loss::Characters);
        }
        if self.encoding {
            losses.add(field, Loss::Encoding);
        }
    }
}

/// Appends a text. Each stop in it, and each hostile character beyond ASCII, is appended by `spell`.
pub(super) fn copy_escaped(
    text: &[u8],
    stops: &Stops,
    out: &mut Vec<u8>,
    mut spell: impl FnMut(char, &mut Vec<u8>) -> Treatment,
) -> Damage {
    let mut damage = Damage::default();
    let mut rest = text;
    loop {
        let clean = rest.iter().position(|byte| stops.0[usize::from(*byte)]).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..clean]);
        rest = &rest[clean..];
        let Some(&first) = rest.first() else {
            return damage;
        };
        if first.is_ascii() {
            damage.characters |= spell(char::from(first), out) == Treatment::Replaced;
            rest = &rest[1..];
            continue;
        }
        let end = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
        for chunk in rest[..end].utf8_chunks() {
            for c in chunk.valid().chars() {
                if is_unsafe_char(c) {
                    damage.characters |= spell(c, out) == Treatment::Replaced;
                } else {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            if !chunk.invalid().is_empty() {
                out.extend_from_slice(REPLACEMENT.as_bytes());
                damage.encoding = true;
            }
        }
        rest = &rest[end..];
    }
}

/// Appends a visible escape of a character.
pub(super) fn push_visible(c: char, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{}", Visible(c));
}

/// Appends what is formatted.
pub(super) fn push_formatted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

/// Appends a whole number.
pub(super) fn push_number(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        // A digit fits in a byte.
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return out.extend_from_slice(&digits[at..]);
        }
    }
}

/// Appends a seal, or the beginning of one, in hex.
pub(super) fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    for (pair, byte) in out[start..].as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOPS: Stops = Stops::at(b"|");

    fn copied(text: &[u8]) -> (String, Damage) {
        let mut out = Vec::new();
        let damage = copy_escaped(text, &STOPS, &mut out, |c, out| match c {
            '|' => {
                out.extend_from_slice(b"<bar>");
                Treatment::Kept
            }
            _ => {
                push_visible(c, out);
                Treatment::Replaced
            }
        });
        (String::from_utf8(out).unwrap(), damage)
    }

    #[test]
    fn what_is_clean_passes_and_the_rest_is_spelled() {
        let cases: [(&[u8], &str, bool, bool); 8] = [
            (b"plain = \\ text", "plain = \\ text", false, false),
            ("äöü 漢字 é😀x".as_bytes(), "äöü 漢字 é😀x", false, false),
            (b"a|b", "a<bar>b", false, false),
            (b"\x1b[2J\n\r\t\0\x7f", "\\x1b[2J\\n\\r\\t\\x00\\x7f", true, false),
            ("a\u{202e}ä\u{9b}".as_bytes(), "a\\u{202e}ä\\u{9b}", true, false),
            (b"\xff\xc3\xa4\xe2\x80x", "\u{fffd}ä\u{fffd}x", false, true),
            ("\u{fffd}".as_bytes(), "\u{fffd}", false, false),
            (b"", "", false, false),
        ];
        for (text, expected, characters, encoding) in cases {
            let expected = (expected.to_owned(), Damage { characters, encoding });
            assert_eq!(copied(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn numbers_and_hex_are_printed_as_everywhere() {
        for number in [0, 7, 9, 10, 560, 50_010, 1_700_000_000_000, 1_700_000_001_464, u64::MAX] {
            let mut out = Vec::new();
            push_number(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
        let mut out = Vec::new();
        push_hex(&[0, 0x9a, 0xff], &mut out);
        assert_eq!(out, b"009aff");
    }
}
