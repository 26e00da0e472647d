//! The serial rest of the formula: h(n) from an absorbed entry and h(n-1), and the one door from the secret link to the
//! public seal.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::absorb::Absorbed;
use super::block::{self, BLOCK_BYTES, State};
use crate::entry::Seal;

/// h(n): never printed, or anyone could continue the chain.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Link(State);

impl Link {
    /// The first two bytes of IC(n) = SHA-256(h(n)), for people to compare. Public, because the hash cannot be turned
    /// back and two bytes do not finish anybody's forged line.
    pub(super) fn seal_start(&self) -> [u8; 2] {
        let [first, second, ..] = block::digest_of(&self.0)[0].to_be_bytes();
        [first, second]
    }

    /// Whether a seal of the log belongs to this link: the only use of a whole seal. Takes the same time for every seal.
    pub(super) fn carries(&self, seal: &Seal) -> bool {
        let computed = block::digest_of(&self.0);
        let found = block::words(&seal.0);
        let difference = computed.iter().zip(found).fold(0, |sum, (a, b)| sum | (a ^ b));
        difference.ct_eq(&0).into()
    }
}

impl Absorbed {
    /// h(n) = HMAC(k(n), LE(n) || h(n-1)); `previous` is None for the first entry of a chain.
    pub(super) fn link(&self, previous: Option<&Link>) -> Link {
        let tail = usize::from(self.tail_bytes);
        let mut last = [[0; BLOCK_BYTES]; 2];
        let bytes = last.as_flattened_mut();
        bytes[..BLOCK_BYTES].copy_from_slice(&self.tail);
        let chained = previous.map_or(0, |Link(words)| {
            block::put(words, &mut bytes[tail..tail + 32]);
            32
        });
        let end = tail + chained;
        bytes[end] = 0x80;
        // FIPS 180-4, section 5.1.1: the length in bits closes the block that has room for it.
        let length = if end + 9 <= BLOCK_BYTES { BLOCK_BYTES } else { 2 * BLOCK_BYTES };
        let message_bits = (BLOCK_BYTES as u64 + self.body_bytes + chained as u64) * 8;
        bytes[length - 8..length].copy_from_slice(&message_bits.to_be_bytes());
        let mut inner = self.inner;
        block::blocks(&mut inner, &last[..length / BLOCK_BYTES]);
        let mut outer = self.outer;
        block::finish(&mut outer, &inner, BLOCK_BYTES as u64 + 32);
        Link(outer)
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::super::absorb::absorb;
    use super::super::key_schedule::KeySchedule;
    use super::Link;
    use crate::entry::Seal;
    use crate::key::AuditKey;

    const KEY: [u8; 32] = [0x21; 32];

    /// IC(n) by the formula, with the ordinary libraries (audit log, section 3). Returns h(n) as well.
    fn by_the_formula(position: u64, body: &[u8], previous: Option<&[u8]>) -> (Vec<u8>, Seal) {
        let key = (0..position).fold(KEY.to_vec(), |key, _| Sha256::digest(key).to_vec());
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        hmac.update(body);
        hmac.update(previous.unwrap_or_default());
        let link = hmac.finalize().into_bytes().to_vec();
        let seal = Seal(Sha256::digest(&link).into());
        (link, seal)
    }

    #[test]
    fn a_link_carries_the_seal_of_the_formula_for_every_length_of_a_body() {
        let mut key_schedule = KeySchedule::new(&AuditKey::new(&KEY, "test"));
        key_schedule.climb_to(3);
        // Twice around both places where the padding needs another block.
        for length in 0..=260 {
            let body: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let mut previous: Option<(Vec<u8>, Link)> = None;
            for position in 1..=3 {
                let (state, seal) = by_the_formula(position, &body, previous.as_ref().map(|it| it.0.as_slice()));
                let link =
                    absorb(key_schedule.hmac_state(position).unwrap(), &body).link(previous.as_ref().map(|it| &it.1));
                assert!(link.carries(&seal), "{length} bytes at position {position}");
                assert_eq!(link.seal_start(), seal.0[..2]);
                previous = Some((state, link));
            }
        }
    }

    #[test]
    fn no_other_seal_is_carried_however_close_it_is() {
        let mut key_schedule = KeySchedule::new(&AuditKey::new(&KEY, "test"));
        key_schedule.climb_to(1);
        let link = absorb(key_schedule.hmac_state(1).unwrap(), b"body").link(None);
        let (_, seal) = by_the_formula(1, b"body", None);
        for bit in 0..256 {
            let mut other = seal;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!link.carries(&other), "bit {bit}");
        }
    }
}
