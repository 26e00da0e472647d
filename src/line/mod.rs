//! Numbered lines of any length, gathered into bounded batches. Where the bytes come from is left to `source`, what a
//! line means to `entry`.

mod physical;
mod reader;
mod unwrap;
mod utf16;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use reader::{LineReader, LineSearch};
pub use unwrap::Wrapper;

/// The longest line that is read, in bytes (64 MiB); a longer one is reported as unreadable and skipped to its end.
pub const LINE_BYTES_MAX: usize = 64 << 20;

/// How much a `LineReader` takes at once. Results never depend on the first two, only their grouping does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Text after which a batch ends with the next line, in bytes.
    pub batch_bytes: usize,
    /// Physical lines after which a batch ends.
    pub batch_lines: usize,
    /// The longest line, without its terminator, in bytes.
    pub line_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch_bytes: 1 << 18, batch_lines: 8192, line_bytes_max: LINE_BYTES_MAX }
    }
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub struct Place {
    /// The path as it was given or found; - is standard input.
    pub file: Arc<str>,
    /// The number of the physical line, from 1; of the first one when a wrapper split an entry over several. 0 stands
    /// for the file as a whole.
    pub line: u64,
}

/// How much of a line could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// A line with its terminator.
    Whole,
    /// The last line of its file, without a terminator: perhaps torn.
    Unterminated,
    /// Longer than the limit; its text is empty.
    TooLong,
    /// A record of a wrapper whose text is not there to be read; its text is empty.
    Textless(Textless),
}

impl LineState {
    /// Whether there is a text to judge. An empty text may be one.
    pub fn has_text(self) -> bool {
        !matches!(self, Self::TooLong | Self::Textless(_))
    }
}

/// Why the text of a record is not there (attacks, row 45).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Textless {
    /// `MESSAGE` is `null`: what `journalctl -o json` prints of a long field without `--all`.
    Null,
    /// There is no `MESSAGE`.
    Absent,
    /// There is more than one `MESSAGE`.
    Several,
    /// `[123B blob data]`: what `journalctl` prints of a text that is not printable, without `--all`.
    Blob,
    /// `MESSAGE` is a list of what is no bytes.
    NoBytes,
}

impl Textless {
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Null => "its MESSAGE is null",
            Self::Absent => "it has no MESSAGE",
            Self::Several => "it has several MESSAGE fields",
            Self::Blob => "journalctl wrote \"blob data\" in place of its text",
            Self::NoBytes => "its MESSAGE is a list of what is no bytes",
        }
    }
}

/// Who wrote a line, as far as what wraps it says. Not signed: it can excuse a line without a seal, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum WriterName {
    /// Nothing is said.
    #[default]
    Unnamed,
    Stdout,
    Stderr,
    /// A program by the name under which it logs, or a container. Another run of it has the same name.
    Named(Arc<str>),
    /// A process of which only the number is known. Another run of the same program has another one.
    Pid(u32),
}

/// The longest name of a writer that is told apart, in bytes.
const WRITER_BYTES_MAX: usize = 128;

impl WriterName {
    /// One of a container's outputs.
    fn output(name: &[u8]) -> Self {
        match name {
            b"stdout" => Self::Stdout,
            b"stderr" => Self::Stderr,
            _ => Self::Unnamed,
        }
    }

    /// A name as it stands in a line; an empty one is none.
    fn named(name: &[u8]) -> Self {
        let name = &name[..name.len().min(WRITER_BYTES_MAX)];
        if name.is_empty() { Self::Unnamed } else { Self::Named(String::from_utf8_lossy(name).into()) }
    }
}

impl fmt::Display for WriterName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => out.write_str("nobody named"),
            Self::Stdout => out.write_str("stdout"),
            Self::Stderr => out.write_str("stderr"),
            Self::Named(name) => out.write_str(name),
            Self::Pid(number) => write!(out, "process {number}"),
        }
    }
}

/// What of a line stands in an earlier file of its stream than the line's end (attacks, rows 41 and 57).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePart {
    pub file: usize,
    /// Bytes of that file, as in [`LineSpan::bytes`].
    pub bytes: u64,
}

/// One line of a batch, without terminator, byte order mark, padding and wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSpan {
    /// 1-based number of the (first) physical line in the file.
    pub number: u64,
    /// Where the text stands in [`Batch::text`].
    pub text: Range<usize>,
    /// Bytes of the decompressed input this line stands for: terminator, wrapper and byte order mark included. The sum
    /// over a file, with what later files have of it in `earlier`, is the file's decompressed length.
    pub bytes: u64,
    /// Whole, unterminated, or without a text.
    pub state: LineState,
    /// Where the line began, when that was in earlier files.
    pub earlier: Vec<FilePart>,
    /// What stored the line may have changed its text on the way (attacks, row 45): that it does not verify proves nothing.
    pub lossy: bool,
    /// Who wrote it, as far as its wrapper says.
    pub writer: WriterName,
}

impl LineSpan {
    /// A line that stands in one file, as it was written, by nobody named.
    pub fn new(number: u64, text: Range<usize>, bytes: u64, state: LineState) -> Self {
        Self { number, text, bytes, state, earlier: Vec::new(), lossy: false, writer: WriterName::Unnamed }
    }
}

/// A bounded piece of one file: whole lines only.
#[derive(Debug, Default)]
pub struct Batch {
    /// The text the spans point into.
    pub text: Vec<u8>,
    /// The lines in file order, blank ones included. An entry that a wrapper split stands where it is complete.
    pub lines: Vec<LineSpan>,
    /// Whether the input has nothing more at once: reading on would wait, so nothing may be held back. Only such a batch
    /// may have no line.
    pub paused: bool,
    /// Lines that somebody asks about: more is found out of them than of others.
    pub examined: Range<usize>,
}

impl Batch {
    /// The text of one of this batch's lines.
    pub fn text_of(&self, line: &LineSpan) -> &[u8] {
        &self.text[line.text.clone()]
    }

    /// Forgets the content, keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.paused = false;
        self.examined = 0..0;
    }
}

/// Tells whether reading on from a live input would wait: a pipe, a socket, a terminal.
pub struct Waits(Box<dyn Fn() -> bool + Send>);

impl Waits {
    pub fn new(ask: impl Fn() -> bool + Send + 'static) -> Self {
        Self(Box::new(ask))
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Waits")
    }
}
