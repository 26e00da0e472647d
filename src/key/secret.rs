//! Secrets in the hands of this program: files that hold one are read into memory that is wiped, and no further than a
//! secret can be long; base64 is read as Acra reads it; a secret that was given where its name belongs is known, so that
//! no message repeats it. What a secret opens is left to the caller.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use zeroize::Zeroizing;

/// The most that is read, in bytes: no key is longer, and a wrong path may name something endless.
pub(crate) const FILE_BYTES_MAX: usize = 4096;

/// The content of a file.
pub(crate) struct SecretFile {
    /// What was read; longer than [`FILE_BYTES_MAX`] when the file is.
    pub(crate) content: Zeroizing<Vec<u8>>,
    /// The mode of the file when others than its owner may read or write it.
    exposed: Option<u32>,
}

impl SecretFile {
    /// Whether there is more than was read.
    pub(crate) fn is_too_long(&self) -> bool {
        self.content.len() > FILE_BYTES_MAX
    }

    /// What people should know about the file, which is called `what`.
    pub(crate) fn warning(&self, path: &Path, what: &str) -> Option<String> {
        self.exposed.map(|mode| open_to_others(path, what, mode))
    }
}

/// What people should know about a file with a secret, called `what`, that is read by other means.
#[cfg(any(feature = "cli", feature = "redis", feature = "vault", feature = "kms"))]
pub(crate) fn exposed_file(path: &Path, what: &str) -> Option<String> {
    let mode = exposed_mode(&fs::metadata(path).ok()?)?;
    Some(open_to_others(path, what, mode))
}

fn open_to_others(path: &Path, what: &str, mode: u32) -> String {
    format!("{}: the {what} is open to other users (mode {mode:04o}); chmod 600 closes it", path.display())
}

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum SecretFileError {
    /// The system refused.
    Refused(io::Error),
    /// It is neither a file nor a pipe, but this.
    Unfit(&'static str),
}

/// Reads a file. A pipe will do.
pub(crate) fn read_file(path: &Path) -> Result<SecretFile, SecretFileError> {
    let metadata = fs::metadata(path).map_err(SecretFileError::Refused)?;
    if let Some(kind) = unfit_kind(&metadata) {
        return Err(SecretFileError::Unfit(kind));
    }
    let mut content = Zeroizing::new(vec![0; FILE_BYTES_MAX + 1]);
    let length = File::open(path).and_then(|file| read_up_to(file, &mut content)).map_err(SecretFileError::Refused)?;
    content.truncate(length);
    Ok(SecretFile { content, exposed: exposed_mode(&metadata) })
}

/// Fills the buffer as far as the source goes. `read_to_end` would leave copies behind when its vector grows.
pub(crate) fn read_up_to(mut source: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
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

/// The standard alphabet with padding, in which bits that no byte needs may be set.
const GO_BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The bytes a text in base64 stands for, as Go reads it: line ends are skipped wherever they stand. None is a text that is
/// not base64; what is wrong with it is not said, as it is always secret.
pub(super) fn decode_go_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|letter| !matches!(letter, b'\r' | b'\n')));
    let mut bytes = Zeroizing::new(vec![0; letters.len() / 4 * 3 + 3]);
    // The error would name a letter and its place.
    let length = GO_BASE64.decode_slice(letters.as_slice(), bytes.as_mut_slice()).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// The least length of what is taken for a secret in base64, in bytes.
const SECRET_BYTES_MIN: usize = 30;

/// The same in letters, for base64 that is not whole.
const SECRET_LETTERS_MIN: usize = 40;

/// The least number of hex digits.
const SECRET_DIGITS_MIN: usize = 32;

/// Of a hundred letters of base64, how many are at least of another kind than the one before them: capital, small, digit.
/// Random ones have 64 on average, words of a path about 33.
const CHANGES_PER_CENT_MIN: usize = 45;

/// Whether a text is itself a secret, or holds what may be one: an audit log key or a master key, in hex, base64 or JSON,
/// whole or with a letter too few, with blanks, quotes, colons or words around it.
pub(crate) fn is_secret_text(text: &[u8]) -> bool {
    let mut bare = Zeroizing::new(Vec::with_capacity(text.len()));
    bare.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace() && !b"\"'".contains(byte)));
    let is_long = |bytes: Zeroizing<Vec<u8>>| bytes.len() >= SECRET_BYTES_MIN;
    let is_whole = bare.ends_with(b"=") && decode_go_base64(&bare).is_some_and(is_long);
    is_whole || bare.starts_with(b"{") || holds_hex(text) || holds_base64(&bare)
}

/// Digits may stand in groups.
fn holds_hex(text: &[u8]) -> bool {
    let mut digits = 0;
    text.iter().any(|byte| {
        match byte {
            byte if byte.is_ascii_hexdigit() => digits += 1,
            b' ' | b':' | b'-' | b'_' | b'\n' | b'\r' | b'\t' => {}
            _ => digits = 0,
        }
        digits >= SECRET_DIGITS_MIN
    })
}

fn holds_base64(letters: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    letters.split(|byte| !is_letter(byte)).any(|run| {
        let kinds = run.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
        run.len() >= SECRET_LETTERS_MIN && kinds * 100 >= run.len() * CHANGES_PER_CENT_MIN
    })
}

/// Capital, small, or neither.
fn kind(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    }
}

/// Whether a text may be repeated as the name of a variable.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && !is_secret_text(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        decode_go_base64(text.as_bytes()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn line_ends_and_spare_bits_do_not_matter() {
        for text in ["Zm9vYg==", "Zm9v\nYg==\n", "Zm9v\r\nYg\n=\r=", "\nZm9vYg==", "Zm9vYh==", "Zm9vYv=="] {
            assert_eq!(decoded(text).unwrap(), b"foob", "{text:?}");
        }
        assert_eq!(decoded("").unwrap(), b"");
    }

    #[test]
    fn anything_else_does() {
        let texts = [
            "Zm9vYg",
            "Zm9vYg=",
            " Zm9vYg==",
            "Zm9vYg== ",
            "Zm9v Yg==",
            "Zm9vYg===",
            "Zm9vYg==Zm9v",
            "Zm9v-_==",
            "=",
            "Z",
        ];
        for text in texts {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_wherever_the_lines_break(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            width in 1_usize..80,
        ) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let lines: Vec<_> = text.as_bytes().chunks(width).collect();
            prop_assert_eq!(decode_go_base64(&lines.join(&b"\r\n"[..])).unwrap().to_vec(), bytes);
        }
    }

    /// Spellings in which a key may land where its name belongs.
    fn spellings(key: &[u8]) -> Vec<String> {
        let (hex, base64) = (hex::encode(key), STANDARD.encode(key));
        let groups = |by: &str| {
            let pairs: Vec<_> = hex.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
            pairs.join(by)
        };
        vec![
            hex.clone(),
            hex.to_uppercase(),
            hex[1..].to_owned(),
            format!("0x{hex}"),
            groups(" "),
            groups(":"),
            groups("-"),
            format!("\"{hex}\""),
            format!("key={hex}"),
            format!("./{hex}.key"),
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            format!(" {base64}"),
            format!("'{base64}'"),
            format!("{base64};"),
            format!("{}\n{}", &base64[..20], &base64[20..]),
            format!("{{\"encryption\":\"{base64}\""),
            URL_SAFE_NO_PAD.encode(key),
        ]
    }

    #[test]
    fn a_key_is_known_in_every_spelling() {
        let mut unknown = 0;
        for seed in 0..2000_u32 {
            let key = <sha2::Sha256 as sha2::Digest>::digest(seed.to_be_bytes());
            for spelling in spellings(&key) {
                let is_known = is_secret_text(spelling.as_bytes()) && !is_variable_name(&spelling);
                // What is neither hex nor padded is guessed by its letters.
                assert!(
                    is_known || spelling.trim_end_matches(';').len() == 43 || spelling.ends_with("=;"),
                    "{spelling}"
                );
                unknown += usize::from(!is_known);
            }
        }
        assert!(unknown < 200, "{unknown} of 36 000 would be repeated");
    }

    #[test]
    fn names_of_files_and_variables_are_not_taken_for_secrets() {
        for name in [
            "ACRA_MASTER_KEY",
            "ACRA_MASTER_KEY_OF_THE_PRODUCTION_CLUSTER_2",
            ".acrakeys",
            "/etc/acra/keys",
            "MASTERKEY",
            "",
            "/var/lib/acra/production/keystores/acra-server/keys",
            "/home/Bob2/Projects/acra/deployment/keystore/current",
            "C:\\Program Files\\Acra\\keystore-of-2026\\master.key",
            "a-rather-long-name-of-a-folder-with-many-words-in-it",
            "/etc/acra/AuditLogKeyForProductionCluster2026",
            "/mnt/Backups2026/AcraKeystoreCopyFromMonday",
            "/var/lib/acra/{blue,green}/keys",
        ] {
            assert!(!is_secret_text(name.as_bytes()), "{name}");
        }
        assert!(is_variable_name("ACRA_MASTER_KEY") && is_variable_name("_k1"));
        assert!(
            !is_variable_name("") && !is_variable_name("1K") && !is_variable_name("A=b") && !is_variable_name("a b")
        );
    }
}
