//! Says what a strict reader of CEF would refuse, one complaint a line: `file:line:column: rule: what`.

use std::io;
use std::sync::Arc;

use super::pipeline::PipelineOptions;
use crate::failure::Failure;
use crate::line::{LINE_BYTES_MAX, LineState};
use crate::outcome::{Exit, Outcome};
use crate::output::{Target, write_complaint};
use crate::plan::ValidationPlan;
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::siem::cef_check;

/// Checks what the plan names.
///
/// # Errors
/// When a list cannot be read, or the complaints cannot be written.
pub(super) fn run(plan: &ValidationPlan) -> Result<Exit, Failure> {
    let mut check = Check { out: Target::stdout(), lines: 0, refused: 0, too_long: None };
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: None,
        search: None,
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = pipeline.run(&mut check)?;
    check.out.commit().map_err(|error| super::pipeline::cannot_write(&error))?;
    if let Some((file, line)) = check.too_long {
        let limit = LINE_BYTES_MAX >> 20;
        return Err(Failure::new(format!("{file}:{line}: longer than {limit} MiB and not checked")));
    }
    if completed.complete && check.lines == 0 {
        return Err(Failure::new("there is no line to check"));
    }
    Ok(match (completed.complete, check.refused) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Done,
        (true, _) => Exit::Nothing,
    })
}

struct Check {
    out: Target,
    /// Lines that are not blank.
    lines: u64,
    refused: u64,
    /// The first line that was too long to be checked.
    too_long: Option<(Arc<str>, u64)>,
}

impl RecordSink for Check {
    fn take(&mut self, file: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        for Record { line, text, .. } in records.iter() {
            if let LineState::Textless(_) = line.state {
                self.lines += 1;
                self.refused += 1;
                continue;
            }
            if line.state == LineState::TooLong {
                self.too_long.get_or_insert_with(|| (Arc::clone(file), line.number));
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
                write_complaint(&mut self.out, file, place, complaint.rule.name(), &complaint.detail)?;
            }
        }
        Ok(Flow::Continue)
    }
}
