//! SHA-256 compression of one message and of two at once (FIPS 180-4, section 6.2.2). The instructions of processors are bound
//! by latency: a second, independent stream through the same registers is nearly free, and no safe crate offers that.
//! The only folder with `unsafe`; how messages begin and end is left to `sha256`.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use std::sync::OnceLock;

/// The eight working words between two blocks.
pub(in crate::chain) type State = [u32; 8];

/// Bytes of one block.
pub(in crate::chain) const BLOCK_BYTES: usize = 64;

/// One block of a message.
pub(in crate::chain) type MessageBlock = [u8; BLOCK_BYTES];

/// The same as the words that the rounds take.
pub(in crate::chain) type MessageWords = [u32; 16];

/// What is taken into a state. A block that is made of the words of another state is not written out as bytes, which would
/// only be read back at once.
#[derive(Clone, Copy)]
pub(in crate::chain) enum MessageBlocks<'a> {
    Text(&'a [MessageBlock]),
    Words(&'a MessageWords),
}

/// The round constants (FIPS 180-4, section 4.2.2).
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The compressions of a backend, of one message and of two, made of its architecture's own `load_state`, `load_text`, `load_words`,
/// `schedule`, `four_rounds`, `add` and `store_state`.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! compressions {
    ($features:literal, $backend:ident) => {
        use std::slice::from_ref;

        impl $backend {
            #[inline]
            pub(super) fn compress(self, state: &mut State, message: MessageBlocks<'_>) {
                // SAFETY: `self` exists, so `detect` found every feature that the functions are compiled for.
                unsafe {
                    match message {
                        MessageBlocks::Text(blocks) => compress_text(state, blocks),
                        MessageBlocks::Words(words) => compress_words(state, from_ref(words)),
                    }
                }
            }

            /// Two messages of equally many blocks.
            #[inline]
            pub(super) fn compress_two(self, [a, b]: [&mut State; 2], messages: [MessageBlocks<'_>; 2]) {
                // SAFETY: `self` exists, so `detect` found every feature that the functions are compiled for.
                unsafe {
                    match messages {
                        [MessageBlocks::Text(a_text), MessageBlocks::Text(b_text)] => compress_texts([a, b], a_text, b_text),
                        [MessageBlocks::Text(text), MessageBlocks::Words(words)] => {
                            compress_text_and_words([a, b], text, from_ref(words));
                        }
                        [MessageBlocks::Words(words), MessageBlocks::Text(text)] => {
                            compress_text_and_words([b, a], text, from_ref(words));
                        }
                        [MessageBlocks::Words(a_words), MessageBlocks::Words(b_words)] => {
                            compress_words_two([a, b], from_ref(a_words), from_ref(b_words));
                        }
                    }
                }
            }
        }

        compressions!(one $features compress_text(MessageBlock, load_text): 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        compressions!(one $features compress_words(MessageWords, load_words): 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        compressions!(two $features compress_texts(MessageBlock, load_text, MessageBlock, load_text):
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        compressions!(two $features compress_text_and_words(MessageBlock, load_text, MessageWords, load_words):
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        compressions!(two $features compress_words_two(MessageWords, load_words, MessageWords, load_words):
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    };
    // The 64 rounds are no loop: with indices that are no constants, the words of the message schedule leave their registers.
    (one $features:literal $name:ident($block:ty, $load:ident): $($number:literal)*) => {
        #[target_feature(enable = $features)]
        fn $name(state: &mut State, blocks: &[$block]) {
            let mut registers = load_state(state);
            for block in blocks {
                let before = registers;
                let mut words = $load(block);
                $(
                    if $number >= 4 {
                        schedule(&mut words, $number % 4);
                    }
                    four_rounds(&mut registers, words[$number % 4], constants($number));
                )*
                registers = add(before, registers);
            }
            store_state(registers, state);
        }
    };
    // Two messages of equally many blocks, round by round.
    (two $features:literal $name:ident($a_block:ty, $a_load:ident, $b_block:ty, $b_load:ident): $($number:literal)*) => {
        #[target_feature(enable = $features)]
        fn $name([a_state, b_state]: [&mut State; 2], a_blocks: &[$a_block], b_blocks: &[$b_block]) {
            let (mut a, mut b) = (load_state(a_state), load_state(b_state));
            for (a_block, b_block) in a_blocks.iter().zip(b_blocks) {
                let before = (a, b);
                let (mut a_words, mut b_words) = ($a_load(a_block), $b_load(b_block));
                $(
                    if $number >= 4 {
                        schedule(&mut a_words, $number % 4);
                        schedule(&mut b_words, $number % 4);
                    }
                    four_rounds(&mut a, a_words[$number % 4], constants($number));
                    four_rounds(&mut b, b_words[$number % 4], constants($number));
                )*
                (a, b) = (add(before.0, a), add(before.1, b));
            }
            store_state(a, a_state);
            store_state(b, b_state);
        }
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use compressions;

/// What this processor hashes with.
#[derive(Clone, Copy, Debug)]
pub(in crate::chain) enum Hasher {
    /// The instructions of x86-64 (SHA-NI).
    #[cfg(target_arch = "x86_64")]
    X86(x86_64::ShaNi),
    /// The instructions of AArch64 (SHA-2 extension).
    #[cfg(target_arch = "aarch64")]
    Arm(aarch64::Sha2),
    /// Any processor.
    Portable,
}

impl Hasher {
    /// The best one here. Looked up once in a run. Builds that are not optimised take the portable one, which is faster then,
    /// unless a test asks for the other.
    #[allow(clippy::disallowed_methods, reason = "only tests ask for it, and no answer depends on it")]
    pub(in crate::chain) fn detect() -> Self {
        static DETECTED: OnceLock<Hasher> = OnceLock::new();
        *DETECTED.get_or_init(|| {
            let is_optimised = !cfg!(debug_assertions) || std::env::var_os("ACRALOG_TEST_NATIVE_SHA256").is_some();
            if is_optimised { Self::all().next().unwrap_or(Self::Portable) } else { Self::Portable }
        })
    }

    /// All that work here, the best one first.
    fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let here = x86_64::ShaNi::detect().map(Self::X86);
        #[cfg(target_arch = "aarch64")]
        let here = aarch64::Sha2::detect().map(Self::Arm);
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let here = None;
        here.into_iter().chain([Self::Portable])
    }

    /// Takes a message into a state.
    #[inline]
    pub(in crate::chain) fn compress(self, state: &mut State, message: MessageBlocks<'_>) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::X86(instructions) => instructions.compress(state, message),
            #[cfg(target_arch = "aarch64")]
            Self::Arm(instructions) => instructions.compress(state, message),
            Self::Portable => portable::compress(state, message),
        }
    }

    /// Takes two messages into two states at once, as many blocks of the one as of the other; of the longer one the rest
    /// follows alone.
    #[inline]
    pub(in crate::chain) fn compress_two(self, [a, b]: [&mut State; 2], messages: [MessageBlocks<'_>; 2]) {
        let blocks = |message| match message {
            MessageBlocks::Text(blocks) => blocks.len(),
            MessageBlocks::Words(_) => 1,
        };
        let both = blocks(messages[0]).min(blocks(messages[1]));
        if both == 0 {
            self.compress(a, messages[0]);
            return self.compress(b, messages[1]);
        }
        let split = |message| match message {
            MessageBlocks::Text(blocks) => (MessageBlocks::Text(&blocks[..both]), &blocks[both..]),
            MessageBlocks::Words(_) => (message, &[][..]),
        };
        let [(a_message, a_rest), (b_message, b_rest)] = messages.map(split);
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::X86(instructions) => instructions.compress_two([&mut *a, &mut *b], [a_message, b_message]),
            #[cfg(target_arch = "aarch64")]
            Self::Arm(instructions) => instructions.compress_two([&mut *a, &mut *b], [a_message, b_message]),
            Self::Portable => {
                portable::compress(a, a_message);
                portable::compress(b, b_message);
            }
        }
        match (a_rest, b_rest) {
            ([], []) => {}
            (rest, []) => self.compress(a, MessageBlocks::Text(rest)),
            (_, rest) => self.compress(b, MessageBlocks::Text(rest)),
        }
    }

    /// Takes whole blocks into states that have nothing to do with one another, always two at a time.
    pub(in crate::chain) fn compress_each<'a>(
        self,
        messages: impl Iterator<Item = (&'a mut State, &'a [MessageBlock])>,
    ) {
        let mut messages = messages.filter(|(_, blocks)| !blocks.is_empty());
        let (mut a, mut b) = (messages.next(), messages.next());
        loop {
            match (a, b) {
                (Some((a_state, a_blocks)), Some((b_state, b_blocks))) => {
                    let both = a_blocks.len().min(b_blocks.len());
                    let texts = [&a_blocks[..both], &b_blocks[..both]].map(MessageBlocks::Text);
                    self.compress_two([&mut *a_state, &mut *b_state], texts);
                    let (a_rest, b_rest) = (&a_blocks[both..], &b_blocks[both..]);
                    a = if a_rest.is_empty() { messages.next() } else { Some((a_state, a_rest)) };
                    b = if b_rest.is_empty() { messages.next() } else { Some((b_state, b_rest)) };
                }
                (Some((state, blocks)), None) | (None, Some((state, blocks))) => {
                    return self.compress(state, MessageBlocks::Text(blocks));
                }
                (None, None) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
