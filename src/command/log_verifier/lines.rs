//! Sees every line of the logs as it is verified: tells of those without a seal, and of files that cannot be read.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::absolute;
use crate::entry::{self, Fidelity, Format, SealField};
use crate::line::{Batch, LineState};
use crate::output::Answer;
use crate::plan::LogVerifierPlan;
use crate::reading::{Audience, Flow};
use crate::source::Stream;
use crate::verdict::{Integrity, IntegrityStatus, Piece};

/// What the system says of a file that is not there.
const NO_SUCH_FILE: &str = "no such file or directory";

/// The lines of a run.
pub(super) struct Lines<'a> {
    plan: &'a LogVerifierPlan,
    answer: &'a Mutex<Answer>,
    /// Files that were told to be missing, by their place in the list.
    told: Vec<bool>,
    scratch: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(plan: &'a LogVerifierPlan, answer: &'a Mutex<Answer>) -> Self {
        Self { plan, answer, told: vec![false; plan.files.len()], scratch: Vec::new() }
    }

    /// Tells of the files that are not there, before anything is read: Acra reads ahead of what it verifies.
    pub(super) fn tell_missing(&mut self) {
        for (index, path) in self.plan.files.iter().enumerate() {
            if std::fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                self.tell_unread(index, true, NO_SUCH_FILE);
            }
        }
    }

    fn tell_unread(&mut self, index: usize, missing: bool, why: &str) {
        if std::mem::replace(&mut self.told[index], true) {
            return;
        }
        let path = absolute(&self.plan.files[index]);
        let mut answer = lock(self.answer);
        if missing {
            answer.log().warning(&format!("file:  {path} is missing"));
            if self.plan.verification.demands.missing_ok {
                return;
            }
        }
        let error = format!("open {path}: {}", if missing { NO_SUCH_FILE } else { why });
        answer.log().error(&format!("unexpected error occurred while log file processing:  {path}"), &error);
        answer.give_up(error);
    }

    fn look(&mut self, file: usize, batch: &Batch, verdicts: &[Integrity<'_>]) {
        let mut answer = lock(self.answer);
        for (line, verdict) in batch.lines.iter().zip(verdicts) {
            let text = batch.text_of(line);
            if verdict.status == IntegrityStatus::Unsigned {
                if line.state != LineState::TooLong && !text.trim_ascii().is_empty() {
                    answer.unsigned(line.number);
                }
                continue;
            }
            let format = Format::sniff(text);
            if let Some(format) = format.filter(|format| !are_signed_alike(*format, self.plan.format)) {
                let path = absolute(&self.plan.files[file]);
                let (found, said) = (format.name(), self.plan.format.name());
                answer.give_up(format!(
                    "{path}: line {}: a signed line is {found}, not {said}: --audit_log_file_format={found}",
                    line.number
                ));
                answer.stop();
            }
            if verdict.status == IntegrityStatus::Failed && is_wrong_seal(text, &mut self.scratch) {
                answer.stop();
            }
        }
        answer.log().flush();
    }
}

impl Audience for Lines<'_> {
    fn begin_stream(&mut self, _: &Stream) -> io::Result<()> {
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, verdicts: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        match piece {
            Piece::Lines { file } => self.look(*file, batch, verdicts.unwrap_or_default()),
            Piece::Failed { file, missing, why, .. } => self.tell_unread(*file, *missing, why),
            Piece::Opened { .. } | Piece::Closed { .. } => {}
        }
        Ok(Flow::Continue)
    }
}

fn lock(answer: &Mutex<Answer>) -> MutexGuard<'_, Answer> {
    // A panic elsewhere ends the run anyway.
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// plaintext and cef lines are signed alike; json is not.
fn are_signed_alike(one: Format, other: Format) -> bool {
    (one == Format::Json) == (other == Format::Json)
}

/// Whether a line that does not verify has a seal that Acra would read and refuse; other ones get by with a warning.
fn is_wrong_seal(text: &[u8], scratch: &mut Vec<u8>) -> bool {
    entry::parse(text, scratch)
        .is_some_and(|entry| matches!(entry.seal, SealField::Present(_)) && entry.fidelity != Fidelity::Ambiguous)
}
