//! Events in the formats that collectors accept: one file per format, and the envelopes around them. Everything is
//! appended to memory; where it goes, and which lines are converted, is left to others.

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
mod loss;
mod ocsf;
mod text_format;

use strum::{IntoStaticStr, VariantArray};

use crate::entry::Format;
use crate::event::Event;
pub use crate::verdict::Integrity;

pub use acra::AcraWriter;
pub use cef::CefWriter;
pub use csv::{Column, CsvWriter, FIELDS_DEFAULT, push_row};
pub use ecs::EcsWriter;
pub use envelope::{Envelope, Framing, PayloadKind, Wrapping};
pub use gelf::GelfWriter;
pub use leef::LeefWriter;
pub use loss::{Loss, Losses};
pub use ocsf::OcsfWriter;

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
    /// The message.
    Message,
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

impl CefName {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl SeverityScale {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Writes events in one format.
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
