//! What happened: entries grouped into incidents by rules, and the report of them as data. Reading and verifying is left to
//! `reading` and `verification`, writing to `output`.

mod kind;
pub mod report;
pub mod rules;
#[cfg(test)]
pub(crate) mod sample;

pub use kind::{Kind, Severity};
