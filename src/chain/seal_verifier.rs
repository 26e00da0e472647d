//! One chain that is being verified: an entry is absorbed ahead of its turn, linked to h(n-1), and its seal is compared. The
//! secret link is written out for `trial` alone; several chains of one stream are the business of `follow`.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::arch::{BLOCK_BYTES, Hasher, MessageBlock, MessageBlocks, MessageWords, State};
use super::key_schedule::{HMAC_STATES_MAX, HmacKeyState, KeySchedule, StepKey};
use super::sha256::{INITIAL, digest_of, last_block, pad, put, words};
use crate::entry::Seal;

/// Verifies the entries of one chain in their order.
pub struct ChainVerifier {
    /// Entries verified so far: n of the last one.
    position: u64,
    /// h(n).
    link: Link,
    /// k(n+1), when the key schedule does not reach that far.
    beyond: Option<StepKey>,
}

impl ChainVerifier {
    /// Begins a chain if `seal` is the one that `body` has as a first entry.
    pub(super) fn open(key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> Option<Self> {
        let link = first_link(key_schedule, body)?;
        link.carries(seal).then_some(Self { position: 1, link, beyond: None })
    }

    /// How the seal begins that `body` would have to carry as a first entry, and whether `seal` is that one. None is the
    /// key of a schedule without states.
    pub(super) fn examine_first(key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> Option<([u8; 2], bool)> {
        first_link(key_schedule, body).map(|link| (link.seal_start(), link.carries(seal)))
    }

    /// A chain whose first entries were verified already.
    pub(super) fn at(position: u64, link: Link, beyond: Option<StepKey>) -> Self {
        Self { position, link, beyond }
    }

    /// Entries verified so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// k(n+1), when the key schedule does not reach that far.
    pub(super) fn beyond(&self) -> Option<&StepKey> {
        self.beyond.as_ref()
    }

    /// Takes the next entry if `seal` is the one that `body` has at this place of the chain. The key schedule must be of the
    /// chain's key.
    ///
    /// # Errors
    /// How the seal begins that `body` would have to carry here; the chain stays where it was.
    pub(super) fn feed(&mut self, key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> Result<(), [u8; 2]> {
        let link = self.next_link(key_schedule, body);
        if !link.carries(seal) {
            return Err(link.seal_start());
        }
        self.link = link;
        self.position += 1;
        if let Some(key) = &self.beyond {
            self.beyond = Some(key.next());
        }
        Ok(())
    }

    /// How the seal begins that `body` would have to carry as the next entry, and whether `seal` is that one; the chain stays
    /// where it is. The key schedule must be of the chain's key.
    pub(super) fn examine(&mut self, key_schedule: &mut KeySchedule, body: &[u8], seal: &Seal) -> ([u8; 2], bool) {
        let link = self.next_link(key_schedule, body);
        (link.seal_start(), link.carries(seal))
    }

    fn next_link(&mut self, key_schedule: &mut KeySchedule, body: &[u8]) -> Link {
        let n = self.position + 1;
        key_schedule.climb_to(n);
        match key_schedule.states().get(n) {
            Some(hmac_state) => link_of(hmac_state, body, Some(&self.link)),
            None => link_of(&self.state_beyond(key_schedule, n), body, Some(&self.link)),
        }
    }

    /// Where the first entry of a chain stands.
    pub(super) fn first_place(key_schedule: &mut KeySchedule) -> Option<ChainPlace> {
        key_schedule.climb_to(1);
        Some(ChainPlace { hmac_state: key_schedule.states().get(1)?.clone(), previous: None })
    }

    /// Where its next entry will stand.
    pub(super) fn next_place(&mut self, key_schedule: &mut KeySchedule) -> ChainPlace {
        let n = self.position + 1;
        key_schedule.climb_to(n);
        let scheduled = key_schedule.states().get(n).cloned();
        let hmac_state = scheduled.unwrap_or_else(|| self.state_beyond(key_schedule, n));
        ChainPlace { hmac_state, previous: Some(self.link.clone()) }
    }

    /// The state of a position above the key schedule's limit.
    fn state_beyond(&mut self, key_schedule: &KeySchedule, n: u64) -> HmacKeyState {
        let key = self.beyond.get_or_insert_with(|| {
            let mut key = key_schedule.beyond().expect("the schedule is climbed to its limit before it ends").clone();
            for _ in HMAC_STATES_MAX + 1..n {
                key = key.next();
            }
            key
        });
        key.hmac_state()
    }
}

/// A place of a chain, against which entries are held that may not belong there. As secret as the key of its position.
pub(super) struct ChainPlace {
    pub(super) hmac_state: HmacKeyState,
    /// h(n-1); none before the first entry.
    pub(super) previous: Option<Link>,
}

/// h(n): never printed, or anyone could continue the chain.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Link(State);

impl Link {
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(words(bytes))
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        put(&self.0, bytes.as_mut_slice());
        bytes
    }

    /// The first two bytes of IC(n) = SHA-256(h(n)), for people to compare. Public, because the hash cannot be turned
    /// back and two bytes do not finish anybody's forged line.
    pub(super) fn seal_start(&self) -> [u8; 2] {
        let [first, second, ..] = digest_of(&self.0)[0].to_be_bytes();
        [first, second]
    }

    /// Writes it as the end of a message, into memory that is wiped.
    pub(super) fn put(&self, bytes: &mut [u8]) {
        put(&self.0, bytes);
    }

    /// Whether a seal of the log belongs to this link: the only use of a whole seal. Takes the same time for every seal.
    pub(super) fn carries(&self, seal: &Seal) -> bool {
        is_seal(&digest_of(&self.0), seal)
    }
}

/// Compares a computed seal with the one that was found.
#[inline]
pub(super) fn is_seal(computed: &State, found: &Seal) -> bool {
    let difference = computed.iter().zip(words(&found.0)).fold(0, |sum, (a, b)| sum | (a ^ b));
    difference.ct_eq(&0).into()
}

/// HMAC(k(n), LE(n) || ...) with the whole blocks of LE(n) taken in, waiting for h(n-1). As secret as the key of its position.
#[derive(Clone, Copy)]
pub(super) struct Absorbed<'a> {
    pub(super) inner: &'a State,
    /// The last of the whole blocks, which are left to be taken beside the entry before.
    pub(super) left: &'a [MessageBlock],
    pub(super) outer: OuterState<'a>,
    /// LE(n).
    pub(super) body: &'a [u8],
    /// IC(n) as it stands in the log.
    pub(super) seal: &'a Seal,
}

/// The outer HMAC state of a key.
#[derive(Clone, Copy)]
pub(super) enum OuterState<'a> {
    Made(&'a State),
    /// It is still to be made of its key.
    Of(&'a StepKey),
}

/// The whole blocks of LE(n), which do not depend on h(n-1).
pub(super) fn whole_blocks(body: &[u8]) -> &[MessageBlock] {
    body.as_chunks().0
}

/// How many of an entry's whole blocks are best left to be taken beside hashes of the entry before, which wait for one
/// another: one beside its second last block, if it has two, and one beside its outer hash, unless the outer state is made
/// there.
pub(super) fn blocks_to_leave(before: &[u8], blocks: usize, is_outer_made: bool) -> usize {
    let has_second = before.len() % BLOCK_BYTES + 32 + 9 > BLOCK_BYTES;
    blocks.min(usize::from(has_second) + usize::from(is_outer_made))
}

/// What ends the inner message: the rest of LE(n) and h(n-1).
struct LastBlocks {
    /// The first block is the one before, of which only the end is written; so bytes are copied a block at a time.
    blocks: [MessageBlock; 3],
    count: usize,
}

impl LastBlocks {
    #[inline]
    fn new(body: &[u8], previous: Option<&State>) -> Self {
        let rest = body.len() % BLOCK_BYTES;
        let mut blocks = [[0; BLOCK_BYTES]; 3];
        let bytes = blocks.as_flattened_mut();
        match (body.last_chunk::<BLOCK_BYTES>(), bytes[rest..].first_chunk_mut::<BLOCK_BYTES>()) {
            (Some(last), Some(place)) => *place = *last,
            _ => bytes[BLOCK_BYTES..BLOCK_BYTES + rest].copy_from_slice(body),
        }
        let mut end = BLOCK_BYTES + rest;
        if let Some(previous) = previous {
            put(previous, &mut bytes[end..end + 32]);
            end += 32;
        }
        let total = BLOCK_BYTES as u64 + body.len() as u64 + (end - BLOCK_BYTES - rest) as u64;
        let count = pad(&mut blocks[1..], end - BLOCK_BYTES, total);
        Self { blocks, count }
    }

    #[inline]
    fn get(&self) -> &[MessageBlock] {
        &self.blocks[1..=self.count]
    }

    #[inline]
    fn message(&self) -> MessageBlocks<'_> {
        MessageBlocks::Text(self.get())
    }
}

/// The block that ends the outer message.
#[inline]
fn outer_block(inner: &State) -> MessageWords {
    last_block(inner, BLOCK_BYTES as u64 + 32)
}

/// h(n) = HMAC(k(n), LE(n) || h(n-1)); `previous` is None for the first entry of a chain.
fn link_of(hmac_state: &HmacKeyState, body: &[u8], previous: Option<&Link>) -> Link {
    let hasher = Hasher::detect();
    let mut inner = Zeroizing::new(hmac_state.inner);
    hasher.compress(&mut inner, MessageBlocks::Text(whole_blocks(body)));
    hasher.compress(&mut inner, LastBlocks::new(body, previous.map(|link| &link.0)).message());
    let mut link = Link(hmac_state.outer);
    hasher.compress(&mut link.0, MessageBlocks::Words(&outer_block(&inner)));
    link
}

fn first_link(key_schedule: &mut KeySchedule, body: &[u8]) -> Option<Link> {
    key_schedule.climb_to(1);
    Some(link_of(key_schedule.states().get(1)?, body, None))
}

/// Links absorbed entries one after the other, up to the first whose seal is not its link's. These hashes wait for one
/// another, so beside each is done what does not wait: the comparison of the last seal, whole blocks and the outer state of
/// the next entry.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Linker {
    /// h(n) of the last entry that fits, when `matched` is more than 0.
    verified: State,
    /// The next one, while its seal is `unchecked`.
    link: State,
    inner: State,
    outer: State,
    /// The states of the next entry, when it `is_begun`.
    next_inner: State,
    next_outer: State,
    is_begun: bool,
    #[zeroize(skip)]
    unchecked: Option<Seal>,
    matched: usize,
}

impl Linker {
    pub(super) fn new() -> Self {
        Self {
            verified: INITIAL,
            link: INITIAL,
            inner: INITIAL,
            outer: INITIAL,
            next_inner: INITIAL,
            next_outer: INITIAL,
            is_begun: false,
            unchecked: None,
            matched: 0,
        }
    }

    /// Takes the next entry, the first one behind `before`; false when the one before it did not fit. `next` is the one that
    /// is taken after it.
    #[inline]
    pub(super) fn push(&mut self, before: Option<&Link>, entry: Absorbed<'_>, next: Option<Absorbed<'_>>) -> bool {
        let hasher = Hasher::detect();
        if self.is_begun {
            (self.inner, self.outer) = (self.next_inner, self.next_outer);
        } else {
            (self.inner, self.outer) = (*entry.inner, made(entry.outer));
            hasher.compress(&mut self.inner, MessageBlocks::Text(entry.left));
        }
        let mut left: &[MessageBlock] = &[];
        if let Some(next) = &next {
            self.next_inner = *next.inner;
            left = next.left;
        }
        self.is_begun = next.is_some();
        let previous = match (self.unchecked, self.matched) {
            (Some(_), _) => Some(&self.link),
            (None, 0) => before.map(|link| &link.0),
            (None, _) => Some(&self.verified),
        };
        let last = LastBlocks::new(entry.body, previous);
        let (first, second) = last.get().split_at(1);
        match self.unchecked.replace(*entry.seal) {
            None => hasher.compress(&mut self.inner, MessageBlocks::Text(first)),
            Some(seal) => {
                let (mut computed, seal_block) = (INITIAL, last_block(&self.link, 32));
                hasher.compress_two(
                    [&mut self.inner, &mut computed],
                    [MessageBlocks::Text(first), MessageBlocks::Words(&seal_block)],
                );
                if !is_seal(&computed, &seal) {
                    self.unchecked = None;
                    return false;
                }
                self.verified = self.link;
                self.matched += 1;
            }
        }
        if !second.is_empty() {
            let (beside, rest) = left.split_at(left.len().min(1));
            left = rest;
            hasher.compress_two([&mut self.inner, &mut self.next_inner], [second, beside].map(MessageBlocks::Text));
        }
        self.link = self.outer;
        let block = outer_block(&self.inner);
        let block = MessageBlocks::Words(&block);
        match next.map(|next| next.outer) {
            Some(OuterState::Of(key)) => {
                self.next_outer = INITIAL;
                let pad = key.outer_pad();
                hasher.compress_two([&mut self.link, &mut self.next_outer], [block, MessageBlocks::Words(&pad)]);
                hasher.compress(&mut self.next_inner, MessageBlocks::Text(left));
            }
            Some(OuterState::Made(state)) => {
                self.next_outer = *state;
                hasher.compress_two([&mut self.link, &mut self.next_inner], [block, MessageBlocks::Text(left)]);
            }
            None => hasher.compress(&mut self.link, block),
        }
        true
    }

    /// Takes the next entries of two chains, both from their beginnings: round by round, and with no comparison left open.
    /// Tells for each whether it fits.
    pub(super) fn push_two(linkers: [&mut Self; 2], entries: [Absorbed<'_>; 2]) -> [bool; 2] {
        let hasher = Hasher::detect();
        let [a, b] = linkers;
        let last = |linker: &Self, entry: &Absorbed<'_>| {
            LastBlocks::new(entry.body, (linker.matched > 0).then_some(&linker.verified))
        };
        let (a_last, b_last) = (last(a, &entries[0]), last(b, &entries[1]));
        (a.inner, b.inner) = (*entries[0].inner, *entries[1].inner);
        hasher.compress_two([&mut a.inner, &mut b.inner], [a_last.message(), b_last.message()]);
        (a.link, b.link) = (made(entries[0].outer), made(entries[1].outer));
        let blocks = [&outer_block(&a.inner), &outer_block(&b.inner)];
        hasher.compress_two([&mut a.link, &mut b.link], blocks.map(MessageBlocks::Words));
        let (mut a_seal, mut b_seal) = (INITIAL, INITIAL);
        let blocks = [&last_block(&a.link, 32), &last_block(&b.link, 32)];
        hasher.compress_two([&mut a_seal, &mut b_seal], blocks.map(MessageBlocks::Words));
        let fits = [is_seal(&a_seal, entries[0].seal), is_seal(&b_seal, entries[1].seal)];
        for (linker, fits) in [a, b].into_iter().zip(fits) {
            if fits {
                linker.verified = linker.link;
                linker.matched += 1;
            }
        }
        fits
    }

    /// How many entries fit, and h(n) of the last of them.
    pub(super) fn finish(mut self) -> (usize, Option<Link>) {
        if let Some(seal) = self.unchecked.take()
            && is_seal(&digest_of(&self.link), &seal)
        {
            self.verified = self.link;
            self.matched += 1;
        }
        (self.matched, (self.matched > 0).then(|| Link(self.verified)))
    }
}

fn made(outer: OuterState<'_>) -> State {
    match outer {
        OuterState::Made(state) => *state,
        OuterState::Of(key) => {
            let mut state = INITIAL;
            Hasher::detect().compress(&mut state, MessageBlocks::Words(&key.outer_pad()));
            state
        }
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::super::key_schedule::KeySchedule;
    use super::{Link, link_of};
    use crate::entry::Seal;
    use crate::key::AuditKey;

    const KEY: [u8; 32] = [0x21; 32];

    /// IC(n) by the formula, with the ordinary libraries (audit log, section 3). Returns h(n) as well.
    fn by_the_formula(position: u64, body: &[u8], previous: Option<&[u8]>) -> (Vec<u8>, Seal) {
        let key = (0..position).fold(KEY.to_vec(), |key, _| Sha256::digest(key).to_vec());
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        hmac.update(body);
        hmac.update(previous.unwrap_or_default());
        let link = hmac.finalize().into_bytes().to_vec();
        let seal = Seal(Sha256::digest(&link).into());
        (link, seal)
    }

    #[test]
    fn a_link_carries_the_seal_of_the_formula_for_every_length_of_a_body() {
        let mut key_schedule = KeySchedule::new(&AuditKey::new(&KEY, "test"));
        key_schedule.climb_to(3);
        // Twice around both places where the padding needs another block.
        for length in 0..=260 {
            let body: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let mut previous: Option<(Vec<u8>, Link)> = None;
            for position in 1..=3 {
                let (state, seal) = by_the_formula(position, &body, previous.as_ref().map(|it| it.0.as_slice()));
                let hmac_state = key_schedule.states().get(position).unwrap();
                let link = link_of(hmac_state, &body, previous.as_ref().map(|it| &it.1));
                assert!(link.carries(&seal), "{length} bytes at position {position}");
                assert_eq!(link.seal_start(), seal.0[..2]);
                previous = Some((state, link));
            }
        }
    }

    #[test]
    fn no_other_seal_is_carried_however_close_it_is() {
        let mut key_schedule = KeySchedule::new(&AuditKey::new(&KEY, "test"));
        key_schedule.climb_to(1);
        let link = link_of(key_schedule.states().get(1).unwrap(), b"body", None);
        let (_, seal) = by_the_formula(1, b"body", None);
        for bit in 0..256 {
            let mut other = seal;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!link.carries(&other), "bit {bit}");
        }
    }
}
