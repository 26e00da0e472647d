//! Compares what files hold once they are decompressed: a file stands for another one only when its content is the same
//! (attacks, row 55). What follows from it is left to `rotation`.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Input, open};

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// Bytes that tell most files apart: the first entry of a log holds its time.
const HEAD_BYTES: u64 = 4 << 10;

/// How two contents compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Byte for byte, to the end of both.
    Same,
    /// The first one ends early, or cannot be read further; as far as it goes both are the same.
    Beginning,
    /// The other way round.
    Continuation,
    /// Neither.
    Different,
}

/// Compares two files, in constant memory. What is no regular file is never opened.
pub(super) fn compare(a: &Path, b: &Path) -> Likeness {
    let (Some(mut a), Some(mut b)) = (reader(a), reader(b)) else { return Likeness::Different };
    let (mut left, mut right) = (vec![0; BLOCK_BYTES], vec![0; BLOCK_BYTES]);
    loop {
        let (mine, yours) = (fill(&mut a, &mut left), fill(&mut b, &mut right));
        let (count, other) = (mine.bytes, yours.bytes);
        if left[..count.min(other)] != right[..count.min(other)] {
            return Likeness::Different;
        }
        match count.cmp(&other) {
            std::cmp::Ordering::Less => return Likeness::Beginning,
            std::cmp::Ordering::Greater => return Likeness::Continuation,
            std::cmp::Ordering::Equal => {}
        }
        match (mine.end, yours.end) {
            (None, _) | (_, None) => {}
            (Some(Ok(())), Some(Ok(()))) => return Likeness::Same,
            (Some(Err(_)), Some(Ok(()))) => return Likeness::Beginning,
            (Some(Ok(())), Some(Err(_))) => return Likeness::Continuation,
            (Some(Err(_)), Some(Err(_))) => return Likeness::Different,
        }
    }
}

/// Groups of files with the same content, by index: at least two in a group. A file that says nothing, and one that cannot
/// be read, is in none.
pub(super) fn groups_of_same<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Vec<Vec<usize>> {
    let paths: Vec<&PathBuf> = paths.collect();
    let all: Vec<usize> = (0..paths.len()).collect();
    // Few files share a head: only those are read as a whole.
    let alike = grouped(&all, |at| head(paths[at]));
    alike.iter().flat_map(|group| grouped(group, |at| digest(paths[at]))).collect()
}

/// The groups of at least two with the same key, in the order of their first.
fn grouped<K: Hash + Eq>(of: &[usize], key: impl Fn(usize) -> Option<K>) -> Vec<Vec<usize>> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &at in of {
        let Some(key) = key(at) else { continue };
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(at);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn head(path: &Path) -> Option<u64> {
    let mut head = Vec::new();
    reader(path)?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let says_something = head.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    let mut hasher = DefaultHasher::new();
    head.hash(&mut hasher);
    says_something.then(|| hasher.finish())
}

fn digest(path: &Path) -> Option<[u8; 32]> {
    let (mut reader, mut block, mut hash) = (reader(path)?, vec![0; BLOCK_BYTES], Sha256::new());
    loop {
        let filled = fill(&mut reader, &mut block);
        hash.update(&block[..filled.bytes]);
        match filled.end {
            None => {}
            Some(Ok(())) => return Some(hash.finalize().into()),
            Some(Err(_)) => return None,
        }
    }
}

/// The decompressed content of a regular file.
fn reader(path: &Path) -> Option<Box<dyn Read + Send>> {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| open(&Input::path(path.to_owned())).ok().map(|opened| opened.reader)).flatten()
}

struct Filled {
    bytes: usize,
    /// Set where nothing follows.
    end: Option<io::Result<()>>,
}

/// Reads until the block is full.
fn fill(reader: &mut impl Read, block: &mut [u8]) -> Filled {
    let mut bytes = 0;
    while bytes < block.len() {
        match reader.read(&mut block[bytes..]) {
            Ok(0) => return Filled { bytes, end: Some(Ok(())) },
            Ok(count) => bytes += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Filled { bytes, end: Some(Err(error)) },
        }
    }
    Filled { bytes, end: None }
}
