//! The schedule of keys k(1), k(2), ... It depends on the audit key alone, so one serves every chain and can run ahead of the
//! data. Each key is kept as its two HMAC states, which saves two blocks an entry.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::arch::{BLOCK_BYTES, Hasher, MessageBlock, State};
use super::sha256::{INITIAL, digest_of, last_block, put, words};
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
        let mut state = HmacKeyState { inner: INITIAL, outer: INITIAL };
        let (inner, outer) = (self.padded_with(0x36), self.padded_with(0x5c));
        let HmacKeyState { inner: inner_state, outer: outer_state } = &mut state;
        Hasher::detect().compress_two([inner_state, outer_state], [&[inner], &[outer]]);
        state
    }

    /// k(n+1), and beside it the inner HMAC state of k(n): neither waits for the other.
    pub(super) fn next_and_inner(&self) -> (Self, State) {
        let (mut next, mut inner) = (INITIAL, INITIAL);
        let blocks = [last_block(&self.0, 32), self.padded_with(0x36)];
        Hasher::detect().compress_two([&mut next, &mut inner], [&blocks[..1], &blocks[1..]]);
        (Self(next), inner)
    }

    fn padded_with(&self, pad: u8) -> MessageBlock {
        let mut block = [pad; BLOCK_BYTES];
        put(&self.0.map(|word| word ^ u32::from_ne_bytes([pad; 4])), &mut block);
        block
    }
}

/// The HMAC of k(n) with nothing but its key taken in: as secret as the key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct HmacKeyState {
    pub(super) inner: State,
    pub(super) outer: State,
}

/// k(n) with its inner HMAC state, which comes for free with k(n+1); the outer one is still to be made.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct PartialKeyState {
    pub(super) key: StepKey,
    pub(super) inner: State,
}

impl PartialKeyState {
    /// This state, whose key is replaced by the next one.
    pub(super) fn advance(key: &mut StepKey) -> Self {
        let (next, inner) = key.next_and_inner();
        Self { key: std::mem::replace(key, next), inner }
    }

    /// Makes the outer states, which do not wait for one another.
    pub(super) fn complete(states: &[Self]) -> Vec<HmacKeyState> {
        let mut complete: Vec<HmacKeyState> =
            states.iter().map(|state| HmacKeyState { inner: state.inner, outer: INITIAL }).collect();
        let blocks: Zeroizing<Vec<MessageBlock>> =
            Zeroizing::new(states.iter().map(|it| it.key.padded_with(0x5c)).collect());
        let outer = complete.iter_mut().map(|state| &mut state.outer);
        Hasher::detect().compress_each(outer.zip(blocks.iter().map(std::slice::from_ref)));
        complete
    }
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
    pub(super) fn missing_up_to(&mut self, n: u64) -> Vec<PartialKeyState> {
        let missing = n.min(HMAC_STATES_MAX).saturating_sub(self.hmac_states.len() as u64);
        (0..missing).map(|_| PartialKeyState::advance(&mut self.top)).collect()
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
        let missing = self.missing_up_to(n);
        self.extend(PartialKeyState::complete(&missing));
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
