//! What text of a log does besides showing itself, on a terminal and in the output of a CI runner (attacks, part C). What
//! stands in its place is left to whoever writes it.

use std::fmt;
use std::sync::LazyLock;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether a character does something other than show itself: controls, what reorders or hides text or cannot be seen, line
/// separators, and what Unicode has given no meaning, which each terminal shows in a way of its own. Among the last are the
/// two code points XML 1.0 forbids.
pub fn is_unsafe_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    match PLANE.get(c as usize / 64) {
        Some(word) => word >> (c as usize % 64) & 1 == 1,
        None => does_more_than_show(c),
    }
}

/// The answers for the characters up to U+FFFF, a bit for each: nearly all text is in them, and to look up a category takes as
/// long as all else that is done with a character.
static PLANE: LazyLock<[u64; 1024]> = LazyLock::new(|| {
    let mut bits = [0; 1024];
    for c in ('\0'..='\u{ffff}').filter(|c| does_more_than_show(*c)) {
        bits[c as usize / 64] |= 1 << (c as usize % 64);
    }
    bits
});

/// What [`is_unsafe_char`] says, by the properties of Unicode.
fn does_more_than_show(c: char) -> bool {
    match c.general_category() {
        GeneralCategory::Format => !is_shown_format(c),
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => true,
        _ => is_invisible(c),
    }
}

/// Letters and marks by their category that show nothing: what has the property Default_Ignorable_Code_Point of Unicode
/// without being of a category that is hostile altogether, and the Braille pattern without a dot, which is no blank to a
/// program. Selectors of variants are among them: any number of them can follow a character, and hold any message.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Signs that stand over or around the digits after them and are seen: the property Prepended_Concatenation_Mark.
fn is_shown_format(c: char) -> bool {
    matches!(
        c,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}'
    )
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

#[cfg(test)]
mod tests {
    use super::is_unsafe_char;

    #[test]
    fn text_of_every_script_shows_itself() {
        let texts = [
            "acra-server: 50% ~ [a] {b}",
            "Größe, naïve, e\u{301}te\u{301}, Tiếng Việt",
            "Ελληνικά Русский Հայերեն ქართული",
            "漢字 かな カナ ｶﾅ 한국어 각 ᄒ\u{1161}ᆫ",
            "العربية ١٢٣ \u{600}١٢ \u{6dd}٥ عَرَبِيّ",
            "עִבְרִית",
            "हिन्दी தமிழ் ไทย ខ្មែរ မြန်မာ ᠮᠣᠩᠭᠣᠯ",
            "😀 👍🏽 🇺🇦 ✓ → ═ █ ⠓",
            "\u{a0}\u{3000}€ № ½ 𝒳",
        ];
        for text in texts {
            let hostile: Vec<char> = text.chars().filter(|c| is_unsafe_char(*c)).collect();
            assert!(hostile.is_empty(), "{hostile:?} in {text}");
        }
    }

    #[test]
    fn what_acts_hides_or_cannot_be_seen_is_hostile() {
        let ranges = [
            '\0'..='\x1f',
            '\x7f'..='\u{9f}',
            '\u{ad}'..='\u{ad}',
            '\u{34f}'..='\u{34f}',
            '\u{61c}'..='\u{61c}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{2800}'..='\u{2800}',
            '\u{3164}'..='\u{3164}',
            '\u{e000}'..='\u{f8ff}',
            '\u{fdd0}'..='\u{fdef}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff0}'..='\u{fffb}',
            '\u{fffe}'..='\u{ffff}',
            '\u{13430}'..='\u{1343f}',
            '\u{1bca0}'..='\u{1bca3}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
            '\u{f0000}'..='\u{10ffff}',
        ];
        for c in ranges.into_iter().flatten() {
            assert!(is_unsafe_char(c), "{c:?}");
        }
    }
}
