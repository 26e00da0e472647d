//! One log that is followed: the files that were there at first, then whichever took the place of the one before. What stands in
//! them is left to the readers of lines.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};
use parking_lot::Mutex;

use super::changes::Changes;
use super::file::{FollowedFile, LiveFile, PassedFile, PassedText};
use super::progress::FollowProgress;
use super::succession::{HeldFile, PASS_BYTES, ReadPosition, ReadTrace, Succession, is_empty};
use crate::source::{self, FollowedFiles, Input, Opened, Origin, Stream, identity, must_be_decoded};

/// Files that are held open from the beginning, so that no rotation puts another one in their places.
const HELD_MAX: usize = 64;

/// A log that is being followed. Rotated files are looked for beside the live one, in its directory.
pub struct FollowedLog {
    succession: Arc<Succession>,
    changes: Arc<Changes>,
    /// Files that were opened before it was their turn. The newest ones: those are the next to get other names.
    held: Mutex<HashMap<PathBuf, HeldFile>>,
    /// Where the file before was left.
    left: Arc<Mutex<ReadPosition>>,
    progress: Arc<FollowProgress>,
    /// The file that is not read from its beginning.
    passed: Mutex<Option<(PathBuf, PassedFile)>>,
}

impl FollowedLog {
    /// Follows the log of a stream from the beginning of its files on.
    pub fn new(stream: &Stream, changes: Arc<Changes>) -> Self {
        let paths = stream.files.iter().filter_map(path_of);
        let live = paths.clone().next_back().filter(|path| *path.to_string_lossy() == *stream.name);
        let live = live.map_or_else(|| PathBuf::from(&*stream.name), Path::to_owned);
        changes.watch(&live);
        let open = |path: &Path| Some((path.to_owned(), HeldFile::open(path).ok()?));
        let is_file = |path: &&Path| path.is_file();
        let held = paths.rev().filter(is_file).take(HELD_MAX).filter_map(open).collect();
        let succession = Arc::new(Succession::new(live));
        let left = Arc::new(Mutex::new(succession.before_live()));
        Self { succession, changes, held: Mutex::new(held), left, progress: Arc::default(), passed: Mutex::default() }
    }

    /// Reads a file of the log only behind its beginning.
    ///
    /// # Errors
    /// Those of [`Self::look_into`]; when it is shorter by now. It is read whole then.
    pub fn pass(&self, input: &Input, text: PassedText) -> io::Result<()> {
        let mut trace = ReadTrace::default();
        trace.pass(&mut self.look_into(input)?.reader, text.bytes)?;
        *self.passed.lock() = path_of(input).map(|path| (path.to_owned(), PassedFile { text, trace }));
        Ok(())
    }

    /// The text of a file that is going to be read, from its beginning on.
    ///
    /// # Errors
    /// `NotFound` when it is not there, `Unsupported` when no part of it can be passed over; what the system says.
    pub fn look_into(&self, input: &Input) -> io::Result<Opened> {
        let path = path_of(input).unwrap_or(Path::new(""));
        let text = match self.held.lock().get(path) {
            Some(held) => held.text()?,
            None => HeldFile::open(path)?.text()?,
        };
        // Of the live file, bytes are passed over as they lie there.
        let is_compressed = path == self.succession.live() && text.compression.is_some();
        if is_compressed { Err(ErrorKind::Unsupported.into()) } else { Ok(text) }
    }

    /// The whole lines of a file that is going to be read.
    ///
    /// # Errors
    /// Those of [`Self::look_into`].
    pub fn whole_lines(&self, input: &Input) -> io::Result<PassedText> {
        let mut text = self.look_into(input)?.reader;
        let (mut whole, mut read, mut buffer) = (PassedText::default(), 0, vec![0; PASS_BYTES]);
        loop {
            let count = text.read(&mut buffer)?;
            if count == 0 {
                return Ok(whole);
            }
            if read == 0 && must_be_decoded(&buffer[..count]) {
                return Err(ErrorKind::Unsupported.into());
            }
            if let Some(last) = memrchr(b'\n', &buffer[..count]) {
                whole.bytes = read + last as u64 + 1;
                whole.lines += memchr_iter(b'\n', &buffer[..count]).count() as u64;
            }
            read += count as u64;
        }
    }

    /// Opens a file of the log; waits for the live one when it is not there.
    ///
    /// # Errors
    /// Those of [`source::open`].
    pub fn open(&self, input: &Input) -> io::Result<Opened> {
        let path = path_of(input).filter(|path| fs::metadata(path).map_or(true, |there| there.is_file()));
        let Some(path) = path else { return source::open(input) };
        let (held, left) = (self.held.lock().remove(path), Arc::clone(&self.left));
        let passed = self.passed.lock().take_if(|(passed, _)| passed == path).map(|(_, passed)| passed);
        if path != self.succession.live() {
            return FollowedFile::open_rotated(held.map_or_else(|| HeldFile::open(path), Ok)?, passed, left);
        }
        match held.map_or_else(|| self.wait_for_live(), Ok) {
            Ok(file) => {
                let live = LiveFile::new(file, &self.succession, &self.changes, &self.progress);
                FollowedFile::open_live(live, passed, left)
            }
            // It was waited for, and nobody waits any more: nothing was written.
            Err(error) if error.kind() == ErrorKind::NotFound => source::decompressed(Box::new(io::empty())),
            Err(error) => {
                if let Ok(there) = fs::metadata(path) {
                    *self.left.lock() = ReadPosition::in_unread(identity(path, &there));
                }
                Err(error)
            }
        }
    }

    /// How it goes on.
    pub fn progress(&self) -> &Arc<FollowProgress> {
        &self.progress
    }

    /// Whether the files still have the names by which they were found.
    pub fn is_as_found(&self) -> bool {
        self.held
            .lock()
            .iter()
            .all(|(path, file)| fs::metadata(path).is_ok_and(|there| identity(path, &there) == file.identity))
    }

    fn wait_for_live(&self) -> io::Result<HeldFile> {
        loop {
            let (count, live) = (self.changes.count(), self.succession.live());
            match HeldFile::open(live) {
                Err(error) if error.kind() == ErrorKind::NotFound && !self.changes.is_stopped() => {}
                // What was named is a directory after all, in which logs are looked for.
                Ok(_) if live.is_dir() && !self.changes.is_stopped() => {}
                opened => return opened,
            }
            self.changes.watch(live);
            self.wait_for_file(count);
        }
    }

    /// Waits for a change after these.
    fn wait_for_file(&self, count: u64) {
        self.progress.look();
        self.progress.pass_beginning();
        self.changes.wait_after(count);
    }
}

impl FollowedFiles for FollowedLog {
    /// Waits as long as anybody is to wait.
    fn next_file(&self) -> Option<Input> {
        loop {
            let (count, is_stopped) = (self.changes.count(), self.changes.is_stopped());
            let left = self.left.lock().clone();
            // The live one, as long as nothing is in it, is no news to those who do not wait.
            let is_end = |input: &Input| is_stopped && path_of(input).is_some_and(is_empty);
            let next = self.succession.behind(&left).filter(|(input, _)| !is_end(input));
            let is_rotating = next.is_some();
            if let Some((input, found)) = next {
                let path = path_of(&input).map(Path::to_owned).unwrap_or_default();
                match HeldFile::open(&path) {
                    Ok(file) if file.identity == found => {
                        self.held.lock().insert(path, file);
                        return Some(input);
                    }
                    // It was rotated just now.
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    // Whoever opens it says why that cannot be.
                    Err(_) => {
                        *self.left.lock() = ReadPosition::in_unread(found);
                        return Some(input);
                    }
                }
            }
            if is_stopped && !is_rotating {
                return None;
            }
            self.wait_for_file(count);
        }
    }

    fn set_taken(&self, all: bool) {
        self.progress.set_taken(all);
    }
}

fn path_of(input: &Input) -> Option<&Path> {
    match &input.origin {
        Origin::Path(path) => Some(path),
        Origin::Stdin | Origin::Hole { .. } => None,
    }
}
