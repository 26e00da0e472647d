//! Leads the lines of the inputs past an audience, verified on the way or not, and tells what could not be read. What the
//! audience makes of the lines is left to the verb.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::entries::{EntryCheck, Foreign};
use super::unread::Unread;
use super::{inputs, verify};
use crate::failure::Failure;
use crate::line::{Batch, Limits, Search};
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, FirstError, Palette, Progress, ReportFormat, ReportStyle, Verbosity, report_sink};
use crate::plan::{InputPlan, VerificationPlan};
use crate::reading::{self, Audience, Flow, How, Surroundings};
use crate::source::{self, Discovery, Input, Opened, Stream};
use crate::verdict::report::Sink;
use crate::verdict::{Integrity, Judge, Piece};
use crate::verification::{self, Manner};

/// How the inputs are read.
pub(super) struct Walk<'a> {
    pub(super) input: &'a InputPlan,
    /// How to verify on the way; None is not to.
    pub(super) verification: Option<&'a VerificationPlan>,
    /// What lines may be passed over without; never when they are verified.
    pub(super) search: Option<&'a dyn Search>,
    pub(super) progress: bool,
    pub(super) threads: NonZeroUsize,
}

/// What came of it.
pub(super) struct Walked {
    /// What verification found; intact when there was none.
    pub(super) verdict: Outcome,
    /// Whether everything that was asked for was read.
    pub(super) complete: bool,
    /// The files of which no line is an entry.
    pub(super) foreign: Foreign,
}

impl Walk<'_> {
    /// Finds the inputs and shows their lines to the audience.
    ///
    /// # Errors
    /// When a list cannot be read, or the audience fails.
    pub(super) fn run(&self, audience: &mut dyn Audience) -> Result<Walked, Failure> {
        let discovery = inputs::discover(self.input)?;
        self.run_over(&discovery, audience)
    }

    /// Shows the lines of inputs that were found to the audience. What verification finds is said on standard error, as
    /// `verify -q` says it.
    ///
    /// # Errors
    /// When the audience fails.
    pub(super) fn run_over(&self, discovery: &Discovery, audience: &mut dyn Audience) -> Result<Walked, Failure> {
        let style = ReportStyle {
            format: ReportFormat::Human,
            verbosity: Verbosity::Quiet,
            palette: Palette::Plain,
            ..ReportStyle::default()
        };
        let mut sink = report_sink(io::stderr(), style);
        // Nobody can be told that standard error is closed; the exit code carries the answer.
        let mut sink = FirstError::new(sink.as_mut());
        self.with_progress(discovery, |around| match self.verification {
            Some(plan) => self.verified(plan, discovery, around, audience, &mut sink, Unread::told_by_others()),
            None => self.unverified(discovery, around, audience),
        })
    }

    /// The same, but inputs are opened in another way, and what verification finds goes into a sink. Only what cannot be
    /// read is said on standard error as well.
    ///
    /// # Errors
    /// When the audience fails.
    pub(super) fn run_into(
        &self,
        discovery: &Discovery,
        audience: &mut dyn Audience,
        sink: &mut (dyn Sink + Send),
        open: &(dyn Fn(&Input) -> io::Result<Opened> + Sync),
    ) -> Result<Walked, Failure> {
        self.with_progress(discovery, |around| {
            let around = Surroundings { open, ..around };
            match self.verification {
                Some(plan) => self.verified(plan, discovery, around, audience, sink, Unread::told()),
                None => self.unverified(discovery, around, audience),
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
        work: impl FnOnce(Surroundings<'_>) -> io::Result<T> + Send,
    ) -> Result<T, Failure> {
        on_threads(self.threads, self.progress, discovery, work)?.map_err(|error| cannot_write(&error))
    }

    fn unverified(
        &self,
        discovery: &Discovery,
        around: Surroundings<'_>,
        audience: &mut dyn Audience,
    ) -> io::Result<Walked> {
        let mut unread = Unread::told();
        unread.note_discovery(discovery);
        let entries = EntryCheck::of(self.input.format);
        let mut noting = Noting { audience, files: Vec::new(), unread, entries };
        let how = How { limits: Limits::default(), wrapper: self.input.unwrap_from, search: self.search };
        reading::read(&discovery.streams, how, around, &mut noting)?;
        let (complete, foreign) = (noting.unread.is_nothing(), noting.entries.into_foreign());
        Ok(Walked { verdict: Outcome::Intact, complete, foreign })
    }

    fn verified(
        &self,
        plan: &VerificationPlan,
        discovery: &Discovery,
        around: Surroundings<'_>,
        audience: &mut dyn Audience,
        sink: &mut (dyn Sink + Send),
        unread: Unread,
    ) -> io::Result<Walked> {
        plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
        let mut judge = Judge::new(sink, plan.demands.clone(), &plan.keys, self.input.format);
        verify::tell_discovery(discovery, &mut judge)?;
        let manner = Manner { wrapper: self.input.unwrap_from, ..Manner::default() };
        let mut unread = unread.where_missing_is(plan.demands.missing_ok);
        unread.note_discovery(discovery);
        let entries = EntryCheck::of(self.input.format);
        let mut noting = Noting { audience, files: Vec::new(), unread, entries };
        verification::verify(&discovery.streams, &plan.keys, manner, around, &mut judge, Some(&mut noting))?;
        let (complete, foreign) = (noting.unread.is_nothing(), noting.entries.into_foreign());
        Ok(Walked { verdict: judge.finish()?, complete, foreign })
    }
}

/// Does work on so many threads, with a progress bar over the bytes of the inputs or without; what comes of the work.
///
/// # Errors
/// When threads cannot be started.
pub(super) fn on_threads<T: Send>(
    threads: NonZeroUsize,
    progress: bool,
    discovery: &Discovery,
    work: impl FnOnce(Surroundings<'_>) -> T + Send,
) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let progress = if progress { Progress::start(inputs::disk_bytes(&discovery.streams)) } else { Progress::hidden() };
    let around = Surroundings { open: &source::open, on_read: &|disk_bytes| progress.tick(disk_bytes) };
    let done = pool.install(|| work(around));
    progress.finish();
    Ok(done)
}

/// Takes note of what cannot be read, and of files without an entry, before the audience learns of it.
struct Noting<'a> {
    audience: &'a mut dyn Audience,
    files: Vec<Arc<str>>,
    unread: Unread,
    entries: EntryCheck,
}

impl Audience for Noting<'_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        self.audience.begin_stream(stream)
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let file = &self.files[piece.file()];
        self.unread.note_piece(file, piece);
        self.entries.note(file, piece, batch);
        self.audience.take(piece, batch, verdicts)
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
