//! The plaintext form (audit log, section 2): `time="..." level=... msg="..." key=value`, and the texts in Go's `%q` quotes
//! that it shares with odd keys of cef. Values are found as they stand; quotes come off where somebody asks.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// The top-level fields of a line, the built-in ones included. A key is never quoted and may contain a space; a value is
/// quoted or reaches to the next space.
pub(crate) struct PlaintextFields<'a> {
    rest: &'a [u8],
}

/// Walks the fields of a line, or of the signed part of one.
pub(crate) fn fields(line: &[u8]) -> PlaintextFields<'_> {
    PlaintextFields { rest: line }
}

impl<'a> PlaintextFields<'a> {
    /// What no field was made of; behind the last field of a whole line there is nothing.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for PlaintextFields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let equals = memchr(b'=', self.rest)?;
        let (key, value) = (&self.rest[..equals], &self.rest[equals + 1..]);
        let quoted = value.strip_prefix(b"\"").map_or(0, |text| 1 + quoted_bytes(text));
        // Acra puts a space right after the closing quote; whatever else is there belongs to the value.
        let end = memchr(b' ', &value[quoted..]).map_or(value.len(), |space| quoted + space);
        self.rest = value.get(end + 1..).unwrap_or_default();
        Some((key, &value[..end]))
    }
}

/// The message without its quotes, when it stands in its place behind `time` and `level` and is quoted. Every message of
/// more than one word is.
pub(super) fn message(line: &[u8]) -> Option<&[u8]> {
    let message = behind_message_quote(line)?;
    let text = &message[..quoted_bytes(message)];
    text.strip_suffix(b"\"")
}

/// Whether that message is a certain one, which needs no escape.
pub(super) fn is_message(line: &[u8], wanted: &[u8]) -> bool {
    behind_message_quote(line).and_then(|text| text.strip_prefix(wanted)).is_some_and(|rest| rest.starts_with(b"\""))
}

fn behind_message_quote(line: &[u8]) -> Option<&[u8]> {
    let time = line.strip_prefix(b"time=\"")?;
    let level = time[memchr(b'"', time)? + 1..].strip_prefix(b" level=")?;
    level[memchr(b' ', level)?..].strip_prefix(b" msg=\"")
}

/// Length of a text in Go's quotes behind its opening quote, the closing one included; to the end when it is not closed.
pub(super) fn quoted_bytes(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The text inside the quotes; `quoted` begins with the opening quote and ends with the closing one. Borrowed when there
/// is no escape in it. `None` when Go would not have written it so.
pub(crate) fn unquote(quoted: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inside = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr2(b'\\', b'"', inside).is_none() {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => return None,
            b'\\' => unescape(after, &mut text)?,
            _ => {
                text.push(byte);
                after
            }
        };
    }
    Some(Cow::Owned(text))
}

/// Appends what the escape behind a backslash stands for; returns what comes after it.
fn unescape<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&kind, rest) = escape.split_first()?;
    let plain = match kind {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'"' => kind,
        b'x' => {
            let (number, rest) = hex_number(rest, 2)?;
            text.push(u8::try_from(number).ok()?);
            return Some(rest);
        }
        b'u' | b'U' => {
            let (number, rest) = hex_number(rest, if kind == b'u' { 4 } else { 8 })?;
            let letter = char::from_u32(number)?;
            text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        _ => return None,
    };
    text.push(plain);
    Some(rest)
}

fn hex_number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (number, rest) = text.split_at_checked(digits)?;
    let add = |sum: u32, digit: &u8| Some(sum << 4 | char::from(*digit).to_digit(16)?);
    Some((number.iter().try_fold(0, add)?, rest))
}

/// Appends a text in quotes, escaped as Go's `strconv.Quote` does it.
pub(crate) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            push_letter(letter, out);
        }
        for byte in chunk.invalid() {
            push_hex(b'x', u32::from(*byte), 2, out);
        }
    }
    out.push(b'"');
}

fn push_letter(letter: char, out: &mut Vec<u8>) {
    let short = match letter {
        '"' | '\\' => letter,
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        _ if is_printable(letter) => {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
        _ => {
            let (kind, digits) = match u32::from(letter) {
                0..0x80 => (b'x', 2),
                0x80..0x1_0000 => (b'u', 4),
                _ => (b'U', 8),
            };
            return push_hex(kind, u32::from(letter), digits, out);
        }
    };
    out.extend([b'\\', short as u8]);
}

fn push_hex(kind: u8, number: u32, digits: u32, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.extend([b'\\', kind]);
    out.extend((0..digits).rev().map(|place| HEX[(number >> (4 * place) & 0x0f) as usize]));
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and of the blanks the ASCII space alone.
fn is_printable(letter: char) -> bool {
    if letter.is_ascii() {
        return matches!(letter, ' '..='~');
    }
    !matches!(letter.general_category_group(), GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Vec<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).expect("ascii");
        fields(line.as_bytes()).map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn fields_end_where_their_quotes_or_the_next_space_end() {
        let cases: [(&str, &[(&str, &str)]); 6] = [
            (r#"a=1 b="x \" y=2" c="#, &[("a", "1"), ("b", r#""x \" y=2""#), ("c", "")]),
            (r#"duration=7.2 key with space=v s=1"#, &[("duration", "7.2"), ("key with space", "v"), ("s", "1")]),
            (r#"a="\\" b="\\\"" c=1"#, &[("a", r#""\\""#), ("b", r#""\\\"""#), ("c", "1")]),
            (r#"a="torn b=1"#, &[("a", r#""torn b=1"#)]),
            (r#"a="torn\"#, &[("a", r#""torn\"#)]),
            ("no field", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(texts(line), expected, "{line}");
        }
    }

    #[test]
    fn the_message_is_found_only_in_its_place() {
        let cases = [
            (r#"time="2023" level=info msg="End of" chain=end"#, Some("End of")),
            (r#"time="2023" level=info msg="a \" b""#, Some(r#"a \" b"#)),
            (r#"time="2023" level=info client_id=x msg="no""#, None),
            (r#"time="2023" level=info msg=word"#, None),
            (r#"time="2023" level=info msg="torn"#, None),
            (r#"level=info msg="no""#, None),
        ];
        for (line, expected) in cases {
            assert_eq!(message(line.as_bytes()), expected.map(str::as_bytes), "{line}");
            for wanted in ["End of", "End", "no", "word", ""] {
                assert_eq!(is_message(line.as_bytes(), wanted.as_bytes()), expected == Some(wanted), "{line}");
            }
        }
    }

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        let cases: [(&[u8], &str); 9] = [
            (b"", r#""""#),
            (b"a b", r#""a b""#),
            (b"\x07\x08\x0c\n\r\t\x0b\\\"", r#""\a\b\f\n\r\t\v\\\"""#),
            (b"\0\x1b\x7f", r#""\x00\x1b\x7f""#),
            (b"\xff\xfe x", r#""\xff\xfe x""#),
            ("\u{2028}\u{a0}\u{ad}".as_bytes(), r#""\u2028\u00a0\u00ad""#),
            ("é日😀\u{301}".as_bytes(), "\"é日😀\u{301}\""),
            ("\u{e0041}\u{10ffff}".as_bytes(), r#""\U000e0041\U0010ffff""#),
            ("\u{fffd}".as_bytes(), "\"\u{fffd}\""),
        ];
        for (text, quoted) in cases {
            let mut out = Vec::new();
            quote(text, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), quoted);
            assert_eq!(unquote(&out).as_deref(), Some(text), "{quoted}");
        }
    }

    #[test]
    fn what_go_would_not_write_is_refused() {
        for quoted in
            ["", "\"", "a", "\"a", "a\"", r#""a"b""#, r#""\""#, r#""\q""#, r#""\x4""#, r#""\ud800""#, r#""\u12""#]
        {
            assert_eq!(unquote(quoted.as_bytes()), None, "{quoted}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_from_their_quotes(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut out = Vec::new();
            quote(&text, &mut out);
            prop_assert_eq!(unquote(&out).unwrap().into_owned(), text);
        }
    }
}
