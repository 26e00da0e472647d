//! What is looked for in raw lines, and when a place where it stands counts.

/// Whole numbers of so many digits are all different as float64.
const DIGITS_EXACT: usize = 15;

/// A text to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needle {
    /// A text that counts wherever it stands.
    Text(Vec<u8>),
    /// The same, of a raw pattern: the line itself is searched, so nothing can be hidden by an escape.
    Raw(Vec<u8>),
    /// The digits of a number that is all of a value, zeros in front of it allowed.
    Digits(Vec<u8>),
    /// A json key in its quotes; counts before a number that Go may read as another one.
    NumberKey(Vec<u8>),
    /// The beginning of an escape, and where its last two hex digits are; counts when it stands for a byte of another
    /// needle.
    Escape { begin: &'static [u8], digits_at: usize },
}

impl Needle {
    /// The escapes that stand for a byte of ASCII by its number, in json and in Go's quotes.
    pub(super) const ESCAPES: [Self; 3] = [
        Self::Escape { begin: br"\u00", digits_at: 4 },
        Self::Escape { begin: br"\x", digits_at: 2 },
        Self::Escape { begin: br"\U", digits_at: 8 },
    ];

    /// The bytes to look for.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) | Self::Raw(text) | Self::Digits(text) | Self::NumberKey(text) => text,
            Self::Escape { begin, .. } => begin,
        }
    }

    /// Whether it counts where it stands.
    pub(super) fn counts(&self, haystack: &[u8], at: usize, hidden: &Hidden) -> bool {
        let after = &haystack[at + self.bytes().len()..];
        match self {
            Self::Text(_) | Self::Raw(_) => true,
            Self::Digits(_) => begins_value(&haystack[..at]) && !after.first().is_some_and(u8::is_ascii_digit),
            Self::NumberKey(_) => is_number_of_many_spellings(after),
            Self::Escape { digits_at, .. } => {
                let last = haystack.get(at + digits_at..at + digits_at + 2);
                let byte = last.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
                byte.is_some_and(|byte| hidden.has(byte))
            }
        }
    }
}

/// Whether a byte has no escape in any format but those by its number. `/` has one in json, a quote and a backslash in
/// all, `|` and `=` in cef; `<`, `>` and `&` never stand in Acra's json as they are.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'@' | b',' | b'-')
}

/// Whether a value may begin here: behind `:` in json, `=` in text formats, `|` in the header of cef, or a quote;
/// blanks and zeros of the number itself in between.
fn begins_value(before: &[u8]) -> bool {
    let last = before.iter().rev().find(|byte| **byte != b'0');
    last.is_some_and(|byte| matches!(byte, b':' | b'=' | b'|' | b'"') || byte.is_ascii_whitespace())
}

/// Whether a colon follows, and a number that Go may print in other digits: with a point, an exponent, or so many
/// digits that they do not fit into a float64.
fn is_number_of_many_spellings(after: &[u8]) -> bool {
    let Some(value) = after.trim_ascii_start().strip_prefix(b":") else { return false };
    let value = value.trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > DIGITS_EXACT || matches!(value.get(digits), Some(b'.' | b'e' | b'E'))
}

/// The bytes of ASCII that an escape may hide.
#[derive(Clone, Debug)]
pub(super) struct Hidden(u128);

impl Hidden {
    /// Those of the needles.
    pub(super) fn of(needles: &[Needle]) -> Self {
        let mut hidden = Self(0);
        for needle in needles {
            match needle {
                Needle::Text(text) | Needle::NumberKey(text) => hidden.add(text),
                Needle::Digits(text) => {
                    hidden.add(text);
                    hidden.add(b"0");
                }
                Needle::Raw(_) | Needle::Escape { .. } => {}
            }
        }
        hidden
    }

    fn add(&mut self, text: &[u8]) {
        text.iter().filter(|byte| is_plain(**byte)).for_each(|byte| self.0 |= 1 << byte);
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        byte.is_ascii() && self.0 >> byte & 1 == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == 0
    }
}
