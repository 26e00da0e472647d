//! What we say about a line, a chain, a log: finding codes, policy, and the judge that turns facts of the chain into
//! findings and accounts for every byte. Printing is left to `output`.

mod acra;
mod alteration;
pub mod code;
mod comparison;
mod displacement;
mod expectations;
mod judge;
mod open_chains;
mod prefixed;
mod repetition;
mod replay;
pub mod report;
mod restored;
mod rulings;
mod run_state;
mod stream;
mod time_gaps;
mod times;
mod torn;
mod unsigned;
mod writers;

pub use acra::{AcraRefusal, AcraStep, AcraWalk};
pub use expectations::Expectations;
pub use judge::{Judge, Judged};
pub use report::{Capped, Integrity, IntegrityStatus, Shortlist};
pub use restored::difference;
