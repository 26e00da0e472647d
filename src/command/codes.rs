//! Lists event codes as planned.

use std::io::Write;

use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::write_codes;
use crate::plan::CodesPlan;

/// Writes the list to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(plan: &CodesPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    super::printed(write_codes(to, &plan.entries, plan.format, plan.palette))
}
