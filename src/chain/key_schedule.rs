//! The schedule of keys k(1), k(2), ... and SHA-256 by the block (FIPS 180-4). The schedule depends on the audit key alone, so
//! one serves every chain and can run ahead of the data; each key is kept as its two HMAC states, which saves two blocks an
//! entry, and which the usual interface of a hash function would hide.

use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::AuditKey;

/// States that a key schedule keeps (64 bytes each, 4 MiB a key). Longer chains carry their own step key beyond it.
pub(super) const HMAC_STATES_MAX: u64 = 1 << 16;

/// k(n): the secret of one position in a chain. Kept as words, which are wiped four times as fast as bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct StepKey(State);

impl StepKey {
    /// k(1).
    pub(super) fn first(key: &AuditKey) -> Self {
        Self(digest_of(&words(key.bytes())))
    }

    /// k(n+1).
    pub(super) fn next(&self) -> Self {
        Self(digest_of(&self.0))
    }

    /// The HMAC states of this key (RFC 2104: a 32-byte key is padded with zeros to a block).
    pub(super) fn hmac_state(&self) -> HmacKeyState {
        HmacKeyState { inner: self.padded_with(0x36), outer: self.padded_with(0x5c) }
    }

    fn padded_with(&self, pad: u8) -> State {
        let mut block = [pad; BLOCK_BYTES];
        put(&self.0.map(|word| word ^ u32::from_ne_bytes([pad; 4])), &mut block);
        first_block(&block)
    }
}

/// The HMAC of k(n) with nothing but its key taken in: as secret as the key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct HmacKeyState {
    pub(super) inner: State,
    pub(super) outer: State,
}

/// The first states of one audit key, climbed as far as anyone asked.
pub(super) struct KeySchedule {
    hmac_states: Vec<HmacKeyState>,
    /// The key above the last state.
    top: StepKey,
}

impl KeySchedule {
    pub(super) fn new(key: &AuditKey) -> Self {
        Self { hmac_states: Vec::new(), top: StepKey::first(key) }
    }

    /// The keys from the first missing state up to position `n` or the limit; [`Self::extend`] takes their states.
    pub(super) fn missing_up_to(&mut self, n: u64) -> Vec<StepKey> {
        let missing = n.min(HMAC_STATES_MAX).saturating_sub(self.hmac_states.len() as u64);
        (0..missing)
            .map(|_| {
                let above = self.top.next();
                std::mem::replace(&mut self.top, above)
            })
            .collect()
    }

    /// Adds the states of the keys that [`Self::missing_up_to`] gave, in their order.
    pub(super) fn extend(&mut self, hmac_states: Vec<HmacKeyState>) {
        // A plain `extend` could move the states and leave their old memory unwiped.
        if self.hmac_states.capacity() < self.hmac_states.len() + hmac_states.len() {
            let room = (self.hmac_states.len() + hmac_states.len()).next_power_of_two();
            let mut larger = Vec::with_capacity(room);
            larger.extend(self.hmac_states.iter().cloned());
            self.hmac_states = larger;
        }
        self.hmac_states.extend(hmac_states);
    }

    /// Climbs to position `n`, one state after the other.
    pub(super) fn climb_to(&mut self, n: u64) {
        let hmac_states = self.missing_up_to(n).iter().map(StepKey::hmac_state).collect();
        self.extend(hmac_states);
    }

    /// The state of position `n`, when it was climbed.
    pub(super) fn hmac_state(&self, n: u64) -> Option<&HmacKeyState> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        self.hmac_states.get(index)
    }

    /// k(HMAC_STATES_MAX + 1), once the key schedule is climbed to its limit.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        (self.hmac_states.len() as u64 == HMAC_STATES_MAX).then_some(&self.top)
    }
}

/// The eight working words between two blocks.
pub(super) type State = [u32; 8];

/// Bytes of one SHA-256 block.
pub(super) const BLOCK_BYTES: usize = 64;

/// FIPS 180-4, section 5.3.3.
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The state after one block that starts a message.
pub(super) fn first_block(block: &[u8; BLOCK_BYTES]) -> State {
    let mut state = INITIAL;
    compress256(&mut state, std::slice::from_ref(block));
    state
}

/// Takes in whole blocks.
pub(super) fn blocks(state: &mut State, blocks: &[[u8; BLOCK_BYTES]]) {
    compress256(state, blocks);
}

/// The state of a message's only block, and the digest it stands for: the words of a 32-byte message, padded.
///
/// The block stays on the stack and is overwritten by the next call; wiping it each time would cost as much as the hash.
pub(super) fn digest_of(message: &State) -> State {
    let mut state = INITIAL;
    finish(&mut state, message, 32);
    state
}

/// Ends a message of `total` bytes whose last 32 bytes are `words` and whose earlier ones filled whole blocks.
pub(super) fn finish(state: &mut State, words: &State, total: u64) {
    let mut block = [0; BLOCK_BYTES];
    put(words, &mut block);
    block[32] = 0x80;
    block[56..].copy_from_slice(&(total * 8).to_be_bytes());
    compress256(state, std::slice::from_ref(&block));
}

/// Writes words as the first 32 of some bytes.
pub(super) fn put(words: &State, bytes: &mut [u8]) {
    for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *chunk = word.to_be_bytes();
    }
}

/// Reads 32 bytes as words.
pub(super) fn words(bytes: &[u8; 32]) -> State {
    let mut words = [0; 8];
    for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*chunk);
    }
    words
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    #[test]
    fn a_digest_of_32_bytes_equals_the_ordinary_one() {
        for fill in [0u8, 1, 0x80, 0xff] {
            let bytes = [fill; 32];
            let ordinary: [u8; 32] = Sha256::digest(bytes).into();
            assert_eq!(super::digest_of(&super::words(&bytes)), super::words(&ordinary));
        }
    }
}
