//! The upper part of the human report: files in reading order, in columns. What was found in each is left to `details`,
//! what it adds up to to `totals`.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::Verbosity;
use super::details::{Details, Found};
use super::layout::{Folder, LINE_COLUMNS, padded};
use crate::output::color::{Palette, Tone};
use crate::output::escape::visible;
use crate::output::file_state::{FileState, signed_lines};
use crate::output::wording::{counted, formats, grouped};
use crate::verdict::report::{FileReport, StreamReport};

/// A longer path is printed whole, on a line of its own.
const PATH_COLUMNS_MAX: usize = 40;

/// What was found stands in line with the second column, unless long paths would leave too little of the page to it.
const LABEL_COLUMNS_MAX: usize = 20;

/// Keeps the second column clear of `lines 100-200`.
const PATH_COLUMNS_MIN: usize = 16;

const GAP: &str = "   ";

/// The files of a run as lines in columns.
pub(super) struct Table<'a> {
    files: &'a [FileReport],
    folder: &'a Folder,
    missing: &'a HashSet<Arc<str>>,
    found: HashMap<Arc<str>, Found>,
    palette: Palette,
    verbosity: Verbosity,
    columns: Columns,
    details: Details<'a>,
}

/// Widths, as a terminal has them.
#[derive(Default)]
struct Columns {
    path: usize,
    format: usize,
    chains: usize,
    entries: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        (files, missing): (&'a [FileReport], &'a HashSet<Arc<str>>),
        folder: &'a Folder,
        found: HashMap<Arc<str>, Found>,
        palette: Palette,
        verbosity: Verbosity,
    ) -> Self {
        let columns = Columns::of(files, missing, folder);
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
        writeln!(out, "{}", self.palette.paint(Tone::Quiet, line))
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
        writeln!(out, "{GAP}{}", self.palette.paint(tone(state), state.words()))?;
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

impl Columns {
    fn of(files: &[FileReport], missing: &HashSet<Arc<str>>, folder: &Folder) -> Self {
        let mut columns = Self::default();
        let mut state = 0;
        for file in files {
            columns.format = columns.format.max(formats(file).len());
            columns.chains = columns.chains.max(grouped(file.chains).len());
            columns.entries = columns.entries.max(grouped(entries_shown(file)).len());
            state = state.max(FileState::of(file, missing).words().len());
        }
        let words = " chains".len() + " entries".len() + state;
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
    match (signed_lines(file), entries_shown(file)) {
        (0, 1) => "line",
        (0, _) => "lines",
        (1, _) => "entry",
        _ => "entries",
    }
}

fn tone(state: FileState) -> Tone {
    match state {
        FileState::Broken | FileState::Unreadable | FileState::Undecided => Tone::Bad,
        FileState::Verified | FileState::VerifiedOpen => Tone::Good,
        _ => Tone::Warning,
    }
}
