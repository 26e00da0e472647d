//! What outlives a stream: the recorder, the chains seen so far, what each key did. Streams are judged without it: they
//! return rulings, which are carried out here, and read the [`Context`] of the run.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::code::Code;
use super::line_range::LinePosition;
use super::policy::Demands;
use super::recorder::Recorder;
use super::replay::{Replay, Trace};
use super::report::{ChainReport, FileReport, KeyReport, Limit, Sink};
use super::rulings::{Context, FindingBuilder, Ruling};
use crate::entry::Format;
use crate::key::{AuditKey, KeySet};

/// See the file's head.
pub(super) struct RunState<'s> {
    pub(super) recorder: Recorder<'s>,
    pub(super) replay: Replay,
    /// In the order in which they were given.
    pub(super) keys: Vec<KeyReport>,
    /// What each stream cannot show.
    pub(super) limits: Vec<Limit>,
    pub(super) context: Context,
}

impl<'s> RunState<'s> {
    pub(super) fn new(
        sink: &'s mut (dyn Sink + Send),
        demands: Demands,
        keys: &KeySet,
        forced: Option<Format>,
    ) -> Self {
        let report = |key: &AuditKey| KeyReport {
            fingerprint: key.fingerprint().to_owned(),
            source: key.source().to_owned(),
            chains: 0,
        };
        let mut all: Vec<&AuditKey> = Vec::new();
        let mut known = HashSet::new();
        all.extend(keys.sets().flat_map(KeySet::keys).filter(|key| known.insert(key.fingerprint())));
        Self {
            recorder: Recorder::new(sink, demands),
            replay: Replay::default(),
            keys: all.iter().map(|key| report(key)).collect(),
            limits: Vec::new(),
            context: Context::of(&all, forced),
        }
    }

    /// What the judge of a stream needs to know that is verified with these keys.
    pub(super) fn context(&self, keys: &KeySet) -> Arc<Context> {
        Arc::new(self.context.with(keys))
    }

    /// Carries out what was decided about the files of a stream.
    pub(super) fn carry_out(
        &mut self,
        stream: usize,
        rulings: impl IntoIterator<Item = Ruling>,
        files: &mut [FileReport],
    ) -> io::Result<()> {
        for ruling in rulings {
            match ruling {
                Ruling::Finding(finding) => self.recorder.record(finding, files)?,
                Ruling::Opened { key } => {
                    if let Some(key) = self.keys.get_mut(key) {
                        key.chains += 1;
                    }
                }
                Ruling::Chain(report) => self.recorder.chain(report)?,
                Ruling::Followed { report, first, last, trace } => {
                    if let Some(finding) = self.repetition(stream, &report, (first, last), trace) {
                        self.recorder.record(finding, files)?;
                    }
                    self.recorder.chain(report)?;
                }
                Ruling::Fault(what) => return Err(io::Error::other(format!("internal error: {what}"))),
            }
        }
        Ok(())
    }

    /// Whether the same chain was seen before (attacks, row 12).
    fn repetition(
        &mut self,
        stream: usize,
        report: &ChainReport,
        (first, last): (LinePosition, LinePosition),
        trace: Trace,
    ) -> Option<FindingBuilder> {
        let earlier = self.replay.observe(stream, report.first.clone(), trace)?;
        // In another stream it may be a copy of the log.
        let code = if earlier.stream == stream { Code::ChainRepeated } else { Code::ChainElsewhere };
        let message = format!("the same chain stands at {}:{}", earlier.place.file, earlier.place.line);
        Some(FindingBuilder::of(code, message).over(first, last, report.entries))
    }
}
