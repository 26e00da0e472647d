//! The pairs of a CEF line that is being checked. An unescaped equals sign stands behind a key, the word before it; a key
//! that is spelled wrong is still taken for one, so that one mistake is not told as several.

use std::collections::HashSet;
use std::ops::Range;

use super::value::{ValueKind, is_numbered};
use super::{Checking, Rule};

/// Checks the extension that begins at this place of the line.
pub(super) fn check(checking: &mut Checking<'_>, start: usize) {
    let mut walk = Walk {
        key: None,
        value: start,
        word: Some(start),
        quoted: (checking.line.get(start) == Some(&b'"')).then_some(start),
        keys: HashSet::new(),
        numbered: Vec::new(),
    };
    let mut at = start;
    while let Some(&byte) = checking.line.get(at) {
        at += match byte {
            b'\\' => checking.check_escape(at, b"\\=nr", Rule::ExtensionEscape),
            b'=' => {
                walk.meet_equals(at, checking);
                1
            }
            b' ' => {
                walk.meet_blank(at, checking.line);
                1
            }
            _ => 1,
        };
    }
    walk.end_value(checking.line.len(), checking);
    for key in walk.numbered {
        let text = &checking.line[key.clone()];
        if !walk.keys.contains([text, b"Label"].concat().as_slice()) {
            checking.complain(Rule::LabelMissing, key.start, text);
        }
    }
}

/// Where the walk through an extension is.
struct Walk<'a> {
    /// The key whose value is being read; None before the first one.
    key: Option<Range<usize>>,
    /// Where that value begins.
    value: usize,
    /// Where the word begins that may become the next key. Kept along the way: to look back from every equals sign would
    /// cost the square of a hostile line.
    word: Option<usize>,
    /// Where the last word in this value begins that begins with a quote.
    quoted: Option<usize>,
    keys: HashSet<&'a [u8]>,
    /// The keys that need a label.
    numbered: Vec<Range<usize>>,
}

impl<'a> Walk<'a> {
    fn meet_blank(&mut self, at: usize, line: &[u8]) {
        self.word = Some(at + 1);
        if line.get(at + 1) == Some(&b'"') {
            self.quoted = Some(at + 1);
        }
    }

    /// An unescaped equals sign: the word before it is the next key, unless no key can stand there.
    fn meet_equals(&mut self, at: usize, checking: &mut Checking<'a>) {
        let Some(start) = self.key_start(at, checking.line) else {
            // The rest of this word is no key either.
            self.word = None;
            return checking.complain(Rule::ValueUnescapedEquals, at, &checking.line[self.value..=at]);
        };
        // One blank separates a value from the next key.
        let end = if self.key.is_some() { start - 1 } else { start };
        self.end_value(end, checking);
        let text = &checking.line[start..at];
        if !text.iter().all(u8::is_ascii_alphanumeric) {
            checking.complain(Rule::KeyInvalid, start, text);
        }
        if !self.keys.insert(text) {
            checking.complain(Rule::KeyRepeated, start, text);
        }
        if is_numbered(text) {
            self.numbered.push(start..at);
        }
        self.key = Some(start..at);
        self.value = at + 1;
        (self.word, self.quoted) = (None, None);
    }

    /// Where the key before an equals sign begins.
    fn key_start(&self, equals: usize, line: &[u8]) -> Option<usize> {
        // A key in quotes may hold blanks; Acra writes such keys.
        if line[..equals].ends_with(b"\"") {
            return self.quoted.filter(|start| start + 1 < equals);
        }
        let start = self.word?;
        let may_be = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.,[]".contains(byte);
        (start < equals && line[start..equals].iter().all(may_be)).then_some(start)
    }

    /// The value ends here: the next key, or the end of the line, follows.
    fn end_value(&mut self, end: usize, checking: &mut Checking<'a>) {
        let value = &checking.line[self.value..end];
        let inner = value.trim_ascii();
        let Some(key) = &self.key else {
            // Before the first key there is nothing.
            if !inner.is_empty() {
                checking.complain(Rule::KeyMissing, self.value, inner);
            } else if !value.is_empty() {
                let rule = if end == checking.line.len() { Rule::TrailingBlank } else { Rule::LeadingBlank };
                checking.complain(rule, self.value, b"");
            }
            return;
        };
        let key = &checking.line[key.clone()];
        if inner.is_empty() {
            return checking.complain(Rule::ValueEmpty, self.value, key);
        }
        if value.starts_with(b" ") {
            checking.complain(Rule::LeadingBlank, self.value, key);
        }
        let blanks = value.len() - value.trim_ascii_end().len();
        if blanks > 0 {
            checking.complain(Rule::TrailingBlank, end - blanks, key);
        }
        if let Some(rule) = ValueKind::of(key).and_then(|kind| kind.broken_by(inner)) {
            checking.complain(rule, self.value, inner);
        }
    }
}
