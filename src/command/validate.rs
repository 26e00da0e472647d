//! Says what a strict reader of CEF would refuse, one complaint a line: `file:line:column: rule: what`.

use std::io;
use std::sync::Arc;

use super::walk::Walk;
use crate::failure::Failure;
use crate::line::{Batch, LINE_BYTES_MAX, LineState};
use crate::outcome::{Exit, Outcome};
use crate::output::{Target, write_complaint};
use crate::plan::ValidationPlan;
use crate::reading::{Audience, Flow};
use crate::siem::cef_check;
use crate::source::Stream;
use crate::verdict::{Integrity, Piece};

/// Checks what the plan names.
///
/// # Errors
/// When a list cannot be read, or the complaints cannot be written.
pub(super) fn run(plan: &ValidationPlan) -> Result<Exit, Failure> {
    let mut check = Check { out: Target::stdout(), files: Vec::new(), lines: 0, refused: 0, too_long: None };
    let walk =
        Walk { input: &plan.input, verification: None, search: None, progress: plan.progress, threads: plan.threads };
    let walked = walk.run(&mut check)?;
    check.out.commit().map_err(|error| super::walk::cannot_write(&error))?;
    if let Some((file, line)) = check.too_long {
        let limit = LINE_BYTES_MAX >> 20;
        return Err(Failure::new(format!("{file}:{line}: longer than {limit} MiB and not checked")));
    }
    if walked.complete && check.lines == 0 {
        return Err(Failure::new("there is no line to check"));
    }
    Ok(match (walked.complete, check.refused) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Done,
        (true, _) => Exit::Nothing,
    })
}

struct Check {
    out: Target,
    files: Vec<Arc<str>>,
    /// Lines that are not blank.
    lines: u64,
    refused: u64,
    /// The first line that was too long to be checked.
    too_long: Option<(Arc<str>, u64)>,
}

impl Audience for Check {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, _: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let Piece::Lines { file } = *piece else { return Ok(Flow::Continue) };
        for line in &batch.lines {
            let text = batch.text_of(line);
            if let LineState::Textless(_) = line.state {
                self.lines += 1;
                self.refused += 1;
                continue;
            }
            if line.state == LineState::TooLong {
                self.too_long.get_or_insert_with(|| (Arc::clone(&self.files[file]), line.number));
                continue;
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            self.lines += 1;
            let complaints = cef_check::check(text);
            self.refused += u64::from(!complaints.is_empty());
            for complaint in complaints {
                let place = (line.number, complaint.column);
                write_complaint(&mut self.out, &self.files[file], place, complaint.rule.name(), &complaint.detail)?;
            }
        }
        Ok(Flow::Continue)
    }
}
