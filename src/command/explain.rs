//! Explains event codes as planned.

use std::io::Write;

use crate::event::catalogue::Entry;
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::{ExplainFormat, write_explanation};

/// Writes the explanation to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(entries: &[&Entry], format: ExplainFormat, to: &mut dyn Write) -> Result<Exit, Failure> {
    super::printed(write_explanation(to, entries, format))
}
