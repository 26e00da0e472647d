//! One chain that is being followed: a position, the link it stands at and nothing else. No reader, no thread; several
//! chains of one stream are the business of `follow`.

use super::absorb::{Absorbed, absorb};
use super::key_schedule::{HMAC_STATES_MAX, HmacKeyState, KeySchedule, StepKey};
use super::link::Link;
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
