//! Keys that sign the attestations of tests: those of RFC 8032, section 7.1, which everybody knows.

use std::fs;

use crate::key::ed25519::{self, AttestationKey, AttestationPublicKey};

const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
-----END PUBLIC KEY-----
";

fn read<T>(text: &str, read: impl FnOnce(&std::path::Path) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.pem");
    fs::write(&path, text).expect("a new file");
    read(&path)
}

pub(crate) fn private_key() -> AttestationKey {
    read(PRIVATE, |path| ed25519::read_private_key(path).expect("a key").key)
}

pub(crate) fn public_key() -> AttestationPublicKey {
    read(PUBLIC, |path| ed25519::read_public_key(path).expect("a key"))
}

pub(crate) fn other_public_key() -> AttestationPublicKey {
    read(OTHER_PUBLIC, |path| ed25519::read_public_key(path).expect("a key"))
}
