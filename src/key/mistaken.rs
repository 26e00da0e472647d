//! What people give in place of an audit log key: a key that is still sealed, a key ring, a master key. It is named, and
//! nothing of it is repeated.

use zeroize::Zeroizing;

use super::KEY_BYTES;
use super::secret::decode_go_base64;
use super::store::{is_sealed_key, looks_encrypted_by_kms};

/// What something is, and what to do with it.
pub(super) type Named = (&'static str, &'static str);

/// What the key rings of keystore v2 begin with, a sequence, and what their keys are for.
const KEY_RING: (u8, &[u8]) = (0x30, b"audit-log");

/// What this is, as far as it shows; it is no audit log key.
pub(super) fn named(content: &[u8]) -> Option<Named> {
    let text = content.trim_ascii();
    named_raw(content).or_else(|| named_raw(&decode_go_base64(text)?)).or_else(|| named_raw(&from_hex(text)?))
}

fn named_raw(bytes: &[u8]) -> Option<Named> {
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

/// What to do with a master key.
const MASTER_HINT: &str =
    "a master key opens a keystore: --keys-dir DIR --master-key-file FILE, or --master-key-env NAME";

/// What this is when it is text that stands for another number of bytes than a key has.
pub(super) fn of_another_length(text: &[u8]) -> Option<Named> {
    let text = text.trim_ascii();
    let length = from_hex(text).or_else(|| decode_go_base64(text))?.len();
    (length > KEY_BYTES).then_some(("this is longer than an audit log key, as a master key can be", MASTER_HINT))
}

fn find_word(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; text.len() / 2]);
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn what_is_no_audit_log_key_is_named_raw_in_hex_and_in_base64() {
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
                assert!(named(&content).is_some_and(|(told, _)| told.contains(what)), "{what}");
            }
        }
        for other in [&[7; 76][..], b"", b"{}", b"a text", b"0\x82", b"audit-log"] {
            assert_eq!(named(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_key_that_is_too_long_may_be_a_master_key() {
        for (bytes, is_named) in [(31, false), (32, false), (33, true), (100, true)] {
            for text in [hex::encode(vec![9; bytes]), STANDARD.encode(vec![9; bytes])] {
                assert_eq!(of_another_length(text.as_bytes()).is_some(), is_named, "{text}");
            }
        }
    }
}
