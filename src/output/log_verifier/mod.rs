//! What acra-log-verifier says, as Acra's services log: one line for each message on standard error, in one of Acra's three
//! formats. When there is nobody to hear it, the exit code still carries the answer.

mod answer;

use std::io::{self, BufWriter, Write};

use crate::entry::{Format, LogTime, Marker};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value};
use crate::failure::Failure;
use crate::siem::{AcraWriter, Losses, Record, Settings, Writer as _};

use super::escape::visible;

pub use answer::{Answer, AnswerSink};

/// The name of the service.
const PRODUCT: &str = "acra-log-verifier";

/// Its own version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Logs messages.
pub struct ServiceLog {
    out: BufWriter<Box<dyn Write + Send>>,
    writer: AcraWriter,
    now: fn() -> LogTime,
    debug: bool,
    line: Vec<u8>,
}

impl ServiceLog {
    /// Logs to standard error in this format; messages for debugging when `debug` is set.
    pub fn stderr(format: Format, debug: bool) -> Self {
        Self::new(Box::new(io::stderr()), format, debug, LogTime::now)
    }

    fn new(out: Box<dyn Write + Send>, format: Format, debug: bool, now: fn() -> LogTime) -> Self {
        let settings = Settings { product: Some(PRODUCT.to_owned()), ..Settings::default() };
        Self { out: BufWriter::new(out), writer: AcraWriter::new(format, settings), now, debug, line: Vec::new() }
    }

    /// What helps to understand a run.
    pub fn debug(&mut self, message: &str) {
        if self.debug {
            self.log(Level::Debug, message, None);
        }
    }

    /// What was done.
    pub fn info(&mut self, message: &str) {
        self.log(Level::Info, message, None);
    }

    /// What is worth a look.
    pub fn warning(&mut self, message: &str) {
        self.log(Level::Warning, message, None);
    }

    /// What went wrong, and why.
    pub fn error(&mut self, message: &str, error: &str) {
        self.log(Level::Error, message, Some(error));
    }

    /// Why there is no answer, and what to do about it.
    pub fn failure(&mut self, message: &str, failure: &Failure) {
        match &failure.hint {
            Some(hint) => self.error(message, &format!("{}; hint: {hint}", failure.message)),
            None => self.error(message, &failure.message),
        }
    }

    /// Passes on what was logged so far.
    pub fn flush(&mut self) {
        // Nobody may be listening.
        let _ = self.out.flush();
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
        let record = Record { event: &event, file: "", line: 0, raw: None, integrity: None };
        // What a format leaves out of such a line it leaves out of Acra's own.
        self.writer.write(&record, &mut self.line, &mut Losses::default());
        self.line.push(b'\n');
        let _ = self.out.write_all(&self.line);
    }
}

/// Writes what is wrong with a command line to standard error, and the usage.
pub fn write_wrong_usage(what: &str, usage: &str) {
    let text = format!("{}\n{usage}", visible(what));
    let _ = io::stderr().write_all(text.as_bytes());
}
