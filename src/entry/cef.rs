//! Acra's dialect of the Common Event Format (audit log, section 2): `CEF:0|..|message|severity|key=value key=value`.
//! Finds fields and the message; values are left as they stand, escapes included.

use memchr::memchr2;

use super::plaintext::quoted_bytes;

/// Header parts before the extension: version, vendor, product, version, code, message, severity.
pub(crate) const HEADER_PARTS: usize = 7;
/// Which of them is the message.
const MESSAGE_PART: usize = 5;

/// The fields of the extension. In a value `=` is always escaped, so an unescaped one stands behind a key: the word before
/// it, or a text in quotes.
pub(crate) struct CefFields<'a> {
    rest: &'a [u8],
}

/// Walks the extension of a line; of the whole line when its header is damaged.
pub(crate) fn fields(line: &[u8]) -> CefFields<'_> {
    let mut rest = line;
    for _ in 0..HEADER_PARTS {
        match split_part(rest) {
            Some((_, after)) => rest = after,
            None => return CefFields { rest: line },
        }
    }
    CefFields { rest }
}

/// The message as it stands in the header.
pub(super) fn message(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line;
    for _ in 0..MESSAGE_PART {
        rest = split_part(rest)?.1;
    }
    Some(split_part(rest)?.0)
}

/// Whether that message is a certain one, as it stands.
pub(super) fn is_message(line: &[u8], wanted: &[u8]) -> bool {
    message(line) == Some(wanted)
}

/// The parts of the header as they stand, and the extension; None when the header is torn.
pub(crate) fn split(line: &[u8]) -> Option<([&[u8]; HEADER_PARTS], CefFields<'_>)> {
    let mut parts = [&[][..]; HEADER_PARTS];
    let mut rest = line;
    for part in &mut parts {
        (*part, rest) = split_part(rest)?;
    }
    Some((parts, CefFields { rest }))
}

impl<'a> CefFields<'a> {
    /// What no field was made of; behind the last field of a whole line there is nothing.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for CefFields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let equals = match quoted_key(self.rest) {
            Some(bytes) => bytes,
            None => unescaped(self.rest, b'=')?,
        };
        let (key, value) = (&self.rest[..equals], &self.rest[equals + 1..]);
        let end = value_bytes(value);
        self.rest = value.get(end + 1..).unwrap_or_default();
        Some((key, &value[..end]))
    }
}

/// Where the value at the beginning of this text ends: before the space in front of the next key.
fn value_bytes(text: &[u8]) -> usize {
    let mut space = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'=' => return space.unwrap_or(at),
            b' ' if quoted_key(&text[at + 1..]).is_some() => return at,
            b' ' => space = Some(at),
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Length of the key in Go's quotes at the beginning of this text, if there is one and an equals sign behind it.
fn quoted_key(text: &[u8]) -> Option<usize> {
    let bytes = 1 + quoted_bytes(text.strip_prefix(b"\"")?);
    (text.get(bytes) == Some(&b'=')).then_some(bytes)
}

fn split_part(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let bar = unescaped(text, b'|')?;
    Some((&text[..bar], &text[bar + 1..]))
}

/// Where a byte stands for the first time without a backslash before it.
fn unescaped(text: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr2(wanted, b'\\', text.get(at..)?)?;
        if text[found] == wanted {
            return Some(found);
        }
        at = found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_before_the_next_key() {
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("a=1 b=x y z c=3", &[("a", "1"), ("b", "x y z"), ("c", "3")]),
            (r"sql=where id \= 1 \|\| 2 u=1.5", &[("sql", r"where id \= 1 \|\| 2"), ("u", "1.5")]),
            (r#"a=1 "key with space"=v b=2"#, &[("a", "1"), (r#""key with space""#, "v"), ("b", "2")]),
            (r#"a=1 "odd chain=end key"=v"#, &[("a", "1"), (r#""odd chain=end key""#, "v")]),
            (r#"a=say "x b=2"#, &[("a", r#"say "x"#), ("b", "2")]),
            ("empty=  b=2", &[("empty", " "), ("b", "2")]),
            ("nothing", &[]),
        ];
        for (extension, expected) in cases {
            let line = format!(r"CEF:0|v|p|1|100|m \| \= n|1|{extension}");
            let text = |bytes| std::str::from_utf8(bytes).expect("ascii");
            let found: Vec<_> = fields(line.as_bytes()).map(|(key, value)| (text(key), text(value))).collect();
            assert_eq!(found, expected, "{extension}");
        }
    }

    #[test]
    fn the_message_is_the_sixth_part_of_the_header() {
        assert_eq!(message(br"CEF:0|v|p|1|100|a \| b|1|c=d"), Some(&br"a \| b"[..]));
        assert_eq!(message(b"CEF:0|v|p|1|100|torn"), None);
    }
}
