//! The answer of acra-log-verifier as its lines are verified: a warning for each unsigned line, and at the end the first line
//! that Acra would refuse, or that there is none, as Acra's services log it. Acra stops there; what stands behind it is verified
//! as well, and not told. A warning that nobody heard must not end in exit 0, so it is known whether all were.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{LogVerifierPlan, absolute};
use crate::entry::{Format, LogTime, Marker};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value};
use crate::failure::Failure;
use crate::line::Place;
use crate::outcome::Outcome;
use crate::output::visible;
use crate::reading::FileEvent;
use crate::record::{Flow, Record, RecordSink, Records};
use crate::siem::{AcraWriter, LogRecord, Losses, Settings, Writer as _};
use crate::source::{self, Arrangement, Origin};
use crate::verdict::code::{Class, Code, Demands, Policy};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use crate::verdict::{AcraRefusal, AcraStep, AcraWalk, IntegrityStatus};

/// What the system says of a file that is not there.
const NO_SUCH_FILE: &str = "no such file or directory";

/// The service that the lines of its log are from.
const PRODUCT: &str = "acra-log-verifier";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is known so far. Whoever sees the lines and whoever judges them tell it in turn.
pub struct VerifierAnswer {
    log: ServiceLog,
    /// The names of the logs, in the order in which they are read.
    files: Vec<Arc<str>>,
    /// What the default policy is asked, to say when it differs.
    by_default: Demands,
    default_outcome: Outcome,
    /// The first line that Acra refuses.
    refused: Option<Corruption>,
    /// The first thing that the judge finds to be altered, should Acra not have noticed.
    altered: Option<Corruption>,
    /// What is said of keys that fit nothing.
    key_wrong: Option<String>,
    /// Why there is no answer.
    undecided: Option<String>,
    is_empty_told: bool,
}

struct Corruption {
    error: String,
    place: Option<Place>,
}

impl VerifierAnswer {
    /// Nothing is known yet of these logs. A missing file is no reason to warn of what the default policy would say.
    pub fn new(log: ServiceLog, files: Vec<Arc<str>>, missing_ok: bool) -> Self {
        Self {
            log,
            files,
            by_default: Demands { policy: Policy::Default, missing_ok, ..Demands::default() },
            default_outcome: Outcome::Intact,
            refused: None,
            altered: None,
            key_wrong: None,
            undecided: None,
            is_empty_told: false,
        }
    }

    pub fn log(&mut self) -> &mut ServiceLog {
        &mut self.log
    }

    /// A line in which Acra finds no seal.
    pub fn unsigned(&mut self, line: u64) {
        if !self.is_stopped() {
            self.log.warning(&format!("No integrity check for line:  {line}"));
        }
    }

    /// A line that Acra refuses: it would not look at those behind it.
    pub fn refuse(&mut self, place: Place, refusal: AcraRefusal) {
        if self.is_stopped() {
            return;
        }
        let hint = match refusal {
            AcraRefusal::NotJson { seems: Some(format) } => {
                format!("; hint: --audit_log_file_format={}", format.name())
            }
            _ => String::new(),
        };
        self.refused = Some(Corruption { error: format!("{refusal}{hint}"), place: Some(place) });
    }

    /// There will be no answer but this. The first reason counts.
    pub fn give_up(&mut self, why: String) {
        self.undecided.get_or_insert(why);
    }

    /// Something that `acralog verify` finds, and nobody else.
    pub fn by_default(&mut self, code: Code) {
        self.default_outcome = self.default_outcome.merge(self.by_default.class(code).outcome());
    }

    /// Whether the logs are sound and all was heard, after the end.
    pub fn is_sound(&self) -> bool {
        self.refused.is_none() && self.altered.is_none() && self.undecided.is_none() && self.log.is_heard()
    }

    /// Whether unsigned lines are told no more.
    fn is_stopped(&self) -> bool {
        self.refused.is_some()
    }

    fn found(&mut self, finding: Finding) {
        let Finding { code, class, place, message, .. } = finding;
        self.by_default(code);
        let at = place.as_ref().map(|place| format!("{}:{}: ", place.file, place.line)).unwrap_or_default();
        self.log.debug(&format!("{at}{}: {message}", code.name()));
        match class {
            Class::Note => {}
            Class::Warning => self.warn(code, place.as_ref(), &message),
            // A file that cannot be read was told when that was found.
            Class::Undecided => self.give_up(format!("{at}{message}")),
            Class::Incomplete | Class::Tampered => {
                if code == Code::KeyWrong {
                    self.key_wrong.get_or_insert_with(|| message.clone());
                }
                let found = Corruption { error: message, place };
                if self.altered.as_ref().is_none_or(|known| self.is_before(&found, known)) {
                    self.altered = Some(found);
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
            _ if self.is_stopped() => {}
            Code::ChainOpenAtEnd => self.log.warning("Missing end of final audit log chain"),
            // Found in the stream, and in the whole.
            Code::NothingSigned if std::mem::replace(&mut self.is_empty_told, true) => {}
            Code::NothingSigned => self.log.warning("Empty source of audit log"),
            _ => {
                let place = place.map(place_in_words).unwrap_or_default();
                self.log.warning(&format!("{message}{place}"));
            }
        }
    }

    /// By the order of the logs, then by line; what has no place comes last.
    fn is_before(&self, one: &Corruption, other: &Corruption) -> bool {
        let order = |corruption: &Corruption| {
            let place = corruption.place.as_ref()?;
            Some((self.files.iter().position(|name| *name == place.file)?, place.line))
        };
        match (order(one), order(other)) {
            (Some(one), Some(other)) => one < other,
            (one, other) => one.is_some() && other.is_none(),
        }
    }

    fn finish(&mut self) {
        if let Some(Corruption { error, place }) = self.refused.as_ref().or(self.altered.as_ref()) {
            let place = place.as_ref().map(place_in_words).unwrap_or_default();
            let error = error.clone();
            self.log.error(&format!("Specified logs are corrupted{place}"), &error);
            self.key_wrong.iter().chain(&self.undecided).for_each(|message| self.log.warning(message));
        } else if let Some(why) = &self.undecided {
            self.log.error("Logs verification error", why);
        } else {
            if self.default_outcome != Outcome::Intact {
                let (name, code) = (self.default_outcome.name(), self.default_outcome.code());
                self.log
                    .warning(&format!("`acralog verify` does not pass these logs ({name}, exit {code}): it tells why"));
            }
            self.log.info("Integrity check successful");
        }
        self.log.flush();
    }
}

/// Where something is, as Acra puts it: the file without its folders.
fn place_in_words(place: &Place) -> String {
    let name = Path::new(&*place.file).file_name().and_then(|name| name.to_str()).unwrap_or(&place.file);
    format!(". File: {name} , Line:  {}", place.line)
}

/// Tells an answer what the judge finds.
pub struct AnswerSink<'a>(pub &'a Mutex<VerifierAnswer>);

impl AnswerSink<'_> {
    fn tell(&self, tell: impl FnOnce(&mut VerifierAnswer)) -> io::Result<()> {
        tell(&mut self.0.lock());
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
        self.tell(VerifierAnswer::finish)
    }
}

/// The lines of a run.
pub struct LineChecker<'a> {
    plan: &'a LogVerifierPlan,
    answer: &'a Mutex<VerifierAnswer>,
    /// Files that were told to be missing, by their place in the list.
    told: Vec<bool>,
    walk: AcraWalk,
}

impl<'a> LineChecker<'a> {
    pub fn new(plan: &'a LogVerifierPlan, answer: &'a Mutex<VerifierAnswer>) -> Self {
        let told = vec![false; plan.files.len()];
        Self { plan, answer, told, walk: AcraWalk::new(plan.format) }
    }

    /// Tells of the files that are not there, before anything is read: Acra reads ahead of what it verifies.
    pub fn tell_missing(&mut self) {
        for (index, path) in self.plan.files.iter().enumerate() {
            if std::fs::metadata(path).is_err_and(|error| is_absence(error.kind())) {
                self.tell_unread(index, true, NO_SUCH_FILE);
            }
        }
    }

    /// Notes when a rotated set leaves a number out: `acralog verify` refuses to go on over it, Acra does not see it.
    pub fn note_holes(&mut self) {
        let found = source::discover(&self.plan.files, Arrangement::RotationSets);
        let mut files = found.streams.iter().flat_map(|stream| &stream.files);
        if files.any(|file| matches!(file.origin, Origin::Hole { .. })) {
            self.answer.lock().by_default(Code::FileMissing);
        }
    }

    fn tell_unread(&mut self, index: usize, missing: bool, why: &str) {
        if std::mem::replace(&mut self.told[index], true) {
            return;
        }
        let path = absolute(&self.plan.files[index]);
        let mut answer = self.answer.lock();
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
        let mut answer = self.answer.lock();
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

impl RecordSink for LineChecker<'_> {
    fn take(&mut self, _: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        match event {
            FileEvent::Lines { file } => self.look(*file, records),
            FileEvent::Failed { file, missing, why, .. } => self.tell_unread(*file, *missing, why),
            FileEvent::Added { .. } | FileEvent::Opened { .. } | FileEvent::Closed { .. } => {}
        }
        Ok(Flow::Continue)
    }
}

/// Whether a file is not there: a name in place of a folder on the way to it will not be there either.
fn is_absence(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Logs messages.
pub struct ServiceLog {
    out: BufWriter<Box<dyn Write + Send>>,
    writer: AcraWriter,
    now: fn() -> LogTime,
    debug: bool,
    line: Vec<u8>,
    is_lost: bool,
}

impl ServiceLog {
    /// Logs to standard error in this format; messages for debugging when `debug` is set.
    pub fn stderr(format: Format, debug: bool) -> Self {
        Self::new(Box::new(io::stderr()), format, debug, LogTime::now)
    }

    fn new(out: Box<dyn Write + Send>, format: Format, debug: bool, now: fn() -> LogTime) -> Self {
        let settings = Settings { product: Some(PRODUCT.to_owned()), ..Settings::default() };
        let (out, writer) = (BufWriter::new(out), AcraWriter::new(format, settings));
        Self { out, writer, now, debug, line: Vec::new(), is_lost: false }
    }

    /// What helps to understand a run.
    pub fn debug(&mut self, message: &str) {
        if self.debug {
            self.log(Level::Debug, message, None);
        }
    }

    pub fn info(&mut self, message: &str) {
        self.log(Level::Info, message, None);
    }

    pub fn warning(&mut self, message: &str) {
        self.log(Level::Warning, message, None);
    }

    /// What went wrong, and why.
    pub fn error(&mut self, message: &str, error: &str) {
        self.log(Level::Error, message, Some(error));
    }

    /// Why there is no answer, and what to do about it.
    pub fn failure(&mut self, message: &str, failure: &Failure) {
        self.error(message, &failure.in_one_line());
    }

    /// Passes on what was logged so far.
    pub fn flush(&mut self) {
        self.is_lost |= self.out.flush().is_err();
    }

    /// Whether everything that was passed on arrived.
    fn is_heard(&self) -> bool {
        !self.is_lost
    }

    fn log(&mut self, level: Level, message: &str, error: Option<&str>) {
        let (message, error) = (visible(message), error.map(visible));
        let time = (self.now)();
        let rfc3339 = time.whole_seconds().to_string();
        let field = |error| Field { key: Text::from("error"), value: Value::Text(Text::from(error)) };
        let event = Event {
            format: Format::Json,
            moment: Some(Moment {
                time,
                precision: Precision::Milliseconds,
                rfc3339: Some(Text::from(rfc3339.as_str())),
            }),
            level,
            message: Text::from(&*message),
            product: Some(Text::from(PRODUCT)),
            version: Some(Text::from(VERSION)),
            fields: error.as_deref().map(field).into_iter().collect(),
            seal: None,
            marker: Marker::Middle,
        };
        self.line.clear();
        let record = LogRecord { event: &event, file: "", line: 0, raw: None, integrity: None };
        // What a format leaves out of such a line it leaves out of Acra's own.
        self.writer.write(&record, &mut self.line, &mut Losses::default());
        self.line.push(b'\n');
        self.is_lost |= self.out.write_all(&self.line).is_err();
    }
}

/// Writes what is wrong with a command line to standard error, and the usage.
pub fn write_wrong_usage(what: &str, usage: &str) {
    let text = format!("{}\n{usage}", visible(what));
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;
    use std::sync::Arc;

    use super::*;
    use crate::testing::output::ClosedPipe;

    /// What was written, after whoever wrote it is gone.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn at_noon() -> LogTime {
        LogTime { unix_ms: 1_741_953_600_042 }
    }

    fn logged(format: Format, debug: bool, tell: impl FnOnce(&mut ServiceLog)) -> String {
        let written = Written::default();
        let mut log = ServiceLog::new(Box::new(written.clone()), format, debug, at_noon);
        tell(&mut log);
        log.flush();
        let bytes = written.0.lock().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_message_is_the_line_that_acras_services_write() {
        let tell = |log: &mut ServiceLog| log.error("a=b", "it's \"c\"");
        let version = VERSION;
        for (format, line) in [
            (
                Format::Plaintext,
                "time=\"2025-03-14T12:00:00Z\" level=error msg=\"a=b\" error=\"it's \\\"c\\\"\"\n".to_owned(),
            ),
            (
                Format::Json,
                format!(
                    "{{\"error\":\"it's \\\"c\\\"\",\"level\":\"error\",\"msg\":\"a=b\",\"product\":\"acra-log-verifier\",\
                     \"timestamp\":\"2025-03-14T12:00:00Z\",\"unixTime\":\"1741953600.042\",\"version\":\"{version}\"}}\n"
                ),
            ),
            (
                Format::Cef,
                format!(
                    "CEF:0|cossacklabs|acra-log-verifier|{version}|100|a\\=b|6|error=it's \"c\" \
                     unixTime=1741953600.042 \n"
                ),
            ),
        ] {
            assert_eq!(logged(format, false, tell), line);
        }
    }

    #[test]
    fn messages_for_debugging_are_told_only_when_they_are_asked_for() {
        let tell = |log: &mut ServiceLog| {
            log.debug("d");
            log.info("i");
            log.warning("w");
        };
        for (debug, levels) in [(false, "info warning"), (true, "debug info warning")] {
            let lines = logged(Format::Plaintext, debug, tell);
            let found: Vec<_> = lines.lines().map(|line| line.split(['=', ' ']).nth(3).unwrap()).collect();
            assert_eq!(found.join(" "), levels);
        }
    }

    #[test]
    fn a_failure_is_told_with_its_hint_and_hostile_text_is_inert() {
        let failure = Failure::new("a\x1b[2J").with_hint("b");
        let line = logged(Format::Cef, false, |log| log.failure("m", &failure));
        assert!(line.contains("|m|6|error=a\\\\x1b[2J; hint: b unixTime"), "{line}");
    }

    #[test]
    fn what_nobody_hears_is_known() {
        for count in [1, 10_000] {
            let mut log = ServiceLog::new(Box::new(ClosedPipe), Format::Json, true, at_noon);
            (0..count).for_each(|_| log.debug("nobody hears this"));
            log.flush();
            assert!(!log.is_heard());
        }
        let mut log = ServiceLog::new(Box::new(io::sink()), Format::Json, true, at_noon);
        log.debug("heard");
        log.flush();
        assert!(log.is_heard());
    }
}
