//! Whether a stream begins as an earlier run left it, so that only what follows has to be verified. Told by the bytes of its
//! files, never by their names; what is hashed and where it is read is left to the caller.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::memory::Memory;
use super::record::{Hash, OpenChainRecord, StreamRecord};
use crate::chain::Checkpoint;

/// The beginning of a file of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePrefix {
    pub bytes: u64,
    pub sha256: Hash,
    /// Whether there is nothing behind it.
    pub is_whole: bool,
}

/// A stream that begins as a record says.
#[derive(Clone)]
pub struct Resumption {
    pub record: Arc<StreamRecord>,
    /// Which file of the stream is read first, behind its prefix.
    pub file: usize,
    /// Where the open chains of the record stand, in its order.
    pub checkpoints: Vec<Checkpoint>,
}

/// The hashes that are remembered of beginnings of files, by their lengths.
pub fn known_prefixes(memory: &Memory) -> BTreeMap<u64, HashSet<Hash>> {
    let mut known: BTreeMap<u64, HashSet<Hash>> = BTreeMap::new();
    for file in memory.streams().flat_map(|stream| &stream.files) {
        known.entry(file.bytes).or_default().insert(file.sha256);
    }
    known
}

impl Resumption {
    /// Finds the record that a stream begins with. Of each of its files, oldest first, the prefix is given that is
    /// [known](known_prefixes). What a key verified counts only where `trusts` has that key still.
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
        Some(Self { record: Arc::clone(record), file: last, checkpoints: checkpoints? })
    }
}
