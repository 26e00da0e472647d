//! Converts logs as planned, or checks lines of CEF: every event of a batch is written on the threads of the pool, the results
//! go out in the order of the log. What a format makes of an event is left to `siem`.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use rayon::prelude::*;

use super::pipeline::{Completed, PipelineOptions, answered, cannot_write};
use super::{follow, inputs};
use crate::command;
use crate::event::{Event, NoEvent};
use crate::failure::Failure;
use crate::line::{LINE_BYTES_MAX, LineState};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, OutputConsumer, Target, write_complaint, write_visible};
use crate::plan::{ConversionPlan, ConvertPlan, ValidationPlan};
use crate::query::{KnownNames, Unknown};
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::siem::{self, LogRecord, Loss, Losses, Wrapping, Writer, cef_check};
use crate::verdict::IntegrityStatus;

/// How much memory a part keeps for the next batch.
const PART_BYTES_KEPT: usize = 4 << 20;

/// How much of the name of a field is told.
const NAME_CHARS_MAX: usize = 120;

/// Converts, or checks, what the plan names.
///
/// # Errors
/// When a list cannot be read, or the output cannot be written.
pub fn run(plan: &ConvertPlan) -> Result<Exit, Failure> {
    match plan {
        ConvertPlan::Convert(plan) => convert(plan),
        ConvertPlan::Validate(plan) => validate(plan),
    }
}

fn convert(plan: &ConversionPlan) -> Result<Exit, Failure> {
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut out = command::open(plan.target.as_ref(), &discovery)?;
    let writer = siem::writer(plan.to, plan.cef_style, &plan.settings, &plan.fields);
    let wrapping = Wrapping::new(plan.envelope, plan.framing, plan.to.payload(), plan.settings.clone());
    let mut conversion = Conversion {
        converter: Converter { plan, writer: writer.as_ref(), wrapping: &wrapping },
        out: &mut out,
        parts: Vec::new(),
        total: Total::default(),
        unknown: Unknown::of(&plan.asked),
    };
    conversion.head().map_err(|error| cannot_write(&error))?;
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        product: plan.settings.product.clone(),
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = match plan.follow {
        true => follow::run(&pipeline, &discovery, &mut conversion)?,
        false => pipeline.run_over(&discovery, &mut conversion)?,
    };
    let total = std::mem::take(&mut conversion.total);
    if completed.complete {
        conversion.unknown.messages().iter().for_each(|name| Diagnostics::stderr().warning(name));
    }
    let exit = tell(plan, &completed, &total);
    // What is incomplete must not stand where something whole is expected; standard output has had it already.
    let whole = completed.complete && total.refused == 0;
    if whole || plan.target.is_none() {
        return Ok(answered(exit, out.commit()));
    }
    if let Some((path, _)) = &plan.target {
        Diagnostics::stderr().warning(&format!("{}: not written, since it would not be whole", path.display()));
    }
    Ok(exit)
}

/// Says what was left out and what could not be carried; the exit code.
fn tell(plan: &ConversionPlan, completed: &Completed, total: &Total) -> Exit {
    let mut messages = Diagnostics::stderr();
    if plan.tell_losses {
        for (field, loss, entries) in total.losses.iter() {
            let noun = if entries == 1 { "entry" } else { "entries" };
            messages.warning(&format!("{}: {}, in {entries} {noun}", beginning(field), loss.meaning()));
        }
    }
    if total.repeated > 0 {
        let entries = total.repeated;
        let noun = if entries == 1 { "entry that stands" } else { "entries that stand" };
        messages.warning(&format!("{entries} {noun} there a second time, byte for byte, left out"));
    }
    let mut exit = Exit::Done;
    if let Some((file, line)) = &total.first_refused {
        let limit = LINE_BYTES_MAX >> 20;
        let what = match (total.refused, plan.lossy) {
            (1, false) => "this line is no entry of Acra's and was left out".to_owned(),
            (count, false) => format!("{count} lines are no entries of Acra's, from here on, and were left out"),
            (1, true) => format!("this line is longer than {limit} MiB and was left out"),
            (count, true) => format!("{count} lines, from here on, are longer than {limit} MiB and were left out"),
        };
        let failure = Failure::new(format!("{file}:{line}: {what}"));
        let failure = if plan.lossy { failure } else { failure.with_hint("--lossy passes them on, marked") };
        messages.failure(&failure);
        exit = Outcome::Undecided.into();
    }
    if !completed.complete {
        exit = Outcome::Undecided.into();
    }
    exit.under(completed.verdict)
}

/// A name as it is told: a log may have one of any length.
fn beginning(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        None => name.into(),
        Some((end, _)) => format!("{} ...", &name[..end]).into(),
    }
}

/// The conversion of a run.
struct Conversion<'p, W> {
    converter: Converter<'p>,
    out: &'p mut W,
    /// What the parts of a batch are made into; kept for their memory.
    parts: Vec<ConvertedGroup>,
    total: Total,
    /// The columns that were asked for and of which no entry had a field yet.
    unknown: Unknown<'p>,
}

/// What is told at the end.
#[derive(Default)]
struct Total {
    losses: Losses,
    /// Lines that were left out.
    refused: u64,
    /// The first of them.
    first_refused: Option<(Arc<str>, u64)>,
    /// Entries that were left out because they stand above (attacks, row 4b).
    repeated: u64,
}

/// What every thread works with.
struct Converter<'p> {
    plan: &'p ConversionPlan,
    writer: &'p dyn Writer,
    wrapping: &'p Wrapping,
}

/// What a part of a batch was made into.
#[derive(Default)]
struct ConvertedGroup {
    text: Vec<u8>,
    losses: Losses,
    /// Lines that were left out, blank ones aside: they are no entries.
    refused: u64,
    /// The number of the first of them.
    first_refused: Option<u64>,
    /// Entries that were left out because they stand above.
    repeated: u64,
    /// Names that the entries have, while any is looked for.
    known: KnownNames,
}

impl ConvertedGroup {
    /// Forgets the content and keeps the memory, unless long lines made it large.
    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(PART_BYTES_KEPT);
        self.losses = Losses::default();
        (self.refused, self.first_refused, self.repeated) = (0, None, 0);
    }
}

impl<W: Write + Send> RecordSink for Conversion<'_, W> {
    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let FileEvent::Lines { .. } = event else {
            // It may be waited for the next file.
            self.out.flush()?;
            return Ok(Flow::Continue);
        };
        let (converter, unknown) = (&self.converter, &self.unknown);
        let groups = records.par_groups();
        let tasks = groups.len();
        self.parts.resize_with(tasks.max(self.parts.len()), ConvertedGroup::default);
        self.parts[..tasks].par_iter_mut().zip(groups).for_each(|(part, lines)| {
            part.text.reserve(lines.clone().map(|line| 2 * records.get(line).text.len()).sum());
            converter.fill(part, lines.map(|line| records.get(line)), unknown);
        });
        for part in &mut self.parts[..tasks] {
            match self.converter.plan.reader {
                OutputConsumer::Program => self.out.write_all(&part.text)?,
                OutputConsumer::Person => write_visible(self.out, &part.text)?,
            }
            if let (None, Some(number)) = (&self.total.first_refused, part.first_refused) {
                self.total.first_refused = Some((Arc::clone(file), number));
            }
            self.total.losses.merge(&part.losses);
            self.total.refused += part.refused;
            self.total.repeated += part.repeated;
            self.unknown.remember(std::mem::take(&mut part.known));
            part.clear();
        }
        if records.is_paused() {
            self.out.flush()?;
        }
        Ok(Flow::Continue)
    }
}

impl<W: Write + Send> Conversion<'_, W> {
    /// Writes what stands before the first event.
    fn head(&mut self) -> io::Result<()> {
        let mut head = Vec::new();
        self.converter.writer.head(&mut head);
        self.out.write_all(&head)
    }
}

impl Converter<'_> {
    /// Converts some lines of a batch.
    fn fill<'r>(&self, part: &mut ConvertedGroup, records: impl Iterator<Item = Record<'r>>, unknown: &Unknown<'_>) {
        let mut payload = Vec::new();
        for record in records {
            let Record { file, line, text, integrity, .. } = record;
            if integrity.is_some_and(|integrity| integrity.status == IntegrityStatus::Repeated) {
                part.repeated += 1;
                continue;
            }
            let event = match record.into_event() {
                Ok(mut event) => {
                    if !unknown.is_settled() {
                        unknown.observe(&event, &mut part.known);
                    }
                    event.rename_impostors(|name| part.losses.add(name, Loss::Name));
                    event
                }
                Err(NoEvent::Blank) => continue,
                // There is nothing to pass on of a line that was too long, or of a record without a text.
                Err(_) if self.plan.lossy && line.state.has_text() => Event::of_foreign_line(text),
                Err(_) => {
                    part.refused += 1;
                    part.first_refused.get_or_insert(line.number);
                    continue;
                }
            };
            let raw = self.plan.keep_raw.then_some(text);
            let record = LogRecord { event: &event, file, line: line.number, raw, integrity };
            payload.clear();
            self.writer.write(&record, &mut payload, &mut part.losses);
            self.wrapping.wrap(&record, &payload, &mut part.text, &mut part.losses);
        }
    }
}

/// Checks what the plan names.
///
/// # Errors
/// When a list cannot be read, or the complaints cannot be written.
fn validate(plan: &ValidationPlan) -> Result<Exit, Failure> {
    let mut check = Check { out: Target::stdout(), lines: 0, refused: 0, too_long: None };
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: None,
        search: None,
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = pipeline.run(&mut check)?;
    check.out.commit().map_err(|error| cannot_write(&error))?;
    if let Some((file, line)) = check.too_long {
        let limit = LINE_BYTES_MAX >> 20;
        return Err(Failure::new(format!("{file}:{line}: longer than {limit} MiB and not checked")));
    }
    if completed.complete && check.lines == 0 {
        return Err(Failure::new("there is no line to check"));
    }
    Ok(match (completed.complete, check.refused) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Done,
        (true, _) => Exit::Nothing,
    })
}

struct Check {
    out: Target,
    /// Lines that are not blank.
    lines: u64,
    refused: u64,
    /// The first line that was too long to be checked.
    too_long: Option<(Arc<str>, u64)>,
}

impl RecordSink for Check {
    fn take(&mut self, file: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        for Record { line, text, .. } in records.iter() {
            if let LineState::Textless(_) = line.state {
                self.lines += 1;
                self.refused += 1;
                continue;
            }
            if line.state == LineState::TooLong {
                self.too_long.get_or_insert_with(|| (Arc::clone(file), line.number));
                continue;
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            self.lines += 1;
            let complaints = cef_check::check(text);
            self.refused += u64::from(!complaints.is_empty());
            for complaint in complaints {
                let place = (line.number, complaint.column);
                write_complaint(&mut self.out, file, place, complaint.rule.name(), &complaint.detail)?;
            }
        }
        Ok(Flow::Continue)
    }
}
