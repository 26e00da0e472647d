//! acralog verifies, searches, converts and reports on Acra audit logs: one exit code, a proven range, every byte accounted
//! for.
//!
//! # As a library
//!
//! Verify logs, and look at the answer:
//!
//! ```
//! use acralog::{AuditKey, KeySet, Outcome, Policy, Verifier};
//!
//! # let key = std::fs::read("fixtures/keys/audit.key")?;
//! # let key: [u8; 32] = key.try_into().expect("32 bytes");
//! let keys: KeySet = [AuditKey::new(&key, "the safe")].into_iter().collect();
//! let report = Verifier::new(keys)
//!     .policy(Policy::Default)
//!     .verify(["fixtures/logs/chain_closed_three.json.log"])?;
//! assert_eq!(report.outcome(), Outcome::Intact);
//! assert_eq!(report.summary.chains.closed, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A log that was altered is an answer too, with a place:
//!
//! ```
//! use acralog::{AuditKey, KeySet, Outcome, Verifier};
//!
//! # let key = std::fs::read("fixtures/keys/audit.key")?;
//! # let key: [u8; 32] = key.try_into().expect("32 bytes");
//! let log = std::fs::read_to_string("fixtures/logs/chain_closed_three.plaintext.log")?;
//! let altered = log.replacen("session_id=", "session_id=1", 5);
//! let keys: KeySet = [AuditKey::new(&key, "the safe")].into_iter().collect();
//! let report = Verifier::new(keys).verify_bytes([("acra.log", altered.as_bytes())])?;
//! assert_ne!(report.outcome(), Outcome::Intact);
//! let place = report.findings.iter().find_map(|finding| finding.place.as_ref()).expect("a place");
//! assert_eq!(&*place.file, "acra.log");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Go through the events of a log, whatever its format and wrapper:
//!
//! ```
//! let log = std::fs::File::open("fixtures/logs/service_day.cef.log")?;
//! let mut blocked = 0;
//! for line in acralog::events(log) {
//!     let line = line?;
//!     blocked += u32::from(line.event.is_ok_and(|event| event.code() == Some(560)));
//! }
//! assert!(blocked > 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Without the feature `cli`, which is on by default, neither the command line nor what writes reports is built.
//!
//! `docs/architecture.md` shows how a line walks through the house and says what comments cite; everything that is not named
//! here is private.

#![cfg_attr(
    not(all(feature = "cli", feature = "redis", feature = "vault", feature = "kms", feature = "webhook")),
    allow(dead_code, unused_imports, reason = "what a build leaves out uses the rest")
)]

mod chain;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod command;
mod entry;
mod event;
#[cfg(feature = "cli")]
mod evidence;
mod explanation;
mod failure;
#[cfg(feature = "cli")]
mod follow;
#[cfg(feature = "cli")]
mod incident;
mod key;
mod ledger;
mod line;
#[cfg(feature = "cli")]
mod log_verifier;
#[cfg(feature = "cli")]
mod monitoring;
mod outcome;
#[cfg(feature = "cli")]
mod output;
#[cfg(feature = "cli")]
mod plan;
mod private_file;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod query;
#[cfg(feature = "cli")]
mod reaction;
mod reading;
mod record;
#[cfg(feature = "cli")]
mod siem;
mod source;
#[cfg(feature = "cli")]
mod stats;
mod terminal_safe;
#[cfg(test)]
mod testing;
mod verdict;
mod verifier;
#[cfg(feature = "cli")]
mod watch;

pub use chain::reference;
pub use entry::{Format, LogTime, Marker, Seal, Span};
pub use event::{Event, Field, Level, Moment, NoEvent, Precision, Text, Value};
pub use key::{AuditKey, KeySet};
pub use line::Place;
pub use outcome::Outcome;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use program::run;
pub use record::{Events, LogEvent, events};
pub use verdict::code::{Class, Code, Demands, Policy};
pub use verdict::report::{
    Account, ChainCounts, ChainReport, ChainVerdict, FileReport, Finding, KeyReport, Limit, ProvenRange, StreamReport,
    Summary, Tally,
};
pub use verifier::{Report, Verifier, VerifyError};

/// Single stages, for the benchmarks and tests of this repository. Nothing here is promised to anybody else.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod internals {
    pub use crate::chain::{Strategy, UndoEffort};
    pub use crate::entry::time_of;
    pub use crate::incident::{Investigation, InvestigationOptions, Kind, ReportMeta};
    pub use crate::ledger::Ledger;
    pub use crate::line::{Limits, LineSearch};
    pub use crate::monitoring::{Exposition, Health, Metrics, MonitoringServer, ReactionResult};
    pub use crate::output::ReportFormat;
    pub use crate::query::{CodeSet, Prefilter, Query};
    pub use crate::reading::{FileEvent, ReadHooks, ReadOptions};
    pub use crate::record::{Flow, Record, RecordFeed, RecordOptions, RecordSink, Records, read_streams};
    pub use crate::siem::{CefStyle, LogRecord, Loss, Losses, Settings, TargetFormat, writer};
    pub use crate::source::{Input, Opened, Stream};
    pub use crate::verifier::VerifyOptions;
    pub use crate::watch::Alarm;
}
