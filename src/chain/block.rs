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
