//! The answer of acra-log-verifier as it comes about: a warning for each unsigned line, and at the end the first thing that
//! is wrong, or that nothing is. Acra stops there; what stands behind it is verified here as well, and not told.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::ServiceLog;
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::{Class, Code};
use crate::verdict::policy::{Demands, Policy};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// What is known so far. Whoever sees the lines and whoever judges them tell it in turn.
pub struct Answer {
    log: ServiceLog,
    /// What the default policy is asked, to say when it differs.
    by_default: Demands,
    default_outcome: Outcome,
    /// Something only an alteration explains, the first one by its place.
    corrupted: Option<Corruption>,
    /// Why there is no answer.
    undecided: Option<String>,
    /// Whether unsigned lines are told no more.
    stopped: bool,
}

struct Corruption {
    code: Code,
    message: String,
    place: Option<Place>,
}

impl Answer {
    /// Nothing is known yet. A missing file is no reason to warn of what the default policy would say.
    pub fn new(log: ServiceLog, missing_ok: bool) -> Self {
        let by_default = Demands { policy: Policy::Default, missing_ok, ..Demands::default() };
        Self { log, by_default, default_outcome: Outcome::Intact, corrupted: None, undecided: None, stopped: false }
    }

    /// The log, for other messages.
    pub fn log(&mut self) -> &mut ServiceLog {
        &mut self.log
    }

    /// A line without a seal.
    pub fn unsigned(&mut self, line: u64) {
        if !self.stopped {
            self.log.warning(&format!("No integrity check for line:  {line}"));
        }
    }

    /// A seal is wrong: Acra would not look at the lines behind it.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// There will be no answer but this. The first reason counts.
    pub fn give_up(&mut self, why: String) {
        self.undecided.get_or_insert(why);
    }

    /// Whether the logs are sound, after the end.
    pub fn is_sound(&self) -> bool {
        self.corrupted.is_none() && self.undecided.is_none()
    }

    fn found(&mut self, finding: Finding) {
        let Finding { code, class, place, message, .. } = finding;
        self.default_outcome = self.default_outcome.merge(self.by_default.class(code).outcome());
        let at = place.as_ref().map(|place| format!("{}:{}: ", place.file, place.line)).unwrap_or_default();
        self.log.debug(&format!("{at}{}: {message}", code.name()));
        match class {
            Class::Note => {}
            Class::Warning => self.warn(code, place.as_ref(), &message),
            // A file that cannot be read was told when that was found.
            Class::Undecided => self.give_up(format!("{at}{message}")),
            Class::Incomplete | Class::Tampered => {
                self.stopped = true;
                let is_earlier = self.corrupted.as_ref().is_none_or(|known| match (&known.place, &place) {
                    (Some(known), Some(place)) => known.file == place.file && place.line < known.line,
                    (None, Some(_)) => true,
                    _ => false,
                });
                if is_earlier {
                    self.corrupted = Some(Corruption { code, message, place });
                }
            }
        }
    }

    fn warn(&mut self, code: Code, place: Option<&Place>, message: &str) {
        match code {
            // Each of these lines had a warning of its own.
            Code::LineUnsignedInsideChain
            | Code::LinesUnsignedAtEnd
            | Code::LinesUnsignedMany
            | Code::LinesUnsignedBetweenChains
            | Code::FileMissing => {}
            _ if self.stopped => {}
            Code::ChainOpenAtEnd => self.log.warning("Missing end of final audit log chain"),
            Code::NothingSigned => self.log.warning("Empty source of audit log"),
            _ => {
                let place = place.map(rules_in_words).unwrap_or_default();
                self.log.warning(&format!("{message}{place}"));
            }
        }
    }

    fn finish(&mut self) {
        if let Some(corrupted) = &self.corrupted {
            let message = &corrupted.message;
            match &corrupted.place {
                Some(place) => {
                    let error = error_of(corrupted.code).unwrap_or(message);
                    self.log.error(&format!("Specified logs are corrupted{}", rules_in_words(place)), error);
                }
                None => self.log.error("Specified logs are corrupted", message),
            }
            if corrupted.code == Code::KeyWrong {
                self.log.warning(message);
            }
        } else if let Some(why) = &self.undecided {
            self.log.error("Logs verification error", why);
        } else {
            if self.default_outcome != Outcome::Intact {
                let (name, code) = (self.default_outcome.name(), self.default_outcome.code());
                self.log.warning(&format!(
                    "Acra's verifier passes these logs, `acralog verify` does not ({name}, exit {code}): it tells why"
                ));
            }
            self.log.info("Integrity check successful");
        }
        self.log.flush();
    }
}

/// Where something is, as Acra puts it: the file without its folders.
fn rules_in_words(place: &Place) -> String {
    let name = Path::new(&*place.file).file_name().and_then(|name| name.to_str()).unwrap_or(&place.file);
    format!(". File: {name} , Line:  {}", place.line)
}

/// What Acra calls it. It knows two errors.
fn error_of(code: Code) -> Option<&'static str> {
    match code {
        Code::ChainAltered
        | Code::LineOutOfChain
        | Code::LineUnclaimed
        | Code::StreamHeadless
        | Code::ChainStartUnmarked
        | Code::ChainStartMisplaced
        | Code::KeyWrong => Some("integrity doesn't match"),
        Code::ChainUnfinished | Code::ChainsInterleaved => Some("end of audit log chain is missing"),
        _ => None,
    }
}

/// Tells an answer what the judge finds.
pub struct AnswerSink<'a>(pub &'a Mutex<Answer>);

impl AnswerSink<'_> {
    fn tell(&self, tell: impl FnOnce(&mut Answer)) -> io::Result<()> {
        // A panic elsewhere ends the run anyway.
        tell(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

impl Sink for AnswerSink<'_> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.tell(|answer| answer.found(finding))
    }

    fn chain(&mut self, _: ChainReport) -> io::Result<()> {
        Ok(())
    }

    fn files(&mut self, _: Vec<FileReport>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: Summary) -> io::Result<()> {
        self.tell(Answer::finish)
    }
}
