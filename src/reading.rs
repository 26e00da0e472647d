//! Reads the files of a stream, one after the other, as batches of lines, and shows them to an audience. What the lines
//! mean is left to the audience; `verification` reads the same way and judges the lines first.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::line::{Batch, Limits, LineReader, Search, Wrapper};
use crate::source::{Compression, Input, Opened, Origin, Stream};
use crate::verdict::{Integrity, Piece};

/// What reading needs from outside.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Opens an input: [`crate::source::open`], or what a test puts in its place.
    pub open: &'a (dyn Fn(&Input) -> io::Result<Opened> + Sync),
    /// Is told that so many more bytes of the input were read, as they lie on disk.
    pub on_read: &'a (dyn Fn(u64) + Sync),
}

/// How lines are read.
#[derive(Clone, Copy, Default)]
pub struct How<'a> {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
    /// Leaves out lines that it does not find, where that is faster.
    pub search: Option<&'a dyn Search>,
}

/// What an audience wants to see next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Whatever comes.
    Continue,
    /// Nothing more of this file.
    SkipFile,
    /// Nothing more at all.
    Stop,
}

/// Is shown the lines of every stream in their order. It is shown all of them, except that with a [`Search`] lines that
/// cannot matter may be left out.
pub trait Audience: Send {
    /// A stream begins.
    ///
    /// # Errors
    /// Those of whatever it writes to, here and below.
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()>;

    /// A piece of the stream, with the lines of the batch, and what verification says of each when there is one.
    ///
    /// # Errors
    /// Those of whatever it writes to.
    fn take(&mut self, piece: &Piece, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow>;
}

/// Reads streams without verifying them: while a batch is shown, the next one is read.
///
/// # Errors
/// Those of the audience. What cannot be read is a piece, not an error.
pub fn read(streams: &[Stream], how: How<'_>, around: Surroundings<'_>, audience: &mut dyn Audience) -> io::Result<()> {
    for stream in streams {
        audience.begin_stream(stream)?;
        let mut reading = Reading::new(&stream.files, how, around);
        let (mut now, mut ahead) = (Batch::default(), Batch::default());
        let mut piece = reading.next(&mut now);
        while let Some(current) = piece {
            let (flow, next) = rayon::join(|| audience.take(&current, &now, None), || reading.next(&mut ahead));
            piece = next;
            std::mem::swap(&mut now, &mut ahead);
            match flow? {
                Flow::Continue => {}
                Flow::SkipFile => {
                    let file = current.file();
                    while piece.as_ref().is_some_and(|piece| piece.file() == file) {
                        reading.skip_file();
                        piece = reading.next(&mut now);
                    }
                }
                Flow::Stop => return Ok(()),
            }
        }
    }
    Ok(())
}

/// The files of one stream, read one after the other.
pub struct Reading<'a> {
    files: &'a [Input],
    /// The file to open next.
    next: usize,
    current: Option<Current>,
    how: How<'a>,
    around: Surroundings<'a>,
}

struct Current {
    file: usize,
    lines: LineReader<Box<dyn io::Read + Send>>,
    compression: Option<Compression>,
    progress: Arc<AtomicU64>,
    disk_bytes_told: u64,
    failed: bool,
}

impl<'a> Reading<'a> {
    /// Nothing is opened yet.
    pub fn new(files: &'a [Input], how: How<'a>, around: Surroundings<'a>) -> Self {
        Self { files, next: 0, current: None, how, around }
    }

    /// Leaves the rest of the current file unread.
    pub fn skip_file(&mut self) {
        self.current = None;
    }

    /// The next piece of the stream; None behind the last file.
    pub fn next(&mut self, batch: &mut Batch) -> Option<Piece> {
        let Some(current) = &mut self.current else { return self.open_next() };
        let file = current.file;
        let filled = match self.how.search {
            _ if current.failed => Ok(false),
            Some(search) => current.lines.fill_wanted(batch, search),
            None => current.lines.fill(batch),
        };
        let disk_bytes = current.progress.load(Ordering::Relaxed);
        (self.around.on_read)(disk_bytes.saturating_sub(current.disk_bytes_told));
        current.disk_bytes_told = disk_bytes;
        let piece = match filled {
            Ok(true) => Piece::Lines { file },
            Ok(false) => {
                let closed = Piece::Closed {
                    file,
                    bytes: current.lines.bytes_read(),
                    wrapper: current.lines.wrapper().map(|wrapper| wrapper.name()),
                    compression: current.compression.map(Compression::name),
                };
                self.current = None;
                closed
            }
            Err(error) => {
                batch.clear();
                current.failed = true;
                let lost_bytes = current.lines.bytes_lost();
                Piece::Failed { file, missing: false, why: error.to_string(), lost_bytes }
            }
        };
        Some(piece)
    }

    fn open_next(&mut self) -> Option<Piece> {
        let file = self.next;
        let input = self.files.get(file)?;
        self.next += 1;
        match (self.around.open)(input) {
            Ok(Opened { reader, compression, progress }) => {
                let lines = match self.how.wrapper {
                    None => LineReader::with_limits(reader, self.how.limits),
                    Some(wrapper) => LineReader::with_wrapper(reader, self.how.limits, wrapper),
                };
                let current = Current { file, lines, compression, progress, disk_bytes_told: 0, failed: false };
                self.current = Some(current);
                Some(Piece::Opened { file, after_gap: input.after_gap })
            }
            Err(error) => {
                let missing = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
                let why = match input.origin {
                    Origin::Path(_) if missing => "the file is missing".to_owned(),
                    _ => error.to_string(),
                };
                Some(Piece::Failed { file, missing, why, lost_bytes: 0 })
            }
        }
    }
}

#[cfg(test)]
mod tests;
