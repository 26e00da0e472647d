//! A JSON object as Go's `json.Unmarshal` and `json.Marshal` leave it: keys sorted, the last of repeated ones kept, escapes
//! and numbers in Go's spelling (audit log, section 3). For lines Acra did not write that way; what the members mean is
//! left to `json`.

use std::borrow::Cow;
use std::ops::Range;

use super::go_float;

/// Deeper objects are not read: Acra's entries are two or three levels deep.
const DEPTH_MAX: usize = 256;
/// More members in objects that are open at a time are not read: each costs memory, and Acra's entries have some dozens.
const MEMBERS_MAX: usize = 1 << 16;

/// How many times its own length a line may be moved while objects inside objects are sorted. Genuine nesting moves it
/// once or twice; a hostile one would cost the product of length and depth.
const MOVES_MAX: usize = 8;

/// An object in Go's spelling.
#[derive(Debug)]
pub(crate) struct Object {
    /// The object as Go prints it.
    pub(crate) text: Vec<u8>,
    /// Whether a key was repeated, at any depth.
    pub(crate) repeated: bool,
    /// Whether the other style would print something else. A long line is not marshalled twice for nothing.
    pub(crate) differs_by_style: bool,
    keys: Vec<u8>,
    members: Vec<MemberSpan>,
}

impl Object {
    /// The top-level members in order: the decoded key, and the value in Go's spelling.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.members.iter().map(|member| (&self.keys[member.key.clone()], &self.text[member.value_at..member.text.end]))
    }
}

/// Reads a line that holds one object and blanks. `None` when Go would refuse it, or when it is too deep or too wide.
pub(crate) fn marshal(line: &[u8], style: Style) -> Option<Object> {
    let mut marshaller = Marshaller {
        input: line,
        at: 0,
        style,
        object: Object {
            text: Vec::with_capacity(line.len()),
            repeated: false,
            differs_by_style: false,
            keys: Vec::new(),
            members: Vec::new(),
        },
        open: Vec::new(),
        decoded: Vec::new(),
        moves_left: line.len().saturating_mul(MOVES_MAX),
    };
    marshaller.skip_blanks();
    (marshaller.peek()? == b'{').then_some(())?;
    marshaller.run()?;
    Some(marshaller.object)
}

/// One member of an object that is being read, or of the outermost one.
#[derive(Clone, Debug)]
struct MemberSpan {
    /// The decoded key, in `keys`.
    key: Range<usize>,
    /// Key, colon and value, in `text`.
    text: Range<usize>,
    /// Where in `text` the value begins.
    value_at: usize,
}

/// An array or object that is not closed yet.
struct OpenObject {
    /// Where in `text` its bracket stands.
    text_at: usize,
    /// For an object: how many members and key bytes its parents have.
    outer: Option<(usize, usize)>,
}

struct Marshaller<'a> {
    input: &'a [u8],
    at: usize,
    style: Style,
    object: Object,
    open: Vec<OpenObject>,
    decoded: Vec<u8>,
    /// Bytes that may still be moved while sorting.
    moves_left: usize,
}

impl Marshaller<'_> {
    fn run(&mut self) -> Option<()> {
        // Whether nothing stands yet in the innermost open array or object.
        let mut fresh = self.read_value()?;
        loop {
            self.skip_blanks();
            let Some(innermost) = self.open.last() else {
                return (self.at == self.input.len()).then_some(());
            };
            let in_object = innermost.outer.is_some();
            match self.peek()? {
                b'}' if in_object => {
                    self.close()?;
                    fresh = false;
                    continue;
                }
                b']' if !in_object => {
                    self.close()?;
                    fresh = false;
                    continue;
                }
                b',' if !fresh => {
                    self.at += 1;
                    self.object.text.push(b',');
                    self.skip_blanks();
                }
                _ if fresh => {}
                _ => return None,
            }
            if in_object {
                self.read_key()?;
            }
            fresh = self.read_value()?;
        }
    }

    /// Reads a scalar, or the opening bracket of an array or object: true.
    fn read_value(&mut self) -> Option<bool> {
        let bracket = self.peek()?;
        match bracket {
            b'{' | b'[' => {
                if self.open.len() == DEPTH_MAX {
                    return None;
                }
                let outer = (bracket == b'{').then_some((self.object.members.len(), self.object.keys.len()));
                self.open.push(OpenObject { text_at: self.object.text.len(), outer });
                self.object.text.push(bracket);
                self.at += 1;
                return Some(true);
            }
            b'"' => {
                self.decoded.clear();
                self.at += decode_string(&self.input[self.at..], &mut self.decoded)?;
                self.object.differs_by_style |= differs_by_style(&self.decoded);
                write_string(&self.decoded, self.style, &mut self.object.text);
            }
            _ => self.at += rewrite_number_or_word(&self.input[self.at..], &mut self.object.text)?,
        }
        self.end_value();
        Some(false)
    }

    fn read_key(&mut self) -> Option<()> {
        let Object { text, keys, members, differs_by_style, .. } = &mut self.object;
        if members.len() == MEMBERS_MAX {
            return None;
        }
        self.decoded.clear();
        self.at += decode_string(&self.input[self.at..], &mut self.decoded)?;
        *differs_by_style |= self::differs_by_style(&self.decoded);
        let (key_at, text_at) = (keys.len(), text.len());
        keys.extend_from_slice(&self.decoded);
        write_string(&self.decoded, self.style, text);
        text.push(b':');
        members.push(MemberSpan { key: key_at..keys.len(), text: text_at..text.len(), value_at: text.len() });
        self.skip_blanks();
        (self.peek()? == b':').then_some(())?;
        self.at += 1;
        self.skip_blanks();
        Some(())
    }

    /// `None` when sorting would take too long.
    fn close(&mut self) -> Option<()> {
        let bracket = self.input[self.at];
        self.at += 1;
        if let Some(OpenObject { text_at, outer }) = self.open.pop()
            && let Some((members_outside, keys_outside)) = outer
        {
            let moved = self.object.sort(text_at, members_outside);
            self.moves_left = self.moves_left.checked_sub(moved)?;
            if !self.open.is_empty() {
                self.object.members.truncate(members_outside);
                self.object.keys.truncate(keys_outside);
            }
        }
        self.object.text.push(bracket);
        self.end_value();
        Some(())
    }

    /// A value is complete: the member it belongs to, if any, reaches to here.
    fn end_value(&mut self) {
        let in_object = self.open.last().is_some_and(|innermost| innermost.outer.is_some());
        if in_object && let Some(member) = self.object.members.last_mut() {
            member.text.end = self.object.text.len();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }
}

impl Object {
    /// Puts the members from the given one on into order, and their text behind the bracket at `text_at`. Returns how
    /// many bytes were moved.
    fn sort(&mut self, text_at: usize, first: usize) -> usize {
        let Self { text, repeated, keys, members, .. } = self;
        let key = |member: &MemberSpan| &keys[member.key.clone()];
        if members[first..].is_sorted_by(|a, b| key(a) < key(b)) {
            return 0;
        }
        let mut unsorted = members.split_off(first);
        // Stable, so that among repeated keys the last one written stays the last.
        unsorted.sort_by(|a, b| key(a).cmp(key(b)));
        let mut sorted = Vec::with_capacity(text.len() - text_at);
        for (index, member) in unsorted.iter().enumerate() {
            if unsorted.get(index + 1).is_some_and(|next| key(next) == key(member)) {
                *repeated = true;
                continue;
            }
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            let moved_to = text_at + 1 + sorted.len();
            sorted.extend_from_slice(&text[member.text.clone()]);
            members.push(MemberSpan {
                key: member.key.clone(),
                text: moved_to..moved_to + member.text.len(),
                value_at: moved_to + (member.value_at - member.text.start),
            });
        }
        text.truncate(text_at + 1);
        text.extend_from_slice(&sorted);
        sorted.len()
    }
}

/// How control characters with a short escape are printed; logs of both exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Go 1.22 and later: `\b`, `\f`.
    Go122,
    /// Go 1.21 and earlier: `\u0008`, `\u000c`.
    Go121,
}

/// Whether the styles print a text differently.
pub(super) fn differs_by_style(text: &[u8]) -> bool {
    memchr::memchr2(0x08, 0x0c, text).is_some()
}

/// What stands for text that is no Unicode: U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Appends the text of the string at the beginning of the input; returns how many bytes it takes, quotes included. What
/// is appended is always UTF-8: each byte that is not, and each lone surrogate, becomes U+FFFD.
pub(crate) fn decode_string(input: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let mut at = input.starts_with(b"\"").then_some(1)?;
    loop {
        let run = input[at..].iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\')?;
        for chunk in input[at..at + run].utf8_chunks() {
            text.extend_from_slice(chunk.valid().as_bytes());
            chunk.invalid().iter().for_each(|_| text.extend_from_slice(REPLACEMENT));
        }
        at += run;
        match input[at] {
            b'"' => return Some(at + 1),
            b'\\' => at += decode_escape(&input[at..], text)?,
            _ => return None,
        }
    }
}

/// Appends what the escape at the beginning of the input stands for; returns its length.
fn decode_escape(input: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let byte = match input.get(1)? {
        b'u' => return decode_unicode(input, text),
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        &byte @ (b'"' | b'\\' | b'/') => byte,
        _ => return None,
    };
    text.push(byte);
    Some(2)
}

fn decode_unicode(input: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let first = code_unit(input)?;
    let (unicode, bytes) = match first {
        0xd800..0xdc00 => match input.get(6..).and_then(code_unit) {
            Some(second @ 0xdc00..0xe000) => (0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00)), 12),
            // The second escape, if there is one, stands for itself.
            _ => (0xfffd, 6),
        },
        _ => (first, 6),
    };
    let unicode = char::from_u32(unicode).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(unicode.encode_utf8(&mut [0; 4]).as_bytes());
    Some(bytes)
}

/// The number in `\uXXXX`, digits in either case.
fn code_unit(input: &[u8]) -> Option<u32> {
    let digits = input.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |number, &digit| Some(number << 4 | char::from(digit).to_digit(16)?))
}

/// Bytes at which copying stops: those Go escapes, and the first of U+2028 and U+2029.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        stops[byte] = matches!(byte as u8, 0..b' ' | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2);
        byte += 1;
    }
    stops
};

/// Appends a UTF-8 text in quotes, escaped as Go does it.
pub(crate) fn write_string(text: &[u8], style: Style, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(stop) = rest.iter().position(|byte| STOPS[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..stop]);
        let bytes = write_escape(&rest[stop..], style, out);
        rest = &rest[stop + bytes..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends what stands for the character the text begins with; returns how many bytes of the text that takes.
fn write_escape(text: &[u8], style: Style, out: &mut Vec<u8>) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let byte = text[0];
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 if style == Style::Go122 => b'b',
        0x0c if style == Style::Go122 => b'f',
        // U+2028 and U+2029.
        0xe2 if matches!(text, [_, 0x80, 0xa8 | 0xa9, ..]) => {
            out.extend_from_slice(if text[2] == 0xa8 { b"\\u2028" } else { b"\\u2029" });
            return 3;
        }
        0xe2 => {
            out.push(byte);
            return 1;
        }
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0x0f)]]);
            return 1;
        }
    };
    out.extend([b'\\', short]);
    1
}

/// Appends the number, `true`, `false` or `null` at the beginning of the input as Go prints it; returns how many bytes it
/// takes there. `None` for a number beyond the range of a float64, which Go refuses.
pub(super) fn rewrite_number_or_word(input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    if let Some(word) = [&b"true"[..], b"false", b"null"].into_iter().find(|word| input.starts_with(word)) {
        out.extend_from_slice(word);
        return Some(word.len());
    }
    let bytes = number_bytes(input)?;
    let number = std::str::from_utf8(&input[..bytes]).ok()?;
    if is_as_go_prints(number) {
        out.extend_from_slice(number.as_bytes());
        return Some(bytes);
    }
    let number: f64 = number.parse().ok()?;
    number.is_finite().then_some(())?;
    go_float::push_json(number, out);
    Some(bytes)
}

/// Whether Go would print a number just so, as far as that can be seen without reading it.
fn is_as_go_prints(number: &str) -> bool {
    /// So many digits are those of one float64 and no other, so that no fewer of them would do.
    const DIGITS_EXACT: usize = 15;
    /// Smaller numbers have an exponent.
    const SMALL: [&str; 2] = ["0.00000", "-0.00000"];
    if number.len() > DIGITS_EXACT + 1 || memchr::memchr2(b'e', b'E', number.as_bytes()).is_some() {
        return false;
    }
    match memchr::memchr(b'.', number.as_bytes()) {
        None => number.len() <= DIGITS_EXACT,
        Some(_) => !number.ends_with('0') && !SMALL.iter().any(|small| number.starts_with(small)),
    }
}

/// Whether a text is one number by the grammar of JSON.
pub(crate) fn is_number(text: &[u8]) -> bool {
    number_bytes(text) == Some(text.len())
}

/// Length of the number at the beginning of the input, by the grammar of JSON.
fn number_bytes(input: &[u8]) -> Option<usize> {
    let digits =
        |at: usize| input.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let mut at = usize::from(input.first() == Some(&b'-'));
    at += match (input.get(at)?, digits(at)) {
        (b'0', _) => 1,
        (_, 0) => return None,
        (_, count) => count,
    };
    if input.get(at) == Some(&b'.') {
        at += 1 + Some(digits(at + 1)).filter(|&count| count > 0)?;
    }
    if let Some(b'e' | b'E') = input.get(at) {
        at += 1 + usize::from(matches!(input.get(at + 1), Some(b'+' | b'-')));
        at += Some(digits(at)).filter(|&count| count > 0)?;
    }
    Some(at)
}

/// A number in the spelling in which Go prints it: the same text wherever that can be seen without reading it. A whole
/// number stays what it is, even where no float64 holds it: it was one before Go made a float of it. None for what no
/// float64 comes near, which Go refuses.
pub(crate) fn as_go_prints(number: &str) -> Option<Cow<'_, str>> {
    /// A whole number of so many digits is finite as a float64.
    const DIGITS_FINITE: usize = 300;
    let is_whole = || memchr::memchr3(b'.', b'e', b'E', number.as_bytes()).is_none() && number.len() <= DIGITS_FINITE;
    if is_as_go_prints(number) || is_whole() {
        return Some(Cow::Borrowed(number));
    }
    let float: f64 = number.parse().ok()?;
    float.is_finite().then_some(())?;
    let mut printed = Vec::with_capacity(24);
    go_float::push_json(float, &mut printed);
    let printed = String::from_utf8(printed).ok()?;
    Some(if printed == number { Cow::Borrowed(number) } else { Cow::Owned(printed) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<String> {
        let mut out = Vec::new();
        let bytes = rewrite_number_or_word(text.as_bytes(), &mut out)?;
        (bytes == text.len()).then(|| String::from_utf8(out).expect("ascii"))
    }

    #[test]
    fn numbers_are_printed_as_go_prints_a_float64() {
        let cases = [
            ("0", "0"),
            ("-0", "-0"),
            ("-0.0e5", "-0"),
            ("563.0", "563"),
            ("1e2", "100"),
            ("9007199254740993", "9007199254740992"),
            ("123456789012345678901", "123456789012345680000"),
            ("999999999999999999999", "1e+21"),
            ("1e21", "1e+21"),
            ("-1.5E+22", "-1.5e+22"),
            ("0.000001", "0.000001"),
            ("0.0000009", "9e-7"),
            ("1.2E-09", "1.2e-9"),
            ("2.5e-100", "2.5e-100"),
            ("1e-400", "0"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("0.1", "0.1"),
        ];
        for (text, printed) in cases {
            assert_eq!(number(text).as_deref(), Some(printed), "{text}");
        }
    }

    #[test]
    fn a_number_that_go_prints_otherwise_is_spelled_anew() {
        let cases = [
            ("0", "0"),
            ("-0", "-0"),
            ("-0.0", "-0"),
            ("7.25", "7.25"),
            ("7.250", "7.25"),
            ("1e2", "100"),
            ("100.0", "100"),
            ("123456789012345", "123456789012345"),
            ("-12345678901234", "-12345678901234"),
            ("9007199254740993", "9007199254740993"),
            ("0.000001", "0.000001"),
            ("-0.0000025", "-0.0000025"),
            ("0.0000001", "1e-7"),
            ("1E-07", "1e-7"),
            ("1696161600.0039063", "1696161600.0039062"),
        ];
        for (number, printed) in cases {
            assert_eq!(as_go_prints(number).as_deref(), Some(printed), "{number}");
        }
        assert_eq!(as_go_prints("1e400"), None);
    }

    #[test]
    fn what_go_refuses_as_a_number_is_refused() {
        for text in
            ["1e400", "-1e400", "01", "+1", ".5", "1.", "1e", "1e+", "-", "", "NaN", "Infinity", "0x1", "1_0", "tru"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn strings_are_read_as_go_reads_them() {
        let cases: [(&[u8], Option<&str>); 14] = [
            (br#""a\/\b\f\n\r\t\"\\""#, Some("a/\u{8}\u{c}\n\r\t\"\\")),
            (br#""\u00e9\u00E9""#, Some("éé")),
            (br#""\ud83d\ude00""#, Some("😀")),
            (br#""\ud83dx""#, Some("\u{fffd}x")),
            (br#""\ud83d\u0041""#, Some("\u{fffd}A")),
            (br#""\ud83d\ud83d\ude00""#, Some("\u{fffd}😀")),
            (br#""\ude00\ud83d""#, Some("\u{fffd}\u{fffd}")),
            (b"\"\xff\xe2\x80x\"", Some("\u{fffd}\u{fffd}\u{fffd}x")),
            (b"\"\xed\xa0\x80\"", Some("\u{fffd}\u{fffd}\u{fffd}")),
            (br#""\u12""#, None),
            (br#""\x41""#, None),
            (b"\"a\nb\"", None),
            (br#""torn"#, None),
            (br#""torn\"#, None),
        ];
        for (input, expected) in cases {
            let mut text = Vec::new();
            let bytes = decode_string(input, &mut text);
            assert_eq!(bytes, expected.map(|_| input.len()), "{}", input.escape_ascii());
            if let Some(expected) = expected {
                assert_eq!(text, expected.as_bytes(), "{}", input.escape_ascii());
            }
        }
    }

    #[test]
    fn strings_are_printed_as_go_prints_them() {
        let text = "<>&\u{2028}\u{2029}\u{0}\u{8}\u{c}\u{1f}\u{7f}\n\r\t\"\\/é😀\u{2027}";
        let mut out = Vec::new();
        write_string(text.as_bytes(), Style::Go122, &mut out);
        let printed = "\"\\u003c\\u003e\\u0026\\u2028\\u2029\\u0000\\b\\f\\u001f\u{7f}\\n\\r\\t\\\"\\\\/é😀\u{2027}\"";
        assert_eq!(String::from_utf8_lossy(&out), printed);
        out.clear();
        write_string(text.as_bytes(), Style::Go121, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), printed.replace("\\b", "\\u0008").replace("\\f", "\\u000c"));
    }
}
