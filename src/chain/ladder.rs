//! The ladder of keys k(1), k(2), ... It depends on the audit key alone, so one ladder serves every chain and can run
//! ahead of the data. Each rung is kept as the two HMAC states of its key, which saves two blocks an entry.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::block::{self, BLOCK_BYTES, State};
use crate::key::AuditKey;

/// Rungs that a ladder keeps (64 bytes each, 4 MiB a key). Longer chains carry their own step key beyond it.
pub(super) const RUNGS_MAX: u64 = 1 << 16;

/// k(n): the secret of one position in a chain.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct StepKey([u8; 32]);

impl StepKey {
    /// k(1).
    pub(super) fn first(key: &AuditKey) -> Self {
        Self(block::digest_of_32(key.bytes()))
    }

    /// k(n+1).
    pub(super) fn next(&self) -> Self {
        Self(block::digest_of_32(&self.0))
    }

    /// The HMAC states of this key (RFC 2104: a 32-byte key is padded with zeros to a block).
    pub(super) fn rung(&self) -> Rung {
        let mut pad = [0x36; BLOCK_BYTES];
        for (byte, key) in pad.iter_mut().zip(&self.0) {
            *byte ^= key;
        }
        let inner = block::first_block(&pad);
        for byte in &mut pad {
            *byte ^= 0x36 ^ 0x5c;
        }
        let outer = block::first_block(&pad);
        pad.zeroize();
        Rung { inner, outer }
    }
}

/// The HMAC of k(n) with nothing but its key taken in: as secret as the key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Rung {
    pub(super) inner: State,
    pub(super) outer: State,
}

/// The first rungs of one audit key, climbed as far as anyone asked.
pub(super) struct KeyLadder {
    rungs: Vec<Rung>,
    /// The key above the last rung.
    top: StepKey,
}

impl KeyLadder {
    pub(super) fn new(key: &AuditKey) -> Self {
        Self { rungs: Vec::new(), top: StepKey::first(key) }
    }

    /// The keys from the first missing rung up to position `n` or the limit; [`Self::extend`] takes their rungs.
    pub(super) fn missing_up_to(&mut self, n: u64) -> Vec<StepKey> {
        let missing = n.min(RUNGS_MAX).saturating_sub(self.rungs.len() as u64);
        (0..missing)
            .map(|_| {
                let above = self.top.next();
                std::mem::replace(&mut self.top, above)
            })
            .collect()
    }

    /// Adds the rungs of the keys that [`Self::missing_up_to`] gave, in their order.
    pub(super) fn extend(&mut self, rungs: Vec<Rung>) {
        // A plain `extend` could move the rungs and leave their old memory unwiped.
        if self.rungs.capacity() < self.rungs.len() + rungs.len() {
            let room = (self.rungs.len() + rungs.len()).next_power_of_two();
            let mut larger = Vec::with_capacity(room);
            larger.extend(self.rungs.iter().cloned());
            self.rungs = larger;
        }
        self.rungs.extend(rungs);
    }

    /// Climbs to position `n`, one rung after the other.
    pub(super) fn climb_to(&mut self, n: u64) {
        let rungs = self.missing_up_to(n).iter().map(StepKey::rung).collect();
        self.extend(rungs);
    }

    /// The rung of position `n`, when it was climbed.
    pub(super) fn rung(&self, n: u64) -> Option<&Rung> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        self.rungs.get(index)
    }

    /// k(RUNGS_MAX + 1), once the ladder is climbed to its limit.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        (self.rungs.len() as u64 == RUNGS_MAX).then_some(&self.top)
    }
}
