//! One JSON object in the form Acra writes it, cut into raw tokens without building a tree. Knows structure only: whether
//! a value is valid inside is left to the seal, and any other spelling to `go_json`.

use memchr::memchr2;

/// This object is not in the form Acra writes: blanks, escaped or unordered keys, or no JSON at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OtherSpelling;

/// A key without its quotes and its value as it stands.
pub(crate) type Member<'a> = (&'a [u8], &'a [u8]);

/// The members of a compact object whose keys need no escape and strictly ascend.
pub(crate) struct Members<'a> {
    line: &'a [u8],
    at: usize,
    previous: Option<&'a [u8]>,
}

/// Walks a line without trailing blanks.
pub(crate) fn members(line: &[u8]) -> Result<Members<'_>, OtherSpelling> {
    let at = match line {
        b"{}" => line.len(),
        [b'{', _, ..] => 1,
        _ => return Err(OtherSpelling),
    };
    Ok(Members { line, at, previous: None })
}

impl<'a> Members<'a> {
    /// The next member; `None` behind the closing brace, which is the last byte of the line.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Member<'a>>, OtherSpelling> {
        let line = self.line;
        if self.at == line.len() {
            return Ok(None);
        }
        let key_at = self.at + 1;
        let mut key_end = key_at;
        if line[self.at] != b'"' {
            return Err(OtherSpelling);
        }
        while let Some(&byte) = line.get(key_end)
            && PLAIN_IN_KEY[usize::from(byte)]
        {
            key_end += 1;
        }
        let key = &line[key_at..key_end];
        if self.previous.is_some_and(|previous| previous >= key) || !line[key_end..].starts_with(b"\":") {
            return Err(OtherSpelling);
        }
        self.previous = Some(key);
        let value_at = key_end + 2;
        let value_end = value_end(line, value_at).ok_or(OtherSpelling)?;
        self.at = value_end + 1;
        match line.get(value_end) {
            Some(b',') if self.at < line.len() => {}
            Some(b'}') if self.at == line.len() => {}
            _ => return Err(OtherSpelling),
        }
        Ok(Some((key, &line[value_at..value_end])))
    }
}

/// Where the value that begins here ends. Scalars outside of strings are held to letters that cannot spell `delimiter`:
/// otherwise a number could swallow its neighbours (attacks, row 17).
#[inline]
fn value_end(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at)? {
        b'"' => string_end(line, at + 1),
        b'{' | b'[' => nested_end(line, at),
        b'-' | b'0'..=b'9' => {
            let number =
                line[at..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
            Some(at + number.count())
        }
        _ => [&b"true"[..], b"false", b"null"]
            .iter()
            .find(|word| line[at..].starts_with(word))
            .map(|word| at + word.len()),
    }
}

/// Where the string ends whose text begins here: behind its closing quote.
#[inline]
fn string_end(line: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let found = memchr2(b'"', b'\\', line.get(at..)?)?;
        at += found + 1;
        if line[at - 1] == b'"' {
            return Some(at);
        }
        at += 1;
    }
}

/// Where the array or object ends that begins here. Counts brackets, so that no depth is too deep.
fn nested_end(line: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match line.get(at)? {
            b'"' => at = string_end(line, at + 1)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Bytes that Go prints in a key as they are and that need no look at their neighbours.
const PLAIN_IN_KEY: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte < 0x7f {
        table[byte as usize] = !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The members as one text, or `None` when the line is in another form.
    fn cut(line: &str) -> Option<String> {
        let mut members = members(line.as_bytes()).ok()?;
        let mut found = Vec::new();
        while let Some((key, value)) = members.next().ok()? {
            found.push(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
        }
        Some(found.join(";"))
    }

    #[test]
    fn a_line_as_acra_writes_it_is_cut_into_raw_tokens() {
        let cases = [
            ("{}", ""),
            (r#"{"":1}"#, "=1"),
            (r#"{"a":"x","b":-1.5e+21,"c":true,"d":null,"e":false}"#, r#"a="x";b=-1.5e+21;c=true;d=null;e=false"#),
            (r#"{"a":"\\","b":"\"}{","c":"\\\"" }"#.replace(' ', "").as_str(), r#"a="\\";b="\"}{";c="\\\"""#),
            (r#"{"a":[[],{"k":["]",1]}],"key with space":{}}"#, r#"a=[[],{"k":["]",1]}];key with space={}"#),
        ]
        .map(|(line, tokens)| (line.to_owned(), tokens.to_owned()));
        for (line, tokens) in cases {
            assert_eq!(cut(&line), Some(tokens), "{line}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        let cases = [
            "",
            "{",
            "[]",
            "{}}",
            "{} ",
            r#"{ "a":1}"#,
            r#"{"a" :1}"#,
            r#"{"a": 1}"#,
            r#"{"a":1 }"#,
            r#"{"a":1,}"#,
            r#"{"a":1,"b"}"#,
            r#"{"a":1}x"#,
            r#"{"a":1"#,
            r#"{"a":"x}"#,
            r#"{"a":"x\"#,
            r#"{"a":[1}"#,
            r#"{"a":]}"#,
            r#"{"a":tru}"#,
            r#"{"a":1delimiterdelimiterbdelimiter2}"#,
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"\u0061":1}"#,
            r#"{"<":1}"#,
            r#"{"é":1}"#,
            "{\"a\n\":1}",
        ];
        for line in cases {
            assert_eq!(cut(line), None, "{line}");
        }
    }

    #[test]
    fn a_hundred_thousand_levels_are_walked() {
        let line = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(cut(&line).is_some());
    }
}
