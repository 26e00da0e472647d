//! Holds the chains of a run against those that a ledger remembers (attacks, row 20; ledger, section 6), and gathers what is
//! to be remembered of this one. Where a remembered chain should end is looked up by `open_chains` as it advances; what the
//! ledger is read from is left to `ledger`.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::code::{Class, Code, Policy};
use super::expectations::{ChainEnds, Expectations, ResumedChain};
use super::report::{ChainReport, ChainVerdict, Limit};
use super::rulings::FindingBuilder;
use crate::entry::{LogTime, Seal};
use crate::ledger::memory::{
    Learned, LearnedChain, LearnedStream, Memory, PlacedCheckpoint, ProvenChain, RememberedChain,
};
use crate::ledger::record::StreamRecord;
use crate::line::Place;
use crate::source::Stream;

/// Chains that began last in a stream and are named by a checkpoint.
const BEGUN_MAX: usize = 8;

/// In which order chains begin in a stream, held against that of earlier runs.
#[derive(Clone, Default)]
pub(super) struct ChainOrder {
    /// The first seals of the last ones.
    begun: VecDeque<Seal>,
    /// Those that some checkpoint names.
    named: HashSet<Seal>,
    /// Those that began before a chain which was resumed here.
    passed: HashSet<Seal>,
    /// By the stream and the run that first told of them, the last chain that began here.
    last: HashMap<(Arc<str>, u64), usize>,
    /// By their stream, the chains that began here, told of by whichever run.
    told: HashMap<Arc<str>, Latest>,
}

/// Chains by their index in memory, each with the time of its beginning: those that no other one exceeds in both.
#[derive(Clone, Default)]
struct Latest(Vec<(usize, LogTime)>);

impl Latest {
    fn add(&mut self, chain: usize, began: LogTime) {
        let at = self.0.partition_point(|(other, _)| *other < chain);
        if self.0.get(at).is_some_and(|(_, other)| *other >= began) {
            return;
        }
        let kept = self.0[..at].partition_point(|(_, other)| *other > began);
        self.0.splice(kept..at, [(chain, began)]);
    }

    /// Whether one of them was told of later than this chain, and began after it had ended.
    fn has_later(&self, chain: usize, ended: LogTime) -> bool {
        let at = self.0.partition_point(|(other, _)| *other <= chain);
        self.0.get(at).is_some_and(|(_, began)| *began >= ended)
    }
}

impl ChainOrder {
    /// A chain begins; tells whether it stood before one that it stands behind now.
    pub(super) fn begin(&mut self, expectations: &Expectations, first: &Seal) -> bool {
        if self.begun.len() == BEGUN_MAX {
            self.begun.pop_front();
        }
        self.begun.push_back(*first);
        let memory = &expectations.memory;
        if memory.is_named_by_checkpoint(first) {
            self.named.insert(*first);
        }
        let mut is_moved = self.passed.contains(first);
        // Where several began alike, nobody can tell which one this is.
        if let [chain] = *memory.beginning_with(first) {
            let RememberedChain { chain: ProvenChain { stream, began, ended, .. }, run, .. } = &memory.chains()[chain];
            let last = self.last.entry((Arc::clone(stream), *run)).or_insert(chain);
            is_moved |= chain < *last;
            *last = chain.max(*last);
            // An older file may have been found later: what different runs told of is in order where its times are, too.
            let told = self.told.entry(Arc::clone(stream)).or_default();
            is_moved |= ended.is_some_and(|ended| told.has_later(chain, ended));
            if let Some(began) = began {
                told.add(chain, *began);
            }
        }
        // Whoever gives the files in another order reads the chains in another one.
        is_moved && expectations.asks_in_the_same_order()
    }

    /// A chain goes on behind a checkpoint; tells whether something is here that began before it.
    pub(super) fn resume(&mut self, checkpoint: &PlacedCheckpoint) -> bool {
        let others = || checkpoint.begun.iter().filter(|first| **first != checkpoint.checkpoint.first);
        self.passed.extend(others());
        others().any(|first| self.named.contains(first))
    }

    /// These chains began last in a part that is not read again.
    pub(super) fn restore(&mut self, record: &StreamRecord) {
        self.begun.extend(record.begun.iter().map(|first| Seal::from(*first)));
    }

    /// The first seals of the chains that began last.
    pub(super) fn begun(&self) -> Vec<Seal> {
        self.begun.iter().copied().collect()
    }
}

/// A chain of this run that begins like a remembered one and is none of those.
struct Unlike {
    stream: usize,
    place: Place,
    entries: u64,
    is_broken: bool,
}

/// See the file's head.
#[derive(Default)]
pub(super) struct Comparison {
    /// By index in memory.
    met: HashSet<usize>,
    unlike: HashMap<Seal, Vec<Unlike>>,
    /// By their first seals, how many entries of them stand here from their beginning.
    begun: HashMap<Seal, u64>,
    resumed: Vec<(usize, ResumedChain)>,
    newest: Option<LogTime>,
    /// With the index of their stream and their number in it.
    learned: Vec<(usize, u64, LearnedChain)>,
    checkpoints: Vec<PlacedCheckpoint>,
    streams: Vec<LearnedStream>,
    /// By stream, the closed chains that stand in a part of it that is not read again.
    unchanged: HashMap<Arc<str>, Vec<usize>>,
    /// A chain of an earlier run began here once more.
    has_repeated: bool,
}

/// Findings that say nothing against going on behind them in a later run.
const SETTLED: [Code; 14] = [
    Code::ChainUnfinished,
    Code::ChainOpenAtEnd,
    Code::ChainsInterleaved,
    Code::ChainResumed,
    Code::ChainExpired,
    Code::LinesUnsignedBetweenChains,
    Code::TimeBackwards,
    Code::KeyCompromised,
    Code::KeyOutdated,
    Code::KeyUnused,
    Code::EntryReencoded,
    Code::FileSkipped,
    Code::FileDouble,
    Code::LedgerNew,
];

/// Whether a run found nothing but what is settled: then a later one may go on behind it, and one that went on behind an
/// earlier one has said all.
pub fn is_settled<'c>(codes: impl IntoIterator<Item = &'c Code>) -> bool {
    codes.into_iter().all(|code| SETTLED.contains(code))
}

/// What a comparison comes to.
#[derive(Default)]
pub(super) struct Compared {
    /// Each with the index of the stream it weighs on.
    pub(super) findings: Vec<(Option<usize>, FindingBuilder)>,
    pub(super) limits: Vec<Limit>,
    pub(super) learned: Learned,
}

impl Comparison {
    /// Takes in a chain that nothing more belongs to.
    pub(super) fn observe(&mut self, stream: &Arc<str>, report: &ChainReport, ends: ChainEnds) {
        let ChainEnds { id, last, entries, remembered, skipped } = ends;
        self.newest = self.newest.max(report.to);
        let is_met_again = remembered.met.is_some_and(|index| !self.met.insert(index));
        self.has_repeated |= is_met_again || remembered.is_known && !remembered.is_restored;
        if skipped == 0 && report.verdict != ChainVerdict::Broken {
            let most = self.begun.entry(id.first).or_default();
            *most = entries.max(*most);
        }
        if remembered.met.is_none() {
            let (stream, place, is_broken) =
                (report.stream, report.last.clone(), report.verdict == ChainVerdict::Broken);
            self.unlike.entry(id.first).or_default().push(Unlike { stream, place, entries, is_broken });
        }
        let Some(key) = &report.key else { return };
        let chain = ProvenChain {
            stream: Arc::clone(stream),
            first: id.first,
            last,
            entries,
            closed: report.verdict == ChainVerdict::Closed,
            from: report.first.clone(),
            through: report.last.clone(),
            began: report.from,
            ended: report.to,
            key: key.as_str().into(),
        };
        self.learned.push((report.stream, id.number, LearnedChain { chain, remembered: remembered.met }));
    }

    pub(super) fn resume(&mut self, stream: usize, chain: ResumedChain) {
        self.resumed.push((stream, chain));
    }

    /// Takes in the chains of an earlier run that lie in an unchanged part of a stream and ended there.
    pub(super) fn take_unchanged(&mut self, stream: &Stream, memory: &Memory, record: &StreamRecord) {
        let unchanged = self.unchanged.entry(Arc::clone(&stream.name)).or_default();
        for index in memory.closed_in(record) {
            // Two logs may begin as one did.
            self.has_repeated |= !self.met.insert(index);
            unchanged.push(index);
            self.newest = self.newest.max(memory.chains()[index].chain.ended);
        }
    }

    pub(super) fn learn_stream(&mut self, record: StreamRecord) {
        let unchanged = self.unchanged.remove(&*record.stream).unwrap_or_default();
        self.streams.push(LearnedStream { record, unchanged });
    }

    /// Whether a chain of an earlier run began here once more: of a part that is not read, that is a repetition.
    pub(super) fn has_repeated(&self) -> bool {
        self.has_repeated
    }

    pub(super) fn keep(&mut self, checkpoint: PlacedCheckpoint) {
        self.checkpoints.push(checkpoint);
    }

    /// Says what became of every remembered chain, now that everything is read.
    pub(super) fn conclude(
        mut self,
        expectations: &Expectations,
        by_code: &BTreeMap<Code, u64>,
        keys: impl Fn(&str) -> bool,
    ) -> Compared {
        let mut compared = Compared::default();
        let expires_at =
            expectations.retention_ms.zip(self.newest).map(|(ms, newest)| newest.unix_ms.saturating_sub(ms));
        let is_expired = |time: Option<LogTime>| time.zip(expires_at).is_some_and(|(time, at)| time.unix_ms < at);
        let could_look = expectations.asks_for_the_same() && !by_code.keys().any(|code| hides_chains(*code));
        let (mut expired, mut without_key) = (Vec::new(), 0);
        for (index, known) in expectations.memory.chains().iter().enumerate() {
            if known.is_retired || self.met.contains(&index) {
                continue;
            }
            let chain = &known.chain;
            if !keys(&chain.key) {
                without_key += 1;
                continue;
            }
            let unlike = self.unlike.get(&chain.first).map_or(&[][..], Vec::as_slice);
            if unlike.is_empty() && is_expired(chain.ended) {
                expired.push(index);
                continue;
            }
            compared.findings.extend(lost(known, unlike, could_look));
        }
        for (stream, chain) in self.resumed.drain(..) {
            let beginning = if self.begun.get(&chain.first).is_some_and(|entries| *entries >= chain.skipped) {
                Beginning::Elsewhere
            } else if !could_look {
                Beginning::Unseen
            } else if expires_at.is_none() {
                Beginning::Gone
            } else if is_expired(chain.time) {
                Beginning::Expired
            } else {
                Beginning::Early
            };
            compared.findings.push((Some(stream), resumed(&chain, beginning)));
        }
        if !expired.is_empty() {
            let what = if expired.len() == 1 {
                "1 chain of earlier runs is"
            } else {
                &format!("{} chains of earlier runs are", expired.len())
            };
            let message = format!("{what} not here any more, older than --retention");
            compared.findings.push((None, FindingBuilder::of(Code::ChainExpired, message)));
        }
        if without_key + expectations.memory.unreadable() > 0 {
            let what =
                "whether chains are still here that earlier runs proved with keys that were not given".to_owned();
            compared.limits.push(Limit { stream: None, what });
        }
        let expires_at = expires_at.map(|unix_ms| LogTime { unix_ms });
        compared.learned = Learned { expired, expires_at, ..self.learned(is_settled(by_code.keys())) };
        compared
    }

    fn learned(mut self, is_settled: bool) -> Learned {
        self.learned.sort_by_key(|(stream, number, _)| (*stream, *number));
        // The same log may have been given twice.
        let mut known = HashSet::new();
        let chains = self.learned.into_iter().map(|(_, _, chain)| chain);
        let chains = chains.filter(|it| known.insert(it.chain.ends())).collect();
        let streams = if is_settled { self.streams } else { Vec::new() };
        Learned { chains, checkpoints: self.checkpoints, streams, ..Learned::default() }
    }
}

/// Whether a finding leaves room for chains that could not be seen.
fn hides_chains(code: Code) -> bool {
    let headless = [Code::StreamHeadless, Code::NothingVerified, Code::LineUnclaimed];
    code.class(Policy::Default) == Class::Undecided || headless.contains(&code)
}

/// What is to be said of a remembered chain that is not here as it was; nothing where it breaks, as that is said already.
fn lost(known: &RememberedChain, unlike: &[Unlike], could_look: bool) -> Option<(Option<usize>, FindingBuilder)> {
    if unlike.iter().any(|it| it.is_broken) {
        return None;
    }
    let ProvenChain { from, entries, began, ended, .. } = &known.chain;
    let when = known.verified.map_or_else(String::new, |when| format!(" of {}", when.whole_seconds()));
    let name =
        format!("the chain that began at {}:{}, of which a run{when} verified {entries} entries", from.file, from.line);
    if !could_look {
        let finding = FindingBuilder::of(Code::ChainNotFound, format!("cannot tell what became of {name}"))
            .hint("give the same inputs as in the last run, and see what could not be read");
        return Some((None, finding));
    }
    let Some(nearest) = unlike.iter().max_by_key(|it| it.entries) else {
        let times = began.zip(*ended);
        let times = times.map_or_else(String::new, |(began, ended)| format!(" (from {began} to {ended})"));
        let finding = FindingBuilder::of(Code::ChainMissing, format!("{name}{times}, is not here any more")).hint(
            "look for it in a copy of the log; when rotation removed it, --retention says how long logs are kept",
        );
        return Some((None, finding));
    };
    let finding = if nearest.entries < *entries {
        let message = format!("{name}, stops here after {}", nearest.entries);
        FindingBuilder::of(Code::ChainShortened, message).hint("compare its end with a copy of the log")
    } else {
        let message = format!("{name}, has other entries now");
        FindingBuilder::of(Code::ChainChanged, message).hint("only who has the key can seal others: treat it as known")
    };
    Some((Some(nearest.stream), finding.of_place(nearest.place.clone())))
}

/// What became of the beginning of a chain that does not stand where the chain goes on.
#[derive(Clone, Copy)]
enum Beginning {
    /// It stands in another stream.
    Elsewhere,
    /// It is gone, and not everything could be looked at.
    Unseen,
    /// It is gone, and older than what is kept.
    Expired,
    /// It is gone, and younger.
    Early,
    /// It is gone, and nobody said how long logs are kept.
    Gone,
}

fn resumed(chain: &ResumedChain, beginning: Beginning) -> FindingBuilder {
    let ResumedChain { place, skipped, is_contradicted, .. } = chain;
    let finding = match beginning {
        Beginning::Unseen if *is_contradicted => {
            let message = format!("cannot tell what became of the {skipped} entries before this one");
            FindingBuilder::of(Code::ChainNotFound, message)
                .hint("give the same inputs as in the last run, and see what could not be read")
        }
        _ if *is_contradicted => {
            let message = format!("the {skipped} entries before this one are gone, and what stood before them is here");
            FindingBuilder::of(Code::ChainShortened, message).hint("compare with a copy of the log")
        }
        Beginning::Expired => {
            let message =
                format!("the {skipped} entries before this one are not here any more, older than --retention");
            FindingBuilder::of(Code::ChainExpired, message)
        }
        Beginning::Early => {
            let message = format!("the {skipped} entries before this one are gone before their time");
            FindingBuilder::of(Code::ChainShortened, message).hint("look for them in a copy of the log")
        }
        Beginning::Elsewhere => {
            let message = format!("the {skipped} entries before this one stand in another log of this run");
            FindingBuilder::of(Code::ChainResumed, message)
                .hint("when both are one log: --stream-by REGEX says which files belong together")
        }
        Beginning::Unseen | Beginning::Gone => {
            let message =
                format!("the chain goes on from an earlier run: the {skipped} entries before this one verified then");
            FindingBuilder::of(Code::ChainResumed, message)
                .hint("normal where rotation removed them; --retention says how long logs are kept")
        }
    };
    finding.of_place(place.clone())
}
