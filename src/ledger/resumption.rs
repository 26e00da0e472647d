//! Whether a stream begins as an earlier run left it, so that only what follows has to be verified. Told by the bytes of its
//! files, never by their names; what is hashed and where it is read is left to the caller.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::memory::Memory;
use super::record::{Hash, OpenChainRecord, StreamRecord};
use crate::chain::Checkpoint;

/// The beginning of a file of so many bytes.
#[derive(Clone)]
pub struct FilePrefix {
    pub bytes: u64,
    /// Has taken them in.
    pub sha256: Sha256,
    /// Whether there is nothing behind it.
    pub is_whole: bool,
}

/// A stream that begins as a record says.
#[derive(Clone)]
pub struct Resumption {
    pub record: Arc<StreamRecord>,
    /// Which file of the stream is read first, behind what of it.
    pub file: usize,
    pub prefix: FilePrefix,
    /// Where the open chains of the record stand, in its order.
    pub checkpoints: Vec<Checkpoint>,
}

/// How long the beginnings are of which a hash is remembered.
pub fn prefix_lengths(memory: &Memory) -> BTreeSet<u64> {
    memory.streams().flat_map(|stream| &stream.files).map(|file| file.bytes).collect()
}

impl Resumption {
    /// Finds the record that a stream begins with. Of each of its files, oldest first, the prefixes are given that have one
    /// of the [lengths](prefix_lengths) asked for. What a key verified counts only where `trusts` has that key still.
    pub fn find(memory: &Memory, files: &[Vec<FilePrefix>], trusts: &dyn Fn(&str) -> bool) -> Option<Self> {
        let trusted = memory.streams().filter(|record| record.keys.keys().all(|key| trusts(key)));
        let found = trusted.filter_map(|record| Self::of(memory, record, files));
        // A log may be known under several names.
        found.max_by_key(|it| (it.file, it.prefix.bytes))
    }

    fn of(memory: &Memory, record: &Arc<StreamRecord>, files: &[Vec<FilePrefix>]) -> Option<Self> {
        // Of what stood in a file that is gone, only a walk shows what goes on in the others.
        let last = record.files.len().checked_sub(1)?;
        let is_unchanged = record.files.iter().enumerate().all(|(file, known)| {
            let prefix = files.get(file).and_then(|prefixes| prefixes.iter().find(|it| it.bytes == known.bytes));
            // What stands behind a file that is not the last one was not there.
            prefix.is_some_and(|it| (it.is_whole || file == last) && hash_of(it) == known.sha256)
        });
        // One that has gone on since was seen under another name.
        let is_latest = |chain: &OpenChainRecord| memory.find(&chain.first.into(), &chain.last.into()).is_some();
        if !is_unchanged || !record.open.iter().all(is_latest) {
            return None;
        }
        let prefix = files[last].iter().find(|it| it.bytes == record.files[last].bytes)?.clone();
        let checkpoint =
            |first: Hash, position| memory.checkpoint(&first.into(), position).map(|it| it.checkpoint.clone());
        let checkpoints: Option<Vec<Checkpoint>> =
            record.open.iter().map(|chain| checkpoint(chain.first, chain.position)).collect();
        Some(Self { record: Arc::clone(record), file: last, prefix, checkpoints: checkpoints? })
    }
}

fn hash_of(prefix: &FilePrefix) -> Hash {
    Hash(prefix.sha256.clone().finalize().into())
}
