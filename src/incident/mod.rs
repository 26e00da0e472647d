//! What happened: entries grouped into incidents by rules, and the report of them as data. Reading and verifying is left to
//! `reading` and `verifier`, writing to `output`.

mod context;
mod correlation;
mod detectors;
mod entry_counter;
mod gaps;
mod incidents;
mod investigation;
mod kind;
mod live;
mod occurrence;
mod redact;
pub mod report;
pub mod rules;
mod runs;
mod sessions;
mod sigma;
mod throttle;

pub use correlation::{QUERY_ENTRIES_MAX, QUERY_SPAN_MS, message_head};
pub use detectors::rules_in_words;
pub use incidents::{Alterations, IncidentGroup, groups};
pub use investigation::{Conclusion, Investigation, InvestigationOptions, ReportMeta, Verified};
pub use kind::{Kind, Severity};
pub use live::{ClockJump, IncidentChange, LiveEntry, LiveIncident, LiveIncidents};
pub use occurrence::{EntryName, beginning, refer};
pub use redact::{Redaction, redact};
pub use throttle::UpdateThrottle;
