//! One file per verb: what was decided in `plan` is carried out here. What a verb writes to standard output goes to the
//! writer it is given.

pub mod codes;
pub mod completions;
pub mod convert;
mod entries;
pub mod explain;
pub mod grep;
mod inputs;
pub mod keys;
pub mod log_verifier;
pub mod man;
mod merge;
pub mod report;
pub mod schema;
mod services;
pub mod stats;
mod target;
mod unread;
mod validate;
pub mod verify;
mod walk;

use std::io;

use crate::failure::Failure;

/// What the verbs that print something say when they cannot.
fn cannot_print(error: io::Error) -> Failure {
    Failure::new(format!("cannot write to standard output: {error}"))
}
