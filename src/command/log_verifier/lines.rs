//! Sees every line of the logs as it is verified: tells of those that Acra would warn of or refuse, and of files that cannot
//! be read.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::absolute;
use crate::entry::Format;
use crate::line::{Batch, Place};
use crate::output::Answer;
use crate::plan::LogVerifierPlan;
use crate::reading::{Audience, Flow};
use crate::source::{self, Arrangement, Origin, Stream};
use crate::verdict::code::Code;
use crate::verdict::{AcraWalk, Integrity, IntegrityStatus, Piece, Step};

/// What the system says of a file that is not there.
const NO_SUCH_FILE: &str = "no such file or directory";

/// The lines of a run.
pub(super) struct Lines<'a> {
    plan: &'a LogVerifierPlan,
    answer: &'a Mutex<Answer>,
    /// Files that were told to be missing, by their place in the list.
    told: Vec<bool>,
    walk: AcraWalk,
    /// The names of the logs in messages.
    names: Vec<Arc<str>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(plan: &'a LogVerifierPlan, answer: &'a Mutex<Answer>) -> Self {
        let told = vec![false; plan.files.len()];
        Self { plan, answer, told, walk: AcraWalk::new(plan.format), names: Vec::new() }
    }

    /// Tells of the files that are not there, before anything is read: Acra reads ahead of what it verifies.
    pub(super) fn tell_missing(&mut self) {
        for (index, path) in self.plan.files.iter().enumerate() {
            if std::fs::metadata(path).is_err_and(|error| is_absence(error.kind())) {
                self.tell_unread(index, true, NO_SUCH_FILE);
            }
        }
    }

    /// Notes when a rotated set leaves a number out: `acralog verify` refuses to go on over it, Acra does not see it.
    pub(super) fn note_holes(&mut self) {
        let found = source::discover(&self.plan.files, Arrangement::RotationSets);
        let mut files = found.streams.iter().flat_map(|stream| &stream.files);
        if files.any(|file| matches!(file.origin, Origin::Hole { .. })) {
            lock(self.answer).by_default(Code::FileMissing);
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
            if self.plan.demands.missing_ok {
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
            if !line.state.has_text() {
                continue;
            }
            let text = batch.text_of(line);
            let is_signed = verdict.status != IntegrityStatus::Unsigned;
            if is_signed && self.plan.format != Format::Json && Format::sniff(text) == Some(Format::Json) {
                // Acra sees no seals in such a log, and passes it.
                let (path, line, said) = (absolute(&self.plan.files[file]), line.number, self.plan.format.name());
                answer.give_up(format!(
                    "{path}: line {line}: a signed line is json, not {said}: --audit_log_file_format=json"
                ));
            }
            match self.walk.line(text, verdict) {
                Step::Passed => {}
                Step::Unchecked => answer.unsigned(line.number),
                Step::Refused(refusal) => {
                    let place = Place { file: Arc::clone(&self.names[file]), line: line.number };
                    answer.refuse(place, refusal);
                }
            }
        }
        answer.log().flush();
    }
}

impl Audience for Lines<'_> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.names = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
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

/// Whether a file is not there: a name in place of a folder on the way to it will not be there either.
fn is_absence(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn lock(answer: &Mutex<Answer>) -> MutexGuard<'_, Answer> {
    // A panic elsewhere ends the run anyway.
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
