//! SHA-256 of the messages of the formula (FIPS 180-4), block by block, where the usual interface would hide the states that
//! can be shared between entries. Padding is fixed here, so that no caller counts bits; the compression is left to `arch`.

use super::arch::{BLOCK_BYTES, Hasher, MessageBlock, MessageBlocks, MessageWords, State};

/// FIPS 180-4, section 5.3.3.
pub(super) const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The digest of a 32-byte message.
///
/// The block stays on the stack and is overwritten by the next call; wiping it each time would cost as much as the hash.
pub(super) fn digest_of(message: &State) -> State {
    let mut state = INITIAL;
    Hasher::detect().compress(&mut state, MessageBlocks::Words(&last_block(message, 32)));
    state
}

/// The block that ends a message of `total` bytes whose last 32 are `words` and whose earlier ones filled whole blocks.
#[inline]
pub(super) fn last_block(words: &State, total: u64) -> MessageWords {
    let bits = total * 8;
    let [a, b, c, d, e, f, g, h] = *words;
    [a, b, c, d, e, f, g, h, 0x8000_0000, 0, 0, 0, 0, 0, (bits >> 32) as u32, bits as u32]
}

/// Ends a message of `total` bytes at `end` of its last blocks (FIPS 180-4, section 5.1.1): the length in bits closes the
/// block that has room for it. Returns how many blocks there are.
#[inline]
pub(super) fn pad(last: &mut [MessageBlock], end: usize, total: u64) -> usize {
    let bytes = last.as_flattened_mut();
    bytes[end] = 0x80;
    let length = if end + 9 <= BLOCK_BYTES { BLOCK_BYTES } else { 2 * BLOCK_BYTES };
    bytes[length - 8..length].copy_from_slice(&(total * 8).to_be_bytes());
    length / BLOCK_BYTES
}

/// Writes words as the first 32 of some bytes.
#[inline]
pub(super) fn put(words: &State, bytes: &mut [u8]) {
    for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *chunk = word.to_be_bytes();
    }
}

/// Reads 32 bytes as words.
#[inline]
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

    use super::*;

    #[test]
    fn a_digest_of_32_bytes_equals_the_ordinary_one() {
        for fill in [0u8, 1, 0x80, 0xff] {
            let bytes = [fill; 32];
            let ordinary: [u8; 32] = Sha256::digest(bytes).into();
            assert_eq!(digest_of(&words(&bytes)), words(&ordinary));
        }
    }
}
