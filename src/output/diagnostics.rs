//! What a run says beside its result: errors, warnings and hints on standard error, the complaints of a check, and how far
//! the run has come. What goes wrong while writing messages is ignored, since there is nowhere left to say it; the exit code
//! carries the answer.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::escape::{excerpt, visible};
use crate::failure::Failure;

/// Writes messages, one per line, harmless whatever they quote.
#[derive(Debug)]
pub struct Diagnostics<W> {
    out: W,
}

impl Diagnostics<io::Stderr> {
    pub fn stderr() -> Self {
        Self { out: io::stderr() }
    }
}

impl<W: Write> Diagnostics<W> {
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
pub fn write_complaint(
    out: &mut impl Write,
    file: &str,
    (line, column): (u64, usize),
    rule: &str,
    detail: &str,
) -> io::Result<()> {
    writeln!(out, "{}:{line}:{column}: {rule}: {}", visible(file), excerpt(detail))
}

/// Work that is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar, or a spinner when the total is unknown. Gone without a trace when dropped.
#[derive(Debug)]
pub struct ProgressMeter {
    bar: ProgressBar,
    started: Instant,
    /// Whether there is somebody to show it to.
    watched: bool,
    shown: AtomicBool,
}

impl ProgressMeter {
    /// Begins to measure; `total` in bytes, if it is known. Draws only when standard error is a terminal.
    pub fn start(total: Option<u64>) -> Self {
        Self::new(total, io::stderr().is_terminal())
    }

    /// Measures nothing and never draws.
    pub fn hidden() -> Self {
        Self::new(None, false)
    }

    fn new(total: Option<u64>, watched: bool) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        bar.set_style(style(total));
        Self { bar, started: Instant::now(), watched, shown: AtomicBool::new(false) }
    }

    /// Counts bytes that were worked through. Any thread may call it; cheap enough for every batch.
    pub fn tick(&self, bytes: u64) {
        if !self.watched {
            return;
        }
        self.bar.inc(bytes);
        if self.started.elapsed() >= PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    pub fn finish(self) {}
}

impl Drop for ProgressMeter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(total: Option<u64>) -> ProgressStyle {
    // A test builds both templates, so the default bar is never seen.
    ProgressStyle::with_template(template(total)).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn template(total: Option<u64>) -> &'static str {
    match total {
        Some(_) => "{bar:24} {binary_bytes} of {binary_total_bytes}   {binary_bytes_per_sec}   {eta} left",
        None => "{spinner} {binary_bytes}   {binary_bytes_per_sec}",
    }
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    use super::{Diagnostics, ProgressMeter, template};
    use crate::failure::Failure;
    use crate::testing::output::ClosedPipe;

    #[test]
    fn messages_are_lines_with_a_word_in_front_and_quote_nothing_raw() {
        let mut out = Vec::new();
        let mut messages = Diagnostics { out: &mut out };
        messages.failure(&Failure::new("a\x1b[2J\u{202e}.log: cannot be read").with_hint("check the\npermissions"));
        messages.warning("w");
        let text = String::from_utf8(out).unwrap();
        let expected = "acralog: a\\x1b[2J\\u{202e}.log: cannot be read\nhint: check the\\npermissions\nwarning: w\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_closed_standard_error_is_ignored() {
        Diagnostics { out: ClosedPipe }.warning("nobody hears this");
    }

    #[test]
    fn nothing_is_counted_or_drawn_without_a_terminal() {
        let progress = ProgressMeter::hidden();
        progress.tick(10);
        assert_eq!(progress.bar.position(), 0);
        assert!(progress.bar.is_hidden());
        progress.finish();
    }

    #[test]
    fn the_bar_counts_at_once_and_shows_itself_only_after_half_a_second() {
        let progress = ProgressMeter::new(Some(100), true);
        progress.tick(10);
        progress.tick(5);
        assert_eq!(progress.bar.position(), 15);
        assert!(progress.bar.is_hidden());
    }

    #[test]
    fn both_templates_are_understood() {
        for total in [Some(1), None] {
            assert!(ProgressStyle::with_template(template(total)).is_ok());
        }
    }
}
