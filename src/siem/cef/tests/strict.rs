//! A reader of CEF that accepts what the specification's grammar has, and nothing else: the other side of the writer.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// Version, vendor, product, version, class, name, severity; then the extension.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"((?:[^\\|]|\\[\\|])+)\|";
    let severity = r"(\d|10|Unknown|Low|Medium|High|Very-High)\|";
    Regex::new(&format!(r"^CEF:(0|1)\|{}{severity}([^\x00-\x1f\x7f]*)$", text.repeat(5))).unwrap()
});

/// Pairs with one blank between them; no value begins or ends with a blank, none is empty.
static EXTENSION: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"(?:[^\\= ]|\\[\\=nr])+";
    let pair = format!("[0-9A-Za-z]+={word}(?: +{word})*");
    Regex::new(&format!("^(?:{pair}(?: {pair})*)?$")).unwrap()
});

/// Where a value ends and the next begins.
static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?:^| )([0-9A-Za-z]+)=").unwrap());

/// A line as its reader understands it.
#[derive(Debug)]
pub(in super::super::super) struct Cef {
    /// The seven parts of the header.
    pub(in super::super::super) header: Vec<String>,
    /// The pairs of the extension.
    pub(in super::super::super) pairs: Vec<(String, String)>,
}

impl Cef {
    #[track_caller]
    pub(in super::super::super) fn read(line: &str) -> Self {
        let parts = LINE.captures(line).unwrap_or_else(|| panic!("no header: {line:?}"));
        let header = (1..=7).map(|part| unescaped(&parts[part])).collect();
        let extension = &parts[8];
        assert!(EXTENSION.is_match(extension), "no extension: {line:?}");
        let mut keys = KEY.captures_iter(extension).peekable();
        let mut pairs = Vec::new();
        while let Some(key) = keys.next() {
            let start = key.get_match().end();
            let end = keys.peek().map_or(extension.len(), |next| next.get_match().start());
            pairs.push((key[1].to_owned(), unescaped(&extension[start..end])));
        }
        let distinct: HashSet<_> = pairs.iter().map(|(key, _)| key).collect();
        assert_eq!(distinct.len(), pairs.len(), "a key twice: {line:?}");
        Self { header, pairs }
    }

    /// The value of a key.
    pub(in super::super::super) fn get(&self, wanted: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str())
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                c => c,
            },
            _ => c,
        });
    }
    plain
}
