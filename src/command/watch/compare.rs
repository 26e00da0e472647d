//! Compares what two sets of rules raise in the same logs: they are read and verified once, past two watches side by side. Which alarms
//! are the same is left to `watch`.

use std::io::{self, Stdout};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{answer, proof_of};
use crate::command::pipeline::{PipelineOptions, cannot_write};
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::{AlarmDifferencePrinter, Diagnostics};
use crate::plan::{ComparedRules, WatchPlan};
use crate::reading::FileEvent;
use crate::record::{Flow, RecordSink, Records};
use crate::source::{Discovery, Stream};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use crate::watch::{AlarmComparison, LogWatch, Now, RuleSide};

/// Reads the logs to their end, as if they were being written.
pub(super) fn run(
    plan: &WatchPlan,
    compared: &ComparedRules,
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
) -> Result<Exit, Failure> {
    let printer = AlarmDifferencePrinter::new(io::stdout(), plan.format, plan.palette, compared.names.clone());
    let sides = Mutex::new(RuleSides { plan, compared, printer, log: None });
    let completed = pipeline.with_progress(discovery, |hooks| {
        pipeline.run_telling(discovery, hooks, None, &mut SharedSides(&sides), &mut SharedSides(&sides))
    })?;
    let mut sides = sides.lock();
    sides.end_log().and_then(|()| sides.printer.finish()).map_err(|error| cannot_write(&error))?;
    Ok(answer(&completed))
}

/// Both sets of rules, and what they raise.
struct RuleSides<'a> {
    plan: &'a WatchPlan,
    compared: &'a ComparedRules,
    printer: AlarmDifferencePrinter<Stdout>,
    /// The log that is being read, where it has begun.
    log: Option<ComparedLog>,
}

/// A log as both see it.
struct ComparedLog {
    watches: [(RuleSide, LogWatch); 2],
    alarms: AlarmComparison,
}

impl RuleSides<'_> {
    fn begin_log(&mut self, stream: &Stream) -> io::Result<()> {
        self.end_log()?;
        let of = |side, options| (side, LogWatch::new(&stream.name, Arc::clone(options)));
        let watches = [of(RuleSide::Before, &self.plan.rules.options), of(RuleSide::After, &self.compared.options)];
        self.log = Some(ComparedLog { watches, alarms: AlarmComparison::default() });
        Ok(())
    }

    /// Says what differs in the log that was read.
    fn end_log(&mut self) -> io::Result<()> {
        // Of what is open at the end both sides are to say the numbers of the end, and not when they said them last.
        self.tell(LogWatch::tell_open);
        let Some(ComparedLog { watches: [(_, log), _], alarms }) = self.log.take() else { return Ok(()) };
        let differences = alarms.finish();
        self.printer.print(&differences)?;
        let mut messages = Diagnostics::stderr();
        if differences.not_compared > 0 {
            let what = format!(
                "{}: {} changes of alarms were not compared: there are too many",
                log.stream(),
                differences.not_compared
            );
            messages.warning(&what);
        }
        if !self.plan.quiet {
            messages.note(&proof_of(&log, self.plan));
        }
        Ok(())
    }

    fn tell(&mut self, take: impl Fn(&mut LogWatch)) {
        let Some(ComparedLog { watches, alarms }) = &mut self.log else { return };
        for (side, log) in watches {
            take(log);
            let told = log.take_changed().into_iter();
            told.filter(|alarm| self.plan.is_severe(alarm)).for_each(|alarm| alarms.take(*side, alarm));
        }
    }
}

/// Hands lines and findings to both.
struct SharedSides<'m, 'a>(&'m Mutex<RuleSides<'a>>);

impl RecordSink for SharedSides<'_, '_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.0.lock().begin_log(stream)
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        self.0.lock().tell(|log| {
            if matches!(event, FileEvent::Opened { .. }) {
                log.begin_file(file);
            }
            log.lines(records, Now::Replay);
        });
        Ok(Flow::Continue)
    }
}

impl Sink for SharedSides<'_, '_> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.0.lock().tell(|log| log.finding(finding.clone(), Now::Replay));
        Ok(())
    }

    fn wants_outlook(&self) -> bool {
        true
    }

    fn outlook(&mut self, findings: Vec<Finding>) -> io::Result<()> {
        self.0.lock().tell(|log| log.outlook(findings.clone(), Now::Replay));
        Ok(())
    }

    fn chain(&mut self, _: ChainReport) -> io::Result<()> {
        Ok(())
    }

    fn files(&mut self, _: Vec<FileReport>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: Summary) -> io::Result<()> {
        Ok(())
    }
}
