//! The upper part of the human report: files in reading order, and below each one what was found in it. What it adds up
//! to is left to `totals`.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use super::{Found, Verbosity};
use crate::output::color::{Palette, Tone};
use crate::output::escape::{excerpt, visible};
use crate::output::wording::{FileState, counted, formats, grouped, lines_of, signed_lines, span};
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, ChainVerdict, FileReport, Finding, StreamReport};

/// A longer path is printed whole, but no longer moves the columns of the others.
const PATH_COLUMNS_MAX: usize = 40;

/// Keeps the second column clear of `lines 100-200`.
const PATH_COLUMNS_MIN: usize = 16;

const GAP: &str = "   ";

/// The files of a run as lines in columns.
pub(super) struct Table<'a> {
    files: &'a [FileReport],
    found: HashMap<Arc<str>, Found>,
    palette: Palette,
    verbosity: Verbosity,
    columns: Columns,
    /// A hint is given once, not with each finding.
    hints_given: HashSet<String>,
}

/// Whether what was found in a file stands below that file's own line.
#[derive(Clone, Copy)]
enum Standing {
    BelowFile,
    /// The file was never read, or it concerns the whole run.
    Alone,
}

/// Widths in characters.
#[derive(Default)]
struct Columns {
    path: usize,
    format: usize,
    chains: usize,
    entries: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        files: &'a [FileReport],
        found: HashMap<Arc<str>, Found>,
        palette: Palette,
        verbosity: Verbosity,
    ) -> Self {
        Self {
            files,
            found,
            palette,
            verbosity,
            columns: Columns::of(files),
            hints_given: HashSet::new(),
        }
    }

    pub(super) fn write(
        &mut self,
        out: &mut impl Write,
        streams: &[StreamReport],
    ) -> io::Result<()> {
        let mut stream = None;
        for file in self.files {
            if self.verbosity == Verbosity::Verbose
                && stream.replace(file.stream) != Some(file.stream)
            {
                self.write_stream(out, streams.get(file.stream))?;
            }
            self.write_file(out, file)?;
        }
        self.write_remaining(out)
    }

    fn write_stream(&self, out: &mut impl Write, stream: Option<&StreamReport>) -> io::Result<()> {
        let Some(stream) = stream else { return Ok(()) };
        let count = stream.files.len() as u64;
        let order = if count > 1 { ", oldest first" } else { "" };
        let mixed = if stream.interleaved {
            ", several instances interleaved"
        } else {
            ""
        };
        let line = format!(
            "stream {}: {}{order}{mixed}",
            visible(&stream.name),
            counted(count, "file", "files")
        );
        writeln!(out, "{}", self.palette.paint(Tone::Quiet, line))
    }

    fn write_file(&mut self, out: &mut impl Write, file: &FileReport) -> io::Result<()> {
        let path = visible(&file.path);
        let state = FileState::of(file);
        let (chains, entries) = (grouped(file.chains), grouped(entries_shown(file)));
        write!(
            out,
            "{path:<0$}{GAP}{1:<2$}",
            self.columns.path,
            formats(file),
            self.columns.format
        )?;
        write!(
            out,
            "{GAP}{chains:>0$} {1:<6}",
            self.columns.chains,
            if file.chains == 1 { "chain" } else { "chains" }
        )?;
        write!(
            out,
            "{GAP}{entries:>0$} {1:<7}",
            self.columns.entries,
            entries_noun(file)
        )?;
        writeln!(
            out,
            "{GAP}{}",
            self.palette.paint(tone_of(state), state.words())
        )?;
        if self.verbosity == Verbosity::Verbose {
            self.write_reading(out, file)?;
        }
        match self.found.remove(&file.path) {
            Some(found) => self.write_found(out, found, Standing::BelowFile),
            None => Ok(()),
        }
    }

    /// How the bytes of a file became lines, when that took more than reading them.
    fn write_reading(&self, out: &mut impl Write, file: &FileReport) -> io::Result<()> {
        let steps: Vec<&str> = file.compression.into_iter().chain(file.wrapper).collect();
        if steps.is_empty() {
            return Ok(());
        }
        self.write_detail(out, Tone::Quiet, "read through", &steps.join(", "))
    }

    fn write_found(
        &mut self,
        out: &mut impl Write,
        found: Found,
        standing: Standing,
    ) -> io::Result<()> {
        let omitted = found.chains.omitted();
        let mut chains = found.chains.into_items();
        chains.sort_by_key(|chain| chain.first.line);
        for chain in &chains {
            self.write_chain(out, chain)?;
        }
        self.write_omitted(out, omitted, "chain", "chains")?;

        let omitted = found.findings.omitted();
        let mut findings = found.findings.into_items();
        findings.sort_by_key(|finding| finding.place.as_ref().map_or(0, |place| place.line));
        for finding in &findings {
            self.write_finding(out, finding, standing)?;
        }
        self.write_omitted(out, omitted, "finding", "findings")
    }

    fn write_omitted(
        &self,
        out: &mut impl Write,
        omitted: u64,
        one: &str,
        many: &str,
    ) -> io::Result<()> {
        if omitted == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "  ... and {} more (use --output-format json)",
            counted(omitted, one, many)
        )
    }

    fn write_chain(&self, out: &mut impl Write, chain: &ChainReport) -> io::Result<()> {
        let verdict = match chain.verdict {
            ChainVerdict::Closed => "closed",
            ChainVerdict::OpenAtEnd => "still open",
            ChainVerdict::Unfinished => "unfinished",
            ChainVerdict::Headless => "headless",
            ChainVerdict::Broken => "broken",
        };
        let mut text = format!(
            "chain, {verdict}, {} verified",
            counted(chain.entries, "entry", "entries")
        );
        if let (Some(from), Some(to)) = (chain.from, chain.to) {
            text.push_str(&format!(", {}", span(from, to)));
        }
        if let Some(key) = &chain.key {
            text.push_str(&format!(", key {key}"));
        }
        self.write_detail(
            out,
            Tone::Quiet,
            &lines_of(&chain.first, Some(&chain.last)),
            &text,
        )
    }

    fn write_finding(
        &mut self,
        out: &mut impl Write,
        finding: &Finding,
        standing: Standing,
    ) -> io::Result<()> {
        let tone = class_tone(finding.class);
        let text = self.finding_text(finding);
        match (&finding.place, standing) {
            (None, _) => self.write_row(out, tone, "whole run", &text)?,
            (Some(place), _) if place.line > 0 => {
                self.write_detail(out, tone, &lines_of(place, finding.through.as_ref()), &text)?;
            }
            (Some(_), Standing::BelowFile) => self.write_detail(out, tone, "whole file", &text)?,
            (Some(place), Standing::Alone) => self.write_row(out, tone, &place.file, &text)?,
        }
        match &finding.hint {
            Some(hint) if self.hints_given.insert(hint.clone()) => {
                self.write_detail(out, Tone::Neutral, "", &format!("hint: {}", excerpt(hint)))
            }
            _ => Ok(()),
        }
    }

    fn finding_text(&self, finding: &Finding) -> String {
        let mut text = match finding.class {
            Class::Note | Class::Warning => format!("{}: ", finding.class.name()),
            Class::Incomplete | Class::Undecided | Class::Tampered => String::new(),
        };
        text.push_str(&excerpt(&finding.message));
        if self.verbosity == Verbosity::Verbose {
            text.push_str(&format!(" ({})", finding.code.name()));
        }
        let mut gap = "    ";
        for (word, seal) in [("expected", &finding.expected), ("found", &finding.found)] {
            if let Some(seal) = seal {
                text.push_str(&format!("{gap}{word} {seal}.."));
                gap = "  ";
            }
        }
        text
    }

    /// An indented line below a file; its text stands below the format column.
    fn write_detail(
        &self,
        out: &mut impl Write,
        tone: Tone,
        label: &str,
        text: &str,
    ) -> io::Result<()> {
        self.write_labelled(out, tone, ("  ", label), text)
    }

    /// A line that stands beside the files, for what has no line there.
    fn write_row(
        &self,
        out: &mut impl Write,
        tone: Tone,
        label: &str,
        text: &str,
    ) -> io::Result<()> {
        self.write_labelled(out, tone, ("", label), text)
    }

    fn write_labelled(
        &self,
        out: &mut impl Write,
        tone: Tone,
        (indent, label): (&str, &str),
        text: &str,
    ) -> io::Result<()> {
        let label = visible(label);
        let width = self.columns.path + GAP.len() - 2;
        let padding = width.saturating_sub(indent.len() + label.chars().count());
        writeln!(
            out,
            "{indent}{}{:padding$}  {}",
            self.palette.paint(tone, &label),
            "",
            visible(text)
        )
    }

    /// What was found in files that were never read, and what concerns the whole run.
    fn write_remaining(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut remaining: Vec<_> = std::mem::take(&mut self.found).into_iter().collect();
        remaining.sort_by(|(a, _), (b, _)| (a.is_empty(), a).cmp(&(b.is_empty(), b)));
        for (file, found) in remaining {
            if found.names_lines() {
                writeln!(out, "{}", visible(&file))?;
            }
            self.write_found(out, found, Standing::Alone)?;
        }
        Ok(())
    }
}

impl Columns {
    fn of(files: &[FileReport]) -> Self {
        let mut columns = Self {
            path: PATH_COLUMNS_MIN,
            ..Self::default()
        };
        for file in files {
            let path = visible(&file.path).chars().count();
            columns.path = columns.path.max(path.min(PATH_COLUMNS_MAX));
            columns.format = columns.format.max(formats(file).len());
            columns.chains = columns.chains.max(grouped(file.chains).len());
            columns.entries = columns.entries.max(grouped(entries_shown(file)).len());
        }
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

fn class_tone(class: Class) -> Tone {
    match class {
        Class::Note => Tone::Quiet,
        Class::Warning | Class::Incomplete => Tone::Warning,
        Class::Undecided | Class::Tampered => Tone::Bad,
    }
}

fn tone_of(state: FileState) -> Tone {
    match state {
        FileState::Broken | FileState::Unreadable | FileState::Undecided => Tone::Bad,
        FileState::Verified | FileState::VerifiedOpen => Tone::Good,
        _ => Tone::Warning,
    }
}
