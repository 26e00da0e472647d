//! Holds lines of CEF, whoever wrote them, against the specification (siem, section 1): what a strict collector would refuse,
//! and where, by rules whose names scripts may rely on.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;
use strum::{IntoStaticStr, VariantArray};

use super::text_format::{Stops, Treatment, copy_escaped, push_visible};

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
    pub rule: Rule,
    /// Where: the 1-based number of the byte.
    pub column: usize,
    /// What stands there, in few words; nothing in it acts on a terminal.
    pub detail: String,
}

/// A rule of the specification, by how it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Rule {
    /// The line does not begin with `CEF:<version>|`.
    NotCef,
    /// The version of the format is neither 0 nor 1.
    VersionUnknown,
    /// The header ends before its seventh bar.
    HeaderTorn,
    /// A backslash in the header stands before something else than a backslash or a bar.
    HeaderEscape,
    /// A part of the header is empty.
    HeaderEmpty,
    /// The severity is neither 0 to 10 nor one of the five words.
    SeverityInvalid,
    /// The extension begins with text that belongs to no key.
    KeyMissing,
    /// A key has other characters than letters and digits of ASCII.
    KeyInvalid,
    /// A key stands twice in a line.
    KeyRepeated,
    /// A numbered key lacks its label.
    LabelMissing,
    /// A key has no value.
    ValueEmpty,
    /// An equals sign inside a value is not escaped.
    ValueUnescapedEquals,
    /// A backslash in the extension stands before something else than a backslash, an equals sign, `n` or `r`.
    ExtensionEscape,
    /// More than one blank stands before a key, or one before a value.
    LeadingBlank,
    /// A value, or the line, ends in a blank.
    TrailingBlank,
    /// A time is neither milliseconds since 1970 nor `MMM dd yyyy HH:mm:ss`.
    DateNotEpochMs,
    /// A value that must be a number is none.
    NumberInvalid,
    /// A control character stands in the line.
    ControlCharacter,
    /// Bytes are no UTF-8.
    NotUtf8,
}

impl Rule {
    pub const ALL: [Self; 19] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// Its name, which stays the same from release to release.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Checks one line without its terminator. A line that draws no complaint is sound; of the same complaint about the same
/// line there are a few at most. They come in the order of their columns.
pub fn check(line: &[u8]) -> Vec<Complaint> {
    let mut checking = Checking { line, complaints: Vec::new(), counts: [0; Rule::ALL.len()] };
    if let Some(extension) = checking.check_header() {
        check_extension(&mut checking, extension);
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

/// Checks the extension that begins at this place of the line.
fn check_extension(checking: &mut Checking<'_>, start: usize) {
    let mut walk = Walk {
        key: None,
        value: start,
        word: Some(start),
        quoted: (checking.line.get(start) == Some(&b'"')).then_some(start),
        keys: HashSet::new(),
        numbered: Vec::new(),
    };
    let mut at = start;
    while let Some(&byte) = checking.line.get(at) {
        at += match byte {
            b'\\' => checking.check_escape(at, b"\\=nr", Rule::ExtensionEscape),
            b'=' => {
                walk.meet_equals(at, checking);
                1
            }
            b' ' => {
                walk.meet_blank(at, checking.line);
                1
            }
            _ => 1,
        };
    }
    walk.end_value(checking.line.len(), checking);
    for key in walk.numbered {
        let text = &checking.line[key.clone()];
        if !walk.keys.contains([text, b"Label"].concat().as_slice()) {
            checking.complain(Rule::LabelMissing, key.start, text);
        }
    }
}

/// Where the walk through an extension is.
struct Walk<'a> {
    /// The key whose value is being read; None before the first one.
    key: Option<Range<usize>>,
    /// Where that value begins.
    value: usize,
    /// Where the word begins that may become the next key. Kept along the way: to look back from every equals sign would
    /// cost the square of a hostile line.
    word: Option<usize>,
    /// Where the last word in this value begins that begins with a quote.
    quoted: Option<usize>,
    keys: HashSet<&'a [u8]>,
    /// The keys that need a label.
    numbered: Vec<Range<usize>>,
}

impl<'a> Walk<'a> {
    fn meet_blank(&mut self, at: usize, line: &[u8]) {
        self.word = Some(at + 1);
        if line.get(at + 1) == Some(&b'"') {
            self.quoted = Some(at + 1);
        }
    }

    /// An unescaped equals sign: the word before it is the next key, unless no key can stand there.
    fn meet_equals(&mut self, at: usize, checking: &mut Checking<'a>) {
        let Some(start) = self.key_start(at, checking.line) else {
            // The rest of this word is no key either.
            self.word = None;
            return checking.complain(Rule::ValueUnescapedEquals, at, &checking.line[self.value..=at]);
        };
        // One blank separates a value from the next key.
        let end = if self.key.is_some() { start - 1 } else { start };
        self.end_value(end, checking);
        let text = &checking.line[start..at];
        if !text.iter().all(u8::is_ascii_alphanumeric) {
            checking.complain(Rule::KeyInvalid, start, text);
        }
        if !self.keys.insert(text) {
            checking.complain(Rule::KeyRepeated, start, text);
        }
        if is_numbered(text) {
            self.numbered.push(start..at);
        }
        self.key = Some(start..at);
        self.value = at + 1;
        (self.word, self.quoted) = (None, None);
    }

    /// Where the key before an equals sign begins.
    fn key_start(&self, equals: usize, line: &[u8]) -> Option<usize> {
        // A key in quotes may hold blanks; Acra writes such keys.
        if line[..equals].ends_with(b"\"") {
            return self.quoted.filter(|start| start + 1 < equals);
        }
        let start = self.word?;
        let may_be = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.,[]".contains(byte);
        (start < equals && line[start..equals].iter().all(may_be)).then_some(start)
    }

    /// The value ends here: the next key, or the end of the line, follows.
    fn end_value(&mut self, end: usize, checking: &mut Checking<'a>) {
        let value = &checking.line[self.value..end];
        let inner = value.trim_ascii();
        let Some(key) = &self.key else {
            // Before the first key there is nothing.
            if !inner.is_empty() {
                checking.complain(Rule::KeyMissing, self.value, inner);
            } else if !value.is_empty() {
                let rule = if end == checking.line.len() { Rule::TrailingBlank } else { Rule::LeadingBlank };
                checking.complain(rule, self.value, b"");
            }
            return;
        };
        let key = &checking.line[key.clone()];
        if inner.is_empty() {
            return checking.complain(Rule::ValueEmpty, self.value, key);
        }
        if value.starts_with(b" ") {
            checking.complain(Rule::LeadingBlank, self.value, key);
        }
        let blanks = value.len() - value.trim_ascii_end().len();
        if blanks > 0 {
            checking.complain(Rule::TrailingBlank, end - blanks, key);
        }
        if let Some(rule) = ValueKind::of(key).and_then(|kind| kind.broken_by(inner)) {
            checking.complain(rule, self.value, inner);
        }
    }
}

/// The calendar times of CEF; the year, the milliseconds and the zone may be missing.
static CALENDAR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
    let clock = r"\d{2}:\d{2}:\d{2}(?:\.\d{3})?";
    Regex::new(&format!(r"(?-u)^(?:{month}) \d{{1,2}}(?: \d{{4}})? {clock}(?: [A-Za-z0-9+:/_-]+)?$")).ok()
});

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueKind {
    Time,
    Integer,
    Decimal,
}

impl ValueKind {
    /// What the value of a key must be; None when any text will do.
    fn of(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"rt"
            | b"start"
            | b"end"
            | b"art"
            | b"mrt"
            | b"fileCreateTime"
            | b"fileModificationTime"
            | b"oldFileCreateTime"
            | b"oldFileModificationTime"
            | b"deviceCustomDate1"
            | b"deviceCustomDate2"
            | b"flexDate1" => Self::Time,
            // No key of the dictionary, but a time all the same: Acra's, in seconds (siem, section 1).
            b"unixTime" => Self::Time,
            b"cn1" | b"cn2" | b"cn3" | b"cnt" | b"dpid" | b"dpt" | b"dvcpid" | b"flexNumber1" | b"flexNumber2"
            | b"fsize" | b"in" | b"oldFileSize" | b"out" | b"spid" | b"spt" | b"type" => Self::Integer,
            b"cfp1" | b"cfp2" | b"cfp3" | b"cfp4" => Self::Decimal,
            _ => return None,
        })
    }

    /// The rule that a value breaks.
    fn broken_by(self, value: &[u8]) -> Option<Rule> {
        let digits = value.strip_prefix(b"-").unwrap_or(value);
        let whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let sound = match self {
            Self::Time => whole || CALENDAR.as_ref().is_some_and(|calendar| calendar.is_match(value)),
            Self::Integer => whole,
            Self::Decimal => std::str::from_utf8(value).is_ok_and(|text| text.parse::<f64>().is_ok()),
        };
        let rule = if self == Self::Time { Rule::DateNotEpochMs } else { Rule::NumberInvalid };
        (!sound).then_some(rule)
    }
}

/// Whether a key is one of the numbered ones, whose meaning only a label tells.
fn is_numbered(key: &[u8]) -> bool {
    let Some((b'1'..=b'6', stem)) = key.split_last() else {
        return false;
    };
    let stems: [&[u8]; 8] =
        [b"cs", b"cn", b"cfp", b"c6a", b"deviceCustomDate", b"flexString", b"flexNumber", b"flexDate"];
    stems.contains(&stem)
}

#[cfg(test)]
mod tests;
