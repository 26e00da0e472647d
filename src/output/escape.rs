//! Makes text that came out of a log, or out of a file name, inert for whatever shows it: terminals, XML, Markdown, CI
//! runners (attacks, part C), and JSON or CSV that somebody looks at. What is written where is left to the formats.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::siem::push_row;
use crate::terminal_safe::{Visible, is_command, is_unsafe_char};

/// The most characters of a message that a text format repeats; machine formats carry it whole.
const EXCERPT_CHARS_MAX: usize = 400;

/// Text cut where something must not be passed on as it is.
enum Fragment<'a> {
    /// Harmless, as it stands.
    Plain(&'a str),
    /// To be spelled out.
    Hostile(char),
}

/// Cuts text into what may pass and what must be spelled out.
struct Fragments<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Fragments<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The length of the harmless stretch from here on, in bytes, and the character that ends it.
    fn stretch(&self) -> (usize, Option<char>) {
        for (offset, c) in self.text[self.at..].char_indices() {
            if is_unsafe_char(c) || is_command(self.text.as_bytes(), self.at + offset) {
                return (offset, Some(c));
            }
        }
        (self.text.len() - self.at, None)
    }
}

impl<'a> Iterator for Fragments<'a> {
    type Item = Fragment<'a>;

    fn next(&mut self) -> Option<Fragment<'a>> {
        match self.stretch() {
            (0, None) => None,
            (0, Some(c)) => {
                self.at += c.len_utf8();
                Some(Fragment::Hostile(c))
            }
            (length, _) => {
                let plain = &self.text[self.at..self.at + length];
                self.at += length;
                Some(Fragment::Plain(plain))
            }
        }
    }
}

/// For a terminal: everything hostile as a visible escape (`\x1b`, `\u{202e}`), everything else as it is.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    // A CI runner takes a line that begins with `::` for a command, blanks before it or not.
    let command = text.trim_start().starts_with("::");
    if !command && matches!(Fragments::of(text).next(), Some(Fragment::Plain(all)) if all.len() == text.len()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let body = if command { text.trim_start() } else { text };
    push_visible(&mut out, &text[..text.len() - body.len()]);
    if command {
        out.push_str("\\x3a");
    }
    push_visible(&mut out, &body[usize::from(command)..]);
    Cow::Owned(out)
}

/// For a terminal, of bytes: what is not UTF-8 as `\xNN`.
pub(super) fn visible_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&visible(chunk.valid()));
        for byte in chunk.invalid() {
            push_formatted(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out
}

/// For a terminal, the beginning of a text of any length.
pub(super) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        None => visible(text),
        Some((end, _)) => Cow::Owned(format!("{} ...", visible(&text[..end]))),
    }
}

/// For XML 1.0 text and attributes: no control characters, no markup.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(c),
        }
    }
    out
}

/// For the message of a GitHub workflow command.
pub(super) fn github_message(text: &str) -> String {
    visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For a property (`file=`, `title=`) of a GitHub workflow command.
pub(super) fn github_property(text: &str) -> String {
    // The leading `::` needs no visible escape here: percent-encoding makes it harmless and keeps the path usable.
    let mut spelled = String::with_capacity(text.len());
    push_visible(&mut spelled, text);
    spelled.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C")
}

/// For Markdown, table cells included: as it is when nothing in it can be markup or a link, otherwise a code span,
/// inside which nothing is interpreted.
pub(super) fn markdown(text: &str) -> String {
    if is_prose(text) {
        return text.to_owned();
    }
    // Renderers disagree on how a pipe is escaped inside a code span inside a table: it is spelled out.
    let inner = visible(text).replace('|', "\\x7c");
    let fence = "`".repeat(longest_run(&inner, '`') + 1);
    // The blanks belong to the fence when the text itself begins or ends with a backtick.
    format!("{fence} {inner} {fence}")
}

/// For Markdown, a sentence that may name things: word by word, so that only what is no prose stands in a code span.
pub(super) fn markdown_sentence(text: &str) -> String {
    let words: Vec<String> = text.split(' ').filter(|word| !word.is_empty()).map(markdown).collect();
    if words.is_empty() { markdown(text) } else { words.join(" ") }
}

/// Whether text consists of words and punctuation that Markdown never interprets, wherever it stands.
fn is_prose(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    // `1.` and `1)` begin a list.
    let number = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let numbered = number > 0 && matches!(bytes.get(number), Some(b'.' | b')'));
    !bytes.is_empty()
        && !numbered
        && bytes.iter().enumerate().all(|(i, byte)| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b',' | b';' | b'\'' | b'(' | b')' => true,
            // Blanks at the edges and in rows would be lost.
            b' ' => i > 0 && bytes.get(i + 1).is_some_and(|next| *next != b' '),
            // `GH-1` becomes a link.
            b'-' => i > 0 && (bytes[i - 1].is_ascii_digit() || bytes[i - 1].is_ascii_alphabetic() && !digit(i + 1)),
            // `www.example` and `https://` become links, `:word:` a picture.
            b'.' => bytes[i + 1..].iter().all(|next| *next == b'.'),
            // A time of day, which no picture is named like, or the end of a word.
            b':' if digit(i + 1) => i > 0 && digit(i - 1) && digit(i + 2) && !digit(i + 3),
            b':' => i > 0 && bytes.get(i + 1).is_none_or(|next| *next == b' '),
            _ => false,
        })
}

/// The length of the longest row of one character.
fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn push_visible(out: &mut String, text: &str) {
    for piece in Fragments::of(text) {
        match piece {
            Fragment::Plain(plain) => out.push_str(plain),
            Fragment::Hostile(c) => push_formatted(out, format_args!("{}", Visible(c))),
        }
    }
}

fn push_formatted(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// Writes JSON over several lines, with a newline at the end. What is hostile stands as `\uNNNN` inside strings: the value
/// is the same for every reader.
pub(super) fn write_json<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, TerminalSafeJson(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

pub(super) fn write_json_line<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    write_json_bare(out, value)?;
    out.write_all(b"\n")
}

pub(super) fn write_json_bare<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, TerminalSafeJson(CompactFormatter)))?;
    Ok(())
}

/// Writes a row of CSV (RFC 4180) whose cells are harmless; how they are quoted is left to `siem`.
pub(super) fn write_csv_row<C: AsRef<str>>(out: &mut (impl Write + ?Sized), cells: &[C]) -> io::Result<()> {
    let cells: Vec<Cow<'_, str>> = cells.iter().map(|cell| visible(cell.as_ref())).collect();
    let mut row = Vec::new();
    push_row(cells.iter().map(|cell| Some(&**cell).filter(|cell| !cell.is_empty())), &mut row);
    row.extend_from_slice(b"\r\n");
    out.write_all(&row)
}

/// A formatter of JSON that spells out hostile characters and leaves the layout to another one.
struct TerminalSafeJson<F>(F);

impl<F: Formatter> Formatter for TerminalSafeJson<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for piece in Fragments::of(fragment) {
            match piece {
                Fragment::Plain(plain) => out.write_all(plain.as_bytes())?,
                Fragment::Hostile(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_visible_and_harmless_text_stays() {
        let cases = [
            ("plain, äöü, 漢字", "plain, äöü, 漢字"),
            ("a\x1b]0;x\x07b", "a\\x1b]0;x\\x07b"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\x00"),
            ("\u{7f}\u{9b}31m", "\\x7f\\u{9b}31m"),
            ("a\u{202e}b\u{2028}c\u{feff}", "a\\u{202e}b\\u{2028}c\\u{feff}"),
            ("ad\u{fe0f}m\u{3164}in", "ad\\u{fe0f}m\\u{3164}in"),
            ("::error::x", "\\x3a:error::x"),
            (" \n::error::x", " \\n\\x3a:error::x"),
            ("a::b", "a::b"),
            ("##[error]x ### y", "#\\x23[error]x #\\x23\\x23 y"),
            ("::", "\\x3a:"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(visible(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_spelled_out() {
        assert_eq!(visible_bytes(b"a\xff\xc3\xa4\x9b\n"), "a\\xffä\\x9b\\n");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let long = "ä".repeat(5000);
        assert_eq!(excerpt(&long), format!("{} ...", "ä".repeat(400)));
        assert_eq!(excerpt("short"), "short");
    }

    #[test]
    fn xml_holds_neither_markup_nor_controls() {
        assert_eq!(xml("<a b='c\"&]]>\x01\u{fffe}"), "&lt;a b=&apos;c&quot;&amp;]]&gt;\\x01\\u{fffe}");
    }

    #[test]
    fn github_commands_cannot_be_ended_or_extended() {
        assert_eq!(github_message("50%\n::error::"), "50%25\\n::error::");
        assert_eq!(github_property("::a,line=1%\r"), "%3A%3Aa%2Cline=1%25\\r");
    }

    #[test]
    fn markdown_is_prose_or_a_code_span_that_cannot_be_left() {
        let cases = [
            ("an entry was altered, or removed", "an entry was altered, or removed"),
            ("acra.log", "` acra.log `"),
            ("www.example.com", "` www.example.com `"),
            ("a: b 10:16 (c)..", "a: b 10:16 (c).."),
            ("a. b", "` a. b `"),
            (":tada:", "` :tada: `"),
            (":100:", "` :100: `"),
            ("1:100:", "` 1:100: `"),
            ("12:34:56 12-34", "12:34:56 12-34"),
            ("1) a", "` 1) a `"),
            ("2.", "` 2. `"),
            (": a", "` : a `"),
            ("GH-1", "` GH-1 `"),
            ("<script>", "` <script> `"),
            ("a|b", "` a\\x7cb `"),
            ("`` x `", "``` `` x ` ```"),
            ("[a](http://b)", "` [a](http://b) `"),
            ("@team #1", "` @team #1 `"),
            ("", "`  `"),
        ];
        for (text, wanted) in cases {
            assert_eq!(markdown(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_sentence_stays_one_and_only_its_names_stand_in_code_spans() {
        assert_eq!(
            markdown_sentence("Identify client_id and  read `sql`."),
            "Identify ` client_id ` and read `` `sql`. ``"
        );
        assert_eq!(markdown_sentence("  - a\n# b"), "` - ` ` a\\n# ` b");
        assert_eq!(markdown_sentence("1) a"), "` 1) ` a");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_text_nothing_hostile_is_left_and_a_second_pass_changes_nothing(text in proptest::arbitrary::any::<String>()) {
            let once = visible(&text).into_owned();
            proptest::prop_assert!(!once.chars().any(is_unsafe_char) && !once.contains("##"));
            proptest::prop_assert!(!once.trim_start().starts_with("::"));
            proptest::prop_assert_eq!(visible(&once), once.as_str());
        }
    }

    #[test]
    fn hostile_characters_are_spelled_out_and_read_back_as_they_were() {
        let text = "\x1b[31m \u{7f}\u{9b}\u{202e}\u{2028}\u{e0041} ##[error] \"\\\n ä 漢";
        let (mut line, mut pretty) = (Vec::new(), Vec::new());
        write_json_line(&mut line, &[text]).unwrap();
        write_json(&mut pretty, &[text]).unwrap();
        for written in [line, pretty] {
            let written = String::from_utf8(written).unwrap();
            assert!(
                written.contains("\\u001b[31m \\u007f\\u009b\\u202e\\u2028\\udb40\\udc41 #\\u0023[error]"),
                "{written}"
            );
            assert!(written.contains("ä 漢"));
            assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
        }
    }
}
