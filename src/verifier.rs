//! Leads the lines of streams through the chains and past the judge, in one pass; and the front door of the library: logs and keys
//! in, a report out. Nothing is written here; reports for people and machines are left to `output`.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use crate::chain::{Followed, Pipeline, Strategy, UndoBudget, UndoEffort};
use crate::explanation::LineExplainer;
use crate::key::KeySet;
use crate::line::{Batch, Limits, Wrapper};
use crate::outcome::Outcome;
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::record::RecordFeed;
use crate::source::{self, Arrangement, Discovery, Input, Lack, Lacking, Opened, Stream};
use crate::verdict::code::{Code, Demands, Policy};
use crate::verdict::report::{ChainReport, FileReport, Finding, Gathering, GatheringLimits, Summary};
use crate::verdict::{Integrity, Judge};

/// Findings that a report holds at most, the heaviest ones; the rest is counted.
const FINDINGS_MAX: usize = 10_000;

/// Chains that a report holds at most, the first ones; the rest is counted.
const CHAINS_MAX: usize = 10_000;

/// Verifies logs with keys, under a policy.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    demands: Demands,
    options: VerifyOptions,
}

/// What a run found out.
#[derive(Debug)]
pub struct Report {
    /// The answer, its exit code, what is proven, and where every byte went.
    pub summary: Summary,
    /// What led to it, in reading order.
    pub findings: Vec<Finding>,
    /// Findings beyond the first ten thousand by weight.
    pub findings_omitted: u64,
    /// The chains, in reading order.
    pub chains: Vec<ChainReport>,
    /// Chains beyond the first ten thousand.
    pub chains_omitted: u64,
    /// The files that were read, in reading order.
    pub files: Vec<FileReport>,
}

/// Why there is no report. That a log cannot be read is no error: the report says so.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// The account of bytes does not come out: no answer of this run can be trusted.
    Internal(io::Error),
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Internal(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Internal(error) => Some(error),
        }
    }
}

impl Report {
    /// The answer.
    pub fn outcome(&self) -> Outcome {
        self.summary.outcome
    }

    /// Whether a code was found.
    pub fn has(&self, code: Code) -> bool {
        self.summary.findings_by_code.contains_key(&code)
    }
}

impl Verifier {
    /// Verifies with these keys, under the default policy.
    pub fn new(keys: KeySet) -> Self {
        Self { keys, demands: Demands::default(), options: VerifyOptions::default() }
    }

    /// Demands what a policy does.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.demands.policy = policy;
        self
    }

    /// Demands that every chain has its end.
    #[must_use]
    pub fn require_end(mut self) -> Self {
        self.demands.require_end = true;
        self
    }

    /// Accepts a finding, where it may be waived at all.
    #[must_use]
    pub fn allow(mut self, code: Code) -> Self {
        self.demands.allowed.insert(code);
        self
    }

    /// Demands all of this.
    #[must_use]
    pub fn demands(mut self, demands: Demands) -> Self {
        self.demands = demands;
        self
    }

    /// How the work is done, and how much.
    #[doc(hidden)]
    #[must_use]
    pub fn options(mut self, options: VerifyOptions) -> Self {
        self.options = options;
        self
    }

    /// Verifies what these paths stand for, as the command line takes them: files, directories, patterns, rotated sets.
    ///
    /// # Errors
    /// When no answer can be trusted.
    pub fn verify(&self, paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Result<Report, VerifyError> {
        let paths: Vec<PathBuf> = paths.into_iter().map(Into::into).collect();
        let discovery = source::discover(&paths, Arrangement::RotationSets);
        self.run(&discovery, &source::open)
    }

    /// Verifies files of one log that are held in memory, oldest first, each with its name.
    ///
    /// # Errors
    /// When no answer can be trusted.
    pub fn verify_bytes<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Report, VerifyError> {
        let (mut inputs, mut contents) = (Vec::new(), BTreeMap::<Arc<str>, Arc<[u8]>>::new());
        for (name, content) in files {
            let input = Input::path(name.into());
            contents.insert(Arc::clone(&input.shown), Arc::from(content));
            inputs.push(input);
        }
        let discovery = Discovery { streams: vec![Stream::new("log", inputs)], ..Discovery::default() };
        let open = |input: &Input| -> io::Result<Opened> {
            let content = contents.get(&input.shown).ok_or(io::ErrorKind::NotFound)?;
            let reader = Box::new(Cursor::new(Arc::clone(content)));
            Ok(Opened::of(reader))
        };
        self.run(&discovery, &open)
    }

    fn run(
        &self,
        discovery: &Discovery,
        open: &(dyn Fn(&Input) -> io::Result<Opened> + Sync),
    ) -> Result<Report, VerifyError> {
        let mut gathering = Gathering::new(GatheringLimits { findings: FINDINGS_MAX, chains: CHAINS_MAX });
        let mut judge = Judge::new(&mut gathering, self.demands.clone(), &self.keys, None);
        let hooks = ReadHooks { open, on_read: &|_| (), followed: None };
        tell_discovery(discovery, &mut judge)
            .and_then(|()| verify(&discovery.streams, &self.keys, self.options, hooks, &mut judge, None))
            .and_then(|()| judge.finish())
            .map_err(VerifyError::Internal)?;
        let gathered = gathering.gathered().ok_or_else(|| VerifyError::Internal(io::Error::other("no answer")))?;
        let (summary, sorted) = (gathered.summary, gathered.sorted);
        Ok(Report {
            summary,
            findings: sorted.findings,
            findings_omitted: sorted.findings_omitted,
            chains: sorted.chains,
            chains_omitted: sorted.chains_omitted,
            files: sorted.files,
        })
    }
}

/// Text of a batch, in bytes: with all that is found out of it, it stays in the cache of a core from one stage to the next.
const BATCH_BYTES: usize = 64 << 10;

/// How the work is done.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// Stages side by side, or one entry after the other. No answer depends on it.
    pub strategy: Strategy,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
    /// How much is done to find out what stood in the place of an altered entry.
    pub undo: UndoEffort,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        let limits = Limits { batch_bytes: BATCH_BYTES, ..Limits::default() };
        Self { limits, strategy: Strategy::default(), wrapper: None, undo: UndoEffort::default() }
    }
}

/// Tells the judge what was asked for and is not among the streams.
///
/// # Errors
/// When the report cannot be written.
pub fn tell_discovery(discovery: &Discovery, judge: &mut Judge<'_>) -> io::Result<()> {
    for Lacking { path, why, lack } in discovery.lacking() {
        let path = path.to_string_lossy();
        match lack {
            Lack::Missing => judge.missing(&path, why)?,
            // Told with the file that it contradicts.
            Lack::Twin => {}
            Lack::Unusable => judge.unusable(&path, why)?,
        }
    }
    for (path, why) in &discovery.doubles {
        judge.double(&path.to_string_lossy(), why)?;
    }
    for (path, why) in &discovery.skipped {
        judge.skipped(&path.to_string_lossy(), why)?;
    }
    Ok(())
}

/// Verifies streams, one after the other, on the threads of the current pool, each with the keys it may be verified with. A
/// sink is fed with every line and what verification says of it, in the same pass.
///
/// # Errors
/// When the report cannot be written, when the sink fails, or the account of bytes does not come out. What cannot be read is
/// a finding, not an error.
pub fn verify(
    streams: &[Stream],
    keys: &KeySet,
    options: VerifyOptions,
    hooks: ReadHooks<'_>,
    judge: &mut Judge<'_>,
    feed: Option<RecordFeed<'_>>,
) -> io::Result<()> {
    walk(streams, keys, options, hooks, judge, Beside { feed, explainer: None })
}

/// The same, and takes one line out of the log to be explained.
///
/// # Errors
/// Those of [`verify`].
pub fn explain(
    streams: &[Stream],
    keys: &KeySet,
    options: VerifyOptions,
    hooks: ReadHooks<'_>,
    judge: &mut Judge<'_>,
    explainer: &mut LineExplainer,
) -> io::Result<()> {
    walk(streams, keys, options, hooks, judge, Beside { feed: None, explainer: Some(explainer) })
}

/// What is done with lines beside judging them.
struct Beside<'a> {
    feed: Option<RecordFeed<'a>>,
    explainer: Option<&'a mut LineExplainer>,
}

fn walk(
    streams: &[Stream],
    keys: &KeySet,
    options: VerifyOptions,
    hooks: ReadHooks<'_>,
    judge: &mut Judge<'_>,
    Beside { mut feed, mut explainer }: Beside<'_>,
) -> io::Result<()> {
    let asked = explainer.as_ref().map(|explainer| explainer.asked());
    let mut pipeline = Pipeline::new(keys.keys(), options.strategy, UndoBudget::new(options.undo));
    let mut scheduled = keys;
    let read_options = ReadOptions { limits: options.limits, wrapper: options.wrapper, search: None };
    for (index, stream) in streams.iter().enumerate() {
        let keys = keys.of(stream.inventoried);
        if !std::ptr::eq(keys, scheduled) {
            let budget = pipeline.undo_budget();
            (pipeline, scheduled) = (Pipeline::new(keys.keys(), options.strategy, budget), keys);
        }
        if let Some(feed) = &mut feed {
            feed.begin_stream(stream)?;
        }
        let (open, file) = judge.resumption().map_or((Vec::new(), 0), |it| (it.checkpoints.clone(), it.file));
        // A chain that is resumed behind an unchanged part needs the order of all that stands there.
        let checkpoints = if judge.resumption().is_some() { Vec::new() } else { judge.checkpoints_for(stream) };
        let mut judged = judge.stream(stream, keys)?;
        let mut reader = StreamReader::new(&stream.files, read_options, hooks).beginning_at(file);
        let mut next = |batch: &mut Batch| {
            let event = reader.next(batch)?;
            asked.iter().for_each(|asked| asked.mark(index, &event, batch));
            Some(event)
        };
        let mut take = |event: FileEvent, followed: Followed<'_>| {
            if let Some(explainer) = &mut explainer {
                explainer.take(index, &event, &followed, keys.keys());
            }
            if let Some(feed) = &mut feed {
                // Whether it wants more does not matter: the answer is about the whole log.
                feed.take(&event, &followed.parsed.batch, Some(&Integrity::of_batch(&followed, keys.keys())))?;
            }
            judged.take(event, &followed)?;
            if followed.parsed.batch.paused { judged.pause() } else { Ok(()) }
        };
        let recovered = pipeline.run((&open, &checkpoints), &mut next, &mut take)?;
        judged.finish(&recovered)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::AuditKey;

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).expect(name)
    }

    fn verifier() -> Verifier {
        let key: [u8; 32] = fixture("keys/audit.key").try_into().expect("32 bytes");
        Verifier::new([AuditKey::new(&key, "the test")].into_iter().collect())
    }

    #[test]
    fn every_demand_of_the_command_line_is_there() {
        let log = fixture("logs/chain_unfinished_crash.json.log");
        let outcome = |verifier: Verifier| verifier.verify_bytes([("a.log", &log[..])]).expect("an answer").outcome();
        assert_eq!(outcome(verifier()), Outcome::Incomplete);
        assert_eq!(outcome(verifier().policy(Policy::Acra)), Outcome::Tampered, "the reference refuses it");
        let allowed = verifier().allow(Code::ChainUnfinished).allow(Code::ChainAltered);
        assert!(!Code::ChainAltered.waivable(), "an alteration cannot be allowed");
        assert_eq!(outcome(allowed), Outcome::Intact);
        let whole = fixture("logs/chain_closed_three.json.log");
        let open = &whole[..whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines") + 1];
        let of_open = |verifier: Verifier| verifier.verify_bytes([("a.log", open)]).expect("an answer").outcome();
        assert_eq!(of_open(verifier()), Outcome::Intact);
        assert_eq!(of_open(verifier().require_end()), Outcome::Incomplete);
        assert_eq!(of_open(verifier().policy(Policy::Strict)), Outcome::Incomplete);
    }

    #[test]
    fn files_are_one_log_and_what_is_missing_is_an_answer() {
        let log = fixture("logs/chain_closed_three.cef.log");
        let (old, new) = log.split_at(log.len() / 2);
        let report = verifier().verify_bytes([("a.log.1", old), ("a.log", new)]).expect("an answer");
        assert_eq!((report.outcome(), report.summary.files, report.chains.len()), (Outcome::Intact, 2, 3));
        let report = verifier().verify(["no/such.log"]).expect("an answer");
        assert_eq!(report.outcome(), Outcome::Undecided);
        assert!(report.has(Code::FileMissing) && report.findings.iter().any(|it| it.code == Code::FileMissing));
    }
}
