//! The schedule of keys k(1), k(2), ... It depends on the audit key alone, so one serves every chain and can run ahead of the
//! data. Each key is kept as its two HMAC states, which saves two blocks an entry.

use std::sync::Arc;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arch::{Hasher, MessageBlocks, MessageWords, State};
use super::sha256::{INITIAL, digest_of, last_block, words};
use crate::key::AuditKey;

/// States that a key schedule keeps (64 bytes each, 1 MiB a key). Longer chains carry their own step keys beyond it.
pub(super) const HMAC_STATES_MAX: u64 = 1 << 14;

/// States that are climbed at a time, an even number.
const SEGMENT_STATES: usize = 128;

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

    /// Moves on to k(n+1); returns k(n) and its inner HMAC state, which is made beside it: neither waits for the other.
    pub(super) fn advance(&mut self) -> (Self, State) {
        let (mut next, mut inner) = (Self(INITIAL), INITIAL);
        let blocks = [&last_block(&self.0, 32), &self.padded_with(0x36)];
        Hasher::detect().compress_two([&mut next.0, &mut inner], blocks.map(MessageBlocks::Words));
        (std::mem::replace(self, next), inner)
    }

    /// The HMAC states of this key (RFC 2104: a 32-byte key is padded with zeros to a block).
    pub(super) fn hmac_state(&self) -> HmacKeyState {
        let mut state = HmacKeyState { inner: INITIAL, outer: INITIAL };
        let pads = [&self.padded_with(0x36), &self.outer_pad()];
        let HmacKeyState { inner, outer } = &mut state;
        Hasher::detect().compress_two([inner, outer], pads.map(MessageBlocks::Words));
        state
    }

    /// The block that makes the outer HMAC state of INITIAL.
    #[inline]
    pub(super) fn outer_pad(&self) -> MessageWords {
        self.padded_with(0x5c)
    }

    fn padded_with(&self, pad: u8) -> MessageWords {
        let pad = u32::from_ne_bytes([pad; 4]);
        let [a, b, c, d, e, f, g, h] = self.0.map(|word| word ^ pad);
        [a, b, c, d, e, f, g, h, pad, pad, pad, pad, pad, pad, pad, pad]
    }
}

/// The HMAC of k(n) with nothing but its key taken in: as secret as the key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct HmacKeyState {
    pub(super) inner: State,
    pub(super) outer: State,
}

/// The states of the first positions. A clone shares them, and stays as it is when the key schedule climbs on.
#[derive(Clone, Default)]
pub(super) struct HmacKeyStates(Arc<Vec<Arc<Vec<HmacKeyState>>>>);

impl HmacKeyStates {
    /// The last position that has a state.
    fn positions(&self) -> u64 {
        (self.0.len() * SEGMENT_STATES) as u64
    }

    /// The state of position `n`, when it was climbed.
    pub(super) fn get(&self, n: u64) -> Option<&HmacKeyState> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        self.0.get(index / SEGMENT_STATES)?.get(index % SEGMENT_STATES)
    }
}

/// The first states of one audit key, climbed as far as anyone asked.
pub(super) struct KeySchedule {
    states: HmacKeyStates,
    /// The key above the last state.
    top: StepKey,
}

impl KeySchedule {
    pub(super) fn new(key: &AuditKey) -> Self {
        Self { states: HmacKeyStates::default(), top: StepKey::first(key) }
    }

    /// Climbs to position `n` or the limit.
    pub(super) fn climb_to(&mut self, n: u64) {
        while self.states.positions() < n.min(HMAC_STATES_MAX) {
            let segment = Arc::new(self.next_segment());
            Arc::make_mut(&mut self.states.0).push(segment);
        }
    }

    fn next_segment(&mut self) -> Vec<HmacKeyState> {
        // Made once: a vector that grows would leave copies behind that nobody wipes.
        let mut states = Vec::with_capacity(SEGMENT_STATES);
        for _ in 0..SEGMENT_STATES / 2 {
            let ((a_key, a_inner), (b_key, b_inner)) = (self.top.advance(), self.top.advance());
            let (mut a, mut b) = (INITIAL, INITIAL);
            let pads = [&a_key.outer_pad(), &b_key.outer_pad()];
            Hasher::detect().compress_two([&mut a, &mut b], pads.map(MessageBlocks::Words));
            states.push(HmacKeyState { inner: a_inner, outer: a });
            states.push(HmacKeyState { inner: b_inner, outer: b });
        }
        states
    }

    /// The states that are climbed by now.
    pub(super) fn states(&self) -> &HmacKeyStates {
        &self.states
    }

    /// k(HMAC_STATES_MAX + 1), once the key schedule is climbed to its limit.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        (self.states.positions() == HMAC_STATES_MAX).then_some(&self.top)
    }
}
