//! Searches logs as planned: every line of a batch is tested on the threads of the pool, matches are printed in the order
//! of the log. What matches is left to `query`, how it is printed to `output`.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::walk::{Walk, cannot_write};
use super::{inputs, merge, services};
use crate::event::{Event, NoEvent, Service};
use crate::failure::Failure;
use crate::line::{Batch, LINE_BYTES_MAX, LineSpan, LineState, Search};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, Lines, Row, Rows, Target};
use crate::plan::{GrepPlan, Printing};
use crate::query::Prefilter;
use crate::reading::{Audience, Flow};
use crate::source::{Discovery, Stream};
use crate::verdict::{Integrity, IntegrityStatus, Piece};

/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 512;

/// Searches what the plan names.
///
/// # Errors
/// When a list cannot be read, or the matches cannot be written.
pub fn run(plan: &GrepPlan) -> Result<Exit, Failure> {
    let discovery = inputs::discover(&plan.input)?;
    let mut out = Target::stdout();
    let mut grep = Grep::new(plan, &discovery, &mut out);
    let prefilter = plan.may_skip_lines().then(|| plan.query.literals()).flatten().map(Needle);
    let walk = Walk {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: prefilter.as_ref().map(|needle| needle as &dyn Search),
        progress: plan.progress,
        threads: plan.threads,
    };
    let walked = match plan.merge {
        true => merge::run(&walk, &discovery, &mut grep)?,
        false => walk.run_over(&discovery, &mut grep)?,
    };
    grep.finish().map_err(|error| cannot_write(&error))?;
    let (matches, withheld, unsearchable) = (grep.matches, grep.withheld, grep.unsearchable);
    out.commit().map_err(|error| cannot_write(&error))?;
    if withheld > 0 {
        Diagnostics::stderr().warning(&format!("{withheld} matching lines do not verify and are not shown"));
    }
    if let Some(unsearchable) = &unsearchable {
        Diagnostics::stderr().failure(&unsearchable.failure());
    }
    let exit = match (walked.complete && unsearchable.is_none(), matches) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    Ok(exit.under(walked.verdict))
}

/// The pre-filter as the reader of lines takes it.
struct Needle(Prefilter);

impl Search for Needle {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.0.find(text, from)
    }
}

/// Where matches go.
enum Printer<'o> {
    Lines(Lines<&'o mut Target>),
    Rows(Rows<&'o mut Target>),
    Counts(Lines<&'o mut Target>),
    Names(Lines<&'o mut Target>),
    Nowhere,
}

/// The search of a run.
pub(super) struct Grep<'o> {
    plan: &'o GrepPlan,
    printer: Printer<'o>,
    /// The files of the current stream.
    files: Vec<Arc<str>>,
    /// What the last start-up line said.
    service: Service,
    /// Matches in the current file.
    in_file: u64,
    /// Matches so far.
    matches: u64,
    /// Matches that do not verify.
    withheld: u64,
    /// Lines that could not be searched.
    unsearchable: Option<Unsearchable>,
    /// Nothing more of the current file is wanted.
    file_done: bool,
    /// Nothing more at all is wanted.
    all_done: bool,
}

/// Lines that cannot be searched, being too long or without a text: the first one, and how many there are.
struct Unsearchable {
    first: (Arc<str>, u64),
    /// What the first one is.
    state: LineState,
    lines: u64,
}

impl Unsearchable {
    fn failure(&self) -> Failure {
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

/// A line that matches.
pub(super) struct Match<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) line: &'a LineSpan,
    pub(super) text: &'a [u8],
    pub(super) verdict: Option<Integrity<'a>>,
}

impl<'o> Grep<'o> {
    fn new(plan: &'o GrepPlan, discovery: &Discovery, out: &'o mut Target) -> Self {
        let several = discovery.streams.iter().map(|stream| stream.files.len()).sum::<usize>() > 1;
        let mut style = plan.style.clone();
        style.with_file = plan.with_file.unwrap_or(several);
        let printer = match &plan.printing {
            Printing::Lines => Printer::Lines(Lines::new(out, style)),
            Printing::Counts => Printer::Counts(Lines::new(out, style)),
            Printing::Names => Printer::Names(Lines::new(out, style)),
            Printing::Nothing => Printer::Nowhere,
            Printing::Rows(rows) => Printer::Rows(Rows::new(out, rows.clone())),
        };
        Self {
            plan,
            printer,
            files: Vec::new(),
            service: Service::default(),
            in_file: 0,
            matches: 0,
            withheld: 0,
            unsearchable: None,
            file_done: false,
            all_done: false,
        }
    }

    /// Whether no match is wanted at all (`-m 0`).
    pub(super) fn wants_nothing(&self) -> bool {
        self.plan.max_count == Some(0)
    }

    fn finish(&mut self) -> io::Result<()> {
        match &mut self.printer {
            Printer::Rows(rows) => rows.finish(),
            _ => Ok(()),
        }
    }

    /// Takes in a match; what of its file is still wanted.
    pub(super) fn found(&mut self, found: &Match<'_>) -> io::Result<Flow> {
        self.in_file += 1;
        self.matches += 1;
        let enough = self.plan.max_count.is_some_and(|max| self.in_file >= max);
        match &mut self.printer {
            Printer::Lines(lines) => {
                lines.print(found.file, found.line.number, found.text)?;
                // The context behind the last match is still to come.
                return Ok(if enough && !lines.wants_context() { Flow::SkipFile } else { Flow::Continue });
            }
            Printer::Rows(rows) => rows.print(&Row {
                file: found.file,
                line: found.line.number,
                text: found.text,
                integrity: found.verdict,
            })?,
            Printer::Counts(lines) if enough => lines.summary(found.file, Some(self.in_file))?,
            Printer::Counts(_) => {}
            Printer::Names(lines) => {
                lines.summary(found.file, None)?;
                return Ok(Flow::SkipFile);
            }
            Printer::Nowhere => return Ok(Flow::Stop),
        }
        Ok(if enough { Flow::SkipFile } else { Flow::Continue })
    }

    /// Which lines of a batch match. `service` is what the last start-up line of the stream said.
    pub(super) fn matches(&self, batch: &Batch, service: &mut Service) -> Vec<bool> {
        let services = self.plan.wants_service().then(|| services::follow(service, batch));
        let lines = batch.lines.par_iter().enumerate().with_min_len(LINES_PER_TASK);
        let service_at = |index| services.as_ref().map(|services| services::at(services, index));
        lines.map(|(index, line)| self.selects(batch, line, service_at(index))).collect()
    }

    /// Whether a line is wanted. Blank lines, and those that could not be read, never are.
    fn selects(&self, batch: &Batch, line: &LineSpan, service: Option<&Service>) -> bool {
        if !line.state.has_text() {
            return false;
        }
        let text = batch.text_of(line);
        let mut event = Event::read_as(text, self.plan.input.format);
        if event == Err(NoEvent::Blank) {
            return false;
        }
        if let (Ok(event), Some(service)) = (&mut event, service) {
            service.complete(event);
        }
        self.plan.query.selects(text, event.as_ref().map_err(|why| *why)) != self.plan.inverted
    }

    /// Takes note of a line that cannot be searched. A search that passes over it must not look complete.
    pub(super) fn note_length(&mut self, file: &Arc<str>, line: &LineSpan) {
        if !line.state.has_text() {
            let first = || Unsearchable { first: (Arc::clone(file), line.number), state: line.state, lines: 0 };
            self.unsearchable.get_or_insert_with(first).lines += 1;
        }
    }

    /// Takes back the matches that do not verify.
    fn withhold(&mut self, matches: &mut [bool], verdicts: &[Integrity<'_>]) {
        for (matched, verdict) in matches.iter_mut().zip(verdicts) {
            if *matched && verdict.status != IntegrityStatus::Verified {
                *matched = false;
                self.withheld += 1;
            }
        }
    }
}

impl Audience for Grep<'_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        self.service = Service::default();
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let file = Arc::clone(&self.files[piece.file()]);
        match piece {
            Piece::Opened { .. } => {
                (self.in_file, self.file_done) = (0, self.wants_nothing());
            }
            Piece::Lines { .. } if !self.file_done => {
                let flow = self.lines(&file, batch, verdicts)?;
                self.file_done = flow != Flow::Continue;
                // Verification goes on to the end, whatever is wanted of the lines.
                self.all_done |= flow == Flow::Stop;
            }
            Piece::Closed { .. } if !self.file_done => {
                if let Printer::Counts(lines) = &mut self.printer {
                    lines.summary(&file, Some(self.in_file))?;
                }
            }
            Piece::Lines { .. } | Piece::Closed { .. } | Piece::Failed { .. } => {}
        }
        self.file_done |= self.all_done;
        Ok(match (self.all_done, self.file_done) {
            (true, _) => Flow::Stop,
            (false, true) => Flow::SkipFile,
            (false, false) => Flow::Continue,
        })
    }
}

impl Grep<'_> {
    fn lines(&mut self, file: &Arc<str>, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let mut service = std::mem::take(&mut self.service);
        let mut matches = self.matches(batch, &mut service);
        self.service = service;
        if let Some(verdicts) = verdicts {
            self.withhold(&mut matches, verdicts);
        }
        for (index, line) in batch.lines.iter().enumerate() {
            self.note_length(file, line);
            let text = batch.text_of(line);
            let enough = self.plan.max_count.is_some_and(|max| self.in_file >= max);
            if matches[index] && !enough {
                let found = Match { file, line, text, verdict: verdicts.map(|verdicts| verdicts[index]) };
                match self.found(&found)? {
                    Flow::Continue => {}
                    stop => return Ok(stop),
                }
            } else if let Printer::Lines(lines) = &mut self.printer {
                lines.pass(file, line.number, text)?;
                if enough && !lines.owes_context() {
                    return Ok(Flow::SkipFile);
                }
            }
        }
        Ok(Flow::Continue)
    }
}
