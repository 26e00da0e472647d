//! Sees every line of the logs as it is verified: tells of those that Acra would warn of or refuse, and of files that cannot
//! be read.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::absolute;
use crate::entry::Format;
use crate::line::Place;
use crate::output::Answer;
use crate::plan::LogVerifierPlan;
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::source::{self, Arrangement, Origin};
use crate::verdict::code::Code;
use crate::verdict::{AcraStep, AcraWalk, IntegrityStatus};

/// What the system says of a file that is not there.
const NO_SUCH_FILE: &str = "no such file or directory";

/// The lines of a run.
pub(super) struct Lines<'a> {
    plan: &'a LogVerifierPlan,
    answer: &'a Mutex<Answer>,
    /// Files that were told to be missing, by their place in the list.
    told: Vec<bool>,
    walk: AcraWalk,
}

impl<'a> Lines<'a> {
    pub(super) fn new(plan: &'a LogVerifierPlan, answer: &'a Mutex<Answer>) -> Self {
        let told = vec![false; plan.files.len()];
        Self { plan, answer, told, walk: AcraWalk::new(plan.format) }
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

    fn look(&mut self, file: usize, records: &Records<'_>) {
        let mut answer = lock(self.answer);
        for Record { file: name, line, text, integrity, .. } in records.iter() {
            let Some(verdict) = integrity.filter(|_| line.state.has_text()) else { continue };
            let is_signed = verdict.status != IntegrityStatus::Unsigned;
            if is_signed && self.plan.format != Format::Json && Format::sniff(text) == Some(Format::Json) {
                // Acra sees no seals in such a log, and passes it.
                let (path, line, said) = (absolute(&self.plan.files[file]), line.number, self.plan.format.name());
                answer.give_up(format!(
                    "{path}: line {line}: a signed line is json, not {said}: --audit_log_file_format=json"
                ));
            }
            match self.walk.line(text, &verdict) {
                AcraStep::Passed => {}
                AcraStep::Unchecked => answer.unsigned(line.number),
                AcraStep::Refused(refusal) => {
                    let place = Place { file: Arc::clone(name), line: line.number };
                    answer.refuse(place, refusal);
                }
            }
        }
        answer.log().flush();
    }
}

impl RecordSink for Lines<'_> {
    fn take(&mut self, _: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
            FileEvent::Lines { file } => self.look(*file, records),
            FileEvent::Failed { file, missing, why, .. } => self.tell_unread(*file, *missing, why),
            FileEvent::Opened { .. } | FileEvent::Closed { .. } => {}
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
