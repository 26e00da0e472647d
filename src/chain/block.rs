//! SHA-256 by the block (FIPS 180-4), where the usual interface would hide the states that can be shared between
//! entries. Padding is fixed here, so that no caller counts bits.

use sha2::block_api::compress256;

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

/// SHA-256 of 32 bytes: one block with fixed padding.
pub(super) fn digest_of_32(bytes: &[u8; 32]) -> [u8; 32] {
    let mut state = INITIAL;
    finish_32(&mut state, bytes, 32);
    output(&state)
}

/// Ends a message of `total` bytes whose last 32 bytes are `bytes` and whose earlier ones filled whole blocks.
pub(super) fn finish_32(state: &mut State, bytes: &[u8; 32], total: u64) {
    let mut block = [0; BLOCK_BYTES];
    block[..32].copy_from_slice(bytes);
    block[32] = 0x80;
    block[56..].copy_from_slice(&(total * 8).to_be_bytes());
    compress256(state, std::slice::from_ref(&block));
}

/// The state as the 32 bytes of a digest.
pub(super) fn output(state: &State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    #[test]
    fn a_digest_of_32_bytes_equals_the_ordinary_one() {
        for fill in [0u8, 1, 0x80, 0xff] {
            let bytes = [fill; 32];
            assert_eq!(super::digest_of_32(&bytes)[..], Sha256::digest(bytes)[..]);
        }
    }
}
