//! One line in full, for people who ask why it got its verdict: what it is, what was signed, what it was held against and what
//! came of that. It is taken while the whole log is verified, so that the chains are those of the verdict. How it is shown is
//! left to `output`, what the findings mean to `verdict`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::io;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::chain::{
    ChainPosition, FamilyTrial, Followed, Hypothesis, OPEN_CHAINS_MAX, PlaceSearch, PlaceSkip, SearchSkip,
    SearchSummary, Spelling, SpellingTrials, Step, Trial,
};
use crate::entry::{Entry, Fidelity, Format, LogTime, Marker, Mending, SealField, time_of};
use crate::key::{AuditKey, KEY_BYTES};
use crate::line::{Batch, Place};
use crate::reading::FileEvent;
use crate::source::{Input, Origin, Stream};
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};
use crate::verdict::{Integrity, IntegrityStatus, Shortlist, difference};

/// Entries that are told of one line; it has two where one begins behind another that a crash tore.
const ENTRIES_MAX: usize = 8;

/// Findings that are told of one line, the heaviest ones.
const FINDINGS_MAX: usize = 100;

/// Chains that have ended, or repeat others, of which it is known where they begin: more than are followed.
const STARTS_MAX: usize = 4 * OPEN_CHAINS_MAX;

/// The line that somebody asks about, by the index of its stream and of its file there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedLine {
    pub stream: usize,
    pub file: usize,
    /// As messages number it.
    pub line: u64,
}

impl AskedLine {
    /// Finds the file among those that are to be read: by the name that messages give it, or else by any other that leads
    /// to it.
    pub fn find(streams: &[Stream], file: &str, line: u64) -> Option<Self> {
        let place = |is_it: &dyn Fn(&Input) -> bool| {
            let mut files = streams
                .iter()
                .enumerate()
                .flat_map(|(stream, it)| it.files.iter().enumerate().map(move |(file, input)| (stream, file, input)));
            files.find(|(.., input)| is_it(input)).map(|(stream, file, _)| Self { stream, file, line })
        };
        place(&|input| &*input.shown == file).or_else(|| {
            let asked = fs::canonicalize(file).ok()?;
            place(&|input| match &input.origin {
                Origin::Path(path) => fs::canonicalize(path).is_ok_and(|path| path == asked),
                Origin::Stdin | Origin::Hole { .. } => false,
            })
        })
    }

    /// Marks the line in a batch that was read of a stream.
    pub fn mark(&self, stream: usize, event: &FileEvent, batch: &mut Batch) {
        if !matches!(event, FileEvent::Lines { file } if (stream, *file) == (self.stream, self.file)) {
            return;
        }
        let is_asked = |at: &usize| batch.lines[*at].number == self.line;
        if let Some(first) = (0..batch.lines.len()).find(is_asked) {
            let count = (first..batch.lines.len()).take(ENTRIES_MAX).take_while(is_asked).count();
            batch.examined = first..first + count;
        }
    }
}

/// What a line is, as far as it was known when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// An empty line.
    Blank,
    /// Its text is not there, or longer than the limit.
    Textless,
    /// Text that is no entry.
    NoEntry,
    /// An entry without a seal.
    Unsigned,
    /// The seal is not one that Acra writes.
    SealMalformed,
    /// Its seal is the one the chain demands, and these bytes are the ones that were sealed.
    Verified,
    /// Its meaning was sealed, in another spelling of json.
    Reencoded,
    /// The same line, byte for byte, has verified above.
    Repeated,
    /// The seal fits, but the line can be read in two ways, or carries another mark than Acra wrote.
    NotAsWritten,
    /// Its seal fits no chain. What it is shows at the end of the log: the findings say it.
    Failed,
}

impl Decision {
    fn of(line: (&[u8], bool), entry: Option<&Entry>, integrity: &Integrity<'_>) -> Self {
        let (text, has_text) = line;
        match (entry, integrity.status) {
            _ if !has_text => Self::Textless,
            _ if text.trim_ascii().is_empty() => Self::Blank,
            (None, _) => Self::NoEntry,
            (Some(Entry { seal: SealField::Malformed, .. }), _) => Self::SealMalformed,
            (_, IntegrityStatus::Unsigned) => Self::Unsigned,
            (_, IntegrityStatus::Verified) => Self::Verified,
            (_, IntegrityStatus::Reencoded) => Self::Reencoded,
            (_, IntegrityStatus::Repeated) => Self::Repeated,
            (_, IntegrityStatus::Failed) if integrity.fits => Self::NotAsWritten,
            (_, IntegrityStatus::Failed) => Self::Failed,
        }
    }

    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The same for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Blank => "an empty line",
            Self::Textless => "its text is not there to be read, or longer than the limit",
            Self::NoEntry => "no entry of any format",
            Self::Unsigned => "an entry without a seal: it proves nothing, and nothing vouches for it",
            Self::SealMalformed => "its seal is none that Acra writes",
            Self::Verified => "verified: these bytes were sealed",
            Self::Reencoded => "re-encoded: the meaning was sealed, these bytes were not",
            Self::Repeated => "repeated: the same line, byte for byte, verified above",
            Self::NotAsWritten => "the seal fits, but the line does not stand as Acra wrote it",
            Self::Failed => "does not verify: its seal is not the one that any chain demands here",
        }
    }
}

/// A place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExplainedPlace {
    /// The first entry of the chain; null when it is not remembered any more.
    pub first: Option<Place>,
    /// The fingerprint of its key.
    pub key: Option<String>,
    /// From 1.
    pub position: u64,
}

/// A hypothesis, what came of it, and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTrial {
    pub trial: Trial,
    pub at: ExplainedPlace,
}

/// What was tried with one spelling of what may have been signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTrials {
    pub spelling: Spelling,
    /// It is the same as a spelling before; nothing was tried again.
    pub is_same: bool,
    pub mac_input: Vec<u8>,
    pub trials: Vec<NamedTrial>,
}

impl NamedTrials {
    pub fn fits(&self) -> bool {
        self.trials.iter().any(|named| named.trial.fits)
    }
}

/// The search for an original in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPlaceSearch {
    /// What the original would be.
    pub place: Hypothesis,
    pub at: ExplainedPlace,
    /// Why there was none.
    pub skip: Option<PlaceSkip>,
    /// In the order in which they were tried.
    pub families: Vec<FamilyTrial>,
}

/// The parts in which an original and what stands there differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProvenDifference {
    /// What stood there when it was sealed.
    pub stood: String,
    /// What stands there now.
    pub stands: String,
}

/// What was tried to find the original of a line that fits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSearch {
    /// What needs no search: held against every open chain, and as a first entry.
    pub mended: Vec<FamilyTrial>,
    /// Why nothing was searched beyond that.
    pub skip: Option<SearchSkip>,
    /// In the order in which they were searched; those that were not stand at the end.
    pub places: Vec<NamedPlaceSearch>,
    /// What its own seal proved.
    pub proven: Option<ProvenDifference>,
}

/// One entry in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryExplanation {
    /// Without its terminator and its wrapper; None where it may be a key, which somebody took for a log.
    pub text: Option<Vec<u8>>,
    pub decision: Decision,
    /// Where it stands in a chain, when it verifies there or repeats it.
    pub at: Option<ExplainedPlace>,
    pub format: Option<Format>,
    pub time: Option<LogTime>,
    pub seal: SealField,
    pub marker: Marker,
    pub is_ambiguous: bool,
    /// Empty where there is no seal to hold against anything.
    pub spellings: Vec<NamedTrials>,
    /// The very same line has verified above; the first entry of a chain was the very same line.
    pub is_above: bool,
    pub is_start_above: bool,
    /// None where it fits as it stands, or never had a seal.
    pub search: Option<NamedSearch>,
}

/// A line in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineExplanation {
    pub place: Place,
    pub wrapper: Option<&'static str>,
    pub compression: Option<&'static str>,
    /// Never empty.
    pub entries: Vec<EntryExplanation>,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineMissing {
    /// The file could not be read so far.
    Unread(String),
    /// The line is a part of another one, which a wrapper or a rotation split.
    Inside { begins: u64 },
    /// The file has no more than so many lines.
    Beyond { last: u64 },
}

/// Takes the line out of a log that is verified.
pub struct LineExplainer {
    asked: AskedLine,
    files: Vec<Arc<str>>,
    starts: ChainStarts,
    explanation: LineExplanation,
    /// The last line seen before the one that is asked for, and the last of all.
    before: u64,
    last: u64,
    failure: Option<String>,
}

impl LineExplainer {
    pub fn new(asked: AskedLine, streams: &[Stream]) -> Self {
        let files = streams.get(asked.stream).map(|stream| &*stream.files).unwrap_or_default();
        let files: Vec<Arc<str>> = files.iter().map(|file| Arc::clone(&file.shown)).collect();
        let file = files.get(asked.file).cloned().unwrap_or_default();
        let explanation = LineExplanation {
            place: Place { file, line: asked.line },
            wrapper: None,
            compression: None,
            entries: Vec::new(),
        };
        Self { asked, files, starts: ChainStarts::default(), explanation, before: 0, last: 0, failure: None }
    }

    /// The line that it is about.
    pub fn asked(&self) -> AskedLine {
        self.asked
    }

    /// Takes what happens next to a stream that is verified with these keys.
    pub fn take(&mut self, stream: usize, event: &FileEvent, followed: &Followed<'_>, keys: &[AuditKey]) {
        if stream != self.asked.stream {
            return;
        }
        let is_file = event.file() == self.asked.file;
        match event {
            FileEvent::Lines { file } if self.explanation.entries.is_empty() => self.lines(*file, followed, keys),
            FileEvent::Closed { wrapper, compression, .. } if is_file => {
                (self.explanation.wrapper, self.explanation.compression) = (*wrapper, *compression);
            }
            FileEvent::Failed { why, .. } if is_file => self.failure = Some(why.clone()),
            _ => {}
        }
    }

    /// All was read.
    ///
    /// # Errors
    /// When there is no such line.
    pub fn finish(self) -> Result<LineExplanation, LineMissing> {
        if !self.explanation.entries.is_empty() {
            return Ok(self.explanation);
        }
        Err(match self.failure {
            Some(why) => LineMissing::Unread(why),
            None if self.last > self.asked.line => LineMissing::Inside { begins: self.before },
            None => LineMissing::Beyond { last: self.last },
        })
    }

    fn lines(&mut self, file: usize, followed: &Followed<'_>, keys: &[AuditKey]) {
        let parsed = followed.parsed;
        let verdicts = Integrity::of_batch(followed, keys);
        let mut steps = followed.steps.iter();
        for (index, (line, entry)) in parsed.batch.lines.iter().zip(&parsed.entries).enumerate() {
            let is_sealed = matches!(entry, Some(Entry { seal: SealField::Present(_), .. }));
            let step = if is_sealed { steps.next() } else { None };
            let asked = parsed.batch.examined.contains(&index);
            if file == self.asked.file {
                self.last = self.last.max(line.number);
                self.before = if line.number < self.asked.line { self.before.max(line.number) } else { self.before };
            }
            let spellings = if asked { self.name_trials(index, followed, keys) } else { Vec::new() };
            let examination = followed.examinations.iter().find(|it| asked && it.line == index);
            let search = examination.and_then(|it| it.search.as_ref()).map(|search| NamedSearch {
                proven: proven_difference(index, step, followed),
                ..self.name_search(search, keys)
            });
            if let (Some(step), Some(entry)) = (step, entry) {
                self.starts.observe(step, entry.marker, (file, line.number));
            }
            if !asked {
                continue;
            }
            let text = parsed.batch.text_of(line);
            self.explanation.entries.push(EntryExplanation {
                text: (entry.is_some() || !may_be_key(text)).then(|| text.to_vec()),
                decision: Decision::of((text, line.state.has_text()), entry.as_ref(), &verdicts[index]),
                at: step.and_then(place_in_chain).map(|at| self.name(at.chain.number, at.key, at.position, keys)),
                format: entry.as_ref().map(|entry| entry.format),
                time: time_of(text),
                seal: entry.as_ref().map_or(SealField::Absent, |entry| entry.seal),
                marker: entry.as_ref().map_or(Marker::Middle, |entry| entry.marker),
                is_ambiguous: entry.as_ref().is_some_and(|entry| entry.fidelity == Fidelity::Ambiguous),
                spellings,
                is_above: examination.is_some_and(|it| it.is_above),
                is_start_above: examination.is_some_and(|it| it.is_start_above),
                search,
            });
        }
    }

    /// What was searched for a line, with the names of the chains as they were before it.
    fn name_search(&self, search: &SearchSummary, keys: &[AuditKey]) -> NamedSearch {
        let place = |it: &PlaceSearch| NamedPlaceSearch {
            place: it.place,
            at: self.name_hypothesis(it.place, keys),
            skip: it.skip,
            families: it.families.clone(),
        };
        let places = search.places.iter().map(place).collect();
        NamedSearch { mended: search.mended.clone(), skip: search.skip, places, proven: None }
    }

    /// What was tried with a line, with the names of the chains as they were before it.
    fn name_trials(&self, index: usize, followed: &Followed<'_>, keys: &[AuditKey]) -> Vec<NamedTrials> {
        let spellings = followed.examinations.iter().find(|it| it.line == index).map(|it| &*it.spellings);
        let named = |trial: &Trial| NamedTrial { trial: *trial, at: self.name_hypothesis(trial.hypothesis, keys) };
        let of_spelling = |it: &SpellingTrials| NamedTrials {
            spelling: it.spelling,
            is_same: it.is_same,
            mac_input: it.body.clone(),
            trials: it.trials.iter().map(named).collect(),
        };
        spellings.unwrap_or_default().iter().map(of_spelling).collect()
    }

    fn name_hypothesis(&self, hypothesis: Hypothesis, keys: &[AuditKey]) -> ExplainedPlace {
        match hypothesis {
            Hypothesis::First { key } => ExplainedPlace { first: None, key: fingerprint(key, keys), position: 1 },
            Hypothesis::Next(at) | Hypothesis::AfterEnd(at) | Hypothesis::NextRepeated(at) => {
                self.name(at.chain.number, at.key, at.position, keys)
            }
        }
    }

    fn name(&self, chain: u64, key: usize, position: u64, keys: &[AuditKey]) -> ExplainedPlace {
        let place = |&(file, line): &(usize, u64)| Some(Place { file: Arc::clone(self.files.get(file)?), line });
        let first = self.starts.places.get(&chain).and_then(place);
        ExplainedPlace { first, key: fingerprint(key, keys), position }
    }
}

/// What stood in a line and what stands there, when its own seal proved that; `step` is that of a sealed line.
fn proven_difference(index: usize, step: Option<&Step>, followed: &Followed<'_>) -> Option<ProvenDifference> {
    let of_suspect = || followed.restored.iter().find(|(line, _)| *line == index).map(|(_, step)| step);
    let Step::Restored { original, .. } = step.or_else(of_suspect)? else { return None };
    let batch = &followed.parsed.batch;
    let found = batch.text_of(&batch.lines[index]);
    let (stood, stands) = match original.mending {
        // All of it is also in the original.
        Some(Mending::Joined) => (difference(&original.line, &[]).0, difference(&[], found).1),
        _ => difference(&original.line, found),
    };
    Some(ProvenDifference { stood, stands })
}

/// Whether a line may be a key: one word of hex or base64, or raw bytes.
fn may_be_key(text: &[u8]) -> bool {
    let word = text.trim_ascii();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let is_word = word.len() >= KEY_BYTES && word.iter().all(is_letter);
    is_word || (text.len() == KEY_BYTES && str::from_utf8(text).is_err())
}

fn fingerprint(key: usize, keys: &[AuditKey]) -> Option<String> {
    keys.get(key).map(|key| key.fingerprint().to_owned())
}

fn place_in_chain(step: &Step) -> Option<ChainPosition> {
    match step {
        Step::Repeats { at } => *at,
        step => step.position(),
    }
}

/// Where the chains begin that are followed, by their numbers: the index of the file, and the line.
#[derive(Default)]
struct ChainStarts {
    places: HashMap<u64, (usize, u64)>,
    /// Those that are open; the others, the oldest one first.
    open: HashSet<u64>,
    others: VecDeque<u64>,
}

impl ChainStarts {
    fn observe(&mut self, step: &Step, marker: Marker, place: (usize, u64)) {
        match step {
            Step::Opens { at, dropped } | Step::Resumes { at, dropped } | Step::Restored { at, dropped, .. } => {
                self.places.entry(at.chain.number).or_insert(place);
                self.open.insert(at.chain.number);
                if let Some(dropped) = dropped {
                    self.rest(dropped.number);
                }
                if marker == Marker::End {
                    self.rest(at.chain.number);
                }
            }
            Step::Continues(at) if marker == Marker::End => self.rest(at.chain.number),
            Step::Repeats { at: Some(at) } if !self.places.contains_key(&at.chain.number) => {
                self.places.insert(at.chain.number, place);
                self.rest(at.chain.number);
            }
            Step::Continues(_) | Step::AfterEnd(_) | Step::Repeats { .. } | Step::NoMatch { .. } => {}
        }
    }

    /// A chain is not open; the oldest ones of these are forgotten.
    fn rest(&mut self, chain: u64) {
        self.open.remove(&chain);
        self.others.push_back(chain);
        if self.others.len() > STARTS_MAX
            && let Some(oldest) = self.others.pop_front()
            && !self.open.contains(&oldest)
        {
            self.places.remove(&oldest);
        }
    }
}

/// Keeps the findings that stand at a line, or reach over it, and the answer.
pub struct FindingsAt {
    line: u64,
    file: usize,
    /// The files of the stream, in reading order.
    files: HashMap<Arc<str>, usize>,
    findings: Shortlist<Finding>,
    summary: Option<Summary>,
}

impl FindingsAt {
    pub fn new(asked: AskedLine, streams: &[Stream]) -> Self {
        let files = streams.get(asked.stream).map(|stream| &*stream.files).unwrap_or_default();
        let files = files.iter().enumerate().map(|(index, file)| (Arc::clone(&file.shown), index)).collect();
        let findings = Shortlist::with_room_for(FINDINGS_MAX);
        Self { line: asked.line, file: asked.file, files, findings, summary: None }
    }

    /// The answer, the findings, and how many more there are; None when the run did not come to its end.
    pub fn finish(self) -> Option<(Summary, Vec<Finding>, u64)> {
        let omitted = self.findings.omitted();
        let mut findings = self.findings.into_items();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.class));
        self.summary.map(|summary| (summary, findings, omitted))
    }

    fn covers(&self, finding: &Finding) -> bool {
        let at = |place: &Place| Some((*self.files.get(&place.file)?, place.line));
        let Some(first) = finding.place.as_ref().and_then(at) else { return false };
        let last = finding.through.as_ref().and_then(at).unwrap_or(first);
        first <= (self.file, self.line) && (self.file, self.line) <= last
    }
}

impl Sink for FindingsAt {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        if self.covers(&finding) {
            self.findings.push(finding.class, finding);
        }
        Ok(())
    }

    fn chain(&mut self, _: ChainReport) -> io::Result<()> {
        Ok(())
    }

    fn files(&mut self, _: Vec<FileReport>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.summary = Some(summary);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ChainId;
    use crate::entry::Seal;

    fn at(number: u64, position: u64) -> ChainPosition {
        let chain = ChainId { number, first: Seal([0; 32]) };
        ChainPosition { chain, key: 0, position, spelling: Spelling::AsWritten }
    }

    fn opens(number: u64, dropped: Option<u64>) -> Step {
        Step::Opens { at: at(number, 1), dropped: dropped.map(|number| at(number, 1).chain) }
    }

    #[test]
    fn where_open_chains_begin_is_remembered_and_of_others_for_a_while() {
        let mut starts = ChainStarts::default();
        starts.observe(&opens(0, None), Marker::Start, (0, 1));
        let count = 2 * STARTS_MAX as u64;
        for number in 1..=count {
            starts.observe(&opens(number, None), Marker::Start, (0, number * 2));
            starts.observe(&Step::Continues(at(number, 2)), Marker::End, (0, number * 2 + 1));
        }
        assert_eq!(starts.places.get(&0), Some(&(0, 1)), "it is open still");
        assert_eq!(starts.places.get(&count), Some(&(0, count * 2)), "it has just ended");
        assert_eq!((starts.places.get(&1), starts.places.len()), (None, STARTS_MAX + 1));
        starts.observe(&opens(count + 1, Some(0)), Marker::Start, (1, 1));
        assert!(starts.places.contains_key(&0) && !starts.open.contains(&0), "it made room");
    }

    #[test]
    fn a_chain_that_repeats_another_one_begins_where_it_does_and_may_go_its_own_way() {
        let mut starts = ChainStarts::default();
        starts.observe(&Step::Repeats { at: Some(at(5, 1)) }, Marker::Start, (0, 10));
        starts.observe(&Step::Repeats { at: Some(at(5, 2)) }, Marker::Middle, (0, 11));
        let goes_its_way = Step::Opens { at: at(5, 3), dropped: None };
        starts.observe(&goes_its_way, Marker::Middle, (0, 12));
        assert_eq!(starts.places.get(&5), Some(&(0, 10)));
        for number in 6..=STARTS_MAX as u64 + 10 {
            starts.observe(&Step::Repeats { at: Some(at(number, 1)) }, Marker::Start, (0, number * 10));
        }
        assert_eq!(starts.places.get(&5), Some(&(0, 10)), "it is open");
    }

    #[test]
    fn a_word_of_letters_and_bytes_that_are_no_text_may_be_a_key() {
        for key in [&[b'a'; 64][..], b" q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k= ", &[0xff; 32]] {
            assert!(may_be_key(key));
        }
        for text in [&b"http: TLS handshake error from 10.0.0.7:51034"[..], b"", b"short", &[0xff; 31]] {
            assert!(!may_be_key(text));
        }
    }
}
