//! What we say about a line, a chain, a log: finding codes, policy, and the judge that turns facts of the chain into
//! findings and accounts for every byte. Printing is left to `output`.

mod acra;
pub mod advice;
mod capped;
mod chains;
pub mod code;
mod docket;
pub mod gather;
mod integrity;
pub mod judge;
mod piece;
pub mod policy;
mod prefixed;
mod proven;
mod recorder;
mod replay;
pub mod report;
mod sealed;
mod shortlist;
mod stream;
mod stretch;
mod torn;
mod unmatched;
mod unsealed;
mod writers;

pub use acra::{AcraWalk, Refusal, Step};
pub use capped::Capped;
pub use integrity::{Integrity, IntegrityStatus};
pub use judge::Judge;
pub use piece::Piece;
pub use shortlist::Shortlist;
