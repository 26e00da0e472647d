//! Bytes with an address: which files are meant, in which order they were written, and what is in them once they are
//! decompressed. Lines are left to `line`.

mod discover;
#[cfg(test)]
mod drain;
mod gzip;
mod hashed;
mod hole;
mod list;
mod live;
mod name;
mod open;
mod rotation;
mod scan;
mod zstd;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use discover::discover;
pub use hashed::{Digest, PendingDigest, open_hashed};
pub use list::parse_list;
pub use live::{Live, stdin_is_fed};
pub use name::looks_like_log;
pub use open::{Compression, Opened, open};
pub use scan::matches_something;

/// The spec and the name of standard input.
pub const STDIN_NAME: &str = "-";

/// Where an input's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Standard input.
    Stdin,
    /// A file or a named pipe; one that was named may not be there.
    Path(PathBuf),
    /// A number that a rotated set leaves out: this file should stand between its neighbours. It is never read, whatever
    /// is there (attacks, row 21).
    Hole(PathBuf),
}

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where to read.
    pub origin: Origin,
    /// How it is named to people: as the user gave it or as it was found. Hostile: escape it on output.
    pub shown: Arc<str>,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Self {
        Self { origin: Origin::Stdin, shown: STDIN_NAME.into() }
    }

    /// A path; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn path(path: PathBuf) -> Self {
        Self { shown: path.to_string_lossy().into(), origin: Origin::Path(path) }
    }

    /// The path that a rotated set leaves out; shown like [`Input::path`].
    pub fn hole(path: PathBuf) -> Self {
        Self { shown: path.to_string_lossy().into(), origin: Origin::Hole(path) }
    }
}

/// Inputs that are read as one, because a chain may begin in one and end in the next (audit log, section 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The name of the live log (whether or not it is there), or of the only file.
    pub name: Arc<str>,
    /// Oldest first; never empty. A file that is missing stands in its place, and [`open()`] does not find it.
    pub files: Vec<Input>,
}

/// Which inputs make one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// A live log and its rotated predecessors, sorted by age, whatever the order in which they were given.
    #[default]
    RotationSets,
    /// Everything, in the order given; directories and patterns in the order of their rotation sets.
    OneStream,
}

/// A path that is not read, and why: lower case, no full stop.
pub type Refused = (PathBuf, String);

/// What the specs stand for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// What to read, in the order of the specs; within a directory by name.
    pub streams: Vec<Stream>,
    /// Patterns that match nothing. A missing file that was named by its path stands in its stream instead.
    pub unmatched: Vec<PathBuf>,
    /// Directories in which no log was found.
    pub empty: Vec<PathBuf>,
    /// Found in a directory or by a pattern, and left out.
    pub skipped: Vec<Refused>,
    /// Left out because they stand for the same lines as another file: a link, or the compressed copy of a rotation.
    pub doubles: Vec<Refused>,
    /// Meant, but impossible to read.
    pub unusable: Vec<Refused>,
}

/// Something that was asked for and stands in no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking<'a> {
    /// As it was asked for, or as it was found.
    pub path: &'a Path,
    /// Why, for people: lower case, no full stop.
    pub why: &'a str,
    /// Whether it is merely not there.
    pub missing: bool,
}

impl Discovery {
    /// What was asked for and stands in no stream: patterns, then directories, then what cannot be read.
    pub fn lacking(&self) -> impl Iterator<Item = Lacking<'_>> {
        let unmatched = self.unmatched.iter().map(|path| (path, "nothing matches this pattern", true));
        let empty = self.empty.iter().map(|path| (path, "no log in this directory", false));
        let unusable = self.unusable.iter().map(|(path, why)| (path, why.as_str(), false));
        unmatched.chain(empty).chain(unusable).map(|(path, why, missing)| Lacking { path, why, missing })
    }

    /// Whether a file is one of those to be read, or was left out for standing for the same lines.
    pub fn holds(&self, path: &Path) -> bool {
        let identity = |path: &Path| Some(scan::identity(path, &path.metadata().ok()?));
        let Some(wanted) = identity(path) else { return false };
        let read = self.streams.iter().flat_map(|stream| &stream.files).filter_map(|file| match &file.origin {
            Origin::Path(path) => Some(path),
            Origin::Stdin | Origin::Hole(_) => None,
        });
        read.chain(self.doubles.iter().map(|(path, _)| path)).any(|path| identity(path).as_ref() == Some(&wanted))
    }
}
