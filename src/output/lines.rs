//! Lines as they stand in the log, the way grep prints them: numbers, names and context around them. To a pipe the bytes go
//! untouched; before eyes, whatever would act on a terminal is made visible. Which lines are wanted is decided elsewhere.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use regex::bytes::Regex;

use super::escape::{visible, visible_bytes};
use super::layout::Palette;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputConsumer {
    /// A program: the bytes of the log, untouched.
    Program,
    /// A person in front of a terminal.
    Person,
}

#[derive(Clone, Debug)]
pub struct LineStyle {
    pub reader: OutputConsumer,
    /// Whether each line has the name of its file in front (`-H`).
    pub with_file: bool,
    /// Whether each line has its number in front (`-n`).
    pub with_number: bool,
    /// Lines of context before a match (`-B`).
    pub before: usize,
    /// Lines of context after a match (`-A`).
    pub after: usize,
    pub palette: Palette,
    /// What to set off inside matches.
    pub highlight: Option<Regex>,
    /// Whether that alone is printed (`-o`).
    pub only_matching: bool,
    /// What each line ends with: a line feed, or a zero byte (`-z`).
    pub end: u8,
}

/// Prints matches and the lines around them.
pub struct LinePrinter<W> {
    out: W,
    style: LineStyle,
    file: Arc<str>,
    /// The last lines that were not printed, for the context of the next match; None is a line that is withheld.
    held: VecDeque<Option<(u64, Vec<u8>)>>,
    /// How many lines of context are still to come.
    after_left: usize,
    /// Whether anything was printed, of any file.
    begun: bool,
    /// Whether every line since the last one printed is held, so that there is no gap before the next match.
    unbroken: bool,
    withheld: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineRole {
    Match,
    Context,
}

impl<W: Write> LinePrinter<W> {
    pub fn new(out: W, style: LineStyle) -> Self {
        Self {
            out,
            style,
            file: Arc::from(""),
            held: VecDeque::new(),
            after_left: 0,
            begun: false,
            unbroken: false,
            withheld: 0,
        }
    }

    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Shows what was printed so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Whether lines that do not match have to be shown to [`LinePrinter::pass`].
    pub fn wants_context(&self) -> bool {
        self.style.before > 0 || self.style.after > 0
    }

    /// Whether lines of context behind the last match are still to come.
    pub fn owes_context(&self) -> bool {
        self.after_left > 0
    }

    /// Lines of another file follow: no context reaches into them.
    fn enter(&mut self, file: &Arc<str>) {
        if !Arc::ptr_eq(&self.file, file) {
            self.file = Arc::clone(file);
            self.held.clear();
            self.after_left = 0;
            self.unbroken = false;
        }
    }

    /// A match.
    pub fn print(&mut self, file: &Arc<str>, number: u64, text: &[u8]) -> io::Result<()> {
        self.enter(file);
        for held in std::mem::take(&mut self.held) {
            match held {
                Some((number, text)) => self.in_group(LineRole::Context, number, &text)?,
                None => self.withhold(),
            }
        }
        self.after_left = self.style.after;
        self.in_group(LineRole::Match, number, text)
    }

    /// What of a text matched, each match as a line of its own (`-o`).
    pub fn print_matches(&mut self, file: &Arc<str>, number: u64, text: &[u8]) -> io::Result<()> {
        self.enter(file);
        let Some(pattern) = self.style.highlight.clone() else { return Ok(()) };
        for found in pattern.find_iter(text).filter(|found| !found.is_empty()) {
            let found = found.as_bytes();
            match found.contains(&self.style.end) {
                false => self.line(LineRole::Match, number, found)?,
                // A message may hold line breaks: what stands behind one must not pose as another match.
                true => self.line(LineRole::Match, number, visible_bytes(found).as_bytes())?,
            }
        }
        Ok(())
    }

    /// A line that must not be printed, not even as context.
    pub fn pass_over(&mut self, file: &Arc<str>) {
        if !self.wants_context() {
            return;
        }
        self.enter(file);
        if self.after_left > 0 {
            self.after_left -= 1;
            return self.withhold();
        }
        self.hold(None);
    }

    /// A line that does not match; there is nothing to do for it unless it is context.
    pub fn pass(&mut self, file: &Arc<str>, number: u64, text: &[u8]) -> io::Result<()> {
        if !self.wants_context() {
            return Ok(());
        }
        self.enter(file);
        if self.after_left > 0 {
            self.after_left -= 1;
            return self.in_group(LineRole::Context, number, text);
        }
        self.hold(Some((number, text.to_vec())));
        Ok(())
    }

    fn hold(&mut self, line: Option<(u64, Vec<u8>)>) {
        self.held.push_back(line);
        if self.held.len() > self.style.before {
            self.held.pop_front();
            self.unbroken = false;
        }
    }

    /// Counts a line of context that is not printed; a group does not reach over it.
    fn withhold(&mut self) {
        self.withheld += 1;
        self.unbroken = false;
    }

    /// A line of a group, set off from the one before it where lines between them were not printed.
    fn in_group(&mut self, role: LineRole, number: u64, text: &[u8]) -> io::Result<()> {
        self.separate()?;
        self.line(role, number, text)
    }

    /// A line for a whole file: the number of its matches (`-c`), or its name alone (`-l`).
    pub fn summary(&mut self, file: &Arc<str>, count: Option<u64>) -> io::Result<()> {
        self.enter(file);
        let name = self.file_name();
        match count {
            Some(count) if self.style.with_file => write!(self.out, "{name}:{count}")?,
            Some(count) => write!(self.out, "{count}")?,
            None => write!(self.out, "{name}")?,
        }
        self.out.write_all(&[self.style.end])
    }

    /// Sets a group of lines off from the one before, as grep does it where there is context.
    fn separate(&mut self) -> io::Result<()> {
        let gap = self.begun && !self.unbroken;
        (self.begun, self.unbroken) = (true, true);
        if gap && self.wants_context() {
            self.out.write_all(b"--")?;
            return self.out.write_all(&[self.style.end]);
        }
        Ok(())
    }

    fn file_name(&self) -> String {
        let name = match self.style.reader {
            OutputConsumer::Program => self.file.to_string(),
            OutputConsumer::Person => visible(&self.file).into_owned(),
        };
        self.styled(AnsiColor::Magenta, &name)
    }

    fn styled(&self, color: AnsiColor, text: &str) -> String {
        let style = match self.style.palette {
            Palette::Plain => Style::new(),
            Palette::Colored => color.on_default(),
        };
        format!("{style}{text}{style:#}")
    }

    fn line(&mut self, role: LineRole, number: u64, text: &[u8]) -> io::Result<()> {
        let mark = if role == LineRole::Match { ":" } else { "-" };
        if self.style.with_file {
            let name = self.file_name();
            write!(self.out, "{name}{mark}")?;
        }
        if self.style.with_number {
            let number = self.styled(AnsiColor::Green, &number.to_string());
            write!(self.out, "{number}{mark}")?;
        }
        match self.style.reader {
            OutputConsumer::Program => self.out.write_all(text)?,
            OutputConsumer::Person => self.text(role, text)?,
        }
        self.out.write_all(&[self.style.end])
    }

    /// The text of a line, visible, with what matched set off.
    fn text(&mut self, role: LineRole, text: &[u8]) -> io::Result<()> {
        let style = AnsiColor::Red.on_default().bold();
        let mut shown = 0;
        if role == LineRole::Match
            && self.style.palette == Palette::Colored
            && let Some(pattern) = &self.style.highlight
        {
            for found in pattern.find_iter(text).filter(|found| !found.is_empty()) {
                let (before, inside) = (&text[shown..found.start()], found.as_bytes());
                write!(self.out, "{}{style}{}{style:#}", visible_bytes(before), visible_bytes(inside))?;
                shown = found.end();
            }
        }
        self.out.write_all(visible_bytes(&text[shown..]).as_bytes())
    }
}

/// Writes whole lines for a person: what would act on a terminal is made visible, the line breaks stay.
pub fn write_visible(out: &mut impl Write, lines: &[u8]) -> io::Result<()> {
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = match line.split_last() {
            Some((b'\n', text)) => (text, &b"\n"[..]),
            _ => (line, &b""[..]),
        };
        out.write_all(visible_bytes(text).as_bytes())?;
        out.write_all(end)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> LineStyle {
        LineStyle {
            reader: OutputConsumer::Program,
            with_file: false,
            with_number: false,
            before: 0,
            after: 0,
            palette: Palette::Plain,
            highlight: None,
            only_matching: false,
            end: b'\n',
        }
    }

    /// Prints lines 1 to 9, of which those that are named match.
    fn printed(style: LineStyle, matches: &[u64]) -> String {
        let mut out = Vec::new();
        let mut lines = LinePrinter::new(&mut out, style);
        let file = Arc::from("a.log");
        for number in 1..=9 {
            let text = format!("text {number}");
            match matches.contains(&number) {
                true => lines.print(&file, number, text.as_bytes()).unwrap(),
                false => lines.pass(&file, number, text.as_bytes()).unwrap(),
            }
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn context_is_printed_once_and_groups_are_set_off() {
        let numbered = |before, after| LineStyle { with_number: true, before, after, ..plain() };
        let cases = [
            (numbered(0, 0), &[2, 3][..], "2:text 2\n3:text 3\n"),
            (numbered(1, 0), &[2], "1-text 1\n2:text 2\n"),
            (numbered(1, 1), &[3, 4], "2-text 2\n3:text 3\n4:text 4\n5-text 5\n"),
            (numbered(1, 1), &[2, 5], "1-text 1\n2:text 2\n3-text 3\n4-text 4\n5:text 5\n6-text 6\n"),
            (numbered(1, 1), &[2, 6], "1-text 1\n2:text 2\n3-text 3\n--\n5-text 5\n6:text 6\n7-text 7\n"),
            (numbered(0, 2), &[1, 9], "1:text 1\n2-text 2\n3-text 3\n--\n9:text 9\n"),
            (numbered(9, 9), &[], ""),
        ];
        for (style, matches, wanted) in cases {
            let (before, after) = (style.before, style.after);
            assert_eq!(printed(style, matches), wanted, "-B {before} -A {after} {matches:?}");
        }
    }

    #[test]
    fn a_program_gets_the_bytes_and_a_person_sees_what_would_act() {
        let hostile = b"a\x1b[2J\xff\xe2\x80\xaeb";
        let show = |reader| {
            let mut out = Vec::new();
            let mut lines = LinePrinter::new(&mut out, LineStyle { reader, with_file: true, ..plain() });
            lines.print(&"x\x1b.log".into(), 1, hostile).unwrap();
            out
        };
        assert_eq!(show(OutputConsumer::Program), [&b"x\x1b.log:"[..], hostile, b"\n"].concat());
        assert_eq!(String::from_utf8(show(OutputConsumer::Person)).unwrap(), "x\\x1b.log:a\\x1b[2J\\xff\\u{202e}b\n");
    }

    #[test]
    fn what_matched_is_set_off_in_colour_without_hiding_what_would_act() {
        let style = LineStyle {
            reader: OutputConsumer::Person,
            palette: Palette::Colored,
            highlight: Some(Regex::new("b.").unwrap()),
            ..plain()
        };
        let mut out = Vec::new();
        let mut lines = LinePrinter::new(&mut out, style);
        lines.print(&"a.log".into(), 1, b"ab\x1bcb").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\x1b[1m\x1b[31mb\\x1b\x1b[0mcb\n");
    }
}
