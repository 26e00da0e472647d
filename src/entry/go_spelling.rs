//! Tells of an object that it is spelled as Go spells it, without making it again: for lines that Acra wrote. What another
//! spelling means is left to `go_json`.

/// Whether an object is certainly printed by Go as it stands, in either style and with no key repeated. Many objects of
/// which this is not certain are so too; [`go_json::marshal`](super::go_json::marshal) knows.
pub(super) fn prints_itself(line: &[u8]) -> bool {
    let mut spelled = Spelled { input: line, at: 0 };
    line.starts_with(b"{") && spelled.value(0).is_some() && spelled.at == line.len()
}

/// Deeper objects are left to `go_json::marshal`, which takes no stack for them.
const CERTAIN_DEPTH_MAX: usize = 16;

/// So many decimal digits come back from a binary number as they were (IEEE 754, binary64).
const CERTAIN_DIGITS_MAX: usize = 15;

/// Walks a text as long as it is spelled as Go spells it.
struct Spelled<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Spelled<'a> {
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.input.get(self.at)? {
            _ if depth == CERTAIN_DEPTH_MAX => None,
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                let rest = &self.input[self.at..];
                let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word))?;
                self.at += word.len();
                Some(())
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let mut previous: Option<&[u8]> = None;
        self.at += 1;
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let key = self.string()?;
            if previous.is_some_and(|previous| !decoded(previous).lt(decoded(key))) || !self.take(b':') {
                return None;
            }
            previous = Some(key);
            self.value(depth + 1)?;
            if !self.take(b',') {
                return self.take(b'}').then_some(());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        if self.take(b']') {
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            if !self.take(b',') {
                return self.take(b']').then_some(());
            }
        }
    }

    /// Returns the text between the quotes, of which [`decoded`] knows all escapes.
    fn string(&mut self) -> Option<&'a [u8]> {
        if !self.take(b'"') {
            return None;
        }
        let begin = self.at;
        loop {
            let rest = &self.input[self.at..];
            self.at += match rest.first()? {
                b'"' => break,
                b'\\' => escape(rest)?.1,
                b'<' | b'>' | b'&' => return None,
                b' '..=b'~' => 1,
                _ => return None,
            };
        }
        self.at += 1;
        Some(&self.input[begin..self.at - 1])
    }

    fn number(&mut self) -> Option<()> {
        let is_negative = self.take(b'-');
        let whole = self.digits();
        let fraction = self.take(b'.').then(|| self.digits());
        let is_spelled = match (whole, fraction) {
            // Go keeps the sign of a zero, and gives smaller numbers an exponent.
            (b"0", None) => !is_negative,
            (b"0", Some(fraction)) => !fraction.starts_with(b"00000"),
            _ => !whole.starts_with(b"0") && !whole.is_empty(),
        };
        let is_short = fraction.is_none_or(|fraction| !fraction.is_empty() && !fraction.ends_with(b"0"));
        let digits = whole.len() + fraction.map_or(0, <[u8]>::len);
        (is_spelled && is_short && digits <= CERTAIN_DIGITS_MAX).then_some(())
    }

    fn digits(&mut self) -> &'a [u8] {
        let rest = &self.input[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        &rest[..digits]
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.input.get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }
}

/// What an escape at the beginning of a text stands for when Go writes it so, whatever the style, and its length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let byte = match text.get(1)? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        byte @ (b'"' | b'\\') => *byte,
        _ if text.starts_with(b"\\u003c") => b'<',
        _ if text.starts_with(b"\\u003e") => b'>',
        _ if text.starts_with(b"\\u0026") => b'&',
        _ => return None,
    };
    Some((byte, if text[1] == b'u' { 6 } else { 2 }))
}

/// The bytes of a text between quotes that has no other escapes.
fn decoded(mut text: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let first = *text.first()?;
        let (byte, bytes) = if first == b'\\' { escape(text)? } else { (first, 1) };
        text = &text[bytes..];
        Some(byte)
    })
}
