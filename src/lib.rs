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
//! # The house
//!
//! A log line walks through the house in one direction. A folder imports only from folders to its left; [`key`] stands
//! beside them, and `tests/integration/house.rs` holds the walls up.
//!
//! ```text
//! source -> line -> entry -> chain -> verdict -> output
//!                     |-> event ----------| -> record -> query, incident, stats, siem -> output
//! ```
//!
//! 1. [`source`] finds the files, puts rotated sets in order with a place for what is missing, and unpacks gzip and zstd:
//!    bytes with an address.
//! 2. [`mod@line`] takes off what docker, CRI, journald or syslog wrapped around a line, numbers the lines, whatever their
//!    length, and hands them out in bounded batches; a search passes over those that cannot matter.
//! 3. [`entry`] reads a line as Acra wrote it: its format, the bytes that were signed, the seal and the marker. Pure
//!    functions without a key.
//! 4. [`chain`] knows the formula: it follows every chain of the stream and says of each seal whether it fits.
//! 5. [`verdict`] turns that into findings with stable names, weighs them by the policy and accounts for every byte.
//! 6. [`event`] sees the same entry as typed fields, whatever its format, and knows what every event code means.
//! 7. [`query`] decides which events are wanted; [`incident`] groups them into what happened, by rules; [`stats`]
//!    counts them; [`siem`] writes them in the formats that collectors accept.
//! 8. [`output`] writes: for people, for CI servers, for machines.
//!
//! [`reading`] makes batches of lines of the inputs; [`record`] hands them to the sink of a verb, a record a line, and
//! [`verification`] leads them through the chains on the way, so that what is printed is what was verified. Around the house stand [`cli`] (the command line as typed), [`plan`] (the same
//! as decided: all refusals happen there), [`command`] (one file per verb), [`mod@log_verifier`] (the drop-in for Acra's own
//! verifier, from its flags to its messages), [`outcome`] (the answer and its exit code),
//! [`failure`] (why there is none) and [`terminal_safe`] (which characters of a log do more than show themselves).
//!
//! `docs/architecture.md` shows the way in more detail, and says what comments cite.

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "the program uses the rest"))]

mod chain;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
pub mod command;
pub mod entry;
pub mod event;
pub mod failure;
pub mod incident;
pub mod key;
pub mod line;
#[cfg(feature = "cli")]
pub mod log_verifier;
pub mod outcome;
#[cfg(feature = "cli")]
mod incident;
mod key;
mod line;
mod outcome;
#[cfg(feature = "cli")]
mod output;
#[cfg(feature = "cli")]
mod plan;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod query;
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
mod verification;
mod verifier;

pub use chain::reference;
pub use entry::{Format, LogTime, Marker, Seal};
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
    pub use crate::chain::Strategy;
    pub use crate::entry::time_of;
    pub use crate::incident::{Investigation, InvestigationOptions, Kind, ReportMeta};
    pub use crate::line::{Limits, Search};
    pub use crate::output::ReportFormat;
    pub use crate::query::{CodeSet, Prefilter, Query};
    pub use crate::reading::{FileEvent, ReadHooks, ReadOptions};
    pub use crate::record::{Flow, Record, RecordFeed, RecordOptions, RecordSink, Records, read_streams};
    pub use crate::siem::{CefStyle, LogRecord, Loss, Losses, Settings, TargetFormat, writer};
    pub use crate::source::{Input, Opened, Stream};
    pub use crate::verification::VerifyOptions;
}
