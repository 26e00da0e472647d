//! One line of a ledger: what it says, and how it is bound to the lines before it. A line is a JSON object in canonical form
//! (RFC 8785); `mac` authenticates it without itself, `prev` is the SHA-256 of the line before (ledger, sections 3 and 4).

use std::collections::BTreeMap;
use std::{fmt, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::keys::LedgerKeys;
use super::unchanged::{FileStat, UnchangedBy};
use crate::chain::NONCE_BYTES;
use crate::entry::Seal;

/// What the first line names as the one before it.
pub const NO_LINE: Hash = Hash([0; 32]);

/// A SHA-256, or what is as long; hex in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.as_bytes(), &mut bytes).map_err(de::Error::custom)?;
        Ok(Self(bytes))
    }
}

impl From<Seal> for Hash {
    fn from(seal: Seal) -> Self {
        Self(seal.0)
    }
}

impl From<Hash> for Seal {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum LedgerRecord {
    Run(RunRecord),
    Chain(ChainRecord),
    Checkpoint(CheckpointRecord),
    Stream(StreamRecord),
    Retired(RetiredRecord),
}

/// A run that came to an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// When, in milliseconds since 1970.
    pub when: i64,
    /// Of this program.
    pub version: String,
    pub policy: String,
    pub outcome: String,
    /// What was asked for: absolute paths, patterns.
    pub arguments: Vec<String>,
    /// The files that were read, in reading order.
    pub inputs: Vec<InputRecord>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRecord {
    pub path: String,
    /// Of its text, decompressed: the part that was read.
    pub bytes: u64,
    /// SHA-256 of that part; None when it was not read to its end.
    pub sha256: Option<Hash>,
    /// Where the file lies, when it is one. Text, as JSON numbers have 53 bits.
    pub device: Option<String>,
    pub inode: Option<String>,
    /// By what its beginning counted as unchanged, when it was not hashed: then its hash is of what was believed to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_by: Option<UnchangedBy>,
}

/// A chain that was proven: a new one, or a later state of one that an earlier line tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainRecord {
    /// The name of its stream.
    pub stream: String,
    /// The seal of its first entry.
    pub first: Hash,
    /// The seal of its last entry.
    pub last: Hash,
    /// n of its last entry.
    pub entries: u64,
    /// Whether its end was seen.
    pub closed: bool,
    /// The last seal of the earlier state, which this one replaces.
    pub extends: Option<Hash>,
    /// Where its first entry stood, and its last one: file and line.
    pub from: (String, u64),
    pub through: (String, u64),
    /// The times of these entries, in milliseconds since 1970.
    pub began: Option<i64>,
    pub ended: Option<i64>,
}

/// Where a chain stood at a place where a file of its stream ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRecord {
    pub stream: String,
    pub first: Hash,
    pub position: u64,
    /// Whether it stands where the last file of the stream ended, which may have gone on since.
    pub at_end: bool,
    /// First seals of the chains that began last in the stream, up to here.
    pub begun: Vec<Hash>,
    /// The time of the last entry before it, in milliseconds since 1970.
    pub time: Option<i64>,
    /// h(n) under AES-256-GCM: 12, 32 and 16 bytes.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; NONCE_BYTES],
    #[serde(with = "hex::serde")]
    pub link: [u8; 32],
    #[serde(with = "hex::serde")]
    pub tag: [u8; 16],
}

/// How a stream stood at its end, so that a later run can go on there when what stands before is unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRecord {
    pub stream: String,
    /// Oldest first.
    pub files: Vec<StreamFile>,
    /// Chains without an end, the one advanced last at the end.
    pub open: Vec<OpenChainRecord>,
    /// The last chain that began while another one was open, which has not gone on since.
    pub begun_inside: Option<BegunInsideRecord>,
    /// Chains whose beginning is in no file any more, whether they ended or not.
    pub resumed: Vec<ResumedRecord>,
    /// First seals of the chains that began last.
    pub begun: Vec<Hash>,
    /// Chains that ended.
    pub closed: u64,
    /// Those of them that stand in these files, by the numbers of the lines that first told of them: from and to.
    pub chains: Vec<(u64, u64)>,
    /// Chains that each key opened, by its fingerprint.
    pub keys: BTreeMap<String, u64>,
    /// What was found, and does not depend on what comes later: how often each code.
    pub findings: BTreeMap<String, u64>,
    pub interleaved: bool,
    /// What is proven without the open chains.
    pub proven: Vec<ProvenRecord>,
    /// Places so far across which nothing is proven.
    pub disturbances: u64,
    /// Of the chains that ended: the latest end and the latest beginning, in milliseconds since 1970.
    pub ended_at: Option<i64>,
    pub ended_began_at: Option<i64>,
    /// Lines with a seal, and how many there were when the last chain began.
    pub sealed: u64,
    pub last_opened: u64,
    /// Lines without a seal.
    pub unsigned: u64,
}

impl StreamRecord {
    /// Enters the closed chains that stand in the files.
    pub(super) fn enter_chains(&mut self, mut lines: Vec<u64>) {
        lines.sort_unstable();
        lines.dedup();
        self.chains.clear();
        for line in lines {
            match self.chains.last_mut() {
                Some((_, to)) if *to + 1 == line => *to = line,
                _ => self.chains.push((line, line)),
            }
        }
    }

    /// Keeps what an earlier record says of files as they are here: it was true then, whoever looks at it now.
    pub(super) fn keep_stats(&mut self, known: &Self) {
        for (file, known) in self.files.iter_mut().zip(&known.files) {
            let is_same = (&file.path, file.bytes, file.sha256) == (&known.path, known.bytes, known.sha256);
            if is_same && file.stat.is_none() {
                file.stat.clone_from(&known.stat);
            }
        }
    }
}

/// A file of a stream, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamFile {
    pub path: String,
    /// Of its text, decompressed.
    pub bytes: u64,
    pub lines: u64,
    pub sha256: Hash,
    /// The formats of its entries.
    pub formats: Vec<String>,
    /// Chains that begin in it.
    pub chains: u64,
    /// What the file system said of it, when a run asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stat: Option<FileStat>,
}

/// A chain without an end. The rest of it is in the records of its chain and its checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenChainRecord {
    pub first: Hash,
    pub last: Hash,
    pub position: u64,
    /// Where its first and last entry stand: index of the file, and line.
    pub from: (usize, u64),
    pub through: (usize, u64),
    /// Lines with a seal in the stream, up to these entries.
    pub opened: u64,
    pub advanced: u64,
    /// The disturbances of the stream up to there, likewise.
    pub disturbances: (u64, u64),
    /// By how much the chain before ended later than this one began, in milliseconds.
    pub early: i64,
}

/// Two open chains, by their index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BegunInsideRecord {
    pub outer: usize,
    /// None when it has ended.
    pub inner: Option<usize>,
    /// When that one began, in milliseconds since 1970.
    pub time: Option<i64>,
    /// Whether lines without a seal stand right before it.
    pub behind_unsigned: bool,
}

/// A time of which everything is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenRecord {
    /// In milliseconds since 1970.
    pub from: i64,
    pub to: i64,
    /// Whether it ends with the end of a chain.
    pub ended: bool,
    /// The disturbances of the stream up to its first and its last entry.
    pub disturbances: (u64, u64),
}

/// A chain that went on from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumedRecord {
    pub first: Hash,
    /// Entries before the first one that stands in the files.
    pub skipped: u64,
    /// Where that one stands: index of the file, and line. Its time, in milliseconds since 1970.
    pub at: (usize, u64),
    pub began: Option<i64>,
}

/// Chains that are no longer to be held against a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredRecord {
    /// When, in milliseconds since 1970.
    pub when: i64,
    /// Chains whose last entry is older than this, in milliseconds since 1970.
    pub before: i64,
    /// First and last seal of each.
    pub chains: Vec<(Hash, Hash)>,
}

/// A line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Fingerprint of the key that authenticates it.
    pub key: String,
    /// None when that key is not here: the lines behind it still say that it is the one that was written.
    pub record: Option<LedgerRecord>,
}

/// Why a line is not one that this program wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// Not the canonical form of a record.
    Malformed(String),
    /// It does not follow the line before it.
    Detached,
    /// Its MAC is wrong.
    Forged,
}

impl fmt::Display for LineFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(out, "is no record of a ledger: {why}"),
            Self::Detached => out.write_str("does not follow the line before it: lines were removed, added or moved"),
            Self::Forged => out.write_str("is not authentic: its MAC is wrong"),
        }
    }
}

/// Writes a record behind the line with the hash `prev`, without a line feed.
///
/// # Errors
/// When the key is not here: then nothing of its chains was proven.
pub(super) fn write(record: &LedgerRecord, key: &str, prev: Hash, keys: &LedgerKeys) -> io::Result<String> {
    let mut object = serde_json::to_value(record)?;
    object["key"] = key.into();
    object["prev"] = prev.to_string().into();
    let text = serde_jcs::to_string(&object)?;
    let mac = keys.mac(key, [text.as_bytes(), b""]);
    let mac = mac.ok_or_else(|| io::Error::other(format!("internal error: no key {key} for a record")))?;
    object["mac"] = hex::encode(mac).into();
    Ok(serde_jcs::to_string(&object)?)
}

/// Reads a line that should stand behind the one with the hash `prev`.
pub(super) fn read(line: &[u8], prev: Hash, keys: &LedgerKeys) -> Result<Line, LineFault> {
    let malformed = |error: serde_json::Error| LineFault::Malformed(error.to_string());
    let mut object: Map<String, Value> = serde_json::from_slice(line).map_err(malformed)?;
    let mut take = |name: &str| object.remove(name).unwrap_or_default();
    let (key, mac, found) = (take("key"), take("mac"), take("prev"));
    let key = String::deserialize(key).map_err(malformed)?;
    let mac = Hash::deserialize(mac).map_err(malformed)?;
    if Hash::deserialize(found).map_err(malformed)? != prev {
        return Err(LineFault::Detached);
    }
    // In a canonical line a quote inside of a text is escaped, so this is the name of a member; no record has it elsewhere.
    let member = format!("\"mac\":\"{mac}\",");
    let at = memchr::memmem::find(line, member.as_bytes());
    let at = at.ok_or_else(|| LineFault::Malformed("its MAC is not where it belongs".to_owned()))?;
    let record = match keys.is_mac(&key, [&line[..at], &line[at + member.len()..]], &mac.0) {
        None => None,
        Some(false) => return Err(LineFault::Forged),
        Some(true) => Some(LedgerRecord::deserialize(Value::Object(object)).map_err(malformed)?),
    };
    Ok(Line { key, record })
}
