//! Leads the lines of the inputs past the sink of a verb, verified on the way or not, and tells what could not be read and which
//! names that were asked for are in no line. What is made of the lines is left to the verb.

use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::inputs::{self, EntryCheck, Foreign};
use super::ledger::{self, LedgerSession, expecting, watched};
use crate::failure::Failure;
use crate::ledger::memory::Learned;
use crate::line::{Limits, LineSearch};
use crate::outcome::{Exit, Outcome};
use crate::output::{
    Diagnostics, FirstError, Palette, ProgressMeter, ReportFormat, ReportStyle, Verbosity, report_sink,
};
use crate::plan::{InputPlan, VerificationPlan};
use crate::query::{KnownNames, Unknown};
use crate::reading::{FileEvent, ReadHooks, ReadOptions};
use crate::record::{self, Flow, RecordFeed, RecordOptions, RecordSink, Records};
use crate::source::{self, Discovery, Input, Lack, Lacking, Opened, Origin, Stream};
use crate::verdict::report::Sink;
use crate::verdict::{Expectations, Judge};
use crate::verifier::{self, VerifyOptions};

/// How the inputs are read.
pub(super) struct PipelineOptions<'a> {
    pub(super) input: &'a InputPlan,
    /// None is not to verify.
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

impl Completed {
    /// Takes in what came of another log.
    pub(super) fn merge(&mut self, other: Self) {
        self.verdict = self.verdict.merge(other.verdict);
        self.complete &= other.complete;
        self.foreign.merge(other.foreign);
    }
}

/// What a verification has beside its inputs.
struct VerifiedRun<'a> {
    plan: &'a VerificationPlan,
    ledger: Option<&'a LedgerSession<'a>>,
    /// What an earlier run leaves to expect, where there is no ledger to be written.
    expectations: Option<Expectations>,
    unread: Unread,
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
        match self.verification {
            Some(plan) => self.remembered(plan, |ledger| {
                self.with_progress(discovery, |hooks| {
                    let run = VerifiedRun { plan, ledger, expectations: None, unread: Unread::told_by_others() };
                    self.verified_quietly(run, discovery, hooks, sink)
                })
            }),
            None => self.with_progress(discovery, |hooks| self.unverified(discovery, hooks, sink)),
        }
    }

    /// Shows the lines of inputs that are opened in this way to the sink, on the threads of the current pool, without a ledger.
    /// What verification finds is said on standard error.
    ///
    /// # Errors
    /// Those of the sink.
    pub(super) fn run_with(
        &self,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        sink: &mut dyn RecordSink,
    ) -> io::Result<Completed> {
        let Some(plan) = self.verification else { return self.unverified(discovery, hooks, sink) };
        let run = VerifiedRun { plan, ledger: None, expectations: None, unread: Unread::told_by_others() };
        self.verified_quietly(run, discovery, hooks, sink).map(|(completed, _)| completed)
    }

    /// The same, and what verification finds goes to a sink of its own, also what it would find if the log ended. Only what cannot
    /// be read is said on standard error as well.
    ///
    /// # Errors
    /// Those of the sinks.
    pub(super) fn run_telling(
        &self,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        expectations: Option<Expectations>,
        sink: &mut dyn RecordSink,
        report: &mut (dyn Sink + Send),
    ) -> io::Result<Completed> {
        let Some(plan) = self.verification else { return self.unverified(discovery, hooks, sink) };
        let run = VerifiedRun { plan, ledger: None, expectations, unread: Unread::told() };
        self.verified(run, discovery, hooks, sink, report).map(|(completed, _)| completed)
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
        match self.verification {
            Some(plan) => self.remembered(plan, |ledger| {
                self.with_progress(discovery, |hooks| {
                    let run = VerifiedRun { plan, ledger, expectations: None, unread: Unread::told() };
                    self.verified(run, discovery, ReadHooks { open, ..hooks }, sink, report)
                })
            }),
            None => {
                self.with_progress(discovery, |hooks| self.unverified(discovery, ReadHooks { open, ..hooks }, sink))
            }
        }
    }

    /// Does a verification between opening its ledger, if it has one, and writing it.
    fn remembered(
        &self,
        plan: &VerificationPlan,
        work: impl FnOnce(Option<&LedgerSession<'_>>) -> Result<(Completed, Learned), Failure>,
    ) -> Result<Completed, Failure> {
        plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
        let ledger = plan.ledger.as_ref().map(|ledger| LedgerSession::open(ledger, &plan.keys)).transpose()?;
        let (completed, learned) = work(ledger.as_ref())?;
        let verdict = ledger::remembered(ledger, completed.verdict, completed.verdict, plan, learned);
        Ok(Completed { verdict, ..completed })
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
    fn feed<'s>(&self, sink: &'s mut dyn RecordSink) -> RecordFeed<'s> {
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

    /// What verification finds is said on standard error, as `verify -q` says it.
    fn verified_quietly(
        &self,
        run: VerifiedRun<'_>,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        sink: &mut dyn RecordSink,
    ) -> io::Result<(Completed, Learned)> {
        let style = ReportStyle {
            format: ReportFormat::Human,
            verbosity: Verbosity::Quiet,
            palette: Palette::Plain,
            ..ReportStyle::default()
        };
        let mut report = report_sink(io::stderr(), style);
        // Nobody can be told that standard error is closed; the exit code carries the answer.
        let mut report = FirstError::new(report.as_mut());
        self.verified(run, discovery, hooks, sink, &mut report)
    }

    fn verified(
        &self,
        run: VerifiedRun<'_>,
        discovery: &Discovery,
        hooks: ReadHooks<'_>,
        sink: &mut dyn RecordSink,
        report: &mut (dyn Sink + Send),
    ) -> io::Result<(Completed, Learned)> {
        let VerifiedRun { plan, ledger, expectations, unread } = run;
        let judge = Judge::new(report, plan.demands.clone(), &plan.keys, self.input.format);
        let mut judge = match expectations {
            Some(expectations) => judge.expecting(expectations),
            None => expecting(ledger, judge, Vec::new())?,
        };
        let open = |input: &Input| watched(ledger, input, hooks.open);
        let hooks = ReadHooks { open: &open, ..hooks };
        verifier::tell_discovery(discovery, &mut judge)?;
        let options = VerifyOptions { wrapper: self.input.unwrap_from, undo: plan.undo, ..VerifyOptions::default() };
        let mut unread = unread.where_missing_is(plan.demands.missing_ok);
        unread.note_discovery(discovery);
        let mut noting = Noting { sink, unread, entries: EntryCheck::of(self.input.format) };
        let feed = self.feed(&mut noting);
        verifier::verify(&discovery.streams, &plan.keys, options, hooks, &mut judge, Some(feed))?;
        let (complete, foreign) = (noting.unread.is_nothing(), noting.entries.into_foreign());
        let judged = judge.finish_and_learn()?;
        Ok((Completed { verdict: judged.outcome, complete, foreign }, judged.learned))
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
    let hooks = ReadHooks { open: &source::open, on_read: &|disk_bytes| progress.tick(disk_bytes), followed: None };
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

/// What was not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    /// Whether it is said here; otherwise whoever verifies says it.
    told: bool,
    /// Whether files may rightly be missing.
    missing_ok: bool,
    anything: bool,
}

impl Unread {
    /// Nothing so far; what comes is told.
    pub(super) fn told() -> Self {
        Self { told: true, missing_ok: false, anything: false }
    }

    /// Nothing so far; what comes is told by others.
    fn told_by_others() -> Self {
        Self { told: false, ..Self::told() }
    }

    /// The same; a file may be missing when this is so.
    pub(super) fn where_missing_is(self, ok: bool) -> Self {
        Self { missing_ok: ok, ..self }
    }

    /// Whether everything was read.
    pub(super) fn is_nothing(self) -> bool {
        !self.anything
    }

    /// Takes note of what was asked for and is not there.
    pub(super) fn note_discovery(&mut self, discovery: &Discovery) {
        for Lacking { path, why, lack } in discovery.lacking() {
            self.note(&format!("{}: {why}", path.to_string_lossy()), lack == Lack::Missing);
        }
        for (path, why) in discovery.doubles.iter().filter(|_| self.told) {
            Diagnostics::stderr().warning(&format!("{}: left out: {why}", path.to_string_lossy()));
        }
    }

    /// Takes note of what cannot be read of a file.
    pub(super) fn note_event(&mut self, file: &str, event: &FileEvent) {
        if let FileEvent::Failed { missing, why, .. } = event {
            self.note(&format!("{file}: {why}"), *missing);
        }
    }

    fn note(&mut self, what: &str, missing: bool) {
        let fine = missing && self.missing_ok;
        self.anything |= !fine;
        match self.told {
            true if fine => Diagnostics::stderr().warning(what),
            true => Diagnostics::stderr().failure(&Failure::new(what)),
            false => {}
        }
    }
}

/// Whether everything can be read a second time: pipes cannot.
pub(super) fn is_rereadable(discovery: &Discovery) -> bool {
    discovery.streams.iter().flat_map(|stream| &stream.files).all(|file| match &file.origin {
        Origin::Stdin => false,
        Origin::Hole { .. } => true,
        Origin::Path(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
    })
}

/// Reads everything to look for names, as far as that takes. What cannot be read was told by the first reading.
///
/// # Errors
/// When threads cannot be started.
pub(super) fn read_again(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    unknown: &Unknown<'_>,
) -> Result<(), Failure> {
    let options = ReadOptions { limits: Limits::default(), wrapper: pipeline.input.unwrap_from, search: None };
    let mut looking = Looking { unknown };
    pipeline.with_progress(discovery, |hooks| {
        record::read_streams(&discovery.streams, options, hooks, pipeline.feed(&mut looking))
    })
}

/// Looks for names and does nothing else.
struct Looking<'a> {
    unknown: &'a Unknown<'a>,
}

impl RecordSink for Looking<'_> {
    fn take(&mut self, _: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let look = |lines: Range<usize>| {
            let mut known = KnownNames::default();
            for index in lines {
                if let Ok(event) = records.get(index).event() {
                    self.unknown.observe(event, &mut known);
                }
            }
            known
        };
        let parts: Vec<KnownNames> = records.par_groups().map(look).collect();
        parts.into_iter().for_each(|known| self.unknown.remember(known));
        Ok(if self.unknown.is_settled() { Flow::Stop } else { Flow::Continue })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(missing: bool) -> FileEvent {
        FileEvent::Failed { file: 0, missing, why: "is a device".to_owned(), lost_bytes: 0 }
    }

    #[test]
    fn what_is_missing_counts_unless_it_may_be_and_what_is_broken_always_does() {
        for (missing_ok, missing, nothing) in
            [(false, true, false), (true, true, true), (false, false, false), (true, false, false)]
        {
            let mut unread = Unread::told_by_others().where_missing_is(missing_ok);
            assert!(unread.is_nothing());
            unread.note_event("a.log", &failed(missing));
            unread.note_event("b.log", &FileEvent::Opened { file: 1, after_gap: false });
            assert_eq!(unread.is_nothing(), nothing, "missing {missing}, fine {missing_ok}");
        }
    }

    #[test]
    fn of_what_was_asked_for_only_a_pattern_may_match_nothing() {
        let discoveries = [
            (Discovery { unmatched: vec!["a*".into()], ..Discovery::default() }, true),
            (Discovery { empty: vec!["a".into()], ..Discovery::default() }, false),
            (Discovery { unusable: vec![("a".into(), "is a socket".to_owned())], ..Discovery::default() }, false),
        ];
        for (discovery, may_be) in discoveries {
            for missing_ok in [false, true] {
                let mut unread = Unread::told_by_others().where_missing_is(missing_ok);
                unread.note_discovery(&discovery);
                assert_eq!(unread.is_nothing(), may_be && missing_ok, "{discovery:?}");
            }
        }
        let mut unread = Unread::told_by_others();
        unread.note_discovery(&Discovery { skipped: vec![("a".into(), "empty".to_owned())], ..Discovery::default() });
        assert!(unread.is_nothing());
    }
}
