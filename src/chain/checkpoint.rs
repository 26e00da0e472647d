//! Where a chain stands behind one of its entries: enough to go on with it when what stands before is gone. It holds the
//! secret link, so it leaves memory encrypted only; where it is kept is left to `ledger`.

use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use zeroize::Zeroizing;

use super::seal_verifier::Link;
use crate::entry::Seal;

/// Length of a key that encrypts checkpoints, in bytes.
pub const CHECKPOINT_KEY_BYTES: usize = 32;

/// Length of a nonce, in bytes (NIST SP 800-38D).
pub const NONCE_BYTES: usize = 12;

/// A chain behind the entry at `position`: whoever has it and the audit key can verify what follows.
#[derive(Clone)]
pub struct Checkpoint {
    /// The seal of the chain's first entry.
    pub first: Seal,
    /// Fingerprint of the chain's key.
    pub key: Arc<str>,
    /// n of the last entry that was verified.
    pub position: u64,
    /// h(n). The step key is not kept: it follows from the audit key, without which the link is of no use.
    pub(super) link: Link,
}

/// A checkpoint as it may be written down. What is not secret is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedCheckpoint {
    pub first: Seal,
    pub key: Arc<str>,
    pub position: u64,
    pub nonce: [u8; NONCE_BYTES],
    /// h(n), encrypted by AES-256-GCM, and the tag.
    pub link: [u8; 32],
    pub tag: [u8; 16],
}

impl Checkpoint {
    /// Encrypts it; a nonce serves once.
    pub fn encrypt(&self, key: &[u8; CHECKPOINT_KEY_BYTES], nonce: [u8; NONCE_BYTES]) -> EncryptedCheckpoint {
        let mut link = self.link.to_bytes();
        let associated = associated(&self.first, self.position);
        let cipher = Aes256Gcm::new(key.into());
        let tag = cipher.encrypt_inout_detached(&Nonce::from(nonce), &associated, link.as_mut_slice().into());
        EncryptedCheckpoint {
            first: self.first,
            key: Arc::clone(&self.key),
            position: self.position,
            nonce,
            link: *link,
            tag: tag.expect("32 bytes are not too long for AES-GCM").into(),
        }
    }
}

impl EncryptedCheckpoint {
    /// None when it was encrypted with another key, or changed.
    pub fn decrypt(&self, key: &[u8; CHECKPOINT_KEY_BYTES]) -> Option<Checkpoint> {
        let associated = associated(&self.first, self.position);
        let mut link = Zeroizing::new(self.link);
        let (cipher, nonce, tag) = (Aes256Gcm::new(key.into()), Nonce::from(self.nonce), Tag::from(self.tag));
        cipher.decrypt_inout_detached(&nonce, &associated, link.as_mut_slice().into(), &tag).ok()?;
        let link = Link::from_bytes(&link);
        Some(Checkpoint { first: self.first, key: Arc::clone(&self.key), position: self.position, link })
    }
}

/// What is authenticated with the link: the chain's name, and the position, most significant byte first.
fn associated(first: &Seal, position: u64) -> [u8; 40] {
    let mut bytes = [0; 40];
    bytes[..32].copy_from_slice(&first.0);
    bytes[32..].copy_from_slice(&position.to_be_bytes());
    bytes
}

/// Without the link.
impl fmt::Debug for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Checkpoint {{ {:?} at {} }}", self.first, self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { first: Seal([7; 32]), key: "f".into(), position: 41, link: Link::from_bytes(&[9; 32]) }
    }

    #[test]
    fn a_checkpoint_comes_back_with_its_key_only_and_unchanged_only() {
        let encrypted = checkpoint().encrypt(&[1; 32], [2; 12]);
        let link = |it: Option<Checkpoint>| it.map(|it| it.link.to_bytes().to_vec());
        assert_eq!(link(encrypted.decrypt(&[1; 32])), Some(vec![9; 32]));
        assert!(encrypted.decrypt(&[3; 32]).is_none());
        for change in [
            |it: &mut EncryptedCheckpoint| it.position += 1,
            |it: &mut EncryptedCheckpoint| it.first.0[31] ^= 1,
            |it: &mut EncryptedCheckpoint| it.nonce[0] ^= 1,
            |it: &mut EncryptedCheckpoint| it.link[0] ^= 1,
            |it: &mut EncryptedCheckpoint| it.tag[15] ^= 1,
        ] {
            let mut changed = encrypted.clone();
            change(&mut changed);
            assert!(changed.decrypt(&[1; 32]).is_none());
        }
        assert!(!encrypted.link.windows(8).any(|part| part == [9; 8]));
        assert!(!format!("{:?}", checkpoint()).contains('9'));
    }
}
