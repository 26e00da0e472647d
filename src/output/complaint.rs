//! One complaint of a check, the way compilers print theirs: `file:line:column: rule: what`.

use std::io::{self, Write};

use super::escape::{excerpt, visible};

/// Prints a complaint about a place of a file.
///
/// # Errors
/// Those of the writer.
pub fn write_complaint(
    out: &mut impl Write,
    file: &str,
    (line, column): (u64, usize),
    rule: &str,
    detail: &str,
) -> io::Result<()> {
    writeln!(out, "{}:{line}:{column}: {rule}: {}", visible(file), excerpt(detail))
}
