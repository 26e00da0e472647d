//! Which file of a log comes behind which: by what a file is, and where it was compressed or copied since, by what was read of it.
//! Reading and waiting are left to `file` and `log`.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use crate::source::{self, FileIdentity, Input, Opened, decompressed, identity};

/// So many of the last bytes read tell a text from another one: no two entries of a log are the same.
const TRACE_BYTES: usize = 1024;

/// Bytes of what is passed over that are read at a time.
pub(super) const PASS_BYTES: usize = 256 << 10;

/// How often the files are looked at until none was moved meanwhile, and how long a rotation is left alone in between.
const LOOKS_MAX: usize = 100;
const PAUSE: Duration = Duration::from_millis(1);

/// A file that is open.
#[derive(Debug)]
pub(super) struct HeldFile {
    pub(super) identity: FileIdentity,
    pub(super) file: File,
}

impl HeldFile {
    /// # Errors
    /// What the system says.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self { identity: identity(path, &file.metadata()?), file })
    }

    /// The decompressed bytes from its beginning on.
    ///
    /// # Errors
    /// What the system says; a compression that cannot be read.
    pub(super) fn text(&self) -> io::Result<Opened> {
        (&self.file).seek(SeekFrom::Start(0))?;
        decompressed(Box::new(self.file.try_clone()?))
    }
}

/// Where reading stands.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadPosition {
    /// None where what was read is in no file any more.
    pub(super) file: Option<FileIdentity>,
    pub(super) trace: ReadTrace,
    /// As long as the file is open, no other one can have its number.
    _open: Option<Arc<HeldFile>>,
}

impl ReadPosition {
    pub(super) fn beginning_of(file: &Arc<HeldFile>) -> Self {
        Self { file: Some(file.identity.clone()), trace: ReadTrace::default(), _open: Some(Arc::clone(file)) }
    }

    /// Behind what was read of a file.
    pub(super) fn behind(trace: ReadTrace, file: &Arc<HeldFile>) -> Self {
        Self { trace, ..Self::beginning_of(file) }
    }

    /// The same place in a text that is gone.
    pub(super) fn in_nothing(self) -> Self {
        Self { trace: self.trace, ..Self::default() }
    }

    /// Whether nothing was there to be read when the log began to be followed: every file that is there now is behind it.
    fn is_before_all(&self) -> bool {
        self.file.is_none() && self.trace.is_empty()
    }

    /// In a file of which nothing is read.
    pub(super) fn in_unread(file: FileIdentity) -> Self {
        Self { file: Some(file), ..Self::default() }
    }
}

/// The last bytes that were read of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadTrace {
    /// How many were read in all.
    pub(super) offset: u64,
    first: Vec<u8>,
    last: Vec<u8>,
}

impl ReadTrace {
    pub(super) fn is_empty(&self) -> bool {
        self.offset == 0
    }

    /// Whether it tells the text from others: a whole line does, and so does all that is kept.
    pub(super) fn has_line(&self) -> bool {
        self.first.len() == TRACE_BYTES || self.first.contains(&b'\n')
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
        let missing = TRACE_BYTES - self.first.len();
        self.first.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(TRACE_BYTES)..]);
        self.last.drain(..self.last.len().saturating_sub(TRACE_BYTES));
    }

    /// Reads so many bytes of a text, of which nothing else is made.
    ///
    /// # Errors
    /// Those of the reader; when the text is shorter.
    pub(super) fn pass(&mut self, text: &mut impl Read, bytes: u64) -> io::Result<()> {
        let mut buffer = vec![0; PASS_BYTES];
        let end = self.offset + bytes;
        while self.offset < end {
            let room = usize::try_from(end - self.offset).map_or(buffer.len(), |left| left.min(buffer.len()));
            match text.read(&mut buffer[..room])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => self.add(&buffer[..count]),
            }
        }
        Ok(())
    }

    /// Where the bytes begin.
    pub(super) fn start(&self) -> u64 {
        self.offset - self.last.len() as u64
    }

    /// Whether the text goes on as it did; the reader stands behind it then.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn is_next_in(&self, text: &mut impl Read) -> io::Result<bool> {
        let mut there = vec![0; self.last.len()];
        match text.read_exact(&mut there) {
            Ok(()) => Ok(there == self.last),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a text from its beginning on holds what was read in its place. Where nothing was read, nobody can tell.
    fn is_in(&self, text: &mut impl Read) -> bool {
        let skipped = io::copy(&mut text.by_ref().take(self.start()), &mut io::sink());
        !self.is_empty() && skipped.is_ok_and(|bytes| bytes == self.start()) && self.is_next_in(text).unwrap_or(false)
    }
}

/// The files of a log in their order: the rotated ones beside the live one, and that.
#[derive(Debug)]
pub(super) struct Succession {
    live: PathBuf,
    /// Looking into files is not repeated while they are the same.
    placed: Mutex<Option<Placed>>,
}

/// A file that holds what was read of another one, and the rest of its text.
type FoundCopy = (HeldFile, Box<dyn Read + Send>);

/// A file that is there.
type LogFile = (FileIdentity, PathBuf);

/// Where a text was found among the files of a log.
#[derive(Debug)]
struct Placed {
    files: Vec<LogFile>,
    trace: ReadTrace,
    place: Option<usize>,
}

impl Succession {
    pub(super) fn new(live: PathBuf) -> Self {
        Self { live, placed: Mutex::default() }
    }

    pub(super) fn live(&self) -> &Path {
        &self.live
    }

    /// The rotated file that holds what was read of the live one, and what stands there behind it. The newest one first.
    pub(super) fn find_copy(&self, trace: &ReadTrace) -> Option<FoundCopy> {
        self.while_nothing_moves(|files| self.copy_among(files.iter().rev(), trace))
    }

    /// The same of a file that was read behind another one. As long as little was read of it, other ones begin alike: it is the first one
    /// there.
    pub(super) fn find_copy_behind(&self, before: &ReadPosition, trace: &ReadTrace) -> Option<FoundCopy> {
        self.while_nothing_moves(|files| {
            let behind = match self.place(files, before) {
                Some(place) => &files[place + 1..],
                None if before.is_before_all() => files,
                None => &[],
            };
            // What was read before may be overwritten by now.
            self.copy_among(behind.iter(), trace).or_else(|| self.copy_among(files.iter().rev(), trace))
        })
    }

    fn copy_among<'f>(&self, files: impl Iterator<Item = &'f LogFile>, trace: &ReadTrace) -> Option<FoundCopy> {
        files.filter(|(_, path)| *path != self.live).find_map(|(_, path)| {
            let file = HeldFile::open(path).ok()?;
            let mut text = file.text().ok()?.reader;
            trace.is_in(&mut text).then_some((file, text))
        })
    }

    /// Whether a rotated file begins as what was read does, and ends before: under load a log is emptied when more was written to it
    /// than was copied (`copytruncate`).
    pub(super) fn has_short_copy(&self, trace: &ReadTrace) -> bool {
        let is_copy = |(_, path): &LogFile| {
            let mut head = vec![0; trace.first.len()];
            let text = HeldFile::open(path).and_then(|file| file.text());
            text.and_then(|mut text| text.reader.read_exact(&mut head)).is_ok_and(|()| head == trace.first)
        };
        !trace.is_empty() && self.files().iter().filter(|(_, path)| *path != self.live).any(is_copy)
    }

    /// The file behind a position; something may be missing in between where nobody knows what the position is in.
    pub(super) fn behind(&self, position: &ReadPosition) -> Option<(Input, FileIdentity)> {
        self.while_nothing_moves(|files| {
            let place = self.place(files, position);
            let after_gap = place.is_none() && !position.trace.is_empty();
            let live = files.last().filter(|(_, path)| *path == self.live);
            let says_something = |(_, path): &&LogFile| *path == self.live || !is_empty(path);
            let next = match place {
                Some(place) => files[place + 1..].iter().find(says_something)?,
                None if position.is_before_all() => files.iter().find(says_something)?,
                None => live?,
            };
            let is_last_rotated = files.len() >= 2 && next.1 == files[files.len() - 2].1;
            let next = live.filter(|_| is_last_rotated && self.is_being_copied_to(&next.1)).unwrap_or(next);
            Some((Input { after_gap, ..Input::path(next.1.clone()) }, next.0.clone()))
        })
    }

    /// Behind the newest rotated file.
    pub(super) fn before_live(&self) -> ReadPosition {
        let files = self.files();
        let newest = files.iter().rev().find(|(_, path)| *path != self.live);
        let open = |(file, path): &LogFile| match HeldFile::open(path) {
            Ok(file) => ReadPosition::beginning_of(&Arc::new(file)),
            Err(_) => ReadPosition::in_unread(file.clone()),
        };
        newest.map(open).unwrap_or_default()
    }

    /// What was found, when the files stood where they stand before and afterwards: they are moved one after the other.
    fn while_nothing_moves<T>(&self, find: impl Fn(&[LogFile]) -> Option<T>) -> Option<T> {
        let mut files = self.files();
        for _ in 0..LOOKS_MAX {
            let found = find(&files);
            let now = self.files();
            if now == files {
                return found;
            }
            files = now;
            thread::sleep(PAUSE);
        }
        None
    }

    fn files(&self) -> Vec<LogFile> {
        let paths = source::rotated(&self.live).into_iter().chain([self.live.clone()]);
        let there = |path: PathBuf| Some((identity(&path, &fs::metadata(&path).ok()?), path));
        paths.filter_map(there).collect()
    }

    fn place(&self, files: &[LogFile], position: &ReadPosition) -> Option<usize> {
        let place_of = |file: &FileIdentity| files.iter().rposition(|(there, _)| there == file);
        if let Some(place) = position.file.as_ref().and_then(place_of) {
            return Some(place);
        }
        // It may have been compressed meanwhile, which makes another file of it.
        let mut placed = self.placed.lock();
        if let Some(known) = &*placed
            && (&known.files[..], &known.trace) == (files, &position.trace)
        {
            return known.place;
        }
        let place = self.find_copy(&position.trace).and_then(|(copy, _)| place_of(&copy.identity));
        *placed = Some(Placed { files: files.to_vec(), trace: position.trace.clone(), place });
        place
    }

    /// Whether the live file was not emptied yet, and the newest rotated one is the copy that is made of it before that
    /// (`copytruncate`).
    fn is_being_copied_to(&self, rotated: &Path) -> bool {
        let head = |path: &Path| {
            let mut head = Vec::new();
            File::open(path)?.take(TRACE_BYTES as u64).read_to_end(&mut head).map(|_| head)
        };
        matches!((head(rotated), head(&self.live)), (Ok(copy), Ok(live)) if live.starts_with(&copy))
    }
}

/// A file without text leaves no trace, by which it would be known again when it is compressed: it is never a position.
pub(super) fn is_empty(path: &Path) -> bool {
    let text = HeldFile::open(path).and_then(|file| file.text());
    text.and_then(|mut text| text.reader.read(&mut [0])).is_ok_and(|bytes| bytes == 0)
}
