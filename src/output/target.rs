//! Where a report goes: standard output, or a file that appears whole or not at all. What is written is left to the
//! formats.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::escape::visible_bytes;

/// What to do with a file that is there already (`--force`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it alone and say so.
    Refuse,
    /// Put the new one in its place.
    Replace,
}

/// An open destination. Nothing counts as written before [`Target::commit`]; dropped before that, a file leaves nothing
/// behind.
#[derive(Debug)]
pub struct Target(Destination);

#[derive(Debug)]
enum Destination {
    Stdout(BufWriter<io::Stdout>),
    /// A device or a pipe with a name: there is nothing to rename.
    Special(BufWriter<File>),
    File(PendingFile),
}

#[derive(Debug)]
struct PendingFile {
    out: BufWriter<NamedTempFile>,
    path: PathBuf,
    existing: Existing,
}

/// Why a file could not be written.
#[derive(Debug)]
pub struct TargetError {
    pub path: PathBuf,
    pub kind: TargetErrorKind,
}

#[derive(Debug)]
pub enum TargetErrorKind {
    Exists,
    Directory,
    /// The system refused.
    Io(io::Error),
}

impl Target {
    pub fn stdout() -> Self {
        Self(Destination::Stdout(BufWriter::new(io::stdout())))
    }

    /// A file. It is written beside its final place and moved there by [`Target::commit`].
    ///
    /// # Errors
    /// When the file exists and may not be replaced, when it is a directory, or when its directory cannot be written to.
    pub fn file(path: &Path, existing: Existing) -> Result<Self, TargetError> {
        open_file(path, existing).map(Self).map_err(|kind| TargetError { path: path.to_owned(), kind })
    }

    /// Where the report lies until [`Target::commit`], when it is a file: to be removed when the process is ended.
    pub fn unfinished(&self) -> Option<&Path> {
        match &self.0 {
            Destination::File(file) => Some(file.out.get_ref().path()),
            Destination::Stdout(_) | Destination::Special(_) => None,
        }
    }

    /// Makes what was written count: flushes it, and puts a file in its place.
    ///
    /// # Errors
    /// When not everything could be written, or when a file has appeared meanwhile that may not be replaced.
    pub fn commit(self) -> io::Result<()> {
        match self.0 {
            Destination::Stdout(mut out) => out.flush(),
            Destination::Special(mut out) => out.flush(),
            Destination::File(file) => file.commit(),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Destination::Stdout(out) => out.write(bytes),
            Destination::Special(out) => out.write(bytes),
            Destination::File(file) => file.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Destination::Stdout(out) => out.flush(),
            Destination::Special(out) => out.flush(),
            Destination::File(file) => file.out.flush(),
        }
    }
}

impl PendingFile {
    fn commit(self) -> io::Result<()> {
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        match self.existing {
            Existing::Refuse => file.persist_noclobber(&self.path)?,
            Existing::Replace => file.persist(&self.path)?,
        };
        Ok(())
    }
}

fn open_file(path: &Path, existing: Existing) -> Result<Destination, TargetErrorKind> {
    let (path, permissions) = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(TargetErrorKind::Directory),
        // `/dev/null` must not be replaced by a file.
        Ok(found) if !found.is_file() => return open_special(path),
        Ok(_) if existing == Existing::Refuse => return Err(TargetErrorKind::Exists),
        // The file behind a symbolic link is replaced, not the link.
        Ok(found) => (fs::canonicalize(path).map_err(TargetErrorKind::Io)?, Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => (path.to_owned(), None),
        Err(error) => return Err(TargetErrorKind::Io(error)),
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = new_file(folder, permissions.as_ref()).map_err(TargetErrorKind::Io)?;
    Ok(Destination::File(PendingFile { out: BufWriter::new(file), path, existing }))
}

fn open_special(path: &Path) -> Result<Destination, TargetErrorKind> {
    let file = File::options().write(true).open(path).map_err(TargetErrorKind::Io)?;
    Ok(Destination::Special(BufWriter::new(file)))
}

/// A temporary file with the rights of the file it will replace, or those of any new file.
fn new_file(folder: &Path, replaced: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".acralog-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask still applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(|error| match error.kind() {
        // With the name of the temporary file, which tells nobody anything.
        kind @ (ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => kind.into(),
        _ => error,
    })?;
    if let Some(replaced) = replaced {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    Ok(file)
}

impl TargetError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.kind {
            TargetErrorKind::Exists => Some("name another file, or replace this one with --force"),
            TargetErrorKind::Directory => Some("name a file inside it"),
            TargetErrorKind::Io(error) => {
                (error.kind() == ErrorKind::NotFound).then_some("its folder is not there: make it first")
            }
        }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = visible_bytes(self.path.as_os_str().as_encoded_bytes());
        match &self.kind {
            TargetErrorKind::Exists => write!(out, "{path}: exists already"),
            TargetErrorKind::Directory => write!(out, "{path}: is a directory"),
            TargetErrorKind::Io(_) => write!(out, "{path}: cannot be written"),
        }
    }
}

impl std::error::Error for TargetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            TargetErrorKind::Io(error) => Some(error),
            TargetErrorKind::Exists | TargetErrorKind::Directory => None,
        }
    }
}

#[cfg(test)]
mod tests;
