//! Judges a run: one stream after the other, then the whole. What outlives a stream is left to `run_state`, the lines
//! themselves to `stream`.

use std::io;
use std::sync::Arc;

use super::code::{Code, Demands};
use super::comparison::is_settled;
use super::expectations::Expectations;
use super::report::{Account, FileReport, Limit, Sink, StreamReport, Summary};
use super::rulings::FindingBuilder;
use super::run_state::RunState;
use super::stream::{Finished, MISSING_HINT, StreamJudge};
use crate::chain::{Checkpoint, Followed, Recovered};
use crate::entry::Format;
use crate::key::KeySet;
use crate::ledger::memory::Learned;
use crate::ledger::resumption::Resumption;
use crate::line::Place;
use crate::outcome::Outcome;
use crate::reading::FileEvent;
use crate::source::Stream;

/// What a run comes to.
#[derive(Debug)]
pub struct Judged {
    pub outcome: Outcome,
    /// What is to be remembered when the answer is worth it.
    pub learned: Learned,
    /// Nothing was found that only a walk over everything could explain.
    pub is_settled: bool,
}

/// See the file's head.
pub struct Judge<'s> {
    state: RunState<'s>,
    streams: Vec<StreamReport>,
    account: Account,
    files: u64,
}

impl<'s> Judge<'s> {
    /// A judge that tells `sink` what it finds. `forced` is the only format that sealed lines may have.
    pub fn new(sink: &'s mut (dyn Sink + Send), demands: Demands, keys: &KeySet, forced: Option<Format>) -> Self {
        let state = RunState::new(sink, demands, keys, forced);
        Self { state, streams: Vec::new(), account: Account::default(), files: 0 }
    }

    /// Holds the chains against what a ledger remembers.
    #[must_use]
    pub fn expecting(mut self, expectations: Expectations) -> Self {
        self.state.context.expectations = Some(Arc::new(expectations));
        self
    }

    /// Where the next stream is gone on with, when it need not be read from its beginning.
    pub fn resumption(&self) -> Option<&Resumption> {
        self.state.context.expectations.as_ref()?.resumptions.get(self.streams.len())?.as_ref()
    }

    /// Where chains may be resumed in this stream, when it is read from its beginning.
    pub fn checkpoints_for(&self, stream: &Stream) -> Vec<Checkpoint> {
        let expectations = self.state.context.expectations.as_ref();
        expectations.map(|it| it.memory.checkpoints_for(&stream.name)).unwrap_or_default()
    }

    /// Something about the ledger itself.
    pub fn ledger(&mut self, place: Place, code: Code, message: &str, hint: &'static str) -> io::Result<()> {
        let event = FindingBuilder::of(code, message).of_place(place).hint(hint);
        self.state.recorder.record(event, &mut [])
    }

    /// What was asked for names no file.
    pub fn missing(&mut self, path: &str, why: &str) -> io::Result<()> {
        let event = FindingBuilder::of(Code::FileMissing, why).of_path(path).hint(MISSING_HINT);
        self.state.recorder.record(event, &mut [])
    }

    /// An input that cannot be read at all.
    pub fn unusable(&mut self, path: &str, why: &str) -> io::Result<()> {
        self.state.recorder.record(FindingBuilder::of(Code::FileUnreadable, why).of_path(path), &mut [])
    }

    /// A file of a directory that is not read.
    pub fn skipped(&mut self, path: &str, why: &str) -> io::Result<()> {
        self.state.recorder.record(FindingBuilder::of(Code::FileSkipped, why).of_path(path), &mut [])
    }

    /// A stream that is verified with these keys: what to tell of it, and then to finish.
    pub fn stream(&mut self, stream: &Stream, keys: &KeySet) -> io::Result<JudgedStream<'_, 's>> {
        let context = self.state.context(keys);
        let mut judge = StreamJudge::new(self.streams.len(), stream, context);
        if let Some(expectations) = self.state.context.expectations.clone()
            && let Some(Some(resumption)) = expectations.resumptions.get(self.streams.len())
        {
            judge.restore(resumption, &expectations.memory);
            self.state.comparison.take_unchanged(stream, &expectations.memory, &resumption.record);
        }
        self.state.recorder.begin_stream()?;
        let twins =
            stream.files.iter().enumerate().flat_map(|(at, file)| file.twins.iter().map(move |twin| (at, twin)));
        for (file, twin) in twins {
            let message = format!("{} stands for the same rotation and holds something else", twin.to_string_lossy());
            let event = FindingBuilder::of(Code::FileTwinDiffers, message)
                .of_file(file)
                .hint("which of the two is the log? Move the other one away, or read them one by one");
            self.state.recorder.record(event, &mut judge.out.files)?;
        }
        Ok(JudgedStream { run: self, stream: judge })
    }

    /// A file that stands for the same lines as another one, and is not read.
    pub fn double(&mut self, path: &str, why: &str) -> io::Result<()> {
        self.state.recorder.record(FindingBuilder::of(Code::FileDouble, why).of_path(path), &mut [])
    }

    /// All streams are read; the answer.
    pub fn finish(self) -> io::Result<Outcome> {
        self.finish_and_learn().map(|judged| judged.outcome)
    }

    /// The same, with what is to be remembered when the answer is worth it.
    pub fn finish_and_learn(mut self) -> io::Result<Judged> {
        let has_repeated = self.state.comparison.has_repeated();
        let learned = self.compare()?;
        if self.account.total().lines == 0 && self.state.recorder.outcome() == Outcome::Intact {
            // Never exit 0 without proof, not even when every file is missing and may be.
            self.state
                .recorder
                .record(FindingBuilder::of(Code::NothingSigned, "there was nothing to read"), &mut [])?;
        }
        self.tell_unused_keys()?;
        let mut not_shown = std::mem::take(&mut self.state.limits);
        if let chains @ 1.. = self.state.replay.forgotten {
            let what = format!("whether one of the first {chains} chains was repeated: too many to remember");
            not_shown.push(Limit { stream: None, what });
        }
        if not_shown.is_empty() {
            not_shown.push(Limit { stream: None, what: "anything at all: nothing was read".to_owned() });
        }
        let outcome = self.state.recorder.outcome();
        let summary = Summary {
            outcome,
            exit_code: outcome.code(),
            policy: self.state.recorder.demands().policy,
            default_policy_outcome: self.state.recorder.worse_by_default(),
            keys: self.state.keys,
            streams: self.streams,
            chains: self.state.recorder.chains,
            findings_by_code: std::mem::take(&mut self.state.recorder.by_code),
            not_shown,
            account: self.account,
            files: self.files,
        };
        let is_settled = !has_repeated && is_settled(summary.findings_by_code.keys());
        self.state.recorder.finish(summary)?;
        Ok(Judged { outcome, learned, is_settled })
    }

    /// What became of the chains that a ledger remembers.
    fn compare(&mut self) -> io::Result<Learned> {
        let expectations = self.state.context.expectations.clone();
        let Some(expectations) = expectations.filter(|it| !it.is_partial) else { return Ok(Learned::default()) };
        let (comparison, keys) = (std::mem::take(&mut self.state.comparison), &self.state.keys);
        let has_key = |fingerprint: &str| keys.iter().any(|key| key.fingerprint == fingerprint);
        let compared = comparison.conclude(&expectations, &self.state.recorder.by_code, has_key);
        for (stream, finding) in compared.findings {
            let outcome = self.state.recorder.demands().class(finding.code).outcome();
            if let Some(stream) = stream.and_then(|stream| self.streams.get_mut(stream)) {
                stream.outcome = stream.outcome.merge(outcome);
            }
            self.state.recorder.record(finding, &mut [])?;
        }
        self.state.limits.extend(compared.limits);
        Ok(compared.learned)
    }

    /// A key that fits nothing may be the key of a log that is not here, or a mistake. Of a keystore's old keys that is
    /// nothing to wonder about, nor where no key fits: that is said already.
    fn tell_unused_keys(&mut self) -> io::Result<()> {
        if self.state.keys.iter().all(|key| key.chains == 0) {
            return Ok(());
        }
        let given = self.state.keys.iter().zip(&self.state.context.ages);
        let unused: Vec<String> = given
            .filter(|(key, age)| key.chains == 0 && age.is_none())
            .map(|(key, _)| format!("the key {} from {} fits no chain", key.fingerprint, key.source))
            .collect();
        for what in unused {
            let event = FindingBuilder::of(Code::KeyUnused, what)
                .hint("normal for an older key whose logs are gone; else its log is not among these");
            self.state.recorder.record(event, &mut [])?;
        }
        Ok(())
    }
}

/// A stream that is being judged. What was told of it counts once it is finished.
pub struct JudgedStream<'j, 's> {
    run: &'j mut Judge<'s>,
    stream: StreamJudge,
}

impl JudgedStream<'_, '_> {
    /// Judges what comes next of the stream.
    pub fn take(&mut self, event: FileEvent, followed: &Followed<'_>) -> io::Result<()> {
        self.stream.take(event, followed);
        let rulings = self.stream.out.take();
        let stream = (self.run.streams.len(), &self.stream.name);
        self.run.state.carry_out(stream, rulings, &mut self.stream.out.files)?;
        self.look_ahead()
    }

    /// Tells whoever wants to know what would be found if the stream ended here.
    fn look_ahead(&mut self) -> io::Result<()> {
        let recorder = &mut self.run.state.recorder;
        if !recorder.wants_outlook() {
            return Ok(());
        }
        let Finished { rulings, files, .. } = self.stream.clone().finish(&[]);
        recorder.outlook(rulings, &files)
    }

    /// The input has nothing more at once: what was found so far is to be shown.
    pub fn pause(&mut self) -> io::Result<()> {
        self.run.state.recorder.pause()?;
        self.look_ahead()
    }

    /// The stream is read to its end, which showed the places of these lines.
    ///
    /// # Errors
    /// Those of the sink; an internal error when the bytes of a file do not add up.
    pub fn finish(self, recovered: &[Recovered]) -> io::Result<()> {
        let run = self.run;
        let Finished { mut report, mut files, limits, rulings, record } = self.stream.finish(recovered);
        run.state.carry_out((run.streams.len(), &report.name), rulings, &mut files)?;
        run.state.limits.extend(limits);
        if let Some(record) = record {
            run.state.comparison.learn_stream(record);
        }
        report.outcome = run.state.recorder.stream_outcome();
        for file in &files {
            check_bytes(file)?;
            run.account.merge(&file.account);
        }
        run.files += files.len() as u64;
        run.streams.push(report);
        run.state.recorder.files(files)
    }
}

/// Every byte that was read stands in the account, or the answer cannot be trusted.
fn check_bytes(file: &FileReport) -> io::Result<()> {
    let accounted = file.account.total().bytes;
    if accounted == file.bytes {
        return Ok(());
    }
    let (path, bytes) = (&file.path, file.bytes);
    Err(io::Error::other(format!("internal error: {path}: {accounted} of {bytes} bytes accounted for")))
}
