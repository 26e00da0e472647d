//! Bytes with an address: which files are meant, by name or in a list, in which order they were written, and what is in
//! them once they are decompressed. Lines are left to `line`.

mod discover;
mod gzip;
mod name;
mod open;
mod rotation;
mod scan;
mod zstd;

use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use strum::IntoStaticStr;

pub use discover::discover;
pub use name::looks_like_log;
pub use open::{
    Compression, Digest, Live, OpenFile, Opened, PATIENCE, PendingDigest, decompressed, must_be_decoded, open,
    open_as_it_lies, open_hashed, stdin_is_fed,
};
pub use rotation::{live_of, rotated};
pub use scan::{FileIdentity, identity, is_pattern, matches_something};

/// A log that is followed, for whoever reads its files.
pub trait FollowedFiles: Sync {
    /// Waits for the file behind the last one, None when there will be none.
    fn next_file(&self) -> Option<Input>;

    /// Whether everything that was read so far has been taken by whoever wants it.
    fn set_taken(&self, all: bool);
}

/// The spec and the name of standard input.
pub const STDIN_NAME: &str = "-";

/// Where an input's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Stdin,
    /// A file or a named pipe; one that was named may not be there.
    Path(PathBuf),
    /// Something that should be there: a number that a rotated set leaves out, or whose file holds what another one holds
    /// (attacks, rows 21 and 55). It is never read, whatever is there.
    Hole {
        /// Where it should stand.
        path: PathBuf,
        /// What is wrong with it, for people: lower case, no full stop.
        why: Arc<str>,
    },
}

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where to read.
    pub origin: Origin,
    /// How it is named to people: as the user gave it or as it was found. Hostile: escape it on output.
    pub shown: Arc<str>,
    /// Whether something may be missing in front of it, without it being known what.
    pub after_gap: bool,
    /// Files that stand for the same rotation and hold something else: nobody can tell which of them is the log (attacks,
    /// row 55). Left out, unless they were named.
    pub twins: Vec<PathBuf>,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Self {
        Self::new(Origin::Stdin, STDIN_NAME.into())
    }

    /// A path; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn path(path: PathBuf) -> Self {
        let shown = path.to_string_lossy().into();
        Self::new(Origin::Path(path), shown)
    }

    /// A path at which something is missing, and how; shown like [`Input::path`].
    pub fn hole(path: PathBuf, why: impl Into<Arc<str>>) -> Self {
        let shown = path.to_string_lossy().into();
        Self::new(Origin::Hole { path, why: why.into() }, shown)
    }

    fn new(origin: Origin, shown: Arc<str>) -> Self {
        Self { origin, shown, after_gap: false, twins: Vec::new() }
    }
}

/// Inputs that are read as one, because a chain may begin in one and end in the next (audit log, section 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The name of the live log (whether or not it is there), or of the only file.
    pub name: Arc<str>,
    /// Oldest first; never empty. A file that is missing stands in its place, and `open` does not find it.
    pub files: Vec<Input>,
    /// Whether another stream of the run looks as if it were a part of the same log, so that only the user can tell.
    pub has_lookalike: bool,
    /// The log of an inventory that it is, by index: what it may be verified with.
    pub inventoried: Option<usize>,
}

impl Stream {
    /// Files that are read as one, and are known to be all of it.
    pub fn new(name: impl Into<Arc<str>>, files: Vec<Input>) -> Self {
        Self { name: name.into(), files, has_lookalike: false, inventoried: None }
    }
}

/// Which inputs make one stream.
#[derive(Clone, Copy, Debug, Default)]
pub enum Arrangement<'a> {
    /// A live log and its rotated predecessors, sorted by age, whatever the order in which they were given.
    #[default]
    RotationSets,
    /// Everything, in the order given; directories and patterns in the order of their rotation sets.
    OneStream,
    /// Those whose paths this finds the same text in; the others as rotation sets.
    StreamBy(&'a Regex),
}

/// How the files of each stream are to be put in order, where their names do not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum OrderBy {
    /// By name, numbers by their value.
    Name,
    /// By the time of the first entry in each.
    Time,
}

impl OrderBy {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The same with what it takes.
#[derive(Clone, Copy)]
pub enum Order<'a> {
    /// By name, numbers by their value.
    Name,
    /// By what this says of each file; one of which it says nothing stays behind its neighbour.
    Time(&'a dyn Fn(&Input) -> Option<i64>),
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

/// How something is lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It is not there.
    Missing,
    /// It stands beside another one that it contradicts.
    Twin,
    /// It cannot be read.
    Unusable,
}

/// Something that was asked for and stands in no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking<'a> {
    /// As it was asked for, or as it was found.
    pub path: &'a Path,
    /// Why, for people: lower case, no full stop.
    pub why: &'a str,
    pub lack: Lack,
}

/// What is wrong with a twin, for people.
const TWIN: &str = "stands for the same rotation as another file, and holds something else";

impl Discovery {
    /// What was asked for and stands in no stream: patterns, directories, twins, then what cannot be read.
    pub fn lacking(&self) -> impl Iterator<Item = Lacking<'_>> {
        let unmatched = self.unmatched.iter().map(|path| (path, "nothing matches this pattern", Lack::Missing));
        let empty = self.empty.iter().map(|path| (path, "no log in this directory", Lack::Unusable));
        let twins = self.twins().map(|path| (path, TWIN, Lack::Twin));
        let unusable = self.unusable.iter().map(|(path, why)| (path, why.as_str(), Lack::Unusable));
        let lacking = unmatched.chain(empty).chain(twins).chain(unusable);
        lacking.map(|(path, why, lack)| Lacking { path, why, lack })
    }

    /// The files to be read.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.streams.iter().flat_map(|stream| &stream.files).filter_map(|file| match &file.origin {
            Origin::Path(path) => Some(path),
            Origin::Stdin | Origin::Hole { .. } => None,
        })
    }

    fn twins(&self) -> impl Iterator<Item = &PathBuf> {
        self.streams.iter().flat_map(|stream| &stream.files).flat_map(|file| &file.twins)
    }

    /// Whether a file is one of those to be read, or was left out for standing for the same lines.
    pub fn holds(&self, path: &Path) -> bool {
        let identity = |path: &Path| Some(scan::identity(path, &path.metadata().ok()?));
        let Some(wanted) = identity(path) else { return false };
        self.paths()
            .chain(self.doubles.iter().map(|(path, _)| path))
            .chain(self.twins())
            .any(|path| identity(path).as_ref() == Some(&wanted))
    }
}

/// The longest list that is read, in bytes (64 MiB).
const LIST_BYTES_MAX: u64 = 64 << 20;

/// The specs of a list, in its order: paths, directories, patterns. Blank lines are ignored, a CR before the newline too.
///
/// # Errors
/// The reader's; a list of more than 64 MiB; off Unix, a line that is not UTF-8.
pub fn parse_list(list: impl BufRead) -> io::Result<Vec<PathBuf>> {
    let mut text = Vec::new();
    let mut list = list.take(LIST_BYTES_MAX + 1);
    list.read_to_end(&mut text)?;
    if text.len() as u64 > LIST_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::InvalidData, "the list of files is longer than 64 MiB"));
    }
    let lines = text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.trim_ascii().is_empty()).map(|line| Ok(os_string(line)?.into())).collect()
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> io::Result<OsString> {
    use std::os::unix::ffi::OsStrExt;
    Ok(std::ffi::OsStr::from_bytes(bytes).to_owned())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> io::Result<OsString> {
    let text = std::str::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::parse_list;

    #[test]
    fn a_list_has_one_path_a_line() {
        let list = "a.log\r\n\n  \n b c.log\n-\nlast".as_bytes();
        assert_eq!(parse_list(list).unwrap(), ["a.log", " b c.log", "-", "last"].map(PathBuf::from));
    }

    #[test]
    fn a_list_without_end_is_refused() {
        assert!(parse_list(std::io::BufReader::new(std::io::repeat(b'a'))).is_err());
    }
}
