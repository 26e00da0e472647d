//! The serial rest of the formula: h(n) from an absorbed entry and h(n-1), and the one door from the secret link to the
//! public seal.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::absorb::Absorbed;
use super::block::{self, BLOCK_BYTES};
use crate::entry::Seal;

/// h(n): never printed, or anyone could continue the chain.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Link([u8; 32]);

impl Link {
    /// IC(n) = SHA-256(h(n)). The only way from a link to something public: the hash cannot be turned back, and a seal
    /// that is computed here for the log's own text is the one that already stands in a genuine log.
    pub(super) fn seal(&self) -> Seal {
        Seal(block::digest_of_32(&self.0))
    }

    /// Whether a seal of the log belongs to this link, without telling by time how much of it does.
    pub(super) fn carries(&self, seal: &Seal) -> bool {
        self.seal().0.ct_eq(&seal.0).into()
    }
}

impl Absorbed {
    /// h(n) = HMAC(k(n), LE(n) || h(n-1)); `previous` is None for the first entry of a chain.
    pub(super) fn link(&self, previous: Option<&Link>) -> Link {
        let chained = if previous.is_some() { 32 } else { 0 };
        let tail = usize::from(self.tail_bytes);
        let mut last = [[0; BLOCK_BYTES]; 2];
        let bytes = last.as_flattened_mut();
        bytes[..tail].copy_from_slice(&self.tail[..tail]);
        if let Some(Link(h)) = previous {
            bytes[tail..tail + 32].copy_from_slice(h);
        }
        let end = tail + chained;
        bytes[end] = 0x80;
        // FIPS 180-4, section 5.1.1: the length in bits closes the block that has room for it.
        let length = if end + 9 <= BLOCK_BYTES { BLOCK_BYTES } else { 2 * BLOCK_BYTES };
        let message_bits = (BLOCK_BYTES as u64 + self.body_bytes + chained as u64) * 8;
        bytes[length - 8..length].copy_from_slice(&message_bits.to_be_bytes());
        let mut inner = self.inner;
        block::blocks(&mut inner, &last[..length / BLOCK_BYTES]);
        last.zeroize();
        let mut outer = self.outer;
        block::finish_32(&mut outer, &block::output(&inner), BLOCK_BYTES as u64 + 32);
        Link(block::output(&outer))
    }
}
