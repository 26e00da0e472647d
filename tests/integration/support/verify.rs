//! The doors to the verifier for tests that ask it thousands of times. What the answers mean is left to the tests.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use acralog::internals::{Limits, Strategy, UndoEffort, VerifyOptions};
use acralog::reference::{self, LineAnswer};
use acralog::{AuditKey, Demands, KeySet, Verifier};

use super::report::Report;
use crate::log_writer::sealing::Answer as Truth;

/// Nothing is undone: these doors are for what chains prove by themselves, and asked too often for a search each time. What undoing
/// adds is asked of [`verify_undoing`], and of the program.
fn options() -> VerifyOptions {
    VerifyOptions { undo: UndoEffort::Off, ..VerifyOptions::default() }
}

/// Exit code and number of findings by code.
pub type Answer = (u8, BTreeMap<String, u64>);

/// Verifies one log held in memory.
pub fn verify_bytes(log: &[u8], keys: &[[u8; 32]]) -> Answer {
    let report = verify_in(log, keys, options());
    (report.exit_code, report.findings_by_code)
}

/// The whole report, with so many threads and batches of so many lines.
pub fn verify_with(log: &[u8], keys: &[[u8; 32]], threads: usize, batch_lines: usize) -> Report {
    verify_within(log, keys, threads, Limits { batch_lines, ..Limits::default() })
}

/// The same with batches of any limits.
pub fn verify_within(log: &[u8], keys: &[[u8; 32]], threads: usize, limits: Limits) -> Report {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
    pool.install(|| verify_in(log, keys, VerifyOptions { limits, ..options() }))
}

/// The whole report of the verifier that takes one entry after the other.
pub fn verify_one_by_one(log: &[u8], keys: &[[u8; 32]]) -> Report {
    verify_in(log, keys, VerifyOptions { strategy: Strategy::OneByOne, ..options() })
}

/// The whole report, after alterations were undone as the program does it.
pub fn verify_undoing(log: &[u8], keys: &[[u8; 32]]) -> Report {
    verify_in(log, keys, VerifyOptions::default())
}

/// The same of the verifier that takes one entry after the other.
pub fn verify_undoing_one_by_one(log: &[u8], keys: &[[u8; 32]]) -> Report {
    verify_in(log, keys, VerifyOptions { strategy: Strategy::OneByOne, ..VerifyOptions::default() })
}

/// The same with so many threads and batches of any limits.
pub fn verify_undoing_within(log: &[u8], keys: &[[u8; 32]], threads: usize, limits: Limits) -> Report {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
    pool.install(|| verify_in(log, keys, VerifyOptions { limits, ..VerifyOptions::default() }))
}

/// The whole report on the files of one stream, oldest first, read in batches of so many bytes.
pub fn verify_set(files: &[Vec<u8>], keys: &[[u8; 32]], batch_bytes: usize) -> Report {
    let limits = Limits { batch_bytes, ..Limits::default() };
    verify_files(files, keys, VerifyOptions { limits, ..options() }, Demands::default())
}

/// The whole report of the verifier that takes one entry after the other, under these keys and demands.
pub fn verify_under(log: &[u8], keys: &[[u8; 32]], demands: Demands) -> Report {
    verify_files(&[log.to_vec()], keys, VerifyOptions { strategy: Strategy::OneByOne, ..options() }, demands)
}

fn verify_in(log: &[u8], keys: &[[u8; 32]], options: VerifyOptions) -> Report {
    verify_files(&[log.to_vec()], keys, options, Demands::default())
}

fn verify_files(files: &[Vec<u8>], keys: &[[u8; 32]], options: VerifyOptions, demands: Demands) -> Report {
    let keys: KeySet = keys.iter().map(|key| AuditKey::new(key, "the test")).collect();
    let name = |index| if index == 0 { "log".to_owned() } else { format!("log-{index}") };
    let names: Vec<String> = (0..files.len()).map(name).collect();
    let files = names.iter().zip(files).map(|(name, file)| (name.as_str(), file.as_slice()));
    let report = Verifier::new(keys).demands(demands).options(options).verify_bytes(files).expect("an answer");
    let mut json = Vec::new();
    report.write_json(&mut json).expect("memory takes everything");
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&json)))
}

/// The product's own obvious verifier, in the words of the tests'. It follows one chain at a time, so it is asked about
/// logs of one instance only; and it counts blank lines among the unsigned ones.
pub fn verify_obviously(log: &[u8], key: &[u8; 32]) -> Vec<Truth> {
    let answers = reference::verify(log, key).into_iter();
    answers
        .map(|answer| match answer {
            LineAnswer::Verified => Truth::Verified,
            LineAnswer::Unsigned => Truth::Unsigned,
            LineAnswer::Wrong | LineAnswer::Unreachable => Truth::Unproven,
        })
        .collect()
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
