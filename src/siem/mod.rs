//! Events in the formats that collectors accept, one file per format, the envelopes around them, and a count of what each could
//! not carry. Everything is appended to memory; where it goes, and which lines are converted, is left to others.

mod acra;
mod cef;
pub mod cef_check;
mod clock;
mod csv;
mod ecs;
mod envelope;
mod event_view;
mod gelf;
mod json;
mod leef;
mod ocsf;
mod text_format;

use std::collections::BTreeMap;

use strum::{IntoStaticStr, VariantArray};

use cef::CefWriter;
use ecs::EcsWriter;
use gelf::GelfWriter;
use leef::LeefWriter;
use ocsf::OcsfWriter;

use crate::entry::Format;
use crate::event::{Event, Value};

pub use crate::verdict::Integrity;
pub use acra::AcraWriter;
pub use csv::{Column, CsvWriter, FIELDS_DEFAULT, push_row};
pub use envelope::{Envelope, Framing, PayloadKind, Wrapping, push_hostname, push_octet_count, push_param_value};

/// What goes out of a record.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    /// The event. A line that is none and is passed on all the same is an event whose message is the line, with the
    /// field `acralog_unparsed`.
    pub event: &'a Event<'a>,
    /// The file it stands in, as it is named to people. Hostile.
    pub file: &'a str,
    /// Its 1-based line number there.
    pub line: u64,
    /// The line itself, when it is to be carried (`--keep-raw`): any bytes.
    pub raw: Option<&'a [u8]>,
    /// What the verification of this run says of it (`--verify`); never taken from the log.
    pub integrity: Option<Integrity<'a>>,
}

/// What the writers are told once, for the whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name of the service where the event has none (`--product`, or the start-up line of the run).
    pub product: Option<String>,
    /// The host the log comes from (`--host`); it does not stand in the log.
    pub host: Option<String>,
    /// What the name of a CEF event is.
    pub cef_name: CefName,
    /// Which severity formats with a severity of their own get.
    pub severity: SeverityScale,
    /// The id of the structured data of RFC 5424 (`--sd-id`).
    pub sd_id: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            product: None,
            host: None,
            cef_name: CefName::default(),
            severity: SeverityScale::default(),
            // 32473 is the number RFC 5612 keeps for documentation.
            sd_id: "acra@32473".to_owned(),
        }
    }
}

/// What the name of a CEF event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum CefName {
    /// The title of the code in the catalogue; the message stands in `msg`.
    #[default]
    Catalogue,
    Message,
}

impl CefName {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Which severity formats with a severity of their own get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum SeverityScale {
    /// That of the code in the catalogue; of the level where the code has none.
    #[default]
    Catalogue,
    /// That of the level, as Acra maps it.
    Acra,
}

impl SeverityScale {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

pub trait Writer: Sync {
    /// Appends what stands before the first record, with its terminator; most formats have nothing there.
    fn head(&self, _out: &mut Vec<u8>) {}

    /// Appends one record, without a terminator and without a line break, and counts what it could not carry.
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses);
}

/// A format to convert to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum TargetFormat {
    /// The Common Event Format.
    Cef,
    /// LEEF 2.0.
    Leef,
    /// Elastic Common Schema.
    Ecs,
    /// Open Cybersecurity Schema Framework.
    Ocsf,
    /// GELF 1.1.
    Gelf,
    /// RFC 4180.
    Csv,
    /// As Acra writes it.
    Json,
    /// As Acra writes it.
    Plaintext,
}

impl TargetFormat {
    /// Every format.
    pub const ALL: [Self; 8] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is one of Acra's own, which have no place for anything that Acra does not write.
    pub fn is_acras(self, style: CefStyle) -> bool {
        matches!((self, style), (Self::Json | Self::Plaintext, _) | (Self::Cef, CefStyle::Acra))
    }

    /// What an envelope is given.
    pub fn payload(self) -> PayloadKind {
        match self {
            Self::Ecs => PayloadKind::Ecs,
            Self::Ocsf | Self::Gelf | Self::Json => PayloadKind::Json,
            Self::Cef | Self::Leef | Self::Csv | Self::Plaintext => PayloadKind::Text,
        }
    }
}

/// Which CEF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum CefStyle {
    /// Valid by the specification.
    #[default]
    Spec,
    /// Acra's dialect.
    Acra,
}

impl CefStyle {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The writer of a format; `columns` are those of csv.
pub fn writer(format: TargetFormat, style: CefStyle, settings: &Settings, columns: &[String]) -> Box<dyn Writer> {
    let settings = settings.clone();
    match (format, style) {
        (TargetFormat::Cef, CefStyle::Spec) => Box::new(CefWriter::new(settings)),
        (TargetFormat::Cef, CefStyle::Acra) => Box::new(AcraWriter::new(Format::Cef, settings)),
        (TargetFormat::Leef, _) => Box::new(LeefWriter::new(settings)),
        (TargetFormat::Ecs, _) => Box::new(EcsWriter::new(settings)),
        (TargetFormat::Ocsf, _) => Box::new(OcsfWriter::new(settings)),
        (TargetFormat::Gelf, _) => Box::new(GelfWriter::new(settings)),
        (TargetFormat::Csv, _) => Box::new(CsvWriter::new(settings, columns.to_vec())),
        (TargetFormat::Json, _) => Box::new(AcraWriter::new(Format::Json, settings)),
        (TargetFormat::Plaintext, _) => Box::new(AcraWriter::new(Format::Plaintext, settings)),
    }
}

/// How something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Loss {
    /// The time was cut to whole seconds.
    Milliseconds,
    /// The time is written in UTC, or without its zone.
    Zone,
    /// The format has no place for it.
    LeftOut,
    /// The value is required and not in the log: a placeholder stands there.
    MadeUp,
    /// A number, a list or an object became text, or a text became a number.
    Type,
    /// Control characters, line breaks or separators were replaced.
    Characters,
    /// Blanks at the ends were cut off.
    Blanks,
    /// Bytes that are no UTF-8 became U+FFFD.
    Encoding,
    /// An empty value was left out.
    Empty,
    /// A whole number beyond 2^53 was read from json, where it may have been rounded already.
    Rounded,
    /// The name of the field was changed.
    Name,
    /// The text was cut to the length the format allows.
    Length,
    /// The text is longer than the format allows; it was not cut, but a collector may do so.
    Long,
}

impl Loss {
    /// Every loss.
    pub const ALL: [Self; 13] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// What happened, for people, after the name of the field.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds were cut off",
            Self::Zone => "the time zone was not carried",
            Self::LeftOut => "has no place in this format",
            Self::MadeUp => "is not in the log; a placeholder stands there",
            Self::Type => "the json type was not carried",
            Self::Characters => "control characters or separators were replaced",
            Self::Blanks => "blanks at the ends were cut off",
            Self::Encoding => "bytes that are not UTF-8 were replaced",
            Self::Empty => "empty values were left out",
            Self::Rounded => "a number beyond 2^53 may have been rounded in json",
            Self::Name => "the name was changed",
            Self::Length => "the text was cut",
            Self::Long => "is longer than the format allows, and was not cut",
        }
    }
}

/// Field names that are counted one by one; those beyond go by [`OTHERS`], so that a hostile log cannot fill the memory.
const FIELDS_MAX: usize = 256;
/// What fields beyond [`FIELDS_MAX`] are counted as.
const OTHERS: &str = "(other fields)";

/// How often what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<String, BTreeMap<Loss, u64>>);

impl Losses {
    /// Counts one loss in one entry. The name may hold text of the log.
    pub fn add(&mut self, field: &str, loss: Loss) {
        self.add_many(field, loss, 1);
    }

    fn add_many(&mut self, field: &str, loss: Loss, entries: u64) {
        // Looked up before it is inserted: a name is copied once, not for every entry.
        let known = if self.0.contains_key(field) || self.0.len() < FIELDS_MAX { field } else { OTHERS };
        match self.0.get_mut(known) {
            Some(losses) => *losses.entry(loss).or_default() += entries,
            None => drop(self.0.insert(known.to_owned(), BTreeMap::from([(loss, entries)]))),
        }
    }

    /// Adds what another part of the run lost.
    pub fn merge(&mut self, other: &Self) {
        for (field, loss, entries) in other.iter() {
            self.add_many(field, loss, entries);
        }
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field, what happened, and in how many entries; sorted by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Loss, u64)> {
        self.0
            .iter()
            .flat_map(|(field, losses)| losses.iter().map(move |(loss, entries)| (field.as_str(), *loss, *entries)))
    }
}

/// Counts what a value loses when it becomes text.
fn count_text(field: &str, value: &Value<'_>, losses: &mut Losses) {
    if !matches!(value, Value::Text(_)) {
        losses.add(field, Loss::Type);
    }
    count_rounded(field.as_bytes(), value, losses);
}

/// Counts a number that json may have spoiled before it came here; the name of the field may be any bytes.
fn count_rounded(field: &[u8], value: &Value<'_>, losses: &mut Losses) {
    if may_be_rounded(value) {
        losses.add(&String::from_utf8_lossy(field), Loss::Rounded);
    }
}

/// Whether a value is a whole number of json beyond 2^53, up to which a float64 holds every one (RFC 8259, section 6): Go
/// prints floats of that size with an exponent, so it was an integer once.
fn may_be_rounded(value: &Value<'_>) -> bool {
    const WHOLE_EXACT_MAX: u64 = 1 << 53;
    const DIGITS_EXACT: usize = 15;
    let Value::Number(number) = value else { return false };
    let digits = number.trim_start_matches('-');
    if digits.len() <= DIGITS_EXACT {
        return false;
    }
    match digits.parse::<u64>() {
        Ok(whole) => whole > WHOLE_EXACT_MAX,
        Err(_) => digits.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_by_field_and_kind_and_parts_add_up() {
        let (mut whole, mut part) = (Losses::default(), Losses::default());
        whole.add("a", Loss::Type);
        part.add("a", Loss::Type);
        part.add("a", Loss::Empty);
        part.add("b", Loss::Zone);
        whole.merge(&part);
        let told: Vec<_> = whole.iter().collect();
        assert_eq!(told, [("a", Loss::Type, 2), ("a", Loss::Empty, 1), ("b", Loss::Zone, 1)]);
        assert!(Losses::default().is_empty() && !whole.is_empty());
    }

    #[test]
    fn names_without_end_do_not_fill_the_memory() {
        let mut losses = Losses::default();
        (0..10_000).for_each(|name| losses.add(&format!("field {name}"), Loss::Name));
        assert!(losses.0.len() <= FIELDS_MAX + 1);
        assert_eq!(losses.iter().map(|(_, _, entries)| entries).sum::<u64>(), 10_000);
    }

    #[test]
    fn every_loss_has_words_of_its_own() {
        let meanings: std::collections::BTreeSet<_> = Loss::ALL.iter().map(|loss| loss.meaning()).collect();
        assert_eq!(meanings.len(), Loss::ALL.len());
    }

    #[test]
    fn only_whole_numbers_beyond_two_to_the_53_are_counted() {
        let cases = [
            ("9007199254740992", false),
            ("9007199254740993", true),
            ("9007199254740994", true),
            ("-9007199254740993", true),
            ("-9007199254740994", true),
            ("123456789012345678901234567890", true),
            ("0.12345678901234567890", false),
            ("4.09014528484434e+22", false),
            ("8.20957364008659e-10", false),
            ("7.2965725192102795", false),
            ("747", false),
        ];
        for (number, rounded) in cases {
            let mut losses = Losses::default();
            count_text("n", &Value::Number(number.into()), &mut losses);
            let counted: Vec<_> = losses.iter().map(|(_, loss, _)| loss).collect();
            let expected = if rounded { vec![Loss::Type, Loss::Rounded] } else { vec![Loss::Type] };
            assert_eq!(counted, expected, "{number}");
        }
    }
}
