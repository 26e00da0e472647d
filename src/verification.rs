//! Walks the lines of every stream through the house: source, line, entry, chain, verdict. What comes out is left to the
//! judge's sink; every verb that verifies goes this way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chain::{Pace, Schedule};
use crate::key::AuditKey;
use crate::line::{Batch, Limits, LineReader, Wrapper};
use crate::source::{Compression, Input, Opened, Stream};
use crate::verdict::{Judge, Piece};

/// How the work is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// Stages side by side, or one entry after the other. No answer depends on it.
    pub pace: Pace,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
}

/// What a verification needs from outside.
pub struct Surroundings<'a> {
    /// Opens an input: [`crate::source::open`], or what a test puts in its place.
    pub open: &'a (dyn Fn(&Input) -> io::Result<Opened> + Sync),
    /// Is told that so many more bytes of the input were read, as they lie on disk.
    pub on_read: &'a (dyn Fn(u64) + Sync),
}

/// Verifies streams, one after the other, on the threads of the current pool.
///
/// # Errors
/// When the report cannot be written, or the account of bytes does not come out. What cannot be read is a finding, not an
/// error.
pub fn verify(
    streams: &[Stream],
    keys: &[AuditKey],
    manner: Manner,
    around: &Surroundings<'_>,
    judge: &mut Judge<'_>,
) -> io::Result<()> {
    let mut schedule = Schedule::new(keys, manner.pace);
    for stream in streams {
        let files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        judge.begin_stream(Arc::clone(&stream.name), files);
        let mut reading = Reading { files: &stream.files, next: 0, current: None, manner, around };
        schedule.run(&mut |batch| reading.next(batch), &mut |piece, followed| judge.take(piece, &followed))?;
        judge.end_stream()?;
    }
    Ok(())
}

/// The files of one stream, read one after the other.
struct Reading<'a> {
    files: &'a [Input],
    /// The file to open next.
    next: usize,
    current: Option<Current>,
    manner: Manner,
    around: &'a Surroundings<'a>,
}

struct Current {
    file: usize,
    lines: LineReader<Box<dyn io::Read + Send>>,
    compression: Option<Compression>,
    progress: Arc<AtomicU64>,
    disk_bytes_told: u64,
    failed: bool,
}

impl Reading<'_> {
    /// The next piece of the stream; None behind the last file.
    fn next(&mut self, batch: &mut Batch) -> Option<Piece> {
        let Some(current) = &mut self.current else { return self.open_next() };
        let file = current.file;
        let filled = if current.failed { Ok(false) } else { current.lines.fill(batch) };
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
                let lines = match self.manner.wrapper {
                    None => LineReader::with_limits(reader, self.manner.limits),
                    Some(wrapper) => LineReader::with_wrapper(reader, self.manner.limits, wrapper),
                };
                let current = Current { file, lines, compression, progress, disk_bytes_told: 0, failed: false };
                self.current = Some(current);
                Some(Piece::Opened)
            }
            Err(error) => {
                let missing = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
                Some(Piece::Failed { file, missing, why: error.to_string(), lost_bytes: 0 })
            }
        }
    }
}
