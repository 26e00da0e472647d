//! Counts events as planned: every line of a batch is read on the threads of the pool and counted in the order of the log.
//! What is counted together is left to `stats`, how the counts are written to `output`.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::inputs;
use super::pipeline::{Completed, PipelineOptions, answered};
use crate::command;
use crate::event::Event;
use crate::failure::Failure;
use crate::line::LINE_BYTES_MAX;
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, grouped, write_stats};
use crate::plan::StatsPlan;
use crate::query::{Clock, KnownNames, Unknown};
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::source::Stream;
use crate::stats::{CountedEvent, Dimension, Stats, StatsCounter};
use crate::verdict::IntegrityStatus;

/// Counts what the plan names.
///
/// # Errors
/// When a list cannot be read, or the counts cannot be written.
pub fn run(plan: &StatsPlan) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut out = command::open(plan.target.as_ref(), &discovery)?;
    let mut counting = Counting {
        plan,
        unknown: Unknown::of(&plan.asked),
        tally: StatsCounter::default(),
        withheld: 0,
        too_long: None,
    };
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = pipeline.run_over(&discovery, &mut counting)?;
    let Counting { tally, withheld, too_long, unknown, .. } = counting;
    let stats = tally.finish(plan.by.clone(), plan.top);
    let written = match plan.quiet {
        true => Ok(()),
        false => write_stats(&mut out, &stats, plan.format, plan.palette).and_then(|()| out.commit()),
    };
    let mut messages = Diagnostics::stderr();
    if completed.complete {
        unknown.messages().iter().for_each(|name| messages.warning(name));
    }
    match withheld {
        0 => {}
        1 => messages.warning("1 matching line does not verify and is not counted"),
        lines => messages.warning(&format!("{lines} matching lines do not verify and are not counted")),
    }
    Ok(answered(tell(plan, &stats, &completed, too_long), written))
}

/// Says what the counts lack; the exit code.
fn tell(plan: &StatsPlan, stats: &Stats, completed: &Completed, too_long: Option<(Arc<str>, u64)>) -> Exit {
    let mut messages = Diagnostics::stderr();
    if stats.others.entries > 0 {
        let names: Vec<&str> = plan.by.iter().map(Dimension::name).collect();
        let (entries, rows) = (grouped(stats.others.entries), grouped((stats.rows.len() as u64) + stats.rest.rows));
        let by = names.join(",");
        messages.warning(&format!("the counts are partial: {entries} entries by {by} beyond {rows} rows"));
    }
    if let Some((file, line)) = &too_long {
        let limit = LINE_BYTES_MAX >> 20;
        messages.failure(&Failure::new(format!("{file}:{line}: longer than {limit} MiB and cannot be counted")));
    }
    completed.foreign.fail();
    if completed.complete && !completed.foreign.has_lines() && too_long.is_none() {
        messages.warning("there was no line to count: the input is empty");
    }
    let complete = completed.complete && completed.foreign.is_nothing() && too_long.is_none();
    let exit = match (complete, stats.total.entries) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    exit.under(completed.verdict)
}

struct Counting<'p> {
    plan: &'p StatsPlan,
    /// The names that no line had so far.
    unknown: Unknown<'p>,
    tally: StatsCounter,
    /// Matches that do not verify.
    withheld: u64,
    /// The first line that was too long to be read.
    too_long: Option<(Arc<str>, u64)>,
}

/// What is seen in a line.
struct CountedLine {
    starts_run: bool,
    sighting: Option<CountedEvent>,
}

/// What is seen in some lines.
struct CountedGroup {
    clock: Clock,
    known: KnownNames,
    seen: Vec<CountedLine>,
}

impl Counting<'_> {
    fn look(&self, part: &mut CountedGroup, record: &Record<'_>) {
        let event = record.event();
        if let Ok(event) = event
            && !self.unknown.is_settled()
        {
            self.unknown.observe(event, &mut part.known);
        }
        let wanted = event.ok().filter(|event| self.plan.query.selects(record.text, Ok(event)));
        part.seen.push(CountedLine {
            starts_run: event.is_ok_and(Event::is_start_up),
            sighting: wanted.map(|event| CountedEvent::of(event, &self.plan.by, &mut part.clock)),
        });
    }
}

impl RecordSink for Counting<'_> {
    fn begin_stream(&mut self, _: &Stream) -> io::Result<()> {
        self.tally.start_run();
        Ok(())
    }

    fn take(&mut self, _: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let count = |lines: Range<usize>| {
            let clock = Clock::new(self.plan.zone.clone());
            let mut part = CountedGroup { clock, known: KnownNames::default(), seen: Vec::with_capacity(lines.len()) };
            lines.for_each(|index| self.look(&mut part, &records.get(index)));
            part
        };
        let parts: Vec<CountedGroup> = records.par_groups().map(count).collect();
        let mut lines = records.iter();
        for CountedGroup { known, seen, .. } in parts {
            self.unknown.remember(known);
            for (CountedLine { starts_run, sighting }, record) in seen.into_iter().zip(&mut lines) {
                if !record.line.state.has_text() {
                    self.too_long.get_or_insert_with(|| (Arc::clone(record.file), record.line.number));
                }
                if starts_run {
                    self.tally.start_run();
                }
                let Some(sighting) = sighting else { continue };
                match record.integrity.is_none_or(|integrity| integrity.status == IntegrityStatus::Verified) {
                    true => self.tally.add(sighting),
                    false => self.withheld += 1,
                }
            }
        }
        Ok(Flow::Continue)
    }
}
