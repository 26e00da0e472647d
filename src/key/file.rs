//! An audit log key in a file: 32 raw bytes, or as text what a variable holds. Messages name the file and its length, never its content.

use std::path::Path;

use zeroize::Zeroizing;

use super::secret::is_secret_text;
use super::secret::{FILE_BYTES_MAX, SecretFileError, read_file};
use super::{AuditKey, KEY_BYTES, env, from_hex, mistaken};
use crate::failure::Failure;

/// A key, and what is wrong with the place it is kept in.
#[derive(Debug)]
pub struct KeyFile {
    /// The key.
    pub key: AuditKey,
    /// For people: someone else may read or replace the file.
    pub warning: Option<String>,
}

/// Reads a key from a file. A pipe will do, so `--key-file <(command)` works.
///
/// # Errors
/// When the file cannot be read, is no file at all, or holds anything but a key.
pub fn read(path: &Path) -> Result<KeyFile, Failure> {
    let file = read_file(path).map_err(|why| match why {
        // Whoever types the key itself gets no file, and must not find the key in the log of a CI job.
        SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
            Failure::usage("--key-file was given a key instead of the name of a file")
                .with_hint("put the key into a file: what stands on a command line can be read by every local user")
        }
        SecretFileError::Refused(error) => {
            Failure::new(format!("{}: cannot read the key file: {error}", path.display()))
        }
        SecretFileError::Unfit(kind) => {
            let hint = if path.is_dir() { "a keystore is given with --keys-dir DIR" } else { FORMS };
            Failure::new(format!("{}: the key file is {kind}", path.display())).with_hint(hint)
        }
    })?;
    let Some(bytes) = decode(&file.content) else {
        let length = file.content.len();
        let length = if file.is_too_long() { format!("more than {FILE_BYTES_MAX}") } else { length.to_string() };
        let message = format!("{}: not an audit log key: {length} bytes", path.display());
        return Err(match mistaken::named(&file.content).or_else(|| mistaken::of_another_length(&file.content)) {
            Some((what, hint)) => Failure::new(format!("{message}; {what}")).with_hint(hint),
            None => Failure::new(message).with_hint(FORMS),
        });
    };
    let key = AuditKey::new(&bytes, format!("--key-file {}", path.display()));
    Ok(KeyFile { key, warning: file.warning(path, "key file") })
}

/// What a key file may hold, for people.
const FORMS: &str = "a key file holds 32 raw bytes, 64 hex digits, or base64 with padding (44 letters)";

/// 32 bytes are a key as they are; otherwise 64 hex digits or base64, with blanks and line ends around them.
fn decode(content: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    if content.len() == KEY_BYTES {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        bytes.copy_from_slice(content);
        return Some(bytes);
    }
    if content.len() > FILE_BYTES_MAX {
        return None;
    }
    let text = content.trim_ascii();
    from_hex(text).or_else(|| env::from_base64(text))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::key::tests::assert_no_key_in;

    const KEY: [u8; KEY_BYTES] = *b"0123456789abcdefghijklmnopqrstuv";

    fn read_content(content: &[u8]) -> Result<KeyFile, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        fs::write(&path, content).unwrap();
        read(&path)
    }

    #[test]
    fn a_key_is_read_raw_or_as_hex_of_either_case_or_base64_with_blanks_around_it() {
        let lower = hex::encode(KEY);
        let contents = [
            KEY.to_vec(),
            lower.clone().into_bytes(),
            lower.to_uppercase().into_bytes(),
            format!("{lower}\n").into_bytes(),
            format!(" \t{lower}\r\n\n").into_bytes(),
            STANDARD.encode(KEY).into_bytes(),
            format!(" {}\n", STANDARD.encode(KEY)).into_bytes(),
        ];
        for content in contents {
            assert_eq!(read_content(&content).unwrap().key.bytes(), &KEY);
        }
    }

    #[test]
    fn raw_bytes_are_taken_as_they_are_even_when_they_are_blanks() {
        assert_eq!(read_content(&[b'\n'; KEY_BYTES]).unwrap().key.bytes(), &[b'\n'; KEY_BYTES]);
    }

    #[test]
    fn anything_else_is_refused_by_name_and_length_without_its_content() {
        let hex = hex::encode(KEY);
        let contents = [
            b"".to_vec(),
            KEY[..31].to_vec(),
            [&KEY[..], b"\n"].concat(),
            format!("0x{hex}").into_bytes(),
            format!("{hex}00").into_bytes(),
            format!("{}g", &hex[..63]).into_bytes(),
            format!("{} {}", &hex[..32], &hex[32..]).into_bytes(),
            vec![b'a'; FILE_BYTES_MAX],
        ];
        for content in contents {
            let failure = read_content(&content).unwrap_err();
            let expected = format!("audit.key: not an audit log key: {} bytes", content.len());
            assert!(failure.message.contains(&expected), "{failure:?}");
            let shown = format!("{failure} {failure:?}");
            assert_no_key_in(&shown, &KEY);
            assert!(!shown.contains(&hex[..16]));
        }
    }

    #[test]
    fn a_file_that_is_far_too_long_is_not_read_to_its_end() {
        let failure = read_content(&vec![b' '; FILE_BYTES_MAX * 10]).unwrap_err();
        assert!(failure.message.ends_with("more than 4096 bytes"), "{failure:?}");
    }

    #[test]
    fn a_missing_file_is_named_but_a_key_typed_in_its_place_is_not_repeated() {
        let failure = read(Path::new("no/such/audit.key")).unwrap_err();
        assert!(failure.message.starts_with("no/such/audit.key: cannot read the key file"), "{failure:?}");

        let failure = read(Path::new(&hex::encode(KEY))).unwrap_err();
        assert_no_key_in(&format!("{failure:?}"), &KEY);
        assert!(failure.message.contains("instead of the name of a file"));
    }

    #[cfg(unix)]
    #[test]
    fn directories_and_devices_are_refused() {
        for (path, kind) in [("/", "a directory"), ("/dev/null", "a device"), ("/dev/zero", "a device")] {
            let failure = read(Path::new(path)).unwrap_err();
            assert_eq!(failure.message, format!("{path}: the key file is {kind}"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_open_to_others_is_used_with_a_warning() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        fs::write(&path, KEY).unwrap();
        for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o620, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let warning = read(&path).unwrap().warning;
            assert_eq!(warning.is_some(), warned, "mode {mode:o}");
            assert!(warning.is_none_or(|text| text.contains(&format!("mode {mode:04o}"))));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_read_like_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let writer = std::thread::spawn({
            let path = path.clone();
            // In two pieces: a pipe need not deliver a key at once.
            move || {
                use std::io::Write as _;
                let mut pipe = fs::OpenOptions::new().write(true).open(path).unwrap();
                pipe.write_all(&KEY[..5]).unwrap();
                pipe.write_all(&KEY[5..]).unwrap();
            }
        });
        let read = read(&path).unwrap();
        writer.join().unwrap();
        assert_eq!(read.key.bytes(), &KEY);
        assert_eq!(read.warning, None);
    }
}
