//! Searches logs as planned: every line of a batch is tested on the threads of the pool, matches are printed in the order
//! of the log. What matches is left to `query`, how it is printed to `output`.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::entries::EntryCheck;
use super::walk::{Walk, Walked, answered};
use super::{inputs, merge, services, unknown};
use crate::entry::Format;
use crate::event::{Event, NoEvent, Service};
use crate::failure::Failure;
use crate::line::{Batch, LINE_BYTES_MAX, LineSpan, LineState, Search};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, Lines, Row, Rows, Target};
use crate::plan::{GrepPlan, Printing};
use crate::query::{Pattern, Prefilter, Unknown};
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
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut out = Target::stdout();
    let mut grep = Grep::new(plan, &discovery, &mut out);
    // Of what cannot be read again nothing is passed over that may have a name which was asked for.
    let may_skip = plan.may_skip_lines() && (plan.asked.is_empty() || unknown::is_rereadable(&discovery));
    let prefilter = may_skip.then(|| plan.query.literals()).flatten();
    let prefilter = prefilter.map(|needles| Needle { needles, format: plan.input.format });
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
    let finished = grep.finish();
    let passed_over = grep.cut_short || !walked.complete;
    if prefilter.is_some() && !grep.unknown.is_settled() && !passed_over {
        unknown::read_again(&walk, &discovery, &grep.unknown)?;
    }
    let unknown = if passed_over { Vec::new() } else { grep.unknown.messages() };
    let found = grep.summary();
    let written = finished.and_then(|()| out.commit());
    unknown.iter().for_each(|name| Diagnostics::stderr().warning(name));
    Ok(answered(tell(plan, &walked, &found), written))
}

/// What a search came to.
struct Found {
    matches: u64,
    /// Matches that do not verify.
    withheld: u64,
    /// Lines around matches that do not verify.
    context_withheld: u64,
    unsearchable: Option<Unsearchable>,
}

/// Says what was not shown, and what was not searched; the exit code.
fn tell(plan: &GrepPlan, walked: &Walked, found: &Found) -> Exit {
    let mut messages = Diagnostics::stderr();
    match found.withheld {
        0 => {}
        1 => messages.warning("1 matching line does not verify and is not shown"),
        lines => messages.warning(&format!("{lines} matching lines do not verify and are not shown")),
    }
    match found.context_withheld {
        0 => {}
        1 => messages.warning("1 context line that does not verify was withheld"),
        lines => messages.warning(&format!("{lines} context lines that do not verify were withheld")),
    }
    if let Some(unsearchable) = &found.unsearchable {
        messages.failure(&unsearchable.failure());
    }
    // Where the lines themselves are searched, it does not matter that they are no entries, once something was found.
    let foreign_searched = walked.foreign.is_nothing() || (plan.query.is_raw_pattern() && found.matches > 0);
    match foreign_searched {
        true => walked.foreign.warn(),
        false => walked.foreign.fail(),
    }
    if walked.complete && !walked.foreign.has_lines() && found.unsearchable.is_none() && plan.max_count != Some(0) {
        messages.warning("there was no line to search: the input is empty");
    }
    let exit = match (walked.complete && found.unsearchable.is_none() && foreign_searched, found.matches) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    exit.under(walked.verdict)
}

/// The pre-filter as the reader of lines takes it.
struct Needle {
    needles: Prefilter,
    /// The format that entries must have.
    format: Option<Format>,
}

impl Search for Needle {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.needles.find(text, from)
    }

    fn knows(&self, text: &[u8]) -> bool {
        Event::read_as(text, self.format).is_ok()
    }
}

/// Where matches go.
enum Printer<'o> {
    Lines(Lines<&'o mut Target>),
    Rows(Rows<&'o mut Target>),
    Counts(Lines<&'o mut Target>),
    Names(Lines<&'o mut Target>),
    NamesWithout(Lines<&'o mut Target>),
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
    /// Lines that were too long to be searched.
    unsearchable: Option<Unsearchable>,
    /// The names that were asked for and not found yet.
    unknown: Unknown<'o>,
    /// Whether lines were left unread because nothing more was wanted.
    pub(super) cut_short: bool,
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
            Printing::NamesWithout => Printer::NamesWithout(Lines::new(out, style)),
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

    /// What looks for files without an entry.
    pub(super) fn entry_check(&self) -> EntryCheck {
        EntryCheck::of(self.plan.input.format)
    }

    /// What it came to.
    fn summary(self) -> Found {
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
            Printer::Lines(lines) if self.plan.style.only_matching => {
                let raw = self.plan.query.pattern.as_ref().is_some_and(Pattern::is_raw);
                let message = Event::read_as(found.text, self.plan.input.format).map(|event| event.message);
                let searched = if raw { found.text } else { message.as_ref().map_or(&[][..], |it| it.as_bytes()) };
                lines.print_matches(found.file, found.line.number, searched)?;
            }
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
            Printer::NamesWithout(_) => return Ok(Flow::SkipFile),
            Printer::Nowhere => return Ok(Flow::Stop),
        }
        Ok(if enough { Flow::SkipFile } else { Flow::Continue })
    }

    /// Which lines of a batch match. `service` is what the last start-up line of the stream said.
    pub(super) fn matches(&self, batch: &Batch, service: &mut Service) -> Vec<bool> {
        let services = self.plan.wants_service().then(|| services::follow(service, batch));
        unknown::look(&self.unknown, batch, services.as_deref(), self.plan.input.format);
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
            Piece::Closed { .. } if !self.file_done => match &mut self.printer {
                Printer::Counts(lines) => lines.summary(&file, Some(self.in_file))?,
                Printer::NamesWithout(lines) if self.in_file == 0 => lines.summary(&file, None)?,
                _ => {}
            },
            // What stands in the rest of it nobody knows.
            Piece::Failed { .. } if matches!(self.printer, Printer::NamesWithout(_)) => self.file_done = true,
            Piece::Lines { .. } | Piece::Closed { .. } | Piece::Failed { .. } => {}
        }
        self.file_done |= self.all_done;
        self.cut_short |= self.file_done;
        // It may be waited for what comes next.
        if batch.paused || matches!(piece, Piece::Closed { .. }) {
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
                match verdicts.is_none_or(|verdicts| verdicts[index].status == IntegrityStatus::Verified) {
                    true => lines.pass(file, line.number, text)?,
                    false => lines.pass_over(file),
                }
                if enough && !lines.owes_context() {
                    return Ok(Flow::SkipFile);
                }
            }
        }
        Ok(Flow::Continue)
    }
}
