//! The file of a ledger: read whole and checked line by line, locked as long as somebody may write into it, and replaced by
//! a longer one, so that at any moment it is the old one or the new one (ledger, section 5).

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{error, fmt};

use rayon::prelude::*;

use super::anchor::TreeHead;
use super::keys::LedgerKeys;
use super::memory::{Learned, Memory, RememberedChain};
use super::record::{self, Hash, LedgerRecord, Line, LineFault, NO_LINE, RetiredRecord, RunRecord};
use crate::entry::LogTime;
use crate::key::KeySet;
use crate::private_file;

/// A ledger is held in memory; a longer file is none.
const LEDGER_BYTES_MAX: u64 = 1 << 30;

/// Longer than any anchor, in bytes.
const ANCHOR_BYTES_MAX: u64 = 4096;

/// Whether a ledger was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// There was none, and none is known to have been.
    New,
    Known,
}

/// A ledger that was read.
pub struct Ledger {
    path: PathBuf,
    opening: Opening,
    keys: LedgerKeys,
    /// The file as it was read.
    text: Vec<u8>,
    /// SHA-256 of each line.
    lines: Vec<Hash>,
    memory: Arc<Memory>,
    /// Held until the ledger is dropped; beside it stands the anchor of the last ledger that was written. None when it was
    /// opened to be read.
    lock: Option<File>,
}

/// Why a ledger cannot be used.
#[derive(Debug)]
pub struct LedgerError {
    pub path: PathBuf,
    pub kind: LedgerErrorKind,
}

#[derive(Debug)]
pub enum LedgerErrorKind {
    /// Another process has it.
    Locked,
    /// It is not there.
    Missing,
    /// It is not there, and was.
    Removed,
    /// It has fewer lines than it had, or other ones.
    Older,
    /// A line of it, from 1, is not as it was written.
    Damaged(u64, String),
    /// None of the keys given wrote into it.
    Foreign,
    /// The system refused: what was tried.
    Io(&'static str, io::Error),
}

impl LedgerErrorKind {
    fn at(self, path: &Path) -> LedgerError {
        LedgerError { path: path.to_owned(), kind: self }
    }
}

impl fmt::Display for LedgerErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => out.write_str("another process is using this ledger"),
            Self::Missing => out.write_str("there is no ledger"),
            Self::Removed => out.write_str("the ledger is gone; its lock file says that there was one"),
            Self::Older => out.write_str("the ledger is older than the last one, of which its lock file tells"),
            Self::Damaged(_, why) => write!(out, "the ledger is damaged: this line {why}"),
            Self::Foreign => out.write_str("no line of this ledger is of a key that was given"),
            Self::Io(what, error) => write!(out, "cannot {what} the ledger: {error}"),
        }
    }
}

impl LedgerError {
    /// The line that is damaged, from 1.
    pub fn line(&self) -> Option<u64> {
        match self.kind {
            LedgerErrorKind::Damaged(line, _) => Some(line),
            _ => None,
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.path.display())?;
        if let Some(line) = self.line() {
            write!(out, "{line}:")?;
        }
        write!(out, " {}", self.kind)
    }
}

impl error::Error for LedgerError {}

impl Ledger {
    /// Opens a ledger to hold a log against it and to go on with it. One that is not there yet begins empty.
    ///
    /// # Errors
    /// When another process has it, it is not as it was written, or the system refuses.
    pub fn open(path: &Path, keys: &KeySet) -> Result<Self, LedgerError> {
        // The file behind a symbolic link is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut lock = lock(&path).map_err(|kind| kind.at(&path))?;
        let head =
            read_head(&mut lock).map_err(|error| LedgerErrorKind::Io("read the lock file of", error).at(&path))?;
        let mut ledger = Self::read(path, keys, Some(lock))?;
        match (ledger.opening, head) {
            (_, None) => {}
            (Opening::New, Some(_)) => return Err(LedgerErrorKind::Removed.at(&ledger.path)),
            // Where the process ended before the anchor was written, the ledger is longer.
            (Opening::Known, Some(head)) if head.is_beginning_of(&ledger.lines) => {}
            (Opening::Known, Some(_)) => return Err(LedgerErrorKind::Older.at(&ledger.path)),
        }
        if ledger.opening == Opening::New {
            // That nothing can be written shows before the work, not after it.
            let probe = new_path(&ledger.path);
            private_file::create_anew(&probe)
                .and_then(|_| fs::remove_file(&probe))
                .map_err(|error| LedgerErrorKind::Io("write into the folder of", error).at(&ledger.path))?;
        }
        ledger.text.shrink_to_fit();
        Ok(ledger)
    }

    /// Opens a ledger that nobody is going to write into.
    ///
    /// # Errors
    /// When there is none, it is not as it was written, or the system refuses.
    pub fn open_to_read(path: &Path, keys: &KeySet) -> Result<Self, LedgerError> {
        let ledger = Self::read(path.to_owned(), keys, None)?;
        match ledger.opening {
            Opening::New => Err(LedgerErrorKind::Missing.at(path)),
            Opening::Known => Ok(ledger),
        }
    }

    fn read(path: PathBuf, keys: &KeySet, lock: Option<File>) -> Result<Self, LedgerError> {
        let keys = LedgerKeys::of(keys);
        let (opening, text) = match read_file(&path) {
            Ok(text) => (Opening::Known, text),
            Err(error) if error.kind() == ErrorKind::NotFound => (Opening::New, Vec::new()),
            Err(error) => return Err(LedgerErrorKind::Io("read", error).at(&path)),
        };
        let (lines, memory) = remember(&text, &keys).map_err(|kind| kind.at(&path))?;
        if opening == Opening::Known && lines.is_empty() {
            return Err(LedgerErrorKind::Damaged(1, "is not there: the file is empty".to_owned()).at(&path));
        }
        if !lines.is_empty() && memory.unreadable() == lines.len() as u64 {
            return Err(LedgerErrorKind::Foreign.at(&path));
        }
        Ok(Self { path, opening, keys, text, lines, memory: Arc::new(memory), lock })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was there.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// What its lines say together.
    pub fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// What is to be kept elsewhere of its lines.
    pub fn anchor(&self) -> TreeHead {
        TreeHead::of(&self.lines)
    }

    /// Whether it grew from the ledger of this anchor.
    pub fn grew_from(&self, anchor: &TreeHead) -> bool {
        anchor.is_beginning_of(&self.lines)
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Goes on with a run and what it proved, and writes it all: the new ledger is there whole, or not at all.
    ///
    /// # Errors
    /// When the system refuses; the ledger is what it was then.
    pub fn commit(self, run: RunRecord, learned: &Learned) -> Result<(), LedgerError> {
        let records = learned.records(run, &self.memory, &self.keys, self.lines.len() as u64);
        let records = records.map_err(|error| LedgerErrorKind::Io("make random numbers for", error).at(&self.path))?;
        self.append(&records)
    }

    /// Gives up the chains whose last entry is older than a moment, and writes that down; how many there were.
    ///
    /// # Errors
    /// When the system refuses; the ledger is what it was then.
    pub fn retire(self, before: LogTime, now: LogTime) -> Result<usize, LedgerError> {
        let is_old = |it: &&RememberedChain| it.chain.ended.is_some_and(|ended| ended < before) && !it.is_retired;
        let chains: Vec<_> = self.memory.chains().iter().filter(is_old).map(|known| known.chain.ends()).collect();
        let retired = chains.len();
        if let Some(key) = self.keys.first().filter(|_| retired > 0).cloned() {
            let record = RetiredRecord { when: now.unix_ms, before: before.unix_ms, chains };
            self.append(&[(key, LedgerRecord::Retired(record))])?;
        }
        Ok(retired)
    }

    /// Goes on with records, each with the fingerprint of the key that authenticates it.
    ///
    /// # Errors
    /// When the system refuses; the ledger is what it was then.
    fn append(mut self, records: &[(Arc<str>, LedgerRecord)]) -> Result<(), LedgerError> {
        for (key, record) in records {
            let prev = self.lines.last().copied().unwrap_or(NO_LINE);
            let line = record::write(record, key, prev, &self.keys)
                .map_err(|error| LedgerErrorKind::Io("write", error).at(&self.path))?;
            self.lines.push(Hash::of(line.as_bytes()));
            self.text.extend_from_slice(line.as_bytes());
            self.text.push(b'\n');
        }
        replace(&self.path, &self.text).map_err(|error| LedgerErrorKind::Io("write", error).at(&self.path))?;
        let anchor = self.anchor();
        if let Some(lock) = &mut self.lock {
            write_head(lock, &anchor)
                .map_err(|error| LedgerErrorKind::Io("write the lock file of", error).at(&self.path))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ledger {{ {}, {} lines }}", self.path.display(), self.lines.len())
    }
}

/// Reads every line; each one must be authentic, as far as its key is here, and follow the one before it.
fn remember(text: &[u8], keys: &LedgerKeys) -> Result<(Vec<Hash>, Memory), LedgerErrorKind> {
    let damaged = |line: usize, why: String| LedgerErrorKind::Damaged(line as u64 + 1, why);
    let Some(whole) = text.strip_suffix(b"\n") else {
        let lines = text.split(|byte| *byte == b'\n').count() - 1;
        return if text.is_empty() {
            Ok((Vec::new(), Memory::default()))
        } else {
            Err(damaged(lines, "is cut off".to_owned()))
        };
    };
    let texts: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
    let hashes: Vec<Hash> = texts.par_iter().map(|line| Hash::of(line)).collect();
    let prev = |line: usize| line.checked_sub(1).map_or(NO_LINE, |before| hashes[before]);
    let read: Vec<Result<Line, LineFault>> =
        texts.par_iter().enumerate().map(|(index, line)| record::read(line, prev(index), keys)).collect();
    let mut memory = Memory::default();
    for (index, line) in read.into_iter().enumerate() {
        let Line { key, record } = line.map_err(|fault| damaged(index, fault.to_string()))?;
        match record {
            Some(record) => memory.take(record, &key, keys).map_err(|why| damaged(index, why.to_owned()))?,
            None => memory.skip(),
        }
    }
    Ok((hashes, memory))
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::Unsupported, "is not a file"));
    }
    let mut text = Vec::new();
    file.take(LEDGER_BYTES_MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LEDGER_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "is longer than any ledger"));
    }
    Ok(text)
}

/// A file beside the ledger: the ledger itself is replaced, so a lock on it would lock nothing.
fn lock_path(ledger: &Path) -> PathBuf {
    ledger.with_added_extension("lock")
}

fn lock(ledger: &Path) -> Result<File, LedgerErrorKind> {
    let file = private_file::open_or_create(&lock_path(ledger)).map_err(|error| LedgerErrorKind::Io("lock", error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerErrorKind::Locked),
        Err(TryLockError::Error(error)) => Err(LedgerErrorKind::Io("lock", error)),
    }
}

/// The anchor of the last ledger that was written, when it was written whole.
fn read_head(lock: &mut File) -> io::Result<Option<TreeHead>> {
    let mut text = String::new();
    lock.rewind()?;
    lock.take(ANCHOR_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.strip_suffix('\n').and_then(|line| line.parse().ok()))
}

fn write_head(lock: &mut File, anchor: &TreeHead) -> io::Result<()> {
    lock.rewind()?;
    lock.set_len(0)?;
    writeln!(lock, "{anchor}")?;
    lock.sync_all()
}

/// Where a new ledger lies until it is whole. What an earlier process left there is of no use.
fn new_path(ledger: &Path) -> PathBuf {
    ledger.with_added_extension("new")
}

/// Puts a text in the place of a ledger.
fn replace(ledger: &Path, text: &[u8]) -> io::Result<()> {
    let new = new_path(ledger);
    let written = write_new(&new, ledger, text).and_then(|()| fs::rename(&new, ledger));
    if written.is_err() {
        // It says nothing, and the folder may be full.
        let _ = fs::remove_file(&new);
    }
    written?;
    private_file::sync_folder_of(ledger)
}

fn write_new(new: &Path, ledger: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = private_file::create_anew(new)?;
    if let Ok(metadata) = fs::metadata(ledger) {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(text)?;
    file.sync_all()
}
