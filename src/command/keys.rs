//! Shows keys as planned.

use std::io::Write;

use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::{Diagnostics, write_fingerprints, write_key_check, write_key_list};
use crate::plan::{KeysPlan, KeysTask};

/// Writes what was asked for to `to`, and warnings to standard error.
///
/// # Errors
/// When the writer fails.
pub fn run(plan: &KeysPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    let mut messages = Diagnostics::stderr();
    plan.given.warnings.iter().for_each(|warning| messages.warning(warning));
    let (keys, keystore) = (&plan.given.keys, plan.given.keystore.as_ref());
    let written = match plan.action {
        KeysTask::List(format, palette) => write_key_list(to, keys, keystore, &plan.given.warnings, (format, palette)),
        KeysTask::Check => write_key_check(to, keys, keystore),
        KeysTask::Fingerprint => write_fingerprints(to, keys),
    };
    super::printed(written)
}
