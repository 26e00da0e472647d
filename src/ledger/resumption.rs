//! Whether a stream begins as an earlier run left it, so that only what follows has to be verified. Told by the bytes of its
//! files or by what the file system says of them, never by their names; what is hashed and where it is read is left to the caller.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::memory::Memory;
use super::record::{Hash, OpenChainRecord, StreamFile, StreamRecord};
use super::unchanged::{FileStat, UnchangedBy};
use crate::chain::Checkpoint;
use crate::entry::Seal;

/// The beginning of a file of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePrefix {
    pub bytes: u64,
    pub sha256: Hash,
    /// Whether there is nothing behind it.
    pub is_whole: bool,
    /// By what it is known to be that.
    pub by: UnchangedBy,
}

/// A stream that begins as a record says.
#[derive(Clone)]
pub struct Resumption {
    pub record: Arc<StreamRecord>,
    /// Which file of the stream is read first, behind its prefix.
    pub file: usize,
    /// Where the open chains of the record stand, in its order.
    pub checkpoints: Vec<Checkpoint>,
    /// By what each file of the record, up to the one that is read, is known to be unchanged.
    pub unchanged_by: Vec<UnchangedBy>,
}

/// What is remembered of files.
#[derive(Debug, Default)]
pub struct KnownFiles<'m> {
    /// The hashes of their beginnings, by their lengths.
    pub prefixes: BTreeMap<u64, HashSet<Hash>>,
    /// Those of which the file system told something, by device and inode.
    pub told: HashMap<(&'m str, &'m str), Vec<&'m StreamFile>>,
}

impl<'m> KnownFiles<'m> {
    /// By all records of streams.
    pub fn of(memory: &'m Memory) -> Self {
        let mut known = Self::default();
        for file in memory.streams().flat_map(|stream| &stream.files) {
            known.prefixes.entry(file.bytes).or_default().insert(file.sha256);
            if let Some(stat) = &file.stat {
                known.told.entry((&stat.device, &stat.inode)).or_default().push(file);
            }
        }
        known
    }

    /// The longest text of a file that may be believed to be there still, and by what.
    pub fn believed(
        &self,
        now: &FileStat,
        by: &[UnchangedBy],
        is_plain: bool,
    ) -> Option<(&'m StreamFile, UnchangedBy)> {
        let told = self.told.get(&(now.device.as_str(), now.inode.as_str()))?;
        let holds = |file: &'m StreamFile| {
            let by = file.stat.as_ref()?.still_holds(now, by, is_plain.then_some(file.bytes))?;
            Some((file, by))
        };
        told.iter().filter_map(|file| holds(file)).max_by_key(|(file, _)| file.bytes)
    }
}

impl Resumption {
    /// How many lines of the file that is read first stand before what is read.
    pub fn lines_before(&self) -> u64 {
        self.record.files.last().map_or(0, |file| file.lines)
    }

    /// The chains that stand in what is not read, by their first seals, and how many of their entries do.
    pub fn chains_before(&self, memory: &Memory) -> HashMap<Seal, u64> {
        let closed = memory.closed_in(&self.record).map(|chain| &memory.chains()[chain].chain);
        let closed = closed.map(|chain| (chain.first, chain.entries));
        closed.chain(self.record.open.iter().map(|chain| (Seal::from(chain.first), chain.position))).collect()
    }

    /// Finds the record that a stream begins with. Of each of its files, oldest first, the prefix is given that is
    /// [known](KnownFiles). What a key verified counts only where `trusts` has that key still.
    pub fn find(memory: &Memory, files: &[Option<FilePrefix>], trusts: &dyn Fn(&str) -> bool) -> Option<Self> {
        let trusted = memory.streams().filter(|record| record.keys.keys().all(|key| trusts(key)));
        let found = trusted.filter_map(|record| Self::of(memory, record, files));
        // A log may be known under several names.
        found.max_by_key(|it| it.file)
    }

    fn of(memory: &Memory, record: &Arc<StreamRecord>, files: &[Option<FilePrefix>]) -> Option<Self> {
        // Of what stood in a file that is gone, only a walk shows what goes on in the others.
        let last = record.files.len().checked_sub(1)?;
        let is_unchanged = record.files.iter().enumerate().all(|(file, known)| {
            // What stands behind a file that is not the last one was not there.
            let is_known =
                |it: FilePrefix| (it.is_whole || file == last) && (it.bytes, it.sha256) == (known.bytes, known.sha256);
            files.get(file).copied().flatten().is_some_and(is_known)
        });
        // One that has gone on since was seen under another name.
        let is_latest = |chain: &OpenChainRecord| memory.find(&chain.first.into(), &chain.last.into()).is_some();
        if !is_unchanged || !record.open.iter().all(is_latest) {
            return None;
        }
        let checkpoint =
            |first: Hash, position| memory.checkpoint(&first.into(), position).map(|it| it.checkpoint.clone());
        let checkpoints: Option<Vec<Checkpoint>> =
            record.open.iter().map(|chain| checkpoint(chain.first, chain.position)).collect();
        let unchanged_by = files.iter().take(record.files.len()).flatten().map(|it| it.by).collect();
        Some(Self { record: Arc::clone(record), file: last, checkpoints: checkpoints?, unchanged_by })
    }
}
