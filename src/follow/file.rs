//! One file of a followed log: read as far as it goes, waited for at its end while it is the live one, and left when another took
//! its place. Which file comes next is left to `succession`.

use std::fs;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use parking_lot::Mutex;

use super::changes::Changes;
use super::progress::FollowProgress;
use super::succession::{HeldFile, ReadPosition, ReadTrace, Succession};
use crate::source::{Live, Opened, Origin, PATIENCE, decompressed, identity};

/// The beginning of a file that is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedText {
    /// How many bytes, decompressed.
    pub bytes: u64,
    /// How many lines.
    pub lines: u64,
    /// They are known not to be wrapped.
    pub is_bare: bool,
}

/// It, and the trace that reading it would have left.
#[derive(Debug, Default)]
pub(super) struct PassedFile {
    pub(super) text: PassedText,
    pub(super) trace: ReadTrace,
}

/// A file that is being read, decompressed or not.
pub(super) struct FollowedFile {
    state: ReadState,
    position: ReadPosition,
    /// Where the file before was left.
    before: ReadPosition,
    /// Is told where reading stands when the file is left.
    left: Arc<Mutex<ReadPosition>>,
    is_live: Arc<AtomicBool>,
}

enum ReadState {
    /// Nobody writes to it any more.
    Rest(Box<dyn Read + Send>),
    Live(LiveFile),
    Ended,
}

/// What a live file turns out to be before it is read on: whoever takes the lines may have kept the reader waiting.
enum Lookout {
    Same,
    /// It was emptied or overwritten, as `copytruncate` does.
    Rewritten,
    /// Nothing was read of it, and another file stands in front of it by now.
    Overtaken,
}

impl FollowedFile {
    /// A rotated file.
    ///
    /// # Errors
    /// What the system says; a compression that cannot be read.
    pub(super) fn open_rotated(
        file: HeldFile,
        passed: Option<PassedFile>,
        left: Arc<Mutex<ReadPosition>>,
    ) -> io::Result<Opened> {
        let PassedFile { text: PassedText { bytes, lines, is_bare }, trace } = passed.unwrap_or_default();
        let file = Arc::new(file);
        let before = leave(&left, ReadPosition::beginning_of(&file));
        let mut text = file.text()?;
        io::copy(&mut text.reader.by_ref().take(bytes), &mut io::sink())?;
        let position = ReadPosition::behind(trace, &file);
        let reader = Self { state: ReadState::Rest(text.reader), position, before, left, is_live: Arc::default() };
        Ok(Opened { reader: Box::new(reader), first_line: lines + 1, is_bare, ..text })
    }

    /// The live file; waits for its first bytes.
    ///
    /// # Errors
    /// What the system says; a compression that cannot be read.
    pub(super) fn open_live(
        file: LiveFile,
        passed: Option<PassedFile>,
        left: Arc<Mutex<ReadPosition>>,
    ) -> io::Result<Opened> {
        let PassedFile { text: PassedText { bytes, lines, is_bare }, trace } = passed.unwrap_or_default();
        let before = leave(&left, ReadPosition::beginning_of(&file.file));
        // Where it was emptied since, it is gone on with in its copy, as at any other time.
        (&file.file.file).seek(SeekFrom::Start(bytes))?;
        let position = ReadPosition::behind(trace, &file.file);
        let is_live = Arc::new(AtomicBool::new(true));
        let live = Some(Live::new(file.waits(Arc::clone(&is_live))));
        let reader = Box::new(Self { state: ReadState::Live(file), position, before, left, is_live });
        if bytes == 0 {
            return Ok(Opened { live, ..decompressed(reader)? });
        }
        // What it begins with would tell nothing about its compression.
        let (progress, first_line) = (Arc::new(AtomicU64::new(bytes)), lines + 1);
        Ok(Opened { reader, compression: None, progress, live, file: None, first_line, is_bare })
    }

    fn end(&mut self) {
        self.state = ReadState::Ended;
        self.is_live.store(false, Ordering::Relaxed);
        // What was empty leaves no trace by which it could be found again.
        let end = if self.position.trace.is_empty() { &self.before } else { &self.position };
        leave(&self.left, end.clone());
    }

    /// Goes on in the copy of a file that was emptied. Where there is none, this was all.
    fn go_on_in_copy(&mut self, succession: &Succession, progress: &FollowProgress) {
        let position = std::mem::take(&mut self.position);
        match succession.find_copy_behind(&self.before, &position.trace) {
            Some((copy, rest)) => {
                self.position = ReadPosition::behind(position.trace, &Arc::new(copy));
                self.is_live.store(false, Ordering::Relaxed);
                self.state = ReadState::Rest(rest);
            }
            None => {
                // What was read of it beyond a shorter copy is in no file, but nobody took the log away.
                if !succession.has_short_copy(&position.trace) {
                    progress.lose();
                }
                self.position = position.in_nothing();
                self.end();
            }
        }
    }
}

impl Read for FollowedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.state {
                ReadState::Ended => return Ok(0),
                ReadState::Rest(reader) => reader.read(out)?,
                ReadState::Live(live) => match live.read_on(out, &self.position, &self.before)? {
                    (Lookout::Same, read) => read,
                    (Lookout::Rewritten, _) => {
                        let (succession, progress) = (Arc::clone(&live.succession), Arc::clone(&live.progress));
                        self.go_on_in_copy(&succession, &progress);
                        continue;
                    }
                    (Lookout::Overtaken, _) => {
                        self.end();
                        continue;
                    }
                },
            };
            if read > 0 || out.is_empty() {
                self.position.trace.add(&out[..read]);
                return Ok(read);
            }
            let goes_on = match &mut self.state {
                ReadState::Live(live) => live.goes_on(&self.position)?,
                ReadState::Rest(_) | ReadState::Ended => false,
            };
            if !goes_on {
                self.end();
            }
        }
    }
}

/// Notes where reading stands, and returns where it stood.
fn leave(left: &Mutex<ReadPosition>, position: ReadPosition) -> ReadPosition {
    std::mem::replace(&mut *left.lock(), position)
}

/// The file at the path of the log.
pub(super) struct LiveFile {
    file: Arc<HeldFile>,
    succession: Arc<Succession>,
    changes: Arc<Changes>,
    progress: Arc<FollowProgress>,
    /// Up to here it was there when it was opened, in bytes.
    beginning: u64,
    /// It was deleted, and that was told where it is a loss.
    is_deleted: bool,
    /// Another file was seen in its place: what is left in it is read, and no more comes.
    is_replaced: bool,
}

impl LiveFile {
    pub(super) fn new(
        file: HeldFile,
        succession: &Arc<Succession>,
        changes: &Arc<Changes>,
        progress: &Arc<FollowProgress>,
    ) -> Self {
        let (succession, changes, progress) = (Arc::clone(succession), Arc::clone(changes), Arc::clone(progress));
        let beginning = file.file.metadata().map_or(0, |metadata| metadata.len());
        Self { file: Arc::new(file), succession, changes, progress, beginning, is_deleted: false, is_replaced: false }
    }

    /// Whether nothing is there to be read, and nothing came for a moment. What was there at first is passed on even where more
    /// comes without a pause.
    fn waits(&self, is_live: Arc<AtomicBool>) -> impl Fn() -> bool + Send + use<> {
        let (file, progress, beginning) = (Arc::clone(&self.file), Arc::clone(&self.progress), self.beginning);
        move || {
            // Where nobody can tell, what is at hand is passed on.
            let read = || (&file.file).stream_position().unwrap_or(u64::MAX);
            let has_more = || {
                !is_live.load(Ordering::Relaxed) || file.file.metadata().is_ok_and(|metadata| metadata.len() > read())
            };
            if !progress.is_caught_up() && read() >= beginning {
                return true;
            }
            !has_more() && {
                thread::sleep(PATIENCE);
                !has_more()
            }
        }
    }

    /// Takes note that the file is deleted. What was rotated and compressed since is beside it.
    #[cfg(unix)]
    fn note_deletion(&mut self, there: &fs::Metadata, position: &ReadPosition) {
        use std::os::unix::fs::MetadataExt as _;

        if there.nlink() == 0 && !self.is_deleted && !position.trace.is_empty() {
            self.is_deleted = true;
            if self.succession.find_copy(&position.trace).is_none() {
                self.progress.lose();
            }
        }
    }

    #[cfg(not(unix))]
    fn note_deletion(&mut self, _: &fs::Metadata, _: &ReadPosition) {}

    /// Reads on where the file is what it was, before that and afterwards: at any time it may be emptied and written to. What was read of
    /// another text counts for nothing.
    fn read_on(&self, out: &mut [u8], position: &ReadPosition, before: &ReadPosition) -> io::Result<(Lookout, usize)> {
        let lookout = self.look(position, before)?;
        if !matches!(lookout, Lookout::Same) {
            return Ok((lookout, 0));
        }
        let read = self.read(out, position)?;
        if read == 0 {
            return Ok((Lookout::Same, 0));
        }
        let lookout = self.look(position, before)?;
        (&self.file.file).seek(SeekFrom::Start(position.trace.offset + read as u64))?;
        Ok((lookout, read))
    }

    fn read(&self, out: &mut [u8], position: &ReadPosition) -> io::Result<usize> {
        // What [waits](Self::waits) passed on is taken before anybody asks for more.
        if position.trace.offset >= self.beginning {
            self.progress.pass_beginning();
        }
        let read = (&self.file.file).read(out)?;
        let known = position.trace.offset + read as u64;
        self.progress.set_bytes_behind(self.file.file.metadata()?.len().saturating_sub(known));
        Ok(read)
    }

    /// What it is by now. It is left where it is to be read on, when it is the same; a kilobyte is read for that.
    fn look(&self, position: &ReadPosition, before: &ReadPosition) -> io::Result<Lookout> {
        let trace = &position.trace;
        if trace.is_empty() {
            return Ok(if self.is_overtaken(position, before) { Lookout::Overtaken } else { Lookout::Same });
        }
        let mut file = &self.file.file;
        file.seek(SeekFrom::Start(trace.start()))?;
        // Entries begin alike: as long as not one was read to its end, another text may go on as this one did.
        let is_same = trace.is_next_in(&mut file)? && (trace.has_line() || !self.is_overtaken(position, before));
        Ok(if is_same { Lookout::Same } else { Lookout::Rewritten })
    }

    /// Whether another file stands in front of it by now.
    fn is_overtaken(&self, position: &ReadPosition, before: &ReadPosition) -> bool {
        self.succession.behind(before).is_some_and(|(_, file)| position.file.as_ref() != Some(&file))
    }

    /// At the end of what is there: waits for more. False when nothing more can come.
    fn goes_on(&mut self, position: &ReadPosition) -> io::Result<bool> {
        if self.is_replaced {
            return Ok(false);
        }
        let count = self.changes.count();
        self.is_replaced = self.has_successor(position);
        let there = self.file.file.metadata()?;
        self.note_deletion(&there, position);
        let has_more = there.len() != position.trace.offset;
        if !self.is_replaced && !has_more {
            if self.changes.is_stopped() {
                return Ok(false);
            }
            self.progress.look();
            self.changes.wait_after(count);
        }
        Ok(true)
    }

    /// Whether somebody writes to another file by now. What is written until that has its first byte goes into this one.
    fn has_successor(&self, position: &ReadPosition) -> bool {
        let path = self.succession.live();
        match fs::metadata(path) {
            Ok(there) if position.file.as_ref() == Some(&identity(path, &there)) => false,
            Ok(there) if there.len() > 0 => true,
            // One that was written to may have been rotated again.
            _ => self.succession.behind(position).is_some_and(|(next, _)| next.origin != Origin::Path(path.to_owned())),
        }
    }
}
