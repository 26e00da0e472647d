//! The levels of logrus and their places in other scales.

use schemars::JsonSchema;
use strum::{IntoStaticStr, VariantArray};

/// How serious the service itself finds an entry. The order is the order of severity.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, JsonSchema, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `trace`
    Trace,
    /// `debug`
    Debug,
    /// `info`
    Info,
    /// `warning`
    Warning,
    /// `error`
    Error,
    /// `fatal`
    Fatal,
    /// `panic`
    Panic,
}

impl Level {
    /// Every level, the least severe first.
    pub const ALL: [Self; 7] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The word in plaintext and json.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The level with this name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"trace" => Self::Trace,
            b"debug" => Self::Debug,
            b"info" => Self::Info,
            b"warning" => Self::Warning,
            b"error" => Self::Error,
            b"fatal" => Self::Fatal,
            b"panic" => Self::Panic,
            _ => return None,
        })
    }

    /// The severity in Acra's cef, which has no place of its own for `trace` (audit log, section 2).
    pub fn cef_severity(self) -> u8 {
        match self {
            Self::Trace | Self::Debug => 0,
            Self::Info => 1,
            Self::Warning => 3,
            Self::Error => 6,
            Self::Fatal => 8,
            Self::Panic => 10,
        }
    }

    /// The level that Acra's cef means by a severity.
    pub fn of_cef_severity(severity: &[u8]) -> Option<Self> {
        Some(match severity {
            b"0" => Self::Debug,
            b"1" => Self::Info,
            b"3" => Self::Warning,
            b"6" => Self::Error,
            b"8" => Self::Fatal,
            b"10" => Self::Panic,
            _ => return None,
        })
    }

    /// The severity of RFC 5424, section 6.2.1 (syslog and GELF).
    pub fn syslog_severity(self) -> u8 {
        match self {
            Self::Panic => 0,
            Self::Fatal => 2,
            Self::Error => 3,
            Self::Warning => 4,
            Self::Info => 6,
            Self::Debug | Self::Trace => 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_none() {
        for level in Level::ALL {
            assert_eq!(Level::named(level.name().as_bytes()), Some(level));
        }
        for name in ["", "Info", "info ", "warn", "loud"] {
            assert_eq!(Level::named(name.as_bytes()), None, "{name}");
        }
        assert!(Level::ALL.is_sorted());
    }

    #[test]
    fn severities_of_cef_are_those_of_levels_and_trace_has_none_of_its_own() {
        for level in Level::ALL {
            let severity = level.cef_severity().to_string();
            let read = if level == Level::Trace { Level::Debug } else { level };
            assert_eq!(Level::of_cef_severity(severity.as_bytes()), Some(read), "{severity}");
        }
        for severity in ["", "2", "01", "11", "High", "-1"] {
            assert_eq!(Level::of_cef_severity(severity.as_bytes()), None, "{severity}");
        }
    }

    #[test]
    fn a_worse_level_is_never_less_severe() {
        assert!(Level::ALL.map(Level::cef_severity).is_sorted());
        assert!(Level::ALL.map(Level::syslog_severity).into_iter().rev().is_sorted());
    }
}
