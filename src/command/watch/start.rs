//! Where a watch begins to read a log: at its beginning, behind what a ledger says was verified, or at its end. How that is read is
//! left to `follow`.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use super::super::follow::FoundLog;
use super::super::ledger::{UnchangedStream, failure_of};
use crate::cli::StartAt;
use crate::entry::{LogTime, Seal};
use crate::failure::Failure;
use crate::follow::{FollowedLog, PassedText};
use crate::ledger::resumption::KnownFiles;
use crate::ledger::{Ledger, LedgerErrorKind};
use crate::output::{Diagnostics, grouped};
use crate::plan::{VerificationPlan, WatchPlan};
use crate::source::{Discovery, Input, Stream};
use crate::verdict::Expectations;

/// Where the logs of a watch begin to be read.
pub(super) struct StartPoint<'a> {
    plan: &'a WatchPlan,
    /// None where nothing is remembered.
    ledger: Option<Ledger>,
}

/// What is read of a log.
pub(super) struct LogStart {
    /// The log without files that are not read; None where all are.
    pub(super) discovery: Option<Discovery>,
    /// What an earlier run leaves to expect.
    pub(super) expectations: Option<Expectations>,
    /// The chains that stand in what is not read, by their first seals, and how many of their entries do, as far as that is known.
    pub(super) remembered: HashMap<Seal, u64>,
    /// It is read from its beginning.
    pub(super) reads_whole: bool,
}

impl Default for LogStart {
    fn default() -> Self {
        Self { discovery: None, expectations: None, remembered: HashMap::new(), reads_whole: true }
    }
}

impl<'a> StartPoint<'a> {
    /// Opens the ledger of a plan, to read it.
    ///
    /// # Errors
    /// When it is not as it was written, or cannot be read; when there is none and one is demanded.
    pub(super) fn open(plan: &'a WatchPlan) -> Result<Self, Failure> {
        let verification = plan.verification.as_ref();
        let Some((verification, given)) = verification.and_then(|it| Some((it, it.ledger.as_ref()?))) else {
            return Ok(Self { plan, ledger: None });
        };
        match Ledger::open_to_read(&given.path, &verification.keys) {
            Ok(ledger) => Ok(Self { plan, ledger: Some(ledger) }),
            Err(error) if matches!(error.kind, LedgerErrorKind::Missing) && !given.required => {
                Diagnostics::stderr().warning(&format!("{error}: every log is read from its beginning"));
                Ok(Self { plan, ledger: None })
            }
            Err(error) => Err(failure_of(&error)),
        }
    }

    /// Where a log begins that was found. One that appeared later was written from its beginning on.
    pub(super) fn of(&self, found: &FoundLog<'_>) -> LogStart {
        let stream = found.discovery.streams.first().filter(|_| found.was_there);
        let (Some(log), Some(stream)) = (found.log, stream) else { return LogStart::default() };
        match (self.plan.start_at, &self.ledger, &self.plan.verification) {
            (StartAt::End, ..) => self.at_end(log, stream),
            (StartAt::Beginning, Some(ledger), Some(verification)) => self.behind(ledger, verification, log, stream),
            _ => LogStart::default(),
        }
    }

    /// Behind what an earlier run verified, where the files are as that run left them, and that run says all that is asked (ledger,
    /// section 6).
    fn behind(&self, ledger: &Ledger, verification: &VerificationPlan, log: &FollowedLog, stream: &Stream) -> LogStart {
        let whole = |why: &str| {
            self.note(&format!("{}: all of it is read: {why}", stream.name));
            LogStart::default()
        };
        if !verification.may_resume(&self.plan.input) {
            return whole("the ledger does not say what is demanded of it");
        }
        let (memory, open) = (ledger.memory(), |input: &Input| log.look_into(input));
        let known = KnownFiles::of(memory);
        let Some(UnchangedStream { resumption, last, .. }) =
            UnchangedStream::find((memory, &known), stream, &verification.keys, &[], &open)
        else {
            return whole("the ledger knows no beginning of it");
        };
        let (file, lines) = (&stream.files[resumption.file], resumption.lines_before());
        // A log of which lines are wrapped has no record.
        if log.pass(file, PassedText { bytes: last.prefix.bytes, lines, is_bare: true }).is_err() {
            return whole("it was changed just now");
        }
        let run = memory.last_run().map_or_else(String::new, |run| format!(" on {}", LogTime { unix_ms: run.when }));
        self.note(&format!(
            "{}: begins behind line {} of {}, up to which it was verified{run}",
            stream.name,
            grouped(lines),
            file.shown
        ));
        let remembered = resumption.chains_before(memory);
        let expectations = Expectations {
            memory: Arc::clone(memory),
            resumptions: vec![Some(resumption)],
            is_partial: true,
            ..Expectations::default()
        };
        LogStart { expectations: Some(expectations), remembered, reads_whole: false, ..LogStart::default() }
    }

    /// Behind the last line of the live file. What was rotated before is not read.
    fn at_end(&self, log: &FollowedLog, stream: &Stream) -> LogStart {
        let live = stream.files.last().filter(|file| *file.shown == *stream.name);
        let passed = live.map(|live| log.whole_lines(live).and_then(|it| log.pass(live, it).map(|()| it.lines)));
        match passed.transpose() {
            Ok(lines) => {
                let lines = grouped(lines.unwrap_or_default());
                let what = "is not read, and an open chain is not proven before the next one begins";
                self.note(&format!("{}: what stands there, up to line {lines}, {what}", stream.name));
            }
            // One that is not there yet has nothing to be passed over.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::Unsupported => "what is compressed or UTF-16 is read from its beginning".to_owned(),
                    _ => format!("{error}; it is read from its beginning"),
                };
                Diagnostics::stderr().warning(&format!("{}: cannot begin at its end: {why}", stream.name));
                return LogStart::default();
            }
        }
        let files = live.cloned().into_iter().collect();
        let discovery = Discovery { streams: vec![Stream { files, ..stream.clone() }], ..Discovery::default() };
        LogStart { discovery: Some(discovery), reads_whole: false, ..LogStart::default() }
    }

    fn note(&self, what: &str) {
        if !self.plan.quiet {
            Diagnostics::stderr().note(what);
        }
    }
}
