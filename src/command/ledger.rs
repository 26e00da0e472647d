//! A run with a ledger: opened before the work, held against the chains, written last. And the verbs that look into a ledger
//! or prune it.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::key::KeySet;
use crate::ledger::anchor::TreeHead;
use crate::ledger::memory::Learned;
use crate::ledger::record::{Hash, InputRecord, RunRecord, StreamRecord};
use crate::ledger::resumption::{FilePrefix, Resumption, prefix_lengths};
use crate::ledger::{Ledger, LedgerError, LedgerErrorKind, Opening};
use crate::line::Place;
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, write_ledger};
use crate::plan::{LedgerPlan, LedgerTask, LedgerVerbPlan, VerificationPlan};
use crate::source::{self, Input, Opened, Origin, Stream};
use crate::verdict::code::{Code, Policy};
use crate::verdict::{Expectations, Judge};

/// Bytes that are hashed at a time.
const PREFIX_BUFFER_BYTES: usize = 256 << 10;

/// What an answer says of a ledger itself.
struct Remark {
    code: Code,
    /// The line of the ledger that it is about; 0 is all of it.
    line: u64,
    message: String,
    hint: &'static str,
}

/// A ledger from before the work to behind it.
pub(super) struct LedgerSession<'p> {
    plan: &'p LedgerPlan,
    /// None when it cannot be used: what the log says is told all the same, and nothing is remembered of it.
    ledger: Option<Ledger>,
    /// What is to be said of it.
    remark: Option<Remark>,
    inputs: Mutex<Vec<Arc<Mutex<InputRecord>>>>,
    /// The beginnings of inputs that are not read again, by their names.
    unchanged: Mutex<HashMap<Arc<str>, FilePrefix>>,
}

impl<'p> LedgerSession<'p> {
    /// Opens the ledger of a plan.
    ///
    /// # Errors
    /// When another process has it, or it cannot be read or written. That it is not as it was written is an answer, not an
    /// error.
    pub(super) fn open(plan: &'p LedgerPlan, keys: &KeySet) -> Result<Self, Failure> {
        let session =
            |ledger, remark| Self { plan, ledger, remark, inputs: Mutex::default(), unchanged: Mutex::default() };
        let ledger = match Ledger::open(&plan.path, keys) {
            Ok(ledger) => ledger,
            Err(error) => {
                let remark = remark_of(&error).ok_or_else(|| failure_of(&error))?;
                return Ok(session(None, Some(remark)));
            }
        };
        if ledger.opening() == Opening::Known {
            return Ok(session(Some(ledger), None));
        }
        let remark = |code, message: &str, hint| Some(Remark { code, line: 0, message: message.to_owned(), hint });
        if plan.required {
            let message = "there is no ledger, and --ledger-required demands one";
            let hint = "the first run begins one without that flag";
            return Ok(session(None, remark(Code::LedgerMissing, message, hint)));
        }
        let hint = "from the second run on, --ledger-required refuses to begin again";
        Ok(session(Some(ledger), remark(Code::LedgerNew, "first run: nothing to compare with", hint)))
    }

    /// Has a judge hold the chains against the ledger.
    fn expect<'s>(&self, judge: Judge<'s>, resumptions: Vec<Option<Resumption>>) -> io::Result<Judge<'s>> {
        let mut judge = match &self.ledger {
            None => judge,
            Some(ledger) => judge.expecting(Expectations {
                memory: Arc::clone(ledger.memory()),
                retention_ms: self.plan.retention_ms,
                arguments: self.plan.arguments.clone(),
                resumptions,
            }),
        };
        if let Some(Remark { code, line, message, hint }) = &self.remark {
            let place = Place { file: self.plan.path.to_string_lossy().into(), line: *line };
            judge.ledger(place, *code, message, hint)?;
        }
        Ok(judge)
    }

    /// Hashes the text of an input that was opened.
    fn watch(&self, input: &Input, opened: io::Result<Opened>) -> io::Result<Opened> {
        let record = Arc::new(Mutex::new(record_of(input)));
        lock(&self.inputs).push(Arc::clone(&record));
        let opened = opened?;
        let unchanged = lock(&self.unchanged).remove(&input.shown);
        if let Some(FilePrefix { bytes, sha256, is_whole: true }) = unchanged {
            // Nothing stood behind it: what was hashed is what the answer is about.
            let reader = HashedText { text: Box::new(io::empty()), sha256, bytes, record };
            return Ok(Opened { reader: Box::new(reader), ..opened });
        }
        let mut reader = HashedText { text: opened.reader, sha256: Sha256::new(), bytes: 0, record };
        if let Some(prefix) = unchanged {
            io::copy(&mut reader.by_ref().take(prefix.bytes), &mut io::sink())?;
            // It may have been rotated away, or written over, since it was opened to be hashed.
            if reader.bytes != prefix.bytes || reader.sha256.clone().finalize() != prefix.sha256.finalize() {
                return Err(io::Error::other("the file changed while it was read"));
            }
        }
        Ok(Opened { reader: Box::new(reader), ..opened })
    }

    /// For each stream, whether it begins as an earlier run left it: what is remembered of it is hashed.
    pub(super) fn resumptions(&self, streams: &[Stream], keys: &KeySet) -> Vec<Option<Resumption>> {
        let Some(memory) = self.ledger.as_ref().map(Ledger::memory) else { return Vec::new() };
        let lengths = prefix_lengths(memory);
        let resumption = |stream: &Stream| {
            let files: Option<Vec<_>> = stream.files.par_iter().map(|file| prefixes(file, &lengths)).collect();
            // What a stranger can seal by now has to be told of each entry.
            let trusts = |fingerprint: &str| {
                let known = keys.of(stream.inventoried).keys().iter().find(|key| key.fingerprint() == fingerprint);
                known.is_some_and(|key| !key.is_compromised())
            };
            Resumption::find(memory, &files?, &trusts)
        };
        let resumptions: Vec<_> = streams.par_iter().map(resumption).collect();
        for (stream, resumption) in streams.iter().zip(&resumptions) {
            let Some(Resumption { record, file, prefix, .. }) = resumption else { continue };
            lock(&self.unchanged).insert(Arc::clone(&stream.files[*file].shown), prefix.clone());
            for (input, known) in stream.files[..*file].iter().zip(&record.files) {
                let record = InputRecord { bytes: known.bytes, sha256: Some(known.sha256), ..record_of(input) };
                lock(&self.inputs).push(Arc::new(Mutex::new(record)));
            }
        }
        resumptions
    }

    /// Everything is read from its beginning after all.
    pub(super) fn begin_again(&self) {
        lock(&self.inputs).clear();
        lock(&self.unchanged).clear();
    }

    /// Remembers the run. Nothing is remembered of a log that was altered; of one that could not be decided on, that there
    /// was a run.
    ///
    /// # Errors
    /// When the ledger cannot be written; it is what it was then.
    fn commit(self, outcome: Outcome, policy: Policy, mut learned: Learned) -> Result<(), Failure> {
        let Some(ledger) = self.ledger.filter(|_| outcome != Outcome::Tampered) else { return Ok(()) };
        let inputs: Vec<InputRecord> = lock(&self.inputs).iter().map(|input| lock(input).clone()).collect();
        learned.streams.retain_mut(|stream| complete(&mut stream.record, &inputs));
        let run = RunRecord {
            when: self.plan.now.unix_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            policy: policy.name().to_owned(),
            outcome: outcome.name().to_owned(),
            arguments: self.plan.arguments.clone(),
            inputs,
        };
        let learned = if outcome == Outcome::Undecided { Learned::default() } else { learned };
        ledger.commit(run, &learned).map_err(|error| failure_of(&error))
    }
}

/// A judge that holds the chains against the ledger of a run, where it has one.
pub(super) fn expecting<'s>(
    ledger: Option<&LedgerSession<'_>>,
    judge: Judge<'s>,
    resumptions: Vec<Option<Resumption>>,
) -> io::Result<Judge<'s>> {
    match ledger {
        Some(ledger) => ledger.expect(judge, resumptions),
        None => Ok(judge),
    }
}

/// Opens an input, and hashes its text for the ledger of a run, where it has one.
pub(super) fn watched(
    ledger: Option<&LedgerSession<'_>>,
    input: &Input,
    open: &dyn Fn(&Input) -> io::Result<Opened>,
) -> io::Result<Opened> {
    match ledger {
        Some(ledger) => ledger.watch(input, open(input)),
        None => open(input),
    }
}

/// Remembers a run, where it has a ledger, and returns its answer; a ledger that cannot be written costs it.
pub(super) fn remembered(
    ledger: Option<LedgerSession<'_>>,
    verdict: Outcome,
    answer: Outcome,
    plan: &VerificationPlan,
    learned: Learned,
) -> Outcome {
    let Some(ledger) = ledger else { return answer };
    match ledger.commit(verdict, plan.demands.policy, learned) {
        Ok(()) => answer,
        Err(failure) => {
            Diagnostics::stderr().failure(&failure);
            answer.merge(Outcome::Undecided)
        }
    }
}

/// What an answer says of a ledger that is not as it was written.
fn remark_of(error: &LedgerError) -> Option<Remark> {
    let (code, hint) = match error.kind {
        LedgerErrorKind::Locked | LedgerErrorKind::Missing | LedgerErrorKind::Io(..) => return None,
        LedgerErrorKind::Removed => {
            (Code::LedgerMissing, "restore it from a backup; to begin anew on purpose, remove the lock file as well")
        }
        LedgerErrorKind::Older => {
            (Code::LedgerOlder, "look for the newest copy; to go on with this one on purpose, remove the lock file")
        }
        LedgerErrorKind::Damaged(..) => (Code::LedgerDamaged, "restore it from a backup, or begin a new one"),
        LedgerErrorKind::Foreign => (Code::LedgerDamaged, "give the key of the logs that it was written for"),
    };
    Some(Remark { code, line: error.line().unwrap_or_default(), message: error.kind.to_string(), hint })
}

pub(super) fn failure_of(error: &LedgerError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.kind {
        LedgerErrorKind::Locked => failure.with_hint("wait until it is done; two runs cannot write one ledger at once"),
        LedgerErrorKind::Missing => failure.with_hint("`acralog verify --ledger FILE` begins one"),
        LedgerErrorKind::Io(..) => failure.with_hint("the ledger, its lock file and their folder must be writable"),
        _ => failure,
    }
}

fn record_of(input: &Input) -> InputRecord {
    let path = input.shown.to_string();
    let mut record = InputRecord { path, bytes: 0, sha256: None, device: None, inode: None };
    #[cfg(unix)]
    if let Origin::Path(path) = &input.origin
        && let Ok(metadata) = path.metadata()
    {
        use std::os::unix::fs::MetadataExt as _;
        (record.device, record.inode) = (Some(metadata.dev().to_string()), Some(metadata.ino().to_string()));
    }
    record
}

/// Enters the hashes of a stream's files; false when one is not known to its end.
fn complete(stream: &mut StreamRecord, inputs: &[InputRecord]) -> bool {
    stream.files.iter_mut().all(|file| {
        let input = inputs.iter().find(|input| input.path == file.path && input.bytes == file.bytes);
        let Some(sha256) = input.and_then(|input| input.sha256) else { return false };
        file.sha256 = sha256;
        true
    })
}

/// The beginnings of a file that have one of these lengths, hashed. None of what can be read once only, or may have to be
/// decoded from its beginning.
fn prefixes(input: &Input, lengths: &BTreeSet<u64>) -> Option<Vec<FilePrefix>> {
    let Origin::Path(path) = &input.origin else { return None };
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = source::open(input).ok()?.reader;
    let (mut sha256, mut bytes, mut prefixes) = (Sha256::new(), 0, Vec::new());
    let mut buffer = vec![0; PREFIX_BUFFER_BYTES];
    for &length in lengths {
        while bytes < length {
            let room = usize::try_from(length - bytes).map_or(buffer.len(), |left| left.min(buffer.len()));
            let count = text.read(&mut buffer[..room]).ok()?;
            if count == 0 {
                if let Some(last) = prefixes.last_mut().filter(|last: &&mut FilePrefix| last.bytes == bytes) {
                    last.is_whole = true;
                }
                return Some(prefixes);
            }
            if bytes == 0 && (buffer[..count.min(4)].contains(&0) || matches!(buffer[0], 0xfe | 0xff)) {
                return None;
            }
            sha256.update(&buffer[..count]);
            bytes += count as u64;
        }
        prefixes.push(FilePrefix { bytes, sha256: sha256.clone(), is_whole: false });
    }
    let is_whole = text.read(&mut buffer[..1]).ok()? == 0;
    if let Some(last) = prefixes.last_mut() {
        last.is_whole = is_whole;
    }
    Some(prefixes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A text that is hashed while it is read. The hash is told at its end.
struct HashedText {
    text: Box<dyn Read + Send>,
    sha256: Sha256,
    bytes: u64,
    record: Arc<Mutex<InputRecord>>,
}

impl Read for HashedText {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(out)?;
        self.sha256.update(&out[..count]);
        self.bytes += count as u64;
        if count == 0 && !out.is_empty() {
            let mut record = lock(&self.record);
            (record.bytes, record.sha256) = (self.bytes, Some(Hash(self.sha256.clone().finalize().into())));
        }
        Ok(count)
    }
}

/// Does with a ledger what was planned, and writes the answer to `to`.
///
/// # Errors
/// When the ledger cannot be read, is not as it was written, or cannot be written.
pub fn run(plan: &LedgerVerbPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let open = || Ledger::open_to_read(&plan.path, &plan.keys).map_err(|error| failure_of(&error));
    match &plan.action {
        LedgerTask::Show(format, palette) => super::printed(write_ledger(to, &open()?, (*format, *palette))),
        LedgerTask::Anchor => super::printed(writeln!(to, "{}", open()?.anchor())),
        LedgerTask::Check(anchor) => check(&open()?, anchor.as_ref(), to),
        LedgerTask::Prune { before, now } => {
            // Where there is none, none is begun.
            drop(open()?);
            let ledger = Ledger::open(&plan.path, &plan.keys).map_err(|error| failure_of(&error))?;
            let retired = ledger.retire(*before, *now).map_err(|error| failure_of(&error))?;
            let what = if retired == 1 { "1 chain was".to_owned() } else { format!("{retired} chains were") };
            let path = plan.path.display();
            super::printed(writeln!(to, "{path}: {what} given up whose last entry is older than {before}"))
        }
    }
}

fn check(ledger: &Ledger, anchor: Option<&TreeHead>, to: &mut dyn Write) -> Result<Exit, Failure> {
    let (path, records) = (ledger.path().display(), ledger.lines());
    let (answer, exit) = match anchor {
        None => (format!("every one of its {records} records is as it was written"), Exit::Done),
        Some(anchor) if ledger.grew_from(anchor) => {
            (format!("its first {} of {records} records are those of the anchor", anchor.size), Exit::Done)
        }
        Some(anchor) if anchor.origin != ledger.anchor().origin => {
            ("it is another ledger than that of the anchor".to_owned(), Exit::Nothing)
        }
        Some(anchor) if anchor.size > records as u64 => {
            (format!("it has {records} records, and had {}: records were removed", anchor.size), Exit::Nothing)
        }
        Some(anchor) => (format!("its first {} records are not those of the anchor", anchor.size), Exit::Nothing),
    };
    super::printed(writeln!(to, "{path}: {answer}")).map(|_| exit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::LogTime;

    fn plan() -> LedgerPlan {
        LedgerPlan {
            path: "acra.ledger".into(),
            required: false,
            retention_ms: None,
            arguments: Vec::new(),
            now: LogTime { unix_ms: 0 },
        }
    }

    fn session(plan: &LedgerPlan) -> LedgerSession<'_> {
        LedgerSession { plan, ledger: None, remark: None, inputs: Mutex::default(), unchanged: Mutex::default() }
    }

    #[test]
    fn of_a_file_that_was_hashed_whole_nothing_more_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("acra.log");
        std::fs::write(&path, "as it was\nand more since\n").expect("a file of our own");
        let (plan, input) = (plan(), Input::path(path));
        let session = session(&plan);
        let sha256 = Sha256::new_with_prefix("as it was\n");
        let known = Hash(sha256.clone().finalize().into());
        lock(&session.unchanged).insert(Arc::clone(&input.shown), FilePrefix { bytes: 10, sha256, is_whole: true });
        let opened = session.watch(&input, source::open(&input)).expect("a file of our own");
        assert_eq!(io::read_to_string(opened.reader).expect("nothing"), "");
        let record = lock(&lock(&session.inputs)[0]).clone();
        assert_eq!((record.bytes, record.sha256), (10, Some(known)));
    }

    #[test]
    fn a_file_that_was_replaced_after_its_beginning_was_hashed_is_not_read_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("acra.log");
        let plan = plan();
        let input = Input::path(path.clone());
        for (text, rest) in
            [("as it was\nand more\n", Some("and more\n")), ("as it WAS\nand more\n", None), ("as", None)]
        {
            std::fs::write(&path, text).expect("a file of our own");
            let session = session(&plan);
            let prefix = FilePrefix { bytes: 10, sha256: Sha256::new_with_prefix("as it was\n"), is_whole: false };
            lock(&session.unchanged).insert(Arc::clone(&input.shown), prefix);
            let opened = session.watch(&input, source::open(&input));
            let read = opened.and_then(|opened| io::read_to_string(opened.reader)).ok();
            assert_eq!(read.as_deref(), rest, "{text}");
        }
    }
}
