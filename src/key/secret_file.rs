//! Reads a small file that holds a secret: once, into memory that is wiped, and no further than a secret can be long. What
//! the file means, and what is said when it cannot be read, is left to the caller.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// The most that is read, in bytes: no key is longer, and a wrong path may name something endless.
pub(super) const BYTES_MAX: usize = 4096;

/// The content of a file.
pub(super) struct SecretFile {
    /// What was read; longer than [`BYTES_MAX`] when the file is.
    pub(super) content: Zeroizing<Vec<u8>>,
    /// The mode of the file when others than its owner may read or write it.
    exposed: Option<u32>,
}

impl SecretFile {
    /// Whether there is more than was read.
    pub(super) fn is_too_long(&self) -> bool {
        self.content.len() > BYTES_MAX
    }

    /// What people should know about the file, which is called `what`.
    pub(super) fn warning(&self, path: &Path, what: &str) -> Option<String> {
        self.exposed.map(|mode| open_to_others(path, what, mode))
    }
}

/// What people should know about a file with a secret, called `what`, that is read by other means.
#[cfg(feature = "cli")]
pub(crate) fn warning(path: &Path, what: &str) -> Option<String> {
    let mode = exposed_mode(&fs::metadata(path).ok()?)?;
    Some(open_to_others(path, what, mode))
}

fn open_to_others(path: &Path, what: &str, mode: u32) -> String {
    format!("{}: the {what} is open to other users (mode {mode:04o}); chmod 600 closes it", path.display())
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The system refused.
    Refused(io::Error),
    /// It is neither a file nor a pipe, but this.
    Unfit(&'static str),
}

/// Reads a file. A pipe will do.
pub(super) fn read(path: &Path) -> Result<SecretFile, Unread> {
    let metadata = fs::metadata(path).map_err(Unread::Refused)?;
    if let Some(kind) = unfit_kind(&metadata) {
        return Err(Unread::Unfit(kind));
    }
    let mut content = Zeroizing::new(vec![0; BYTES_MAX + 1]);
    let length = File::open(path).and_then(|file| read_up_to(file, &mut content)).map_err(Unread::Refused)?;
    content.truncate(length);
    Ok(SecretFile { content, exposed: exposed_mode(&metadata) })
}

/// Fills the buffer as far as the source goes. `read_to_end` would leave copies behind when its vector grows.
pub(super) fn read_up_to(mut source: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Names what is neither a file nor a pipe. A device is not opened: that alone can rewind a tape.
fn unfit_kind(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Some("a directory");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    None
}

/// The mode of a file that others than its owner may read or write. A pipe has no such others.
fn exposed_mode(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        (metadata.is_file() && mode & 0o066 != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}
