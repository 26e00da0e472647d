//! What acra-log-verifier says, as Acra's services log: one line for each message on standard error, in one of Acra's three
//! formats. A warning that nobody heard must not end in exit 0, so it is known whether all were.

use std::io::{self, BufWriter, Write};

use crate::entry::{Format, LogTime, Marker};
use crate::event::{Event, Field, Level, Moment, Precision, Text, Value};
use crate::failure::Failure;
use crate::output::visible;
use crate::siem::{AcraWriter, LogRecord, Losses, Settings, Writer as _};

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
        self.error(message, &failure.in_one_line());
    }

    /// Passes on what was logged so far.
    pub fn flush(&mut self) {
        self.is_lost |= self.out.flush().is_err();
    }

    /// Whether everything that was passed on arrived.
    pub fn is_heard(&self) -> bool {
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
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::testing::output::ClosedPipe;

    /// What was written, after whoever wrote it is gone.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
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
        let bytes = written.0.lock().unwrap().clone();
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
