//! From what was typed to what is read: each spec is standard input, a file, a directory or a pattern. The order within
//! a set is left to `rotation`, opening to `open`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rotation::{Found, Way, arrange};
use super::scan::{Findings, Identity, Kind, expand_pattern, identity, is_pattern, scan_directory};
use super::{Arrangement, Discovery, Input, STDIN_NAME, Stream};

/// The name of a stream that all inputs were put into.
const ALL_INPUTS: &str = "all inputs";

/// Finds what the specs stand for. `-` is standard input; a path that exists is taken as it is, and only when it does not
/// may it be a pattern (`*`, `?`, `[`). A file that is reached twice is read once. A file named alone stands alone: its
/// rotated predecessors are not looked for.
pub fn discover(specs: &[PathBuf], arrangement: Arrangement) -> Discovery {
    let mut search = Search::default();
    let found: Vec<Vec<Found>> = specs.iter().map(|spec| search.look_up(spec)).collect();
    let mut discovery = search.discovery;
    match arrangement {
        Arrangement::RotationSets => {
            discovery.streams = arrange(found.into_iter().flatten().collect(), &mut discovery.skipped);
        }
        Arrangement::OneStream => {
            let mut files: Vec<Input> = Vec::new();
            for found in found {
                let streams = arrange(found, &mut discovery.skipped);
                files.extend(streams.into_iter().flat_map(|stream| stream.files));
            }
            let name = match files.as_slice() {
                [] => return discovery,
                [only] => Arc::clone(&only.shown),
                _ => ALL_INPUTS.into(),
            };
            discovery.streams.push(Stream { name, files });
        }
    }
    discovery
}

#[derive(Default)]
struct Search {
    discovery: Discovery,
    stdin_taken: bool,
    seen: HashSet<Identity>,
    /// Real directories by the spelling of the path.
    directories: HashMap<PathBuf, Arc<Path>>,
}

impl Search {
    fn look_up(&mut self, spec: &Path) -> Vec<Found> {
        if spec.as_os_str() == STDIN_NAME {
            let first = !std::mem::replace(&mut self.stdin_taken, true);
            return first.then_some(Found::Stdin).into_iter().collect();
        }
        match fs::metadata(spec) {
            Ok(metadata) => match Kind::of(&metadata) {
                Kind::File | Kind::Pipe => self.take(spec.to_owned(), Way::Named).into_iter().collect(),
                Kind::Directory => {
                    let findings = scan_directory(spec);
                    if findings.files.is_empty() && findings.unusable.is_empty() {
                        self.discovery.empty.push(spec.to_owned());
                    }
                    self.take_all(findings)
                }
                Kind::Other(what) => {
                    self.discovery.unusable.push((spec.to_owned(), what.to_owned()));
                    Vec::new()
                }
            },
            Err(_) if is_pattern(spec) => match expand_pattern(spec) {
                Some(findings) => self.take_all(findings),
                None => {
                    self.discovery.missing.push(spec.to_owned());
                    Vec::new()
                }
            },
            Err(error) => {
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
                    self.discovery.missing.push(spec.to_owned());
                } else {
                    self.discovery.unusable.push((spec.to_owned(), error.to_string()));
                }
                Vec::new()
            }
        }
    }

    fn take_all(&mut self, findings: Findings) -> Vec<Found> {
        self.discovery.skipped.extend(findings.skipped);
        self.discovery.unusable.extend(findings.unusable);
        findings.files.into_iter().filter_map(|path| self.take(path, Way::Scanned)).collect()
    }

    /// None when the file was reached before.
    fn take(&mut self, path: PathBuf, way: Way) -> Option<Found> {
        if let Ok(metadata) = fs::metadata(&path)
            && !self.seen.insert(identity(&path, &metadata))
        {
            return None;
        }
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let directory = match self.directories.get(parent) {
            Some(directory) => Arc::clone(directory),
            None => {
                let real = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
                let real: Arc<Path> = real.into();
                self.directories.insert(parent.to_owned(), Arc::clone(&real));
                real
            }
        };
        Some(Found::File { path, directory, way })
    }
}

#[cfg(test)]
mod tests;
