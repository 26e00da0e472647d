//! What every test module shares: running the tool, reading its report, finding fixtures. What is expected is left to the
//! tests.

pub mod fixture;
pub mod keystore;
pub mod report;
pub mod run;
pub mod running;
pub mod tools;
pub mod verify;

pub use run::Run;

/// The words of `--output-format`; a test of its own holds them against the program's.
pub const FORMATS: [&str; 6] = ["human", "json", "jsonl", "junit", "sarif", "github"];
