//! acralog: verifies Acra audit logs.
//!
//! A log line walks through the house in one direction:
//!
//! ```text
//! source -> line -> entry -> chain -> verdict -> output
//! ```

pub mod chain;
pub mod entry;
pub mod key;
pub mod line;
pub mod outcome;
pub mod verdict;
