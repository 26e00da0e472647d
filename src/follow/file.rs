//! One file of a followed log: read as far as it goes, waited for at its end while it is the live one, and left when another took
//! its place. Which file comes next is left to `succession`.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::changes::Changes;
use super::succession::{HeldFile, Position, Succession};
use crate::source::{Live, Opened, Origin, PATIENCE, decompressed, identity};

/// A file that is being read, decompressed or not.
pub(super) struct FollowedFile {
    state: State,
    position: Position,
    /// Where the file before was left.
    before: Position,
    /// Is told where reading stands when the file is left.
    left: Arc<Mutex<Position>>,
    is_live: Arc<AtomicBool>,
}

enum State {
    /// Nobody writes to it any more.
    Rest(Box<dyn Read + Send>),
    Live(LiveFile),
    Ended,
}

/// What a live file turns out to be, when it was waited for.
enum Waited {
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
    pub(super) fn open_rotated(file: HeldFile, left: Arc<Mutex<Position>>) -> io::Result<Opened> {
        let file = Arc::new(file);
        let position = Position::beginning_of(&file);
        let before = leave(&left, position.clone());
        let text = file.text()?;
        let reader = Self { state: State::Rest(text.reader), position, before, left, is_live: Arc::default() };
        Ok(Opened { reader: Box::new(reader), ..text })
    }

    /// The live file; waits for its first bytes.
    ///
    /// # Errors
    /// What the system says; a compression that cannot be read.
    pub(super) fn open_live(
        file: HeldFile,
        succession: Arc<Succession>,
        changes: Arc<Changes>,
        left: Arc<Mutex<Position>>,
    ) -> io::Result<Opened> {
        let file = Arc::new(file);
        let position = Position::beginning_of(&file);
        let before = leave(&left, position.clone());
        let is_live = Arc::new(AtomicBool::new(true));
        let live = Live::new(waits(file.file.try_clone()?, Arc::clone(&is_live)));
        let file = file.file.try_clone()?;
        let live_file = LiveFile { file, succession, changes, is_replaced: false, is_waited_for: true };
        let reader = Self { state: State::Live(live_file), position, before, left, is_live };
        Ok(Opened { live: Some(live), ..decompressed(Box::new(reader))? })
    }

    fn end(&mut self) {
        self.state = State::Ended;
        self.is_live.store(false, Ordering::Relaxed);
        // What was empty leaves no trace by which it could be found again.
        let end = if self.position.trace.is_empty() { &self.before } else { &self.position };
        leave(&self.left, end.clone());
    }

    /// Goes on in the copy of a file that was emptied. Where there is none, this was all.
    fn go_on_in_copy(&mut self, succession: &Succession) {
        let position = std::mem::take(&mut self.position);
        match succession.find_copy(&position.trace) {
            Some((copy, rest)) => {
                self.position = position.in_copy(&Arc::new(copy));
                self.is_live.store(false, Ordering::Relaxed);
                self.state = State::Rest(rest);
            }
            None => {
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
                State::Ended => return Ok(0),
                State::Rest(reader) => reader.read(out)?,
                State::Live(live) => match live.look(&self.position, &self.before)? {
                    Waited::Same => live.file.read(out)?,
                    Waited::Rewritten => {
                        let succession = Arc::clone(&live.succession);
                        self.go_on_in_copy(&succession);
                        continue;
                    }
                    Waited::Overtaken => {
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
                State::Live(live) => live.goes_on(&self.position)?,
                State::Rest(_) | State::Ended => false,
            };
            if !goes_on {
                self.end();
            }
        }
    }
}

/// Notes where reading stands, and returns where it stood.
fn leave(left: &Mutex<Position>, position: Position) -> Position {
    std::mem::replace(&mut *left.lock().unwrap_or_else(PoisonError::into_inner), position)
}

/// Whether nothing is there to be read of the live file, and nothing came for a moment.
fn waits(file: File, is_live: Arc<AtomicBool>) -> impl Fn() -> bool + Send {
    move || {
        let has_more = || {
            // The reader's own file has the same position. Where nobody can tell, what is at hand is passed on.
            let read = (&file).stream_position().unwrap_or(u64::MAX);
            !is_live.load(Ordering::Relaxed) || file.metadata().is_ok_and(|metadata| metadata.len() > read)
        };
        !has_more() && {
            thread::sleep(PATIENCE);
            !has_more()
        }
    }
}

/// The file at the path of the log.
struct LiveFile {
    file: File,
    succession: Arc<Succession>,
    changes: Arc<Changes>,
    /// Another file was seen in its place: what is left in it is read, and no more comes.
    is_replaced: bool,
    /// It was waited for, and may hold another text by now.
    is_waited_for: bool,
}

impl LiveFile {
    /// What it is by now. It is left where it was to be read on, when it is the same.
    fn look(&mut self, position: &Position, before: &Position) -> io::Result<Waited> {
        if !std::mem::take(&mut self.is_waited_for) {
            return Ok(Waited::Same);
        }
        let trace = &position.trace;
        if trace.is_empty() {
            let next = self.succession.behind(before);
            let is_overtaken = next.is_some_and(|(_, file)| position.file.as_ref() != Some(&file));
            return Ok(if is_overtaken { Waited::Overtaken } else { Waited::Same });
        }
        self.file.seek(SeekFrom::Start(trace.start()))?;
        Ok(if trace.is_next_in(&mut self.file)? { Waited::Same } else { Waited::Rewritten })
    }

    /// At the end of what is there: waits for more. False when nothing more can come.
    fn goes_on(&mut self, position: &Position) -> io::Result<bool> {
        if self.is_replaced {
            return Ok(false);
        }
        let count = self.changes.count();
        self.is_replaced = self.has_successor(position);
        self.is_waited_for = true;
        let has_more = self.file.metadata()?.len() != position.trace.offset;
        if !self.is_replaced && !has_more {
            if self.changes.is_stopped() {
                return Ok(false);
            }
            self.changes.wait_after(count);
        }
        Ok(true)
    }

    /// Whether somebody writes to another file by now. What is written until that has its first byte goes into this one.
    fn has_successor(&self, position: &Position) -> bool {
        let path = self.succession.live();
        match fs::metadata(path) {
            Ok(there) if position.file.as_ref() == Some(&identity(path, &there)) => false,
            Ok(there) if there.len() > 0 => true,
            // One that was written to may have been rotated again.
            _ => self.succession.behind(position).is_some_and(|(next, _)| next.origin != Origin::Path(path.to_owned())),
        }
    }
}
