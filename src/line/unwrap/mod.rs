//! What container runtimes, log daemons and exports put around a line: found on the first lines of a file, or told; taken
//! off each line, split entries joined. Whether the text inside is an entry is left to `entry`.

mod compose;
mod cri;
mod docker;
mod export;
mod header;
mod journald;
mod json;
mod pod;
mod syslog;

use super::{Batch, LineSpan, LineState, Textless, Writer};

/// Something that wraps lines (audit log, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    pub const ALL: [Self; 11] = [
        Self::Docker,
        Self::Cri,
        Self::JournaldJson,
        Self::JournaldShort,
        Self::Syslog,
        Self::Compose,
        Self::PodPrefix,
        Self::Timestamps,
        Self::Ecs,
        Self::SplunkHec,
        Self::ElasticBulk,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Cri => "cri",
            Self::JournaldJson => "journald-json",
            Self::JournaldShort => "journald-short",
            Self::Syslog => "syslog",
            Self::Compose => "compose",
            Self::PodPrefix => "pod-prefix",
            Self::Timestamps => "timestamps",
            Self::Ecs => "ecs",
            Self::SplunkHec => "splunk-hec",
            Self::ElasticBulk => "elastic-bulk",
        }
    }

    /// Appends the text inside `line` to `out`. None, and nothing appended, when the line is not wrapped this way.
    fn open(self, line: &[u8], out: &mut Vec<u8>) -> Option<Piece> {
        match self {
            Self::Docker => docker::open(line, out),
            Self::Cri => cri::open(line, out),
            Self::JournaldJson => journald::open_json(line, out),
            Self::JournaldShort => journald::open_short(line, out),
            Self::Syslog => syslog::open(line, out),
            Self::Compose => compose::open(line, out),
            Self::PodPrefix => pod::open(line, out),
            Self::Timestamps => append(header::behind_timestamp(line)?, out),
            Self::Ecs => export::open_ecs(line, out),
            Self::SplunkHec => export::open_splunk_hec(line, out),
            Self::ElasticBulk => export::open_elastic_bulk(line, out),
        }
    }
}

/// What a wrapped line turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    writer: Writer,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The end of an entry, most often all of it.
    Last,
    /// To be continued by the next piece of the same output.
    Continued,
    /// A record without a text; nothing was appended.
    Textless(Textless),
}

impl Piece {
    fn whole(writer: Writer) -> Option<Self> {
        Some(Self { writer, part: Part::Last })
    }

    /// Where the pieces of one entry are gathered: those of different outputs may be interleaved.
    fn slot(&self) -> usize {
        match self.writer {
            Writer::Stdout => 0,
            Writer::Stderr => 1,
            Writer::Unnamed | Writer::Named(_) | Writer::Pid(_) => 2,
        }
    }
}

fn append(text: &[u8], out: &mut Vec<u8>) -> Option<Piece> {
    out.extend_from_slice(text);
    Piece::whole(Writer::Unnamed)
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

/// An entry whose end has not come yet.
#[derive(Debug)]
struct Unfinished {
    number: u64,
    bytes: u64,
    text: Vec<u8>,
    state: LineState,
    writer: Writer,
}

/// Takes the wrapper off a file's lines. Keeps the pieces of unfinished entries between batches.
#[derive(Debug)]
pub(super) struct Unwrapping {
    wrapper: Wrapper,
    line_bytes_max: usize,
    unfinished: [Option<Unfinished>; 3],
}

impl Unwrapping {
    pub(super) fn new(wrapper: Wrapper, line_bytes_max: usize) -> Self {
        Self { wrapper, line_bytes_max, unfinished: [None, None, None] }
    }

    pub(super) fn wrapper(&self) -> Wrapper {
        self.wrapper
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
    fn place(&mut self, piece: Piece, line: &LineSpan, at: usize, out: &mut Batch) {
        let slot = &mut self.unfinished[piece.slot()];
        let writer = piece.writer.clone();
        let mut span = LineSpan { text: at..out.text.len(), writer: piece.writer, ..line.clone() };
        if let Part::Textless(why) = piece.part {
            span.state = LineState::Textless(why);
            out.lines.push(span);
            return;
        }
        if slot.is_none() && piece.part == Part::Last {
            out.lines.push(span);
            return;
        }
        let entry = slot.get_or_insert_with(|| Unfinished {
            number: line.number,
            bytes: 0,
            text: Vec::new(),
            state: LineState::Whole,
            writer,
        });
        entry.bytes += line.bytes;
        if entry.text.len().saturating_add(span.text.len()) > self.line_bytes_max {
            entry.state = LineState::TooLong;
            entry.text = Vec::new();
        } else if entry.state != LineState::TooLong {
            entry.text.extend_from_slice(&out.text[at..]);
        }
        out.text.truncate(at);
        if piece.part == Part::Last
            && let Some(entry) = slot.take()
        {
            out.text.extend_from_slice(&entry.text);
            span.number = entry.number;
            span.bytes = entry.bytes;
            span.text.end = out.text.len();
            if entry.state == LineState::TooLong {
                span.state = entry.state;
            }
            out.lines.push(span);
        }
    }

    /// The file has ended: entries without an end are delivered as unterminated lines.
    pub(super) fn finish(&mut self, out: &mut Batch) {
        let mut entries: Vec<Unfinished> = self.unfinished.iter_mut().filter_map(Option::take).collect();
        entries.sort_by_key(|entry| entry.number);
        for entry in entries {
            let at = out.text.len();
            out.text.extend_from_slice(&entry.text);
            let state = if entry.state.has_text() { LineState::Unterminated } else { entry.state };
            let text = at..out.text.len();
            out.lines.push(LineSpan { number: entry.number, text, bytes: entry.bytes, state, writer: entry.writer });
        }
    }

    /// The file broke off: drops unfinished entries and returns how many bytes they stood for.
    pub(super) fn give_up(&mut self) -> u64 {
        self.unfinished.iter_mut().filter_map(Option::take).map(|entry| entry.bytes).sum()
    }
}

#[cfg(test)]
mod tests;
