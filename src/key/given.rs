//! An audit log key in a file (32 raw bytes, or text) or in an environment variable (hex, or base64 as `base64 -w0` prints it),
//! and what people give in its place: a sealed key, a key ring, a master key. Messages name the file or the variable, its
//! length and its kind, never its content; reading the environment is left to `plan`.

use std::ffi::OsString;
use std::path::Path;

use zeroize::Zeroizing;

use super::secret::{FILE_BYTES_MAX, SecretFileError, decode_go_base64, is_secret_text, is_variable_name, read_file};
use super::store::{is_sealed_key, looks_encrypted_by_kms};
use super::{AuditKey, KEY_BYTES, from_base64, from_hex};
use crate::failure::Failure;

/// What a key file may hold, for people.
const IN_A_FILE: &str = "a key file holds 32 raw bytes, 64 hex digits, or base64 with padding (44 letters)";

/// What a variable may hold, for people.
const IN_A_VARIABLE: &str = "it holds 32 bytes as 64 hex digits, or as base64 with padding (44 letters)";

/// What to do with a master key.
const MASTER_HINT: &str =
    "a master key opens a keystore: --keys-dir DIR --master-key-file FILE, or --master-key-env NAME";

/// What the key rings of keystore v2 begin with, a sequence, and what their keys are for.
const KEY_RING: (u8, &[u8]) = (0x30, b"audit-log");

/// A key, and what is wrong with the place it is kept in.
#[derive(Debug)]
pub struct KeyFile {
    pub key: AuditKey,
    /// For people: someone else may read or replace the file.
    pub warning: Option<String>,
}

/// What something is, and what to do with it.
type Mistake = (&'static str, &'static str);

/// Reads a key from a file. A pipe will do, so `--key-file <(command)` works.
///
/// # Errors
/// When the file cannot be read, is no file at all, or holds anything but a key.
pub fn read_key_file(path: &Path) -> Result<KeyFile, Failure> {
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
            let hint = if path.is_dir() { "a keystore is given with --keys-dir DIR" } else { IN_A_FILE };
            Failure::new(format!("{}: the key file is {kind}", path.display())).with_hint(hint)
        }
    })?;
    let Some(bytes) = decode(&file.content) else {
        let length = file.content.len();
        let length = if file.is_too_long() { format!("more than {FILE_BYTES_MAX}") } else { length.to_string() };
        let message = format!("{}: not an audit log key: {length} bytes", path.display());
        return Err(match named_mistake(&file.content).or_else(|| mistake_of_length(&file.content)) {
            Some((what, hint)) => Failure::new(format!("{message}; {what}")).with_hint(hint),
            None => Failure::new(message).with_hint(IN_A_FILE),
        });
    };
    let key = AuditKey::new(&bytes, format!("--key-file {}", path.display()));
    Ok(KeyFile { key, warning: file.warning(path, "key file") })
}

/// Takes the key out of the value of the variable `name`; None is a variable that is not set.
///
/// # Errors
/// When the variable is not set or empty, when its value is not a key, or when `name` is no name.
pub fn parse_variable(name: &str, value: Option<OsString>) -> Result<AuditKey, Failure> {
    let value = Zeroizing::new(value.unwrap_or_default().into_encoded_bytes());
    // `--key-env KEY=secret` and `--key-env secret` are easy slips; neither may be repeated in a message.
    if name.is_empty() || name.contains('=') || (value.is_empty() && !is_variable_name(name)) {
        return Err(Failure::usage("--key-env was given something that is not the name of a variable")
            .with_hint("export the key as a variable and give its name: --key-env AUDIT_KEY"));
    }
    let text = value.trim_ascii();
    if text.is_empty() {
        return Err(Failure::new(format!("the variable {name} is not set, or empty")).with_hint(IN_A_VARIABLE));
    }
    let Some(bytes) = from_hex(text).or_else(|| from_base64(text)) else {
        let message = format!("the variable {name} does not hold an audit log key");
        return Err(match named_mistake(text).or_else(|| mistake_of_length(text)) {
            Some((what, hint)) => Failure::new(format!("{message}: {what}")).with_hint(hint),
            None => Failure::new(message).with_hint(IN_A_VARIABLE),
        });
    };
    Ok(AuditKey::new(&bytes, format!("--key-env {name}")))
}

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
    from_hex(text).or_else(|| from_base64(text))
}

/// What this is, as far as it shows; it is no audit log key.
fn named_mistake(content: &[u8]) -> Option<Mistake> {
    let text = content.trim_ascii();
    name_bytes(content).or_else(|| name_bytes(&decode_go_base64(text)?)).or_else(|| name_bytes(&any_from_hex(text)?))
}

fn name_bytes(bytes: &[u8]) -> Option<Mistake> {
    let with_master = "use --keys-dir DIR, the keystore it lies in, and the master key that opens it";
    if is_sealed_key(bytes) {
        return Some(("this is a key as Acra keeps it, sealed with the master key", with_master));
    }
    if bytes.first() == Some(&KEY_RING.0) && memchr::memmem::find(bytes, KEY_RING.1).is_some() {
        return Some(("this is a key ring of keystore v2", with_master));
    }
    let is_pair = |bytes: &[u8]| [&b"encryption"[..], b"signature"].iter().all(|name| find_word(bytes, name));
    if bytes.trim_ascii_start().starts_with(b"{") && is_pair(bytes) {
        return Some(("this is the master key of a keystore v2", MASTER_HINT));
    }
    if looks_encrypted_by_kms(bytes) {
        let hint = "use --keys-dir DIR, with --keystore-encryption kms-per-client or kms-encrypted-master-key";
        return Some(("this is a key that AWS KMS encrypted", hint));
    }
    None
}

/// What this is when it is text that stands for another number of bytes than a key has.
fn mistake_of_length(text: &[u8]) -> Option<Mistake> {
    let text = text.trim_ascii();
    let length = any_from_hex(text).or_else(|| decode_go_base64(text))?.len();
    (length > KEY_BYTES).then_some(("this is longer than an audit log key, as a master key can be", MASTER_HINT))
}

fn find_word(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

fn any_from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; text.len() / 2]);
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::key::KEY_BYTES;
    use crate::key::tests::assert_no_key_in;

    const KEY: [u8; KEY_BYTES] = *b"0123456789abcdefghijklmnopqrstuv";

    fn read_content(content: &[u8]) -> Result<KeyFile, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        fs::write(&path, content).unwrap();
        read_key_file(&path)
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
        let failure = read_key_file(Path::new("no/such/audit.key")).unwrap_err();
        assert!(failure.message.starts_with("no/such/audit.key: cannot read the key file"), "{failure:?}");

        let failure = read_key_file(Path::new(&hex::encode(KEY))).unwrap_err();
        assert_no_key_in(&format!("{failure:?}"), &KEY);
        assert!(failure.message.contains("instead of the name of a file"));
    }

    #[cfg(unix)]
    #[test]
    fn directories_and_devices_are_refused() {
        for (path, kind) in [("/", "a directory"), ("/dev/null", "a device"), ("/dev/zero", "a device")] {
            let failure = read_key_file(Path::new(path)).unwrap_err();
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
            let warning = read_key_file(&path).unwrap().warning;
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
        let read = read_key_file(&path).unwrap();
        writer.join().unwrap();
        assert_eq!(read.key.bytes(), &KEY);
        assert_eq!(read.warning, None);
    }

    #[test]
    fn what_is_no_audit_log_key_is_name_bytes_in_hex_and_in_base64() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keystores");
        let read = |path: &str| std::fs::read(folder.join(path)).unwrap();
        let pair = STANDARD.decode(read("v2-single/master_key.txt").trim_ascii()).unwrap();
        let kms = [&[1, 2, 2, 0, b'x'][..], &[7; 179]].concat();
        for (content, what) in [
            (read("v1-single/keys/secure_log_key"), "sealed with the master key"),
            (read("v2-single/keys/audit-log.keyring"), "a key ring of keystore v2"),
            (pair, "the master key of a keystore v2"),
            (kms, "that AWS KMS encrypted"),
        ] {
            let spellings = [hex::encode(&content) + "\n", STANDARD.encode(&content) + "\n"];
            for content in [content].into_iter().chain(spellings.map(String::into_bytes)) {
                assert!(named_mistake(&content).is_some_and(|(told, _)| told.contains(what)), "{what}");
            }
        }
        for other in [&[7; 76][..], b"", b"{}", b"a text", b"0\x82", b"audit-log"] {
            assert_eq!(named_mistake(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_key_that_is_too_long_may_be_a_master_key() {
        for (bytes, is_named) in [(31, false), (32, false), (33, true), (100, true)] {
            for text in [hex::encode(vec![9; bytes]), STANDARD.encode(vec![9; bytes])] {
                assert_eq!(mistake_of_length(text.as_bytes()).is_some(), is_named, "{text}");
            }
        }
    }

    const TEXT_KEY: [u8; KEY_BYTES] = *b"0123456789abcdefghijklmnopqrstuv";

    fn given(value: &str) -> Result<AuditKey, Failure> {
        parse_variable("AUDIT_KEY", Some(value.into()))
    }

    #[test]
    fn a_key_is_read_as_hex_or_as_padded_base64() {
        let values = [
            hex::encode(TEXT_KEY),
            hex::encode_upper(TEXT_KEY),
            STANDARD.encode(TEXT_KEY),
            format!(" {}\n", STANDARD.encode(TEXT_KEY)),
        ];
        for value in values {
            let key = given(&value).unwrap();
            assert_eq!(key.bytes(), &TEXT_KEY);
            assert_eq!(key.source(), "--key-env AUDIT_KEY");
        }
    }

    #[test]
    fn a_value_that_is_no_key_is_refused_by_the_name_of_its_variable_alone() {
        let hex = hex::encode(TEXT_KEY);
        let base64 = STANDARD.encode(TEXT_KEY);
        let values = [
            String::from_utf8(TEXT_KEY.to_vec()).unwrap(),
            hex[..63].to_owned(),
            format!("{hex}0"),
            base64.trim_end_matches('=').to_owned(),
            STANDARD.encode([7; KEY_BYTES + 1]),
            STANDARD.encode([7; KEY_BYTES - 1]),
            base64.replace('M', "*"),
        ];
        for value in values {
            let failure = given(&value).unwrap_err();
            assert!(
                failure.message.starts_with("the variable AUDIT_KEY does not hold an audit log key"),
                "{failure:?}"
            );
            let shown = format!("{failure} {failure:?}");
            assert_no_key_in(&shown, &TEXT_KEY);
            assert!(!shown.contains(&value));
        }
    }

    #[test]
    fn a_variable_that_is_not_set_and_one_that_is_empty_are_the_same_mistake() {
        for value in [None, Some(""), Some(" \n")] {
            let failure = parse_variable("AUDIT_KEY", value.map(OsString::from)).unwrap_err();
            assert_eq!(failure.message, "the variable AUDIT_KEY is not set, or empty");
        }
    }

    #[test]
    fn a_key_given_in_place_of_a_name_is_not_repeated() {
        let slips = [
            hex::encode(TEXT_KEY),
            STANDARD.encode(TEXT_KEY),
            format!("AUDIT_KEY={}", hex::encode(TEXT_KEY)),
            String::new(),
        ];
        for slip in slips {
            let failure = parse_variable(&slip, None).unwrap_err();
            assert!(failure.message.contains("not the name of a variable"), "{failure:?}");
            assert_no_key_in(&format!("{failure:?}"), &TEXT_KEY);
        }
    }

    proptest! {
        #[test]
        fn every_key_survives_both_spellings(key: [u8; KEY_BYTES]) {
            for value in [hex::encode(key), STANDARD.encode(key)] {
                let read = given(&value).unwrap();
                prop_assert_eq!(read.bytes(), &key);
            }
        }

        #[test]
        fn no_value_makes_it_panic_or_speak(value in ".{1,80}") {
            if let Err(failure) = given(&value) {
                let shown = format!("{failure:?}");
                // A value of a few letters may happen to stand in the sentence itself.
                prop_assert!(value.trim().len() < 8 || !shown.contains(value.trim()));
            }
        }
    }
}
