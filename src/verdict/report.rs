//! What `verify` says, as data: one set of types behind every output format, the status of each entry at the moment it
//! is read, and how findings are gathered, bounded and the heaviest first, where all must be known before anything is
//! written. How it comes about is left to `judge`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::{fmt, io};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::code::{Class, Code, Policy};
use crate::chain::{Followed, Spelling, Step};
use crate::entry::{Entry, Fidelity, Format, LogTime, Marker, Seal, SealField};
use crate::key::AuditKey;
use crate::ledger::unchanged::UnchangedBy;
use crate::line::Place;
use crate::outcome::Outcome;

/// Version of the report's JSON form; raised when a field changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// Something worth saying about a place in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its stable name.
    pub code: Code,
    /// How much it weighs under the policy of the run.
    pub class: Class,
    /// The first line concerned; null when it concerns a whole stream or run.
    pub place: Option<Place>,
    /// The last line concerned, when it is not the first one; may stand in a later file of the stream.
    pub through: Option<Place>,
    /// How many lines are concerned; 0 when it does not concern lines.
    pub lines: u64,
    /// What happened, for people: lower case, no full stop. May hold text of the log: escape it on output.
    pub message: String,
    /// What to do, for people.
    pub hint: Option<String>,
    /// First two bytes of the seal the chain demands, in hex. Never more: a whole one would let a forger finish a line.
    #[schemars(regex(pattern = "^[0-9a-f]{4}$"))]
    pub expected: Option<String>,
    /// First two bytes of the seal that stands in the log, in hex.
    #[schemars(regex(pattern = "^[0-9a-f]{4}$"))]
    pub found: Option<String>,
}

/// How a chain ended, as far as this stream shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ChainVerdict {
    /// Verified from its start to its end.
    Closed,
    /// Verified from its start; no end yet, and nothing after it.
    OpenAtEnd,
    /// Verified from its start; no end, and another chain begins.
    Unfinished,
    /// Its start is not here: nothing of it can be verified.
    Headless,
    /// Verified up to a place where it breaks.
    Broken,
}

impl ChainVerdict {
    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChainReport {
    /// Index into streams.
    pub stream: usize,
    /// How the chain ended, as far as its stream shows.
    pub verdict: ChainVerdict,
    /// Its first entry.
    pub first: Place,
    /// Its last verified entry; of a headless chain its last line.
    pub last: Place,
    /// Verified entries.
    pub entries: u64,
    /// Fingerprint of the key that verified it.
    pub key: Option<String>,
    /// Time of the first verified entry.
    pub from: Option<LogTime>,
    /// Time of the last verified entry.
    pub to: Option<LogTime>,
}

/// Lines and bytes of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Bytes of the decompressed input.
    pub bytes: u64,
    /// Lines; an entry that a wrapper split counts once.
    pub lines: u64,
}

impl Tally {
    /// Counts one more line.
    pub fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.lines += 1;
    }

    /// Counts the lines of another tally.
    pub fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
    }
}

/// Every byte of the input, by what can be said about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// Signed entries whose seal is right.
    pub verified: Tally,
    /// Lines that an earlier run verified as they were to be, in a part that is unchanged: see `unchanged_by` of the file.
    pub remembered: Tally,
    /// Entries that stand there once more, byte for byte, after they verified.
    pub repeated: Tally,
    /// Lines without a seal.
    pub unsigned: Tally,
    /// Sealed lines whose seal is wrong, malformed or out of place.
    pub broken: Tally,
    /// Sealed lines that could not be checked: after a break, before the first start, with the wrong key.
    pub unverifiable: Tally,
    /// Lines that were too long, records without a text, and bytes that did not come out as lines.
    pub unreadable: Tally,
    /// Lines without a seal that another output or another process wrote, as their wrapper says.
    pub other: Tally,
    /// Empty lines.
    pub blank: Tally,
}

impl Account {
    /// The sum over all classes.
    pub fn total(&self) -> Tally {
        let mut sum = Tally::default();
        for (_, tally) in self.classes() {
            sum.merge(tally);
        }
        sum
    }

    /// The classes with the words the reports print, in their order.
    pub fn classes(&self) -> [(&'static str, Tally); 9] {
        [
            ("verified", self.verified),
            ("verified earlier", self.remembered),
            ("repeated", self.repeated),
            ("unsigned", self.unsigned),
            ("broken", self.broken),
            ("not verifiable", self.unverifiable),
            ("unreadable", self.unreadable),
            ("of others", self.other),
            ("blank", self.blank),
        ]
    }

    /// Adds another account.
    pub fn merge(&mut self, other: &Self) {
        self.verified.merge(other.verified);
        self.remembered.merge(other.remembered);
        self.repeated.merge(other.repeated);
        self.unsigned.merge(other.unsigned);
        self.broken.merge(other.broken);
        self.unverifiable.merge(other.unverifiable);
        self.unreadable.merge(other.unreadable);
        self.other.merge(other.other);
        self.blank.merge(other.blank);
    }
}

/// One file of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileReport {
    /// The path as it was given or found.
    pub path: Arc<str>,
    /// Index into streams.
    pub stream: usize,
    /// The formats of its entries, in order of appearance; more than one when the service was reconfigured.
    pub formats: Vec<Format>,
    /// What its lines were wrapped in.
    #[schemars(with = "Option<crate::line::Wrapper>")]
    pub wrapper: Option<&'static str>,
    /// How it is compressed.
    #[schemars(with = "Option<crate::source::Compression>")]
    pub compression: Option<&'static str>,
    /// Bytes after decompression, counted where they were read.
    pub bytes: u64,
    /// Chains that begin in it.
    pub chains: u64,
    /// Every byte of it.
    pub account: Account,
    /// The worst finding that stands in it; note when there is none.
    pub worst: Class,
    /// Whether a chain that is verified so far is still open at the end of this file, the last one of its stream.
    pub open_at_end: bool,
    /// By what the part that an earlier run verified counts as unchanged; null when there is none. What is not `hash` was believed.
    pub unchanged_by: Option<UnchangedBy>,
}

impl FileReport {
    /// A file of which nothing was read yet.
    pub(super) fn unread(path: Arc<str>, stream: usize) -> Self {
        Self {
            path,
            stream,
            formats: Vec::new(),
            wrapper: None,
            compression: None,
            bytes: 0,
            chains: 0,
            account: Account::default(),
            worst: Class::Note,
            open_at_end: false,
            unchanged_by: None,
        }
    }
}

/// A stretch of the log's own time within which every signed entry verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProvenRange {
    /// Time of the first verified entry.
    pub from: LogTime,
    /// Time of the last verified entry.
    pub to: LogTime,
}

/// Files read as one: a live log and its rotated predecessors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamReport {
    /// The live log, the only file, what --stream-by found, or the name in the inventory.
    pub name: Arc<str>,
    /// The answer about this log alone.
    pub outcome: Outcome,
    /// Its files, oldest first.
    pub files: Vec<Arc<str>>,
    /// What is proven, in the order of the log.
    pub proven: Vec<ProvenRange>,
    /// Ranges left out.
    pub proven_omitted: u64,
    /// Whether several instances wrote into it.
    pub interleaved: bool,
}

/// A key and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyReport {
    /// Names the key without revealing it.
    pub fingerprint: String,
    /// Where it came from.
    pub source: String,
    /// Chains it verified, wholly or in part.
    pub chains: u64,
}

/// Chains by verdict; complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChainCounts {
    /// Verified from start to end.
    pub closed: u64,
    /// Verified, still open at the end.
    pub open_at_end: u64,
    /// Verified, without an end.
    pub unfinished: u64,
    /// Without a start.
    pub headless: u64,
    /// Verified up to a place where they break.
    pub broken: u64,
}

/// Something the answer does not cover, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Limit {
    /// The log it concerns, by the name of its stream; null when it concerns the run.
    pub stream: Option<Arc<str>>,
    /// What is not shown: lower case, no full stop.
    pub what: String,
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stream {
            Some(stream) => write!(out, "{stream}: {}", self.what),
            None => out.write_str(&self.what),
        }
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The answer itself.
    pub outcome: Outcome,
    /// Its exit code.
    pub exit_code: u8,
    /// The policy of this run.
    pub policy: Policy,
    /// What the default policy would have said, when that is worse.
    pub default_policy_outcome: Option<Outcome>,
    /// The keys of this run.
    pub keys: Vec<KeyReport>,
    /// The streams of this run.
    pub streams: Vec<StreamReport>,
    /// Chains by verdict.
    pub chains: ChainCounts,
    /// How often each code was found (complete, whatever was omitted elsewhere).
    pub findings_by_code: BTreeMap<Code, u64>,
    /// What this answer does not cover, for people.
    pub not_shown: Vec<Limit>,
    /// Every byte of the input.
    pub account: Account,
    /// Files read.
    pub files: u64,
}

/// Takes the answer as it comes about, in the order of the log. Only `output` implements it for people and machines.
pub trait Sink {
    /// A stream begins: what is found from here on concerns it, until its files are told.
    fn begin_stream(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// A finding. Findings of one stream come in the order in which they were decided, not sorted by place.
    fn finding(&mut self, finding: Finding) -> io::Result<()>;
    /// The input has nothing more at once: what was told so far is to be shown, where it can be.
    fn pause(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// Whether it wants to know by now what would be found if the log ended here.
    fn wants_outlook(&self) -> bool {
        false
    }
    /// What would be found beside everything told so far, if the log ended here. Lines that come yet may settle it.
    fn outlook(&mut self, _findings: Vec<Finding>) -> io::Result<()> {
        Ok(())
    }
    /// A chain is finished.
    fn chain(&mut self, chain: ChainReport) -> io::Result<()>;
    /// A stream was read; its files, oldest first. All findings and chains of these files came before.
    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()>;
    /// The end: nothing comes after it.
    fn finish(&mut self, summary: Summary) -> io::Result<()>;
}

/// At most so many items.
#[derive(Debug)]
pub struct Capped<T> {
    /// Those that are kept, in the order they came.
    pub items: Vec<T>,
    /// How many were left out.
    pub omitted: u64,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { items: Vec::new(), omitted: 0 }
    }
}

impl<T> Capped<T> {
    /// Takes an item in, or counts it when there are `max` already.
    pub fn push(&mut self, item: T, max: usize) {
        if self.items.len() < max {
            self.items.push(item);
        } else {
            self.omitted += 1;
        }
    }
}

const CLASSES: usize = Class::Tampered as usize + 1;

/// At most so many items, by class; of one class the first ones to come.
#[derive(Debug)]
pub struct Shortlist<T> {
    by_class: [Vec<T>; CLASSES],
    kept: usize,
    max: usize,
    omitted: u64,
}

impl<T> Shortlist<T> {
    /// Holds nothing yet, and at most `max` items later.
    pub fn with_room_for(max: usize) -> Self {
        Self { by_class: std::array::from_fn(|_| Vec::new()), kept: 0, max, omitted: 0 }
    }

    /// Takes an item in, unless it is full of items at least as heavy. Constant time.
    pub fn push(&mut self, class: Class, item: T) {
        if self.kept == self.max {
            self.omitted += 1;
            let Some(lighter) = self.by_class[..class as usize].iter_mut().find(|items| !items.is_empty()) else {
                return;
            };
            lighter.pop();
            self.kept -= 1;
        }
        self.by_class[class as usize].push(item);
        self.kept += 1;
    }

    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    pub fn items(&self) -> impl Iterator<Item = &T> {
        self.by_class.iter().flatten()
    }

    /// Everything that was kept, in no useful order.
    pub fn into_items(self) -> Vec<T> {
        self.by_class.into_iter().flatten().collect()
    }
}

/// How much is kept; the rest is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct GatheringLimits {
    /// Findings, the heaviest first.
    pub findings: usize,
    /// Chains, the first ones.
    pub chains: usize,
}

/// A sink that keeps what it is told. Memory is bounded by the limits and by the number of files.
pub struct Gathering {
    findings: Shortlist<Finding>,
    chains: Capped<ChainReport>,
    chains_max: usize,
    files: Vec<FileReport>,
    missing: HashSet<Arc<str>>,
    summary: Option<Summary>,
}

/// The answer, and what led to it.
pub struct Gathered {
    pub summary: Summary,
    /// What led to it.
    pub sorted: Sorted,
}

/// Findings, chains and files of a run, sorted by file (in reading order) and line.
pub struct Sorted {
    /// What concerns the whole stream or run comes last.
    pub findings: Vec<Finding>,
    /// Findings beyond the limit.
    pub findings_omitted: u64,
    /// By their first entry.
    pub chains: Vec<ChainReport>,
    /// Chains beyond the limit.
    pub chains_omitted: u64,
    /// In reading order.
    pub files: Vec<FileReport>,
    /// Those that were not there.
    pub missing: HashSet<Arc<str>>,
}

impl Gathering {
    pub fn new(limits: GatheringLimits) -> Self {
        Self {
            findings: Shortlist::with_room_for(limits.findings),
            chains: Capped::default(),
            chains_max: limits.chains,
            files: Vec::new(),
            missing: HashSet::new(),
            summary: None,
        }
    }

    /// Everything but the answer.
    pub fn sorted(self) -> Sorted {
        let order = ReadingOrder::of(&self.files);
        let findings_omitted = self.findings.omitted();
        let mut findings = self.findings.into_items();
        findings.sort_by(|a, b| order.rank(a.place.as_ref()).cmp(&order.rank(b.place.as_ref())));
        let Capped { items: mut chains, omitted: chains_omitted } = self.chains;
        chains.sort_by(|a, b| order.rank(Some(&a.first)).cmp(&order.rank(Some(&b.first))));
        let (files, missing) = (self.files, self.missing);
        Sorted { findings, findings_omitted, chains, chains_omitted, files, missing }
    }

    /// Everything; None when the run did not come to its end.
    pub fn gathered(mut self) -> Option<Gathered> {
        let summary = self.summary.take()?;
        Some(Gathered { summary, sorted: self.sorted() })
    }
}

impl Sink for Gathering {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.missing.extend(missing_file(&finding));
        self.findings.push(finding.class, finding);
        Ok(())
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.chains.push(chain, self.chains_max);
        Ok(())
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.files.extend(files);
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.summary = Some(summary);
        Ok(())
    }
}

/// The file a finding says is not there.
pub fn missing_file(finding: &Finding) -> Option<Arc<str>> {
    let place = finding.place.as_ref().filter(|_| finding.code == Code::FileMissing)?;
    Some(Arc::clone(&place.file))
}

/// Which file was read when.
struct ReadingOrder(HashMap<Arc<str>, usize>);

impl ReadingOrder {
    fn of(files: &[FileReport]) -> Self {
        Self(files.iter().enumerate().map(|(index, file)| (Arc::clone(&file.path), index)).collect())
    }

    /// Files that were read, then files that were not, then what has no place; by line within a file.
    fn rank<'a>(&self, place: Option<&'a Place>) -> (usize, &'a str, u64) {
        match place {
            None => (usize::MAX, "", 0),
            Some(place) => match self.0.get(&place.file) {
                Some(index) => (*index, "", place.line),
                None => (usize::MAX - 1, &place.file, place.line),
            },
        }
    }
}

/// What verification says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[schemars(rename_all = "lowercase")]
pub enum IntegrityStatus {
    /// Its seal is the one the chain demands, and these bytes are the ones that were sealed.
    Verified,
    /// Its meaning was sealed, in another spelling of json.
    Reencoded,
    /// It carries no seal.
    Unsigned,
    /// The same line, byte for byte, has verified before in its stream.
    Repeated,
    /// It carries a seal that fits no chain here: altered, out of place, or beyond a break. `verify` tells which.
    Failed,
}

impl IntegrityStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Verified, Self::Reencoded, Self::Unsigned, Self::Repeated, Self::Failed];

    /// The word in every format.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether the chain proves what stands there.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Verified | Self::Reencoded)
    }
}

/// The verdict of this run on one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integrity<'a> {
    /// What it is.
    pub status: IntegrityStatus,
    /// Whether its seal is the one a chain demands. So may be that of an entry that can be read in two ways, which has
    /// failed all the same.
    pub fits: bool,
    /// The first seal of its chain, which names the chain; known of verified entries.
    pub chain: Option<Seal>,
    /// Its 1-based place in the chain; known where the seal fits and says what was sealed.
    pub position: Option<u64>,
    /// The fingerprint of the key that verified it.
    pub key: Option<&'a str>,
}

impl Integrity<'_> {
    /// Of a line without a seal.
    const UNSIGNED: Self =
        Self { status: IntegrityStatus::Unsigned, fits: false, chain: None, position: None, key: None };
    /// Of a sealed line that does not verify.
    const FAILED: Self = Self { status: IntegrityStatus::Failed, ..Self::UNSIGNED };

    /// What names the chain: the first bytes of its first seal.
    pub fn chain_bytes(&self) -> Option<[u8; 8]> {
        self.chain.and_then(|seal| seal.0.first_chunk().copied())
    }

    /// The name of the chain: the same as 16 hex digits.
    pub fn chain_id(&self) -> Option<String> {
        self.chain_bytes().map(hex::encode)
    }
}

impl<'k> Integrity<'k> {
    /// One verdict for each line of a batch, blank ones included.
    pub fn of_batch(followed: &Followed<'_>, keys: &'k [AuditKey]) -> Vec<Self> {
        let mut steps = followed.steps.iter();
        let entries = followed.parsed.entries.iter().enumerate();
        let is_restored = |index: usize| followed.restored.binary_search_by_key(&index, |(line, _)| *line).is_ok();
        let verdict = |(index, entry): (usize, &Option<Entry>)| match entry {
            // An entry stood there, and its seal was altered.
            _ if is_restored(index) => Self::FAILED,
            None | Some(Entry { seal: SealField::Absent, .. }) => Self::UNSIGNED,
            Some(Entry { seal: SealField::Malformed, .. }) => Self::FAILED,
            Some(entry) => steps.next().map_or(Self::FAILED, |step| Self::of_entry(entry, step, keys)),
        };
        entries.map(verdict).collect()
    }

    fn of_entry(entry: &Entry, step: &Step, keys: &'k [AuditKey]) -> Self {
        let repeated = Self { status: IntegrityStatus::Repeated, ..Self::FAILED };
        let at = match step {
            Step::Opens { at, .. }
            | Step::Resumes { at, .. }
            | Step::Continues(at)
            | Step::AfterEnd(at)
            | Step::Repeats { at: Some(at) } => at,
            Step::Repeats { at: None } => return repeated,
            // What was sealed is not what stands there.
            Step::NoMatch { .. } | Step::Restored { .. } => return Self::FAILED,
        };
        let is_marked_rightly = (entry.marker == Marker::Start) == (at.position == 1);
        let status = match (entry.fidelity, at.spelling) {
            _ if matches!(step, Step::Repeats { .. }) => IntegrityStatus::Repeated,
            // Its marker is not the one that Acra wrote, or it can be read in two ways (attacks, row 54).
            _ if !is_marked_rightly => IntegrityStatus::Failed,
            (Fidelity::Ambiguous, _) => IntegrityStatus::Failed,
            (Fidelity::Exact, Spelling::AsWritten) => IntegrityStatus::Verified,
            (Fidelity::Reencoded, _) | (_, Spelling::Remarshalled) => IntegrityStatus::Reencoded,
        };
        let position = (entry.fidelity != Fidelity::Ambiguous).then_some(at.position);
        let fits = Self { status, fits: true, position, ..Self::FAILED };
        if status == IntegrityStatus::Failed {
            return fits;
        }
        Self { chain: Some(at.chain.first), key: keys.get(at.key).map(AuditKey::fingerprint), ..fits }
    }
}

#[cfg(test)]
mod tests {
    use super::{Capped, Class, Shortlist};

    #[test]
    fn the_first_items_stay_and_the_others_are_counted() {
        let mut list = Capped::default();
        (0..5).for_each(|number| list.push(number, 3));
        assert_eq!((list.items, list.omitted), (vec![0, 1, 2], 2));
    }

    #[test]
    fn a_flood_of_notes_does_not_push_out_what_weighs_more() {
        let mut list = Shortlist::with_room_for(3);
        for number in 0..10 {
            list.push(Class::Note, number);
        }
        for number in 10..12 {
            list.push(Class::Tampered, number);
        }
        list.push(Class::Warning, 12);
        list.push(Class::Warning, 13);
        assert_eq!(list.omitted(), 11);
        assert_eq!(list.into_items(), [12, 10, 11]);
    }

    #[test]
    fn of_one_class_the_first_ones_stay() {
        let mut list = Shortlist::with_room_for(2);
        for number in 0..4 {
            list.push(Class::Tampered, number);
        }
        assert_eq!(list.omitted(), 2);
        assert_eq!(list.into_items(), [0, 1]);
    }

    #[test]
    fn a_list_without_room_keeps_nothing() {
        let mut list = Shortlist::with_room_for(0);
        list.push(Class::Tampered, 1);
        assert_eq!((list.omitted(), list.into_items().len()), (1, 0));
    }
}
