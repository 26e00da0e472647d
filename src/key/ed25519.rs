//! Ed25519 keys that sign attestations and check them: PEM files as `openssl genpkey -algorithm ed25519` and
//! `openssl pkey -pubout` write them. What is signed is left to `evidence`.

use std::fmt;
use std::path::Path;

use ed25519_dalek::pkcs8::spki::{self, DecodePublicKey as _, EncodePublicKey as _};
use ed25519_dalek::pkcs8::{self, DecodePrivateKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::secret::{FILE_BYTES_MAX, SecretFileError, is_secret_text, read_file};
use crate::failure::Failure;

/// Length of a signature, in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// How a private key is made, for people.
const MAKE_ONE: &str = "openssl genpkey -algorithm ed25519 -out FILE makes one";

/// How a public key is had, for people.
const TAKE_IT_OUT: &str = "openssl pkey -in PRIVATE.pem -pubout -out PUBLIC.pem takes it out of the private key";

/// A private key: secret, wiped when dropped, never shown.
pub struct AttestationKey {
    // Boxed, so that moving the key leaves no copies behind on the stack.
    key: Box<SigningKey>,
    key_id: String,
}

impl AttestationKey {
    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.key.sign(message).to_bytes()
    }

    /// Names the key: the SHA-256 of its public half (SubjectPublicKeyInfo, DER), in hex.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

impl fmt::Debug for AttestationKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AttestationKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// A public key.
#[derive(Clone, Debug)]
pub struct AttestationPublicKey {
    key: VerifyingKey,
    key_id: String,
}

impl AttestationPublicKey {
    /// Whether this key signed the message. Strict: of one signature there are no others that fit as well.
    pub fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }

    /// Names the key: the SHA-256 of its SubjectPublicKeyInfo in DER, in hex.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

/// A private key, and what is wrong with the place it is kept in.
#[derive(Debug)]
pub struct AttestationKeyFile {
    pub key: AttestationKey,
    /// For people: someone else may read or replace the file.
    pub warning: Option<String>,
}

/// Reads a private key. A pipe will do.
///
/// # Errors
/// When the file cannot be read, or holds anything but an Ed25519 private key that is not encrypted.
pub fn read_private_key(path: &Path) -> Result<AttestationKeyFile, Failure> {
    let file = read(path, "--attest-key", MAKE_ONE)?;
    let wrong = |what: &str, hint: &str| {
        Failure::new(format!("{}: not an Ed25519 private key: {what}", path.display())).with_hint(hint)
    };
    let text = std::str::from_utf8(&file.content).map_err(|_| wrong("it is not PEM", MAKE_ONE))?;
    if let Some((what, hint)) = mistaken_for_private(label(text)) {
        return Err(wrong(what, hint));
    }
    let key = Box::new(SigningKey::from_pkcs8_pem(text).map_err(|error| match error {
        // The other errors speak of lengths and tags: nothing people can act on.
        pkcs8::Error::PublicKey(spki::Error::OidUnknown { .. }) => wrong("it is of another algorithm", MAKE_ONE),
        _ => wrong("it is damaged, or not PKCS#8", MAKE_ONE),
    })?);
    let key_id = key_id(&key.verifying_key())?;
    Ok(AttestationKeyFile { key: AttestationKey { key, key_id }, warning: file.warning(path, "attestation key") })
}

/// Reads a public key.
///
/// # Errors
/// When the file cannot be read, or holds anything but an Ed25519 public key.
pub fn read_public_key(path: &Path) -> Result<AttestationPublicKey, Failure> {
    let file = read(path, "--key", TAKE_IT_OUT)?;
    let wrong = |what: &str| {
        Failure::new(format!("{}: not an Ed25519 public key: {what}", path.display())).with_hint(TAKE_IT_OUT)
    };
    let text = std::str::from_utf8(&file.content).map_err(|_| wrong("it is not PEM"))?;
    match label(text) {
        Some("PUBLIC KEY") => {}
        Some(other) if other.ends_with("PRIVATE KEY") => return Err(wrong("it is a private key")),
        Some(_) => return Err(wrong("it is another kind of PEM file")),
        None => return Err(wrong("it is not PEM")),
    }
    let key = VerifyingKey::from_public_key_pem(text).map_err(|error| match error {
        spki::Error::OidUnknown { .. } => wrong("it is of another algorithm"),
        _ => wrong("it is damaged"),
    })?;
    Ok(AttestationPublicKey { key_id: key_id(&key)?, key })
}

fn read(path: &Path, flag: &str, hint: &str) -> Result<super::secret::SecretFile, Failure> {
    let file = read_file(path).map_err(|why| match why {
        // Whoever types a key itself must not find it in the log of a CI job.
        SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
            Failure::usage(format!("{flag} was given a key instead of the name of a file"))
                .with_hint("put the key into a file: what stands on a command line can be read by every local user")
        }
        SecretFileError::Refused(error) => {
            Failure::new(format!("{}: cannot read the key file: {error}", path.display()))
        }
        SecretFileError::Unfit(kind) => {
            Failure::new(format!("{}: the key file is {kind}", path.display())).with_hint(hint)
        }
    })?;
    if file.is_too_long() {
        let message = format!("{}: not an Ed25519 key: more than {FILE_BYTES_MAX} bytes", path.display());
        return Err(Failure::new(message).with_hint(hint));
    }
    Ok(file)
}

/// What a PEM file says that it holds (RFC 7468, section 2). Text may stand in front.
fn label(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.trim_end().strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
}

/// What is taken for a private key by mistake, and what to do with it.
fn mistaken_for_private(label: Option<&str>) -> Option<(&'static str, &'static str)> {
    Some(match label {
        Some("PRIVATE KEY") => return None,
        Some("PUBLIC KEY") => {
            ("it is a public key", "attestations are signed with the private one, and checked with this")
        }
        Some("ENCRYPTED PRIVATE KEY") => {
            ("it is encrypted", "openssl pkey -in FILE decrypts it: --attest-key <(openssl pkey -in FILE)")
        }
        Some("OPENSSH PRIVATE KEY") => ("it is a key of OpenSSH", MAKE_ONE),
        Some("EC PRIVATE KEY" | "RSA PRIVATE KEY" | "DSA PRIVATE KEY") => ("it is of another algorithm", MAKE_ONE),
        Some(_) => ("it is another kind of PEM file", MAKE_ONE),
        None => ("it is not PEM", MAKE_ONE),
    })
}

fn key_id(key: &VerifyingKey) -> Result<String, Failure> {
    let der = key.to_public_key_der().map_err(|_| Failure::new("internal error: a public key has no form in DER"))?;
    Ok(hex::encode(Sha256::digest(der.as_bytes())))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    /// The key of RFC 8032, section 7.1, test 1.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn pem(label: &str, der_hex: &str) -> String {
        use base64::Engine as _;
        let der = hex::decode(der_hex).unwrap();
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn private() -> String {
        pem("PRIVATE KEY", &format!("302e020100300506032b657004220420{SEED}"))
    }

    fn public() -> String {
        pem("PUBLIC KEY", &format!("302a300506032b6570032100{PUBLIC}"))
    }

    fn file(folder: &TempDir, text: &str) -> PathBuf {
        let path = folder.path().join("key.pem");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_signature_is_that_of_the_standard_and_only_its_own_key_fits() {
        let folder = tempfile::tempdir().unwrap();
        let key = read_private_key(&file(&folder, &private())).unwrap().key;
        let other = pem(
            "PUBLIC KEY",
            &format!("302a300506032b6570032100{}", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        );
        let signature = key.sign(b"");
        assert!(hex::encode(signature).starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"));
        let public = read_public_key(&file(&folder, &public())).unwrap();
        assert_eq!(public.key_id(), key.key_id());
        assert!(public.fits(b"", &signature) && !public.fits(b"x", &signature) && !public.fits(b"", &signature[..63]));
        let other = read_public_key(&file(&folder, &other)).unwrap();
        assert!(!other.fits(b"", &signature));
        assert!(!format!("{key:?}").contains("9d61"));
    }

    #[test]
    fn what_is_no_private_key_is_named_and_never_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let x25519 = pem("PRIVATE KEY", &format!("302e020100300506032b656e04220420{SEED}"));
        for (text, what) in [
            (public(), "a public key"),
            (x25519, "another algorithm"),
            (private().replace("PRIVATE", "ENCRYPTED PRIVATE"), "encrypted"),
            (private().replace("PRIVATE", "OPENSSH PRIVATE"), "OpenSSH"),
            (private().replace("PRIVATE KEY", "CERTIFICATE"), "another kind"),
            (private().replacen("MC4C", "MC4D", 1), "damaged"),
            (SEED.to_owned(), "not PEM"),
            (String::new(), "not PEM"),
            ("x".repeat(FILE_BYTES_MAX + 1), "more than 4096"),
        ] {
            let failure = read_private_key(&file(&folder, &text)).unwrap_err();
            assert!(failure.message.contains(what), "{what}: {}", failure.message);
            assert!(failure.hint.is_some() && !failure.in_one_line().contains("9d61"), "{what}");
        }
    }

    #[test]
    fn what_is_no_public_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let x25519 = pem("PUBLIC KEY", &format!("302a300506032b656e032100{PUBLIC}"));
        for (text, what) in [
            (private(), "a private key"),
            (x25519, "another algorithm"),
            (public().replace("PUBLIC KEY", "CERTIFICATE"), "another kind"),
            (public().replacen("MCow", "MCox", 1), "damaged"),
            ("key".to_owned(), "not PEM"),
        ] {
            let failure = read_public_key(&file(&folder, &text)).unwrap_err();
            assert!(failure.message.contains(what), "{what}: {}", failure.message);
        }
    }
}
