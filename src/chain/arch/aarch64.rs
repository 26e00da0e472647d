//! SHA-256 with the instructions of AArch64 (SHA-2 extension). One state takes two registers of four words, ABCD and EFGH.
#![allow(unsafe_code)]

use std::arch::aarch64::{
    uint32x4_t, vaddq_u32, vld1q_u8, vld1q_u32, vreinterpretq_u32_u8, vrev32q_u8, vsha256h2q_u32, vsha256hq_u32,
    vsha256su0q_u32, vsha256su1q_u32, vst1q_u32,
};
use std::arch::is_aarch64_feature_detected;

use super::{K, MessageBlock, MessageBlocks, MessageWords, State, compressions};

/// Proof that the processor has the SHA-2 extension: there is no other way to make one than [`Sha2::detect`].
#[derive(Clone, Copy, Debug)]
pub(in crate::chain) struct Sha2(());

impl Sha2 {
    /// None where the processor lacks the instructions.
    pub(super) fn detect() -> Option<Self> {
        (is_aarch64_feature_detected!("sha2") && is_aarch64_feature_detected!("neon")).then_some(Self(()))
    }
}

/// A state as the instructions take it.
#[derive(Clone, Copy)]
struct Sha2State {
    abcd: uint32x4_t,
    efgh: uint32x4_t,
}

#[target_feature(enable = "sha2,neon")]
fn load_state(state: &State) -> Sha2State {
    // SAFETY: both point to four words of `state`.
    unsafe { Sha2State { abcd: vld1q_u32(state.as_ptr()), efgh: vld1q_u32(state[4..].as_ptr()) } }
}

#[target_feature(enable = "sha2,neon")]
fn store_state(registers: Sha2State, state: &mut State) {
    let low = state.as_mut_ptr();
    // SAFETY: the eight words of `state` are two times four.
    unsafe {
        vst1q_u32(low, registers.abcd);
        vst1q_u32(low.add(4), registers.efgh);
    }
}

/// The sixteen words of a block, four in a register.
#[target_feature(enable = "sha2,neon")]
fn load_text(block: &MessageBlock) -> [uint32x4_t; 4] {
    std::array::from_fn(|index| {
        // SAFETY: four times sixteen bytes are the 64 of a block.
        let bytes = unsafe { vld1q_u8(block.as_ptr().add(16 * index)) };
        vreinterpretq_u32_u8(vrev32q_u8(bytes))
    })
}

/// The same of a block that is words already.
#[target_feature(enable = "sha2,neon")]
fn load_words(words: &MessageWords) -> [uint32x4_t; 4] {
    // SAFETY: four times four words are the sixteen of a block.
    std::array::from_fn(|index| unsafe { vld1q_u32(words.as_ptr().add(4 * index)) })
}

/// Four round constants.
#[target_feature(enable = "sha2,neon")]
fn constants(rounds: usize) -> uint32x4_t {
    // SAFETY: the slice has four words, or indexing it would have panicked.
    unsafe { vld1q_u32(K[4 * rounds..4 * rounds + 4].as_ptr()) }
}

/// Four rounds.
#[target_feature(enable = "sha2,neon")]
fn four_rounds(state: &mut Sha2State, words: uint32x4_t, constants: uint32x4_t) {
    let sums = vaddq_u32(words, constants);
    let abcd = state.abcd;
    state.abcd = vsha256hq_u32(abcd, state.efgh, sums);
    state.efgh = vsha256h2q_u32(state.efgh, abcd, sums);
}

/// Puts the next four words of the message schedule in the place of the oldest four.
#[target_feature(enable = "sha2,neon")]
fn schedule(words: &mut [uint32x4_t; 4], oldest: usize) {
    let [a, b, c, d] = std::array::from_fn(|after| words[(oldest + after) % 4]);
    words[oldest] = vsha256su1q_u32(vsha256su0q_u32(a, b), c, d);
}

#[target_feature(enable = "sha2,neon")]
fn add(a: Sha2State, b: Sha2State) -> Sha2State {
    Sha2State { abcd: vaddq_u32(a.abcd, b.abcd), efgh: vaddq_u32(a.efgh, b.efgh) }
}

compressions!("sha2,neon", Sha2);
