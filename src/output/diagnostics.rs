//! Messages for people on standard error: errors, warnings, hints. What goes wrong while writing them is ignored, since
//! there is nowhere left to say it; the exit code carries the answer.

use std::io::{self, Write};

use super::color::{ColorChoice, Palette, Tone};
use super::escape::visible;

/// Writes messages, one per line, harmless whatever they quote.
#[derive(Debug)]
pub struct Diagnostics<W> {
    out: W,
    palette: Palette,
}

impl Diagnostics<io::Stderr> {
    /// Writes to standard error.
    pub fn stderr(choice: ColorChoice) -> Self {
        let out = io::stderr();
        let palette = choice.palette(&out);
        Self { out, palette }
    }
}

impl<W: Write> Diagnostics<W> {
    /// Writes to any stream.
    pub fn new(out: W, palette: Palette) -> Self {
        Self { out, palette }
    }

    /// Says what went wrong: lower case, no full stop.
    pub fn error(&mut self, text: &str) {
        self.line(Tone::Bad, "error", text);
    }

    /// Says what is worth a look.
    pub fn warning(&mut self, text: &str) {
        self.line(Tone::Warning, "warning", text);
    }

    /// Says what to do about the message before.
    pub fn hint(&mut self, text: &str) {
        self.line(Tone::Quiet, "hint", text);
    }

    /// Says what is worth knowing.
    pub fn note(&mut self, text: &str) {
        self.line(Tone::Quiet, "note", text);
    }

    fn line(&mut self, tone: Tone, word: &str, text: &str) {
        let line = format!("{} {}\n", self.palette.paint(tone, format_args!("{word}:")), visible(text));
        // One write, so that lines of several threads or processes do not tear.
        let _ = self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostics, Palette};
    use crate::output::sample::ClosedPipe;

    #[test]
    fn messages_are_lines_with_a_word_in_front_and_quote_nothing_raw() {
        let mut out = Vec::new();
        let mut messages = Diagnostics::new(&mut out, Palette::Plain);
        messages.error("a\x1b[2J.log: cannot be read");
        messages.hint("check the\npermissions");
        messages.warning("w");
        messages.note("n");
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "error: a\\x1b[2J.log: cannot be read\nhint: check the\\npermissions\nwarning: w\nnote: n\n");
    }

    #[test]
    fn a_closed_standard_error_is_ignored() {
        Diagnostics::new(ClosedPipe, Palette::Colored).error("nobody hears this");
    }
}
