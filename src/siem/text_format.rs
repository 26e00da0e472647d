//! What the text formats share: the loop that copies clean stretches of a text of the log as they are and asks the format's own
//! rules about each other character, and names for fields that a target knows nothing of. Which characters are special, and
//! how they are spelled, is left to the formats.

use std::collections::HashMap;
use std::io::Write as _;
use std::ops::Range;

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
    pub(super) characters: bool,
    pub(super) encoding: bool,
}

impl Damage {
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

pub(super) fn push_formatted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(text);
}

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

/// So many names are compared one by one; beyond that they are looked up, so that a hostile line costs no square.
const FEW: usize = 16;

/// Appends a key in CamelCase: `trace_id` becomes `TraceId`. False when the key cannot be told from it any more.
fn push_camel(key: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut begins = true;
    for byte in key {
        if byte.is_ascii_alphanumeric() {
            out.push(if begins { byte.to_ascii_uppercase() } else { *byte });
        }
        begins = !byte.is_ascii_alphanumeric();
    }
    if out.len() == start {
        out.extend_from_slice(b"Field");
        return false;
    }
    is_snake(key)
}

/// Whether a key consists of words of small letters, joined by underscores: then CamelCase says all of it.
fn is_snake(key: &[u8]) -> bool {
    let word = |word: &[u8]| {
        word.first().is_some_and(u8::is_ascii_lowercase)
            && word.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    key.split(|byte| *byte == b'_').all(word)
}

/// The names that were given in one line.
pub(super) struct UniqueNames {
    reserved: &'static [&'static [u8]],
    few: Vec<Range<usize>>,
    /// Every name, once there are more than [`FEW`], and the last number that was put behind it.
    many: HashMap<Vec<u8>, u64>,
}

impl UniqueNames {
    /// No names yet. Those that are reserved are never given to a field of the log: they are ours.
    pub(super) fn without(reserved: &'static [&'static [u8]]) -> Self {
        Self { reserved, few: Vec::new(), many: HashMap::new() }
    }

    /// Appends a key in CamelCase, with a number behind it when it was given before. False when the key cannot be told from
    /// it any more.
    pub(super) fn push(&mut self, key: &[u8], out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let recoverable = push_camel(key, out);
        !self.distinguish(out, start) && recoverable
    }

    /// Puts a number behind the name at the end of `out` when it was given before. Whether it had to.
    pub(super) fn distinguish(&mut self, out: &mut Vec<u8>, start: usize) -> bool {
        let end = out.len();
        let mut number = self.many.get(&out[start..]).copied().unwrap_or(1);
        while self.is_taken(&out[start..], out) {
            number += 1;
            out.truncate(end);
            push_number(number, out);
        }
        if let Some(last) = self.many.get_mut(&out[start..end]) {
            *last = number;
        }
        self.few.push(start..out.len());
        if self.few.len() > FEW {
            self.many.extend(self.few.drain(..).map(|name| (out[name].to_vec(), 1)));
        } else if !self.many.is_empty() {
            self.many.insert(out[start..].to_vec(), 1);
            self.few.clear();
        }
        number > 1
    }

    fn is_taken(&self, name: &[u8], out: &[u8]) -> bool {
        self.reserved.contains(&name)
            || self.few.iter().any(|given| &out[given.clone()] == name)
            || self.many.contains_key(name)
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

    #[test]
    fn keys_become_camel_case_and_it_is_told_when_they_are_lost() {
        let cases = [
            ("trace_id", "TraceId", true),
            ("path", "Path", true),
            ("a1_b2", "A1B2", true),
            ("interrupt_side", "InterruptSide", true),
            ("a_1", "A1", false),
            ("a__b", "AB", false),
            ("_a", "A", false),
            ("traceId", "TraceId", false),
            ("key with space", "KeyWithSpace", false),
            ("fields.msg", "FieldsMsg", false),
            ("schlüssel", "SchlSsel", false),
            ("漢字", "Field", false),
            ("", "Field", false),
            ("1", "1", false),
        ];
        for (key, camel, recoverable) in cases {
            let mut out = b"x".to_vec();
            assert_eq!(push_camel(key.as_bytes(), &mut out), recoverable, "{key}");
            assert_eq!(String::from_utf8(out).unwrap(), format!("x{camel}"), "{key}");
        }
    }

    #[test]
    fn no_name_is_given_twice_however_many_there_are() {
        for count in [2_usize, 20, 300] {
            let mut names = UniqueNames::without(&[b"Own"]);
            let mut given = std::collections::HashSet::new();
            let mut out = Vec::new();
            for round in 0..count {
                for name in ["A", "A2", "Own", "B"] {
                    out.push(b' ');
                    let start = out.len();
                    out.extend_from_slice(name.as_bytes());
                    let changed = names.distinguish(&mut out, start);
                    let text = String::from_utf8(out[start..].to_vec()).unwrap();
                    assert_eq!(changed, text != name, "{text}");
                    assert!(text != "Own" && text.starts_with(name), "{text}");
                    assert!(given.insert(text.clone()), "{text} in round {round}");
                }
            }
        }
    }

    #[test]
    fn a_hostile_number_of_equal_names_costs_no_square() {
        let mut names = UniqueNames::without(&[]);
        let mut out = Vec::new();
        for _ in 0..200_000 {
            let start = out.len();
            out.push(b'A');
            names.distinguish(&mut out, start);
        }
        assert!(out.ends_with(b"A200000"));
    }
}
