//! Explains event codes, findings and incidents as planned.

use std::io::Write;

use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::write_explanation;
use crate::plan::ExplainPlan;

/// Writes the explanation to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(plan: &ExplainPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    super::printed(write_explanation(to, &plan.topics, plan.format, plan.palette))
}
