//! Judges the lines of one stream in their order, and a chain as a whole when nothing more can belong to it. Lines that wait
//! for what comes later are left to the parts that keep them: `unsigned`, `unmatched`, `torn`, `repetition`, `prefixed`,
//! `writers`.

use std::sync::Arc;

use super::code::{Class, Code};
use super::open_chain::{OpenChain, SKEW_MS_MAX, is_out_of_time};
use super::prefixed::Prefixed;
use super::proven::{Piece, Proven};
use super::repetition::{RepeatedChain, Repetition};
use super::report::{Account, ChainReport, ChainVerdict, FileReport, Limit, ProvenRange, StreamReport};
use super::rulings::{self, Context, FindingBuilder, LinePosition, LineRange, Ruling, Rulings, place_of};
use super::torn::{self, MARKER_UNSIGNED, SEAL_MALFORMED, Torn, TornLine};
use super::unmatched::{self, NoMatch, StreamFacts, Unmatched};
use super::unsigned::Unsigned;
use super::writers::{Waiting, Writers};
use crate::chain::{ChainId, ChainPosition, Fingerprint, Followed, Spelling, Step};
use crate::entry::{self, Entry, Fidelity, Format, LogTime, Marker, Seal, SealField, time_of};
use crate::line::{Batch, LineSpan, LineState, Textless};
use crate::outcome::Outcome;
use crate::reading::FileEvent;
use crate::source::Stream;

/// Chains without an end that are kept until the whole stream is known; further ones are settled at once.
const LEFT_MAX: usize = 1024;

/// What to do about a missing file.
pub(super) const MISSING_HINT: &str = "check the path; when it may rightly be absent, --missing-ok makes it a warning";

/// What to do where the file before is not here.
const HEADLESS_HINT: &str = "pass the older file of the rotated set as well; if it is gone, --allow stream-headless";

/// What to do where it may be here, under a name that nobody could place.
const LOOKALIKE_HINT: &str = "files of similar names were read as other logs: --stream-by REGEX says which ones belong \
                              together and --order-by time in which order, or --as-one-stream reads all as one log";

/// How far the order of lines and the order of times may differ, as [`SKEW_MS_MAX`], where lines without a seal stand before
/// the start of a chain inside another one: whoever moves that start up makes room for lines of his own.
const SKEW_BESIDE_UNSIGNED_MS_MAX: i64 = 1_000;

/// See the file's head.
#[derive(Default)]
pub(super) struct StreamJudge {
    pub(super) out: Rulings,
    index: usize,
    name: Arc<str>,
    /// What to do about entries whose chain began in something that was not read.
    headless_hint: &'static str,
    /// By recency: the chain advanced last stands at the end.
    open: Vec<OpenChain>,
    /// Chains without an end that are not followed any more.
    left: Vec<OpenChain>,
    /// The open chain to which a line is held first: the one advanced last, unless it may rest.
    front: Option<ChainId>,
    /// Sealed lines so far.
    count: u64,
    /// `count` when the last chain opened.
    last_opened: u64,
    /// Chains that verified at least their first entry.
    opened: u64,
    /// Sealed lines that did not verify, and places that could not be read.
    disturbances: u64,
    /// Of the chains that have ended: the latest end, and the latest beginning.
    ended_at: Option<LogTime>,
    ended_began_at: Option<LogTime>,
    /// The last chain that began while another one was open.
    begun_inside: Option<BegunInside>,
    interleaved: bool,
    open_at_end: bool,
    unsigned: Unsigned,
    unmatched: Unmatched,
    torn: Torn,
    writers: Writers,
    prefixed: Prefixed,
    repetition: Repetition,
    /// A chain without an end is not followed any more, to make room for others.
    dropped: bool,
    /// How many keys have replaced the newest one that a chain was sealed with, of those in a keystore.
    youngest_key: Option<usize>,
    reencoded: Option<LineRange>,
    contradicted: bool,
    /// Something was not read, so what follows may rightly continue a chain that is not here.
    gap: bool,
    /// Lines with a seal of any kind.
    seals: u64,
    proven: Proven,
    files_read: usize,
}

/// What a stream comes to.
pub(super) struct Finished {
    pub(super) report: StreamReport,
    pub(super) files: Vec<FileReport>,
    /// What it cannot show.
    pub(super) limits: Vec<Limit>,
    /// What was decided at its end.
    pub(super) rulings: Vec<Ruling>,
}

/// A sealed line with all that is known about it.
struct Here<'a> {
    batch: &'a Batch,
    /// Index of the line in its batch.
    index: usize,
    position: LinePosition,
    text: &'a [u8],
    entry: &'a Entry,
    seal: Seal,
    fingerprint: Fingerprint,
}

impl Here<'_> {
    fn line(&self) -> &LineSpan {
        &self.batch.lines[self.index]
    }
}

/// A chain that began while another one was open.
#[derive(Clone, Copy, Debug)]
struct BegunInside {
    outer: ChainId,
    inner: ChainId,
    time: Option<LogTime>,
    /// Lines without a seal stand right before it.
    behind_unsigned: bool,
}

/// How a chain stops being followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// By its end entry.
    Ended,
    /// The stream goes on, or ends, without an end of this chain.
    Left,
}

impl StreamJudge {
    /// Nothing of this stream was read yet.
    pub(super) fn new(index: usize, stream: &Stream, context: Arc<Context>) -> Self {
        let report = |path| FileReport {
            path,
            stream: index,
            formats: Vec::new(),
            wrapper: None,
            compression: None,
            bytes: 0,
            chains: 0,
            account: Account::default(),
            worst: Class::Note,
            open_at_end: false,
        };
        let files = stream.files.iter().map(|file| report(Arc::clone(&file.shown))).collect();
        Self {
            out: Rulings::new(context, files),
            index,
            name: Arc::clone(&stream.name),
            headless_hint: if stream.has_lookalike { LOOKALIKE_HINT } else { HEADLESS_HINT },
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, event: FileEvent, followed: &Followed<'_>) {
        match event {
            FileEvent::Opened { after_gap, .. } => {
                if after_gap {
                    self.unread();
                }
            }
            FileEvent::Lines { file } => self.lines(file, followed),
            FileEvent::Closed { file, bytes, wrapper, compression } => {
                self.files_read += 1;
                let report = &mut self.out.files[file];
                (report.bytes, report.wrapper, report.compression) = (bytes, wrapper, compression);
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

    fn lines(&mut self, file: usize, followed: &Followed<'_>) {
        let batch = &followed.prepared.batch;
        let mut steps = followed.steps.iter();
        for (index, (line, entry)) in batch.lines.iter().zip(&followed.prepared.entries).enumerate() {
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
            if let Some(entry) = entry
                && !self.out.files[file].formats.contains(&entry.format)
            {
                self.out.files[file].formats.push(entry.format);
            }
            if let Some(entry) = entry
                && let SealField::Present(seal) = entry.seal
                && let Some(step) = steps.next()
            {
                if self.writers.add_sealer(&line.writer) {
                    self.settle_waiting();
                }
                let fingerprint = followed.prepared.fingerprint(index);
                let here = Here { batch, index, position, text, entry, seal, fingerprint };
                self.sealed(&here, step);
            } else {
                let entry = (entry.as_ref(), followed.prepared.fingerprint(index));
                self.unsealed(position, line, text, entry);
            }
        }
        self.tell_times(batch);
    }

    /// Reads the times of the chains' last entries while their lines are at hand.
    fn tell_times(&mut self, batch: &Batch) {
        for chain in &mut self.open {
            if let Some(line) = chain.untimed.take() {
                chain.tell_time(time_of(batch.text_of(&batch.lines[line])));
            }
        }
    }

    /// Something was not read here: what follows may be cut off from what came before.
    fn unread(&mut self) {
        self.disturbances += 1;
        self.gap = true;
        // The first entry of the service that started may be what was not read.
        self.unsigned.pass_sealed();
        self.torn.excuse(self.count);
        self.open.iter_mut().for_each(|chain| chain.gap = true);
    }

    /// The stream has ended: settles everything that was left open.
    pub(super) fn finish(mut self) -> Finished {
        self.flush_reencoded();
        self.settle_waiting();
        self.prefixed.settle(&mut self.out, self.opened, self.seals);
        self.writers.tell_others(&mut self.out);
        self.repetition.settle_all(&mut self.out, &mut self.unsigned);
        self.unsigned.settle_starting(&mut self.out, self.interleaved);
        self.settle_left();
        self.torn.settle(&mut self.out, self.count, self.interleaved);
        self.unsigned.settle_at_end(&mut self.out, self.seals);
        if self.seals == 0 && self.files_read > 0 {
            let event = FindingBuilder::of(Code::NothingSigned, "no line carries a seal")
                .of_file(self.out.files.len() - 1)
                .of_whole_stream()
                .hint("is this the audit log, and was --audit_log_enable=true set?");
            self.out.find(event);
        }
        if self.interleaved {
            let message = format!("{}: several instances write into this log; each chain was followed", self.name);
            self.out.find(FindingBuilder::of(Code::ChainsInterleaved, message));
        }
        if let Some(last) = self.out.files.last_mut() {
            last.open_at_end = self.open_at_end;
        }
        let limits = self.limits();
        let (proven, proven_omitted) = self.proven.finish();
        let files = self.out.files.iter().map(|file| Arc::clone(&file.path)).collect();
        let (name, interleaved, outcome) = (self.name, self.interleaved, Outcome::Intact);
        let report = StreamReport { name, outcome, files, proven, proven_omitted, interleaved };
        let rulings = self.out.take();
        Finished { report, files: self.out.files, limits, rulings }
    }

    /// What this stream cannot show, for people.
    fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut tell = |what: String| limits.push(Limit { stream: Some(Arc::clone(&self.name)), what });
        if self.opened == 0 {
            tell("anything at all: nothing could be verified".to_owned());
            return limits;
        }
        if self.open_at_end {
            tell("entries after the last one here: its chain is open".to_owned());
        }
        tell("whether a whole chain was removed: there is no record of earlier runs".to_owned());
        let unread = self.out.files.len() - self.files_read;
        if unread > 0 {
            tell(format!("what {unread} missing or unreadable files of this log say"));
        }
        if let Some(wrapper) = self.out.files.iter().find_map(|file| file.wrapper) {
            tell(format!("whether what {wrapper} wrote around the lines is genuine"));
        }
        let unsigned: u64 = self.out.files.iter().map(|file| file.account.unsigned.lines).sum();
        if unsigned > 0 {
            tell(match unsigned {
                1 => "whether a line without a seal is genuine".to_owned(),
                _ => format!("whether {unsigned} lines without a seal are genuine"),
            });
        }
        limits
    }

    fn sealed(&mut self, here: &Here<'_>, step: &Step) {
        self.count += 1;
        self.seals += 1;
        self.check_format(here);
        if let Step::Repeats { at } = step {
            self.repeats(here, *at);
            return self.ambiguous(here);
        }
        self.repetition.end_row(&mut self.out, &mut self.unsigned);
        let at = match step {
            Step::Opens { at, dropped } => {
                self.tell_times(here.batch);
                self.drop_chain(*dropped);
                if at.position == 1 {
                    self.open(here, at);
                } else {
                    self.fork(here, at);
                }
                at
            }
            Step::Continues(at) => {
                self.go_on(here, at);
                at
            }
            Step::AfterEnd(at) => {
                self.after_end(here);
                return self.verified(here, at);
            }
            Step::NoMatch { expected } => {
                self.disturbances += 1;
                if self.opened == 0 && self.prefixed.hold(here.position, here.line(), here.text, here.entry) {
                    return;
                }
                if entry::ends_inside_quotes(here.text) {
                    // What looked like its seal is none.
                    self.count -= 1;
                    return self.maybe_torn(here.position, here.line(), (true, Marker::Middle));
                }
                if !unmatched::is_cut_off(here.position, here.text) {
                    self.ambiguous(here);
                }
                return self.no_match(here, expected);
            }
            Step::Repeats { .. } => return,
        };
        self.verified(here, at);
        if let Some(chain) = self.open.last_mut() {
            chain.untimed = Some(here.index);
        }
        if here.entry.marker == Marker::End {
            self.close(here.batch);
        }
    }

    /// A sealed line that matches no chain. What it is shows at the end of the stream.
    fn no_match(&mut self, here: &Here<'_>, expected: &[(ChainId, [u8; 2])]) {
        self.tell_times(here.batch);
        let opened = |id| self.open.iter().find(|chain| chain.id == id).map(|chain| (id, chain.opened));
        let no_match = NoMatch {
            position: here.position,
            line: here.line(),
            text: here.text,
            seal: here.seal,
            fingerprint: here.fingerprint,
            marker: here.entry.marker,
            count: self.count,
            front: self.front.and_then(opened),
            after_gap: self.gap,
            behind_unsigned: self.unsigned.has_fresh_entries(),
            above: self.time_above(),
            expected,
        };
        self.unmatched.add(&no_match);
        self.unsigned.pass_sealed();
        if no_match.is_start() {
            self.settle_unsigned_before(time_of(here.text));
            self.torn.excuse_before_start(self.count - 1);
        }
    }

    /// Keeps a line that may be torn, and counts it as broken in any case.
    fn maybe_torn(&mut self, position: LinePosition, line: &LineSpan, (is_malformed, marker): (bool, Marker)) {
        self.disturbances += 1;
        self.out.count_line(position, line, |account| &mut account.broken);
        let torn = TornLine::new(position, self.count, self.front.is_some(), is_malformed, marker);
        self.torn.keep(&mut self.out, torn);
    }

    /// Signed lines in another format than the one demanded are not what the user believes to verify (attacks, row 9).
    fn check_format(&mut self, here: &Here<'_>) {
        let format = here.entry.format;
        if self.contradicted || self.out.context.forced.is_none_or(|forced| forced == format) {
            return;
        }
        self.contradicted = true;
        let demanded = self.out.context.forced.map_or("", Format::name);
        let message = format!("this signed line is {}, not {demanded} as --input-format says", format.name());
        let event = FindingBuilder::of(Code::FormatContradiction, message)
            .at(here.position)
            .hint("leave out --input-format: the format is detected");
        self.out.find(event)
    }

    /// The first entry of a chain.
    fn open(&mut self, here: &Here<'_>, at: &ChainPosition) {
        self.gap = false;
        self.opened += 1;
        if self.opened == 1 {
            self.prefixed.settle(&mut self.out, self.opened, self.seals);
        }
        let time = time_of(here.text);
        let behind_unsigned = !self.unsigned.is_empty();
        self.settle_unsigned_before(time);
        let above = self.time_above();
        let mut chain =
            OpenChain::begin(at.chain, self.out.context.key(at.key), here.position, self.count, self.disturbances);
        chain.tell_time(time);
        chain.unmarked = here.entry.marker != Marker::Start;
        self.torn.excuse_before_start(self.count - 1);
        chain.early_ms = time.zip(above).map_or(0, |(time, above)| above.unix_ms.saturating_sub(time.unix_ms));
        self.begun_inside = self.front.map(|outer| BegunInside { outer, inner: at.chain, time, behind_unsigned });
        self.last_opened = self.count;
        self.front = Some(at.chain);
        self.out.files[here.position.file].chains += 1;
        let key = self.out.context.key(at.key);
        self.out.push(Ruling::Opened { key });
        self.look_at_key(here, key);
        self.open.push(chain);
    }

    /// An entry with which a chain goes its own way that so far repeated an earlier one: what looked repeated was its own.
    fn fork(&mut self, here: &Here<'_>, at: &ChainPosition) {
        self.unsigned.settle_inside(&mut self.out, None);
        self.opened += 1;
        let mut chain =
            OpenChain::begin(at.chain, self.out.context.key(at.key), here.position, self.count, self.disturbances);
        if let Some(RepeatedChain { lines, begun, above, .. }) = self.repetition.take_chain(at.chain) {
            self.out.book(&lines, |account| &mut account.verified);
            chain.first = lines.first;
            chain.tell_time(begun);
            chain.early_ms = begun.zip(above).map_or(0, |(begun, above)| above.unix_ms.saturating_sub(begun.unix_ms));
            self.out.files[lines.first.file].chains += 1;
        }
        chain.advance(here.position, at.position, &here.seal, self.count, self.disturbances);
        chain.tell_time(time_of(here.text));
        self.last_opened = self.count;
        self.front = Some(at.chain);
        let key = self.out.context.key(at.key);
        self.out.push(Ruling::Opened { key });
        self.open.push(chain);
    }

    /// A seal proves less when others know its key, and when the service should have had a newer one.
    fn look_at_key(&mut self, here: &Here<'_>, key: usize) {
        if self.out.context.compromised.get(key) == Some(&true) {
            let message =
                "sealed with a key that its keystore marks as compromised: whoever has it can forge this chain";
            self.out.find(FindingBuilder::of(Code::KeyCompromised, message).at(here.position));
        }
        let Some(age) = self.out.context.ages.get(key).copied().flatten() else { return };
        if self.youngest_key.is_some_and(|youngest| youngest < age) {
            let event = FindingBuilder::of(Code::KeyOutdated, "sealed with an older key than a chain above it")
                .at(here.position)
                .hint("normal where a service kept its key over a rotation; else somebody has the old key");
            self.out.find(event);
        }
        self.youngest_key = Some(self.youngest_key.map_or(age, |youngest| youngest.min(age)));
    }

    /// The next entry of an open chain.
    fn go_on(&mut self, here: &Here<'_>, at: &ChainPosition) {
        if self.open.last().is_none_or(|chain| chain.id != at.chain || chain.advanced + 1 != self.count) {
            self.come_back(here, at.chain);
        }
        if !self.unsigned.is_settled() {
            self.unsigned.settle_inside(&mut self.out, time_of(here.text));
        }
        let (count, disturbances) = (self.count, self.disturbances);
        let Some(chain) = self.open.last_mut() else {
            return;
        };
        self.interleaved |= self.last_opened > chain.advanced;
        chain.advance(here.position, at.position, &here.seal, count, disturbances);
        self.front = Some(at.chain);
        self.check_no_start(here)
    }

    /// An entry behind the end of its chain: part of it all the same (attacks, row 53).
    fn after_end(&mut self, here: &Here<'_>) {
        let time = time_of(here.text);
        self.unsigned.settle_inside(&mut self.out, time);
        self.tell_times(here.batch);
        if is_out_of_time(time, self.time_above()) {
            self.tell_out_of_time((here.position, here.position, 1));
        }
        self.check_no_start(here)
    }

    /// The mark of a start is not signed, but an entry that continues a chain cannot have had it.
    fn check_no_start(&mut self, here: &Here<'_>) {
        if here.entry.marker != Marker::Start {
            return;
        }
        let event =
            FindingBuilder::of(Code::ChainStartMisplaced, "the mark chain=new was added to an entry inside a chain");
        self.out.find(event.at(here.position))
    }

    /// Goes on with a chain after sealed lines of others.
    fn come_back(&mut self, here: &Here<'_>, id: ChainId) {
        self.tell_times(here.batch);
        let above = self.time_above();
        // The chain advanced last stands at the end, as in the follower.
        let index = self.open.iter().position(|chain| chain.id == id);
        let Some(index) = index else { return self.out.push(Ruling::Fault("unknown chain")) };
        let mut chain = self.open.remove(index);
        let time = time_of(here.text);
        let lateness_ms = |above: LogTime| time.map_or(0, |time| above.unix_ms.saturating_sub(time.unix_ms));
        let mut skew_ms_max = SKEW_MS_MAX;
        if let Some(begun) = self.begun_inside.take_if(|begun| begun.outer == id) {
            if begun.behind_unsigned && begun.time.map_or(0, lateness_ms) > SKEW_BESIDE_UNSIGNED_MS_MAX {
                skew_ms_max = SKEW_BESIDE_UNSIGNED_MS_MAX;
            }
            if let Some(inner) = self.open.iter_mut().find(|chain| chain.id == begun.inner)
                && inner.early_ms > SKEW_MS_MAX
            {
                // It was put into this chain: its own first entry is the one out of place.
                inner.add_out_of_time(inner.first);
            }
        }
        if above.map_or(0, lateness_ms) > skew_ms_max {
            chain.add_out_of_time(here.position);
        }
        self.open.push(chain);
    }

    /// The time of the entry above, as far as it matters: of the chain advanced last, or of the latest end.
    fn time_above(&self) -> Option<LogTime> {
        self.open.last().and_then(|chain| chain.times).map(|times| times.1).max(self.ended_at)
    }

    /// A line that has verified above, byte for byte (attacks, rows 4b and 12).
    fn repeats(&mut self, here: &Here<'_>, at: Option<ChainPosition>) {
        let (position, line) = (here.position, here.line());
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
                let begun = time_of(here.text);
                self.settle_unsigned_before(begun);
                self.tell_times(here.batch);
                RepeatedChain { id: at.chain, lines: LineRange::begin(position, line), begun, above: self.time_above() }
            }
        };
        let ends = here.entry.marker == Marker::End;
        self.repetition.add_to_chain(&mut self.out, &mut self.unsigned, chain, ends);
    }

    /// Unsigned lines, then the first entry of a chain, written at `time`.
    fn settle_unsigned_before(&mut self, time: Option<LogTime>) {
        let breaks = self.unsigned.settle_before(&mut self.out, time, self.opened == 0);
        self.disturbances += u64::from(breaks);
    }

    /// Books an entry whose seal is right. With another marker than Acra wrote, or in a form that can be read in two ways,
    /// it does not verify as it stands (attacks, row 54).
    fn verified(&mut self, here: &Here<'_>, at: &ChainPosition) {
        let (position, line) = (here.position, here.line());
        if here.entry.fidelity == Fidelity::Ambiguous {
            self.out.count_line(position, line, |account| &mut account.broken);
            return self.ambiguous(here);
        }
        let is_marked = here.entry.marker == Marker::Start;
        let is_as_written = is_marked == (at.position == 1);
        self.out.count_line(position, line, if is_as_written { |it| &mut it.verified } else { |it| &mut it.broken });
        self.unmatched.check_not_above(&mut self.out, position, &here.seal);
        if at.spelling == Spelling::Remarshalled || here.entry.fidelity == Fidelity::Reencoded {
            rulings::extend(&mut self.reencoded, position, line);
            return;
        }
        self.flush_reencoded()
    }

    fn ambiguous(&mut self, here: &Here<'_>) {
        if here.entry.fidelity != Fidelity::Ambiguous {
            return;
        }
        let event = FindingBuilder::of(
            Code::EntryAmbiguous,
            "can be read in two ways: a key is repeated or hides other fields",
        );
        self.out.find(event.at(here.position))
    }

    fn flush_reencoded(&mut self) {
        let Some(lines) = self.reencoded.take() else {
            return;
        };
        let event = FindingBuilder::of(Code::EntryReencoded, "re-encoded: the meaning is signed, these bytes are not")
            .over(lines.first, lines.last, lines.lines())
            .hint("verify the file as Acra wrote it, before anything parsed and printed it again");
        self.out.find(event)
    }

    /// The chain advanced last shows its end.
    fn close(&mut self, batch: &Batch) {
        self.tell_times(batch);
        let Some(chain) = self.open.pop() else {
            return;
        };
        self.ended_at = self.ended_at.max(chain.times.map(|times| times.1));
        self.ended_began_at = self.ended_began_at.max(chain.times.map(|times| times.0));
        // Only a chain that advanced beside this one can be running still.
        self.front = self.open.last().filter(|other| other.advanced > chain.opened).map(|other| other.id);
        self.settle_chain(chain, Stop::Ended)
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
        if is_malformed && unmatched::is_cut_off(position, text)
            || entry.is_none() && unmatched::is_rest(position, text)
        {
            self.seals += 1;
            self.disturbances += 1;
            self.count += 1;
            self.unmatched.add_rest(position, line, self.count, self.gap);
            return;
        }
        if !is_malformed && self.writers.is_of_others(&mut self.out, position, line, text, (entry, fingerprint)) {
            return;
        }
        if let Some(entry) = entry.filter(|_| is_malformed)
            && self.opened == 0
            && self.prefixed.hold(position, line, text, entry)
        {
            self.seals += 1;
            self.disturbances += 1;
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
            self.disturbances += 1;
            if line.lossy {
                self.out.count_line(position, line, |account| &mut account.unverifiable);
                return unmatched::tell_damaged(&mut self.out, position);
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
        self.out.book(records, |account| &mut account.unreadable);
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
        for Waiting { lines, marked, textless, .. } in self.writers.settle_waiting(&mut self.out) {
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

    /// Says what a chain amounts to, once nothing more can belong to it.
    fn settle_chain(&mut self, mut chain: OpenChain, stop: Stop) {
        let is_left_whole = stop == Stop::Left && !chain.broken;
        if is_left_whole {
            self.torn.excuse(chain.advanced);
        }
        self.judge_mark(&chain, is_left_whole);
        let verdict = match stop {
            Stop::Ended => ChainVerdict::Closed,
            Stop::Left if chain.broken => ChainVerdict::Broken,
            Stop::Left => self.leave_chain(&chain),
        };
        if let Some(lines) = chain.out_of_time.take() {
            self.tell_out_of_time(lines);
        } else if chain.early_ms > if self.interleaved { SKEW_MS_MAX } else { 0 } {
            // Instances that write into one stream need not have the same time.
            let event = FindingBuilder::of(Code::TimeBackwards, "this chain begins before the one above it ended")
                .at(chain.first)
                .hint("chains may have been put into another place, or the clock was set back");
            self.out.find(event);
        }
        if let Some((from, to)) = chain.times {
            self.proven.add(Piece {
                range: ProvenRange { from: from.min(to), to: to.max(from) },
                disturbances: chain.disturbances,
                ended: verdict == ChainVerdict::Closed,
            });
        }
        let report = ChainReport {
            stream: self.index,
            verdict,
            first: place_of(&self.out.files, chain.first),
            last: place_of(&self.out.files, chain.last),
            entries: chain.entries,
            key: self.out.context.fingerprints.get(chain.key).cloned(),
            from: chain.times.map(|times| times.0),
            to: chain.times.map(|times| times.1),
        };
        let OpenChain { first, last, trace, .. } = chain;
        self.out.push(Ruling::Followed { report, first, last, trace });
    }

    /// Entries that stand where the times around them say they were not written (attacks, row 51).
    fn tell_out_of_time(&mut self, (first, last, lines): (LinePosition, LinePosition, u64)) {
        let message = "stands behind much younger entries of another chain";
        let event = FindingBuilder::of(Code::EntryOutOfTime, message)
            .over(first, last, lines)
            .hint("moved, or the clocks of the instances differ: --allow entry-out-of-time when they are known to");
        self.out.find(event)
    }

    /// The chain has no end and does not break.
    fn leave_chain(&mut self, chain: &OpenChain) -> ChainVerdict {
        // Attacks, row 50: what ended after it had begun later, was running later than this one.
        let is_outlived = chain.times.zip(self.ended_began_at).is_some_and(|((_, last), began)| began > last);
        let is_moved = chain.out_of_time.is_some_and(|(_, last, _)| last == chain.last);
        let (verdict, event) = if self.last_opened > chain.advanced || chain.dropped || is_outlived || is_moved {
            let message = "the chain stops here without an end, and another one begins";
            let event = FindingBuilder::of(Code::ChainUnfinished, message)
                .hint("normal after a crash or kill -9; otherwise its end was cut off");
            (ChainVerdict::Unfinished, event)
        } else {
            let event = FindingBuilder::of(Code::ChainOpenAtEnd, "the last chain has no end yet")
                .hint("normal for a running service; pass --require-end when the service has stopped");
            self.open_at_end = true;
            (ChainVerdict::OpenAtEnd, event)
        };
        self.out.find(event.at(chain.last));
        verdict
    }

    /// A chain without an end is not followed any more. Whether it breaks shows when the whole stream is known.
    fn drop_chain(&mut self, dropped: Option<ChainId>) {
        let Some(index) = self.open.iter().position(|chain| Some(chain.id) == dropped) else {
            return;
        };
        let chain = OpenChain { dropped: true, ..self.open.remove(index) };
        self.dropped = true;
        self.left.push(chain);
        if self.left.len() <= LEFT_MAX {
            return;
        }
        let oldest = self.left.remove(0);
        self.settle_chain(oldest, Stop::Left)
    }

    /// The stream has ended: says what every chain without an end amounts to.
    fn settle_left(&mut self) {
        let mut left = std::mem::take(&mut self.left);
        left.append(&mut self.open);
        let facts = StreamFacts {
            index: self.index,
            opened: self.opened,
            interleaved: self.interleaved,
            dropped: self.dropped,
            headless_hint: self.headless_hint,
        };
        self.unmatched.settle(&mut self.out, &mut left, facts);
        left.sort_by_key(|chain| chain.opened);
        left.into_iter().for_each(|chain| self.settle_chain(chain, Stop::Left))
    }

    /// A chain without its mark: text formats write it behind the seal, so a crash may have cut it off the only entry.
    fn judge_mark(&mut self, chain: &OpenChain, is_left: bool) {
        if !chain.unmarked {
            return;
        }
        let is_json = self.out.files[chain.first.file].formats.contains(&Format::Json);
        if is_left && chain.entries == 1 && !is_json {
            return torn::tell(&mut self.out, chain.first);
        }
        let event = FindingBuilder::of(Code::ChainStartUnmarked, "a chain begins here, but its mark chain=new is gone");
        self.out.find(event.at(chain.first))
    }
}
