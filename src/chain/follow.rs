//! Follows the chains of one stream, entry by entry. Several instances may write into one stream (attacks, row 36), so a
//! bounded set of chains is kept open and every sealed entry is tried against each. Says facts only: what they mean is
//! left to `verdict`.

use super::ladder::KeyLadder;
use super::verifier::ChainVerifier;
use crate::entry::{self, Entry, Marker, Seal};
use crate::key::AuditKey;

/// Chains that are followed at a time; the one that rested longest makes room for a new one.
pub const OPEN_CHAINS_MAX: usize = 32;

/// Names a chain within its stream: 0, 1, 2, ... in the order of their first entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u64);

/// Whether the bytes that verified are the ones in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The MAC input of the line as it stands.
    AsWritten,
    /// Only Go's re-marshalling of the line verified (attacks, row 18).
    Remarshalled,
}

/// What a sealed entry is to the chains of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is the first entry of a chain, under the key of this index.
    Opens {
        /// The new chain.
        chain: ChainId,
        /// Index of the key among those given.
        key: usize,
        /// A chain that is no longer followed, to make room.
        dropped: Option<ChainId>,
        /// Which bytes verified.
        spelling: Spelling,
    },
    /// It is the next entry of an open chain.
    Continues {
        /// That chain.
        chain: ChainId,
        /// Its place in the chain, from 2.
        position: u64,
        /// Which bytes verified.
        spelling: Spelling,
    },
    /// It continues the chain that ended last, behind its end: sealed with the key, so genuine.
    AfterEnd {
        /// Which bytes verified.
        spelling: Spelling,
    },
    /// It fits no chain that is followed.
    Foreign {
        /// First two bytes of the seal that the chain advanced last would demand of it. No more: with a whole one, a
        /// forger could finish a line of his own.
        expected: Option<[u8; 2]>,
    },
}

/// A sealed entry with the bytes it was parsed from.
#[derive(Clone, Copy)]
pub struct Sealed<'a> {
    /// The line.
    pub line: &'a [u8],
    /// What `parse` made of it.
    pub entry: &'a Entry,
    /// LE(n).
    pub body: &'a [u8],
    /// IC(n) as it stands in the log.
    pub seal: Seal,
}

struct OpenChain {
    id: ChainId,
    key: usize,
    verifier: ChainVerifier,
}

/// The chains of one stream.
pub struct Follower {
    ladders: Vec<KeyLadder>,
    /// By recency: the chain advanced last stands at the end.
    open: Vec<OpenChain>,
    /// The chain that ended last: what is logged while a service stops may follow the end.
    ended: Option<OpenChain>,
    opened: u64,
    /// The key that opened the last chain, tried first on the next.
    key: usize,
    /// Whether the last entry fitted.
    on_track: bool,
}

impl Follower {
    /// Follows chains under these keys.
    pub fn new(keys: &[AuditKey]) -> Self {
        let ladders = keys.iter().map(KeyLadder::new).collect();
        Self { ladders, open: Vec::new(), ended: None, opened: 0, key: 0, on_track: true }
    }

    /// Forgets the chains, keeps the ladders: a new stream begins.
    pub fn restart(&mut self) {
        self.open.clear();
        self.ended = None;
        self.opened = 0;
        self.on_track = true;
    }

    /// Places one sealed entry.
    pub fn feed(&mut self, sealed: &Sealed<'_>) -> Step {
        let fits = self.place(sealed, sealed.body, Spelling::AsWritten).or_else(|| {
            entry::remarshal(sealed.line)
                .iter()
                .filter(|body| body.as_slice() != sealed.body)
                .find_map(|body| self.place(sealed, body, Spelling::Remarshalled))
        });
        self.on_track = fits.is_some();
        fits.unwrap_or_else(|| Step::Foreign { expected: self.expected(sealed) })
    }

    /// The key index, the position and the link where the chain advanced last stands, if the last entry fitted it.
    pub(super) fn front(&self) -> Option<(usize, &ChainVerifier)> {
        let front = self.open.last().filter(|_| self.on_track)?;
        Some((front.key, &front.verifier))
    }

    /// The key that opened the last chain.
    pub(super) fn key(&self) -> usize {
        self.key
    }

    /// Takes in a chain whose first entries `schedule` verified.
    pub(super) fn adopt(&mut self, key: usize, verifier: ChainVerifier) -> (ChainId, Option<ChainId>) {
        let dropped = (self.open.len() == OPEN_CHAINS_MAX).then(|| self.open.remove(0).id);
        let id = ChainId(self.opened);
        self.opened += 1;
        self.key = key;
        self.on_track = true;
        self.open.push(OpenChain { id, key, verifier });
        (id, dropped)
    }

    /// Moves the chain advanced last further, as `schedule` verified; None when there is none.
    pub(super) fn advance_front(&mut self, verifier: ChainVerifier) -> Option<ChainId> {
        let front = self.open.last_mut()?;
        front.verifier = verifier;
        self.on_track = true;
        Some(front.id)
    }

    /// The chain advanced last has ended.
    pub(super) fn close_front(&mut self) {
        self.ended = self.open.pop();
    }

    fn place(&mut self, sealed: &Sealed<'_>, body: &[u8], spelling: Spelling) -> Option<Step> {
        let opens = |this: &mut Self| this.open_chain(body, &sealed.seal, spelling);
        let continues = |this: &mut Self| this.continue_chain(body, &sealed.seal, spelling);
        // The mark of a start is not signed, so it decides only what is tried first.
        let step = if sealed.entry.marker == Marker::Start {
            opens(self).or_else(|| continues(self))
        } else {
            continues(self).or_else(|| opens(self))
        };
        let step = step.or_else(|| self.follow_end(body, &sealed.seal, spelling));
        let in_chain = step.is_some_and(|step| !matches!(step, Step::AfterEnd { .. }));
        if in_chain && sealed.entry.marker == Marker::End {
            self.close_front();
        }
        step
    }

    fn open_chain(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Option<Step> {
        let others = (0..self.ladders.len()).filter(|&key| key != self.key);
        let found = std::iter::once(self.key)
            .chain(others)
            .find_map(|key| Some((key, ChainVerifier::open(&mut self.ladders[key], body, seal)?)));
        let (key, verifier) = found?;
        let (chain, dropped) = self.adopt(key, verifier);
        Some(Step::Opens { chain, key, dropped, spelling })
    }

    fn continue_chain(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Option<Step> {
        let ladders = &mut self.ladders;
        let index = self.open.iter_mut().rposition(|open| open.verifier.feed(&mut ladders[open.key], body, seal))?;
        let open = self.open.remove(index);
        let step = Step::Continues { chain: open.id, position: open.verifier.position(), spelling };
        self.open.push(open);
        Some(step)
    }

    fn follow_end(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Option<Step> {
        let ended = self.ended.as_mut()?;
        ended.verifier.feed(&mut self.ladders[ended.key], body, seal).then_some(Step::AfterEnd { spelling })
    }

    fn expected(&mut self, sealed: &Sealed<'_>) -> Option<[u8; 2]> {
        let front = self.open.last_mut()?;
        Some(front.verifier.expected(&mut self.ladders[front.key], sealed.body))
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Ladders and links are secret.
        write!(out, "Follower {{ {} keys, {} chains open }}", self.ladders.len(), self.open.len())
    }
}
