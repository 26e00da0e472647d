//! What we say about a line, a chain, a log: finding codes, policy, and the judge that turns facts of the chain into
//! findings and accounts for every byte. Printing is left to `output`.

mod acra;
pub mod advice;
mod capped;
pub mod code;
pub mod gather;
mod integrity;
pub mod judge;
mod line_range;
mod open_chain;
pub mod policy;
mod prefixed;
mod proven;
mod recorder;
mod repetition;
mod replay;
pub mod report;
mod rulings;
mod run_state;
mod shortlist;
mod stream;
mod torn;
mod unmatched;
mod unsigned;
mod writers;

pub use acra::{AcraStep, AcraWalk, Refusal};
pub use capped::Capped;
pub use integrity::{Integrity, IntegrityStatus};
pub use judge::Judge;
pub use shortlist::Shortlist;
