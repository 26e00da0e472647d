//! Placeholder of the html format.

use std::io::{self, Write};

use crate::incident::report::Report;

pub(super) fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    super::super::inert_json::write_pretty(&mut &mut *out, report)
}
