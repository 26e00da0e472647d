//! Where a watch begins to read a log: at its beginning, behind what a ledger says was verified, or at its end. How that is read is
//! left to `follow`.

use std::io;
use std::sync::Arc;

use super::super::follow::FoundLog;
use super::super::ledger::{UnchangedStream, failure_of};
use crate::cli::StartAt;
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::follow::PassedText;
use crate::ledger::resumption::KnownFiles;
use crate::ledger::{Ledger, LedgerErrorKind};
use crate::output::{Diagnostics, grouped};
use crate::plan::WatchPlan;
use crate::source::{Discovery, Input, Stream};
use crate::verdict::Expectations;

/// Where the logs of a watch begin to be read.
pub(super) struct StartPoint<'a> {
    plan: &'a WatchPlan,
    /// None where nothing is remembered.
    ledger: Option<Ledger>,
}

/// What is read of a log.
#[derive(Default)]
pub(super) struct LogStart {
    /// The log without files that are not read; None where all are.
    pub(super) discovery: Option<Discovery>,
    /// What an earlier run leaves to expect.
    pub(super) expectations: Option<Expectations>,
    /// What stands before is not read.
    pub(super) is_behind: bool,
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

    /// Where a log begins that was found.
    pub(super) fn of(&self, found: &FoundLog<'_>) -> LogStart {
        let Some(stream) = found.log.and(found.discovery.streams.first()) else { return LogStart::default() };
        match (self.plan.start_at, &self.ledger) {
            (StartAt::End, _) => self.at_end(found, stream),
            (StartAt::Beginning, Some(ledger)) => self.behind(ledger, found, stream),
            (StartAt::Beginning, None) => LogStart::default(),
        }
    }

    /// Behind what an earlier run verified, where the files are as that run left them.
    fn behind(&self, ledger: &Ledger, found: &FoundLog<'_>, stream: &Stream) -> LogStart {
        let (Some(log), Some(verification)) = (found.log, &self.plan.verification) else { return LogStart::default() };
        let (memory, open) = (ledger.memory(), |input: &Input| log.look_into(input));
        let known = KnownFiles::of(memory);
        let Some(UnchangedStream { resumption, last, .. }) =
            UnchangedStream::find((memory, &known), stream, &verification.keys, &[], &open)
        else {
            self.note(&format!("{}: the ledger knows no beginning of it: all of it is read", stream.name));
            return LogStart::default();
        };
        let (file, lines) = (&stream.files[resumption.file], resumption.lines_before());
        log.pass(file, PassedText { bytes: last.prefix.bytes, lines });
        let run = memory.last_run().map_or_else(String::new, |run| format!(" on {}", LogTime { unix_ms: run.when }));
        self.note(&format!(
            "{}: begins behind line {} of {}, up to which it was verified{run}",
            stream.name,
            grouped(lines),
            file.shown
        ));
        let expectations = Expectations {
            memory: Arc::clone(memory),
            retention_ms: None,
            arguments: Vec::new(),
            resumptions: vec![Some(resumption)],
        };
        LogStart { discovery: None, expectations: Some(expectations), is_behind: true }
    }

    /// Behind the last line of the live file. What was rotated before is not read.
    fn at_end(&self, found: &FoundLog<'_>, stream: &Stream) -> LogStart {
        let live = stream.files.last().filter(|file| *file.shown == *stream.name);
        let passed = live.zip(found.log).map(|(live, log)| log.whole_lines(live).inspect(|it| log.pass(live, *it)));
        match passed.transpose() {
            Ok(passed) => {
                let lines = grouped(passed.unwrap_or_default().lines);
                let what = "is not read, and an open chain is not proven before the next one begins";
                self.note(&format!("{}: what stands there, up to line {lines}, {what}", stream.name));
            }
            // One that is not there yet has nothing to be passed over.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => {
                let why = "it may be compressed or UTF-16, which is read from the beginning on";
                Diagnostics::stderr().warning(&format!("{}: cannot begin at its end: {why}", stream.name));
                return LogStart::default();
            }
        }
        let files = live.cloned().into_iter().collect();
        let streams = vec![Stream { files, ..stream.clone() }];
        let discovery = Some(Discovery { streams, ..Discovery::default() });
        LogStart { discovery, expectations: None, is_behind: true }
    }

    fn note(&self, what: &str) {
        if !self.plan.quiet {
            Diagnostics::stderr().note(what);
        }
    }
}
