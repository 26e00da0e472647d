//! Verifies logs as planned. Stands in for the real one: it answers that it cannot tell.

use std::io::Write;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::plan::VerifyPlan;

/// Verifies what the plan names and reports to `to`, or to the plan's own target.
///
/// # Errors
/// When the report cannot be written.
pub fn run(_plan: &VerifyPlan, _to: &mut dyn Write) -> Result<Outcome, Failure> {
    Ok(Outcome::Undecided)
}
