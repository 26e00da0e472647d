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
pub mod man;
mod pipeline;
pub mod report;
pub mod schema;
pub mod stats;
pub(crate) mod target;
mod unknown;
mod unread;
mod validate;
pub mod verify;

use std::io;

use crate::failure::Failure;
use crate::outcome::Exit;
use crate::plan::PrintPlan;
use crate::source::Discovery;

pub(crate) use pipeline::on_threads;

/// Prints where it was planned what depends on no log; `work` gets the writer.
///
/// # Errors
/// Those of the work; when a file cannot be written, or stands there and may not be replaced.
pub fn print(
    plan: &PrintPlan,
    work: impl FnOnce(&mut dyn io::Write) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    match plan {
        PrintPlan::Stdout => work(&mut io::stdout()),
        PrintPlan::Nowhere => work(&mut io::sink()),
        PrintPlan::File(path, existing) => {
            let mut target = target::open(Some(&(path.clone(), *existing)), &Discovery::default())?;
            let exit = work(&mut target)?;
            printed(target.commit()).map(|_| exit)
        }
    }
}

/// The end of a verb that prints what does not depend on any log. Whoever closed the pipe has seen enough of it.
fn printed(written: io::Result<()>) -> Result<Exit, Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}
