//! A cell of CSV: quoted where RFC 4180 asks for it, inert where a spreadsheet would calculate.

use super::super::escape_loop::{Damage, Stops, Treatment, copy_escaped, push_visible};
use crate::terminal_safe::is_unsafe_char;

/// A quote is doubled; a comma needs quotes around the cell and stands as it is.
const STOPS: Stops = Stops::at(b"\"");
/// What makes a spreadsheet take a cell for text.
const INERT: u8 = b'\'';

/// Appends a cell with a text, which may be empty.
pub(super) fn push_cell(text: &[u8], out: &mut Vec<u8>) -> Damage {
    let formula = is_formula(text);
    let blank_ends = text.first() == Some(&b' ') || text.last() == Some(&b' ');
    let quoted = text.is_empty() || blank_ends || memchr::memchr2(b'"', b',', text).is_some();
    if quoted {
        out.push(b'"');
    }
    if formula {
        out.push(INERT);
    }
    let mut damage = copy_escaped(text, &STOPS, out, |c, out| match c {
        '"' => {
            out.extend_from_slice(b"\"\"");
            Treatment::Kept
        }
        _ => {
            push_visible(c, out);
            Treatment::Replaced
        }
    });
    if quoted {
        out.push(b'"');
    }
    damage.characters |= formula;
    damage
}

/// Makes a cell inert that is written already, without quotes.
pub(super) fn push_inert_start(start: usize, out: &mut Vec<u8>) {
    if is_formula(&out[start..]) {
        out.insert(start, INERT);
    }
}

/// Whether a spreadsheet may take a text for a formula: by what it begins with, blanks and control characters aside. An
/// apostrophe in front of all that gets a second one, so that a reader can take one off and has what was there.
fn is_formula(text: &[u8]) -> bool {
    if text.first().is_none_or(u8::is_ascii_alphanumeric) {
        return false;
    }
    let beginning = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let shows = |c: &char| *c != '\'' && !c.is_whitespace() && !is_unsafe_char(*c);
    // The last four are the wide forms, which some spreadsheets read alike.
    beginning
        .chars()
        .find(shows)
        .is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_inert() {
        let cases: [(&str, &str, bool); 26] = [
            ("plain text; x", "plain text; x", false),
            ("a,b", "\"a,b\"", false),
            ("a, b", "\"a, b\"", false),
            (" a", "\" a\"", false),
            ("say \"a\"", "\"say \"\"a\"\"\"", false),
            ("@SUM(a,b)", "\"'@SUM(a,b)\"", true),
            (" +1", "\"' +1\"", true),
            ("a\r\nb", "a\\r\\nb", true),
            ("say \"x\"", "\"say \"\"x\"\"\"", false),
            ("", "\"\"", false),
            (" x ", "\" x \"", false),
            ("=1+1", "'=1+1", true),
            ("+1", "'+1", true),
            ("-1", "'-1", true),
            ("@SUM(A1,B1)", "\"'@SUM(A1,B1)\"", true),
            (" =1", "\"' =1\"", true),
            ("\t=1", "'\\t=1", true),
            ("\r\n-1", "'\\r\\n-1", true),
            ("\u{a0}=1", "'\u{a0}=1", true),
            ("'=1", "''=1", true),
            ("'s", "'s", false),
            ("＝1", "'＝1", true),
            ("a=1", "a=1", false),
            ("(=1)", "(=1)", false),
            ("a\nb\t\u{1b}\u{202e}", "a\\nb\\t\\x1b\\u{202e}", true),
            ("- é", "'- é", true),
        ];
        for (text, cell, changed) in cases {
            let mut out = Vec::new();
            let damage = push_cell(text.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), cell, "{text:?}");
            assert_eq!(damage.characters, changed, "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_and_told() {
        let mut out = Vec::new();
        assert!(push_cell(b"\xff=1", &mut out).encoding);
        assert_eq!(out, "\u{fffd}=1".as_bytes());
    }

    #[test]
    fn what_is_written_already_is_made_inert_as_well() {
        let mut out = b"x,@9223372036854775807ms".to_vec();
        push_inert_start(2, &mut out);
        assert_eq!(out, b"x,'@9223372036854775807ms");
    }
}
