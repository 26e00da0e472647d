//! Holds lines of CEF, whoever wrote them, against the specification (siem, section 1): what a strict collector would
//! refuse, and where. The pairs are left to `extension`, what their values must be to `value`.

mod extension;
mod rule;
#[cfg(test)]
mod tests;
mod value;

pub use rule::Rule;

use super::escape_loop::{Stops, Treatment, copy_escaped, push_visible};

/// Complaints of one rule about one line; a hostile line could earn as many as it has bytes.
const COMPLAINTS_MAX: usize = 8;
/// The most bytes of a line that a detail repeats.
const DETAIL_BYTES_MAX: usize = 40;
/// The parts of the header behind the version; the last one is the severity.
const PARTS: [&str; 6] = ["vendor", "product", "version", "event class", "name", "severity"];
/// Severities that are words.
const SEVERITY_WORDS: [&[u8]; 5] = [b"Unknown", b"Low", b"Medium", b"High", b"Very-High"];

/// One thing that is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The rule it breaks.
    pub rule: Rule,
    /// Where: the 1-based number of the byte.
    pub column: usize,
    /// What stands there, in few words; nothing in it acts on a terminal.
    pub detail: String,
}

/// Checks one line without its terminator. A line that draws no complaint is sound; of the same complaint about the same
/// line there are a few at most. They come in the order of their columns.
pub fn check(line: &[u8]) -> Vec<Complaint> {
    let mut checking = Checking { line, complaints: Vec::new(), counts: [0; Rule::ALL.len()] };
    if let Some(extension) = checking.check_header() {
        extension::check(&mut checking, extension);
    }
    checking.check_bytes();
    checking.complaints.sort_by_key(|complaint| complaint.column);
    checking.complaints
}

/// A line, and what was found wrong with it.
struct Checking<'a> {
    line: &'a [u8],
    complaints: Vec<Complaint>,
    counts: [usize; Rule::ALL.len()],
}

impl Checking<'_> {
    /// Complains about a text at a 0-based place.
    fn complain(&mut self, rule: Rule, at: usize, text: &[u8]) {
        let count = &mut self.counts[rule as usize];
        *count += 1;
        if *count <= COMPLAINTS_MAX {
            self.complaints.push(Complaint { rule, column: at + 1, detail: excerpt(text) });
        }
    }

    /// Checks the header; where the extension begins, unless there is no whole header.
    fn check_header(&mut self) -> Option<usize> {
        let line = self.line;
        let digits =
            line.strip_prefix(b"CEF:").map_or(0, |rest| rest.iter().take_while(|c| c.is_ascii_digit()).count());
        let bar = b"CEF:".len() + digits;
        if digits == 0 || line.get(bar) != Some(&b'|') {
            self.complain(Rule::NotCef, 0, line);
            return None;
        }
        let version = &line[b"CEF:".len()..bar];
        if version != b"0" && version != b"1" {
            self.complain(Rule::VersionUnknown, b"CEF:".len(), version);
        }
        let mut start = bar + 1;
        for part in PARTS {
            let end = self.check_part(start)?;
            let text = &line[start..end];
            if text.trim_ascii().is_empty() {
                self.complain(Rule::HeaderEmpty, start, part.as_bytes());
            } else if part == "severity" && !is_severity(text) {
                self.complain(Rule::SeverityInvalid, start, text);
            }
            start = end + 1;
        }
        Some(start)
    }

    /// Checks the escapes of the part of the header that begins here; where the bar behind it stands.
    fn check_part(&mut self, start: usize) -> Option<usize> {
        let mut at = start;
        while let Some(&byte) = self.line.get(at) {
            match byte {
                b'|' => return Some(at),
                b'\\' => at += self.check_escape(at, b"\\|", Rule::HeaderEscape),
                _ => at += 1,
            }
        }
        self.complain(Rule::HeaderTorn, self.line.len(), &self.line[start..]);
        None
    }

    /// Checks the escape at a place; how many bytes it takes.
    fn check_escape(&mut self, at: usize, allowed: &[u8], rule: Rule) -> usize {
        if self.line.get(at + 1).is_some_and(|byte| allowed.contains(byte)) {
            return 2;
        }
        self.complain(rule, at, &self.line[at..self.line.len().min(at + 2)]);
        1
    }

    /// Checks what no part of a line may hold.
    fn check_bytes(&mut self) {
        let mut at = 0;
        for chunk in self.line.utf8_chunks() {
            for (offset, c) in chunk.valid().char_indices() {
                if c.is_control() {
                    self.complain(Rule::ControlCharacter, at + offset, c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                self.complain(Rule::NotUtf8, at, chunk.invalid());
            }
            at += chunk.invalid().len();
        }
    }
}

fn is_severity(text: &[u8]) -> bool {
    matches!(text, [b'0'..=b'9'] | b"10") || SEVERITY_WORDS.contains(&text)
}

/// The beginning of a text of a line, inert.
fn excerpt(text: &[u8]) -> String {
    const STOPS: Stops = Stops::at(b"");
    let mut shown = Vec::new();
    copy_escaped(&text[..text.len().min(DETAIL_BYTES_MAX)], &STOPS, &mut shown, |c, out| {
        push_visible(c, out);
        Treatment::Replaced
    });
    String::from_utf8_lossy(&shown).into_owned()
}
