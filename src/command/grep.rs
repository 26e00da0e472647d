//! Searches logs as planned: every line of a batch is tested on the threads of the pool, matches are printed in the order of the
//! log, or of their times when streams are merged, and what was not shown and not searched is said. What matches is left to
//! `query`, how it is printed to `output`.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::inputs::{self, EntryCheck, Foreign};
use super::pipeline::{Completed, PipelineOptions, Unread, answered};
use super::{follow, pipeline};
use crate::entry::Format;
use crate::event::{Event, NoEvent, Service};
use crate::failure::Failure;
use crate::line::{Batch, LINE_BYTES_MAX, Limits, LineSearch, LineState};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, LinePrinter, Rows, Target};
use crate::plan::{GrepPlan, Printing};
use crate::query::{KnownNames, Pattern, Prefilter, Unknown};
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::record::{Flow, Record, RecordSink, Records, Services};
use crate::siem::LogRecord;
use crate::source::{Discovery, Stream};
use crate::verdict::IntegrityStatus;

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
    let may_skip = plan.may_skip_lines() && (plan.asked.is_empty() || pipeline::is_rereadable(&discovery));
    let prefilter = may_skip.then(|| plan.query.literals(plan.wants_service())).flatten();
    let prefilter = prefilter.map(|needles| Needle { needles, format: plan.input.format });
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: prefilter.as_ref().map(|needle| needle as &dyn LineSearch),
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = match (plan.merge, plan.follow) {
        (true, _) => run_merged(&pipeline, &discovery, &mut grep)?,
        (_, true) => follow::run(&pipeline, &discovery, &mut grep)?,
        _ => pipeline.run_over(&discovery, &mut grep)?,
    };
    let finished = grep.finish();
    let passed_over = grep.cut_short || !completed.complete || plan.follow;
    if prefilter.is_some() && !grep.unknown.is_settled() && !passed_over {
        pipeline::read_again(&pipeline, &discovery, &grep.unknown)?;
    }
    let unknown = if passed_over { Vec::new() } else { grep.unknown.messages() };
    let found = grep.summary();
    let written = finished.and_then(|()| out.commit());
    unknown.iter().for_each(|name| Diagnostics::stderr().warning(name));
    Ok(answered(tell(plan, &completed, &found), written))
}

/// Says what was not shown, and what was not searched; the exit code.
fn tell(plan: &GrepPlan, completed: &Completed, found: &Found) -> Exit {
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
    let foreign_searched = completed.foreign.is_nothing() || (plan.query.is_raw_pattern() && found.matches > 0);
    match foreign_searched {
        true => completed.foreign.warn(),
        false => completed.foreign.fail(),
    }
    if completed.complete && !completed.foreign.has_lines() && found.unsearchable.is_none() && plan.max_count != Some(0)
    {
        messages.warning("there was no line to search: the input is empty");
    }
    let exit = match (completed.complete && found.unsearchable.is_none() && foreign_searched, found.matches) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    exit.under(completed.verdict)
}

/// The pre-filter as the reader of lines takes it.
struct Needle {
    needles: Prefilter,
    /// The format that entries must have.
    format: Option<Format>,
}

impl LineSearch for Needle {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.needles.find(text, from)
    }

    fn knows(&self, text: &[u8]) -> bool {
        Event::read_as(text, self.format).is_ok()
    }
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
struct Grep<'o> {
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
    unknown: Unknown<'o>,
    /// Whether lines were left unread because nothing more was wanted.
    cut_short: bool,
    /// Nothing more of the current file is wanted.
    file_done: bool,
    /// Nothing more at all is wanted.
    all_done: bool,
}

/// What the search sees in some lines.
#[derive(Default)]
struct GroupMatches<'r> {
    matches: Vec<Record<'r>>,
    known: KnownNames,
}

/// Whether a line is shown where only verified ones are.
fn may_be_shown(record: &Record<'_>) -> bool {
    record.integrity.is_none_or(|integrity| integrity.status == IntegrityStatus::Verified)
}

impl<'o> Grep<'o> {
    fn new(plan: &'o GrepPlan, discovery: &Discovery, out: &'o mut Target) -> Self {
        let several = discovery.streams.iter().map(|stream| stream.files.len()).sum::<usize>() > 1;
        let several = several || plan.follow && plan.input.may_gain_logs();
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
    fn wants_nothing(&self) -> bool {
        self.plan.max_count == Some(0)
    }

    fn summary(self) -> Found {
        let context_withheld = if let Printer::Lines(lines) = &self.printer { lines.withheld() } else { 0 };
        Found { matches: self.matches, withheld: self.withheld, context_withheld, unsearchable: self.unsearchable }
    }

    /// Shows what was found so far.
    fn flush(&mut self) -> io::Result<()> {
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

    /// Takes in a match; what of its file is still wanted.
    fn found(&mut self, found: &Record<'_>) -> io::Result<Flow> {
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

    /// Whether more of a match is printed than its text.
    fn prints_rows(&self) -> bool {
        matches!(self.printer, Printer::Rows(_))
    }

    /// Those of the lines that match, in their order.
    fn matches<'r>(&self, records: &'r Records<'_>) -> Vec<Record<'r>> {
        let search = |lines: Range<usize>| {
            let mut seen = GroupMatches::default();
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
        let parts: Vec<GroupMatches<'r>> = records.par_groups().map(search).collect();
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
    fn note_length(&mut self, record: &Record<'_>) {
        if !record.line.state.has_text() {
            let place = || (Arc::clone(record.file), record.line.number);
            let first = || Unsearchable { first: place(), state: record.line.state, lines: 0 };
            self.unsearchable.get_or_insert_with(first).lines += 1;
        }
    }
}

impl RecordSink for Grep<'_> {
    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
            // Lines of several logs come in turns when they are followed: their matches are counted as those of one.
            FileEvent::Opened { .. } if self.plan.follow => self.file_done |= self.wants_nothing(),
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
            FileEvent::Added { .. } | FileEvent::Lines { .. } | FileEvent::Closed { .. } | FileEvent::Failed { .. } => {
            }
        }
        self.all_done |= self.plan.follow && self.file_done;
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

/// What a stream holds in memory, in bytes of text; there may be many streams.
const LANE_BYTES: usize = 256 << 10;

/// Prints the matches of all streams in the order of time.
///
/// # Errors
/// When the matches cannot be written, or threads cannot be started.
fn run_merged(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    grep: &mut Grep<'_>,
) -> Result<Completed, Failure> {
    let mut unread = Unread::told();
    unread.note_discovery(discovery);
    let limits = Limits { batch_bytes: LANE_BYTES, ..Limits::default() };
    let options = ReadOptions { limits, wrapper: pipeline.input.unwrap_from, search: pipeline.search };
    let format = pipeline.input.format;
    let merged = pipeline.with_progress(discovery, |hooks| {
        let lane = |stream| Lane::new(stream, options, hooks, format);
        merge(discovery.streams.iter().map(lane).collect(), grep)
    });
    merged.map(|(all_read, foreign)| Completed {
        verdict: Outcome::Intact,
        complete: unread.is_nothing() && all_read,
        foreign,
    })
}

/// Whether everything could be read, and the files of which no line is an entry.
fn merge(mut lanes: Vec<Lane<'_>>, grep: &mut Grep<'_>) -> io::Result<(bool, Foreign)> {
    if grep.wants_nothing() {
        return Ok((true, Foreign::default()));
    }
    for lane in &mut lanes {
        lane.fill(grep);
    }
    loop {
        // The first of equals, so that the order is that of the streams.
        let earliest = lanes.iter_mut().filter(|lane| !lane.matches.is_empty()).min_by_key(|lane| lane.matches[0].time);
        let Some(lane) = earliest else { break };
        if let Some(Waiting { line, event, .. }) = lane.matches.pop_front() {
            let records = Records::new(&lane.batch, &lane.file, None, lane.format, &lane.services);
            let record = records.get(line);
            let record = match event {
                Some(event) => record.with_event(event),
                None => record,
            };
            if grep.found(&record)? != Flow::Continue {
                grep.cut_short = true;
                break;
            }
        }
        if lane.matches.is_empty() {
            if lane.batch.paused {
                grep.flush()?;
            }
            lane.fill(grep);
        }
    }
    let all_read = lanes.iter().all(|lane| lane.unread.is_nothing());
    let foreign = lanes.into_iter().map(|lane| lane.entries.into_foreign());
    Ok((all_read, foreign.fold(Foreign::default(), Foreign::and)))
}

/// A match that waits for its turn.
struct Waiting {
    /// Milliseconds since 1970; never less than that of the match before it.
    time: i64,
    /// Its index in the batch.
    line: usize,
    /// What it says, where more than its text is printed.
    event: Option<Event<'static>>,
}

/// One stream on its way.
struct Lane<'a> {
    stream: &'a Stream,
    reader: StreamReader<'a>,
    format: Option<Format>,
    batch: Batch,
    file: Arc<str>,
    matches: VecDeque<Waiting>,
    service: Service,
    /// Those of the batch.
    services: Services,
    time: i64,
    unread: Unread,
    entries: EntryCheck,
}

impl<'a> Lane<'a> {
    fn new(stream: &'a Stream, options: ReadOptions<'a>, hooks: ReadHooks<'a>, format: Option<Format>) -> Self {
        let (batch, mut service) = (Batch::default(), Service::default());
        Self {
            stream,
            reader: StreamReader::new(&stream.files, options, hooks),
            format,
            services: Services::follow(&mut service, &batch),
            batch,
            file: Arc::clone(&stream.name),
            matches: VecDeque::new(),
            service,
            time: i64::MIN,
            unread: Unread::told(),
            entries: EntryCheck::of(format),
        }
    }

    /// Reads until something matches, or to the end.
    fn fill(&mut self, grep: &mut Grep<'_>) {
        while self.matches.is_empty()
            && let Some(event) = self.reader.next(&mut self.batch)
        {
            self.file = Arc::clone(&self.stream.files[event.file()].shown);
            if matches!(event, FileEvent::Lines { .. }) {
                self.services = Services::follow(&mut self.service, &self.batch);
            }
            let records = Records::new(&self.batch, &self.file, None, self.format, &self.services);
            self.unread.note_event(&self.file, &event);
            self.entries.note(&self.file, &event, &records);
            if !matches!(event, FileEvent::Lines { .. }) {
                continue;
            }
            records.iter().for_each(|record| grep.note_length(&record));
            for record in grep.matches(&records) {
                let stated = record.event().ok().and_then(|event| event.moment.as_ref());
                self.time = self.time.max(stated.map_or(i64::MIN, |moment| moment.time.unix_ms));
                let line = record.index;
                let event = grep.prints_rows().then(|| record.into_event().ok()).flatten().map(Event::into_owned);
                self.matches.push_back(Waiting { time: self.time, line, event });
            }
        }
    }
}
