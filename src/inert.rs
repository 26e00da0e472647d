//! What text of a log does besides showing itself, on a terminal and in the output of a CI runner (attacks, part C). What
//! stands in its place is left to whoever writes it.

use std::fmt;

/// Whether a character does something other than show itself: controls, what reorders or hides text, line separators,
/// and the two code points XML 1.0 forbids.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether the byte at a place is the second `#` of a command: CI runners look for `##[error]`, `##vso[...]` and
/// `##teamcity[...]` anywhere in a line.
pub fn is_command(text: &[u8], at: usize) -> bool {
    text[..=at].ends_with(b"##")
}

/// A character as an escape that people can read: `\n`, `\x1b`, `\u{202e}`.
#[derive(Clone, Copy, Debug)]
pub struct Visible(pub char);

impl fmt::Display for Visible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = u32::from(self.0);
        match self.0 {
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            c if c.is_ascii() => write!(f, "\\x{code:02x}"),
            _ => write!(f, "\\u{{{code:x}}}"),
        }
    }
}
