//! Opens an input: a regular file up to its length at this moment, everything else to its end, decompressed by its first
//! bytes. Lines are left to `line`.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use schemars::JsonSchema;
use strum::IntoStaticStr;

use super::gzip::{self, GzipReader};
use super::live::Live;
use super::scan::Kind;
use super::zstd::{self, ZstdReader};
use super::{Input, Origin};

/// Compressed bytes that are read at once.
const COMPRESSED_BUFFER_BYTES: usize = 128 << 10;

/// The first bytes that are looked at.
const HEAD_BYTES: u64 = 6;

/// A file that nobody has written to for this long has no line that is just being written.
const STILL: Duration = Duration::from_secs(2);

/// How often, and how long, the rest of a line is waited for. The pages of one write become visible one after the other.
const PAUSES_MAX: usize = 20;
const PAUSE: Duration = Duration::from_millis(1);

/// How a file is compressed, told by its first bytes, never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[schemars(rename_all = "lowercase")]
pub enum Compression {
    /// gzip, of any number of members.
    Gzip,
    /// zstd, of any number of frames.
    Zstd,
}

impl Compression {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// An input that is being read.
pub struct Opened {
    /// The decompressed bytes. A damaged file gives every byte that can be decoded, then an error.
    pub reader: Box<dyn Read + Send>,
    /// What was decompressed.
    pub compression: Option<Compression>,
    /// Bytes read so far, before decompression.
    pub progress: Arc<AtomicU64>,
    /// Tells whether reading on would wait, where it may.
    pub live: Option<Live>,
}

/// The bytes of an input as they lie on disk.
pub(super) struct Raw {
    pub(super) bytes: Box<dyn Read + Send>,
    /// Tells whether reading on would wait, where it may.
    pub(super) live: Option<Live>,
}

/// Opens an input and looks at its first bytes; on a pipe this waits for them.
///
/// # Errors
/// What the operating system says, `NotFound` or `NotADirectory` when there is no such file; `NotFound` for a hole; a
/// directory, device or socket; a compression that cannot be read.
pub fn open(input: &Input) -> io::Result<Opened> {
    let Raw { bytes, live } = raw(input)?;
    Ok(Opened { live, ..decompressed(bytes)? })
}

/// Opens an input as it lies on disk.
pub(super) fn raw(input: &Input) -> io::Result<Raw> {
    match &input.origin {
        Origin::Stdin => open_stdin(),
        Origin::Hole { why, .. } => Err(io::Error::new(ErrorKind::NotFound, &**why)),
        Origin::Path(path) => {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            match Kind::of(&metadata) {
                Kind::File => open_file(file),
                Kind::Pipe => open_live(file),
                Kind::Directory => Err(io::Error::new(ErrorKind::IsADirectory, "is a directory")),
                Kind::Other(what) => Err(io::Error::new(ErrorKind::Unsupported, what)),
            }
        }
    }
}

/// Standard input without the standard library's buffer; a redirected file has a length like any other.
#[cfg(unix)]
fn open_stdin() -> io::Result<Raw> {
    use std::os::fd::AsFd;

    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    if file.metadata()?.is_file() { open_file(file) } else { open_live(file) }
}

#[cfg(not(unix))]
fn open_stdin() -> io::Result<Raw> {
    Ok(Raw { bytes: Box::new(io::stdin()), live: Some(Live {}) })
}

#[cfg(unix)]
fn open_live(file: File) -> io::Result<Raw> {
    Ok(Raw { live: Some(Live::of(&file)?), bytes: Box::new(file) })
}

#[cfg(not(unix))]
fn open_live(file: File) -> io::Result<Raw> {
    Ok(Raw { live: Some(Live {}), bytes: Box::new(file) })
}

fn open_file(mut file: File) -> io::Result<Raw> {
    let position = file.stream_position()?;
    let length = settled_length(&mut file, || thread::sleep(PAUSE));
    file.seek(SeekFrom::Start(position))?;
    Ok(Raw { bytes: Box::new(UpToLength { file, left: length?.saturating_sub(position) }), live: None })
}

/// The length of a file; where somebody is just writing its last line, the length behind that line. A line that was caught
/// half written is no damage, and must not read as one.
fn settled_length(file: &mut File, mut pause: impl FnMut()) -> io::Result<u64> {
    for _ in 0..PAUSES_MAX {
        let metadata = file.metadata()?;
        // A time in the future is another machine's clock.
        let still = metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > STILL));
        let mut last = [b'\n'];
        if metadata.len() > 0 {
            file.seek(SeekFrom::Start(metadata.len() - 1))?;
            file.read_exact(&mut last).or_else(|error| match error.kind() {
                ErrorKind::UnexpectedEof => Ok(()),
                _ => Err(error),
            })?;
        }
        if still || last == *b"\n" {
            return Ok(metadata.len());
        }
        pause();
    }
    Ok(file.metadata()?.len())
}

/// What was compressed is decompressed, told by its first bytes.
pub(super) fn decompressed(input: Box<dyn Read + Send>) -> io::Result<Opened> {
    let progress = Arc::new(AtomicU64::new(0));
    let mut input = Counted { input, count: Arc::clone(&progress) };
    let mut head = Vec::with_capacity(HEAD_BYTES as usize);
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let compression = recognise(&head)?;
    let whole = Cursor::new(head).chain(input);
    let reader: Box<dyn Read + Send> = match compression {
        None => Box::new(whole),
        Some(Compression::Gzip) => Box::new(GzipReader::new(BufReader::with_capacity(COMPRESSED_BUFFER_BYTES, whole))),
        Some(Compression::Zstd) => Box::new(ZstdReader::new(BufReader::with_capacity(COMPRESSED_BUFFER_BYTES, whole))?),
    };
    Ok(Opened { reader, compression, progress, live: None })
}

fn recognise(head: &[u8]) -> io::Result<Option<Compression>> {
    if head.starts_with(&gzip::MAGIC) {
        return Ok(Some(Compression::Gzip));
    }
    if head.first_chunk().is_some_and(|&magic| zstd::is_magic(magic)) {
        return Ok(Some(Compression::Zstd));
    }
    let foreign: [(&[u8], &str); 3] = [(b"\xfd7zXZ\0", "xz"), (b"BZh91A", "bzip2"), (b"\x04\x22\x4d\x18", "lz4")];
    match foreign.iter().find(|(magic, _)| head.starts_with(magic)) {
        None => Ok(None),
        Some((_, name)) => {
            let text = format!("is compressed with {name}, which is not supported: decompress it first");
            Err(io::Error::new(ErrorKind::Unsupported, text))
        }
    }
}

/// A file up to the length it had when it was opened: what a running service appends belongs to the next run, and a file
/// that became shorter does not pass for a whole one.
struct UpToLength {
    file: File,
    left: u64,
}

impl Read for UpToLength {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(out.len(), |left| left.min(out.len()));
        if room == 0 {
            return Ok(0);
        }
        let count = self.file.read(&mut out[..room])?;
        if count == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(out)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
