//! What a run may remember: the chains it proved, so that a later run can tell what is gone, and where they stood, so that
//! it can go on. `record` is one line of a ledger, `memory` what all lines say together, `resumption` where a run may
//! begin, `unchanged` what the file system tells of a file, `store` the file, `anchor` its hash tree. Holding a log against it is left to `verdict`.

pub mod anchor;
mod keys;
pub mod memory;
pub mod record;
pub mod resumption;
mod store;
pub mod unchanged;

pub use store::{Ledger, LedgerError, LedgerErrorKind, Opening};
