//! Holds many bodies that have most of their bytes in common against one place of a chain: what they begin with is absorbed once, and
//! two of them are hashed at a time. Which bodies is left to `undo`.

use zeroize::Zeroizing;

use super::arch::{BLOCK_BYTES, Hasher, MessageBlock, MessageBlocks, State};
use super::seal_verifier::{ChainPlace, is_seal, whole_blocks};
use super::sha256::{INITIAL, digest_of, last_block, pad, put};
use crate::entry::Seal;

/// Bytes of h(n-1).
const LINK_BYTES: usize = 32;

/// Blocks of each trial beside those of the body: the outer message and the seal.
const BLOCKS_BESIDE: u64 = 2;

/// See the file's head.
pub(super) struct BodySearch<'p> {
    place: &'p ChainPlace,
    seal: Seal,
    /// The body that the others differ from.
    base: Vec<u8>,
    /// The inner state before each of its blocks, and behind its last whole one.
    prefixes: Zeroizing<Vec<State>>,
    /// What follows of two bodies, from the same block on, with h(n-1) and the padding.
    tails: [Zeroizing<Vec<MessageBlock>>; 2],
    /// The block with which they begin.
    first_block: usize,
    /// Blocks that may still be hashed.
    left: u64,
    /// Bodies that were held against the seal.
    tried: u64,
}

/// The allowance of blocks is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl<'p> BodySearch<'p> {
    /// Tries bodies under a seal, with so many blocks at most.
    pub(super) fn new(place: &'p ChainPlace, left: u64) -> Self {
        let tails = [Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new())];
        Self {
            place,
            seal: Seal([0; 32]),
            base: Vec::new(),
            prefixes: Zeroizing::new(vec![place.hmac_state.inner]),
            tails,
            first_block: 0,
            left,
            tried: 0,
        }
    }

    /// What is left of the allowance.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// How many bodies were held against the seal.
    pub(super) fn tried(&self) -> u64 {
        self.tried
    }

    /// Takes note of other work that weighs as much as so many blocks.
    pub(super) fn spend(&mut self, blocks: u64) -> Result<(), Exhausted> {
        let left = self.left.checked_sub(blocks);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exhausted)
    }

    /// Absorbs the body that the next ones differ from.
    pub(super) fn set_base(&mut self, body: &[u8], seal: Seal) -> Result<(), Exhausted> {
        let blocks = whole_blocks(body);
        self.spend(blocks.len() as u64)?;
        self.seal = seal;
        self.base.clear();
        self.base.extend_from_slice(body);
        let mut state = Zeroizing::new(self.place.hmac_state.inner);
        // Made once: a vector that grows would leave copies behind that nobody wipes.
        let mut prefixes = Zeroizing::new(Vec::with_capacity(blocks.len() + 1));
        prefixes.push(*state);
        for block in blocks {
            Hasher::detect().compress(&mut state, MessageBlocks::Text(std::slice::from_ref(block)));
            prefixes.push(*state);
        }
        self.prefixes = prefixes;
        Ok(())
    }

    /// Prepares a body that has its first bytes in common with the base, and then these.
    pub(super) fn open(&mut self, common: usize, rest: [&[u8]; 3]) {
        self.first_block = common / BLOCK_BYTES;
        let kept = &self.base[self.first_block * BLOCK_BYTES..common];
        let body: usize = kept.len() + rest.iter().map(|part| part.len()).sum::<usize>();
        let length = body + if self.place.previous.is_some() { LINK_BYTES } else { 0 };
        let total = (BLOCK_BYTES * (1 + self.first_block) + length) as u64;
        let blocks = (length + 9).div_ceil(BLOCK_BYTES);
        let [tail, other] = &mut self.tails;
        for tail in [&mut *tail, &mut *other] {
            if tail.capacity() < blocks {
                *tail = Zeroizing::new(Vec::with_capacity(blocks.next_power_of_two()));
            }
            tail.resize(blocks, [0; BLOCK_BYTES]);
        }
        let bytes = tail.as_flattened_mut();
        let mut at = 0;
        for part in [kept, rest[0], rest[1], rest[2]] {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        if let Some(previous) = &self.place.previous {
            previous.put(&mut bytes[at..at + LINK_BYTES]);
            at += LINK_BYTES;
        }
        bytes[at..].fill(0);
        pad(&mut tail[at / BLOCK_BYTES..], at % BLOCK_BYTES, total);
        other.copy_from_slice(tail);
    }

    /// Whether the body that was opened carries the seal.
    pub(super) fn fits(&mut self) -> Result<bool, Exhausted> {
        self.spend(self.tails[0].len() as u64 + BLOCKS_BESIDE)?;
        self.tried += 1;
        let link = self.link();
        Ok(is_seal(&digest_of(&link), &self.seal))
    }

    /// The seal that the body which was opened would have to carry: for comparison only, as it would finish a forger's line.
    pub(super) fn seal(&mut self) -> Result<Zeroizing<[u8; 32]>, Exhausted> {
        self.spend(self.tails[0].len() as u64 + BLOCKS_BESIDE)?;
        self.tried += 1;
        let link = self.link();
        let mut seal = Zeroizing::new([0; 32]);
        put(&digest_of(&link), seal.as_mut_slice());
        Ok(seal)
    }

    fn link(&self) -> Zeroizing<State> {
        let hasher = Hasher::detect();
        let mut inner = Zeroizing::new(self.prefixes[self.first_block]);
        hasher.compress(&mut inner, MessageBlocks::Text(&self.tails[0]));
        let mut link = Zeroizing::new(self.place.hmac_state.outer);
        let block = last_block(&inner, BLOCK_BYTES as u64 + LINK_BYTES as u64);
        hasher.compress(&mut link, MessageBlocks::Words(&block));
        link
    }

    /// Which of some bytes makes the body that was opened carry the seal, in this place of it.
    pub(super) fn any_byte(&mut self, at: usize, alphabet: &[u8]) -> Result<Option<u8>, Exhausted> {
        let hasher = Hasher::detect();
        let at = at - self.first_block * BLOCK_BYTES;
        let outer = self.place.hmac_state.outer;
        let blocks = self.tails[0].len() as u64 + BLOCKS_BESIDE;
        for pair in alphabet.chunks(2) {
            self.spend(blocks * pair.len() as u64)?;
            self.tried += pair.len() as u64;
            let bytes = [pair[0], pair[pair.len() - 1]];
            for (tail, byte) in self.tails.iter_mut().zip(bytes) {
                tail[at / BLOCK_BYTES][at % BLOCK_BYTES] = byte;
            }
            let prefix = self.prefixes[self.first_block];
            let (mut a, mut b) = (prefix, prefix);
            let texts = [MessageBlocks::Text(&self.tails[0]), MessageBlocks::Text(&self.tails[1])];
            hasher.compress_two([&mut a, &mut b], texts);
            let words = [a, b].map(|inner| last_block(&inner, BLOCK_BYTES as u64 + LINK_BYTES as u64));
            (a, b) = (outer, outer);
            hasher.compress_two([&mut a, &mut b], [MessageBlocks::Words(&words[0]), MessageBlocks::Words(&words[1])]);
            let words = [a, b].map(|link| last_block(&link, LINK_BYTES as u64));
            (a, b) = (INITIAL, INITIAL);
            hasher.compress_two([&mut a, &mut b], [MessageBlocks::Words(&words[0]), MessageBlocks::Words(&words[1])]);
            if let Some(fits) = [a, b].iter().position(|computed| is_seal(computed, &self.seal)) {
                return Ok(Some(bytes[fits]));
            }
        }
        Ok(None)
    }
}
