//! Why a run could not give an answer: what happened and what to do, in the two lines people see on standard error. When
//! to give up is left to the caller; the exit code is that of wrong usage or that of `Outcome::Undecided`.

use std::panic::{self, AssertUnwindSafe};
use std::{fmt, io};

use crate::outcome::{Exit, Outcome};

/// What a failure is about, which decides how the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// What was typed, or written into a configuration file: nothing was looked at, and the same words fail again.
    Usage,
    /// The world: what could not be read, reached, opened or written.
    World,
}

/// What happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened: lower case, no full stop, never key material.
    pub message: String,
    /// What to do, when there is something to be said.
    pub hint: Option<String>,
    /// What it is about.
    pub kind: FailureKind,
}

impl Failure {
    /// A failure of the world that needs no advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind: FailureKind::World }
    }

    /// A refusal of what was typed that needs no advice.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Usage, ..Self::new(message) }
    }

    /// The same failure, of what was typed.
    #[must_use]
    pub fn of_usage(self) -> Self {
        Self { kind: FailureKind::Usage, ..self }
    }

    /// The same failure, with the place in front.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// How a run ends that fails with this.
    pub fn exit(&self) -> Exit {
        match self.kind {
            FailureKind::Usage => Exit::Usage,
            FailureKind::World => Outcome::Undecided.into(),
        }
    }

    /// A failure nobody needs to be told about: whoever listened has gone.
    pub fn silent() -> Self {
        Self::new("")
    }

    /// Whether there is nothing to say about it.
    pub fn is_silent(&self) -> bool {
        self.message.is_empty()
    }

    /// What happened and what to do, where there is one line for both.
    pub fn in_one_line(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}; hint: {hint}", self.message),
            None => self.message.clone(),
        }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs `work`; a panic becomes a failure, so that it ends neither in exit 0 nor in exit 1. Open files are closed and
/// temporary ones removed on the way.
///
/// # Errors
/// The failure of `work`, or an internal error with the place in the source. What the panic says is not repeated: it
/// may hold text of the log.
pub fn catch_panic<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(answer) => answer,
        Err(_) => Err(Failure::new("internal error, no answer was reached")
            .with_hint("please report it, with the line above and the version of acralog")),
    }
}

/// Makes a panic on any thread name its place in the source and nothing else.
pub fn announce_panics(announce: impl Fn(&str) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        announce(&place);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure_that_does_not_repeat_its_text() {
        let failure = catch_panic::<()>(|| panic!("text of the log")).unwrap_err();
        assert!(failure.message.starts_with("internal error"));
        assert!(!format!("{failure:?}").contains("text of the log"));
    }

    #[test]
    fn what_was_typed_and_what_the_world_is_like_end_differently_with_advice_or_without() {
        assert_eq!(Failure::usage("no").with_hint("yes").exit().code(), 64);
        assert_eq!(Failure::new("no").of_usage().exit().code(), 64);
        assert_eq!(Failure::new("no").with_hint("yes").exit().code(), 2);
        assert_eq!(Failure::silent().exit().code(), 2);
    }

    #[test]
    fn an_answer_passes_through_unchanged() {
        assert_eq!(catch_panic(|| Ok(7)), Ok(7));
        assert_eq!(catch_panic::<()>(|| Err(Failure::new("no"))), Err(Failure::new("no")));
    }
}
