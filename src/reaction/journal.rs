//! The journal of alarms: a file of facts that is only appended to, locked for as long as it is written, and replaced by a shorter one
//! from time to time. It is ours, since everything in it is held in memory anyway: an embedded database would be an index that nobody
//! asks, and refuses to go on after a full disk. What the facts mean is left to `deliveries`.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::deliveries::Deliveries;
use super::record::{JournalEntry, VERSION};
use crate::failure::Failure;
use crate::private_file;

const JOURNAL: &str = "journal";
const NEXT: &str = "journal.next";
const DAMAGED: &str = "journal.damaged";
const LOCK: &str = "lock";

/// How long a journal is waited for that another process has.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// A longer line is none.
const LINE_BYTES_MAX: u64 = 1 << 24;
/// A shorter journal is not made shorter.
const COMPACTED_BYTES_MIN: u64 = 4 << 20;

/// A journal that is written.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    /// None since something could not be written: what follows would not follow from what is there.
    file: Option<Arc<File>>,
    /// Of whole lines.
    bytes: u64,
    /// How many there were when it was made anew.
    compacted_bytes: u64,
    /// One that takes the place of the first as soon as it is on disk; until then both are written.
    next: Option<(Arc<File>, u64)>,
    /// What was not yet flushed to the disk.
    is_dirty: bool,
    _lock: File,
}

/// A journal that was read.
#[derive(Debug)]
pub struct OpenedJournal {
    pub journal: Journal,
    pub deliveries: Deliveries,
    /// What people should know about it; each one a line without the prefix.
    pub warnings: Vec<String>,
}

impl Journal {
    /// Opens the journal in a directory, which is made when it is not there.
    ///
    /// # Errors
    /// When another process has it, another version wrote it, or the system refuses. A line that is not as it was written is no error:
    /// what it said is done again.
    pub fn open(folder: &Path) -> Result<OpenedJournal, Failure> {
        let shown = folder.display();
        let cannot = |what: &str, error: &io::Error| Failure::new(format!("{shown}: cannot {what}: {error}"));
        create_folder(folder).map_err(|error| cannot("make the directory", &error))?;
        let lock = lock(folder)?;
        let path = folder.join(JOURNAL);
        let mut deliveries = Deliveries::default();
        let mut warnings = writable_by_others(folder);
        let file = private_file::open_or_create(&path).map_err(|error| cannot("open the journal", &error))?;
        let contents = Contents::read(&file, &mut deliveries).map_err(|error| cannot("read the journal", &error))?;
        if let Some(version) = contents.version.filter(|version| *version != VERSION) {
            return Err(Failure::new(format!("{shown}: the journal has layout {version}, and this is {VERSION}"))
                .with_hint("another version of acralog wrote it: use that one, or another directory"));
        }
        if contents.damaged > 0 {
            let kept = keep(&file, &folder.join(DAMAGED)).map(|()| format!("; kept as {DAMAGED}"));
            warnings.push(format!(
                "{shown}: the journal is damaged: {} lines are not as they were written{}; what they said may be told again",
                contents.damaged,
                kept.unwrap_or_default()
            ));
        } else if contents.torn_bytes > 0 {
            warnings.push(format!(
                "{shown}: the journal ended in the middle of a line: {} bytes are left out",
                contents.torn_bytes
            ));
        }
        let mut journal = Self {
            folder: folder.to_owned(),
            file: Some(Arc::new(file)),
            bytes: contents.bytes,
            compacted_bytes: contents.bytes,
            next: None,
            is_dirty: false,
            _lock: lock,
        };
        // Behind a torn line nothing could be read; and that nothing can be written shows before the work.
        if contents.damaged > 0 || contents.torn_bytes > 0 || contents.version.is_none() {
            journal.replace(&deliveries).map_err(|error| cannot("write the journal", &error))?;
        }
        Ok(OpenedJournal { journal, deliveries, warnings })
    }

    /// Whether what is written survives the end of this process.
    pub fn is_durable(&self) -> bool {
        self.file.is_some()
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends facts: all of them, or none and nothing from then on, until it is made anew.
    ///
    /// # Errors
    /// When the system refuses. Only the first time: after that it is known not to be durable.
    pub fn append(&mut self, entries: &[JournalEntry]) -> io::Result<()> {
        if self.file.is_none() && self.next.is_none() {
            return Ok(());
        }
        let mut lines = Vec::new();
        entries.iter().try_for_each(|entry| entry.write(&mut lines))?;
        if let Some((next, bytes)) = &mut self.next {
            match append_to(next, *bytes, &lines) {
                Ok(()) => *bytes += lines.len() as u64,
                Err(_) => self.next = None,
            }
        }
        let Some(file) = &self.file else { return Ok(()) };
        if let Err(error) = append_to(file, self.bytes, &lines) {
            // Half a line behind whole ones; when it cannot be cut off, it is left out when it is read.
            let _ = file.set_len(self.bytes);
            self.distrust();
            return Err(error);
        }
        self.bytes += lines.len() as u64;
        self.is_dirty = true;
        Ok(())
    }

    /// What is to be flushed to the disk, when there is anything. That takes long and needs nothing of the journal.
    pub fn unflushed(&mut self) -> Option<Arc<File>> {
        std::mem::take(&mut self.is_dirty).then(|| self.file.clone()).flatten()
    }

    /// Something could not be flushed: what is on disk is not known any more.
    pub fn distrust(&mut self) {
        (self.file, self.next) = (None, None);
    }

    /// Whether it is much longer than what it says, or could not be written.
    pub fn wants_anew(&self) -> bool {
        self.next.is_none()
            && (self.file.is_none() || self.bytes > COMPACTED_BYTES_MIN.max(self.compacted_bytes.saturating_mul(2)))
    }

    /// Writes what is known into another file, which is to be flushed before it takes the place of the first.
    ///
    /// # Errors
    /// When the system refuses; the journal is what it was.
    pub fn begin_anew(&mut self, deliveries: &Deliveries) -> io::Result<Arc<File>> {
        let path = self.folder.join(NEXT);
        let file = Arc::new(private_file::create_anew(&path)?);
        match write_all(&file, deliveries) {
            Ok(bytes) => self.next = Some((Arc::clone(&file), bytes)),
            Err(error) => {
                // It says nothing, and the disk may be full.
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        }
        Ok(file)
    }

    /// Puts the other file, once it is flushed, in the place of the first. Whether there was one.
    ///
    /// # Errors
    /// When the system refuses; the journal is what it was.
    pub fn finish_anew(&mut self) -> io::Result<bool> {
        let Some((file, bytes)) = self.next.take() else { return Ok(false) };
        fs::rename(self.folder.join(NEXT), self.folder.join(JOURNAL))?;
        (self.file, self.bytes, self.compacted_bytes, self.is_dirty) = (Some(file), bytes, bytes, true);
        private_file::sync_folder_of(&self.folder.join(JOURNAL))?;
        Ok(true)
    }

    /// All of that at once.
    fn replace(&mut self, deliveries: &Deliveries) -> io::Result<()> {
        self.begin_anew(deliveries)?.sync_all()?;
        self.finish_anew().map(|_| ())
    }
}

/// What was found in a journal.
struct Contents {
    version: Option<u32>,
    /// Of lines, up to the last whole one.
    bytes: u64,
    /// Behind that.
    torn_bytes: u64,
    /// Lines before the last whole one that are none.
    damaged: u64,
}

impl Contents {
    fn read(file: impl io::Read, deliveries: &mut Deliveries) -> io::Result<Self> {
        let mut found = Self { version: None, bytes: 0, torn_bytes: 0, damaged: 0 };
        let (mut reader, mut line, mut bad) = (BufReader::new(file), Vec::new(), 0);
        loop {
            line.clear();
            let length = (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? as u64;
            if length == 0 {
                return Ok(found);
            }
            match JournalEntry::read(&line) {
                Ok(JournalEntry::Version(version)) => found.version = Some(version),
                Ok(entry) => deliveries.apply(&entry),
                Err(_) => {
                    (bad, found.torn_bytes) = (bad + 1, found.torn_bytes + length);
                    continue;
                }
            }
            // What stands before a whole line is not merely torn off.
            found.bytes += found.torn_bytes + length;
            (found.damaged, found.torn_bytes, bad) = (found.damaged + bad, 0, 0);
        }
    }
}

/// Keeps what is in a file in another one.
fn keep(mut file: &File, path: &Path) -> io::Result<()> {
    file.rewind()?;
    io::copy(&mut file, &mut private_file::create_anew(path)?).map(|_| ())
}

/// Writes all facts; how many bytes that were.
fn write_all(file: &File, deliveries: &Deliveries) -> io::Result<u64> {
    const STEP_BYTES: usize = 1 << 20;
    let (mut lines, mut bytes) = (Vec::new(), 0);
    for entry in deliveries.facts() {
        entry.write(&mut lines)?;
        if lines.len() > STEP_BYTES {
            append_to(file, bytes, &lines)?;
            bytes += lines.len() as u64;
            lines.clear();
        }
    }
    append_to(file, bytes, &lines)?;
    Ok(bytes + lines.len() as u64)
}

/// Writes behind so many bytes.
fn append_to(mut file: &File, bytes: u64, lines: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(bytes))?;
    file.write_all(lines)
}

/// What is in it is nobody else's business.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Whoever may write into it can make alarms count as told.
#[cfg(unix)]
fn writable_by_others(folder: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(folder).map_or(0, |metadata| metadata.permissions().mode() & 0o7777);
    let warning =
        format!("{}: other users may change the journal (mode {mode:04o}); chmod go-w closes it", folder.display());
    if mode & 0o022 == 0 { Vec::new() } else { vec![warning] }
}

#[cfg(not(unix))]
fn writable_by_others(_: &Path) -> Vec<String> {
    Vec::new()
}

/// The journal itself is replaced, so a lock on it would lock nothing.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(LOCK);
    let cannot = |error: &io::Error| Failure::new(format!("{}: cannot lock: {error}", path.display()));
    let file = private_file::open_or_create(&path).map_err(|error| cannot(&error))?;
    let begun = Instant::now();
    let mut locked = file.try_lock();
    // One that is just ending may have it still, or a program that it was just starting.
    while matches!(locked, Err(TryLockError::WouldBlock)) && begun.elapsed() < LOCK_PATIENCE {
        thread::sleep(LOCK_PATIENCE / 20);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::new(format!("{}: another process is using this journal", folder.display()))
                .with_hint("each acralog watch needs a directory of its own for --state"))
        }
        Err(TryLockError::Error(error)) => Err(cannot(&error)),
    }
}

#[cfg(test)]
mod tests;
