//! Names for fields that a target knows nothing of: letters and digits only, and each once in a line.

use std::collections::HashMap;
use std::ops::Range;

use super::escape_loop::push_number;

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
