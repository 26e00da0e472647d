//! Follows the chains of one stream, entry by entry. Several instances may write into one stream (attacks, row 36), so a
//! bounded set of chains is kept open and every sealed entry is tried against each; lines that have verified are known
//! again (attacks, rows 4b and 12). Says facts only: what they mean is left to `verdict`.

use std::collections::{HashMap, HashSet, VecDeque, hash_map};
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::checkpoint::Checkpoint;
use super::key_schedule::KeySchedule;
use super::pending::{PENDING_BYTES_MAX, Pending, PendingLine, SearchOutcome};
use super::seal_verifier::ChainVerifier;
use super::search_log::{CandidateFamily, FamilyOutcome, FamilyTrial, PlaceSkip, SearchSkip};
use super::undo::{Candidate, Original, SearchDepth, SearchResult, Undo, UndoBudget};
use crate::entry::{self, Entry, Marker, MendedEntry, Mending, Seal};
use crate::key::AuditKey;

/// Chains that are followed at a time; the one that rested longest makes room for a new one. As many that have ended are
/// kept, and as many that repeat an earlier one.
pub const OPEN_CHAINS_MAX: usize = 32;

/// Entries that may fit nothing before a chain that has ended is given up: what is logged while a service stops comes soon.
const MISSES_MAX: u32 = 4096;

/// Checkpoints that are tried in a stream, the last ones given.
pub const CHECKPOINTS_MAX: usize = 256;

/// Lines that are searched for an original between two entries of a chain: the first that fits nothing.
const SEARCHES_MAX: u8 = 1;

/// Of the open chains, the ones advanced last, in which an altered entry is searched.
const CHAINS_SEARCHED_MAX: usize = 2;

/// Keys under which an altered first entry of a chain is tried.
const KEYS_TRIED_MAX: usize = 4;

/// Names a chain within its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChainId {
    /// 0, 1, 2, ... in the order in which they were met.
    pub number: u64,
    /// The seal of its first entry.
    pub first: Seal,
}

/// Whether the bytes that verified are the ones in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The MAC input of the line as it stands.
    AsWritten,
    /// Only Go's re-marshalling of the line verified (attacks, row 18).
    Remarshalled,
}

/// An entry that verifies: where it stands in which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPosition {
    /// Its chain.
    pub chain: ChainId,
    /// The chain's key, by its index among those given.
    pub key: usize,
    /// Its 1-based place in the chain.
    pub position: u64,
    /// Which bytes verified.
    pub spelling: Spelling,
}

/// What a sealed entry is to the chains of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is the first entry of a chain. Or, at a later position, the first one that no longer repeats another chain which
    /// began with the same lines: from here on it is a chain of its own.
    Opens {
        /// Where it stands.
        at: ChainPosition,
        /// A chain that is no longer followed, to make room.
        dropped: Option<ChainId>,
    },
    /// It is the next entry of an open chain.
    Continues(ChainPosition),
    /// It is the next entry behind a checkpoint of a chain whose beginning does not stand in the stream (attacks, row 33).
    Resumes {
        /// Where the entry stands.
        at: ChainPosition,
        /// A chain that is no longer followed, to make room.
        dropped: Option<ChainId>,
    },
    /// It continues a chain that has ended, behind its end: sealed with the key, so genuine (attacks, row 53).
    AfterEnd(ChainPosition),
    /// It fits no chain as it stands, but its own seal proves what stood there before it was altered. The chain goes on from
    /// that.
    Restored {
        /// Where the original stands.
        at: ChainPosition,
        /// What stood there.
        original: Box<Original>,
        /// A chain that is no longer followed, to make room.
        dropped: Option<ChainId>,
    },
    /// The very same line has verified before (attacks, rows 4b and 12).
    Repeats {
        /// Its place in the chain that it would be part of, had that chain not been there already. None for a line alone.
        at: Option<ChainPosition>,
    },
    /// It fits no chain that is followed.
    NoMatch {
        /// First two bytes of the seal that each open chain would demand of it, the chain advanced last first. No more:
        /// with a whole one, a forger could finish a line of his own.
        expected: Box<[(ChainId, [u8; 2])]>,
        /// Why its original was not searched for; None when it was.
        unsearched: Option<SearchSkip>,
    },
}

impl Step {
    /// Where the entry stands in a chain, when it verifies there as it is.
    pub fn position(&self) -> Option<ChainPosition> {
        match self {
            Self::Opens { at, .. } | Self::Resumes { at, .. } | Self::Continues(at) | Self::AfterEnd(at) => Some(*at),
            Self::Restored { .. } | Self::Repeats { .. } | Self::NoMatch { .. } => None,
        }
    }
}

/// A sealed line that fitted no chain when it came, and has its place in one now (attacks, row 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Which line of the stream, counted from 1.
    pub line: u64,
    /// Where it stands in its chain.
    pub at: ChainPosition,
    /// The seal that showed it.
    pub seal: Seal,
    /// Whether it is the end of its chain.
    pub ends: bool,
    /// What had to be undone before it fitted.
    pub mending: Option<Mending>,
    /// The line at which this was found; one behind the last line is the end of the stream.
    pub shown_by: u64,
}

/// What a sealed entry may be to the chains. Whoever finds another way to explain one adds it here, and tries it in
/// [`Follower::examine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hypothesis {
    /// The first entry of a chain under the key of this index.
    First { key: usize },
    /// The next entry of an open chain, at this place of it.
    Next(ChainPosition),
    /// The next entry of a chain that has ended.
    AfterEnd(ChainPosition),
    /// The next entry of a chain that so far repeats another one.
    NextRepeated(ChainPosition),
}

/// A hypothesis and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    pub hypothesis: Hypothesis,
    /// First two bytes of the seal that it demands. No more: see [`Step::NoMatch`].
    pub expected: [u8; 2],
    /// Whether the entry carries that seal.
    pub fits: bool,
}

/// All that was tried with one spelling of what may have been signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpellingTrials {
    pub spelling: Spelling,
    /// LE(n); empty when it is the same as of a spelling before.
    pub body: Vec<u8>,
    pub is_same: bool,
    /// None when it is the same.
    pub trials: Vec<Trial>,
}

/// What was tried to find the original of a line that fits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchSummary {
    /// What needs no search: held against every open chain, and as a first entry.
    pub mended: Vec<FamilyTrial>,
    /// Why nothing was searched beyond that.
    pub skip: Option<SearchSkip>,
    /// Where its original was searched, in that order.
    pub places: Vec<PlaceSearch>,
    /// An entry was not held against everything, as that would have cost too much.
    is_curtailed: bool,
}

/// The search for an original in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceSearch {
    /// What the original would be.
    pub place: Hypothesis,
    /// Why there was none.
    pub skip: Option<PlaceSkip>,
    /// In the order in which they were tried.
    pub families: Vec<FamilyTrial>,
}

/// Everything that a line may be, tried one by one before it took its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    /// The index of the line in its batch.
    pub line: usize,
    /// As written first, then as Go spells it.
    pub spellings: Vec<SpellingTrials>,
    /// The very same line has verified above, among the lines that are remembered.
    pub is_above: bool,
    /// A chain began with the very same line above.
    pub is_start_above: bool,
    /// What it may have been before it was altered; None where it fits as it stands.
    pub search: Option<SearchSummary>,
}

/// A sealed entry with the bytes it was parsed from.
#[derive(Clone, Copy)]
pub struct Sealed<'a> {
    /// The line.
    pub line: &'a [u8],
    /// Names the line.
    pub fingerprint: Fingerprint,
    /// What `parse` made of it.
    pub entry: &'a Entry,
    /// LE(n).
    pub body: &'a [u8],
    /// IC(n) as it stands in the log.
    pub seal: &'a Seal,
    /// What stored the line may have changed its text.
    pub lossy: bool,
    /// See [`Suspect::above`]; empty where the line cannot be the second half of an entry.
    pub above: Option<&'a [u8]>,
}

/// A line without a whole seal that may have had one.
#[derive(Clone, Copy)]
pub struct Suspect<'a> {
    /// The line.
    pub line: &'a [u8],
    /// The line above, empty when that has a seal in its place; None where it stands in the batch before.
    pub above: Option<&'a [u8]>,
    /// What `parse` makes of it.
    pub marker: Marker,
    /// What stored the line may have changed its text.
    pub lossy: bool,
    /// Whether it shows a seal, or most of one.
    pub is_searched: bool,
    /// It is an entry that never had a seal, as far as that shows.
    pub is_unsigned: bool,
}

struct FollowedChain {
    id: ChainId,
    key: usize,
    /// Names its first line.
    start: Fingerprint,
    verifier: ChainVerifier,
    /// Entries that fitted nothing since it ended.
    misses: u32,
    /// Lines behind its last entry that were searched for the next one.
    searches: u8,
    /// At which position lines that wait were tried last, and the number of the last one that was.
    tried: (u64, u64),
}

/// Where an original may stand.
#[derive(Clone, Copy)]
enum RestoredPlace {
    /// Next in an open chain, by its index.
    Open(usize),
    /// First in a chain under a key.
    First(usize),
}

impl SearchSummary {
    /// Takes in an entry that was held against everything there is, unless a crash or a cut explains the line.
    fn add_mended(&mut self, entry: &MendedEntry, line: &[u8], fits: bool) {
        let outcome = match std::mem::take(&mut self.is_curtailed) {
            _ if fits => FamilyOutcome::Fits,
            true => FamilyOutcome::Unfinished,
            false => FamilyOutcome::NoneFits,
        };
        let family = match entry.mending {
            Mending::Shortened => CandidateFamily::TextBehindSeal,
            Mending::Joined => CandidateFamily::LineFeed,
        };
        if [false, true].iter().all(|is_first| Original::mended(entry, *is_first, line).is_none()) {
            return;
        }
        match self.mended.iter_mut().find(|trial| trial.family == family) {
            Some(trial) => *trial = FamilyTrial { candidates: trial.candidates + 1, outcome, ..*trial },
            None => self.mended.push(FamilyTrial { family, candidates: 1, outcome }),
        }
    }

    /// Takes in what was tried in some places, of which the last may have shown the original; the places that were left out
    /// stand behind them.
    fn add_searched(&mut self, names: Vec<Hypothesis>, tried: Vec<Vec<FamilyTrial>>, is_restored: bool) {
        let mut searched: Vec<PlaceSearch> = names
            .into_iter()
            .zip(tried)
            .map(|(place, families)| {
                let skip = families.is_empty().then_some(PlaceSkip::NotReached);
                PlaceSearch { place, skip, families }
            })
            .collect();
        if !is_restored
            && let Some(last) = searched.last_mut().and_then(|place| place.families.last_mut())
            && last.outcome == FamilyOutcome::Fits
        {
            last.outcome = FamilyOutcome::BeganAbove;
        }
        searched.append(&mut self.places);
        self.places = searched;
    }
}

impl FollowedChain {
    fn at(&self, spelling: Spelling) -> ChainPosition {
        ChainPosition { chain: self.id, key: self.key, position: self.verifier.position(), spelling }
    }
}

/// The chains of one stream.
pub struct Follower {
    fingerprinter: Fingerprinter,
    key_schedules: Vec<KeySchedule>,
    /// The names of the keys.
    keys: Vec<Arc<str>>,
    /// By recency: the chain advanced last stands at the end.
    open: Vec<FollowedChain>,
    /// Chains that have ended, the last one at the end: what is logged while a service stops may follow the end.
    ended: Vec<FollowedChain>,
    /// Chains that so far repeat an earlier one, line by line.
    repeating: Vec<FollowedChain>,
    /// Chains that may go on from a checkpoint, as long as nothing of them was met.
    remembered: Vec<FollowedChain>,
    /// Entries that fitted nothing since the last one that did.
    misses: u32,
    lines: SeenLines,
    starts: SeenStarts,
    opened: u64,
    /// The key that opened the last chain, tried first on the next.
    key: usize,
    /// Whether the last entry fitted.
    on_track: bool,
    undo: Undo,
    /// The last original, and where it stands: the line itself may follow the altered copy of it.
    restored: Option<(ChainPosition, Box<Original>)>,
    /// Which line of the stream is being placed.
    line: u64,
    /// Lines of the batches before.
    lines_before: u64,
    /// The last line of the batch before, when it has no seal in its place.
    above: Vec<u8>,
    pending: Pending<WaitingEntry>,
    recovered: Vec<Recovered>,
    /// What is searched for the line that somebody asks about.
    observed: Option<SearchSummary>,
}

/// What is to be known of a line that waits when its chain reaches it.
struct WaitingEntry {
    fingerprint: Fingerprint,
    ends: bool,
    mending: Option<Mending>,
}

impl Follower {
    /// Follows chains under these keys, and does so much to undo alterations; lines have the names that this gives them.
    pub fn new(keys: &[AuditKey], undo: UndoBudget, fingerprinter: Fingerprinter) -> Self {
        Self {
            fingerprinter,
            key_schedules: keys.iter().map(KeySchedule::new).collect(),
            keys: keys.iter().map(|key| key.fingerprint().into()).collect(),
            open: Vec::new(),
            ended: Vec::new(),
            repeating: Vec::new(),
            remembered: Vec::new(),
            misses: 0,
            lines: SeenLines::default(),
            starts: SeenStarts::default(),
            opened: 0,
            key: 0,
            on_track: true,
            undo: Undo::new(undo),
            restored: None,
            line: 0,
            lines_before: 0,
            above: Vec::new(),
            pending: Pending::default(),
            recovered: Vec::new(),
            observed: None,
        }
    }

    /// What may still be done to undo alterations.
    pub(super) fn undo_budget(&self) -> UndoBudget {
        self.undo.budget()
    }

    /// Forgets the chains, keeps the key schedules: a new stream begins, or goes on with `open` chains, the one advanced last
    /// at the end; others may go on from `checkpoints`.
    pub fn restart(&mut self, open: &[Checkpoint], checkpoints: &[Checkpoint]) {
        self.open.clear();
        self.ended.clear();
        self.repeating.clear();
        self.remembered.clear();
        self.misses = 0;
        self.opened = open.len() as u64;
        for (number, checkpoint) in open.iter().enumerate() {
            self.open.extend(restored(&self.keys, checkpoint, number as u64));
        }
        let first = checkpoints.len().saturating_sub(CHECKPOINTS_MAX);
        self.remembered
            .extend(checkpoints[first..].iter().filter_map(|checkpoint| restored(&self.keys, checkpoint, 0)));
        self.lines.clear();
        self.starts.clear();
        self.on_track = true;
        self.undo.restart();
        self.restored = None;
        self.line = 0;
        self.lines_before = 0;
        self.above.clear();
        self.pending = Pending::default();
        self.recovered.clear();
    }

    /// Where the open chains stand.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let checkpoint = |chain: &FollowedChain| Checkpoint {
            first: chain.id.first,
            key: Arc::clone(&self.keys[chain.key]),
            position: chain.verifier.position(),
            link: chain.verifier.link().clone(),
        };
        self.open.iter().map(checkpoint).collect()
    }

    /// Goes to a line of the current batch.
    pub(super) fn go_to(&mut self, index: usize) {
        self.line = self.lines_before + index as u64 + 1;
    }

    /// The batch is placed; the last of its lines is kept when it has no seal in its place.
    pub(super) fn end_batch(&mut self, lines: usize, last: &[u8]) {
        self.lines_before += lines as u64;
        if lines > 0 {
            self.above.clear();
            self.above.extend_from_slice(if last.len() > PENDING_BYTES_MAX { &[] } else { last });
        }
    }

    /// Places the sealed entry of the current line.
    pub fn feed(&mut self, sealed: &Sealed<'_>) -> Step {
        if let Some(step) = self.below_its_copy(sealed) {
            return step;
        }
        let mut respelled = None;
        let mut expected = Vec::new();
        let mut fits = self.place_spelled(sealed, &mut respelled, &mut expected);
        let mut is_known = fits.is_none() && self.lines.contains(sealed.fingerprint);
        if fits.is_none() && !is_known && self.recover_all() {
            expected.clear();
            fits = self.place_spelled(sealed, &mut respelled, &mut expected);
            is_known = fits.is_none() && self.lines.contains(sealed.fingerprint);
        }
        self.on_track = matches!(fits, Some(Step::Opens { .. } | Step::Resumes { .. } | Step::Continues(_)));
        self.misses = if fits.is_some() { 0 } else { self.misses + 1 };
        if fits.as_ref().is_some_and(|step| step.position().is_some()) {
            self.lines.insert(sealed.fingerprint);
            self.undo.remember_all(std::iter::once(sealed.line));
        }
        let step = fits.or_else(|| is_known.then_some(Step::Repeats { at: None }));
        step.unwrap_or_else(|| self.feed_unmatched(sealed, respelled.unwrap_or_default(), expected))
    }

    /// What a line that fits nothing was before it was altered; else it waits.
    fn feed_unmatched(
        &mut self,
        sealed: &Sealed<'_>,
        respelled: Vec<Vec<u8>>,
        expected: Vec<(ChainId, [u8; 2])>,
    ) -> Step {
        let mended: Vec<MendedEntry> = self.joined(sealed.above, sealed.line).into_iter().collect();
        let unsearched = if sealed.lossy { Some(SearchSkip::Lossy) } else { self.undo.skip() };
        let mut restored = if sealed.lossy { None } else { self.mend(&mended, sealed.line) };
        if restored.is_none() {
            restored = self.restore(sealed.line, sealed.entry.marker, unsearched);
        }
        restored.unwrap_or_else(|| {
            self.ended.iter_mut().for_each(|chain| chain.misses += 1);
            self.ended.retain(|chain| chain.misses < MISSES_MAX);
            if self.misses == MISSES_MAX {
                self.remembered.clear();
            }
            self.wait(sealed, respelled, mended.is_empty());
            self.offer(mended);
            Step::NoMatch { expected: expected.into(), unsearched }
        })
    }

    /// Places an entry by the bytes of its line, or else by what Go would have signed of it.
    fn place_spelled(
        &mut self,
        sealed: &Sealed<'_>,
        respelled: &mut Option<Vec<Vec<u8>>>,
        expected: &mut Vec<(ChainId, [u8; 2])>,
    ) -> Option<Step> {
        self.place(sealed, sealed.body, Spelling::AsWritten, expected).or_else(|| {
            let bodies = respelled.get_or_insert_with(|| {
                let mut bodies = entry::remarshal(sealed.line);
                bodies.retain(|body| body.as_slice() != sealed.body);
                bodies
            });
            bodies.iter().find_map(|body| self.place(sealed, body, Spelling::Remarshalled, &mut Vec::new()))
        })
    }

    /// The stream has ended: what waits may still be the next of an open chain.
    pub(super) fn finish(&mut self) {
        self.line = self.lines_before + 1;
        self.recover_all();
    }

    /// Lines that have their places by now, since this was asked last.
    pub(super) fn recovered(&mut self) -> std::vec::Drain<'_, Recovered> {
        self.recovered.drain(..)
    }

    /// Keeps a line that fits nothing. It was held against every open chain, as those were that wait already; what else it may
    /// be waits under the same number, and is to be tried.
    fn wait(&mut self, sealed: &Sealed<'_>, respelled: Vec<Vec<u8>>, is_all: bool) {
        let newest = self.pending.newest();
        for chain in &mut self.open {
            if is_all && newest.is_none_or(|newest| chain.tried == (chain.verifier.position(), newest)) {
                chain.tried = (chain.verifier.position(), self.line);
            }
        }
        let bodies = std::iter::once(sealed.body.to_vec()).chain(respelled).collect();
        let tag =
            WaitingEntry { fingerprint: sealed.fingerprint, ends: sealed.entry.marker == Marker::End, mending: None };
        self.pending.push(PendingLine { number: self.line, bodies, seal: *sealed.seal, tag });
    }

    /// Keeps what the current line may have been.
    fn offer(&mut self, mended: Vec<MendedEntry>) {
        for MendedEntry { draft, seal, ends, mending } in mended {
            let fingerprint = self.fingerprinter.of(&draft.spell(&seal, false));
            let tag = WaitingEntry { fingerprint, ends, mending: Some(mending) };
            let bodies = vec![draft.body().to_vec()];
            self.pending.push(PendingLine { number: self.line, bodies, seal, tag });
        }
    }

    /// Lets every open chain go on with lines that wait; tells whether one did.
    fn recover_all(&mut self) -> bool {
        if self.pending.newest().is_none() {
            return false;
        }
        let before = self.recovered.len();
        let chains: Vec<ChainId> = self.open.iter().rev().map(|chain| chain.id).collect();
        chains.into_iter().for_each(|chain| self.recover(chain));
        self.recovered.len() > before
    }

    /// Lets an open chain go on with lines that wait, as far as they fit.
    fn recover(&mut self, id: ChainId) {
        let Some(index) = self.open.iter().rposition(|chain| chain.id == id) else { return };
        let Self { key_schedules, open, pending, lines, recovered, line: shown_by, .. } = self;
        let chain = &mut open[index];
        while let Some(newest) = pending.newest() {
            let position = chain.verifier.position();
            let behind = if chain.tried.0 == position { chain.tried.1 } else { 0 };
            if behind >= newest {
                return;
            }
            let (key_schedule, verifier) = (&mut key_schedules[chain.key], &mut chain.verifier);
            let fits = |body: &[u8], seal: &Seal| verifier.feed(key_schedule, body, seal).is_ok();
            let (line, body) = match pending.search(behind, *shown_by, fits) {
                SearchOutcome::Found(line, body) => (line, body),
                SearchOutcome::NoneFits => return chain.tried = (position, newest),
                SearchOutcome::Unfinished => return,
            };
            chain.searches = 0;
            lines.insert(line.tag.fingerprint);
            let at = chain.at(if body == 0 { Spelling::AsWritten } else { Spelling::Remarshalled });
            let (WaitingEntry { ends, mending, .. }, seal) = (line.tag, line.seal);
            recovered.push(Recovered { line: line.number, at, seal, ends, mending, shown_by: *shown_by });
            if ends {
                return self.close(index);
            }
        }
    }

    /// Tries everything that [`Follower::feed`] may find out about an entry, and changes nothing. Slow: for the one line that
    /// people ask about.
    pub(super) fn examine(&mut self, sealed: &Sealed<'_>, line: usize) -> Examination {
        let mut spellings: Vec<SpellingTrials> = Vec::new();
        let remarshalled = entry::remarshal(sealed.line).into_iter().map(|body| (body, Spelling::Remarshalled));
        for (body, spelling) in std::iter::once((sealed.body.to_vec(), Spelling::AsWritten)).chain(remarshalled) {
            let is_same = spellings.iter().any(|known| known.body == body);
            let trials = if is_same { Vec::new() } else { self.try_all(&body, sealed.seal, spelling) };
            spellings.push(SpellingTrials { spelling, body: if is_same { Vec::new() } else { body }, is_same, trials });
        }
        let is_above = self.lines.contains(sealed.fingerprint);
        let is_start_above = self.is_repeated_start(sealed.fingerprint);
        Examination { line, spellings, is_above, is_start_above, search: None }
    }

    /// Notes what is searched for the next line.
    pub(super) fn observe(&mut self) {
        self.observed = Some(SearchSummary::default());
    }

    /// What was searched for it; None when it fits as it stands, or was not searched as it never had a seal.
    pub(super) fn take_observed(&mut self) -> Option<SearchSummary> {
        self.observed.take().filter(|summary| *summary != SearchSummary::default())
    }

    fn try_all(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Vec<Trial> {
        let Self { key_schedules, open, ended, repeating, .. } = self;
        let first = |(key, schedule)| {
            let (expected, fits) = ChainVerifier::examine_first(schedule, body, seal)?;
            Some(Trial { hypothesis: Hypothesis::First { key }, expected, fits })
        };
        let mut trials: Vec<Trial> = key_schedules.iter_mut().enumerate().filter_map(first).collect();
        let mut try_next = |chains: &mut [FollowedChain], hypothesis: fn(ChainPosition) -> Hypothesis| {
            trials.extend(chains.iter_mut().rev().map(|chain| {
                let (expected, fits) = chain.verifier.examine(&mut key_schedules[chain.key], body, seal);
                let at = ChainPosition { position: chain.verifier.position() + 1, ..chain.at(spelling) };
                Trial { hypothesis: hypothesis(at), expected, fits }
            }));
        };
        try_next(open, Hypothesis::Next);
        try_next(repeating, Hypothesis::NextRepeated);
        try_next(ended, Hypothesis::AfterEnd);
        trials
    }

    /// Looks at the current line, which carries no whole seal: what stood there may have been an entry. What it may have been
    /// for certain is tried first, and waits where it fits nothing yet.
    pub(super) fn feed_suspect(&mut self, suspect: &Suspect<'_>) -> Option<Step> {
        let &Suspect { line, above, marker, lossy, is_searched, is_unsigned } = suspect;
        let mut mended = Vec::new();
        if is_searched && !is_unsigned && line.len() <= PENDING_BYTES_MAX {
            mended = entry::shortened(line);
        }
        if !is_unsigned {
            mended.extend(self.joined(above, line));
        }
        if mended.is_empty() && !is_searched {
            return None;
        }
        let mut step = None;
        if !lossy {
            step = self.mend(&mended, line);
            if step.is_none() && self.recover_all() {
                step = self.mend(&mended, line);
            }
        }
        if step.is_none() && is_searched {
            let unsearched = if lossy { Some(SearchSkip::Lossy) } else { self.undo.skip() };
            step = self.restore(line, marker, unsearched);
        }
        if step.is_none() {
            self.offer(mended);
        }
        step
    }

    /// The entry that a line may be with the one above.
    fn joined(&self, above: Option<&[u8]>, line: &[u8]) -> Option<MendedEntry> {
        let above = above.unwrap_or(&self.above);
        let is_short = above.len() + line.len() <= PENDING_BYTES_MAX;
        (is_short && !above.is_empty()).then(|| entry::joined(above, line)).flatten()
    }

    /// Goes on with one of the entries that a line may have been, if one fits.
    fn mend(&mut self, mended: &[MendedEntry], line: &[u8]) -> Option<Step> {
        self.observed.iter_mut().for_each(|observed| observed.mended.clear());
        mended.iter().find_map(|entry| {
            let step = self.mend_next(entry, line).or_else(|| self.mend_first(entry, line));
            if let Some(observed) = &mut self.observed {
                observed.add_mended(entry, line, step.is_some());
            }
            step
        })
    }

    /// Whether one more MAC input of so many bytes may be tried with the current line.
    fn afford(&mut self, bytes: usize) -> bool {
        let is_affordable = self.pending.afford(bytes, self.line);
        self.observed.iter_mut().for_each(|observed| observed.is_curtailed |= !is_affordable);
        is_affordable
    }

    /// As the next entry of an open chain.
    fn mend_next(&mut self, entry: &MendedEntry, line: &[u8]) -> Option<Step> {
        let original = Original::mended(entry, false, line)?;
        let at = (0..self.open.len()).rev().find_map(|index| {
            let is_affordable = self.afford(original.body.len());
            is_affordable.then(|| self.advance_restored(index, &original)).flatten()
        })?;
        Some(self.take_original(at, original, None))
    }

    /// As the first entry of a chain of its own.
    fn mend_first(&mut self, entry: &MendedEntry, line: &[u8]) -> Option<Step> {
        let original = Original::mended(entry, true, line)?;
        let (at, dropped) = self.keys_by_likelihood().into_iter().find_map(|key| {
            let is_affordable = self.afford(original.body.len());
            is_affordable.then(|| self.open_restored(key, &original)).flatten()
        })?;
        Some(self.take_original(at, original, dropped))
    }

    /// Takes in the texts of lines that `pipeline` verified.
    pub(super) fn remember<'l>(&mut self, lines: impl ExactSizeIterator<Item = &'l [u8]>) {
        self.undo.remember_all(lines);
    }

    /// Undoes the alteration of a line that fits nothing, if its own seal proves what stood there, unless that is not to be
    /// searched.
    fn restore(&mut self, line: &[u8], marker: Marker, unsearched: Option<SearchSkip>) -> Option<Step> {
        if unsearched.is_some() {
            self.observed.iter_mut().for_each(|observed| observed.skip = unsearched);
            return None;
        }
        let mut observed = self.observed.take();
        if let Some(observed) = &mut observed {
            observed.places = self.places_without(marker);
        }
        let (targets, candidates): (Vec<_>, Vec<_>) = self.places_for(marker).into_iter().unzip();
        let names = observed.is_some().then(|| targets.iter().map(|target| self.hypothesis(*target)).collect());
        let SearchResult { found, tried } = self.undo.search(line, &candidates);
        let step = found.and_then(|(index, original)| {
            let (at, dropped) = match targets[index] {
                RestoredPlace::Open(index) => (self.advance_restored(index, &original)?, None),
                RestoredPlace::First(key) => self.open_restored(key, &original)?,
            };
            Some(self.take_original(at, original, dropped))
        });
        if let Some(observed) = &mut observed {
            observed.add_searched(names.unwrap_or_default(), tried, step.is_some());
        }
        self.observed = observed;
        step
    }

    /// The name of a place, before anything of it is taken.
    fn hypothesis(&self, place: RestoredPlace) -> Hypothesis {
        match place {
            RestoredPlace::First(key) => Hypothesis::First { key },
            RestoredPlace::Open(index) => {
                let at = self.open[index].at(Spelling::AsWritten);
                Hypothesis::Next(ChainPosition { position: at.position + 1, ..at })
            }
        }
    }

    /// Where an altered line is not searched, and why: what [`Self::places_for`] leaves out.
    fn places_without(&self, marker: Marker) -> Vec<PlaceSearch> {
        let open = self.open.iter().enumerate().rev().enumerate().filter_map(|(age, (index, chain))| {
            let skip = match marker {
                Marker::Start => PlaceSkip::MarkedAsStart,
                _ if age >= CHAINS_SEARCHED_MAX => PlaceSkip::AdvancedEarlier,
                _ if chain.searches >= SEARCHES_MAX => PlaceSkip::SearchedAbove,
                _ => return None,
            };
            Some((RestoredPlace::Open(index), skip))
        });
        let tried = self.keys_by_likelihood();
        let keys = (0..self.key_schedules.len()).filter(|key| !tried.contains(key));
        let skipped = open.chain(keys.map(|key| (RestoredPlace::First(key), PlaceSkip::KeyBeyond)));
        let search =
            |(place, skip)| PlaceSearch { place: self.hypothesis(place), skip: Some(skip), families: Vec::new() };
        skipped.map(search).collect()
    }

    /// A chain has gone on with an original.
    fn take_original(&mut self, at: ChainPosition, original: Original, dropped: Option<ChainId>) -> Step {
        self.on_track = true;
        self.lines.insert(self.fingerprinter.of(&original.line));
        if original.entry.marker == Marker::End {
            self.close_front();
        }
        let original = Box::new(original);
        self.restored = Some((at, original.clone()));
        Step::Restored { at, original, dropped }
    }

    /// The keys under which a first entry that was altered is tried.
    fn keys_by_likelihood(&self) -> Vec<usize> {
        let others = (0..self.key_schedules.len()).filter(|&key| key != self.key);
        std::iter::once(self.key).chain(others).take(KEYS_TRIED_MAX).collect()
    }

    /// Where an altered line may belong: next in one of the chains advanced last, or first in one of its own. What has no
    /// mark of a start is hardly ever a first entry.
    fn places_for(&mut self, marker: Marker) -> Vec<(RestoredPlace, Candidate)> {
        let mut places = Vec::new();
        let (newest, is_start) = (self.open.len(), marker == Marker::Start);
        for index in (newest.saturating_sub(CHAINS_SEARCHED_MAX)..newest).rev().filter(|_| !is_start) {
            let chain = &mut self.open[index];
            if chain.searches < SEARCHES_MAX {
                chain.searches += 1;
                let place = chain.verifier.next_place(&mut self.key_schedules[chain.key]);
                let candidate = Candidate { place, is_first: false, depth: SearchDepth::Full };
                places.push((RestoredPlace::Open(index), candidate));
            }
        }
        for key in self.keys_by_likelihood() {
            let place = self.key_schedules.get_mut(key).and_then(ChainVerifier::first_place);
            let depth = if is_start { SearchDepth::Full } else { SearchDepth::Cheap };
            let candidate = place.map(|place| Candidate { place, is_first: true, depth });
            places.extend(candidate.map(|candidate| (RestoredPlace::First(key), candidate)));
        }
        places
    }

    fn advance_restored(&mut self, index: usize, original: &Original) -> Option<ChainPosition> {
        let chain = &mut self.open[index];
        chain.verifier.feed(&mut self.key_schedules[chain.key], &original.body, &original.seal).ok()?;
        let mut chain = self.open.remove(index);
        chain.searches = 0;
        let at = chain.at(Spelling::AsWritten);
        self.open.push(chain);
        Some(at)
    }

    /// The altered copy of an entry that began a chain above begins none.
    fn open_restored(&mut self, key: usize, original: &Original) -> Option<(ChainPosition, Option<ChainId>)> {
        let known = self.open.iter().chain(&self.ended).chain(&self.repeating);
        if known.into_iter().any(|chain| chain.id.first == original.seal) {
            return None;
        }
        let verifier = ChainVerifier::open(self.key_schedules.get_mut(key)?, &original.body, &original.seal)?;
        let start = self.fingerprinter.of(&original.line);
        let chain = self.begin(key, original.seal, start, verifier);
        let at = chain.at(Spelling::AsWritten);
        Some((at, self.push_open(chain)))
    }

    /// A line whose altered copy was restored, when its chain still stands there: it stands in the very place of that.
    fn below_its_copy(&mut self, sealed: &Sealed<'_>) -> Option<Step> {
        let (at, _) = self.restored.take_if(|(_, original)| {
            original.seal == *sealed.seal
                && original.body == sealed.body
                && original.entry.marker == sealed.entry.marker
        })?;
        let stands = |chain: &FollowedChain| chain.id == at.chain && chain.verifier.position() == at.position;
        let step = match self.open.iter().position(stands) {
            Some(index) => {
                let chain = self.open.remove(index);
                self.open.push(chain);
                Step::Continues(at)
            }
            None => self.ended.iter().any(stands).then_some(Step::AfterEnd(at))?,
        };
        self.lines.insert(sealed.fingerprint);
        self.on_track = true;
        Some(step)
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

    /// Whether a chain began with this very line before.
    pub(super) fn is_repeated_start(&self, line: Fingerprint) -> bool {
        self.starts.get(line).is_some()
    }

    /// Takes in a chain whose first entries `pipeline` verified, of which `lines` are the names.
    pub(super) fn adopt(
        &mut self,
        key: usize,
        first: Seal,
        verifier: ChainVerifier,
        lines: impl Iterator<Item = Fingerprint>,
    ) -> (ChainId, Option<ChainId>) {
        let mut lines = lines.peekable();
        let start = lines.peek().copied().unwrap_or_default();
        let chain = self.begin(key, first, start, verifier);
        let id = chain.id;
        let dropped = self.push_open(chain);
        lines.for_each(|line| self.lines.insert(line));
        (id, dropped)
    }

    /// Moves the chain advanced last further, as `pipeline` verified; None when there is none.
    pub(super) fn advance_front(
        &mut self,
        verifier: ChainVerifier,
        lines: impl Iterator<Item = Fingerprint>,
    ) -> Option<ChainId> {
        let front = self.open.last_mut()?;
        front.verifier = verifier;
        front.searches = 0;
        lines.for_each(|line| self.lines.insert(line));
        self.on_track = true;
        Some(front.id)
    }

    /// The chain advanced last has ended.
    pub(super) fn close_front(&mut self) {
        let last = self.open.len().checked_sub(1);
        last.into_iter().for_each(|last| self.close(last));
    }

    fn close(&mut self, index: usize) {
        let chain = self.open.remove(index);
        self.starts.reached(chain.start, chain.verifier.position());
        if self.ended.len() == OPEN_CHAINS_MAX {
            self.ended.remove(0);
        }
        self.ended.push(chain);
    }

    fn begin(&mut self, key: usize, first: Seal, start: Fingerprint, verifier: ChainVerifier) -> FollowedChain {
        // Of a chain that stands here from its beginning nothing is gone.
        self.remembered.retain(|other| other.id.first != first);
        let id = ChainId { number: self.opened, first };
        self.opened += 1;
        self.key = key;
        FollowedChain { id, key, start, verifier, misses: 0, searches: 0, tried: (0, 0) }
    }

    /// Follows one more chain; returns the one that made room. The end of another one may be among the lines that wait.
    fn push_open(&mut self, chain: FollowedChain) -> Option<ChainId> {
        self.recover_all();
        self.starts.reached(chain.start, chain.verifier.position());
        let dropped = (self.open.len() == OPEN_CHAINS_MAX).then(|| self.open.remove(0));
        if let Some(dropped) = &dropped {
            self.starts.reached(dropped.start, dropped.verifier.position());
        }
        self.on_track = true;
        self.undo.encourage();
        self.open.push(chain);
        dropped.map(|chain| chain.id)
    }

    fn place(
        &mut self,
        sealed: &Sealed<'_>,
        body: &[u8],
        spelling: Spelling,
        expected: &mut Vec<(ChainId, [u8; 2])>,
    ) -> Option<Step> {
        // The mark of a start is not signed, so it decides only what is tried first.
        let step = if sealed.entry.marker == Marker::Start {
            self.open_chain(sealed, body, spelling)
                .or_else(|| self.continue_chain(body, sealed.seal, spelling, expected))
        } else {
            self.continue_chain(body, sealed.seal, spelling, expected)
                .or_else(|| self.open_chain(sealed, body, spelling))
        };
        let step = step
            .or_else(|| self.continue_repetition(sealed, body, spelling))
            .or_else(|| self.follow_end(body, sealed.seal, spelling))
            .or_else(|| self.resume(body, sealed.seal, spelling));
        if sealed.entry.marker == Marker::End
            && matches!(step, Some(Step::Opens { .. } | Step::Resumes { .. } | Step::Continues(_)))
        {
            self.close_front();
        }
        step
    }

    fn open_chain(&mut self, sealed: &Sealed<'_>, body: &[u8], spelling: Spelling) -> Option<Step> {
        let others = (0..self.key_schedules.len()).filter(|&key| key != self.key);
        let found = std::iter::once(self.key)
            .chain(others)
            .find_map(|key| Some((key, ChainVerifier::open(self.key_schedules.get_mut(key)?, body, sealed.seal)?)));
        let (key, verifier) = found?;
        let repeats = self.is_repeated_start(sealed.fingerprint);
        let chain = self.begin(key, *sealed.seal, sealed.fingerprint, verifier);
        if !repeats {
            let at = chain.at(spelling);
            return Some(Step::Opens { at, dropped: self.push_open(chain) });
        }
        let at = chain.at(spelling);
        if sealed.entry.marker != Marker::End {
            if self.repeating.len() == OPEN_CHAINS_MAX {
                self.repeating.remove(0);
            }
            self.repeating.push(chain);
        }
        Some(Step::Repeats { at: Some(at) })
    }

    fn continue_chain(
        &mut self,
        body: &[u8],
        seal: &Seal,
        spelling: Spelling,
        expected: &mut Vec<(ChainId, [u8; 2])>,
    ) -> Option<Step> {
        let key_schedules = &mut self.key_schedules;
        let index = self.open.iter_mut().rposition(|open| {
            match open.verifier.feed(&mut key_schedules[open.key], body, seal) {
                Ok(()) => true,
                Err(start) => {
                    expected.push((open.id, start));
                    false
                }
            }
        })?;
        let mut open = self.open.remove(index);
        let at = open.at(spelling);
        open.searches = 0;
        self.open.push(open);
        Some(Step::Continues(at))
    }

    /// Goes on with a chain that repeats an earlier one; or did so far.
    fn continue_repetition(&mut self, sealed: &Sealed<'_>, body: &[u8], spelling: Spelling) -> Option<Step> {
        let key_schedules = &mut self.key_schedules;
        let fits =
            |chain: &mut FollowedChain| chain.verifier.feed(&mut key_schedules[chain.key], body, sealed.seal).is_ok();
        let index = self.repeating.iter_mut().rposition(fits)?;
        let chain = self.repeating.remove(index);
        let at = chain.at(spelling);
        // Of lines that were forgotten, the first chain is known to have had so many.
        let first_had = || self.starts.get(chain.start).is_some_and(|entries| at.position <= entries);
        let is_above = self.lines.contains(sealed.fingerprint) || (self.lines.forgot() && first_had());
        if !is_above {
            // Two services that start within one second may write the same lines in plaintext, before each goes its way.
            return Some(Step::Opens { at, dropped: self.push_open(chain) });
        }
        if sealed.entry.marker != Marker::End {
            self.repeating.push(chain);
        }
        Some(Step::Repeats { at: Some(at) })
    }

    /// Goes on from a checkpoint.
    fn resume(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Option<Step> {
        let key_schedules = &mut self.key_schedules;
        let fits = |chain: &mut FollowedChain| chain.verifier.feed(&mut key_schedules[chain.key], body, seal).is_ok();
        let index = self.remembered.iter_mut().rposition(fits)?;
        let FollowedChain { id, key, start, verifier, .. } = self.remembered.swap_remove(index);
        let chain = self.begin(key, id.first, start, verifier);
        let at = chain.at(spelling);
        Some(Step::Resumes { at, dropped: self.push_open(chain) })
    }

    fn follow_end(&mut self, body: &[u8], seal: &Seal, spelling: Spelling) -> Option<Step> {
        let key_schedules = &mut self.key_schedules;
        let fits = |chain: &mut FollowedChain| chain.verifier.feed(&mut key_schedules[chain.key], body, seal).is_ok();
        let index = self.ended.iter_mut().rposition(fits)?;
        Some(Step::AfterEnd(self.ended[index].at(spelling)))
    }
}

/// A chain that goes on from a checkpoint; None when its key is not among these.
fn restored(keys: &[Arc<str>], checkpoint: &Checkpoint, number: u64) -> Option<FollowedChain> {
    Some(FollowedChain {
        id: ChainId { number, first: checkpoint.first },
        key: keys.iter().position(|key| *key == checkpoint.key)?,
        start: Fingerprint::default(),
        verifier: ChainVerifier::at(checkpoint.position, checkpoint.link.clone(), None),
        misses: 0,
        searches: 0,
        tried: (0, 0),
    })
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Key schedules and links are secret.
        write!(out, "Follower {{ {} keys, {} chains open }}", self.key_schedules.len(), self.open.len())
    }
}

/// Lines that are known at least.
const SEEN_LINES: usize = 1 << 18;

/// Of how many generations these are: one more is kept, so that the oldest can be forgotten as a whole.
const GENERATIONS: usize = 4;

/// First entries of chains that are remembered beyond that.
const STARTS_MAX: usize = 1 << 18;

/// Names a line by all its bytes, for as long as a run lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

/// Makes fingerprints; every run has a key of its own.
#[derive(Clone, Debug, Default)]
pub struct Fingerprinter(RandomState);

impl Fingerprinter {
    /// Of a line without its terminator.
    pub fn of(&self, line: &[u8]) -> Fingerprint {
        Fingerprint(self.0.hash_one(line))
    }
}

/// The last lines of a stream.
#[derive(Clone, Debug)]
pub struct SeenLines {
    /// Lines of one generation.
    capacity: usize,
    /// The oldest one first.
    generations: VecDeque<Vec<Fingerprint>>,
    /// The same as sets, from the first question on: most logs never ask.
    index: Option<VecDeque<HashSet<Fingerprint, foldhash::fast::RandomState>>>,
    forgot: bool,
}

impl Default for SeenLines {
    fn default() -> Self {
        Self::with_capacity(SEEN_LINES)
    }
}

impl SeenLines {
    /// Knows at least the last `capacity` lines, and at most a quarter more.
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.div_ceil(GENERATIONS).max(1);
        Self { capacity, generations: VecDeque::new(), index: None, forgot: false }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self { capacity: self.capacity, generations: VecDeque::new(), index: None, forgot: false };
    }

    /// Takes a line in.
    #[inline]
    pub fn insert(&mut self, line: Fingerprint) {
        if self.generations.back().is_none_or(|newest| newest.len() == self.capacity) {
            self.begin_generation();
        }
        if let Some(newest) = self.generations.back_mut() {
            newest.push(line);
        }
        if let Some(newest) = self.index.as_mut().and_then(VecDeque::back_mut) {
            newest.insert(line);
        }
    }

    fn begin_generation(&mut self) {
        let mut next = Vec::new();
        if self.generations.len() > GENERATIONS
            && let Some(oldest) = self.generations.pop_front()
        {
            self.forgot = true;
            next = oldest;
            next.clear();
        }
        self.generations.push_back(next);
        if let Some(index) = &mut self.index {
            if index.len() > GENERATIONS {
                index.pop_front();
            }
            index.push_back(HashSet::default());
        }
    }

    /// Whether the line is known.
    pub fn contains(&mut self, line: Fingerprint) -> bool {
        let generations = &self.generations;
        let sets = || generations.iter().map(|lines| lines.iter().copied().collect()).collect();
        self.index.get_or_insert_with(sets).iter().any(|lines| lines.contains(&line))
    }

    /// Whether lines were forgotten, to make room.
    pub(super) fn forgot(&self) -> bool {
        self.forgot
    }
}

/// The first entries of chains, with how far each chain went.
#[derive(Debug, Default)]
pub(super) struct SeenStarts {
    entries: HashMap<Fingerprint, u64, foldhash::fast::RandomState>,
    order: VecDeque<Fingerprint>,
}

impl SeenStarts {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }

    /// A chain that begins with this line has verified so many entries.
    pub(super) fn reached(&mut self, start: Fingerprint, entries: u64) {
        match self.entries.entry(start) {
            hash_map::Entry::Occupied(mut known) => {
                let most = entries.max(*known.get());
                known.insert(most);
            }
            hash_map::Entry::Vacant(unknown) => {
                unknown.insert(entries);
                self.order.push_back(start);
            }
        }
        if self.order.len() > STARTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// How many entries a chain had that begins with this line; None when there was none.
    pub(super) fn get(&self, start: Fingerprint) -> Option<u64> {
        self.entries.get(&start).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_known_whether_asked_early_or_late() {
        let name = Fingerprinter::default();
        for asked_first in [false, true] {
            let mut seen = SeenLines::with_capacity(4);
            if asked_first {
                assert!(!seen.contains(name.of(b"0")));
            }
            for number in 0..100_u32 {
                let line = name.of(number.to_string().as_bytes());
                assert!(!seen.contains(line) || !asked_first);
                seen.insert(line);
                assert_eq!(seen.forgot(), number >= 5, "{number}");
                for back in 0..=number.min(4) {
                    let known = name.of((number - back).to_string().as_bytes());
                    assert!(seen.contains(known), "{number} - {back}");
                }
                if number >= 5 {
                    assert!(!seen.contains(name.of((number - 5).to_string().as_bytes())), "{number}");
                }
            }
        }
    }

    #[test]
    fn a_chain_is_known_by_its_start_with_the_most_it_ever_had() {
        let name = Fingerprinter::default();
        let mut starts = SeenStarts::default();
        starts.reached(name.of(b"a"), 3);
        starts.reached(name.of(b"a"), 2);
        assert_eq!((starts.get(name.of(b"a")), starts.get(name.of(b"b"))), (Some(3), None));
    }
}
