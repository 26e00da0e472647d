//! Rules of Sigma (<https://sigmahq.io>, specification 2): loaded, matched against single entries, and counted over time. What is
//! made of a match is left to others.
//!
//! Our own reading of them, since the crates that were tried on the examples in `tests/corpus.toml` (58 of them) leave too much
//! to luck: sigma-rust 0.7 has 25 of them wrong, among them keywords, comparisons of whole numbers with others and conditions
//! that are taken without a word although they name nothing; rsigma-eval 0.23 has 10 wrong, among them a wildcard that a line
//! break hides text from, and brings 24 crates, with C in them. YAML and regular expressions are left to crates.

mod condition_tree;
mod correlation;
mod correlator;
mod detection;
mod field_test;
mod fields;
mod rule;
mod rules;
mod window;
mod yaml;

pub use correlator::{Correlator, MatchState, SigmaMatch};
pub use rule::SigmaLevel;
pub use rules::{SigmaHits, SigmaRules};

#[cfg(test)]
mod tests;
