//! What happened: entries grouped into incidents by rules, and the report of them as data. Reading and verifying is left to
//! `reading` and `verification`, writing to `output`.

mod investigation;
mod kind;
mod question;
mod redact;
pub mod report;
pub mod rules;
#[cfg(test)]
pub(crate) mod sample;

pub use investigation::{Found, Investigation};
pub use kind::{Kind, Severity};
pub use question::{Dressing, Question};
pub use redact::{CannotRedact, Redaction, redact};
