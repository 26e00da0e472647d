//! The plaintext form (audit log, section 2): `time="..." level=... msg="..." key=value`. Finds fields and the message;
//! values are left as they stand, quotes and escapes included.

use memchr::{memchr, memchr2};

/// The top-level fields of a line, the built-in ones included. A key is never quoted and may contain a space; a value is
/// quoted or reaches to the next space.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// Walks the fields of a line, or of the signed part of one.
pub(crate) fn fields(line: &[u8]) -> Fields<'_> {
    Fields { rest: line }
}

impl<'a> Fields<'a> {
    /// What no field was made of; behind the last field of a whole line there is nothing.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Fields<'a> {
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
    let time = line.strip_prefix(b"time=\"")?;
    let level = time[memchr(b'"', time)? + 1..].strip_prefix(b" level=")?;
    let message = level[memchr(b' ', level)?..].strip_prefix(b" msg=\"")?;
    let text = &message[..quoted_bytes(message)];
    text.strip_suffix(b"\"")
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

#[cfg(test)]
mod tests {
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
        }
    }
}
