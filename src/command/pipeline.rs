//! Leads the lines of the inputs past the sink of a verb, verified on the way or not, and tells what could not be read. What
//! is made of the lines is left to the verb.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::entries::{EntryCheck, Foreign};
use super::inputs;
use super::unread::Unread;
use crate::failure::Failure;
use crate::line::{Limits, LineSearch};
use crate::outcome::{Exit, Outcome};
use crate::output::{
    Diagnostics, FirstError, Palette, ProgressMeter, ReportFormat, ReportStyle, Verbosity, report_sink,
};
use crate::plan::{InputPlan, VerificationPlan};
use crate::reading::{FileEvent, ReadHooks, ReadOptions};
use crate::record::{self, Flow, RecordFeed, RecordOptions, RecordSink, Records};
use crate::source::{self, Discovery, Input, Opened, Stream};
use crate::verdict::Judge;
use crate::verdict::report::Sink;
use crate::verification::{self, VerifyOptions};

/// How the inputs are read.
pub(super) struct PipelineOptions<'a> {
    pub(super) input: &'a InputPlan,
    /// How to verify on the way; None is not to.
    pub(super) verification: Option<&'a VerificationPlan>,
    /// What lines may be passed over without; never when they are verified.
    pub(super) search: Option<&'a dyn LineSearch>,
    /// The service of entries that do not name it, before the first start-up line.
    pub(super) product: Option<String>,
    pub(super) progress: bool,
    pub(super) threads: NonZeroUsize,
}

/// What came of it.
pub(super) struct Completed {
    /// What verification found; intact when there was none.
    pub(super) verdict: Outcome,
    /// Whether everything that was asked for was read.
    pub(super) complete: bool,
    /// The files of which no line is an entry.
    pub(super) foreign: Foreign,
}

impl PipelineOptions<'_> {
    /// Finds the inputs and shows their lines to the sink.
    ///
    /// # Errors
    /// When a list cannot be read, or the sink fails.
    pub(super) fn run(&self, sink: &mut dyn RecordSink) -> Result<Completed, Failure> {
        let discovery = inputs::discover(self.input)?;
        self.run_over(&discovery, sink)
    }

    /// Shows the lines of inputs that were found to the sink. What verification finds is said on standard error, as
    /// `verify -q` says it.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn run_over(&self, discovery: &Discovery, sink: &mut dyn RecordSink) -> Result<Completed, Failure> {
        let style = ReportStyle {
            format: ReportFormat::Human,
            verbosity: Verbosity::Quiet,
            palette: Palette::Plain,
            ..ReportStyle::default()
        };
        let mut report = report_sink(io::stderr(), style);
        // Nobody can be told that standard error is closed; the exit code carries the answer.
        let mut report = FirstError::new(report.as_mut());
        self.with_progress(discovery, |hooks| match self.verification {
            Some(plan) => self.verified(plan, discovery, hooks, sink, &mut report, Unread::told_by_others()),
            None => self.unverified(discovery, hooks, sink),
        })
    }

    /// The same, but inputs are opened in another way, and what verification finds goes into a report. Only what cannot be
    /// read is said on standard error as well.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn run_into(
        &self,
        discovery: &Discovery,
        sink: &mut dyn RecordSink,
        report: &mut (dyn Sink + Send),
        open: &(dyn Fn(&Input) -> io::Result<Opened> + Sync),
    ) -> Result<Completed, Failure> {
        self.with_progress(discovery, |hooks| {
            let hooks = ReadHooks { open, ..hooks };
            match self.verification {
                Some(plan) => self.verified(plan, discovery, hooks, sink, report, Unread::told()),
                None => self.unverified(discovery, hooks, sink),
            }
        })
    }

    /// Does work on the threads of the run, with a progress bar.
    ///
    /// # Errors
    /// When the work fails to write, or threads cannot be started.
    pub(super) fn with_progress<T: Send>(
        &self,
        discovery: &Discovery,
        work: impl FnOnce(ReadHooks<'_>) -> io::Result<T> + Send,
    ) -> Result<T, Failure> {
        on_threads(self.threads, self.progress, discovery, work)?.map_err(|error| cannot_write(&error))
    }

    /// What hands the lines to a sink.
    pub(super) fn feed<'s>(&self, sink: &'s mut dyn RecordSink) -> RecordFeed<'s> {
        RecordFeed::new(sink, RecordOptions { format: self.input.format, product: self.product.clone() })
    }

    fn unverified(
        &self,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        sink: &mut dyn RecordSink,
    ) -> io::Result<Completed> {
        let mut unread = Unread::told();
        unread.note_discovery(discovery);
        let mut noting = Noting { sink, unread, entries: EntryCheck::of(self.input.format) };
        let options = ReadOptions { limits: Limits::default(), wrapper: self.input.unwrap_from, search: self.search };
        record::read_streams(&discovery.streams, options, hooks, self.feed(&mut noting))?;
        let (complete, foreign) = (noting.unread.is_nothing(), noting.entries.into_foreign());
        Ok(Completed { verdict: Outcome::Intact, complete, foreign })
    }

    fn verified(
        &self,
        plan: &VerificationPlan,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        sink: &mut dyn RecordSink,
        report: &mut (dyn Sink + Send),
        unread: Unread,
    ) -> io::Result<Completed> {
        plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
        let mut judge = Judge::new(report, plan.demands.clone(), &plan.keys, self.input.format);
        verification::tell_discovery(discovery, &mut judge)?;
        let options = VerifyOptions { wrapper: self.input.unwrap_from, ..VerifyOptions::default() };
        let mut unread = unread.where_missing_is(plan.demands.missing_ok);
        unread.note_discovery(discovery);
        let mut noting = Noting { sink, unread, entries: EntryCheck::of(self.input.format) };
        let feed = self.feed(&mut noting);
        verification::verify(&discovery.streams, &plan.keys, options, hooks, &mut judge, Some(feed))?;
        let (complete, foreign) = (noting.unread.is_nothing(), noting.entries.into_foreign());
        Ok(Completed { verdict: judge.finish()?, complete, foreign })
    }
}

/// Does work on so many threads, with a progress bar over the bytes of the inputs or without; what comes of the work.
///
/// # Errors
/// When threads cannot be started.
pub(crate) fn on_threads<T: Send>(
    threads: NonZeroUsize,
    progress: bool,
    discovery: &Discovery,
    work: impl FnOnce(ReadHooks<'_>) -> T + Send,
) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let progress =
        if progress { ProgressMeter::start(inputs::disk_bytes(&discovery.streams)) } else { ProgressMeter::hidden() };
    let hooks = ReadHooks { open: &source::open, on_read: &|disk_bytes| progress.tick(disk_bytes) };
    let done = pool.install(|| work(hooks));
    progress.finish();
    Ok(done)
}

/// Takes note of what cannot be read, and of files without an entry, before the sink learns of it.
struct Noting<'a> {
    sink: &'a mut dyn RecordSink,
    unread: Unread,
    entries: EntryCheck,
}

impl RecordSink for Noting<'_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.sink.begin_stream(stream)
    }

    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        self.unread.note_event(file, event);
        self.entries.note(file, event, records);
        self.sink.take(file, event, records)
    }
}

/// The exit code of a run that came to its end, when its output came through or not.
pub(super) fn answered(exit: Exit, written: io::Result<()>) -> Exit {
    let Err(error) = written else { return exit };
    let failure = cannot_write(&error);
    if !failure.is_silent() {
        Diagnostics::stderr().failure(&failure);
    }
    exit.under(Outcome::Undecided)
}

/// A pipe that was closed needs no words: the reader has seen enough. The exit code is never 0 all the same.
pub(super) fn cannot_write(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(),
        _ => Failure::new(format!("cannot write the output: {error}")),
    }
}
