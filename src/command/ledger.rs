//! A run with a ledger: opened before the work, held against the chains, written last. And the verbs that look into a ledger
//! or prune it.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rayon::prelude::*;

use super::unchanged::{ReadFile, UnchangedFile, read_from_the_beginning};
use crate::failure::Failure;
use crate::key::KeySet;
use crate::ledger::anchor::TreeHead;
use crate::ledger::memory::{Learned, Memory};
use crate::ledger::record::{InputRecord, RunRecord, StreamRecord};
use crate::ledger::resumption::{KnownFiles, Resumption};
use crate::ledger::unchanged::UnchangedBy;
use crate::ledger::{Ledger, LedgerError, LedgerErrorKind, Opening};
use crate::line::Place;
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, write_ledger};
use crate::plan::{LedgerPlan, LedgerTask, LedgerVerbPlan, VerificationPlan};
use crate::source::{self, Input, Opened, Origin, Stream};
use crate::verdict::code::{Code, Policy};
use crate::verdict::{Expectations, Judge};

/// Files that have grown are held open from the hashing of their beginnings on, so many at most: each takes a descriptor.
const HELD_OPEN_MAX: usize = 256;

/// What an answer says of a ledger itself.
struct Remark {
    code: Code,
    /// The line of the ledger that it is about; 0 is all of it.
    line: u64,
    message: String,
    hint: &'static str,
}

/// A stream that begins as it did.
pub(super) struct UnchangedStream {
    pub(super) resumption: Resumption,
    /// The files in front of the one that is read on.
    before: Vec<Option<UnchangedFile>>,
    pub(super) last: UnchangedFile,
}

impl UnchangedStream {
    /// A stream that begins as an earlier run left it. What is remembered of its files is hashed, or believed where that was asked
    /// for.
    pub(super) fn find(
        (memory, known): (&Memory, &KnownFiles<'_>),
        stream: &Stream,
        keys: &KeySet,
        by: &[UnchangedBy],
        open: &(dyn Fn(&Input) -> io::Result<Opened> + Sync),
    ) -> Option<Self> {
        let find = |file: &Input| UnchangedFile::find(file, known, by, open);
        let mut files: Vec<Option<UnchangedFile>> = stream.files.par_iter().map(find).collect();
        let prefixes: Vec<_> = files.iter().map(|file| file.as_ref().map(|it| it.prefix)).collect();
        // What a stranger can seal by now has to be told of each entry.
        let trusts = |fingerprint: &str| {
            let known = keys.of(stream.inventoried).keys().iter().find(|key| key.fingerprint() == fingerprint);
            known.is_some_and(|key| !key.is_compromised())
        };
        let resumption = Resumption::find(memory, &prefixes, &trusts)?;
        let last = files.get_mut(resumption.file)?.take()?;
        files.truncate(resumption.file);
        Some(Self { resumption, before: files, last })
    }
}

/// A ledger from before the work to behind it.
pub(super) struct LedgerSession<'p> {
    plan: &'p LedgerPlan,
    /// None when it cannot be used: what the log says is told all the same, and nothing is remembered of it.
    ledger: Option<Ledger>,
    /// What is to be said of it.
    remark: Option<Remark>,
    inputs: Mutex<Vec<Arc<Mutex<ReadFile>>>>,
    /// The inputs that are not read from their beginnings, and how many of their lines are not, by their names.
    unchanged: Mutex<HashMap<Arc<str>, (UnchangedFile, u64)>>,
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
                is_partial: false,
            }),
        };
        if let Some(Remark { code, line, message, hint }) = &self.remark {
            let place = Place { file: self.plan.path.to_string_lossy().into(), line: *line };
            judge.ledger(place, *code, message, hint)?;
        }
        Ok(judge)
    }

    /// Opens an input whose text is hashed. One that begins as it did is read on behind its beginning: the very file that was
    /// hashed, whatever lies there by now.
    fn open_input(&self, input: &Input, open: &dyn Fn(&Input) -> io::Result<Opened>) -> io::Result<Opened> {
        let read = Arc::new(Mutex::new(ReadFile { record: record_of(input), stat: None }));
        self.inputs.lock().push(Arc::clone(&read));
        let unchanged = self.unchanged.lock().remove(&input.shown);
        Ok(match unchanged {
            Some((unchanged, lines)) => unchanged.read_on(lines, read),
            None => read_from_the_beginning(open(input)?, &self.plan.unchanged_by, read),
        })
    }

    /// For each stream, whether it begins as an earlier run left it.
    pub(super) fn resumptions(&self, streams: &[Stream], keys: &KeySet) -> Vec<Option<Resumption>> {
        let Some(memory) = self.ledger.as_ref().map(Ledger::memory) else { return Vec::new() };
        let (known, held_open) = (KnownFiles::of(memory), AtomicUsize::new(0));
        let resumption = |stream: &Stream| {
            let by = &self.plan.unchanged_by;
            let found = UnchangedStream::find((memory, &known), stream, keys, by, &source::open)?;
            let may_hold = found.last.prefix.is_whole || held_open.fetch_add(1, Ordering::Relaxed) < HELD_OPEN_MAX;
            may_hold.then_some(found)
        };
        let found: Vec<_> = streams.par_iter().map(resumption).collect();
        let enter = |(stream, found): (&Stream, Option<UnchangedStream>)| {
            let UnchangedStream { resumption, before, last } = found?;
            let name = Arc::clone(&stream.files[resumption.file].shown);
            self.unchanged.lock().insert(name, (last, resumption.lines_before()));
            for (input, known) in stream.files.iter().zip(before.iter().flatten()) {
                self.inputs.lock().push(Arc::new(Mutex::new(known.to_read(record_of(input)))));
            }
            Some(resumption)
        };
        streams.iter().zip(found).map(enter).collect()
    }

    /// Everything is read from its beginning after all.
    pub(super) fn begin_again(&self) {
        self.inputs.lock().clear();
        self.unchanged.lock().clear();
    }

    /// Remembers the run. Nothing is remembered of a log that was altered; of one that could not be decided on, that there
    /// was a run.
    ///
    /// # Errors
    /// When the ledger cannot be written; it is what it was then.
    fn commit(self, outcome: Outcome, policy: Policy, mut learned: Learned) -> Result<(), Failure> {
        let Some(ledger) = self.ledger.filter(|_| outcome != Outcome::Tampered) else { return Ok(()) };
        let inputs: Vec<ReadFile> = self.inputs.lock().iter().map(|input| input.lock().clone()).collect();
        learned.streams.retain_mut(|stream| complete(&mut stream.record, &inputs));
        let inputs = inputs.into_iter().map(|read| read.record).collect();
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
        Some(ledger) => ledger.open_input(input, open),
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
    let mut record = InputRecord { path, bytes: 0, sha256: None, device: None, inode: None, unchanged_by: None };
    #[cfg(unix)]
    if let Origin::Path(path) = &input.origin
        && let Ok(metadata) = path.metadata()
    {
        use std::os::unix::fs::MetadataExt as _;
        (record.device, record.inode) = (Some(metadata.dev().to_string()), Some(metadata.ino().to_string()));
    }
    record
}

/// Enters the hashes of a stream's files, and what the file system said of them; false when one is not known to its end.
fn complete(stream: &mut StreamRecord, inputs: &[ReadFile]) -> bool {
    stream.files.iter_mut().all(|file| {
        let is_it = |input: &InputRecord| input.path == file.path && input.bytes == file.bytes;
        let Some(input) = inputs.iter().find(|input| is_it(&input.record)) else { return false };
        let Some(sha256) = input.record.sha256 else { return false };
        (file.sha256, file.stat) = (sha256, input.stat.clone());
        true
    })
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
    use crate::ledger::record::Hash;
    use std::collections::{BTreeMap, HashSet};

    fn plan() -> LedgerPlan {
        LedgerPlan {
            path: "acra.ledger".into(),
            required: false,
            retention_ms: None,
            arguments: Vec::new(),
            unchanged_by: Vec::new(),
            now: LogTime { unix_ms: 0 },
        }
    }

    fn session(plan: &LedgerPlan) -> LedgerSession<'_> {
        LedgerSession { plan, ledger: None, remark: None, inputs: Mutex::default(), unchanged: Mutex::default() }
    }

    #[test]
    fn the_very_file_that_was_hashed_is_read_on_whatever_lies_there_by_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |text: &str| (text.len() as u64, HashSet::from([Hash::of(text.as_bytes())]));
        let known = |prefixes| KnownFiles { prefixes, ..KnownFiles::default() };
        let with_empty = known(BTreeMap::from([of("as it was\n"), of("")]));
        let known = known(BTreeMap::from([of("as it was\n")]));
        for (text, known, rest) in [
            ("as it was\n", &known, Some("")),
            ("as it was\nand more\n", &with_empty, Some("and more\n")),
            ("as it WAS\n", &known, None),
            ("as", &known, None),
            ("as", &with_empty, Some("as")),
            ("as it WAS\n", &with_empty, Some("as it WAS\n")),
            ("", &with_empty, Some("")),
        ] {
            let path = folder.path().join("acra.log");
            std::fs::write(&path, text).expect("a file of our own");
            let (plan, input) = (plan(), Input::path(path.clone()));
            let session = session(&plan);
            let found = UnchangedFile::find(&input, known, &[], &source::open);
            assert_eq!(found.is_some(), rest.is_some(), "{text}");
            let Some(found) = found else { continue };
            assert_eq!(found.prefix.is_whole, rest == Some(""), "{text}");
            session.unchanged.lock().insert(Arc::clone(&input.shown), (found, 1));
            std::fs::remove_file(&path).expect("rotated away");
            std::fs::write(&path, "another file in its place\n").expect("a file of our own");
            let opened = session.open_input(&input, &source::open).expect("it is open");
            assert_eq!(opened.first_line, 2, "{text}");
            assert_eq!(Some(&*io::read_to_string(opened.reader).expect("text")), rest);
            let record = session.inputs.lock()[0].lock().record.clone();
            assert_eq!((record.bytes, record.sha256), (text.len() as u64, Some(Hash::of(text.as_bytes()))), "{text}");
        }
    }
}
