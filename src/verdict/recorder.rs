//! Gives every finding its class, passes it on, and keeps the counts from which the outcome follows. The only place where
//! an outcome is computed.

use std::collections::BTreeMap;
use std::io;

use super::code::{Class, Code};
use super::policy::Demands;
use super::report::{ChainCounts, ChainReport, ChainVerdict, FileReport, Finding, Sink, Summary};
use super::rulings::{FindingBuilder, place_of};
use crate::line::Place;
use crate::outcome::Outcome;

/// See the file's head.
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
    pub(super) fn end_stream(&self) -> Outcome {
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
        let hex_of = |bytes: Option<[u8; 2]>| bytes.map(hex::encode);
        self.sink.finding(Finding {
            code: event.code,
            class,
            place: match event.path {
                Some(file) => Some(Place { file, line: 0 }),
                None => event.first.map(|position| place_of(files, position)),
            },
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
        })
    }

    /// Records a finished chain.
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
