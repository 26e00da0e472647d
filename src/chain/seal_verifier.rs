//! One chain that is being verified: an entry is absorbed ahead of its turn, linked to h(n-1), and its seal is compared. The
//! secret link never leaves this file; several chains of one stream are the business of `follow`.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::key_schedule::{self, BLOCK_BYTES, HMAC_STATES_MAX, HmacKeyState, KeySchedule, State, StepKey};
use crate::entry::Seal;

/// Verifies the entries of one chain in their order.
pub struct ChainVerifier {
    /// Entries verified so far: n of the last one.
    position: u64,
    /// h(n).
    link: Link,
    /// k(n+1), when the key schedule does not reach that far.
    beyond: Option<StepKey>,
}

impl ChainVerifier {
    /// Begins a chain if `seal` is the one that `body` has as a first entry.
    pub(super) fn open(key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> Option<Self> {
        key_schedule.climb_to(1);
        let link = absorb(key_schedule.hmac_state(1)?, body).link(None);
        link.carries(seal).then_some(Self { position: 1, link, beyond: None })
    }

    /// A chain whose first entries were verified already.
    pub(super) fn at(position: u64, link: Link, beyond: Option<StepKey>) -> Self {
        Self { position, link, beyond }
    }

    /// Entries verified so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// k(n+1), when the key schedule does not reach that far.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        self.beyond.as_ref()
    }

    /// Takes the next entry if `seal` is the one that `body` has at this place of the chain. The key schedule must be of the
    /// chain's key.
    ///
    /// # Errors
    /// How the seal begins that `body` would have to carry here; the chain stays where it was.
    pub(super) fn feed(&mut self, key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> Result<(), [u8; 2]> {
        let link = self.absorb_next(key_schedule, body).link(Some(&self.link));
        if !link.carries(seal) {
            return Err(link.seal_start());
        }
        self.link = link;
        self.position += 1;
        if let Some(key) = &self.beyond {
            self.beyond = Some(key.next());
        }
        Ok(())
    }

    fn absorb_next(&mut self, key_schedule: &mut KeySchedule, body: &[u8]) -> Absorbed {
        let n = self.position + 1;
        key_schedule.climb_to(n);
        match key_schedule.hmac_state(n) {
            Some(hmac_state) => absorb(hmac_state, body),
            None => absorb(&self.rung_beyond(key_schedule, n), body),
        }
    }

    /// The state of a position above the key schedule's limit.
    fn rung_beyond(&mut self, key_schedule: &KeySchedule, n: u64) -> HmacKeyState {
        let key = self.beyond.get_or_insert_with(|| {
            let mut key = key_schedule.beyond().expect("the schedule is climbed to its limit before it ends").clone();
            for _ in HMAC_STATES_MAX + 1..n {
                key = key.next();
            }
            key
        });
        key.hmac_state()
    }
}

/// h(n): never printed, or anyone could continue the chain.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Link(State);

impl Link {
    /// The first two bytes of IC(n) = SHA-256(h(n)), for people to compare. Public, because the hash cannot be turned
    /// back and two bytes do not finish anybody's forged line.
    pub(super) fn seal_start(&self) -> [u8; 2] {
        let [first, second, ..] = key_schedule::digest_of(&self.0)[0].to_be_bytes();
        [first, second]
    }

    /// Whether a seal of the log belongs to this link: the only use of a whole seal. Takes the same time for every seal.
    pub(super) fn carries(&self, seal: &Seal) -> bool {
        let computed = key_schedule::digest_of(&self.0);
        let found = key_schedule::words(&seal.0);
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
            key_schedule::put(words, &mut bytes[tail..tail + 32]);
            32
        });
        let end = tail + chained;
        bytes[end] = 0x80;
        // FIPS 180-4, section 5.1.1: the length in bits closes the block that has room for it.
        let length = if end + 9 <= BLOCK_BYTES { BLOCK_BYTES } else { 2 * BLOCK_BYTES };
        let message_bits = (BLOCK_BYTES as u64 + self.body_bytes + chained as u64) * 8;
        bytes[length - 8..length].copy_from_slice(&message_bits.to_be_bytes());
        let mut inner = self.inner;
        key_schedule::blocks(&mut inner, &last[..length / BLOCK_BYTES]);
        let mut outer = self.outer;
        key_schedule::finish(&mut outer, &inner, BLOCK_BYTES as u64 + 32);
        Link(outer)
    }
}

/// HMAC(k(n), LE(n) || ...) waiting for h(n-1). As secret as the key of its position.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Absorbed {
    pub(super) inner: State,
    pub(super) outer: State,
    /// The bytes of LE(n) after its last whole block: text of the log, no secret.
    #[zeroize(skip)]
    pub(super) tail: [u8; BLOCK_BYTES],
    /// How many bytes of `tail` count: 0 to 63.
    pub(super) tail_bytes: u8,
    /// Bytes of LE(n).
    pub(super) body_bytes: u64,
}

/// Takes in LE(n) with the key of its position.
pub(super) fn absorb(hmac_state: &HmacKeyState, body: &[u8]) -> Absorbed {
    let (whole, rest) = body.as_chunks::<BLOCK_BYTES>();
    let mut inner = hmac_state.inner;
    key_schedule::blocks(&mut inner, whole);
    let mut tail = [0; BLOCK_BYTES];
    tail[..rest.len()].copy_from_slice(rest);
    Absorbed { inner, outer: hmac_state.outer, tail, tail_bytes: rest.len() as u8, body_bytes: body.len() as u64 }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::super::key_schedule::KeySchedule;
    use super::{Link, absorb};
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
