//! Counts events as planned: every line of a batch is read on the threads of the pool and counted in the order of the log.
//! What is counted together is left to `stats`, how the counts are written to `output`.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::walk::{Walk, Walked, answered};
use super::{inputs, services, target, unknown};
use crate::event::{Event, Service};
use crate::failure::Failure;
use crate::line::{Batch, LINE_BYTES_MAX, LineSpan};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, grouped, write_stats};
use crate::plan::StatsPlan;
use crate::query::{Clock, Unknown};
use crate::reading::{Audience, Flow};
use crate::source::Stream;
use crate::stats::{Dimension, Sighting, Stats, Tally};
use crate::verdict::{Integrity, IntegrityStatus, Piece};

/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 512;

/// Counts what the plan names.
///
/// # Errors
/// When a list cannot be read, or the counts cannot be written.
pub fn run(plan: &StatsPlan) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut out = target::open(plan.target.as_ref(), &discovery)?;
    let mut counting = Counting {
        plan,
        unknown: Unknown::of(&plan.asked),
        files: Vec::new(),
        service: Service::default(),
        tally: Tally::default(),
        withheld: 0,
        too_long: None,
    };
    let walk = Walk {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let walked = walk.run_over(&discovery, &mut counting)?;
    let Counting { tally, withheld, too_long, unknown, .. } = counting;
    let stats = tally.finish(plan.by.clone(), plan.top);
    let written = match plan.quiet {
        true => Ok(()),
        false => write_stats(&mut out, &stats, plan.format, plan.palette).and_then(|()| out.commit()),
    };
    let mut messages = Diagnostics::stderr();
    if walked.complete {
        unknown.messages().iter().for_each(|name| messages.warning(name));
    }
    match withheld {
        0 => {}
        1 => messages.warning("1 matching line does not verify and is not counted"),
        lines => messages.warning(&format!("{lines} matching lines do not verify and are not counted")),
    }
    Ok(answered(tell(plan, &stats, &walked, too_long), written))
}

/// Says what the counts lack; the exit code.
fn tell(plan: &StatsPlan, stats: &Stats, walked: &Walked, too_long: Option<(Arc<str>, u64)>) -> Exit {
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
    walked.foreign.fail();
    if walked.complete && !walked.foreign.has_lines() && too_long.is_none() {
        messages.warning("there was no line to count: the input is empty");
    }
    let complete = walked.complete && walked.foreign.is_nothing() && too_long.is_none();
    let exit = match (complete, stats.total.entries) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    exit.under(walked.verdict)
}

struct Counting<'p> {
    plan: &'p StatsPlan,
    /// The names that no line had so far.
    unknown: Unknown<'p>,
    /// The files of the current stream.
    files: Vec<Arc<str>>,
    /// What the last start-up line said.
    service: Service,
    tally: Tally,
    /// Matches that do not verify.
    withheld: u64,
    /// The first line that was too long to be read.
    too_long: Option<(Arc<str>, u64)>,
}

/// What is seen in a line.
#[derive(Default)]
struct Seen {
    starts_run: bool,
    sighting: Option<Sighting>,
}

impl Counting<'_> {
    fn look(&self, batch: &Batch, line: &LineSpan, service: &Service, clock: &mut Clock) -> Seen {
        let text = batch.text_of(line);
        let Ok(mut event) = Event::read_as(text, self.plan.input.format) else { return Seen::default() };
        let starts_run = event.is_start_up();
        service.complete(&mut event);
        let wanted = line.state.has_text() && self.plan.query.selects(text, Ok(&event));
        Seen { starts_run, sighting: wanted.then(|| Sighting::of(&event, &self.plan.by, clock)) }
    }
}

impl Audience for Counting<'_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        self.service = Service::default();
        self.tally.start_run();
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let Piece::Lines { file } = *piece else { return Ok(Flow::Continue) };
        let services = services::follow(&mut self.service, batch);
        unknown::look(&self.unknown, batch, Some(&services), self.plan.input.format);
        let this = &*self;
        let lines = batch.lines.par_iter().enumerate().with_min_len(LINES_PER_TASK);
        let clock = || Clock::new(this.plan.zone.clone());
        let seen: Vec<Seen> = lines
            .map_init(clock, |clock, (index, line)| this.look(batch, line, services::at(&services, index), clock))
            .collect();
        for (index, Seen { starts_run, sighting }) in seen.into_iter().enumerate() {
            if !batch.lines[index].state.has_text() {
                self.too_long.get_or_insert_with(|| (Arc::clone(&self.files[file]), batch.lines[index].number));
            }
            if starts_run {
                self.tally.start_run();
            }
            let Some(sighting) = sighting else { continue };
            match verdicts.is_none_or(|verdicts| verdicts[index].status == IntegrityStatus::Verified) {
                true => self.tally.add(sighting),
                false => self.withheld += 1,
            }
        }
        Ok(Flow::Continue)
    }
}
