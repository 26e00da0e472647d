//! What the lines of a ledger say together: the last state of every chain, where chains may be resumed, and what was asked for
//! when they were proven.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::keys::LedgerKeys;
use super::record::{ChainRecord, CheckpointRecord, Hash, LedgerRecord, RetiredRecord, RunRecord, StreamRecord};
use crate::chain::{CHECKPOINT_KEY_BYTES, CHECKPOINTS_MAX, Checkpoint, EncryptedCheckpoint, NONCE_BYTES};
use crate::entry::{LogTime, Seal};
use crate::line::Place;
use crate::outcome::Outcome;

/// What a run proved of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenChain {
    pub stream: Arc<str>,
    pub first: Seal,
    /// The seal of the last entry that was proven, and its n.
    pub last: Seal,
    pub entries: u64,
    pub closed: bool,
    /// Where the first and the last entry stood.
    pub from: Place,
    pub through: Place,
    pub began: Option<LogTime>,
    pub ended: Option<LogTime>,
    /// Fingerprint of its key.
    pub key: Arc<str>,
}

/// A chain that an earlier run proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedChain {
    pub chain: ProvenChain,
    /// The line and the run that first told of it, and the time of the run that proved this state.
    pub line: u64,
    pub run: u64,
    pub verified: Option<LogTime>,
    /// It need not be there any more.
    pub is_retired: bool,
}

/// Where an open chain stood behind a file of its stream, from which it can be resumed.
#[derive(Clone, Debug)]
pub struct PlacedCheckpoint {
    pub stream: Arc<str>,
    pub checkpoint: Checkpoint,
    /// Whether that file is the last one, which may have gone on since.
    pub at_end: bool,
    /// First seals of the chains that began last in the stream, up to there.
    pub begun: Vec<Seal>,
    /// The time of the last entry before it.
    pub time: Option<LogTime>,
}

/// See the file's head.
#[derive(Debug, Default)]
pub struct Memory {
    /// In the order in which they were first told of, which in one stream is that of their beginnings.
    chains: Vec<RememberedChain>,
    /// Chains by their first seal. Two that began alike, each with its own last seal, stand beside one another.
    by_first: HashMap<Seal, Vec<usize>>,
    checkpoints: Vec<PlacedCheckpoint>,
    /// The last checkpoint of a chain at a position.
    by_position: HashMap<(Seal, u64), usize>,
    /// Those where a file may begin.
    usable: BTreeSet<usize>,
    /// By stream and chain, the last checkpoint at the end of the stream.
    at_ends: HashMap<(Arc<str>, Seal), usize>,
    /// The last record of each stream, by its name.
    streams: BTreeMap<String, Arc<StreamRecord>>,
    /// The chains that some checkpoint names, by their first seals.
    named: HashSet<Seal>,
    /// The last run that told of chains.
    last_run: Option<RunRecord>,
    runs: u64,
    /// Lines so far.
    lines: u64,
    /// Records of keys that were not given.
    unreadable: u64,
}

impl Memory {
    /// Every chain that was ever told of, in its last state.
    pub fn chains(&self) -> &[RememberedChain] {
        &self.chains
    }

    /// Chains that begin with this seal, by their index.
    pub fn beginning_with(&self, first: &Seal) -> &[usize] {
        self.by_first.get(first).map_or(&[], Vec::as_slice)
    }

    /// A checkpoint of this chain behind this position.
    pub fn checkpoint(&self, first: &Seal, position: u64) -> Option<&PlacedCheckpoint> {
        self.by_position.get(&(*first, position)).map(|index| &self.checkpoints[*index])
    }

    /// Whether a checkpoint says that this chain began before it.
    pub fn is_named_by_checkpoint(&self, first: &Seal) -> bool {
        self.named.contains(first)
    }

    /// Where chains may be resumed in a stream, as many as are tried: what is known of a log of this name comes last, and is
    /// tried first.
    pub fn checkpoints_for(&self, stream: &str) -> Vec<Checkpoint> {
        let newest_first = || self.usable.iter().rev().map(|index| &self.checkpoints[*index]);
        let own = newest_first().filter(|it| *it.stream == *stream);
        let others = newest_first().filter(|it| *it.stream != *stream);
        let mut tried: Vec<_> = own.chain(others).take(CHECKPOINTS_MAX).map(|it| it.checkpoint.clone()).collect();
        tried.reverse();
        tried
    }

    /// The closed chains that stand in the files of a stream, by their index.
    pub fn closed_in<'m>(&'m self, record: &'m StreamRecord) -> impl Iterator<Item = usize> + 'm {
        let before = |line: u64| self.chains.partition_point(|chain| chain.line < line);
        record.chains.iter().flat_map(move |(from, to)| before(*from)..before(to.saturating_add(1)))
    }

    /// How each stream stood at its end, when it was seen last.
    pub fn streams(&self) -> impl Iterator<Item = &Arc<StreamRecord>> {
        self.streams.values()
    }

    /// What was asked for by the last run that told of chains.
    pub fn arguments(&self) -> &[String] {
        self.last_run.as_ref().map_or(&[], |run| &run.arguments)
    }

    /// The last run that was recorded, and how many there were.
    pub fn last_run(&self) -> Option<&RunRecord> {
        self.last_run.as_ref()
    }

    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Records that cannot be read, as their keys were not given.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// A record that cannot be read.
    pub(super) fn skip(&mut self) {
        self.lines += 1;
        self.unreadable += 1;
    }

    /// Takes in the next record, which this key authenticates.
    ///
    /// # Errors
    /// What it tells of that no line before it does.
    pub(super) fn take(&mut self, record: LedgerRecord, key: &str, keys: &LedgerKeys) -> Result<(), &'static str> {
        self.lines += 1;
        match record {
            LedgerRecord::Run(run) => {
                self.runs += 1;
                // A run without an answer says nothing of chains.
                if [Outcome::Intact, Outcome::Incomplete].iter().any(|outcome| outcome.name() == run.outcome) {
                    self.last_run = Some(run);
                }
                Ok(())
            }
            LedgerRecord::Chain(chain) => self.take_chain(chain, key),
            LedgerRecord::Checkpoint(checkpoint) => self.take_checkpoint(&checkpoint, key, keys),
            LedgerRecord::Stream(stream) => {
                self.streams.insert(stream.stream.clone(), Arc::new(stream));
                Ok(())
            }
            LedgerRecord::Retired(RetiredRecord { chains, .. }) => {
                for (first, last) in chains {
                    let index = self.find(&first.into(), &last.into()).ok_or("tells of an unknown chain")?;
                    self.chains[index].is_retired = true;
                }
                Ok(())
            }
        }
    }

    /// The chain with these seals, by its index.
    pub fn find(&self, first: &Seal, last: &Seal) -> Option<usize> {
        self.beginning_with(first).iter().copied().find(|&index| self.chains[index].chain.last == *last)
    }

    fn take_chain(&mut self, record: ChainRecord, key: &str) -> Result<(), &'static str> {
        let time = |unix_ms: Option<i64>| unix_ms.map(|unix_ms| LogTime { unix_ms });
        let place = |(file, line): (String, u64)| Place { file: file.into(), line };
        let first = Seal::from(record.first);
        let chain = ProvenChain {
            stream: record.stream.into(),
            first,
            last: record.last.into(),
            entries: record.entries,
            closed: record.closed,
            from: place(record.from),
            through: place(record.through),
            began: time(record.began),
            ended: time(record.ended),
            key: key.into(),
        };
        let verified = time(self.last_run.as_ref().map(|run| run.when));
        match record.extends {
            Some(extended) => {
                let index = self.find(&first, &extended.into()).ok_or("goes on with an unknown chain")?;
                let known = &mut self.chains[index];
                (known.chain, known.verified, known.is_retired) = (chain, verified, false);
            }
            None => {
                self.by_first.entry(first).or_default().push(self.chains.len());
                let (line, run) = (self.lines, self.runs);
                self.chains.push(RememberedChain { chain, line, run, verified, is_retired: false });
            }
        }
        Ok(())
    }

    fn take_checkpoint(&mut self, record: &CheckpointRecord, key: &str, keys: &LedgerKeys) -> Result<(), &'static str> {
        const DAMAGED: &str = "holds a checkpoint that cannot be decrypted";
        let CheckpointRecord { position, nonce, link, tag, .. } = *record;
        let encrypted = EncryptedCheckpoint { first: record.first.into(), key: key.into(), position, nonce, link, tag };
        let checkpoint = keys.checkpoint_key(key).and_then(|key| encrypted.decrypt(key)).ok_or(DAMAGED)?;
        let begun: Vec<Seal> = record.begun.iter().map(|first| Seal::from(*first)).collect();
        self.named.extend(&begun);
        let (stream, first): (Arc<str>, _) = (record.stream.as_str().into(), checkpoint.first);
        let (time, at_end) = (record.time.map(|unix_ms| LogTime { unix_ms }), record.at_end);
        let (chain, index) = ((Arc::clone(&stream), first), self.checkpoints.len());
        // Whoever runs every hour leaves many that nothing goes on from, and only so many are tried.
        if let Some(last) = self.at_ends.get(&chain)
            && self.checkpoints[*last].checkpoint.position <= position
        {
            self.usable.remove(last);
        }
        self.usable.insert(index);
        if at_end {
            self.at_ends.insert(chain, index);
        }
        self.by_position.insert((first, position), index);
        self.checkpoints.push(PlacedCheckpoint { stream, checkpoint, at_end, begun, time });
        Ok(())
    }
}

/// A chain of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedChain {
    pub chain: ProvenChain,
    /// Which remembered chain it is, by its index.
    pub remembered: Option<usize>,
}

/// How a stream stood at its end.
#[derive(Clone, Debug)]
pub struct LearnedStream {
    /// Without its closed chains.
    pub record: StreamRecord,
    /// Those of them that stand in a part that was not read again, by their index in memory.
    pub unchanged: Vec<usize>,
}

/// What a run leaves to be remembered.
#[derive(Debug, Default)]
pub struct Learned {
    /// In the order in which they began in their streams.
    pub chains: Vec<LearnedChain>,
    pub checkpoints: Vec<PlacedCheckpoint>,
    /// What a later run can go on with.
    pub streams: Vec<LearnedStream>,
    /// Chains that are gone, as they may be: their index in memory. Nobody is to miss them again.
    pub expired: Vec<usize>,
    /// What is older than this may be gone.
    pub expires_at: Option<LogTime>,
}

impl Learned {
    /// The records of a run, each with the fingerprint of its key: the run itself, and what it says that is new. `lines` are
    /// those of the ledger so far.
    pub(super) fn records(
        &self,
        run: RunRecord,
        memory: &Memory,
        keys: &LedgerKeys,
        lines: u64,
    ) -> io::Result<Vec<(Arc<str>, LedgerRecord)>> {
        let key = self.chains.first().map(|it| &it.chain.key).or(keys.first()).cloned().unwrap_or_default();
        let when = run.when;
        let mut records = vec![(Arc::clone(&key), LedgerRecord::Run(run))];
        // By stream, where the ledger first tells of its closed chains.
        let mut closed: HashMap<&str, Vec<u64>> = HashMap::new();
        for LearnedChain { chain, remembered } in &self.chains {
            let known = remembered.and_then(|index| memory.chains.get(index));
            let line = known.map_or(lines + records.len() as u64 + 1, |known| known.line);
            if chain.closed {
                closed.entry(&chain.stream).or_default().push(line);
            }
            if known.is_none_or(|known| known.chain.last != chain.last || known.chain.closed != chain.closed) {
                records
                    .push((Arc::clone(&chain.key), LedgerRecord::Chain(chain.record(known.map(|known| &known.chain)))));
            }
        }
        for checkpoint in &self.checkpoints {
            let PlacedCheckpoint { checkpoint: Checkpoint { first, position, key, .. }, .. } = checkpoint;
            let says_nothing_new =
                memory.checkpoint(first, *position).is_some_and(|it| checkpoint.at_end || !it.at_end);
            let Some(secret) = keys.checkpoint_key(key).filter(|_| !says_nothing_new) else { continue };
            records.push((Arc::clone(key), LedgerRecord::Checkpoint(checkpoint.record(secret)?)));
        }
        let expired: Vec<_> = self.expired.iter().filter_map(|index| memory.chains.get(*index)).collect();
        if let Some(before) = self.expires_at.filter(|_| !expired.is_empty()) {
            let chains = expired.into_iter().map(|known| known.chain.ends()).collect();
            let record = RetiredRecord { when, before: before.unix_ms, chains };
            records.push((Arc::clone(&key), LedgerRecord::Retired(record)));
        }
        for LearnedStream { record, unchanged } in &self.streams {
            let mut record = record.clone();
            let mut chains = closed.remove(&*record.stream).unwrap_or_default();
            chains.extend(unchanged.iter().filter_map(|index| memory.chains.get(*index)).map(|chain| chain.line));
            record.enter_chains(chains);
            memory.streams.get(&record.stream).into_iter().for_each(|known| record.keep_stats(known));
            if memory.streams.get(&record.stream).is_none_or(|known| **known != record) {
                records.push((Arc::clone(&key), LedgerRecord::Stream(record)));
            }
        }
        Ok(records)
    }
}

impl ProvenChain {
    /// Its first and its last seal, which together are its name in the ledger.
    pub fn ends(&self) -> (Hash, Hash) {
        (self.first.into(), self.last.into())
    }

    /// A record of it; `known` is its state so far.
    fn record(&self, known: Option<&Self>) -> ChainRecord {
        let position = |place: &Place| (place.file.to_string(), place.line);
        ChainRecord {
            stream: self.stream.to_string(),
            first: self.first.into(),
            last: self.last.into(),
            entries: self.entries,
            closed: self.closed,
            extends: known.map(|known| known.last.into()),
            // Of a resumed chain the earlier record knows where it began.
            from: position(known.map_or(&self.from, |known| &known.from)),
            through: position(&self.through),
            began: known.map_or(self.began, |known| known.began).map(|time| time.unix_ms),
            ended: self.ended.map(|time| time.unix_ms),
        }
    }
}

impl PlacedCheckpoint {
    /// Encrypts it.
    fn record(&self, key: &[u8; CHECKPOINT_KEY_BYTES]) -> io::Result<CheckpointRecord> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let EncryptedCheckpoint { first, position, link, tag, .. } = self.checkpoint.encrypt(key, nonce);
        Ok(CheckpointRecord {
            stream: self.stream.to_string(),
            first: first.into(),
            position,
            at_end: self.at_end,
            begun: self.begun.iter().map(|first| Hash::from(*first)).collect(),
            time: self.time.map(|time| time.unix_ms),
            nonce,
            link,
            tag,
        })
    }
}
