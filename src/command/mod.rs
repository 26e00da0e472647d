//! One file per verb: what was decided in `plan` is carried out here. What a verb writes to standard output goes to the
//! writer it is given.

pub mod codes;
pub mod completions;
pub mod convert;
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
mod target;
mod unread;
mod validate;
pub mod verify;
mod walk;

use std::io;

use crate::failure::Failure;
use crate::outcome::Exit;

/// The end of a verb that prints what does not depend on any log. Whoever closed the pipe has seen enough of it.
fn printed(written: io::Result<()>) -> Result<Exit, Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}
