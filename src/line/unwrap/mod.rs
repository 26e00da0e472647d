//! What container runtimes, log daemons and exports put around a line: found on the first lines of a file, or told; taken
//! off each line, split entries joined. Whether the text inside is an entry is left to `entry`.

mod docker;
mod export;
mod journald;
mod syslog;

use std::fmt;

use schemars::JsonSchema;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use strum::{IntoStaticStr, VariantArray};

use super::{Batch, FilePart, LineSpan, LineState, Textless, WriterName};

/// Something that wraps lines (audit log, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, JsonSchema, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[schemars(rename_all = "kebab-case")]
pub enum Wrapper {
    /// docker's json-file driver.
    Docker,
    /// The log format of the Kubernetes container runtime interface.
    Cri,
    /// `journalctl -o json`.
    JournaldJson,
    /// `journalctl` with a short prefix; rsyslog's files look the same.
    JournaldShort,
    /// Syslog with its priority, RFC 5424 and RFC 3164, octet count or none.
    Syslog,
    /// What `docker compose logs` puts in front: `web-1  | `, in colour or not.
    Compose,
    /// What `kubectl logs --prefix`, stern and kail put in front: `[pod/NAME/CONTAINER] `, `NAME CONTAINER `,
    /// `NAMESPACE/NAME[CONTAINER]: `.
    PodPrefix,
    /// A time and a blank, as `kubectl logs --timestamps` and `docker logs -t` put them in front.
    Timestamps,
    /// Documents after the Elastic Common Schema that hold the original. Never detected, like the following ones: what
    /// stands in an export is not what the service wrote.
    Ecs,
    /// Events of Splunk's HTTP event collector that hold the original.
    SplunkHec,
    /// The lines of a request to Elastic's bulk interface, with documents that hold the original.
    ElasticBulk,
}

impl Wrapper {
    /// Those that are detected, in the order in which they are tried.
    const DETECTED: [Self; 8] = [
        Self::Docker,
        Self::JournaldJson,
        Self::Cri,
        Self::Syslog,
        Self::JournaldShort,
        Self::Compose,
        Self::PodPrefix,
        Self::Timestamps,
    ];

    /// Every wrapper.
    pub const ALL: [Self; 11] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The name in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a line is wrapped this way.
    pub fn is_around(self, line: &[u8]) -> bool {
        self.open(line, &mut Vec::new()).is_some()
    }

    /// Appends the text inside `line` to `out`. None, and nothing appended, when the line is not wrapped this way.
    fn open(self, line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
        match self {
            Self::Docker => docker::open(line, out),
            Self::Cri => docker::open_cri(line, out),
            Self::JournaldJson => journald::open_json(line, out),
            Self::JournaldShort => journald::open_short(line, out),
            Self::Syslog => syslog::open(line, out),
            Self::Compose => docker::open_compose(line, out),
            Self::PodPrefix => docker::open_pod(line, out),
            Self::Timestamps => append(syslog::behind_timestamp(line)?, out),
            Self::Ecs => export::open_ecs(line, out),
            Self::SplunkHec => export::open_splunk_hec(line, out),
            Self::ElasticBulk => export::open_elastic_bulk(line, out),
        }
    }
}

/// What a wrapped line turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WrappedPiece {
    writer: WriterName,
    /// Tells what one writer writes at a time apart: pieces of one entry have both in common.
    stream: u64,
    part: PieceEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceEnd {
    /// The end of an entry, most often all of it.
    Last,
    /// To be continued by the next piece of the same output.
    Continued,
    /// The end of what was written, in the middle of a line.
    Torn,
    /// A record without a text; nothing was appended.
    Textless(Textless),
}

impl WrappedPiece {
    fn new(writer: WriterName, part: PieceEnd) -> Self {
        Self { writer, stream: 0, part }
    }

    fn whole(writer: WriterName) -> Option<Self> {
        Some(Self::new(writer, PieceEnd::Last))
    }
}

fn append(text: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    out.extend_from_slice(text);
    WrappedPiece::whole(WriterName::Unnamed)
}

/// Whether a text begins the way every Acra entry does (audit log, section 2).
fn looks_like_entry(text: &[u8]) -> bool {
    text.starts_with(b"{\"") || text.starts_with(b"time=\"") || text.starts_with(b"CEF:")
}

/// Finds the wrapper on the first lines of a file. The first line that is an entry, bare or unwrapped, decides; when none
/// is, because other processes wrote them or an entry was split, the form of the wrapped lines does.
pub(super) fn detect(head: &[u8]) -> Option<Wrapper> {
    // The last line may have been cut where looking ahead stopped: then it looks bare though it is not.
    let whole_to = memchr::memrchr(b'\n', head).unwrap_or(head.len());
    let mut at = 0;
    let mut by_form = None;
    let mut inside = Vec::new();
    for line in head.split(|&byte| byte == b'\n') {
        let mut decides = at < whole_to;
        at += line.len() + 1;
        for wrapper in Wrapper::DETECTED {
            inside.clear();
            if wrapper.open(line, &mut inside).is_none() {
                continue;
            }
            if looks_like_entry(&inside) {
                return Some(wrapper);
            }
            decides = false;
            by_form.get_or_insert(wrapper);
        }
        if decides && looks_like_entry(line) {
            return None;
        }
    }
    by_form
}

/// Whether a whole line of the head is an entry, bare or unwrapped: then more lines change nothing for [`detect`].
pub(super) fn has_entry(head: &[u8]) -> bool {
    let whole = memchr::memrchr(b'\n', head).map_or(&[][..], |end| &head[..end]);
    let mut inside = Vec::new();
    whole.split(|&byte| byte == b'\n').any(|line| {
        looks_like_entry(line)
            || Wrapper::DETECTED.into_iter().any(|wrapper| {
                inside.clear();
                wrapper.open(line, &mut inside).is_some() && looks_like_entry(&inside)
            })
    })
}

/// Entries that may be unfinished at a time: a container has two outputs, a journal the processes of a machine.
const UNFINISHED_MAX: usize = 64;

/// What json puts in place of bytes that are no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// An entry whose end has not come yet.
#[derive(Debug)]
struct UnfinishedEntry {
    writer: WriterName,
    stream: u64,
    /// 0 as long as all of it stands in earlier files.
    number: u64,
    bytes: u64,
    text: Vec<u8>,
    state: LineState,
    earlier: Vec<FilePart>,
    lossy: bool,
}

/// Entries that a file leaves unfinished, for the next file of the stream.
#[derive(Debug)]
pub(super) struct UnfinishedPieces(Vec<UnfinishedEntry>);

/// Takes the wrapper off a file's lines. Keeps the pieces of unfinished entries between batches.
#[derive(Debug)]
pub(super) struct Unwrapping {
    wrapper: Wrapper,
    line_bytes_max: usize,
    unfinished: Vec<UnfinishedEntry>,
}

impl Unwrapping {
    pub(super) fn new(wrapper: Wrapper, line_bytes_max: usize) -> Self {
        Self { wrapper, line_bytes_max, unfinished: Vec::new() }
    }

    pub(super) fn wrapper(&self) -> Wrapper {
        self.wrapper
    }

    /// Whether entries are unfinished.
    pub(super) fn has_pieces(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Whether parts of unfinished entries stand in earlier files.
    pub(super) fn has_earlier_pieces(&self) -> bool {
        self.unfinished.iter().any(|entry| !entry.earlier.is_empty())
    }

    /// Gives unfinished entries away, to the next file.
    pub(super) fn take_pieces(&mut self) -> UnfinishedPieces {
        UnfinishedPieces(std::mem::take(&mut self.unfinished))
    }

    /// Goes on with what an earlier file, which is `file`, left unfinished.
    pub(super) fn begin_with(&mut self, UnfinishedPieces(entries): UnfinishedPieces, file: usize) {
        self.unfinished = entries;
        for entry in &mut self.unfinished {
            entry.earlier.push(FilePart { file, bytes: std::mem::take(&mut entry.bytes) });
            entry.number = 0;
        }
    }

    /// Appends the unwrapped lines to `out`; a line that is not wrapped is passed as it is.
    pub(super) fn unwrap(&mut self, physical: &Batch, out: &mut Batch) {
        for line in &physical.lines {
            let text = physical.text_of(line);
            let at = out.text.len();
            match self.wrapper.open(text, &mut out.text) {
                Some(piece) => self.place(piece, line, at, out),
                None => {
                    out.text.extend_from_slice(text);
                    out.lines.push(LineSpan { text: at..out.text.len(), ..line.clone() });
                }
            }
        }
    }

    /// Decides about the piece that was just appended to `out` at `at`: a line, or part of an unfinished entry.
    fn place(&mut self, piece: WrappedPiece, line: &LineSpan, at: usize, out: &mut Batch) {
        if let PieceEnd::Textless(why) = piece.part {
            let state = LineState::Textless(why);
            out.lines.push(LineSpan { text: at..at, state, writer: piece.writer, ..line.clone() });
            return;
        }
        let is_begun = |entry: &UnfinishedEntry| entry.writer == piece.writer && entry.stream == piece.stream;
        let begun = self.unfinished.iter().position(is_begun);
        let beginning = begun.map_or(&out.text[at..], |index| self.unfinished[index].text.as_slice());
        let is_json = beginning.starts_with(b"{");
        let is_lossy = self.spells_in_json() && is_damaged(&out.text[at..], is_json, begun.is_some(), piece.part);
        if begun.is_none() && piece.part != PieceEnd::Continued {
            let state = if piece.part == PieceEnd::Torn { LineState::Unterminated } else { line.state };
            let (text, lossy) = (at..out.text.len(), line.lossy || is_lossy);
            out.lines.push(LineSpan { text, state, lossy, writer: piece.writer, ..line.clone() });
            return;
        }
        let text = out.text.split_off(at);
        let part = piece.part;
        let index = begun.unwrap_or_else(|| self.begin(piece, line.number, out));
        let held: usize = self.unfinished.iter().map(|entry| entry.text.len()).sum();
        let entry = &mut self.unfinished[index];
        entry.number = if entry.number == 0 { line.number } else { entry.number };
        entry.bytes += line.bytes;
        entry.earlier.extend_from_slice(&line.earlier);
        entry.lossy |= line.lossy || is_lossy;
        if held.saturating_add(text.len()) > self.line_bytes_max {
            entry.state = LineState::TooLong;
            entry.text = Vec::new();
        } else if entry.state != LineState::TooLong {
            entry.text.extend_from_slice(&text);
        }
        if part != PieceEnd::Continued {
            let state = if part == PieceEnd::Torn { LineState::Unterminated } else { line.state };
            self.unfinished.remove(index).deliver(state, out);
        }
    }

    /// Begins an unfinished entry, at the cost of the oldest one when there are too many; where it is kept.
    fn begin(&mut self, piece: WrappedPiece, number: u64, out: &mut Batch) -> usize {
        if self.unfinished.len() == UNFINISHED_MAX {
            self.unfinished.remove(0).deliver(LineState::Unterminated, out);
        }
        let (text, earlier) = (Vec::new(), Vec::new());
        let state = LineState::Whole;
        let WrappedPiece { writer, stream, .. } = piece;
        self.unfinished.push(UnfinishedEntry { writer, stream, number, bytes: 0, text, state, earlier, lossy: false });
        self.unfinished.len() - 1
    }

    /// Whether texts stand in json that cannot hold every byte. The journal prints such texts as numbers.
    fn spells_in_json(&self) -> bool {
        matches!(self.wrapper, Wrapper::Docker | Wrapper::Ecs | Wrapper::SplunkHec | Wrapper::ElasticBulk)
    }

    /// The file has ended: entries without an end are delivered as unterminated lines.
    pub(super) fn finish(&mut self, out: &mut Batch) {
        self.unfinished.sort_by_key(|entry| entry.number);
        for entry in self.unfinished.drain(..) {
            entry.deliver(LineState::Unterminated, out);
        }
    }

    /// The file broke off: drops unfinished entries and returns how many bytes they stood for.
    pub(super) fn give_up(&mut self) -> u64 {
        self.unfinished.drain(..).map(|entry| entry.bytes).sum()
    }
}

impl UnfinishedEntry {
    fn deliver(self, state: LineState, out: &mut Batch) {
        let at = out.text.len();
        out.text.extend_from_slice(&self.text);
        let state = if self.state == LineState::TooLong { LineState::TooLong } else { state };
        let Self { number, bytes, earlier, lossy, writer, .. } = self;
        let span = LineSpan::new(number.max(1), at..out.text.len(), bytes, state);
        out.lines.push(LineSpan { earlier, lossy, writer, ..span });
    }
}

/// Whether bytes of a piece may have been replaced on the way. Where an entry was cut its halves of a character were; and
/// of the formats only json is never written with bytes that are no text.
fn is_damaged(piece: &[u8], is_json: bool, goes_on: bool, part: PieceEnd) -> bool {
    let at_joint =
        (goes_on && piece.starts_with(REPLACEMENT)) || (part == PieceEnd::Continued && piece.ends_with(REPLACEMENT));
    let inside = !is_json && memchr::memmem::find(piece, REPLACEMENT).is_some();
    at_joint || inside
}

/// A text inside the json of a wrapper, whichever key it stands under: appends a json string, decoded, or an array of byte
/// numbers to `out`.
struct JsonText<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for JsonText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for JsonText<'_> {
    type Value = ();

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("a string or byte numbers")
    }

    fn visit_bytes<E: serde::de::Error>(self, text: &[u8]) -> Result<(), E> {
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<(), A::Error> {
        while let Some(byte) = numbers.next_element::<u8>()? {
            self.out.push(byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
