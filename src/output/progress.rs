//! How far a run has come, on standard error: bytes, rate, time left. Shown only to people who wait; what is measured is
//! left to the caller.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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

    /// Takes the bar away.
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

    use super::{ProgressMeter, template};

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
