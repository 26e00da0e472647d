//! One chain that is being verified: an entry is absorbed ahead of its turn, linked to h(n-1), and its seal is compared. The
//! secret link never leaves this file; several chains of one stream are the business of `follow`.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arch::{BLOCK_BYTES, Hasher, MessageBlock, State};
use super::key_schedule::{HMAC_STATES_MAX, HmacKeyState, KeySchedule, StepKey};
use super::sha256::{INITIAL, digest_of, last_block, pad, put, words};
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
            None => absorb(&self.state_beyond(key_schedule, n), body),
        }
    }

    /// The state of a position above the key schedule's limit.
    fn state_beyond(&mut self, key_schedule: &KeySchedule, n: u64) -> HmacKeyState {
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
        let [first, second, ..] = digest_of(&self.0)[0].to_be_bytes();
        [first, second]
    }

    /// Whether a seal of the log belongs to this link: the only use of a whole seal. Takes the same time for every seal.
    pub(super) fn carries(&self, seal: &Seal) -> bool {
        is_seal(&digest_of(&self.0), seal)
    }

    /// The same of two links.
    pub(super) fn both_carry(links: [&Self; 2], seals: [&Seal; 2]) -> [bool; 2] {
        let [mut a, mut b] = [INITIAL; 2];
        let [a_block, b_block] = links.map(|link| last_block(&link.0, 32));
        Hasher::detect().compress_two([&mut a, &mut b], [&[a_block], &[b_block]]);
        [is_seal(&a, seals[0]), is_seal(&b, seals[1])]
    }
}

/// Compares a computed seal with the one that was found.
fn is_seal(computed: &State, found: &Seal) -> bool {
    let difference = computed.iter().zip(words(&found.0)).fold(0, |sum, (a, b)| sum | (a ^ b));
    difference.ct_eq(&0).into()
}

/// HMAC(k(n), LE(n) || ...) waiting for h(n-1). As secret as the key of its position.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Absorbed {
    inner: State,
    outer: State,
    /// The bytes of LE(n) after its last whole block: text of the log, no secret.
    #[zeroize(skip)]
    tail: MessageBlock,
    /// How many bytes of `tail` count: 0 to 63.
    tail_bytes: u8,
    /// Bytes of LE(n).
    body_bytes: u64,
}

impl Absorbed {
    /// Waits with the key of its position; whole blocks of `body` are still to be taken into `inner`.
    fn begin<'b>(hmac_state: &HmacKeyState, body: &'b [u8]) -> (Self, &'b [MessageBlock]) {
        let (whole, rest) = body.as_chunks::<BLOCK_BYTES>();
        let mut tail = [0; BLOCK_BYTES];
        tail[..rest.len()].copy_from_slice(rest);
        let HmacKeyState { inner, outer } = *hmac_state;
        let (tail_bytes, body_bytes) = (rest.len() as u8, body.len() as u64);
        (Self { inner, outer, tail, tail_bytes, body_bytes }, whole)
    }

    /// h(n) = HMAC(k(n), LE(n) || h(n-1)); `previous` is None for the first entry of a chain.
    pub(super) fn link(&self, previous: Option<&Link>) -> Link {
        let (last, blocks) = self.last_blocks(previous);
        let mut inner = self.inner;
        Hasher::detect().compress(&mut inner, &last[..blocks]);
        self.close(&inner)
    }

    /// The same, and beside it whether the link before carries its seal: that does not depend on this one, so that the
    /// processor does both at once.
    pub(super) fn link_and_check(&self, before: &Link, seal: &Seal) -> (Link, bool) {
        let (last, blocks) = self.last_blocks(Some(before));
        let (mut inner, mut computed) = (self.inner, INITIAL);
        let seal_block = last_block(&before.0, 32);
        Hasher::detect().compress_two([&mut inner, &mut computed], [&last[..blocks], &[seal_block]]);
        (self.close(&inner), is_seal(&computed, seal))
    }

    /// The same for the entries of two chains at once.
    pub(super) fn link_two([a, b]: [&Self; 2], previous: [Option<&Link>; 2]) -> [Link; 2] {
        let hasher = Hasher::detect();
        let ((a_last, a_blocks), (b_last, b_blocks)) = (a.last_blocks(previous[0]), b.last_blocks(previous[1]));
        let (mut a_inner, mut b_inner) = (a.inner, b.inner);
        hasher.compress_two([&mut a_inner, &mut b_inner], [&a_last[..a_blocks], &b_last[..b_blocks]]);
        let (mut a_outer, mut b_outer) = (a.outer, b.outer);
        let [a_block, b_block] = [a_inner, b_inner].map(|inner| last_block(&inner, BLOCK_BYTES as u64 + 32));
        hasher.compress_two([&mut a_outer, &mut b_outer], [&[a_block], &[b_block]]);
        [Link(a_outer), Link(b_outer)]
    }

    /// What ends the inner message, and how many blocks it takes.
    fn last_blocks(&self, previous: Option<&Link>) -> ([MessageBlock; 2], usize) {
        let tail = usize::from(self.tail_bytes);
        let mut last = [[0; BLOCK_BYTES]; 2];
        let bytes = last.as_flattened_mut();
        bytes[..BLOCK_BYTES].copy_from_slice(&self.tail);
        let chained = previous.map_or(0, |Link(words)| {
            put(words, &mut bytes[tail..tail + 32]);
            32
        });
        let blocks = pad(&mut last, tail + chained, BLOCK_BYTES as u64 + self.body_bytes + chained as u64);
        (last, blocks)
    }

    /// The outer hash.
    fn close(&self, inner: &State) -> Link {
        let mut outer = self.outer;
        Hasher::detect().compress(&mut outer, &[last_block(inner, BLOCK_BYTES as u64 + 32)]);
        Link(outer)
    }
}

/// Takes in LE(n) with the key of its position.
pub(super) fn absorb(hmac_state: &HmacKeyState, body: &[u8]) -> Absorbed {
    let (mut absorbed, whole) = Absorbed::begin(hmac_state, body);
    Hasher::detect().compress(&mut absorbed.inner, whole);
    absorbed
}

/// The same for many entries, of which none waits for another. None when one of them is.
pub(super) fn absorb_all<'b>(
    entries: impl ExactSizeIterator<Item = Option<(&'b HmacKeyState, &'b [u8])>>,
) -> Option<Vec<Absorbed>> {
    // Made once: a vector that grows would leave copies behind that nobody wipes.
    let mut absorbed = Vec::with_capacity(entries.len());
    let mut wholes = Vec::with_capacity(entries.len());
    for entry in entries {
        let (hmac_state, body) = entry?;
        let (entry, whole) = Absorbed::begin(hmac_state, body);
        absorbed.push(entry);
        wholes.push(whole);
    }
    Hasher::detect().compress_each(absorbed.iter_mut().map(|entry| &mut entry.inner).zip(wholes));
    Some(absorbed)
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
