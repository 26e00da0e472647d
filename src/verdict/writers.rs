//! Whose line a line without a seal is: what the wrapper says another output or another process wrote is held against no
//! chain (attacks, rows 42 and 56). Sealed lines are judged wherever they stand; they show whose log this is.

use std::collections::HashMap;

use super::code::Code;
use super::rulings::{self, FindingBuilder, LinePosition, LineRange, Rulings};
use super::unsigned::UnsignedLines;
use crate::chain::Fingerprint;
use crate::entry::{self, Entry, Marker};
use crate::line::{LineSpan, LineState, Textless, WriterName};

/// Writers of sealed lines that are told apart. With more of them every line is taken for one of theirs.
const SEALERS_MAX: usize = 64;

/// Writers whose lines wait for the first sealed line. Those of further ones are held against the log.
const WAITING_MAX: usize = 1024;

/// Writers that are named in a message.
const NAMES_MAX: usize = 3;

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct Writers {
    /// Those of sealed lines, as far as they have a name.
    sealers: Vec<WriterName>,
    /// Sealed lines without a writer were seen.
    unnamed: bool,
    /// Lines without a seal that stand before every sealed line.
    waiting: HashMap<WriterName, WaitingLines>,
    others: Option<Others>,
}

/// Lines of one writer. Whether he writes the log is not known yet.
#[derive(Clone, Default)]
pub(super) struct WaitingLines {
    pub(super) lines: UnsignedLines,
    entries: u64,
    /// Those with the marker of a chain.
    pub(super) marked: Option<LineRange>,
    pub(super) textless: Option<(LineRange, Textless)>,
}

/// What others wrote.
#[derive(Clone)]
struct Others {
    lines: LineRange,
    /// Lines that look like entries of Acra's.
    entries: u64,
    names: Vec<WriterName>,
    more: bool,
}

/// Whose line it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    ThisLog,
    Others,
    Unknown,
}

impl Writers {
    /// Takes a line that another one wrote, or that may turn out to be one of theirs. False when it is to be judged.
    pub(super) fn is_of_others(
        &mut self,
        out: &mut Rulings,
        position: LinePosition,
        line: &LineSpan,
        text: &[u8],
        (entry, fingerprint): (Option<&Entry>, Fingerprint),
    ) -> bool {
        let looks_written = || entry::looks_written(text);
        let ends = || entry.is_some_and(|entry| entry.marker == Marker::End) && entry::may_be_torn(text);
        match self.whose(&line.writer, looks_written) {
            Whose::ThisLog => false,
            // What may be torn is judged at once.
            Whose::Unknown if line.state == LineState::Unterminated || ends() => false,
            Whose::Others => {
                out.count_line(position, line, |account| &mut account.other);
                let entries = u64::from(looks_written());
                self.count_others(&line.writer, LineRange::begin(position, line), entries);
                true
            }
            Whose::Unknown => {
                let waiting = self.waiting.entry(line.writer.clone()).or_default();
                waiting.lines.add(position, line, text, entry.map(|_| fingerprint));
                waiting.entries += u64::from(looks_written());
                if entry.is_some_and(|entry| entry.marker != Marker::Middle) {
                    rulings::extend(&mut waiting.marked, position, line);
                }
                true
            }
        }
    }

    /// The same for a record without a text.
    pub(super) fn is_of_others_without_text(
        &mut self,
        out: &mut Rulings,
        position: LinePosition,
        line: &LineSpan,
        why: Textless,
    ) -> bool {
        // It may have been an entry.
        let looks_written = || true;
        match self.whose(&line.writer, looks_written) {
            Whose::ThisLog => false,
            Whose::Others => {
                out.count_line(position, line, |account| &mut account.other);
                self.count_others(&line.writer, LineRange::begin(position, line), 0);
                true
            }
            Whose::Unknown => {
                let waiting = self.waiting.entry(line.writer.clone()).or_default();
                match &mut waiting.textless {
                    Some((records, _)) => records.extend(position, line),
                    None => waiting.textless = Some((LineRange::begin(position, line), why)),
                }
                true
            }
        }
    }

    /// Somebody wrote a sealed line: the log is theirs. True with the first one: it shows whose the lines before it are.
    pub(super) fn add_sealer(&mut self, writer: &WriterName) -> bool {
        let first = self.sealers.is_empty() && !self.unnamed;
        match writer {
            WriterName::Unnamed => self.unnamed = true,
            _ if self.sealers.contains(writer) || self.sealers.len() == SEALERS_MAX => {}
            _ => self.sealers.push(writer.clone()),
        }
        first
    }

    /// Decides about the lines that wait, and returns those of the log. Without any sealed line all of them are.
    pub(super) fn settle_waiting(&mut self, out: &mut Rulings) -> Vec<WaitingLines> {
        let mut waiting: Vec<_> = std::mem::take(&mut self.waiting).into_iter().collect();
        // A map has no order, and an answer has one.
        waiting.sort_by_key(|(_, waiting)| {
            let textless = waiting.textless.as_ref().map(|(records, _)| records.first);
            waiting.lines.range().map(|lines| lines.first).into_iter().chain(textless).min()
        });
        let unknown = self.sealers.is_empty();
        let mut ours = Vec::new();
        for (writer, waiting) in waiting {
            let pid_of_ours = matches!(writer, WriterName::Pid(_)) && waiting.entries > 0;
            if unknown || pid_of_ours || self.sealers.contains(&writer) {
                ours.push(waiting);
                continue;
            }
            for lines in waiting.lines.into_range().into_iter().chain(waiting.textless.map(|(records, _)| records)) {
                out.count_lines(&lines, |account| &mut account.other);
                self.count_others(&writer, lines, 0);
            }
            if let Some(others) = &mut self.others {
                others.entries += waiting.entries;
            }
        }
        ours
    }

    /// Says what was left out of the chains, and why.
    pub(super) fn tell_others(&mut self, out: &mut Rulings) {
        let Some(others) = self.others.take() else { return };
        let lines = &others.lines;
        let event = FindingBuilder::of(Code::LinesOfOthers, others.message(&self.sealers)).over(
            lines.first,
            lines.last,
            lines.lines(),
        );
        out.find(event)
    }

    fn whose(&self, writer: &WriterName, looks_written: impl FnOnce() -> bool) -> Whose {
        let ours = match writer {
            WriterName::Unnamed => true,
            _ if self.sealers.is_empty() && !self.unnamed => {
                let room = self.waiting.len() < WAITING_MAX || self.waiting.contains_key(writer);
                return if room { Whose::Unknown } else { Whose::ThisLog };
            }
            _ if self.sealers.is_empty() || self.sealers.len() == SEALERS_MAX => true,
            // Another run of the service has another number.
            WriterName::Pid(_) => self.sealers.contains(writer) || looks_written(),
            _ => self.sealers.contains(writer),
        };
        if ours { Whose::ThisLog } else { Whose::Others }
    }

    fn count_others(&mut self, writer: &WriterName, lines: LineRange, entries: u64) {
        let others = match &mut self.others {
            Some(others) => {
                others.lines.take_in(lines);
                others
            }
            None => self.others.insert(Others { lines, entries: 0, names: Vec::new(), more: false }),
        };
        others.entries += entries;
        if !others.names.contains(writer) {
            let full = others.names.len() == NAMES_MAX;
            others.more |= full;
            if !full {
                others.names.push(writer.clone());
            }
        }
    }
}

impl Others {
    fn message(&self, sealers: &[WriterName]) -> String {
        let mut names: Vec<String> = self.names.iter().map(WriterName::to_string).collect();
        names.sort();
        if self.more {
            names.push("others".to_owned());
        }
        let ours: Vec<String> = sealers.iter().take(NAMES_MAX).map(WriterName::to_string).collect();
        let (names, ours) = (names.join(", "), ours.join(", "));
        let lines = match self.lines.lines() {
            1 => "1 line".to_owned(),
            count => format!("{count} lines"),
        };
        let looks = match self.entries {
            0 => String::new(),
            1 => "; one of them looks like an entry of Acra's".to_owned(),
            count => format!("; {count} of them look like entries of Acra's"),
        };
        format!("{lines} of {names}, as the wrapper says, and so of no chain: the sealed ones are of {ours}{looks}")
    }
}
