//! Why a filter cannot be understood, and what to write instead. Printing it is left to others.

use std::fmt;

use crate::failure::Failure;

/// What is wrong with a filter as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write instead, when there is something to be said.
    pub hint: Option<String>,
}

impl QueryError {
    /// An error that needs no advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let failure = Self::usage(error.message);
        match error.hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}
