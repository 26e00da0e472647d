//! An entry with everything hashed that does not depend on its predecessor: LE(n) comes before h(n-1) in the MAC, so the
//! whole blocks of LE(n) can be taken in for many entries at once, in any order.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::block::{self, BLOCK_BYTES, State};
use super::key_schedule::HmacKeyState;

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
    block::blocks(&mut inner, whole);
    let mut tail = [0; BLOCK_BYTES];
    tail[..rest.len()].copy_from_slice(rest);
    Absorbed { inner, outer: hmac_state.outer, tail, tail_bytes: rest.len() as u8, body_bytes: body.len() as u64 }
}
