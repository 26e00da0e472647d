//! The upper part of the human report: files in reading order, in columns, and below each what was found in it, with `-v`
//! also chains and how it was read. What it all adds up to is left to `human`.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::{SharedFolder, Verbosity};
use crate::output::escape::{excerpt, visible};
use crate::output::layout::{LINE_COLUMNS, Palette, TextStyle, broken, filled, padded};
use crate::output::wording::{FileState, counted, formats, grouped, signed_lines, span};
use crate::verdict::Shortlist;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, ChainVerdict, FileReport, Finding, StreamReport};

/// A longer path is printed whole, on a line of its own.
const PATH_COLUMNS_MAX: usize = 40;

/// What was found stands in line with the second column, unless long paths would leave too little of the page to it.
const LABEL_COLUMNS_MAX: usize = 20;

/// Keeps the second column clear of `lines 100-200`.
const PATH_COLUMNS_MIN: usize = 16;

const GAP: &str = "   ";

/// The files of a run as lines in columns.
pub(super) struct FileTable<'a> {
    files: &'a [FileReport],
    folder: &'a SharedFolder,
    missing: &'a HashSet<Arc<str>>,
    found: HashMap<Arc<str>, FileFindings>,
    palette: Palette,
    verbosity: Verbosity,
    columns: FileColumns,
    details: Details<'a>,
}

/// Widths, as a terminal has them.
#[derive(Default)]
struct FileColumns {
    path: usize,
    format: usize,
    chains: usize,
    entries: usize,
}

impl<'a> FileTable<'a> {
    pub(super) fn new(
        (files, missing): (&'a [FileReport], &'a HashSet<Arc<str>>),
        folder: &'a SharedFolder,
        found: HashMap<Arc<str>, FileFindings>,
        palette: Palette,
        verbosity: Verbosity,
    ) -> Self {
        let columns = FileColumns::of(files, missing, folder);
        let text_column = columns.path.min(LABEL_COLUMNS_MAX) + GAP.len();
        let details = Details::new(folder, palette, verbosity, text_column);
        Self { files, folder, missing, found, palette, verbosity, columns, details }
    }

    pub(super) fn write(&mut self, out: &mut impl Write, streams: &[StreamReport]) -> io::Result<()> {
        if let Some(folder) = self.folder.name() {
            writeln!(out, "in {}", visible(folder))?;
        }
        let mut stream = None;
        for file in self.files {
            if self.verbosity == Verbosity::Verbose && stream.replace(file.stream) != Some(file.stream) {
                self.write_stream(out, streams.get(file.stream))?;
            }
            self.write_file(out, file)?;
        }
        self.write_remaining(out)
    }

    fn write_stream(&self, out: &mut impl Write, stream: Option<&StreamReport>) -> io::Result<()> {
        let Some(stream) = stream else { return Ok(()) };
        let count = stream.files.len() as u64;
        let (order, mixed) = match (count > 1, stream.interleaved) {
            // The line of the file says it all.
            (false, false) => return Ok(()),
            (true, false) => (", oldest first", ""),
            (true, true) => (", oldest first", ", several instances interleaved"),
            (false, true) => ("", ", several instances interleaved"),
        };
        let name = visible(self.folder.inside(&stream.name)).into_owned();
        let line = format!("stream {name}: {}{order}{mixed}", counted(count, "file", "files"));
        writeln!(out, "{}", self.palette.paint(TextStyle::Quiet, line))
    }

    fn write_file(&mut self, out: &mut impl Write, file: &FileReport) -> io::Result<()> {
        let path = visible(self.folder.inside(&file.path));
        let state = FileState::of(file, self.missing);
        let (chains, entries) = (grouped(file.chains), grouped(entries_shown(file)));
        let chains_noun = if file.chains == 1 { "chain" } else { "chains" };
        if path.width() > self.columns.path {
            write!(out, "{path}\n{:1$}", "", self.columns.path)?;
        } else {
            write!(out, "{}", padded(&path, self.columns.path))?;
        }
        write!(out, "{GAP}{0:<1$}", formats(file), self.columns.format)?;
        write!(out, "{GAP}{chains:>0$} {chains_noun:<6}", self.columns.chains)?;
        write!(out, "{GAP}{entries:>0$} {1:<7}", self.columns.entries, entries_noun(file))?;
        writeln!(out, "{GAP}{}", self.palette.paint(state_tone(state), state.words()))?;
        if self.verbosity == Verbosity::Verbose {
            let steps: Vec<&str> = file.compression.into_iter().chain(file.wrapper).collect();
            self.details.write_reading(out, &steps)?;
        }
        match self.found.remove(&file.path) {
            Some(found) => self.details.write_below_file(out, found),
            None => Ok(()),
        }
    }

    /// What was found in files that were never read, and what concerns the whole run.
    fn write_remaining(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut remaining: Vec<_> = std::mem::take(&mut self.found).into_iter().collect();
        remaining.sort_by(|(a, _), (b, _)| (a.is_empty(), a).cmp(&(b.is_empty(), b)));
        for (file, found) in remaining {
            self.details.write_alone(out, self.folder.inside(&file), found)?;
        }
        Ok(())
    }
}

impl FileColumns {
    fn of(files: &[FileReport], missing: &HashSet<Arc<str>>, folder: &SharedFolder) -> Self {
        let mut columns = Self::default();
        let (mut state, mut noun) = (0, "entries".len());
        for file in files {
            columns.format = columns.format.max(formats(file).len());
            columns.chains = columns.chains.max(grouped(file.chains).len());
            columns.entries = columns.entries.max(grouped(entries_shown(file)).len());
            state = state.max(FileState::of(file, missing).words().len());
            noun = noun.max(entries_noun(file).len());
        }
        let words = " chains".len() + 1 + noun + state;
        let others = columns.format + columns.chains + columns.entries + words + 4 * GAP.len();
        let room = LINE_COLUMNS.saturating_sub(others).clamp(PATH_COLUMNS_MIN, PATH_COLUMNS_MAX);
        let paths = files.iter().map(|file| visible(folder.inside(&file.path)).width());
        columns.path = paths.filter(|path| *path <= room).fold(PATH_COLUMNS_MIN, usize::max);
        columns
    }
}

/// Signed entries; lines where nothing is signed, since "0 entries" would read as an empty file.
fn entries_shown(file: &FileReport) -> u64 {
    match signed_lines(file) {
        0 => file.account.total().lines,
        signed => signed,
    }
}

fn entries_noun(file: &FileReport) -> &'static str {
    let is_begun_earlier = file.account.remembered.lines > 0;
    match (signed_lines(file), entries_shown(file)) {
        (0, 1) => "line",
        (0, _) => "lines",
        (1, _) if is_begun_earlier => "new entry",
        _ if is_begun_earlier => "new entries",
        (1, _) => "entry",
        _ => "entries",
    }
}

fn state_tone(state: FileState) -> TextStyle {
    match state {
        FileState::Broken | FileState::Unreadable | FileState::Undecided => TextStyle::Bad,
        FileState::Verified | FileState::VerifiedOpen | FileState::VerifiedEarlier | FileState::VerifiedEarlierOpen => {
            TextStyle::Good
        }
        _ => TextStyle::Warning,
    }
}

/// The most findings shown of one file.
const FINDINGS_PER_FILE: usize = 20;

/// The most chains shown of one file.
const CHAINS_PER_FILE: usize = 100;

/// What was found in one file, bounded.
pub(super) struct FileFindings {
    pub(super) findings: Shortlist<Finding>,
    pub(super) chains: Shortlist<ChainReport>,
}

impl Default for FileFindings {
    fn default() -> Self {
        let findings = Shortlist::with_room_for(FINDINGS_PER_FILE);
        Self { findings, chains: Shortlist::with_room_for(CHAINS_PER_FILE) }
    }
}

impl FileFindings {
    /// Whether any of it stands at a line, and not at a file or run as a whole.
    fn names_lines(&self) -> bool {
        let mut places = self.findings.items().filter_map(|finding| finding.place.as_ref());
        places.any(|place| place.line > 0) || self.chains.items().next().is_some()
    }
}

/// Writes what was found, in two columns.
struct Details<'a> {
    folder: &'a SharedFolder,
    palette: Palette,
    verbosity: Verbosity,
    /// Where the second column begins, in characters.
    text_column: usize,
    /// A hint is given once, not with each finding.
    hints_given: HashSet<String>,
}

/// Whether what was found in a file stands below that file's own line.
#[derive(Clone, Copy)]
enum DetailsPosition<'a> {
    BelowFile,
    /// The file was never read, or it concerns the whole run.
    Alone(&'a str),
}

impl<'a> Details<'a> {
    fn new(folder: &'a SharedFolder, palette: Palette, verbosity: Verbosity, text_column: usize) -> Self {
        Self { folder, palette, verbosity, text_column, hints_given: HashSet::new() }
    }

    /// How the bytes of a file became lines, when that took more than reading them.
    fn write_reading(&self, out: &mut impl Write, steps: &[&str]) -> io::Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        self.write_lines(out, TextStyle::Quiet, ("  ", "read through"), &self.broken(&steps.join(", ")))
    }

    fn write_below_file(&mut self, out: &mut impl Write, found: FileFindings) -> io::Result<()> {
        self.write_found(out, found, DetailsPosition::BelowFile)
    }

    /// `file` is empty for what concerns the whole run.
    fn write_alone(&mut self, out: &mut impl Write, file: &str, found: FileFindings) -> io::Result<()> {
        if found.names_lines() {
            writeln!(out, "{}", visible(file))?;
        }
        let label = if file.is_empty() { "whole run" } else { file };
        self.write_found(out, found, DetailsPosition::Alone(label))
    }

    fn write_found(
        &mut self,
        out: &mut impl Write,
        found: FileFindings,
        standing: DetailsPosition<'_>,
    ) -> io::Result<()> {
        let omitted = found.chains.omitted();
        let mut chains = found.chains.into_items();
        chains.sort_by_key(|chain| chain.first.line);
        for chain in &chains {
            self.write_chain(out, chain)?;
        }
        write_omitted(out, omitted, "chain", "chains")?;

        let omitted = found.findings.omitted();
        let mut findings = found.findings.into_items();
        findings.sort_by_key(|finding| finding.place.as_ref().map_or(0, |place| place.line));
        for finding in &findings {
            self.write_finding(out, finding, standing)?;
        }
        write_omitted(out, omitted, "finding", "findings")
    }

    fn write_chain(&self, out: &mut impl Write, chain: &ChainReport) -> io::Result<()> {
        let verdict = match chain.verdict {
            ChainVerdict::Closed => "closed",
            ChainVerdict::OpenAtEnd => "still open",
            ChainVerdict::Unfinished => "unfinished",
            ChainVerdict::Headless => "headless",
            ChainVerdict::Broken => "broken",
        };
        let mut items = vec![format!("chain, {verdict}, {} verified", counted(chain.entries, "entry", "entries"))];
        items.extend(chain.from.zip(chain.to).map(|(from, to)| span(from, to)));
        items.extend(chain.key.as_ref().map(|key| format!("key {}", visible(key))));
        let place = self.folder.lines_of(&chain.first, Some(&chain.last));
        self.write_lines(out, TextStyle::Quiet, ("  ", &place), &filled(&items, ",", self.text_columns()))
    }

    fn write_finding(
        &mut self,
        out: &mut impl Write,
        finding: &Finding,
        standing: DetailsPosition<'_>,
    ) -> io::Result<()> {
        let lines = finding.place.as_ref().map(|place| self.folder.lines_of(place, finding.through.as_ref()));
        let label = match (lines.as_deref().unwrap_or_default(), standing) {
            ("", DetailsPosition::BelowFile) => ("  ", "whole file"),
            ("", DetailsPosition::Alone(label)) => ("", label),
            (lines, _) => ("  ", lines),
        };
        self.write_lines(out, class_tone(finding.class), label, &self.text_of(finding))?;
        match &finding.hint {
            Some(hint) if self.hints_given.insert(hint.clone()) => {
                self.write_lines(out, TextStyle::Neutral, ("", ""), &self.broken(&format!("hint: {}", excerpt(hint))))
            }
            _ => Ok(()),
        }
    }

    fn text_of(&self, finding: &Finding) -> Vec<String> {
        let mut text = match finding.class {
            Class::Note | Class::Warning => format!("{}: ", finding.class.name()),
            Class::Incomplete | Class::Undecided | Class::Tampered => String::new(),
        };
        text.push_str(&excerpt(&finding.message));
        if self.verbosity == Verbosity::Verbose {
            text.push_str(&format!(" ({})", finding.code.name()));
        }
        let mut lines = self.broken(&text);
        let named = [("expected", &finding.expected), ("found", &finding.found)];
        let seals: Vec<String> =
            named.iter().filter_map(|(word, seal)| Some(format!("{word} {}..", visible(seal.as_ref()?)))).collect();
        if !seals.is_empty() {
            join_or_push(&mut lines, &seals.join("  "), self.text_columns());
        }
        lines
    }

    fn text_columns(&self) -> usize {
        LINE_COLUMNS.saturating_sub(self.text_column)
    }

    fn broken(&self, text: &str) -> Vec<String> {
        broken(text, self.text_columns())
    }

    /// A label, which comes with its indentation, and lines beside it.
    fn write_lines(
        &self,
        out: &mut impl Write,
        tone: TextStyle,
        (indent, label): (&str, &str),
        lines: &[String],
    ) -> io::Result<()> {
        let label = visible(label);
        let mut used = indent.len() + label.width();
        write!(out, "{indent}{}", self.palette.paint(tone, &label))?;
        if used + 2 > self.text_column {
            // A label that is too long has a line of its own.
            writeln!(out)?;
            used = 0;
        }
        for line in lines {
            writeln!(out, "{:1$}{line}", "", self.text_column - used)?;
            used = 0;
        }
        Ok(())
    }
}

/// Puts what must not be broken behind the last line, or below it when it does not fit.
fn join_or_push(lines: &mut Vec<String>, text: &str, columns: usize) {
    const GAP: &str = "    ";
    match lines.last_mut() {
        Some(last) if last.width() + GAP.len() + text.len() <= columns => {
            last.push_str(GAP);
            last.push_str(text);
        }
        _ => lines.push(text.to_owned()),
    }
}

fn write_omitted(out: &mut impl Write, omitted: u64, one: &str, many: &str) -> io::Result<()> {
    if omitted == 0 {
        return Ok(());
    }
    writeln!(out, "  ... and {} more (use --output-format json)", counted(omitted, one, many))
}

fn class_tone(class: Class) -> TextStyle {
    match class {
        Class::Note => TextStyle::Quiet,
        Class::Warning | Class::Incomplete => TextStyle::Warning,
        Class::Undecided | Class::Tampered => TextStyle::Bad,
    }
}
