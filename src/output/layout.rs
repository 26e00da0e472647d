//! How text for people looks: colours, lines broken at 80 columns, on a terminal and in a file alike, and rows of cells in
//! columns. Whether it is coloured is decided in `plan`; what is said is left to the formats.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::escape::visible;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequences at all.
    #[default]
    Plain,
    Colored,
}

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextStyle {
    /// Proven.
    Good,
    /// Altered, or no answer.
    Bad,
    /// Worth a look.
    Warning,
    /// Beside the point.
    Quiet,
    Neutral,
}

impl Palette {
    /// A text in its tone. The text must be harmless already.
    pub(super) fn paint(self, tone: TextStyle, text: impl fmt::Display) -> impl fmt::Display {
        let style = match (self, tone) {
            (Self::Plain, _) | (_, TextStyle::Neutral) => Style::new(),
            (_, TextStyle::Good) => AnsiColor::Green.on_default().bold(),
            (_, TextStyle::Bad) => AnsiColor::Red.on_default().bold(),
            (_, TextStyle::Warning) => AnsiColor::Yellow.on_default(),
            (_, TextStyle::Quiet) => Style::new().dimmed(),
        };
        fmt::from_fn(move |out| write!(out, "{style}{text}{style:#}"))
    }
}

/// Text is broken before it gets wider.
pub(super) const LINE_COLUMNS: usize = 80;

/// Breaks a text at blanks into lines of at most so many columns. A word that is longer stays whole: it may be a path
/// somebody wants to copy.
pub(super) fn broken(text: &str, columns: usize) -> Vec<String> {
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

/// A longer cell is printed whole and pushes the rest of its row to the right, instead of widening every row.
const CELL_COLUMNS_MAX: usize = 48;

const GAP: &str = "  ";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table on its way.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(String, Align)>,
    /// What was not written yet.
    rows: Vec<Vec<(TextStyle, String)>>,
    /// The width of each column, once the first row was written.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub(super) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let columns = columns.into_iter().map(|(title, align)| (visible(title).into_owned(), align)).collect();
        Self { columns, rows: Vec::new(), widths: None }
    }

    pub(super) fn waiting(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row. Cells may hold text of a log.
    pub(super) fn push<'a>(&mut self, cells: impl IntoIterator<Item = (TextStyle, &'a str)>) {
        self.rows.push(cells.into_iter().map(|(tone, text)| (tone, visible(text).into_owned())).collect());
    }

    /// Writes the rows that wait, with the header in front when they are the first.
    pub(super) fn write(&mut self, out: &mut impl Write, palette: Palette) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        let widths = match self.widths.take() {
            Some(widths) => widths,
            None => {
                let widths = self.widths(&rows);
                rows.insert(0, self.columns.iter().map(|(title, _)| (TextStyle::Quiet, title.clone())).collect());
                widths
            }
        };
        for row in &rows {
            self.write_row(row, &widths, out, palette)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn write_row(
        &self,
        row: &[(TextStyle, String)],
        widths: &[usize],
        out: &mut impl Write,
        palette: Palette,
    ) -> io::Result<()> {
        for (index, (tone, text)) in row.iter().enumerate() {
            let padding = widths.get(index).copied().unwrap_or_default().saturating_sub(text.width());
            let (before, after) = match self.columns.get(index) {
                Some((_, Align::Right)) => (padding, 0),
                // Nothing stands behind the last cell.
                _ => (0, if index + 1 < row.len() { padding } else { 0 }),
            };
            let gap = if index > 0 { GAP } else { "" };
            write!(out, "{gap}{:before$}{}{:after$}", "", palette.paint(*tone, text), "")?;
        }
        writeln!(out)
    }

    fn widths(&self, rows: &[Vec<(TextStyle, String)>]) -> Vec<usize> {
        let of_rows = |index: usize| rows.iter().filter_map(move |row| Some(row.get(index)?.1.width()));
        let of_column = |(index, column): (usize, &(String, Align))| {
            of_rows(index).filter(|width| *width <= CELL_COLUMNS_MAX).fold(column.0.width(), usize::max)
        };
        self.columns.iter().enumerate().map(of_column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[[&str; 3]], palette: Palette) -> String {
        let mut table = Table::new([("N", Align::Right), ("NAME", Align::Left), ("TEXT", Align::Left)]);
        rows.iter().for_each(|row| table.push(row.map(|cell| (TextStyle::Neutral, cell))));
        let mut out = Vec::new();
        table.write(&mut out, palette).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["7", "a", "first"], ["1234", "webapp", ""], ["5", "漢字", "x"]];
        let wanted = "   N  NAME    TEXT\n   7  a       first\n1234  webapp  \n   5  漢字    x\n";
        assert_eq!(written(&rows, Palette::Plain), wanted);
    }

    #[test]
    fn one_long_cell_does_not_widen_the_others() {
        let long = "x".repeat(CELL_COLUMNS_MAX + 1);
        let table = written(&[["1", &long, "a"], ["2", "b", "c"]], Palette::Plain);
        assert_eq!(table, format!("N  NAME  TEXT\n1  {long}  a\n2  b     c\n"));
    }

    #[test]
    fn a_cell_cannot_act_on_the_terminal_or_begin_a_row() {
        let table = written(&[["1", "a\x1b[31m\u{202e}", "b\n2  c"]], Palette::Plain);
        assert_eq!(table.lines().count(), 2);
        assert!(table.ends_with("1  a\\x1b[31m\\u{202e}  b\\n2  c\n"), "{table}");
    }

    #[test]
    fn colour_does_not_move_a_column() {
        let table = written(&[["1", "a", "b"]], Palette::Colored);
        assert!(table.contains("\x1b["));
        assert_eq!(anstream::adapter::strip_str(&table).to_string(), written(&[["1", "a", "b"]], Palette::Plain));
    }

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
    fn a_plain_palette_adds_nothing_and_colours_are_reset() {
        assert_eq!(Palette::Plain.paint(TextStyle::Bad, "BROKEN").to_string(), "BROKEN");
        assert_eq!(Palette::Colored.paint(TextStyle::Neutral, "x").to_string(), "x");
        let painted = Palette::Colored.paint(TextStyle::Bad, "BROKEN").to_string();
        assert!(painted.starts_with("\x1b[") && painted.ends_with("BROKEN\x1b[0m"), "{painted:?}");
    }
}
