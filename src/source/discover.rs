//! From what was typed to what is read: each spec is standard input, a file, a directory or a pattern. The order within
//! a set is left to `rotation`, opening to `open`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::name::{Age, LogName, natural_order};
use super::rotation::{Arranger, FoundInput, Way, mark_lookalikes};
use super::scan::{FileIdentity, FileKind, Findings, expand_pattern, identity, is_pattern, scan_directory};
use super::{Arrangement, Discovery, Input, Order, STDIN_NAME, Stream};

/// The name of a stream that all inputs were put into.
const ALL_INPUTS: &str = "all inputs";

/// Finds what the specs stand for. `-` is standard input; a path that exists is taken as it is, and only when it does not
/// may it be a pattern (`*`, `?`, `[`). A path that is no pattern and does not exist stands in the stream where its name
/// says, and so does every number that a rotated set leaves out (attacks, row 21). What is reached or missed twice stands
/// there once. A file named alone stands alone: its rotated predecessors are not looked for.
pub fn discover(specs: &[PathBuf], arrangement: Arrangement<'_>) -> Discovery {
    let mut finder = Finder::default();
    let found: Vec<Vec<FoundInput>> = specs.iter().map(|spec| finder.look_up(spec)).collect();
    let Finder { mut discovery, doubles, .. } = finder;
    let stream_by = match arrangement {
        Arrangement::StreamBy(pattern) => Some(pattern),
        Arrangement::RotationSets | Arrangement::OneStream => None,
    };
    let mut arranger = Arranger::new(stream_by, found.iter().flatten().chain(&doubles));
    match arrangement {
        Arrangement::RotationSets | Arrangement::StreamBy(_) => {
            discovery.streams = arranger.arrange(found.into_iter().flatten().collect());
        }
        Arrangement::OneStream => {
            let streams = found.into_iter().flat_map(|found| arranger.arrange(found));
            let files: Vec<Input> = streams.flat_map(|stream| stream.files).collect();
            let name = match files.as_slice() {
                [] => None,
                [only] => Some(Arc::clone(&only.shown)),
                _ => Some(ALL_INPUTS.into()),
            };
            discovery.streams.extend(name.map(|name: Arc<str>| Stream::new(name, files)));
        }
    }
    mark_lookalikes(&mut discovery.streams);
    discovery.doubles.extend(arranger.into_doubles());
    discovery
}

impl Discovery {
    /// Puts the files of every stream into another order.
    pub fn put_in_order(&mut self, order: Order<'_>) {
        for stream in &mut self.streams {
            match order {
                Order::Name => stream.files.sort_by(|a, b| natural_order(&a.shown, &b.shown)),
                Order::Time(time) => {
                    let mut known = i64::MIN;
                    let mut timed = Vec::with_capacity(stream.files.len());
                    for input in stream.files.drain(..) {
                        known = time(&input).unwrap_or(known);
                        timed.push((known, input));
                    }
                    timed.sort_by_key(|(time, _)| *time);
                    stream.files.extend(timed.into_iter().map(|(_, input)| input));
                }
            }
        }
    }
}

#[derive(Default)]
struct Finder {
    discovery: Discovery,
    stdin_taken: bool,
    /// Files by what they are, with the places at which each was reached and taken.
    seen: HashMap<FileIdentity, Vec<ReachedPath>>,
    /// Further paths of files that were reached before: not read again, but there.
    doubles: Vec<FoundInput>,
    /// Named and not there: the real directory and the name in it.
    absent: HashSet<(Arc<Path>, OsString)>,
    /// Real directories by the spelling of the path.
    directories: HashMap<PathBuf, Arc<Path>>,
}

/// Where a file was reached.
struct ReachedPath {
    /// The real directory.
    directory: Arc<Path>,
    path: PathBuf,
}

impl ReachedPath {
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.directory, self.path.file_name()) == (&other.directory, other.path.file_name())
    }

    fn is_rotated(&self) -> bool {
        LogName::parse(&self.name()).age != Age::Live
    }

    /// Whether the two are members of one set, and neither is a link that follows the newest of them.
    fn is_beside(&self, other: &Self) -> bool {
        let base = |place: &Self| {
            let name = place.name();
            LogName::parse_before_extension(&name).unwrap_or_else(|| LogName::parse(&name)).base
        };
        let follows = |place: &Self| !place.is_rotated() && place.path.is_symlink();
        self.directory == other.directory && base(self) == base(other) && !follows(self) && !follows(other)
    }

    /// Whether the two are one file by symbolic links or spelling, and not by a hard link.
    fn leads_to(&self, other: &Self) -> bool {
        fs::canonicalize(&self.path).ok() == fs::canonicalize(&other.path).ok()
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }
}

impl Finder {
    fn look_up(&mut self, spec: &Path) -> Vec<FoundInput> {
        if spec.as_os_str() == STDIN_NAME {
            let first = !std::mem::replace(&mut self.stdin_taken, true);
            return first.then_some(FoundInput::Stdin).into_iter().collect();
        }
        match fs::metadata(spec) {
            Ok(metadata) => match FileKind::of(&metadata) {
                FileKind::File | FileKind::Pipe => self.take(spec.to_owned(), Way::Named).into_iter().collect(),
                FileKind::Directory => {
                    let findings = scan_directory(spec);
                    if findings.files.is_empty() && findings.unusable.is_empty() {
                        self.discovery.empty.push(spec.to_owned());
                    }
                    self.take_all(findings)
                }
                FileKind::Other(what) => {
                    self.discovery.unusable.push((spec.to_owned(), what.to_owned()));
                    Vec::new()
                }
            },
            Err(_) if is_pattern(spec) => match expand_pattern(spec) {
                Some(findings) => self.take_all(findings),
                None => {
                    self.discovery.unmatched.push(spec.to_owned());
                    Vec::new()
                }
            },
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                self.miss(spec.to_owned()).into_iter().collect()
            }
            Err(error) => {
                self.discovery.unusable.push((spec.to_owned(), error.to_string()));
                Vec::new()
            }
        }
    }

    fn take_all(&mut self, findings: Findings) -> Vec<FoundInput> {
        self.discovery.skipped.extend(findings.skipped);
        self.discovery.unusable.extend(findings.unusable);
        findings.files.into_iter().filter_map(|path| self.take(path, Way::Scanned)).collect()
    }

    /// None when the file was reached before.
    fn take(&mut self, path: PathBuf, way: Way) -> Option<FoundInput> {
        let directory = self.directory(&path);
        let found = FoundInput::File { path: path.clone(), directory: Arc::clone(&directory), way };
        let Ok(metadata) = fs::metadata(&path) else { return Some(found) };
        let here = ReachedPath { directory, path };
        let earlier = self.seen.entry(identity(&here.path, &metadata)).or_default();
        let Some(first) = earlier.first() else {
            earlier.push(here);
            return Some(found);
        };
        if earlier.iter().any(|place| place.is_same_as(&here)) {
            return None;
        }
        // It stands in for another file of a set, or is one of another set: what it holds decides (attacks, row 55).
        if earlier.iter().any(|place| place.is_beside(&here)) || (here.is_rotated() && !here.leads_to(first)) {
            earlier.push(here);
            return Some(found);
        }
        // A link like `current.log` is a convenience.
        if here.is_rotated() {
            let reason = format!("is the same file as {}", first.path.display());
            self.discovery.doubles.push((here.path.clone(), reason));
        }
        self.doubles.push(found);
        None
    }

    /// None when the file was missed before.
    fn miss(&mut self, path: PathBuf) -> Option<FoundInput> {
        let directory = self.directory(&path);
        let name = path.file_name().unwrap_or_default().to_owned();
        let first = self.absent.insert((Arc::clone(&directory), name));
        first.then_some(FoundInput::File { path, directory, way: Way::Absent })
    }

    /// The real directory a path stands in.
    fn directory(&mut self, path: &Path) -> Arc<Path> {
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if let Some(directory) = self.directories.get(parent) {
            return Arc::clone(directory);
        }
        let real = fs::canonicalize(parent).or_else(|_| std::path::absolute(parent));
        let real: Arc<Path> = real.unwrap_or_else(|_| parent.to_owned()).into();
        self.directories.insert(parent.to_owned(), Arc::clone(&real));
        real
    }
}

#[cfg(test)]
mod tests;
