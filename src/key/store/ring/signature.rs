//! The signatures of a key ring file: HMAC over everything that is signed and over the name of the ring, so that a copy of
//! another ring under this name does not pass.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::RingError;
use super::der::{Malformed, Reader, is_object_identifier, tag};

/// 2.16.840.1.101.3.4.2.1. It is the name of SHA-256, and stands for HMAC-SHA-256.
const HMAC_SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// What is authenticated ahead of the payload.
const LABEL: &[u8] = b"AKSv2 keystore: key ring signature: audit-log: ";

/// The signatures of one file that are of the known kind.
#[derive(Debug)]
pub(super) struct Signatures<'a>(Vec<&'a [u8]>);

impl<'a> Signatures<'a> {
    /// Reads the members of the set. Those of an unknown kind are skipped, as Acra does.
    pub(super) fn read(mut set: Reader<'a>) -> Result<Self, Malformed> {
        let mut known = Vec::new();
        while let Some(member) = set.optional(tag::SEQUENCE)? {
            let mut member = Reader::new(member.content);
            let algorithm = member.expect(tag::OBJECT_IDENTIFIER)?.content;
            let signature = member.expect(tag::OCTET_STRING)?.content;
            member.pass_over()?;
            if !is_object_identifier(algorithm) {
                return Err(Malformed);
            }
            if algorithm == HMAC_SHA_256 {
                known.push(signature);
            }
        }
        set.end()?;
        Ok(Self(known))
    }

    /// Holds every known signature against what is signed; one at least must be there.
    pub(super) fn verify(&self, key: &[u8], payload: &[u8]) -> Result<(), RingError> {
        if self.0.is_empty() {
            return Err(RingError::Unsigned);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(LABEL);
        mac.update(payload);
        let expected = mac.finalize().into_bytes();
        let fits = self.0.iter().all(|signature| bool::from(expected.as_slice().ct_eq(signature)));
        if fits { Ok(()) } else { Err(RingError::WrongSignature) }
    }
}

/// Signs a payload, for tests that make rings.
#[cfg(test)]
pub(in crate::key::store) fn sign(key: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(LABEL);
    mac.update(payload);
    mac.finalize().into_bytes().into()
}
