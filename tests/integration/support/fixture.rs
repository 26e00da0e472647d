//! Finds and reads the files of `fixtures/`. What they are expected to show stands in `fixtures/expected.tsv`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::log_writer::{self, Lines};

/// The folder of genuine logs.
pub fn logs() -> PathBuf {
    root().join("logs")
}

/// A log, or a folder of logs, by its name.
pub fn log(name: &str) -> PathBuf {
    logs().join(name)
}

/// A key file by its name.
pub fn key_file(name: &str) -> PathBuf {
    root().join("keys").join(name)
}

/// A file of a situation that went wrong once.
pub fn situation(name: &str, file: &str) -> PathBuf {
    root().join("situations").join(name).join(file)
}

/// A raw key.
#[track_caller]
pub fn key(name: &str) -> [u8; 32] {
    read(&key_file(name)).try_into().expect("a raw key has 32 bytes")
}

/// The bytes of a log.
#[track_caller]
pub fn bytes(name: &str) -> Vec<u8> {
    read(&log(name))
}

/// The lines of a log.
#[track_caller]
pub fn lines(name: &str) -> Lines {
    log_writer::lines(&bytes(name))
}

/// The table of expectations.
#[track_caller]
pub fn expected() -> String {
    String::from_utf8(read(&root().join("expected.tsv"))).expect("the table is UTF-8")
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[track_caller]
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
