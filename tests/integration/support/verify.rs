//! The doors to the verifier for tests that ask it thousands of times. What the answers mean is left to the tests.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use acralog::chain::obvious::LineAnswer;

use super::Run;
use super::report::Report;
use crate::log_writer::sealing::Answer as Truth;

/// Exit code and number of findings by code.
pub type Answer = (u8, BTreeMap<String, u64>);

/// Verifies one log held in memory.
pub fn verify_bytes(log: &[u8], keys: &[[u8; 32]]) -> Answer {
    let report = run(log, keys, &[]).report();
    (report.exit_code, report.findings_by_code)
}

/// The whole report, with so many threads and batches of so many lines. The process has no flag for the size of a batch.
pub fn verify_with(log: &[u8], key: &[u8; 32], threads: usize, _batch_lines: usize) -> Report {
    run(log, &[*key], &["--threads", &threads.to_string()]).report()
}

/// The product's own obvious verifier, in the words of the tests'. It follows one chain at a time, so it is asked about
/// logs of one instance only; and it counts blank lines among the unsigned ones.
pub fn verify_obviously(log: &[u8], key: &[u8; 32]) -> Vec<Truth> {
    let answers = acralog::chain::obvious::verify(log, key).into_iter();
    answers
        .map(|answer| match answer {
            LineAnswer::Verified => Truth::Verified,
            LineAnswer::Unsigned => Truth::Unsigned,
            LineAnswer::Wrong | LineAnswer::Unreachable => Truth::Unproven,
        })
        .collect()
}

fn run(log: &[u8], keys: &[[u8; 32]], args: &[&str]) -> super::run::Done {
    let folder = tempfile::tempdir().expect("a folder for keys");
    let mut run = Run::report().args(args);
    for (number, key) in keys.iter().enumerate() {
        run = run.key_file(write_key(&folder.path().join(format!("{number}.key")), key));
    }
    run.stdin(log).done()
}

/// A key file that only its owner may read.
#[track_caller]
pub fn write_key(path: &Path, key: &[u8]) -> PathBuf {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a new key file");
    file.write_all(key).expect("a few bytes");
    path.to_owned()
}

/// A file in a test's own folder.
#[track_caller]
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path
}
