//! The list of `--files-from`: one path a line. Opening the list is left to the caller, the paths to `discover`.

use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::PathBuf;

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
