//! Messages for people on standard error: errors, warnings, hints, and the complaints of a check. What goes wrong while
//! writing messages is ignored, since there is nowhere left to say it; the exit code carries the answer.

use std::io::{self, Write};

use super::escape::{excerpt, visible};
use crate::failure::Failure;

/// Writes messages, one per line, harmless whatever they quote.
#[derive(Debug)]
pub struct Diagnostics<W> {
    out: W,
}

impl Diagnostics<io::Stderr> {
    /// Writes to standard error.
    pub fn stderr() -> Self {
        Self { out: io::stderr() }
    }
}

impl<W: Write> Diagnostics<W> {
    /// Writes to any stream.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Says why there is no answer, and what to do about it.
    pub fn failure(&mut self, failure: &Failure) {
        self.line("acralog", &failure.message);
        if let Some(hint) = &failure.hint {
            self.line("hint", hint);
        }
    }

    /// Says what is worth a look: lower case, no full stop.
    pub fn warning(&mut self, text: &str) {
        self.line("warning", text);
    }

    /// Says what is worth knowing: lower case, no full stop.
    pub fn note(&mut self, text: &str) {
        self.line("note", text);
    }

    fn line(&mut self, word: &str, text: &str) {
        let line = format!("{word}: {}\n", visible(text));
        // One write, so that lines of several threads or processes do not tear.
        let _ = self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush());
    }
}

/// Prints a complaint about a place of a file.
///
/// # Errors
/// Those of the writer.
pub fn write_complaint(
    out: &mut impl Write,
    file: &str,
    (line, column): (u64, usize),
    rule: &str,
    detail: &str,
) -> io::Result<()> {
    writeln!(out, "{}:{line}:{column}: {rule}: {}", visible(file), excerpt(detail))
}

#[cfg(test)]
mod tests {
    use super::Diagnostics;
    use crate::failure::Failure;
    use crate::testing::output::ClosedPipe;

    #[test]
    fn messages_are_lines_with_a_word_in_front_and_quote_nothing_raw() {
        let mut out = Vec::new();
        let mut messages = Diagnostics::new(&mut out);
        messages.failure(&Failure::new("a\x1b[2J\u{202e}.log: cannot be read").with_hint("check the\npermissions"));
        messages.warning("w");
        let text = String::from_utf8(out).unwrap();
        let expected = "acralog: a\\x1b[2J\\u{202e}.log: cannot be read\nhint: check the\\npermissions\nwarning: w\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_closed_standard_error_is_ignored() {
        Diagnostics::new(ClosedPipe).warning("nobody hears this");
    }
}
