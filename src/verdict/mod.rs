//! What we say about a line, a chain, a log: finding codes, policy, and the judge that turns facts of the chain into
//! findings and accounts for every byte. Printing is left to `output`.

pub mod code;
pub mod policy;
pub mod report;
