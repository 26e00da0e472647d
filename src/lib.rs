//! acralog: verifies Acra audit logs.
//!
//! A log line walks through the house in one direction:
//!
//! ```text
//! source -> line -> entry -> chain -> verdict -> output
//! ```

pub mod entry;
pub mod line;
pub mod outcome;
pub mod output;
pub mod verdict;
