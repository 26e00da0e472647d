//! Judges the lines of one stream in their order, and a chain as a whole when nothing more can belong to it. Lines that wait
//! for what comes later are left to the parts that keep them: `unsigned`, `alteration`, `torn`, `repetition`, `prefixed`,
//! `writers`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::alteration::{self, NoMatch, StreamFacts, Unmatched, UnmatchedLine};
use super::code::Code;
use super::comparison::ChainOrder;
use super::displacement::{self, LateLine, StandingLine};
use super::expectations::ResumedChain;
use super::open_chains::{OpenChain, OpenChains, SoFar};
use super::prefixed::Prefixed;
use super::repetition::{RepeatedChain, Repetition};
use super::report::{FileReport, Limit, StreamReport, Tally};
use super::restored;
use super::rulings::{self, Context, FindingBuilder, LinePosition, LineRange, PlacedLine, Ruling, Rulings, place_of};
use super::time_gaps::TimeGaps;
use super::torn::{MARKER_UNSIGNED, SEAL_MALFORMED, Torn, TornLine};
use super::unsigned::Unsigned;
use super::writers::{WaitingLines, Writers};
use crate::chain::{ChainId, ChainPosition, Checkpoint, Fingerprint, Followed, Original, Spelling, Step};
use crate::chain::{PENDING_LINES_MAX, Recovered, SearchSkip};
use crate::entry::{self, Entry, Fidelity, Format, LogTime, Marker, Mending, Seal, SealField, time_of};
use crate::ledger::memory::{Memory, PlacedCheckpoint};
use crate::ledger::record::{Hash, NO_LINE, ResumedRecord, StreamFile, StreamRecord};
use crate::ledger::resumption::Resumption;
use crate::ledger::unchanged::UnchangedBy;
use crate::line::{Batch, LineSpan, LineState, Textless};
use crate::outcome::Outcome;
use crate::reading::FileEvent;
use crate::source::Stream;

/// What to do about a missing file.
pub(super) const MISSING_HINT: &str = "check the path; when it may rightly be absent, --missing-ok makes it a warning";

/// What to do where the file before is not here.
const HEADLESS_HINT: &str = "pass the older file of the rotated set as well; if it is gone, --allow stream-headless";

/// What to do where it may be here, under a name that nobody could place.
const LOOKALIKE_HINT: &str = "files of similar names were read as other logs: --stream-by REGEX says which ones belong \
                              together and --order-by time in which order, or --as-one-stream reads all as one log";

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct StreamJudge {
    pub(super) out: Rulings,
    index: usize,
    pub(super) name: Arc<str>,
    /// What to do about entries whose chain began in something that was not read.
    headless_hint: &'static str,
    so_far: SoFar,
    chains: OpenChains,
    unsigned: Unsigned,
    unmatched: Unmatched,
    torn: Torn,
    writers: Writers,
    prefixed: Prefixed,
    repetition: Repetition,
    order: ChainOrder,
    /// Chains whose beginning is not here.
    resumed: Vec<ResumedRecord>,
    /// The chains that stand in what is not read, by their first seals.
    chains_before: Arc<HashMap<Seal, u64>>,
    /// Where gaps are looked for.
    gaps: Option<TimeGaps>,
    reencoded: Option<LineRange>,
    contradicted: bool,
    /// Something was not read, so what follows may rightly continue a chain that is not here.
    gap: bool,
    /// How often that was so.
    times_unread: u64,
    /// Lines with a seal of any kind.
    seals: u64,
    /// Lines of the batches before.
    lines_before: u64,
    /// The last lines that may have been sealed ones before somebody put something into them.
    spoilt: VecDeque<SpoiltLine>,
    files_read: usize,
    /// By file.
    ends: BTreeMap<usize, FileEnd>,
    /// What an earlier run found in the part that was not read, and how many lines without a seal it holds.
    findings_earlier: BTreeMap<Code, u64>,
    unsigned_earlier: u64,
}

/// Where a file ended.
#[derive(Clone)]
struct FileEnd {
    lines: u64,
    /// Its last line has no terminator.
    is_cut: bool,
}

/// What a stream comes to.
pub(super) struct Finished {
    pub(super) report: StreamReport,
    pub(super) files: Vec<FileReport>,
    /// What it cannot show.
    pub(super) limits: Vec<Limit>,
    /// What was decided at its end.
    pub(super) rulings: Vec<Ruling>,
    /// What a later run needs to go on behind it.
    pub(super) record: Option<StreamRecord>,
}

/// A line that may have been a sealed one, and was told as what it is now.
#[derive(Clone)]
struct SpoiltLine {
    /// Which line of the stream it is.
    number: u64,
    position: LinePosition,
    /// It was told that its seal is none.
    is_malformed: bool,
}

/// A sealed line with all that is known about it.
struct SealedEntry<'a> {
    batch: &'a Batch,
    /// Index of the line in its batch.
    index: usize,
    /// Which line of the stream it is.
    number: u64,
    position: LinePosition,
    text: &'a [u8],
    entry: &'a Entry,
    seal: Seal,
    fingerprint: Fingerprint,
}

impl SealedEntry<'_> {
    fn line(&self) -> &LineSpan {
        &self.batch.lines[self.index]
    }
}

impl StreamJudge {
    pub(super) fn new(index: usize, stream: &Stream, context: Arc<Context>) -> Self {
        let files = stream.files.iter().map(|file| FileReport::unread(Arc::clone(&file.shown), index)).collect();
        Self {
            gaps: context.gap_max.map(TimeGaps::longer_than),
            out: Rulings::new(context, files),
            index,
            name: Arc::clone(&stream.name),
            headless_hint: if stream.has_lookalike { LOOKALIKE_HINT } else { HEADLESS_HINT },
            ..Self::default()
        }
    }

    /// Goes on where an earlier run left the stream; what stands before is unchanged.
    pub(super) fn restore(&mut self, resumption: &Resumption, memory: &Memory) {
        let record = &resumption.record;
        self.chains_before = Arc::new(resumption.chains_before(memory));
        self.chains.restore(&mut self.out, record, memory);
        self.order.restore(record);
        record.resumed.iter().for_each(|chain| self.tell_resumed(chain.clone(), false));
        self.so_far.sealed = record.sealed;
        self.so_far.disturbances = record.disturbances;
        self.seals = record.sealed;
        self.unsigned_earlier = record.unsigned;
        for (file, known) in record.files.iter().enumerate() {
            let report = &mut self.out.files[file];
            report.account.remembered = Tally { bytes: known.bytes, lines: known.lines };
            (report.bytes, report.chains) = (known.bytes, known.chains);
            report.unchanged_by = resumption.unchanged_by.get(file).copied();
            report.formats =
                Format::ALL.into_iter().filter(|it| known.formats.iter().any(|name| name == it.name())).collect();
            self.ends.insert(file, FileEnd { lines: known.lines, is_cut: false });
        }
        // The last of them is still to be closed.
        self.files_read = resumption.file;
        for (code, count) in &record.findings {
            let Some(code) = Code::ALL.iter().find(|known| known.name() == code) else { continue };
            let times = if *count == 1 { String::new() } else { format!(", {count} times") };
            let message = format!("found{times} in the part that an earlier run verified and that is unchanged");
            self.out.find(FindingBuilder::of(*code, message).of_file(0).hint("--full shows where"));
            self.findings_earlier.insert(*code, *count);
        }
    }

    /// What a later run needs to go on behind what was read; None where it cannot.
    fn record(&mut self) -> Option<StreamRecord> {
        self.out.context.expectations.as_ref()?;
        let is_calm = self.unsigned.is_settled() && !self.gap && self.files_read == self.out.files.len();
        let open = self.chains.open_records().filter(|_| is_calm)?;
        let ends: Option<Vec<&FileEnd>> = (0..self.out.files.len()).map(|file| self.ends.get(&file)).collect();
        let ends = ends.filter(|ends| ends.iter().all(|end| !end.is_cut))?;
        let file = |(report, end): (&FileReport, &FileEnd)| StreamFile {
            path: report.path.to_string(),
            bytes: report.bytes,
            lines: end.lines,
            // Whoever read it knows.
            sha256: NO_LINE,
            stat: None,
            formats: report.formats.iter().map(|format| format.name().to_owned()).collect(),
            chains: report.chains,
        };
        if self.out.files.iter().any(|file| file.wrapper.is_some()) {
            return None;
        }
        let files = self.out.files.iter().zip(ends).map(file).collect();
        let mut findings = self.findings_earlier.clone();
        for (code, count) in self.out.by_code() {
            let told = u64::from(self.findings_earlier.contains_key(code));
            *findings.entry(*code).or_default() += count - told;
        }
        findings.retain(|_, count| *count > 0);
        let unsigned: u64 = self.out.files.iter().map(|file| file.account.unsigned.lines).sum();
        let mut record = StreamRecord {
            stream: self.name.to_string(),
            files,
            open,
            resumed: self.resumed.clone(),
            begun: self.order.begun().into_iter().map(Hash::from).collect(),
            keys: self
                .chains
                .keys()
                .map(|(key, chains)| (self.out.context.fingerprints[key].clone(), chains))
                .collect(),
            findings: findings.into_iter().map(|(code, count)| (code.name().to_owned(), count)).collect(),
            sealed: self.so_far.sealed,
            disturbances: self.so_far.disturbances,
            unsigned: unsigned + self.unsigned_earlier,
            ..StreamRecord::default()
        };
        self.chains.enter_into(&mut record);
        Some(record)
    }

    pub(super) fn take(&mut self, event: FileEvent, followed: &Followed<'_>) {
        match event {
            FileEvent::Added { shown, .. } => self.out.files.push(FileReport::unread(shown, self.index)),
            FileEvent::Opened { after_gap, .. } => {
                if after_gap {
                    self.unread();
                }
            }
            FileEvent::Lines { file } => self.lines(file, followed),
            FileEvent::Closed { file, bytes, wrapper, compression } => {
                self.files_read += 1;
                self.keep_checkpoints(followed.checkpoints, file + 1 == self.out.files.len());
                let report = &mut self.out.files[file];
                (report.wrapper, report.compression) = (wrapper, compression);
                report.bytes += bytes;
                self.ends.entry(file).or_insert(FileEnd { lines: 0, is_cut: false });
            }
            FileEvent::Failed { file, missing, why, lost_bytes } => {
                self.out.files[file].account.unreadable.bytes += lost_bytes;
                self.unread();
                let event = if missing {
                    FindingBuilder::of(Code::FileMissing, why).hint(MISSING_HINT)
                } else {
                    FindingBuilder::of(Code::FileUnreadable, why)
                };
                self.out.find(event.of_file(file))
            }
        }
    }

    /// The stream has ended, which showed the places of some lines: settles everything that was left open.
    pub(super) fn finish(mut self, recovered: &[Recovered]) -> Finished {
        self.flush_reencoded();
        self.settle_waiting();
        self.recover(recovered);
        self.prefixed.settle(&mut self.out, self.chains.opened(), self.seals);
        self.writers.tell_others(&mut self.out);
        self.repetition.settle_all(&mut self.out, &mut self.unsigned);
        self.unsigned.settle_starting(&mut self.out, self.chains.are_interleaved());
        let record = self.record();
        self.settle_all_left();
        if let Some(gaps) = &mut self.gaps {
            gaps.settle(&mut self.out);
        }
        self.torn.settle(&mut self.out, self.so_far.sealed, self.chains.are_interleaved());
        self.unsigned.settle_at_end(&mut self.out, self.seals);
        if self.seals == 0 && self.files_read > 0 {
            let event = FindingBuilder::of(Code::NothingSigned, "no line carries a seal")
                .of_file(self.out.files.len() - 1)
                .of_whole_stream()
                .hint("is this the audit log, and was --audit_log_enable=true set?");
            self.out.find(event);
        }
        if self.chains.are_interleaved() {
            let message = format!("{}: several instances write into this log; each chain was followed", self.name);
            self.out.find(FindingBuilder::of(Code::ChainsInterleaved, message));
        }
        if let Some(last) = self.out.files.last_mut() {
            last.open_at_end = self.chains.are_open_at_end();
        }
        let limits = self.limits();
        let interleaved = self.chains.are_interleaved();
        let (proven, proven_omitted) = self.chains.finish();
        let files = self.out.files.iter().map(|file| Arc::clone(&file.path)).collect();
        let (name, outcome) = (self.name, Outcome::Intact);
        let report = StreamReport { name, outcome, files, proven, proven_omitted, interleaved };
        let rulings = self.out.take();
        Finished { report, files: self.out.files, limits, rulings, record }
    }

    fn lines(&mut self, file: usize, followed: &Followed<'_>) {
        let batch = &followed.parsed.batch;
        let (mut steps, mut recovered) = (followed.steps.iter(), followed.recovered);
        let mut restored = followed.restored.iter().peekable();
        let mut suspects = followed.parsed.suspects().peekable();
        for (index, (line, entry)) in batch.lines.iter().zip(&followed.parsed.entries).enumerate() {
            let position = LinePosition { file, line: line.number };
            let text = batch.text_of(line);
            match line.state {
                LineState::TooLong => {
                    self.too_long(position, line);
                    continue;
                }
                LineState::Textless(why) => {
                    self.textless(position, line, why);
                    continue;
                }
                LineState::Whole | LineState::Unterminated => {}
            }
            let step_of_suspect = restored.next_if(|(line, _)| *line == index).map(|(_, step)| step);
            if let Some(entry) = entry {
                self.add_format(file, entry.format);
            }
            let number = self.lines_before + index as u64 + 1;
            if !recovered.is_empty() {
                let (shown, later) = recovered.split_at(recovered.partition_point(|it| it.shown_by <= number));
                recovered = later;
                self.recover_in(batch, shown);
            }
            let fingerprint = followed.parsed.fingerprint(index);
            let is_suspect = suspects.next_if_eq(&index).is_some();
            if let Some(entry) = entry
                && let SealField::Present(seal) = entry.seal
                && let Some(step) = steps.next()
            {
                self.add_sealer(line);
                let sealed = SealedEntry { batch, index, number, position, text, entry, seal, fingerprint };
                self.sealed(&sealed, step);
            } else if let Some(Step::Restored { at, original, dropped }) = step_of_suspect {
                self.add_sealer(line);
                self.so_far.sealed += 1;
                self.seals += 1;
                let (entry, seal) = (&original.entry, original.seal);
                let found = SealedEntry { batch, index, number, position, text, entry, seal, fingerprint };
                self.restored(&found, at, original, *dropped);
            } else {
                if is_suspect {
                    let is_malformed = entry.as_ref().is_some_and(|entry| entry.seal == SealField::Malformed);
                    self.keep_spoilt(SpoiltLine { number, position, is_malformed });
                }
                self.unsealed(position, line, text, (entry.as_ref(), fingerprint));
            }
        }
        self.pass_batch(file, batch);
    }

    /// Every line of a batch is judged.
    fn pass_batch(&mut self, file: usize, batch: &Batch) {
        self.chains.tell_times(batch);
        self.lines_before += batch.lines.len() as u64;
        if let Some(last) = batch.lines.last() {
            let is_cut = last.state != LineState::Whole;
            self.ends.insert(file, FileEnd { lines: last.number, is_cut });
        }
    }

    fn add_format(&mut self, file: usize, format: Format) {
        let formats = &mut self.out.files[file].formats;
        if !formats.contains(&format) {
            formats.push(format);
        }
    }

    /// Who wrote a sealed line writes the log.
    fn add_sealer(&mut self, line: &LineSpan) {
        if self.writers.add_sealer(&line.writer) {
            self.settle_waiting();
        }
    }

    fn keep_spoilt(&mut self, line: SpoiltLine) {
        if self.spoilt.len() == PENDING_LINES_MAX {
            self.spoilt.pop_front();
        }
        self.spoilt.push_back(line);
    }

    /// Something was not read here: what follows may be cut off from what came before.
    fn unread(&mut self) {
        self.so_far.disturbances += 1;
        self.gap = true;
        self.times_unread += 1;
        // The first entry of the service that started may be what was not read.
        self.unsigned.pass_sealed();
        self.torn.excuse(self.so_far.sealed);
        self.chains.pass_gap();
    }

    /// What was taken for unchanged without looking at it (ledger, section 6).
    fn believed(&self) -> impl Iterator<Item = String> {
        let is_believed = |by: &UnchangedBy| self.out.files.iter().any(|file| file.unchanged_by == Some(*by));
        let by = [UnchangedBy::Ctime, UnchangedBy::AppendOnly].into_iter().filter(is_believed);
        by.map(|by| {
            let by = by.name();
            format!("whether what an earlier run verified is unchanged: believed by {by}, not hashed")
        })
    }

    /// What this stream cannot show, for people.
    fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut tell = |what: String| limits.push(Limit { stream: Some(Arc::clone(&self.name)), what });
        if self.chains.opened() == 0 {
            tell("anything at all: nothing could be verified".to_owned());
            return limits;
        }
        if self.chains.are_open_at_end() {
            tell("entries after the last one here: its chain is open".to_owned());
        }
        tell(match self.out.context.expectations.as_ref().map(|it| it.memory.last_run()) {
            None => "whether a whole chain was removed: there is no record of earlier runs".to_owned(),
            Some(None) => "whether a whole chain was removed: first run, nothing to compare with".to_owned(),
            Some(Some(run)) => {
                let when = LogTime { unix_ms: run.when }.whole_seconds();
                format!("whether a whole chain was removed that began after the last run, of {when}")
            }
        });
        self.believed().for_each(&mut tell);
        let unread = self.out.files.len() - self.files_read;
        if unread > 0 {
            tell(format!("what {unread} missing or unreadable files of this log say"));
        }
        if let Some(wrapper) = self.out.files.iter().find_map(|file| file.wrapper) {
            tell(format!("whether what {wrapper} wrote around the lines is genuine"));
        }
        if let Some(untimed @ 1..) = self.gaps.as_ref().map(|gaps| gaps.untimed) {
            tell(format!("gaps beside {untimed} verified entries that state no time"));
        }
        let unsigned: u64 = self.out.files.iter().map(|file| file.account.unsigned.lines).sum();
        let unsigned = unsigned + self.unsigned_earlier;
        if unsigned > 0 {
            tell(match unsigned {
                1 => "whether a line without a seal is genuine".to_owned(),
                _ => format!("whether {unsigned} lines without a seal are genuine"),
            });
        }
        limits
    }

    fn sealed(&mut self, sealed: &SealedEntry<'_>, step: &Step) {
        self.so_far.sealed += 1;
        self.seals += 1;
        self.check_format(sealed);
        if let Step::Repeats { at } = step {
            self.repeats(sealed, *at);
            return self.ambiguous(sealed);
        }
        self.repetition.end_row(&mut self.out, &mut self.unsigned);
        let at = match step {
            Step::Opens { at, dropped } | Step::Resumes { at, dropped } => {
                self.make_room(sealed, *dropped);
                match step {
                    Step::Resumes { .. } => self.resume(sealed, at),
                    _ if at.position == 1 => self.open(sealed, at),
                    _ => self.fork(sealed, at),
                }
                at
            }
            Step::Continues(at) => {
                self.advance(sealed, at);
                at
            }
            Step::AfterEnd(at) => {
                self.after_end(sealed);
                self.verified(sealed, at);
                return;
            }
            Step::NoMatch { expected, unsearched } => {
                self.so_far.disturbances += 1;
                if self.chains.opened() == 0
                    && self.prefixed.hold(sealed.position, sealed.line(), sealed.text, sealed.entry)
                {
                    return;
                }
                if entry::ends_inside_quotes(sealed.text) {
                    // What looked like its seal is none.
                    self.so_far.sealed -= 1;
                    return self.maybe_torn(sealed.position, sealed.line(), (true, Marker::Middle));
                }
                if !alteration::is_cut_off(sealed.position, sealed.text) {
                    self.ambiguous(sealed);
                }
                return self.no_match(sealed, expected, *unsearched);
            }
            Step::Restored { at, original, dropped } => return self.restored(sealed, at, original, *dropped),
            Step::Repeats { .. } => return,
        };
        let is_as_written = self.verified(sealed, at);
        if self.unmatched.is_waiting() {
            self.chains.remember(sealed.number, PlacedLine::new(sealed.position, sealed.line()), is_as_written);
        }
        self.chains.set_last_line(sealed.index);
        if sealed.entry.marker == Marker::End {
            self.chains.tell_times(sealed.batch);
            self.chains.close(&mut self.out);
        }
    }

    /// A chain is no longer followed, to make room.
    fn make_room(&mut self, sealed: &SealedEntry<'_>, dropped: Option<ChainId>) {
        self.chains.tell_times(sealed.batch);
        if let Some(left) = dropped.and_then(|id| self.chains.drop_chain(id)) {
            self.settle_left(left);
        }
    }

    /// An altered entry of which is proven what it was: the chain goes on from that, the line itself is broken.
    fn restored(&mut self, found: &SealedEntry<'_>, at: &ChainPosition, original: &Original, dropped: Option<ChainId>) {
        self.so_far.disturbances += 1;
        self.repetition.end_row(&mut self.out, &mut self.unsigned);
        let (position, text, mending) = (found.position, found.text, original.mending);
        let original = SealedEntry { text: &original.line, entry: &original.entry, seal: original.seal, ..*found };
        self.make_room(found, dropped);
        if at.position == 1 {
            self.open(&original, at);
        } else {
            self.advance(&original, at);
        }
        self.chains.tell_restored(time_of(original.text));
        self.out.count_line(position, found.line(), |account| &mut account.broken);
        self.unmatched.check_not_above(&mut self.out, position, &original.seal);
        self.flush_reencoded();
        if mending == Some(Mending::Joined) {
            self.tell_split(position);
        } else {
            self.out.find(restored::finding(position, original.text, text));
        }
        if self.unmatched.is_waiting() {
            self.chains.remember(found.number, PlacedLine::new(position, found.line()), false);
        }
        if original.entry.marker == Marker::End {
            self.chains.close(&mut self.out);
        }
    }

    /// A sealed line that matches no chain. What it is shows at the end of the stream.
    fn no_match(&mut self, sealed: &SealedEntry<'_>, expected: &[(ChainId, [u8; 2])], unsearched: Option<SearchSkip>) {
        self.chains.tell_times(sealed.batch);
        let no_match = NoMatch {
            position: sealed.position,
            line: sealed.line(),
            text: sealed.text,
            seal: sealed.seal,
            fingerprint: sealed.fingerprint,
            marker: sealed.entry.marker,
            fidelity: sealed.entry.fidelity,
            number: sealed.number,
            count: self.so_far.sealed,
            front: self.chains.front(),
            after_gap: self.gap,
            behind_unsigned: self.unsigned.has_fresh_entries(),
            above: self.chains.time_above(),
            time: time_of(sealed.text),
            gaps: self.times_unread,
            expected,
            unsearched,
        };
        self.unmatched.add(&no_match);
        self.unsigned.pass_sealed();
        if no_match.is_start() {
            self.settle_unsigned_before(no_match.time);
            self.torn.excuse_before_start(self.so_far.sealed - 1);
        }
    }

    /// The same while a batch is at hand.
    fn recover_in(&mut self, batch: &Batch, recovered: &[Recovered]) {
        if !recovered.is_empty() {
            self.chains.tell_times(batch);
            self.recover(recovered);
        }
    }

    /// Chains go on with lines that stand elsewhere.
    fn recover(&mut self, recovered: &[Recovered]) {
        for lines in recovered.chunk_by(|a, b| a.at.chain == b.at.chain) {
            self.recover_chain(lines);
        }
    }

    /// The same of one chain: which of its lines were moved, and which only waited.
    fn recover_chain(&mut self, lines: &[Recovered]) {
        let [.., Recovered { at: ChainPosition { chain: id, .. }, ends, .. }] = *lines else { return };
        let (mut late, mut is_over_gap) = (Vec::new(), false);
        for recovered in lines {
            let disturbances = self.so_far.disturbances;
            let unmatched = self.unmatched.take(recovered.line);
            let (line, is_counted) = match &unmatched {
                Some(unmatched) => (&unmatched.late, false),
                None => (&self.spoilt_line(recovered), true),
            };
            let Some(standing) = self.chains.recover(&mut self.out, &recovered.at, line, disturbances) else {
                continue;
            };
            is_over_gap |= line.gaps != self.times_unread;
            let position = standing.line.position;
            let is_as_written = match (recovered.mending, &unmatched) {
                (None, Some(unmatched)) => self.recovered_as_written(recovered, unmatched, &standing),
                (Some(Mending::Joined), _) => {
                    self.tell_split(position);
                    false
                }
                _ => {
                    self.tell_shortened(recovered.line, position);
                    false
                }
            };
            late.push(StandingLine { is_as_written, is_counted, ..standing });
        }
        let moved = self.chains.displaced(id, &late);
        displacement::settle(&mut self.out, &late, &moved, is_over_gap);
        if ends {
            self.chains.close_chain(&mut self.out, id);
        }
    }

    /// A line that nobody holds any more, as what stands in it was told when it came.
    fn spoilt_line(&self, recovered: &Recovered) -> LateLine {
        let Recovered { line: number, at, seal, .. } = *recovered;
        let known = self.spoilt.iter().rfind(|line| line.number == number).map(|line| line.position);
        let position = known.or_else(|| self.chains.last_of(at.chain)).unwrap_or(LinePosition { file: 0, line: 0 });
        LateLine { number, line: PlacedLine::counted(position), seal, time: None, gaps: self.times_unread }
    }

    /// A line that fits as it stands, though late; tells whether its mark and its fields are those that were written.
    fn recovered_as_written(
        &mut self,
        recovered: &Recovered,
        unmatched: &UnmatchedLine,
        standing: &StandingLine,
    ) -> bool {
        if unmatched.is_marked {
            self.tell_start_misplaced(standing.line.position);
        }
        if unmatched.fidelity == Fidelity::Reencoded || recovered.at.spelling == Spelling::Remarshalled {
            self.tell_reencoded(&standing.line.range());
        }
        while let Some(same) = self.unmatched.take_same(unmatched.fingerprint) {
            Repetition::add_late(&mut self.out, &same.late.line.range());
        }
        let is_as_written = !unmatched.is_marked && unmatched.fidelity != Fidelity::Ambiguous;
        if is_as_written {
            self.verified_at(standing.line.position, recovered.at.chain, unmatched.late.time);
        }
        is_as_written
    }

    /// The entry in a line verifies without what was put behind its seal. No crash does that, so it is never excused.
    fn tell_shortened(&mut self, number: u64, position: LinePosition) {
        self.torn.refute(position);
        if !self.spoilt.iter().rev().any(|line| line.number == number && line.is_malformed) {
            self.out.find(FindingBuilder::of(Code::SealMalformed, SEAL_MALFORMED).at(position));
        }
    }

    fn tell_split(&mut self, position: LinePosition) {
        let message = "a line feed was put into this entry: joined with the line above, it verifies";
        let event = FindingBuilder::of(Code::LineSplit, message).at(position);
        self.out.find(event.hint("find out who or what breaks lines; the chain itself is verified"))
    }

    /// Keeps a line that may be torn, and counts it as broken in any case.
    fn maybe_torn(&mut self, position: LinePosition, line: &LineSpan, (is_malformed, marker): (bool, Marker)) {
        self.so_far.disturbances += 1;
        self.out.count_line(position, line, |account| &mut account.broken);
        let torn = TornLine::new(position, self.so_far.sealed, self.chains.front().is_some(), is_malformed, marker);
        self.torn.keep(&mut self.out, torn);
    }

    /// Signed lines in another format than the one demanded are not what the user believes to verify (attacks, row 9).
    fn check_format(&mut self, sealed: &SealedEntry<'_>) {
        let format = sealed.entry.format;
        if self.contradicted || self.out.context.forced.is_none_or(|forced| forced == format) {
            return;
        }
        self.contradicted = true;
        let demanded = self.out.context.forced.map_or("", Format::name);
        let message = format!("this signed line is {}, not {demanded} as --input-format says", format.name());
        let event = FindingBuilder::of(Code::FormatContradiction, message)
            .at(sealed.position)
            .hint("leave out --input-format: the format is detected");
        self.out.find(event)
    }

    /// The first entry of a chain.
    fn open(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) {
        self.gap = false;
        if self.chains.opened() == 0 {
            self.prefixed.settle(&mut self.out, 1, self.seals);
        }
        let time = time_of(sealed.text);
        let behind_unsigned = !self.unsigned.is_empty();
        self.settle_unsigned_before(time);
        self.begin_in_order(sealed, at);
        let mut chain = OpenChain::begin(&self.out.context, at, sealed.position, self.so_far);
        chain.tell_time(time);
        chain.unmarked = sealed.entry.marker != Marker::Start;
        self.torn.excuse_before_start(self.so_far.sealed - 1);
        self.chains.begin(&mut self.out, chain, behind_unsigned);
    }

    /// An entry with which a chain goes its own way that so far repeated an earlier one: what looked repeated was its own.
    fn fork(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) {
        self.unsigned.settle_inside(&mut self.out, None);
        self.begin_in_order(sealed, at);
        let mut chain = OpenChain::begin(&self.out.context, at, sealed.position, self.so_far);
        if let Some(repeated) = self.repetition.take_chain(at.chain) {
            self.out.count_lines(&repeated.lines, |account| &mut account.verified);
            self.out.files[repeated.lines.first.file].chains += 1;
            chain.take_over(&repeated);
        }
        chain.advance(sealed.position, at, &sealed.seal, self.so_far);
        chain.tell_time(time_of(sealed.text));
        self.chains.follow(&mut self.out, chain);
    }

    /// A chain begins from its start: where earlier runs saw it stand?
    fn begin_in_order(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) {
        let Some(expectations) = self.out.context.expectations.clone() else { return };
        // Attacks, row 12: its copy shows nowhere else where that part is not read.
        if self.chains_before.contains_key(&at.chain.first) {
            let message = "this chain stands in the part that an earlier run verified as well";
            let event = FindingBuilder::of(Code::ChainRepeated, message).at(sealed.position);
            self.out.find(event.hint("acralog verify --full shows where the first one stands"));
        }
        if self.order.begin(&expectations, &at.chain.first) {
            let message = "this chain stands behind entries that it stood before in an earlier run";
            let event = FindingBuilder::of(Code::ChainChanged, message).at(sealed.position);
            self.out.find(event.hint("compare the order of files and chains with a copy of the log"));
        }
    }

    /// An entry with which a chain goes on that an earlier run verified up to here (attacks, row 33).
    fn resume(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) {
        self.gap = false;
        let time = time_of(sealed.text);
        let began = time.map(|time| time.unix_ms);
        self.unsigned.settle_inside(&mut self.out, time);
        let mut chain = OpenChain::resume(&self.out.context, at, sealed.position, &sealed.seal, self.so_far);
        chain.tell_time(time);
        self.chains.follow(&mut self.out, chain);
        let (first, skipped) = (at.chain.first, at.position - 1);
        let expectations = self.out.context.expectations.clone().unwrap_or_default();
        let checkpoint = expectations.memory.checkpoint(&first, skipped);
        let is_contradicted = checkpoint.is_some_and(|it| self.order.resume(it));
        if let Some(PlacedCheckpoint { checkpoint, begun, time, .. }) = checkpoint.cloned() {
            // Here a file begins.
            let stream = Arc::clone(&self.name);
            let learned = PlacedCheckpoint { stream, checkpoint, at_end: false, begun, time };
            self.out.push(Ruling::Checkpoint(learned));
        }
        let LinePosition { file, line } = sealed.position;
        self.tell_resumed(ResumedRecord { first: first.into(), skipped, at: (file, line), began }, is_contradicted);
        self.check_no_start(sealed)
    }

    /// The beginning of a chain is not here; nor is it for whoever goes on behind this run.
    fn tell_resumed(&mut self, chain: ResumedRecord, is_contradicted: bool) {
        let expectations = self.out.context.expectations.clone().unwrap_or_default();
        let (first, skipped, (file, line)) = (Seal::from(chain.first), chain.skipped, chain.at);
        let place = place_of(&self.out.files, LinePosition { file, line });
        let time = expectations.memory.checkpoint(&first, skipped).and_then(|it| it.time);
        self.out.push(Ruling::Resumed(ResumedChain { first, place, skipped, time, is_contradicted }));
        self.resumed.push(chain);
    }

    /// A file ends here: where the open chains stand.
    fn keep_checkpoints(&mut self, checkpoints: &[Checkpoint], at_end: bool) {
        if self.out.context.expectations.is_none() {
            return;
        }
        for checkpoint in checkpoints {
            let learned = PlacedCheckpoint {
                stream: Arc::clone(&self.name),
                checkpoint: checkpoint.clone(),
                at_end,
                begun: self.order.begun(),
                time: self.chains.time_of(&checkpoint.first),
            };
            self.out.push(Ruling::Checkpoint(learned));
        }
    }

    /// The next entry of an open chain.
    fn advance(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) {
        if !self.chains.advanced_last(at.chain, self.so_far) {
            self.chains.tell_times(sealed.batch);
            self.chains.resume(&mut self.out, at.chain, sealed.position, time_of(sealed.text));
        }
        if !self.unsigned.is_settled() {
            self.unsigned.settle_inside(&mut self.out, time_of(sealed.text));
        }
        self.chains.advance(sealed.position, at, &sealed.seal, self.so_far);
        self.check_no_start(sealed)
    }

    /// An entry behind the end of its chain: part of it all the same (attacks, row 53).
    fn after_end(&mut self, sealed: &SealedEntry<'_>) {
        let time = time_of(sealed.text);
        self.unsigned.settle_inside(&mut self.out, time);
        self.chains.tell_times(sealed.batch);
        self.chains.pass_late(&mut self.out, sealed.position, time);
        self.check_no_start(sealed)
    }

    /// The mark of a start is not signed, but an entry that continues a chain cannot have had it.
    fn check_no_start(&mut self, sealed: &SealedEntry<'_>) {
        if sealed.entry.marker == Marker::Start {
            self.tell_start_misplaced(sealed.position);
        }
    }

    fn tell_start_misplaced(&mut self, position: LinePosition) {
        let event =
            FindingBuilder::of(Code::ChainStartMisplaced, "the mark chain=new was added to an entry inside a chain");
        self.out.find(event.at(position))
    }

    /// A line that has verified above, byte for byte (attacks, rows 4b and 12).
    fn repeats(&mut self, sealed: &SealedEntry<'_>, at: Option<ChainPosition>) {
        let (position, line) = (sealed.position, sealed.line());
        let Some(at) = at else {
            return self.repetition.add(&mut self.unsigned, position, line);
        };
        let chain = match self.repetition.take_chain(at.chain) {
            Some(mut chain) => {
                self.unsigned.add_repeated();
                chain.lines.extend(position, line);
                chain
            }
            None => {
                let begun = time_of(sealed.text);
                self.settle_unsigned_before(begun);
                self.chains.tell_times(sealed.batch);
                RepeatedChain {
                    id: at.chain,
                    lines: LineRange::begin(position, line),
                    begun,
                    above: self.chains.time_above(),
                }
            }
        };
        let ends = sealed.entry.marker == Marker::End;
        self.repetition.add_to_chain(&mut self.out, &mut self.unsigned, chain, ends);
    }

    /// Unsigned lines, then the first entry of a chain, written at `time`.
    fn settle_unsigned_before(&mut self, time: Option<LogTime>) {
        let breaks = self.unsigned.settle_before(&mut self.out, time, self.chains.opened() == 0);
        self.so_far.disturbances += u64::from(breaks);
    }

    /// Counts an entry whose seal is right. With another marker than Acra wrote, or in a form that can be read in two ways,
    /// it does not verify as it stands (attacks, row 54). Tells whether it does.
    fn verified(&mut self, sealed: &SealedEntry<'_>, at: &ChainPosition) -> bool {
        let (position, line) = (sealed.position, sealed.line());
        if sealed.entry.fidelity == Fidelity::Ambiguous {
            self.out.count_line(position, line, |account| &mut account.broken);
            self.ambiguous(sealed);
            return false;
        }
        let is_marked = sealed.entry.marker == Marker::Start;
        let is_as_written = is_marked == (at.position == 1);
        self.out.count_line(position, line, if is_as_written { |it| &mut it.verified } else { |it| &mut it.broken });
        self.unmatched.check_not_above(&mut self.out, position, &sealed.seal);
        if is_as_written && (self.gaps.is_some() || self.out.context.chain_age_max.is_some()) {
            self.verified_at(position, at.chain, time_of(sealed.text));
        }
        if at.spelling == Spelling::Remarshalled || sealed.entry.fidelity == Fidelity::Reencoded {
            rulings::extend(&mut self.reencoded, position, line);
        } else {
            self.flush_reencoded();
        }
        is_as_written
    }

    /// Takes note of the time of a verified entry, where it is asked for that of each.
    fn verified_at(&mut self, position: LinePosition, chain: ChainId, time: Option<LogTime>) {
        self.chains.widen(chain, time);
        if let Some(gaps) = &mut self.gaps {
            gaps.observe(&mut self.out, position, time);
        }
    }

    fn ambiguous(&mut self, sealed: &SealedEntry<'_>) {
        if sealed.entry.fidelity != Fidelity::Ambiguous {
            return;
        }
        let event = FindingBuilder::of(
            Code::EntryAmbiguous,
            "can be read in two ways: a key is repeated or hides other fields",
        );
        self.out.find(event.at(sealed.position))
    }

    fn flush_reencoded(&mut self) {
        if let Some(lines) = self.reencoded.take() {
            self.tell_reencoded(&lines);
        }
    }

    fn tell_reencoded(&mut self, lines: &LineRange) {
        let event = FindingBuilder::of(Code::EntryReencoded, "re-encoded: the meaning is signed, these bytes are not")
            .over(lines.first, lines.last, lines.lines())
            .hint("verify the file as Acra wrote it, before anything parsed and printed it again");
        self.out.find(event)
    }

    fn unsealed(
        &mut self,
        position: LinePosition,
        line: &LineSpan,
        text: &[u8],
        (entry, fingerprint): (Option<&Entry>, Fingerprint),
    ) {
        if text.trim_ascii().is_empty() {
            self.out.count_line(position, line, |account| &mut account.blank);
            return;
        }
        let is_malformed = entry.is_some_and(|entry| entry.seal == SealField::Malformed);
        if is_malformed && alteration::is_cut_off(position, text)
            || entry.is_none() && alteration::is_rest(position, text)
        {
            self.seals += 1;
            self.so_far.disturbances += 1;
            self.so_far.sealed += 1;
            self.unmatched.add_rest(position, line, self.so_far.sealed, self.gap);
            return;
        }
        if !is_malformed && self.writers.is_of_others(&mut self.out, position, line, text, (entry, fingerprint)) {
            return;
        }
        if let Some(entry) = entry.filter(|_| is_malformed)
            && self.chains.opened() == 0
            && self.prefixed.hold(position, line, text, entry)
        {
            self.seals += 1;
            self.so_far.disturbances += 1;
            return;
        }
        let marker = entry.map_or(Marker::Middle, |entry| entry.marker);
        // A restart may have put a line feed behind what a crash left (attacks, row 47).
        let is_open = || entry.is_none() && entry::looks_written(text) || entry::ends_inside_quotes(text);
        let is_cut = line.state == LineState::Unterminated || is_open();
        if (is_cut || is_malformed || marker == Marker::End) && entry::may_be_torn(text) {
            self.seals += u64::from(is_malformed);
            return self.maybe_torn(position, line, (is_malformed, marker));
        }
        if is_malformed {
            self.seals += 1;
            self.so_far.disturbances += 1;
            if line.lossy {
                self.out.count_line(position, line, |account| &mut account.unverifiable);
                return alteration::tell_damaged(&mut self.out, position);
            }
            self.out.count_line(position, line, |account| &mut account.broken);
            let event = FindingBuilder::of(Code::SealMalformed, SEAL_MALFORMED).at(position);
            return self.out.find(event);
        }
        self.unsigned.add(position, line, text, entry.map(|_| fingerprint));
        if entry.is_none_or(|entry| entry.marker == Marker::Middle) {
            return;
        }
        let event = FindingBuilder::of(Code::MarkerUnsigned, MARKER_UNSIGNED).at(position);
        self.out.find(event)
    }

    /// A record of which nobody knows what it says (attacks, row 45).
    fn textless(&mut self, position: LinePosition, line: &LineSpan, why: Textless) {
        if self.writers.is_of_others_without_text(&mut self.out, position, line, why) {
            return;
        }
        self.without_text(&LineRange::begin(position, line), why)
    }

    fn without_text(&mut self, records: &LineRange, why: Textless) {
        self.out.count_lines(records, |account| &mut account.unreadable);
        self.unread();
        let message = format!("the text of this record is not there: {}", why.meaning());
        let event = FindingBuilder::of(Code::RecordWithoutText, message)
            .over(records.first, records.last, records.lines())
            .hint(match why {
                Textless::Null | Textless::Blob => {
                    "export the journal again with `journalctl -o json --all`, which leaves no text out"
                }
                Textless::Absent | Textless::Several | Textless::NoBytes => {
                    "look at the record with `journalctl -o verbose --all`; with several texts, none of them is the entry"
                }
            });
        self.out.find(event)
    }

    fn too_long(&mut self, position: LinePosition, line: &LineSpan) {
        self.out.count_line(position, line, |account| &mut account.unreadable);
        self.unread();
        let limit = crate::line::LINE_BYTES_MAX >> 20;
        let bytes = line.bytes + line.earlier.iter().map(|part| part.bytes).sum::<u64>();
        let event =
            FindingBuilder::of(Code::LineUnreadable, format!("the line has {bytes} bytes; the limit is {limit} MiB"));
        self.out.find(event.at(position))
    }

    /// Takes the lines that waited for their writer to be known, as far as they are this log's.
    fn settle_waiting(&mut self) {
        for WaitingLines { lines, marked, textless, .. } in self.writers.settle_waiting(&mut self.out) {
            if let Some(marked) = marked {
                let event = FindingBuilder::of(Code::MarkerUnsigned, MARKER_UNSIGNED);
                self.out.find(event.over(marked.first, marked.last, marked.lines()));
            }
            self.unsigned.append(lines);
            if let Some((records, why)) = textless {
                self.without_text(&records, why);
            }
        }
    }

    /// The stream has ended: says what every chain without an end amounts to.
    fn settle_all_left(&mut self) {
        let mut left = self.chains.take_left();
        let facts = StreamFacts {
            index: self.index,
            opened: self.chains.opened(),
            interleaved: self.chains.are_interleaved(),
            dropped: self.chains.were_dropped(),
            headless_hint: self.headless_hint,
        };
        self.unmatched.settle(&mut self.out, &mut left, facts);
        left.sort_by_key(|chain| chain.opened);
        left.into_iter().for_each(|chain| self.settle_left(chain))
    }

    /// Says what a chain without an end amounts to.
    fn settle_left(&mut self, chain: OpenChain) {
        if !chain.broken {
            self.torn.excuse(chain.advanced);
        }
        self.chains.settle_left(&mut self.out, chain);
    }
}
