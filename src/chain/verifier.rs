//! One chain that is being followed: a position, the link it stands at and nothing else. No reader, no thread; several
//! chains of one stream are the business of `follow`.

use super::absorb::{Absorbed, absorb};
use super::ladder::{KeyLadder, RUNGS_MAX, Rung, StepKey};
use super::link::Link;
use crate::entry::Seal;

/// Verifies the entries of one chain in their order.
pub struct ChainVerifier {
    /// Entries verified so far: n of the last one.
    position: u64,
    /// h(n).
    link: Link,
    /// k(n+1), when the ladder does not reach that far.
    beyond: Option<StepKey>,
}

impl ChainVerifier {
    /// Begins a chain if `seal` is the one that `body` has as a first entry.
    pub(super) fn open(ladder: &mut KeyLadder, body: &[u8], seal: &Seal) -> Option<Self> {
        ladder.climb_to(1);
        let link = absorb(ladder.rung(1)?, body).link(None);
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

    /// k(n+1), when the ladder does not reach that far.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        self.beyond.as_ref()
    }

    /// Takes the next entry if `seal` is the one that `body` has at this place of the chain. The ladder must be of the
    /// chain's key.
    ///
    /// # Errors
    /// How the seal begins that `body` would have to carry here; the chain stays where it was.
    pub(super) fn feed(&mut self, ladder: &mut KeyLadder, body: &[u8], seal: &Seal) -> Result<(), [u8; 2]> {
        let link = self.absorb_next(ladder, body).link(Some(&self.link));
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

    fn absorb_next(&mut self, ladder: &mut KeyLadder, body: &[u8]) -> Absorbed {
        let n = self.position + 1;
        ladder.climb_to(n);
        match ladder.rung(n) {
            Some(rung) => absorb(rung, body),
            None => absorb(&self.rung_beyond(ladder, n), body),
        }
    }

    /// The rung of a position above the ladder's limit.
    fn rung_beyond(&mut self, ladder: &KeyLadder, n: u64) -> Rung {
        let key = self.beyond.get_or_insert_with(|| {
            let mut key = ladder.beyond().expect("the ladder is climbed to its limit before it ends").clone();
            for _ in RUNGS_MAX + 1..n {
                key = key.next();
            }
            key
        });
        key.rung()
    }
}
