//! A line as Acra wrote it: its format, the bytes that were signed, the seal and the marker. Pure functions without a
//! key; whether a seal is right is left to `chain`.

pub(crate) mod cef;
mod damage;
pub(crate) mod ending;
pub(crate) mod go_float;
pub(crate) mod go_json;
mod go_spelling;
pub(crate) mod json;
mod mend;
mod originals;
mod parser;
pub(crate) mod plaintext;
mod span;
mod start_up;
#[cfg(test)]
mod tests;
mod time;

use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use strum::IntoStaticStr;

pub use damage::{completes, is_rest, second_entry};
pub use damage::{ends_inside_quotes, foreign_prefix, looks_written, may_be_beheaded, may_be_torn, shows_damage};
pub use mend::{MendedEntry, Mending, joined, shortened};
pub use originals::{Draft, Edit, FieldValues, Visit, drafts, is_one_edit_apart, is_suspect, repairs};
pub use parser::Parser;
pub use span::{Span, length_in_words};
pub use start_up::StartUp;
pub use time::{LogTime, time_of};
pub(crate) use time::{from_rfc3339, from_unix};

/// The message of a chain's last entry (audit log, section 3).
const END_MESSAGE: &[u8] = b"End of current audit log chain";

/// The three formats of `--logging_format` (audit log, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// logrus text: `time="..." level=... msg="..." key=value`.
    Plaintext,
    /// One compact JSON object per line.
    Json,
    /// Acra's own dialect of the Common Event Format.
    Cef,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Plaintext, Self::Json, Self::Cef];

    /// Tells the format by the first bytes of a line; `None` when Acra begins no line like that.
    pub fn sniff(line: &[u8]) -> Option<Self> {
        if line.starts_with(b"time=") {
            return Some(Self::Plaintext);
        }
        if line.starts_with(b"CEF:") {
            return Some(Self::Cef);
        }
        // Blanks in front change nothing in the meaning of an object, and the seal does not cover them.
        line.trim_ascii_start().starts_with(b"{").then_some(Self::Json)
    }

    /// The word `--logging_format` and `--input-format` know it by.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// An entry's integrity check, IC(n): a public value that stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal(pub [u8; 32]);

impl fmt::Debug for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Seal({}..)", hex::encode(&self.0[..2]))
    }
}

/// What stands where the seal belongs. An absent seal is data, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealField {
    /// No integrity field at all.
    Absent,
    /// Exactly one, in its place, 64 lower-case hex digits.
    Present(Seal),
    /// An integrity field that Acra cannot have written: not 64 lower-case digits, doubled, followed by more text.
    Malformed,
}

/// The chain marker. `Start` is not signed; `End` is the exact message and the exact field, both signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Carries `chain=new`.
    Start,
    /// Neither.
    Middle,
    /// The message `End of current audit log chain` and the field `chain=end`.
    End,
}

/// How the bytes of a line relate to the bytes that were signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// If the seal is right, these very bytes were signed.
    Exact,
    /// JSON of the same meaning in another spelling: not the bytes that were signed.
    Reencoded,
    /// It can be read in two ways: json with a repeated key or a key that contains `delimiter`, or text that begins as no
    /// format does, such as the flattened MAC input of a json entry.
    Ambiguous,
}

/// Where the MAC input LE(n) stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacInput {
    /// A part of the line itself (plaintext, cef).
    Line(Range<usize>),
    /// A part of the scratch buffer given to [`parse`] (json).
    Scratch(Range<usize>),
}

/// One parsed line. When the seal is not `Present` the MAC input is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The format of this line.
    pub format: Format,
    /// The seal, if there is one.
    pub seal: SealField,
    /// The chain marker.
    pub marker: Marker,
    /// Whether these bytes are the signed ones.
    pub fidelity: Fidelity,
    /// The bytes that were signed.
    pub mac: MacInput,
}

impl Entry {
    /// The MAC input as bytes, given the line and the scratch buffer it was parsed with.
    pub fn mac_bytes<'a>(&self, line: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
        match &self.mac {
            MacInput::Line(range) => &line[range.clone()],
            MacInput::Scratch(range) => &scratch[range.clone()],
        }
    }
}

/// Parses one line, without its terminator, in whichever format it is. Blanks and carriage returns at its end are ignored.
/// The MAC input of a json entry is appended to `scratch`; otherwise, and when there is no seal, `scratch` stays as it was.
///
/// The marker is reported for unsigned lines as well: Acra puts none there. A line that carries both counts as a start.
///
/// `None` means that this is no entry: foreign text, or a torn one without a seal. A line that is spoiled so that it is not
/// an entry any more, but still holds a seal, is an entry with a seal that is wrong or malformed (attacks, row 1).
pub fn parse(line: &[u8], scratch: &mut Vec<u8>) -> Option<Entry> {
    let line = without_trailing_blanks(line);
    match Format::sniff(line) {
        Some(Format::Plaintext) => Some(ending::parse_plaintext(line)),
        Some(Format::Cef) => Some(ending::parse_cef(line)),
        Some(Format::Json) => json::parse(line, scratch),
        None => ending::parse_beheaded(line).or_else(|| json::parse_broken(line)),
    }
}

/// The MAC inputs a json line could also have been signed as, in the spelling of Go 1.22 and of Go 1.21 when they differ
/// (audit log, section 3). Empty for other formats and for what Go could not read. Slow: for lines whose own bytes do not
/// verify. If one of these does, the line is [`Fidelity::Reencoded`].
pub fn remarshal(line: &[u8]) -> Vec<Vec<u8>> {
    match Format::sniff(line) {
        Some(Format::Json) => json::remarshal(line),
        _ => Vec::new(),
    }
}

pub(crate) fn without_trailing_blanks(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    end.map_or(&[], |last| &line[..=last])
}
