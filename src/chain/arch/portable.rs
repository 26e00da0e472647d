//! SHA-256 for every processor, by the block interface of `sha2`.

use sha2::block_api::compress256;

use super::{MessageBlock, State};

pub(super) fn compress(state: &mut State, blocks: &[MessageBlock]) {
    compress256(state, blocks);
}
