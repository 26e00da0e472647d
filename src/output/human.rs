//! The human format: a line per file, what was found in it, then what is proven, what is not shown, every byte, and the
//! answer. A bare "valid" is never printed.

mod files;

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::is_separator;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::escape::{excerpt, visible};
use super::layout::{LINE_COLUMNS, Palette, TextStyle, broken, filled, padded};
use super::wording::{byte_classes, counted, grouped, place_of, policy_remark, without_known_date};
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::Shortlist;
use crate::verdict::code::Class;
use crate::verdict::report::{ChainReport, FileReport, Finding, Limit, Sink, StreamReport, Summary, missing_file};
use files::FileFindings;

/// How much people want to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: nothing when the log is intact; else the worst finding of each log that is not, and the answer.
    Quiet,
    /// Files, findings, the proven range, the answer.
    #[default]
    Normal,
    /// `-v`: also the reading order, how files were read, chains, notes and finding codes.
    Verbose,
}

/// Writes the report when the run ends. Memory is bounded by the number of files.
pub(super) struct Human<W> {
    out: W,
    verbosity: Verbosity,
    palette: Palette,
    files: Vec<FileReport>,
    /// What was found, by file; the empty name stands for the whole run.
    found: HashMap<Arc<str>, FileFindings>,
    missing: HashSet<Arc<str>>,
    /// The first of the heaviest findings of the current stream; before the first one, and behind the last one, the
    /// heaviest of the run.
    worst: Shortlist<Finding>,
    /// What `-q` says, line by line.
    quiet: Vec<String>,
}

/// The most lines about what was asked for and is in no log, with `-q`.
const QUIET_LINES_MAX: usize = 20;

impl<W: Write> Human<W> {
    /// Nothing is written before the end.
    pub(super) fn new(out: W, verbosity: Verbosity, palette: Palette) -> Self {
        let (found, missing, worst) = (HashMap::new(), HashSet::new(), Shortlist::with_room_for(QUIET_LINES_MAX));
        Self { out, verbosity, palette, files: Vec::new(), found, missing, worst, quiet: Vec::new() }
    }

    /// Says what `-q` has to say of what was found since it was asked last.
    fn settle_quiet(&mut self, next: usize) {
        let worst = std::mem::replace(&mut self.worst, Shortlist::with_room_for(next));
        for finding in worst.items().filter(|finding| finding.class.outcome() != Outcome::Intact) {
            let (place, code) = (place_of(finding), finding.code.name());
            self.quiet.push(excerpt(&format!("{place}: {code}: {}", finding.message)).into_owned());
        }
    }

    fn write_quietly(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.outcome == Outcome::Intact {
            return Ok(());
        }
        self.settle_quiet(1);
        for line in &self.quiet {
            writeln!(self.out, "{line}")?;
        }
        write_result(&mut self.out, self.palette, summary)
    }
}

impl<W: Write> Sink for Human<W> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.settle_quiet(1);
        Ok(())
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.missing.extend(missing_file(&finding));
        if self.verbosity == Verbosity::Quiet {
            self.worst.push(finding.class, finding);
        } else if self.verbosity == Verbosity::Verbose || finding.class > Class::Note {
            let file = finding.place.as_ref().map_or_else(|| "".into(), |place| Arc::clone(&place.file));
            self.found.entry(file).or_default().findings.push(finding.class, finding);
        }
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        if self.verbosity == Verbosity::Verbose {
            let found = self.found.entry(Arc::clone(&chain.first.file)).or_default();
            found.chains.push(Class::Note, chain);
        }
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            self.settle_quiet(QUIET_LINES_MAX);
        } else {
            self.files.extend(files);
        }
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            self.write_quietly(&summary)?;
            return self.out.flush();
        }
        let found = std::mem::take(&mut self.found);
        let folder = SharedFolder::of(&self.files);
        let files = (&*self.files, &self.missing);
        let mut table = files::FileTable::new(files, &folder, found, self.palette, self.verbosity);
        table.write(&mut self.out, &summary.streams)?;
        let bytes_read = self.files.iter().map(|file| file.bytes).sum();
        ReportTotals { summary: &summary, folder: &folder, palette: self.palette }.write(&mut self.out, bytes_read)?;
        self.out.flush()
    }
}

/// The folder that all files of a report share, with the separator at its end; empty when there is none to speak of.
#[derive(Debug, Default)]
struct SharedFolder(String);

impl SharedFolder {
    /// One file alone is named by its path.
    fn of(files: &[FileReport]) -> Self {
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
    fn name(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&self.0)
    }

    /// A path as it is seen from the folder.
    fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.0).filter(|rest| !rest.is_empty()).unwrap_or(path)
    }

    /// Lines without their file: `line 4`, `lines 4-9`, `line 4 to next.log:9`; empty for a whole file.
    fn lines_of(&self, place: &Place, through: Option<&Place>) -> String {
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

/// The texts stand below one another, right of the words `proven`, `not shown`, `bytes`, `keys`.
pub(super) const LABEL_COLUMNS: usize = 11;
const TEXT_COLUMNS: usize = LINE_COLUMNS - LABEL_COLUMNS;

/// The most logs in the table of answers.
const LOGS_MAX: usize = 200;

/// A longer name stands out of the column.
const LOG_COLUMNS_MAX: usize = 50;

/// In front of what goes on below.
const CONTINUED: &str = "  ";

/// The most proven ranges shown of one stream.
const RANGES_PER_STREAM: usize = 8;

/// The most things named that are not shown.
const LIMITS_MAX: usize = 20;

/// The most streams named for one thing that is not shown.
const NAMES_PER_LIMIT: usize = 3;

/// Said once: the log vouches for its own times, nobody else does.
const WHOSE_TIMES: &str = "   (the log's own times)";

/// The lower part of the report: the proven range, what is not shown, the byte account, the keys, and the answer.
struct ReportTotals<'a> {
    summary: &'a Summary,
    folder: &'a SharedFolder,
    palette: Palette,
}

impl ReportTotals<'_> {
    fn write(&self, out: &mut impl Write, bytes_read: u64) -> io::Result<()> {
        writeln!(out)?;
        self.write_proven(out)?;
        self.write_not_shown(out)?;
        self.write_bytes(out, bytes_read)?;
        self.write_keys(out)?;
        self.write_logs(out)?;
        write_result(out, self.palette, self.summary)
    }

    fn write_proven(&self, out: &mut impl Write) -> io::Result<()> {
        let streams = &self.summary.streams;
        if streams.iter().all(|stream| stream.proven.is_empty()) {
            return write_text(out, "proven", "nothing");
        }
        let mut label = "proven";
        for (index, stream) in streams.iter().enumerate() {
            let mut items = ranges(stream);
            if index + 1 == streams.len() {
                items.last_mut().into_iter().for_each(|last| last.push_str(WHOSE_TIMES));
            }
            if streams.len() == 1 {
                return write_lines(out, label, &filled(&items, ",", TEXT_COLUMNS));
            }
            let name = format!("{}:", visible(self.folder.inside(&stream.name)));
            let ranges = filled(&items, ",", TEXT_COLUMNS - CONTINUED.len());
            write_named(out, label, name, &ranges)?;
            label = "";
        }
        Ok(())
    }

    fn write_not_shown(&self, out: &mut impl Write) -> io::Result<()> {
        let mut limits = self.limits();
        let omitted = limits.len().saturating_sub(LIMITS_MAX);
        limits.truncate(LIMITS_MAX);
        if omitted > 0 {
            limits.push(format!("... and {omitted} more (use --output-format json)"));
        }
        let mut label = "not shown";
        for limit in limits {
            write_text(out, label, &limit)?;
            label = "";
        }
        Ok(())
    }

    /// What is not shown, said once for all streams it holds for.
    fn limits(&self) -> Vec<String> {
        let streams = self.summary.streams.len();
        let mut limits: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for Limit { stream, what } in &self.summary.not_shown {
            let index = *known.entry(what).or_insert(limits.len());
            if index == limits.len() {
                limits.push((what, Vec::new()));
            }
            let named = stream.as_deref().filter(|_| streams > 1);
            limits[index].1.extend(named.map(|name| self.folder.inside(name)));
        }
        limits.iter().map(|(limit, names)| said_of(names, streams) + &excerpt(limit)).collect()
    }

    /// Every byte by class, and what was counted where it was read: a reader can see that the sum comes out.
    fn write_bytes(&self, out: &mut impl Write, bytes_read: u64) -> io::Result<()> {
        let mut items = byte_classes(self.summary);
        let sum = format!("{} of {}", grouped(self.summary.account.total().bytes), grouped(bytes_read));
        match items.last_mut() {
            Some(last) => last.push_str(&format!(" = {sum}")),
            None => items.push(sum),
        }
        write_lines(out, "bytes", &filled(&items, " +", TEXT_COLUMNS))
    }

    /// The answer about each log, where there are several; what is not intact is never left out for what is.
    fn write_logs(&self, out: &mut impl Write) -> io::Result<()> {
        let streams = &self.summary.streams;
        if streams.len() < 2 {
            return Ok(());
        }
        let mut severe: Vec<usize> = (0..streams.len()).collect();
        // Stable: logs of one answer stay in their order.
        severe.sort_by_key(|&at| std::cmp::Reverse(streams[at].outcome));
        severe.truncate(LOGS_MAX);
        severe.sort_unstable();
        let names: Vec<_> = severe.iter().map(|&at| visible(self.folder.inside(&streams[at].name))).collect();
        let width = names.iter().map(|name| name.width()).filter(|width| *width <= LOG_COLUMNS_MAX).max();
        let mut label = "logs";
        for (&at, name) in severe.iter().zip(&names) {
            let outcome = streams[at].outcome;
            let word = match outcome {
                Outcome::Intact => outcome.name().to_owned(),
                _ => outcome.name().to_ascii_uppercase(),
            };
            let word = self.palette.paint(outcome_tone(outcome), word);
            writeln!(out, "{label:<LABEL_COLUMNS$}{}   {word}", padded(name, width.unwrap_or(0)))?;
            label = "";
        }
        match streams.len() - severe.len() {
            0 => Ok(()),
            more => write_text(out, "", &format!("... and {} more (use --output-format json)", grouped(more as u64))),
        }
    }

    fn write_keys(&self, out: &mut impl Write) -> io::Result<()> {
        let mut label = "keys";
        for key in &self.summary.keys {
            let fits = match key.chains {
                0 => "fits no chain".to_owned(),
                chains => format!("fits {}", counted(chains, "chain", "chains")),
            };
            let name = format!("{} from {},", visible(&key.fingerprint), visible(&key.source));
            write_named(out, label, name, &[fits])?;
            label = "";
        }
        Ok(())
    }
}

fn outcome_tone(outcome: Outcome) -> TextStyle {
    match outcome {
        Outcome::Intact => TextStyle::Good,
        Outcome::Incomplete => TextStyle::Warning,
        Outcome::Undecided | Outcome::Tampered => TextStyle::Bad,
    }
}

pub(super) fn write_result(out: &mut impl Write, palette: Palette, summary: &Summary) -> io::Result<()> {
    let tone = outcome_tone(summary.outcome);
    let word = summary.outcome.name().to_ascii_uppercase();
    write!(out, "{}   exit {}", palette.paint(tone, word), summary.exit_code)?;
    match policy_remark(summary) {
        Some(remark) => writeln!(out, "   {remark}"),
        None => writeln!(out),
    }
}

/// The streams something is said of, with a colon; nothing when there is only one.
fn said_of(names: &[&str], streams: usize) -> String {
    if names.is_empty() {
        return String::new();
    }
    if names.len() == streams {
        return "every log: ".to_owned();
    }
    let shown: Vec<_> = names.iter().take(NAMES_PER_LIMIT).map(|name| visible(name)).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}: ", shown.join(", "))
}

/// The proven ranges of a stream; at least one item. A date is written when it changes.
fn ranges(stream: &StreamReport) -> Vec<String> {
    let mut date = String::new();
    let mut items = Vec::new();
    for range in stream.proven.iter().take(RANGES_PER_STREAM) {
        let from = without_known_date(range.from.to_string(), &mut date);
        let to = without_known_date(range.to.to_string(), &mut date);
        items.push(format!("{from} .. {to}"));
    }
    let more = stream.proven.len().saturating_sub(RANGES_PER_STREAM) as u64 + stream.proven_omitted;
    if more > 0 {
        items.push(format!("... and {} more", grouped(more)));
    }
    if items.is_empty() {
        items.push("nothing".to_owned());
    }
    items
}

fn write_lines(out: &mut impl Write, label: &str, lines: &[String]) -> io::Result<()> {
    let mut label = label;
    for line in lines {
        write_text(out, label, line)?;
        label = "";
    }
    Ok(())
}

/// Lines behind a name: the first one beside it, when it fits there, the others a little to the right.
fn write_named(out: &mut impl Write, label: &str, name: String, lines: &[String]) -> io::Result<()> {
    let [first, others @ ..] = lines else { return write_text(out, label, &name) };
    let beside = format!("{name} {first}");
    if beside.width() <= TEXT_COLUMNS {
        write_text(out, label, &beside)?;
    } else {
        write_text(out, label, &name)?;
        writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{first}", "")?;
    }
    others.iter().try_for_each(|line| writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{line}", ""))
}

/// A text behind a label; what does not fit into the line goes on below it, a little to the right.
pub(super) fn write_text(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    let mut lines = broken(text, TEXT_COLUMNS);
    let rest = lines.split_off(1).join(" ");
    writeln!(out, "{label:<LABEL_COLUMNS$}{}", lines.concat())?;
    if rest.is_empty() {
        return Ok(());
    }
    let lines = broken(&rest, TEXT_COLUMNS - CONTINUED.len());
    lines.iter().try_for_each(|line| writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{line}", ""))
}

#[cfg(test)]
mod tests;
