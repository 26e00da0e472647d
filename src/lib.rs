//! acralog verifies, searches, converts and reports on Acra audit logs: one exit code, a proven range, every byte accounted
//! for.
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
//! 8. [`output`] alone writes: for people, for CI servers, for machines.
//!
//! [`reading`] makes batches of lines of the inputs; [`record`] hands them to the sink of a verb, a record a line, and
//! [`verification`] leads them through the chains on the way, so that what is printed is what was verified. Around the house stand [`cli`] (the command line as typed), [`plan`] (the same
//! as decided: all refusals happen there), [`command`] (one file per verb), [`outcome`] (the answer and its exit code),
//! [`failure`] (why there is none) and [`inert`] (which characters of a log do more than show themselves).
//!
//! `docs/architecture.md` shows the way in more detail, and says what comments cite.

pub mod chain;
pub mod cli;
pub mod command;
pub mod entry;
pub mod event;
pub mod failure;
pub mod incident;
pub mod inert;
pub mod key;
pub mod line;
pub mod outcome;
pub mod output;
pub mod plan;
pub mod query;
pub mod reading;
pub mod record;
pub mod siem;
pub mod source;
pub mod stats;
pub mod verdict;
pub mod verification;
