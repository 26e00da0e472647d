//! Looks at what is on disk: what a path is, which logs a directory holds, what a pattern matches. Reads no file.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Refused;
use super::name::{Age, LogName};

/// What a path leads to, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    File,
    Directory,
    Pipe,
    /// Nothing that can be read like a file, and what it is.
    Other(&'static str),
}

impl FileKind {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        if kind.is_file() {
            return Self::File;
        }
        if kind.is_dir() {
            return Self::Directory;
        }
        special(kind)
    }
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> FileKind {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        FileKind::Pipe
    } else if kind.is_char_device() || kind.is_block_device() {
        FileKind::Other("is a device")
    } else if kind.is_socket() {
        FileKind::Other("is a socket")
    } else {
        FileKind::Other("is not a file")
    }
}

#[cfg(not(unix))]
fn special(_: fs::FileType) -> FileKind {
    FileKind::Other("is not a file")
}

/// Tells one file from another however it was reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileIdentity {
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

#[cfg(unix)]
/// What tells this file from others.
pub fn identity(_: &Path, metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    FileIdentity::Inode(metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
/// What tells this file from others.
pub fn identity(path: &Path, _: &Metadata) -> FileIdentity {
    FileIdentity::Path(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

/// What was found at one place.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Readable files, sorted by path.
    pub(super) files: Vec<PathBuf>,
    pub(super) skipped: Vec<Refused>,
    /// Could not be looked at.
    pub(super) unusable: Vec<Refused>,
}

/// The logs of a directory and of those below it. Links to directories are not followed, hidden files left out; only
/// regular files (or links to them) whose names look like logs are taken.
pub(super) fn scan_directory(root: &Path) -> Findings {
    let mut findings = Findings::default();
    // A link to a file of the same directory must not take that file's place in its rotation set.
    let mut linked = Vec::new();
    let mut walk = WalkDir::new(root).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                findings.unusable.push((path, reason));
                continue;
            }
        };
        if entry.depth() == 0 {
            continue;
        }
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if hidden && entry.file_type().is_dir() {
            walk.skip_current_dir();
        }
        match reason_to_skip(&entry, hidden) {
            Some(reason) => findings.skipped.push((entry.into_path(), reason.to_owned())),
            None if entry.file_type().is_dir() => {}
            None if entry.path_is_symlink() => linked.push(entry.into_path()),
            None => findings.files.push(entry.into_path()),
        }
    }
    let own = std::mem::take(&mut findings.files);
    findings.files = with_links(own, linked);
    findings.files.sort();
    findings
}

fn reason_to_skip(entry: &DirEntry, hidden: bool) -> Option<&'static str> {
    if hidden {
        return Some("is hidden");
    }
    if entry.file_type().is_dir() {
        return None;
    }
    let Ok(metadata) = fs::metadata(entry.path()) else {
        return Some("is a link that leads nowhere");
    };
    match FileKind::of(&metadata) {
        FileKind::Directory => Some("is a link to a directory"),
        FileKind::Pipe => Some("is a named pipe"),
        FileKind::Other(what) => Some(what),
        FileKind::File if LogName::parse(&entry.file_name().to_string_lossy()).looks_like_log() => None,
        FileKind::File => Some("does not look like a log"),
    }
}

/// The files, and the links that lead elsewhere or have the name of a rotation, which they may stand in for.
fn with_links(mut files: Vec<PathBuf>, links: Vec<PathBuf>) -> Vec<PathBuf> {
    let identity_of = |path: &PathBuf| fs::metadata(path).ok().map(|metadata| identity(path, &metadata));
    let mut seen: HashSet<FileIdentity> = files.iter().filter_map(identity_of).collect();
    for link in links {
        let name = link.file_name().unwrap_or_default().to_string_lossy();
        let rotated = LogName::parse(&name).age != Age::Live;
        if identity_of(&link).is_none_or(|identity| seen.insert(identity)) || rotated {
            files.push(link);
        }
    }
    files
}

/// Whether a spec may be a pattern.
pub fn is_pattern(spec: &Path) -> bool {
    spec.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte))
}

/// Whether a spec is a pattern for which there is something on disk.
pub fn matches_something(spec: &Path) -> bool {
    is_pattern(spec) && expand_pattern(spec).is_some()
}

/// What a pattern matches, sorted: any name, but no hidden one unless the pattern says so, and only regular files and
/// the logs of directories. None when it matches nothing, or is no pattern.
pub(super) fn expand_pattern(pattern: &Path) -> Option<Findings> {
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let matches = glob::glob_with(pattern.to_str()?, options).ok()?;
    let mut findings = Findings::default();
    let mut count = 0_u64;
    for found in matches {
        count += 1;
        let path = match found {
            Ok(path) => path,
            Err(error) => {
                findings.unusable.push((error.path().to_owned(), error.error().to_string()));
                continue;
            }
        };
        match fs::metadata(&path).map(|metadata| FileKind::of(&metadata)) {
            Ok(FileKind::File) => findings.files.push(path),
            Ok(FileKind::Directory) => {
                let inside = scan_directory(&path);
                findings.files.extend(inside.files);
                findings.skipped.extend(inside.skipped);
                findings.unusable.extend(inside.unusable);
            }
            Ok(FileKind::Pipe) => findings.skipped.push((path, "is a named pipe".to_owned())),
            Ok(FileKind::Other(what)) => findings.skipped.push((path, what.to_owned())),
            Err(error) => findings.unusable.push((path, error.to_string())),
        }
    }
    (count > 0).then_some(findings)
}
