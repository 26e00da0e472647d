//! What was found in a file, below its line in the human report: findings, and with `-v` chains and how it was read.

use std::collections::HashSet;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::Verbosity;
use super::layout::{Folder, LINE_COLUMNS, broken, filled};
use crate::output::color::{Palette, Tone};
use crate::output::escape::{excerpt, visible};
use crate::output::wording::{counted, span};
use crate::verdict::Shortlist;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, ChainVerdict, Finding};

/// The most findings shown of one file.
const FINDINGS_PER_FILE: usize = 20;

/// The most chains shown of one file.
const CHAINS_PER_FILE: usize = 100;

/// What was found in one file, bounded.
pub(super) struct Found {
    pub(super) findings: Shortlist<Finding>,
    pub(super) chains: Shortlist<ChainReport>,
}

impl Default for Found {
    fn default() -> Self {
        let findings = Shortlist::with_room_for(FINDINGS_PER_FILE);
        Self { findings, chains: Shortlist::with_room_for(CHAINS_PER_FILE) }
    }
}

impl Found {
    /// Whether any of it stands at a line, and not at a file or run as a whole.
    fn names_lines(&self) -> bool {
        let mut places = self.findings.items().filter_map(|finding| finding.place.as_ref());
        places.any(|place| place.line > 0) || self.chains.items().next().is_some()
    }
}

/// Writes what was found, in two columns.
pub(super) struct Details<'a> {
    folder: &'a Folder,
    palette: Palette,
    verbosity: Verbosity,
    /// Where the second column begins, in characters.
    text_column: usize,
    /// A hint is given once, not with each finding.
    hints_given: HashSet<String>,
}

/// Whether what was found in a file stands below that file's own line.
#[derive(Clone, Copy)]
enum Standing<'a> {
    BelowFile,
    /// The file was never read, or it concerns the whole run.
    Alone(&'a str),
}

impl<'a> Details<'a> {
    pub(super) fn new(folder: &'a Folder, palette: Palette, verbosity: Verbosity, text_column: usize) -> Self {
        Self { folder, palette, verbosity, text_column, hints_given: HashSet::new() }
    }

    /// How the bytes of a file became lines, when that took more than reading them.
    pub(super) fn write_reading(&self, out: &mut impl Write, steps: &[&str]) -> io::Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        self.write_lines(out, Tone::Quiet, ("  ", "read through"), &self.broken(&steps.join(", ")))
    }

    pub(super) fn write_below_file(&mut self, out: &mut impl Write, found: Found) -> io::Result<()> {
        self.write_found(out, found, Standing::BelowFile)
    }

    /// `file` is empty for what concerns the whole run.
    pub(super) fn write_alone(&mut self, out: &mut impl Write, file: &str, found: Found) -> io::Result<()> {
        if found.names_lines() {
            writeln!(out, "{}", visible(file))?;
        }
        let label = if file.is_empty() { "whole run" } else { file };
        self.write_found(out, found, Standing::Alone(label))
    }

    fn write_found(&mut self, out: &mut impl Write, found: Found, standing: Standing<'_>) -> io::Result<()> {
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
        self.write_lines(out, Tone::Quiet, ("  ", &place), &filled(&items, ",", self.text_columns()))
    }

    fn write_finding(&mut self, out: &mut impl Write, finding: &Finding, standing: Standing<'_>) -> io::Result<()> {
        let lines = finding.place.as_ref().map(|place| self.folder.lines_of(place, finding.through.as_ref()));
        let label = match (lines.as_deref().unwrap_or_default(), standing) {
            ("", Standing::BelowFile) => ("  ", "whole file"),
            ("", Standing::Alone(label)) => ("", label),
            (lines, _) => ("  ", lines),
        };
        self.write_lines(out, tone(finding.class), label, &self.text_of(finding))?;
        match &finding.hint {
            Some(hint) if self.hints_given.insert(hint.clone()) => {
                self.write_lines(out, Tone::Neutral, ("", ""), &self.broken(&format!("hint: {}", excerpt(hint))))
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
        tone: Tone,
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

fn tone(class: Class) -> Tone {
    match class {
        Class::Note => Tone::Quiet,
        Class::Warning | Class::Incomplete => Tone::Warning,
        Class::Undecided | Class::Tampered => Tone::Bad,
    }
}
