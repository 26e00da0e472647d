//! What outlives a stream: the findings told so far and the outcome that follows from them, the chains seen, what each key did.
//! Streams are judged without it: they return rulings, which are carried out here, and read the [`Context`] of the run.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::Arc;

use super::code::{Class, Code, Demands};
use super::comparison::Comparison;
use super::replay::{Replay, Trace};
use super::report::{ChainCounts, ChainReport, ChainVerdict, FileReport, Finding, KeyReport, Limit, Sink, Summary};
use super::rulings::{Context, FindingBuilder, LinePosition, Ruling, place_of};
use crate::entry::Format;
use crate::key::{AuditKey, KeySet};
use crate::outcome::Outcome;

/// See the file's head.
pub(super) struct RunState<'s> {
    pub(super) recorder: Recorder<'s>,
    pub(super) replay: Replay,
    pub(super) comparison: Comparison,
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
            replay: Replay::default(),
            comparison: Comparison::default(),
            keys: all.iter().map(|key| report(key)).collect(),
            limits: Vec::new(),
            context: Context::of(&all, forced, &demands),
            recorder: Recorder::new(sink, demands),
        }
    }

    /// What the judge of a stream needs to know that is verified with these keys.
    pub(super) fn context(&self, keys: &KeySet) -> Arc<Context> {
        Arc::new(self.context.with(keys))
    }

    /// Carries out what was decided about the files of a stream.
    pub(super) fn carry_out(
        &mut self,
        (stream, name): (usize, &Arc<str>),
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
                Ruling::Remembered { key, chains } => {
                    if let Some(key) = self.keys.get_mut(key) {
                        key.chains += chains;
                    }
                }
                Ruling::RememberedClosed(chains) => self.recorder.chains.closed += chains,
                Ruling::Chain(report) => self.recorder.chain(report)?,
                Ruling::Followed { report, first, last, trace, ends } => {
                    if self.context.expectations.as_ref().is_some_and(|it| !it.is_partial) {
                        self.comparison.observe(name, &report, ends);
                    }
                    if let Some(finding) = self.repetition(stream, &report, (first, last), trace) {
                        self.recorder.record(finding, files)?;
                    }
                    self.recorder.chain(report)?;
                }
                Ruling::Resumed(chain) => self.comparison.resume(stream, chain),
                Ruling::Checkpoint(checkpoint) => self.comparison.keep(checkpoint),
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

/// Gives every finding its class, passes it on, and keeps the counts from which the outcome follows. The only place where
/// an outcome is computed.
pub(super) struct Recorder<'s> {
    sink: &'s mut (dyn Sink + Send),
    demands: Demands,
    outcome: Outcome,
    default_outcome: Outcome,
    /// Of the findings since the current stream began.
    stream_outcome: Outcome,
    pub(super) by_code: BTreeMap<Code, u64>,
    pub(super) chains: ChainCounts,
}

impl<'s> Recorder<'s> {
    pub(super) fn new(sink: &'s mut (dyn Sink + Send), demands: Demands) -> Self {
        Self {
            sink,
            demands,
            outcome: Outcome::Intact,
            default_outcome: Outcome::Intact,
            stream_outcome: Outcome::Intact,
            by_code: BTreeMap::new(),
            chains: ChainCounts::default(),
        }
    }

    pub(super) fn demands(&self) -> &Demands {
        &self.demands
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(super) fn begin_stream(&mut self) -> io::Result<()> {
        self.stream_outcome = Outcome::Intact;
        self.sink.begin_stream()
    }

    /// The answer about the stream alone.
    pub(super) fn stream_outcome(&self) -> Outcome {
        self.stream_outcome
    }

    /// What the default policy says, when that is worse than the outcome.
    pub(super) fn worse_by_default(&self) -> Option<Outcome> {
        (self.default_outcome > self.outcome).then_some(self.default_outcome)
    }

    /// Records an event; `files` are those of the stream its positions point into.
    pub(super) fn record(&mut self, event: FindingBuilder, files: &mut [FileReport]) -> io::Result<()> {
        let class = self.demands.class(event.code);
        self.outcome = self.outcome.merge(class.outcome());
        self.stream_outcome = self.stream_outcome.merge(class.outcome());
        self.default_outcome = self.default_outcome.merge(Demands::default().class(event.code).outcome());
        *self.by_code.entry(event.code).or_default() += 1;
        if let Some(first) = event.first {
            let last = event.last.unwrap_or(first);
            let (from, to) = if event.is_of_whole_stream { (0, files.len()) } else { (first.file, last.file + 1) };
            for file in files.iter_mut().take(to).skip(from) {
                file.worst = file.worst.max(class);
            }
        }
        let finding = self.finding(event, class, files);
        self.sink.finding(finding)
    }

    /// Whether somebody wants to know by now what would be found if the stream ended here.
    pub(super) fn wants_outlook(&self) -> bool {
        self.sink.wants_outlook()
    }

    /// What would be found in these files. It counts for nothing yet.
    pub(super) fn outlook(&mut self, rulings: Vec<Ruling>, files: &[FileReport]) -> io::Result<()> {
        let finding = |ruling| {
            let Ruling::Finding(event) = ruling else { return None };
            let class = self.demands.class(event.code);
            Some(self.finding(event, class, files))
        };
        let findings = rulings.into_iter().filter_map(finding).collect();
        self.sink.outlook(findings)
    }

    fn finding(&self, event: FindingBuilder, class: Class, files: &[FileReport]) -> Finding {
        let hex_of = |bytes: Option<[u8; 2]>| bytes.map(hex::encode);
        Finding {
            code: event.code,
            class,
            place: event.place.or_else(|| event.first.map(|position| place_of(files, position))),
            through: event.last.map(|position| place_of(files, position)),
            lines: event.lines,
            message: event.message,
            // A hint says how to waive the finding; when that was done there is nothing to advise.
            hint: event
                .hint
                .filter(|_| class > Class::Note && class == event.code.class(self.demands.policy))
                .map(str::to_owned),
            expected: hex_of(event.seals.0),
            found: hex_of(event.seals.1),
        }
    }

    pub(super) fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        let count = match chain.verdict {
            ChainVerdict::Closed => &mut self.chains.closed,
            ChainVerdict::OpenAtEnd => &mut self.chains.open_at_end,
            ChainVerdict::Unfinished => &mut self.chains.unfinished,
            ChainVerdict::Headless => &mut self.chains.headless,
            ChainVerdict::Broken => &mut self.chains.broken,
        };
        *count += 1;
        self.sink.chain(chain)
    }

    pub(super) fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.sink.files(files)
    }

    pub(super) fn pause(&mut self) -> io::Result<()> {
        self.sink.pause()
    }

    pub(super) fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.sink.finish(summary)
    }
}
