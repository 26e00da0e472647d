//! Files that begin as an earlier run left them, by their hash or by what the file system says of them, and the hashing of texts
//! for the next run. What is to be believed is left to `ledger::unchanged`.

use std::io::{self, Cursor, Read, Seek as _, SeekFrom};
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};
use sha2::{Digest as _, Sha256};

use crate::ledger::record::{Hash, InputRecord, StreamFile};
use crate::ledger::resumption::{FilePrefix, KnownFiles};
use crate::ledger::unchanged::{FileStat, UnchangedBy};
use crate::source::{Input, OpenFile, Opened, Origin, must_be_decoded};

/// Bytes that are hashed at a time.
const PREFIX_BUFFER_BYTES: usize = 256 << 10;

/// Of SHA-256.
const BLOCK_BYTES: u64 = 64;

/// What a run remembers of a file that it read.
#[derive(Clone, Debug)]
pub(super) struct ReadFile {
    pub(super) record: InputRecord,
    /// What the file system said before it was read, when it was asked.
    pub(super) stat: Option<FileStat>,
}

/// SHA-256 of a text so far.
#[derive(Clone, Default)]
pub(super) struct TextHash {
    sha256: Sha256,
    /// The same behind the last whole block: nothing of the text can be read in it.
    at_block: Sha256,
    bytes: u64,
}

impl TextHash {
    fn update(&mut self, text: &[u8]) {
        self.bytes += text.len() as u64;
        let rest = usize::try_from(self.bytes % BLOCK_BYTES).map_or(text.len(), |rest| rest.min(text.len()));
        let (blocks, rest) = text.split_at(text.len() - rest);
        if !blocks.is_empty() {
            self.sha256.update(blocks);
            self.at_block = self.sha256.clone();
        }
        self.sha256.update(rest);
    }

    fn hash(&self) -> Hash {
        Hash(self.sha256.clone().finalize().into())
    }

    /// What it takes to go on with it later.
    fn midstate(&self) -> String {
        hex::encode(self.at_block.serialize())
    }

    /// Of the text of a file that is believed to be there still: only what stands behind its last whole block is read. None when
    /// that does not lead to the hash of it.
    fn resume(known: &StreamFile, midstate: &str, OpenFile { file, .. }: &OpenFile) -> Option<Self> {
        let state = SerializedState::<Sha256>::try_from(hex::decode(midstate).ok()?.as_slice()).ok()?;
        let at_block = Sha256::deserialize(&state).ok()?;
        let bytes = known.bytes - known.bytes % BLOCK_BYTES;
        let mut hash = Self { sha256: at_block.clone(), at_block, bytes };
        let mut rest = Vec::new();
        (&**file).seek(SeekFrom::Start(bytes)).ok()?;
        (&**file).take(known.bytes - bytes).read_to_end(&mut rest).ok()?;
        hash.update(&rest);
        (hash.bytes == known.bytes && hash.hash() == known.sha256).then_some(hash)
    }
}

/// A file that begins as it did.
pub(super) struct UnchangedFile {
    pub(super) prefix: FilePrefix,
    /// The hash of its beginning, to be gone on with; None of a whole text that is believed to be there.
    text: Option<TextHash>,
    /// What the file system said of it, when it was asked.
    pub(super) stat: Option<FileStat>,
    /// What is behind it.
    rest: Opened,
}

impl UnchangedFile {
    /// A file of which a beginning is known. None of what can be read once only.
    pub(super) fn find(
        input: &Input,
        known: &KnownFiles<'_>,
        by: &[UnchangedBy],
        open: &dyn Fn(&Input) -> io::Result<Opened>,
    ) -> Option<Self> {
        let Origin::Path(path) = &input.origin else { return None };
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let open = || open(input).ok();
        let believes = by.iter().any(|by| *by != UnchangedBy::Hash);
        if let Some(believed) = believes.then(|| Self::believe(open()?, known, by)).flatten() {
            return Some(believed);
        }
        let hash = |find: &dyn Fn(Opened) -> Option<Self>| {
            let opened = open()?;
            // Before the first byte is read: what is changed from here on shows in it.
            let stat = to_remember(&opened, by);
            find(opened).map(|found| Self { stat, ..found })
        };
        // What was empty is the beginning of everything.
        let was_empty = || hash(&|opened| Self::behind(opened, TextHash::default()));
        hash(&|opened| Self::hash(opened, known)).or_else(|| known.prefixes.contains_key(&0).then(was_empty).flatten())
    }

    /// A file that need not be hashed, where the run was asked to believe what the file system says (ledger, section 6).
    fn believe(mut opened: Opened, known: &KnownFiles<'_>, by: &[UnchangedBy]) -> Option<Self> {
        let file = opened.file.clone()?;
        let (now, is_plain) = (FileStat::of(&file.file)?, opened.compression.is_none());
        let (known, held) = known.believed(&now, by, is_plain)?;
        let mut head = Vec::new();
        opened.reader.by_ref().take(4).read_to_end(&mut head).ok()?;
        if must_be_decoded(&head) {
            return None;
        }
        let told = known.stat.clone()?;
        let is_whole = !is_plain || now.size == known.bytes;
        let prefix = FilePrefix { bytes: known.bytes, sha256: known.sha256, is_whole, by: held };
        if is_whole {
            let rest = Opened { reader: Box::new(io::empty()), file: None, ..opened };
            return Some(Self { prefix, text: None, stat: Some(told), rest });
        }
        let text = TextHash::resume(known, told.midstate.as_deref()?, &file)?;
        let stat = FileStat::to_remember(&file.file, by);
        Some(Self { prefix, text: Some(text), stat, rest: opened.behind(known.bytes)? })
    }

    /// Hashes a file up to the first of the lengths at which its beginning is known, unless it may have to be decoded from its
    /// beginning.
    fn hash(mut opened: Opened, known: &KnownFiles<'_>) -> Option<Self> {
        let mut text = TextHash::default();
        let mut buffer = vec![0; PREFIX_BUFFER_BYTES];
        for (&length, hashes) in known.prefixes.range(1..) {
            while text.bytes < length {
                let room = usize::try_from(length - text.bytes).map_or(buffer.len(), |left| left.min(buffer.len()));
                let count = opened.reader.read(&mut buffer[..room]).ok()?;
                if count == 0 || text.bytes == 0 && must_be_decoded(&buffer[..count]) {
                    return None;
                }
                text.update(&buffer[..count]);
            }
            if hashes.contains(&text.hash()) {
                return Self::behind(opened, text);
            }
        }
        None
    }

    /// A file that was read up to here.
    fn behind(mut opened: Opened, text: TextHash) -> Option<Self> {
        let mut next = Vec::new();
        opened.reader.by_ref().take(1).read_to_end(&mut next).ok()?;
        let is_whole = next.is_empty();
        let prefix = FilePrefix { bytes: text.bytes, sha256: text.hash(), is_whole, by: UnchangedBy::Hash };
        let behind: Box<dyn Read + Send> =
            if is_whole { Box::new(io::empty()) } else { Box::new(Cursor::new(next).chain(opened.reader)) };
        let rest = Opened { reader: behind, file: None, ..opened };
        Some(Self { prefix, text: Some(text), stat: None, rest })
    }

    /// What is known of it before what is behind its beginning is read: all, when that is nothing.
    pub(super) fn to_read(&self, record: InputRecord) -> ReadFile {
        let midstate = self.text.as_ref().map(TextHash::midstate);
        let stat = self.stat.clone().map(|stat| stat.with_midstate(midstate));
        let FilePrefix { bytes, sha256, is_whole, by } = self.prefix;
        let (bytes, sha256) = if is_whole { (bytes, Some(sha256)) } else { (record.bytes, None) };
        let unchanged_by = Some(by).filter(|by| *by != UnchangedBy::Hash);
        ReadFile { record: InputRecord { bytes, sha256, unchanged_by, ..record }, stat }
    }

    /// What is behind so many lines of its beginning, to be read; what is known of all of it is entered into `read` at its end.
    pub(super) fn read_on(self, lines: u64, read: Arc<Mutex<ReadFile>>) -> Opened {
        let mut entry = read.lock();
        *entry = self.to_read(entry.record.clone());
        drop(entry);
        let rest = Opened { first_line: lines + 1, ..self.rest };
        match self.text {
            Some(hash) => watch(rest, hash, read),
            None => rest,
        }
    }
}

/// Reads an input from its beginning; what is known of it is entered into `read` at its end.
pub(super) fn read_from_the_beginning(opened: Opened, by: &[UnchangedBy], read: Arc<Mutex<ReadFile>>) -> Opened {
    read.lock().stat = to_remember(&opened, by);
    watch(opened, TextHash::default(), read)
}

fn to_remember(opened: &Opened, by: &[UnchangedBy]) -> Option<FileStat> {
    FileStat::to_remember(&opened.file.as_ref()?.file, by)
}

fn watch(opened: Opened, hash: TextHash, read: Arc<Mutex<ReadFile>>) -> Opened {
    let reader = HashedText { text: opened.reader, hash, read };
    Opened { reader: Box::new(reader), ..opened }
}

/// A text that is hashed while it is read. The hash is told at its end.
struct HashedText {
    text: Box<dyn Read + Send>,
    hash: TextHash,
    read: Arc<Mutex<ReadFile>>,
}

impl Read for HashedText {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(out)?;
        self.hash.update(&out[..count]);
        if count == 0 && !out.is_empty() {
            let mut read = self.read.lock();
            (read.record.bytes, read.record.sha256) = (self.hash.bytes, Some(self.hash.hash()));
            read.stat = read.stat.take().map(|stat| stat.with_midstate(Some(self.hash.midstate())));
        }
        Ok(count)
    }
}
