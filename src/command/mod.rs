//! What was decided in `plan` is carried out here, one file per verb that reads logs. What a verb writes goes to the writer it is
//! given; what is not finished is removed when the process is ended.

pub mod about;
pub mod attest;
mod attestation;
pub mod bundle;
mod configuration_page;
pub mod convert;
mod digests;
mod follow;
pub mod grep;
mod inputs;
pub mod ledger;
mod pipeline;
pub mod report;
pub mod stats;
mod unchanged;
pub mod verify;
pub mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io, thread};

use parking_lot::Mutex;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::{Existing, Target, TargetErrorKind};
use crate::plan::PrintPlan;
use crate::source::Discovery;

pub(crate) use pipeline::on_threads;

/// Makes of a file that outgrows its limit (`ulimit -f`) an error like that of a full disk: the signal would end the process
/// without an answer.
pub fn refuse_limit_signal() {
    // Where it cannot be caught, the process ends as it would have ended.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

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
            let mut target = open(Some(&(path.clone(), *existing)), &Discovery::default())?;
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

/// Opened before the work begins, so that a refusal comes at once; but when the inputs were found, so that none of them is
/// replaced, and what is written does not stand among them.
pub(crate) fn open(planned: Option<&(PathBuf, Existing)>, inputs: &Discovery) -> Result<Target, Failure> {
    let Some((path, existing)) = planned else { return Ok(Target::stdout()) };
    if inputs.holds(path) {
        return Err(Failure::usage(format!("{}: is one of the files to read", path.display()))
            .with_hint("write to another file, outside of the folders that are read"));
    }
    let target = Target::file(path, *existing).map_err(|error| {
        let hint = error.hint();
        let is_typed = !matches!(error.kind, TargetErrorKind::Io(_));
        // Anyhow spells out the whole chain of causes.
        let failure = Failure::new(format!("{:#}", anyhow::Error::from(error)));
        let failure = if is_typed { failure.of_usage() } else { failure };
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    })?;
    if let Some(unfinished) = target.unfinished() {
        remove_on_signal(unfinished.to_owned())?;
    }
    Ok(target)
}

/// What is not finished.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Ctrl-C ends the process at once, and never with exit 0: nothing to do for that. But a report that is not finished must
/// not be left lying about. One thread removes all there are: the first to end the process would leave those of others.
fn remove_on_signal(unfinished: PathBuf) -> Result<(), Failure> {
    let mut all = UNFINISHED.lock();
    all.push(unfinished);
    if all.len() > 1 {
        return Ok(());
    }
    let cannot = |error: io::Error| Failure::new(format!("cannot listen for signals: {error}"));
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(cannot)?;
    let listen = move || {
        for signal in signals.forever() {
            for path in UNFINISHED.lock().iter() {
                // It may be gone already, and there is nobody to tell.
                let _ = fs::remove_file(path);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(cannot)?;
    Ok(())
}
