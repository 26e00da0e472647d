//! SHA-256 with the instructions of x86-64, in their VEX encoding. One state takes two registers of four words, ABEF and
//! CDGH, as `sha256rnds2` wants them.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_loadu_si128, _mm_set_epi64x, _mm_sha256msg1_epu32,
    _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32, _mm_storeu_si128,
};

use super::{K, MessageBlock, MessageBlocks, MessageWords, State, compressions};

/// Proof that the processor has SHA-NI and AVX: there is no other way to make one than [`ShaNi::detect`].
#[derive(Clone, Copy, Debug)]
pub(in crate::chain) struct ShaNi(());

impl ShaNi {
    /// None where the processor lacks one of the instructions.
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3");
        has_all.then_some(Self(()))
    }
}

/// A state as `sha256rnds2` takes it.
#[derive(Clone, Copy)]
struct ShaNiState {
    abef: __m128i,
    cdgh: __m128i,
}

#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn load_state(state: &State) -> ShaNiState {
    let [low, high] = [state.as_ptr(), state[4..].as_ptr()];
    // SAFETY: both point to four words of `state`, which need no alignment.
    let (dcba, hgfe) = unsafe { (_mm_loadu_si128(low.cast()), _mm_loadu_si128(high.cast())) };
    let (cdab, efgh) = (_mm_shuffle_epi32(dcba, 0xb1), _mm_shuffle_epi32(hgfe, 0x1b));
    ShaNiState { abef: _mm_alignr_epi8(cdab, efgh, 8), cdgh: _mm_blend_epi16(efgh, cdab, 0xf0) }
}

#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn store_state(ShaNiState { abef, cdgh }: ShaNiState, state: &mut State) {
    let (feba, dchg) = (_mm_shuffle_epi32(abef, 0x1b), _mm_shuffle_epi32(cdgh, 0xb1));
    let (dcba, hgfe) = (_mm_blend_epi16(feba, dchg, 0xf0), _mm_alignr_epi8(dchg, feba, 8));
    let low: *mut u32 = state.as_mut_ptr();
    // SAFETY: the eight words of `state` are two times four, which need no alignment.
    unsafe {
        _mm_storeu_si128(low.cast(), dcba);
        _mm_storeu_si128(low.add(4).cast(), hgfe);
    }
}

/// The sixteen words of a block, four in a register.
#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn load_text(block: &MessageBlock) -> [__m128i; 4] {
    let big_endian = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    std::array::from_fn(|index| {
        // SAFETY: four times sixteen bytes are the 64 of a block, and need no alignment.
        let words = unsafe { _mm_loadu_si128(block.as_ptr().add(16 * index).cast()) };
        _mm_shuffle_epi8(words, big_endian)
    })
}

/// The same of a block that is words already.
#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn load_words(words: &MessageWords) -> [__m128i; 4] {
    // SAFETY: four times four words are the sixteen of a block, and need no alignment.
    std::array::from_fn(|index| unsafe { _mm_loadu_si128(words.as_ptr().add(4 * index).cast()) })
}

/// Four round constants.
#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn constants(rounds: usize) -> __m128i {
    // SAFETY: the slice has at least four words, or indexing it would have panicked.
    unsafe { _mm_loadu_si128(K[4 * rounds..4 * rounds + 4].as_ptr().cast()) }
}

/// Four rounds.
#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn four_rounds(state: &mut ShaNiState, words: __m128i, constants: __m128i) {
    let sums = _mm_add_epi32(words, constants);
    state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sums);
    state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sums, 0x0e));
}

/// Puts the next four words of the message schedule in the place of the oldest four.
#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn schedule(words: &mut [__m128i; 4], oldest: usize) {
    let [a, b, c, d] = std::array::from_fn(|after| words[(oldest + after) % 4]);
    let sums = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4));
    words[oldest] = _mm_sha256msg2_epu32(sums, d);
}

#[target_feature(enable = "sha,avx,sse4.1,ssse3")]
fn add(a: ShaNiState, b: ShaNiState) -> ShaNiState {
    ShaNiState { abef: _mm_add_epi32(a.abef, b.abef), cdgh: _mm_add_epi32(a.cdgh, b.cdgh) }
}

compressions!("sha,avx,sse4.1,ssse3", ShaNi);
