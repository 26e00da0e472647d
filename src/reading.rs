//! Reads the files of a stream, one after the other, as batches of lines, and says what happens to the files. What the lines
//! mean is left to others.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::entry;
use crate::line::{Batch, Limits, LineReader, LineSearch, LineSpan, LineState, Waits, Wrapper};
use crate::source::{Compression, FollowedFiles, Input, Opened, Origin};

/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 512;

/// What reading needs from outside.
#[derive(Clone, Copy)]
pub struct ReadHooks<'a> {
    /// Opens an input: `source::open`, or what a test puts in its place.
    pub open: &'a (dyn Fn(&Input) -> io::Result<Opened> + Sync),
    /// Is told that so many more bytes of the input were read, as they lie on disk.
    pub on_read: &'a (dyn Fn(u64) + Sync),
    /// The log, when it is followed.
    pub followed: Option<&'a (dyn FollowedFiles + 'a)>,
}

/// A log that is followed is waited for so long to complete the last line of the file before it. Then the line is delivered as it is.
const COMPLETED_WITHIN: Duration = Duration::from_secs(1);

/// Whether something is in a file, or comes into it within so long.
fn has_bytes_within(input: &Input, length: Duration) -> bool {
    let Origin::Path(path) = &input.origin else { return true };
    let begun = Instant::now();
    loop {
        match path.metadata() {
            Ok(there) if there.len() > 0 || !there.is_file() => return true,
            _ if begun.elapsed() >= length => return false,
            _ => thread::sleep(length / 50),
        }
    }
}

/// How lines are read.
#[derive(Clone, Copy, Default)]
pub struct ReadOptions<'a> {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
    /// Leaves out lines that it does not find, where that is faster.
    pub search: Option<&'a dyn LineSearch>,
}

/// The files of one stream, read one after the other.
pub struct StreamReader<'a> {
    files: &'a [Input],
    /// Those behind them, of a log that is followed.
    added: Vec<Input>,
    /// How many files were told of.
    told: usize,
    /// The file to open next.
    next: usize,
    current: Option<Box<CurrentFile>>,
    /// No lines are on their way to whoever wants them when the next ones are asked for.
    is_all_taken: bool,
    /// Files that were opened already, to see whether they complete what the current one leaves unfinished.
    ahead: VecDeque<Ahead>,
    options: ReadOptions<'a>,
    hooks: ReadHooks<'a>,
}

/// A file that was opened before its turn.
enum Ahead {
    Open(Box<CurrentFile>),
    Failed(FileEvent),
}

/// Empty files that are passed over to find one that completes an unfinished line.
const EMPTY_FILES_MAX: usize = 16;

struct CurrentFile {
    file: usize,
    lines: LineReader<Box<dyn io::Read + Send>>,
    compression: Option<Compression>,
    progress: Arc<AtomicU64>,
    disk_bytes_told: u64,
    failed: bool,
}

impl<'a> StreamReader<'a> {
    /// Nothing is opened yet.
    pub fn new(files: &'a [Input], options: ReadOptions<'a>, hooks: ReadHooks<'a>) -> Self {
        Self {
            files,
            added: Vec::new(),
            told: files.len(),
            next: 0,
            current: None,
            is_all_taken: true,
            ahead: VecDeque::new(),
            options,
            hooks,
        }
    }

    /// Begins with a later file.
    #[must_use]
    pub fn beginning_at(self, file: usize) -> Self {
        Self { next: file, ..self }
    }

    /// Leaves the rest of the current file unread.
    pub fn skip_file(&mut self) {
        self.current = None;
    }

    /// What comes next of the stream; None behind the last file.
    pub fn next(&mut self, batch: &mut Batch) -> Option<FileEvent> {
        if let Some(followed) = self.hooks.followed {
            // Behind a batch that is paused nothing is read before it was taken.
            followed.set_taken(self.is_all_taken);
        }
        batch.paused = false;
        let event = self.next_event(batch)?;
        if matches!(event, FileEvent::Lines { .. }) {
            separate(batch);
            self.is_all_taken = batch.paused;
        }
        Some(event)
    }

    fn next_event(&mut self, batch: &mut Batch) -> Option<FileEvent> {
        let Some(mut current) = self.current.take() else { return self.open_next() };
        let mut filled = current.fill(batch, self.options.search);
        while matches!(filled, Ok(false)) && current.leaves_unfinished() {
            self.hand_on(&mut current);
            filled = current.fill(batch, self.options.search);
        }
        let file = current.file;
        let disk_bytes = current.progress.load(Ordering::Relaxed);
        (self.hooks.on_read)(disk_bytes.saturating_sub(current.disk_bytes_told));
        current.disk_bytes_told = disk_bytes;
        let event = match filled {
            Ok(true) => FileEvent::Lines { file },
            Ok(false) => {
                // It may be waited for the next file.
                batch.paused = self.hooks.followed.is_some();
                self.is_all_taken = batch.paused;
                let closed = FileEvent::Closed {
                    file,
                    bytes: current.lines.bytes_read(),
                    wrapper: current.lines.wrapper().map(|wrapper| wrapper.name()),
                    compression: current.compression.map(Compression::name),
                };
                return Some(closed);
            }
            Err(error) => {
                batch.clear();
                current.failed = true;
                let lost_bytes = current.lines.bytes_lost();
                FileEvent::Failed { file, missing: false, why: error.to_string(), lost_bytes }
            }
        };
        self.current = Some(current);
        Some(event)
    }

    /// Gives what the current file leaves unfinished to the next one, when that completes it; otherwise it is delivered as
    /// it is.
    fn hand_on(&mut self, current: &mut CurrentFile) {
        if let Some(followed) = self.hooks.followed {
            followed.set_taken(false);
        }
        if let Some(next) = self.next_with_lines()
            && current.goes_on_in(next)
            && let Some(held) = current.lines.take_held()
        {
            return next.lines.begin_with(held, current.file);
        }
        current.lines.release_held();
    }

    /// The next file that has a line, opened; None when there is none, or one before it cannot be opened.
    fn next_with_lines(&mut self) -> Option<&mut CurrentFile> {
        for index in 0..EMPTY_FILES_MAX {
            if index == self.ahead.len() {
                let is_known = self.hooks.followed.and(self.input(self.next));
                if is_known.is_some_and(|input| !has_bytes_within(input, COMPLETED_WITHIN)) {
                    return None;
                }
                let ahead = self.open_file()?;
                self.ahead.push_back(ahead);
            }
            match &mut self.ahead[index] {
                Ahead::Failed(_) => return None,
                Ahead::Open(next) => {
                    if next.lines.peek_line().is_some() {
                        break;
                    }
                }
            }
        }
        self.ahead.iter_mut().find_map(|ahead| match ahead {
            Ahead::Open(next) => next.lines.peek_line().is_some().then_some(next.as_mut()),
            Ahead::Failed(_) => None,
        })
    }

    fn open_next(&mut self) -> Option<FileEvent> {
        let ahead = match self.ahead.pop_front() {
            Some(ahead) => ahead,
            None => self.open_file()?,
        };
        let file = match &ahead {
            Ahead::Open(current) => current.file,
            Ahead::Failed(event) => event.file(),
        };
        let Input { shown, after_gap, .. } = self.input(file)?;
        if file >= self.told {
            let added = FileEvent::Added { file, shown: Arc::clone(shown) };
            self.told = file + 1;
            self.ahead.push_front(ahead);
            return Some(added);
        }
        let opened = FileEvent::Opened { file, after_gap: *after_gap };
        match ahead {
            Ahead::Open(current) => {
                self.current = Some(current);
                Some(opened)
            }
            Ahead::Failed(event) => Some(event),
        }
    }

    fn input(&self, file: usize) -> Option<&Input> {
        self.files.get(file).or_else(|| self.added.get(file - self.files.len()))
    }

    /// Opens the next file that was not opened yet.
    fn open_file(&mut self) -> Option<Ahead> {
        let file = self.next;
        if self.input(file).is_none() {
            self.added.push(self.hooks.followed.and_then(|log| log.next_file())?);
        }
        self.next += 1;
        let input = self.input(file)?;
        Some(match (self.hooks.open)(input) {
            Ok(Opened { reader, compression, progress, live, first_line, is_bare, .. }) => {
                let mut lines = match self.options.wrapper {
                    _ if is_bare => LineReader::bare(reader, self.options.limits),
                    None => LineReader::with_limits(reader, self.options.limits),
                    Some(wrapper) => LineReader::with_wrapper(reader, self.options.limits, wrapper),
                };
                if let Some(live) = live {
                    lines = lines.watching(Waits::new(move || live.waits()));
                }
                lines.begin_at(first_line);
                if self.next < self.files.len() || self.hooks.followed.is_some() {
                    lines.hold_unfinished();
                }
                let current = CurrentFile { file, lines, compression, progress, disk_bytes_told: 0, failed: false };
                Ahead::Open(Box::new(current))
            }
            Err(error) => {
                let missing = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
                let why = match input.origin {
                    Origin::Path(_) if missing => "the file is missing".to_owned(),
                    _ => error.to_string(),
                };
                Ahead::Failed(FileEvent::Failed { file, missing, why, lost_bytes: 0 })
            }
        })
    }
}

impl CurrentFile {
    fn fill(&mut self, batch: &mut Batch, search: Option<&dyn LineSearch>) -> io::Result<bool> {
        match search {
            _ if self.failed => Ok(false),
            Some(search) => self.lines.fill_wanted(batch, search),
            None => self.lines.fill(batch),
        }
    }

    fn leaves_unfinished(&self) -> bool {
        !self.failed && (self.lines.held_line().is_some() || self.lines.holds_pieces())
    }

    /// Whether the line that this file leaves unfinished, or else the pieces, go on in the next one (attacks, rows 41 and 57).
    fn goes_on_in(&self, next: &mut Self) -> bool {
        let (before, after) = (self.lines.wrapper(), next.lines.wrapper());
        let Some(head) = self.lines.held_line() else { return before == after };
        let Some(rest) = next.lines.peek_line() else { return false };
        match before.or(after) {
            None => entry::completes(head, rest),
            Some(wrapper) => !wrapper.is_around(rest) && wrapper.is_around(&[head, rest].concat()),
        }
    }
}

/// Makes two lines of one in which a second entry begins behind a torn one (attacks, row 47).
fn separate(batch: &mut Batch) {
    let Batch { text, lines, .. } = batch;
    let is_glued =
        |line: &LineSpan| line.state != LineState::TooLong && entry::second_entry(&text[line.text.clone()]).is_some();
    // Nearly no log has one, and nothing else is done with every line on this thread.
    let Some(first) = lines.par_iter().with_min_len(LINES_PER_TASK).position_first(is_glued) else { return };
    for mut line in lines.split_off(first) {
        while line.state != LineState::TooLong
            && let Some(at) = entry::second_entry(&text[line.text.clone()])
        {
            let torn = &text[line.text.start..line.text.start + at];
            let letters = torn.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let mut before = LineSpan { state: LineState::Unterminated, ..line.clone() };
            before.text.end = before.text.start + letters;
            before.bytes = if line.earlier.is_empty() { line.bytes.min(at as u64) } else { 0 };
            line.text.start += at;
            line.bytes -= before.bytes;
            line.earlier.clear();
            lines.push(before);
        }
        lines.push(line);
    }
}

/// Something that happens to a file of a stream, in the order in which it is read. `file` is the index of a file in its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEvent {
    /// Another file belongs to the stream, behind those that are known: it took the place of the live one.
    Added {
        /// Which file.
        file: usize,
        /// How it is named to people. Hostile.
        shown: Arc<str>,
    },
    /// A file was opened; nothing is known of it yet.
    Opened {
        /// Which file.
        file: usize,
        /// Whether something may be missing in front of it.
        after_gap: bool,
    },
    /// The batch holds lines of a file.
    Lines {
        /// Which file.
        file: usize,
    },
    /// A file gives nothing more.
    Closed {
        /// Which file.
        file: usize,
        /// Its bytes after decompression, counted where they were read.
        bytes: u64,
        /// The name of its wrapper.
        wrapper: Option<&'static str>,
        /// The name of its compression.
        compression: Option<&'static str>,
    },
    /// A file is not there, or gives nothing more although it is not at its end.
    Failed {
        /// Which file.
        file: usize,
        /// It is not there.
        missing: bool,
        /// What happened, for people.
        why: String,
        /// Bytes that were read but are not in any line.
        lost_bytes: u64,
    },
}

impl FileEvent {
    /// The file it belongs to.
    pub fn file(&self) -> usize {
        match *self {
            Self::Added { file, .. }
            | Self::Opened { file, .. }
            | Self::Lines { file }
            | Self::Closed { file, .. }
            | Self::Failed { file, .. } => file,
        }
    }
}
