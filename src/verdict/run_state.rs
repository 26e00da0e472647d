//! What outlives a stream: the recorder, the chains seen so far, what each key did. Streams are judged without it: they
//! return rulings, which are carried out here, and read the [`Context`] of the run.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::code::Code;
use super::policy::Demands;
use super::recorder::{FindingBuilder, Recorder};
use super::replay::{Replay, Trace};
use super::report::{ChainReport, FileReport, KeyReport, Limit, Sink};
use super::stretch::Spot;
use crate::entry::Format;
use crate::key::{AuditKey, KeySet};

/// What the judge of a stream has decided, in the order in which it did.
pub(super) enum Ruling {
    /// Something is found.
    Finding(FindingBuilder),
    /// A chain begins that this key opens.
    Opened { key: usize },
    /// Nothing more belongs to a chain.
    Chain(ChainReport),
    /// The same of one whose first entry verified: whether it was seen before is still to be looked for.
    Followed { report: ChainReport, first: Spot, last: Spot, trace: Trace },
    /// What cannot be, is: no answer can be trusted.
    Fault(&'static str),
}

/// What is known of the keys of a run and demanded of its lines; the same for the whole of a stream.
#[derive(Clone, Default)]
pub(super) struct Context {
    /// Of all keys, in the order in which they were given.
    pub(super) fingerprints: Vec<String>,
    /// What their keystore says of these keys: whether others know them, and how many have replaced them.
    pub(super) compromised: Vec<bool>,
    pub(super) ages: Vec<Option<usize>>,
    /// Which of these keys the stream is verified with, in the order in which they are tried.
    in_use: Vec<usize>,
    /// Keys that exist and could not be had.
    pub(super) lost_keys: Vec<String>,
    /// The only format that sealed lines may have.
    pub(super) forced: Option<Format>,
}

impl Context {
    fn of(keys: &[&AuditKey], forced: Option<Format>) -> Self {
        Self {
            fingerprints: keys.iter().map(|key| key.fingerprint().to_owned()).collect(),
            compromised: keys.iter().map(|key| key.is_compromised()).collect(),
            ages: keys.iter().map(|key| key.age()).collect(),
            in_use: (0..keys.len()).collect(),
            lost_keys: Vec::new(),
            forced,
        }
    }

    /// The same for a stream that is verified with these keys.
    fn with(&self, keys: &KeySet) -> Self {
        let place = |key: &AuditKey| self.fingerprints.iter().position(|known| known == key.fingerprint());
        let in_use = keys.keys().iter().filter_map(place).collect();
        Self { in_use, lost_keys: keys.lost().to_vec(), ..self.clone() }
    }

    /// The index among all keys of one that the stream is verified with.
    pub(super) fn key(&self, index: usize) -> usize {
        self.in_use.get(index).copied().unwrap_or(index)
    }
}

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
        (first, last): (Spot, Spot),
        trace: Trace,
    ) -> Option<FindingBuilder> {
        let earlier = self.replay.observe(stream, report.first.clone(), trace)?;
        // In another stream it may be a copy of the log.
        let code = if earlier.stream == stream { Code::ChainRepeated } else { Code::ChainElsewhere };
        let message = format!("the same chain stands at {}:{}", earlier.place.file, earlier.place.line);
        Some(FindingBuilder::of(code, message).over(first, last, report.entries))
    }
}
