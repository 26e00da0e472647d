//! Opens an input: a regular file up to its length at this moment, everything else to its end, decompressed by its first
//! bytes; on request hashed on the way, as `sha256sum` does, and watched, where reading may wait for somebody to write.
//! Lines are left to `line`.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{fmt, thread};

use parking_lot::Mutex;
use schemars::JsonSchema;
use sha2::{Digest as _, Sha256};
use strum::IntoStaticStr;

use super::gzip::{self, GzipReader};
use super::scan::FileKind;
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

/// How long nothing must come until an input counts as waiting: a busy writer is not, even when it is slower than we are.
pub const PATIENCE: Duration = Duration::from_millis(10);

/// Bytes behind the end of the text that are read at once.
const REST_BUFFER_BYTES: usize = 64 << 10;

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
    /// The file itself, when it is a regular one.
    pub file: Option<OpenFile>,
    /// The number of the line with which it begins: from 1, more where what stands before is not read.
    pub first_line: u64,
    /// What stands before and is not read showed that its lines are not wrapped.
    pub is_bare: bool,
}

impl Opened {
    /// A text that is no file, from its beginning on.
    pub fn of(reader: Box<dyn Read + Send>) -> Self {
        let progress = Arc::default();
        Self { reader, compression: None, progress, live: None, file: None, first_line: 1, is_bare: false }
    }

    /// The same behind so many bytes, which are not read; None where they cannot be told from the others: in what is
    /// decompressed, in what is no file, and in a file that has fewer.
    pub fn behind(self, bytes: u64) -> Option<Self> {
        let OpenFile { file, length } = self.file.clone().filter(|_| self.compression.is_none())?;
        let left = length.checked_sub(bytes)?;
        (&*file).seek(SeekFrom::Start(bytes)).ok()?;
        self.progress.store(bytes, Ordering::Relaxed);
        let reader = Counted { input: UpToLength { file, left }, count: Arc::clone(&self.progress) };
        Some(Self { reader: Box::new(reader), ..self })
    }
}

/// A regular file that is open.
#[derive(Clone, Debug)]
pub struct OpenFile {
    pub file: Arc<File>,
    /// Up to here it is read.
    pub length: u64,
}

/// An input that may keep its reader waiting, and what tells whether it would.
pub struct Live(Box<dyn Fn() -> bool + Send>);

impl Live {
    /// `waits` tells whether nothing is there to be read. At the end of an input there is something: its end.
    pub fn new(waits: impl Fn() -> bool + Send + 'static) -> Self {
        Self(Box::new(waits))
    }

    /// The file must not be a regular one. It waits when nothing came for a moment.
    #[cfg(unix)]
    fn of(file: &File) -> io::Result<Self> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let file = file.try_clone()?;
        let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(PATIENCE.subsec_nanos()) };
        Ok(Self::new(move || {
            let mut asked = [PollFd::new(&file, PollFlags::IN)];
            // Where nobody can tell, what is at hand is passed on.
            !poll(&mut asked, Some(&patience)).is_ok_and(|ready| ready > 0)
        }))
    }

    /// Where the system does not tell, what is at hand is always passed on.
    #[cfg(not(unix))]
    fn always() -> Self {
        Self::new(|| true)
    }

    /// Whether reading on would wait.
    pub fn waits(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Live")
    }
}

/// The bytes of an input, as they lie on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many were read.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Whether that is all of the input, as far as it was to be read.
    pub is_whole: bool,
}

/// A digest that is there once the input was read to its end, or as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct PendingDigest(Arc<OnceLock<Digest>>);

impl PendingDigest {
    /// The digest; None while the input is being read, and when nobody read on.
    pub fn get(&self) -> Option<Digest> {
        self.0.get().copied()
    }
}

/// The bytes of an input as they lie on disk.
struct Raw {
    bytes: Box<dyn Read + Send>,
    /// Tells whether reading on would wait, where it may.
    live: Option<Live>,
    /// The file itself, when it is a regular one.
    file: Option<OpenFile>,
}

/// Opens an input and looks at its first bytes; on a pipe this waits for them.
///
/// # Errors
/// What the operating system says, `NotFound` or `NotADirectory` when there is no such file; `NotFound` for a hole; a
/// directory, device or socket; a compression that cannot be read.
pub fn open(input: &Input) -> io::Result<Opened> {
    let Raw { bytes, live, file } = raw(input)?;
    Ok(Opened { live, file, ..decompressed(bytes)? })
}

/// What was compressed is decompressed, told by its first bytes.
///
/// # Errors
/// Those of the reader; a compression that cannot be read.
pub fn decompressed(input: Box<dyn Read + Send>) -> io::Result<Opened> {
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
    Ok(Opened { reader, compression, progress, live: None, file: None, first_line: 1, is_bare: false })
}

/// Opens an input as [`open()`] does, and hashes its bytes in the thread that reads it. Where the decompressor gives
/// up, the rest of the file is read for its hash alone.
pub fn open_hashed(input: &Input) -> io::Result<(Opened, PendingDigest)> {
    let digest = PendingDigest::default();
    let Raw { bytes, live, file } = raw(input)?;
    let source = Hashed { input: bytes, sha256: Sha256::new(), bytes: 0 };
    let source = Shared(Arc::new(Mutex::new(source)));
    let opened = decompressed(Box::new(source.clone()))?;
    let reader = ToTheEnd { text: opened.reader, source, digest: digest.clone() };
    Ok((Opened { reader: Box::new(reader), live, file, ..opened }, digest))
}

/// The first letters of a text in UTF-16, or what stands before them.
const DECODED_HEAD_BYTES: usize = 4;

/// Whether a text that begins so may have to be decoded from its beginning on, as UTF-16 has.
pub fn must_be_decoded(text: &[u8]) -> bool {
    let head = &text[..text.len().min(DECODED_HEAD_BYTES)];
    head.contains(&0) || matches!(head, [0xfe | 0xff, ..])
}

/// Opens an input for its bytes as they lie on disk.
///
/// # Errors
/// As those of [`open()`].
pub fn open_as_it_lies(input: &Input) -> io::Result<Box<dyn Read + Send>> {
    Ok(raw(input)?.bytes)
}

/// Whether something is piped, or redirected, into standard input: not a terminal, not `/dev/null`.
#[cfg(unix)]
pub fn stdin_is_fed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    let kind = io::stdin().as_fd().try_clone_to_owned().and_then(|stdin| File::from(stdin).metadata());
    kind.is_ok_and(|it| {
        let kind = it.file_type();
        kind.is_file() || kind.is_fifo() || kind.is_socket()
    })
}

/// Whether something is piped, or redirected, into standard input: not a terminal.
#[cfg(not(unix))]
pub fn stdin_is_fed() -> bool {
    use std::io::IsTerminal as _;
    !io::stdin().is_terminal()
}

/// Opens an input as it lies on disk.
fn raw(input: &Input) -> io::Result<Raw> {
    match &input.origin {
        Origin::Stdin => open_stdin(),
        Origin::Hole { why, .. } => Err(io::Error::new(ErrorKind::NotFound, &**why)),
        Origin::Path(path) => {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            match FileKind::of(&metadata) {
                FileKind::File => open_file(file),
                FileKind::Pipe => open_live(file),
                FileKind::Directory => Err(io::Error::new(ErrorKind::IsADirectory, "is a directory")),
                FileKind::Other(what) => Err(io::Error::new(ErrorKind::Unsupported, what)),
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
    Ok(Raw { bytes: Box::new(io::stdin()), live: Some(Live::always()), file: None })
}

#[cfg(unix)]
fn open_live(file: File) -> io::Result<Raw> {
    Ok(Raw { live: Some(Live::of(&file)?), bytes: Box::new(file), file: None })
}

#[cfg(not(unix))]
fn open_live(file: File) -> io::Result<Raw> {
    Ok(Raw { live: Some(Live::always()), bytes: Box::new(file), file: None })
}

fn open_file(mut file: File) -> io::Result<Raw> {
    let position = file.stream_position()?;
    let length = settled_length(&mut file, || thread::sleep(PAUSE));
    file.seek(SeekFrom::Start(position))?;
    let (file, length) = (Arc::new(file), length?);
    let bytes = UpToLength { file: Arc::clone(&file), left: length.saturating_sub(position) };
    Ok(Raw { bytes: Box::new(bytes), live: None, file: Some(OpenFile { file, length }) })
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
    file: Arc<File>,
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

/// The bytes as they lie on disk, with the hash of those that were read.
struct Hashed {
    input: Box<dyn Read + Send>,
    sha256: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(out)?;
        self.sha256.update(&out[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

impl Hashed {
    /// Reads what the decompressor left.
    fn finish(&mut self) -> Digest {
        let mut buffer = vec![0; REST_BUFFER_BYTES];
        let is_whole = loop {
            match self.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) => break true,
                // What cannot be read is in no hash; that it cannot was said when the text was read.
                Err(_) => break false,
                Ok(_) => {}
            }
        };
        Digest { bytes: self.bytes, sha256: self.sha256.clone().finalize().into(), is_whole }
    }
}

/// The decompressor reads from it, and what is left is read when the decompressor is done; never both at once.
#[derive(Clone)]
struct Shared(Arc<Mutex<Hashed>>);

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.lock().read(out)
    }
}

/// The decompressed bytes; at their end, or where they break off, the digest is made.
struct ToTheEnd {
    text: Box<dyn Read + Send>,
    source: Shared,
    digest: PendingDigest,
}

impl Read for ToTheEnd {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(out);
        let ended = match &read {
            Ok(count) => *count == 0 && !out.is_empty(),
            Err(error) => error.kind() != ErrorKind::Interrupted,
        };
        if ended {
            self.digest.0.get_or_init(|| self.source.0.lock().finish());
        }
        read
    }
}

#[cfg(test)]
mod tests;
