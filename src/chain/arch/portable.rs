//! SHA-256 for every processor, by the block interface of `sha2`.

use sha2::block_api::compress256;

use super::{BLOCK_BYTES, MessageBlock, MessageBlocks, State};

pub(super) fn compress(state: &mut State, message: MessageBlocks<'_>) {
    match message {
        MessageBlocks::Text(blocks) => compress256(state, blocks),
        MessageBlocks::Words(words) => {
            let mut block: MessageBlock = [0; BLOCK_BYTES];
            for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
                *bytes = word.to_be_bytes();
            }
            compress256(state, &[block]);
        }
    }
}
