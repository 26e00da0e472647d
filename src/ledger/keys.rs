//! The keys of a ledger (ledger, section 2), derived from the audit log keys that it is opened with.

use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::chain::CHECKPOINT_KEY_BYTES;
use crate::key::{AuditKey, KeySet};

/// What the keys are for (RFC 5869, `info`).
const AUTHENTICATION: &[u8] = b"acralog ledger v1 authentication";
const CHECKPOINTS: &[u8] = b"acralog ledger v1 checkpoints";

/// The keys that follow from one audit log key.
struct DerivedKeys {
    fingerprint: Arc<str>,
    authentication: Zeroizing<[u8; 32]>,
    checkpoints: Zeroizing<[u8; CHECKPOINT_KEY_BYTES]>,
}

impl DerivedKeys {
    fn of(key: &AuditKey) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, key.bytes());
        let derive = |info: &[u8]| {
            let mut derived = Zeroizing::new([0; 32]);
            hkdf.expand(info, derived.as_mut_slice()).expect("32 bytes are not too many for HKDF");
            derived
        };
        Self {
            fingerprint: key.fingerprint().into(),
            authentication: derive(AUTHENTICATION),
            checkpoints: derive(CHECKPOINTS),
        }
    }
}

/// The keys that a ledger is opened with.
pub(super) struct LedgerKeys(Vec<DerivedKeys>);

impl LedgerKeys {
    /// Of all keys of a run.
    pub(super) fn of(keys: &KeySet) -> Self {
        let mut derived: Vec<DerivedKeys> = Vec::new();
        for key in keys.sets().flat_map(KeySet::keys) {
            if !derived.iter().any(|known| *known.fingerprint == *key.fingerprint()) {
                derived.push(DerivedKeys::of(key));
            }
        }
        Self(derived)
    }

    fn get(&self, fingerprint: &str) -> Option<&DerivedKeys> {
        self.0.iter().find(|key| *key.fingerprint == *fingerprint)
    }

    /// The fingerprint of the first key.
    pub(super) fn first(&self) -> Option<&Arc<str>> {
        self.0.first().map(|key| &key.fingerprint)
    }

    /// HMAC-SHA-256 of a text under the key with this fingerprint; None when it is not here.
    pub(super) fn mac(&self, fingerprint: &str, text: [&[u8]; 2]) -> Option<[u8; 32]> {
        let key = self.get(fingerprint)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.authentication.as_slice()).ok()?;
        text.iter().for_each(|part| mac.update(part));
        Some(mac.finalize().into_bytes().into())
    }

    /// Whether a text has this MAC; None when the key is not here.
    pub(super) fn is_mac(&self, fingerprint: &str, text: [&[u8]; 2], found: &[u8; 32]) -> Option<bool> {
        self.mac(fingerprint, text).map(|computed| computed.ct_eq(found).into())
    }

    /// The key that encrypts checkpoints of chains under the key with this fingerprint.
    pub(super) fn checkpoint_key(&self, fingerprint: &str) -> Option<&[u8; CHECKPOINT_KEY_BYTES]> {
        self.get(fingerprint).map(|key| &*key.checkpoints)
    }
}
