//! What we say about a line, a chain, a log: finding codes, policy, and the judge that turns facts of the chain into
//! findings and accounts for every byte. Printing is left to `output`.

mod acra;
pub mod code;
mod integrity;
pub mod judge;
mod open_chain;
mod prefixed;
mod proven;
mod repetition;
mod replay;
pub mod report;
mod rulings;
mod run_state;
mod stream;
mod torn;
mod unmatched;
mod unsigned;
mod writers;

pub use acra::{AcraStep, AcraWalk, Refusal};
pub use integrity::{Integrity, IntegrityStatus};
pub use judge::Judge;
pub use report::Capped;
pub use report::Shortlist;
