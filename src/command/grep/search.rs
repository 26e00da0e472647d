//! The search itself: every line of a batch is tested on the threads of the pool, matches are printed in the order of the
//! log. What matches is left to `query`, how it is printed to `output`.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::event::{Event, NoEvent};
use crate::failure::Failure;
use crate::line::{LINE_BYTES_MAX, LineState};
use crate::output::{LinePrinter, Rows, Target};
use crate::plan::{GrepPlan, Printing};
use crate::query::{KnownNames, Pattern, Unknown};
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::siem::LogRecord;
use crate::source::Discovery;
use crate::verdict::IntegrityStatus;

/// What a search came to.
pub(super) struct Found {
    pub(super) matches: u64,
    /// Matches that do not verify.
    pub(super) withheld: u64,
    /// Lines around matches that do not verify.
    pub(super) context_withheld: u64,
    pub(super) unsearchable: Option<Unsearchable>,
}

/// Where matches go.
enum Printer<'o> {
    Lines(LinePrinter<&'o mut Target>),
    Rows(Rows<&'o mut Target>),
    Counts(LinePrinter<&'o mut Target>),
    Names(LinePrinter<&'o mut Target>),
    NamesWithout(LinePrinter<&'o mut Target>),
    Nowhere,
}

/// The search of a run.
pub(super) struct Grep<'o> {
    plan: &'o GrepPlan,
    printer: Printer<'o>,
    /// Matches in the current file.
    in_file: u64,
    /// Matches so far.
    matches: u64,
    /// Matches that do not verify.
    withheld: u64,
    /// Lines that were too long to be searched.
    unsearchable: Option<Unsearchable>,
    /// The names that were asked for and not found yet.
    pub(super) unknown: Unknown<'o>,
    /// Whether lines were left unread because nothing more was wanted.
    pub(super) cut_short: bool,
    /// Nothing more of the current file is wanted.
    file_done: bool,
    /// Nothing more at all is wanted.
    all_done: bool,
}

/// Lines that cannot be searched, being too long or without a text: the first one, and how many there are.
pub(super) struct Unsearchable {
    first: (Arc<str>, u64),
    /// What the first one is.
    state: LineState,
    lines: u64,
}

impl Unsearchable {
    pub(super) fn failure(&self) -> Failure {
        let (file, line) = &self.first;
        let what = if self.lines == 1 { "line is" } else { "lines, from here on, are" };
        let (count, limit) = (self.lines, LINE_BYTES_MAX >> 20);
        match self.state {
            LineState::Textless(_) => Failure::new(format!(
                "{file}:{line}: {count} {what} without a text in the journal's export and cannot be searched"
            ))
            .with_hint("journalctl --all leaves no text out"),
            _ => Failure::new(format!("{file}:{line}: {count} {what} longer than {limit} MiB and cannot be searched")),
        }
    }
}

impl<'o> Grep<'o> {
    /// Nothing was found yet.
    pub(super) fn new(plan: &'o GrepPlan, discovery: &Discovery, out: &'o mut Target) -> Self {
        let several = discovery.streams.iter().map(|stream| stream.files.len()).sum::<usize>() > 1;
        let mut style = plan.style.clone();
        style.with_file = plan.with_file.unwrap_or(several);
        let printer = match &plan.printing {
            Printing::Lines => Printer::Lines(LinePrinter::new(out, style)),
            Printing::Counts => Printer::Counts(LinePrinter::new(out, style)),
            Printing::Names => Printer::Names(LinePrinter::new(out, style)),
            Printing::NamesWithout => Printer::NamesWithout(LinePrinter::new(out, style)),
            Printing::Nothing => Printer::Nowhere,
            Printing::Rows(rows) => Printer::Rows(Rows::new(out, rows.clone())),
        };
        Self {
            plan,
            printer,
            in_file: 0,
            matches: 0,
            withheld: 0,
            unsearchable: None,
            unknown: Unknown::of(&plan.asked),
            cut_short: false,
            file_done: false,
            all_done: false,
        }
    }

    /// Whether no match is wanted at all (`-m 0`).
    pub(super) fn wants_nothing(&self) -> bool {
        self.plan.max_count == Some(0)
    }

    /// What it came to.
    pub(super) fn summary(self) -> Found {
        let context_withheld = if let Printer::Lines(lines) = &self.printer { lines.withheld() } else { 0 };
        Found { matches: self.matches, withheld: self.withheld, context_withheld, unsearchable: self.unsearchable }
    }

    /// Shows what was found so far.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &mut self.printer {
            Printer::Lines(lines) | Printer::Counts(lines) | Printer::Names(lines) | Printer::NamesWithout(lines) => {
                lines.flush()
            }
            Printer::Rows(rows) => rows.flush(),
            Printer::Nowhere => Ok(()),
        }
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        match &mut self.printer {
            Printer::Rows(rows) => rows.finish(),
            _ => Ok(()),
        }
    }

    /// Takes in a match; what of its file is still wanted.
    pub(super) fn found(&mut self, found: &Record<'_>) -> io::Result<Flow> {
        self.in_file += 1;
        self.matches += 1;
        let enough = self.plan.max_count.is_some_and(|max| self.in_file >= max);
        match &mut self.printer {
            Printer::Lines(lines) if self.plan.style.only_matching => {
                let raw = self.plan.query.pattern.as_ref().is_some_and(Pattern::is_raw);
                let message = || found.event().map_or(&[][..], |event| event.message.as_bytes());
                let searched = if raw { found.text } else { message() };
                lines.print_matches(found.file, found.line.number, searched)?;
            }
            Printer::Lines(lines) => {
                lines.print(found.file, found.line.number, found.text)?;
                // The context behind the last match is still to come.
                return Ok(if enough && !lines.wants_context() { Flow::SkipFile } else { Flow::Continue });
            }
            Printer::Rows(rows) => rows.print(&LogRecord {
                event: found.event().unwrap_or(&Event::of_foreign_line(found.text)),
                file: found.file,
                line: found.line.number,
                raw: Some(found.text),
                integrity: found.integrity,
            })?,
            Printer::Counts(lines) if enough => lines.summary(found.file, Some(self.in_file))?,
            Printer::Counts(_) => {}
            Printer::Names(lines) => {
                lines.summary(found.file, None)?;
                return Ok(Flow::SkipFile);
            }
            Printer::NamesWithout(_) => return Ok(Flow::SkipFile),
            Printer::Nowhere => return Ok(Flow::Stop),
        }
        Ok(if enough { Flow::SkipFile } else { Flow::Continue })
    }

    /// Those of the lines that match, in their order.
    pub(super) fn matches<'r>(&self, records: &'r Records<'_>) -> Vec<Record<'r>> {
        let search = |lines: Range<usize>| {
            let mut seen = Seen::default();
            for index in lines {
                let record = records.get(index);
                if !self.unknown.is_settled()
                    && let Ok(event) = record.event()
                {
                    self.unknown.observe(event, &mut seen.known);
                }
                if self.selects(&record) {
                    seen.matches.push(record);
                }
            }
            seen
        };
        let parts: Vec<Seen<'r>> = records.par_groups().map(search).collect();
        let mut matches = Vec::new();
        for part in parts {
            self.unknown.remember(part.known);
            matches.extend(part.matches);
        }
        matches
    }

    /// Whether a line is wanted. Blank lines, and those that could not be read, never are.
    fn selects(&self, record: &Record<'_>) -> bool {
        let event = record.event();
        if !record.line.state.has_text() || event == Err(NoEvent::Blank) {
            return false;
        }
        self.plan.query.selects(record.text, event) != self.plan.inverted
    }

    /// Takes note of a line that cannot be searched. A search that passes over it must not look complete.
    pub(super) fn note_length(&mut self, record: &Record<'_>) {
        if !record.line.state.has_text() {
            let place = || (Arc::clone(record.file), record.line.number);
            let first = || Unsearchable { first: place(), state: record.line.state, lines: 0 };
            self.unsearchable.get_or_insert_with(first).lines += 1;
        }
    }
}

/// What the search sees in some lines.
#[derive(Default)]
struct Seen<'r> {
    matches: Vec<Record<'r>>,
    known: KnownNames,
}

/// Whether a line is shown where only verified ones are.
fn may_be_shown(record: &Record<'_>) -> bool {
    record.integrity.is_none_or(|integrity| integrity.status == IntegrityStatus::Verified)
}

impl RecordSink for Grep<'_> {
    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
            FileEvent::Opened { .. } => {
                (self.in_file, self.file_done) = (0, self.wants_nothing());
            }
            FileEvent::Lines { .. } if !self.file_done => {
                let flow = self.lines(records)?;
                self.file_done = flow != Flow::Continue;
                // Verification goes on to the end, whatever is wanted of the lines.
                self.all_done |= flow == Flow::Stop;
            }
            FileEvent::Closed { .. } if !self.file_done => match &mut self.printer {
                Printer::Counts(lines) => lines.summary(file, Some(self.in_file))?,
                Printer::NamesWithout(lines) if self.in_file == 0 => lines.summary(file, None)?,
                _ => {}
            },
            // What stands in the rest of it nobody knows.
            FileEvent::Failed { .. } if matches!(self.printer, Printer::NamesWithout(_)) => self.file_done = true,
            FileEvent::Lines { .. } | FileEvent::Closed { .. } | FileEvent::Failed { .. } => {}
        }
        self.file_done |= self.all_done;
        self.cut_short |= self.file_done;
        // It may be waited for what comes next.
        if records.is_paused() || matches!(event, FileEvent::Closed { .. }) {
            self.flush()?;
        }
        Ok(match (self.all_done, self.file_done) {
            (true, _) => Flow::Stop,
            (false, true) => Flow::SkipFile,
            (false, false) => Flow::Continue,
        })
    }
}

impl Grep<'_> {
    fn lines(&mut self, records: &Records<'_>) -> io::Result<Flow> {
        let mut matches = self.matches(records).into_iter().peekable();
        for index in 0..records.len() {
            let record = records.get(index);
            self.note_length(&record);
            let found = matches.next_if(|found| found.index == index);
            let withheld = found.is_some() && !may_be_shown(&record);
            self.withheld += u64::from(withheld);
            let enough = self.plan.max_count.is_some_and(|max| self.in_file >= max);
            if let Some(found) = found.filter(|_| !withheld && !enough) {
                match self.found(&found)? {
                    Flow::Continue => {}
                    stop => return Ok(stop),
                }
            } else if let Printer::Lines(lines) = &mut self.printer {
                match may_be_shown(&record) {
                    true => lines.pass(record.file, record.line.number, record.text)?,
                    false => lines.pass_over(record.file),
                }
                if enough && !lines.owes_context() {
                    return Ok(Flow::SkipFile);
                }
            }
        }
        Ok(Flow::Continue)
    }
}
