//! The formats to convert to, by name, and the writer of each.

use strum::{IntoStaticStr, VariantArray};

use super::{
    AcraWriter, CefWriter, CsvWriter, EcsWriter, GelfWriter, LeefWriter, OcsfWriter, PayloadKind, Settings, Writer,
};
use crate::entry::Format;

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
