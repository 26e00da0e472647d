//! How the human report fits its page: lines of 80 columns, on a terminal and in a file alike, and a folder that all files
//! share named once. What is said is left to the other files.

use std::path::is_separator;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::line::Place;
use crate::output::escape::visible;
use crate::verdict::report::FileReport;

/// Text is broken before it gets wider.
pub(in crate::output) const LINE_COLUMNS: usize = 80;

/// Breaks a text at blanks into lines of at most so many columns. A word that is longer stays whole: it may be a path
/// somebody wants to copy.
pub(in crate::output) fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = overflow(rest, columns) {
        let word = rest.len() - rest.trim_start_matches(' ').len();
        let fitting = (end > word).then(|| rest[word..end].rfind(' ')).flatten();
        let Some(cut) = fitting.or_else(|| rest[word..].find(' ')) else { break };
        lines.push(line(&rest[..word + cut]));
        rest = rest[word + cut..].trim_start_matches(' ');
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(line(rest));
    }
    lines
}

/// Where the first character ends that has no place in so many columns; None when the text fits.
fn overflow(text: &str, columns: usize) -> Option<usize> {
    // A line that would be a command is spelled out, and gets longer by that.
    let mut width = if text.trim_start().starts_with("::") { "\\x3a".len() - ":".len() } else { 0 };
    let (at, c) = text.char_indices().find(|(_, c)| {
        width += c.width().unwrap_or_default();
        width > columns
    })?;
    Some(at + c.len_utf8())
}

/// Puts items behind one another, as many as fit into a line of so many columns; an item is not broken here.
pub(super) fn filled(items: &[String], separator: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let separator = if index + 1 < items.len() { separator } else { "" };
        let width = 1 + item.width() + separator.len();
        match lines.last_mut() {
            Some(line) if line.width() + width <= columns => line.extend([" ", item, separator]),
            _ => lines.push(format!("{item}{separator}")),
        }
    }
    lines
}

/// A text with blanks behind it that fill its column: letters of CJK are two columns wide.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let padding = columns.saturating_sub(text.width());
    format!("{text}{:padding$}", "")
}

/// What was harmless inside a text may be a command at the beginning of a line.
fn line(text: &str) -> String {
    visible(text.trim_end_matches(' ')).into_owned()
}

/// The folder that all files of a report share, with the separator at its end; empty when there is none to speak of.
#[derive(Debug, Default)]
pub(super) struct Folder(String);

impl Folder {
    /// One file alone is named by its path.
    pub(super) fn of(files: &[FileReport]) -> Self {
        let [first, others @ ..] = files else { return Self::default() };
        let mut shared = &*first.path;
        for file in others {
            let same = shared.char_indices().zip(file.path.chars()).find(|((_, a), b)| a != b);
            let length = same.map_or(shared.len().min(file.path.len()), |((at, _), _)| at);
            shared = &shared[..length];
        }
        let folder = shared.rfind(is_separator).map_or("", |at| &shared[..=at]);
        // "in /" says nothing.
        let spoken = !others.is_empty() && folder.chars().count() > 1;
        Self(if spoken { folder.to_owned() } else { String::new() })
    }

    /// What to put above the files.
    pub(super) fn name(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&self.0)
    }

    /// A path as it is seen from the folder.
    pub(super) fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.0).filter(|rest| !rest.is_empty()).unwrap_or(path)
    }

    /// Lines without their file: `line 4`, `lines 4-9`, `line 4 to next.log:9`; empty for a whole file.
    pub(super) fn lines_of(&self, place: &Place, through: Option<&Place>) -> String {
        match through {
            _ if place.line == 0 => String::new(),
            Some(last) if last.file != place.file => {
                format!("line {} to {}:{}", place.line, self.inside(&last.file), last.line)
            }
            Some(last) if last.line != place.line => format!("lines {}-{}", place.line, last.line),
            _ => format!("line {}", place.line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, broken, filled};
    use crate::line::Place;
    use crate::output::sample::file;

    #[test]
    fn text_is_broken_at_blanks_and_words_stay_whole() {
        let cases: [(&str, &[&str]); 11] = [
            ("", &[""]),
            ("short", &["short"]),
            ("ten letters", &["ten", "letters"]),
            ("exactly te", &["exactly te"]),
            ("exactly te n", &["exactly te", "n"]),
            ("a-word-that-is-longer b", &["a-word-that-is-longer", "b"]),
            ("  blanks    in front", &["  blanks", "in front"]),
            ("          x", &["          x"]),
            ("ääääääääää ö", &["ääääääääää", "ö"]),
            ("äääääääääää ö", &["äääääääääää", "ö"]),
            ("漢字漢字 漢字", &["漢字漢字", "漢字"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(broken(text, 10), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_was_broken_does_not_begin_with_a_command() {
        assert_eq!(broken("nine char ::error::", 10), ["nine char", "\\x3a:error::"]);
        assert_eq!(broken("::error a", 10), ["\\x3a:error", "a"]);
    }

    #[test]
    fn items_fill_lines_and_stay_whole() {
        let items = ["1 234 b".to_owned(), "5 c".to_owned(), "longer than ten".to_owned(), "d".to_owned()];
        assert_eq!(filled(&items, " +", 15), ["1 234 b + 5 c +", "longer than ten +", "d"]);
        assert_eq!(filled(&items, " +", 14), ["1 234 b +", "5 c +", "longer than ten +", "d"]);
        assert!(filled(&[], ",", 10).is_empty());
    }

    #[test]
    fn a_folder_is_named_once_when_several_files_share_it() {
        let cases: [(&[&str], &str, &str); 7] = [
            (&["/var/log/a.log"], "", "/var/log/a.log"),
            (&["/var/log/a.log", "/var/log/b.log"], "/var/log/", "a.log"),
            (&["/var/log/a.log", "/var/lob/a.log"], "/var/", "log/a.log"),
            (&["/a.log", "/b.log"], "", "/a.log"),
            (&["a.log", "a.log.1"], "", "a.log"),
            (&["x/ä.log", "x/ö.log"], "x/", "ä.log"),
            (&["x/a.log", "-"], "", "x/a.log"),
        ];
        for (paths, name, first) in cases {
            let files: Vec<_> = paths.iter().map(|path| file(path)).collect();
            let folder = Folder::of(&files);
            assert_eq!((folder.name().unwrap_or_default(), folder.inside(paths[0])), (name, first), "{paths:?}");
        }
    }

    #[test]
    fn places_name_one_line_several_lines_or_the_file() {
        let folder = Folder("x/".to_owned());
        let at = |file: &str, line| Place { file: file.into(), line };
        assert_eq!(folder.lines_of(&at("x/a", 4), None), "line 4");
        assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/a", 4))), "line 4");
        assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/a", 9))), "lines 4-9");
        assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/b", 9))), "line 4 to b:9");
        assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("y/b", 9))), "line 4 to y/b:9");
        assert_eq!(folder.lines_of(&at("x/a", 0), None), "");
    }
}
